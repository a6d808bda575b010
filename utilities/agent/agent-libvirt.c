/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "agent-libvirt.h"

#include <libvirt/virterror.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/vlog.h"
#include "ovs-rcu.h"
#include "ovs-thread.h"
#include "openvswitch/poll-loop.h"
#include "seq.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(agent_libvirt);

#define BACKOFF_MIN 1000        /* ms, and twice that after each failure... */
#define BACKOFF_MAX 30000       /* ...up to this. */
#define KEEPALIVE 5             /* s between probes of the connection... */
#define KEEPALIVE_MISSED 3      /* ...and how many may be missed. */

/* A call that waits for a thread, or has one. */
struct call {
    struct ovs_list node;
    struct agent_libvirt *libvirt;
    struct agent_call_args args;
    unsigned int serial;
    pthread_t thread;
};

struct agent_libvirt {
    char *uri;
    unsigned int max_threads;

    /* Main thread. */
    struct ovs_list waiting;    /* Contains struct call. */
    unsigned int n_running;
    uint64_t seen;              /* Of 'seq'. */
    char *reported;             /* Error that was logged, or null. */

    struct seq *seq;            /* Changes with what is below. */
    struct ovs_mutex mutex;
    struct ovs_list ended OVS_GUARDED;   /* Contains struct call. */
    struct ovs_list replies OVS_GUARDED; /* Contains struct agent_reply. */
    virConnectPtr conn OVS_GUARDED;      /* Null if not connected. */
    bool opening OVS_GUARDED;            /* A thread is at it... */
    pthread_cond_t opened;               /* ...until this is signaled. */
    char *error OVS_GUARDED;             /* Why not connected, or null. */
    unsigned int backoff OVS_GUARDED;
    long long int next_try OVS_GUARDED;
};

/* libvirt would print errors; each of them is told in its place instead. */
static void
ignore_error(void *aux OVS_UNUSED, virErrorPtr error OVS_UNUSED)
{
}

/* Probes of connections and events need libvirt's event loop. */
static void *
event_main(void *aux OVS_UNUSED)
{
    ovsrcu_quiesce_start();
    for (;;) {
        if (virEventRunDefaultImpl() < 0) {
            xnanosleep(1000 * 1000 * 1000);
        }
    }
    return NULL;
}

struct agent_libvirt *
agent_libvirt_create(const char *uri, unsigned int max_threads)
{
    struct agent_libvirt *libvirt = xzalloc(sizeof *libvirt);

    libvirt->uri = xstrdup(uri);
    libvirt->max_threads = max_threads;
    libvirt->seq = seq_create();
    ovs_mutex_init(&libvirt->mutex);
    xpthread_cond_init(&libvirt->opened, NULL);
    ovs_list_init(&libvirt->waiting);
    ovs_mutex_lock(&libvirt->mutex);
    ovs_list_init(&libvirt->ended);
    ovs_list_init(&libvirt->replies);
    ovs_mutex_unlock(&libvirt->mutex);
    virSetErrorFunc(NULL, ignore_error);
    if (virInitialize() < 0 || virEventRegisterDefaultImpl() < 0) {
        VLOG_FATAL("libvirt cannot be initialized: %s",
                   virGetLastErrorMessage());
    }
    ovs_thread_create("libvirt_event", event_main, NULL);
    return libvirt;
}

static void
push_event(struct agent_libvirt *libvirt, virDomainPtr dom)
{
    struct agent_reply *reply = xzalloc(sizeof *reply);
    char uuid[VIR_UUID_STRING_BUFLEN];

    reply->event = true;
    if (dom && !virDomainGetUUIDString(dom, uuid)) {
        reply->uuid = xstrdup(uuid);
    }
    ovs_mutex_lock(&libvirt->mutex);
    ovs_list_push_back(&libvirt->replies, &reply->node);
    ovs_mutex_unlock(&libvirt->mutex);
    seq_change(libvirt->seq);
}

static int
domain_event(virConnectPtr conn OVS_UNUSED, virDomainPtr dom, int event,
             int detail OVS_UNUSED, void *libvirt)
{
    push_event(libvirt, dom);
    if (event == VIR_DOMAIN_EVENT_DEFINED
        || event == VIR_DOMAIN_EVENT_STARTED) {
        push_event(libvirt, NULL);
    }
    return 0;
}

