/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Tests vm-rates with named cases, and with random ones against an independent
 * solver. */

#include "solve/vm-rates.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"
#include "vm-random.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_rates_commands[];

#define NONE VM_RATE_NONE
#define MAX_CLAIMS 48

typedef unsigned __int128 wide;

/* Named cases. */

struct rates_case {
    const char *name;
    uint64_t usable;
    struct vm_rate_claim claims[4]; /* Up to the first without an id. */
    struct vm_rate_grant grants[4];
};

static const struct rates_case rates_cases[] = {
    { "no contention: no sender is policed", 100,
      { { "a", 3, 50, 10, NONE, 60 }, { "b", 3, 50, 0, 40, NONE } },
      { { NONE, false, false }, { NONE, false, false } } },
    { "one bit too much is contention", 99,
      { { "a", 3, 50, 0, NONE, 60 }, { "b", 3, 50, 0, 40, NONE } },
      { { 59, true, false }, { 40, false, false } } },
    { "shares 100:50:25", 175,
      { { "a", 3, 100, 0, NONE, NONE }, { "b", 3, 50, 0, NONE, NONE },
        { "c", 3, 25, 0, NONE, NONE } },
      { { 100, true, false }, { 50, true, false }, { 25, true, false } } },
    { "what one sender does not want goes to the others", 100,
      { { "a", 3, 50, 0, NONE, 10 }, { "b", 3, 50, 0, 20, NONE },
        { "c", 3, 60, 0, NONE, NONE }, { "d", 3, 10, 0, NONE, NONE } },
      { { 10, false, false }, { 20, false, false }, { 60, true, false },
        { 10, true, false } } },
    { "shares divide what lies above guarantees", 100,
      { { "a", 3, 50, 60, NONE, NONE }, { "b", 3, 50, 0, NONE, NONE } },
      { { 80, true, false }, { 20, true, false } } },
    { "an unused guarantee is lent", 100,
      { { "a", 3, 50, 60, NONE, 5 }, { "b", 3, 50, 0, NONE, NONE } },
      { { 5, false, false }, { 95, true, false } } },
    { "no guarantee beyond the limit", 100,
      { { "a", 3, 50, 60, 30, NONE }, { "b", 3, 50, 0, NONE, NONE } },
      { { 30, false, false }, { 70, true, false } } },
    { "remainders go to the first by id", 8,
      { { "b", 3, 1, 0, NONE, NONE }, { "c", 7, 1, 0, NONE, 50 },
        { "a", 0, 1, 0, NONE, NONE } },
      { { 3, true, false }, { 2, true, false }, { 3, true, false } } },
    { "too many guarantees: the lowest priority gets less", 100,
      { { "a", 2, 99, 50, NONE, NONE }, { "b", 6, 1, 40, NONE, NONE },
        { "c", 4, 1, 40, NONE, 30 }, { "d", 7, 99, 0, NONE, NONE } },
      { { 30, true, true }, { 40, true, false }, { 30, false, false },
        { 0, true, false } } },
    { "too many guarantees: equal in all but the id", 100,
      { { "b", 3, 50, 60, NONE, NONE }, { "a", 3, 50, 60, NONE, NONE } },
      { { 40, true, true }, { 60, true, false } } },
    { "no capacity at all", 0,
      { { "a", 3, 50, 1, NONE, NONE }, { "b", 3, 50, 0, NONE, 0 } },
      { { 0, true, true }, { 0, false, false } } },
    { "no claim", 100, { { NULL, 0, 0, 0, 0, 0 } }, { { 0, false, false } } },
};

static bool
same_grant(const struct vm_rate_grant *a, const struct vm_rate_grant *b)
{
    return (a->rate == b->rate && a->limited == b->limited
            && a->guarantee_unmet == b->guarantee_unmet);
}

static void
print_grant(const char *what, const struct vm_rate_grant *grant)
{
    fprintf(stderr, "  %s: rate %"PRIu64", limited %s, unmet %s\n", what,
            grant->rate, grant->limited ? "true" : "false",
            grant->guarantee_unmet ? "true" : "false");
}

