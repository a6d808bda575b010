/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_BACKGROUND_H
#define VM_BACKGROUND_H 1

/* What leaves over each uplink and comes from none of our senders: LACP, BFD,
 * mirrors.  That part of its capacity is not there to be shared.
 *
 * A look compares what the device sent with what the senders on it sent since
 * the last look.  The counters of flows come up to a second later than those
 * of the device, so a sender that begins looks like background at first, which
 * must not cost anybody its rate.  Therefore the background is the least that
 * was seen in VM_BACKGROUND_LOOKS looks in a row, and a constant background is
 * known after so many of them.
 *
 * The room keeps readings.  It has no lock; who owns it updates it. */

#include <stdint.h>

#include "openvswitch/shash.h"

struct vm_member;

#define VM_BACKGROUND_LOOKS 8

struct vm_background {
    struct shash uplinks;       /* Name to readings. */
};

void vm_background_init(struct vm_background *);
void vm_background_destroy(struct vm_background *);

/* The senders on 'member' sent 'bytes' since the last look at it.  The first
 * look only notes what the device's counter shows. */
void vm_background_look(struct vm_background *, const struct vm_member *,
                        uint64_t bytes, long long int now);

/* bit/s. */
uint64_t vm_background_get(const struct vm_background *, const char *member);

#endif /* vm-background.h */
