/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "base/vm-utf8.h"

#include <stdint.h>

#include "openvswitch/dynamic-string.h"

/* Returns the number of bytes of the character at 's', and stores it in '*c'.
 * Returns 0 if there is no character: a stray or missing continuation byte, a
 * longer form than necessary, a surrogate, or a number above U+10FFFF. */
static size_t
decode(const char *s, uint32_t *c)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    unsigned char first = *s;
    size_t n = (first < 0x80 ? 1
                : first < 0xc0 ? 0
                : first < 0xe0 ? 2
                : first < 0xf0 ? 3
                : first < 0xf8 ? 4 : 0);

    *c = n > 1 ? first & (0x7f >> n) : first;
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
        *c = *c << 6 | (s[i] & 0x3f);
    }
    return (*c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff)
            ? 0 : n);
}

static bool
is_control(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        { 0, 0x1f },            /* C0. */
        { 0x7f, 0x9f },         /* Delete, C1. */
        { 0x61c, 0x61c },       /* Arabic letter mark. */
        { 0x200e, 0x200f },     /* Left-to-right and right-to-left mark. */
        { 0x2028, 0x202e },     /* Separators, embeddings, overrides. */
        { 0x2066, 0x2069 },     /* Isolates. */
    };

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (c >= ranges[i].first && c <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

const char *
vm_utf8_complaint(const char *text)
{
    const char *complaint = NULL;
    uint32_t c;

    for (size_t n; *text; text += n) {
        n = decode(text, &c);
        if (!n) {
            return "is not UTF-8";
        } else if (is_control(c)) {
            complaint = "contains control characters";
        }
    }
    return complaint;
}

bool
vm_utf8_is_valid(const char *text)
{
    uint32_t c;

    for (size_t n; *text; text += n) {
        n = decode(text, &c);
        if (!n) {
            return false;
        }
    }
    return true;
}

/* Returns the number of printable ASCII characters with which 'text' begins,
 * but at most 'max'. */
static size_t
count_plain(const char *text, size_t max)
{
    size_t n = 0;

    while (n < max && text[n] >= ' ' && text[n] <= '~') {
        n++;
    }
    return n;
}

void
vm_utf8_append(const char *text, size_t max, struct ds *s)
{
    size_t shown = 0;
    uint32_t c;

    for (;;) {
        size_t plain = count_plain(text, max - shown);

        ds_put_buffer(s, text, plain);
        shown += plain;
        text += plain;
        if (!*text) {
            break;
        }

        size_t n = decode(text, &c);
        size_t step = n ? n : 1;

        if (shown + step > max) {
            ds_put_cstr(s, "...");
            break;
        }
        if (!n || is_control(c)) {
            ds_put_char(s, '?');
        } else {
            ds_put_buffer(s, text, n);
        }
        shown += step;
        text += step;
    }
}
