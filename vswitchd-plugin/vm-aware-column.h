/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_COLUMN_H
#define VM_AWARE_COLUMN_H 1

/* What the column "status" of a table should say: our keys, by row.
 *
 * The caller takes the rows whose keys have changed, one by one, writes them,
 * and reports the outcome.  After a failure all rows are to be written again,
 * after a pause that doubles with each further failure.
 *
 * The module does not access the database.
 *
 * Ownership: a column owns its maps and the values in them; 'keys' is the
 * caller's.
 *
 * Thread-safety: only the main thread may call these functions. */

#include <stdbool.h>

#include "openvswitch/shash.h"
#include "sset.h"

struct smap;

struct vm_aware_column {
    const char *const *keys;    /* All that may be written... */
    size_t n_keys;              /* ...and their number. */
    struct shash wanted;        /* Name of the row to "struct row *". */
    struct sset news;           /* Rows to be written. */
    struct sset empty;          /* Rows that may be forgotten, if nothing is
                                 * wanted of them. */
    unsigned int pass;          /* Of vm_aware_column_begin(). */
    bool settled;               /* By vm_aware_column_settle(). */
    struct sset unsettled;      /* Rows for the next call of that. */
    struct sset taken;          /* Rows of the present transaction. */
    unsigned int n_failures;    /* In a row. */
    long long int not_before;   /* When to try again, ms. */
};

#define VM_AWARE_COLUMN_INITIALIZER(COLUMN, KEYS, N_KEYS)               \
    { .keys = (KEYS),                                                   \
      .n_keys = (N_KEYS),                                               \
      .wanted = SHASH_INITIALIZER(&(COLUMN)->wanted),                   \
      .news = SSET_INITIALIZER(&(COLUMN)->news),                        \
      .empty = SSET_INITIALIZER(&(COLUMN)->empty),                      \
      .taken = SSET_INITIALIZER(&(COLUMN)->taken),                      \
      .unsettled = SSET_INITIALIZER(&(COLUMN)->unsettled) }

/* Wants 'values', one for each key, of 'row'.  A null value is not wanted. */
void vm_aware_column_want(struct vm_aware_column *, const char *row,
                          const char *const *values);

/* Returns the value that is wanted of 'row' for the key with that index, or
 * null. */
const char *vm_aware_column_value(const struct vm_aware_column *,
                                  const char *row, size_t key);

/* Wants nothing of 'row' any more. */
void vm_aware_column_drop(struct vm_aware_column *, const char *row);

/* Of the rows that were neither wanted nor kept between these two, nothing is
 * wanted any more. */
void vm_aware_column_begin(struct vm_aware_column *);
void vm_aware_column_keep(struct vm_aware_column *, const char *row);
void vm_aware_column_end(struct vm_aware_column *);

/* Makes the keys of 'row' be written again if they are not those in 'written',
 * as after a restart of ovsdb-server, which does not store them.  If nothing
 * is wanted of a row that has keys of ours, as after a restart of
 * ovs-vswitchd, it is unsettled. */
void vm_aware_column_compare(struct vm_aware_column *, const char *row,
                             const struct smap *written);

/* To be called when all that is known is wanted: unsettled rows of which
 * nothing is wanted lose their keys. */
void vm_aware_column_settle(struct vm_aware_column *);

/* Returns the time (ms) to write, LLONG_MAX if there is nothing to write. */
long long int vm_aware_column_due(const struct vm_aware_column *);

/* Returns the next row to be written and stores its keys, or returns null.  A
 * key with an empty value is to be removed.  Many rows are written in several
 * transactions, one after the other, as each keeps the main thread busy. */
const char *vm_aware_column_next(struct vm_aware_column *, struct smap *keys);
void vm_aware_column_written(struct vm_aware_column *, bool success,
                             long long int now);

/* Adds the wanted keys of 'row' to 'keys', which are about to replace 'old'.
 * Right after a start, before vm_aware_column_settle(), those are the old
 * ones. */
void vm_aware_column_get(const struct vm_aware_column *, const char *row,
                         const struct smap *old, struct smap *keys);

/* Returns the number of these keys, or SIZE_MAX if it depends on 'old' or the
 * row is still to be written. */
size_t vm_aware_column_count(const struct vm_aware_column *, const char *row);

#endif /* vm-aware-column.h */
