/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef AGENT_DB_H
#define AGENT_DB_H 1

/* The database of this host: requests are read, answers are written.
 *
 * All interfaces with the same vm-id (or vm-uuid) are one VM.  A request
 * counts when all of them that have one have the same.  Answers are written
 * to all of them, in one transaction, by changing the keys of external_ids
 * that are the agent's own; the column is never replaced.  The database's
 * lock "ovs_vm_agent" keeps a second agent from acting.
 *
 * Ownership: arguments are copied; what is returned belongs to the caller
 * unless a function says otherwise.
 *
 * Thread-safety: none; the main thread alone. */

#include <stdbool.h>
#include <stdint.h>

#include "agent-types.h"

struct agent_db;
struct agent_policies;
struct agent_work;
struct sset;

struct agent_db *agent_db_create(const char *remote);
void agent_db_destroy(struct agent_db *);
void agent_db_run(struct agent_db *);
void agent_db_wait(struct agent_db *);

bool agent_db_is_up(const struct agent_db *);
const char *agent_db_state(const struct agent_db *);
bool agent_db_pass_orders(struct agent_db *, struct agent_work *);
void agent_db_write(struct agent_db *, const char *uuid,
                    const struct agent_answer *);
void agent_db_set_policies(struct agent_db *, const struct agent_policies *);
bool agent_db_take_written(struct agent_db *, char **uuid, bool *ok);

const char *agent_db_targets(const struct agent_db *);
uint64_t agent_db_guarantee(const struct agent_db *, const char *uuid);
void agent_db_lost_bridges(const struct agent_db *, struct sset *);

#endif /* agent-db.h */
