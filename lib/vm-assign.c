/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-assign.h"

#include <limits.h>

#include "util.h"
#include "vm-decisions.h"
#include "vm-packing.h"
#include "vm-slot.h"
#include "vm-world.h"

static const struct vm_member *
find_member(const struct vm_inventory *inventory, const char *name)
{
    return name ? vm_inventory_find_member(inventory, name) : NULL;
}

/* Carries out 'choice' for 'slot'. */
static void
place_slot(const struct vm_inventory *inventory, const struct vm_world *world,
           struct vm_slot_state *slot, const struct vm_choice *choice,
           struct vm_journal *journal, long long int now)
{
    const struct vm_endpoint *endpoint = slot->endpoint;
    const struct vm_member *present = find_member(inventory, slot->uplink);
    const struct vm_member *home = find_member(inventory, slot->home);
    struct vm_place place = {
        .uplink = vm_world_uplink_name(world, choice->uplink),
        .reason = choice->reason,
        .because = vm_world_uplink_name(world, choice->because),
        .guarantee_broken = choice->guarantee_broken,
        .present_usable = present && vm_member_is_usable(present),
        .home_usable = home && vm_member_is_usable(home),
    };

    if (slot->uplink && !present && place.uplink
        && place.reason != VM_R_MANUAL) {
        /* The snapshot can't speak of a member that was taken away. */
        place.reason = VM_R_FAILOVER;
        place.because = slot->uplink;
    } else if (place.reason == VM_R_NEXT_CHOICE && !place.because) {
        /* Nor of one that never was. */
        place.because = slot->wish.names[0];
    }
    if (vm_slot_place(slot, &place, now)) {
        vm_journal_add(journal, now, slot->id,
                       endpoint->policy.name ? endpoint->policy.name
                                             : endpoint->id,
                       slot->untold ? slot->from : slot->uplink,
                       slot->uplink, slot->reason, slot->because);
    }
}

/* Notes which uplink carries each interface now, and has those announced whose
 * frames left over another one before, or over none.  An interface that was
 * just born has nothing to announce: nobody has seen it elsewhere. */
static void
note_carriers(struct vm_inventory *inventory,
              const struct vm_bond_config *config, long long int now)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &inventory->interfaces) {
        struct vm_interface *iface = node->data;
        const char *uplink = vm_interface_uplink(iface, config);
        bool changed = !nullable_string_is_equal(iface->carrier, uplink);

        if (changed && iface->published && uplink) {
            vm_slot_start_announcing(iface->slot, config->announce, now);
            iface->slot->joined = now;
        }
        if (changed) {
            free(iface->carrier);
            iface->carrier = nullable_xstrdup(uplink);
        }
        iface->published = true;
    }
}

static void
set_reverse_after(struct vm_inventory *inventory,
                  const struct vm_bond_config *config)
{
    size_t n;
    struct vm_slot_state **slots = vm_inventory_slots(inventory, &n);

    for (size_t i = 0; i < n; i++) {
        long long int since = MAX(slots[i]->moved, slots[i]->joined);

        slots[i]->reverse_after = (
            !config->reverse_drop ? LLONG_MAX
            : since == LLONG_MIN ? LLONG_MIN
            : since + config->reverse_grace_ms);
    }
    free(slots);
}

void
vm_assign(struct vm_inventory *inventory, const struct vm_bond_config *config,
          struct vm_journal *journal, long long int now)
{
    struct vm_world world;

    vm_world_init(&world, inventory, config, now);
    struct vm_choice *choices = xcalloc(world.snapshot.n_slots,
                                        sizeof *choices);
    vm_packing_run(&world.snapshot, choices);
    for (size_t i = 0; i < world.snapshot.n_slots; i++) {
        place_slot(inventory, &world, world.states[i], &choices[i], journal,
                   now);
    }
    free(choices);
    vm_world_destroy(&world);

    note_carriers(inventory, config, now);
    set_reverse_after(inventory, config);
}

void
vm_assign_settle(struct vm_inventory *inventory, long long int now)
{
    size_t n;
    struct vm_slot_state **slots = vm_inventory_slots(inventory, &n);

    for (size_t i = 0; i < inventory->n_members; i++) {
        struct vm_member *member = inventory->members[i];
        bool settling = false;

        if (vm_member_is_settling(member)) {
            for (size_t j = 0; j < n && !settling; j++) {
                settling = vm_slot_is_settling(slots[j], member->name,
                                               member->since);
            }
            if (!settling) {
                vm_member_event(member, VM_MEMBER_SETTLED, now);
            }
        }
    }
    free(slots);
}

long long int
vm_assign_deadline(const struct vm_inventory *inventory, long long int done)
{
    long long int deadline = LLONG_MAX;
    size_t n;
    struct vm_slot_state **slots = vm_inventory_slots(inventory, &n);

    for (size_t i = 0; i < n; i++) {
        deadline = MIN(deadline, slots[i]->next_announce);
        if (slots[i]->reverse_after > done) {
            deadline = MIN(deadline, slots[i]->reverse_after);
        }
    }
    free(slots);
    return deadline;
}
