/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-hold-off.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_hold_off_commands[];

/* A loss or a return, at a time in s, and for how long it is held off then,
 * in s. */
struct step {
    char event;                 /* 'l'ost or 'b'ack; 0 ends the list. */
    long long int when;
    long long int held;
};

static const struct {
    const char *what;
    long long int max;          /* s. */
    struct step steps[12];
} cases[] = {
    { "first loss", 300, { { 'l', 5, 0 }, { 'b', 6, 0 } } },
    { "lost again at once", 300,
      { { 'l', 5, 0 }, { 'b', 6, 0 }, { 'l', 7, 10 }, { 'b', 8, 10 } } },
    { "the last moment at which that is soon", 300,
      { { 'l', 5, 0 }, { 'b', 6, 0 }, { 'l', 65, 10 }, { 'b', 70, 10 } } },
    { "long after", 300,
      { { 'l', 5, 0 }, { 'b', 6, 0 }, { 'l', 66, 0 }, { 'b', 70, 0 } } },
    { "doubles up to the maximum", 60,
      { { 'l', 0, 0 }, { 'b', 1, 0 }, { 'l', 2, 10 }, { 'b', 3, 10 },
        { 'l', 4, 20 }, { 'b', 5, 20 }, { 'l', 6, 40 }, { 'b', 7, 40 },
        { 'l', 8, 60 }, { 'b', 9, 60 }, { 'l', 10, 60 } } },
    { "soon counts from the end of the pause", 300,
      { { 'l', 0, 0 }, { 'b', 1, 0 }, { 'l', 2, 10 }, { 'b', 3, 10 },
        { 'l', 72, 20 }, { 'b', 73, 20 }, { 'l', 153, 0 } } },
    { "a maximum below the first pause", 3,
      { { 'l', 0, 0 }, { 'b', 1, 0 }, { 'l', 2, 3 }, { 'b', 3, 3 },
        { 'l', 4, 3 } } },
    { "off", 0, { { 'l', 0, 0 }, { 'b', 1, 0 }, { 'l', 2, 0 }, { 'b', 3, 0 },
                  { 'l', 4, 0 } } },
};

static int
run_pauses(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        long long int max = cases[i].max * 1000;
        struct ds expected = DS_EMPTY_INITIALIZER;
        struct ds got = DS_EMPTY_INITIALIZER;
        struct vm_hold_off hold;

        vm_hold_off_init(&hold);
        for (const struct step *s = cases[i].steps; s->event; s++) {
            if (s->event == 'l') {
                vm_hold_off_lost(&hold, max, s->when * 1000);
            } else {
                vm_hold_off_back(&hold, s->when * 1000);
            }

            long long int until = vm_hold_off_until(&hold, max);
            ds_put_format(&expected, "%lld ", s->held);
            ds_put_format(&got, "%lld ",
                          until == LLONG_MIN ? 0 : (until - hold.back) / 1000);
        }
        vm_expect_text(cases[i].what, ds_cstr(&expected), ds_cstr(&got));
        ds_destroy(&expected);
        ds_destroy(&got);
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_hold_off_commands[] = {
    { "hold-off-pauses", "", 0, 0, run_pauses },
    { NULL, NULL, 0, 0, NULL },
};
