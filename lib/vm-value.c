/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-value.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/util.h"
#include "util.h"

/* Numbers. */

/* Appends 'digit' to the decimal number '*value', unless that becomes
 * UINT64_MAX or more. */
static bool
append_digit(uint64_t *value, unsigned int digit)
{
    if (*value > (UINT64_MAX - 1 - digit) / 10) {
        return false;
    }
    *value = *value * 10 + digit;
    return true;
}

/* Returns how many zeros 'suffix' stands for, or -1. */
static int
suffix_to_zeros(const char *suffix)
{
    if (!suffix[0]) {
        return 0;
    }
    if (suffix[1]) {
        return -1;
    }
    switch (suffix[0]) {
    case 'k': return 3;
    case 'M': return 6;
    case 'G': return 9;
    default: return -1;
    }
}

bool
vm_number_from_string(const char *s, uint64_t *number)
{
    size_t n_whole = strspn(s, "0123456789");
    const char *fraction = s + n_whole + (s[n_whole] == '.');
    size_t n_fraction = s[n_whole] == '.' ? strspn(fraction, "0123456789") : 0;
    int zeros = suffix_to_zeros(fraction + n_fraction);

    if (!n_whole || zeros < 0 || (s[n_whole] == '.' && !n_fraction)) {
        return false;
    }
    while (n_fraction && fraction[n_fraction - 1] == '0') {
        n_fraction--;
    }
    if (n_fraction > zeros) {
        return false;
    }

    uint64_t value = 0;
    for (size_t i = 0; i < n_whole; i++) {
        if (!append_digit(&value, s[i] - '0')) {
            return false;
        }
    }
    for (size_t i = 0; i < zeros; i++) {
        if (!append_digit(&value, i < n_fraction ? fraction[i] - '0' : 0)) {
            return false;
        }
    }
    *number = value;
    return true;
}

/* Appends '.' and the three digits of 'thousandths' without the last zeros. */
static void
format_fraction(unsigned int thousandths, struct ds *s)
{
    char digits[5];

    snprintf(digits, sizeof digits, ".%03u", thousandths % 1000);
    for (size_t last = 3; digits[last] == '0'; last--) {
        digits[last] = '\0';
    }
    ds_put_cstr(s, digits);
}

void
vm_number_format(uint64_t number, struct ds *s)
{
    static const char suffixes[] = { 'k', 'M', 'G' };
    uint64_t unit = 1;
    size_t n_units = 0;

    if (number == VM_RATE_NONE) {
        ds_put_cstr(s, "none");
        return;
    }
    while (n_units < ARRAY_SIZE(suffixes) && number / unit >= 1000) {
        unit *= 1000;
        n_units++;
    }

    uint64_t rest = number % unit;
    if (unit == 1 || rest % (unit / 1000)) {
        ds_put_format(s, "%"PRIu64, number);
        return;
    }
    ds_put_format(s, "%"PRIu64, number / unit);
    if (rest) {
        format_fraction(rest / (unit / 1000), s);
    }
    ds_put_char(s, suffixes[n_units - 1]);
}

bool
vm_rate_from_string(const char *s, uint64_t *bps)
{
    if (!strcmp(s, "none")) {
        *bps = VM_RATE_NONE;
        return true;
    }
    return vm_number_from_string(s, bps);
}

/* Appends 'number' in the largest of the 1000-fold units that it reaches,
 * rounded to a tenth. */
static void
format_rounded(uint64_t number, const char *unit, struct ds *s)
{
    static const char prefixes[][2] = { "", "k", "M", "G", "T", "P", "E" };
    size_t prefix = 0;
    uint64_t scale = 1;
    uint64_t tenths = number;

    if (number >= 1000) {
        do {
            scale *= 1000;
            prefix++;
            tenths = number / (scale / 10)
                     + (number % (scale / 10) >= scale / 20);
        } while (tenths >= 10000 && prefix + 1 < ARRAY_SIZE(prefixes));
        ds_put_format(s, "%"PRIu64, tenths / 10);
        if (tenths % 10) {
            ds_put_format(s, ".%"PRIu64, tenths % 10);
        }
    } else {
        ds_put_format(s, "%"PRIu64, number);
    }
    ds_put_format(s, " %s%s", prefixes[prefix], unit);
}

void
vm_rate_format(uint64_t bps, struct ds *s)
{
    if (bps == VM_RATE_NONE) {
        ds_put_cstr(s, "none");
    } else {
        format_rounded(bps, "bit/s", s);
    }
}

void
vm_bytes_format(uint64_t bytes, struct ds *s)
{
    format_rounded(bytes, "B", s);
}

