/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_RETURN_H
#define VM_RETURN_H 1

/* VMs that were migrated away from this switch because it asked for that, and
 * when a VM that has returned may be asked for again.
 *
 * Two switches, each of which cannot carry a VM, would send it to each other
 * for ever.  A switch cannot tell why a VM has come, but it knows that it was
 * here before: its next migration waits for a pause from its return on, that
 * doubles each time up to VM_RETURN_LONGEST.  A VM that has no member at all
 * waits shorter than one that only suffers from overload.
 *
 * A VM that stays away for VM_RETURN_MEMORY is forgotten, as are the ones that
 * left first if there are more than VM_RETURN_MAX, and all of them when the
 * switch is restarted.
 *
 * The module requests nothing.
 *
 * Ownership: the memory owns its strings.
 *
 * Thread-safety: none; the engine owns it. */

#include <stdbool.h>
#include <stddef.h>

/* First pauses after a loss and an overload, and the longest one, ms. */
#define VM_RETURN_AFTER_LOSS 30000
#define VM_RETURN_AFTER_OVERLOAD 600000
#define VM_RETURN_LONGEST 3600000

#define VM_RETURN_MEMORY (24 * 3600000LL) /* ms. */
#define VM_RETURN_MAX 1024

struct vm_returns {
    struct vm_left *list;       /* In the order in which they left. */
    size_t n, allocated;
};

void vm_returns_init(struct vm_returns *);
void vm_returns_destroy(struct vm_returns *);

/* 'vm' leaves at 'now', for the 'times'th time. */
void vm_returns_leave(struct vm_returns *, const char *vm, unsigned int times,
                      long long int now);

/* 'vm' is new at 'now'.  Returns how many times it has left, and forgets
 * it. */
unsigned int vm_returns_come(struct vm_returns *, const char *vm,
                             long long int now);

/* Returns the pause (ms) after the return of a VM that has left 'times'
 * times. */
long long int vm_returns_pause(unsigned int times, bool overload);

#endif /* vm-return.h */
