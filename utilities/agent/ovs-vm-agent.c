/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "agent-db.h"
#include "agent-libvirt.h"
#include "agent-options.h"
#include "agent-policy.h"
#include "agent-target.h"
#include "agent-unixctl.h"
#include "agent-work.h"
#include "command-line.h"
#include "daemon.h"
#include "fatal-signal.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "sset.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"
#include "vm-release.h"

VLOG_DEFINE_THIS_MODULE(ovs_vm_agent);

/* The daemon: what the database asks for goes to agent-work.h, and what that
 * returns goes to libvirt and the database.  Decides nothing itself. */

#define SURVEY_INTERVAL 30000   /* ms between two surveys of all domains... */
#define SURVEY_RETRY 1000       /* ...and after one that has failed. */
#define MAX_CALLS 16            /* Calls to libvirt at a time. */

struct agent {
    struct agent_parts parts;
    struct agent_options options;
    struct agent_policies *policies;
    long long int survey_at;    /* LLONG_MAX while one is under way... */
    bool survey_again;          /* ...and another one is needed then. */
};

static void
exit_command(struct unixctl_conn *conn, int argc OVS_UNUSED,
             const char *argv[] OVS_UNUSED, void *exiting_)
{
    bool *exiting = exiting_;

    *exiting = true;
    unixctl_command_reply(conn, NULL);
}

/* Chooses the target of a migration. */
static void
choose(struct agent *agent, const struct agent_action *action)
{
    struct agent_parts *parts = &agent->parts;
    uint64_t guarantee = agent_db_guarantee(parts->db, action->uuid);
    struct agent_result result = {
        .call = AGENT_CALL_CHOOSE,
        .serial = action->serial,
    };
    const struct agent_candidate *candidate;
    bool wait;

    candidate = agent_targets_choose(parts->targets, guarantee, &result.text,
                                     &wait);
    if (candidate) {
        result.target = candidate->uri;
    } else {
        result.error = wait ? AGENT_UNREACHABLE : AGENT_IMPOSSIBLE;
    }
    agent_work_result(parts->work, action->uuid, &result, time_msec());
    free(result.text);
}

static void
call(struct agent *agent, const struct agent_action *action)
{
    struct sset lost = SSET_INITIALIZER(&lost);

    if (action->call == AGENT_CALL_CHOOSE) {
        choose(agent, action);
        poll_immediate_wake();
    } else {
        agent_db_lost_bridges(agent->parts.db, &lost);
        agent_libvirt_call(agent->parts.libvirt, action, &lost);
    }
    sset_destroy(&lost);
}

static void
perform(struct agent *agent, struct ovs_list *actions)
{
    struct agent_action *action;

    LIST_FOR_EACH_POP (action, node, actions) {
        switch (action->type) {
        case AGENT_A_CALL:
            call(agent, action);
            break;
        case AGENT_A_WRITE:
            agent_db_write(agent->parts.db, action->uuid, &action->answer);
            break;
        case AGENT_A_LOG:
            VLOG(action->warn ? VLL_WARN : VLL_INFO, "%s", action->text);
            break;
        default:
            OVS_NOT_REACHED();
        }
        agent_action_destroy(action);
    }
}

static void
surveyed(struct agent *agent, const struct agent_reply *reply)
{
    agent->survey_at = time_msec() + (reply->result.error ? SURVEY_RETRY
                                      : agent->survey_again ? 0
                                      : SURVEY_INTERVAL);
    agent->survey_again = false;
    if (reply->result.error) {
        return;
    }
    agent_policies_begin(agent->policies);
    for (size_t i = 0; i < reply->n_entries; i++) {
        const struct agent_survey_entry *e = &reply->entries[i];

        agent_work_domain(agent->parts.work, e->uuid, &e->domain);
        agent_policies_set(agent->policies, e->uuid, e->domain.name,
                           e->policy);
    }
    if (agent_policies_end(agent->policies)
        && !agent->options.settings.dry_run) {
        agent_db_set_policies(agent->parts.db, agent->policies);
    }
}

