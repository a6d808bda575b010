/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "base/vm-value.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-random.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_value_commands[];

/* What a text is as a number: decimal digits, or null if it is none. */
struct number_case {
    const char *text;
    const char *number;
};

static const struct number_case number_cases[] = {
    { "0", "0" },
    { "007", "7" },
    { "1k", "1000" },
    { "1M", "1000000" },
    { "1G", "1000000000" },
    { "1.5G", "1500000000" },
    { "0.5k", "500" },
    { "1.250k", "1250" },
    { "2.000", "2" },
    { "1.0000000000000000000000k", "1000" },
    { "10000G", "10000000000000" },
    { "18446744073709551614", "18446744073709551614" },
    { "18.446744073G", "18446744073" },
    { "18446744073709551.614k", "18446744073709551614" },

    { "", NULL },
    { "k", NULL },
    { ".", NULL },
    { ".5k", NULL },
    { "1.", NULL },
    { "1.k", NULL },
    { "1.5", NULL },
    { "1.2345k", NULL },
    { "-1", NULL },
    { "+1", NULL },
    { " 1", NULL },
    { "1 ", NULL },
    { "1K", NULL },
    { "1m", NULL },
    { "1T", NULL },
    { "1kk", NULL },
    { "1Gbit", NULL },
    { "1,5G", NULL },
    { "1.5.5G", NULL },
    { "0x10", NULL },
    { "1e9", NULL },
    { "none", NULL },
    { "18446744073709551615", NULL },
    { "18446744073709551616", NULL },
    { "18446744073709551.615k", NULL },
    { "18446744074G", NULL },
    { "99999999999999999999999999", NULL },
};

static int
run_numbers(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(number_cases); i++) {
        const struct number_case *c = &number_cases[i];
        uint64_t number = 42;
        char *got = NULL;

        if (vm_number_from_string(c->text, &number)) {
            got = xasprintf("%"PRIu64, number);
        } else {
            vm_expect_that(c->text, "leave the result untouched",
                           number == 42);
        }
        vm_expect_text(c->text, c->number, got);
        free(got);
    }

    uint64_t rate = 42;
    vm_expect_that("none", "be a rate",
                   vm_rate_from_string("none", &rate) && rate == VM_RATE_NONE);
    vm_expect_that("None", "be no rate", !vm_rate_from_string("None", &rate));
    return vm_expect_result();
}

/* Checks that 'number' written and read is the same. */
static bool
check_round_trip(uint64_t number)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    uint64_t again = 0;

    vm_number_format(number, &s);
    bool same = vm_rate_from_string(ds_cstr(&s), &again) && again == number;
    if (!same) {
        char *input = xasprintf("%"PRIu64" as %s", number, ds_cstr(&s));

        vm_expect_that(input, "read back as the same number", false);
        free(input);
    }
    ds_destroy(&s);
    return same;
}

static int
run_round_trip(int argc OVS_UNUSED, char *argv[])
{
    uint64_t seed = strtoull(argv[1], NULL, 10);
    struct vm_random random;
    unsigned int n = 0;

    for (uint64_t power = 1; ; power *= 10) {
        for (int offset = -1; offset <= 1; offset++) {
            n += check_round_trip(power + offset);
        }
        if (power > UINT64_MAX / 10) {
            break;
        }
    }
    n += check_round_trip(UINT64_MAX - 1) + check_round_trip(UINT64_MAX);

    /* Random numbers of every length, many of them round. */
    vm_random_init(&random, seed);
    for (int i = 0; i < 100000; i++) {
        static const uint64_t round[] = { 1, 10, 1000, 1000000, 1000000000 };

        uint64_t number = vm_random_next(&random) >> (i % 63 + 1);
        uint64_t unit = round[i % ARRAY_SIZE(round)];
        n += check_round_trip(number - number % unit);
    }

    char *input = xasprintf("seed %"PRIu64", %u numbers right", seed, n);
    vm_expect_that(input, "be all of them", n == 3 * 20 + 2 + 100000);
    free(input);
    return vm_expect_result();
}

struct format_case {
    char what;                  /* e: exact, r: rate, b: bytes, t: ms. */
    long long int value;
    const char *text;
};

