/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* What a run of the engine costs, as the ratio between sizes. */

#include "engine/vm-engine.h"

#include <float.h>
#include <stdio.h>
#include <time.h>

#include "smap.h"
#include "util.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_engine_cost_commands[];

/* The least of so many runs counts. */
#define N_RUNS 5

enum { FEW = 1000, MANY = 4000, WANTED = 16 };

enum event {
    ALL_NEW, ONE_CHANGED, MEMBER_LOST, ANNOUNCED_AGAIN, PENDING, ASKED,
    N_EVENTS
};

static const char *const event_names[N_EVENTS] = {
    "all interfaces new", "one interface changed", "a member lost",
    "announced again", "all requests pending", "requests made",
};

/* CPU time of a run, ms, if that is less than '*least'. */
static void
measure(struct vm_engine *engine, long long int now, double *least)
{
    struct vm_actions actions = VM_ACTIONS_INITIALIZER;
    clock_t start = clock();

    vm_engine_run(engine, now, &actions);
    double cost = (clock() - start) * 1000.0 / CLOCKS_PER_SEC;
    *least = MIN(*least, cost);
    vm_actions_destroy(&actions);
}

static void
set_interface(struct vm_engine *engine, size_t i, const char *priority,
              const char *uplinks, const char *key, const char *value,
              long long int now)
{
    struct smap external_ids = SMAP_INITIALIZER(&external_ids);
    struct vm_interface_facts facts = {
        .external_ids = &external_ids, .access_vlan = 10,
    };
    char *name = xasprintf("vnet%"PRIuSIZE, i);

    smap_add_format(&external_ids, "vm-id", "vm%"PRIuSIZE, i);
    smap_add(&external_ids, "vm-uplinks", uplinks);
    smap_add(&external_ids, "vm-priority", priority);
    smap_add(&external_ids, key, value);
    smap_add_format(&external_ids, "attached-mac", "52:54:00:00:%02x:%02x",
                    (unsigned int) (i / 256), (unsigned int) (i % 256));
    vm_engine_set_interface(engine, name, &facts, now);
    smap_destroy(&external_ids);
    free(name);
}

static void
run_life(size_t n, double least[N_EVENTS])
{
    struct vm_engine *engine = vm_engine_create("bond0", 0);
    struct vm_member_facts member = { .enabled = true };
    struct smap bond = SMAP_INITIALIZER(&bond);
    double ignored = DBL_MAX;

    vm_engine_set_member(engine, "eth0", &member, 0);
    vm_engine_set_member(engine, "eth1", &member, 0);
    for (size_t i = 0; i < n; i++) {
        set_interface(engine, i, "3", i % 3 ? "*" : "eth0,*", "vm-on-loss",
                      "suspend", 0);
    }
    measure(engine, 0, &least[ALL_NEW]);
    set_interface(engine, n - 1, "6", "eth1", "vm-on-loss", "suspend", 1000);
    measure(engine, 1000, &least[ONE_CHANGED]);
    member.enabled = false;
    vm_engine_set_member(engine, "eth0", &member, 2000);
    measure(engine, 2000, &least[MEMBER_LOST]);
    measure(engine, 2500, &least[ANNOUNCED_AGAIN]);

    /* An answer, though to no request, makes all requests run. */
    vm_engine_set_member(engine, "eth1", &member, 3000);
    measure(engine, 3000, &ignored);
    set_interface(engine, n - 1, "6", "eth1", "vm-agent-request", "x", 3500);
    measure(engine, 3500, &ignored);
    set_interface(engine, n - 1, "6", "eth1", "vm-agent-request", "y", 4000);
    measure(engine, 4000, &least[PENDING]);
    smap_add(&bond, "vm-aware-request-rate", "600");
    vm_engine_set_bond(engine, &bond, 5000);
    measure(engine, 5000, &ignored);
    measure(engine, 6000, &least[ASKED]);
    smap_destroy(&bond);
    vm_engine_destroy(engine);
}

static int
run_cost(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    double few[N_EVENTS], many[N_EVENTS];
    bool ok = true;

    for (int event = 0; event < N_EVENTS; event++) {
        few[event] = many[event] = DBL_MAX;
    }
    for (int i = 0; i < N_RUNS; i++) {
        run_life(FEW, few);
        run_life(MANY, many);
    }

    /* Sorting and a cache that gets too small are allowed for; squares are
     * not. */
    printf("growth of CPU time from %d to %d VMs (wanted: %d times at "
           "most)\n", FEW, MANY, WANTED);
    for (int event = 0; event < N_EVENTS; event++) {
        double growth = many[event] / few[event];

        printf("%22s: %.1f times (%.2f ms, %.2f ms)\n", event_names[event],
               growth, few[event], many[event]);
        ok = growth <= WANTED && ok;
    }
    return !ok;
}

const struct vm_test_command test_vm_engine_cost_commands[] = {
    { "engine-cost", "", 0, 0, run_cost },
    { NULL, NULL, 0, 0, NULL },
};
