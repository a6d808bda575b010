/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_KEY_H
#define VM_KEY_H 1

/* The rows of vm-key.def, and what can be done with a row.
 *
 * A row says how the text of one key becomes a value, where that value is kept
 * in the structures of vm-policy.h and what is wrong with a text that is no
 * value.  Reading a key, giving it its default, comparing, copying and showing
 * it are written here once for all keys; nothing else in the tree knows a
 * range or a default.
 *
 * The room refuses to decide what happens after a bad value and to whom the
 * complaint goes: that is vm-policy's.
 *
 * Rows are constant.  The structures are the caller's.  Any thread may
 * enter. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ds;

enum vm_key_scope {
    VM_SCOPE_VM,                /* Interface:external_ids. */
    VM_SCOPE_BOND,              /* Port:other_config. */
    VM_SCOPE_MEMBER,            /* Interface:other_config. */
    VM_N_SCOPES
};

enum vm_key_type {
    VM_TYPE_IDENTITY,
    VM_TYPE_TEXT,               /* char *. */
    VM_TYPE_MAC,
    VM_TYPE_NUMBER,             /* bool, int, unsigned int or uint64_t. */
    VM_TYPE_WORD,               /* The same. */
    VM_TYPE_OUTCOME,            /* enum vm_outcome. */
    VM_TYPE_UPLINKS,            /* struct vm_wish. */
    VM_TYPE_PROFILE,
    VM_TYPE_LIST,
    VM_TYPE_PROFILES
};

enum vm_key_merge {
    VM_MERGE_APART,
    VM_MERGE_HIGHEST,
    VM_MERGE_LOWEST,
    VM_MERGE_FIRST
};

enum vm_key_id {
#define VM_KEY(SCOPE, ENUMERATOR, NAME, TYPE, DEFAULT, UNIT, WHERE, MERGE, \
               DOC)                                                         \
    VM_K_##ENUMERATOR,
#include "vm-key.def"
    VM_N_KEYS
};

struct vm_key {
    enum vm_key_scope scope;
    const char *name;
    enum vm_key_type type;
    const char *min, *max;      /* NUMBER. */
    const char *words;          /* WORD, OUTCOME: separated by "|". */
    const char *default_text;
    const char *unit;
    enum vm_key_merge merge;
    size_t offset, size;        /* In the scope's structure; 'size' is 0 if
                                 * the value is not kept. */
};

extern const struct vm_key vm_keys[VM_N_KEYS];

/* One key in a structure of its scope, 'object'.
 *
 * vm_key_read() returns false if 'text' is no value: 'object' is as it was,
 * and 'complaint' says what would be one ("not in 0..7").  If it returns true
 * and 'complaint' is not empty, that says what was ignored in 'text'.
 *
 * vm_key_set_default() takes a field that is all zeros. */
bool vm_key_read(const struct vm_key *, const char *text, void *object,
                 struct ds *complaint);
void vm_key_set_default(const struct vm_key *, void *object);
void vm_key_copy(const struct vm_key *, void *dst, const void *src);
void vm_key_free(const struct vm_key *, void *object);
void vm_key_format(const struct vm_key *, const void *object, struct ds *);

/* Orders the values of one key in two structures, as strcmp() does: by size,
 * outcomes from lenient to strict, texts by their bytes. */
int vm_key_compare(const struct vm_key *, const void *a, const void *b);

/* The row of 'name', or null. */
const struct vm_key *vm_key_find(enum vm_key_scope, const char *name);

/* A list (a profile, the host's wishes) holds those keys of scope VM that can
 * be the same for several VMs, named without "vm-". */
bool vm_key_may_be_in_list(const struct vm_key *);
const char *vm_key_list_name(const struct vm_key *);
const struct vm_key *vm_key_find_in_list(const char *name);

#endif /* vm-key.h */
