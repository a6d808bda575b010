/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_ASKED_H
#define VM_ASKED_H 1

/* For what-if: the VMs whose suspension or migration would be requested after
 * an event.
 *
 *   - Those for which there is a cause after the event, in a copy of the
 *     engine that got it, and not before: no member, or a failover.
 *   - On a member whose predicted load exceeds what it can carry, if that is
 *     known, by more than 1/16, as many VMs as it takes, in the order in which
 *     they would be asked for because of overload (vm-request-turn).
 *
 * The delay and the budget of requests are left out: they determine when, not
 * which VMs.
 *
 * Ownership: the list owns its strings until vm_asked_destroy().
 *
 * Thread-safety: none; the caller is the thread that owns the engines. */

#include <stddef.h>
#include <stdint.h>

#include "base/vm-reason.h"
#include "engine/vm-request-id.h"

struct ds;
struct json;
struct simap;
struct vm_engine;

struct vm_asked_vm {
    char *id, *name;            /* Identity, and vm-name or the identity. */
    enum vm_request_kind kind;  /* SUSPEND or MIGRATE. */
    enum vm_reason reason;
    char *because;              /* Member of which 'reason' speaks, or
                                 * null. */
};

struct vm_asked {
    struct vm_asked_vm *list;
    size_t n, allocated;
};

/* Initializes 'causes' with the VMs for which there are causes before the
 * event, a bit for each. */
void vm_asked_note(struct simap *causes, const struct vm_engine *before);

/* Appends those that have a cause in 'after' and not in 'before', a result of
 * vm_asked_note(), sorted by identity. */
void vm_asked_find(struct vm_asked *, const struct simap *before,
                   const struct vm_engine *after);

/* Appends those that are too much for 'member' in 'after', whose predicted
 * load is 'load', bit/s. */
void vm_asked_find_flooded(struct vm_asked *, const struct vm_engine *after,
                           const char *member, uint64_t load,
                           long long int now);
void vm_asked_destroy(struct vm_asked *);

/* "    VM web: suspension would be requested: no member may carry it", a line
 * each. */
void vm_asked_format(const struct vm_asked *, struct ds *);

/* [{"id", "name", "request", "reason", "reason_text"}]. */
struct json *vm_asked_to_json(const struct vm_asked *);

#endif /* vm-asked.h */
