/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent-sim.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_agent_work_commands[];

/* A story of one VM, and what the agent does.  The words of a story:
 *
 *   ask REQUEST ID          the switch asks; "withdraw" ends that
 *   forget                  the database is restarted and has no request
 *   run, step N             the agent does all it wants to, or N actions
 *   wait MS                 time passes
 *   kill FATE               of the call that is under way: lost, effect, late
 *   owner suspend           or resume: not the agent
 *   domain STATE            what libvirt says of the domain from now on
 *   fail|drop|lose|hang CALL    the next such call
 *   return                  calls that hung return
 *   db|libvirt|port|target up|down
 *   set SETTING N */
struct story {
    const char *what;
    const char *words;
    const char *expected;
};

static const struct story stories[] = {
    { "nothing is asked for", "run wait 100000", "" },
    { "suspend and resume",
      "ask suspend s1 run ask resume r1 run",
      "look, doing s1, mark s1, suspend, done s1 (suspended s1), "
      "look, doing r1 (suspended s1), mark r1, resume, done r1, unmark" },
    { "an id is done once, even if it is asked for again",
      "ask suspend s1 run withdraw run ask suspend s1 run owner resume run",
      "look, doing s1, mark s1, suspend, done s1 (suspended s1), "
      "look, refused s1 \"the VM was resumed by its owner\", unmark" },
    { "suspended stays suspended as long as it is asked for",
      "ask suspend s1 run wait 200000",
      "look, doing s1, mark s1, suspend, done s1 (suspended s1)" },
    { "suspended by the owner before",
      "owner suspend ask suspend s1 run ask resume r1 run wait 100000",
      "look, refused s1 \"the VM was suspended by its owner\", "
      "look, done r1" },
    { "resumed by the owner meanwhile, and suspended again",
      "ask suspend s1 run owner resume run owner suspend run "
      "ask resume r1 run",
      "look, doing s1, mark s1, suspend, done s1 (suspended s1), "
      "look, refused s1 \"the VM was resumed by its owner\", unmark, look, "
      "look, done r1" },
    { "resume of a VM that runs",
      "ask resume r1 run", "look, done r1" },
    { "no request any more: resumed after a while",
      "ask suspend s1 run withdraw run wait 59000 ask none wait 2000",
      "look, doing s1, mark s1, suspend, done s1 (suspended s1), "
      "look, mark s1, resume, unmark, done s1" },
    { "the port goes while the VM is suspended",
      "ask suspend s1 run port down run wait 61000",
      "look, doing s1, mark s1, suspend, done s1 (suspended s1), "
      "look, mark s1, resume, unmark" },
    { "not resumed while the database is away",
      "ask suspend s1 run db down withdraw wait 200000 db up wait 61000",
      "look, doing s1, mark s1, suspend, done s1 (suspended s1), "
      "look, mark s1, resume, unmark, done s1" },
    { "withdrawn before libvirt is called",
      "ask suspend s1 step 1 withdraw run",
      "look, doing s1, refused s1 \"the request was withdrawn\"" },
    { "withdrawn after the mark",
      "ask suspend s1 step 2 withdraw run",
      "look, doing s1, mark s1, refused s1 \"the request was withdrawn\", "
      "unmark" },
    { "the request is forgotten by the database, and made again",
      "ask suspend s1 step 1 forget run ask suspend s1 run wait 61000",
      "look, doing s1, mark s1, suspend, done s1 (suspended s1)" },
    { "the request is forgotten by the database and the switch",
      "ask suspend s1 run forget wait 61000",
      "look, doing s1, mark s1, suspend, done s1 (suspended s1), "
      "look, mark s1, resume, unmark, done s1" },
    { "suspend fails",
      "fail suspend ask suspend s1 run",
      "look, doing s1, mark s1, suspend, look, "
      "failed s1 \"it failed; the VM runs here\", unmark" },
    { "suspend fails and has had its effect",
      "lose suspend ask suspend s1 run",
      "look, doing s1, mark s1, suspend, look, done s1 (suspended s1)" },
    { "resume fails, and is asked for again",
      "ask suspend s1 run fail resume ask resume r1 run ask resume r2 run",
      "look, doing s1, mark s1, suspend, done s1 (suspended s1), "
      "look, doing r1 (suspended s1), mark r1, resume, look, "
      "failed r1 (suspended s1) \"it failed; the VM is suspended\", "
      "look, doing r2 (suspended s1), mark r2, resume, done r2, unmark" },
    { "resume fails, and is not asked for again",
      "ask suspend s1 run fail resume ask resume r1 run wait 61000",
      "look, doing s1, mark s1, suspend, done s1 (suspended s1), "
      "look, doing r1 (suspended s1), mark r1, resume, look, "
      "failed r1 (suspended s1) \"it failed; the VM is suspended\", "
      "look, mark r1, resume, unmark, failed r1 \"it failed; the VM is "
      "suspended\"" },
    { "libvirt comes back in time",
      "libvirt down ask suspend s1 run wait 2400 libvirt up wait 1000",
      "look, look, look, look, doing s1, mark s1, suspend, "
      "done s1 (suspended s1)" },
    { "libvirt does not come back in time",
      "set call_timeout 2000 libvirt down ask suspend s1 run wait 3000",
      "look, look, failed s1 \"not reachable\"" },
    { "a call hangs, and returns at last",
      "hang suspend ask suspend s1 run wait 31000 return run wait 61000",
      "look, doing s1, mark s1, suspend, failed s1 \"libvirt did not return "
      "from suspend within 30 s\", look, failed s1 (suspended s1) \"libvirt "
      "did not return from suspend within 30 s\", look, mark s1, resume, "
      "unmark, failed s1 \"libvirt did not return from suspend within 30 s\""
    },
    { "further requests while a call hangs",
      "hang look ask suspend s1 run wait 31000 ask suspend s2 run",
      "look, failed s1 \"libvirt did not return from look within 30 s\", "
      "failed s2 \"an earlier call to libvirt for this VM hangs\"" },
    { "unknown domain", "domain absent ask suspend s1 run",
      "look, refused s1 \"libvirt has no domain with this UUID\"" },
    { "the domain is busy for a while",
      "domain busy ask suspend s1 run wait 1100 domain running wait 1000",
      "look, look, look, doing s1, mark s1, suspend, "
      "done s1 (suspended s1)" },
    { "the domain is busy for long",
      "set call_timeout 2000 domain busy ask suspend s1 run wait 3000",
      "look, look, failed s1 \"libvirt has a job for the VM, such as a "
      "migration\"" },
    { "the database is lost with the answer",
      "ask suspend s1 step 4 db down run wait 5000 db up wait 1000",
      "look, doing s1, mark s1, suspend, done s1 (suspended s1), "
      "done s1 (suspended s1)" },
    { "the database is away before anything is done",
      "db down ask suspend s1 run", "" },

    { "migrate", "ask migrate m1 run",
      "look, choose, doing m1, mark m1, migrate qemu+tls:h2, done m1" },
    { "no target", "target down ask migrate m1 run",
      "look, choose, failed m1 \"no target\"" },
    { "migrate fails", "fail migrate ask migrate m1 run",
      "look, choose, doing m1, mark m1, migrate qemu+tls:h2, look, "
      "failed m1 \"it failed; the VM runs here\", unmark" },
    { "a suspended VM is not migrated",
      "ask suspend s1 run ask migrate m1 run",
      "look, doing s1, mark s1, suspend, done s1 (suspended s1), "
      "look, refused m1 (suspended s1) \"the VM is suspended; only a VM that "
      "runs is migrated\"" },
    { "withdrawn during the migration",
      "hang migrate ask migrate m1 run withdraw run wait 1000",
      "look, choose, doing m1, mark m1, migrate qemu+tls:h2, abort, abort" },
    { "the migration takes too long",
      "set migrate_timeout 2000 hang migrate ask migrate m1 run wait 2500",
      "look, choose, doing m1, mark m1, migrate qemu+tls:h2, abort" },
    { "migration interrupted, the VM is paused here and not at the target",
      "fail migrate ask migrate m1 step 4 domain stalled run",
      "look, choose, doing m1, mark m1, migrate qemu+tls:h2, look, probe, "
      "resume, failed m1 \"the migration was interrupted; the VM runs "
      "here\", unmark" },

    { "dry run",
      "set dry_run 1 ask suspend s1 run ask migrate m1 run wait 100000",
      "look, refused s1 \"dry run: would suspend the VM\", look, choose, "
      "refused m1 \"dry run: would migrate the VM to qemu+tls:h2\"" },
    { "paused agent",
      "set paused 1 ask suspend s1 run set paused 0 run",
      "look, doing s1, mark s1, suspend, done s1 (suspended s1)" },

    { "killed before the mark: begun again",
      "ask suspend s1 step 2 kill lost run",
      "look, doing s1, killed, look, mark s1, suspend, "
      "done s1 (suspended s1)" },
    { "killed with the mark: may have been called, is not called again",
      "ask suspend s1 step 3 kill lost run",
      "look, doing s1, mark s1, killed, look, mark s1, look, failed s1 "
      "\"interrupted: ovs-vm-agent was restarted meanwhile; the VM is as it "
      "was\", unmark" },
    { "killed after libvirt has suspended",
      "ask suspend s1 step 4 kill lost run",
      "look, doing s1, mark s1, suspend, killed, look, "
      "done s1 (suspended s1)" },
    { "killed, and libvirt suspends late",
      "ask suspend s1 step 3 begin kill late run",
      "look, doing s1, mark s1, killed, look, mark s1, look, "
      "done s1 (suspended s1)" },
    { "killed, and libvirt resumes late",
      "ask suspend s1 run ask resume r1 step 3 begin kill late run",
      "look, doing s1, mark s1, suspend, done s1 (suspended s1), "
      "look, doing r1 (suspended s1), mark r1, killed, look, mark r1, look, "
      "done r1, unmark" },
    { "killed, and libvirt migrates late",
      "ask migrate m1 step 4 begin kill late run",
      "look, choose, doing m1, mark m1, killed, look, mark m1, look, "
      "done m1" },
    { "killed, and withdrawn meanwhile",
      "ask suspend s1 step 4 kill lost withdraw run wait 61000",
      "look, doing s1, mark s1, suspend, killed, failed s1 (suspended s1) "
      "\"interrupted: ovs-vm-agent was restarted meanwhile, and the request "
      "was withdrawn\", look, mark s1, resume, unmark, failed s1 "
      "\"interrupted: ovs-vm-agent was restarted meanwhile, and the request "
      "was withdrawn\"" },
    { "killed while suspended: the next agent knows",
      "ask suspend s1 run kill lost run ask resume r1 run",
      "look, doing s1, mark s1, suspend, done s1 (suspended s1), killed, "
      "look, doing r1 (suspended s1), mark r1, resume, done r1, unmark" },
};

