/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef AGENT_SIM_H
#define AGENT_SIM_H 1

/* A host with one VM, as ovs-vm-agent sees it: a row in a database, a domain
 * of libvirt, and an agent that may be killed at any time.  Keeps count of
 * what is done to the domain, and for which request.
 *
 * Ownership: a sim owns all that it holds.
 *
 * Thread-safety: none. */

#include "openvswitch/dynamic-string.h"
#include "openvswitch/list.h"
#include "sset.h"
#include "utilities/agent/agent-work.h"

#define AGENT_SIM_UUID "c0ffee00-0000-4000-8000-000000000001"
#define AGENT_SIM_TARGET "qemu+tls:h2"

struct agent_sim {
    struct agent_settings settings;
    struct agent_work *work;
    long long int now;

    /* The database. */
    bool db_up;
    bool port;                  /* The VM has an interface. */
    struct agent_order order;
    struct agent_answer answer;

    /* libvirt. */
    bool libvirt_up;
    bool target;                /* There is one for a migration. */
    bool at_target;             /* The VM runs there. */
    struct agent_domain domain;
    enum agent_call fault_call; /* The next one of this kind... */
    char fault;                 /* ...'f'ails, gets 'l'ost after its effect,
                                 * 'd'rops before it, or 'h'angs. */

    /* What the agent wants done. */
    struct ovs_list actions;
    struct ovs_list hanging;    /* Calls that do not return. */
    struct ovs_list late;       /* Of a killed agent, not yet in effect. */

    /* What was done. */
    struct ds log;              /* Everything, in words. */
    struct sset done;           /* "suspend ID" and so on. */
    bool twice;                 /* One of them was done twice. */
};

void agent_sim_init(struct agent_sim *);
void agent_sim_destroy(struct agent_sim *);

void agent_sim_ask(struct agent_sim *, enum agent_request, const char *id);
bool agent_sim_step(struct agent_sim *);
void agent_sim_settle(struct agent_sim *);

/* What becomes of a call during which the agent is killed. */
enum agent_sim_fate { AGENT_SIM_LOST, AGENT_SIM_EFFECT, AGENT_SIM_LATE };
void agent_sim_kill(struct agent_sim *, enum agent_sim_fate);
void agent_sim_advance(struct agent_sim *, long long int ms);
void agent_sim_return(struct agent_sim *);
void agent_sim_changed(struct agent_sim *);
void agent_sim_survey(struct agent_sim *);

#endif /* agent-sim.h */
