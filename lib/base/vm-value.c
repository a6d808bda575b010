/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "base/vm-value.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vm-utf8.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/util.h"
#include "util.h"

/* Numbers. */

/* Appends 'digit' to the decimal number '*value' and returns true.  If the
 * result would be UINT64_MAX or more, returns false instead. */
static bool
append_digit(uint64_t *value, unsigned int digit)
{
    if (*value > (UINT64_MAX - 1 - digit) / 10) {
        return false;
    }
    *value = *value * 10 + digit;
    return true;
}

/* Returns the power of 10 that 'suffix' stands for, or -1 if it is no
 * suffix. */
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

/* Appends '.' and the three digits of 'thousandths' without trailing zeros. */
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

/* Appends 'number', rounded to a tenth, with the largest prefix of 'unit' that
 * leaves at least one digit before the point. */
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

uint64_t
vm_rate_cap(uint64_t bps)
{
    return MIN(bps, VM_RATE_CEILING);
}

uint64_t
vm_rate_add(uint64_t a, uint64_t b)
{
    return a > VM_RATE_NONE - b ? VM_RATE_NONE : a + b;
}

uint64_t
vm_take_part(uint64_t whole, uint64_t part, uint64_t sum)
{
    while (sum >> 32) {
        sum >>= 1;
        part >>= 1;
    }
    return whole / sum * part + whole % sum * part / sum;
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

/* Preferences. */

static bool
pref_names(const struct vm_pref *pref, const char *name, size_t length)
{
    for (size_t i = 0; i < pref->n; i++) {
        if (strlen(pref->names[i]) == length
            && !memcmp(pref->names[i], name, length)) {
            return true;
        }
    }
    return false;
}

/* Appends to 'complaint' that the name of 'length' bytes at 'name' is ignored;
 * 'before' and 'after' say why. */
static void
complain(const char *before, const char *name, size_t length,
         const char *after, struct ds *complaint)
{
    char *copy = xmemdup0(name, length);

    ds_put_format(complaint, "%s%s", complaint->length ? ", " : "", before);
    vm_utf8_append(copy, VM_UTF8_MAX_SHOWN, complaint);
    ds_put_cstr(complaint, after);
    free(copy);
}

/* Adds the name of 'length' bytes at 'name', or "*", to 'pref'.  Appends to
 * 'complaint' why a name is ignored. */
static void
pref_add(struct vm_pref *pref, const char *name, size_t length,
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
        complain("empty name", "", 0, " ignored", complaint);
    } else if (pref->any) {
        complain("", name, length, " after * ignored", complaint);
    } else if (length == 1 && *name == '*') {
        pref->any = true;
    } else if (pref_names(pref, name, length)) {
        complain("second ", name, length, " ignored", complaint);
    } else if (pref->n >= VM_MAX_PREF) {
        complain("", name, length, " ignored as there are "
                 OVS_STRINGIZE(VM_MAX_PREF) " before it", complaint);
    } else {
        pref->names = xrealloc(pref->names,
                               (pref->n + 1) * sizeof *pref->names);
        pref->names[pref->n++] = xmemdup0(name, length);
    }
}

bool
vm_pref_from_string(const char *s, struct vm_pref *pref, struct ds *complaint)
{
    struct vm_pref new_pref = VM_PREF_INITIALIZER;
    size_t old_length = complaint->length;

    for (;;) {
        size_t length = strcspn(s, ",");

        pref_add(&new_pref, s, length, complaint);
        if (!s[length]) {
            break;
        }
        s += length + 1;
    }
    if (!new_pref.n && !new_pref.any) {
        ds_truncate(complaint, old_length);
        return false;
    }
    vm_pref_destroy(pref);
    *pref = new_pref;
    return true;
}

bool
vm_pref_equal(const struct vm_pref *a, const struct vm_pref *b)
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
vm_pref_clone(struct vm_pref *dst, const struct vm_pref *src)
{
    dst->n = src->n;
    dst->any = src->any;
    dst->names = src->n ? xmalloc(src->n * sizeof *dst->names) : NULL;
    for (size_t i = 0; i < src->n; i++) {
        dst->names[i] = xstrdup(src->names[i]);
    }
}

void
vm_pref_destroy(struct vm_pref *pref)
{
    for (size_t i = 0; i < pref->n; i++) {
        free(pref->names[i]);
    }
    free(pref->names);
    pref->names = NULL;
    pref->n = 0;
    pref->any = false;
}

void
vm_pref_format(const struct vm_pref *pref, struct ds *s)
{
    for (size_t i = 0; i < pref->n; i++) {
        ds_put_format(s, "%s%s", i ? "," : "", pref->names[i]);
    }
    if (pref->any) {
        ds_put_cstr(s, pref->n ? ",*" : "*");
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
