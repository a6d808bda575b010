/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SIM_JOURNAL_H
#define VM_SIM_JOURNAL_H 1

/* A journal saved by "vm-aware/log --json": what must have happened for the
 * bond to decide so, and whether the simulation decides the same.
 *
 * A journal has decisions, not events, but their reasons tell of most events:
 * an uplink that was lost or is back, a VM that appears, the operator's hand,
 * the times at which load was balanced.  It does not tell what VMs sent then,
 * nor of changes in their keys: the simulation takes both from the saved
 * state.  So a decision that does not come again tells where these differed,
 * or that the engine is another one.
 *
 * Times are those of the simulation, ms.  If the journal begins with the bond,
 * so does the simulation; else it begins VM_SIM_JOURNAL_LEAD earlier, so that
 * loads are known.
 *
 * A journal owns its strings.  It is for vm-sim alone. */

#include <stdbool.h>
#include <stddef.h>

#include "vm-reason.h"

struct json;
struct vm_sim_move;

#define VM_SIM_JOURNAL_LEAD 60000

struct vm_sim_entry {
    long long int when;
    char *who;                  /* Slot's id. */
    char *name;                 /* Name for people. */
    char *from, *to;            /* Uplinks; null is none. */
    enum vm_reason reason;
    char *text;                 /* The reason as a sentence. */
    bool known;                 /* The saved state has its slot. */
    bool again;                 /* The simulation decided the same. */
};

struct vm_sim_journal {
    struct vm_sim_entry *entries;
    size_t n, allocated;
    long long int lead;         /* When the first decision was made. */
    long long int end;          /* When the journal was saved. */
};

/* Reads the bond of a saved journal.  Returns null, or a malloc()'d sentence
 * that says what is wrong; it is to be destroyed in any case. */
char *vm_sim_journal_init(struct vm_sim_journal *, const struct json *log);
void vm_sim_journal_destroy(struct vm_sim_journal *);

/* Notes of which decisions the saved bond has the slot. */
void vm_sim_journal_find_known(struct vm_sim_journal *,
                               const struct json *bond);

/* How things were at the beginning. */

bool vm_sim_journal_was_up(const struct vm_sim_journal *,
                           const struct json *uplink);

/* Where a slot begins; all may be null. */
struct vm_sim_begin {
    long long int at;           /* When it appears, ms. */
    const char *uplink, *home, *pinned;
};
void vm_sim_journal_begin(const struct vm_sim_journal *,
                          const struct json *slot, struct vm_sim_begin *);

/* Append what happened later. */
void vm_sim_journal_uplink_events(const struct vm_sim_journal *,
                                  const struct json *bond,
                                  struct json *events);
void vm_sim_journal_other_events(const struct vm_sim_journal *,
                                 const struct json *bond,
                                 struct json *events);

/* Notes which of the decisions 'moves' has.  Clears 'more' of those moves that
 * are in the journal, or made before it began or after it was saved, and sets
 * it for all others. */
void vm_sim_journal_compare(struct vm_sim_journal *, struct vm_sim_move *moves,
                            size_t n_moves);

#endif /* utilities/vm-sim-journal.h */
