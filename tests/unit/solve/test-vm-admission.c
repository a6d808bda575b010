/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Tests vm-admission with named cases, and with random ones against a solver
 * that tries all packings. */

#include "solve/vm-admission.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "solve/vm-remedy.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-random.h"
#include "vm-sample.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_admission_commands[];

/* Named cases.  Expected is the member of each slot in the order of rule 2,
 * with "!" after it if the slot is not admitted. */
struct admission_case {
    const char *name;
    const char *members;
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
    { "a slot without a guarantee needs no room",
      "reservable=100 eth0:1G eth1:1G,down",
      "a:guarantee=1G,at=eth0 b:at=eth0 c:pref=eth1",
      "a=eth0 b=eth0 c=none" },
    { "a named member is taken though the guarantee fits elsewhere",
      "reservable=100 eth0:4G eth1:10G",
      "a:guarantee=5G,pref=eth0/eth1", "a=eth0!" },
    { "a newcomer leaves room for expected guarantees",
      "reservable=100 eth0:10G eth1:10G",
      "a:priority=7,guarantee=4G b:guarantee=8G,at=eth0 "
      "c:guarantee=6G,at=eth1",
      "a=eth1 b=eth0 c=eth1" },
    { "a newcomer goes where there is most room",
      "reservable=100 eth0:8G eth1:10G", "a:guarantee=1G", "a=eth1" },
    { "slots that were considered count once",
      "reservable=100 eth0:10G eth1:10G",
      "a:priority=7,guarantee=4G,at=eth0 b:priority=5,guarantee=3G "
      "c:priority=3,guarantee=5G,at=eth1",
      "a=eth0 b=eth0 c=eth1" },
    { "a small slot moves for a large one of lower priority",
      "reservable=100 eth0:10G eth1:10G",
      "a:priority=7,guarantee=3G,at=eth0 b:priority=6,guarantee=3G,at=eth1 "
      "c:priority=1,guarantee=8G,at=eth0",
      "a=eth1 b=eth1 c=eth0" },
    { "after a failure the lower priority loses its guarantee",
      "reservable=100 eth0:10G eth1:10G,down",
      "a:priority=5,guarantee=6G,at=eth1 b:priority=3,guarantee=6G,at=eth0 "
      "c:priority=1,guarantee=4G,at=eth0",
      "a=eth0 b=eth0! c=eth0" },
    { "failback returns a slot home",
      "reservable=100 eth0:10G eth1:10G",
      "a:guarantee=6G,at=eth0,home=eth1 b:guarantee=6G,at=eth0",
      "a=eth1 b=eth0" },
    { "a slot that the operator pinned stays",
      "reservable=100 eth0:10G eth1:10G",
      "a:priority=6,guarantee=6G,at=eth0,pin=eth0 "
      "b:guarantee=6G,pref=eth0",
      "a=eth0 b=eth0!" },
    { "an exclusive slot goes where it costs no guarantee",
      "reservable=100 eth0:10G eth1:5G",
      "a:priority=7,exclusive b:priority=1,guarantee=8G",
      "a=eth1 b=eth0" },
    { "C30: the member of an exclusive slot is closed",
      "reservable=100 eth0:10G eth1:10G,down",
      "a:priority=7,exclusive,at=eth0,pref=eth0 "
      "b:priority=1,guarantee=1G,pref=eth1/*",
      "a=eth0 b=none!" },
    { "standby members are not used",
      "reservable=100 eth0:5G eth1:10G,standby",
      "a:guarantee=8G", "a=eth0!" },
    { "unless no other member is usable",
      "reservable=100 eth0:5G,down eth1:10G,standby",
      "a:guarantee=8G", "a=eth1" },
    { "exactly full, by exchange only",
      "reservable=100 eth0:10G eth1:10G eth2:10G",
      "a:guarantee=7G,at=eth0 b:guarantee=6G,at=eth1 c:guarantee=5G,at=eth2 "
      "d:guarantee=5G,at=eth0 e:guarantee=4G,at=eth2 f:guarantee=3G,at=eth1",
      "a=eth0 b=eth1 c=eth2 d=eth2 e=eth1 f=eth0" },
    { "no member", "reservable=100 eth0:10G,down", "a:guarantee=1G",
      "a=none!" },
};

