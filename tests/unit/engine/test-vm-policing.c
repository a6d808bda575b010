/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Reports on policed VMs, and the bursts of their meters.  (The scenarios
 * cover which VM is policed to which rate.) */

#include "engine/vm-policing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "report/vm-describe.h"
#include "svec.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-sample-engine.h"
#include "vm-stage.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_policing_commands[];

/* Runs all commands, one per line. */
static void
play_on(struct vm_stage *stage, const char *commands)
{
    while (*commands) {
        size_t n = strcspn(commands, "\n");

        vm_stage_do(stage, xmemdup0(commands, n));
        commands += n + (commands[n] == '\n');
    }
    vm_stage_run(stage);
    vm_expect_that("all", "the self-check finds no difference",
                   !strstr(ds_cstr(&stage->output), "error"));
}

static void
play(struct vm_stage *stage, const char *commands)
{
    vm_stage_init(stage);
    play_on(stage, commands);
}

/* Texts. */

static const char setup[] =
    "bond vm-aware-announce=0\n"
    "member eth0 speed=100M\n"
    "member eth1 speed=1G\n"
    "vm free vnet0 uplinks=eth1\n"
    "vm lim vnet1 uplinks=eth1 max-rate=20M\n"
    "vm one vnet2 uplinks=eth0 shares=100\n"
    "vm two vnet3 uplinks=eth0\n"
    "vm two vnet4 uplinks=eth1\n"
    "vm off vnet5 uplinks=eth9\n"
    "traffic free 10M\n"
    "traffic lim 60M\n"
    "traffic one 200M\n"
    "traffic vnet3 100M\n"
    "traffic off 8M\n"
    "advance 10s\n";

/* Rows of "vm-aware/show", from the column "state" on. */
static const struct {
    const char *vm, *row;
} rows[] = {
    { "free", "forwarding 10 Mbit/s none none none first choice of "
      "vm-uplinks" },
    { "lim", "limited 20 Mbit/s 20 Mbit/s none 50 MB first choice of "
      "vm-uplinks (policed to 20 Mbit/s by its limit)" },
    { "one", "limited 200 Mbit/s none none 152.3 MB first choice of "
      "vm-uplinks (policed to 64.7 Mbit/s by its share)" },
    { "two", "limited 100 Mbit/s none none 76.1 MB first choice of "
      "vm-uplinks (policed by its share)" },
    { "off", "dropping 0 bit/s none none 10 MB no name in vm-uplinks is a "
      "member of the bond" },
};

/* Returns the row of 'vm' with one space between words, without its first
 * three; the caller frees it. */
static char *
find_row(const char *text, const char *vm)
{
    char *start = xasprintf("\n  %s ", vm);
    const char *row = strstr(text, start);
    struct ds s = DS_EMPTY_INITIALIZER;
    struct svec words = SVEC_EMPTY_INITIALIZER;

    if (row) {
        char *line = xmemdup0(row + 1, strcspn(row + 1, "\n"));

        svec_parse_words(&words, line);
        for (size_t i = 3; i < words.n; i++) {
            ds_put_format(&s, "%s%s", i > 3 ? " " : "", words.names[i]);
        }
        free(line);
    }
    svec_destroy(&words);
    free(start);
    return ds_steal_cstr(&s);
}

static int
run_text(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct ds text = DS_EMPTY_INITIALIZER;
    struct vm_stage stage;

    play(&stage, setup);
    vm_describe_show(stage.engine, stage.now, &text);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *row = find_row(ds_cstr(&text), rows[i].vm);

        vm_expect_text(rows[i].vm, rows[i].row, row);
        free(row);
    }
    ds_destroy(&text);
    vm_stage_destroy(&stage);
    return vm_expect_result();
}

