/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "base/vm-reason.h"

#include <stdio.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_reason_commands[];

/* The wording of reasons. */
static int
run_reasons(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < VM_N_REASONS; i++) {
        struct ds s = DS_EMPTY_INITIALIZER;
        enum vm_reason back;

        ovs_assert(vm_reason_from_token(vm_reason_to_token(i), &back));
        ovs_assert(back == i);
        vm_reason_format(i, vm_reason_names_member(i) ? "eth7" : NULL, &s);
        printf("%s: %s\n", vm_reason_to_token(i), ds_cstr(&s));
        ds_destroy(&s);
    }
    return 0;
}

static const struct {
    enum vm_reason reason;
    const char *member;
    enum vm_down down;
    const char *expected;
} sentences[] = {
    { VM_R_FAILOVER, "eth1", VM_DOWN_NOT, "eth1 was lost" },
    { VM_R_FAILOVER, NULL, VM_DOWN_NOT, "a member was lost" },
    { VM_R_FAILOVER, "eth1", VM_DOWN_NO_CARRIER, "eth1 down: no carrier" },
    { VM_R_FAILOVER, "eth1", VM_DOWN_BFD, "eth1 down: BFD down" },
    { VM_R_ONLY_UPLINK_LOST, "eth1", VM_DOWN_LACP,
      "its only member eth1 is down: LACP has no partner" },
    { VM_R_DOWN, "eth1", VM_DOWN_NO_DEVICE, "down: no device" },
    { VM_R_DOWN, "eth1", VM_DOWN_NOT, "down" },
    { VM_R_NEXT_CHOICE, "eth0", VM_DOWN_CFM,
      "next choice of vm-uplinks, eth0 is not available" },
    { VM_R_STAYED, "eth1", VM_DOWN_NOT, "already there" },
    { VM_R_STAYED, NULL, VM_DOWN_UP_DELAY, "already there" },
};

/* Sentences are appended, with and without the name of a member. */
static int
run_format(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    int n_wrong = 0;

    for (size_t i = 0; i < ARRAY_SIZE(sentences); i++) {
        struct ds s = DS_EMPTY_INITIALIZER;

        ds_put_cstr(&s, "web: ");
        vm_reason_format_down(sentences[i].reason, sentences[i].member,
                              sentences[i].down, &s);
        if (strcmp(ds_cstr(&s) + 5, sentences[i].expected)) {
            fprintf(stderr, "%s: expected \"%s\", got \"%s\"\n",
                    vm_reason_to_token(sentences[i].reason),
                    sentences[i].expected, ds_cstr(&s) + 5);
            n_wrong++;
        }
        ds_destroy(&s);
    }

    enum vm_reason reason = VM_R_NONE;
    if (vm_reason_from_token("no-such-reason", &reason)
        || reason != VM_R_NONE) {
        fprintf(stderr, "no-such-reason: expected no reason, got %s\n",
                vm_reason_to_token(reason));
        n_wrong++;
    }
    return n_wrong > 0;
}

const struct vm_test_command test_vm_reason_commands[] = {
    { "reasons", "", 0, 0, run_reasons },
    { "reason-format", "", 0, 0, run_format },
    { NULL, NULL, 0, 0, NULL },
};
