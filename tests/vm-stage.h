/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_STAGE_H
#define VM_STAGE_H 1

/* One engine with everything around it that in the switch would be real: an
 * interface of words for tests.
 *
 * A command is one line:
 *
 *     bond KEY=VALUE...           keys of the bond; "KEY=" takes one away
 *     uplink NAME [up|down] [speed=10G] [standby] [capacity=5G]
 *     link NAME up|down
 *     vm ID IFACE [KEY=VALUE...]  "uplinks=eth0" is vm-uplinks and so on;
 *                                 besides mac=, vlan= (0, untagged, unless
 *                                 given; -1 on a trunk), profile=, internal
 *                                 and, from before a restart, was=,
 *                                 was-home=, was-pinned=; ID "-" is no
 *                                 identity
 *     remove NAME                 an interface or an uplink
 *     migrate VM MEMBER|auto
 *     rebalance
 *     mac IFACE MAC [VLAN]        a frame from MAC is seen
 *     traffic NAME RATE           what a VM or interface would send; of an
 *                                 uplink, what others send over it.  A meter
 *                                 passes its rate, a device its speed
 *     capacity NAME RATE          vm-aware-capacity of an uplink
 *     wire NAME RATE              what an uplink really carries, if less
 *     meters N                    the datapath has no more than so many
 *     advance DURATION            such as 500ms, 3s, 6m; counters are read
 *                                 every 500 ms
 *     show                        all uplinks and slots
 *     traffic                     what VMs offered, and what became of it
 *     macs IFACE, problems, explain VM, log, balance
 *
 * A value with spaces stands in double quotes.  Facts wait for the next run,
 * which comes with vm_stage_run() or a command that needs their effect.
 *
 * What comes of a run is put into words, one line each:
 *
 *     uplink eth0 usable->failover
 *     move web eth0->eth1 because failover eth0
 *     interface vnet0 by-mac strict       (how frames are told and taken)
 *     interface vnet0 through web         (which meter they go through)
 *     meter web 400 Mbit/s                (made, or its rate changed)
 *     unmeter web
 *     announce web on eth1: 52:54:00:00:00:01 vlan 10
 *     warn vnet0: vm-priority=9: ...
 *     publish                             (where nothing else tells it)
 *
 * Lines that happen later than the command begin with the time, "+500ms".  An
 * engine that fails its own check, that acts twice, that misses its deadline,
 * that does not publish what it has decided or publishes it twice says so in a
 * line that begins with "error". */

#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "smap.h"
#include "vm-engine.h"

/* Bits of traffic that become bytes. */
struct vm_stage_flow {
    uint64_t rate;              /* bit/s. */
    uint64_t millibits;         /* Sent, not yet a whole byte. */
};

struct vm_stage_uplink {
    bool enabled;
    uint64_t speed;             /* bit/s. */
    struct smap config;
    struct vm_stage_flow background; /* What others send over it. */
    uint64_t queued;            /* Bytes in the present interval. */
    uint64_t wire;              /* bit/s that get through, at most. */
    uint64_t tx_bytes, tx_drops;
};

struct vm_stage_meter {
    struct vm_stage_flow flow;  /* What it would let pass. */
    uint64_t burst;             /* Bits; only told of. */
    struct vm_meter_counters counters;
    uint64_t offered, passed;   /* Bytes in the present interval. */
};

struct vm_stage_interface {
    struct vm_stage_flow flow;
    uint64_t offered;           /* Bytes in the present interval. */
    struct vm_counters counters;
};

struct vm_stage {
    struct vm_engine *engine;
    struct smap bond;
    struct shash uplinks;       /* To "struct vm_stage_uplink *". */
    struct shash interfaces;    /* To "struct vm_stage_interface *". */
    struct shash meters;        /* To "struct vm_stage_meter *". */
    size_t max_meters;
    long long int now;          /* ms. */
    long long int started;      /* When the present command began, ms. */
    struct smap seen;           /* What was told of uplinks and interfaces. */
    char *published;            /* Text of the decisions when they were last
                                 * to be published, or null. */
    struct ds output;           /* What was told since it was last cleared. */
    size_t n_actions;           /* In all runs. */
};

void vm_stage_init(struct vm_stage *);
void vm_stage_destroy(struct vm_stage *);

/* Returns null, or a malloc()'d sentence if 'line' makes no sense. */
char *vm_stage_command(struct vm_stage *, const char *line);
void vm_stage_run(struct vm_stage *);

#endif /* tests/vm-stage.h */
