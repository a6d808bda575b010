/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/vm-policy.h"
#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_key_commands[];

/* One text of one key, the value that the key has then (null if the value is
 * not kept), and what is wrong with the text (null if nothing is). */
struct key_case {
    enum vm_key_id key;
    const char *text;
    const char *value;
    const char *complaint;
};

static const struct key_case cases[] = {
    { VM_K_VM_ID, "3f1c", NULL, NULL },
    { VM_K_VM_ID, "", NULL, "empty" },
    { VM_K_VM_ID, "host", NULL, "reserved for the host itself" },
    { VM_K_VM_ID, "a\nb", NULL, "contains control characters" },
    { VM_K_VM_ID, "a\302\205" "b", NULL, "contains control characters" },
    { VM_K_VM_ID, "a\342\200\256" "b", NULL, "contains control characters" },
    { VM_K_VM_ID, "a\374", NULL, "is not UTF-8" },
    { VM_K_NAME, "\342\201\247www", "the identity",
      "contains control characters" },
    { VM_K_PORT_PROFILE, "gold\330\234", NULL, "contains control characters" },
    { VM_K_UPLINKS, "eth0\342\200\216,*", "*",
      "contains control characters" },
    { VM_K_UPLINKS, "eth\377", "*", "is not UTF-8" },
    { VM_K_VM_UUID, "x", NULL, NULL },
    { VM_K_VM_UUID, "", NULL, "empty" },
    { VM_K_XS_VM_UUID, "x", NULL, NULL },
    { VM_K_XS_VM_UUID, "", NULL, "empty" },
    { VM_K_IFACE_ID, "hosts", NULL, NULL },
    { VM_K_IFACE_ID, "host", NULL, "reserved for the host itself" },
    { VM_K_ATTACHED_MAC, "52:54:00:12:34:56", NULL, NULL },
    { VM_K_ATTACHED_MAC, "52:54:00:12:34", NULL,
      "not a MAC address such as 52:54:00:12:34:56" },
    { VM_K_NAME, "web 1", "web 1", NULL },
    { VM_K_NAME, "", "the identity", "empty" },
    { VM_K_NAME, "a\tb", "the identity", "contains control characters" },

    { VM_K_PRIORITY, "0", "0", NULL },
    { VM_K_PRIORITY, "7", "7", NULL },
    { VM_K_PRIORITY, "8", "3", "not in 0..7" },
    { VM_K_PRIORITY, "-1", "3", "not a number in 0..7" },
    { VM_K_PRIORITY, "high", "3", "not a number in 0..7" },
    { VM_K_PRIORITY, "4294967298", "3", "not in 0..7" },
    { VM_K_SHARES, "1", "1", NULL },
    { VM_K_SHARES, "100", "100", NULL },
    { VM_K_SHARES, "0", "50", "not in 1..100" },
    { VM_K_SHARES, "101", "50", "not in 1..100" },
    { VM_K_MIN_RATE, "0", "0", NULL },
    { VM_K_MIN_RATE, "10000G", "10000G", NULL },
    { VM_K_MIN_RATE, "1.5G", "1.5G", NULL },
    { VM_K_MIN_RATE, "10000.000000001G", "0", "not in 0..10000G" },
    { VM_K_MIN_RATE, "none", "0", "not a number in 0..10000G" },
    { VM_K_MIN_RATE, "1 G", "0", "not a number in 0..10000G" },
    { VM_K_MAX_RATE, "1k", "1k", NULL },
    { VM_K_MAX_RATE, "10000G", "10000G", NULL },
    { VM_K_MAX_RATE, "none", "none", NULL },
    { VM_K_MAX_RATE, "999", "none", "not in 1k..10000G" },
    { VM_K_MAX_RATE, "10001G", "none", "not in 1k..10000G" },
    { VM_K_MAX_RATE, "18446744073709551615", "none",
      "not a number in 1k..10000G" },
    { VM_K_BURST, "1k", "1k", NULL },
    { VM_K_BURST, "1000G", "1000G", NULL },
    { VM_K_BURST, "0", "250 ms of vm-max-rate", "not in 1k..1000G" },
    { VM_K_BURST, "1001G", "250 ms of vm-max-rate", "not in 1k..1000G" },
    { VM_K_UPLINKS, "eth0,*", "eth0,*", NULL },
    { VM_K_UPLINKS, "", "*", "names no member" },
    { VM_K_UPLINKS, "eth0,eth0", "eth0", "second eth0 ignored" },
    { VM_K_EXCLUSIVE, "true", "true", NULL },
    { VM_K_EXCLUSIVE, "false", "false", NULL },
    { VM_K_EXCLUSIVE, "yes", "false", "not one of false, true" },
    { VM_K_EXCLUSIVE, "", "false", "not one of false, true" },
    { VM_K_ON_LOSS, "suspend", "suspend", NULL },
    { VM_K_ON_LOSS, "migrate", "migrate", NULL },
    { VM_K_ON_LOSS, "drop", "drop", NULL },
    { VM_K_ON_LOSS, "sleep", "drop", "not one of drop, suspend, migrate" },
    { VM_K_ON_LOSS, "forward", "drop", "not one of drop, suspend, migrate" },
    { VM_K_ON_LOSS, "drop|suspend", "drop",
      "not one of drop, suspend, migrate" },
    { VM_K_ON_OVERLOAD, "migrate", "migrate", NULL },
    { VM_K_ON_OVERLOAD, "forward", "drop",
      "not one of drop, suspend, migrate" },
    { VM_K_ON_FAILOVER, "suspend", "suspend", NULL },
    { VM_K_ON_FAILOVER, "drop", "forward", "not one of forward, suspend" },
    { VM_K_VM_ANNOUNCE, "false", "false", NULL },
    { VM_K_VM_ANNOUNCE, "0", "true", "not one of false, true" },
    { VM_K_IDENTIFY, "mac", "mac", NULL },
    { VM_K_IDENTIFY, "ip", "port", "not one of port, mac" },
    { VM_K_PORT_PROFILE, "gold", NULL, NULL },
    { VM_K_PORT_PROFILE, "", NULL, "empty" },

    { VM_K_MODE, "true", "true", NULL },
    { VM_K_MODE, "TRUE", "false", "not one of false, true" },
    { VM_K_MODE, "yes", "false", "not one of false, true" },
    { VM_K_MODE, "", "false", "not one of false, true" },
    { VM_K_REBALANCE, "0", "0", NULL },
    { VM_K_REBALANCE, "2147483647", "2147483647", NULL },
    { VM_K_REBALANCE, "2147483648", "10000", "not in 0..2147483647" },
    { VM_K_REBALANCE, "often", "10000", "not a number in 0..2147483647" },
    { VM_K_REQUEST_DELAY, "0", "0", NULL },
    { VM_K_REQUEST_DELAY, "3600000", "3600000", NULL },
    { VM_K_REQUEST_DELAY, "3600001", "3000", "not in 0..3600000" },
    { VM_K_REQUEST_RATE, "0", "0", NULL },
    { VM_K_REQUEST_RATE, "600", "600", NULL },
    { VM_K_REQUEST_RATE, "601", "6", "not in 0..600" },
    { VM_K_SUSPEND_MAX, "0", "0", NULL },
    { VM_K_SUSPEND_MAX, "604800", "604800", NULL },
    { VM_K_SUSPEND_MAX, "604801", "600", "not in 0..604800" },
    { VM_K_THRESHOLD, "0", "0", NULL },
    { VM_K_THRESHOLD, "100", "100", NULL },
    { VM_K_THRESHOLD, "101", "75", "not in 0..100" },
    { VM_K_THRESHOLD, "75%", "75", "not a number in 0..100" },
    { VM_K_RESERVABLE, "0", "0", NULL },
    { VM_K_RESERVABLE, "100", "100", NULL },
    { VM_K_RESERVABLE, "101", "75", "not in 0..100" },
    { VM_K_DWELL, "0", "0", NULL },
    { VM_K_DWELL, "86400", "86400", NULL },
    { VM_K_DWELL, "86401", "30", "not in 0..86400" },
    { VM_K_FAILBACK, "false", "false", NULL },
    { VM_K_FAILBACK, "true", "true", NULL },
    { VM_K_FAILBACK, "no", "true", "not one of false, true" },
    { VM_K_RATE_INTERVAL, "100", "100", NULL },
    { VM_K_RATE_INTERVAL, "60000", "60000", NULL },
    { VM_K_RATE_INTERVAL, "99", "500", "not in 100..60000" },
    { VM_K_RATE_INTERVAL, "60001", "500", "not in 100..60000" },
    { VM_K_ANNOUNCE, "0", "0", NULL },
    { VM_K_ANNOUNCE, "255", "255", NULL },
    { VM_K_ANNOUNCE, "256", "3", "not in 0..255" },
    { VM_K_REVERSE_PATH, "drop", "drop", NULL },
    { VM_K_REVERSE_PATH, "reject", "accept", "not one of accept, drop" },
    { VM_K_REVERSE_GRACE, "0", "0", NULL },
    { VM_K_REVERSE_GRACE, "60000", "60000", NULL },
    { VM_K_REVERSE_GRACE, "60001", "2000", "not in 0..60000" },
    { VM_K_UNIDENTIFIED, "drop", "drop", NULL },
    { VM_K_UNIDENTIFIED, "forward", "host", "not one of host, drop" },
    { VM_K_TUNNELS, "split", "split", NULL },
    { VM_K_TUNNELS, "true", "host", "not one of host, split" },

    { VM_K_CAPACITY, "1k", "1k", NULL },
    { VM_K_CAPACITY, "10000G", "10000G", NULL },
    { VM_K_CAPACITY, "999", "link speed", "not in 1k..10000G" },
    { VM_K_CAPACITY, "10001G", "link speed", "not in 1k..10000G" },
    { VM_K_HOLD_OFF, "0", "0", NULL },
    { VM_K_HOLD_OFF, "86400", "86400", NULL },
    { VM_K_HOLD_OFF, "-1", "300", "not a number in 0..86400" },
    { VM_K_HOLD_OFF, "86401", "300", "not in 0..86400" },
    { VM_K_DRAIN, "true", "true", NULL },
    { VM_K_DRAIN, "maybe", "false", "not one of false, true" },
    { VM_K_STANDBY, "true", "true", NULL },
    { VM_K_STANDBY, "1", "false", "not one of false, true" },
};

