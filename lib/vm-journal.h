/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_JOURNAL_H
#define VM_JOURNAL_H 1

/* What was decided lately, for whoever asks at three in the morning.
 *
 * A ring of the last VM_JOURNAL_SIZE decisions; the oldest makes room.  An
 * entry is complete in itself: it keeps names, not pointers, because what it
 * speaks of may be gone.  Only the engine that owns it may enter. */

#include <stddef.h>

#include "vm-reason.h"

#define VM_JOURNAL_SIZE 1024

struct vm_journal_entry {
    unsigned long long int serial; /* Counts from 1, never reused. */
    long long int when;         /* ms, the engine's clock. */
    char *who;                  /* Slot's id. */
    char *name;                 /* Name for people. */
    char *from, *to;            /* Uplinks; null is none. */
    enum vm_reason reason;
    char *because;              /* Uplink of which 'reason' speaks, or
                                 * null. */
};

struct vm_journal;

struct vm_journal *vm_journal_create(void);
void vm_journal_destroy(struct vm_journal *);

/* Copies what it is given.  'from', 'to' and 'because' may be null. */
void vm_journal_add(struct vm_journal *, long long int when, const char *who,
                    const char *name, const char *from, const char *to,
                    enum vm_reason, const char *because);

/* How many entries are kept now, at most VM_JOURNAL_SIZE.  An entry is good
 * until the next one is added. */
size_t vm_journal_count(const struct vm_journal *);
const struct vm_journal_entry *vm_journal_get(const struct vm_journal *,
                                              size_t index_from_oldest);

#endif /* vm-journal.h */
