/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-jobs.h"

#include "coverage.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "report/vm-forecast.h"
#include "report/vm-whatif.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"
#include "vm-aware-bond.h"
#include "vm-aware-host.h"
#include "vm-release.h"

COVERAGE_DEFINE(vm_aware_job);

/* The answer is made at once if vm_whatif_size() is not above this.  An
 * interface costs about 10 us in each forecast. */
#define MAX_AT_ONCE 512

/* The pause between two steps, ms.  It makes sure that there is an iteration
 * of the main loop between them. */
#define PAUSE 1

/* Most questions that wait: each has a copy of its bond. */
#define MAX_JOBS 16

struct job {
    struct ovs_list list_node;  /* In vm_aware_host_jobs(), in the order of
                                 * the questions.  The first one is in
                                 * work. */
    const struct vm_aware_bond *bond; /* Never followed: it may have
                                       * changed. */
    char *name;                 /* Of the bond. */
    struct vm_whatif *whatif;   /* Independent of the bond. */
    struct unixctl_conn *conn;  /* Waits for the reply. */
    bool json;
    bool complete;              /* The forecasts: only the reply is left. */
    long long int due;          /* Time of the next step, ms. */
};

static void
reply(struct unixctl_conn *conn, const struct vm_forecasts *forecasts,
      bool json)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (json) {
        vm_unixctl_reply_json(conn, vm_forecasts_to_json(forecasts), true);
        return;
    }
    vm_forecasts_format(forecasts, &s);
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}

static void
reply_error(struct unixctl_conn *conn, char *error)
{
    unixctl_command_reply_error(conn, error);
    free(error);
}

/* To be called when 'job' has replied. */
static void
job_destroy(struct job *job)
{
    ovs_list_remove(&job->list_node);
    vm_whatif_destroy(job->whatif);
    free(job->name);
    free(job);
}

void
vm_aware_jobs_ask(const struct vm_aware_bond *va, const char *question,
                  bool json, struct unixctl_conn *conn)
{
    struct vm_whatif *whatif;
    char *error;

    if (ovs_list_size(vm_aware_host_jobs()) >= MAX_JOBS) {
        reply_error(conn, xasprintf("%d questions wait for their answers "
                                    "already, ask later", MAX_JOBS));
        return;
    }
    error = vm_whatif_create(va->engine, question, time_msec(), &whatif);
    if (error) {
        reply_error(conn, error);
        return;
    }
    if (vm_whatif_size(whatif) <= MAX_AT_ONCE) {
        while (vm_whatif_run(whatif)) {
            continue;
        }
        reply(conn, vm_whatif_forecasts(whatif), json);
        vm_whatif_destroy(whatif);
        return;
    }

    struct job *job = xmalloc(sizeof *job);

    *job = (struct job) {
        .bond = va,
        .name = xstrdup(vm_aware_bond_name(va)),
        .whatif = whatif,
        .conn = conn,
        .json = json,
        .due = time_msec() + PAUSE,
    };
    ovs_list_push_back(vm_aware_host_jobs(), &job->list_node);
    COVERAGE_INC(vm_aware_job);
}

/* Returns the job in work if it is about 'va', otherwise null. */
static struct job *
job_of(const struct vm_aware_bond *va)
{
    struct job *job;

    if (ovs_list_is_empty(vm_aware_host_jobs())) {
        return NULL;
    }
    job = CONTAINER_OF(ovs_list_front(vm_aware_host_jobs()), struct job,
                       list_node);
    return job->bond == va ? job : NULL;
}

void
vm_aware_jobs_run(const struct vm_aware_bond *va)
{
    struct job *job = job_of(va);

    if (!job || time_msec() < job->due) {
        return;
    }
    if (job->complete) {
        reply(job->conn, vm_whatif_forecasts(job->whatif), job->json);
        job_destroy(job);
    } else {
        job->complete = !vm_whatif_run(job->whatif);
        job->due = time_msec() + PAUSE;
    }
}

void
vm_aware_jobs_wait(const struct vm_aware_bond *va)
{
    const struct job *job = job_of(va);

    if (job) {
        poll_timer_wait_until(job->due);
    }
}

void
vm_aware_jobs_end(const struct vm_aware_bond *va)
{
    struct job *job;

    LIST_FOR_EACH_SAFE (job, list_node, vm_aware_host_jobs()) {
        if (job->bond == va) {
            reply_error(job->conn,
                        xasprintf("bond %s was removed, or got another mode, "
                                  "before the answer was complete",
                                  job->name));
            job_destroy(job);
        }
    }
}