static const char *const fields[] = {
    "dropped_limit_bytes = 50000000\n",
    "dropped_limit_packets = 50000\n",
    "dropped_share_bytes = 0\n",
    "dropped_uplink_bytes = 0\n",
    "interfaces[0].meter = \"lim\"\n",
    "interfaces[0].state = \"limited\"\n",
    "metered = true\n",
    "offered_bytes = 75000000\n",
    "passed_bytes = 25000000\n",
    "passed_packets = 25000\n",
    "policed_by = \"limit\"\n",
    "rate_bps = 20000000\n",
    "slots[0].state = \"limited\"\n",
    "state = \"limited\"\n",
};

static int
run_json(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct ds flat = DS_EMPTY_INITIALIZER;
    struct vm_stage stage;

    play(&stage, setup);
    struct json *json = vm_describe_show_json(stage.engine, stage.now);
    vm_sample_flatten(json, "", &flat);
    json_destroy(json);
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        /* The VMs are "free", "host" and then "lim". */
        char *line = xasprintf("\nvms[2].%s", fields[i]);

        vm_expect_that(fields[i], "JSON has it",
                       strstr(ds_cstr(&flat), line));
        free(line);
    }
    ds_destroy(&flat);
    vm_stage_destroy(&stage);
    return vm_expect_result();
}

/* Bursts. */

static const struct {
    const char *keys;
    uint64_t rate, burst;       /* Expected. */
} bursts[] = {
    { "max-rate=1G", 1000000000, 250000000 },
    { "max-rate=10M", 10000000, 2500000 },
    { "max-rate=1M", 1000000, VM_METER_LEAST_BURST },
    { "max-rate=1k", 1000, VM_METER_LEAST_BURST },
    { "max-rate=1G burst=2M", 1000000000, 2000000 },
    { "max-rate=1M burst=9M", 1000000, 9000000 },
    { "max-rate=1G burst=1k", 1000000000, VM_METER_FEW_FRAMES },
};

static int
run_bursts(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(bursts); i++) {
        struct vm_actions actions = VM_ACTIONS_INITIALIZER;
        struct vm_stage stage;
        char *line = xasprintf("vm a vnet0 %s", bursts[i].keys);

        play(&stage, "member eth0\n");
        free(vm_stage_command(&stage, line));
        vm_engine_run(stage.engine, stage.now, &actions);
        vm_expect_that(line, "the first action makes a meter",
                       actions.n && actions.list[0].type == VM_ACTION_METER);
        vm_expect_that(line, "rate", actions.list[0].rate == bursts[i].rate);
        vm_expect_that(line, "burst",
                       actions.list[0].burst == bursts[i].burst);
        free(line);
        vm_actions_destroy(&actions);
        vm_stage_destroy(&stage);
    }
    return vm_expect_result();
}

/* A sender that does not back off has a small bucket after the next change of
 * its rate, and a sender that loses little keeps a large one. */
static int
run_flood(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    const struct vm_traffic_meter *flood, *polite;
    struct vm_stage stage;

    play(&stage, "bond vm-aware-announce=0\n"
                 "member eth0 speed=1G\n"
                 "vm flood vnet0\n"
                 "vm polite vnet1\n"
                 "vm third vnet2\n"
                 "traffic flood 2G\n"
                 "traffic polite 250M\n"
                 "advance 5s\n"
                 "traffic third 200M\n"
                 "advance 2s\n");
    flood = shash_find_data(&stage.traffic.meters, "flood");
    polite = shash_find_data(&stage.traffic.meters, "polite");
    vm_expect_that("flood", "there is a meter", flood != NULL);
    vm_expect_that("polite", "there is a meter", polite != NULL);
    if (flood && polite) {
        vm_expect_that("flood", "20 ms",
                       flood->burst == flood->rate / 1000 * 20);
        vm_expect_that("polite", "200 ms",
                       polite->burst == polite->rate / 1000 * 200);
    }
    vm_stage_destroy(&stage);
    return vm_expect_result();
}

/* An endpoint counts as limited while it is policed and for a while after
 * that, and each change is counted once. */
