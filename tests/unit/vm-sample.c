/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-sample.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "solve/vm-balance.h"
#include "solve/vm-placement.h"
#include "util.h"

static void
sample_init(struct vm_sample *sample, size_t n_members, size_t n_slots)
{
    memset(sample, 0, sizeof *sample);
    sample->members = xcalloc(n_members, sizeof *sample->members);
    sample->slots = xcalloc(n_slots, sizeof *sample->slots);
    sample->names = xcalloc(n_members + n_slots, sizeof *sample->names);
    sample->prefs = xcalloc(n_slots, sizeof *sample->prefs);
    sample->snapshot.members = sample->members;
    sample->snapshot.slots = sample->slots;
    sample->snapshot.reservable_pct = 75;
    sample->snapshot.threshold_pct = 75;
    sample->snapshot.failback = true;
}

static const char *
sample_add_name(struct vm_sample *sample, char *name)
{
    size_t n = sample->snapshot.n_members + sample->snapshot.n_slots;

    sample->names[n] = name;
    return name;
}

/* Adds a slot with all defaults. */
static struct vm_snap_slot *
sample_add_slot(struct vm_sample *sample, char *name)
{
    size_t n = sample->snapshot.n_slots;
    struct vm_snap_slot *slot = &sample->slots[n];

    slot->id = sample_add_name(sample, name);
    slot->priority = 3;
    slot->shares = 50;
    slot->pref = sample->prefs[n];
    slot->any = true;
    slot->present = slot->home = slot->pinned = VM_MEMBER_NONE;
    slot->may_rebalance = true;
    sample->snapshot.n_slots++;
    return slot;
}

static struct vm_snap_member *
sample_add_member(struct vm_sample *sample, char *name, uint64_t capacity)
{
    struct vm_snap_member *member
        = &sample->members[sample->snapshot.n_members];

    member->name = sample_add_name(sample, name);
    member->capacity = capacity;
    member->usable = true;
    sample->snapshot.n_members++;
    return member;
}

static void
not_understood(const char *what)
{
    ovs_fatal(0, "sample: \"%s\" is not understood", what);
}

static uint64_t
parse_rate(const char *text)
{
    char *tail;
    uint64_t rate = strtoull(text, &tail, 10);

    switch (*tail) {
    case 'G': rate *= 1000;
        /* fall through */
    case 'M': rate *= 1000;
        /* fall through */
    case 'k': rate *= 1000;
        tail++;
        break;
    default:
        break;
    }
    if (tail == text || *tail) {
        not_understood(text);
    }
    return rate;
}

/* Returns what follows "KEY=" in 'word', or null if it does not begin so. */
static const char *
value_of(const char *word, const char *key)
{
    size_t n = strlen(key);

    return !strncmp(word, key, n) && word[n] == '=' ? word + n + 1 : NULL;
}

static int
find_member(const struct vm_sample *sample, const char *name)
{
    for (size_t i = 0; i < sample->snapshot.n_members; i++) {
        if (!strcmp(sample->members[i].name, name)) {
            return i;
        }
    }
    return VM_MEMBER_NONE;
}

static void
parse_bond(struct vm_sample *sample, const char *word)
{
    const char *value;

    if ((value = value_of(word, "failback"))) {
        sample->snapshot.failback = !strcmp(value, "true");
    } else if ((value = value_of(word, "reservable"))) {
        sample->snapshot.reservable_pct = parse_rate(value);
    } else if ((value = value_of(word, "threshold"))) {
        sample->snapshot.threshold_pct = parse_rate(value);
    } else {
        not_understood(word);
    }
}

