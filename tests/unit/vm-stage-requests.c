/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-stage-requests.h"

#include <stdlib.h>
#include <string.h>

#include "base/vm-map.h"
#include "engine/vm-requests.h"
#include "model/vm-endpoint.h"
#include "report/vm-describe.h"
#include "report/vm-forecast.h"
#include "report/vm-whatif.h"
#include "smap.h"
#include "sset.h"
#include "svec.h"
#include "util.h"
#include "vm-stage.h"

/* The agent. */

static enum vm_answer_state
answer_from_string(const char *word)
{
    for (int i = VM_ANSWER_DOING; i <= VM_ANSWER_REFUSED; i++) {
        if (!strcmp(word, vm_answer_state_to_string(i))) {
            return i;
        }
    }
    return VM_ANSWER_NONE;
}

/* Writes the answer into external_ids of 'iface', as the agent does. */
static void
write_answer(struct vm_stage *stage, const struct vm_interface *iface,
             const char *id, const char *state, const char *note)
{
    struct smap external_ids = SMAP_INITIALIZER(&external_ids);
    const struct vm_interface_facts facts = {
        .external_ids = &external_ids,
        .internal = iface->internal,
        .no_device = iface->no_device,
        .access_vlan = iface->access_vlan,
    };
    char *name = xstrdup(iface->name);

    vm_map_get_all(iface->external_ids, &external_ids);
    smap_replace(&external_ids, "vm-agent-request", id);
    smap_replace(&external_ids, "vm-agent-state", state);
    smap_replace(&external_ids, "vm-agent-note", note);
    vm_engine_set_interface(stage->engine, name, &facts, stage->now);
    smap_destroy(&external_ids);
    free(name);
}

void
vm_stage_keep_answer(const struct vm_interface *before,
                     struct smap *external_ids)
{
    static const char *const keys[] = {
        "vm-agent-request", "vm-agent-state", "vm-agent-note",
    };

    if (!before
        || !nullable_string_is_equal(vm_map_get(before->external_ids, "vm-id"),
                                     smap_get(external_ids, "vm-id"))) {
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        const char *value = vm_map_get(before->external_ids, keys[i]);

        if (value && !smap_get(external_ids, keys[i])) {
            smap_add(external_ids, keys[i], value);
        }
    }
}

/* The guest of 'iface' is suspended, resumed, or runs on another host. */
static void
change_guest(struct vm_stage *stage, const char *iface,
             enum vm_request_kind kind)
{
    if (kind == VM_REQUEST_MIGRATE) {
        vm_traffic_remove_interface(&stage->traffic, iface);
        vm_engine_set_interface(stage->engine, iface, NULL, stage->now);
    } else {
        vm_traffic_interface(&stage->traffic, iface)->flow.stopped
            = kind == VM_REQUEST_SUSPEND;
    }
}

static void
answer(struct vm_stage *stage, const char *vm, const char *state,
       const char *note)
{
    const struct vm_inventory *inventory = vm_engine_inventory(stage->engine);
    const struct vm_endpoint *endpoint = shash_find_data(&inventory->endpoints,
                                                         vm);
    const struct vm_request *request
        = vm_requests_find(vm_engine_requests(stage->engine), vm);
    enum vm_request_kind kind = request->id_kind;
    struct svec names = SVEC_EMPTY_INITIALIZER;
    char *id = xstrdup(request->id);

    for (size_t i = 0; i < endpoint->n_interfaces; i++) {
        svec_add(&names, endpoint->interfaces[i]->name);
        write_answer(stage, endpoint->interfaces[i], id, state, note);
    }
    for (size_t i = 0; i < names.n; i++) {
        if (!strcmp(state, "done")) {
            change_guest(stage, names.names[i], kind);
        } else if (strcmp(state, "doing") && kind == VM_REQUEST_SUSPEND) {
            /* It runs, or its owner has resumed it. */
            change_guest(stage, names.names[i], VM_REQUEST_RESUME);
        }
    }
    svec_destroy(&names);
    free(id);
}

char *
vm_stage_agent(struct vm_stage *stage, const struct svec *words)
{
    const char *vm = words->names[1];
    const char *state = words->names[2];
    const struct vm_request *request;

    if (!strcmp(vm, "*")) {
        stage->agent = answer_from_string(state);
        return NULL;
    }
    vm_stage_run(stage);
    request = vm_requests_find(vm_engine_requests(stage->engine), vm);
    if (!request || !request->id) {
        return xasprintf("%s: nothing was requested", vm);
    } else if (answer_from_string(state) == VM_ANSWER_NONE) {
        return xasprintf("%s: not an answer", state);
    }
    answer(stage, vm, state, words->n > 3 ? words->names[3] : "");
    return NULL;
}

