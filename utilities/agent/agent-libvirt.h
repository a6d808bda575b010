/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef AGENT_LIBVIRT_H
#define AGENT_LIBVIRT_H 1

/* The connection to libvirt, and the threads that call it.
 *
 * A call to libvirt may block for as long as a hypervisor pleases, so each has
 * a thread of its own, and the main thread never waits for one.  There is a
 * largest number of threads; further calls wait for one that ends.  A reply
 * comes into a queue; the main thread is woken by it.
 *
 * The connection is opened by the first call that needs it, and again after it
 * was lost, with a pause between two attempts that doubles.  Events of domains
 * come into the queue of replies as well.
 *
 * Ownership: arguments are copied.  The caller of agent_libvirt_take() owns
 * the reply.
 *
 * Thread-safety: agent_libvirt_*() are for the main thread alone. */

#include "agent-call.h"

struct agent_libvirt;

struct agent_libvirt *agent_libvirt_create(const char *uri,
                                           unsigned int max_threads);
void agent_libvirt_run(struct agent_libvirt *);
void agent_libvirt_wait(struct agent_libvirt *);

void agent_libvirt_call(struct agent_libvirt *, const struct agent_action *,
                        const struct sset *lost_bridges);
void agent_libvirt_survey(struct agent_libvirt *);
struct agent_reply *agent_libvirt_take(struct agent_libvirt *);

char *agent_libvirt_state(const struct agent_libvirt *);
unsigned int agent_libvirt_n_calls(const struct agent_libvirt *);

#endif /* agent-libvirt.h */
