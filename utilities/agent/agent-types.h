/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef AGENT_TYPES_H
#define AGENT_TYPES_H 1

/* Words and values of ovs-vm-agent that all of its modules share: what the
 * switch asks for, what the agent answers, what libvirt tells of a domain.
 *
 * Values only.  This module does no I/O and knows neither the database nor
 * libvirt.
 *
 * Ownership: a structure owns its strings; "clone" copies them and "destroy"
 * frees them.  A structure of zeros is valid and empty.
 *
 * Thread-safety: none is needed, there is no state. */

#include <stdbool.h>

/* What the switch asks for: vm_aware_request of Interface:status. */
enum agent_request {
    AGENT_NONE,
    AGENT_SUSPEND,
    AGENT_RESUME,
    AGENT_MIGRATE,
    AGENT_N_REQUESTS
};

struct agent_order {
    enum agent_request request;
    char *id;                   /* Null if there is no request. */
    char *reason;               /* May be null. */
    bool absent;                /* The database says neither "none" nor else,
                                 * as after a restart of ovsdb-server. */
};

/* What the agent answers: vm-agent-state of Interface:external_ids. */
enum agent_outcome {
    AGENT_UNANSWERED,
    AGENT_DOING,
    AGENT_DONE,
    AGENT_FAILED,
    AGENT_REFUSED,
    AGENT_N_OUTCOMES
};

struct agent_answer {
    enum agent_outcome outcome;
    char *id;                   /* Null if there is no answer. */
    char *note;                 /* May be null. */
    char *suspended;            /* The "suspend" that holds the VM, or null. */
    bool partial;               /* Not all interfaces have it. */
};

/* What the agent leaves in a domain before it changes it: that the agent did
 * so, and for which request.  An agent that is started later reads it. */
struct agent_mark {
    enum agent_request request; /* AGENT_NONE: no mark. */
    char *id;
    char *suspended;            /* The "suspend" that holds the VM, or null. */
    char *target;               /* Of a migration, otherwise null. */
};

enum agent_domain_state {
    AGENT_ABSENT,               /* libvirt does not know the UUID. */
    AGENT_OFF,                  /* Defined, not running. */
    AGENT_RUNNING,
    AGENT_PAUSED,               /* By a call: the agent's or its owner's. */
    AGENT_HELD,                 /* Paused for a cause of its own. */
    AGENT_BUSY,                 /* A job (migration, dump, ...) goes on. */
    AGENT_STALLED,              /* Paused by a migration that goes no more. */
    AGENT_N_DOMAIN_STATES
};

struct agent_domain {
    enum agent_domain_state state;
    char *name;                 /* Null if absent. */
    char *detail;               /* More about the state, or null. */
    struct agent_mark mark;
};

/* What is asked of libvirt; and CHOOSE, which asks the databases of the
 * candidate hosts. */
enum agent_call {
    AGENT_CALL_LOOK,
    AGENT_CALL_MARK,
    AGENT_CALL_UNMARK,          /* Fails if the domain is suspended. */
    AGENT_CALL_SUSPEND,
    AGENT_CALL_RESUME,
    AGENT_CALL_CHOOSE,
    AGENT_CALL_MIGRATE,
    AGENT_CALL_ABORT,           /* The job of the domain. */
    AGENT_CALL_PROBE,           /* Is the domain at the target? */
    AGENT_CALL_SURVEY,          /* All domains. */
    AGENT_N_CALLS
};

enum agent_error {
    AGENT_OK,
    AGENT_UNREACHABLE,          /* No connection, or it was lost. */
    AGENT_NO_DOMAIN,
    AGENT_IMPOSSIBLE,           /* Would fail again: denied, no target... */
    AGENT_ERROR
};

const char *agent_request_to_string(enum agent_request);
bool agent_request_from_string(const char *, enum agent_request *);
const char *agent_outcome_to_string(enum agent_outcome);
enum agent_outcome agent_outcome_from_string(const char *);
const char *agent_domain_state_to_string(enum agent_domain_state);
const char *agent_call_to_string(enum agent_call);
bool agent_id_is_valid(const char *id);

void agent_order_clone(struct agent_order *, const struct agent_order *);
void agent_order_destroy(struct agent_order *);
void agent_answer_clone(struct agent_answer *, const struct agent_answer *);
void agent_answer_destroy(struct agent_answer *);
void agent_domain_clone(struct agent_domain *, const struct agent_domain *);
void agent_domain_destroy(struct agent_domain *);

void agent_mark_clone(struct agent_mark *, const struct agent_mark *);
void agent_mark_destroy(struct agent_mark *);
char *agent_mark_to_xml(const struct agent_mark *);
char *agent_xml_attribute(const char *xml, const char *name);
bool agent_mark_from_xml(struct agent_mark *, const char *xml);

#endif /* agent-types.h */