static void
parse_member(struct vm_sample *sample, char *settings)
{
    char *save;
    char *name = strsep(&settings, ":");
    char *word = strtok_r(settings, ",", &save);
    struct vm_snap_member *member
        = sample_add_member(sample, xstrdup(name), parse_rate(word));

    while ((word = strtok_r(NULL, ",", &save))) {
        const char *value = value_of(word, "background");

        if (value) {
            member->background = parse_rate(value);
        } else if (!strcmp(word, "down")) {
            member->usable = false;
        } else if (!strcmp(word, "full")) {
            member->full = true;
        } else if (!strcmp(word, "standby")) {
            member->standby = true;
        } else if (!strcmp(word, "held-off")) {
            member->avoid = VM_AVOID_HELD_OFF;
        } else if (!strcmp(word, "drained")) {
            member->avoid = VM_AVOID_DRAINED;
        } else {
            not_understood(word);
        }
    }
}

static void
parse_pref(struct vm_sample *sample, struct vm_snap_slot *slot,
           const char *value)
{
    int *pref = sample->prefs[slot - sample->slots];
    char *copy = xstrdup(value);
    char *save;

    slot->any = false;
    for (char *name = strtok_r(copy, "/", &save); name;
         name = strtok_r(NULL, "/", &save)) {
        if (!strcmp(name, "*")) {
            slot->any = true;
        } else {
            ovs_assert(slot->n_pref < VM_SAMPLE_PREFS);
            pref[slot->n_pref++] = find_member(sample, name);
        }
    }
    free(copy);
}

static void
parse_slot_setting(struct vm_sample *sample, struct vm_snap_slot *slot,
                   const char *word)
{
    const char *value;

    if ((value = value_of(word, "priority"))) {
        slot->priority = parse_rate(value);
    } else if ((value = value_of(word, "shares"))) {
        slot->shares = parse_rate(value);
    } else if ((value = value_of(word, "guarantee"))) {
        slot->guarantee = parse_rate(value);
    } else if ((value = value_of(word, "demand"))) {
        slot->demand = parse_rate(value);
    } else if ((value = value_of(word, "variation"))) {
        slot->variation = parse_rate(value);
    } else if ((value = value_of(word, "at"))) {
        slot->present = find_member(sample, value);
    } else if ((value = value_of(word, "home"))) {
        slot->home = find_member(sample, value);
    } else if ((value = value_of(word, "pin"))) {
        slot->pinned = find_member(sample, value);
    } else if ((value = value_of(word, "pref"))) {
        parse_pref(sample, slot, value);
    } else if (!strcmp(word, "exclusive")) {
        slot->exclusive = true;
    } else if (!strcmp(word, "dwells")) {
        slot->may_rebalance = false;
    } else {
        not_understood(word);
    }
}

static void
parse_slot(struct vm_sample *sample, char *settings)
{
    char *name = strsep(&settings, ":");
    struct vm_snap_slot *slot = sample_add_slot(sample, xstrdup(name));
    char *save;

    for (char *word = settings ? strtok_r(settings, ",", &save) : NULL; word;
         word = strtok_r(NULL, ",", &save)) {
        parse_slot_setting(sample, slot, word);
    }
}

static size_t
count_words(const char *s)
{
    size_t n = 0;

    for (s += strspn(s, " "); *s; s += strspn(s, " ")) {
        n++;
        s += strcspn(s, " ");
    }
    return n;
}

