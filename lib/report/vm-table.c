/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-table.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/vm-utf8.h"
#include "base/vm-value.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/util.h"
#include "util.h"

/* Values. */

void
vm_value_set_text(struct vm_value *value, const char *text)
{
    value->present = text != NULL;
    value->text = text;
}

void
vm_value_set_owned(struct vm_value *value, char *text)
{
    vm_value_set_text(value, text);
    value->owned = text;
}

void
vm_value_set_number(struct vm_value *value, uint64_t number)
{
    value->present = true;
    value->number = number;
}

static void
get(const struct vm_field *field, const void *thing, struct vm_value *value)
{
    memset(value, 0, sizeof *value);
    field->get(thing, value);
}

/* JSON. */

struct json *
vm_text_to_json(const char *text)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (vm_utf8_is_valid(text)) {
        return json_string_create(text);
    }
    vm_utf8_append(text, SIZE_MAX, &s);
    return json_string_create_nocopy(ds_steal_cstr(&s));
}

static struct json *
value_to_json(const struct vm_value *value, enum vm_value_kind kind)
{
    if (!value->present) {
        return json_null_create();
    }
    switch (kind) {
    case VM_KIND_TEXT:
        return vm_text_to_json(value->text);

    case VM_KIND_TRUTH:
        return json_boolean_create(value->number);

    case VM_KIND_NUMBER:
    case VM_KIND_RATE:
    case VM_KIND_BYTES:
    case VM_KIND_PPM:
    case VM_KIND_DURATION:
    case VM_KIND_AGO:
        return json_integer_create(MIN(value->number, LLONG_MAX));

    default:
        OVS_NOT_REACHED();
    }
}

void
vm_fields_put_json(struct json *object, const struct vm_field *fields,
                   const void *thing)
{
    for (const struct vm_field *field = fields; field->get; field++) {
        if (field->path) {
            struct vm_value value;

            get(field, thing, &value);
            json_object_put(object, field->path,
                            value_to_json(&value, field->kind));
            free(value.owned);
        }
    }
}

struct json *
vm_fields_to_json(const struct vm_field *fields, const void *thing)
{
    struct json *object = json_object_create();

    vm_fields_put_json(object, fields, thing);
    return object;
}

/* Text. */

/* Returns 'ppm' in percent, rounded to the nearest integer. */
static uint64_t
percent(uint64_t ppm)
{
    return ppm / 10000 + (ppm % 10000 >= 5000);
}

static void
value_to_text(const struct vm_value *value, enum vm_value_kind kind,
              struct ds *s)
{
    switch (kind) {
    case VM_KIND_TEXT:
        vm_utf8_append(value->text, SIZE_MAX, s);
        break;
    case VM_KIND_TRUTH:
        ds_put_cstr(s, value->number ? "true" : "false");
        break;
    case VM_KIND_NUMBER:
        ds_put_format(s, "%"PRIu64, value->number);
        break;
    case VM_KIND_RATE:
        vm_rate_format(value->number, s);
        break;
    case VM_KIND_BYTES:
        vm_bytes_format(value->number, s);
        break;
    case VM_KIND_PPM:
        ds_put_format(s, "%"PRIu64"%%", percent(value->number));
        break;
    case VM_KIND_DURATION:
        vm_duration_format(value->number, s);
        break;
    case VM_KIND_AGO:
        vm_duration_format(value->number, s);
        ds_put_cstr(s, " ago");
        break;
    default:
        OVS_NOT_REACHED();
    }
}

static bool
is_join(const struct vm_field *field)
{
    return field->heading && !strcmp(field->heading, VM_JOIN);
}

/* Returns the next field at or after 'field' that begins a column, or null. */
static const struct vm_field *
next_column(const struct vm_field *field)
{
    while (field->get && (!field->heading || is_join(field))) {
        field++;
    }
    return field->get ? field : NULL;
}

/* Appends the text of the column that begins with 'field'. */
static void
format_column(const struct vm_field *field, const void *thing, struct ds *s)
{
    struct vm_value value;

    get(field, thing, &value);
    if (value.present) {
        value_to_text(&value, field->kind, s);
    } else {
        ds_put_cstr(s, "none");
    }
    free(value.owned);

    for (field++; field->get && is_join(field); field++) {
        get(field, thing, &value);
        if (value.present) {
            ds_put_char(s, ' ');
            value_to_text(&value, field->kind, s);
        }
        free(value.owned);
    }
}

