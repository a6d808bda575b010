/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_TRAFFIC_H
#define VM_TRAFFIC_H 1

/* How senders behave behind meters and devices: the one model of traffic that
 * the simulator and the tests of the engine share.
 *
 * An interface offers its rate, whatever becomes of it.  What it offers is
 * counted there, as flows count it, and goes through the meter of its slot, if
 * any, to the member that carries it; without one it is dropped.  A meter
 * passes what its bucket allows, and of several interfaces the same part.  A
 * member's device sends what it can and drops the rest.  Others may send over
 * the member as well, as long as it is enabled.
 *
 * vm_traffic_run() lets time go by and then tells the engine all counters.
 * The model decides nothing and keeps no time.  All bytes are whole: what is
 * left of a byte is sent in the next interval.
 *
 * A model owns all that is in it.  It is not thread-safe. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/vm-meter.h"
#include "model/vm-inventory.h"
#include "openvswitch/shash.h"
#include "sset.h"

struct vm_actions;
struct vm_engine;

/* How often counters are read, ms. */
#define VM_TRAFFIC_READ_INTERVAL 500

/* Bytes of a frame. */
#define VM_TRAFFIC_FRAME 1000

/* What a sender offers. */
struct vm_traffic_flow {
    uint64_t rate;              /* bit/s. */
    uint64_t millibits;         /* Sent, not yet a whole byte. */
    bool stopped;               /* It sends nothing, whatever its rate. */
};

struct vm_traffic_interface {
    struct vm_traffic_flow flow;
    uint64_t offered, passed;   /* Bytes in the last interval. */
    struct vm_counters counters;
    uint64_t told_packets;      /* Of 'counters', as the engine was told... */
    bool any_told;              /* ...if it was. */
};

struct vm_traffic_meter {
    uint64_t rate;              /* bit/s. */
    uint64_t burst;             /* Bits, as the engine asked for. */
    uint64_t tokens;            /* Thousandths of bits. */
    uint64_t offered, passed;   /* Bytes in the last interval. */
    struct vm_meter_counters counters;
};

struct vm_traffic_member {
    bool enabled;               /* Others send over it only then. */
    struct vm_traffic_flow others; /* What comes from no interface. */
    uint64_t capacity;          /* What the device sends, bit/s. */
    uint64_t offered;           /* Bytes that came to the device in the last
                                 * interval... */
    uint64_t metered;           /* ...and that meters dropped before it. */
    uint64_t tx_bytes, tx_drops; /* Its counters. */
};

struct vm_traffic_model {
    bool bursts;                /* A meter has the bucket that the engine asks
                                 * for, or else none to speak of. */
    bool complete;              /* Readings are reported as complete, and only
                                 * what has changed is passed... */
    long long int next_reading; /* ...at this time, ms, whatever else. */
    size_t max_meters;          /* The datapath has no more. */
    struct sset unreadable;     /* Names of meters that it does not read. */
    struct shash interfaces;    /* To "struct vm_traffic_interface *". */
    struct shash members;       /* To "struct vm_traffic_member *". */
    struct shash meters;        /* To "struct vm_traffic_meter *". */
};

void vm_traffic_init(struct vm_traffic_model *, bool bursts);
void vm_traffic_destroy(struct vm_traffic_model *);

/* Both return the one that exists, or a new one, which sends nothing. */
struct vm_traffic_interface *vm_traffic_interface(struct vm_traffic_model *,
                                                  const char *name);
struct vm_traffic_member *vm_traffic_member(struct vm_traffic_model *,
                                            const char *name);

/* Do nothing if there is none. */
void vm_traffic_remove_interface(struct vm_traffic_model *, const char *name);
void vm_traffic_remove_member(struct vm_traffic_model *, const char *name);

/* Makes, changes and frees meters as the actions say.  Returns false if one
 * could not be made, which the engine is told. */
bool vm_traffic_act(struct vm_traffic_model *, struct vm_engine *,
                    const struct vm_actions *, long long int now);

/* Simulates traffic for 'ms' until 'now', and passes to the engine the
 * counters that it wants, or else all. */
void vm_traffic_run(struct vm_traffic_model *, struct vm_engine *,
                    long long int ms, long long int now);

#endif /* utilities/vm-traffic.h */
