/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-request-turn.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/vm-request-join.h"
#include "engine/vm-requests.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-random.h"
#include "vm-stage.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_request_turn_commands[];

/* Floods of several shapes: 20 VMs, each of which sends as much as before as
 * soon as it runs again, for ten minutes, and what comes after that. */

#define N_VMS 20

/* Seconds. */
#define FLOOD 600

struct flood_vm {
    int priority;
    unsigned int mbps;          /* What it offers. */
    const char *member;
    size_t n_suspended;         /* How many times. */
    char *id;                   /* Of the last request. */
};

struct flood {
    const char *name;
    struct vm_stage stage;
    struct flood_vm vms[N_VMS];
    size_t n_suspended;         /* In total. */
};

static void
command(struct flood *flood, char *line)
{
    vm_stage_do(&flood->stage, line);
}

static const struct vm_request *
request_of(const struct flood *flood, size_t i)
{
    char *vm = xasprintf("vm%02"PRIuSIZE, i);
    const struct vm_request *request
        = vm_requests_find(vm_engine_requests(flood->stage.engine), vm);

    free(vm);
    return request;
}

static bool
is_calm(const struct vm_request *request, long long int now)
{
    return request->state == VM_REQUEST_IDLE || request->calm.until > now;
}

/* VM 'i' is asked for: those of lower priority on its member are suspended, or
 * have been a short time ago, or are no cause any more. */
static void
check_turn(const struct flood *flood, size_t i)
{
    const struct flood_vm *vm = &flood->vms[i];

    vm_expect_that(flood->name, "a protected VM is spared",
                   vm->priority < VM_CAUSE_PROTECTED);
    for (size_t j = 0; j < N_VMS; j++) {
        const struct flood_vm *other = &flood->vms[j];
        const struct vm_request *request = request_of(flood, j);

        if (j != i && other->priority < vm->priority && other->mbps
            && !strcmp(other->member, vm->member)) {
            vm_expect_that(flood->name, "the lowest priority comes first",
                           vm_request_is_suspended(request)
                           || is_calm(request, flood->stage.now));
        }
    }
}

/* Plays for so many seconds. */
static void
play(struct flood *flood, int seconds)
{
    for (int i = 0; i < 2 * seconds; i++) {
        size_t n_acted_upon = 0;

        command(flood, xstrdup("advance 500ms"));
        for (size_t j = 0; j < N_VMS; j++) {
            const struct vm_request *request = request_of(flood, j);
            struct flood_vm *vm = &flood->vms[j];
            bool suspends = (request->id
                             && request->id_kind == VM_REQUEST_SUSPEND);

            if (suspends && !nullable_string_is_equal(request->id, vm->id)) {
                check_turn(flood, j);
                free(vm->id);
                vm->id = xstrdup(request->id);
                vm->n_suspended++;
                flood->n_suspended++;
                n_acted_upon++;
            }
        }
        vm_expect_that(flood->name, "one at a time", n_acted_upon <= 1);
    }
}

static void
set_traffic(struct flood *flood, unsigned int percent)
{
    for (size_t i = 0; i < N_VMS; i++) {
        command(flood, xasprintf("traffic vm%02"PRIuSIZE" %uM", i,
                                 flood->vms[i].mbps * percent / 100));
    }
}

/* The flood begins; it may concern 'n_members' members of 1 Gbit/s. */
static void
begin(struct flood *flood, size_t n_members, const char *settings)
{
    vm_stage_init(&flood->stage);
    flood->n_suspended = 0;
    command(flood, xasprintf("bond vm-aware-announce=0 "
                             "vm-aware-request-rate=60 "
                             "vm-aware-suspend-max=0 %s", settings));
    for (size_t i = 0; i < n_members; i++) {
        command(flood, xasprintf("member eth%"PRIuSIZE" speed=1G", i));
    }
    for (size_t i = 0; i < N_VMS; i++) {
        struct flood_vm *vm = &flood->vms[i];

        vm->n_suspended = 0;
        vm->id = NULL;
        command(flood, xasprintf(
            "vm vm%02"PRIuSIZE" vnet%"PRIuSIZE" uplinks=%s priority=%d "
            "on-overload=suspend", i, i, vm->member, vm->priority));
    }
    command(flood, xstrdup("agent * done"));
    set_traffic(flood, 100);
}

