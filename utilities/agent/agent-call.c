/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "agent-call.h"

#include <libvirt/virterror.h>
#include <stdlib.h>

#include "agent-kill.h"
#include "agent-route.h"
#include "util.h"

/* Where the mark stands in a domain's metadata. */
#define MARK_KEY "ovs-vm-agent"
#define MARK_URI "urn:ovs-vm-aware:agent:1"

void
agent_call_args_destroy(struct agent_call_args *args)
{
    free(args->uuid);
    free(args->target);
    agent_mark_destroy(&args->mark);
    sset_destroy(&args->lost_bridges);
}

void
agent_reply_destroy(struct agent_reply *reply)
{
    for (size_t i = 0; i < reply->n_entries; i++) {
        free(reply->entries[i].uuid);
        free(reply->entries[i].policy);
        agent_domain_destroy(&reply->entries[i].domain);
    }
    free(reply->entries);
    free(reply->uuid);
    free(reply->result.text);
    free(reply->result.target);
    agent_domain_destroy(&reply->result.domain);
    free(reply);
}

/* Stores libvirt's last error in 'result'. */
static void
fail(struct agent_result *result, virConnectPtr conn)
{
    virErrorPtr error = virGetLastError();
    int code = error ? error->code : VIR_ERR_INTERNAL_ERROR;

    free(result->text);
    result->text = xstrdup(error && error->message ? error->message
                           : "libvirt gave no reason");
    result->error
        = code == VIR_ERR_NO_DOMAIN ? AGENT_NO_DOMAIN
          : !conn || virConnectIsAlive(conn) != 1 ? AGENT_UNREACHABLE
          : code == VIR_ERR_OPERATION_DENIED || code == VIR_ERR_ACCESS_DENIED
            || code == VIR_ERR_AUTH_FAILED || code == VIR_ERR_AUTH_UNAVAILABLE
            || code == VIR_ERR_NO_SUPPORT ? AGENT_IMPOSSIBLE
          : AGENT_ERROR;
}

static const char *
pause_reason(int reason)
{
    switch (reason) {
    case VIR_DOMAIN_PAUSED_IOERROR: return "I/O error";
    case VIR_DOMAIN_PAUSED_WATCHDOG: return "watchdog";
    case VIR_DOMAIN_PAUSED_CRASHED: return "the guest has crashed";
    case VIR_DOMAIN_PAUSED_SAVE: return "it is being saved";
    case VIR_DOMAIN_PAUSED_DUMP: return "it is being dumped";
    case VIR_DOMAIN_PAUSED_SNAPSHOT: return "a snapshot is being made";
    default: return NULL;
    }
}

static enum agent_domain_state
classify(int state, int reason)
{
    switch (state) {
    case VIR_DOMAIN_RUNNING:
    case VIR_DOMAIN_BLOCKED:
        return AGENT_RUNNING;
    case VIR_DOMAIN_PAUSED:
        return reason == VIR_DOMAIN_PAUSED_USER
               || reason == VIR_DOMAIN_PAUSED_UNKNOWN ? AGENT_PAUSED
               : reason == VIR_DOMAIN_PAUSED_MIGRATION
                 || reason == VIR_DOMAIN_PAUSED_POSTCOPY
                 || reason == VIR_DOMAIN_PAUSED_POSTCOPY_FAILED
                 || reason == VIR_DOMAIN_PAUSED_STARTING_UP ? AGENT_STALLED
               : AGENT_HELD;
    case VIR_DOMAIN_SHUTOFF:
    case VIR_DOMAIN_CRASHED:
        return AGENT_OFF;
    default:
        return AGENT_HELD;
    }
}

static bool
has_job(virDomainPtr dom)
{
    virDomainJobInfo info;

    return !virDomainGetJobInfo(dom, &info)
           && (info.type == VIR_DOMAIN_JOB_BOUNDED
               || info.type == VIR_DOMAIN_JOB_UNBOUNDED);
}

static void
read_mark(virDomainPtr dom, struct agent_mark *mark)
{
    char *xml = virDomainGetMetadata(dom, VIR_DOMAIN_METADATA_ELEMENT,
                                     MARK_URI, VIR_DOMAIN_AFFECT_LIVE);
    if (xml) {
        agent_mark_from_xml(mark, xml);
        free(xml);
    }
}

/* Reads the state of a domain.  Looks for jobs only of those that bear a mark
 * unless 'jobs' is true.  Returns false after an error. */
static bool
describe(virDomainPtr dom, bool jobs, struct agent_domain *domain)
{
    int state, reason;

    if (virDomainGetState(dom, &state, &reason, 0) < 0) {
        return false;
    }
    domain->state = classify(state, reason);
    domain->name = xstrdup(virDomainGetName(dom));
    domain->detail = state == VIR_DOMAIN_PAUSED
                     ? nullable_xstrdup(pause_reason(reason)) : NULL;
    if (domain->state != AGENT_OFF) {
        read_mark(dom, &domain->mark);
        if ((jobs || domain->mark.request != AGENT_NONE) && has_job(dom)) {
            domain->state = AGENT_BUSY;
        }
    }
    return true;
}

/* Looks for a domain and describes it. */
static void
look(virConnectPtr conn, const char *uuid, struct agent_result *result)
{
    virDomainPtr dom = virDomainLookupByUUIDString(conn, uuid);

    if (!dom || !describe(dom, true, &result->domain)) {
        /* The next call of libvirt resets its last error. */
        bool no_uuid = !dom && virGetLastErrorCode() == VIR_ERR_INVALID_ARG;

        fail(result, conn);
        if (result->error == AGENT_NO_DOMAIN || no_uuid) {
            result->error = AGENT_OK;
            result->domain.state = AGENT_ABSENT;
        }
    }
    if (dom) {
        virDomainFree(dom);
    }
}

