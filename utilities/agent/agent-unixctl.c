/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "agent-unixctl.h"

#include <stdlib.h>
#include <string.h>

#include "agent-db.h"
#include "agent-libvirt.h"
#include "agent-target.h"
#include "agent-work.h"
#include "base/vm-value.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "unixctl.h"
#include "util.h"
#include "vm-release.h"

static const char *
or_none(const char *s)
{
    return s && *s ? s : "none";
}

static const char *
domain_of(const struct agent_vm *vm)
{
    return vm->known ? agent_domain_state_to_string(vm->domain.state)
           : "unknown";
}

static const char *
host_state(const struct agent_candidate *c)
{
    static const char *const names[] = {
        [AGENT_HOST_UNKNOWN] = "unknown",
        [AGENT_HOST_UNREACHABLE] = "unreachable",
        [AGENT_HOST_NO_BOND] = "no-bond",
        [AGENT_HOST_UNUSABLE] = "unusable",
        [AGENT_HOST_USABLE] = "usable",
    };

    return names[c->state];
}

static void
show_vm(const struct agent_vm *vm, struct ds *s)
{
    ds_put_format(s, "  VM %s (%s): domain %s", agent_vm_name(vm), vm->uuid,
                  domain_of(vm));
    if (vm->db.suspended) {
        ds_put_format(s, ", suspended by request %s", vm->db.suspended);
    }
    ds_put_format(s, "\n    request: %s",
                  agent_request_to_string(vm->order.request));
    if (vm->order.id) {
        ds_put_format(s, " (%s, %s)", vm->order.id,
                      or_none(vm->order.reason));
    }
    ds_put_format(s, "\n    answer: %s",
                  agent_outcome_to_string(vm->mine.outcome));
    if (vm->mine.id) {
        ds_put_format(s, " (%s): %s", vm->mine.id, or_none(vm->mine.note));
    }
    ds_put_format(s, "\n    step: %s%s%s\n", agent_step_to_string(vm->step),
                  vm->job.target ? ", target " : "",
                  vm->job.target ? vm->job.target : "");
}

static void
show_candidate(const struct agent_candidate *c, struct ds *s)
{
    ds_put_format(s, "  target %s: %s", c->uri, host_state(c));
    if (c->state == AGENT_HOST_USABLE) {
        ds_put_cstr(s, ", room for ");
        vm_rate_format(c->room, s);
    }
    if (c->detail) {
        ds_put_format(s, " (%s)", c->detail);
    }
    ds_put_char(s, '\n');
}

static void
show_text(struct agent_parts *parts, struct ds *s)
{
    char *state = agent_libvirt_state(parts->libvirt);
    const struct agent_candidate *candidates;
    const struct agent_vm **vms;
    size_t n;

    ds_put_format(s, "agent: %s%s\n",
                  agent_work_is_paused(parts->work) ? "paused" : "running",
                  parts->dry_run ? ", dry run" : "");
    ds_put_format(s, "  database: %s\n", agent_db_state(parts->db));
    ds_put_format(s, "  libvirt %s: %s, %u calls under way\n", parts->uri,
                  state, agent_libvirt_n_calls(parts->libvirt));
    free(state);
    candidates = agent_targets_candidates(parts->targets, &n);
    for (size_t i = 0; i < n; i++) {
        show_candidate(&candidates[i], s);
    }
    vms = agent_work_sorted(parts->work, &n);
    for (size_t i = 0; i < n; i++) {
        show_vm(vms[i], s);
    }
    free(vms);
}

static struct json *
string_or_null(const char *s)
{
    return s ? json_string_create(s) : json_null_create();
}

