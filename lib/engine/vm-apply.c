/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-apply.h"

#include <limits.h>

#include "engine/vm-builder.h"
#include "engine/vm-concern.h"
#include "engine/vm-forwarding.h"
#include "model/vm-endpoint.h"
#include "model/vm-guarantee.h"
#include "model/vm-interface-count.h"
#include "model/vm-slot.h"
#include "model/vm-watch.h"
#include "solve/vm-packing.h"
#include "util.h"

/* Returns true if 'choice' leaves 'slot' away from its home, or makes a home
 * of the member that it leaves, only because of other slots. */
static bool
is_home_closed(const struct vm_snapshot *snapshot,
               const struct vm_snap_slot *slot, const struct vm_choice *choice)
{
    int home = slot->home;

    if (home < 0) {
        return (choice->reason == VM_R_PREEMPTED
                || choice->reason == VM_R_DISPLACED);
    }
    return (home != choice->member
            && choice->reason != VM_R_MANUAL
            && (snapshot->failback || choice->member < 0)
            && vm_snapshot_is_available(snapshot, home)
            && snapshot->members[home].avoid == VM_AVOID_NOT
            && vm_snap_slot_allows(slot, home)
            && (vm_snap_slot_pref_rank(slot, home)
                <= vm_snap_slot_pref_rank(slot, choice->member)));
}

/* Makes the reason of 'place' precise by what the solvers do not know. */
static void
refine_reason(const struct vm_inventory *inventory,
              const struct vm_slot *slot, struct vm_place *place)
{
    const struct vm_member *present
        = vm_inventory_find_member(inventory, slot->member);
    const struct vm_member *because
        = vm_inventory_find_member(inventory, place->because);

    if (slot->member && !present && place->member
        && place->reason != VM_R_MANUAL) {
        /* The snapshot has no member that was removed from the bond. */
        place->reason = VM_R_MEMBER_REMOVED;
        place->because = slot->member;
    } else if (place->reason == VM_R_NEXT_CHOICE && !place->because) {
        /* Nor one that was never part of it. */
        place->because = slot->pref.names[0];
    } else if (place->reason == VM_R_FAILOVER) {
        place->down = because ? because->down : VM_DOWN_NOT;
        if (place->down == VM_DOWN_NO_DEVICE) {
            place->reason = VM_R_NO_DEVICE;
        }
    } else if (place->reason == VM_R_ONLY_UPLINK_LOST) {
        place->down = because ? because->down : VM_DOWN_NOT;
    } else if (place->reason == VM_R_FAILBACK) {
        if (present && vm_member_is_usable(present)
            && present->config.standby && !present->was_standby) {
            place->reason = VM_R_STANDBY_SET;
            place->because = present->name;
        } else if (slot->home_closed
                   && nullable_string_is_equal(place->member, slot->home)) {
            place->reason = VM_R_RELEASED;
        }
    }
}

/* Applies 'choice' to slot 'i' of the snapshot. */
static void
place_slot(const struct vm_inventory *inventory,
           const struct vm_builder *builder,
           size_t i, const struct vm_choice *choice,
           struct vm_journal *journal, long long int now)
{
    const struct vm_snap_slot *state = &builder->snapshot.slots[i];
    struct vm_slot *slot = builder->states[i];
    const struct vm_member *present
        = vm_inventory_find_member(inventory, slot->member);
    const struct vm_member *home
        = vm_inventory_find_member(inventory, slot->home);
    struct vm_place place = {
        .member = vm_builder_member_name(builder, choice->member),
        .reason = choice->reason,
        .because = vm_builder_member_name(builder, choice->because),
        .guarantee_unmet = choice->guarantee_unmet,
        .present_usable = present && vm_member_is_usable(present),
        .present_drained = present && present->config.drain,
        .home_usable = home && vm_member_is_usable(home),
        .home_gone = state->home_gone,
        .home_closed = is_home_closed(&builder->snapshot, state, choice),
    };

    refine_reason(inventory, slot, &place);
    if (vm_slot_place(slot, &place, now)) {
        vm_journal_add(journal, now, slot->id,
                       vm_endpoint_name(slot->endpoint),
                       slot->untold ? slot->from : slot->member,
                       slot->member, slot->reason, slot->because,
                       slot->down);
    }
}

/* Updates the tx member of 'iface', which is in a slot, and starts announcing
 * the slot if its frames left over another member before, or over none, also
 * if that was before a restart or in another mode.  An interface that was just
 * added needs no announcement: no switch has learned its addresses on another
 * port. */
static void
update_tx_member(struct vm_interface *iface,
                 const struct vm_bond_config *config, long long int now)
{
    const char *member = vm_interface_member(iface, config);
    bool changed = !nullable_string_is_equal(iface->tx_member, member);
    bool announces = iface->endpoint->policy.announce;

    if (changed && iface->published && member) {
        vm_slot_start_announcing(iface->slot,
                                 announces ? config->announce : 0, now);
        iface->slot->joined = now;
    } else if (!announces) {
        vm_slot_start_announcing(iface->slot, 0, now);
    }
    if (changed) {
        free(iface->tx_member);
        iface->tx_member = nullable_xstrdup(member);
    }
    iface->published = true;
}

