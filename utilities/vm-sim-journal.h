/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SIM_JOURNAL_H
#define VM_SIM_JOURNAL_H 1

/* A journal saved by "vm-aware/log --json": infers the events behind its
 * decisions, and compares the decisions with those of the simulation.
 *
 * A journal has decisions, not events, but their reasons imply most events: a
 * member that was lost or is back, a new VM, a pin by the operator, the times
 * of rebalancing.  It contains neither the rates of VMs nor changes of their
 * keys: the simulation takes both from the saved state.  So a decision that
 * the simulation does not repeat shows that these were different then, or that
 * the engine decides differently.
 *
 * Times are those of the simulation, ms.  If the journal begins with the bond,
 * so does the simulation.  Otherwise the simulation begins VM_SIM_JOURNAL_LEAD
 * earlier, so that loads are known.
 *
 * A journal owns its strings.  Part of vm-sim.
 *
 * Thread-safety: safe for any thread with its own journals. */

#include <stdbool.h>
#include <stddef.h>

#include "base/vm-reason.h"

struct json;
struct vm_sim_move;

#define VM_SIM_JOURNAL_LEAD 60000

struct vm_sim_entry {
    long long int when;
    char *who;                  /* Slot's id. */
    char *name;                 /* The VM's name, else its identity. */
    char *from, *to;            /* Members; null is none. */
    enum vm_reason reason;
    char *text;                 /* The reason as a sentence. */
    bool known;                 /* The saved state has its slot. */
    bool again;                 /* The simulation made the same decision. */
};

struct vm_sim_journal {
    struct vm_sim_entry *entries;
    size_t n, allocated;
    long long int lead;         /* Time of the first decision. */
    long long int end;          /* Time at which the journal was saved. */
};

/* Parses the bond of a saved journal.  Returns null, or a malloc()'d sentence
 * that states what is wrong.  The journal must be destroyed in any case. */
char *vm_sim_journal_init(struct vm_sim_journal *, const struct json *log);
void vm_sim_journal_destroy(struct vm_sim_journal *);

/* Sets 'known' of the decisions whose slot the saved bond has. */
void vm_sim_journal_find_known(struct vm_sim_journal *,
                               const struct json *bond);

/* The state at the beginning. */

bool vm_sim_journal_was_up(const struct vm_sim_journal *,
                           const struct json *member);

/* The beginning of a slot; each member may be null. */
struct vm_sim_begin {
    long long int at;           /* Time at which it is added, ms. */
    const char *member, *home, *pinned;
};
void vm_sim_journal_begin(const struct vm_sim_journal *,
                          const struct json *slot, struct vm_sim_begin *);

/* Append the events after the beginning. */
void vm_sim_journal_member_events(const struct vm_sim_journal *,
                                  const struct json *bond,
                                  struct json *events);
void vm_sim_journal_other_events(const struct vm_sim_journal *,
                                 const struct json *bond,
                                 struct json *events);

/* Sets 'again' of the decisions that 'moves' contains.  Sets 'more' of each
 * move that the journal should contain and does not, that is, of a move made
 * after the journal began and before it was saved. */
void vm_sim_journal_compare(struct vm_sim_journal *, struct vm_sim_move *moves,
                            size_t n_moves);

#endif /* utilities/vm-sim-journal.h */