static void
format_admissions(const struct vm_sample *sample,
                  const struct vm_admission *admissions, struct ds *s)
{
    for (size_t i = 0; i < sample->snapshot.n_slots; i++) {
        ds_put_format(s, "%s%s=%s%s", i ? " " : "", sample->slots[i].id,
                      vm_sample_member_name(sample, admissions[i].member),
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

        vm_sample_from_text(&sample, c->members, c->slots);
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

/* The model tries all ways to place slots in order and keeps the best one. */

#define MAX_SLOTS 12
#define MAX_MEMBERS 3

/* Results for a slot, the best last. */
enum level { UNPLACED, PLACED, ADMITTED };

struct model {
    const struct vm_snapshot *snapshot;
    int at[MAX_SLOTS];
    enum level level[MAX_SLOTS], best[MAX_SLOTS];
    bool found;                 /* 'best' is valid. */
};

static bool
model_allows(const struct model *m, size_t i, int member)
{
    const struct vm_snapshot *s = m->snapshot;
    const struct vm_snap_slot *slot = &s->slots[i];
    bool preferred = slot->any;
    bool others = false;

    if (member < 0 || !s->members[member].usable) {
        return false;
    }
    for (size_t u = 0; u < s->n_members; u++) {
        others |= s->members[u].usable && !s->members[u].standby;
    }
    for (size_t j = 0; j < slot->n_pref; j++) {
        preferred |= slot->pref[j] == member;
    }
    for (size_t j = 0; j < i; j++) {
        if (m->at[j] == member && s->slots[j].exclusive
            && s->slots[j].priority > slot->priority) {
            return false;
        }
    }
    return preferred && !(s->members[member].standby && others);
}

/* Fills in the members where slot 'i' may go and returns their number. */
static size_t
model_choices(const struct model *m, size_t i, int *choices)
{
    const struct vm_snap_slot *slot = &m->snapshot->slots[i];
    size_t n = 0;

    choices[0] = slot->pinned;
    if (model_allows(m, i, slot->pinned)) {
        return 1;
    }
    choices[0] = slot->present;
    if (slot->n_pref && !m->snapshot->failback
        && model_allows(m, i, slot->present)) {
        return 1;
    }
    for (size_t j = 0; j < slot->n_pref; j++) {
        choices[0] = slot->pref[j];
        if (model_allows(m, i, slot->pref[j])) {
            return 1;
        }
    }
    for (size_t u = 0; u < m->snapshot->n_members; u++) {
        if (model_allows(m, i, u)) {
            choices[n++] = u;
        }
    }
    return n;
}

/* Returns the level of slot 'i' on 'member', given the slots before it. */
static enum level
model_level(const struct model *m, size_t i, int member)
{
    uint64_t capacity = m->snapshot->members[member].capacity;
    uint64_t used = m->snapshot->slots[i].guarantee;

    for (size_t j = 0; j < i; j++) {
        if (m->at[j] == member && m->level[j] == ADMITTED) {
            used += m->snapshot->slots[j].guarantee;
        }
    }
    return (!m->snapshot->slots[i].guarantee
            || used * 100 <= capacity * m->snapshot->reservable_pct
            ? ADMITTED : PLACED);
}

/* Places slot 'i' and those after it in all ways that could beat 'best'.
 * 'better' tells whether the slots before it do so already. */
static void
model_run(struct model *m, size_t i, bool better)
{
    int choices[MAX_MEMBERS + 1];
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
        m->at[i] = n ? choices[k] : VM_MEMBER_NONE;
        m->level[i] = n ? model_level(m, i, choices[k]) : UNPLACED;

        /* 'best' may have changed since the slots before were placed. */
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

/* Appends a random slot as text, in small numbers so that members are often
 * exactly full. */
static void
make_slot(struct vm_random *random, size_t i, size_t n_members,
          uint64_t guarantee, unsigned int special, struct ds *slots)
{
    static const char *const prefs[] = {
        "", "", "", "", ",pref=*", ",pref=eth0", ",pref=eth1/*",
        ",pref=eth2/eth0/*", ",pref=eth1/eth9",
    };

    ds_put_format(slots, "%ss%02"PRIuSIZE":priority=%"PRIu64
                  ",guarantee=%"PRIu64, i ? " " : "", i,
                  vm_random_below(random, special ? 8 : 3), guarantee);
    if (vm_random_chance(random, 70)) {
        ds_put_format(slots, ",at=eth%"PRIu64,
                      vm_random_below(random, n_members));
    }
    if (special) {
        ds_put_cstr(slots,
                    prefs[vm_random_below(random, ARRAY_SIZE(prefs))]);
    }
    if (vm_random_chance(random, special)) {
        ds_put_cstr(slots, ",exclusive");
    }
    if (vm_random_chance(random, special)) {
        ds_put_format(slots, ",%s=eth%"PRIu64,
                      vm_random_chance(random, 50) ? "home" : "pin",
                      vm_random_below(random, n_members));
    }
}

/* Makes a random instance.  Returns true if it is made so that all guarantees
 * fit exactly. */
static bool
make_text(struct vm_random *random, struct ds *members, struct ds *slots)
{
    size_t n_members = vm_random_between(random, 1, MAX_MEMBERS);
    size_t n_slots = vm_random_between(random, 1, MAX_SLOTS);
    bool planted = vm_random_chance(random, 30);
    unsigned int special = planted || vm_random_chance(random, 40) ? 0 : 15;
    bool odd = !planted && !special && vm_random_chance(random, 30);
    uint64_t sums[MAX_MEMBERS] = { 0, 0, 0 };
    uint64_t all = 0;

    /* With even sizes and odd capacities there is almost enough room, which
     * only a search can tell. */
    n_slots = odd ? MAX_SLOTS : n_slots;
    for (size_t i = 0; i < n_slots; i++) {
        uint64_t guarantee = (odd ? 2 * vm_random_between(random, 13, 20)
                              : vm_random_chance(random, 15) ? 0
                              : vm_random_between(random, 1, 17));

        all += guarantee;
        sums[vm_random_below(random, n_members)] += guarantee;
        make_slot(random, i, n_members, guarantee, special, slots);
    }

    ds_put_format(members, "reservable=%d failback=%s",
                  planted || odd || vm_random_chance(random, 50) ? 100 : 75,
                  vm_random_chance(random, 70) ? "true" : "false");
    for (size_t u = 0; u < n_members; u++) {
        ds_put_format(members, " eth%"PRIuSIZE":%"PRIu64"%s%s", u,
                      planted ? MAX(sums[u], 1)
                      : odd ? (all / n_members + 4 * u) | 1
                      : vm_random_between(random, 5, 40),
                      vm_random_chance(random, special) ? ",down" : "",
                      vm_random_chance(random, special) ? ",standby" : "");
    }
    return planted;
}

struct tally {
    unsigned long int slots, admitted; /* With a guarantee. */
    unsigned long int planted;  /* Instances in which all must fit... */
    unsigned long int moved;    /* ...and in which a slot moves for that. */
};

/* Returns null if the answer is a packing and the best one. */
static const char *
check_answer(const struct vm_snapshot *snapshot,
             const struct vm_admission *admissions, bool planted,
             struct tally *tally)
{
    struct model m = { .snapshot = snapshot }, mine = m;
    bool same_place = true;

    model_run(&m, 0, false);
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        const struct vm_snap_slot *slot = &snapshot->slots[i];
        int member = admissions[i].member;
        int choices[MAX_MEMBERS + 1];
        size_t n = model_choices(&mine, i, choices);
        bool allowed = !n && member < 0;

        for (size_t k = 0; k < n; k++) {
            allowed |= choices[k] == member;
        }
        if (!allowed) {
            return "on a member that it may not use";
        }
        mine.at[i] = member;
        mine.level[i] = member < 0 ? UNPLACED : model_level(&mine, i, member);
        if (admissions[i].admitted
            != (mine.level[i] == ADMITTED || !slot->guarantee)) {
            return "the admitted flag does not match the packing";
        } else if (mine.level[i] != m.best[i]) {
            return "there is a better packing";
        } else if (member >= 0 && slot->guarantee
                   && (!vm_remedy_missing(snapshot, admissions, i, member)
                       != admissions[i].admitted)) {
            return "vm_remedy_missing() does not match";
        } else if (planted && !admissions[i].admitted) {
            return "not admitted, although all fit";
        }
        tally->slots += slot->guarantee > 0;
        tally->admitted += slot->guarantee && admissions[i].admitted;
        same_place &= member == slot->present || slot->present < 0;
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
        struct ds members = DS_EMPTY_INITIALIZER;
        struct ds slots = DS_EMPTY_INITIALIZER;
        struct vm_admission admissions[MAX_SLOTS];
        struct vm_random random;
        struct vm_sample sample;

        vm_random_init(&random, seed + i);
        bool planted = make_text(&random, &members, &slots);
        vm_sample_from_text(&sample, ds_cstr(&members), ds_cstr(&slots));
        bool complete = vm_admission_run(&sample.snapshot, admissions);
        const char *error = (complete
                             ? check_answer(&sample.snapshot, admissions,
                                            planted, &tally)
                             : "given up");
        if (error) {
            struct ds s = DS_EMPTY_INITIALIZER;

            format_admissions(&sample, admissions, &s);
            fprintf(stderr, "seed %"PRIu64": %s\n  %s\n  %s\n  %s\n",
                    seed + i, error, ds_cstr(&members), ds_cstr(&slots),
                    ds_cstr(&s));
            return 1;
        }
        vm_sample_destroy(&sample);
        ds_destroy(&members);
        ds_destroy(&slots);
    }
    printf("%lu instances: %lu guarantees, %lu admitted, the best possible; "
           "all fit exactly in %lu, moving in %lu\n",
           n, tally.slots, tally.admitted, tally.planted, tally.moved);
    return !tally.moved || tally.admitted == tally.slots;
}

/* Guarantees of 'size', but 'other' for every third of them, on three members
 * with room for 7.5G each; another member is down and one is standby.  There
 * are as many slots without a guarantee.  That all 'n' do not fit must be seen
 * without trying how those could be placed beside them. */
static const struct {
    unsigned int n;
    const char *size;
    const char *other;
    unsigned int admitted;
} hopeless[] = {
    { 10, "2G", "2G", 9 },
    { 16, "2G", "2G", 9 },
    { 17, "1G", "2G", 16 },
    { 22, "1G", "1G", 21 },
    { 40, "400M", "1200M", 28 },
};

static int
run_admission_steps(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(hopeless); i++) {
        unsigned long int steps = 1000;
        struct ds slots = DS_EMPTY_INITIALIZER;
        struct vm_admission *admissions;
        struct vm_sample sample;
        unsigned int admitted = 0;

        for (unsigned int j = 0; j < hopeless[i].n; j++) {
            ds_put_format(&slots, "%sg%02u:guarantee=%s f%02u:", j ? " " : "",
                          j, j % 3 == 2 ? hopeless[i].other
                          : hopeless[i].size, j);
        }
        vm_sample_from_text(&sample,
                            "reservable=75 eth0:10G eth1:10G,down eth2:10G "
                            "eth3:10G eth4:10G,standby", ds_cstr(&slots));
        admissions = xcalloc(sample.snapshot.n_slots, sizeof *admissions);
        vm_expect_that(ds_cstr(&slots), "1,000 steps are enough",
                       vm_admission_try(&sample.snapshot, admissions, &steps));
        for (size_t j = 0; j < sample.snapshot.n_slots; j++) {
            admitted += (sample.snapshot.slots[j].guarantee
                         && admissions[j].admitted);
        }
        vm_expect_that(ds_cstr(&slots), "as many as fit are admitted",
                       admitted == hopeless[i].admitted);
        free(admissions);
        vm_sample_destroy(&sample);
        ds_destroy(&slots);
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_admission_commands[] = {
    { "admission-table", "", 0, 0, run_admission_table },
    { "admission-steps", "", 0, 0, run_admission_steps },
    { "admission-random", "SEED N", 2, 2, run_admission_random },
    { NULL, NULL, 0, 0, NULL },
};