/* Any of the structures of the scopes. */
union object {
    struct vm_policy policy;
    struct vm_bond_config bond;
    struct vm_member_config member;
};

static void
run_case(const struct key_case *c)
{
    const struct vm_key *key = &vm_keys[c->key];
    char *input = xasprintf("%s=%s", key->name, c->text);
    struct ds complaint = DS_EMPTY_INITIALIZER;
    struct ds value = DS_EMPTY_INITIALIZER;
    union object object, copy;

    memset(&object, 0, sizeof object);
    memset(&copy, 0, sizeof copy);
    vm_key_set_default(key, &object);
    vm_key_read(key, c->text, &object, &complaint);
    vm_key_format(key, &object, &value);
    vm_expect_text(input, c->value, key->size ? ds_cstr(&value) : NULL);
    vm_expect_text(input, c->complaint,
                   complaint.length ? ds_cstr(&complaint) : NULL);

    vm_key_copy(key, &copy, &object);
    vm_expect_that(input, "equal its copy",
                   !vm_key_compare(key, &object, &copy));
    vm_key_free(key, &copy);
    vm_key_free(key, &object);
    ds_destroy(&complaint);
    ds_destroy(&value);
    free(input);
}

/* Whether the table has a case of 'key' that is bad if 'bad' is true, and
 * whose text is 'text' if that is not null. */
