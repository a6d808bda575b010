/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-reader.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/vm-problem.h"
#include "base/vm-utf8.h"
#include "model/vm-key.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/util.h"
#include "smap.h"
#include "util.h"

/* Misspelled keys. */

/* Returns the edit distance between 'a' and 'b', without regard to case, or a
 * number above 'limit' if the distance is above 'limit'.  The cost grows as 3
 * to the power of 'limit'. */
static unsigned int
edit_distance(const char *a, const char *b, unsigned int limit)
{
    while (*a && tolower((unsigned char) *a) == tolower((unsigned char) *b)) {
        a++;
        b++;
    }
    if (!*a && !*b) {
        return 0;
    }
    if (!limit) {
        return 1;
    }

    unsigned int best = limit;
    for (int step = 1; step <= 3; step++) {
        size_t skip_a = step & 1;
        size_t skip_b = step >> 1;

        if ((!skip_a || *a) && (!skip_b || *b)) {
            unsigned int d = edit_distance(a + skip_a, b + skip_b, limit - 1);

            best = MIN(best, d);
        }
    }
    return 1 + best;
}

bool
vm_reader_resembles(const char *name, const char *known, unsigned int limit)
{
    return edit_distance(name, known, limit) <= limit;
}

/* Returns true if 'name' is an abbreviation of 'known', such as "prio". */
static bool
abbreviates(const char *name, const char *known)
{
    size_t n = strlen(name);

    return n >= 3 && !strncasecmp(name, known, n);
}

/* Makes 'key', which is spelled 'known', the best guess for 'name' if it is
 * closer than '*distance'.  Both are without the prefix that many keys
 * have. */
static void
guess_one(const struct vm_key *key, const char *known, const char *name,
          const struct vm_key **best, unsigned int *distance)
{
    unsigned int limit = MIN(2, strlen(known) / 3);
    unsigned int d = edit_distance(name, known, limit);

    if (d > limit && abbreviates(name, known)) {
        d = limit = 3;
    }
    if (d <= limit && d < *distance) {
        *distance = d;
        *best = key;
    }
}

/* Returns 'name' without the prefix of our keys, or null if it has none. */
static const char *
skip_prefix(const char *name)
{
    static const char *const prefixes[] = {
        "vm-aware-", "vm_aware_", "vm-", "vm_",
    };

    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
        if (!strncasecmp(name, prefixes[i], strlen(prefixes[i]))) {
            return name + strlen(prefixes[i]);
        }
    }
    return NULL;
}

/* Returns the key of 'scope' that 'name' is probably a misspelling of: the
 * closest one at an edit distance of at most 2 and at most a third of its
 * length, not counting the prefix ("vm-ip" is no misspelling of "vm-id"), or
 * one that it abbreviates.  Returns null if there is none, or if 'name' does
 * not begin like a key of ours. */
static const struct vm_key *
guess(enum vm_key_scope scope, const char *name)
{
    const char *prefix = scope == VM_SCOPE_VM ? "vm-" : "vm-aware-";
    const char *rest = skip_prefix(name);
    unsigned int distance = UINT_MAX;
    const struct vm_key *best = NULL;

    for (size_t i = 0; rest && i < VM_N_KEYS; i++) {
        const struct vm_key *key = &vm_keys[i];

        if (key->scope == scope
            && !strncmp(key->name, prefix, strlen(prefix))) {
            guess_one(key, key->name + strlen(prefix), rest, &best,
                      &distance);
        }
    }
    return best;
}

/* Likewise for a name in a list. */
static const struct vm_key *
guess_in_list(const char *name)
{
    unsigned int distance = UINT_MAX;
    const struct vm_key *best = NULL;

    for (size_t i = 0; i < VM_N_KEYS; i++) {
        if (vm_key_may_be_in_list(&vm_keys[i])) {
            guess_one(&vm_keys[i], vm_key_list_name(&vm_keys[i]), name,
                      &best, &distance);
        }
    }
    return best;
}

