/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SAMPLE_ENGINE_H
#define VM_SAMPLE_ENGINE_H 1

/* Sample engines for tests of reports: short forms of facts, and two engines
 * that are the same in every run.
 *
 * Time is an argument; "external_ids" are words "key=value", separated by
 * spaces.  The caller owns the engine.
 *
 * Thread-safety: safe for any thread with its own engines. */

#include <stdbool.h>

struct ds;
struct json;
struct smap;
struct vm_engine;

/* Initializes a map from "key=value" words, separated by 'separator'. */
void vm_sample_map(struct smap *, const char *words, char separator);

void vm_sample_set_interface(struct vm_engine *, const char *name,
                             const char *external_ids, long long int now);

/* A member of 10 Gbit/s with one key of other_config. */
void vm_sample_set_member(struct vm_engine *, const char *name, bool enabled,
                          const char *key, const char *value,
                          long long int now);

/* Runs the engine and ignores its actions. */
void vm_sample_run(struct vm_engine *, long long int now);

/* One VM "web" on one member of 1 Gbit/s. */
struct vm_engine *vm_sample_small_engine(void);

/* One with ports of the host and two interfaces without identity, whose frames
 * are dropped if 'drop' is true. */
struct vm_engine *vm_sample_taps_engine(bool drop);

/* Five VMs on three members, of which eth1 is lost at 10 s. */
struct vm_engine *vm_sample_large_engine(void);

/* The time of the last event of both, ms. */
#define VM_SAMPLE_NOW 14000

/* Appends "PATH = VALUE" for every value in 'json', objects sorted by
 * name. */
void vm_sample_flatten(const struct json *, const char *path, struct ds *);

#endif /* vm-sample-engine.h */
