/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_KEY_H
#define VM_KEY_H 1

/* The keys of vm-key.def, one row each, and operations on a row.
 *
 * A row holds the type, range and default of a key and the field of
 * vm-config.h that stores its value.  The functions below parse, copy, compare
 * and format the value of any key by its row; no other module knows a range or
 * a default.
 *
 * The module does not decide what follows from an invalid value, nor where it
 * is reported: see vm-reader.h and vm-policy.h.
 *
 * Ownership: rows are constant.  Structures belong to the caller, which frees
 * what vm_key_read() and vm_key_copy() store there with vm_key_free().
 *
 * Thread-safety: functions of their arguments and of constant rows; any thread
 * may call them. */

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
    VM_TYPE_PREFERENCE,         /* struct vm_pref. */
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
#include "model/vm-key.def"
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
    size_t offset, size;        /* Of the field in the structure of the scope;
                                 * 'size' is 0 if there is none. */
};

extern const struct vm_key vm_keys[VM_N_KEYS];

/* Operations on the field of a key in 'object', a structure of its scope.
 *
 * vm_key_read() parses 'text'.  If it is not a value, the function returns
 * false, does not change 'object' and appends to 'complaint' what a value
 * would be ("not in 0..7").  Otherwise it returns true, and 'complaint' says
 * which parts of 'text' were ignored, if any.
 *
 * vm_key_set_default() expects a field that is all zeros.  vm_key_copy()
 * overwrites the destination without freeing it. */
bool vm_key_read(const struct vm_key *, const char *text, void *object,
                 struct ds *complaint);
void vm_key_set_default(const struct vm_key *, void *object);
void vm_key_copy(const struct vm_key *, void *dst, const void *src);
void vm_key_free(const struct vm_key *, void *object);
void vm_key_format(const struct vm_key *, const void *object, struct ds *);

/* Compares the values of a key in two structures, with a result as that of
 * strcmp(): numbers by size, outcomes from lenient to strict, texts and
 * preferences by their bytes. */
int vm_key_compare(const struct vm_key *, const void *a, const void *b);

/* Returns the row of 'name', or null. */
const struct vm_key *vm_key_find(enum vm_key_scope, const char *name);

/* A list, that is, a profile or "vm-aware-host", contains keys of scope VM
 * without the prefix "vm-".  Keys that identify a single VM, such as
 * "vm-name", may not be in a list. */
bool vm_key_may_be_in_list(const struct vm_key *);
const char *vm_key_list_name(const struct vm_key *);
const struct vm_key *vm_key_find_in_list(const char *name);

#endif /* vm-key.h */