void
vm_sample_from_text(struct vm_sample *sample, const char *members,
                    const char *slots)
{
    char *copy, *save;

    sample_init(sample, count_words(members), count_words(slots));

    copy = xstrdup(members);
    for (char *word = strtok_r(copy, " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        if (strchr(word, ':')) {
            parse_member(sample, word);
        } else {
            parse_bond(sample, word);
        }
    }
    free(copy);

    copy = xstrdup(slots);
    for (char *word = strtok_r(copy, " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        parse_slot(sample, word);
    }
    free(copy);
    vm_snapshot_sort_slots(&sample->snapshot);
}

/* Returns a random member, or VM_MEMBER_NONE in 'percent' of 100 cases. */
static int
random_member(struct vm_random *random, size_t n, unsigned int percent)
{
    return (!n || vm_random_chance(random, percent)
            ? VM_MEMBER_NONE : vm_random_below(random, n));
}

static void
random_slot(struct vm_sample *sample, struct vm_random *random,
            struct vm_snap_slot *slot, const struct vm_sample_options *options)
{
    const uint64_t unit = 100 * 1000 * 1000;
    size_t n_members = sample->snapshot.n_members;

    slot->priority = vm_random_below(random, 8);
    slot->shares = (vm_random_chance(random, 20)
                    ? vm_random_between(random, 1, 100)
                    : vm_random_between(random, 1, 3) * 25);
    slot->demand = (options->idle || vm_random_chance(random, 30) ? 0
                    : vm_random_between(random, 1, 30) * unit);
    slot->present = random_member(random, n_members, 25);
    slot->may_rebalance = vm_random_chance(random, 90);
    if (options->free) {
        return;
    }

    int *pref = sample->prefs[slot - sample->slots];
    slot->guarantee = (options->idle || vm_random_chance(random, 50) ? 0
                       : vm_random_between(random, 1, 20) * unit);
    slot->exclusive = vm_random_chance(random, 10);
    slot->home = random_member(random, n_members, 80);
    slot->pinned = random_member(random, n_members, 90);
    slot->n_pref = (vm_random_chance(random, 50) ? 0
                    : vm_random_between(random, 0, 3));
    for (size_t i = 0; i < slot->n_pref; i++) {
        pref[i] = random_member(random, n_members, 5);
    }
    slot->any = vm_random_chance(random, 70);
}

void
vm_sample_random(struct vm_sample *sample, struct vm_random *random,
                 const struct vm_sample_options *options)
{
    static const uint64_t speeds[] = { 1, 10, 10, 25, 40 };
    const uint64_t giga = 1000 * 1000 * 1000;
    size_t n_members = vm_random_between(random, options->free,
                                         options->max_members);
    size_t n_slots = vm_random_between(random, 0, options->max_slots);

    sample_init(sample, n_members, n_slots);
    for (size_t i = 0; i < n_members; i++) {
        uint64_t speed = speeds[vm_random_below(random, ARRAY_SIZE(speeds))];
        struct vm_snap_member *member
            = sample_add_member(sample, xasprintf("eth%"PRIuSIZE, i),
                                speed * giga);

        member->background = (options->idle || vm_random_chance(random, 70)
                              ? 0
                              : vm_random_below(random, member->capacity));
        member->usable = !options->lost || vm_random_chance(random, 75);
        member->standby = options->standby && vm_random_chance(random, 20);
        if (options->avoid && vm_random_chance(random, 40)) {
            member->avoid = 1 + vm_random_below(random, 2);
        }
    }
    for (size_t i = 0; i < n_slots; i++) {
        struct vm_snap_slot *slot
            = sample_add_slot(sample, xasprintf("vm%03"PRIuSIZE, i));

        random_slot(sample, random, slot, options);
        slot->waits = options->avoid && vm_random_chance(random, 50);
    }
    sample->snapshot.failback = vm_random_chance(random, 70);
    sample->snapshot.reservable_pct = vm_random_between(random, 1, 4) * 25;
    sample->snapshot.threshold_pct = vm_random_below(random, 4) * 25;
    vm_snapshot_sort_slots(&sample->snapshot);
}

void
vm_sample_destroy(struct vm_sample *sample)
{
    size_t n = sample->snapshot.n_members + sample->snapshot.n_slots;

    for (size_t i = 0; i < n; i++) {
        free(sample->names[i]);
    }
    free(sample->names);
    free(sample->prefs);
    free(sample->slots);
    free(sample->members);
}

int
vm_sample_run_random(char *argv[],
                     void (*choose)(struct vm_random *, int i,
                                    struct vm_sample_options *),
                     bool (*check)(struct vm_sample *, struct vm_random *,
                                   const struct vm_sample_options *))
{
    uint64_t seed = strtoull(argv[1], NULL, 10);
    int n = atoi(argv[2]);
    bool ok = true;

    for (int i = 0; i < n && ok; i++) {
        struct vm_sample_options options = { .max_slots = 0 };
        struct vm_random random;
        struct vm_sample sample;

        vm_random_init(&random, seed + i);
        choose(&random, i, &options);
        vm_sample_random(&sample, &random, &options);
        ok = check(&sample, &random, &options);
        if (!ok) {
            printf("seed %"PRIu64"\n", seed + i);
            vm_sample_print(&sample);
        }
        vm_sample_destroy(&sample);
    }
    return ok && n > 0 ? 0 : 1;
}

const char *
vm_sample_member_name(const struct vm_sample *sample, int member)
{
    return member < 0 ? "none" : sample->members[member].name;
}

static void
print_slot(const struct vm_sample *sample, const struct vm_snap_slot *slot)
{
    printf("  %s: priority=%d shares=%u guarantee=%"PRIu64" demand=%"PRIu64
           " at=%s home=%s pin=%s%s%s pref=", slot->id, slot->priority,
           slot->shares, slot->guarantee, slot->demand,
           vm_sample_member_name(sample, slot->present),
           vm_sample_member_name(sample, slot->home),
           vm_sample_member_name(sample, slot->pinned),
           slot->exclusive ? " exclusive" : "",
           slot->may_rebalance ? "" : " dwells");
    for (size_t i = 0; i < slot->n_pref; i++) {
        printf("%s/", vm_sample_member_name(sample, slot->pref[i]));
    }
    printf("%s\n", slot->any ? "*" : "");
}

void
vm_sample_print(const struct vm_sample *sample)
{
    const struct vm_snapshot *snapshot = &sample->snapshot;

    printf("sample: failback=%s reservable=%u threshold=%u\n",
           snapshot->failback ? "true" : "false", snapshot->reservable_pct,
           snapshot->threshold_pct);
    for (size_t i = 0; i < snapshot->n_members; i++) {
        const struct vm_snap_member *member = &snapshot->members[i];

        printf("  %s: capacity=%"PRIu64" background=%"PRIu64"%s%s%s%s\n",
               member->name, member->capacity, member->background,
               member->full ? " full" : "",
               member->usable ? "" : " down",
               member->standby ? " standby" : "",
               member->avoid == VM_AVOID_HELD_OFF ? " held-off"
               : member->avoid == VM_AVOID_DRAINED ? " drained" : "");
    }
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        print_slot(sample, &snapshot->slots[i]);
    }
}

