/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Tests placement together with admission in small random instances that are
 * nearly full.  test-vm-admission.c tests, against a solver, that admission
 * finds all guarantees that can be kept. */

#include "solve/vm-packing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/vm-rebalance.h"
#include "openvswitch/dynamic-string.h"
#include "solve/vm-admission.h"
#include "solve/vm-balance.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-random.h"
#include "vm-sample.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_packing_commands[];

#define MAX_SLOTS 13

/* Expected is the choice of each slot, in the order of rule 2. */
struct packing_case {
    const char *members;
    const char *slots;
    const char *expected;
};

static const struct packing_case cases[] = {
    /* Everything fits where it is: the choices of vm-placement. */
    { "reservable=100 eth0:10G eth1:10G",
      "a:guarantee=6G,at=eth0 b:guarantee=6G,at=eth1",
      "a eth0 stayed; b eth1 stayed; " },
    /* A moves to make room for C, which fits on no member. */
    { "reservable=100 eth0:10G eth1:10G",
      "a:priority=4,guarantee=3G,at=eth0 b:priority=4,guarantee=3G,at=eth1 "
      "c:guarantee=8G",
      "a eth1 guarantee; b eth1 stayed; c eth0 least-loaded; " },
    /* C does not fit at all: no slot moves for it. */
    { "reservable=100 eth0:10G eth1:10G",
      "a:priority=4,guarantee=6G,at=eth0 b:priority=4,guarantee=6G,at=eth1 "
      "c:guarantee=7G",
      "a eth0 stayed; b eth1 stayed; c eth0 least-loaded unmet; " },
    /* A does not return home at the cost of B, which may use no other
     * member. */
    { "reservable=100 eth0:10G eth1:10G",
      "a:priority=2,guarantee=6G,at=eth1,home=eth0 "
      "b:priority=1,guarantee=6G,pref=eth0,at=eth0",
      "a eth1 stayed; b eth0 first-choice; " },
    /* A, which comes from a lost member, goes where the load is least, and B,
     * which takes the room there, leaves. */
    { "reservable=100 eth0:10G eth1:10G eth2:10G,down",
      "a:priority=5,guarantee=8G,at=eth2 b:priority=4,guarantee=5G,at=eth0 "
      "c:priority=3,guarantee=5G,at=eth1",
      "a eth0 failover; b eth1 guarantee; c eth1 stayed; " },
    /* Only when D has left the closed eth2 can E be admitted there, if C
     * leaves: C does so at once. */
    { "reservable=75 failback=false eth0:20 eth1:39 eth2:28",
      "a:priority=7,guarantee=10,at=eth0 b:priority=4,at=eth1 "
      "c:priority=4,at=eth2,exclusive "
      "d:priority=1,guarantee=17,pref=eth1/*,at=eth2 "
      "e:priority=0,guarantee=17,pref=eth2/eth0/*",
      "a eth0 stayed; b eth1 stayed; c eth0 guarantee; d eth1 preempted; "
      "e eth2 guarantee-fits; " },
    /* Only one guarantee of A and B can be kept beside that of C: the demand
     * does not decide which. */
    { "reservable=100 eth0:10G eth1:10G",
      "a:guarantee=6G,demand=1G,at=eth0 b:guarantee=6G,demand=2G,at=eth0 "
      "c:priority=5,guarantee=6G,at=eth1",
      "c eth1 stayed; b eth0 stayed unmet; a eth0 stayed; " },
    /* A does not return home if that displaces B, which has a guarantee... */
    { "reservable=100 eth0:10G eth1:10G eth2:10G",
      "a:priority=6,exclusive,at=eth1,home=eth0 "
      "b:priority=5,guarantee=6G,at=eth0",
      "a eth1 stayed; b eth0 stayed; " },
    /* ...but does if B has none. */
    { "reservable=100 eth0:10G eth1:10G eth2:10G",
      "a:priority=6,exclusive,at=eth1,home=eth0 b:priority=5,at=eth0",
      "a eth0 failback; b eth1 preempted; " },
};