/* Reporting. */

/* Appends 'text', which may contain anything, as part of a single line. */
static void
append_text(const char *text, struct ds *s)
{
    vm_utf8_append(text, VM_UTF8_MAX_SHOWN, s);
}

void
vm_reader_tell(const struct vm_reader *reader, const char *name,
               const char *text, const char *what)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (reader->problems) {
        if (reader->inside) {
            append_text(reader->inside, &s);
            ds_put_cstr(&s, ": ");
        }
        append_text(name, &s);
        if (text) {
            ds_put_char(&s, '=');
            append_text(text, &s);
        }
        ds_put_format(&s, ": %s", what);
        vm_problems_add(reader->problems, reader->where, "%s", ds_cstr(&s));
    }
    ds_destroy(&s);
}

/* Reports that 'name' is not a key.  'meant' is the key that it is probably a
 * misspelling of, or null. */
static void
tell_unknown(const struct vm_reader *reader, const char *name,
             const char *text, const char *meant)
{
    struct ds what = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&what, "unknown key, ignored");
    if (meant) {
        ds_put_format(&what, "; did you mean %s?", meant);
    }
    vm_reader_tell(reader, name, text, ds_cstr(&what));
    ds_destroy(&what);
}

/* Parsing. */

static uint64_t
key_bit(const struct vm_key *key)
{
    return UINT64_C(1) << (key - vm_keys);
}

/* Appends to 'what' which value 'key' has in 'object', as a text that is not a
 * value is ignored. */
static void
append_value_used(const struct vm_reader *reader, const struct vm_key *key,
                  const void *object, struct ds *what)
{
    bool from_profile = reader->from_profile & key_bit(key);

    if (!key->size) {
        ds_put_cstr(what, ", ignored");
        return;
    }
    ds_put_cstr(what, from_profile ? ", " : ", default ");
    vm_key_format(key, object, what);
    if (from_profile) {
        ds_put_format(what, " of profile %s", reader->profile);
    }
    ds_put_cstr(what, " used");
}

/* Parses 'text' as value of 'key' into 'object', and reports problems with
 * 'name' as the name of the key.  Returns the key's bit if 'text' is a value,
 * otherwise 0. */
static uint64_t
read_key(const struct vm_reader *reader, const struct vm_key *key,
         const char *name, const char *text, void *object)
{
    struct ds what = DS_EMPTY_INITIALIZER;
    bool ok = vm_key_read(key, text, object, &what);

    if (!ok) {
        append_value_used(reader, key, object, &what);
    }
    if (what.length) {
        vm_reader_tell(reader, name, text, ds_cstr(&what));
    }
    ds_destroy(&what);
    return ok ? key_bit(key) : 0;
}

uint64_t
vm_reader_read_scope(const struct vm_reader *reader, enum vm_key_scope scope,
                     const struct smap *map, void *object)
{
    uint64_t given = 0;

    for (size_t i = 0; i < VM_N_KEYS; i++) {
        const struct vm_key *key = &vm_keys[i];

        if (key->scope == scope) {
            const char *text = smap_get(map, key->name);

            if (text) {
                given |= read_key(reader, key, key->name, text, object);
            }
        }
    }
    return given;
}

/* Parses one "key=value".  Returns the key's bit, or 0. */
static uint64_t
read_word(const struct vm_reader *reader, char *word,
          bool (*may_have)(const struct vm_key *), void *object)
{
    char *equals = strchr(word, '=');

    if (!equals) {
        vm_reader_tell(reader, word, NULL, "no value, ignored");
        return 0;
    }
    *equals = '\0';

    const char *text = equals + 1;
    const struct vm_key *key = vm_key_find_in_list(word);

    if (!key) {
        const struct vm_key *meant = guess_in_list(word);

        tell_unknown(reader, word, text,
                     meant ? vm_key_list_name(meant) : NULL);
        return 0;
    } else if (may_have && !may_have(key)) {
        vm_reader_tell(reader, word, text, "has no meaning here, ignored");
        return 0;
    }
    return read_key(reader, key, word, text, object);
}

