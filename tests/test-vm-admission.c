/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Tests of vm-admission: named cases, and random ones against a solver that
 * tries all there is. */

#include "vm-admission.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-random.h"
#include "vm-remedy.h"
#include "vm-sample.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_admission_commands[];

/* Named cases.  Expected is the uplink of each slot in the order of rule 2,
 * "!" behind it if it isn't admitted. */
struct admission_case {
    const char *name;
    const char *uplinks;
    const char *slots;
    const char *expected;
};

static const struct admission_case cases[] = {
    { "all stay where they fit",
      "reservable=75 eth0:10G eth1:10G",
      "a:guarantee=4G,at=eth1 b:guarantee=3G,at=eth1 c:guarantee=1G,at=eth0",
      "a=eth1 b=eth1 c=eth0" },
    { "at most 75 % is reserved",
      "reservable=75 eth0:10G",
      "a:guarantee=7G,at=eth0 b:guarantee=1G,at=eth0",
      "a=eth0 b=eth0!" },
    { "the higher priority comes first",
      "reservable=100 eth0:10G",
      "a:priority=2,guarantee=8G,at=eth0 b:priority=6,guarantee=5G,at=eth0",
      "b=eth0 a=eth0!" },
    { "what has no guarantee needs no room",
      "reservable=100 eth0:1G eth1:1G,down",
      "a:guarantee=1G,at=eth0 b:at=eth0 c:wish=eth1",
      "a=eth0 b=eth0 c=none" },
    { "a named uplink is taken though the guarantee fits elsewhere",
      "reservable=100 eth0:4G eth1:10G",
      "a:guarantee=5G,wish=eth0/eth1", "a=eth0!" },
    { "a newcomer leaves alone those that are expected",
      "reservable=100 eth0:10G eth1:10G",
      "a:priority=7,guarantee=4G b:guarantee=8G,at=eth0 "
      "c:guarantee=6G,at=eth1",
      "a=eth1 b=eth0 c=eth1" },
    { "a newcomer goes where there is most room",
      "reservable=100 eth0:8G eth1:10G", "a:guarantee=1G", "a=eth1" },
    { "those that came before count once",
      "reservable=100 eth0:10G eth1:10G",
      "a:priority=7,guarantee=4G,at=eth0 b:priority=5,guarantee=3G "
      "c:priority=3,guarantee=5G,at=eth1",
      "a=eth0 b=eth0 c=eth1" },
    { "a small one makes way for a big one of lower priority",
      "reservable=100 eth0:10G eth1:10G",
      "a:priority=7,guarantee=3G,at=eth0 b:priority=6,guarantee=3G,at=eth1 "
      "c:priority=1,guarantee=8G,at=eth0",
      "a=eth1 b=eth1 c=eth0" },
    { "after a loss the lowest priority loses",
      "reservable=100 eth0:10G eth1:10G,down",
      "a:priority=5,guarantee=6G,at=eth1 b:priority=3,guarantee=6G,at=eth0 "
      "c:priority=1,guarantee=4G,at=eth0",
      "a=eth0 b=eth0! c=eth0" },
    { "failback brings it home",
      "reservable=100 eth0:10G eth1:10G",
      "a:guarantee=6G,at=eth0,home=eth1 b:guarantee=6G,at=eth0",
      "a=eth1 b=eth0" },
    { "what was put by hand stays",
      "reservable=100 eth0:10G eth1:10G",
      "a:priority=6,guarantee=6G,at=eth0,pin=eth0 "
      "b:guarantee=6G,wish=eth0",
      "a=eth0 b=eth0!" },
    { "an exclusive one goes where it harms nobody",
      "reservable=100 eth0:10G eth1:5G",
      "a:priority=7,exclusive b:priority=1,guarantee=8G",
      "a=eth1 b=eth0" },
    { "C30: the uplink of an exclusive one is closed",
      "reservable=100 eth0:10G eth1:10G,down",
      "a:priority=7,exclusive,at=eth0,wish=eth0 "
      "b:priority=1,guarantee=1G,wish=eth1/*",
      "a=eth0 b=none!" },
    { "standby uplinks are held back",
      "reservable=100 eth0:5G eth1:10G,standby",
      "a:guarantee=8G", "a=eth0!" },
    { "unless nothing else is left",
      "reservable=100 eth0:5G,down eth1:10G,standby",
      "a:guarantee=8G", "a=eth1" },
    { "exactly full, by exchange only",
      "reservable=100 eth0:10G eth1:10G eth2:10G",
      "a:guarantee=7G,at=eth0 b:guarantee=6G,at=eth1 c:guarantee=5G,at=eth2 "
      "d:guarantee=5G,at=eth0 e:guarantee=4G,at=eth2 f:guarantee=3G,at=eth1",
      "a=eth0 b=eth1 c=eth2 d=eth2 e=eth1 f=eth0" },
    { "no uplink", "reservable=100 eth0:10G,down", "a:guarantee=1G",
      "a=none!" },
};