static int
run_packing_table(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct packing_case *c = &cases[i];
        struct vm_choice choices[MAX_SLOTS];
        struct ds s = DS_EMPTY_INITIALIZER;
        struct vm_sample sample;

        vm_sample_from_text(&sample, c->members, c->slots);
        vm_packing_run(&sample.snapshot, choices);
        for (size_t j = 0; j < sample.snapshot.n_slots; j++) {
            ds_put_format(&s, "%s %s %s%s; ", sample.slots[j].id,
                          vm_sample_member_name(&sample, choices[j].member),
                          vm_reason_to_token(choices[j].reason),
                          choices[j].guarantee_unmet ? " unmet" : "");
        }
        vm_expect_text(c->slots, c->expected, ds_cstr(&s));
        ds_destroy(&s);
        vm_sample_destroy(&sample);
    }
    return vm_expect_result();
}

/* Random instances. */

struct tally {
    unsigned long int packed;   /* Instances in which placement alone does not
                                 * suffice. */
    unsigned long int moved;    /* Slots that moved for that reason. */
    unsigned long int balanced; /* Slots that moved for the sake of load. */
};

static void
make_instance(struct vm_random *random, struct ds *members, struct ds *slots)
{
    static const char *const prefs[] = {
        "", "", "", "", "", ",pref=eth0", ",pref=eth1/*", ",pref=eth2/eth0/*",
    };
    size_t n_members = vm_random_between(random, 2, 4);
    size_t n_slots = vm_random_between(random, 2, MAX_SLOTS);
    bool failback = vm_random_chance(random, 80);

    ds_put_format(members, "reservable=%d failback=%s",
                  vm_random_chance(random, 50) ? 100 : 75,
                  failback ? "true" : "false");
    for (size_t u = 0; u < n_members; u++) {
        ds_put_format(members, " eth%"PRIuSIZE":%"PRIu64"%s%s%s", u,
                      vm_random_between(random, 20, 40),
                      vm_random_chance(random, 10) ? ",down" : "",
                      vm_random_chance(random, 10) ? ",standby" : "",
                      vm_random_chance(random, 7) ? ",held-off"
                      : vm_random_chance(random, 7) ? ",drained" : "");
    }
    for (size_t i = 0; i < n_slots; i++) {
        ds_put_format(slots, "%ss%02"PRIuSIZE":priority=%"PRIu64
                      ",demand=%"PRIu64",guarantee=%"PRIu64"%s",
                      i ? " " : "", i,
                      vm_random_below(random, 8),
                      vm_random_below(random, 50),
                      vm_random_chance(random, 25)
                      ? 0 : vm_random_between(random, 1, 17),
                      prefs[vm_random_below(random, ARRAY_SIZE(prefs))]);
        if (vm_random_chance(random, 70)) {
            ds_put_format(slots, ",at=eth%"PRIu64,
                          vm_random_below(random, n_members));
        }
        if (vm_random_chance(random, 20)) {
            ds_put_format(slots, ",home=eth%"PRIu64,
                          vm_random_below(random, n_members));
        }
        if (vm_random_chance(random, 5)) {
            ds_put_format(slots, ",pin=eth%"PRIu64,
                          vm_random_below(random, n_members));
        }
        ds_put_cstr(slots, (vm_random_chance(random, failback ? 5 : 15)
                            ? ",exclusive" : ""));
    }
}

static bool
same_choices(const struct vm_choice *a, const struct vm_choice *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (a[i].member != b[i].member || a[i].reason != b[i].reason
            || a[i].because != b[i].because
            || a[i].guarantee_unmet != b[i].guarantee_unmet) {
            return false;
        }
    }
    return true;
}

/* Returns true if admission depends on where slots are: the member of an
 * exclusive slot, or without failback of a slot with named members, depends on
 * that, and who may stay on a member that is held off. */
static bool
depends_on_present(const struct vm_snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        if (snapshot->slots[i].exclusive) {
            return true;
        }
    }
    for (size_t i = 0; i < snapshot->n_members; i++) {
        if (snapshot->members[i].avoid == VM_AVOID_HELD_OFF) {
            return true;
        }
    }
    return !snapshot->failback;
}

/* Finds which slots are admitted without regard to demands, in the order of
 * 'snapshot'. */
