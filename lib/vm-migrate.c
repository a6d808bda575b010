/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-migrate.h"

#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-slot.h"
#include "vm-world.h"

/* How many names a sentence lists. */
#define MAX_NAMES 10

static const char *
endpoint_name(const struct vm_endpoint *endpoint)
{
    return endpoint->policy.name ? endpoint->policy.name : endpoint->id;
}

static char *
refuse_vm(const struct vm_inventory *inventory, const char *bond,
          const char *vm)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    size_t n;
    struct vm_endpoint **endpoints = vm_inventory_endpoints(inventory, &n);

    ds_put_format(&s, "bond %s has no VM \"%s\", it has: ", bond, vm);
    for (size_t i = 0; i < n && i < MAX_NAMES; i++) {
        ds_put_format(&s, "%s%s", i ? ", " : "", endpoint_name(endpoints[i]));
    }
    if (n > MAX_NAMES) {
        ds_put_format(&s, " and %"PRIuSIZE" more", n - MAX_NAMES);
    }
    free(endpoints);
    return ds_steal_cstr(&s);
}

static char *
refuse_member(const struct vm_inventory *inventory, const char *bond,
              const char *member)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "bond %s has no member \"%s\", it has: ", bond, member);
    for (size_t i = 0; i < inventory->n_members; i++) {
        ds_put_format(&s, "%s, ", inventory->members[i]->name);
    }
    ds_put_cstr(&s, "or say \"auto\"");
    return ds_steal_cstr(&s);
}

static bool
is_refusal(enum vm_reason reason)
{
    return (reason == VM_R_NOT_USABLE || reason == VM_R_NOT_WISHED
            || reason == VM_R_HELD_STANDBY || reason == VM_R_CLOSED);
}

/* Returns who holds 'uplink' against 'slot'. */
static const char *
find_holder(const struct vm_world *world, const struct vm_slot *slot,
            const char *uplink)
{
    for (size_t i = 0; i < world->snapshot.n_slots; i++) {
        const struct vm_slot *other = &world->snapshot.slots[i];
        const struct vm_slot_state *state = world->states[i];

        if (other->exclusive && other->priority > slot->priority
            && nullable_string_is_equal(state->uplink, uplink)) {
            return endpoint_name(state->endpoint);
        }
    }
    return "of higher priority";
}

/* Why the slot with index 'i' may not use 'member', and what it may use. */
static char *
refuse_move(const struct vm_world *world, size_t i,
            const struct vm_member *member, enum vm_reason reason,
            const struct vm_verdict *verdicts)
{
    const struct vm_slot_state *state = world->states[i];
    struct ds s = DS_EMPTY_INITIALIZER;
    const char *separator = "";

    ds_put_format(&s, "VM %s can't move to %s, which is ",
                  endpoint_name(state->endpoint), member->name);
    if (reason == VM_R_NOT_USABLE) {
        ds_put_format(&s, "not usable (%s)",
                      vm_member_state_to_string(member->state));
    } else if (reason == VM_R_NOT_WISHED) {
        ds_put_cstr(&s, "not in vm-uplinks=");
        vm_wish_format(&state->wish, &s);
    } else if (reason == VM_R_HELD_STANDBY) {
        ds_put_cstr(&s, "standby while others are usable");
    } else {
        ds_put_format(&s, "held by the exclusive VM %s",
                      find_holder(world, &world->snapshot.slots[i],
                                  member->name));
    }

    ds_put_cstr(&s, "; possible: ");
    for (size_t j = 0; j < world->snapshot.n_uplinks; j++) {
        if (!is_refusal(verdicts[j].reason)) {
            ds_put_format(&s, "%s%s", separator, world->uplinks[j].name);
            separator = ", ";
        }
    }
    ds_put_cstr(&s, *separator ? "" : "none");
    return ds_steal_cstr(&s);
}

/* Pins all slots of 'endpoint' that may use 'member'. */
static char *
pin(const struct vm_inventory *inventory, const struct vm_world *world,
    const struct vm_endpoint *endpoint, int member, bool *changed)
{
    struct vm_verdict *verdicts = xcalloc(inventory->n_members,
                                          sizeof *verdicts);
    const struct vm_member *m = inventory->members[member];
    char *refusal = NULL;
    bool possible = false;

    for (size_t i = 0; i < endpoint->n_slots; i++) {
        size_t index = vm_world_find(world, endpoint->slots[i]);

        vm_placement_explain(&world->snapshot, index, verdicts);
        if (!is_refusal(verdicts[member].reason)) {
            possible = true;
            *changed = vm_slot_pin(endpoint->slots[i], m->name) || *changed;
        } else if (!refusal) {
            refusal = refuse_move(world, index, m, verdicts[member].reason,
                                  verdicts);
        }
    }
    free(verdicts);

    if (possible) {
        free(refusal);
        refusal = NULL;
    }
    return refusal;
}

char *
vm_migrate(struct vm_inventory *inventory,
           const struct vm_bond_config *config, const char *bond,
           const char *vm, const char *member, long long int now,
           bool *changed)
{
    struct vm_endpoint *endpoint = vm_inventory_find_endpoint(inventory, vm);

    *changed = false;
    if (!endpoint) {
        return refuse_vm(inventory, bond, vm);
    }

    int index = vm_inventory_member_index(inventory, member);
    if (index >= 0) {
        struct vm_world world;

        vm_world_init(&world, inventory, config, now);
        char *refusal = pin(inventory, &world, endpoint, index, changed);
        vm_world_destroy(&world);
        return refusal;
    } else if (!strcmp(member, "auto")) {
        for (size_t i = 0; i < endpoint->n_slots; i++) {
            *changed = vm_slot_pin(endpoint->slots[i], NULL) || *changed;
        }
        return NULL;
    } else {
        return refuse_member(inventory, bond, member);
    }
}
