/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-placement.h"

#include "util.h"
#include "vm-book.h"

/* By which rule an uplink was found. */
enum rule {
    BY_HAND,
    BY_NAME,                    /* Named in the wish. */
    BY_HOME,
    BY_PRESENCE,
    BY_LOAD,
    BY_NOTHING                  /* There is none. */
};

struct placement {
    const struct vm_snapshot *snapshot;
    struct vm_book book;
    int *expected;              /* Uplink per slot, before its turn. */
};

/* Rules 2, 3 and the first half of 4: what does not depend on load. */
static int
find_settled(const struct vm_book *book, const struct vm_slot *slot,
             enum rule *rule)
{
    if (vm_book_is_open(book, slot->pinned)) {
        *rule = BY_HAND;
        return slot->pinned;
    }

    bool may_stay = vm_book_is_open(book, slot->present);
    if (may_stay && !book->snapshot->failback) {
        *rule = BY_PRESENCE;
        return slot->present;
    }

    for (size_t i = 0; i < slot->n_wish; i++) {
        if (vm_book_is_open(book, slot->wish[i])) {
            *rule = BY_NAME;
            return slot->wish[i];
        }
    }

    if (vm_book_is_open(book, slot->home)) {
        *rule = BY_HOME;
        return slot->home;
    }

    *rule = may_stay ? BY_PRESENCE : BY_NOTHING;
    return may_stay ? slot->present : VM_UPLINK_NONE;
}

/* The second half of rule 4.  '*reason' becomes the reason for the uplink that
 * is returned, among those that are open. */
static int
find_by_load(const struct vm_book *book, const struct vm_slot *slot,
             enum vm_reason *reason)
{
    size_t n_open = 0;
    int best = VM_UPLINK_NONE;
    int coolest = VM_UPLINK_NONE;
    enum vm_fit best_fit = VM_FITS_NOT;

    for (size_t i = 0; i < book->snapshot->n_uplinks; i++) {
        if (!vm_book_is_open(book, i)) {
            continue;
        }

        enum vm_fit fit = vm_book_fit(book, slot, i);
        if (!n_open || fit < best_fit
            || (fit == best_fit && vm_book_compare(book, slot, i, best) < 0)) {
            best = i;
            best_fit = fit;
        }
        if (!n_open || vm_book_compare(book, slot, i, coolest) < 0) {
            coolest = i;
        }
        n_open++;
    }

    *reason = (n_open == 1 ? VM_R_ONLY_USABLE
               : best == coolest ? VM_R_LEAST_LOADED
               : VM_R_GUARANTEE_FITS);
    return best;
}

/* Why 'slot' stays on or comes to 'uplink', when nothing special drove it
 * there.  'by_load' is the reason of find_by_load(). */
static enum vm_reason
why_here(const struct vm_book *book, const struct vm_slot *slot, int uplink,
         enum rule rule, enum vm_reason by_load, int *because)
{
    *because = VM_UPLINK_NONE;
    if (rule == BY_HAND) {
        return VM_R_MANUAL;
    } else if (book->snapshot->uplinks[uplink].standby) {
        return VM_R_STANDBY;
    } else if (slot->n_wish && slot->wish[0] == uplink) {
        return VM_R_FIRST_CHOICE;
    } else if (rule == BY_PRESENCE && !book->snapshot->failback) {
        return VM_R_STAYED;
    } else if (slot->n_wish) {
        *because = slot->wish[0];
        return VM_R_NEXT_CHOICE;
    } else {
        return rule == BY_LOAD ? by_load : VM_R_STAYED;
    }
}

/* Why 'slot' leaves its present uplink, if it has one, for 'uplink'.  Returns
 * VM_R_NONE if there is nothing but its wish and the loads. */
static enum vm_reason
why_moved(const struct vm_book *book, const struct vm_slot *slot, int uplink,
          enum rule rule, int *because)
{
    int present = slot->present;
    bool held = false;

    if (rule == BY_HAND) {
        return VM_R_NONE;
    }

    if (present >= 0) {
        bool wished = vm_slot_wishes(slot, present);
        bool available = vm_book_is_available(book, present);

        *because = present;
        if (!book->snapshot->uplinks[present].usable) {
            return VM_R_FAILOVER;
        } else if (wished && available && !vm_book_is_open(book, present)) {
            return VM_R_MADE_WAY;
        }
        held = wished && !available;
    }

    *because = uplink;
    return uplink == slot->home || held ? VM_R_FAILBACK : VM_R_NONE;
}

/* The first named uplink in the wish of 'slot' that is a member, or
 * VM_UPLINK_NONE.  '*several' becomes true if there is another one. */
static int
first_named(const struct vm_slot *slot, bool *several)
{
    int first = VM_UPLINK_NONE;

    *several = false;
    for (size_t i = 0; i < slot->n_wish; i++) {
        if (slot->wish[i] >= 0) {
            *several = *several || (first >= 0 && slot->wish[i] != first);
            first = first < 0 ? slot->wish[i] : first;
        }
    }
    return first;
}

/* Why 'slot' gets no uplink at all. */
static enum vm_reason
why_nowhere(const struct vm_book *book, const struct vm_slot *slot,
            int *because)
{
    int closed = VM_UPLINK_NONE;
    int held = VM_UPLINK_NONE;

    for (size_t i = 0; i < book->snapshot->n_uplinks; i++) {
        if (!vm_slot_wishes(slot, i) || !book->snapshot->uplinks[i].usable) {
            continue;
        }

        /* As no uplink is open to the slot, what is available is closed. */
        int *hindrance = vm_book_is_available(book, i) ? &closed : &held;
        if (*hindrance < 0 || i == slot->present) {
            *hindrance = i;
        }
    }

    *because = closed >= 0 ? closed : held;
    if (closed >= 0) {
        return VM_R_DISPLACED;
    } else if (held >= 0) {
        return VM_R_HELD_STANDBY;
    } else if (slot->any) {
        return VM_R_ALL_LOST;
    }

    bool several;
    int first = first_named(slot, &several);
    *because = several ? VM_UPLINK_NONE : first;
    return (first < 0 ? VM_R_NO_SUCH_UPLINK
            : several ? VM_R_WISH_LOST
            : VM_R_ONLY_UPLINK_LOST);
}