void
vm_duration_format(long long int ms, struct ds *s)
{
    long long int seconds = ms / 1000;

    if (ms < 100 * 1000) {
        ds_put_format(s, "%lld.%lld s", MAX(ms, 0) / 1000,
                      MAX(ms, 0) / 100 % 10);
    } else if (seconds < 100 * 60) {
        ds_put_format(s, "%lld min", seconds / 60);
    } else if (seconds < 48 * 60 * 60) {
        ds_put_format(s, "%lld h", seconds / (60 * 60));
    } else {
        ds_put_format(s, "%lld d", seconds / (24 * 60 * 60));
    }
}

/* Wishes. */

static bool
wish_names(const struct vm_wish *wish, const char *name, size_t length)
{
    for (size_t i = 0; i < wish->n; i++) {
        if (strlen(wish->names[i]) == length
            && !memcmp(wish->names[i], name, length)) {
            return true;
        }
    }
    return false;
}

/* Starts one more sentence in 'complaint'. */
static void
complain(struct ds *complaint)
{
    if (complaint->length) {
        ds_put_cstr(complaint, ", ");
    }
}

/* Takes the one name of 'length' bytes at 'name' into 'wish'. */
static void
wish_take(struct vm_wish *wish, const char *name, size_t length,
          struct ds *complaint)
{
    while (length && isspace((unsigned char) name[0])) {
        name++;
        length--;
    }
    while (length && isspace((unsigned char) name[length - 1])) {
        length--;
    }

    if (!length) {
        complain(complaint);
        ds_put_cstr(complaint, "empty name ignored");
    } else if (wish->any) {
        complain(complaint);
        ds_put_format(complaint, "%.*s after * ignored", (int) length, name);
    } else if (length == 1 && *name == '*') {
        wish->any = true;
    } else if (wish_names(wish, name, length)) {
        complain(complaint);
        ds_put_format(complaint, "second %.*s ignored", (int) length, name);
    } else if (wish->n >= VM_MAX_WISH) {
        complain(complaint);
        ds_put_format(complaint, "%.*s ignored as there are %d before it",
                      (int) length, name, VM_MAX_WISH);
    } else {
        wish->names = xrealloc(wish->names,
                               (wish->n + 1) * sizeof *wish->names);
        wish->names[wish->n++] = xmemdup0(name, length);
    }
}

bool
vm_wish_from_string(const char *s, struct vm_wish *wish, struct ds *complaint)
{
    struct vm_wish new_wish = VM_WISH_INITIALIZER;
    size_t old_length = complaint->length;

    for (;;) {
        size_t length = strcspn(s, ",");

        wish_take(&new_wish, s, length, complaint);
        if (!s[length]) {
            break;
        }
        s += length + 1;
    }
    if (!new_wish.n && !new_wish.any) {
        ds_truncate(complaint, old_length);
        return false;
    }
    vm_wish_destroy(wish);
    *wish = new_wish;
    return true;
}

bool
vm_wish_equal(const struct vm_wish *a, const struct vm_wish *b)
{
    if (a->n != b->n || a->any != b->any) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        if (strcmp(a->names[i], b->names[i])) {
            return false;
        }
    }
    return true;
}

void
vm_wish_clone(struct vm_wish *dst, const struct vm_wish *src)
{
    dst->n = src->n;
    dst->any = src->any;
    dst->names = src->n ? xmalloc(src->n * sizeof *dst->names) : NULL;
    for (size_t i = 0; i < src->n; i++) {
        dst->names[i] = xstrdup(src->names[i]);
    }
}

void
vm_wish_destroy(struct vm_wish *wish)
{
    for (size_t i = 0; i < wish->n; i++) {
        free(wish->names[i]);
    }
    free(wish->names);
    wish->names = NULL;
    wish->n = 0;
    wish->any = false;
}

void
vm_wish_format(const struct vm_wish *wish, struct ds *s)
{
    for (size_t i = 0; i < wish->n; i++) {
        ds_put_format(s, "%s%s", i ? "," : "", wish->names[i]);
    }
    if (wish->any) {
        ds_put_cstr(s, wish->n ? ",*" : "*");
    }
}

/* Outcomes. */

static const char *const outcome_words[VM_N_OUTCOMES] = {
    [VM_OUTCOME_FORWARD] = "forward",
    [VM_OUTCOME_DROP] = "drop",
    [VM_OUTCOME_SUSPEND] = "suspend",
    [VM_OUTCOME_MIGRATE] = "migrate",
};

const char *
vm_outcome_to_string(enum vm_outcome outcome)
{
    return outcome_words[outcome];
}

bool
vm_outcome_from_string(const char *s, enum vm_outcome *outcome)
{
    for (size_t i = 0; i < VM_N_OUTCOMES; i++) {
        if (!strcmp(s, outcome_words[i])) {
            *outcome = i;
            return true;
        }
    }
    return false;
}
