/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Placement together with admission, in small random worlds that are nearly
 * full.  That admission itself finds all that can be kept is tested by
 * test-vm-admission.c, against a solver. */

#include "vm-packing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-admission.h"
#include "vm-balance.h"
#include "vm-expect.h"
#include "vm-random.h"
#include "vm-rebalance.h"
#include "vm-sample.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_packing_commands[];

#define MAX_SLOTS 13

/* What is expected is told slot by slot, in the order of rule 2. */
struct packing_case {
    const char *uplinks;
    const char *slots;
    const char *expected;
};

static const struct packing_case cases[] = {
    /* Everything fits where it is: as vm-placement says. */
    { "reservable=100 eth0:10G eth1:10G",
      "a:guarantee=6G,at=eth0 b:guarantee=6G,at=eth1",
      "a eth0 stayed; b eth1 stayed; " },
    /* A makes room for C, whom no uplink would take. */
    { "reservable=100 eth0:10G eth1:10G",
      "a:priority=4,guarantee=3G,at=eth0 b:priority=4,guarantee=3G,at=eth1 "
      "c:guarantee=8G",
      "a eth1 guarantee; b eth1 stayed; c eth0 least-loaded; " },
    /* C does not fit at all: nobody moves for it. */
    { "reservable=100 eth0:10G eth1:10G",
      "a:priority=4,guarantee=6G,at=eth0 b:priority=4,guarantee=6G,at=eth1 "
      "c:guarantee=7G",
      "a eth0 stayed; b eth1 stayed; c eth0 least-loaded broken; " },
    /* A doesn't go home at the cost of B, who may be nowhere else. */
    { "reservable=100 eth0:10G eth1:10G",
      "a:priority=2,guarantee=6G,at=eth1,home=eth0 "
      "b:priority=1,guarantee=6G,wish=eth0,at=eth0",
      "a eth1 stayed; b eth0 first-choice; " },
    /* Who comes from a lost uplink goes where the load is least, and B, who is
     * in the way then, leaves. */
    { "reservable=100 eth0:10G eth1:10G eth2:10G,down",
      "a:priority=5,guarantee=8G,at=eth2 b:priority=4,guarantee=5G,at=eth0 "
      "c:priority=3,guarantee=5G,at=eth1",
      "a eth0 failover; b eth1 guarantee; c eth1 stayed; " },
    /* D leaves the closed eth2, and only then could E be admitted there, if C
     * went away: C does so at once. */
    { "reservable=75 failback=false eth0:20 eth1:39 eth2:28",
      "a:priority=7,guarantee=10,at=eth0 b:priority=4,at=eth1 "
      "c:priority=4,at=eth2,exclusive "
      "d:priority=1,guarantee=17,wish=eth1/*,at=eth2 "
      "e:priority=0,guarantee=17,wish=eth2/eth0/*",
      "a eth0 stayed; b eth1 stayed; c eth0 guarantee; d eth1 made-way; "
      "e eth2 guarantee-fits; " },
    /* One of A and B is kept, and C has room: not the demand decides who. */
    { "reservable=100 eth0:10G eth1:10G",
      "a:guarantee=6G,demand=1G,at=eth0 b:guarantee=6G,demand=2G,at=eth0 "
      "c:priority=5,guarantee=6G,at=eth1",
      "c eth1 stayed; b eth0 stayed broken; a eth0 stayed; " },
    /* A doesn't go home where that drives away B, who has a guarantee... */
    { "reservable=100 eth0:10G eth1:10G eth2:10G",
      "a:priority=6,exclusive,at=eth1,home=eth0 "
      "b:priority=5,guarantee=6G,at=eth0",
      "a eth1 stayed; b eth0 stayed; " },
    /* ...but it does if B has none. */
    { "reservable=100 eth0:10G eth1:10G eth2:10G",
      "a:priority=6,exclusive,at=eth1,home=eth0 b:priority=5,at=eth0",
      "a eth0 failback; b eth1 made-way; " },
};

static int
run_packing_table(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct packing_case *c = &cases[i];
        struct vm_choice choices[MAX_SLOTS];
        struct ds s = DS_EMPTY_INITIALIZER;
        struct vm_sample sample;

        vm_sample_from_text(&sample, c->uplinks, c->slots);
        vm_packing_run(&sample.snapshot, choices);
        for (size_t j = 0; j < sample.snapshot.n_slots; j++) {
            ds_put_format(&s, "%s %s %s%s; ", sample.slots[j].id,
                          vm_sample_uplink_name(&sample, choices[j].uplink),
                          vm_reason_to_token(choices[j].reason),
                          choices[j].guarantee_broken ? " broken" : "");
        }
        vm_expect_text(c->slots, c->expected, ds_cstr(&s));
        ds_destroy(&s);
        vm_sample_destroy(&sample);
    }
    return vm_expect_result();
}

