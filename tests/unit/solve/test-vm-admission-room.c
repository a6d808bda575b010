/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Tests vm_admission_room(), and with it vm-packer: what there is room for is
 * admitted, and no more. */

#include "solve/vm-admission.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"
#include "vm-expect.h"
#include "vm-sample.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_admission_room_commands[];

static const struct {
    const char *name;
    const char *members;
    const char *slots;
    uint64_t room;              /* Mbit/s. */
} cases[] = {
    { "nothing is reserved", "reservable=75 eth0:10G eth1:1G", "a:at=eth0",
      7500 },
    { "no member", "reservable=75 eth0:10G,down", "a:guarantee=1G", 0 },
    { "beside what is reserved", "reservable=75 eth0:10G",
      "a:guarantee=4G,at=eth0", 3500 },
    { "the emptier member, if all have to stay",
      "reservable=75 eth0:10G eth1:10G",
      "a:guarantee=4G,pref=eth0 b:guarantee=3G,pref=eth1", 4500 },
    { "slots move to make room", "reservable=75 eth0:10G eth1:10G",
      "a:guarantee=4G,at=eth0 b:guarantee=3G,at=eth1", 7500 },
    { "as far as they fit", "reservable=100 eth0:10G eth1:10G",
      "a:guarantee=6G,at=eth0 b:guarantee=5G,at=eth1 c:guarantee=1G,at=eth1",
      5000 },
    { "nothing is taken from a lower priority", "reservable=100 eth0:10G",
      "a:priority=0,guarantee=9G,at=eth0", 1000 },
    { "nor given to one that is not admitted", "reservable=100 eth0:10G",
      "a:priority=7,guarantee=9G b:guarantee=8G", 1000 },
    { "a member that is lost does not count",
      "reservable=100 eth0:10G,down eth1:1G", "a:guarantee=200M", 800 },
    { "nor a standby one that is not needed",
      "reservable=100 eth0:1G eth1:10G,standby", "", 1000 },
    { "unless it is needed",
      "reservable=100 eth0:1G,down eth1:10G,standby", "", 10000 },
    { "nor one that is drained", "reservable=100 eth0:10G,drained eth1:1G",
      "", 1000 },
    { "unless all are", "reservable=100 eth0:10G,drained eth1:1G,drained",
      "", 10000 },
    { "nor one that is closed to lower priorities",
      "reservable=100 eth0:10G eth1:1G", "a:exclusive,pref=eth0", 1000 },
    { "nothing may be reserved", "reservable=0 eth0:10G", "", 0 },
};

static int
run_table(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct vm_sample sample;

        vm_sample_from_text(&sample, cases[i].members, cases[i].slots);
        uint64_t room = vm_admission_room(&sample.snapshot);
        char *got = xasprintf("%"PRIu64, room);
        char *expected = xasprintf("%"PRIu64, cases[i].room * 1000000);
        vm_expect_text(cases[i].name, expected, got);
        free(got);
        free(expected);
        vm_sample_destroy(&sample);
    }
    return vm_expect_result();
}

/* Returns whether a further slot with 'guarantee' is admitted and the others
 * are as in 'before'.  Stores in '*complete' whether that is certain. */
static bool
is_admitted(const struct vm_snapshot *snapshot, uint64_t guarantee,
            const struct vm_admission *before, bool *complete)
{
    size_t n = snapshot->n_slots;
    struct vm_snapshot with = *snapshot;
    struct vm_admission *after = xcalloc(n + 1, sizeof *after);

    with.slots = xcalloc(n + 1, sizeof *with.slots);
    with.n_slots = n + 1;
    for (size_t i = 0; i < n; i++) {
        with.slots[i] = snapshot->slots[i];
    }
    with.slots[n] = (struct vm_snap_slot) {
        .id = "new", .guarantee = guarantee, .any = true,
        .present = VM_MEMBER_NONE, .home = VM_MEMBER_NONE,
        .pinned = VM_MEMBER_NONE,
    };
    *complete = vm_admission_run(&with, after);
    bool admitted = after[n].admitted;
    for (size_t i = 0; i < n; i++) {
        admitted = admitted && after[i].admitted == before[i].admitted;
    }
    free(with.slots);
    free(after);
    return admitted;
}

static void
choose(struct vm_random *random, int i, struct vm_sample_options *options)
{
    *options = (struct vm_sample_options) {
        .max_members = 1 + vm_random_below(random, 3),
        .max_slots = i % 10 ? 6 : 60,
        .standby = true,
        .avoid = true,
        .lost = true,
    };
}

static bool
check(struct vm_sample *sample, struct vm_random *random OVS_UNUSED,
      const struct vm_sample_options *options OVS_UNUSED)
{
    const struct vm_snapshot *snapshot = &sample->snapshot;
    struct vm_admission *before = xcalloc(snapshot->n_slots, sizeof *before);
    bool complete = vm_admission_run(snapshot, before);
    uint64_t room = vm_admission_room(snapshot);
    bool complete_now;
    bool ok = true;

    if (room && complete
        && !is_admitted(snapshot, room, before, &complete_now)
        && complete_now) {
        fprintf(stderr, "%"PRIu64" bit/s: not admitted\n", room);
        ok = false;
    }
    if (is_admitted(snapshot, room + 1, before, &complete_now)
        && snapshot->n_slots <= 6) {
        fprintf(stderr, "%"PRIu64" bit/s: admitted\n", room + 1);
        ok = false;
    }
    free(before);
    return ok;
}

static int
run_random(int argc OVS_UNUSED, char *argv[])
{
    return vm_sample_run_random(argv, choose, check);
}

const struct vm_test_command test_vm_admission_room_commands[] = {
    { "admission-room-table", "", 0, 0, run_table },
    { "admission-room-random", "SEED N", 2, 2, run_random },
    { NULL, NULL, 0, 0, NULL },
};
