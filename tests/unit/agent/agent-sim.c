/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "agent-sim.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

void
agent_sim_init(struct agent_sim *sim)
{
    *sim = (struct agent_sim) {
        .settings = {
            .max_migrations = 2,
            .call_timeout = 30000,
            .migrate_timeout = 300000,
            .orphan_timeout = 60000,
        },
        .db_up = true,
        .port = true,
        .libvirt_up = true,
        .target = true,
    };
    sim->domain.state = AGENT_RUNNING;
    sim->domain.name = xstrdup("web");
    sim->work = agent_work_create(&sim->settings);
    ovs_list_init(&sim->actions);
    ovs_list_init(&sim->hanging);
    ovs_list_init(&sim->late);
    ds_init(&sim->log);
    sset_init(&sim->done);
}

static void
drop_actions(struct ovs_list *actions)
{
    struct agent_action *action;

    LIST_FOR_EACH_POP (action, node, actions) {
        agent_action_destroy(action);
    }
}

void
agent_sim_destroy(struct agent_sim *sim)
{
    drop_actions(&sim->actions);
    drop_actions(&sim->hanging);
    drop_actions(&sim->late);
    agent_work_destroy(sim->work);
    agent_order_destroy(&sim->order);
    agent_answer_destroy(&sim->answer);
    agent_domain_destroy(&sim->domain);
    ds_destroy(&sim->log);
    sset_destroy(&sim->done);
}

/* Makes the switch ask for something; a null 'id' asks for nothing. */
void
agent_sim_ask(struct agent_sim *sim, enum agent_request request,
              const char *id)
{
    agent_order_destroy(&sim->order);
    sim->order.request = request;
    sim->order.id = nullable_xstrdup(id);
}

static void
add_words(struct agent_sim *sim, const char *words, const char *more)
{
    ds_put_format(&sim->log, "%s%s%s%s", sim->log.length ? ", " : "", words,
                  more ? " " : "", more ? more : "");
}

/* Something was done to the domain for a request. */
static void
count(struct agent_sim *sim, const char *what)
{
    const char *id = sim->domain.mark.id;
    char *key = xasprintf("%s %s", what, id ? id : "nobody");

    /* What the agent does by itself has the mark of an older request. */
    if (sim->domain.mark.request != AGENT_RESUME || strcmp(what, "resume")
        || nullable_string_is_equal(id, sim->order.id)) {
        sim->twice |= !sset_add(&sim->done, key);
    }
    free(key);
}

static void
set_mark(struct agent_sim *sim, const struct agent_mark *mark)
{
    agent_mark_destroy(&sim->domain.mark);
    if (mark) {
        char *xml = agent_mark_to_xml(mark);

        agent_mark_from_xml(&sim->domain.mark, xml);
        free(xml);
    }
}

/* The effect of a call on the domain. */
static void
have_effect(struct agent_sim *sim, const struct agent_action *action)
{
    switch (action->call) {
    case AGENT_CALL_MARK:
        set_mark(sim, &action->mark);
        break;
    case AGENT_CALL_UNMARK:
        set_mark(sim, NULL);
        break;
    case AGENT_CALL_SUSPEND:
        count(sim, "suspend");
        sim->domain.state = AGENT_PAUSED;
        break;
    case AGENT_CALL_RESUME:
        count(sim, "resume");
        sim->domain.state = AGENT_RUNNING;
        break;
    case AGENT_CALL_MIGRATE:
        count(sim, "migrate");
        sim->domain.state = AGENT_ABSENT;
        set_mark(sim, NULL);
        sim->at_target = true;
        sim->port = false;
        break;
    case AGENT_CALL_LOOK:
    case AGENT_CALL_CHOOSE:
    case AGENT_CALL_ABORT:
    case AGENT_CALL_PROBE:
    case AGENT_CALL_SURVEY:
    case AGENT_N_CALLS:
    default:
        break;
    }
}

