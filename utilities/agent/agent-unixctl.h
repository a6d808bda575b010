/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef AGENT_UNIXCTL_H
#define AGENT_UNIXCTL_H 1

/* The commands of ovs-appctl: agent/show, agent/pause, agent/resume.
 *
 * Ownership: the parts that the commands read must outlive them.
 *
 * Thread-safety: none; the main thread alone. */

#include <stdbool.h>

struct agent_db;
struct agent_libvirt;
struct agent_targets;
struct agent_work;

struct agent_parts {
    struct agent_db *db;
    struct agent_libvirt *libvirt;
    struct agent_targets *targets;
    struct agent_work *work;
    const char *uri;            /* Of libvirt. */
    bool dry_run;
};

void agent_unixctl_init(struct agent_parts *);

#endif /* agent-unixctl.h */
