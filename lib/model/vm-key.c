/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-key.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/vm-utf8.h"
#include "base/vm-value.h"
#include "model/vm-config.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/util.h"
#include "packets.h"
#include "util.h"

/* Translate the arguments of VM_KEY into fields of struct vm_key. */
#define TYPE_IDENTITY .type = VM_TYPE_IDENTITY
#define TYPE_TEXT .type = VM_TYPE_TEXT
#define TYPE_MAC .type = VM_TYPE_MAC
#define TYPE_NUMBER(MIN, MAX) .type = VM_TYPE_NUMBER, .min = MIN, .max = MAX
#define TYPE_WORD(WORDS) .type = VM_TYPE_WORD, .words = WORDS
#define TYPE_OUTCOME(WORDS) .type = VM_TYPE_OUTCOME, .words = WORDS
#define TYPE_PREFERENCE .type = VM_TYPE_PREFERENCE
#define TYPE_PROFILE .type = VM_TYPE_PROFILE
#define TYPE_LIST .type = VM_TYPE_LIST
#define TYPE_PROFILES .type = VM_TYPE_PROFILES

#define PLACE(STRUCT, FIELD)                            \
    .offset = offsetof(struct STRUCT, FIELD),           \
    .size = sizeof ((struct STRUCT *) NULL)->FIELD
#define VM_INTO(FIELD) PLACE(vm_policy, FIELD)
#define BOND_INTO(FIELD) PLACE(vm_bond_config, FIELD)
#define MEMBER_INTO(FIELD) PLACE(vm_member_config, FIELD)
#define VM_NOWHERE .size = 0
#define BOND_NOWHERE .size = 0

const struct vm_key vm_keys[VM_N_KEYS] = {
#define VM_KEY(SCOPE, ENUMERATOR, NAME, TYPE, DEFAULT, UNIT, WHERE, MERGE, \
               DOC)                                                         \
    [VM_K_##ENUMERATOR] = {                                                 \
        .scope = VM_SCOPE_##SCOPE,                                          \
        .name = NAME,                                                       \
        TYPE_##TYPE,                                                        \
        .default_text = DEFAULT,                                            \
        .unit = UNIT,                                                       \
        SCOPE##_##WHERE,                                                    \
        .merge = VM_MERGE_##MERGE,                                          \
    },
#include "model/vm-key.def"
};

/* Returns the field of 'key' in 'object'. */
static void *
field(const struct vm_key *key, void *object)
{
    return (char *) object + key->offset;
}

static const void *
const_field(const struct vm_key *key, const void *object)
{
    return (const char *) object + key->offset;
}

/* Returns the value of a field of type NUMBER, WORD or OUTCOME, whatever its C
 * type. */
static uint64_t
get_number(const struct vm_key *key, const void *object)
{
    const void *f = const_field(key, object);

    switch (key->size) {
    case sizeof(bool): return *(const bool *) f;
    case sizeof(unsigned int): return *(const unsigned int *) f;
    case sizeof(uint64_t): return *(const uint64_t *) f;
    default: OVS_NOT_REACHED();
    }
}

static void
set_number(const struct vm_key *key, void *object, uint64_t number)
{
    void *f = field(key, object);

    switch (key->size) {
    case sizeof(bool): *(bool *) f = number; break;
    case sizeof(unsigned int): *(unsigned int *) f = number; break;
    case sizeof(uint64_t): *(uint64_t *) f = number; break;
    default: OVS_NOT_REACHED();
    }
}

/* Parsing. */

static bool
may_be_none(const struct vm_key *key)
{
    return !strcmp(key->default_text, "none");
}

static bool
read_number(const struct vm_key *key, const char *text, void *object,
            struct ds *complaint)
{
    uint64_t number, min, max;
    bool is_none = may_be_none(key) && !strcmp(text, "none");

    if (is_none) {
        number = VM_RATE_NONE;
    } else if (!vm_number_from_string(text, &number)) {
        ds_put_format(complaint, "not a number in %s..%s", key->min, key->max);
        return false;
    } else if (!vm_number_from_string(key->min, &min)
               || !vm_number_from_string(key->max, &max)
               || number < min || number > max) {
        ds_put_format(complaint, "not in %s..%s", key->min, key->max);
        return false;
    }
    set_number(key, object, number);
    return true;
}