/* Updates what follows from where 'slot' is. */
static void
finish_slot(struct vm_slot *slot, const struct vm_bond_config *config,
            long long int now)
{
    long long int since;

    for (size_t i = 0; i < slot->n_interfaces; i++) {
        update_tx_member(slot->interfaces[i], config, now);
    }
    since = MAX(slot->moved, slot->joined);
    slot->reverse_after = (!config->reverse_drop ? LLONG_MAX
                           : since == LLONG_MIN ? LLONG_MIN
                           : since + config->reverse_grace_ms);
}

/* Takes the guarantees of slots without a member away from them, and makes
 * parts equal where one is unmet.  Returns true if that changes a part. */
static bool
divide_again(const struct vm_builder *builder,
             const struct vm_choice *choices)
{
    bool changed = false;

    for (size_t i = 0; i < builder->snapshot.n_slots; i++) {
        if (choices[i].member < 0) {
            changed |= vm_guarantee_withdraw(builder->states[i]);
        }
    }
    for (size_t i = 0; i < builder->snapshot.n_slots && !changed; i++) {
        if (choices[i].guarantee_unmet) {
            struct vm_endpoint *endpoint = builder->states[i]->endpoint;

            changed = vm_guarantee_divide_equally(endpoint);
        }
    }
    return changed;
}

/* Initializes 'builder' with all slots and returns the choice for each. */
static struct vm_choice *
choose_all(struct vm_builder *builder, struct vm_inventory *inventory,
           const struct vm_bond_config *config, long long int now)
{
    vm_inventory_rest_loads(inventory);
    vm_guarantees_divide(inventory, inventory->endpoints_by_id,
                         inventory->n_endpoints, now);
    for (;;) {
        vm_builder_init(builder, inventory, config, now);

        struct vm_choice *choices = xcalloc(builder->snapshot.n_slots,
                                            sizeof *choices);
        vm_packing_run(&builder->snapshot, choices);
        if (!divide_again(builder, choices)) {
            return choices;
        }
        vm_builder_destroy(builder);
        free(choices);
    }
}

/* The same for the slots that have changed, if that is all, or else for all of
 * them. */
static struct vm_choice *
choose(struct vm_builder *builder, struct vm_inventory *inventory,
       const struct vm_bond_config *config, long long int now)
{
    struct vm_choice *choices = vm_concern_choose(builder, inventory, config,
                                                  now);

    if (choices) {
        return choices;
    }
    vm_changes_note_all(&inventory->place);
    return choose_all(builder, inventory, config, now);
}

void
vm_apply_heard(struct vm_inventory *inventory,
               const struct vm_bond_config *config)
{
    const struct shash_node *node;

    if (!config->reverse_drop) {
        return;
    }
    SHASH_FOR_EACH (node, &inventory->interfaces) {
        const struct vm_interface *iface = node->data;

        if (iface->slot && iface->counters.tx_packets) {
            iface->slot->known_upstream = true;
        }
    }
}

void
vm_apply(struct vm_inventory *inventory, const struct vm_bond_config *config,
         struct vm_journal *journal, long long int now)
{
    struct vm_builder builder;
    struct vm_choice *choices;
    bool reserves = false;

    vm_changes_add(&inventory->place, &inventory->unsettled);
    vm_changes_clear(&inventory->unsettled);
    choices = choose(&builder, inventory, config, now);
    for (size_t i = 0; i < builder.snapshot.n_slots; i++) {
        struct vm_slot *slot = builder.states[i];

        place_slot(inventory, &builder, i, &choices[i], journal, now);
        finish_slot(slot, config, now);
        inventory->slots_changed |= slot->untold;
        reserves |= vm_slot_guarantee(slot) > 0;
        if (!slot->settled) {
            vm_changes_note(&inventory->unsettled, slot->endpoint->id);
        }
    }
    for (size_t i = 0; i < inventory->n_members; i++) {
        inventory->members[i]->was_standby
            = inventory->members[i]->config.standby;
    }
    free(choices);
    vm_builder_destroy(&builder);
    inventory->n_placed += inventory->place.all || reserves;
    vm_watch_placed(inventory, &inventory->place, now);
}

/* Returns true if a slot that concerns 'member', which is settling, is. */
static bool
is_settling(const struct vm_inventory *inventory,
            const struct vm_member *member)
{
    bool settling = false;
    size_t n;
    struct vm_slot **slots = vm_inventory_slots(inventory, &n);

    for (size_t i = 0; i < n && !settling; i++) {
        settling = vm_slot_is_settling(slots[i], member->name, member->since);
    }
    free(slots);
    return settling;
}

void
vm_apply_settle(struct vm_inventory *inventory, long long int now)
{
    for (size_t i = 0; i < inventory->n_members; i++) {
        struct vm_member *member = inventory->members[i];

        if (vm_member_is_settling(member)
            && !is_settling(inventory, member)) {
            vm_member_event(member, VM_MEMBER_SETTLED, now);
        }
    }
}

long long int
vm_apply_deadline(const struct vm_inventory *inventory, long long int done)
{
    long long int deadline = LLONG_MAX;
    size_t n;
    struct vm_slot **slots = vm_watch_timed(inventory, &n);

    for (size_t i = 0; i < n; i++) {
        deadline = MIN(deadline, slots[i]->next_announce);
        if (slots[i]->reverse_after > done) {
            deadline = MIN(deadline, slots[i]->reverse_after);
        }
    }
    free(slots);
    return deadline;
}