/* The next word of a story. */
static char *
next(char **save)
{
    char *word = strtok_r(NULL, " ", save);

    return word ? word : xstrdup("");
}

static void
set_setting(struct agent_sim *sim, const char *name, int value)
{
    if (!strcmp(name, "paused")) {
        agent_work_set_paused(sim->work, value);
        return;
    }
    if (!strcmp(name, "call_timeout")) {
        sim->settings.call_timeout = value;
    } else if (!strcmp(name, "migrate_timeout")) {
        sim->settings.migrate_timeout = value;
    } else if (!strcmp(name, "dry_run")) {
        sim->settings.dry_run = value;
    }
    agent_work_destroy(sim->work);
    sim->work = agent_work_create(&sim->settings);
}

static enum agent_call
call_from_word(const char *word)
{
    for (int i = 0; i < AGENT_N_CALLS; i++) {
        if (!strcmp(word, agent_call_to_string(i))) {
            return i;
        }
    }
    ovs_fatal(0, "%s: no such call", word);
}

static void
owner(struct agent_sim *sim, const char *word)
{
    sim->domain.state = strcmp(word, "suspend") ? AGENT_RUNNING
                        : AGENT_PAUSED;
    agent_sim_changed(sim);
}

static void
set_domain(struct agent_sim *sim, const char *word)
{
    for (int i = 0; i < AGENT_N_DOMAIN_STATES; i++) {
        if (!strcmp(word, agent_domain_state_to_string(i))) {
            sim->domain.state = i;
        }
    }
}

