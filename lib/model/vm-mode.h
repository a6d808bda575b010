/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_MODE_H
#define VM_MODE_H 1

/* How a port asks for the mode: what is wrong with the way it does.
 *
 * A port is a vm-aware bond by bond_mode=vm-aware, which needs our schema, or
 * by other_config:bond-vm-aware=true, which any schema takes.  With the
 * latter, bond_mode is that of an ovs-vswitchd that does not know the key.
 * Open vSwitch decides whether a port is a vm-aware bond; this module only
 * finds what the operator has probably not meant.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include <stdbool.h>
#include <stddef.h>

struct smap;
struct vm_problems;

/* A port, as the database has it. */
struct vm_mode_port {
    const char *name;
    const char *bond_mode, *lacp; /* Or null. */
    size_t n_interfaces;
    const struct smap *other_config;
};

/* Appends what is wrong with a port that is not a vm-aware bond: a value of
 * the key that is not a word, a key that was probably meant to be it. */
void vm_mode_check_other(const struct vm_mode_port *, struct vm_problems *);

/* Likewise for a vm-aware bond, besides what vm_bond_config_parse() finds. */
void vm_mode_check_bond(const struct vm_mode_port *, struct vm_problems *);

/* Likewise for other_config of something that is no port, such as the
 * "interface" 'name'. */
void vm_mode_check_misplaced(const char *kind, const char *name,
                             const struct smap *other_config,
                             struct vm_problems *);

#endif /* vm-mode.h */
