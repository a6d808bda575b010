/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-journal.h"

#include <string.h>

#include "util.h"

struct vm_journal {
    struct vm_journal_entry ring[VM_JOURNAL_SIZE];
    size_t oldest;              /* Index into 'ring'. */
    size_t n;
    unsigned long long int last_serial;
};

struct vm_journal *
vm_journal_create(void)
{
    return xzalloc(sizeof(struct vm_journal));
}

static void
entry_clear(struct vm_journal_entry *entry)
{
    free(entry->who);
    free(entry->name);
    free(entry->from);
    free(entry->to);
    free(entry->because);
    memset(entry, 0, sizeof *entry);
}

void
vm_journal_destroy(struct vm_journal *journal)
{
    if (journal) {
        for (size_t i = 0; i < VM_JOURNAL_SIZE; i++) {
            entry_clear(&journal->ring[i]);
        }
        free(journal);
    }
}

/* Returns an empty entry, which replaces the oldest one if the ring is
 * full. */
static struct vm_journal_entry *
alloc_entry(struct vm_journal *journal)
{
    size_t place = (journal->oldest + journal->n) % VM_JOURNAL_SIZE;

    if (journal->n < VM_JOURNAL_SIZE) {
        journal->n++;
    } else {
        journal->oldest = (journal->oldest + 1) % VM_JOURNAL_SIZE;
        entry_clear(&journal->ring[place]);
    }
    return &journal->ring[place];
}

void
vm_journal_add(struct vm_journal *journal, long long int when,
               const char *who, const char *name, const char *from,
               const char *to, enum vm_reason reason, const char *because,
               enum vm_down down)
{
    struct vm_journal_entry *entry = alloc_entry(journal);

    entry->serial = ++journal->last_serial;
    entry->when = when;
    entry->who = xstrdup(who);
    entry->name = xstrdup(name);
    entry->from = nullable_xstrdup(from);
    entry->to = nullable_xstrdup(to);
    entry->reason = reason;
    entry->because = nullable_xstrdup(because);
    entry->down = down;
}

void
vm_journal_add_event(struct vm_journal *journal, long long int when,
                     const char *who, const char *name, const char *event,
                     const char *member, enum vm_reason reason,
                     const char *because)
{
    size_t last;

    vm_journal_add(journal, when, who, name, member, member, reason, because,
                   VM_DOWN_NOT);
    last = (journal->oldest + journal->n - 1) % VM_JOURNAL_SIZE;
    journal->ring[last].event = event;
}

size_t
vm_journal_count(const struct vm_journal *journal)
{
    return journal->n;
}

const struct vm_journal_entry *
vm_journal_get(const struct vm_journal *journal, size_t index_from_oldest)
{
    ovs_assert(index_from_oldest < journal->n);
    return &journal->ring[(journal->oldest + index_from_oldest)
                          % VM_JOURNAL_SIZE];
}