static void
format_admissions(const struct vm_sample *sample,
                  const struct vm_admission *admissions, struct ds *s)
{
    for (size_t i = 0; i < sample->snapshot.n_slots; i++) {
        ds_put_format(s, "%s%s=%s%s", i ? " " : "", sample->slots[i].id,
                      vm_sample_uplink_name(sample, admissions[i].uplink),
                      admissions[i].admitted ? "" : "!");
    }
}

static int
run_admission_table(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    int retval = 0;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct admission_case *c = &cases[i];
        struct vm_admission admissions[8];
        struct ds s = DS_EMPTY_INITIALIZER;
        struct vm_sample sample;

        vm_sample_from_text(&sample, c->uplinks, c->slots);
        bool complete = vm_admission_run(&sample.snapshot, admissions);
        format_admissions(&sample, admissions, &s);
        if (strcmp(ds_cstr(&s), c->expected) || !complete) {
            fprintf(stderr, "%s:\n  expected %s\n  got      %s%s\n", c->name,
                    c->expected, ds_cstr(&s), complete ? "" : " given up");
            retval = 1;
        }
        ds_destroy(&s);
        vm_sample_destroy(&sample);
    }
    return retval;
}

/* The model: all ways to place slots in order, and the best of them. */

#define MAX_SLOTS 12
#define MAX_UPLINKS 3

/* What becomes of a slot, the best last. */
enum level { LOST, CARRIED, ADMITTED };

struct model {
    const struct vm_snapshot *snapshot;
    int at[MAX_SLOTS];
    enum level level[MAX_SLOTS], best[MAX_SLOTS];
    bool found;                 /* 'best' holds something. */
};

static bool
model_allows(const struct model *m, size_t i, int uplink)
{
    const struct vm_snapshot *s = m->snapshot;
    const struct vm_slot *slot = &s->slots[i];
    bool wished = slot->any;
    bool others = false;

    if (uplink < 0 || !s->uplinks[uplink].usable) {
        return false;
    }
    for (size_t u = 0; u < s->n_uplinks; u++) {
        others |= s->uplinks[u].usable && !s->uplinks[u].standby;
    }
    for (size_t j = 0; j < slot->n_wish; j++) {
        wished |= slot->wish[j] == uplink;
    }
    for (size_t j = 0; j < i; j++) {
        if (m->at[j] == uplink && s->slots[j].exclusive
            && s->slots[j].priority > slot->priority) {
            return false;
        }
    }
    return wished && !(s->uplinks[uplink].standby && others);
}

/* Puts the uplinks that slot 'i' may go to into 'choices' and returns how many
 * there are. */
static size_t
model_choices(const struct model *m, size_t i, int *choices)
{
    const struct vm_slot *slot = &m->snapshot->slots[i];
    size_t n = 0;

    choices[0] = slot->pinned;
    if (model_allows(m, i, slot->pinned)) {
        return 1;
    }
    choices[0] = slot->present;
    if (slot->n_wish && !m->snapshot->failback
        && model_allows(m, i, slot->present)) {
        return 1;
    }
    for (size_t j = 0; j < slot->n_wish; j++) {
        choices[0] = slot->wish[j];
        if (model_allows(m, i, slot->wish[j])) {
            return 1;
        }
    }
    for (size_t u = 0; u < m->snapshot->n_uplinks; u++) {
        if (model_allows(m, i, u)) {
            choices[n++] = u;
        }
    }
    return n;
}

