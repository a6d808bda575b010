/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_REQUESTS_H
#define VM_REQUESTS_H 1

/* The requests of a bond: a list, their ids, their memory across a restart,
 * and the agent's answers.  See vm-request-run.h for what drives them.
 *
 * An id is never used twice: its epoch is later than that of any engine
 * before, or than any in the database, and its serial counts.
 *
 * After a restart of the switch a request is restored from Interface:status
 * and the agent's answer in external_ids; if ovsdb-server was restarted, too,
 * from the answer alone.
 *
 * The module makes no request.
 *
 * Ownership: the requests own their memory.
 *
 * Thread-safety: none; the engine owns its requests. */

#include <stdbool.h>
#include <stddef.h>

#include "engine/vm-budget.h"
#include "engine/vm-failover.h"
#include "engine/vm-request.h"
#include "engine/vm-return.h"

struct smap;
struct vm_actions;
struct vm_bond_config;
struct vm_endpoint;
struct vm_interface;
struct vm_interface_facts;
struct vm_inventory;
struct vm_senders;
struct vm_told;

/* What requests depend on; the engine's. */
struct vm_request_facts {
    const char *bond;
    const struct vm_inventory *inventory;
    const struct vm_bond_config *config;
    const struct vm_senders *senders;
};

struct vm_requests {
    struct vm_request_facts facts;
    struct vm_request **list;   /* Sorted by VM. */
    size_t n, allocated;
    struct vm_failovers failovers;
    unsigned long long int told_failover; /* Serial of the last one that was
                                           * told. */

    unsigned long long int epoch, last_serial; /* Of ids. */
    struct vm_budget budget;
    struct vm_returns returns;
    long long int overload_next; /* No request or resumption because of
                                  * overload before that, ms. */

    struct vm_told *told;       /* In the last run. */
    size_t n_told, allocated_told;
    unsigned int n_changes;     /* Of what is published. */
    bool dirty;                 /* An event came: due in the next run. */
    long long int deadline;     /* ms, if not 'dirty'. */
};

/* The arguments must be valid as long as the requests exist. */
struct vm_requests *vm_requests_create(const char *bond,
                                       const struct vm_inventory *,
                                       const struct vm_bond_config *,
                                       const struct vm_senders *);
void vm_requests_destroy(struct vm_requests *);

/* Sets the epoch of ids.  It must be later than that of any engine of the same
 * bond before, unless the database has a later one. */
void vm_requests_set_epoch(struct vm_requests *, unsigned long long int epoch);

/* An interface gets new facts, null if it is removed; 'old' is null if it is
 * new.  Restores the request about the VM of a new interface, unless there is
 * one, from the state before a restart and the agent's answer.  If the answer
 * is new, the next run takes it. */
void vm_requests_note(struct vm_requests *, const struct vm_interface *old,
                      const struct vm_interface_facts *, long long int now);

/* An answer to a request that another bond has published for the same VM.  See
 * vm-request-join.h. */
void vm_requests_answer(struct vm_requests *, const char *vm, const char *id,
                        enum vm_answer_state, const char *note,
                        long long int now);

/* Takes the answer, if there is one, in 'external_ids' of an interface of the
 * VM.  Returns true if it changed the request. */
bool vm_requests_take_answer(struct vm_requests *, struct vm_request *,
                             const struct vm_map *external_ids,
                             long long int now);

/* Returns a new id of 'kind', which the caller must free. */
char *vm_requests_new_id(struct vm_requests *, enum vm_request_kind);

/* Returns the request about 'vm', or null. */
struct vm_request *vm_requests_find(const struct vm_requests *,
                                    const char *vm);

/* Returns the endpoint that a request is about, or null. */
const struct vm_endpoint *vm_requests_endpoint(const struct vm_requests *,
                                               const struct vm_request *);

/* Adds and removes requests. */
struct vm_request *vm_requests_add(struct vm_requests *, const char *vm,
                                   long long int now);
void vm_requests_remove(struct vm_requests *, size_t index);

/* Adds a line to be logged, which it takes over. */
void vm_requests_tell(struct vm_requests *, bool warn, char *text);
void vm_requests_clear_told(struct vm_requests *);

/* Appends a TELL for each line of the last run. */
void vm_requests_add_tells(const struct vm_requests *, struct vm_actions *);

#endif /* vm-requests.h */
