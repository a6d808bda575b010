/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SIM_MODEL_H
#define VM_SIM_MODEL_H 1

/* The model of a switch around the simulated engine: members, interfaces, and
 * the rates at which they send.
 *
 * Every change is a JSON object, the same at the beginning as in an event, and
 * is passed to the engine immediately.  The module keeps no time and records
 * nothing.
 *
 * A model owns its engine, members, interfaces and meters.  Part of vm-sim.
 *
 * Thread-safety: safe for any thread with its own models. */

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/shash.h"
#include "smap.h"
#include "vm-traffic.h"

struct json;
struct vm_actions;
struct vm_engine;

struct vm_sim_member {
    bool enabled;
    uint64_t speed;             /* bit/s. */
    struct smap other_config;
    uint64_t offered, wanted;   /* Bytes behind and before meters, until
                                 * they are recorded and cleared. */
};

struct vm_sim_interface {
    struct smap external_ids;
    bool internal;
    uint64_t offered, passed;   /* Bytes to and from its meter, if any, until
                                 * they are recorded and cleared. */
};

struct vm_sim_model {
    struct vm_engine *engine;
    struct smap bond;           /* other_config. */
    struct shash members;       /* To "struct vm_sim_member *". */
    struct shash interfaces;    /* To "struct vm_sim_interface *". */
    struct vm_traffic_model traffic;
};

void vm_sim_model_init(struct vm_sim_model *);
void vm_sim_model_destroy(struct vm_sim_model *);

/* Applies an event of ovs-vm-sim(1).  Returns null, or a malloc()'d sentence
 * that states what is wrong with it. */
char *vm_sim_model_change(struct vm_sim_model *, const struct json *,
                          long long int now);

/* Does what the engine asks for about meters. */
void vm_sim_model_act(struct vm_sim_model *, const struct vm_actions *,
                      long long int now);

/* Lets all interfaces send through their meters for 'ms' until 'now', and
 * passes the counters to the engine. */
void vm_sim_model_flow(struct vm_sim_model *, long long int ms,
                       long long int now);

/* Parses a rate: a number of bit/s, or a string such as "800M".  Returns null,
 * or a malloc()'d sentence that states what is wrong. */
char *vm_sim_rate(const struct json *, uint64_t *rate);

/* JSON objects: the element of that name, null (or false) if there is none of
 * the right type. */
const struct json *vm_sim_member(const struct json *object, const char *name);
const char *vm_sim_text(const struct json *object, const char *name);
bool vm_sim_number(const struct json *object, const char *name,
                   long long int *number);

/* Element 'i' of the array of that name, null if there is none. */
const struct json *vm_sim_element(const struct json *object, const char *name,
                                  size_t i);

#endif /* utilities/vm-sim-model.h */
