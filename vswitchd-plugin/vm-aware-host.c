/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-host.h"

#include <string.h>

#include "util.h"
#include "uuid.h"
#include "vm-aware-status.h"

struct ovs_list vm_aware_bonds = OVS_LIST_INITIALIZER(&vm_aware_bonds);

/* Bonds that came and went. */
static unsigned int changes;

/* What is known of the row of an Interface. */
struct row {
    struct uuid uuid;
    char *bridge;               /* Name of the one on which it sits. */
};

/* Interface name to "struct row *". */
static struct shash rows = SHASH_INITIALIZER(&rows);

static struct vm_aware_status status = VM_AWARE_STATUS_INITIALIZER(&status);

void
vm_aware_host_add(struct vm_aware_bond *va)
{
    ovs_list_push_back(&vm_aware_bonds, &va->list_node);
    changes++;
}

void
vm_aware_host_remove(struct vm_aware_bond *va)
{
    ovs_list_remove(&va->list_node);
    changes += va->seqno + 1;
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

unsigned int
vm_aware_host_seqno(void)
{
    const struct vm_aware_bond *va;
    unsigned int sum = changes;

    VM_AWARE_FOR_EACH_BOND (va) {
        sum += va->seqno;
    }
    return sum;
}

struct vm_aware_status *
vm_aware_host_status(void)
{
    return &status;
}

bool
vm_aware_host_note_row(const char *iface, const char *bridge,
                       const struct uuid *uuid)
{
    struct row *row = shash_find_data(&rows, iface);
    bool same = !row || uuid_equals(&row->uuid, uuid);

    if (!row) {
        row = xzalloc(sizeof *row);
        shash_add(&rows, iface, row);
    }
    row->uuid = *uuid;
    free(row->bridge);
    row->bridge = xstrdup(bridge);
    return same;
}

const char *
vm_aware_host_bridge(const char *iface)
{
    const struct row *row = shash_find_data(&rows, iface);

    return row ? row->bridge : NULL;
}

void
vm_aware_host_forget_rows(const struct sset *names)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &rows) {
        if (!sset_contains(names, node->name)) {
            struct row *row = node->data;

            free(row->bridge);
            free(row);
            shash_delete(&rows, node);
        }
    }
}
