/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SIM_WORLD_H
#define VM_SIM_WORLD_H 1

/* What is around the engine of a simulation: uplinks, interfaces, and what
 * they send.
 *
 * Every change comes as a JSON object, the same at the beginning as in an
 * event, and is told to the engine at once.  The room keeps no time and
 * records nothing; it is for vm-sim alone. */

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/shash.h"
#include "smap.h"
#include "vm-inventory.h"
#include "vm-meter.h"

struct json;
struct vm_actions;
struct vm_engine;

/* Bits that become bytes. */
struct vm_sim_flow {
    uint64_t rate;              /* bit/s. */
    uint64_t millibits;         /* Sent, not yet a whole byte. */
};

struct vm_sim_uplink {
    bool enabled;
    uint64_t speed;             /* bit/s. */
    struct smap other_config;
    struct vm_sim_flow background; /* What others send over it. */
    uint64_t now;               /* For vm-sim-traffic. */
    uint64_t offered, wanted;   /* Bytes behind and before meters, until
                                 * whoever records clears them. */
    uint64_t tx_bytes;
};

struct vm_sim_interface {
    struct smap external_ids;
    bool internal;
    struct vm_sim_flow flow;
    uint64_t now;               /* For vm-sim-traffic. */
    uint64_t offered, passed;   /* Bytes to and from its meter, if any, until
                                 * whoever records clears them. */
    struct vm_counters counters;
};

/* A meter of the datapath, as the engine asked for it.  It lets pass what a
 * fluid of the offered rate would. */
struct vm_sim_meter {
    uint64_t rate;              /* bit/s. */
    uint64_t tokens, depth;     /* Thousandths of bits. */
    uint64_t offered, passed;   /* Bytes, for vm-sim-traffic. */
    struct vm_meter_counters counters;
};

struct vm_sim_world {
    struct vm_engine *engine;
    struct smap bond;           /* other_config. */
    struct shash uplinks;       /* To "struct vm_sim_uplink *". */
    struct shash interfaces;    /* To "struct vm_sim_interface *". */
    struct shash meters;        /* To "struct vm_sim_meter *". */
};

void vm_sim_world_init(struct vm_sim_world *);
void vm_sim_world_destroy(struct vm_sim_world *);

/* Does what the object, an event of ovs-vm-sim(1), says.  Returns null, or a
 * malloc()'d sentence that says what is wrong with it. */
char *vm_sim_world_change(struct vm_sim_world *, const struct json *,
                          long long int now);

/* Does what the engine asks for about meters. */
void vm_sim_world_act(struct vm_sim_world *, const struct vm_actions *);

/* Lets everybody send for 'ms' until 'now', through meters, and has the engine
 * told. */
void vm_sim_world_flow(struct vm_sim_world *, long long int ms,
                       long long int now);

/* A rate of JSON: a number of bit/s, or a text such as "800M". */
char *vm_sim_rate(const struct json *, uint64_t *rate);

/* Objects of JSON: the member of that name, null if there is none. */
const struct json *vm_sim_member(const struct json *object, const char *name);
const char *vm_sim_text(const struct json *object, const char *name);
bool vm_sim_number(const struct json *object, const char *name,
                   long long int *number);

/* Element 'i' of the list of that name, null if there is none. */
const struct json *vm_sim_element(const struct json *object, const char *name,
                                  size_t i);

#endif /* utilities/vm-sim-world.h */
