/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-column.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/vm-set.h"
#include "coverage.h"
#include "smap.h"
#include "util.h"

COVERAGE_DEFINE(vm_aware_status_write);
COVERAGE_DEFINE(vm_aware_status_forget);
COVERAGE_DEFINE(vm_aware_status_refresh);

/* The pause after a transaction that failed, in ms: the first, and the
 * longest. */
#define FIRST_PAUSE 1000
#define LONGEST_PAUSE 64000

/* Most rows of one transaction. */
#define MAX_ROWS 500

struct row {
    unsigned int pass;          /* The last one that named it. */
    unsigned int n;             /* Number of keys that are wanted. */
    char *values;               /* For each key, in one block: whether it is
                                 * wanted, a byte, and then its value with the
                                 * null byte.  Null if none is. */
};

/* Returns the next value of '*values', or null if it is not wanted. */
static const char *
take_value(const char **values)
{
    const char *value = NULL;

    if (*values && *(*values)++) {
        value = *values;
        *values += strlen(value) + 1;
    }
    return value;
}

/* Replaces what is wanted of 'row'. */
static void
set_values(const struct vm_aware_column *column, struct row *row,
           const char *const *values)
{
    size_t size = column->n_keys;
    char *old = row->values;
    char *end;

    row->n = 0;
    for (size_t i = 0; i < column->n_keys; i++) {
        if (values[i]) {
            row->n++;
            size += strlen(values[i]) + 1;
        }
    }
    end = row->values = row->n ? xmalloc(size) : NULL;
    for (size_t i = 0; i < column->n_keys && end; i++) {
        *end++ = values[i] != NULL;
        if (values[i]) {
            size_t length = strlen(values[i]) + 1;

            memcpy(end, values[i], length);
            end += length;
        }
    }
    free(old);
}

/* Returns what is wanted of 'name', nothing if it was not known. */
static struct row *
get_row(struct vm_aware_column *column, const char *name)
{
    struct row *row = shash_find_data(&column->wanted, name);

    if (!row) {
        row = xzalloc(sizeof *row);
        shash_add(&column->wanted, name, row);
    }
    row->pass = column->pass;
    return row;
}

void
vm_aware_column_compare(struct vm_aware_column *column, const char *name,
                        const struct smap *written)
{
    const struct row *row = shash_find_data(&column->wanted, name);
    const char *values = row ? row->values : NULL;

    for (size_t i = 0; i < column->n_keys; i++) {
        const char *value = smap_get(written, column->keys[i]);
        const char *wanted = take_value(&values);

        if (!row && value) {
            sset_add(&column->unsettled, name);
            break;
        } else if (wanted && !nullable_string_is_equal(value, wanted)) {
            sset_add(&column->news, name);
            break;
        }
    }
}

void
vm_aware_column_settle(struct vm_aware_column *column)
{
    const char *name;

    SSET_FOR_EACH (name, &column->unsettled) {
        if (!shash_find(&column->wanted, name)) {
            get_row(column, name);
            sset_add(&column->empty, name);
            sset_add(&column->news, name);
        }
    }
    vm_set_clear(&column->unsettled);
    column->settled = true;
}

void
vm_aware_column_want(struct vm_aware_column *column, const char *name,
                     const char *const *values)
{
    struct row *row = get_row(column, name);
    const char *old = row->values;
    bool changed = false;

    for (size_t i = 0; i < column->n_keys && !changed; i++) {
        changed = !nullable_string_is_equal(take_value(&old), values[i]);
    }
    if (changed) {
        set_values(column, row, values);
        sset_add(&column->news, name);
        if (!row->n) {
            sset_add(&column->empty, name);
        }
    }
}

const char *
vm_aware_column_value(const struct vm_aware_column *column, const char *name,
                      size_t key)
{
    const struct row *row = shash_find_data(&column->wanted, name);
    const char *values = row ? row->values : NULL;

    while (key--) {
        take_value(&values);
    }
    return take_value(&values);
}

void
vm_aware_column_begin(struct vm_aware_column *column)
{
    column->pass++;
}