/* Lets the agent do 'n' things that are told. */
static void
step(struct agent_sim *sim, int n)
{
    while (n > 0) {
        size_t length = sim->log.length;

        agent_sim_step(sim);
        n -= sim->log.length != length;
    }
}

/* Carries out the words that take arguments. */
static void
tell_more(struct agent_sim *sim, const char *word, char **save)
{
    if (!strcmp(word, "step")) {
        step(sim, atoi(next(save)));
    } else if (!strcmp(word, "wait")) {
        agent_sim_advance(sim, atoi(next(save)));
    } else if (!strcmp(word, "kill")) {
        char fate = *next(save);

        agent_sim_kill(sim, fate == 'e' ? AGENT_SIM_EFFECT : AGENT_SIM_LOST);
    } else if (!strcmp(word, "owner")) {
        owner(sim, next(save));
    } else if (!strcmp(word, "domain")) {
        set_domain(sim, next(save));
    } else if (!strcmp(word, "db")) {
        sim->db_up = !strcmp(next(save), "up");
    } else if (!strcmp(word, "libvirt")) {
        sim->libvirt_up = !strcmp(next(save), "up");
    } else if (!strcmp(word, "port")) {
        sim->port = !strcmp(next(save), "up");
    } else if (!strcmp(word, "target")) {
        sim->target = !strcmp(next(save), "up");
    } else if (!strcmp(word, "set")) {
        const char *name = next(save);

        set_setting(sim, name, atoi(next(save)));
    } else {
        sim->fault = *word;
        sim->fault_call = call_from_word(next(save));
    }
}