/* Random worlds. */

struct tally {
    unsigned long int packed;   /* Placement alone was not enough. */
    unsigned long int moved;    /* Slots that moved for that reason. */
    unsigned long int balanced; /* Slots that moved for the sake of load. */
};

static void
make_world(struct vm_random *random, struct ds *uplinks, struct ds *slots)
{
    static const char *const wishes[] = {
        "", "", "", "", "", ",wish=eth0", ",wish=eth1/*", ",wish=eth2/eth0/*",
    };
    size_t n_uplinks = vm_random_between(random, 2, 4);
    size_t n_slots = vm_random_between(random, 2, MAX_SLOTS);
    bool failback = vm_random_chance(random, 80);

    ds_put_format(uplinks, "reservable=%d failback=%s",
                  vm_random_chance(random, 50) ? 100 : 75,
                  failback ? "true" : "false");
    for (size_t u = 0; u < n_uplinks; u++) {
        ds_put_format(uplinks, " eth%"PRIuSIZE":%"PRIu64"%s%s", u,
                      vm_random_between(random, 20, 40),
                      vm_random_chance(random, 10) ? ",down" : "",
                      vm_random_chance(random, 10) ? ",standby" : "");
    }
    for (size_t i = 0; i < n_slots; i++) {
        ds_put_format(slots, "%ss%02"PRIuSIZE":priority=%"PRIu64
                      ",demand=%"PRIu64",guarantee=%"PRIu64"%s",
                      i ? " " : "", i,
                      vm_random_below(random, 8),
                      vm_random_below(random, 50),
                      vm_random_chance(random, 25)
                      ? 0 : vm_random_between(random, 1, 17),
                      wishes[vm_random_below(random, ARRAY_SIZE(wishes))]);
        if (vm_random_chance(random, 70)) {
            ds_put_format(slots, ",at=eth%"PRIu64,
                          vm_random_below(random, n_uplinks));
        }
        if (vm_random_chance(random, 20)) {
            ds_put_format(slots, ",home=eth%"PRIu64,
                          vm_random_below(random, n_uplinks));
        }
        if (vm_random_chance(random, 5)) {
            ds_put_format(slots, ",pin=eth%"PRIu64,
                          vm_random_below(random, n_uplinks));
        }
        ds_put_cstr(slots, (vm_random_chance(random, failback ? 5 : 15)
                            ? ",exclusive" : ""));
    }
}

static bool
same_choices(const struct vm_choice *a, const struct vm_choice *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (a[i].uplink != b[i].uplink || a[i].reason != b[i].reason
            || a[i].because != b[i].because
            || a[i].guarantee_broken != b[i].guarantee_broken) {
            return false;
        }
    }
    return true;
}

/* Where an exclusive slot, or without failback a slot with named uplinks, has
 * to be depends on where it is: who is admitted then does, too. */
static bool
depends_on_present(const struct vm_snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        if (snapshot->slots[i].exclusive) {
            return true;
        }
    }
    return !snapshot->failback;
}

/* Finds who is admitted if nobody looks at demands, in the order of
 * 'snapshot'. */
static void
admit(const struct vm_snapshot *snapshot, struct vm_admission *admissions)
{
    size_t n = snapshot->n_slots;
    struct vm_snapshot calm = *snapshot;
    struct vm_admission sorted[MAX_SLOTS];

    calm.slots = xmemdup(snapshot->slots, n * sizeof *calm.slots);
    for (size_t i = 0; i < n; i++) {
        calm.slots[i].demand = 0;
    }
    vm_snapshot_sort_slots(&calm);
    vm_admission_run(&calm, sorted);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            if (!strcmp(snapshot->slots[i].id, calm.slots[j].id)) {
                admissions[i] = sorted[j];
            }
        }
    }
    free(calm.slots);
}

/* Null if 'choices' are right. */
static const char *
check_choices(const struct vm_sample *sample, const struct vm_choice *choices,
              struct tally *tally)
{
    const struct vm_snapshot *snapshot = &sample->snapshot;
    size_t n = snapshot->n_slots;
    struct vm_admission admissions[MAX_SLOTS];
    struct vm_choice plain[MAX_SLOTS];
    bool plain_suffices = true;

