/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-column.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

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
#define MAX_ROWS 250

struct row {
    unsigned int pass;          /* The last one that named it. */
    char *values[];             /* One for each key, null if not wanted. */
};

/* Returns what is wanted of 'name', nothing if it was not known. */
static struct row *
get_row(struct vm_aware_column *column, const char *name)
{
    struct row *row = shash_find_data(&column->wanted, name);

    if (!row) {
        row = xzalloc(sizeof *row + column->n_keys * sizeof row->values[0]);
        shash_add(&column->wanted, name, row);
    }
    row->pass = column->pass;
    return row;
}

static bool
is_empty(const struct vm_aware_column *column, const struct row *row)
{
    for (size_t i = 0; i < column->n_keys; i++) {
        if (row->values[i]) {
            return false;
        }
    }
    return true;
}

static void
clear(const struct vm_aware_column *column, struct row *row)
{
    for (size_t i = 0; i < column->n_keys; i++) {
        free(row->values[i]);
        row->values[i] = NULL;
    }
}

void
vm_aware_column_compare(struct vm_aware_column *column, const char *name,
                        const struct smap *written)
{
    const struct row *row = shash_find_data(&column->wanted, name);

    for (size_t i = 0; i < column->n_keys; i++) {
        const char *value = smap_get(written, column->keys[i]);

        if (!row && value) {
            sset_add(&column->unsettled, name);
            break;
        } else if (row && row->values[i]
                   && !nullable_string_is_equal(value, row->values[i])) {
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
    sset_clear(&column->unsettled);
    column->settled = true;
}

void
vm_aware_column_want(struct vm_aware_column *column, const char *name,
                     const char *const *values)
{
    struct row *row = get_row(column, name);
    bool changed = false;

    for (size_t i = 0; i < column->n_keys; i++) {
        if (!nullable_string_is_equal(row->values[i], values[i])) {
            free(row->values[i]);
            row->values[i] = nullable_xstrdup(values[i]);
            changed = true;
        }
    }
    if (changed) {
        sset_add(&column->news, name);
        if (is_empty(column, row)) {
            sset_add(&column->empty, name);
        }
    }
}

const char *
vm_aware_column_value(const struct vm_aware_column *column, const char *name,
                      size_t key)
{
    const struct row *row = shash_find_data(&column->wanted, name);

    return row ? row->values[key] : NULL;
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
    if (!is_empty(column, row)) {
        clear(column, row);
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
    char *name;

    if (sset_is_empty(&column->news)
        || sset_count(&column->taken) >= MAX_ROWS) {
        return NULL;
    }
    name = sset_pop(&column->news);
    node = shash_find(&column->wanted, name);
    sset_add_and_free(&column->taken, name);
    row = node->data;
    for (size_t i = 0; i < column->n_keys; i++) {
        smap_add(keys, column->keys[i], row->values[i] ? row->values[i] : "");
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

        if (is_empty(column, node->data)) {
            if (sset_contains(&column->news, name)) {
                continue;
            }
            free(node->data);
            shash_delete(&column->wanted, node);
            COVERAGE_INC(vm_aware_status_forget);
        }
        sset_find_and_delete(&column->empty, name);
    }
}

void
vm_aware_column_written(struct vm_aware_column *column, bool success,
                        long long int now)
{
    sset_clear(&column->taken);
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
    bool is_old = !row && !column->settled;

    COVERAGE_INC(vm_aware_status_refresh);
    for (size_t i = 0; i < column->n_keys; i++) {
        const char *value = (row ? row->values[i]
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
    size_t n = 0;

    if (!row) {
        return column->settled ? 0 : SIZE_MAX;
    } else if (sset_contains(&column->news, name)
               || sset_contains(&column->taken, name)) {
        return SIZE_MAX;
    }
    for (size_t i = 0; i < column->n_keys; i++) {
        n += row->values[i] != NULL;
    }
    return n;
}
