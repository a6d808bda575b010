/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-changes.h"

#include "base/vm-set.h"
#include "util.h"

void
vm_changes_init(struct vm_changes *changes)
{
    changes->all = false;
    sset_init(&changes->ids);
}

void
vm_changes_destroy(struct vm_changes *changes)
{
    sset_destroy(&changes->ids);
}

void
vm_changes_note(struct vm_changes *changes, const char *id)
{
    if (!changes->all) {
        sset_add(&changes->ids, id);
    }
}

void
vm_changes_forget(struct vm_changes *changes, const char *id)
{
    if (!sset_is_empty(&changes->ids)) {
        sset_find_and_delete(&changes->ids, id);
        vm_set_trim(&changes->ids);
    }
}

void
vm_changes_note_all(struct vm_changes *changes)
{
    changes->all = true;
    vm_set_clear(&changes->ids);
}

void
vm_changes_add(struct vm_changes *changes, const struct vm_changes *more)
{
    const char *id;

    if (more->all) {
        vm_changes_note_all(changes);
    }
    SSET_FOR_EACH (id, &more->ids) {
        vm_changes_note(changes, id);
    }
}

void
vm_changes_clear(struct vm_changes *changes)
{
    changes->all = false;
    vm_set_clear(&changes->ids);
}

bool
vm_changes_is_empty(const struct vm_changes *changes)
{
    return !changes->all && sset_is_empty(&changes->ids);
}

bool
vm_changes_include(const struct vm_changes *changes, const char *id)
{
    return changes->all || sset_contains(&changes->ids, id);
}