/* The flood is over: all run again, and none is suspended any more. */
static void
end(struct flood *flood, unsigned int percent)
{
    size_t before;

    set_traffic(flood, percent);
    play(flood, FLOOD / 2);
    before = flood->n_suspended;
    play(flood, FLOOD / 10);
    vm_expect_that(flood->name, "it is over", flood->n_suspended == before);
    for (size_t i = 0; i < N_VMS; i++) {
        vm_expect_that(flood->name, "all run again",
                       request_of(flood, i)->state == VM_REQUEST_IDLE);
        free(flood->vms[i].id);
    }
    vm_expect_that(flood->name, "no error",
                   !strstr(ds_cstr(&flood->stage.output), "error"));
    vm_stage_destroy(&flood->stage);
}

/* All VMs on eth0, with the same demand: of 'mbps', with priorities from
 * 'first' to 'last' in turn. */
static void
set_equal(struct flood *flood, unsigned int mbps, int first, int last)
{
    for (int i = 0; i < N_VMS; i++) {
        flood->vms[i] = (struct flood_vm) {
            .priority = first + i % (last - first + 1),
            .mbps = mbps,
            .member = "eth0",
        };
    }
}

/* None is suspended twice, and no more than it takes. */
static void
check_counts(const struct flood *flood, size_t least, size_t most)
{
    for (size_t i = 0; i < N_VMS; i++) {
        vm_expect_that(flood->name, "none is suspended twice",
                       flood->vms[i].n_suspended <= 1);
    }
    if (!vm_expect_that(flood->name, "as many as it takes",
                        flood->n_suspended >= least
                        && flood->n_suspended <= most)) {
        fprintf(stderr, "%"PRIuSIZE"\n", flood->n_suspended);
    }
}

static int
run_floods(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct flood flood;

    /* 1.5 Gbit/s, and 1.0625 would do: 6 of 75 Mbit/s. */
    flood.name = "equal priorities";
    set_equal(&flood, 75, 3, 3);
    begin(&flood, 1, "");
    play(&flood, FLOOD);
    check_counts(&flood, 6, 8);
    end(&flood, 20);

    flood.name = "the demand halves";
    set_equal(&flood, 75, 0, 5);
    begin(&flood, 1, "");
    play(&flood, FLOOD);
    check_counts(&flood, 6, 8);
    end(&flood, 50);

    flood.name = "all protected";
    set_equal(&flood, 100, 6, 7);
    begin(&flood, 1, "");
    play(&flood, FLOOD);
    check_counts(&flood, 0, 0);
    end(&flood, 10);

    flood.name = "half of them protected";
    set_equal(&flood, 100, 4, 7);
    begin(&flood, 1, "");
    play(&flood, FLOOD);
    check_counts(&flood, 9, 10);
    end(&flood, 10);

    flood.name = "one member of three";
    set_equal(&flood, 140, 1, 5);
    for (size_t i = 0; i < N_VMS; i++) {
        flood.vms[i].member = i < 10 ? "eth1" : i % 2 ? "eth0" : "eth2";
    }
    begin(&flood, 3, "");
    play(&flood, FLOOD);
    check_counts(&flood, 3, 4);
    for (size_t i = 10; i < N_VMS; i++) {
        vm_expect_that(flood.name, "not those on other members",
                       flood.vms[i].n_suspended == 0);
    }
    end(&flood, 10);

    flood.name = "a heavy one of the lowest priority";
    set_equal(&flood, 45, 2, 5);
    flood.vms[7].priority = 1;
    flood.vms[7].mbps = 900;
    begin(&flood, 1, "");
    play(&flood, FLOOD);
    check_counts(&flood, 1, 1);
    end(&flood, 10);
    return vm_expect_result();
}

/* Two bonds, both flooded by the same VMs.  The requests of both are joined,
 * as the switch does, and what the agent does concerns the VM on both. */

/* The agent has answered what 'asks' requests about VM 'i': the VM sends
 * nothing on 'other', too, or again, and that takes note. */