static int
run_rates_table(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    int retval = 0;

    for (size_t i = 0; i < ARRAY_SIZE(rates_cases); i++) {
        const struct rates_case *c = &rates_cases[i];
        struct vm_rate_grant grants[4];
        size_t n;

        for (n = 0; n < ARRAY_SIZE(c->claims) && c->claims[n].id; n++) {
            continue;
        }
        vm_rates_allocate(c->claims, n, c->usable, grants);
        for (size_t j = 0; j < n; j++) {
            if (!same_grant(&grants[j], &c->grants[j])) {
                fprintf(stderr, "%s: claim %s\n", c->name, c->claims[j].id);
                print_grant("expected", &c->grants[j]);
                print_grant("got", &grants[j]);
                retval = 1;
            }
        }
    }

    ovs_assert(vm_rates_usable(10000000001, 30000) == 9700000000);
    ovs_assert(vm_rates_usable(1000, 0) == 1000);
    ovs_assert(!vm_rates_usable(UINT64_MAX, 1000000));
    return retval;
}

/* Random instances. */

struct instance {
    struct vm_rate_claim claims[MAX_CLAIMS];
    struct vm_rate_grant grants[MAX_CLAIMS];
    size_t n;
    uint64_t usable;
};

static char ids[MAX_CLAIMS][24];

static uint64_t
wants(const struct vm_rate_claim *claim)
{
    return MIN(claim->demand, claim->limit);
}

static uint64_t
floor_of(const struct vm_rate_claim *claim)
{
    return MIN(claim->guarantee, wants(claim));
}

/* Makes an instance.  Rates are from bits to terabits per second, so that
 * rounding matters in some instances and 64 bits are short in others. */
static void
make_instance(struct instance *in, struct vm_random *random)
{
    uint64_t scale = UINT64_C(1) << vm_random_between(random, 3, 44);
    unsigned int backlogged_pct = vm_random_chance(random, 30) ? 0 : 30;

    in->n = vm_random_between(random, 1, MAX_CLAIMS);
    in->usable = vm_random_below(random, 2 * scale * in->n);
    for (size_t i = 0; i < in->n; i++) {
        struct vm_rate_claim *c = &in->claims[i];

        snprintf(ids[i], sizeof ids[i], "v%02"PRIuSIZE, i);
        c->id = ids[i];
        c->priority = vm_random_below(random, 8);
        c->shares = (vm_random_chance(random, 50)
                     ? vm_random_between(random, 1, 100) : 50);
        c->guarantee = (vm_random_chance(random, 60)
                        ? vm_random_below(random, 3 * scale) : 0);
        c->limit = (vm_random_chance(random, 30)
                    ? vm_random_below(random, 2 * scale) : NONE);
        c->demand = (vm_random_chance(random, backlogged_pct)
                     ? NONE : vm_random_below(random, 2 * scale));
    }
}

/* Fractional bits of a level. */
#define LEVEL_BITS 40

static wide
share_at(const struct vm_rate_claim *claim, wide level)
{
    wide residual = (wide) (wants(claim) - floor_of(claim)) << LEVEL_BITS;

    return MIN(residual, level * claim->shares);
}