static const struct format_case format_cases[] = {
    { 'e', 0, "0" },
    { 'e', 999, "999" },
    { 'e', 1000, "1k" },
    { 'e', 1500, "1.5k" },
    { 'e', 1234567, "1234567" },
    { 'e', 1234000, "1.234M" },
    { 'e', 1500000000, "1.5G" },
    { 'e', 1050000000, "1.05G" },
    { 'e', 1234567891, "1234567891" },
    { 'e', -1, "none" },

    { 'r', 0, "0 bit/s" },
    { 'r', 999, "999 bit/s" },
    { 'r', 1000, "1 kbit/s" },
    { 'r', 1049, "1 kbit/s" },
    { 'r', 1050, "1.1 kbit/s" },
    { 'r', 210000000, "210 Mbit/s" },
    { 'r', 999949999, "999.9 Mbit/s" },
    { 'r', 999950000, "1 Gbit/s" },
    { 'r', 1200000000, "1.2 Gbit/s" },
    { 'r', 10000000000, "10 Gbit/s" },
    { 'r', 2500000000000, "2.5 Tbit/s" },
    { 'r', -2, "18.4 Ebit/s" },
    { 'r', -1, "none" },

    { 'b', 0, "0 B" },
    { 'b', 1234567, "1.2 MB" },
    { 'b', -1, "18.4 EB" },

    { 't', -5, "0.0 s" },
    { 't', 0, "0.0 s" },
    { 't', 4000, "4.0 s" },
    { 't', 3299, "3.2 s" },
    { 't', 99999, "99.9 s" },
    { 't', 100000, "1 min" },
    { 't', 5999999, "99 min" },
    { 't', 6000000, "1 h" },
    { 't', 172799999, "47 h" },
    { 't', 172800000, "2 d" },
    { 't', 31536000000000, "365000 d" },
};

static int
run_formats(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(format_cases); i++) {
        const struct format_case *c = &format_cases[i];
        struct ds s = DS_EMPTY_INITIALIZER;
        char *input = xasprintf("%c %lld", c->what, c->value);

        switch (c->what) {
        case 'e': vm_number_format(c->value, &s); break;
        case 'r': vm_rate_format(c->value, &s); break;
        case 'b': vm_bytes_format(c->value, &s); break;
        case 't': vm_duration_format(c->value, &s); break;
        default: OVS_NOT_REACHED();
        }
        vm_expect_text(input, c->text, ds_cstr(&s));
        free(input);
        ds_destroy(&s);
    }
    return vm_expect_result();
}

struct pref_case {
    const char *text;
    const char *pref;           /* Written again, or null if it is none. */
    const char *complaint;
};

static const struct pref_case pref_cases[] = {
    { "*", "*", "" },
    { "eth0", "eth0", "" },
    { "eth0,eth1", "eth0,eth1", "" },
    { "eth1,eth0,*", "eth1,eth0,*", "" },
    { " eth0 , * ", "eth0,*", "" },
    { "eth0,,eth1", "eth0,eth1", "empty name ignored" },
    { "eth0,", "eth0", "empty name ignored" },
    { ",", NULL, "" },
    { "", NULL, "" },
    { " , ,", NULL, "" },
    { "eth0,eth1,eth0", "eth0,eth1", "second eth0 ignored" },
    { "eth0,*,eth1", "eth0,*", "eth1 after * ignored" },
    { "*,*", "*", "* after * ignored" },
    { "eth0,eth0,,*,eth1", "eth0,*",
      "second eth0 ignored, empty name ignored, eth1 after * ignored" },
};

/* A preference that names 'n' members, as text. */
static char *
long_pref(int n)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (int i = 0; i < n; i++) {
        ds_put_format(&s, "%sup%d", i ? "," : "", i);
    }
    return ds_steal_cstr(&s);
}

static void
check_long_pref(void)
{
    struct vm_pref pref = VM_PREF_INITIALIZER;
    struct ds complaint = DS_EMPTY_INITIALIZER;
    char *text = long_pref(VM_MAX_PREF + 1);

    vm_pref_from_string(text, &pref, &complaint);
    vm_expect_that(text, "name as many members as there may be",
                   pref.n == VM_MAX_PREF);
    vm_expect_text(text, "up64 ignored as there are 64 before it",
                   ds_cstr(&complaint));
    ds_destroy(&complaint);
    free(text);
    vm_pref_destroy(&pref);
}

