/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SOFTWARE_H
#define VM_SOFTWARE_H 1

/* Which VMs have frames that tc cannot take over, for vm-aware/show while
 * flows are offloaded.
 *
 * A meter that limits what leaves over the bond must not drop the copies for
 * other ports.  Meter and output therefore stand in a clone, which tc does not
 * have, unless the bond is the only one that gets the frame.
 *
 * The module reads an engine and changes nothing.
 *
 * Thread-safety: none; the caller is the thread that owns the engine. */

struct ds;
struct json;
struct vm_engine;

/* Appends a line, or nothing if there are no such VMs. */
void vm_software_format(const struct vm_engine *, long long int now,
                        struct ds *);

/* Returns an array of {"id", "name", "why"}. */
struct json *vm_software_to_json(const struct vm_engine *, long long int now);

#endif /* vm-software.h */