/* What makes the policies of domains worth reading again. */
static void
metadata_event(virConnectPtr conn OVS_UNUSED, virDomainPtr dom OVS_UNUSED,
               int type OVS_UNUSED, const char *uri, void *libvirt)
{
    if (uri && !strcmp(uri, AGENT_POLICY_URI)) {
        push_event(libvirt, NULL);
    }
}

static void
closed(virConnectPtr conn OVS_UNUSED, int reason OVS_UNUSED, void *libvirt)
{
    push_event(libvirt, NULL);
}

/* Opens a connection.  Returns null after an error. */
static virConnectPtr
open_connection(struct agent_libvirt *libvirt)
{
    virConnectPtr conn = virConnectOpen(libvirt->uri);

    if (conn) {
        /* Not every driver can do these; the agent surveys the domains from
         * time to time anyway. */
        virConnectSetKeepAlive(conn, KEEPALIVE, KEEPALIVE_MISSED);
        virConnectRegisterCloseCallback(conn, closed, libvirt, NULL);
        virConnectDomainEventRegisterAny(
            conn, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
            VIR_DOMAIN_EVENT_CALLBACK(domain_event), libvirt, NULL);
        virConnectDomainEventRegisterAny(
            conn, NULL, VIR_DOMAIN_EVENT_ID_METADATA_CHANGE,
            VIR_DOMAIN_EVENT_CALLBACK(metadata_event), libvirt, NULL);
    }
    return conn;
}

/* Stores the outcome of an attempt. */
static void
opened(struct agent_libvirt *libvirt, virConnectPtr conn)
    OVS_REQUIRES(libvirt->mutex)
{
    libvirt->opening = false;
    xpthread_cond_broadcast(&libvirt->opened);
    libvirt->conn = conn;
    free(libvirt->error);
    if (conn) {
        libvirt->error = NULL;
        libvirt->backoff = 0;
    } else {
        libvirt->error = xstrdup(virGetLastErrorMessage());
        libvirt->backoff = MIN(MAX(libvirt->backoff * 2, BACKOFF_MIN),
                               BACKOFF_MAX);
        libvirt->next_try = time_msec() + libvirt->backoff;
    }
}

/* Returns a reference to a connection, or null and the reason in 'result'. */
static virConnectPtr
get_connection(struct agent_libvirt *libvirt, struct agent_result *result)
{
    virConnectPtr conn, dead = NULL;

    ovs_mutex_lock(&libvirt->mutex);
    while (libvirt->opening) {
        ovs_mutex_cond_wait(&libvirt->opened, &libvirt->mutex);
    }
    if (libvirt->conn && virConnectIsAlive(libvirt->conn) != 1) {
        dead = libvirt->conn;
        libvirt->conn = NULL;
    }
    if (!libvirt->conn && time_msec() >= libvirt->next_try) {
        libvirt->opening = true;
        ovs_mutex_unlock(&libvirt->mutex);
        if (dead) {
            virConnectClose(dead);
            dead = NULL;
        }
        conn = open_connection(libvirt);
        ovs_mutex_lock(&libvirt->mutex);
        opened(libvirt, conn);
    }
    conn = libvirt->conn;
    if (conn) {
        virConnectRef(conn);
    } else {
        result->error = AGENT_UNREACHABLE;
        result->text = xasprintf("libvirt %s is not reachable: %s",
                                 libvirt->uri, libvirt->error
                                 ? libvirt->error : "not connected");
    }
    ovs_mutex_unlock(&libvirt->mutex);
    if (dead) {
        virConnectClose(dead);
    }
    return conn;
}

/* The thread of one call. */
static void *
call_main(void *call_)
{
    struct call *call = call_;
    struct agent_libvirt *libvirt = call->libvirt;
    struct agent_reply *reply = xzalloc(sizeof *reply);

    ovsrcu_quiesce_start();
    reply->uuid = nullable_xstrdup(call->args.uuid);
    reply->result.call = call->args.call;
    reply->result.serial = call->serial;

    virConnectPtr conn = get_connection(libvirt, &reply->result);
    if (conn) {
        agent_call_run(conn, &call->args, reply);
        virConnectClose(conn);
    }

    ovs_mutex_lock(&libvirt->mutex);
    ovs_list_push_back(&libvirt->replies, &reply->node);
    ovs_list_push_back(&libvirt->ended, &call->node);
    ovs_mutex_unlock(&libvirt->mutex);
    seq_change(libvirt->seq);
    return NULL;
}

static void
free_call(struct call *call)
{
    agent_call_args_destroy(&call->args);
    free(call);
}

