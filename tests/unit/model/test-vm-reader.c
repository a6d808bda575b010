/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vm-problem.h"
#include "model/vm-policy.h"
#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_reader_commands[];

/* Problems as one text, a line each without the end of the last. */
static char *
problems_to_string(const struct vm_problems *problems)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < problems->n; i++) {
        ds_put_format(&s, "%s%s: %s", i ? "\n" : "",
                      problems->list[i].where, problems->list[i].text);
    }
    return ds_steal_cstr(&s);
}

/* The problem that is reported for a key, or null. */
struct unknown_case {
    enum vm_key_scope scope;
    const char *name;
    const char *problem;
};

static const struct unknown_case unknown_cases[] = {
    { VM_SCOPE_VM, "vm-priority", NULL },
    { VM_SCOPE_VM, "vm-id", NULL },
    { VM_SCOPE_VM, "vm-prioriti",
      "x: vm-prioriti=1: unknown key, ignored; did you mean vm-priority?" },
    { VM_SCOPE_VM, "vm-prio",
      "x: vm-prio=1: unknown key, ignored; did you mean vm-priority?" },
    { VM_SCOPE_VM, "vm-min",
      "x: vm-min=1: unknown key, ignored; did you mean vm-min-rate?" },
    { VM_SCOPE_VM, "vm-pr", NULL },
    { VM_SCOPE_VM, "vm-priority-class", NULL },
    { VM_SCOPE_VM, "vm-aware-priority",
      "x: vm-aware-priority=1: unknown key, ignored; did you mean "
      "vm-priority?" },
    { VM_SCOPE_VM, "vm-proirity",
      "x: vm-proirity=1: unknown key, ignored; did you mean vm-priority?" },
    { VM_SCOPE_VM, "VM-Priority",
      "x: VM-Priority=1: unknown key, ignored; did you mean vm-priority?" },
    { VM_SCOPE_VM, "vm_max_rate",
      "x: vm_max_rate=1: unknown key, ignored; did you mean vm-max-rate?" },
    { VM_SCOPE_VM, "vm-uplink",
      "x: vm-uplink=1: unknown key, ignored; did you mean vm-uplinks?" },
    { VM_SCOPE_VM, "vm-mix-rate",
      "x: vm-mix-rate=1: unknown key, ignored; did you mean vm-min-rate?" },
    { VM_SCOPE_VM, "vm-ip", NULL },
    { VM_SCOPE_VM, "vm-", NULL },
    { VM_SCOPE_VM, "vm-vif", NULL },
    { VM_SCOPE_VM, "vm-aware-standby",
      "x: vm-aware-standby=1: no effect in external_ids of a VM's Interface, "
      "belongs to other_config of the member's Interface" },
    { VM_SCOPE_VM, "vm-aware-profile-gold",
      "x: vm-aware-profile-gold=1: no effect in external_ids of a VM's "
      "Interface, belongs to other_config of the bond's Port" },
    { VM_SCOPE_VM, "bond-rebalance-interval", NULL },
    { VM_SCOPE_VM, "iface-ids", NULL },
    { VM_SCOPE_VM, "ovn-installed", NULL },
    { VM_SCOPE_VM, "priority", NULL },
    { VM_SCOPE_BOND, "vm-aware-dwel",
      "x: vm-aware-dwel=1: unknown key, ignored; "
      "did you mean vm-aware-dwell?" },
    { VM_SCOPE_BOND, "vm-aware-failbak",
      "x: vm-aware-failbak=1: unknown key, ignored; "
      "did you mean vm-aware-failback?" },
    { VM_SCOPE_BOND, "vm-aware-colour", "x: vm-aware-colour=1: unknown key, "
                                        "ignored" },
    { VM_SCOPE_BOND, "vm-aware-standby",
      "x: vm-aware-standby=1: no effect in other_config of a bond, belongs to "
      "other_config of the member's Interface" },
    { VM_SCOPE_BOND, "vm-uplinks",
      "x: vm-uplinks=1: no effect in other_config of a bond, belongs to "
      "external_ids of the VM's Interface" },
    { VM_SCOPE_BOND, "vm-dwell",
      "x: vm-dwell=1: unknown key, ignored; did you mean vm-aware-dwell?" },
    { VM_SCOPE_BOND, "vm-aware-profile-gold", NULL },
    { VM_SCOPE_BOND, "bond-detect-mode", NULL },
    { VM_SCOPE_BOND, "lacp-time", NULL },
    { VM_SCOPE_MEMBER, "vm-aware-capacty",
      "x: vm-aware-capacty=1: unknown key, ignored; "
      "did you mean vm-aware-capacity?" },
    { VM_SCOPE_MEMBER, "vm-aware-dwell",
      "x: vm-aware-dwell=1: no effect in other_config of a member, belongs to "
      "other_config of the bond's Port" },
    { VM_SCOPE_MEMBER, "pmd-rxq-affinity", NULL },
};

