/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-endpoint.h"

#include <stdio.h>

#include "model/vm-slot.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_endpoint_commands[];

/* How many slots and interfaces an endpoint has, none, one and more than one
 * growth of its arrays. */
static const struct {
    size_t n_slots, n_interfaces;
} sizes[] = {
    { 0, 0 },
    { 1, 0 },
    { 0, 1 },
    { 1, 1 },
    { 3, 40 },
    { 40, 3 },
};

static void
check_size(size_t n_slots, size_t n_interfaces)
{
    struct vm_interface *interfaces = xcalloc(n_interfaces + 1,
                                              sizeof *interfaces);
    struct vm_slot **slots = xcalloc(n_slots + 1, sizeof *slots);
    struct vm_endpoint *endpoint = vm_endpoint_create("web");
    char *input = xasprintf("%"PRIuSIZE" slots, %"PRIuSIZE" interfaces",
                            n_slots, n_interfaces);
    struct vm_policy policy;
    bool same = true;

    vm_policy_init_default(&policy);
    vm_expect_text(input, "web", endpoint->id);
    vm_expect_that(input, "the policy is the default",
                   vm_policy_equal(&endpoint->policy, &policy));
    for (size_t i = 0; i < n_interfaces; i++) {
        vm_endpoint_add_interface(endpoint, &interfaces[i]);
    }
    for (size_t i = 0; i < n_slots; i++) {
        slots[i] = vm_slot_create(endpoint, &policy.pref);
        vm_endpoint_add_slot(endpoint, slots[i]);
    }
    vm_expect_that(input, "all are there",
                   endpoint->n_slots == n_slots
                   && endpoint->n_interfaces == n_interfaces);
    for (size_t i = 0; i < n_interfaces; i++) {
        same = same && endpoint->interfaces[i] == &interfaces[i];
    }
    for (size_t i = 0; i < n_slots; i++) {
        same = same && endpoint->slots[i] == slots[i];
    }
    vm_expect_that(input, "the order is that of adding", same);

    /* The slots go with the endpoint, the interfaces do not. */
    vm_endpoint_destroy(endpoint);
    vm_policy_destroy(&policy);
    free(interfaces);
    free(slots);
    free(input);
}

static int
run_endpoint(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        check_size(sizes[i].n_slots, sizes[i].n_interfaces);
    }
    vm_endpoint_destroy(NULL);
    return vm_expect_result();
}

const struct vm_test_command test_vm_endpoint_commands[] = {
    { "endpoint", "", 0, 0, run_endpoint },
    { NULL, NULL, 0, 0, NULL },
};
