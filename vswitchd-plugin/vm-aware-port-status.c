/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-port-status.h"

#include "engine/vm-engine.h"

bool
vm_aware_port_status_run(struct vm_aware_port_status *port,
                         const struct vm_engine *engine, long long int now)
{
    unsigned int seqno = vm_engine_seqno(engine);
    unsigned int n_placed = vm_engine_inventory(engine)->n_placed;
    bool changed = (!port->known || port->seqno != seqno
                    || port->n_placed != n_placed);

    if (changed) {
        port->known = true;
        port->seqno = seqno;
        port->n_placed = n_placed;
        vm_bond_status_update(&port->status, engine, now);
    }
    if (changed || now >= port->next_load) {
        port->next_load = now + VM_AWARE_LOAD_INTERVAL;
        changed |= vm_bond_status_set_load(&port->status, engine, now);
    }
    return changed;
}
