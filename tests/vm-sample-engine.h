/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SAMPLE_ENGINE_H
#define VM_SAMPLE_ENGINE_H 1

/* Engines with something to tell: facts made up of a few words, and two small
 * worlds that are the same in every run.
 *
 * Time is an argument; "external_ids" are words "key=value" with spaces
 * between.  The caller owns the engine. */

#include <stdbool.h>

struct ds;
struct json;
struct smap;
struct vm_engine;

/* Makes a map of "key=value" words, with one 'separator' between two. */
void vm_sample_map(struct smap *, const char *words, char separator);

void vm_sample_set_interface(struct vm_engine *, const char *name,
                             const char *external_ids, long long int now);

/* A member of 10 Gbit/s with one key of other_config. */
void vm_sample_set_member(struct vm_engine *, const char *name, bool enabled,
                          const char *key, const char *value,
                          long long int now);

/* Runs the engine and forgets what is to be done. */
void vm_sample_run(struct vm_engine *, long long int now);

/* One VM "web" on one uplink of 1 Gbit/s. */
struct vm_engine *vm_sample_small_engine(void);

/* Five VMs on three uplinks, of which eth1 is lost at 10 s. */
struct vm_engine *vm_sample_large_engine(void);

/* The time until which they were told things, ms. */
#define VM_SAMPLE_NOW 14000

/* Appends "PATH = VALUE" for every value in 'json', objects sorted by
 * name. */
void vm_sample_flatten(const struct json *, const char *path, struct ds *);

#endif /* tests/vm-sample-engine.h */
