/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "agent-choice.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/vm-value.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Returns where the remote of the database begins, behind the last "=" that a
 * kind of remote follows, or null. */
static char *
find_remote(char *item)
{
    static const char *const kinds[] = { "ssl:", "tcp:", "unix:" };

    char *p = item + strlen(item);

    while ((p = memrchr(item, '=', p - item))) {
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
            if (!strncmp(p + 1, kinds[i], strlen(kinds[i]))) {
                return p + 1;
            }
        }
    }
    return NULL;
}

/* Reads a list of candidates.  Returns their number; the caller destroys
 * them. */
size_t
agent_candidates_parse(const char *list, struct agent_candidate **candidates)
{
    char *copy = xstrdup(list);
    char *save = NULL;
    size_t n = 0, allocated = 0;

    *candidates = NULL;
    for (char *item = strtok_r(copy, " \t\n", &save); item;
         item = strtok_r(NULL, " \t\n", &save)) {
        char *remote = find_remote(item);

        if (n >= allocated) {
            *candidates = x2nrealloc(*candidates, &allocated,
                                     sizeof **candidates);
        }
        struct agent_candidate *c = &(*candidates)[n++];
        memset(c, 0, sizeof *c);
        c->uri = remote ? xmemdup0(item, remote - 1 - item) : xstrdup(item);
        c->ovsdb = nullable_xstrdup(remote);
        c->state = remote ? AGENT_HOST_UNREACHABLE : AGENT_HOST_UNKNOWN;
    }
    free(copy);
    return n;
}

void
agent_candidates_destroy(struct agent_candidate *candidates, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(candidates[i].uri);
        free(candidates[i].ovsdb);
        free(candidates[i].detail);
    }
    free(candidates);
}

static bool
is_feasible(const struct agent_candidate *c, uint64_t guarantee)
{
    return c->state == AGENT_HOST_UNKNOWN
           || (c->state == AGENT_HOST_USABLE && c->room >= guarantee);
}

/* Returns true if 'a' is better than 'b', both feasible. */
static bool
is_better(const struct agent_candidate *a, const struct agent_candidate *b)
{
    if (a->state != b->state) {
        return a->state == AGENT_HOST_USABLE;
    } else if (a->state == AGENT_HOST_USABLE && a->room != b->room) {
        return a->room > b->room;
    }
    return strcmp(a->uri, b->uri) < 0;
}

/* Says why a candidate is not feasible. */
static void
explain(const struct agent_candidate *c, uint64_t guarantee, struct ds *s)
{
    ds_put_format(s, "%s%s: ", s->length ? "; " : "", c->uri);
    if (c->state == AGENT_HOST_UNREACHABLE) {
        ds_put_format(s, "its database %s is not reachable", c->ovsdb);
    } else if (c->state == AGENT_HOST_NO_BOND) {
        ds_put_cstr(s, "it has no vm-aware bond that says vm_aware_room");
    } else if (c->state == AGENT_HOST_UNUSABLE) {
        ds_put_cstr(s, "its bond is drained or has no usable member");
    } else {
        ds_put_cstr(s, "it has room for ");
        vm_rate_format(c->room, s);
        ds_put_cstr(s, ", the VM needs ");
        vm_rate_format(guarantee, s);
    }
    if (c->detail) {
        ds_put_format(s, " (%s)", c->detail);
    }
}

/* Returns the best candidate for a VM with this guarantee.  If there is none,
 * returns null, why in '*why', which the caller frees, and in '*wait' whether
 * one may still come when its database is connected. */
const struct agent_candidate *
agent_choose(const struct agent_candidate *candidates, size_t n,
             uint64_t guarantee, char **why, bool *wait)
{
    const struct agent_candidate *best = NULL;
    struct ds s = DS_EMPTY_INITIALIZER;

    *wait = false;
    *why = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct agent_candidate *c = &candidates[i];

        if (!is_feasible(c, guarantee)) {
            explain(c, guarantee, &s);
            *wait |= c->state == AGENT_HOST_UNREACHABLE;
        } else if (!best || is_better(c, best)) {
            best = c;
        }
    }
    if (best) {
        ds_destroy(&s);
    } else if (!n) {
        *why = xstrdup("no target: neither external_ids:vm-migrate-targets "
                       "of Open_vSwitch nor --migrate-to names one");
    } else {
        *why = xasprintf("no target: %s", ds_cstr(&s));
        ds_destroy(&s);
    }
    return best;
}
