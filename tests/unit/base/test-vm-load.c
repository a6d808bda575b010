/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "base/vm-load.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-random.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_load_commands[];

/* Cases: readings "TIME:BYTES", "TIME:?" asks for the rate, "TIME:~" for the
 * variation, "TIME:=" whether it is still.  The answers are what was asked
 * for, and the number of resets. */
struct load_case {
    const char *what;
    unsigned int half_life;
    const char *readings;
    const char *expected;
};

static const struct load_case load_cases[] = {
    { "nothing read yet", 2000, "0:?", "unknown 0 resets 0" },
    { "one reading is no rate", 2000, "5:900 1000:?", "unknown 0 resets 0" },
    { "the first interval has full weight", 2000,
      "0:0 500:62500 500:?", "1000000 resets 0" },
    { "a counter need not begin at zero", 2000,
      "0:70000 500:132500 500:?", "1000000 resets 0" },
    { "after one half-life the new rate weighs half, and the old one half of "
      "what it weighed: (2/3, 1/3)", 1000,
      "0:0 1000:125000 2000:125000 2000:?", "333333 resets 0" },
    { "half-life 0 does not smooth", 0,
      "0:0 1000:125000 2000:125000 2000:?", "0 resets 0" },
    { "two readings at one time: bytes count later", 2000,
      "0:0 1000:125000 1000:999999 1000:? 2000:250000 2000:?",
      "1000000 1000000 resets 0" },
    { "a reading at an earlier time is no interval", 2000,
      "0:0 1000:125000 500:130000 2000:250000 2000:?", "1000000 resets 0" },
    { "a reset counts what came after it", 0,
      "0:0 1000:125000 2000:62500 2000:?", "500000 resets 1" },
    { "a reset to a great number keeps the rate", 0,
      "0:99999999999999 1000:100000000124999 2000:50000000000000 2000:?",
      "1000000 resets 1" },
    { "a reset at an equal time", 0,
      "0:0 1000:125000 1000:3000 2000:125000 2000:?", "1000000 resets 1" },
    { "a wrap at 2^32 is a reset", 0,
      "0:4294842295 1000:4294967295 2000:124999 2000:?",
      "999992 resets 1" },
    { "a wrap at 2^64 is a reset", 0,
      "0:18446744073709426615 1000:18446744073709551615 2000:124999 2000:?",
      "999992 resets 1" },
    { "the rate is constant for a half-life", 2000,
      "0:0 500:62500 500:? 1500:? 2500:?",
      "1000000 1000000 1000000 resets 0" },
    { "then it decays", 2000,
      "0:0 500:62500 4500:? 6500:? 104500:?", "500000 250000 0 resets 0" },
    { "a rate from long intervals stays valid longer", 1000,
      "0:0 8000:1000000 16000:? 17000:?", "1000000 500000 resets 0" },
    { "variation is not known at once", 100,
      "0:~ 0:0 1000:125000 1000:~ 1400:175000 1400:~", "~0 ~0 ~0 resets 0" },
    { "nothing varies", 100, "0:0 1000:125000 1500:187500 1500:~",
      "~1 resets 0" },
    { "the first interval is no variation", 100,
      "0:0 1500:187500 1500:~ 2000:250000 2000:~", "~1 ~1 resets 0" },
    { "the greatest variation lasts", 0,
      "0:0 1000:125000 2000:375000 2000:~", "~1000000 resets 0" },
    { "variation is forgotten by half in 100 half-lives", 10,
      "0:0 1000:125000 2000:375000 3000:625000 3000:~ 4000:875000 4000:~",
      "~500000 ~250000 resets 0" },
    { "a reset is no variation", 100,
      "0:0 1000:125000 1500:187500 2000:0 2000:~", "~1 resets 1" },
    { "never read", 100, "0:=", "restless resets 0" },
    { "it is not known yet that nothing is sent", 100,
      "0:0 1500:0 1500:= 3199:0 3199:= 3200:0 3200:=",
      "restless restless still resets 0" },
    { "nothing in one long interval", 100, "0:0 3200:0 3200:=",
      "still resets 0" },
    { "in many short ones", 4, "0:0 50:0 60:0 70:0 70:= 90:0 100:0 101:0 "
      "102:0 103:0 104:0 105:0 106:0 107:0 108:0 109:0 110:0 111:0 112:0 "
      "113:0 114:0 115:0 116:0 117:0 118:0 119:0 120:0 121:0 122:0 123:0 "
      "124:0 125:0 126:0 127:0 128:0 128:=", "restless still resets 0" },
    { "what was sent is forgotten, and then what it varied", 100,
      "0:0 3200:1 3200:= 99000:1 99000:= 120000:1 120000:=",
      "restless restless still resets 0" },
    { "saturation", 0, "0:0 1:18446744073709551615 1:?",
      "18446744073709551615 resets 0" },
    { "saturation, smoothed", 2000,
      "0:0 1:18446744073709551615 2:18446744073709551615 1000000:0 "
      "2000000:18446744073709551615 2000000:?",
      "147573952589676412 resets 1" },
};

