/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-placement.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-placement-model.h"
#include "vm-random.h"
#include "vm-sample.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_placement_random_commands[];

/* Tests vm-placement and vm-ledger against the model in random instances. */

/* The choices are those of the model. */
static bool
check_model(const struct vm_sample *sample, const struct vm_choice *choices)
{
    const struct vm_snapshot *snapshot = &sample->snapshot;
    struct vm_choice *model = xcalloc(snapshot->n_slots, sizeof *model);
    struct ds expected = DS_EMPTY_INITIALIZER;
    struct ds got = DS_EMPTY_INITIALIZER;

    vm_placement_model(snapshot, model);
    vm_sample_format_choices(sample, model, &expected);
    vm_sample_format_choices(sample, choices, &got);
    bool ok = !strcmp(ds_cstr(&expected), ds_cstr(&got));
    if (!ok) {
        printf("differs from the model\n  expected %s\n  got      %s\n",
               ds_cstr(&expected), ds_cstr(&got));
    }
    free(model);
    ds_destroy(&expected);
    ds_destroy(&got);
    return ok;
}

/* vm_placement_explain() explains the choice that vm_placement_run() made. */
static bool
check_explain(const struct vm_sample *sample, const struct vm_choice *choices)
{
    const struct vm_snapshot *snapshot = &sample->snapshot;
    struct vm_verdict *verdicts = xcalloc(snapshot->n_members,
                                          sizeof *verdicts);
    bool ok = true;

    for (size_t i = 0; i < snapshot->n_slots; i++) {
        vm_placement_explain(snapshot, i, verdicts);
        for (size_t j = 0; j < snapshot->n_members; j++) {
            enum vm_reason reason = verdicts[j].reason;
            bool chosen = j == choices[i].member;
            bool refused = (reason >= VM_R_DOWN
                            && reason <= VM_R_NO_NEED);
            bool down = reason == VM_R_DOWN;

            if (chosen ? reason != choices[i].reason
                : !refused || down == sample->members[j].usable) {
                printf("%s on %s: chosen is %s, but the reason is %s\n",
                       sample->slots[i].id, sample->members[j].name,
                       chosen ? "true" : "false",
                       vm_reason_to_token(reason));
                ok = false;
            }
        }
    }
    free(verdicts);
    return ok;
}

/* Puts every slot on its chosen member, as the engine does. */
static void
apply(struct vm_sample *sample, const struct vm_choice *choices)
{
    for (size_t i = 0; i < sample->snapshot.n_slots; i++) {
        struct vm_snap_slot *slot = &sample->slots[i];

        if (slot->present >= 0 && choices[i].member != slot->present
            && slot->home < 0) {
            slot->home = slot->present;
        }
        if (choices[i].member == slot->home) {
            slot->home = VM_MEMBER_NONE;
        }
        slot->present = choices[i].member;
    }
}

/* Placing again without a new event moves no slot. */
static bool
check_stable(struct vm_sample *sample, struct vm_choice *choices)
{
    for (size_t i = 0; i < sample->snapshot.n_slots; i++) {
        sample->slots[i].present = choices[i].member;
    }
    vm_placement_run(&sample->snapshot, choices);
    for (size_t i = 0; i < sample->snapshot.n_slots; i++) {
        if (sample->slots[i].present != choices[i].member) {
            printf("%s moves again to %s\n", sample->slots[i].id,
                   vm_sample_member_name(sample, choices[i].member));
            return false;
        }
    }
    return true;
}

/* Rule 6: losing a member moves only the slots on it and those that these
 * displace. */
static bool
check_loss(struct vm_sample *sample, struct vm_random *random,
           struct vm_choice *choices)
{
    size_t n_members = sample->snapshot.n_members;
    int lost = n_members ? vm_random_below(random, n_members) : -1;

    for (size_t i = 0; i < n_members; i++) {
        sample->members[i].standby = false;
        sample->members[i].avoid = VM_AVOID_NOT;
    }
    for (int round = 0; round < 3; round++) {
        vm_placement_run(&sample->snapshot, choices);
        apply(sample, choices);
    }
    if (lost >= 0) {
        sample->members[lost].usable = false;
    }
    vm_placement_run(&sample->snapshot, choices);

    for (size_t i = 0; i < sample->snapshot.n_slots; i++) {
        const struct vm_snap_slot *slot = &sample->slots[i];

        if (slot->present != choices[i].member && slot->present != lost
            && choices[i].reason != VM_R_PREEMPTED
            && choices[i].reason != VM_R_DISPLACED) {
            printf("loss of %s moved %s from %s to %s: %s\n",
                   vm_sample_member_name(sample, lost), slot->id,
                   vm_sample_member_name(sample, slot->present),
                   vm_sample_member_name(sample, choices[i].member),
                   vm_reason_to_token(choices[i].reason));
            return false;
        }
    }
    return true;
}

static bool
check_sample(struct vm_sample *sample, struct vm_random *random)
{
    struct vm_choice *choices = xcalloc(sample->snapshot.n_slots,
                                        sizeof *choices);

    vm_placement_run(&sample->snapshot, choices);
    bool ok = (check_model(sample, choices)
               && check_explain(sample, choices)
               && check_stable(sample, choices)
               && check_loss(sample, random, choices));
    free(choices);
    return ok;
}

static void
choose(struct vm_random *random, int i OVS_UNUSED,
       struct vm_sample_options *options)
{
    *options = (struct vm_sample_options) {
        .max_members = 6, .max_slots = 16, .standby = true, .lost = true,
        .idle = vm_random_chance(random, 20),
        .avoid = vm_random_chance(random, 40),
    };
}

static bool
check(struct vm_sample *sample, struct vm_random *random,
      const struct vm_sample_options *options OVS_UNUSED)
{
    return check_sample(sample, random);
}

static int
run_random(int argc OVS_UNUSED, char *argv[])
{
    return vm_sample_run_random(argv, choose, check);
}

const struct vm_test_command test_vm_placement_random_commands[] = {
    { "placement-random", "SEED N", 2, 2, run_random },
    { NULL, NULL, 0, 0, NULL },
};
