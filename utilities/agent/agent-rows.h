/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef AGENT_ROWS_H
#define AGENT_ROWS_H 1

/* What the rows of the interfaces of a VM say together: its request, which
 * counts when all of them agree, and the answer that they have.
 *
 * Reads the database, and writes nothing.
 *
 * Ownership: what agent_rows_read() adds is freed by agent_rows_destroy().
 *
 * Thread-safety: none; the main thread alone. */

#include "agent-types.h"
#include "openvswitch/shash.h"

struct ovsdb_idl;
struct ovsrec_interface;

/* A VM as the rows of its interfaces say. */
struct agent_rows {
    struct agent_order order;
    struct agent_answer answer;
    char *suspended;            /* Value of vm-agent-suspended, or null. */
    bool disagree;              /* About the request. */
    bool partial;               /* Not all rows have the answer. */
    int n_rows;
};

const char *agent_row_vm(const struct ovsrec_interface *);
void agent_rows_read(const struct ovsdb_idl *, struct shash *vms);
void agent_rows_destroy(struct shash *vms);

#endif /* agent-rows.h */
