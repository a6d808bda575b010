/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_READER_H
#define VM_READER_H 1

/* Parsing of maps (external_ids, other_config) and of lists such as
 * "priority=6 shares=80" into the fields of a structure.
 *
 * This module looks up each key, stores its value, and words a problem for
 * each key that is unknown or whose value is invalid.  It does not know
 * individual keys, which are rows of vm-key.h, nor how values depend on each
 * other, which is up to vm-policy.
 *
 * Ownership: a reader is a set of parameters.  It owns nothing.
 *
 * Thread-safety: functions of their arguments; any thread may call them with a
 * list of problems that no other thread uses at the same time. */

#include <stdbool.h>
#include <stdint.h>

#include "model/vm-key.h"

struct smap;
struct vm_problems;

/* Prefix of the key of a profile, followed by the profile's name. */
#define VM_PROFILE_PREFIX "vm-aware-profile-"

struct vm_reader {
    const char *where;          /* Interface, member or bond, for problems. */
    const char *inside;         /* Key whose value is the list, or null. */
    const char *profile;        /* Profile that was applied before, or null. */
    uint64_t from_profile;      /* Bits of the keys that 'profile' sets. */
    struct vm_problems *problems; /* Null: do not report problems. */
};

/* Adds the problem "name=text: what", or "name: what" if 'text' is null. */
void vm_reader_tell(const struct vm_reader *, const char *name,
                    const char *text, const char *what);

/* Returns true if the edit distance between 'name' and 'known', without regard
 * to case, is at most 'limit'. */
bool vm_reader_resembles(const char *name, const char *known,
                         unsigned int limit);

/* Parse a map, or a list, into 'object', a structure of the scope, or of scope
 * VM for a list, that must have its defaults already.  They return the set of
 * keys that have a valid value: bit 1 << (enum vm_key_id) for each.  In a
 * list, keys for which 'may_have' returns false are reported and ignored; a
 * null 'may_have' allows all keys. */
uint64_t vm_reader_read_scope(const struct vm_reader *, enum vm_key_scope,
                              const struct smap *, void *object);
uint64_t vm_reader_read_list(const struct vm_reader *, const char *list,
                             bool (*may_have)(const struct vm_key *),
                             void *object);

/* Reports keys in the map that belong elsewhere, and those that are probably
 * misspelled: similar to a key of the scope, or an abbreviation of it, and,
 * for a bond or a member, all other unknown keys with the prefix "vm-aware-".
 * In the keys of an interface, other programs may use the prefix "vm-",
 * too. */
void vm_reader_tell_unknown(const struct vm_reader *, enum vm_key_scope,
                            const struct smap *);

/* Reports all keys of ours in a map in which none has an effect, "column".
 * Keys that identify a VM or a guest are reported only if 'identities' is
 * true. */
void vm_reader_tell_misplaced(const struct vm_reader *, const char *column,
                              bool identities, const struct smap *);

#endif /* vm-reader.h */
