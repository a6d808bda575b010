/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "agent-target.h"

#include <stdlib.h>
#include <string.h>

#include "base/vm-value.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "smap.h"
#include "util.h"
#include "vswitch-idl.h"

VLOG_DEFINE_THIS_MODULE(agent_target);

struct agent_targets {
    char *list;                 /* What the candidates come from, or null. */
    struct agent_candidate *candidates;
    struct ovsdb_idl **idls;    /* One each, null if it has no database. */
    size_t n;
};

struct agent_targets *
agent_targets_create(void)
{
    return xzalloc(sizeof(struct agent_targets));
}

static void
clear(struct agent_targets *targets)
{
    for (size_t i = 0; i < targets->n; i++) {
        ovsdb_idl_destroy(targets->idls[i]);
    }
    agent_candidates_destroy(targets->candidates, targets->n);
    free(targets->idls);
    free(targets->list);
    memset(targets, 0, sizeof *targets);
}

void
agent_targets_destroy(struct agent_targets *targets)
{
    clear(targets);
    free(targets);
}

static struct ovsdb_idl *
open_database(const char *remote)
{
    struct ovsdb_idl *idl = ovsdb_idl_create(remote, &ovsrec_idl_class, false,
                                             true);

    ovsdb_idl_set_leader_only(idl, false);
    ovsdb_idl_add_table(idl, &ovsrec_table_port);
    ovsdb_idl_add_column(idl, &ovsrec_port_col_name);
    ovsdb_idl_add_column(idl, &ovsrec_port_col_status);
    ovsdb_idl_add_table(idl, &ovsrec_table_interface);
    ovsdb_idl_add_column(idl, &ovsrec_interface_col_name);
    ovsdb_idl_add_column(idl, &ovsrec_interface_col_external_ids);
    ovsdb_idl_add_column(idl, &ovsrec_interface_col_status);
    return idl;
}

/* Makes the candidates those of 'list', which may be null. */
void
agent_targets_set(struct agent_targets *targets, const char *list)
{
    if (nullable_string_is_equal(list, targets->list)) {
        return;
    }
    clear(targets);
    targets->list = nullable_xstrdup(list);
    targets->n = agent_candidates_parse(list ? list : "",
                                        &targets->candidates);
    targets->idls = xcalloc(targets->n + 1, sizeof *targets->idls);
    for (size_t i = 0; i < targets->n; i++) {
        const struct agent_candidate *c = &targets->candidates[i];

        if (c->ovsdb) {
            targets->idls[i] = open_database(c->ovsdb);
        }
        VLOG_INFO("VMs may be migrated to %s, database %s", c->uri,
                  c->ovsdb ? c->ovsdb : "none");
    }
}

void
agent_targets_run(struct agent_targets *targets)
{
    for (size_t i = 0; i < targets->n; i++) {
        if (targets->idls[i]) {
            ovsdb_idl_run(targets->idls[i]);
        }
    }
}

void
agent_targets_wait(struct agent_targets *targets)
{
    for (size_t i = 0; i < targets->n; i++) {
        if (targets->idls[i]) {
            ovsdb_idl_wait(targets->idls[i]);
        }
    }
}

/* Adds what one port says of the room of its host. */
static void
read_port(struct agent_candidate *c, const struct ovsrec_port *port)
{
    const char *room = smap_get(&port->status, "vm_aware_room");
    const char *usable = smap_get(&port->status, "vm_aware_usable");
    const char *state = smap_get_def(&port->status, "vm_aware_state", "");
    uint64_t bps;

    if (!room || !vm_number_from_string(room, &bps)) {
        return;
    }
    if ((usable && !strcmp(usable, "0")) || !strcmp(state, "drained")
        || !strcmp(state, "lost")) {
        if (c->state != AGENT_HOST_USABLE) {
            c->state = AGENT_HOST_UNUSABLE;
            free(c->detail);
            c->detail = xasprintf("%s: %s", port->name,
                                  *state ? state : "no usable member");
        }
        return;
    }
    free(c->detail);
    c->detail = NULL;
    c->room = c->state == AGENT_HOST_USABLE ? MAX(c->room, bps) : bps;
    c->state = AGENT_HOST_USABLE;
}

static void
read_database(struct agent_candidate *c, const struct ovsdb_idl *idl)
{
    const struct ovsrec_port *port;

    free(c->detail);
    c->detail = NULL;
    if (!ovsdb_idl_is_connected(idl) || !ovsdb_idl_has_ever_connected(idl)) {
        int error = ovsdb_idl_get_last_error(idl);

        c->state = AGENT_HOST_UNREACHABLE;
        c->detail = error ? xstrdup(ovs_retval_to_string(error)) : NULL;
        return;
    }
    c->state = AGENT_HOST_NO_BOND;
    OVSREC_PORT_FOR_EACH (port, idl) {
        read_port(c, port);
    }
}

/* Returns the candidates with what their databases say at present. */
const struct agent_candidate *
agent_targets_candidates(struct agent_targets *targets, size_t *n)
{
    for (size_t i = 0; i < targets->n; i++) {
        if (targets->idls[i]) {
            read_database(&targets->candidates[i], targets->idls[i]);
        }
    }
    *n = targets->n;
    return targets->candidates;
}

/* As agent_choose(). */
const struct agent_candidate *
agent_targets_choose(struct agent_targets *targets, uint64_t guarantee,
                     char **why, bool *wait)
{
    size_t n;
    const struct agent_candidate *all = agent_targets_candidates(targets, &n);

    return agent_choose(all, n, guarantee, why, wait);
}

/* Returns why the host 'uri' does not take a VM that is on its way to it, or
 * null if it does or says nothing. */
char *
agent_targets_refusal(struct agent_targets *targets, const char *uri,
                      const char *uuid)
{
    const struct ovsrec_interface *row;
    size_t i;

    for (i = 0; i < targets->n; i++) {
        if (!strcmp(targets->candidates[i].uri, uri)) {
            break;
        }
    }
    if (i == targets->n || !targets->idls[i]) {
        return NULL;
    }
    OVSREC_INTERFACE_FOR_EACH (row, targets->idls[i]) {
        const char *id = smap_get(&row->external_ids, "vm-id");
        const char *member = smap_get(&row->status, "vm_aware_uplink");

        if (id && member && !strcmp(id, uuid) && !strcmp(member, "none")) {
            return xasprintf("%s has no member for the VM: %s", uri,
                             smap_get_def(&row->status, "vm_aware_reason",
                                          "no reason given"));
        }
    }
    return NULL;
}
