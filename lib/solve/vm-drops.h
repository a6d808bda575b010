/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_DROPS_H
#define VM_DROPS_H 1

/* Divides the drops of a VM among its interfaces.
 *
 * A meter belongs to a VM and does not distinguish its vNICs; statistics
 * belong to interfaces.  Therefore the drops are divided in proportion to the
 * bytes that each interface offered in the meantime.  For a VM with one vNIC
 * the result is exact, and the parts always add up to what was divided.
 *
 * Frames that come while flows are being counted may be missing in the
 * offers.  Drops that exceed the offers since the last division are divided
 * the next time, so that what an interface has sent never decreases.  If
 * nothing more is offered for several rounds, as after a time in which a meter
 * could not be read, the sum of the drops is more important than that.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Drops by cause. */
struct vm_drops {
    uint64_t limit_packets, limit_bytes;
    uint64_t share_packets, share_bytes;
};

/* What was divided of the drops of one VM.  All zeros at first. */
struct vm_divided_drops {
    struct vm_drops drops;
    int rounds;                 /* In which some were left and nothing was
                                 * offered. */
};

/* An interface. */
struct vm_drop_sharer {
    struct vm_drops *drops;     /* Its part, to be added to. */
    uint64_t offered;           /* Bytes since the last division. */
    uint64_t total;             /* All bytes that it ever offered. */
};

void vm_drops_add(struct vm_drops *sum, const struct vm_drops *);

/* Divides what is new in 'total', the drops of a VM until now, among its
 * 'n' interfaces. */
void vm_drops_divide(struct vm_divided_drops *, const struct vm_drops *total,
                     const struct vm_drop_sharer *, size_t n);

#endif /* vm-drops.h */
