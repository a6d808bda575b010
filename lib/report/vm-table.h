/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_TABLE_H
#define VM_TABLE_H 1

/* Tables of fields, and the walkers that print them as text or JSON.
 *
 * The reported properties of an object (a member, a VM, an entry of a journal)
 * are an array of fields.  A field is a name in JSON, a heading in text, a
 * kind of value and a getter.  A getter never formats: the kind determines the
 * unit and the format.
 *
 * The module knows no type of object.  It prints "none" (null in JSON) for an
 * absent value, and "true" or "false" for a truth value.
 *
 * A text table owns its cells until vm_text_destroy().
 *
 * Thread-safety: safe for any thread with its own tables and objects. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ds;
struct json;

enum vm_value_kind {
    VM_KIND_TEXT,
    VM_KIND_TRUTH,
    VM_KIND_NUMBER,
    VM_KIND_RATE,               /* bit/s. */
    VM_KIND_BYTES,
    VM_KIND_PPM,                /* Parts per million; in text, percent. */
    VM_KIND_DURATION,           /* ms. */
    VM_KIND_AGO                 /* Age in ms. */
};

/* A value, absent until it is set. */
struct vm_value {
    bool present;
    uint64_t number;            /* TRUTH: 0 or 1. */
    const char *text;           /* TEXT: a string that outlives the value... */
    char *owned;                /* ...or that the value owns. */
};

void vm_value_set_text(struct vm_value *, const char *); /* Null: absent. */
void vm_value_set_owned(struct vm_value *, char *text);
void vm_value_set_number(struct vm_value *, uint64_t);

struct vm_field {
    const char *path;           /* Name in JSON; null: not in JSON. */
    const char *heading;        /* Column in text; null: not in text;
                                 * VM_JOIN: see below. */
    enum vm_value_kind kind;
    void (*get)(const void *thing, struct vm_value *);
};

/* Heading of a field that is printed in the column of the field before it,
 * behind that.  If it is absent, nothing is printed. */
#define VM_JOIN "+"

/* The end of an array of fields. */
#define VM_FIELDS_END { NULL, NULL, VM_KIND_TEXT, NULL }

/* Begins the definition of the getter NAME, which sets 'value' from THING, of
 * type "const struct TYPE *". */
#define VM_GETTER(NAME, TYPE, THING)                                    \
    static void NAME##__(const struct TYPE *, struct vm_value *);       \
    static void                                                         \
    NAME(const void *thing, struct vm_value *value)                     \
    {                                                                   \
        NAME##__(thing, value);                                         \
    }                                                                   \
    static void                                                         \
    NAME##__(const struct TYPE *THING, struct vm_value *value)

/* Returns 'text' as in the database, except that JSON is always UTF-8:
 * otherwise no program could read it. */
struct json *vm_text_to_json(const char *text);

/* Returns a JSON object with all fields of 'thing' that have a path. */
struct json *vm_fields_to_json(const struct vm_field *, const void *thing);

/* Adds these fields to an existing JSON object. */
void vm_fields_put_json(struct json *object, const struct vm_field *,
                        const void *thing);

/* A table of text, aligned when it is printed.  Its columns are the headings
 * of the fields passed to vm_text_init().  A row of other fields fills the
 * columns that have the same heading and leaves the others empty.  The first
 * cell of a row is indented by 'indent' spaces. */
struct vm_text {
    char **cells;               /* Row after row, headings first. */
    size_t allocated;           /* Cells. */
    size_t n_columns, n_rows;
};

void vm_text_init(struct vm_text *, const struct vm_field *);
void vm_text_add(struct vm_text *, const struct vm_field *, const void *thing,
                 size_t indent);

/* Fills more cells of the row that was added last. */
void vm_text_add_more(struct vm_text *, const struct vm_field *,
                      const void *thing);
void vm_text_destroy(struct vm_text *);

/* Appends the table; each line begins with 'indent' spaces. */
void vm_text_format(const struct vm_text *, size_t indent, struct ds *);

#endif /* vm-table.h */