/* The level of slot 'i' at 'uplink', given those before it. */
static enum level
model_level(const struct model *m, size_t i, int uplink)
{
    uint64_t capacity = m->snapshot->uplinks[uplink].capacity;
    uint64_t used = m->snapshot->slots[i].guarantee;

    for (size_t j = 0; j < i; j++) {
        if (m->at[j] == uplink && m->level[j] == ADMITTED) {
            used += m->snapshot->slots[j].guarantee;
        }
    }
    return (!m->snapshot->slots[i].guarantee
            || used * 100 <= capacity * m->snapshot->reservable_pct
            ? ADMITTED : CARRIED);
}

/* Places slot 'i' and those after it in all ways that could lead to something
 * better, or as good if 'better' already. */
static void
model_run(struct model *m, size_t i, bool better)
{
    int choices[MAX_UPLINKS + 1];
    size_t n = 0;

    if (i == m->snapshot->n_slots) {
        if (better || !m->found) {
            memcpy(m->best, m->level, sizeof m->best);
            m->found = true;
        }
        return;
    }

    n = model_choices(m, i, choices);
    for (size_t k = 0; k < MAX(n, 1); k++) {
        m->at[i] = n ? choices[k] : VM_UPLINK_NONE;
        m->level[i] = n ? model_level(m, i, choices[k]) : LOST;

        /* What comes before may have become the best in the meantime. */
        bool ahead = !m->found;
        size_t j;
        for (j = 0; j <= i && m->found && m->level[j] == m->best[j]; j++) {
            continue;
        }
        ahead = ahead || (j <= i && m->level[j] > m->best[j]);
        if (ahead || (m->found && j > i)) {
            model_run(m, i + 1, ahead);
        }
    }
}

/* A random world as text, in small numbers so that much is exactly full. */
static void
make_slot(struct vm_random *random, size_t i, size_t n_uplinks,
          uint64_t guarantee, unsigned int special, struct ds *slots)
{
    static const char *const wishes[] = {
        "", "", "", "", ",wish=*", ",wish=eth0", ",wish=eth1/*",
        ",wish=eth2/eth0/*", ",wish=eth1/eth9",
    };

    ds_put_format(slots, "%ss%02"PRIuSIZE":priority=%"PRIu64
                  ",guarantee=%"PRIu64, i ? " " : "", i,
                  vm_random_below(random, special ? 8 : 3), guarantee);
    if (vm_random_chance(random, 70)) {
        ds_put_format(slots, ",at=eth%"PRIu64,
                      vm_random_below(random, n_uplinks));
    }
    if (special) {
        ds_put_cstr(slots,
                    wishes[vm_random_below(random, ARRAY_SIZE(wishes))]);
    }
    if (vm_random_chance(random, special)) {
        ds_put_cstr(slots, ",exclusive");
    }
    if (vm_random_chance(random, special)) {
        ds_put_format(slots, ",%s=eth%"PRIu64,
                      vm_random_chance(random, 50) ? "home" : "pin",
                      vm_random_below(random, n_uplinks));
    }
}

/* Returns true if the world is made so that everything fits exactly. */
static bool
make_text(struct vm_random *random, struct ds *uplinks, struct ds *slots)
{
    size_t n_uplinks = vm_random_between(random, 1, MAX_UPLINKS);
    size_t n_slots = vm_random_between(random, 1, MAX_SLOTS);
    bool planted = vm_random_chance(random, 30);
    unsigned int special = planted || vm_random_chance(random, 40) ? 0 : 15;
    bool odd = !planted && !special && vm_random_chance(random, 30);
    uint64_t sums[MAX_UPLINKS] = { 0, 0, 0 };
    uint64_t all = 0;

    /* Even sizes on odd capacities: almost enough, which only a search can
     * tell. */
    n_slots = odd ? MAX_SLOTS : n_slots;
    for (size_t i = 0; i < n_slots; i++) {
        uint64_t guarantee = (odd ? 2 * vm_random_between(random, 13, 20)
                              : vm_random_chance(random, 15) ? 0
                              : vm_random_between(random, 1, 17));

        all += guarantee;
        sums[vm_random_below(random, n_uplinks)] += guarantee;
        make_slot(random, i, n_uplinks, guarantee, special, slots);
    }

    ds_put_format(uplinks, "reservable=%d failback=%s",
                  planted || odd || vm_random_chance(random, 50) ? 100 : 75,
                  vm_random_chance(random, 70) ? "true" : "false");
    for (size_t u = 0; u < n_uplinks; u++) {
        ds_put_format(uplinks, " eth%"PRIuSIZE":%"PRIu64"%s%s", u,
                      planted ? MAX(sums[u], 1)
                      : odd ? (all / n_uplinks + 4 * u) | 1
                      : vm_random_between(random, 5, 40),
                      vm_random_chance(random, special) ? ",down" : "",
                      vm_random_chance(random, special) ? ",standby" : "");
    }
    return planted;
}

