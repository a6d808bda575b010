/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef AGENT_CALL_H
#define AGENT_CALL_H 1

/* The calls to libvirt.  Each blocks until libvirt has answered, however long
 * that takes; agent-libvirt.h runs each in a thread of its own.
 *
 * Ownership: a reply owns its strings and domains.
 *
 * Thread-safety: any thread may call these functions, each with its own call
 * and reply. */

#include <libvirt/libvirt.h>

#include "agent-types.h"
#include "agent-vm.h"
#include "openvswitch/list.h"
#include "sset.h"

/* Where the policy stands in a domain's metadata. */
#define AGENT_POLICY_URI "urn:ovs-vm-aware:policy:1"

/* What is to be done. */
struct agent_call_args {
    enum agent_call call;
    char *uuid;                 /* Null for AGENT_CALL_SURVEY. */
    struct agent_mark mark;
    char *target;
    struct sset lost_bridges;   /* No migration may leave through them. */
};

/* One domain of a survey. */
struct agent_survey_entry {
    char *uuid;
    struct agent_domain domain;
    char *policy;               /* See agent-policy.h; null if none. */
};

/* What came of it. */
struct agent_reply {
    struct ovs_list node;
    char *uuid;                 /* Null for AGENT_CALL_SURVEY. */
    bool event;                 /* Nothing was called: the domain changed. */
    struct agent_result result;
    struct agent_survey_entry *entries;
    size_t n_entries;
};

void agent_call_args_destroy(struct agent_call_args *);
void agent_reply_destroy(struct agent_reply *);

void agent_call_run(virConnectPtr, const struct agent_call_args *,
                    struct agent_reply *);

#endif /* agent-call.h */