static int
run_unknown(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(unknown_cases); i++) {
        const struct unknown_case *c = &unknown_cases[i];
        struct vm_problems problems = VM_PROBLEMS_INITIALIZER;
        const struct vm_reader reader = { .where = "x",
                                          .problems = &problems };
        const struct smap map = SMAP_CONST1(&map, c->name, "1");

        vm_reader_tell_unknown(&reader, c->scope, &map);
        char *got = problems_to_string(&problems);
        vm_expect_text(c->name, c->problem, problems.n ? got : NULL);
        free(got);
        vm_problems_destroy(&problems);
    }
    return vm_expect_result();
}

/* Keys where none of ours belongs. */
static int
run_misplaced(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const struct {
        const char *key;
        bool identities;
        const char *place;      /* Null: not reported. */
    } keys[] = {
        { "vm-uplinks", true, "external_ids of the VM's Interface" },
        { "vm-id", true, "external_ids of the VM's Interface" },
        { "vm-id", false, NULL },
        { "attached-mac", false, NULL },
        { "vm-priority", false, "external_ids of the VM's Interface" },
        { "vm-aware-dwell", true, "other_config of the bond's Port" },
        { "vm-aware-profile-x", false, "other_config of the bond's Port" },
        { "vm-aware-standby", false, "other_config of the member's "
                                     "Interface" },
        { "bond-rebalance-interval", true, NULL },
        { "vm-prio", true, NULL },
        { "stp-enable", true, NULL },
    };

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        struct vm_problems problems = VM_PROBLEMS_INITIALIZER;
        const struct vm_reader reader = { .where = "x",
                                          .problems = &problems };
        const struct smap map = SMAP_CONST1(&map, keys[i].key, "1");
        char *expected = (keys[i].place
                          ? xasprintf("x: %s=1: no effect in col, belongs to "
                                      "%s", keys[i].key, keys[i].place)
                          : NULL);

        vm_reader_tell_misplaced(&reader, "col", keys[i].identities, &map);
        char *got = problems_to_string(&problems);
        vm_expect_text(keys[i].key, expected, problems.n ? got : NULL);
        free(got);
        free(expected);
        vm_problems_destroy(&problems);
    }
    return vm_expect_result();
}

/* What a list leaves in priority, shares and members. */
struct list_case {
    const char *list;
    const char *values;
    const char *problems;
};

static const struct list_case list_cases[] = {
    { "", "3 50 *", "" },
    { " \t\n ", "3 50 *", "" },
    { "priority=6", "6 50 *", "" },
    { "priority=6 shares=80 min-rate=1G uplinks=eth0,*", "6 80 eth0,*", "" },
    { "\tshares=1\n priority=0 ", "0 1 *", "" },
    { "priority=6 priority=5", "5 50 *", "" },
    { "priority=9 shares=80", "3 80 *",
      "b: p: priority=9: not in 0..7, default 3 used" },
    { "priority", "3 50 *", "b: p: priority: no value, ignored" },
    { "priority=", "3 50 *",
      "b: p: priority=: not a number in 0..7, default 3 used" },
    { "=", "3 50 *", "b: p: =: unknown key, ignored" },
    { "priorty=6", "3 50 *",
      "b: p: priorty=6: unknown key, ignored; did you mean priority?" },
    { "vm-priority=6", "3 50 *", "b: p: vm-priority=6: unknown key, ignored" },
    { "name=web", "3 50 *", "b: p: name=web: unknown key, ignored" },
    { "priority=6,shares=80", "3 50 *",
      "b: p: priority=6,shares=80: not a number in 0..7, default 3 used" },
    { "uplinks=eth0, eth1", "3 50 eth0",
      "b: p: uplinks=eth0,: empty name ignored\n"
      "b: p: eth1: no value, ignored" },
    { "identify=mac", "3 50 *",
      "b: p: identify=mac: has no meaning here, ignored" },
    { "uplinks=eth0 uplinks=eth1,*", "3 50 eth1,*", "" },
};