/* Adds a row of empty cells and returns the first cell. */
static char **
add_row(struct vm_text *text)
{
    size_t n = text->n_rows++ * text->n_columns;

    if (n + text->n_columns > text->allocated) {
        text->allocated = 2 * (n + text->n_columns);
        text->cells = xrealloc(text->cells,
                               text->allocated * sizeof *text->cells);
    }
    memset(&text->cells[n], 0, text->n_columns * sizeof *text->cells);
    return &text->cells[n];
}

void
vm_text_init(struct vm_text *text, const struct vm_field *fields)
{
    memset(text, 0, sizeof *text);
    for (const struct vm_field *f = next_column(fields); f;
         f = next_column(f + 1)) {
        text->n_columns++;
    }

    char **cell = add_row(text);
    for (const struct vm_field *f = next_column(fields); f;
         f = next_column(f + 1)) {
        *cell++ = xstrdup(f->heading);
    }
}

/* Returns the index of the column with that heading, or 'text->n_columns'.
 * Looks at number 'guess' first. */
static size_t
find_column(const struct vm_text *text, const char *heading, size_t guess)
{
    if (guess < text->n_columns && !strcmp(text->cells[guess], heading)) {
        return guess;
    }
    for (size_t i = 0; i < text->n_columns; i++) {
        if (!strcmp(text->cells[i], heading)) {
            return i;
        }
    }
    return text->n_columns;
}

/* Fills cells of the last row; the first column is indented. */
static void
fill_row(struct vm_text *text, const struct vm_field *fields,
         const void *thing, size_t indent)
{
    char **row = &text->cells[(text->n_rows - 1) * text->n_columns];
    size_t i = 0;

    for (const struct vm_field *f = next_column(fields); f;
         f = next_column(f + 1)) {
        size_t column = find_column(text, f->heading, i);

        if (column < text->n_columns) {
            struct ds s = DS_EMPTY_INITIALIZER;

            ds_put_char_multiple(&s, ' ', column ? 0 : indent);
            format_column(f, thing, &s);
            free(row[column]);
            row[column] = ds_steal_cstr(&s);
            i = column + 1;
        }
    }
}

void
vm_text_add(struct vm_text *text, const struct vm_field *fields,
            const void *thing, size_t indent)
{
    add_row(text);
    fill_row(text, fields, thing, indent);
}

void
vm_text_add_more(struct vm_text *text, const struct vm_field *fields,
                 const void *thing)
{
    fill_row(text, fields, thing, 0);
}

void
vm_text_destroy(struct vm_text *text)
{
    for (size_t i = 0; i < text->n_rows * text->n_columns; i++) {
        free(text->cells[i]);
    }
    free(text->cells);
    text->cells = NULL;
    text->n_rows = 0;
}

/* Returns the number of characters in UTF-8 text.  Each is assumed to take one
 * column of the screen. */
static size_t
width(const char *s)
{
    size_t n = 0;

    for (; s && *s; s++) {
        n += (*s & 0xc0) != 0x80;
    }
    return n;
}

void
vm_text_format(const struct vm_text *text, size_t indent, struct ds *s)
{
    size_t *widths = xcalloc(text->n_columns, sizeof *widths);
    size_t n_cells = text->n_rows * text->n_columns;

    for (size_t i = 0; i < n_cells; i++) {
        size_t column = i % text->n_columns;

        widths[column] = MAX(widths[column], width(text->cells[i]));
    }
    for (size_t i = 0; i < n_cells; i++) {
        size_t column = i % text->n_columns;
        const char *cell = text->cells[i];

        ds_put_char_multiple(s, ' ', column ? 2 : indent);
        ds_put_cstr(s, cell ? cell : "");
        if (column + 1 < text->n_columns) {
            ds_put_char_multiple(s, ' ', widths[column] - width(cell));
        } else {
            while (ds_chomp(s, ' ')) {
                continue;
            }
            ds_put_char(s, '\n');
        }
    }
    free(widths);
}
