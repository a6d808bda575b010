/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-mac.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "model/vm-inventory.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-random.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_mac_commands[];

static struct eth_addr
address(unsigned int n)
{
    return (struct eth_addr) {
        .ea = { 0x52, 0x54, 0, 0, n / 256, n % 256 },
    };
}

/* Steps: "aN:V" attaches address N under VLAN V ("?" if not known), "a-" none;
 * "N:V" learns a pair; "forget"; "+S" lets S seconds pass and ages the table.
 * The result has an "n" for each pair that was new and then all pairs, those
 * that are attached with "!". */
static const struct {
    const char *what;
    const char *steps;
    const char *expected;
} cases[] = {
    { "nothing known", "", "" },
    { "sorted by address, then VLAN", "2:1 1:9 1:5 2:0",
      "nnnn 1:5 1:9 2:0 2:1" },
    { "seen again", "1:5 1:5 1:6", "nn 1:5 1:6" },
    { "an attached pair is known before it is learned", "a1:5 1:5",
      " 1:5!" },
    { "under another VLAN it is a pair like others", "a1:5 1:6",
      "n 1:5! 1:6" },
    { "on a trunk all VLANs count as attached", "a1:? 1:6 1:7 2:7",
      "nnn 1:6! 1:7! 2:7" },
    { "attached afterwards", "1:6 2:7 a1:?", "nn 1:6! 2:7" },
    { "another address attached, never learned", "a1:5 a2:5", " 2:5!" },
    { "another address attached, the old one learned", "a1:5 1:5 a2:5",
      " 1:5 2:5!" },
    { "none attached any more", "a1:5 2:5 a-", "n 2:5" },
    { "another VLAN", "a1:5 a1:6", " 1:6!" },
    { "no VLAN any more, never learned", "a1:5 a1:?", "" },
    { "no VLAN any more, learned", "a1:5 1:5 1:7 a1:?", "n 1:5! 1:7!" },
    { "299 s are not too old", "1:5 +299", "n 1:5" },
    { "300 s are", "1:5 +300", "n" },
    { "learned again in time", "1:5 +200 1:5 +299", "n 1:5" },
    { "the attached one stays", "a1:5 2:5 +10000", "n 1:5!" },
    { "on a trunk, too", "a1:? 1:7 2:5 +10000", "nn 1:7!" },
    { "no longer attached, it ages from when it was learned",
      "a1:5 1:5 +400 a- +0", "" },
    { "forgotten, but for what the configuration says",
      "a1:5 1:5 1:6 2:7 forget", "nn 1:5!" },
    { "forgotten, it is as if it had never been learned",
      "a1:5 1:5 forget a2:5", " 2:5!" },
    { "forgotten on a trunk", "a1:? 1:5 2:5 forget 1:6", "nnn 1:6!" },
};

static void
do_step(struct vm_interface *iface, const char *step, long long int *now,
        struct ds *got)
{
    unsigned int n, vlan;
    char unknown;

    if (!strcmp(step, "a-")) {
        vm_macs_attach(&iface->macs, NULL, 0);
    } else if (sscanf(step, "a%u:%u", &n, &vlan) == 2) {
        struct eth_addr mac = address(n);
        vm_macs_attach(&iface->macs, &mac, vlan);
    } else if (sscanf(step, "a%u:%c", &n, &unknown) == 2) {
        struct eth_addr mac = address(n);
        vm_macs_attach(&iface->macs, &mac, -1);
    } else if (step[0] == '+') {
        *now += atoi(step + 1) * 1000LL;
        vm_macs_age(&iface->macs, *now);
    } else if (!strcmp(step, "forget")) {
        vm_macs_forget(&iface->macs);
    } else if (sscanf(step, "%u:%u", &n, &vlan) == 2) {
        if (vm_macs_learn(&iface->macs, address(n), vlan, *now)) {
            ds_put_char(got, 'n');
        }
    } else {
        ovs_fatal(0, "%s: not a step", step);
    }
}

static int
run_table(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct vm_interface *iface = xzalloc(sizeof *iface);
        struct ds got = DS_EMPTY_INITIALIZER;
        char *steps = xstrdup(cases[i].steps);
        long long int now = 0;
        char *save_ptr = NULL;

        for (char *step = strtok_r(steps, " ", &save_ptr); step;
             step = strtok_r(NULL, " ", &save_ptr)) {
            do_step(iface, step, &now, &got);
        }
        for (size_t j = 0; j < iface->macs.n; j++) {
            const struct vm_mac *m = &iface->macs.list[j];

            ds_put_format(&got, " %u:%u%s", m->mac.ea[5], m->vlan,
                          m->attached ? "!" : "");
        }
        vm_expect_text(cases[i].what, cases[i].expected, ds_cstr(&got));
        free(steps);
        ds_destroy(&got);
        free(iface);
    }
    return vm_expect_result();
}

/* A guest that sends from very many addresses fills the table and no more, and
 * does not evict the attached one.  The latest pairs remain. */