/* Calls of a killed agent that libvirt had begun have their effect now. */
static void
have_late_effects(struct agent_sim *sim)
{
    struct agent_action *action;

    LIST_FOR_EACH_POP (action, node, &sim->late) {
        if (sim->domain.state != AGENT_ABSENT) {
            have_effect(sim, action);
        }
        agent_action_destroy(action);
    }
}

static void
fail(struct agent_result *result, enum agent_error error, const char *text)
{
    result->error = error;
    result->text = xstrdup(text);
}

static void
fill_result(struct agent_sim *sim, const struct agent_action *action,
            struct agent_result *result)
{
    if (action->call == AGENT_CALL_CHOOSE) {
        if (sim->target) {
            result->target = xstrdup(AGENT_SIM_TARGET);
        } else {
            fail(result, AGENT_IMPOSSIBLE, "no target");
        }
    } else if (action->call == AGENT_CALL_LOOK) {
        agent_domain_clone(&result->domain, &sim->domain);
    } else if (action->call == AGENT_CALL_PROBE) {
        result->domain.state = sim->at_target ? AGENT_RUNNING : AGENT_ABSENT;
    } else if (action->call == AGENT_CALL_UNMARK
               && sim->domain.state == AGENT_PAUSED) {
        fail(result, AGENT_ERROR, "it is suspended");
    } else if (sim->domain.state == AGENT_ABSENT) {
        fail(result, AGENT_NO_DOMAIN, "no such domain");
    }
}

/* Carries out a call and tells the agent. */
static void
do_call(struct agent_sim *sim, const struct agent_action *action)
{
    struct agent_result result = {
        .call = action->call,
        .serial = action->serial,
    };
    char fault = '\0';

    if (sim->fault && sim->fault_call == action->call) {
        fault = sim->fault;
        sim->fault = '\0';
    }
    if (action->call != AGENT_CALL_LOOK && action->call != AGENT_CALL_CHOOSE) {
        /* libvirt changes a domain for one caller after the other. */
        have_late_effects(sim);
    }
    if (!sim->libvirt_up && action->call != AGENT_CALL_CHOOSE) {
        fail(&result, AGENT_UNREACHABLE, "not reachable");
    } else if (fault == 'f') {
        fail(&result, AGENT_ERROR, "it failed");
    } else if (fault == 'd') {
        fail(&result, AGENT_UNREACHABLE, "the connection was lost");
    } else {
        fill_result(sim, action, &result);
        if (!result.error) {
            have_effect(sim, action);
        }
        if (fault == 'l') {
            fail(&result, AGENT_UNREACHABLE, "the connection was lost");
        }
    }
    agent_work_result(sim->work, action->uuid, &result, sim->now);
    agent_domain_destroy(&result.domain);
    free(result.text);
    free(result.target);
}

static void
do_write(struct agent_sim *sim, const struct agent_action *action)
{
    if (!sim->db_up) {
        agent_work_written(sim->work, action->uuid, false, sim->now);
        return;
    }
    if (sim->port) {
        const struct agent_answer *a = &action->answer;

        if (!a->id) {
            free(sim->answer.suspended);
            sim->answer.suspended = nullable_xstrdup(a->suspended);
        } else {
            agent_answer_destroy(&sim->answer);
            agent_answer_clone(&sim->answer, a);
        }
    }
    /* The monitor tells before the transaction's reply does. */
    agent_work_orders_begin(sim->work);
    if (sim->port) {
        agent_work_set_order(sim->work, AGENT_SIM_UUID, &sim->order,
                             &sim->answer);
    }
    agent_work_orders_end(sim->work);
    agent_work_written(sim->work, action->uuid, true, sim->now);
}

