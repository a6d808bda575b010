/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-request.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/vm-request-join.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_request_commands[];

/* The state machine: what each event makes of each state. */
static const char machine[] =
"           cause     clear     ask    doing     done      failed expired\n"
"idle       pending   .         .      releasing releasing .      .\n"
"pending    .         idle      asked  releasing releasing .      .\n"
"asked      .         idle      .      doing     done      idle   .\n"
"doing      .         releasing .      .         done      idle   .\n"
"done       .         releasing .      .         .         idle   releasing\n"
"releasing  .         .         .      .         idle      .      idle\n";

static struct vm_request *
create(enum vm_request_state state, enum vm_request_kind kind)
{
    bool releases = state == VM_REQUEST_RELEASING;
    bool resumes = releases && kind == VM_REQUEST_SUSPEND;
    struct vm_request *request = vm_request_create("vm", 0);

    vm_request_publish(request, xstrdup("x"), kind, VM_R_NO_UPLINK, NULL, 0);
    if (resumes) {
        vm_request_publish(request, xstrdup("y"), VM_REQUEST_RESUME,
                           VM_R_CAUSE_GONE, NULL, 0);
    }
    request->state = state;
    return request;
}

static int
run_machine(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const enum vm_request_event events[] = {
        VM_REQUEST_EV_CAUSE, VM_REQUEST_EV_CLEAR, VM_REQUEST_EV_ASK,
        VM_REQUEST_EV_DOING, VM_REQUEST_EV_DONE, VM_REQUEST_EV_FAILED,
        VM_REQUEST_EV_EXPIRED,
    };
    static const int widths[] = { 10, 10, 7, 10, 10, 7, 0 };
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&s, "           cause     clear     ask    doing     done"
                "      failed expired\n");
    for (int state = 0; state < VM_N_REQUEST_STATES; state++) {
        ds_put_format(&s, "%-11s", vm_request_state_to_string(state));
        for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
            struct vm_request *request = create(state, VM_REQUEST_SUSPEND);
            bool changed = vm_request_event(request, events[i], 1);

            ds_put_format(&s, "%-*s", widths[i],
                          changed ? vm_request_state_to_string(request->state)
                                  : ".");
            vm_expect_that("since", "the time of the change",
                           request->since == (changed ? 1 : 0));
            vm_request_destroy(request);
        }
        ds_put_char(&s, '\n');
    }
    vm_expect_text("the state machine", machine, ds_cstr(&s));
    ds_destroy(&s);
    return vm_expect_result();
}

/* Answers to the last id, and what follows from them. */
static const struct {
    enum vm_request_state state;
    enum vm_request_kind kind;
    enum vm_answer_state answer;
    const char *expected;       /* STATE PUBLISHED, "pause", "refused". */
} answers[] = {
    { VM_REQUEST_ASKED, VM_REQUEST_SUSPEND, VM_ANSWER_DOING,
      "doing suspend" },
    { VM_REQUEST_ASKED, VM_REQUEST_SUSPEND, VM_ANSWER_DONE, "done suspend" },
    { VM_REQUEST_ASKED, VM_REQUEST_SUSPEND, VM_ANSWER_FAILED,
      "idle none pause" },
    { VM_REQUEST_ASKED, VM_REQUEST_SUSPEND, VM_ANSWER_REFUSED,
      "idle none refused" },
    { VM_REQUEST_DOING, VM_REQUEST_MIGRATE, VM_ANSWER_DONE, "done migrate" },
    { VM_REQUEST_DOING, VM_REQUEST_MIGRATE, VM_ANSWER_FAILED,
      "idle none pause" },
    { VM_REQUEST_DONE, VM_REQUEST_SUSPEND, VM_ANSWER_REFUSED,
      "idle none refused" },
    { VM_REQUEST_IDLE, VM_REQUEST_SUSPEND, VM_ANSWER_DOING,
      "releasing resume" },
    { VM_REQUEST_PENDING, VM_REQUEST_SUSPEND, VM_ANSWER_DONE,
      "releasing resume" },
    { VM_REQUEST_IDLE, VM_REQUEST_SUSPEND, VM_ANSWER_FAILED, "idle none" },
    { VM_REQUEST_IDLE, VM_REQUEST_SUSPEND, VM_ANSWER_REFUSED, "idle none" },
    { VM_REQUEST_IDLE, VM_REQUEST_MIGRATE, VM_ANSWER_DOING, "idle none" },
    { VM_REQUEST_RELEASING, VM_REQUEST_SUSPEND, VM_ANSWER_DOING,
      "releasing resume" },
    { VM_REQUEST_RELEASING, VM_REQUEST_SUSPEND, VM_ANSWER_DONE, "idle none" },
    { VM_REQUEST_RELEASING, VM_REQUEST_SUSPEND, VM_ANSWER_FAILED,
      "releasing resume pause" },
    { VM_REQUEST_RELEASING, VM_REQUEST_SUSPEND, VM_ANSWER_REFUSED,
      "releasing resume pause" },
    { VM_REQUEST_RELEASING, VM_REQUEST_MIGRATE, VM_ANSWER_FAILED,
      "idle none" },
    { VM_REQUEST_RELEASING, VM_REQUEST_MIGRATE, VM_ANSWER_DONE, "idle none" },
    { VM_REQUEST_RELEASING, VM_REQUEST_MIGRATE, VM_ANSWER_DOING,
      "releasing none" },
};

