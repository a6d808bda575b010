/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_JOURNAL_H
#define VM_JOURNAL_H 1

/* The journal of an engine: its last VM_JOURNAL_SIZE decisions.
 *
 * A journal is a ring: a new entry replaces the oldest one when it is full.
 * An entry keeps names, not pointers, because the slot and the members that it
 * names may be removed later.  The journal formats nothing (vm-describe).
 *
 * A journal owns its entries.
 *
 * Thread-safety: none; the engine owns its journal. */

#include <stddef.h>

#include "base/vm-reason.h"

#define VM_JOURNAL_SIZE 1024

struct vm_journal_entry {
    unsigned long long int serial; /* From 1, never reused. */
    long long int when;         /* ms, the engine's clock. */
    char *who;                  /* Slot's id. */
    char *name;                 /* The VM's name, else its identity. */
    char *from, *to;            /* Members; null is none. */
    enum vm_reason reason;
    char *because;              /* Member of which 'reason' speaks, or
                                 * null. */
    enum vm_down down;          /* Why that is down, if it is. */
    const char *event;          /* Null: a move.  Otherwise what has become of
                                 * the request about the VM, such as
                                 * "suspend-asked"; 'from' and 'to' are the
                                 * member meanwhile. */
};

struct vm_journal;

struct vm_journal *vm_journal_create(void);
void vm_journal_destroy(struct vm_journal *);

/* Adds an entry with copies of the strings.  'from', 'to' and 'because' may be
 * null. */
void vm_journal_add(struct vm_journal *, long long int when, const char *who,
                    const char *name, const char *from, const char *to,
                    enum vm_reason, const char *because, enum vm_down);

/* Adds an entry about a request.  'event' is not copied. */
void vm_journal_add_event(struct vm_journal *, long long int when,
                          const char *who, const char *name,
                          const char *event, const char *member,
                          enum vm_reason, const char *because);

/* Number of entries, at most VM_JOURNAL_SIZE, and one of them, which is valid
 * until the next one is added. */
size_t vm_journal_count(const struct vm_journal *);
const struct vm_journal_entry *vm_journal_get(const struct vm_journal *,
                                              size_t index_from_oldest);

#endif /* vm-journal.h */
