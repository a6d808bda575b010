/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-unmet.h"

#include <stdlib.h>

#include "base/vm-problem.h"
#include "engine/vm-builder.h"
#include "model/vm-endpoint.h"
#include "model/vm-slot.h"
#include "model/vm-watch.h"
#include "openvswitch/dynamic-string.h"
#include "solve/vm-packing.h"
#include "solve/vm-remedy.h"
#include "util.h"

/* Appends "vm-min-rate=1 Gbit/s is not guaranteed" and, if the VM has several
 * slots, the slot's part of it. */
static void
format_what(const struct vm_slot *state, uint64_t guarantee, bool host,
            struct ds *s)
{
    const struct vm_endpoint *endpoint = state->endpoint;

    ds_put_cstr(s, host ? "vm-aware-host min-rate=" : "vm-min-rate=");
    vm_rate_format(endpoint->policy.min_rate, s);
    ds_put_cstr(s, " is not guaranteed");
    if (endpoint->n_slots > 1) {
        ds_put_cstr(s, ", of which ");
        vm_rate_format(guarantee, s);
        ds_put_cstr(s, " for vm-uplinks=");
        vm_pref_format(&state->pref, s);
    }
}

static void
format_remedy(const struct vm_snapshot *snapshot,
              const struct vm_admission *admissions, size_t slot,
              unsigned long int *steps, struct ds *s)
{
    struct vm_remedy *remedies = xcalloc(snapshot->n_members,
                                         sizeof *remedies);

    ds_put_cstr(s, ": ");
    if (admissions[slot].admitted) {
        ds_put_cstr(s, "other members would have to be chosen");
    } else {
        vm_remedy_find(snapshot, admissions, slot, steps, remedies);
        vm_remedy_format(snapshot, remedies, s);
    }
    free(remedies);
}

void
vm_unmet_problems(const struct vm_builder *builder, const char *bond,
                  struct vm_problems *problems)
{
    const struct vm_snapshot *snapshot = &builder->snapshot;
    size_t n_remedies = VM_UNMET_REMEDY_SLOTS / MAX(snapshot->n_slots, 1);
    unsigned long int steps = VM_UNMET_STEPS;
    size_t n_reported = 0;
    struct vm_packing_order order;

    if (!snapshot->n_members) {
        return;
    }
    n_remedies = MIN(MAX(n_remedies, 1), VM_UNMET_REMEDIES);
    vm_packing_order_init(&order, snapshot);
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        const struct vm_slot *state = builder->states[order.places[i]];
        uint64_t guarantee = order.snapshot.slots[i].guarantee;
        bool host = vm_endpoint_is_host(state->endpoint);
        struct ds s = DS_EMPTY_INITIALIZER;

        if (!state->guarantee_unmet || !guarantee) {
            continue;
        }
        format_what(state, guarantee, host, &s);
        if (n_reported++ < n_remedies) {
            format_remedy(&order.snapshot, order.admissions, i, &steps, &s);
        }
        vm_problems_add(problems,
                        host ? bond : state->interfaces[0]->name,
                        "%s", ds_cstr(&s));
        ds_destroy(&s);
    }
    vm_packing_order_destroy(&order);
}

/* Returns true if any guarantee is unmet. */
static bool
is_any_unmet(const struct vm_inventory *inventory)
{
    bool any = false;
    size_t n;
    struct vm_slot **slots = vm_watch_bound(inventory, &n);

    for (size_t i = 0; i < n && !any; i++) {
        any = slots[i]->guarantee_unmet && vm_slot_guarantee(slots[i]);
    }
    free(slots);
    return any;
}

void
vm_unmet_update(const struct vm_inventory *inventory,
                const struct vm_bond_config *config, const char *bond,
                long long int now, struct vm_problems *problems)
{
    struct vm_builder builder;

    vm_problems_clear(problems);
    if (!is_any_unmet(inventory)) {
        return;
    }
    vm_builder_init(&builder, inventory, config, now);
    vm_unmet_problems(&builder, bond, problems);
    vm_builder_destroy(&builder);
}
