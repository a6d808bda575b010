/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "base/vm-utf8.h"

#include <stdio.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-random.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_utf8_commands[];

#define CONTROL "contains control characters"
#define NOT_UTF8 "is not UTF-8"

static const struct {
    const char *text;
    size_t max;
    const char *shown;
    const char *complaint;
} cases[] = {
    { "", 80, "", NULL },
    { "web", 80, "web", NULL },
    { "web", 3, "web", NULL },
    { "web", 2, "we...", NULL },

    /* Cut between characters of 1 to 4 bytes. */
    { "a\303\274\303\274", 3, "a\303\274...", NULL },
    { "a\303\274\303\274", 4, "a\303\274...", NULL },
    { "a\303\274\303\274", 5, "a\303\274\303\274", NULL },
    { "\342\202\254\342\202\254", 5, "\342\202\254...", NULL },
    { "\360\237\220\247x", 4, "\360\237\220\247...", NULL },
    { "\360\237\220\247x", 3, "...", NULL },

    /* Control characters: C0, delete, C1. */
    { "a\nb", 80, "a?b", CONTROL },
    { "a\177", 80, "a?", CONTROL },
    { "a\302\200b\302\237c", 80, "a?b?c", CONTROL },
    { "a\302\233" "31mred", 80, "a?31mred", CONTROL },
    { "a\302\240b", 80, "a\302\240b", NULL },

    /* Separators, and what changes the direction. */
    { "a\342\200\250b\342\200\251", 80, "a?b?", CONTROL },
    { "\342\200\252\342\200\253\342\200\254\342\200\255\342\200\256", 80,
      "?????", CONTROL },
    { "\342\201\246\342\201\247\342\201\250\342\201\251", 80, "????",
      CONTROL },
    { "\342\200\216\342\200\217\330\234", 80, "???", CONTROL },
    { "\342\200\215\342\200\220\330\233\342\201\245\342\201\252", 80,
      "\342\200\215\342\200\220\330\233\342\201\245\342\201\252", NULL },
    { "web\342\200\256", 5, "web...", CONTROL },

    /* Not UTF-8. */
    { "a\200b", 80, "a?b", NOT_UTF8 },
    { "a\303", 80, "a?", NOT_UTF8 },
    { "a\303b", 80, "a?b", NOT_UTF8 },
    { "\342\202", 80, "??", NOT_UTF8 },
    { "\360\237\220x", 80, "???x", NOT_UTF8 },
    { "\374", 80, "?", NOT_UTF8 },              /* Latin-1. */
    { "\300\200", 80, "??", NOT_UTF8 },         /* Too long forms. */
    { "\301\277", 80, "??", NOT_UTF8 },
    { "\340\237\277", 80, "???", NOT_UTF8 },
    { "\360\217\277\277", 80, "????", NOT_UTF8 },
    { "\355\240\200", 80, "???", NOT_UTF8 },    /* A surrogate. */
    { "\355\237\277\356\200\200", 80, "\355\237\277\356\200\200", NULL },
    { "\364\217\277\277", 80, "\364\217\277\277", NULL },
    { "\364\220\200\200", 80, "????", NOT_UTF8 }, /* Above U+10FFFF. */
    { "\370\210\200\200\200", 80, "?????", NOT_UTF8 },
    { "\377\376", 80, "??", NOT_UTF8 },
    { "a\n\377", 80, "a??", NOT_UTF8 },
};

static int
run_table(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ds s = DS_EMPTY_INITIALIZER;

        vm_utf8_append(cases[i].text, cases[i].max, &s);
        vm_expect_text(cases[i].text, cases[i].shown, ds_cstr(&s));
        vm_expect_text(cases[i].text, cases[i].complaint,
                       vm_utf8_complaint(cases[i].text));
        vm_expect_that(cases[i].text, "is valid, or the complaint says so",
                       vm_utf8_is_valid(cases[i].text)
                       == (cases[i].complaint == NULL
                           || !strcmp(cases[i].complaint, CONTROL)));
        ds_destroy(&s);
    }
    return vm_expect_result();
}

/* Whatever the bytes are, and wherever they are cut, nothing is to complain
 * about in what is shown. */
static int
run_random(int argc OVS_UNUSED, char *argv[])
{
    struct vm_random random;

    vm_random_init(&random, strtoull(argv[1], NULL, 10));
    for (uint64_t i = strtoull(argv[2], NULL, 10); i > 0; i--) {
        struct ds s = DS_EMPTY_INITIALIZER;
        char text[20];
        size_t n = vm_random_below(&random, sizeof text);
        size_t max = vm_random_below(&random, sizeof text);

        for (size_t j = 0; j < n; j++) {
            static const char often[] = "\200\217\237\240\302\303\342\355\360";

            text[j] = (vm_random_chance(&random, 70)
                       ? often[vm_random_below(&random, sizeof often - 1)]
                       : (char) vm_random_between(&random, 1, 255));
        }
        text[n] = '\0';
        vm_utf8_append(text, max, &s);
        vm_expect_text(text, NULL, vm_utf8_complaint(ds_cstr(&s)));
        vm_expect_that(text, "is not too long", s.length <= max + 3);
        ds_destroy(&s);
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_utf8_commands[] = {
    { "utf8-table", "", 0, 0, run_table },
    { "utf8-random", "SEED N", 2, 2, run_random },
    { NULL, NULL, 0, 0, NULL },
};
