/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_VALUE_H
#define VM_VALUE_H 1

/* Values as people write and read them: numbers, rates, sizes, times, lists
 * of uplinks, outcomes.
 *
 * Reading is strict: a text is a value as a whole or it is none, and what is
 * not a value leaves the result untouched.  Writing comes in two manners:
 * exact (what is written reads back as the same value; for warnings and
 * configuration) and for people (rounded, with a unit).  All arithmetic is in
 * integers; nothing depends on the locale.
 *
 * The room knows no key, no default and no range: see vm-key.h.
 *
 * Ownership: a wish owns its names until vm_wish_destroy().  Any thread may
 * enter with values of its own. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ds;

/* The rate of a limit that was not set.  Reads and writes as "none". */
#define VM_RATE_NONE UINT64_MAX

/* A number is digits, perhaps with a fraction, perhaps with one of k, M, G
 * (powers of 1000), and is a whole number in the end: "1.5G" is one, "1.5" is
 * not.  No sign, no space, nothing behind it, less than UINT64_MAX. */
bool vm_number_from_string(const char *, uint64_t *);

/* Exact: "1.5G", or plain if three digits behind the point don't do. */
void vm_number_format(uint64_t, struct ds *);

/* A rate, in bit/s, is a number or "none", which is VM_RATE_NONE. */
bool vm_rate_from_string(const char *, uint64_t *bps);

/* For people: "1.2 Gbit/s", "1.2 MB", "4.0 s".  Rounded to the nearest tenth
 * of the unit; times of 100 s and more in whole minutes, hours or days. */
void vm_rate_format(uint64_t bps, struct ds *);
void vm_bytes_format(uint64_t bytes, struct ds *);
void vm_duration_format(long long int ms, struct ds *);

/* At most so many uplinks are named in one wish. */
#define VM_MAX_WISH 64

/* The ordered preference for uplinks, "vm-uplinks". */
struct vm_wish {
    char **names;               /* Named uplinks, the first preferred; none
                                 * empty, none twice. */
    size_t n;
    bool any;                   /* Ends in "*": any other uplink will do. */
};

#define VM_WISH_INITIALIZER { NULL, 0, false }

/* Reads "eth0,eth1", "eth0,*" or "*".  Spaces around a name don't count.
 * Returns false, with '*wish' untouched, if no uplink is named at all.
 * What is wrong but has an obvious meaning is taken so, and 'complaint' gets
 * the sentences that say how: an empty name and a name's second mention are
 * ignored, and so is what follows "*". */
bool vm_wish_from_string(const char *, struct vm_wish *wish,
                         struct ds *complaint);
bool vm_wish_equal(const struct vm_wish *, const struct vm_wish *);
void vm_wish_clone(struct vm_wish *, const struct vm_wish *);
void vm_wish_destroy(struct vm_wish *);
void vm_wish_format(const struct vm_wish *, struct ds *);

/* What to do when the switch can't do what was wished.  A later one is
 * stricter than an earlier one. */
enum vm_outcome {
    VM_OUTCOME_FORWARD,         /* Only for vm-on-failover. */
    VM_OUTCOME_DROP,
    VM_OUTCOME_SUSPEND,
    VM_OUTCOME_MIGRATE,
    VM_N_OUTCOMES
};

const char *vm_outcome_to_string(enum vm_outcome);
bool vm_outcome_from_string(const char *, enum vm_outcome *);

#endif /* vm-value.h */
