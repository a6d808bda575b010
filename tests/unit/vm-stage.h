/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_STAGE_H
#define VM_STAGE_H 1

/* An engine with simulated members, interfaces and meters, which is controlled
 * by commands in text form.
 *
 * Ownership: a stage owns its engine and everything that it simulates.
 *
 * Thread-safety: a stage has no lock; only one thread may use it.
 *
 * A command is one line:
 *
 *     bond KEY=VALUE...           keys of the bond; "KEY=" removes a key
 *     member NAME [up|down] [speed=10G] [standby] [drain] [capacity=5G]
 *            [max-rate=5G]        speed=0 is unknown; a device then sends
 *                                 what it gets; max-rate= is that of a QoS
 *     link NAME up|down [CAUSE]   such as no-carrier or no-device
 *     vm ID IFACE [KEY=VALUE...]  "uplinks=eth0" is vm-uplinks and so on;
 *                                 besides mac=, vlan= (on the bond: 0,
 *                                 untagged, unless given; -1 on a trunk), tag=
 *                                 (of its port), way= (a number), profile=,
 *                                 internal, silent (it has not sent anything
 *                                 yet), existed and, from before a
 *                                 restart, was=, was-home=, was-pinned=; ID
 *                                 "-" is no identity
 *     remove NAME                 an interface or a member
 *     migrate VM MEMBER|auto
 *     rebalance
 *     mac IFACE MAC [VLAN]        MAC is learned from a frame
 *     traffic NAME RATE           rate that a VM or interface offers; for a
 *                                 member, rate of its background.  A meter
 *                                 passes its rate, a device its speed
 *     capacity NAME RATE          vm-aware-capacity of a member
 *     wire NAME RATE              what a member really carries, if less
 *     readable METER yes|no       whether the datapath reads a meter
 *     readings complete|each      from now on, readings of all counters are
 *                                 reported as such, with changes alone; or not
 *     meters N                    the datapath has at most N meters
 *     advance DURATION            such as 500ms, 3s, 6m; counters are read
 *                                 every 500 ms
 *     agent VM STATE [NOTE]       the agent answers the request about a VM:
 *                                 doing, done, failed or refused; a suspended
 *                                 VM sends nothing, a migrated one is gone
 *     agent * STATE               it answers all requests so from now on;
 *                                 "none": it does not
 *     expect request VM KIND [because REASON]
 *     requests, failovers
 *     log-lines                   what is logged about them, from now on
 *     report show|log|explain VM|what-if QUESTION
 *     flap NAME PERIOD DURATION   a link goes down and up once a period; the
 *                                 output has only requests
 *     restart [db]                of the switch, and of the database, which
 *                                 then forgets Interface:status
 *     show                        all members and slots
 *     traffic                     what VMs offered, and what became of it
 *     devices                     what the devices of members sent and dropped
 *     macs IFACE, problems, explain VM, log, balance
 *     status                      what Port:status says
 *
 * A value with spaces is put in double quotes.  The engine processes facts in
 * its next run, that is, in vm_stage_run() or before a command that needs
 * their effect.
 *
 * The output of a run has a line for each event:
 *
 *     member eth0 usable->failover
 *     move web eth0->eth1 because failover eth0
 *     interface vnet0 by-mac strict       (how frames are identified)
 *     interface vnet0 through web         (which meter they go through)
 *     meter web 400 Mbit/s                (made, or its rate changed)
 *     unmeter web
 *     request web asked suspend because no-uplink, ID
 *     announce web on eth1: 52:54:00:00:00:01 vlan 10
 *     warn vnet0: vm-priority=9: ...
 *     publish                             (where nothing else tells it)
 *
 * A line on an event after the time of the command begins with the time since
 * then, "+500ms".  If the engine fails its self-check, returns actions in a
 * second run, misses its deadline, does not publish a decision or publishes it
 * twice, or uses the id of a request twice, the output has a line that begins
 * with "error". */

#include "engine/vm-engine.h"
#include "engine/vm-request-id.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "report/vm-bond-status.h"
#include "smap.h"
#include "utilities/vm-traffic.h"

struct vm_stage_member {
    bool enabled;
    enum vm_down down;
    uint64_t speed;             /* bit/s, 0 if unknown. */
    uint64_t max_rate;          /* bit/s, 0 for none. */
    struct smap config;
    uint64_t wire;              /* bit/s that get through, at most. */
};

struct vm_stage {
    struct vm_engine *engine;
    struct smap bond;
    struct shash members;       /* To "struct vm_stage_member *". */
    struct vm_traffic_model traffic; /* Interfaces, members and meters. */
    long long int now;          /* ms. */
    long long int started;      /* When the present command began, ms. */
    struct smap seen;           /* Last output on members and interfaces. */
    char *published;            /* Text of the decisions when they were last
                                 * to be published, or null. */
    struct ds output;           /* Output since it was last cleared. */
    bool log_lines;             /* Output what is logged. */
    enum vm_answer_state agent; /* How the agent answers by itself, or
                                 * VM_ANSWER_NONE. */
    unsigned int n_restarts;
    struct smap ids;            /* Ids of requests, to the VMs. */
    size_t n_actions;           /* In all runs. */
    struct vm_bond_status status; /* When it was last asked for. */
    bool thorough;              /* All is derived anew in every run. */
};

void vm_stage_init(struct vm_stage *);
void vm_stage_destroy(struct vm_stage *);

/* Executes a command.  Returns null if successful, otherwise an error message
 * that the caller must free. */
char *vm_stage_command(struct vm_stage *, const char *line);

/* Executes a command and checks that it is successful.  Frees 'line'. */
void vm_stage_do(struct vm_stage *, char *line);

/* Initializes a stage, executes the commands in 'n' lines, which must be
 * successful, and lets the engine run. */
void vm_stage_begin(struct vm_stage *, const char *const *lines, size_t n);

void vm_stage_run(struct vm_stage *);

/* If the stage is 'thorough', has the next run derive everything anew that it
 * derives at all, which must not make any difference. */
void vm_stage_be_thorough(struct vm_stage *);

#endif /* vm-stage.h */
