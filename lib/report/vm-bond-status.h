/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_BOND_STATUS_H
#define VM_BOND_STATUS_H 1

/* What a bond says of itself in Port:status, for programs on this machine and
 * on others that choose where a VM runs, such as ovs-vm-agent.
 *
 * A load varies all the time, and other machines are told of each change.
 * Therefore the published load follows the real one in steps of
 * VM_BOND_LOAD_STEP, not before they differ by that much.
 *
 * The module reads an engine and changes nothing.
 *
 * Thread-safety: none; the caller is the thread that owns the engine. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct smap;
struct vm_engine;

/* In parts per million. */
#define VM_BOND_LOAD_STEP 50000

enum vm_bond_state {
    VM_BOND_USABLE,             /* All members are usable, none is drained. */
    VM_BOND_DEGRADED,           /* A member is not usable, or drained. */
    VM_BOND_FAILOVER,           /* A failover occurs. */
    VM_BOND_DRAINED,            /* All members that VMs may use are drained. */
    VM_BOND_LOST                /* No member is usable. */
};

struct vm_bond_status {
    enum vm_bond_state state;   /* The last one that applies. */
    size_t usable;              /* Members that may carry frames. */
    uint64_t room;              /* See vm_admission_room(). */
    uint64_t load_ppm;          /* As published. */
};

/* Updates all but the load, which must be 0 at first, as of 'now'. */
void vm_bond_status_update(struct vm_bond_status *, const struct vm_engine *,
                           long long int now);

/* Updates the load as of 'now': what the devices of usable members send,
 * divided by the capacity of these members together.  Standby members that are
 * not needed do not count, nor do drained ones while VMs may use others.
 * Returns true if the published load changes. */
bool vm_bond_status_set_load(struct vm_bond_status *, const struct vm_engine *,
                             long long int now);

/* Adds the keys of Port:status. */
void vm_bond_status_to_smap(const struct vm_bond_status *, struct smap *);

#endif /* vm-bond-status.h */
