/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* What the engine does at one event, or at a reading (a tick), among many VMs,
 * some of which send all the time.  This is also run under
 * callgrind, which counts the instructions of measured_event(): a number that
 * is the same on any machine, busy or not. */

#include "engine/vm-engine.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/vm-policing.h"
#include "smap.h"
#include "util.h"
#include "vm-sample-engine.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_engine_events_commands[];

enum event {
    TICK, CONTEND, KEY, FOREIGN, MOVE, APPEAR, DISAPPEAR, LOSS, RETURN
};

static const char *const event_names[] = {
    "tick", "contend", "key", "foreign", "move", "appear", "disappear",
    "loss", "return",
};

/* The VMs and what they have sent: each 800 kbit/s, or nothing.  Those that
 * contend have one member, on which there is room for N_FIT of them: each
 * sends half of its limit, and its meter drops what does not fit.  All
 * readings are complete, one every INTERVAL ms. */
struct vms {
    size_t n;                   /* With the one that prepare() adds. */
    size_t n_sending;           /* The first ones of them. */
    char **interfaces;
    char **ids;                 /* Also the names of their meters. */
    bool contend;
    struct vm_counters counters; /* Of each that sends. */
};

#define INTERVAL 500
#define BYTES (INTERVAL * 100)
#define CONTENDING_BYTES (INTERVAL * 6250)
#define N_FIT 200

static void
vms_init(struct vms *vms, size_t n, size_t n_sending)
{
    memset(vms, 0, sizeof *vms);
    vms->n = n;
    vms->n_sending = MIN(n_sending, n);
    vms->interfaces = xcalloc(n, sizeof *vms->interfaces);
    vms->ids = xcalloc(n, sizeof *vms->ids);
    for (size_t i = 0; i < n; i++) {
        vms->interfaces[i] = xasprintf("v%"PRIuSIZE, i);
        vms->ids[i] = xasprintf("vm%"PRIuSIZE, i);
    }
}

static void
vms_destroy(struct vms *vms)
{
    for (size_t i = 0; i < vms->n; i++) {
        free(vms->interfaces[i]);
        free(vms->ids[i]);
    }
    free(vms->interfaces);
    free(vms->ids);
}

static void
send_some(struct vms *vms)
{
    uint64_t bytes = vms->contend ? CONTENDING_BYTES : BYTES;

    vms->counters.tx_packets += bytes / 1000;
    vms->counters.tx_bytes += bytes;
}

/* Returns how many of the 'sent' packets or bytes of a VM its meter drops. */
static uint64_t
get_dropped(const struct vms *vms, uint64_t sent)
{
    return (vms->contend && vms->n_sending > N_FIT
            ? sent - sent * N_FIT / vms->n_sending : 0);
}

/* Tells the engine what has changed since the last reading. */
static void
tell_reading(struct vm_engine *engine, const struct vms *vms,
             long long int now)
{
    const struct vm_policing *policing = vm_engine_policing(engine);
    const struct vm_meter_counters nothing = { 0, 0, 0, 0 };
    const struct vm_meter_counters meter = {
        .packets = vms->counters.tx_packets,
        .bytes = vms->counters.tx_bytes,
        .dropped_packets = get_dropped(vms, vms->counters.tx_packets),
        .dropped_bytes = get_dropped(vms, vms->counters.tx_bytes),
    };

    for (size_t i = 0; i < vms->n_sending; i++) {
        vm_engine_set_counters(engine, vms->interfaces[i], &vms->counters,
                               now);
    }
    for (size_t i = 0; !vm_pace_is_quiet(&policing->pace) && i < vms->n; i++) {
        if (vm_policing_wants_meter(policing, vms->ids[i], true, now)) {
            vm_engine_set_meter_counters(
                engine, vms->ids[i], i < vms->n_sending ? &meter : &nothing,
                now);
        }
    }
    vm_engine_counted(engine, now);
}

static enum event
event_from_string(const char *name)
{
    enum event event = TICK;

    while (event < ARRAY_SIZE(event_names)
           && strcmp(event_names[event], name)) {
        event++;
    }
    ovs_assert(event < ARRAY_SIZE(event_names));
    return event;
}

static void
set_vm(struct vm_engine *engine, size_t i, const char *more,
       long long int now)
{
    char *name = xasprintf("v%"PRIuSIZE, i);
    char *keys = xasprintf("vm-id=vm%"PRIuSIZE" vm-max-rate=100M "
                           "attached-mac=52:54:00:00:%02x:%02x%s", i,
                           (unsigned int) (i / 256),
                           (unsigned int) (i % 256), more);

    vm_sample_set_interface(engine, name, keys, now);
    free(name);
    free(keys);
}

static void
set_eth1(struct vm_engine *engine, bool enabled, long long int now)
{
    vm_sample_set_member(engine, "eth1", enabled, "vm-aware-capacity", "10G",
                         now);
}

