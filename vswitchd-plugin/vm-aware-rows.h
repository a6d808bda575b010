/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_ROWS_H
#define VM_AWARE_ROWS_H 1

/* The rows of interfaces and ports, regardless of bonds: which row has a name,
 * on which bridge an interface is, and what is new after a reconfiguration.
 *
 * By mistake, an interface may be in several ports.  One in which it has a
 * device counts, if there is one, and rather the one that counted before.
 *
 * Of ports, only those are known that are, or were, of interest: see
 * vm_aware_rows_note_port().
 *
 * Ownership: the module owns its rows, which are all of this process.
 *
 * Thread-safety: only the main thread may call these functions. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bond-provider.h"
#include "openvswitch/hmap.h"
#include "openvswitch/uuid.h"
#include "sset.h"

/* An interface, or a port. */
struct vm_aware_row {
    struct hmap_node node;      /* By name. */
    struct uuid uuid;
    unsigned int pass;          /* The last update that named it. */

    /* An interface. */
    bool present;               /* It has a device. */
    char *bridge;               /* The name of its bridge. */
    struct uuid port_uuid;      /* The row of its port... */
    char *vlan_mode;            /* ...and two columns of that: see 'changed' of
                                 * "struct bond_iface". */
    int64_t *trunks;
    size_t n_trunks;
    size_t used;                /* In the last update: its number. */

    char name[];
};

enum vm_aware_row_change {
    VM_AWARE_ROW_UNUSED,        /* The interface is in another port, too, and
                                 * that is the one that counts. */
    VM_AWARE_ROW_SAME,
    VM_AWARE_ROW_CHANGED,       /* It is new, or anything of it is. */
    VM_AWARE_ROW_REPLACED,      /* Another row than before has its name. */
};

/* What has changed since the last vm_aware_rows_update(). */
struct vm_aware_row_changes {
    enum vm_aware_row_change *changes; /* One for each interface. */
    struct sset gone;           /* Names of the interfaces that are gone. */
};

/* Updates the rows of all interfaces, and stores in '*changes' what has
 * changed, which the caller destroys.  Ports that are gone are forgotten. */
void vm_aware_rows_update(const struct bond_iface *, size_t n,
                          struct vm_aware_row_changes *changes);
void vm_aware_row_changes_destroy(struct vm_aware_row_changes *);

/* Returns true if 'iface', which the last update has seen, counts: it is in no
 * other port, or that one does not. */
bool vm_aware_rows_is_used(const struct bond_iface *iface);

/* Notes the row of the port of 'iface' until the port is gone, if 'wanted' is
 * true or if an earlier call did.  Returns true if it is noted.  To be called
 * before vm_aware_rows_update(), which forgets ports that were not noted. */
bool vm_aware_rows_note_port(const struct bond_iface *, bool wanted);

/* Returns the row named 'name', or null. */
const struct vm_aware_row *vm_aware_rows_find(enum bond_row,
                                              const char *name);

/* All rows. */
extern struct hmap vm_aware_rows[BOND_N_ROWS];
#define VM_AWARE_FOR_EACH_ROW(ROW, KIND) HMAP_FOR_EACH (ROW, node, \
                                                        &vm_aware_rows[KIND])

/* Adds the interfaces to 'names' that are new, or on another bridge, since the
 * last call. */
void vm_aware_rows_take_moved(struct sset *names);
bool vm_aware_rows_any_moved(void);

#endif /* vm-aware-rows.h */
