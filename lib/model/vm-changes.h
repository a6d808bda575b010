/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_CHANGES_H
#define VM_CHANGES_H 1

/* A set of endpoints that have changed, so that what is derived from them is
 * derived again for them alone.
 *
 * An endpoint is noted by its identity: it need not exist yet, or any more.
 * When anything else has changed, or when in doubt, all of them are noted.
 * What is derived is the same either way.
 *
 * Ownership: the caller owns the set.
 *
 * Thread-safety: none; the caller is the thread that owns the inventory. */

#include <stdbool.h>
#include <stddef.h>

#include "sset.h"

struct vm_changes {
    bool all;                   /* Every endpoint. */
    struct sset ids;            /* If not 'all': identities. */
};

void vm_changes_init(struct vm_changes *);
void vm_changes_destroy(struct vm_changes *);

void vm_changes_note(struct vm_changes *, const char *id);

/* Takes 'id' out of a set that is not of all endpoints. */
void vm_changes_forget(struct vm_changes *, const char *id);
void vm_changes_note_all(struct vm_changes *);
void vm_changes_add(struct vm_changes *, const struct vm_changes *);
void vm_changes_clear(struct vm_changes *);
bool vm_changes_is_empty(const struct vm_changes *);
bool vm_changes_include(const struct vm_changes *, const char *id);

#endif /* vm-changes.h */