static void
tell_other(struct flood *asks, struct flood *other, size_t i)
{
    const struct vm_request *published = request_of(asks, i);
    const struct vm_request *request = request_of(other, i);
    char *iface = xasprintf("vnet%"PRIuSIZE, i);

    vm_traffic_interface(&other->stage.traffic, iface)->flow.stopped
        = published->id_kind == VM_REQUEST_SUSPEND;
    free(iface);
    if (vm_request_published(request)) {
        vm_requests_answer(vm_engine_requests(other->stage.engine),
                           request->vm, request->id,
                           vm_request_join_answer(request, published), "",
                           other->stage.now);
    }
}

static void
play_two(struct flood floods[2], int seconds)
{
    for (int i = 0; i < 2 * seconds; i++) {
        command(&floods[0], xstrdup("advance 500ms"));
        command(&floods[1], xstrdup("advance 500ms"));
        for (size_t j = 0; j < N_VMS; j++) {
            const struct vm_request *requests[] = {
                request_of(&floods[0], j), request_of(&floods[1], j),
            };
            int index = vm_request_join(requests, 2);

            if (index >= 0 && requests[index]->answer == VM_ANSWER_NONE) {
                bool suspends = (requests[index]->id_kind
                                 == VM_REQUEST_SUSPEND);

                floods[0].vms[j].n_suspended += suspends;
                floods[0].n_suspended += suspends;
                command(&floods[index],
                        xasprintf("agent vm%02"PRIuSIZE" done", j));
                vm_stage_run(&floods[index].stage);
            }
            if (index >= 0) {
                tell_other(&floods[index], &floods[!index], j);
            }
        }
    }
}

static int
run_two_bonds(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct flood floods[2];

    for (int i = 0; i < 2; i++) {
        floods[i].name = i ? "second bond" : "first bond";
        set_equal(&floods[i], i ? 75 : 80, 0, 5);
        begin(&floods[i], 1, "");
        command(&floods[i], xstrdup("agent * none"));
    }
    play_two(floods, FLOOD);
    check_counts(&floods[0], 7, 9);
    for (int i = 0; i < 2; i++) {
        set_traffic(&floods[i], 20);
    }
    play_two(floods, FLOOD / 2);
    check_counts(&floods[0], 7, 9);
    for (int i = 0; i < 2; i++) {
        for (size_t j = 0; j < N_VMS; j++) {
            char *iface = xasprintf("vnet%"PRIuSIZE, j);

            vm_expect_that(floods[i].name, "all run again",
                           (request_of(&floods[i], j)->state
                            == VM_REQUEST_IDLE)
                           && !vm_traffic_interface(&floods[i].stage.traffic,
                                                    iface)->flow.stopped);
            free(iface);
        }
        vm_expect_that(floods[i].name, "no error",
                       !strstr(ds_cstr(&floods[i].stage.output), "error"));
        vm_stage_destroy(&floods[i].stage);
    }
    return vm_expect_result();
}

/* Any VMs on any of three members. */
static int
run_random_floods(int argc OVS_UNUSED, char *argv[])
{
    static const char *const members[] = { "eth0", "eth1", "eth2" };
    uint64_t seed = strtoull(argv[1], NULL, 10);
    uint64_t n = strtoull(argv[2], NULL, 10);

    for (uint64_t i = 0; i < n; i++) {
        char *name = xasprintf("seed %"PRIu64, seed + i);
        struct flood flood = { .name = name };
        struct vm_random random;

        vm_random_init(&random, seed + i);
        for (size_t j = 0; j < N_VMS; j++) {
            flood.vms[j] = (struct flood_vm) {
                .priority = vm_random_below(&random, 8),
                .mbps = vm_random_below(&random, 300),
                .member = members[vm_random_below(&random, 3)],
            };
        }
        begin(&flood, 3, "");
        play(&flood, FLOOD);
        for (size_t j = 0; j < N_VMS; j++) {
            vm_expect_that(name, "none is suspended twice",
                           flood.vms[j].n_suspended <= 1);
        }
        end(&flood, 1);
        free(name);
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_request_turn_commands[] = {
    { "floods", "", 0, 0, run_floods },
    { "floods-two-bonds", "", 0, 0, run_two_bonds },
    { "floods-random", "SEED N", 2, 2, run_random_floods },
    { NULL, NULL, 0, 0, NULL },
};
