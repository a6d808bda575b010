/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/vm-set.h"
#include "hash.h"
#include "util.h"
#include "uuid.h"

struct hmap vm_aware_rows[BOND_N_ROWS] = {
    [BOND_ROW_INTERFACE]
        = HMAP_INITIALIZER(&vm_aware_rows[BOND_ROW_INTERFACE]),
    [BOND_ROW_PORT] = HMAP_INITIALIZER(&vm_aware_rows[BOND_ROW_PORT]),
};

static struct sset moved = SSET_INITIALIZER(&moved);

/* Of vm_aware_rows_update(). */
static unsigned int pass = 1;

static struct vm_aware_row *
find(enum bond_row kind, const char *name, uint32_t hash)
{
    struct vm_aware_row *row;

    HMAP_FOR_EACH_WITH_HASH (row, node, hash, &vm_aware_rows[kind]) {
        if (!strcmp(row->name, name)) {
            return row;
        }
    }
    return NULL;
}

/* Adds a row without a UUID. */
static struct vm_aware_row *
add(enum bond_row kind, const char *name, uint32_t hash)
{
    size_t size = strlen(name) + 1;
    struct vm_aware_row *row = xzalloc(sizeof *row + size);

    memcpy(row->name, name, size);
    hmap_insert(&vm_aware_rows[kind], &row->node, hash);
    return row;
}

/* Removes the rows that the present pass has not named, and adds those that
 * are interfaces to 'gone'. */
static void
remove_gone(enum bond_row kind, struct sset *gone)
{
    struct vm_aware_row *row;

    HMAP_FOR_EACH_SAFE (row, node, &vm_aware_rows[kind]) {
        if (row->pass != pass) {
            if (kind == BOND_ROW_INTERFACE) {
                sset_add(gone, row->name);
                sset_find_and_delete(&moved, row->name);
            }
            hmap_remove(&vm_aware_rows[kind], &row->node);
            free(row->bridge);
            free(row->vlan_mode);
            free(row->trunks);
            free(row);
        }
    }
}

/* Updates what is known of the VLANs of a port.  Returns true if that changes
 * anything. */
static bool
update_vlans(struct vm_aware_row *row, const struct bond_iface *iface)
{
    size_t size = iface->n_trunks * sizeof *iface->trunks;

    if (nullable_string_is_equal(row->vlan_mode, iface->vlan_mode)
        && row->n_trunks == iface->n_trunks
        && (!size || !memcmp(row->trunks, iface->trunks, size))) {
        return false;
    }
    free(row->vlan_mode);
    free(row->trunks);
    row->vlan_mode = nullable_xstrdup(iface->vlan_mode);
    row->trunks = size ? xmemdup(iface->trunks, size) : NULL;
    row->n_trunks = iface->n_trunks;
    return true;
}

/* Returns true if 'iface' is in the port and on the bridge that 'row' has. */
static bool
is_in_place(const struct vm_aware_row *row, const struct bond_iface *iface)
{
    return (uuid_equals(&row->port_uuid, &iface->port_uuid)
            && nullable_string_is_equal(row->bridge, iface->bridge));
}

/* Returns how well 'iface' suits 'row'. */
static int
rank(const struct vm_aware_row *row, const struct bond_iface *iface)
{
    return 2 * iface->present + is_in_place(row, iface);
}

/* Returns the row of 'ifaces[i]', and notes in it that this one counts unless
 * an earlier one suits it at least as well. */
static struct vm_aware_row *
name_interface(const struct bond_iface *ifaces, size_t i)
{
    const struct bond_iface *iface = &ifaces[i];
    uint32_t hash = hash_string(iface->name, 0);
    struct vm_aware_row *row = find(BOND_ROW_INTERFACE, iface->name, hash);

    if (!row) {
        row = add(BOND_ROW_INTERFACE, iface->name, hash);
    }
    if (row->pass != pass) {
        row->pass = pass;
        row->used = i;
    } else if (rank(row, iface) > rank(row, &ifaces[row->used])) {
        row->used = i;
    }
    return row;
}

static enum vm_aware_row_change
update_interface(struct vm_aware_row *row, const struct bond_iface *iface)
{
    bool known = row->bridge != NULL;
    bool same = (is_in_place(row, iface) && row->present == iface->present
                 && !iface->changed);
    enum vm_aware_row_change change
        = (!known ? VM_AWARE_ROW_CHANGED
           : !uuid_equals(&row->uuid, &iface->uuid) ? VM_AWARE_ROW_REPLACED
           : !same ? VM_AWARE_ROW_CHANGED : VM_AWARE_ROW_SAME);

    row->uuid = iface->uuid;
    row->port_uuid = iface->port_uuid;
    row->present = iface->present;
    if (update_vlans(row, iface)) {
        change = MAX(change, VM_AWARE_ROW_CHANGED);
    }
    if (!nullable_string_is_equal(row->bridge, iface->bridge)) {
        free(row->bridge);
        row->bridge = xstrdup(iface->bridge);
        sset_add(&moved, row->name);
    }
    return change;
}

void
vm_aware_rows_update(const struct bond_iface *ifaces, size_t n,
                     struct vm_aware_row_changes *changes)
{
    struct vm_aware_row **rows = xmalloc(n * sizeof *rows);

    changes->changes = xmalloc(n * sizeof *changes->changes);
    sset_init(&changes->gone);
    for (size_t i = 0; i < n; i++) {
        rows[i] = name_interface(ifaces, i);
    }
    for (size_t i = 0; i < n; i++) {
        changes->changes[i] = (rows[i]->used == i
                               ? update_interface(rows[i], &ifaces[i])
                               : VM_AWARE_ROW_UNUSED);
    }
    free(rows);
    remove_gone(BOND_ROW_INTERFACE, &changes->gone);
    remove_gone(BOND_ROW_PORT, NULL);
    pass++;
}

void
vm_aware_row_changes_destroy(struct vm_aware_row_changes *changes)
{
    free(changes->changes);
    sset_destroy(&changes->gone);
}

bool
vm_aware_rows_is_used(const struct bond_iface *iface)
{
    const struct vm_aware_row *row = vm_aware_rows_find(BOND_ROW_INTERFACE,
                                                        iface->name);

    return !row || is_in_place(row, iface);
}

bool
vm_aware_rows_note_port(const struct bond_iface *iface, bool wanted)
{
    uint32_t hash = hash_string(iface->port, 0);
    struct vm_aware_row *row = find(BOND_ROW_PORT, iface->port, hash);

    if (!row && wanted) {
        row = add(BOND_ROW_PORT, iface->port, hash);
    }
    if (row) {
        row->uuid = iface->port_uuid;
        row->pass = pass;
    }
    return row != NULL;
}

const struct vm_aware_row *
vm_aware_rows_find(enum bond_row kind, const char *name)
{
    return find(kind, name, hash_string(name, 0));
}

void
vm_aware_rows_take_moved(struct sset *names)
{
    const char *name;

    SSET_FOR_EACH (name, &moved) {
        sset_add(names, name);
    }
    vm_set_clear(&moved);
}

bool
vm_aware_rows_any_moved(void)
{
    return !sset_is_empty(&moved);
}