/* Takes what libvirt has answered. */
static void
take_replies(struct agent *agent)
{
    struct agent_work *work = agent->parts.work;
    struct agent_reply *reply;

    while ((reply = agent_libvirt_take(agent->parts.libvirt))) {
        if (reply->event && reply->uuid) {
            agent_work_changed(work, reply->uuid);
        } else if (reply->event) {
            agent->survey_again = agent->survey_at == LLONG_MAX;
            if (!agent->survey_again) {
                agent->survey_at = time_msec();
            }
        } else if (!reply->uuid) {
            surveyed(agent, reply);
        } else {
            agent_work_result(work, reply->uuid, &reply->result,
                              time_msec());
        }
        agent_reply_destroy(reply);
    }
}

static void
take_written(struct agent *agent)
{
    char *uuid;
    bool ok;

    while (agent_db_take_written(agent->parts.db, &uuid, &ok)) {
        agent_work_written(agent->parts.work, uuid, ok, time_msec());
        free(uuid);
    }
}

/* Ends migrations that their target does not take. */
static void
cancel_refused(struct agent *agent)
{
    struct agent_parts *parts = &agent->parts;
    size_t n;
    const struct agent_vm **vms = agent_work_sorted(parts->work, &n);

    for (size_t i = 0; i < n; i++) {
        if (vms[i]->step == AGENT_ACT && vms[i]->job.target) {
            char *why = agent_targets_refusal(
                parts->targets, vms[i]->job.target, vms[i]->uuid);

            if (why) {
                agent_work_cancel(parts->work, vms[i]->uuid, why,
                                  time_msec());
                free(why);
            }
        }
    }
    free(vms);
}

static void
agent_run(struct agent *agent)
{
    struct ovs_list actions = OVS_LIST_INITIALIZER(&actions);
    struct agent_parts *parts = &agent->parts;

    agent_db_run(parts->db);
    if (agent_db_pass_orders(parts->db, parts->work)) {
        agent_targets_set(parts->targets, agent->options.migrate_to
                          ? agent->options.migrate_to
                          : agent_db_targets(parts->db));
    }
    agent_targets_run(parts->targets);
    agent_libvirt_run(parts->libvirt);
    take_replies(agent);
    take_written(agent);
    if (time_msec() >= agent->survey_at) {
        agent->survey_at = LLONG_MAX;
        agent_libvirt_survey(parts->libvirt);
    }
    cancel_refused(agent);
    agent_work_run(parts->work, time_msec(), &actions);
    perform(agent, &actions);
    agent_libvirt_run(parts->libvirt);
    agent_db_run(parts->db);
}

static void
agent_wait(struct agent *agent)
{
    struct agent_parts *parts = &agent->parts;

    agent_db_wait(parts->db);
    agent_targets_wait(parts->targets);
    agent_libvirt_wait(parts->libvirt);
    poll_timer_wait_until(MIN(agent_work_deadline(parts->work),
                              agent->survey_at));
}

static void
agent_init(struct agent *agent)
{
    struct agent_parts *parts = &agent->parts;

    parts->db = agent_db_create(agent->options.remote);
    parts->targets = agent_targets_create();
    agent->policies = agent_policies_create();
    parts->work = agent_work_create(&agent->options.settings);
    parts->libvirt = agent_libvirt_create(agent->options.uri, MAX_CALLS);
    parts->uri = agent->options.uri;
    parts->dry_run = agent->options.settings.dry_run;
    agent_unixctl_init(parts);
}

int
main(int argc, char *argv[])
{
    struct unixctl_server *unixctl;
    struct agent agent;
    bool exiting = false;

    ovs_cmdl_proctitle_init(argc, argv);
    set_program_name(argv[0]);
    memset(&agent, 0, sizeof agent);
    agent_options_parse(&agent.options, argc, argv);
    fatal_ignore_sigpipe();
    vm_daemonize_start();
    if (unixctl_server_create(agent.options.unixctl_path, &unixctl)) {
        exit(EXIT_FAILURE);
    }
    unixctl_command_register("exit", "", 0, 0, exit_command, &exiting);
    agent_init(&agent);
    daemonize_complete();
    VLOG_INFO("%s (ovs-vm-aware) %s", program_name, VM_AWARE_VERSION);

    while (!exiting) {
        unixctl_server_run(unixctl);
        agent_run(&agent);
        agent_wait(&agent);
        unixctl_server_wait(unixctl);
        if (exiting) {
            poll_immediate_wake();
        }
        poll_block();
    }
    unixctl_server_destroy(unixctl);
    agent_db_destroy(agent.parts.db);
    agent_targets_destroy(agent.parts.targets);

    /* Threads may still wait for libvirt, so its part is not destroyed. */
    return EXIT_SUCCESS;
}
