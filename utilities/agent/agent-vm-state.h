/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef AGENT_VM_STATE_H
#define AGENT_VM_STATE_H 1

/* The state of a VM: what the database and libvirt say of it, and how far its
 * request is.  The actions that its state machine (agent-vm.h) returns, and
 * the questions that it asks.
 *
 * Pure: no I/O, no clock.
 *
 * Ownership: a VM owns its strings.  The caller owns the actions.
 *
 * Thread-safety: none; one thread at a time. */

#include "agent-types.h"
#include "compiler.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

struct agent_settings {
    bool dry_run;
    unsigned int max_suspended; /* 0: no limit. */
    unsigned int max_migrations;
    unsigned int call_timeout;  /* ms, these three. */
    unsigned int migrate_timeout;
    unsigned int orphan_timeout; /* 0: never. */
};

enum agent_action_type { AGENT_A_CALL, AGENT_A_WRITE, AGENT_A_LOG };

struct agent_action {
    struct ovs_list node;
    enum agent_action_type type;
    char *uuid;
    enum agent_call call;       /* AGENT_A_CALL, with the next three. */
    unsigned int serial;
    struct agent_mark mark;     /* Of AGENT_CALL_MARK and _UNMARK. */
    char *target;               /* Of AGENT_CALL_MIGRATE and _PROBE. */
    struct agent_answer answer; /* AGENT_A_WRITE. */
    bool warn;                  /* AGENT_A_LOG, with the next one. */
    char *text;
};

void agent_action_destroy(struct agent_action *);

/* What came of a call.  'domain' is valid for LOOK and PROBE if 'error' is
 * AGENT_OK, 'target' for CHOOSE. */
struct agent_result {
    enum agent_call call;
    unsigned int serial;
    enum agent_error error;
    char *text;                 /* What went wrong, or null. */
    char *target;
    struct agent_domain domain;
};

/* What a VM shares with the others during a run. */
struct agent_context {
    const struct agent_settings *settings;
    long long int now;
    bool paused;                /* No request is begun. */
    bool db_up;                 /* What the VMs know of the database holds. */
    unsigned int n_suspended, n_migrating;
    unsigned int *serial;       /* The last one that was given to a call. */
    struct ovs_list *actions;
};

enum agent_step {
    AGENT_IDLE,
    AGENT_QUEUE,
    AGENT_LOOK,
    AGENT_CHOOSE,
    AGENT_CLAIM,
    AGENT_MARK,
    AGENT_ACT,
    AGENT_PROBE,
    AGENT_STUCK,
    AGENT_N_STEPS
};

/* The request that is being carried out. */
struct agent_job {
    struct agent_order order;   /* No id: the agent's own. */
    bool claimed;               /* "doing" has been written. */
    bool barrier;               /* Look once more, then fail. */
    bool aborted;               /* An abort was asked for. */
    bool recovering;            /* Resume what a migration has left paused. */
    char *error;                /* What the call said, or null. */
    const char *waiting;        /* What the job waits for, or null. */
    char *target;
    long long int deadline;
};

struct agent_vm {
    struct hmap_node node;      /* In struct agent_work, by UUID... */
    struct ovs_list list_node;  /* ...and in the order of arrival. */
    char *uuid;

    /* The database. */
    bool present;               /* Has interfaces. */
    struct agent_order order;   /* What is asked for. */
    struct agent_answer db;     /* The answer that the database has. */
    struct agent_answer mine;   /* The answer that it should have. */
    bool writing;               /* A write is under way. */

    /* The domain. */
    bool known;                 /* 'domain' was seen. */
    struct agent_domain domain;
    bool look_due;              /* Something happened to it. */

    /* The machine. */
    enum agent_step step;
    bool glancing;              /* In AGENT_LOOK without a job. */
    bool unmarking;
    struct agent_job job;
    unsigned int serial;        /* Of the call that is under way, or 0. */
    long long int retry_at;     /* If there is none. */
    long long int since;        /* Time of the last step. */
    long long int orphan_since; /* LLONG_MAX: it is no orphan. */
};

struct agent_vm *agent_vm_create(const char *uuid);
void agent_vm_destroy(struct agent_vm *);
void agent_job_clear(struct agent_job *);
void agent_vm_set_domain(struct agent_vm *, const struct agent_domain *);

/* Actions. */
void agent_vm_call(struct agent_vm *, struct agent_context *,
                   enum agent_call);
void agent_vm_answer(struct agent_vm *, struct agent_context *,
                     const char *id, enum agent_outcome, const char *note);
void agent_vm_repair(struct agent_vm *, struct agent_context *);
void agent_vm_log(struct agent_vm *, struct agent_context *, bool warn,
                  const char *format, ...) OVS_PRINTF_FORMAT(4, 5);
void agent_vm_log_outcome(struct agent_vm *, struct agent_context *,
                          enum agent_outcome, const char *note);
void agent_vm_make_mark(const struct agent_vm *, struct agent_mark *);

/* Questions. */
bool agent_vm_is_asked(const struct agent_vm *);
bool agent_vm_mark_is_stale(const struct agent_vm *,
                            const struct agent_context *);
bool agent_vm_is_orphan(struct agent_vm *, const struct agent_context *);
bool agent_vm_is_idle(const struct agent_vm *);
const char *agent_step_to_string(enum agent_step);
const char *agent_vm_name(const struct agent_vm *);

#endif /* agent-vm-state.h */