/* Returns the index of 'text' among the words of 'key'.  If it is not one of
 * them, returns -1 and appends them to 'complaint'. */
static int
find_word(const struct vm_key *key, const char *text, struct ds *complaint)
{
    size_t text_length = strlen(text);
    int index = 0;

    for (const char *word = key->words; ; index++) {
        size_t length = strcspn(word, "|");

        if (length == text_length && !memcmp(word, text, length)) {
            return index;
        }
        if (!word[length]) {
            break;
        }
        word += length + 1;
    }

    ds_put_cstr(complaint, "not one of ");
    for (const char *p = key->words; *p; p++) {
        if (*p == '|') {
            ds_put_cstr(complaint, ", ");
        } else {
            ds_put_char(complaint, *p);
        }
    }
    return -1;
}

static bool
read_word(const struct vm_key *key, const char *text, void *object,
          struct ds *complaint)
{
    int index = find_word(key, text, complaint);
    enum vm_outcome outcome;

    if (index < 0) {
        return false;
    }
    if (key->type == VM_TYPE_OUTCOME) {
        ovs_assert(vm_outcome_from_string(text, &outcome));
        index = outcome;
    }
    set_number(key, object, index);
    return true;
}

/* Checks that 'text' can be shown on one line. */
static bool
check_characters(const char *text, struct ds *complaint)
{
    const char *what = vm_utf8_complaint(text);

    if (what) {
        ds_put_cstr(complaint, what);
    }
    return !what;
}

/* Checks that 'text' can be a name. */
static bool
check_text(const struct vm_key *key, const char *text, struct ds *complaint)
{
    enum { MAX_LENGTH = 255 };

    if (!*text) {
        ds_put_cstr(complaint, "empty");
        return false;
    }
    if (strlen(text) > MAX_LENGTH) {
        ds_put_format(complaint, "longer than %d bytes", MAX_LENGTH);
        return false;
    }
    if (!check_characters(text, complaint)) {
        return false;
    }
    if (key->type == VM_TYPE_IDENTITY && !strcmp(text, VM_HOST_ID)) {
        ds_put_cstr(complaint, "reserved for the host itself");
        return false;
    }
    return true;
}

static bool
read_mac(const char *text, struct ds *complaint)
{
    struct eth_addr mac;

    if (!eth_addr_from_string(text, &mac)) {
        ds_put_cstr(complaint,
                    "not a MAC address such as 52:54:00:12:34:56");
        return false;
    }
    return true;
}

static bool
read_pref(const struct vm_key *key, const char *text, void *object,
          struct ds *complaint)
{
    if (!check_characters(text, complaint)) {
        return false;
    }
    if (!vm_pref_from_string(text, field(key, object), complaint)) {
        ds_put_cstr(complaint, "names no member");
        return false;
    }
    return true;
}

bool
vm_key_read(const struct vm_key *key, const char *text, void *object,
            struct ds *complaint)
{
    switch (key->type) {
    case VM_TYPE_NUMBER:
        return read_number(key, text, object, complaint);

    case VM_TYPE_WORD:
    case VM_TYPE_OUTCOME:
        return read_word(key, text, object, complaint);

    case VM_TYPE_PREFERENCE:
        return read_pref(key, text, object, complaint);

    case VM_TYPE_MAC:
        return read_mac(text, complaint);

    case VM_TYPE_TEXT:
        if (!check_text(key, text, complaint)) {
            return false;
        }
        free(*(char **) field(key, object));
        *(char **) field(key, object) = xstrdup(text);
        return true;

    case VM_TYPE_IDENTITY:
    case VM_TYPE_PROFILE:
        return check_text(key, text, complaint);

    case VM_TYPE_LIST:
    case VM_TYPE_PROFILES:
        return true;

    default:
        OVS_NOT_REACHED();
    }
}

void
vm_key_set_default(const struct vm_key *key, void *object)
{
    uint64_t number;

    if (!key->size || key->type == VM_TYPE_TEXT) {
        /* There is none. */
    } else if (key->type == VM_TYPE_NUMBER) {
        /* One in words, such as that of "vm-burst", is computed later. */
        if (may_be_none(key)) {
            set_number(key, object, VM_RATE_NONE);
        } else if (vm_number_from_string(key->default_text, &number)) {
            set_number(key, object, number);
        }
    } else {
        struct ds complaint = DS_EMPTY_INITIALIZER;

        vm_key_read(key, key->default_text, object, &complaint);
        ds_destroy(&complaint);
    }
}