/* Prepares the 'i'th 'event', among 'n' VMs or one more. */
static void
prepare(struct vm_engine *engine, enum event event, size_t n, int i,
        long long int now)
{
    switch (event) {
    case TICK:
    case KEY:
    case FOREIGN:
    case MOVE:
    case LOSS:
        set_eth1(engine, true, now);
        set_vm(engine, n, "", now);
        break;
    case CONTEND:
        break;
    case APPEAR:
        vm_engine_set_interface(engine, "new", NULL, now);
        break;
    case DISAPPEAR:
        vm_sample_set_interface(engine, "new",
                                i % 2 ? "vm-id=a-new" : "vm-id=vm3-new", now);
        break;
    case RETURN:
        set_eth1(engine, false, now);
        break;
    }
}

__attribute__((noinline)) static void
measured_event(struct vm_engine *engine, const struct vms *vms,
               enum event event, int i, struct vm_actions *actions,
               long long int now)
{
    size_t n = vms->n - 1;

    switch (event) {
    case TICK:
    case CONTEND:
        tell_reading(engine, vms, now);
        break;
    case KEY:
        set_vm(engine, n / 2, i % 2 ? " vm-priority=6" : " vm-priority=5",
               now);
        break;
    case FOREIGN:
        set_vm(engine, n / 2, i % 2 ? " foreign=1" : " foreign=2", now);
        break;
    case MOVE:
        set_vm(engine, n / 2, i % 2 ? " vm-uplinks=eth0"
               : " vm-uplinks=eth1", now);
        break;
    case APPEAR:
        vm_sample_set_interface(engine, "new",
                                i % 2 ? "vm-id=a-new" : "vm-id=vm3-new", now);
        break;
    case DISAPPEAR:
        vm_engine_set_interface(engine, "new", NULL, now);
        break;
    case LOSS:
        set_eth1(engine, false, now);
        break;
    case RETURN:
        set_eth1(engine, true, now);
        break;
    }
    vm_engine_run(engine, now, actions);
}

/* Lets 'n' intervals pass, and returns the time of the next reading. */
static long long int
pass_time(struct vm_engine *engine, struct vms *vms, int n,
          struct vm_actions *actions, long long int now)
{
    for (int i = 0; i < n; i++) {
        send_some(vms);
        tell_reading(engine, vms, now);
        vm_engine_run(engine, now, actions);
        now += INTERVAL;
    }
    return now;
}

/* Returns how long the 'i'th 'event' takes, ms.  Advances '*now' to the next
 * reading. */
static double
measure(struct vm_engine *engine, struct vms *vms, enum event event, int i,
        struct vm_actions *actions, long long int *now)
{
    bool reads = event == TICK || event == CONTEND;
    clock_t start;

    prepare(engine, event, vms->n - 1, i, *now);
    *now = pass_time(engine, vms, vms->n_sending ? 9 : 40, actions, *now);
    if (reads) {
        send_some(vms);
    }
    start = clock();
    /* An event is not at the time of a reading. */
    measured_event(engine, vms, event, i, actions,
                   *now - (reads ? 0 : INTERVAL / 2));
    start = clock() - start;
    *now += reads ? INTERVAL : 0;
    return start * 1000.0 / CLOCKS_PER_SEC;
}

static int
run_events(int argc OVS_UNUSED, char *argv[])
{
    enum event event = event_from_string(argv[1]);
    size_t n = atoi(argv[2]);
    int times = atoi(argv[3]);
    size_t n_sending = argc > 4 ? atoi(argv[4]) : n + 1;
    struct vm_engine *engine = vm_engine_create("bond0", 0);
    struct vm_actions actions = VM_ACTIONS_INITIALIZER;
    double least = DBL_MAX;
    long long int now = 0;
    struct vms vms;

    vms_init(&vms, n + 1, n_sending);
    vm_sample_set_member(engine, "eth0", true, "vm-aware-capacity", "10G", 0);
    set_eth1(engine, event != CONTEND, 0);
    vms.contend = event == CONTEND;
    for (size_t i = 0; i < n; i++) {
        set_vm(engine, i, "", 0);
    }
    for (int i = 0; i < 10; i++) {
        now = pass_time(engine, &vms, 1, &actions, now);
        set_vm(engine, 0, i % 2 ? " vm-priority=6" : "", now);
    }
    for (int i = 0; i < times; i++) {
        double ms = measure(engine, &vms, event, i, &actions, &now);

        least = MIN(least, ms);
    }
    printf("%s among %"PRIuSIZE" VMs, %"PRIuSIZE" sending: %.3f ms\n",
           event_names[event], n, vms.n_sending, least);
    vm_actions_destroy(&actions);
    vm_engine_destroy(engine);
    vms_destroy(&vms);
    return 0;
}

const struct vm_test_command test_vm_engine_events_commands[] = {
    { "engine-events", "EVENT N TIMES [SENDING]", 3, 4, run_events },
    { NULL, NULL, 0, 0, NULL },
};
