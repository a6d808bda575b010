/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-remedy.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-sample.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_remedy_commands[];

/* Expected is the sentence for each slot that is not admitted, in the order of
 * rule 2. */
struct remedy_case {
    const char *members;
    const char *slots;
    const char *expected;
    unsigned long int steps;    /* 0: as many as it takes. */
};

static const struct remedy_case cases[] = {
    { "reservable=100 eth0:10G eth1:10G",
      "a:priority=7,guarantee=8G,at=eth0 b:priority=6,guarantee=8G,at=eth1 "
      "c:guarantee=5G",
      "c needs 3 Gbit/s more on eth0 or eth1; ", 0 },
    { "reservable=75 eth0:10G eth1:8G eth2:10G,down",
      "a:priority=7,guarantee=6G,at=eth0 b:priority=6,guarantee=6G,at=eth1 "
      "c:guarantee=5G",
      "c needs 3.5 Gbit/s more on eth0, or 5 Gbit/s more on eth1, or "
      "the return of eth2; ", 0 },
    { "reservable=100 eth0:10G eth1:10G",
      "a:guarantee=8G,pref=eth0 b:guarantee=7G,pref=eth0/*",
      "b needs 5 Gbit/s more on eth0, or vm-uplinks to begin with eth1; ", 0 },
    { "reservable=100 eth0:10G",
      "a:priority=7,guarantee=8G b:guarantee=8G c:guarantee=7G",
      "b needs 6 Gbit/s more on eth0; "
      "c needs 5 Gbit/s more on eth0; ", 0 },
    { "reservable=100 eth0:10G",
      "a:priority=7,exclusive b:guarantee=1G",
      "b nothing about a single member would help; ", 0 },
    { "reservable=100 eth0:10G eth1:10G",
      "a:priority=7,exclusive b:priority=6,exclusive c:guarantee=1G",
      "c nothing about a single member would help; ", 0 },
    { "reservable=100 eth0:10G eth1:10G",
      "a:priority=7,exclusive b:priority=6,exclusive c:guarantee=1G",
      "c no change of a single member was found that would help; ", 1 },
    { "reservable=0 eth0:10G", "a:guarantee=1G",
      "a nothing about a single member would help; ", 0 },
};

static int
run_remedy_table(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    int retval = 0;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct remedy_case *c = &cases[i];
        struct ds s = DS_EMPTY_INITIALIZER;
        struct vm_admission admissions[4];
        struct vm_remedy remedies[4];
        struct vm_sample sample;

        vm_sample_from_text(&sample, c->members, c->slots);
        vm_admission_run(&sample.snapshot, admissions);
        for (size_t j = 0; j < sample.snapshot.n_slots; j++) {
            if (!admissions[j].admitted) {
                unsigned long int steps = c->steps ? c->steps : ULONG_MAX;
                struct ds one = DS_EMPTY_INITIALIZER;

                vm_remedy_find(&sample.snapshot, admissions, j, &steps,
                               remedies);
                vm_remedy_format(&sample.snapshot, remedies, &one);
                ds_put_format(&s, "%s %s; ", sample.slots[j].id,
                              ds_cstr(&one));
                ds_destroy(&one);
            }
        }
        if (strcmp(ds_cstr(&s), c->expected)) {
            fprintf(stderr, "%s\n%s\n  expected %s\n  got      %s\n",
                    c->members, c->slots, c->expected, ds_cstr(&s));
            retval = 1;
        }
        ds_destroy(&s);
        vm_sample_destroy(&sample);
    }
    return retval;
}

const struct vm_test_command test_vm_remedy_commands[] = {
    { "remedy-table", "", 0, 0, run_remedy_table },
    { NULL, NULL, 0, 0, NULL },
};
