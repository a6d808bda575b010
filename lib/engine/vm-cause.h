/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_CAUSE_H
#define VM_CAUSE_H 1

/* The causes for which a VM should be suspended or migrated, if its policy
 * says so (claims C11, C13, C14, D1).
 *
 *   - FAILOVER: a failover that concerns the VM occurs (vm-on-failover).
 *   - LOSS: no member carries any slot of the VM (vm-on-loss).
 *   - OVERLOAD: the VM offers more than its vm-max-rate, or a member is
 *     flooded to which it offers a considerable part of the load, or it offers
 *     more than its share (vm-on-overload).  The latter two depend on the load
 *     of others, so VMs of priority VM_CAUSE_PROTECTED or above are exempt
 *     from them.
 *
 * A suspended VM sends nothing, so its overload cannot be measured: the caller
 * says whether the demand that it had fits again.
 *
 * Samples are irregular, so an overload ends only when it was not seen for
 * VM_CAUSE_GAP.
 *
 * The module requests nothing.
 *
 * Ownership: causes own their strings.
 *
 * Thread-safety: none; the caller is the thread that owns the engine. */

#include <stdbool.h>

#include "base/vm-reason.h"
#include "base/vm-value.h"
#include "engine/vm-request-id.h"

struct vm_endpoint;
struct vm_failovers;
struct vm_inventory;
struct vm_policy;
struct vm_senders;

/* VMs of this priority or a higher one are never suspended or migrated because
 * of the load of others. */
#define VM_CAUSE_PROTECTED 6

/* ms. */
#define VM_CAUSE_GAP 1000

enum vm_cause_type {            /* The first one that is present counts. */
    VM_CAUSE_FAILOVER,
    VM_CAUSE_LOSS,
    VM_CAUSE_OVERLOAD,
    VM_N_CAUSES
};

struct vm_cause {
    enum vm_reason reason;      /* VM_R_NONE: not present. */
    char *because;              /* Member, or null. */
    enum vm_request_kind kind;  /* SUSPEND or MIGRATE. */
    long long int since;        /* If present, ms... */
    long long int seen;         /* ...and when it was last seen, ms. */
};

struct vm_causes {
    struct vm_cause list[VM_N_CAUSES];
};

/* How to determine an overload. */
enum vm_cause_overload {
    VM_CAUSE_MEASURE,
    VM_CAUSE_KEEP,              /* As long as the policy permits. */
    VM_CAUSE_END
};

/* What causes are found in. */
struct vm_cause_facts {
    const struct vm_inventory *inventory;
    const struct vm_senders *senders;
    const struct vm_failovers *failovers;
};

void vm_causes_init(struct vm_causes *);
void vm_causes_destroy(struct vm_causes *);

/* Updates the causes for 'endpoint' as of 'now'.  Returns true if one of them
 * is new or is gone. */
bool vm_causes_update(struct vm_causes *, const struct vm_cause_facts *,
                      const struct vm_endpoint *, enum vm_cause_overload,
                      long long int now);

/* Returns false if a failover or a loss is not as vm_causes_update() found
 * it.  An overload may be, until the next sample. */
bool vm_causes_are_current(const struct vm_causes *,
                           const struct vm_cause_facts *,
                           const struct vm_endpoint *, long long int now);

/* Returns the cause that counts, or null. */
const struct vm_cause *vm_causes_first(const struct vm_causes *);

/* Returns the first cause to suspend, or to migrate, or null. */
const struct vm_cause *vm_causes_of_kind(const struct vm_causes *,
                                         enum vm_request_kind);

/* Returns true if 'cause' is an overload. */
bool vm_causes_is_overload(const struct vm_causes *,
                           const struct vm_cause *cause);

/* Returns what an outcome requests: NONE, SUSPEND or MIGRATE. */
enum vm_request_kind vm_cause_kind(enum vm_outcome);

/* Returns true if the policy may lead to a request. */
bool vm_cause_is_possible(const struct vm_policy *);

#endif /* vm-cause.h */
