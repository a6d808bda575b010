/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "agent-types.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

/* The mark as an element of the domain's metadata:
 *
 *   <request action='suspend' id='7a1c-12' suspended='7a1c-12'/>
 */

/* Characters that an attribute cannot hold as they are. */
static const struct {
    char c;
    const char *entity;
} entities[] = {
    { '&', "&amp;" },
    { '<', "&lt;" },
    { '>', "&gt;" },
    { '\'', "&apos;" },
    { '"', "&quot;" },
};

void
agent_mark_clone(struct agent_mark *to, const struct agent_mark *from)
{
    to->request = from->request;
    to->id = nullable_xstrdup(from->id);
    to->suspended = nullable_xstrdup(from->suspended);
    to->target = nullable_xstrdup(from->target);
}

void
agent_mark_destroy(struct agent_mark *mark)
{
    free(mark->id);
    free(mark->suspended);
    free(mark->target);
    memset(mark, 0, sizeof *mark);
}

static void
put_char(struct ds *s, char c)
{
    for (size_t i = 0; i < ARRAY_SIZE(entities); i++) {
        if (entities[i].c == c) {
            ds_put_cstr(s, entities[i].entity);
            return;
        }
    }
    ds_put_char(s, c);
}

static void
put_attribute(struct ds *s, const char *name, const char *value)
{
    if (value) {
        ds_put_format(s, " %s='", name);
        for (; *value; value++) {
            put_char(s, *value);
        }
        ds_put_char(s, '\'');
    }
}

/* Returns the text of a mark, which the caller frees. */
char *
agent_mark_to_xml(const struct agent_mark *mark)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&s, "<request");
    put_attribute(&s, "action", agent_request_to_string(mark->request));
    put_attribute(&s, "id", mark->id);
    put_attribute(&s, "suspended", mark->suspended);
    put_attribute(&s, "target", mark->target);
    ds_put_cstr(&s, "/>");
    return ds_steal_cstr(&s);
}

/* Appends the character that 'p' begins with and returns what is behind. */
static const char *
take_char(struct ds *s, const char *p)
{
    for (size_t i = 0; i < ARRAY_SIZE(entities); i++) {
        size_t n = strlen(entities[i].entity);

        if (!strncmp(p, entities[i].entity, n)) {
            ds_put_char(s, entities[i].c);
            return p + n;
        }
    }
    ds_put_char(s, *p);
    return p + 1;
}

/* Returns the value of an attribute of the element that 'xml' begins with,
 * which the caller frees, or null. */
char *
agent_xml_attribute(const char *xml, const char *name)
{
    size_t n = strlen(name);

    for (const char *p = xml; (p = strstr(p, name)); p++) {
        char quote = p[n] == '=' ? p[n + 1] : '\0';
        char before = p > xml ? *(p - 1) : '\0';

        if (strchr(" \n\t", before) && before
            && (quote == '\'' || quote == '"')) {
            struct ds s = DS_EMPTY_INITIALIZER;

            p += n + 2;
            while (*p && *p != quote) {
                p = take_char(&s, p);
            }
            return ds_steal_cstr(&s);
        }
    }
    return NULL;
}

/* Reads a mark from the text that libvirt gives back.  Returns false, and no
 * mark, if there is none in it. */
bool
agent_mark_from_xml(struct agent_mark *mark, const char *xml)
{
    char *action = agent_xml_attribute(xml, "action");

    memset(mark, 0, sizeof *mark);
    if (action && agent_request_from_string(action, &mark->request)
        && mark->request != AGENT_NONE) {
        mark->id = agent_xml_attribute(xml, "id");
        mark->suspended = agent_xml_attribute(xml, "suspended");
        mark->target = agent_xml_attribute(xml, "target");
    }
    free(action);
    if (!mark->id) {
        agent_mark_destroy(mark);
    }
    return mark->request != AGENT_NONE;
}
