/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-pin.h"

#include <string.h>

#include "base/vm-utf8.h"
#include "engine/vm-builder.h"
#include "model/vm-endpoint.h"
#include "model/vm-endpoint-names.h"
#include "model/vm-places.h"
#include "model/vm-slot.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

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
    return (reason == VM_R_DOWN || reason == VM_R_NOT_IN_UPLINKS
            || reason == VM_R_STANDBY_NOT_NEEDED || reason == VM_R_CLOSED
            || reason == VM_R_DRAINING || reason == VM_R_HELD_OFF);
}

/* Returns the name of the exclusive VM that closes 'member' to 'slot'. */
static const char *
find_exclusive(const struct vm_builder *builder,
               const struct vm_snap_slot *slot, const char *member)
{
    for (size_t i = 0; i < builder->snapshot.n_slots; i++) {
        const struct vm_snap_slot *other = &builder->snapshot.slots[i];
        const struct vm_slot *state = builder->states[i];

        if (other->exclusive && other->priority > slot->priority
            && nullable_string_is_equal(state->member, member)) {
            return vm_endpoint_name(state->endpoint);
        }
    }
    return "of higher priority";
}

/* Returns a sentence that states why slot 'i' of the snapshot may not use
 * 'member', and which members it may use. */
static char *
refuse_move(const struct vm_builder *builder, size_t i,
            const struct vm_member *member, enum vm_reason reason,
            const struct vm_verdict *verdicts)
{
    const struct vm_slot *state = builder->states[i];
    struct ds s = DS_EMPTY_INITIALIZER;
    const char *separator = "";

    ds_put_format(&s, "VM %s can't move to %s, which is ",
                  vm_endpoint_name(state->endpoint), member->name);
    if (reason == VM_R_DOWN) {
        const char *words = vm_down_to_words(member->down);

        ds_put_format(&s, "down (%s)",
                      words ? words
                      : vm_member_state_to_string(member->state));
    } else if (reason == VM_R_NOT_IN_UPLINKS) {
        ds_put_cstr(&s, "not in vm-uplinks=");
        vm_pref_format(&state->pref, &s);
    } else if (reason == VM_R_STANDBY_NOT_NEEDED) {
        ds_put_cstr(&s, "standby while other members are usable");
    } else if (reason == VM_R_DRAINING) {
        ds_put_cstr(&s, "drained");
    } else if (reason == VM_R_HELD_OFF) {
        ds_put_cstr(&s, "held off after repeated losses");
    } else {
        ds_put_format(&s, "closed by the exclusive VM %s",
                      find_exclusive(builder, &builder->snapshot.slots[i],
                                     member->name));
    }

    ds_put_cstr(&s, "; possible: ");
    for (size_t j = 0; j < builder->snapshot.n_members; j++) {
        if (!is_refusal(verdicts[j].reason)) {
            ds_put_format(&s, "%s%s", separator, builder->members[j].name);
            separator = ", ";
        }
    }
    ds_put_cstr(&s, *separator ? "" : "none");
    return ds_steal_cstr(&s);
}

/* Returns a sentence that states that no interface of 'endpoint' has a
 * device. */
static char *
refuse_absent(const struct vm_endpoint *endpoint, const char *member)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "VM %s can't move to %s, since it has no device: ",
                  vm_endpoint_name(endpoint), member);
    for (size_t i = 0; i < endpoint->n_absent; i++) {
        ds_put_cstr(&s, i ? ", " : "");
        vm_utf8_append(endpoint->absent[i]->name, SIZE_MAX, &s);
    }
    ds_put_format(&s, " must exist in the system; possible: auto");
    return ds_steal_cstr(&s);
}

/* Unpins the VM with identity 'id', of which 'endpoint', if it is nonnull, has
 * the interfaces.  Returns true if it was pinned. */
static bool
unpin(struct vm_inventory *inventory, const char *id,
      struct vm_endpoint *endpoint)
{
    bool changed = vm_places_unpin(inventory->places, id);

    for (size_t i = 0; endpoint && i < endpoint->n_slots; i++) {
        changed |= vm_slot_pin(endpoint->slots[i], NULL);
    }
    return changed;
}

/* Pins all slots of 'endpoint' that may use 'member'. */
static char *
pin(const struct vm_inventory *inventory, const struct vm_builder *builder,
    const struct vm_endpoint *endpoint, int member, bool *changed)
{
    struct vm_verdict *verdicts = xcalloc(inventory->n_members,
                                          sizeof *verdicts);
    const struct vm_member *m = inventory->members[member];
    char *refusal = NULL;
    bool possible = false;

    for (size_t i = 0; i < endpoint->n_slots; i++) {
        size_t index = vm_builder_find(builder, endpoint->slots[i]);

        vm_placement_explain(&builder->snapshot, index, verdicts);
        if (!is_refusal(verdicts[member].reason)) {
            possible = true;
            *changed = vm_slot_pin(endpoint->slots[i], m->name) || *changed;
        } else if (!refusal) {
            refusal = refuse_move(builder, index, m, verdicts[member].reason,
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
vm_pin(struct vm_inventory *inventory,
       const struct vm_bond_config *config, const char *bond,
       const char *vm, const char *member, long long int now,
       bool *changed)
{
    struct vm_endpoint *endpoint = vm_inventory_find_endpoint(inventory, vm);

    *changed = false;
    if (!strcmp(member, "auto")) {
        *changed = unpin(inventory, endpoint ? endpoint->id : vm, endpoint);
        return (endpoint || *changed ? NULL
                : vm_endpoint_no_such(inventory, bond, vm));
    } else if (!endpoint) {
        return vm_endpoint_no_such(inventory, bond, vm);
    }

    int index = vm_inventory_member_index(inventory, member);
    if (index >= 0 && !endpoint->n_slots) {
        return refuse_absent(endpoint, member);
    } else if (index >= 0) {
        struct vm_builder builder;

        vm_builder_init(&builder, inventory, config, now);
        char *refusal = pin(inventory, &builder, endpoint, index, changed);
        vm_builder_destroy(&builder);
        return refusal;
    } else {
        return refuse_member(inventory, bond, member);
    }
}
