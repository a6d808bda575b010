/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "base/vm-map.h"

#include <string.h>

#include "smap.h"
#include "util.h"

struct vm_map {
    size_t n;                   /* Number of pairs. */
    char text[];                /* Of each, the key and the value, each with
                                 * its null byte. */
};

static char *
append(char *end, const char *s)
{
    size_t size = strlen(s) + 1;

    memcpy(end, s, size);
    return end + size;
}

static const char *
next(const char *s)
{
    return s + strlen(s) + 1;
}

struct vm_map *
vm_map_create(const struct smap *pairs)
{
    const struct smap_node *node;
    struct vm_map *map;
    size_t size = 0;
    char *end;

    if (smap_is_empty(pairs)) {
        return NULL;
    }
    SMAP_FOR_EACH (node, pairs) {
        size += strlen(node->key) + strlen(node->value) + 2;
    }
    map = xmalloc(sizeof *map + size);
    map->n = smap_count(pairs);
    end = map->text;
    SMAP_FOR_EACH (node, pairs) {
        end = append(append(end, node->key), node->value);
    }
    return map;
}

void
vm_map_get_all(const struct vm_map *map, struct smap *pairs)
{
    const char *key = map ? map->text : NULL;

    for (size_t i = 0; map && i < map->n; i++) {
        const char *value = next(key);

        smap_add(pairs, key, value);
        key = next(value);
    }
}

bool
vm_map_equal(const struct vm_map *map, const struct smap *pairs)
{
    const char *key = map ? map->text : NULL;

    if ((map ? map->n : 0) != smap_count(pairs)) {
        return false;
    }
    for (size_t i = 0; map && i < map->n; i++) {
        const char *value = next(key);

        if (!nullable_string_is_equal(smap_get(pairs, key), value)) {
            return false;
        }
        key = next(value);
    }
    return true;
}

const char *
vm_map_get(const struct vm_map *map, const char *key)
{
    const char *s = map ? map->text : NULL;

    for (size_t i = 0; map && i < map->n; i++) {
        if (!strcmp(s, key)) {
            return next(s);
        }
        s = next(next(s));
    }
    return NULL;
}