static void
describe(struct agent_sim *sim, const struct agent_action *action)
{
    if (action->type == AGENT_A_WRITE) {
        const struct agent_answer *a = &action->answer;

        ds_put_format(&sim->log, "%s%s%s%s", sim->log.length ? ", " : "",
                      a->id ? agent_outcome_to_string(a->outcome) : "write",
                      a->id ? " " : "", a->id ? a->id : "");
        if (a->suspended) {
            ds_put_format(&sim->log, " (suspended %s)", a->suspended);
        }
        if (a->outcome > AGENT_DONE) {
            ds_put_format(&sim->log, " \"%s\"", a->note);
        }
    } else if (action->type == AGENT_A_CALL
               && action->call == AGENT_CALL_MARK) {
        add_words(sim, "mark", action->mark.id);
    } else if (action->type == AGENT_A_CALL) {
        add_words(sim, agent_call_to_string(action->call),
                  action->call == AGENT_CALL_MIGRATE ? action->target : NULL);
    }
}

/* Lets the agent run, then performs its first action.  Returns false if there
 * is none. */
bool
agent_sim_step(struct agent_sim *sim)
{
    agent_work_set_db_up(sim->work, sim->db_up);
    if (sim->db_up) {
        agent_work_orders_begin(sim->work);
        if (sim->port && (sim->order.id || sim->answer.id
                          || sim->answer.suspended
                          || agent_work_find(sim->work, AGENT_SIM_UUID))) {
            agent_work_set_order(sim->work, AGENT_SIM_UUID, &sim->order,
                                 &sim->answer);
        }
        agent_work_orders_end(sim->work);
    }
    agent_work_run(sim->work, sim->now, &sim->actions);
    if (ovs_list_is_empty(&sim->actions)) {
        return false;
    }

    struct agent_action *action = CONTAINER_OF(
        ovs_list_pop_front(&sim->actions), struct agent_action, node);
    describe(sim, action);
    if (action->type == AGENT_A_CALL && sim->fault == 'h'
        && sim->fault_call == action->call) {
        sim->fault = '\0';
        ovs_list_push_back(&sim->hanging, &action->node);
        return true;
    }
    if (action->type == AGENT_A_CALL) {
        do_call(sim, action);
    } else if (action->type == AGENT_A_WRITE) {
        do_write(sim, action);
    }
    agent_action_destroy(action);
    return true;
}

/* Steps until there is nothing to do at this time. */
void
agent_sim_settle(struct agent_sim *sim)
{
    for (int i = 0; agent_sim_step(sim); i++) {
        ovs_assert(i < 1000);
    }
}

/* Calls that hung return, with their effect. */
void
agent_sim_return(struct agent_sim *sim)
{
    struct agent_action *action;

    LIST_FOR_EACH_POP (action, node, &sim->hanging) {
        do_call(sim, action);
        agent_action_destroy(action);
    }
}

/* Kills the agent and starts another one. */
void
agent_sim_kill(struct agent_sim *sim, enum agent_sim_fate fate)
{
    struct agent_action *action;

    ovs_list_push_back_all(&sim->actions, &sim->hanging);
    LIST_FOR_EACH_POP (action, node, &sim->actions) {
        if (action->type == AGENT_A_CALL && sim->libvirt_up
            && fate != AGENT_SIM_LOST) {
            ovs_list_push_back(&sim->late, &action->node);
        } else {
            agent_action_destroy(action);
        }
    }
    if (fate == AGENT_SIM_EFFECT) {
        have_late_effects(sim);
    }
    agent_work_destroy(sim->work);
    sim->work = agent_work_create(&sim->settings);
    add_words(sim, "killed", NULL);
    agent_sim_survey(sim);
}

/* Lets time pass. */
void
agent_sim_advance(struct agent_sim *sim, long long int ms)
{
    long long int end = sim->now + ms;

    have_late_effects(sim);
    while (sim->now < end) {
        sim->now = MIN(sim->now + 500, end);
        agent_sim_settle(sim);
    }
}

/* libvirt tells that the domain has changed. */
void
agent_sim_changed(struct agent_sim *sim)
{
    agent_work_changed(sim->work, AGENT_SIM_UUID);
}

void
agent_sim_survey(struct agent_sim *sim)
{
    if (sim->libvirt_up && sim->domain.state != AGENT_ABSENT) {
        agent_work_domain(sim->work, AGENT_SIM_UUID, &sim->domain);
    }
}