    vm_placement_run(snapshot, plain);
    admit(snapshot, admissions);
    for (size_t i = 0; i < n; i++) {
        const struct vm_slot *slot = &snapshot->slots[i];
        int uplink = choices[i].uplink;

        if ((slot->guarantee || slot->exclusive) && slot->present >= 0
            && (plain[i].reason == VM_R_MADE_WAY || plain[i].uplink < 0)) {
            plain_suffices = false;
        }
        plain_suffices = (plain_suffices
                          && !(plain[i].guarantee_broken
                               && (admissions[i].admitted
                                   || depends_on_present(snapshot))));
        if (slot->guarantee && admissions[i].admitted) {
            if (choices[i].guarantee_broken
                && !depends_on_present(snapshot)) {
                return "an admitted guarantee is broken";
            }
        }
        if (uplink >= 0 && (!snapshot->uplinks[uplink].usable
                            || !vm_slot_wishes(slot, uplink))) {
            return "may not be there";
        }
        if (choices[i].reason == VM_R_GUARANTEE) {
            tally->moved++;
            if (slot->present < 0 || slot->present == uplink
                || !snapshot->uplinks[slot->present].usable) {
                return "that is no reason to be there";
            }
        }
    }
    tally->packed += !plain_suffices;
    return (plain_suffices && !same_choices(plain, choices, n)
            ? "moved without need" : NULL);
}

/* Puts 'slot' where 'choice' says, with the memory of a slot (vm-slot.h). */
static void
carry_out(const struct vm_snapshot *snapshot, const struct vm_choice *choice,
          struct vm_slot *slot)
{
    int left = slot->present;

    slot->present = choice->uplink;
    if (slot->home == slot->present) {
        slot->home = VM_UPLINK_NONE;
    } else if (slot->home < 0 && left >= 0 && left != slot->present
               && left != slot->pinned && vm_slot_wishes(slot, left)
               && (!snapshot->uplinks[left].usable
                   || choice->reason == VM_R_MADE_WAY
                   || choice->reason == VM_R_DISPLACED)) {
        slot->home = left;
    }
}

/* Null if nobody moves when all are where 'choices' say, and all that is
 * admitted then is kept. */
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
        if (again[i].uplink != choices[i].uplink) {
            return "moved again";
        } else if (again[i].guarantee_broken != choices[i].guarantee_broken) {
            return "a guarantee is broken or kept only when asked again";
        } else if (snapshot->slots[i].guarantee && admissions[i].admitted
                   && again[i].guarantee_broken) {
            return "an admitted guarantee is broken in the end";
        }
    }
    return NULL;
}

/* Null if nobody moves, and no guarantee changes hands, because demands have
 * changed. */
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
        if (after[i].uplink != before[j].uplink) {
            return "moved because demands have changed";
        } else if (after[i].guarantee_broken != before[j].guarantee_broken) {
            return "a guarantee has changed hands as demands have changed";
        }
    }
    return NULL;
}

/* Null if nobody whom balancing moves is taken back, and no guarantee is lost
 * by it but for the sake of one that comes before it. */
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
        gained = gained || (before[i].guarantee_broken
                            && !after[i].guarantee_broken);
        if (after[i].guarantee_broken && !before[i].guarantee_broken
            && !gained) {
            error = "balancing has broken a guarantee";
        }
    }
    for (size_t i = 0; i < plan.n; i++) {
        if (after[plan.moves[i].slot].uplink != plan.moves[i].to) {
            error = "placement takes back what balancing did";
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
        struct ds uplinks = DS_EMPTY_INITIALIZER;
        struct ds slots = DS_EMPTY_INITIALIZER;
        struct vm_choice choices[MAX_SLOTS];
        struct vm_random random;
        struct vm_sample sample;

        vm_random_init(&random, seed + i);
        make_world(&random, &uplinks, &slots);
        vm_sample_from_text(&sample, ds_cstr(&uplinks), ds_cstr(&slots));
        vm_packing_run(&sample.snapshot, choices);
        const char *error = check_choices(&sample, choices, &tally);
        error = error ? error : check_again(&sample, choices);
        error = error ? error : check_demands(&random, &sample);
        error = error ? error : check_balancing(&sample, &tally);
        if (error) {
            fprintf(stderr, "seed %"PRIu64": %s\n  %s\n  %s\n", seed + i,
                    error, ds_cstr(&uplinks), ds_cstr(&slots));
            return 1;
        }
        vm_sample_destroy(&sample);
        ds_destroy(&uplinks);
        ds_destroy(&slots);
    }
    printf("%lu worlds, %lu of them had to be packed, %lu slots moved for "
           "that, %lu for the sake of load\n", n, tally.packed, tally.moved,
           tally.balanced);
    return !tally.packed || !tally.moved || !tally.balanced;
}

const struct vm_test_command test_vm_packing_commands[] = {
    { "packing-table", "", 0, 0, run_packing_table },
    { "packing-random", "SEED N", 2, 2, run_packing_random },
    { NULL, NULL, 0, 0, NULL },
};