static void
check_pref_equal(void)
{
    struct vm_pref prefs[ARRAY_SIZE(pref_cases)];
    struct ds complaint = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < ARRAY_SIZE(pref_cases); i++) {
        memset(&prefs[i], 0, sizeof prefs[i]);
        vm_pref_from_string(pref_cases[i].text, &prefs[i], &complaint);
    }
    for (size_t i = 0; i < ARRAY_SIZE(pref_cases); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(pref_cases); j++) {
            const char *a = pref_cases[i].pref;
            const char *b = pref_cases[j].pref;

            vm_expect_that(pref_cases[i].text, "equal what is written alike",
                           vm_pref_equal(&prefs[i], &prefs[j])
                           == !strcmp(a ? a : "", b ? b : ""));
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(pref_cases); i++) {
        vm_pref_destroy(&prefs[i]);
    }
    ds_destroy(&complaint);
}

static int
run_prefs(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(pref_cases); i++) {
        const struct pref_case *c = &pref_cases[i];
        struct vm_pref pref = VM_PREF_INITIALIZER;
        struct ds complaint = DS_EMPTY_INITIALIZER;
        struct ds s = DS_EMPTY_INITIALIZER;

        if (vm_pref_from_string(c->text, &pref, &complaint)) {
            struct vm_pref clone;

            vm_pref_format(&pref, &s);
            vm_pref_clone(&clone, &pref);
            vm_expect_that(c->text, "equal its copy",
                           vm_pref_equal(&pref, &clone));
            vm_pref_destroy(&clone);
        }
        vm_expect_text(c->text, c->pref ? c->pref : "", ds_cstr(&s));
        vm_expect_text(c->text, c->complaint, ds_cstr(&complaint));
        ds_destroy(&s);
        ds_destroy(&complaint);
        vm_pref_destroy(&pref);
    }
    check_long_pref();
    check_pref_equal();
    return vm_expect_result();
}

static int
run_outcomes(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const char *const strictness[] = {
        "forward", "drop", "suspend", "migrate",
    };
    enum vm_outcome outcome = VM_OUTCOME_FORWARD;

    for (int i = 0; i < VM_N_OUTCOMES; i++) {
        vm_expect_text("place of an outcome", strictness[i],
                       vm_outcome_to_string(i));
        vm_expect_that(strictness[i], "be read as what is written so",
                       vm_outcome_from_string(strictness[i], &outcome)
                       && outcome == i);
    }
    vm_expect_that("sleep", "be no outcome",
                   !vm_outcome_from_string("sleep", &outcome));
    return vm_expect_result();
}

struct sum_case {
    uint64_t a, b;
    uint64_t sum;
};

static const struct sum_case sum_cases[] = {
    { 0, 0, 0 },
    { 1000, 234, 1234 },
    { UINT64_MAX - 2, 1, UINT64_MAX - 1 },
    { UINT64_MAX - 1, 1, VM_RATE_NONE },
    { UINT64_MAX - 1, 2, VM_RATE_NONE },
    { VM_RATE_NONE, 0, VM_RATE_NONE },
    { VM_RATE_NONE, 1, VM_RATE_NONE },
    { VM_RATE_NONE, VM_RATE_NONE, VM_RATE_NONE },
};

static int
run_sums(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(sum_cases); i++) {
        const struct sum_case *c = &sum_cases[i];
        char *input = xasprintf("%"PRIu64" and %"PRIu64, c->a, c->b);

        vm_expect_that(input, "have that sum",
                       vm_rate_add(c->a, c->b) == c->sum
                       && vm_rate_add(c->b, c->a) == c->sum);
        free(input);
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_value_commands[] = {
    { "value-numbers", "", 0, 0, run_numbers },
    { "value-round-trip", "SEED", 1, 1, run_round_trip },
    { "value-formats", "", 0, 0, run_formats },
    { "value-sums", "", 0, 0, run_sums },
    { "value-preferences", "", 0, 0, run_prefs },
    { "value-outcomes", "", 0, 0, run_outcomes },
    { NULL, NULL, 0, 0, NULL },
};
