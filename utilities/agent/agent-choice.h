/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef AGENT_CHOICE_H
#define AGENT_CHOICE_H 1

/* Where a VM is migrated to.
 *
 * A list of candidate hosts is separated by spaces.  A candidate is the URI of
 * its libvirt and, behind "=", the remote of its OVSDB:
 *
 *   qemu+tls://h2/system=ssl:h2:6640 qemu+ssh://h3/system
 *
 * Of the candidates whose database says that the guarantee of the VM fits, the
 * one with most room is chosen, and the first by name of several.  One without
 * a database is chosen only if there is no such candidate.
 *
 * Pure: this module reads no database.
 *
 * Ownership: a candidate owns its strings.
 *
 * Thread-safety: none is needed, there is no state. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum agent_host_state {
    AGENT_HOST_UNKNOWN,         /* It has no database. */
    AGENT_HOST_UNREACHABLE,     /* Its database is not connected. */
    AGENT_HOST_NO_BOND,         /* The database says nothing of a room. */
    AGENT_HOST_UNUSABLE,        /* Drained, or without a usable member. */
    AGENT_HOST_USABLE
};

struct agent_candidate {
    char *uri;
    char *ovsdb;                /* Null if none. */

    /* What its database says. */
    enum agent_host_state state;
    uint64_t room;              /* bit/s, if AGENT_HOST_USABLE. */
    char *detail;               /* More about the state, or null. */
};

size_t agent_candidates_parse(const char *list, struct agent_candidate **);
void agent_candidates_destroy(struct agent_candidate *, size_t n);

const struct agent_candidate *
agent_choose(const struct agent_candidate *, size_t n, uint64_t guarantee,
             char **why, bool *wait);

#endif /* agent-choice.h */