static void
admit(const struct vm_snapshot *snapshot, struct vm_admission *admissions)
{
    size_t n = snapshot->n_slots;
    struct vm_snapshot no_demand = *snapshot;
    struct vm_admission sorted[MAX_SLOTS];

    no_demand.slots = xmemdup(snapshot->slots, n * sizeof *no_demand.slots);
    for (size_t i = 0; i < n; i++) {
        no_demand.slots[i].demand = 0;
    }
    vm_snapshot_sort_slots(&no_demand);
    vm_admission_run(&no_demand, sorted);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            if (!strcmp(snapshot->slots[i].id, no_demand.slots[j].id)) {
                admissions[i] = sorted[j];
            }
        }
    }
    free(no_demand.slots);
}

/* Returns null if 'choices' are right. */
static const char *
check_choices(const struct vm_sample *sample, const struct vm_choice *choices,
              struct tally *tally)
{
    const struct vm_snapshot *snapshot = &sample->snapshot;
    size_t n = snapshot->n_slots;
    struct vm_admission admissions[MAX_SLOTS];
    struct vm_choice placed[MAX_SLOTS];
    bool placement_suffices = true;

    vm_placement_run(snapshot, placed);
    admit(snapshot, admissions);
    for (size_t i = 0; i < n; i++) {
        const struct vm_snap_slot *slot = &snapshot->slots[i];
        int member = choices[i].member;

        if ((slot->guarantee || slot->exclusive) && slot->present >= 0
            && (placed[i].reason == VM_R_PREEMPTED || placed[i].member < 0)) {
            placement_suffices = false;
        }
        placement_suffices = (placement_suffices
                              && !(placed[i].guarantee_unmet
                                   && (admissions[i].admitted
                                       || depends_on_present(snapshot))));
        if (slot->guarantee && admissions[i].admitted) {
            if (choices[i].guarantee_unmet
                && !depends_on_present(snapshot)) {
                return "an admitted guarantee is unmet";
            }
        }
        if (member >= 0 && (!snapshot->members[member].usable
                            || !vm_snap_slot_allows(slot, member))) {
            return "on a member that it may not use";
        }
        if (choices[i].reason == VM_R_GUARANTEE) {
            tally->moved++;
            if (slot->present < 0 || slot->present == member
                || !snapshot->members[slot->present].usable) {
                return "moved for a guarantee without leaving a usable member";
            }
        }
    }
    tally->packed += !placement_suffices;
    return (placement_suffices && !same_choices(placed, choices, n)
            ? "moved without need" : NULL);
}

/* Puts 'slot' where 'choice' says and updates its home (see vm-slot.h). */
static void
carry_out(const struct vm_snapshot *snapshot, const struct vm_choice *choice,
          struct vm_snap_slot *slot)
{
    int left = slot->present;

    slot->present = choice->member;
    if (slot->home == slot->present) {
        slot->home = VM_MEMBER_NONE;
    } else if (slot->home < 0 && left >= 0 && left != slot->present
               && left != slot->pinned && vm_snap_slot_allows(slot, left)
               && (!snapshot->members[left].usable
                   || choice->reason == VM_R_PREEMPTED
                   || choice->reason == VM_R_DISPLACED)) {
        slot->home = left;
    }
}

/* Returns null if no slot moves when all are where 'choices' say, and every
 * guarantee that is admitted then is kept. */
static const char *
check_again(struct vm_sample *sample, const struct vm_choice *choices)
{
    const struct vm_snapshot *snapshot = &sample->snapshot;
    struct vm_admission admissions[MAX_SLOTS];
    struct vm_choice again[MAX_SLOTS];

    for (size_t i = 0; i < snapshot->n_slots; i++) {
        carry_out(snapshot, &choices[i], &sample->slots[i]);
    }
    vm_packing_run(snapshot, again);
    admit(snapshot, admissions);
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        if (again[i].member != choices[i].member) {
            return "moved again";
        } else if (again[i].guarantee_unmet != choices[i].guarantee_unmet) {
            return "a guarantee is unmet or kept only the second time";
        } else if (snapshot->slots[i].guarantee && admissions[i].admitted
                   && again[i].guarantee_unmet) {
            return "an admitted guarantee is unmet in the end";
        }
    }
    return NULL;
}