void
vm_stage_run_agent(struct vm_stage *stage)
{
    const struct vm_requests *requests = vm_engine_requests(stage->engine);
    struct svec vms = SVEC_EMPTY_INITIALIZER;

    for (size_t i = 0; i < requests->n && stage->agent; i++) {
        const struct vm_request *request = requests->list[i];
        const struct shash *endpoints
            = &vm_engine_inventory(stage->engine)->endpoints;

        bool waits = (request->answer == VM_ANSWER_NONE
                      || (request->answer == VM_ANSWER_DOING
                          && stage->agent != VM_ANSWER_DOING));

        if (vm_request_published(request) && waits
            && shash_find(endpoints, request->vm)) {
            svec_add(&vms, request->vm);
        }
    }
    for (size_t i = 0; i < vms.n; i++) {
        answer(stage, vms.names[i], vm_answer_state_to_string(stage->agent),
               "");
    }
    svec_destroy(&vms);
}

/* Output. */

static void
begin_line(struct vm_stage *stage)
{
    if (stage->now != stage->started) {
        ds_put_format(&stage->output, "+%lldms ",
                      stage->now - stage->started);
    }
}

static void
format_reason(enum vm_reason reason, const char *because, struct ds *s)
{
    ds_put_format(s, " because %s%s%s", vm_reason_to_token(reason),
                  because ? " " : "", because ? because : "");
}

/* Appends what is requested about a VM. */
static void
format_request(const struct vm_request *request, struct ds *s)
{
    enum vm_request_kind kind = vm_request_published(request);

    ds_put_format(s, "%s", vm_request_state_to_string(request->state));
    if (kind) {
        ds_put_format(s, " %s", vm_request_kind_to_string(kind));
        format_reason(request->reason, request->because, s);
        ds_put_format(s, ", %s", request->id);
    }
}

/* Checks that the id of 'request' is new, if it is not the last one.  After a
 * restart it may be an older one of the VM that the agent has answered. */
static void
check_id(struct vm_stage *stage, const struct vm_request *request)
{
    char *key = xasprintf("id %s", request->vm);
    const char *id = request->id ? request->id : "";
    const char *user = smap_get(&stage->ids, id);

    if (*id && strcmp(smap_get_def(&stage->seen, key, ""), id)) {
        smap_replace(&stage->seen, key, id);
        if (user && (strcmp(user, request->vm) || !request->answer)) {
            ds_put_format(&stage->output, "error: id %s is used twice\n", id);
        }
        smap_replace(&stage->ids, id, request->vm);
    }
    free(key);
}

void
vm_stage_tell_requests(struct vm_stage *stage)
{
    const struct vm_requests *requests = vm_engine_requests(stage->engine);

    for (size_t i = 0; i < requests->n; i++) {
        const struct vm_request *request = requests->list[i];
        char *key = xasprintf("request %s", request->vm);
        struct ds s = DS_EMPTY_INITIALIZER;

        if (request->state == VM_REQUEST_PENDING) {
            ds_put_cstr(&s, "idle");
        } else {
            format_request(request, &s);
        }
        if (strcmp(smap_get_def(&stage->seen, key, "idle"), ds_cstr(&s))) {
            smap_replace(&stage->seen, key, ds_cstr(&s));
            begin_line(stage);
            ds_put_format(&stage->output, "%s %s\n", key, ds_cstr(&s));
        }
        check_id(stage, request);
        ds_destroy(&s);
        free(key);
    }
}

char *
vm_stage_requests(struct vm_stage *stage, const struct svec *words OVS_UNUSED)
{
    const struct vm_requests *requests = vm_engine_requests(stage->engine);

    vm_stage_run(stage);
    for (size_t i = 0; i < requests->n; i++) {
        const struct vm_request *request = requests->list[i];
        const struct vm_cause *cause = vm_causes_first(&request->causes);

        begin_line(stage);
        ds_put_format(&stage->output, "request %s ", request->vm);
        format_request(request, &stage->output);
        if (cause && request->state <= VM_REQUEST_PENDING) {
            format_reason(cause->reason, cause->because, &stage->output);
        }
        if (request->demand && vm_request_is_suspended(request)) {
            ds_put_cstr(&stage->output, ", demand ");
            vm_rate_format(request->demand, &stage->output);
        }
        ds_put_char(&stage->output, '\n');
    }
    return NULL;
}

char *
vm_stage_failovers(struct vm_stage *stage, const struct svec *words OVS_UNUSED)
{
    const struct vm_failovers *failovers
        = &vm_engine_requests(stage->engine)->failovers;

    vm_stage_run(stage);
    for (size_t i = 0; i < failovers->n; i++) {
        const struct vm_failover *failover = &failovers->list[i];

        begin_line(stage);
        ds_put_format(&stage->output, "failover %llu of %s at %lldms, ",
                      failover->serial, failover->member, failover->began);
        if (failover->ended == LLONG_MAX) {
            ds_put_cstr(&stage->output, "occurs");
        } else {
            ds_put_format(&stage->output, "lasted %lldms",
                          failover->ended - failover->began);
        }
        ds_put_format(&stage->output, ", %"PRIuSIZE" moved, %"PRIuSIZE
                      " without\n", failover->moved, failover->without);
    }
    return NULL;
}

char *
vm_stage_log_lines(struct vm_stage *stage, const struct svec *words OVS_UNUSED)
{
    vm_stage_run(stage);
    stage->log_lines = true;
    return NULL;
}

