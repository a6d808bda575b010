/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent-sim.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-random.h"
#include "vm-test.h"

extern const struct vm_test_command test_agent_random_commands[];

/* A random life of an agent: requests come and are withdrawn, calls fail,
 * hang or lose their connection, database and libvirt come and go, the agent
 * is killed at any point, and what libvirt was doing has its effect or not.
 * The laws:
 *
 *   - libvirt does nothing twice for one id;
 *   - nothing that the owner has suspended is resumed;
 *   - when the switch asks for nothing any more and all works again, a VM that
 *     the agent has suspended runs, there is no mark left, and the database
 *     has neither "doing" nor vm-agent-suspended. */
struct life {
    struct agent_sim sim;
    struct vm_random random;
    bool owned;                 /* Suspended by the owner. */
    bool stolen;                /* ...and resumed by the agent. */
    int serial;
};

static void
ask(struct life *life)
{
    static const enum agent_request requests[] = {
        AGENT_SUSPEND, AGENT_SUSPEND, AGENT_RESUME, AGENT_RESUME,
        AGENT_MIGRATE, AGENT_NONE,
    };
    enum agent_request request
        = requests[vm_random_below(&life->random, ARRAY_SIZE(requests))];
    char *id = xasprintf("r%d", ++life->serial);

    agent_sim_ask(&life->sim, request, request == AGENT_NONE ? NULL : id);
    life->sim.order.absent = request == AGENT_NONE
                             && vm_random_chance(&life->random, 50);
    free(id);
}

/* Its owner suspends or resumes a VM in which the agent has no hand. */
static void
owner(struct life *life)
{
    struct agent_sim *sim = &life->sim;
    const struct agent_vm *vm = agent_work_find(sim->work, AGENT_SIM_UUID);

    if (sim->domain.mark.request != AGENT_NONE || (vm && vm->serial)
        || (vm && vm->step != AGENT_IDLE) || !ovs_list_is_empty(&sim->late)) {
        return;
    }
    if (sim->domain.state == AGENT_RUNNING) {
        sim->domain.state = AGENT_PAUSED;
        life->owned = true;
    } else if (sim->domain.state == AGENT_PAUSED && life->owned) {
        sim->domain.state = AGENT_RUNNING;
        life->owned = false;
    }
    agent_sim_changed(sim);
}

static void
set_fault(struct life *life)
{
    static const enum agent_call calls[] = {
        AGENT_CALL_LOOK, AGENT_CALL_MARK, AGENT_CALL_UNMARK,
        AGENT_CALL_SUSPEND, AGENT_CALL_RESUME, AGENT_CALL_MIGRATE,
    };
    struct agent_sim *sim = &life->sim;

    sim->fault_call = calls[vm_random_below(&life->random,
                                            ARRAY_SIZE(calls))];
    sim->fault = "fdlh"[vm_random_below(&life->random, 4)];
}

static void
happen(struct life *life)
{
    struct agent_sim *sim = &life->sim;
    struct vm_random *random = &life->random;

    switch (vm_random_below(random, 16)) {
    case 0: case 1: case 2: ask(life); break;
    case 3: case 4: agent_sim_kill(sim, vm_random_below(random, 3)); break;
    case 5: owner(life); break;
    case 6: set_fault(life); break;
    case 7: sim->db_up = !sim->db_up; break;
    case 8: sim->libvirt_up = !sim->libvirt_up; break;
    case 9: agent_sim_return(sim); break;
    case 10: agent_sim_survey(sim); break;
    case 11: agent_sim_advance(sim, vm_random_below(random, 70000)); break;
    default:
        for (int i = vm_random_below(random, 8); i > 0; i--) {
            agent_sim_step(sim);
        }
    }
    life->stolen |= life->owned && sim->domain.state == AGENT_RUNNING;
}

/* Everything works again, and nothing is asked for. */
static void
calm(struct life *life)
{
    struct agent_sim *sim = &life->sim;

    sim->db_up = sim->libvirt_up = true;
    sim->fault = '\0';
    agent_sim_ask(sim, AGENT_NONE, NULL);
    agent_sim_return(sim);
    for (int i = 0; i < 4; i++) {
        agent_sim_advance(sim, 35000);
        agent_sim_return(sim);
        agent_sim_survey(sim);
    }
    agent_sim_advance(sim, 400000);
    life->stolen |= life->owned && sim->domain.state == AGENT_RUNNING;
}

static bool
check(struct life *life, const char *name)
{
    struct agent_sim *sim = &life->sim;
    bool here = sim->domain.state != AGENT_ABSENT;
    bool ok = true;

    ok &= vm_expect_that(name, "nothing is done twice", !sim->twice);
    ok &= vm_expect_that(name, "the owner's suspension stays",
                         !life->stolen);
    ok &= vm_expect_that(name, "the VM runs in the end",
                         !here || life->owned
                         || sim->domain.state == AGENT_RUNNING);
    ok &= vm_expect_that(name, "no mark is left",
                         sim->domain.mark.request == AGENT_NONE);
    ok &= vm_expect_that(name, "nothing is \"doing\"", !sim->port
                         || sim->answer.outcome != AGENT_DOING);
    ok &= vm_expect_that(name, "nothing is suspended",
                         !sim->port || !sim->answer.suspended);
    ok &= vm_expect_that(name, "it runs on one host",
                         here != sim->at_target);
    return ok;
}

static bool
live(uint64_t seed, int instance)
{
    char *name = xasprintf("seed %"PRIu64", instance %d", seed, instance);
    struct life life = { .serial = 0 };

    agent_sim_init(&life.sim);
    vm_random_init(&life.random, seed * 1000003 + instance);
    for (int i = 0; i < 60; i++) {
        happen(&life);
    }
    calm(&life);

    bool ok = check(&life, name);
    if (!ok) {
        fprintf(stderr, "%s\n", ds_cstr(&life.sim.log));
    }
    agent_sim_destroy(&life.sim);
    free(name);
    return ok;
}

static int
run_random(int argc OVS_UNUSED, char *argv[])
{
    uint64_t seed = strtoull(argv[1], NULL, 10);
    int n = atoi(argv[2]);

    for (int i = 0; i < n; i++) {
        if (!live(seed, i)) {
            break;
        }
    }
    return vm_expect_result();
}

const struct vm_test_command test_agent_random_commands[] = {
    { "agent-random", "SEED N", 2, 2, run_random },
    { NULL, NULL, 0, 0, NULL },
};