static void
placement_init(struct placement *placement,
               const struct vm_snapshot *snapshot)
{
    placement->snapshot = snapshot;
    vm_book_init(&placement->book, snapshot);
    placement->expected = xcalloc(snapshot->n_slots,
                                  sizeof *placement->expected);

    /* Nothing is closed yet, so this finds where each slot is going to be
     * unless an exclusive slot is in the way. */
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        const struct vm_slot *slot = &snapshot->slots[i];
        enum rule rule;

        vm_book_open_for(&placement->book, slot);
        placement->expected[i] = find_settled(&placement->book, slot, &rule);
        if (placement->expected[i] >= 0) {
            vm_book_add(&placement->book, slot, placement->expected[i]);
        }
    }
}

static void
placement_destroy(struct placement *placement)
{
    vm_book_destroy(&placement->book);
    free(placement->expected);
}

/* Decides for slot 'i', when all slots before it are settled. */
static enum rule
decide(struct placement *placement, size_t i, struct vm_choice *choice)
{
    const struct vm_slot *slot = &placement->snapshot->slots[i];
    struct vm_book *book = &placement->book;
    enum vm_reason by_load = VM_R_NONE;
    enum rule rule;

    if (placement->expected[i] >= 0) {
        vm_book_subtract(book, slot, placement->expected[i]);
        placement->expected[i] = VM_UPLINK_NONE;
    }
    vm_book_open_for(book, slot);

    choice->uplink = find_settled(book, slot, &rule);
    if (rule == BY_NOTHING) {
        choice->uplink = find_by_load(book, slot, &by_load);
        rule = choice->uplink < 0 ? BY_NOTHING : BY_LOAD;
    }
    if (rule == BY_NOTHING) {
        choice->reason = why_nowhere(book, slot, &choice->because);
        choice->guarantee_broken = slot->guarantee > 0;
        return rule;
    }

    choice->reason = (choice->uplink == slot->present ? VM_R_NONE
                      : why_moved(book, slot, choice->uplink, rule,
                                  &choice->because));
    if (choice->reason == VM_R_NONE) {
        choice->reason = why_here(book, slot, choice->uplink, rule, by_load,
                                  &choice->because);
    }
    choice->guarantee_broken
        = vm_book_fit(book, slot, choice->uplink) == VM_FITS_NOT;
    return rule;
}

static void
settle(struct placement *placement, size_t i, const struct vm_choice *choice)
{
    const struct vm_slot *slot = &placement->snapshot->slots[i];

    if (choice->uplink >= 0) {
        vm_book_add(&placement->book, slot, choice->uplink);
        vm_book_settle(&placement->book, slot, choice->uplink,
                       !choice->guarantee_broken);
    }
}

void
vm_placement_run(const struct vm_snapshot *snapshot,
                 struct vm_choice *choices)
{
    struct placement placement;

    placement_init(&placement, snapshot);
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        decide(&placement, i, &choices[i]);
        settle(&placement, i, &choices[i]);
    }
    placement_destroy(&placement);
}

/* Why 'uplink' is not the one that was chosen by 'rule'. */
static enum vm_reason
why_not(const struct vm_book *book, const struct vm_slot *slot,
        int chosen, enum rule rule, size_t uplink)
{
    if (!book->snapshot->uplinks[uplink].usable) {
        return VM_R_NOT_USABLE;
    } else if (!vm_slot_wishes(slot, uplink)) {
        return VM_R_NOT_WISHED;
    } else if (!vm_book_is_available(book, uplink)) {
        return VM_R_HELD_STANDBY;
    } else if (!vm_book_is_open(book, uplink)) {
        return VM_R_CLOSED;
    } else if (rule == BY_PRESENCE) {
        return VM_R_NO_NEED;
    } else if (rule != BY_LOAD) {
        return VM_R_LESS_PREFERRED;
    } else if (vm_book_fit(book, slot, uplink)
               > vm_book_fit(book, slot, chosen)) {
        return VM_R_GUARANTEE_DOES_NOT_FIT;
    } else {
        return (vm_book_compare(book, slot, uplink, chosen) > 0
                ? VM_R_MORE_LOADED : VM_R_LESS_PREFERRED);
    }
}

void
vm_placement_explain(const struct vm_snapshot *snapshot, size_t slot,
                     struct vm_verdict *verdicts)
{
    struct placement placement;
    struct vm_choice choice;
    enum rule rule;

    ovs_assert(slot < snapshot->n_slots);
    placement_init(&placement, snapshot);
    for (size_t i = 0; i < slot; i++) {
        decide(&placement, i, &choice);
        settle(&placement, i, &choice);
    }
    rule = decide(&placement, slot, &choice);

    for (size_t i = 0; i < snapshot->n_uplinks; i++) {
        struct vm_verdict *verdict = &verdicts[i];

        verdict->reason = (i == choice.uplink ? choice.reason
                           : why_not(&placement.book, &snapshot->slots[slot],
                                     choice.uplink, rule, i));
        verdict->predicted_ppm
            = vm_book_predict_ppm(&placement.book, &snapshot->slots[slot], i);
    }
    placement_destroy(&placement);
}
