/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_VALUE_H
#define VM_VALUE_H 1

/* Parsing and formatting of values: numbers, rates, sizes, durations, uplink
 * preferences, outcomes.
 *
 * Parsing is strict: the whole text must be a value, otherwise the function
 * returns false and does not change the result.  There are two ways of
 * formatting: exact, for configuration and warnings, where the text parses
 * back into the same value; and rounded, with a unit, for reports.  All
 * arithmetic is in integers, and nothing depends on the locale.
 *
 * The module does not know keys, defaults or ranges: see vm-key.h.
 *
 * Ownership: a preference owns its names until vm_pref_destroy().
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ds;

/* No limit.  As text, "none". */
#define VM_RATE_NONE UINT64_MAX

/* Parses a number: digits, optionally a fraction, optionally one of the
 * suffixes k, M and G (powers of 1000).  The value must be an integer below
 * UINT64_MAX: "1.5G" is a number, "1.5" is not.  Signs, spaces and other text
 * are not allowed. */
bool vm_number_from_string(const char *, uint64_t *);

/* Appends the exact number: "1.5G", or all digits without suffix if three
 * digits after the point do not suffice. */
void vm_number_format(uint64_t, struct ds *);

/* Parses a rate in bit/s: a number, or "none" for VM_RATE_NONE. */
bool vm_rate_from_string(const char *, uint64_t *bps);

/* Append a rounded value with its unit: "1.2 Gbit/s", "1.2 MB", "4.0 s".
 * Rates and sizes are rounded to the nearest tenth.  Durations are rounded
 * down: to a tenth of a second below 100 s, otherwise to whole minutes, hours
 * or days. */
void vm_rate_format(uint64_t bps, struct ds *);
void vm_bytes_format(uint64_t bytes, struct ds *);
void vm_duration_format(long long int ms, struct ds *);

/* Largest rate in sums, 281 Tbit/s.  vm_rate_cap() reduces a higher rate to
 * it, so that the sum over all slots fits into 64 bits. */
#define VM_RATE_CEILING (UINT64_C(1) << 48)

uint64_t vm_rate_cap(uint64_t bps);

/* Returns the sum of two rates, or of two sizes.  One that does not fit into
 * 64 bits is VM_RATE_NONE. */
uint64_t vm_rate_add(uint64_t, uint64_t);

/* Returns the part of 'whole' that is in proportion to 'part' of 'sum',
 * rounded down, exact to one part in 2^32.  'part' is at most 'sum', which is
 * not 0. */
uint64_t vm_take_part(uint64_t whole, uint64_t part, uint64_t sum);

/* Maximum number of members that a preference names. */
#define VM_MAX_PREF 64

/* An uplink preference ("vm-uplinks"): members of the bond, the most preferred
 * first. */
struct vm_pref {
    char **names;               /* Members in order of preference; not empty,
                                 * each once. */
    size_t n;
    bool any;                   /* Ends in "*": then any other member. */
};

#define VM_PREF_INITIALIZER { NULL, 0, false }

/* Parses "eth0,eth1", "eth0,*" or "*".  Spaces around a name are ignored.
 * Returns false and does not change 'pref' if the text names no member.  Empty
 * names, repeated names, names after "*" and names beyond VM_MAX_PREF are
 * ignored; 'complaint' says which.  A 'pref' that is parsed into must be
 * initialized. */
bool vm_pref_from_string(const char *, struct vm_pref *pref,
                         struct ds *complaint);
bool vm_pref_equal(const struct vm_pref *, const struct vm_pref *);
void vm_pref_clone(struct vm_pref *, const struct vm_pref *);
void vm_pref_destroy(struct vm_pref *);
void vm_pref_format(const struct vm_pref *, struct ds *);

/* What to do when a VM's policy cannot be met, from lenient to strict. */
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
