/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-host.h"

#include <string.h>

#include "engine/vm-engine.h"
#include "smap.h"
#include "util.h"
#include "uuid.h"
#include "vm-aware-status.h"

struct ovs_list vm_aware_bonds = OVS_LIST_INITIALIZER(&vm_aware_bonds);

/* What the bonds that are gone have added to get_seqno(), and one for each
 * bond that came or went. */
static unsigned int past_changes;

/* Interface name to "struct uuid *" of its row. */
static struct shash rows = SHASH_INITIALIZER(&rows);

/* Interface name to the name of its bridge. */
static struct smap bridges = SMAP_INITIALIZER(&bridges);

static struct vm_aware_status status = VM_AWARE_STATUS_INITIALIZER(&status);

/* get_seqno() when 'status' was last brought up to date. */
static unsigned int status_seqno;

void
vm_aware_host_add(struct vm_aware_bond *va)
{
    ovs_list_push_back(&vm_aware_bonds, &va->list_node);
    past_changes++;
}

void
vm_aware_host_remove(struct vm_aware_bond *va)
{
    ovs_list_remove(&va->list_node);
    past_changes += vm_engine_seqno(va->engine) + 1;
}

struct vm_aware_bond *
vm_aware_host_find(const char *name)
{
    struct vm_aware_bond *va;

    VM_AWARE_FOR_EACH_BOND (va) {
        if (!strcmp(vm_aware_bond_name(va), name)) {
            return va;
        }
    }
    return NULL;
}

/* Returns a number that changes whenever that of a bond does, and when bonds
 * come and go. */
static unsigned int
get_seqno(void)
{
    const struct vm_aware_bond *va;
    unsigned int sum = past_changes;

    VM_AWARE_FOR_EACH_BOND (va) {
        sum += vm_engine_seqno(va->engine);
    }
    return sum;
}

struct vm_aware_status *
vm_aware_host_status(void)
{
    return &status;
}

void
vm_aware_host_update_status(void)
{
    unsigned int seqno = get_seqno();

    if (status_seqno != seqno) {
        status_seqno = seqno;
        vm_aware_status_update(&status, &vm_aware_bonds, &bridges);
    }
}

bool
vm_aware_host_note_row(const char *iface, const char *bridge,
                       const struct uuid *uuid)
{
    struct uuid *row = shash_find_data(&rows, iface);
    bool same = !row || uuid_equals(row, uuid);

    if (!row) {
        row = xmalloc(sizeof *row);
        shash_add(&rows, iface, row);
    }
    *row = *uuid;
    smap_replace(&bridges, iface, bridge);
    return same;
}

void
vm_aware_host_forget_rows(const struct sset *names)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &rows) {
        if (!sset_contains(names, node->name)) {
            smap_remove(&bridges, node->name);
            free(node->data);
            shash_delete(&rows, node);
        }
    }
}