struct tally {
    unsigned long int slots, admitted; /* With a guarantee. */
    unsigned long int planted;  /* Instances of which all must fit... */
    unsigned long int moved;    /* ...and in which something moves. */
};

/* Null if the answer is a packing and the best one. */
static const char *
check_answer(const struct vm_snapshot *snapshot,
             const struct vm_admission *admissions, bool planted,
             struct tally *tally)
{
    struct model m = { .snapshot = snapshot }, mine = m;
    bool same_place = true;

    model_run(&m, 0, false);
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        const struct vm_slot *slot = &snapshot->slots[i];
        int uplink = admissions[i].uplink;
        int choices[MAX_UPLINKS + 1];
        size_t n = model_choices(&mine, i, choices);
        bool allowed = !n && uplink < 0;

        for (size_t k = 0; k < n; k++) {
            allowed |= choices[k] == uplink;
        }
        if (!allowed) {
            return "may not be there";
        }
        mine.at[i] = uplink;
        mine.level[i] = uplink < 0 ? LOST : model_level(&mine, i, uplink);
        if (admissions[i].admitted
            != (mine.level[i] == ADMITTED || !slot->guarantee)) {
            return "admitted flag is not what the packing says";
        } else if (mine.level[i] != m.best[i]) {
            return "there is a better packing";
        } else if (uplink >= 0 && slot->guarantee
                   && (!vm_remedy_missing(snapshot, admissions, i, uplink)
                       != admissions[i].admitted)) {
            return "what is missing";
        } else if (planted && !admissions[i].admitted) {
            return "not admitted, though all fit";
        }
        tally->slots += slot->guarantee > 0;
        tally->admitted += slot->guarantee && admissions[i].admitted;
        same_place &= uplink == slot->present || slot->present < 0;
    }
    tally->planted += planted;
    tally->moved += planted && !same_place;
    return NULL;
}

static int
run_admission_random(int argc OVS_UNUSED, char *argv[])
{
    uint64_t seed = strtoull(argv[1], NULL, 10);
    unsigned long int n = strtoul(argv[2], NULL, 10);
    struct tally tally = { 0, 0, 0, 0 };

    for (unsigned long int i = 0; i < n; i++) {
        struct ds uplinks = DS_EMPTY_INITIALIZER;
        struct ds slots = DS_EMPTY_INITIALIZER;
        struct vm_admission admissions[MAX_SLOTS];
        struct vm_random random;
        struct vm_sample sample;

        vm_random_init(&random, seed + i);
        bool planted = make_text(&random, &uplinks, &slots);
        vm_sample_from_text(&sample, ds_cstr(&uplinks), ds_cstr(&slots));
        bool complete = vm_admission_run(&sample.snapshot, admissions);
        const char *error = (complete
                             ? check_answer(&sample.snapshot, admissions,
                                            planted, &tally)
                             : "given up");
        if (error) {
            struct ds s = DS_EMPTY_INITIALIZER;

            format_admissions(&sample, admissions, &s);
            fprintf(stderr, "seed %"PRIu64": %s\n  %s\n  %s\n  %s\n",
                    seed + i, error, ds_cstr(&uplinks), ds_cstr(&slots),
                    ds_cstr(&s));
            return 1;
        }
        vm_sample_destroy(&sample);
        ds_destroy(&uplinks);
        ds_destroy(&slots);
    }
    printf("%lu instances: %lu guarantees, %lu admitted, the best possible; "
           "all fit exactly in %lu, moving in %lu\n",
           n, tally.slots, tally.admitted, tally.planted, tally.moved);
    return !tally.moved || tally.admitted == tally.slots;
}

const struct vm_test_command test_vm_admission_commands[] = {
    { "admission-table", "", 0, 0, run_admission_table },
    { "admission-random", "SEED N", 2, 2, run_admission_random },
    { NULL, NULL, 0, 0, NULL },
};