void
vm_aware_column_keep(struct vm_aware_column *column, const char *name)
{
    struct row *row = shash_find_data(&column->wanted, name);

    if (row) {
        row->pass = column->pass;
    }
}

static void
drop(struct vm_aware_column *column, const char *name, struct row *row)
{
    if (row->n) {
        free(row->values);
        row->values = NULL;
        row->n = 0;
        sset_add(&column->empty, name);
        sset_add(&column->news, name);
    }
}

void
vm_aware_column_drop(struct vm_aware_column *column, const char *name)
{
    struct row *row = shash_find_data(&column->wanted, name);

    if (row) {
        drop(column, name, row);
    }
}

void
vm_aware_column_end(struct vm_aware_column *column)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &column->wanted) {
        struct row *row = node->data;

        if (row->pass != column->pass) {
            drop(column, node->name, row);
        }
    }
}

long long int
vm_aware_column_due(const struct vm_aware_column *column)
{
    return sset_is_empty(&column->news) ? LLONG_MAX : column->not_before;
}

const char *
vm_aware_column_next(struct vm_aware_column *column, struct smap *keys)
{
    const struct shash_node *node;
    const struct row *row;
    const char *values;
    char *name;

    if (sset_is_empty(&column->news)
        || sset_count(&column->taken) >= MAX_ROWS) {
        return NULL;
    }
    name = sset_pop(&column->news);
    node = shash_find(&column->wanted, name);
    sset_add_and_free(&column->taken, name);
    row = node->data;
    values = row->values;
    for (size_t i = 0; i < column->n_keys; i++) {
        const char *value = take_value(&values);

        smap_add(keys, column->keys[i], value ? value : "");
    }
    COVERAGE_INC(vm_aware_status_write);
    return node->name;
}

/* Forgets the rows about which there is nothing to be said. */
static void
forget_empty(struct vm_aware_column *column)
{
    const char *name;

    SSET_FOR_EACH_SAFE (name, &column->empty) {
        struct shash_node *node = shash_find(&column->wanted, name);
        const struct row *row = node->data;

        if (!row->n) {
            if (sset_contains(&column->news, name)) {
                continue;
            }
            free(node->data);
            shash_delete(&column->wanted, node);
            COVERAGE_INC(vm_aware_status_forget);
        }
        sset_find_and_delete(&column->empty, name);
    }
    vm_set_trim(&column->empty);
}

void
vm_aware_column_written(struct vm_aware_column *column, bool success,
                        long long int now)
{
    vm_set_clear(&column->taken);
    vm_set_trim(&column->news);
    if (success) {
        column->n_failures = 0;
        forget_empty(column);
    } else {
        const struct shash_node *node;
        unsigned int doublings = MIN(column->n_failures++, 16);

        SHASH_FOR_EACH (node, &column->wanted) {
            sset_add(&column->news, node->name);
        }
        column->not_before = now + MIN(FIRST_PAUSE << doublings,
                                       LONGEST_PAUSE);
    }
}

void
vm_aware_column_get(const struct vm_aware_column *column, const char *name,
                    const struct smap *old, struct smap *keys)
{
    const struct row *row = shash_find_data(&column->wanted, name);
    const char *values = row ? row->values : NULL;
    bool is_old = !row && !column->settled;

    COVERAGE_INC(vm_aware_status_refresh);
    for (size_t i = 0; i < column->n_keys; i++) {
        const char *value = (row ? take_value(&values)
                             : is_old ? smap_get(old, column->keys[i])
                             : NULL);

        if (value) {
            smap_replace(keys, column->keys[i], value);
        }
    }
}

size_t
vm_aware_column_count(const struct vm_aware_column *column, const char *name)
{
    const struct row *row = shash_find_data(&column->wanted, name);

    if (!row) {
        return column->settled ? 0 : SIZE_MAX;
    } else if (sset_contains(&column->news, name)
               || sset_contains(&column->taken, name)) {
        return SIZE_MAX;
    }
    return row->n;
}
