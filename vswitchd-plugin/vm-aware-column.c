/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-column.h"

#include <limits.h>
#include <stdlib.h>

#include "coverage.h"
#include "smap.h"
#include "util.h"

COVERAGE_DEFINE(vm_aware_status_write);
COVERAGE_DEFINE(vm_aware_status_forget);

/* The pause after a transaction that failed, in ms: the first, and the
 * longest. */
#define FIRST_PAUSE 1000
#define LONGEST_PAUSE 64000

/* Most rows of one transaction. */
#define MAX_ROWS 500

void
vm_aware_column_compare(struct vm_aware_column *column, const char *row,
                        const struct smap *written)
{
    const struct smap *wanted = shash_find_data(&column->wanted, row);
    const struct smap_node *node;

    if (wanted) {
        SMAP_FOR_EACH (node, wanted) {
            if (!nullable_string_is_equal(smap_get(written, node->key),
                                          node->value)) {
                sset_add(&column->news, row);
                break;
            }
        }
    }
}

void
vm_aware_column_want(struct vm_aware_column *column, const char *row,
                     struct smap *keys)
{
    struct smap *wanted = shash_find_data(&column->wanted, row);

    if (!wanted) {
        wanted = xmalloc(sizeof *wanted);
        smap_init(wanted);
        shash_add(&column->wanted, row, wanted);
    }
    if (!smap_equal(wanted, keys)) {
        sset_add(&column->news, row);
    }
    smap_destroy(wanted);
    smap_clone(wanted, keys);
    smap_destroy(keys);
}

void
vm_aware_column_want_only(struct vm_aware_column *column,
                          const struct sset *rows)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &column->wanted) {
        if (!sset_contains(rows, node->name)) {
            struct smap nothing = SMAP_INITIALIZER(&nothing);

            vm_aware_column_want(column, node->name, &nothing);
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
    const struct smap *wanted;
    char *row;

    if (sset_is_empty(&column->news) || column->n_taken >= MAX_ROWS) {
        return NULL;
    }
    column->n_taken++;
    row = sset_pop(&column->news);
    node = shash_find(&column->wanted, row);
    free(row);
    wanted = node->data;
    for (size_t i = 0; column->keys[i]; i++) {
        const char *key = column->keys[i];

        smap_add(keys, key, smap_get_def(wanted, key, ""));
    }
    COVERAGE_INC(vm_aware_status_write);
    return node->name;
}

/* Forgets the rows about which there is nothing to be said. */
static void
forget_unwanted(struct vm_aware_column *column)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &column->wanted) {
        if (smap_is_empty(node->data)
            && !sset_contains(&column->news, node->name)) {
            smap_destroy(node->data);
            free(node->data);
            shash_delete(&column->wanted, node);
            COVERAGE_INC(vm_aware_status_forget);
        }
    }
}

void
vm_aware_column_written(struct vm_aware_column *column, bool success,
                        long long int now)
{
    column->n_taken = 0;
    if (success) {
        column->n_failures = 0;
        forget_unwanted(column);
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
vm_aware_column_get(const struct vm_aware_column *column, const char *row,
                    const struct smap *old, struct smap *keys)
{
    const struct smap *wanted = shash_find_data(&column->wanted, row);

    for (size_t i = 0; column->keys[i]; i++) {
        const char *value = smap_get(wanted ? wanted : old, column->keys[i]);

        if (value) {
            smap_replace(keys, column->keys[i], value);
        }
    }
}