static int
run_outcomes(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
        struct vm_request *request = create(answers[i].state,
                                            answers[i].kind);
        char *input = xasprintf(
            "%s %s, %s", vm_request_state_to_string(answers[i].state),
            vm_request_kind_to_string(answers[i].kind),
            vm_answer_state_to_string(answers[i].answer));
        char *got;

        vm_expect_that(input, "another id is no answer",
                       !vm_request_answer(request, "z", answers[i].answer,
                                          "note", 5));
        vm_expect_that(input, "it is new",
                       vm_request_answer(request, request->id,
                                         answers[i].answer, "note", 5));
        vm_expect_that(input, "it is taken once",
                       !vm_request_answer(request, request->id,
                                          answers[i].answer, "note", 6));
        vm_expect_text(input, "note", request->note);
        got = xasprintf(
            "%s %s%s%s", vm_request_state_to_string(request->state),
            vm_request_kind_to_string(vm_request_published(request)),
            request->failed.until > 5 ? " pause" : "",
            request->refused ? " refused" : "");
        vm_expect_text(input, answers[i].expected, got);
        free(got);
        free(input);
        vm_request_destroy(request);
    }
    return vm_expect_result();
}

static int
run_pauses(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const long long int expected[] = {
        30, 60, 120, 240, 480, 960, 1920, 3600, 3600,
    };
    struct vm_pause pause = { 0, LLONG_MIN };
    long long int now = 0;

    for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
        vm_pause_begin(&pause, VM_REQUEST_PAUSE, now);
        vm_expect_that("pause", "it doubles up to an hour",
                       pause.until == now + expected[i] * 1000);
        now = pause.until;
    }
    now += VM_REQUEST_CALM + 1;
    vm_pause_begin(&pause, VM_REQUEST_PAUSE, now);
    vm_expect_that("pause", "it begins anew", pause.until == now + 30000);
    vm_pause_begin(&pause, 7200000, now);
    vm_expect_that("pause", "a long one is the longest",
                   pause.until == now + 7200000);
    return vm_expect_result();
}

/* Two bonds and one VM: which request is published, and what the other bond is
 * told. */
static const struct {
    enum vm_request_state a, b;
    enum vm_request_kind a_kind, b_kind;
    int expected;
    enum vm_answer_state told;
} joins[] = {
    { VM_REQUEST_IDLE, VM_REQUEST_PENDING, VM_REQUEST_SUSPEND,
      VM_REQUEST_SUSPEND, -1, VM_ANSWER_NONE },
    { VM_REQUEST_IDLE, VM_REQUEST_ASKED, VM_REQUEST_SUSPEND,
      VM_REQUEST_SUSPEND, 1, VM_ANSWER_NONE },
    { VM_REQUEST_ASKED, VM_REQUEST_ASKED, VM_REQUEST_SUSPEND,
      VM_REQUEST_SUSPEND, 0, VM_ANSWER_DOING },
    { VM_REQUEST_ASKED, VM_REQUEST_DONE, VM_REQUEST_SUSPEND,
      VM_REQUEST_SUSPEND, 1, VM_ANSWER_DOING },
    { VM_REQUEST_RELEASING, VM_REQUEST_ASKED, VM_REQUEST_SUSPEND,
      VM_REQUEST_SUSPEND, 1, VM_ANSWER_DONE },
    { VM_REQUEST_DONE, VM_REQUEST_RELEASING, VM_REQUEST_SUSPEND,
      VM_REQUEST_SUSPEND, 0, VM_ANSWER_DONE },
    { VM_REQUEST_ASKED, VM_REQUEST_DOING, VM_REQUEST_SUSPEND,
      VM_REQUEST_MIGRATE, 0, VM_ANSWER_NONE },
    { VM_REQUEST_RELEASING, VM_REQUEST_ASKED, VM_REQUEST_SUSPEND,
      VM_REQUEST_MIGRATE, 1, VM_ANSWER_DONE },
    { VM_REQUEST_RELEASING, VM_REQUEST_RELEASING, VM_REQUEST_SUSPEND,
      VM_REQUEST_SUSPEND, 0, VM_ANSWER_DOING },
};

static int
run_join(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(joins); i++) {
        struct vm_request *a = create(joins[i].a, joins[i].a_kind);
        struct vm_request *b = create(joins[i].b, joins[i].b_kind);
        const struct vm_request *both[] = { a, b };
        const struct vm_request *swapped[] = { NULL, b, NULL };
        char *input = xasprintf("row %"PRIuSIZE, i);

        a->answer = b->answer = VM_ANSWER_DOING;
        vm_expect_that(input, "which one",
                       vm_request_join(both, 2) == joins[i].expected);
        vm_expect_that(input, "one bond alone",
                       vm_request_join(swapped, 3)
                       == (vm_request_published(b) ? 1 : -1));
        if (joins[i].expected >= 0
            && vm_request_published(both[!joins[i].expected])) {
            vm_expect_text(input, vm_answer_state_to_string(joins[i].told),
                           vm_answer_state_to_string(
                               vm_request_join_answer(
                                   both[!joins[i].expected],
                                   both[joins[i].expected])));
        }
        free(input);
        vm_request_destroy(a);
        vm_request_destroy(b);
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_request_commands[] = {
    { "request-machine", "", 0, 0, run_machine },
    { "request-outcomes", "", 0, 0, run_outcomes },
    { "request-pauses", "", 0, 0, run_pauses },
    { "request-join", "", 0, 0, run_join },
    { NULL, NULL, 0, 0, NULL },
};
