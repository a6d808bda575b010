/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-journal.h"

#include <stdio.h>
#include <string.h>

#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_journal_commands[];

static void
add(struct vm_journal *journal, unsigned int i)
{
    char *who = xasprintf("vm%u", i);

    vm_journal_add(journal, i * 10, who, "Name", i % 2 ? "eth0" : NULL,
                   i % 3 ? "eth1" : NULL, VM_R_FAILOVER,
                   i % 5 ? "eth0" : NULL, VM_DOWN_NOT);
    free(who);
}

static char *
describe(const struct vm_journal_entry *entry)
{
    return xasprintf("%llu at %lld: %s (%s) %s->%s %s %s", entry->serial,
                     entry->when, entry->who, entry->name,
                     entry->from ? entry->from : "none",
                     entry->to ? entry->to : "none",
                     vm_reason_to_token(entry->reason),
                     entry->because ? entry->because : "none");
}

static int
run_entries(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const char *const expected[] = {
        "1 at 10: vm1 (Name) eth0->eth1 failover eth0",
        "2 at 20: vm2 (Name) none->eth1 failover eth0",
        "3 at 30: vm3 (Name) eth0->none failover eth0",
        "4 at 40: vm4 (Name) none->eth1 failover eth0",
        "5 at 50: vm5 (Name) eth0->eth1 failover none",
        "6 at 60: vm6 (Name) none->none failover eth0",
    };
    struct vm_journal *journal = vm_journal_create();

    vm_expect_that("a new journal", "it is empty",
                   !vm_journal_count(journal));
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
        add(journal, i + 1);
        vm_expect_that(expected[i], "it is counted",
                       vm_journal_count(journal) == i + 1);
    }
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
        char *got = describe(vm_journal_get(journal, i));

        vm_expect_text("from the oldest", expected[i], got);
        free(got);
    }
    vm_journal_destroy(journal);
    return vm_expect_result();
}

/* A full journal drops its oldest entry, and serial numbers continue. */
static int
run_bound(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    const unsigned int n = 2 * VM_JOURNAL_SIZE + 77;
    struct vm_journal *journal = vm_journal_create();

    for (unsigned int i = 1; i <= n; i++) {
        size_t kept = MIN(i, VM_JOURNAL_SIZE);

        add(journal, i);
        if (vm_journal_count(journal) != kept
            || vm_journal_get(journal, 0)->serial != i - kept + 1
            || vm_journal_get(journal, kept - 1)->serial != i) {
            char *input = xasprintf("after %u entries", i);

            vm_expect_that(input, "it keeps the latest entries", false);
            free(input);
        }
    }

    size_t in_order = 0;
    for (size_t i = 0; i < vm_journal_count(journal); i++) {
        const struct vm_journal_entry *entry = vm_journal_get(journal, i);
        unsigned int serial = n - VM_JOURNAL_SIZE + 1 + i;
        char *who = xasprintf("vm%u", serial);

        in_order += entry->serial == serial && !strcmp(entry->who, who);
        free(who);
    }
    vm_expect_that("a journal filled twice", "all entries are in order",
                   in_order == VM_JOURNAL_SIZE);
    vm_journal_destroy(journal);
    return vm_expect_result();
}

const struct vm_test_command test_vm_journal_commands[] = {
    { "journal-entries", "", 0, 0, run_entries },
    { "journal-bound", "", 0, 0, run_bound },
    { NULL, NULL, 0, 0, NULL },
};
