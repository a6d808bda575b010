/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_REQUEST_H
#define VM_REQUEST_H 1

/* The request about one VM: a state machine, written as a table in
 * vm-request.c (claims C11, C13, C14).
 *
 *               cause             ask             doing           done
 *        IDLE -------> PENDING -------> ASKED ---------> DOING --------> DONE
 *        ^ ^ ^            |             | | `-------------- done ------->'|
 *        | | |   clear    |    clear,   | |                |              |
 *        | | +------------+    failed,  | |  failed,       |              |
 *        | +---------------------------+  |  refused       |              |
 *        |<------------------------------ | ---------------'              |
 *        |<------------------------------ | --- refused, failed ----------'
 *        |                  done          |                |        clear,
 *        +---------- RELEASING <----------+----- clear ----'        expired
 *                     |     ^<---------------------------------------'
 *                     '-----' failed, refused: ask again later
 *
 *   - IDLE: nothing is requested.
 *   - PENDING: there is a cause, and it must last, or wait for its turn.
 *   - ASKED: a suspension or a migration is published, the agent has not
 *     answered.
 *   - DOING: the agent has begun.
 *   - DONE: the VM is suspended, or runs on another host.
 *   - RELEASING: the cause is gone.  Of a suspended VM, the resumption is
 *     published; a migration is withdrawn, and its outcome awaited.
 *
 * An agent may begin while the switch withdraws the request: if it answers a
 * withdrawn suspension with "doing" or "done", IDLE and PENDING go to
 * RELEASING too, so that every suspension is followed by a resumption.
 *
 * After a failure, or a suspension that lasted too long, no request is made
 * for a time that doubles each time in a row.  After a refusal none is made
 * until the cause has ended.
 *
 * The module does not know why there is a cause, nor whose turn it is
 * (vm-requests).  It does not read the clock.
 *
 * Ownership: a request owns its strings.
 *
 * Thread-safety: none; the engine owns its requests. */

#include <stdbool.h>
#include <stdint.h>

#include "base/vm-reason.h"
#include "engine/vm-cause.h"
#include "engine/vm-request-id.h"

/* All in ms.  The first pause after a failure, the longest one, and the time
 * after which they begin anew. */
#define VM_REQUEST_PAUSE 30000
#define VM_REQUEST_LONGEST_PAUSE 3600000
#define VM_REQUEST_CALM 600000

/* How long the agent may take to begin, and to suspend or resume, and to
 * migrate, before this is reported; a VM that has migrated must be gone, and a
 * migration that was withdrawn must have ended, within the first of these. */
#define VM_REQUEST_BEGIN 30000
#define VM_REQUEST_SUSPENDS 120000
#define VM_REQUEST_MIGRATES 3600000

enum vm_request_state {
    VM_REQUEST_IDLE,
    VM_REQUEST_PENDING,
    VM_REQUEST_ASKED,
    VM_REQUEST_DOING,
    VM_REQUEST_DONE,
    VM_REQUEST_RELEASING,
    VM_N_REQUEST_STATES
};

enum vm_request_event {
    VM_REQUEST_EV_CAUSE,        /* There is a cause. */
    VM_REQUEST_EV_CLEAR,        /* There is none. */
    VM_REQUEST_EV_ASK,          /* It is its turn. */
    VM_REQUEST_EV_DOING,        /* Answers to the last id. */
    VM_REQUEST_EV_DONE,
    VM_REQUEST_EV_FAILED,
    VM_REQUEST_EV_REFUSED,
    VM_REQUEST_EV_EXPIRED,      /* DONE or RELEASING took too long. */
    VM_N_REQUEST_EVENTS
};

/* A pause that doubles each time in a row. */
struct vm_pause {
    unsigned int n;             /* In a row. */
    long long int until;        /* ms. */
};

struct vm_request {
    char *vm;                   /* Identity of the endpoint. */
    enum vm_request_state state;
    long long int since;        /* Time of the transition to 'state', or of
                                 * the last publication if that was later,
                                 * ms. */

    int priority;               /* Of the VM, when causes were updated. */
    struct vm_causes causes;    /* At present. */

    /* The last request. */
    enum vm_request_kind kind;  /* SUSPEND or MIGRATE, NONE if there was
                                 * none. */
    char *id;                   /* The last one that was published, or null. */
    enum vm_request_kind id_kind; /* Of 'id'; RESUME while RELEASING. */
    enum vm_reason reason;      /* Why 'id' was published... */
    char *because;              /* ...and the member that this is about. */
    enum vm_reason origin;      /* Why the VM was to be suspended or
                                 * migrated. */
    uint64_t demand;            /* What the VM offered then, bit/s. */
    enum vm_answer_state answer; /* To 'id'. */
    char *note;                 /* Of the agent, or null. */

    /* Pauses: after failures, after suspensions that lasted too long, after
     * suspensions because of overload, and after those because of failovers,
     * before the next one for the same cause. */
    struct vm_pause failed, expired, calm, steady;
    bool refused;               /* No request until the cause has ended. */
    unsigned int n_left;        /* How many times it was migrated away before,
                                 * see vm-return. */
    long long int came;         /* When it came, ms. */

    /* Overload. */
    long long int fits_since;   /* Its demand fits since then, ms, or
                                 * LLONG_MAX. */
    long long int released;     /* It was to run again, ms, or LLONG_MIN. */
};

/* Begins the next pause, of at least 'least' ms.  It is the first one again if
 * the last one ended more than VM_REQUEST_CALM ago. */
void vm_pause_begin(struct vm_pause *, long long int least,
                    long long int now);

struct vm_request *vm_request_create(const char *vm, long long int now);
void vm_request_destroy(struct vm_request *);

/* Processes an event at 'now'.  Returns true if it changed the state.  After
 * ASK the caller publishes the request with vm_request_publish(). */
bool vm_request_event(struct vm_request *, enum vm_request_event,
                      long long int now);

/* Returns true if a resumption must be published: the first one, or one more
 * after a failure. */
bool vm_request_must_resume(const struct vm_request *, long long int now);

/* Publishes a request with a new id, which it takes over. */
void vm_request_publish(struct vm_request *, char *id, enum vm_request_kind,
                        enum vm_reason, const char *because,
                        long long int now);

/* Processes the agent's answer to 'id' at 'now'.  Returns true if that changed
 * anything. */
bool vm_request_answer(struct vm_request *, const char *id,
                       enum vm_answer_state, const char *note,
                       long long int now);

/* Returns what is published: VM_REQUEST_NONE if nothing is. */
enum vm_request_kind vm_request_published(const struct vm_request *);

/* Returns the time (ms) after which the agent has taken too long, LLONG_MAX if
 * nothing is expected of it. */
long long int vm_request_overdue(const struct vm_request *);

/* Returns the time (ms) of the event EXPIRED, LLONG_MAX if there is none:
 * a VM was suspended for 'suspend_max' ms (0 is no maximum), a VM that
 * migrated is still here, or a migration that was withdrawn has not ended. */
long long int vm_request_expiry(const struct vm_request *,
                                long long int suspend_max);

/* Returns true if the request has been made and is not resolved yet. */
bool vm_request_is_made(const struct vm_request *);

/* Returns true if the VM, which is gone, was migrated on request. */
bool vm_request_has_left(const struct vm_request *);

/* Returns true if the VM is, or may be, suspended. */
bool vm_request_is_suspended(const struct vm_request *);

/* Returns "idle", "pending", "asked", "doing", "done" or "releasing". */
const char *vm_request_state_to_string(enum vm_request_state);

#endif /* vm-request.h */