static void
run_readings(const struct load_case *c, struct ds *s)
{
    struct vm_load load;
    char *copy = xstrdup(c->readings);
    char *save;

    vm_load_init(&load);
    for (char *word = strtok_r(copy, " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        long long int when = atoll(strsep(&word, ":"));

        if (!strcmp(word, "=")) {
            ds_put_cstr(s, vm_load_is_still(&load, c->half_life)
                        ? "still " : "restless ");
        } else if (!strcmp(word, "~")) {
            ds_put_format(s, "~%"PRIu64" ",
                          vm_load_variation(&load, c->half_life));
        } else if (strcmp(word, "?")) {
            vm_load_update(&load, strtoull(word, NULL, 10), c->half_life,
                           when);
        } else {
            ds_put_format(s, "%s%"PRIu64" ",
                          vm_load_is_known(&load) ? "" : "unknown ",
                          vm_load_rate(&load, c->half_life, when));
        }
    }
    ds_put_format(s, "resets %u", load.resets);
    free(copy);
}

static int
run_cases(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    int n_wrong = 0;

    for (size_t i = 0; i < ARRAY_SIZE(load_cases); i++) {
        const struct load_case *c = &load_cases[i];
        struct ds got = DS_EMPTY_INITIALIZER;

        run_readings(c, &got);
        if (strcmp(ds_cstr(&got), c->expected)) {
            fprintf(stderr, "%s: half-life %u ms, readings %s\n"
                    "  expected %s\n  got      %s\n", c->what, c->half_life,
                    c->readings, c->expected, ds_cstr(&got));
            n_wrong++;
        }
        ds_destroy(&got);
    }
    return n_wrong > 0;
}

/* A source that sends at a rate that is constant for a while. */
struct source {
    double bytes;
    double time;                /* ms. */
    double rate;                /* bit/s. */
};

static uint64_t
source_read(struct source *source, double time)
{
    source->bytes += source->rate / 8000 * (time - source->time);
    source->time = time;
    return source->bytes;
}

static bool
close_to(uint64_t got, double expected, double slack)
{
    return fabs(got - expected) <= expected * 1e-5 + slack;
}

/* The rates are piecewise constant.  One load is read only where they change,
 * another one many times in between at uneven intervals; a floating point
 * model integrates exactly.  All three must agree. */
static bool
check_intervals(struct vm_random *random, struct ds *what)
{
    unsigned int half_life = vm_random_between(random, 200, 10000);
    struct source source = { 0, 0, 0 };
    struct vm_load often, seldom;
    double sum = 0, weight = 0;
    long long int now = 0;

    vm_load_init(&often);
    vm_load_init(&seldom);
    vm_load_update(&often, 0, half_life, 0);
    vm_load_update(&seldom, 0, half_life, 0);
    for (int step = 0; step < 8; step++) {
        long long int end = now + vm_random_between(random, 100, 8000);

        source.rate = vm_random_below(random, 1 << 20) * 100000.0;
        double kept = exp2((now - end) / (double) half_life);
        sum = sum * kept + source.rate * (1 - kept);
        weight = weight * kept + 1 - kept;
        while (now < end) {
            long long int pause = vm_random_between(random, 0, 60);

            now = MIN(end, now + pause);
            vm_load_update(&often, source_read(&source, now), half_life,
                           now);
        }
        vm_load_update(&seldom, source_read(&source, now), half_life, now);

        /* Bytes are whole, so a short interval errs by up to 8000 bit/s. */
        if (!close_to(seldom.rate, sum / weight, 100)
            || !close_to(often.rate, sum / weight, 8000)) {
            ds_put_format(what, "half-life %u ms, step %d at %lld ms: "
                          "expected %.0f, read once %"PRIu64
                          ", read often %"PRIu64, half_life, step, now,
                          sum / weight, seldom.rate, often.rate);
            return false;
        }
    }
    return true;
}

/* Whatever the counter does, the rate never exceeds the highest rate at which
 * the counter rose, and decays to zero while the counter is constant. */
static bool
check_bounds(struct vm_random *random, struct ds *what)
{
    unsigned int half_life = vm_random_between(random, 1, 5000);
    uint64_t counter = vm_random_below(random, 1000000);
    uint64_t highest = 0;
    long long int now = 0;
    struct vm_load load;

    vm_load_init(&load);
    vm_load_update(&load, counter, half_life, now);
    for (int step = 0; step < 50; step++) {
        long long int interval = vm_random_between(random, 1, 1000);
        uint64_t bytes = vm_random_below(random, 1000000);

        if (vm_random_chance(random, 20)) {
            counter = vm_random_below(random, counter + 1);
        } else {
            counter += bytes;
            highest = MAX(highest, bytes * 8000 / interval);
        }
        now += interval;
        vm_load_update(&load, counter, half_life, now);
        if (load.rate > highest + 1) {
            ds_put_format(what, "step %d: rate %"PRIu64" is above %"PRIu64,
                          step, load.rate, highest);
            return false;
        }
    }

    for (int step = 0; step < 70; step++) {
        now += half_life;
        vm_load_update(&load, counter, half_life, now);
    }
    if (load.rate || vm_load_rate(&load, half_life, now + 1000)) {
        ds_put_format(what, "rate %"PRIu64" of a counter that stands still",
                      load.rate);
        return false;
    }
    return true;
}

static int
run_properties(int argc OVS_UNUSED, char *argv[])
{
    uint64_t seed = strtoull(argv[1], NULL, 10);
    int n = atoi(argv[2]);

    for (int i = 0; i < n; i++) {
        struct ds what = DS_EMPTY_INITIALIZER;
        struct vm_random random;

        vm_random_init(&random, seed + i);
        if (!check_intervals(&random, &what)
            || !check_bounds(&random, &what)) {
            fprintf(stderr, "seed %"PRIu64": %s\n", seed + i,
                    ds_cstr(&what));
            ds_destroy(&what);
            return 1;
        }
        ds_destroy(&what);
    }
    return 0;
}

const struct vm_test_command test_vm_load_commands[] = {
    { "load-cases", "", 0, 0, run_cases },
    { "load-properties", "SEED N", 2, 2, run_properties },
    { NULL, NULL, 0, 0, NULL },
};
