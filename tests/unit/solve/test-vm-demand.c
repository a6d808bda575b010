/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Simulates senders on one member that vm-demand measures and vm-rates limits.
 * The simulation is a fluid model in steps of 1 ms.  A VM sends at a constant
 * rate ("udp") or over flows that add one segment per round trip and halve
 * when something was lost ("tcp").  Rates are enforced by a token bucket of
 * 100 ms.  The member has a queue of 50 ms.  A part of the readings of
 * unmetered senders, at random, comes one sample too late.  All cases are run
 * without and with early samples near contention. */

#include "solve/vm-demand.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "solve/vm-rates.h"
#include "util.h"
#include "vm-random.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_demand_commands[];

#define NONE VM_RATE_NONE

/* The simulation.  Amounts are in bits. */

#define MAX_SENDERS 64
#define MAX_FLOWS 16
#define SEGMENT 12000.0         /* Of 1,500 bytes. */
#define INTERVAL 500            /* ms between samples. */
#define EARLY_PARTS 8           /* Early samples change a rate only by more
                                 * than one of so many parts. */
#define MBIT 1e6

struct flow {
    double window;
    double threshold;           /* Above it, slow start is over. */
    bool lost;                  /* In this round trip. */
    int next_round;
};

struct sender {
    /* Configuration. */
    double udp;                 /* bit/s; 0 if "tcp". */
    int n_flows, rtt;           /* If "tcp"; rtt in ms. */
    unsigned int shares;
    double guarantee, limit;    /* bit/s; 0 if none. */
    int stops, starts;          /* Silent in between, ms. */

    struct flow flows[MAX_FLOWS];
    struct vm_demand demand;
    uint64_t rate;              /* In force. */
    bool late;                  /* Its last reading came too late. */
    double tokens;
    double offers, passes;      /* In this step. */
    double passed, dropped;     /* Since the last sample. */
    double delivered;           /* Since run_member() began. */
};

struct member {
    struct sender senders[MAX_SENDERS];
    size_t n;
    double capacity;
    double queue;
    struct vm_random random;
    unsigned int late_pct;      /* Unmetered readings that come too late. */
    bool early;                 /* There are early samples. */
    unsigned int contended;     /* Samples that found contention. */
    enum vm_contention contention; /* At the last sample. */
};

static bool
is_silent(const struct sender *s, int now)
{
    return now >= s->stops && now < s->starts;
}

static double
flow_offers(const struct sender *s, int flow)
{
    return s->flows[flow].window / s->rtt;
}

/* Marks one flow of the sender as having lost something, with a probability in
 * proportion to what it sends. */
static void
lose(struct member *u, struct sender *s)
{
    double at = vm_random_real(&u->random) * s->offers;
    int i;

    for (i = 0; i < s->n_flows - 1; i++) {
        at -= flow_offers(s, i);
        if (at <= 0) {
            break;
        }
    }
    s->flows[i].lost = s->n_flows > 0;
}

static void
step_sender(struct member *u, struct sender *s, int now)
{
    s->offers = 0;
    if (!is_silent(s, now)) {
        s->offers = s->udp / 1000;
        for (int i = 0; i < s->n_flows; i++) {
            s->offers += flow_offers(s, i);
        }
    }

    s->passes = s->offers;
    if (s->rate != NONE) {
        s->tokens = MIN(s->tokens + s->rate / 1000.0,
                        MAX(s->rate / 10.0, 2 * SEGMENT));
        s->passes = MIN(s->offers, s->tokens);
        s->tokens -= s->passes;
        s->dropped += s->offers - s->passes;
        if (s->passes < s->offers) {
            lose(u, s);
        }
    }
    s->passed += s->passes;
}

static void
step_flows(struct sender *s, int now)
{
    for (int i = 0; i < s->n_flows; i++) {
        struct flow *f = &s->flows[i];

        if (now < f->next_round) {
            continue;
        }
        f->next_round = now + s->rtt;
        if (is_silent(s, now)) {
            f->window = 10 * SEGMENT;
            f->threshold = 1e18;
        } else if (f->lost) {
            f->window = f->threshold = MAX(f->window / 2, 2 * SEGMENT);
        } else {
            f->window = (f->window < f->threshold
                         ? f->window * 2 : f->window + SEGMENT);
        }
        f->lost = false;
    }
}

