/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef AGENT_OPTIONS_H
#define AGENT_OPTIONS_H 1

/* The command line of ovs-vm-agent.  A wrong one ends the program.
 *
 * Thread-safety: none; called once, before there are threads. */

#include "agent-vm.h"

struct agent_options {
    char *remote;               /* Of the database. */
    char *uri;                  /* Of libvirt. */
    char *migrate_to;           /* Null: as the database says. */
    char *unixctl_path;         /* Null: the default. */
    struct agent_settings settings;
};

void agent_options_parse(struct agent_options *, int argc, char *argv[]);

#endif /* agent-options.h */