static int
set_mark(virDomainPtr dom, const struct agent_mark *mark)
{
    char *xml = mark ? agent_mark_to_xml(mark) : NULL;
    int retval = virDomainSetMetadata(dom, VIR_DOMAIN_METADATA_ELEMENT, xml,
                                      MARK_KEY, MARK_URI,
                                      VIR_DOMAIN_AFFECT_LIVE);
    free(xml);
    return retval;
}

/* Removes a mark from a domain that runs.
 *
 * libvirt may still be about to suspend the domain, for an agent that was
 * killed.  It changes a domain for one caller after the other, so that this is
 * over when the mark has been written once more. */
static int
remove_mark(virDomainPtr dom, const struct agent_mark *mark)
{
    int state;

    if (set_mark(dom, mark) < 0 || virDomainGetState(dom, &state, NULL, 0) < 0
        || state == VIR_DOMAIN_PAUSED) {
        return -1;
    }
    return set_mark(dom, NULL);
}

/* Migrates a domain that goes on running.  The source's libvirtd does the
 * work, so that the end of the agent does not end it. */
static int
migrate(virDomainPtr dom, const char *target)
{
    unsigned int flags = VIR_MIGRATE_LIVE | VIR_MIGRATE_PEER2PEER
                         | VIR_MIGRATE_ABORT_ON_ERROR
                         | VIR_MIGRATE_CHANGE_PROTECTION;

    if (virDomainIsPersistent(dom) == 1) {
        flags |= VIR_MIGRATE_PERSIST_DEST | VIR_MIGRATE_UNDEFINE_SOURCE;
    }
    return virDomainMigrateToURI3(dom, target, NULL, 0, flags);
}

static int
change(virDomainPtr dom, const struct agent_call_args *args)
{
    switch (args->call) {
    case AGENT_CALL_MARK: return set_mark(dom, &args->mark);
    case AGENT_CALL_UNMARK: return remove_mark(dom, &args->mark);
    case AGENT_CALL_SUSPEND: return virDomainSuspend(dom);
    case AGENT_CALL_RESUME: return virDomainResume(dom);
    case AGENT_CALL_MIGRATE: return migrate(dom, args->target);
    case AGENT_CALL_ABORT: return virDomainAbortJob(dom);
    case AGENT_CALL_LOOK:
    case AGENT_CALL_CHOOSE:
    case AGENT_CALL_PROBE:
    case AGENT_CALL_SURVEY:
    case AGENT_N_CALLS:
    default: OVS_NOT_REACHED();
    }
}

/* A call that changes a domain. */
static void
run_change(virConnectPtr conn, const struct agent_call_args *args,
           struct agent_result *result)
{
    virDomainPtr dom;

    if (args->call == AGENT_CALL_MIGRATE) {
        result->text = agent_route_check(args->target, &args->lost_bridges);
        if (result->text) {
            result->error = AGENT_IMPOSSIBLE;
            return;
        }
    }
    dom = virDomainLookupByUUIDString(conn, args->uuid);
    if (!dom || change(dom, args) < 0) {
        fail(result, conn);
    }
    if (dom) {
        virDomainFree(dom);
    }
}

/* Looks for a domain on another host. */
static void
probe(const struct agent_call_args *args, struct agent_result *result)
{
    virConnectPtr conn = args->target ? virConnectOpen(args->target) : NULL;

    if (conn) {
        look(conn, args->uuid, result);
        virConnectClose(conn);
    } else {
        fail(result, NULL);
    }
}

static void
survey(virConnectPtr conn, struct agent_reply *reply)
{
    virDomainPtr *doms = NULL;
    int n = virConnectListAllDomains(conn, &doms, 0);

    if (n < 0) {
        fail(&reply->result, conn);
        return;
    }
    reply->entries = xcalloc(n + 1, sizeof *reply->entries);
    for (int i = 0; i < n; i++) {
        struct agent_survey_entry *e = &reply->entries[reply->n_entries];
        char uuid[VIR_UUID_STRING_BUFLEN];

        /* A domain that fails has ended meanwhile. */
        if (!virDomainGetUUIDString(doms[i], uuid)
            && describe(doms[i], false, &e->domain)) {
            e->uuid = xstrdup(uuid);
            e->policy = virDomainGetMetadata(
                doms[i], VIR_DOMAIN_METADATA_ELEMENT, AGENT_POLICY_URI,
                VIR_DOMAIN_AFFECT_CURRENT);
            reply->n_entries++;
        }
        virDomainFree(doms[i]);
    }
    free(doms);
}

/* Does what 'args' say and fills the reply, which has the VM and the call
 * already. */
void
agent_call_run(virConnectPtr conn, const struct agent_call_args *args,
               struct agent_reply *reply)
{
    const char *name = agent_call_to_string(args->call);
    char *before = xasprintf("%s-before", name);
    char *after = xasprintf("%s-after", name);

    agent_kill_at(before, NULL);
    switch (args->call) {
    case AGENT_CALL_LOOK:
        look(conn, args->uuid, &reply->result);
        break;
    case AGENT_CALL_PROBE:
        probe(args, &reply->result);
        break;
    case AGENT_CALL_SURVEY:
        survey(conn, reply);
        break;
    case AGENT_CALL_MARK:
    case AGENT_CALL_UNMARK:
    case AGENT_CALL_SUSPEND:
    case AGENT_CALL_RESUME:
    case AGENT_CALL_MIGRATE:
    case AGENT_CALL_ABORT:
        run_change(conn, args, &reply->result);
        break;
    case AGENT_CALL_CHOOSE:
    case AGENT_N_CALLS:
    default:
        OVS_NOT_REACHED();
    }
    agent_kill_at(after, NULL);
    free(before);
    free(after);
}
