/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_STAGE_RANDOM_H
#define VM_STAGE_RANDOM_H 1

/* Random commands for a stage (vm-stage.h), with all the words that a
 * scenario may use.
 *
 * The module keeps no state: the caller owns the source of randomness and the
 * string.
 *
 * Thread-safety: same as those. */

struct ds;
struct vm_random;

/* What there is at most. */
#define VM_STAGE_N_MEMBERS 4
#define VM_STAGE_N_VMS 9        /* Among them "-", without identity, and the
                                 * host. */
#define VM_STAGE_N_INTERFACES 12 /* "vnet0"... */

extern const char *const vm_stage_members[VM_STAGE_N_MEMBERS];
extern const char *const vm_stage_vms[VM_STAGE_N_VMS];

/* Appends one command.  It need not make sense in the present state: a name
 * may be unknown. */
void vm_stage_random_command(struct vm_random *, struct ds *line);

/* Return a value of "uplinks", another word of the command "vm", and a time to
 * advance by. */
const char *vm_stage_random_pref(struct vm_random *);
const char *vm_stage_random_setting(struct vm_random *);
const char *vm_stage_random_duration(struct vm_random *);

#endif /* vm-stage-random.h */
