/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-request-check.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/vm-requests.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-stage.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_request_check_commands[];

/* Ways to spoil the state of the requests about VMs "a", which is suspended,
 * and "b", which is idle. */

static void
forget_cause(struct vm_requests *requests)
{
    vm_requests_find(requests, "a")->causes.list[VM_CAUSE_LOSS].reason
        = VM_R_NONE;
}

static void
invent_state(struct vm_requests *requests)
{
    vm_requests_find(requests, "b")->state = VM_REQUEST_PENDING;
}

static void
forget_request(struct vm_requests *requests)
{
    vm_requests_find(requests, "a")->state = VM_REQUEST_IDLE;
}

static void
forget_to_ask(struct vm_requests *requests)
{
    vm_requests_find(requests, "a")->state = VM_REQUEST_PENDING;
}

static void
lose_id(struct vm_requests *requests)
{
    struct vm_request *request = vm_requests_find(requests, "a");

    free(request->id);
    request->id = NULL;
}

static void
forget_to_resume(struct vm_requests *requests)
{
    vm_requests_find(requests, "a")->state = VM_REQUEST_RELEASING;
}

static void
stay_suspended(struct vm_requests *requests)
{
    vm_requests_find(requests, "a")->since = -10000000;
}

static void
swap(struct vm_requests *requests)
{
    struct vm_request *first = requests->list[0];

    requests->list[0] = requests->list[1];
    requests->list[1] = first;
}

static void
count_wrongly(struct vm_requests *requests)
{
    requests->failovers.list[0].ended = LLONG_MAX;
    requests->failovers.list[0].without = 7;
}

static const struct {
    const char *name;
    void (*spoil)(struct vm_requests *);
    const char *expected;
} spoils[] = {
    { "a cause", forget_cause, "has other causes" },
    { "pending without cause", invent_state, "has no cause" },
    { "idle with cause", forget_request, "is not pending" },
    { "not asked", forget_to_ask, "not made" },
    { "no id", lose_id, "has no id" },
    { "not resumed", forget_to_resume, "does not resume" },
    { "too long", stay_suspended, "has not expired" },
    { "order", swap, "out of order" },
    { "failover", count_wrongly, "failover 1:" },
};

static int
run_check(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const char *const commands[] = {
        "member eth0", "member eth1",
        "vm a vnet0 uplinks=eth1 on-loss=suspend",
        "vm b vnet1 uplinks=eth0 on-loss=suspend",
        "advance 1s", "link eth1 down", "advance 4s", "agent a done",
    };

    for (size_t i = 0; i < ARRAY_SIZE(spoils); i++) {
        struct ds differences = DS_EMPTY_INITIALIZER;
        struct vm_stage stage;

        vm_stage_init(&stage);
        for (size_t j = 0; j < ARRAY_SIZE(commands); j++) {
            char *error = vm_stage_command(&stage, commands[j]);

            vm_expect_text(commands[j], NULL, error);
            free(error);
        }
        vm_stage_run(&stage);

        vm_engine_check(stage.engine, &differences);
        vm_expect_text(spoils[i].name, "", ds_cstr(&differences));
        spoils[i].spoil(vm_engine_requests(stage.engine));
        vm_engine_check(stage.engine, &differences);
        if (!vm_expect_that(spoils[i].name, "the difference is found",
                            strstr(ds_cstr(&differences),
                                   spoils[i].expected))) {
            fprintf(stderr, "%s", ds_cstr(&differences));
        }
        ds_destroy(&differences);
        vm_stage_destroy(&stage);
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_request_check_commands[] = {
    { "request-check", "", 0, 0, run_check },
    { NULL, NULL, 0, 0, NULL },
};
