/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-search.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-deep.h"
#include "vm-sample.h"
#include "vm-scale.h"
#include "vm-test.h"
#include "vm-worth.h"

extern const struct vm_test_command test_vm_search_commands[];

struct search_case {
    const char *what;
    const char *uplinks;
    const char *slots;
    const char *expected;
};

/* All slots that send something become items. */
static void
add_all_items(struct vm_scale *scale)
{
    size_t n_slots = scale->snapshot->n_slots;
    int *slots = xcalloc(n_slots, sizeof *slots);
    size_t n = 0;

    for (size_t i = 0; i < n_slots; i++) {
        if (scale->snapshot->slots[i].demand && scale->where[i] >= 0) {
            slots[n++] = i;
        }
    }
    vm_scale_add_items(scale, slots, n);
    free(slots);
}

static bool
compare(const struct search_case *c, const struct ds *got)
{
    if (strcmp(ds_cstr_ro(got), c->expected)) {
        fprintf(stderr, "%s: uplinks %s, slots %s\n"
                "  expected %s\n  got      %s\n", c->what, c->uplinks,
                c->slots, c->expected, ds_cstr_ro(got));
        return false;
    }
    return true;
}

/* Exchanges of several moves from eth0 that bring it to 50 %: the highest
 * utilization of those touched, in percent, and the moves. */
static const struct search_case deep_cases[] = {
    { "two for one", "eth0:10G,background=1G eth1:10G",
      "a:demand=3G,at=eth0 b:demand=2G,at=eth0 c:demand=4G,at=eth1",
      "50: b to eth1, c to eth0, a to eth1" },
    { "a chain", "eth0:10G,background=3G eth1:10G eth2:10G,background=1G",
      "a:demand=4G,at=eth0 b:demand=4G,at=eth1 c:demand=1G,at=eth1",
      "50: a to eth1, b to eth2" },
    { "a circle",
      "eth0:10G,background=2G eth1:10G,background=1G "
      "eth2:10G,background=1500M",
      "a:demand=4G,at=eth0 b:demand=3500M,at=eth1 c:demand=3G,at=eth2",
      "50: a to eth1, b to eth2, c to eth0" },
    { "two away", "eth0:10G eth1:10G,background=3G eth2:10G,background=3G",
      "a:demand=2G,at=eth0 b:demand=2G,at=eth0 c:demand=5G,at=eth0",
      "50: a to eth1, b to eth2" },
    { "no room for the guarantee",
      "reservable=10 eth0:10G eth1:10G,background=3G eth2:10G,background=3G",
      "a:demand=2G,at=eth0,guarantee=2G b:demand=2G,at=eth0 "
      "c:demand=5G,at=eth0", "none" },
    { "an uplink that is not in service",
      "eth0:10G eth1:10G,background=3G eth2:10G,down",
      "a:demand=2G,at=eth0 b:demand=2G,at=eth0 c:demand=5G,at=eth0",
      "none" },
};

static void
run_deep_case(const struct search_case *c, unsigned int steps, struct ds *got)
{
    struct vm_sample sample;
    struct vm_scale scale;
    struct vm_exchange exchange;

    vm_sample_from_text(&sample, c->uplinks, c->slots);
    vm_scale_init(&scale, &sample.snapshot);
    add_all_items(&scale);
    if (vm_deep_find(&scale, 0, 500000, &steps, &exchange)) {
        ds_put_format(got, "%"PRIu64":", exchange.ppm / 10000);
        for (size_t i = 0; i < exchange.n; i++) {
            ds_put_format(got, "%s %s to %s", i ? "," : "",
                          sample.slots[exchange.moves[i].slot].id,
                          sample.uplinks[exchange.moves[i].to].name);
        }
    } else {
        ds_put_cstr(got, "none");
    }
    vm_scale_destroy(&scale);
    vm_sample_destroy(&sample);
}

static int
run_deep(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    int n_wrong = 0;

    for (size_t i = 0; i < ARRAY_SIZE(deep_cases); i++) {
        struct ds got = DS_EMPTY_INITIALIZER;
        struct ds starved = DS_EMPTY_INITIALIZER;

        run_deep_case(&deep_cases[i], 100000, &got);
        n_wrong += !compare(&deep_cases[i], &got);
        run_deep_case(&deep_cases[i], 1, &starved);
        if (strcmp(ds_cstr(&starved), "none")) {
            fprintf(stderr, "%s: found in one step\n", deep_cases[i].what);
            n_wrong++;
        }
        ds_destroy(&got);
        ds_destroy(&starved);
    }
    return n_wrong > 0;
}