static void
tell(struct agent_sim *sim, const char *word, char **save)
{
    enum agent_request request;

    if (!strcmp(word, "ask")) {
        agent_request_from_string(next(save), &request);
        agent_sim_ask(sim, request,
                      request == AGENT_NONE ? NULL : next(save));
    } else if (!strcmp(word, "withdraw")) {
        agent_sim_ask(sim, AGENT_NONE, NULL);
    } else if (!strcmp(word, "forget")) {
        agent_sim_ask(sim, AGENT_NONE, NULL);
        sim->order.absent = true;
    } else if (!strcmp(word, "run")) {
        agent_sim_settle(sim);
    } else if (!strcmp(word, "begin")) {
        agent_work_run(sim->work, sim->now, &sim->actions);
        agent_sim_kill(sim, AGENT_SIM_LATE);
        next(save);
        next(save);
    } else if (!strcmp(word, "return")) {
        agent_sim_return(sim);
    } else {
        tell_more(sim, word, save);
    }
}

static int
run_stories(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(stories); i++) {
        char *copy = xstrdup(stories[i].words);
        struct agent_sim sim;
        char *save = NULL;

        agent_sim_init(&sim);
        for (char *word = strtok_r(copy, " ", &save); word;
             word = strtok_r(NULL, " ", &save)) {
            tell(&sim, word, &save);
        }
        vm_expect_text(stories[i].what, stories[i].expected,
                       ds_cstr(&sim.log));
        agent_sim_destroy(&sim);
        free(copy);
    }
    return vm_expect_result();
}

const struct vm_test_command test_agent_work_commands[] = {
    { "agent-work", "", 0, 0, run_stories },
    { NULL, NULL, 0, 0, NULL },
};