static const struct {
    const char *commands;       /* Played one after the other. */
    bool limited;               /* Expected after them... */
    unsigned int n_changes;     /* ...since the beginning. */
} holds[] = {
    { "advance 5s", false, 0 },
    { "traffic lim 60M\nadvance 3s", true, 1 },
    { "traffic lim 1M\nadvance 4s", true, 1 },
    { "traffic lim 60M\nadvance 3s", true, 1 },
    { "traffic lim 1M\nadvance 10s", false, 2 },
};

static int
run_hold(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    const struct vm_endpoint *endpoint;
    struct vm_stage stage;
    unsigned int first;

    play(&stage, "member eth0 speed=1G\n"
                 "vm lim vnet0 max-rate=20M\n"
                 "traffic lim 1M\n"
                 "advance 5s\n");
    endpoint = shash_find_data(&vm_engine_inventory(stage.engine)->endpoints,
                               "lim");
    first = vm_engine_seqno(stage.engine);
    for (size_t i = 0; i < ARRAY_SIZE(holds); i++) {
        play_on(&stage, holds[i].commands);
        vm_expect_that(holds[i].commands, "limited as expected",
                       endpoint->limited == holds[i].limited);
        vm_expect_that(holds[i].commands, "changes as expected",
                       vm_engine_seqno(stage.engine) - first
                       == holds[i].n_changes);
    }
    vm_stage_destroy(&stage);
    return vm_expect_result();
}

/* While a member is contended, its meters are read every 50 ms, and no others,
 * and no flows. */
static int
run_early(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const struct {
        const char *meter;
        bool early;
    } meters[] = {
        { "one", true }, { "two", true }, { "own", true }, { "lim", false },
        { "none", false },
    };
    const struct vm_policing *policing;
    struct vm_stage stage;
    long long int due;

    play(&stage, "bond vm-aware-announce=0\n"
                 "member eth0 speed=100M\n"
                 "member eth1 speed=1G\n"
                 "vm one vnet0 uplinks=eth0\n"
                 "vm two vnet1 uplinks=eth0\n"
                 "vm own vnet2 uplinks=eth0 max-rate=40M\n"
                 "vm lim vnet3 uplinks=eth1 max-rate=20M\n"
                 "traffic one 200M\n"
                 "traffic lim 60M\n"
                 "advance 5s\n");
    policing = vm_engine_policing(stage.engine);
    due = vm_policing_deadline(policing);
    vm_expect_that("deadline", "50 ms later", due == stage.now + 50);
    vm_expect_that("deadline", "counters are wanted then",
                   vm_engine_wants_counters(stage.engine, due)
                   && !vm_engine_wants_counters(stage.engine, due - 1));
    vm_expect_that("deadline", "those of flows are not",
                   !vm_policing_is_due(policing, due));
    for (size_t i = 0; i < ARRAY_SIZE(meters); i++) {
        vm_expect_that(meters[i].meter, "wanted only if contended",
                       vm_policing_wants_meter(policing, meters[i].meter,
                                               false, due)
                       == meters[i].early);
    }
    due = stage.now + 500;
    vm_expect_that("lim", "wanted by a regular sample",
                   vm_policing_is_due(policing, due)
                   && vm_policing_wants_meter(policing, "lim", false, due));
    play_on(&stage, "traffic one 0\nadvance 2s\n");
    vm_expect_that("deadline", "no early samples without contention",
                   vm_policing_deadline(policing) == stage.now + 500);
    vm_stage_destroy(&stage);
    return vm_expect_result();
}

const struct vm_test_command test_vm_policing_commands[] = {
    { "policing-early", "", 0, 0, run_early },
    { "policing-flood", "", 0, 0, run_flood },
    { "policing-text", "", 0, 0, run_text },
    { "policing-json", "", 0, 0, run_json },
    { "policing-bursts", "", 0, 0, run_bursts },
    { "policing-hold", "", 0, 0, run_hold },
    { NULL, NULL, 0, 0, NULL },
};