uint64_t
vm_reader_read_list(const struct vm_reader *reader, const char *list,
                    bool (*may_have)(const struct vm_key *), void *object)
{
    char *copy = xstrdup(list);
    uint64_t given = 0;
    char *rest = NULL;

    for (char *word = strtok_r(copy, " \t\r\n", &rest); word;
         word = strtok_r(NULL, " \t\r\n", &rest)) {
        given |= read_word(reader, word, may_have, object);
    }
    free(copy);
    return given;
}

/* Keys that have no effect where they are. */

/* Returns true if 'name' is the key of a profile. */
static bool
is_profile(const char *name)
{
    return !strncmp(name, VM_PROFILE_PREFIX, strlen(VM_PROFILE_PREFIX));
}

/* Returns the scope in which 'name' is a key, or VM_N_SCOPES if it is none.
 * A key of Open vSwitch itself, such as bond-rebalance-interval, is not
 * ours. */
static enum vm_key_scope
find_scope(const char *name)
{
    for (size_t i = 0; i < VM_N_KEYS; i++) {
        const struct vm_key *key = &vm_keys[i];

        if (!strcmp(key->name, name)
            && (key->scope == VM_SCOPE_VM
                || !strncmp(name, "vm-aware-", strlen("vm-aware-")))) {
            return key->scope;
        }
    }
    return is_profile(name) ? VM_SCOPE_BOND : VM_N_SCOPES;
}

static void
tell_misplaced(const struct vm_reader *reader, const struct smap_node *node,
               const char *column, enum vm_key_scope scope)
{
    static const char *const places[VM_N_SCOPES] = {
        [VM_SCOPE_VM] = "external_ids of the VM's Interface",
        [VM_SCOPE_BOND] = "other_config of the bond's Port",
        [VM_SCOPE_MEMBER] = "other_config of the member's Interface",
    };
    char *what = xasprintf("no effect in %s, belongs to %s", column,
                           places[scope]);

    vm_reader_tell(reader, node->key, node->value, what);
    free(what);
}

void
vm_reader_tell_unknown(const struct vm_reader *reader,
                       enum vm_key_scope scope, const struct smap *map)
{
    static const char *const columns[VM_N_SCOPES] = {
        [VM_SCOPE_VM] = "external_ids of a VM's Interface",
        [VM_SCOPE_BOND] = "other_config of a bond",
        [VM_SCOPE_MEMBER] = "other_config of a member",
    };
    const struct smap_node **nodes = smap_sort(map);

    for (size_t i = 0; i < smap_count(map); i++) {
        const char *name = nodes[i]->key;
        bool ours = (scope != VM_SCOPE_VM
                     && !strncmp(name, "vm-aware-", strlen("vm-aware-")));
        enum vm_key_scope found = find_scope(name);

        if (vm_key_find(scope, name) || found == scope) {
            continue;
        } else if (found != VM_N_SCOPES) {
            tell_misplaced(reader, nodes[i], columns[scope], found);
        } else {
            const struct vm_key *meant = guess(scope, name);

            if (ours || meant) {
                tell_unknown(reader, name, nodes[i]->value,
                             meant ? meant->name : NULL);
            }
        }
    }
    free(nodes);
}

void
vm_reader_tell_misplaced(const struct vm_reader *reader, const char *column,
                         bool identities, const struct smap *map)
{
    const struct smap_node **nodes = smap_sort(map);

    for (size_t i = 0; i < smap_count(map); i++) {
        const char *name = nodes[i]->key;
        enum vm_key_scope scope = find_scope(name);
        const struct vm_key *key = (scope == VM_SCOPE_VM
                                    ? vm_key_find(scope, name) : NULL);

        if (scope != VM_N_SCOPES && (identities || !key || key->size)) {
            tell_misplaced(reader, nodes[i], column, scope);
        }
    }
    free(nodes);
}