/* Finds the highest level at which shares still fit, by bisection. */
static wide
find_level(const struct instance *in, wide rest)
{
    wide low = 0;
    wide high = (rest + 1) << LEVEL_BITS;

    while (high - low > 1) {
        wide middle = low + (high - low) / 2;
        wide sum = 0;

        for (size_t i = 0; i < in->n; i++) {
            sum += share_at(&in->claims[i], middle);
        }
        if (sum <= rest << LEVEL_BITS) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool
ranks_before(const struct vm_rate_claim *a, const struct vm_rate_claim *b)
{
    return (a->priority != b->priority ? a->priority > b->priority
            : a->guarantee != b->guarantee ? a->guarantee > b->guarantee
            : a->demand != b->demand ? a->demand > b->demand
            : strcmp(a->id, b->id) < 0);
}

/* Returns what claim 'i' gets when the guarantees exceed the capacity. */
static uint64_t
left_for(const struct instance *in, size_t i)
{
    wide before = 0;

    for (size_t j = 0; j < in->n; j++) {
        if (ranks_before(&in->claims[j], &in->claims[i])) {
            before += floor_of(&in->claims[j]);
        }
    }
    return (before >= in->usable ? 0
            : MIN(floor_of(&in->claims[i]), in->usable - (uint64_t) before));
}

enum regime { FREE, SHARED, UNMET, N_REGIMES };

static enum regime
find_regime(const struct instance *in, wide *floors)
{
    wide all = 0;

    *floors = 0;
    for (size_t i = 0; i < in->n; i++) {
        all += wants(&in->claims[i]);
        *floors += floor_of(&in->claims[i]);
    }
    return (all <= in->usable ? FREE
            : *floors <= in->usable ? SHARED : UNMET);
}

/* Returns null if grant 'i' is right, else what is wrong with it. */
static const char *
check_grant(const struct instance *in, size_t i, enum regime regime,
            wide level)
{
    const struct vm_rate_claim *c = &in->claims[i];
    const struct vm_rate_grant *g = &in->grants[i];

    if (regime == FREE) {
        return g->rate == NONE && !g->limited && !g->guarantee_unmet
               ? NULL : "policed without contention";
    } else if (g->rate > wants(c)) {
        return "above the cap";
    } else if (g->limited != (g->rate < wants(c))) {
        return "limited flag";
    } else if (g->guarantee_unmet != (g->rate < floor_of(c))) {
        return "unmet flag";
    } else if (regime == UNMET) {
        return g->rate == left_for(in, i) ? NULL : "order of guarantees";
    } else if (g->rate < floor_of(c)) {
        return "below the floor";
    }

    /* 'level' is too low by less than 1 in its last bit. */
    wide got = (wide) (g->rate - floor_of(c)) << LEVEL_BITS;
    wide exact = share_at(c, level);
    wide slack = ((wide) 1 << LEVEL_BITS) + c->shares;
    return (got + slack >= exact && exact + slack >= got
            ? NULL : "not max-min fair to 1 bit/s");
}

static const char *
check_instance(const struct instance *in, enum regime *regime, size_t *where)
{
    wide floors, sum = 0;

    *regime = find_regime(in, &floors);
    wide level = (*regime == SHARED
                  ? find_level(in, in->usable - floors) : 0);
    for (size_t i = 0; i < in->n; i++) {
        const char *error = check_grant(in, i, *regime, level);

        *where = i;
        if (error) {
            return error;
        }
        sum += in->grants[i].rate;
    }
    return (*regime != FREE && sum != in->usable
            ? "rates don't add up to what is usable" : NULL);
}

/* Returns null if the same claims in another order give the same grants. */
static const char *
check_order(const struct instance *in, struct vm_random *random,
            size_t *where)
{
    struct instance other = *in;
    size_t from[MAX_CLAIMS];

    for (size_t i = 0; i < in->n; i++) {
        from[i] = i;
    }
    for (size_t i = in->n - 1; i > 0; i--) {
        size_t j = vm_random_below(random, i + 1);
        size_t swap = from[i];

        from[i] = from[j];
        from[j] = swap;
    }
    for (size_t i = 0; i < in->n; i++) {
        other.claims[i] = in->claims[from[i]];
    }
    vm_rates_allocate(other.claims, other.n, other.usable, other.grants);
    for (size_t i = 0; i < in->n; i++) {
        *where = from[i];
        if (!same_grant(&other.grants[i], &in->grants[from[i]])) {
            return "depends on the order of claims";
        }
    }
    return NULL;
}

static int
run_rates_random(int argc OVS_UNUSED, char *argv[])
{
    uint64_t seed = strtoull(argv[1], NULL, 10);
    unsigned long int n = strtoul(argv[2], NULL, 10);
    unsigned long int seen[N_REGIMES] = { 0, 0, 0 };

    for (unsigned long int i = 0; i < n; i++) {
        struct vm_random random;
        struct instance in;
        enum regime regime;
        size_t where;

        vm_random_init(&random, seed + i);
        make_instance(&in, &random);
        vm_rates_allocate(in.claims, in.n, in.usable, in.grants);

        const char *error = check_instance(&in, &regime, &where);
        for (int j = 0; j < 3 && !error; j++) {
            error = check_order(&in, &random, &where);
        }
        if (error) {
            fprintf(stderr, "seed %"PRIu64", claim %s: %s\n", seed + i,
                    in.claims[where].id, error);
            print_grant("got", &in.grants[where]);
            return 1;
        }
        seen[regime]++;
    }
    printf("%lu instances: %lu without contention, %lu shared, "
           "%lu with too many guarantees\n",
           n, seen[FREE], seen[SHARED], seen[UNMET]);
    return !seen[FREE] || !seen[SHARED] || !seen[UNMET];
}

const struct vm_test_command test_vm_rates_commands[] = {
    { "rates-table", "", 0, 0, run_rates_table },
    { "rates-random", "SEED N", 2, 2, run_rates_random },
    { NULL, NULL, 0, 0, NULL },
};