/* Returns null if a change of demands moves no slot and no guarantee. */
static const char *
check_demands(struct vm_random *random, struct vm_sample *sample)
{
    const struct vm_snapshot *snapshot = &sample->snapshot;
    size_t n = snapshot->n_slots;
    struct vm_choice before[MAX_SLOTS], after[MAX_SLOTS];
    const char *ids[MAX_SLOTS];

    vm_packing_run(snapshot, before);
    for (size_t i = 0; i < n; i++) {
        ids[i] = sample->slots[i].id;
        sample->slots[i].demand = vm_random_below(random, 50);
    }
    vm_snapshot_sort_slots(&sample->snapshot);
    vm_packing_run(snapshot, after);
    for (size_t i = 0; i < n; i++) {
        size_t j = 0;

        while (strcmp(ids[j], sample->slots[i].id)) {
            j++;
        }
        if (after[i].member != before[j].member) {
            return "moved because demands have changed";
        } else if (after[i].guarantee_unmet != before[j].guarantee_unmet) {
            return "kept or lost a guarantee because demands have changed";
        }
    }
    return NULL;
}

/* Returns null if placement undoes no move of balancing, and if no guarantee
 * becomes unmet by it except for one that comes before it. */
static const char *
check_balancing(struct vm_sample *sample, struct tally *tally)
{
    const struct vm_snapshot *snapshot = &sample->snapshot;
    struct vm_choice before[MAX_SLOTS], after[MAX_SLOTS];
    const char *error = NULL;
    bool gained = false;
    struct vm_plan plan;

    vm_packing_run(snapshot, before);
    vm_rebalance_plan(snapshot, &plan);
    tally->balanced += plan.n;
    for (size_t i = 0; i < plan.n; i++) {
        sample->slots[plan.moves[i].slot].present = plan.moves[i].to;
    }
    vm_packing_run(snapshot, after);
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        gained = gained || (before[i].guarantee_unmet
                            && !after[i].guarantee_unmet);
        if (after[i].guarantee_unmet && !before[i].guarantee_unmet
            && !gained) {
            error = "balancing has made a guarantee unmet";
        }
    }
    for (size_t i = 0; i < plan.n; i++) {
        if (after[plan.moves[i].slot].member != plan.moves[i].to) {
            error = "placement undoes a move of balancing";
        }
    }
    vm_plan_destroy(&plan);
    return error;
}

static int
run_packing_random(int argc OVS_UNUSED, char *argv[])
{
    uint64_t seed = strtoull(argv[1], NULL, 10);
    unsigned long int n = strtoul(argv[2], NULL, 10);
    struct tally tally = { 0, 0, 0 };

    for (unsigned long int i = 0; i < n; i++) {
        struct ds members = DS_EMPTY_INITIALIZER;
        struct ds slots = DS_EMPTY_INITIALIZER;
        struct vm_choice choices[MAX_SLOTS];
        struct vm_random random;
        struct vm_sample sample;

        vm_random_init(&random, seed + i);
        make_instance(&random, &members, &slots);
        vm_sample_from_text(&sample, ds_cstr(&members), ds_cstr(&slots));
        vm_packing_run(&sample.snapshot, choices);
        const char *error = check_choices(&sample, choices, &tally);
        error = error ? error : check_again(&sample, choices);
        error = error ? error : check_demands(&random, &sample);
        error = error ? error : check_balancing(&sample, &tally);
        if (error) {
            fprintf(stderr, "seed %"PRIu64": %s\n  %s\n  %s\n", seed + i,
                    error, ds_cstr(&members), ds_cstr(&slots));
            return 1;
        }
        vm_sample_destroy(&sample);
        ds_destroy(&members);
        ds_destroy(&slots);
    }
    printf("%lu instances, %lu of them had to be packed, %lu slots moved for "
           "that, %lu for the sake of load\n", n, tally.packed, tally.moved,
           tally.balanced);
    return !tally.packed || !tally.moved || !tally.balanced;
}

const struct vm_test_command test_vm_packing_commands[] = {
    { "packing-table", "", 0, 0, run_packing_table },
    { "packing-random", "SEED N", 2, 2, run_packing_random },
    { NULL, NULL, 0, 0, NULL },
};
