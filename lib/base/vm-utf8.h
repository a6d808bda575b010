/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_UTF8_H
#define VM_UTF8_H 1

/* Text from the database, of which a message, a table or JSON shows a part.
 *
 * Such text may contain anything.  What is shown of it is valid UTF-8, on one
 * line, without control characters: those of ASCII, those from U+0080 to
 * U+009F, line and paragraph separators, and those that change the direction
 * of text, with which a name can make a line of a log say something else.
 *
 * The module does not normalize: texts of different bytes are different.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include <stdbool.h>
#include <stddef.h>

struct ds;

/* Returns what makes 'text' unfit for a name, "contains control characters" or
 * "is not UTF-8", or null. */
const char *vm_utf8_complaint(const char *text);

bool vm_utf8_is_valid(const char *text);

/* Appends 'text', with "?" in place of each control character and of each byte
 * that is not part of a character.  Of more than 'max' bytes, appends the
 * characters that fit, and "...". */
void vm_utf8_append(const char *text, size_t max, struct ds *);

/* The most bytes of a value in a message. */
#define VM_UTF8_MAX_SHOWN 80

#endif /* vm-utf8.h */
