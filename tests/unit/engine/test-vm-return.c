/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-return.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/vm-requests.h"
#include "util.h"
#include "utilities/agent/agent-choice.h"
#include "vm-expect.h"
#include "vm-stage.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_return_commands[];

static int
run_memory(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_returns returns;

    vm_returns_init(&returns);
    vm_expect_that("never", "0", vm_returns_come(&returns, "a", 0) == 0);
    vm_returns_leave(&returns, "a", 3, 10);
    vm_returns_leave(&returns, "b", 1, 20);
    vm_expect_that("a", "3", vm_returns_come(&returns, "a", 30) == 3);
    vm_expect_that("a again", "0", vm_returns_come(&returns, "a", 30) == 0);
    vm_expect_that("b, a day later", "0",
                   vm_returns_come(&returns, "b",
                                   20 + VM_RETURN_MEMORY) == 0);
    for (int i = 0; i <= VM_RETURN_MAX; i++) {
        char *vm = xasprintf("%d", i);

        vm_returns_leave(&returns, vm, 1, 50);
        free(vm);
    }
    vm_expect_that("the first", "0", vm_returns_come(&returns, "0", 60) == 0);
    vm_expect_that("the second", "1", vm_returns_come(&returns, "1", 60) == 1);
    vm_returns_destroy(&returns);

    vm_expect_that("pause", "none", vm_returns_pause(0, true) == 0);
    vm_expect_that("pause", "10 min", vm_returns_pause(1, true) == 600000);
    vm_expect_that("pause", "20 min", vm_returns_pause(2, true) == 1200000);
    vm_expect_that("pause", "30 s", vm_returns_pause(1, false) == 30000);
    vm_expect_that("pause", "1 h", vm_returns_pause(99, false) == 3600000);
    return vm_expect_result();
}

/* Two hosts, each the other's only candidate for migrations. */

struct host {
    struct vm_stage stage;
    struct host *other;
    const char *traffic;        /* Of the VM, wherever it is. */
    size_t n_arrived, n_failed;
};

static const char *
member_of_vm(const struct vm_stage *stage)
{
    const struct vm_interface *iface
        = vm_inventory_find_interface(vm_engine_inventory(stage->engine),
                                      "tap");

    return iface && iface->slot ? iface->slot->member : NULL;
}

/* What the database of 'stage' tells an agent. */
static struct agent_candidate
candidate_of(const struct vm_stage *stage)
{
    const struct vm_inventory *inventory = vm_engine_inventory(stage->engine);
    struct agent_candidate candidate = {
        .uri = CONST_CAST(char *, "other"), .state = AGENT_HOST_UNUSABLE,
    };

    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];

        if (vm_member_is_usable(member) && !member->config.drain) {
            candidate.state = AGENT_HOST_USABLE;
            candidate.room += vm_member_capacity(member);
        }
    }
    return candidate;
}

/* Carries out 'request' of 'host': the VM is there at once, unless the other
 * host has no member for it, which aborts the migration. */
static void
migrate(struct host *host, const char *line)
{
    const struct agent_candidate candidate = candidate_of(&host->other->stage);
    char *why;
    bool wait;
    bool done = agent_choose(&candidate, 1, 0, &why, &wait) != NULL;

    free(why);
    vm_stage_do(&host->stage, xstrdup("agent vm doing"));
    vm_stage_run(&host->stage);
    if (done) {
        vm_stage_do(&host->other->stage, xstrdup(line));
        vm_stage_run(&host->other->stage);
        done = member_of_vm(&host->other->stage) != NULL;
        if (!done) {
            vm_stage_do(&host->other->stage, xstrdup("remove tap"));
        }
    }
    if (done) {
        vm_stage_do(&host->other->stage, xasprintf("traffic vm %s",
                                                   host->traffic));
        host->other->n_arrived++;
    } else {
        host->n_failed++;
    }
    vm_stage_do(&host->stage, xasprintf("agent vm %s",
                                        done ? "done" : "failed"));
}

/* Plays for 'seconds'.  'line' adds the VM. */
static void
play(struct host hosts[2], const char *line, int seconds)
{
    for (int i = 0; i < seconds; i++) {
        for (int j = 0; j < 2; j++) {
            const struct vm_request *request;

            vm_stage_do(&hosts[j].stage, xstrdup("advance 1s"));
            request = vm_requests_find(
                vm_engine_requests(hosts[j].stage.engine), "vm");
            if (request && request->answer == VM_ANSWER_NONE
                && vm_request_published(request) == VM_REQUEST_MIGRATE) {
                migrate(&hosts[j], line);
            }
        }
    }
}

static void
begin(struct host hosts[2], const char *traffic)
{
    for (int i = 0; i < 2; i++) {
        struct vm_stage *stage = &hosts[i].stage;

        hosts[i] = (struct host) { .other = &hosts[!i], .traffic = traffic };
        vm_stage_init(stage);
        vm_stage_do(stage, xstrdup("bond vm-aware-host=uplinks=eth0"));
        vm_stage_do(stage, xstrdup("member eth0"));
        vm_stage_do(stage, xstrdup("member eth1 speed=1G"));
    }
}