static void
step(struct member *u, int now)
{
    double sum = 0;

    for (size_t i = 0; i < u->n; i++) {
        step_sender(u, &u->senders[i], now);
        sum += u->senders[i].passes;
    }

    double room = u->capacity / 1000 + u->capacity / 20 - u->queue;
    double part = sum > room ? room / sum : 1;
    u->queue = MAX(0, u->queue + sum * part - u->capacity / 1000);
    for (size_t i = 0; i < u->n; i++) {
        struct sender *s = &u->senders[i];

        s->delivered += s->passes * part;
        if (part < 1) {
            lose(u, s);
        }
        step_flows(s, now);
    }
}

/* Changes the rate in force to 'rate'. */
static void
set_rate(struct sender *s, uint64_t rate, bool early)
{
    if (early && rate >= s->rate - s->rate / EARLY_PARTS
        && rate <= s->rate + s->rate / EARLY_PARTS) {
        return;
    }
    s->rate = rate;
}

/* Grants rates after a sample. */
static void
grant(struct member *u, bool early)
{
    uint64_t usable = vm_rates_usable(u->capacity, VM_RATES_HEADROOM_PPM);
    const struct vm_demand *demands[MAX_SENDERS];
    struct vm_rate_claim claims[MAX_SENDERS];
    struct vm_rate_grant grants[MAX_SENDERS];
    static char ids[MAX_SENDERS][24];

    for (size_t i = 0; i < u->n; i++) {
        const struct sender *s = &u->senders[i];

        snprintf(ids[i], sizeof ids[i], "%02"PRIuSIZE, i);
        claims[i] = (struct vm_rate_claim) {
            ids[i], 3, s->shares, s->guarantee,
            s->limit ? (uint64_t) s->limit : NONE, 0
        };
        demands[i] = &s->demand;
    }
    u->contention = vm_demand_allocate(claims, demands, u->n, usable,
                                       early ? u->contention
                                       : VM_CONTENTION_NONE, grants);
    u->contended += !early && u->contention >= VM_CONTENTION_FULL;
    for (size_t i = 0; i < u->n; i++) {
        set_rate(&u->senders[i], MIN(grants[i].rate, claims[i].limit), early);
    }
}

static void
take_samples(struct member *u, int now)
{
    for (size_t i = 0; i < u->n; i++) {
        struct sender *s = &u->senders[i];

        s->late = (s->rate == NONE && !s->late
                   && vm_random_chance(&u->random, u->late_pct));
        vm_demand_update(&s->demand, s->late ? 0 : s->passed / 8,
                         s->dropped / 8, s->rate, now);
        s->passed = s->late ? s->passed : 0;
        s->dropped = 0;
    }
    grant(u, false);
}

static void
take_early_samples(struct member *u, int now)
{
    for (size_t i = 0; i < u->n; i++) {
        struct sender *s = &u->senders[i];

        if (s->rate != NONE) {
            vm_demand_update_early(&s->demand, s->passed / 8, s->dropped / 8,
                                   s->rate, now);
            s->passed = s->dropped = 0;
        }
    }
    grant(u, true);
}

static void
init_member(struct member *u, const struct sender *senders, size_t n,
            double capacity, uint64_t seed)
{
    memset(u, 0, sizeof *u);
    for (size_t i = 0; i < MAX_SENDERS; i++) {
        vm_demand_init(&u->senders[i].demand, 0);
        u->senders[i].rate = NONE;
    }
    u->n = n;
    u->capacity = capacity;
    vm_random_init(&u->random, seed);
    for (size_t i = 0; i < n; i++) {
        struct sender *s = &u->senders[i];

        *s = senders[i];
        s->rate = s->limit ? (uint64_t) s->limit : NONE;
        for (int j = 0; j < s->n_flows; j++) {
            s->flows[j].window = 10 * SEGMENT;
            s->flows[j].threshold = 1e18;
            s->flows[j].next_round = 1 + vm_random_below(&u->random, s->rtt);
        }
    }
}

/* Runs the member and fills in what each sender delivered, bit/s. */
static void
run_member(struct member *u, int from, int to, double *delivered)
{
    u->contended = 0;
    for (size_t i = 0; i < u->n; i++) {
        u->senders[i].delivered = 0;
    }
    for (int now = from; now < to; now++) {
        if (now % INTERVAL == 0) {
            take_samples(u, now);
        } else if (u->early && now % VM_DEMAND_MIN_INTERVAL == 0
                   && u->contention >= VM_CONTENTION_NEAR) {
            take_early_samples(u, now);
        }
        step(u, now);
    }
    for (size_t i = 0; i < u->n; i++) {
        delivered[i] = u->senders[i].delivered * 1000 / (to - from);
    }
}