static struct json *
vm_json(const struct agent_vm *vm)
{
    struct json *json = json_object_create();

    json_object_put_string(json, "uuid", vm->uuid);
    json_object_put(json, "name", string_or_null(vm->domain.name));
    json_object_put_string(json, "domain", domain_of(vm));
    json_object_put(json, "suspended", string_or_null(vm->db.suspended));
    json_object_put_string(json, "request",
                           agent_request_to_string(vm->order.request));
    json_object_put(json, "request_id", string_or_null(vm->order.id));
    json_object_put(json, "request_reason", string_or_null(vm->order.reason));
    json_object_put_string(json, "answer",
                           agent_outcome_to_string(vm->mine.outcome));
    json_object_put(json, "answer_id", string_or_null(vm->mine.id));
    json_object_put(json, "note", string_or_null(vm->mine.note));
    json_object_put_string(json, "step", agent_step_to_string(vm->step));
    json_object_put(json, "target", string_or_null(vm->job.target));
    return json;
}

static struct json *
candidate_json(const struct agent_candidate *c)
{
    struct json *json = json_object_create();

    json_object_put_string(json, "uri", c->uri);
    json_object_put(json, "ovsdb", string_or_null(c->ovsdb));
    json_object_put_string(json, "state", host_state(c));
    json_object_put(json, "room", c->state == AGENT_HOST_USABLE
                    ? json_integer_create(c->room) : json_null_create());
    json_object_put(json, "detail", string_or_null(c->detail));
    return json;
}

static struct json *
show_json(struct agent_parts *parts)
{
    struct json *json = json_object_create();
    struct json *targets = json_array_create_empty();
    struct json *vms = json_array_create_empty();
    char *state = agent_libvirt_state(parts->libvirt);
    const struct agent_candidate *candidates;
    const struct agent_vm **sorted;
    size_t n;

    json_object_put(json, "paused",
                    json_boolean_create(agent_work_is_paused(parts->work)));
    json_object_put(json, "dry_run", json_boolean_create(parts->dry_run));
    json_object_put_string(json, "database", agent_db_state(parts->db));
    json_object_put_string(json, "libvirt_uri", parts->uri);
    json_object_put_string(json, "libvirt", state);
    json_object_put(json, "calls", json_integer_create(
                        agent_libvirt_n_calls(parts->libvirt)));
    free(state);
    candidates = agent_targets_candidates(parts->targets, &n);
    for (size_t i = 0; i < n; i++) {
        json_array_add(targets, candidate_json(&candidates[i]));
    }
    json_object_put(json, "targets", targets);
    sorted = agent_work_sorted(parts->work, &n);
    for (size_t i = 0; i < n; i++) {
        json_array_add(vms, vm_json(sorted[i]));
    }
    free(sorted);
    json_object_put(json, "vms", vms);
    return json;
}

static void
agent_show(struct unixctl_conn *conn, int argc, const char *argv[],
           void *parts)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (argc > 1 && strcmp(argv[1], "--json")) {
        unixctl_command_reply_error(conn, "agent/show: the only option is "
                                    "--json");
        return;
    }
    if (argc > 1 || vm_unixctl_wants_json(conn)) {
        vm_unixctl_reply_json(conn, show_json(parts), false);
        return;
    }
    show_text(parts, &s);
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}

static void
agent_pause(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[] OVS_UNUSED, void *parts_)
{
    struct agent_parts *parts = parts_;

    agent_work_set_paused(parts->work, true);
    unixctl_command_reply(conn, NULL);
}

static void
agent_resume(struct unixctl_conn *conn, int argc OVS_UNUSED,
             const char *argv[] OVS_UNUSED, void *parts_)
{
    struct agent_parts *parts = parts_;

    agent_work_set_paused(parts->work, false);
    unixctl_command_reply(conn, NULL);
}

void
agent_unixctl_init(struct agent_parts *parts)
{
    unixctl_command_register("agent/show", "[--json]", 0, 1, agent_show,
                             parts);
    unixctl_command_register("agent/pause", "", 0, 0, agent_pause, parts);
    unixctl_command_register("agent/resume", "", 0, 0, agent_resume, parts);
}