static void
end(struct host hosts[2], const char *what)
{
    for (int i = 0; i < 2; i++) {
        vm_expect_that(what, "no error",
                       !strstr(ds_cstr(&hosts[i].stage.output), "error"));
        vm_stage_destroy(&hosts[i].stage);
    }
}

static void
both(struct host hosts[2], const char *line)
{
    vm_stage_do(&hosts[0].stage, xstrdup(line));
    vm_stage_do(&hosts[1].stage, xstrdup(line));
}

/* Each host is drained and unplugged in turn, the first one is back before the
 * second one, or is not. */
static void
check_drained(void)
{
    static const char line[] = "vm vm tap uplinks=eth1,* on-loss=migrate";
    struct host hosts[2];

    begin(hosts, "0");
    vm_stage_do(&hosts[0].stage, xstrdup(line));
    play(hosts, line, 10);
    for (int i = 0; i < 2; i++) {
        vm_stage_do(&hosts[i].stage, xstrdup("member eth0 drain"));
        vm_stage_do(&hosts[i].stage, xstrdup("member eth1 drain"));
        play(hosts, line, 60);
        vm_expect_that("drained", "a VM that has no other member stays",
                       member_of_vm(&hosts[i].stage)
                       && hosts[1].n_arrived == (size_t) i);
        vm_stage_do(&hosts[i].stage, xstrdup("link eth0 down"));
        vm_stage_do(&hosts[i].stage, xstrdup("link eth1 down"));
        play(hosts, line, 600);
    }
    vm_expect_that("drained in turn", "it has moved once",
                   hosts[1].n_arrived == 1 && hosts[0].n_arrived == 0);
    vm_expect_that("drained in turn", "it was tried now and then",
                   hosts[1].n_failed >= 2 && hosts[1].n_failed <= 6);
    vm_stage_do(&hosts[0].stage, xstrdup("member eth1"));
    play(hosts, line, 3600);
    vm_stage_do(&hosts[1].stage, xstrdup("member eth1"));
    play(hosts, line, 3600);
    vm_expect_that("back in turn", "it has moved back",
                   hosts[1].n_arrived == 1 && hosts[0].n_arrived == 1);
    end(hosts, "drained");
}

/* The member that the VM needs is lost on both hosts, which are usable
 * otherwise. */
static void
check_no_member(void)
{
    static const char line[] = "vm vm tap uplinks=eth1 on-loss=migrate";
    struct host hosts[2];

    begin(hosts, "0");
    vm_stage_do(&hosts[0].stage, xstrdup(line));
    play(hosts, line, 10);
    both(hosts, "link eth1 down");
    play(hosts, line, 3600);
    vm_expect_that("no member", "it stays",
                   hosts[0].n_arrived == 0 && hosts[1].n_arrived == 0);
    vm_expect_that("no member", "it was tried now and then",
                   hosts[0].n_failed >= 3 && hosts[0].n_failed <= 8);
    end(hosts, "no member");
}

/* The VM is too much for either host.  Returns how often it moves in
 * 'seconds'. */
static size_t
count_moves(const char *line, int seconds)
{
    struct host hosts[2];
    size_t n;

    begin(hosts, "3G");
    both(hosts, "vm rest vnet1 uplinks=eth1 priority=5");
    both(hosts, "traffic rest 600M");
    vm_stage_do(&hosts[0].stage, xstrdup(line));
    vm_stage_do(&hosts[0].stage, xstrdup("traffic vm 3G"));
    play(hosts, line, seconds);
    n = hosts[0].n_arrived + hosts[1].n_arrived;
    end(hosts, line);
    return n;
}

/* A member of either host is lost every 20 s, alternately. */
static void
check_alternate(void)
{
    static const char line[] = "vm vm tap uplinks=eth1 on-loss=migrate";
    struct host hosts[2];

    begin(hosts, "0");
    both(hosts, "bond vm-aware-hold-off=0");
    vm_stage_do(&hosts[0].stage, xstrdup(line));
    for (int i = 0; i < 180; i++) {
        vm_stage_do(&hosts[i % 2].stage, xstrdup("link eth1 down"));
        vm_stage_do(&hosts[!(i % 2)].stage, xstrdup("link eth1 up"));
        play(hosts, line, 20);
    }
    vm_expect_that("lost alternately", "it moves a few times in an hour",
                   hosts[1].n_arrived >= 2
                   && hosts[0].n_arrived + hosts[1].n_arrived <= 14);
    end(hosts, "lost alternately");
}

static int
run_two_hosts(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const char flooding[]
        = "vm vm tap uplinks=eth1 on-overload=migrate priority=1";
    static const char above[]
        = "vm vm tap uplinks=eth1 on-overload=migrate max-rate=300M";

    check_drained();
    check_no_member();
    check_alternate();
    vm_expect_that("flooding", "there and back in 10 minutes",
                   count_moves(flooding, 600) == 2);
    vm_expect_that("flooding", "twice more in an hour",
                   count_moves(flooding, 3600) <= 5);
    vm_expect_that("above its limit", "there and back in 10 minutes",
                   count_moves(above, 600) == 2);
    return vm_expect_result();
}

const struct vm_test_command test_vm_return_commands[] = {
    { "returns", "", 0, 0, run_memory },
    { "two-hosts", "", 0, 0, run_two_hosts },
    { NULL, NULL, 0, 0, NULL },
};