void
vm_sample_format_choices(const struct vm_sample *sample,
                         const struct vm_choice *choices, struct ds *s)
{
    for (size_t i = 0; i < sample->snapshot.n_slots; i++) {
        const struct vm_choice *choice = &choices[i];

        ds_put_format(s, "%s%s %s%s %s", i ? ", " : "",
                      sample->slots[i].id,
                      choice->guarantee_unmet ? "!" : "",
                      vm_sample_member_name(sample, choice->member),
                      vm_reason_to_token(choice->reason));
        if (choice->because >= 0) {
            ds_put_format(s, " %s",
                          vm_sample_member_name(sample, choice->because));
        }
    }
}

void
vm_sample_format_plan(const struct vm_sample *sample,
                      const struct vm_plan *plan, struct ds *s)
{
    ds_put_format(s, "%s %"PRIu64" %"PRIu64, vm_reason_to_token(plan->reason),
                  plan->ppm_before / 10000, plan->ppm_after / 10000);
    for (size_t i = 0; i < plan->n; i++) {
        const struct vm_plan_move *move = &plan->moves[i];

        ds_put_format(s, ", %s %s %s %s %s", sample->slots[move->slot].id,
                      vm_sample_member_name(sample, move->from),
                      vm_sample_member_name(sample, move->to),
                      vm_reason_to_token(move->reason),
                      vm_sample_member_name(sample, move->because));
    }
}
