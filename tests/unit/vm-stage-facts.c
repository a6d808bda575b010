/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-stage-facts.h"

#include <stdlib.h>
#include <string.h>

#include "svec.h"
#include "util.h"

const char *
value_of(const char *word, const char *key)
{
    size_t n = strlen(key);

    return !strncmp(word, key, n) && word[n] == '=' ? word + n + 1 : NULL;
}

/* Adds KEY=VALUE in 'word' to 'external_ids', as the key is really named. */
static char *
add_key(struct smap *external_ids, const char *word)
{
    static const char *const full_names[] = {
        "iface-id", "xs-vm-uuid", "attached-mac", "port-profile",
    };
    const char *equals = strchr(word, '=');

    if (!equals) {
        return xasprintf("%s: not KEY=VALUE", word);
    }

    char *key = xmemdup0(word, equals - word);
    bool full = !strncmp(key, "vm-", 3);
    for (size_t i = 0; i < ARRAY_SIZE(full_names); i++) {
        full = full || !strcmp(key, full_names[i]);
    }

    char *name = (full ? xstrdup(key)
                  : !strcmp(key, "mac") ? xstrdup("attached-mac")
                  : !strcmp(key, "profile") ? xstrdup("port-profile")
                  : xasprintf("vm-%s", key));
    smap_replace(external_ids, name, equals + 1);
    free(name);
    free(key);
    return NULL;
}

/* Stores what 'word' says in 'read' and in 'settings'. */
static char *
read_word(const char *word, struct vm_stage_facts *read,
          struct vm_tag_settings *settings)
{
    struct vm_interface_facts *facts = &read->facts;

    if (!strcmp(word, "internal")) {
        facts->internal = true;
    } else if (!strcmp(word, "existed")) {
        facts->existed = true;
    } else if (!strcmp(word, "silent")) {
        facts->silent = true;
    } else if (!strcmp(word, "no-device")) {
        facts->no_device = true;
    } else if (value_of(word, "vlan")) {
        facts->access_vlan = atoi(value_of(word, "vlan"));
    } else if (value_of(word, "tag")) {
        settings->tag = atoi(value_of(word, "tag"));
    } else if (value_of(word, "way")) {
        facts->way = atoi(value_of(word, "way"));
    } else if (value_of(word, "was")) {
        facts->was_member = value_of(word, "was");
    } else if (value_of(word, "was-home")) {
        facts->was_home = value_of(word, "was-home");
    } else if (value_of(word, "was-pinned")) {
        facts->was_pinned = value_of(word, "was-pinned");
    } else {
        return add_key(&read->external_ids, word);
    }
    return NULL;
}

char *
vm_stage_read_facts(const struct svec *words, struct vm_stage_facts *read)
{
    struct vm_tag_settings settings = { .tag = -1 };
    char *error = NULL;

    smap_init(&read->external_ids);
    read->facts = (struct vm_interface_facts) {
        .external_ids = &read->external_ids,
        .access_vlan = 0,
        .port = &read->port,
    };
    if (strcmp(words->names[1], "-")) {
        smap_add(&read->external_ids, "vm-id", words->names[1]);
    }
    for (size_t i = 3; i < words->n && !error; i++) {
        error = read_word(words->names[i], read, &settings);
    }
    vm_tag_port_init(&read->port, &settings);
    return error;
}
