/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef AGENT_TARGET_H
#define AGENT_TARGET_H 1

/* The candidate hosts of migrations, and what their databases say: how much
 * room their vm-aware bonds have, and whether they refuse a VM that is on its
 * way.  The databases are read, never written.
 *
 * A bond is a port whose status has vm_aware_room.
 *
 * Ownership: strings that are returned belong to the caller.
 *
 * Thread-safety: none; the main thread alone. */

#include <stdint.h>

#include "agent-choice.h"

struct agent_targets;

struct agent_targets *agent_targets_create(void);
void agent_targets_destroy(struct agent_targets *);
void agent_targets_set(struct agent_targets *, const char *list);
void agent_targets_run(struct agent_targets *);
void agent_targets_wait(struct agent_targets *);

const struct agent_candidate *
agent_targets_choose(struct agent_targets *, uint64_t guarantee, char **why,
                     bool *wait);
char *agent_targets_refusal(struct agent_targets *, const char *uri,
                            const char *uuid);
const struct agent_candidate *
agent_targets_candidates(struct agent_targets *, size_t *n);

#endif /* agent-target.h */