static int
run_flood(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_interface *iface = xzalloc(sizeof *iface);
    struct eth_addr attached = address(7);
    struct vm_random random;
    const unsigned int n = 5000;

    vm_random_init(&random, 1);
    vm_macs_attach(&iface->macs, &attached, 10);
    for (unsigned int i = 0; i < n; i++) {
        vm_macs_learn(&iface->macs, address(1000 + i), 10, i);
        vm_macs_learn(&iface->macs, address(vm_random_below(&random, 900)),
                      vm_random_below(&random, 3), i);
    }
    vm_expect_that("a flood", "the table is full",
                   iface->macs.n == VM_MAX_MACS);

    size_t n_attached = 0;
    size_t n_late = 0;
    size_t n_ordered = 1;
    for (size_t i = 0; i < iface->macs.n; i++) {
        const struct vm_mac *m = &iface->macs.list[i];

        n_attached += m->attached && eth_addr_equals(m->mac, attached);
        n_late += m->learned >= n - VM_MAX_MACS;
        if (i) {
            const struct vm_mac *before = &iface->macs.list[i - 1];
            int cmp = eth_addr_compare_3way(before->mac, m->mac);

            n_ordered += cmp < 0 || (!cmp && before->vlan < m->vlan);
        }
    }
    vm_expect_that("a flood", "the attached pair is there", n_attached == 1);
    vm_expect_that("a flood", "the others are the latest",
                   n_late == VM_MAX_MACS - 1);
    vm_expect_that("a flood", "they are in order",
                   n_ordered == VM_MAX_MACS);
    free(iface);
    return vm_expect_result();
}

/* On a trunk, a guest sends its own address under all VLANs. */
static int
run_trunk_flood(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_interface *iface = xzalloc(sizeof *iface);
    struct eth_addr attached = address(7);

    vm_macs_attach(&iface->macs, &attached, -1);
    vm_macs_learn(&iface->macs, address(1), 1, 0);
    for (unsigned int vlan = 1; vlan < 4095; vlan++) {
        vm_macs_learn(&iface->macs, attached, vlan, vlan);
    }
    vm_expect_that("all VLANs", "the table is full",
                   iface->macs.n == VM_MAX_MACS);
    vm_expect_that("all VLANs", "the latest are there",
                   iface->macs.list[VM_MAX_MACS - 1].vlan == 4094
                   && iface->macs.list[0].vlan == 4095 - VM_MAX_MACS);
    free(iface);
    return vm_expect_result();
}

static int
run_senders(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_interface *iface = xzalloc(sizeof *iface);
    struct eth_addr multicast = ETH_ADDR_C(01,00,5e,00,00,01);

    vm_expect_that("multicast", "it is no sender",
                   !vm_macs_learn(&iface->macs, multicast, 0, 0));
    vm_expect_that("broadcast", "it is no sender",
                   !vm_macs_learn(&iface->macs, eth_addr_broadcast, 0, 0));
    vm_expect_that("zero", "it is no sender",
                   !vm_macs_learn(&iface->macs, eth_addr_zero, 0, 0));
    vm_expect_that("none of them", "nothing is remembered", !iface->macs.n);
    free(iface);
    return vm_expect_result();
}

/* In the order that vm_mac_compare_evidence() is to give them. */
static const struct {
    bool attached;
    long long int learned;
} evidence[] = {
    { true, 7 },
    { true, LLONG_MIN },
    { false, LLONG_MAX },
    { false, 9 },
    { false, 7 },
};

static int
run_evidence(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(evidence); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(evidence); j++) {
            const struct vm_mac a = { .attached = evidence[i].attached,
                                      .learned = evidence[i].learned };
            struct vm_mac b = { .attached = evidence[j].attached,
                                .learned = evidence[j].learned };
            char *what = xasprintf("%"PRIuSIZE" and %"PRIuSIZE, i, j);

            vm_expect_that(what, "order", vm_mac_compare_evidence(&a, &b)
                           == (i > j) - (i < j));
            vm_expect_that(what, "two VMs", (i < j)
                           == vm_mac_outweighs(&a, &b, false));
            vm_expect_that(what, "one VM", (a.learned > b.learned)
                           == vm_mac_outweighs(&a, &b, true));
            b.found = true;
            vm_expect_that(what, "found only",
                           (a.learned > b.learned || i < j)
                           == vm_mac_outweighs(&a, &b, false));
            free(what);
        }
    }
    return vm_expect_result();
}

/* Whether an address is an interface's own, by where the bridge has it and by
 * what the interface remembers. */
static int
run_here(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const struct {
        enum vm_mac_place place;
        enum vm_mac_memory memory;
        bool learned, attached;  /* What is expected of either. */
    } rows[] = {
        { VM_MAC_UNKNOWN, VM_MAC_NEW, false, true },
        { VM_MAC_UNKNOWN, VM_MAC_STAYED, true, true },
        { VM_MAC_UNKNOWN, VM_MAC_MOVED_AWAY, false, false },
        { VM_MAC_BEYOND, VM_MAC_NEW, false, false },
        { VM_MAC_BEYOND, VM_MAC_STAYED, false, false },
        { VM_MAC_BEYOND, VM_MAC_MOVED_AWAY, false, false },
        { VM_MAC_HERE, VM_MAC_NEW, true, true },
        { VM_MAC_HERE, VM_MAC_STAYED, true, true },
        { VM_MAC_HERE, VM_MAC_MOVED_AWAY, true, true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct vm_mac learned = { .learned = 1 };
        const struct vm_mac attached = { .attached = true };
        char *what = xasprintf("row %"PRIuSIZE, i);

        vm_expect_that(what, "learned", rows[i].learned
                       == vm_mac_is_here(&learned, rows[i].place,
                                         rows[i].memory));
        vm_expect_that(what, "attached", rows[i].attached
                       == vm_mac_is_here(&attached, rows[i].place,
                                         rows[i].memory));
        free(what);
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_mac_commands[] = {
    { "mac-evidence", "", 0, 0, run_evidence },
    { "mac-here", "", 0, 0, run_here },
    { "mac-table", "", 0, 0, run_table },
    { "mac-flood", "", 0, 0, run_flood },
    { "mac-trunk-flood", "", 0, 0, run_trunk_flood },
    { "mac-senders", "", 0, 0, run_senders },
    { NULL, NULL, 0, 0, NULL },
};