/* What is expected of a set of senders with steady behavior. */
struct steady_case {
    const char *name;
    struct sender senders[10];
    int from, to;               /* Measured, ms. */
    double jain;                /* At least, of those without a guarantee. */
    double used;                /* Part of the member, at least. */
    double first;               /* bit/s of the first sender, at least. */
    unsigned int least, most;   /* Samples that find contention. */
    unsigned int late_pct;
    unsigned int n_idle;        /* Further senders, which send nothing. */
};

#define UDP(RATE) .udp = (RATE) * MBIT, .shares = 50
#define TCP(FLOWS, RTT) .n_flows = (FLOWS), .rtt = (RTT), .shares = 50
#define FLOOD { UDP(100) }

static const struct steady_case steady_cases[] = {
    { "udp 100:50:25",
      { { .udp = 100 * MBIT, .shares = 100 }, { UDP(100) },
        { .udp = 100 * MBIT, .shares = 25 } },
      2000, 30000, 0.98, 0.93, 0, 1, 999, 20, 0 },
    { "tcp 100:50:25, 20 ms",
      { { .n_flows = 1, .rtt = 20, .shares = 100 }, { TCP(1, 20) },
        { .n_flows = 1, .rtt = 20, .shares = 25 } },
      5000, 60000, 0.95, 0.85, 0, 1, 999, 20, 0 },
    { "tcp of different round trips",
      { { TCP(1, 5) }, { TCP(1, 80) }, { TCP(4, 20) } },
      5000, 60000, 0.95, 0.85, 0, 1, 999, 20, 0 },
    { "more flows do not help",
      { { TCP(16, 20) }, { TCP(1, 20) }, { TCP(4, 20) } },
      5000, 60000, 0.95, 0.85, 0, 1, 999, 20, 0 },
    { "udp at three times its share against tcp",
      { { UDP(100) }, { TCP(4, 20) }, { TCP(1, 20) } },
      5000, 60000, 0.95, 0.85, 0, 1, 999, 20, 0 },
    { "udp guarantee against seven floods",
      { { UDP(60), .guarantee = 60 * MBIT },
        FLOOD, FLOOD, FLOOD, FLOOD, FLOOD, FLOOD, FLOOD },
      2000, 30000, 0.98, 0.92, 58.8 * MBIT, 1, 999, 20, 0 },
    { "tcp guarantee against seven floods",
      { { TCP(1, 20), .guarantee = 60 * MBIT },
        FLOOD, FLOOD, FLOOD, FLOOD, FLOOD, FLOOD, FLOOD },
      2000, 30000, 0.98, 0.93, 58.8 * MBIT, 1, 999, 20, 0 },
    { "tcp at its limit",
      { { TCP(1, 20), .limit = 20 * MBIT }, { UDP(50) } },
      5000, 30000, 0, 0, 18 * MBIT, 0, 0, 20, 0 },
    { "no sender is policed without contention",
      { { UDP(40) }, { UDP(20) }, { .udp = 36 * MBIT, .shares = 1 } },
      2000, 30000, 0, 0.959, 40 * MBIT, 0, 0, 0, 0 },
    { "nor because readings come too late",
      { { UDP(30) }, { UDP(20) }, { .udp = 30 * MBIT, .shares = 1 } },
      2000, 30000, 0, 0.79, 30 * MBIT, 0, 2, 20, 0 },
    { "a light newcomer gets what is left",
      { { UDP(55) }, { UDP(20) },
        { .udp = 20 * MBIT, .shares = 1, .starts = 5000 } },
      10000, 30000, 0, 0.949, 55 * MBIT, 0, 0, 20, 0 },
    { "idle senders cost little",
      { FLOOD, { TCP(4, 20) } },
      5000, 30000, 0.95, 0.93, 0, 1, 999, 20, 60 },
    { "a satisfied sender keeps what it sends",
      { { UDP(30) }, FLOOD, { TCP(4, 20) } },
      2000, 30000, 0, 0.93, 30 * MBIT, 1, 999, 20, 0 },
};