static bool
has_case(enum vm_key_id key, bool bad, const char *text)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (cases[i].key == key && bad == (cases[i].complaint != NULL)
            && (!text || !strcmp(cases[i].text, text))) {
            return true;
        }
    }
    return false;
}

/* Checks that the table above leaves out no row of vm-key.def.  Lists are
 * tested with the reader. */
static void
check_complete(enum vm_key_id id)
{
    const struct vm_key *key = &vm_keys[id];

    if (key->type == VM_TYPE_LIST || key->type == VM_TYPE_PROFILES) {
        return;
    }
    vm_expect_that(key->name, "have a good case", has_case(id, false, NULL));
    vm_expect_that(key->name, "have a bad case", has_case(id, true, NULL));
    if (key->type == VM_TYPE_NUMBER) {
        vm_expect_that(key->name, "have a case of its lower bound",
                       has_case(id, false, key->min));
        vm_expect_that(key->name, "have a case of its upper bound",
                       has_case(id, false, key->max));
    }
}

static int
run_table(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        run_case(&cases[i]);
    }
    for (size_t i = 0; i < VM_N_KEYS; i++) {
        check_complete(i);
    }
    return vm_expect_result();
}

/* What the rows say about themselves must hold together. */
static void
check_row(const struct vm_key *key)
{
    vm_expect_that(key->name, "be found by its name",
                   vm_key_find(key->scope, key->name) == key);
    vm_expect_that(key->name, "be read from text of a map only",
                   key->size || key->merge == VM_MERGE_APART);
    if (key->type == VM_TYPE_NUMBER) {
        uint64_t min, max;

        vm_expect_that(key->name, "have a range",
                       vm_number_from_string(key->min, &min)
                       && vm_number_from_string(key->max, &max)
                       && min < max);
    }
    if (vm_key_may_be_in_list(key)) {
        vm_expect_that(key->name, "be found in a list",
                       vm_key_find_in_list(key->name + 3) == key);
    }
}

static int
run_rows(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < VM_N_KEYS; i++) {
        const struct vm_key *key = &vm_keys[i];
        struct ds value = DS_EMPTY_INITIALIZER;
        union object object;

        check_row(key);
        memset(&object, 0, sizeof object);
        vm_key_set_default(key, &object);
        vm_key_format(key, &object, &value);
        vm_expect_text(key->name, key->size ? key->default_text : "",
                       ds_cstr(&value));
        vm_key_free(key, &object);
        ds_destroy(&value);
    }
    vm_expect_that("vm-id", "not be in a list", !vm_key_find_in_list("id"));
    vm_expect_that("vm-name", "not be in a list",
                   !vm_key_find_in_list("name"));
    vm_expect_that("vm-priority", "be no key of a bond",
                   !vm_key_find(VM_SCOPE_BOND, "vm-priority"));
    return vm_expect_result();
}

const struct vm_test_command test_vm_key_commands[] = {
    { "key-table", "", 0, 0, run_table },
    { "key-rows", "", 0, 0, run_rows },
    { NULL, NULL, 0, 0, NULL },
};