/* Copying, comparing, formatting. */

void
vm_key_copy(const struct vm_key *key, void *dst, const void *src)
{
    if (!key->size) {
        return;
    }
    if (key->type == VM_TYPE_TEXT) {
        *(char **) field(key, dst)
            = nullable_xstrdup(*(char *const *) const_field(key, src));
    } else if (key->type == VM_TYPE_PREFERENCE) {
        vm_pref_clone(field(key, dst), const_field(key, src));
    } else {
        set_number(key, dst, get_number(key, src));
    }
}

void
vm_key_free(const struct vm_key *key, void *object)
{
    if (!key->size) {
        return;
    }
    if (key->type == VM_TYPE_TEXT) {
        free(*(char **) field(key, object));
        *(char **) field(key, object) = NULL;
    } else if (key->type == VM_TYPE_PREFERENCE) {
        vm_pref_destroy(field(key, object));
    }
}

void
vm_key_format(const struct vm_key *key, const void *object, struct ds *s)
{
    if (key->type == VM_TYPE_PREFERENCE) {
        vm_pref_format(const_field(key, object), s);
    } else if (key->type == VM_TYPE_TEXT) {
        const char *text = *(char *const *) const_field(key, object);

        ds_put_cstr(s, text ? text : key->default_text);
    } else if (key->type == VM_TYPE_OUTCOME) {
        ds_put_cstr(s, vm_outcome_to_string(get_number(key, object)));
    } else if (key->type == VM_TYPE_WORD) {
        const char *word = key->words;

        for (uint64_t i = get_number(key, object); i > 0; i--) {
            word += strcspn(word, "|") + 1;
        }
        ds_put_buffer(s, word, strcspn(word, "|"));
    } else if (key->size) {
        uint64_t number = get_number(key, object);
        uint64_t smallest = 0;

        vm_number_from_string(key->min, &smallest);
        if (number < smallest) {
            ds_put_cstr(s, key->default_text);
        } else if (!strncmp(key->unit, "bit", 3)) {
            vm_number_format(number, s);
        } else {
            ds_put_format(s, "%"PRIu64, number);
        }
    }
}

int
vm_key_compare(const struct vm_key *key, const void *a, const void *b)
{
    if (!key->size) {
        return 0;
    }
    if (key->type == VM_TYPE_TEXT || key->type == VM_TYPE_PREFERENCE) {
        struct ds a_text = DS_EMPTY_INITIALIZER;
        struct ds b_text = DS_EMPTY_INITIALIZER;
        int order;

        vm_key_format(key, a, &a_text);
        vm_key_format(key, b, &b_text);
        order = strcmp(ds_cstr(&a_text), ds_cstr(&b_text));
        ds_destroy(&a_text);
        ds_destroy(&b_text);
        return order;
    } else {
        uint64_t a_number = get_number(key, a);
        uint64_t b_number = get_number(key, b);

        return a_number < b_number ? -1 : a_number > b_number;
    }
}

/* Lookup. */

bool
vm_key_may_be_in_list(const struct vm_key *key)
{
    return (key->scope == VM_SCOPE_VM && key->size
            && key->type != VM_TYPE_TEXT);
}

const char *
vm_key_list_name(const struct vm_key *key)
{
    return key->name + strlen("vm-");
}

const struct vm_key *
vm_key_find(enum vm_key_scope scope, const char *name)
{
    for (size_t i = 0; i < VM_N_KEYS; i++) {
        if (vm_keys[i].scope == scope && !strcmp(vm_keys[i].name, name)) {
            return &vm_keys[i];
        }
    }
    return NULL;
}

const struct vm_key *
vm_key_find_in_list(const char *name)
{
    for (size_t i = 0; i < VM_N_KEYS; i++) {
        if (vm_key_may_be_in_list(&vm_keys[i])
            && !strcmp(vm_key_list_name(&vm_keys[i]), name)) {
            return &vm_keys[i];
        }
    }
    return NULL;
}
