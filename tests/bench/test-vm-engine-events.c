/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* What the engine does at one event or tick, among many VMs.  This is also
 * run under callgrind, which counts the instructions of measured_event(): a
 * number that is the same on any machine, busy or not. */

#include "engine/vm-engine.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "smap.h"
#include "util.h"
#include "vm-sample-engine.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_engine_events_commands[];

enum event { TICK, KEY, FOREIGN, MOVE, APPEAR, DISAPPEAR, LOSS, RETURN };

static const char *const event_names[] = {
    "tick", "key", "foreign", "move", "appear", "disappear", "loss", "return",
};

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

/* Prepares the 'i'th 'event'. */
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
measured_event(struct vm_engine *engine, enum event event, size_t n, int i,
               struct vm_actions *actions, long long int now)
{
    switch (event) {
    case TICK:
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

static int
run_events(int argc OVS_UNUSED, char *argv[])
{
    enum event event = event_from_string(argv[1]);
    size_t n = atoi(argv[2]);
    int times = atoi(argv[3]);
    struct vm_engine *engine = vm_engine_create("bond0", 0);
    struct vm_actions actions = VM_ACTIONS_INITIALIZER;
    double least = DBL_MAX;
    long long int now = 0;

    vm_sample_set_member(engine, "eth0", true, "vm-aware-capacity", "10G", 0);
    set_eth1(engine, true, 0);
    for (size_t i = 0; i < n; i++) {
        set_vm(engine, i, "", 0);
    }
    for (; now < 5000; now += 500) {
        vm_engine_run(engine, now, &actions);
        set_vm(engine, 0, now % 1000 ? "" : " vm-priority=6", now);
    }
    for (int i = 0; i < times; i++) {
        clock_t start;

        prepare(engine, event, n, i, now);
        for (int j = 0; j < 9; j++) {
            vm_engine_run(engine, now, &actions);
            now += 500;
        }
        /* An event is not at the time of a tick. */
        now -= event == TICK ? 0 : 400;
        start = clock();
        measured_event(engine, event, n, i, &actions, now);
        least = MIN(least, (clock() - start) * 1000.0 / CLOCKS_PER_SEC);
        now += event == TICK ? 500 : 900;
    }
    printf("%s among %"PRIuSIZE" VMs: %.3f ms\n", event_names[event], n,
           least);
    vm_actions_destroy(&actions);
    vm_engine_destroy(engine);
    return 0;
}

const struct vm_test_command test_vm_engine_events_commands[] = {
    { "engine-events", "EVENT N TIMES", 3, 3, run_events },
    { NULL, NULL, 0, 0, NULL },
};
