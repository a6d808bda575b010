/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-bond-status.h"

#include <inttypes.h>
#include <stdbool.h>

#include "engine/vm-builder.h"
#include "engine/vm-engine.h"
#include "engine/vm-requests.h"
#include "model/vm-slot-load.h"
#include "smap.h"
#include "solve/vm-admission.h"
#include "util.h"

static bool
failover_occurs(const struct vm_engine *engine)
{
    const struct vm_failovers *failovers
        = &vm_engine_requests(engine)->failovers;

    for (size_t i = 0; i < failovers->n; i++) {
        if (vm_failover_occurs(&failovers->list[i])) {
            return true;
        }
    }
    return false;
}

/* Returns true if all members that slots may use are drained. */
static bool
all_drained(const struct vm_snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->n_members; i++) {
        if (vm_snapshot_is_available(snapshot, i)
            && snapshot->members[i].avoid != VM_AVOID_DRAINED) {
            return false;
        }
    }
    return true;
}

static enum vm_bond_state
find_state(const struct vm_engine *engine, const struct vm_snapshot *snapshot,
           size_t usable)
{
    bool complete = usable == snapshot->n_members;

    for (size_t i = 0; i < snapshot->n_members; i++) {
        complete = (complete
                    && snapshot->members[i].avoid != VM_AVOID_DRAINED);
    }
    return (!usable ? VM_BOND_LOST
            : all_drained(snapshot) ? VM_BOND_DRAINED
            : failover_occurs(engine) ? VM_BOND_FAILOVER
            : complete ? VM_BOND_USABLE
            : VM_BOND_DEGRADED);
}

/* Returns what the members send that VMs may use, in parts per million of
 * their capacity. */
static uint64_t
measure_load(const struct vm_engine *engine,
             const struct vm_snapshot *snapshot, long long int now)
{
    const struct vm_inventory *inventory = vm_engine_inventory(engine);
    bool drained = all_drained(snapshot);
    uint64_t load = 0;
    uint64_t capacity = 0;

    for (size_t i = 0; i < snapshot->n_members; i++) {
        const struct vm_snap_member *member = &snapshot->members[i];

        if (vm_snapshot_is_available(snapshot, i)
            && (drained || member->avoid != VM_AVOID_DRAINED)) {
            load = vm_rate_add(load,
                               vm_load_rate(&inventory->members[i]->tx,
                                            VM_SLOT_HALF_LIFE, now));
            capacity = vm_rate_add(capacity, member->capacity);
        }
    }
    return vm_utilization_ppm(load, capacity);
}

void
vm_bond_status_update(struct vm_bond_status *status,
                      const struct vm_engine *engine, long long int now)
{
    const struct vm_snapshot *snapshot;
    struct vm_builder builder;

    vm_builder_init_reserving(&builder, vm_engine_inventory(engine),
                              vm_engine_config(engine), now);
    snapshot = &builder.snapshot;
    status->usable = 0;
    for (size_t i = 0; i < snapshot->n_members; i++) {
        status->usable += snapshot->members[i].usable;
    }
    status->state = find_state(engine, snapshot, status->usable);
    status->room = vm_admission_room(snapshot);
    vm_builder_destroy(&builder);
}

bool
vm_bond_status_set_load(struct vm_bond_status *status,
                        const struct vm_engine *engine, long long int now)
{
    struct vm_builder builder;
    uint64_t load, difference;

    vm_builder_init_members(&builder, vm_engine_inventory(engine),
                            vm_engine_config(engine), now);
    load = measure_load(engine, &builder.snapshot, now);
    vm_builder_destroy(&builder);

    difference = (load > status->load_ppm ? load - status->load_ppm
                  : status->load_ppm - load);
    if (difference < VM_BOND_LOAD_STEP) {
        return false;
    }
    status->load_ppm = ((load + VM_BOND_LOAD_STEP / 2) / VM_BOND_LOAD_STEP
                        * VM_BOND_LOAD_STEP);
    return true;
}

static const char *
state_to_string(enum vm_bond_state state)
{
    switch (state) {
    case VM_BOND_USABLE:
        return "usable";
    case VM_BOND_DEGRADED:
        return "degraded";
    case VM_BOND_FAILOVER:
        return "failover";
    case VM_BOND_DRAINED:
        return "drained";
    case VM_BOND_LOST:
        return "lost";
    }
    OVS_NOT_REACHED();
}

void
vm_bond_status_to_smap(const struct vm_bond_status *status, struct smap *keys)
{
    smap_add(keys, "vm_aware_state", state_to_string(status->state));
    smap_add_format(keys, "vm_aware_usable", "%"PRIuSIZE, status->usable);
    smap_add_format(keys, "vm_aware_room", "%"PRIu64, status->room);
    smap_add_format(keys, "vm_aware_load_ppm", "%"PRIu64, status->load_ppm);
}