static char *
report_forecasts(struct vm_stage *stage, const char *question)
{
    struct vm_forecasts forecasts;
    char *error = vm_whatif(stage->engine, question, stage->now, &forecasts);

    vm_forecasts_format(&forecasts, &stage->output);
    vm_forecasts_destroy(&forecasts);
    return error;
}

char *
vm_stage_report(struct vm_stage *stage, const struct svec *words)
{
    const char *what = words->names[1];

    vm_stage_run(stage);
    if (!strcmp(what, "show")) {
        vm_describe_show(stage->engine, stage->now, &stage->output);
    } else if (!strcmp(what, "log")) {
        vm_describe_log(stage->engine, stage->now, &stage->output);
    } else if (words->n < 3) {
        return xasprintf("%s: not a report", what);
    } else if (!strcmp(what, "what-if")) {
        return report_forecasts(stage, words->names[2]);
    } else {
        return vm_describe_explain(stage->engine, words->names[2],
                                   &stage->output);
    }
    return NULL;
}

/* "expect request VM KIND [because REASON]". */
char *
vm_stage_expect(struct vm_stage *stage, const struct svec *words)
{
    const struct vm_request *request;
    const char *kind = vm_request_kind_to_string(VM_REQUEST_NONE);
    const char *reason = "none";

    if (strcmp(words->names[1], "request")
        || (words->n != 4
            && (words->n != 6 || strcmp(words->names[4], "because")))) {
        return xstrdup("expect: not \"request VM KIND [because REASON]\"");
    }
    vm_stage_run(stage);
    request = vm_requests_find(vm_engine_requests(stage->engine),
                               words->names[2]);
    if (request && vm_request_published(request)) {
        kind = vm_request_kind_to_string(vm_request_published(request));
        reason = vm_reason_to_token(request->reason);
    }
    if (strcmp(kind, words->names[3])
        || (words->n == 6 && strcmp(reason, words->names[5]))) {
        return xasprintf("expected request %s %s, got %s because %s",
                         words->names[2], words->names[3], kind, reason);
    }
    return NULL;
}

/* Restart. */

/* Passes interface 'old' of the engine before to the present one, with what
 * the database has about it. */
static void
restore_interface(struct vm_stage *stage, struct vm_engine *before,
                  const struct vm_interface *old, bool status)
{
    const struct vm_slot *slot = old->slot;
    const struct vm_requests *requests = vm_engine_requests(before);
    const struct vm_request *request
        = slot ? vm_requests_find(requests, old->endpoint->id) : NULL;
    const struct vm_failover *failover
        = (slot ? vm_failovers_find(&requests->failovers, old->endpoint,
                                    stage->now) : NULL);
    bool asks = request && vm_request_published(request);
    char *demand = asks ? xasprintf("%"PRIu64, request->demand) : NULL;
    char *text = failover ? vm_failover_to_string(failover) : NULL;
    struct smap external_ids = SMAP_INITIALIZER(&external_ids);
    struct vm_interface_facts facts = {
        .external_ids = &external_ids,
        .internal = old->internal,
        .no_device = old->no_device,
        .access_vlan = old->access_vlan,
    };

    if (status && slot) {
        facts.was_member = slot->member;
        facts.was_home = slot->home;
        facts.was_pinned = slot->pinned;
        facts.was_request.failover = text;
    }
    if (status && asks) {
        facts.was_request.id = request->id;
        facts.was_request.reason = vm_reason_to_token(request->reason);
        facts.was_request.demand = demand;
    }
    vm_map_get_all(old->external_ids, &external_ids);
    vm_engine_set_interface(stage->engine, old->name, &facts, stage->now);
    smap_destroy(&external_ids);
    free(demand);
    free(text);
}

/* "restart" of the switch, or "restart db", of the database's server as well,
 * which forgets Interface:status. */
char *
vm_stage_restart(struct vm_stage *stage, const struct svec *words)
{
    struct vm_engine *before = stage->engine;
    struct shash_node *node;
    size_t n;

    vm_stage_run(stage);
    struct vm_interface **interfaces
        = vm_inventory_interfaces(vm_engine_inventory(before), &n);

    stage->engine = vm_engine_create("bond0", stage->now);
    vm_requests_set_epoch(vm_engine_requests(stage->engine),
                          ++stage->n_restarts);
    vm_engine_set_bond(stage->engine, &stage->bond, stage->now);
    SHASH_FOR_EACH (node, &stage->members) {
        const struct vm_stage_member *member = node->data;
        const struct vm_member_facts facts = {
            .enabled = member->enabled,
            .link_speed = member->speed,
            .other_config = &member->config,
        };

        vm_engine_set_member(stage->engine, node->name, &facts, stage->now);
    }
    for (size_t i = 0; i < n; i++) {
        restore_interface(stage, before, interfaces[i], words->n < 2);
    }
    free(interfaces);
    shash_clear_free_data(&stage->traffic.meters);
    free(stage->published);
    stage->published = NULL;
    vm_engine_destroy(before);
    return NULL;
}