/* Where everything is after vm_search_relieve(). */
static const struct search_case relieve_cases[] = {
    { "one move", "eth0:10G eth1:10G",
      "a:demand=5G,at=eth0 b:demand=4G,at=eth0",
      "a eth1, b eth0" },
    { "of equal ones the least important", "eth0:10G eth1:10G",
      "a:demand=4G,at=eth0 b:demand=4G,at=eth0", "a eth0, b eth1" },
    { "a swap", "eth0:10G eth1:10G",
      "a:demand=6G,at=eth0 b:demand=5G,at=eth0 c:demand=3G,at=eth1 "
      "d:demand=2G,at=eth1", "a eth0, b eth1, c eth1, d eth0" },
    { "nothing to gain", "eth0:10G eth1:10G",
      "a:demand=4G,at=eth0 b:demand=4G,at=eth1", "a eth0, b eth1" },
    { "less than the least gain", "eth0:10G eth1:10G",
      "a:demand=5G,at=eth0 b:demand=10M,at=eth0 c:demand=4990M,at=eth1",
      "a eth0, c eth1, b eth0" },
    { "speeds", "eth0:1G eth1:40G",
      "a:demand=800M,at=eth0 b:demand=8G,at=eth1", "b eth1, a eth1" },
};

static int
run_relieve(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    int n_wrong = 0;

    for (size_t i = 0; i < ARRAY_SIZE(relieve_cases); i++) {
        const struct search_case *c = &relieve_cases[i];
        struct ds got = DS_EMPTY_INITIALIZER;
        struct vm_sample sample;
        struct vm_scale scale;

        vm_sample_from_text(&sample, c->uplinks, c->slots);
        vm_scale_init(&scale, &sample.snapshot);
        add_all_items(&scale);
        vm_search_relieve(&scale, 0, 10000);
        for (size_t j = 0; j < sample.snapshot.n_slots; j++) {
            ds_put_format(&got, "%s%s %s", j ? ", " : "", sample.slots[j].id,
                          sample.uplinks[scale.where[j]].name);
        }
        n_wrong += !compare(c, &got);
        vm_scale_destroy(&scale);
        vm_sample_destroy(&sample);
        ds_destroy(&got);
    }
    return n_wrong > 0;
}

/* Whether it is worth it to move the slot that is named "it" from eth0 to
 * eth1, without noise and with 10 %. */
static const struct search_case worth_cases[] = {
    { "much", "eth0:10G eth1:10G",
      "it:demand=4G,at=eth0 a:demand=4G,at=eth0", "true true" },
    { "to and fro", "eth0:10G eth1:10G", "it:demand=4G,at=eth0",
      "false false" },
    { "less than the gain", "eth0:10G eth1:10G",
      "it:demand=30M,at=eth0 a:demand=4G,at=eth0", "false false" },
    { "just the gain", "eth0:10G eth1:10G",
      "it:demand=50M,at=eth0 a:demand=4G,at=eth0", "true true" },
    { "what noise could feign", "eth0:10G eth1:10G",
      "it:demand=200M,at=eth0 a:demand=4200M,at=eth0 b:demand=4G,at=eth1",
      "true false" },
    { "what noise could feign, but the loads are calm", "eth0:10G eth1:10G",
      "it:demand=200M,at=eth0,variation=1 "
      "a:demand=4200M,at=eth0,variation=100k "
      "b:demand=4G,at=eth1,variation=10M", "true true" },
    { "more variation than expected is not believed", "eth0:10G eth1:10G",
      "it:demand=1G,at=eth0,variation=1G a:demand=4G,at=eth0,variation=10G "
      "b:demand=3G,at=eth1,variation=10G", "true true" },
    { "two loads can't vary by more than both at once", "eth0:10G eth1:10G",
      "it:demand=1G,at=eth0 a:demand=4G,at=eth0 b:demand=3G,at=eth1",
      "true true" },
    { "what is worse", "eth0:10G eth1:1G",
      "it:demand=4G,at=eth0 a:demand=4G,at=eth0", "false false" },
};

static int
run_worth(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    int n_wrong = 0;

    for (size_t i = 0; i < ARRAY_SIZE(worth_cases); i++) {
        const struct search_case *c = &worth_cases[i];
        struct ds got = DS_EMPTY_INITIALIZER;
        struct vm_sample sample;
        struct vm_scale scale;

        vm_sample_from_text(&sample, c->uplinks, c->slots);
        vm_scale_init(&scale, &sample.snapshot);
        int *before = xmemdup(scale.where, sample.snapshot.n_slots
                                           * sizeof *before);
        for (size_t j = 0; j < sample.snapshot.n_slots; j++) {
            if (!strcmp(sample.slots[j].id, "it")) {
                vm_scale_move(&scale, j, 1);
            }
        }
        bool calm = vm_worth_it(&scale, before, 10000, 0);
        bool noisy = vm_worth_it(&scale, before, 10000, 100000);
        ds_put_format(&got, "%s %s", calm ? "true" : "false",
                      noisy ? "true" : "false");
        n_wrong += !compare(c, &got);
        free(before);
        vm_scale_destroy(&scale);
        vm_sample_destroy(&sample);
        ds_destroy(&got);
    }
    return n_wrong > 0;
}

const struct vm_test_command test_vm_search_commands[] = {
    { "search-deep", "", 0, 0, run_deep },
    { "search-relieve", "", 0, 0, run_relieve },
    { "search-worth", "", 0, 0, run_worth },
    { NULL, NULL, 0, 0, NULL },
};