/* Logs when the connection is lost, and when it is there again. */
static void
report(struct agent_libvirt *libvirt)
{
    ovs_mutex_lock(&libvirt->mutex);
    if (libvirt->error && !nullable_string_is_equal(libvirt->error,
                                                    libvirt->reported)) {
        VLOG_WARN("libvirt %s is not reachable: %s; trying again, at the "
                  "latest every %d s", libvirt->uri, libvirt->error,
                  BACKOFF_MAX / 1000);
        free(libvirt->reported);
        libvirt->reported = xstrdup(libvirt->error);
    } else if (libvirt->conn && libvirt->reported) {
        VLOG_INFO("libvirt %s: connected", libvirt->uri);
        free(libvirt->reported);
        libvirt->reported = NULL;
    }
    ovs_mutex_unlock(&libvirt->mutex);
}

/* Ends threads that are done and starts waiting ones. */
void
agent_libvirt_run(struct agent_libvirt *libvirt)
{
    struct ovs_list ended = OVS_LIST_INITIALIZER(&ended);
    struct call *call;

    libvirt->seen = seq_read(libvirt->seq);
    ovs_mutex_lock(&libvirt->mutex);
    ovs_list_push_back_all(&ended, &libvirt->ended);
    ovs_mutex_unlock(&libvirt->mutex);
    LIST_FOR_EACH_POP (call, node, &ended) {
        xpthread_join(call->thread, NULL);
        free_call(call);
        libvirt->n_running--;
    }
    while (libvirt->n_running < libvirt->max_threads
           && !ovs_list_is_empty(&libvirt->waiting)) {
        call = CONTAINER_OF(ovs_list_pop_front(&libvirt->waiting),
                            struct call, node);
        libvirt->n_running++;
        call->thread = ovs_thread_create("libvirt_call", call_main, call);
    }
    report(libvirt);
}

void
agent_libvirt_wait(struct agent_libvirt *libvirt)
{
    seq_wait(libvirt->seq, libvirt->seen);

    ovs_mutex_lock(&libvirt->mutex);
    bool replies = !ovs_list_is_empty(&libvirt->replies);
    ovs_mutex_unlock(&libvirt->mutex);
    if (replies) {
        poll_immediate_wake();
    }
    if (libvirt->n_running < libvirt->max_threads
        && !ovs_list_is_empty(&libvirt->waiting)) {
        poll_immediate_wake();
    }
}

/* Begins the call of an action.  No migration leaves through a device among
 * 'lost_bridges'. */
void
agent_libvirt_call(struct agent_libvirt *libvirt,
                   const struct agent_action *action,
                   const struct sset *lost_bridges)
{
    struct call *call = xzalloc(sizeof *call);

    call->libvirt = libvirt;
    call->serial = action->serial;
    call->args.call = action->call;
    call->args.uuid = nullable_xstrdup(action->uuid);
    call->args.target = nullable_xstrdup(action->target);
    agent_mark_clone(&call->args.mark, &action->mark);
    sset_clone(&call->args.lost_bridges, lost_bridges);
    ovs_list_push_back(&libvirt->waiting, &call->node);
}

/* Begins to ask for all domains. */
void
agent_libvirt_survey(struct agent_libvirt *libvirt)
{
    struct agent_action action = { .call = AGENT_CALL_SURVEY };
    struct sset none = SSET_INITIALIZER(&none);

    agent_libvirt_call(libvirt, &action, &none);
    sset_destroy(&none);
}

/* Returns the next reply, or null. */
struct agent_reply *
agent_libvirt_take(struct agent_libvirt *libvirt)
{
    struct agent_reply *reply = NULL;

    ovs_mutex_lock(&libvirt->mutex);
    if (!ovs_list_is_empty(&libvirt->replies)) {
        reply = CONTAINER_OF(ovs_list_pop_front(&libvirt->replies),
                             struct agent_reply, node);
    }
    ovs_mutex_unlock(&libvirt->mutex);
    return reply;
}

/* For people; the caller frees it. */
char *
agent_libvirt_state(const struct agent_libvirt *libvirt)
{
    ovs_mutex_lock(&libvirt->mutex);
    char *state = xstrdup(libvirt->conn ? "connected"
                          : libvirt->error ? libvirt->error
                          : "connecting");
    ovs_mutex_unlock(&libvirt->mutex);
    return state;
}

/* Calls that have not returned. */
unsigned int
agent_libvirt_n_calls(const struct agent_libvirt *libvirt)
{
    return libvirt->n_running + ovs_list_size(&libvirt->waiting);
}
