/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef AGENT_WORK_H
#define AGENT_WORK_H 1

/* All VMs, and what has to be done for them.  Events in, actions out: the
 * requests of the database, the results of calls and writes, what libvirt
 * tells of domains.  A run returns the actions, and performs none.
 *
 *   agent_work_orders_begin(work);
 *   for each VM of the database:
 *       agent_work_set_order(work, uuid, order, answer);
 *   agent_work_orders_end(work);
 *   ... agent_work_result(), agent_work_written(), ...
 *   agent_work_run(work, now, &actions);
 *   ... perform the actions ...
 *   poll_timer_wait_until(agent_work_deadline(work));
 *
 * agent-vm.h has the state machine of a VM.
 *
 * Pure: no I/O, no clock, no threads.
 *
 * Ownership: arguments are copied.  The caller frees the actions.
 *
 * Thread-safety: none; the main thread alone. */

#include "agent-types.h"
#include "agent-vm.h"

struct agent_work;

struct agent_work *agent_work_create(const struct agent_settings *);
void agent_work_destroy(struct agent_work *);

/* Events. */
void agent_work_orders_begin(struct agent_work *);
void agent_work_set_order(struct agent_work *, const char *uuid,
                          const struct agent_order *,
                          const struct agent_answer *);
void agent_work_orders_end(struct agent_work *);
void agent_work_set_db_up(struct agent_work *, bool up);
void agent_work_set_paused(struct agent_work *, bool paused);
void agent_work_result(struct agent_work *, const char *uuid,
                       const struct agent_result *, long long int now);
void agent_work_written(struct agent_work *, const char *uuid, bool ok,
                        long long int now);
void agent_work_domain(struct agent_work *, const char *uuid,
                       const struct agent_domain *);
void agent_work_changed(struct agent_work *, const char *uuid);
void agent_work_cancel(struct agent_work *, const char *uuid,
                       const char *why, long long int now);

void agent_work_run(struct agent_work *, long long int now,
                    struct ovs_list *actions);
long long int agent_work_deadline(const struct agent_work *);

/* Queries. */
bool agent_work_is_paused(const struct agent_work *);
const struct agent_vm *agent_work_find(const struct agent_work *,
                                       const char *uuid);
const struct agent_vm **agent_work_sorted(const struct agent_work *,
                                          size_t *n);

#endif /* agent-work.h */