static double
jain(const struct steady_case *c, const double *delivered, size_t n)
{
    double sum = 0, squares = 0;
    size_t counted = 0;

    for (size_t i = 0; i < n; i++) {
        if (!c->senders[i].guarantee) {
            double x = delivered[i] / c->senders[i].shares;

            sum += x;
            squares += x * x;
            counted++;
        }
    }
    return sum * sum / (counted * squares);
}

static int
run_steady_case(const struct steady_case *c, bool early, uint64_t seed)
{
    double delivered[MAX_SENDERS];
    double sum = 0;
    struct member u;
    size_t n = 0;

    while (n < ARRAY_SIZE(c->senders) && c->senders[n].shares) {
        n++;
    }
    init_member(&u, c->senders, n, 100 * MBIT, seed);
    u.n += c->n_idle;
    u.late_pct = c->late_pct;
    u.early = early;
    run_member(&u, 0, c->from, delivered);
    run_member(&u, c->from, c->to, delivered);
    for (size_t j = 0; j < n; j++) {
        sum += delivered[j];
    }

    double fair = jain(c, delivered, n);
    double used = sum / u.capacity;
    bool ok = (fair >= c->jain && used >= c->used
               && delivered[0] >= c->first * 0.999
               && u.contended >= c->least && u.contended <= c->most);
    fprintf(ok ? stdout : stderr,
            "%s%s%s: Jain %.3f (at least %.2f), used %.1f %% (%.1f), first "
            "%.1f Mbit/s (%.1f), contended %u samples\n",
            ok ? "" : "FAIL ", c->name, early ? ", early samples" : "", fair,
            c->jain, used * 100, c->used * 100, delivered[0] / MBIT,
            c->first / MBIT, u.contended);
    return !ok;
}

static int
run_demand_steady(int argc OVS_UNUSED, char *argv[])
{
    uint64_t seed = strtoull(argv[1], NULL, 10);
    int retval = 0;

    for (size_t i = 0; i < ARRAY_SIZE(steady_cases); i++) {
        retval |= run_steady_case(&steady_cases[i], false, seed);
        retval |= run_steady_case(&steady_cases[i], true, seed);
    }
    return retval;
}

/* One of three senders stops and starts again, at every phase of the interval.
 * From two intervals after each, every sender gets at least 97 % of what it
 * would get without the change. */
static int
run_demand_reclaim(int argc OVS_UNUSED, char *argv[])
{
    static const double together[] = { 97 * 4 / 7.0, 97 * 2 / 7.0,
                                       97 / 7.0 };
    static const double without[] = { 0, 97 * 2 / 3.0, 97 / 3.0 };
    uint64_t seed = strtoull(argv[1], NULL, 10);
    double worst = 1;

    for (int phase = 0; phase < INTERVAL; phase += 10) {
        int stops = 10000 + phase;
        int starts = 20000 + phase;
        struct sender senders[] = {
            { .udp = 100 * MBIT, .shares = 100, .stops = stops,
              .starts = starts },
            { UDP(100) }, { .udp = 100 * MBIT, .shares = 25 },
        };
        double delivered[2][3], ignored[3];
        struct member u;

        init_member(&u, senders, 3, 100 * MBIT, seed);
        u.early = phase % 20 == 0;
        run_member(&u, 0, stops + 2 * INTERVAL, ignored);
        run_member(&u, stops + 2 * INTERVAL, stops + 4 * INTERVAL,
                   delivered[0]);
        run_member(&u, stops + 4 * INTERVAL, starts + 2 * INTERVAL, ignored);
        run_member(&u, starts + 2 * INTERVAL, starts + 4 * INTERVAL,
                   delivered[1]);
        for (int i = 0; i < 3; i++) {
            double share = (i ? delivered[0][i] / (without[i] * MBIT) : 1);

            share = MIN(share, delivered[1][i] / (together[i] * MBIT));
            worst = MIN(worst, share);
            if (share < 0.97) {
                fprintf(stderr, "phase %d ms, sender %d: %.1f %%\n", phase,
                        i, 100 * share);
            }
        }
    }
    printf("after two intervals: at least %.1f %% of the share\n",
           100 * worst);
    return worst < 0.97;
}

const struct vm_test_command test_vm_demand_commands[] = {
    { "demand-steady", "SEED", 1, 1, run_demand_steady },
    { "demand-reclaim", "SEED", 1, 1, run_demand_reclaim },
    { NULL, NULL, 0, 0, NULL },
};
