/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_READER_H
#define VM_READER_H 1

/* From a map of texts, or a list of "key=value" in one text, to the fields of
 * a structure; what is wrong on the way becomes problems.
 *
 * The room knows how problems are worded.  It does not know any key (those are
 * rows, see vm-key.h) nor how values depend on each other (that is
 * vm-policy's).
 *
 * A reader is a few words on the stack of whoever reads; it owns nothing.  Any
 * thread may enter with a reader of its own. */

#include <stdbool.h>
#include <stdint.h>

#include "vm-key.h"

struct smap;
struct vm_problems;

/* A profile NAME of a bond is the key VM_PROFILE_PREFIX "NAME". */
#define VM_PROFILE_PREFIX "vm-aware-profile-"

struct vm_reader {
    const char *where;          /* Interface or bond, for problems. */
    const char *inside;         /* Key whose value is the list that is being
                                 * read, or null. */
    const char *profile;        /* Profile that was read before, or null. */
    uint64_t from_profile;      /* Keys that it has: bits as below. */
    struct vm_problems *problems; /* Null: tell nobody. */
};

/* Tells that the value 'text' (null if there is none) of the key 'name' is
 * 'what'. */
void vm_reader_tell(const struct vm_reader *, const char *name,
                    const char *text, const char *what);

/* Both read into 'object', a structure of the scope (a list: of scope VM) that
 * has its defaults already, and return which keys were there with a good
 * value: a bit, counted from the lowest, for each enum vm_key_id.  A list
 * takes only keys for which 'may_have' returns true, all if it is null. */
uint64_t vm_reader_read_scope(const struct vm_reader *, enum vm_key_scope,
                              const struct smap *, void *object);
uint64_t vm_reader_read_list(const struct vm_reader *, const char *list,
                             bool (*may_have)(const struct vm_key *),
                             void *object);

/* Tells which keys in the map are probably meant to be of the scope but are
 * not: those that are close to one, and those with the prefix "vm-aware-",
 * which is ours alone ("vm-" in the keys of an interface is not). */
void vm_reader_tell_unknown(const struct vm_reader *, enum vm_key_scope,
                            const struct smap *);

#endif /* vm-reader.h */