static bool
may_have_all_but_identify(const struct vm_key *key)
{
    return key != &vm_keys[VM_K_IDENTIFY];
}

static int
run_lists(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(list_cases); i++) {
        const struct list_case *c = &list_cases[i];
        struct vm_problems problems = VM_PROBLEMS_INITIALIZER;
        const struct vm_reader reader = {
            .where = "b", .inside = "p", .problems = &problems,
        };
        struct ds values = DS_EMPTY_INITIALIZER;
        struct vm_policy policy;

        vm_policy_init_default(&policy);
        vm_reader_read_list(&reader, c->list, may_have_all_but_identify,
                            &policy);
        ds_put_format(&values, "%d %u ", policy.priority, policy.shares);
        vm_pref_format(&policy.pref, &values);

        char *got = problems_to_string(&problems);
        vm_expect_text(c->list, c->values, ds_cstr(&values));
        vm_expect_text(c->list, c->problems, got);
        free(got);
        ds_destroy(&values);
        vm_policy_destroy(&policy);
        vm_problems_destroy(&problems);
    }
    return vm_expect_result();
}

/* Whatever an invalid text contains, its problem is one short line. */
static int
run_telling(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_problems problems = VM_PROBLEMS_INITIALIZER;
    const struct vm_reader reader = { .where = "x", .problems = &problems };
    const struct vm_reader silent = { .where = "x" };
    char *text = xasprintf("%0500d", 0);

    text[1] = '\n';
    vm_reader_tell(&silent, "key", text, "wrong");
    vm_expect_that("no problems wanted", "not be reported", !problems.n);
    vm_reader_tell(&reader, "key", text, "wrong");
    vm_reader_tell(&reader, "key", "%s%n\033[2J", "wrong");
    char *got = problems_to_string(&problems);
    vm_expect_text(text,
                   "x: key=0?00000000000000000000000000000000000000"
                   "0000000000000000000000000000000000000000...: wrong\n"
                   "x: key=%s%n?[2J: wrong",
                   got);
    free(got);
    free(text);

    /* A list keeps its order, and equals another of the same texts. */
    struct vm_problems again = VM_PROBLEMS_INITIALIZER;
    vm_expect_that("two and none", "differ",
                   !vm_problems_equal(&problems, &again));
    for (size_t i = 0; i < problems.n; i++) {
        vm_problems_add(&again, "x", "%s", problems.list[i].text);
    }
    vm_expect_that("the same twice", "be equal",
                   vm_problems_equal(&problems, &again));
    vm_problems_clear(&again);
    vm_problems_add(&again, "y", "%s", problems.list[0].text);
    vm_problems_add(&again, "x", "%s", problems.list[1].text);
    vm_expect_that("one elsewhere", "differ",
                   !vm_problems_equal(&problems, &again));
    vm_problems_destroy(&again);
    vm_problems_destroy(&problems);
    return vm_expect_result();
}

const struct vm_test_command test_vm_reader_commands[] = {
    { "reader-unknown", "", 0, 0, run_unknown },
    { "reader-misplaced", "", 0, 0, run_misplaced },
    { "reader-lists", "", 0, 0, run_lists },
    { "reader-telling", "", 0, 0, run_telling },
    { NULL, NULL, 0, 0, NULL },
};
