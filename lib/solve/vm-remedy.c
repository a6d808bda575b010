/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-remedy.h"

#include <stdlib.h>

#include "base/vm-value.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

uint64_t
vm_remedy_missing(const struct vm_snapshot *snapshot,
                  const struct vm_admission *admissions, size_t slot,
                  size_t member)
{
    uint64_t needed = vm_rate_cap(snapshot->slots[slot].guarantee);
    uint64_t reservable = vm_snap_reservable(snapshot, member);

    for (size_t i = 0; i < snapshot->n_slots; i++) {
        if (i != slot && admissions[i].admitted
            && admissions[i].member == member) {
            needed += vm_rate_cap(snapshot->slots[i].guarantee);
        }
    }
    return needed > reservable ? needed - reservable : 0;
}

/* Returns a capacity of which 'pct' percent is 'reservable' or slightly
 * more. */
static uint64_t
to_capacity(uint64_t reservable, unsigned int pct)
{
    return (reservable / pct * 100 + reservable % pct * 100 / pct) + 1;
}

/* Returns true if 'slot' is admitted when 'remedy' is applied to 'member'.
 * Otherwise sets '*given_up' if the search was, within '*steps'. */
static bool
helps(const struct vm_snapshot *snapshot, size_t slot, int member,
      const struct vm_remedy *remedy, unsigned long int *steps,
      bool *given_up)
{
    struct vm_snapshot other = *snapshot;
    struct vm_snap_member *members = xmemdup(snapshot->members,
                                             snapshot->n_members
                                             * sizeof *members);
    struct vm_snap_slot *slots = xmemdup(snapshot->slots,
                                         snapshot->n_slots * sizeof *slots);
    struct vm_admission *admissions = xmalloc(snapshot->n_slots
                                              * sizeof *admissions);

    other.members = members;
    other.slots = slots;
    if (remedy->type == VM_REMEDY_ROOM) {
        members[member].capacity = to_capacity(
            vm_snap_reservable(snapshot, member) + remedy->room,
            snapshot->reservable_pct);
    } else if (remedy->type == VM_REMEDY_RETURN) {
        members[member].usable = true;
        members[member].avoid = VM_AVOID_NOT;
    } else if (remedy->type == VM_REMEDY_PREF) {
        slots[slot].pref = &member;
        slots[slot].n_pref = 1;
        slots[slot].any = false;
    }
    bool complete = vm_admission_try(&other, admissions, steps);
    bool admitted = admissions[slot].admitted;

    *given_up = *given_up || !(complete || admitted);

    free(members);
    free(slots);
    free(admissions);
    return admitted;
}

/* Returns the sum of the guarantees of slots that come before 'slot' and are
 * not admitted either: these would take additional room first. */
static uint64_t
count_before(const struct vm_snapshot *snapshot,
             const struct vm_admission *admissions, size_t slot)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < slot; i++) {
        if (!admissions[i].admitted) {
            sum += vm_rate_cap(snapshot->slots[i].guarantee);
        }
    }
    return sum;
}

static void
find_for_member(const struct vm_snapshot *snapshot,
                const struct vm_admission *admissions, size_t slot,
                int member, unsigned long int *steps,
                struct vm_remedy *remedy)
{
    uint64_t missing = vm_remedy_missing(snapshot, admissions, slot, member);
    bool serves = (snapshot->members[member].usable
                   && snapshot->members[member].avoid == VM_AVOID_NOT);
    struct vm_remedy tries[] = {
        { VM_REMEDY_RETURN, 0 },
        { VM_REMEDY_PREF, 0 },
        { VM_REMEDY_ROOM, missing },
        { VM_REMEDY_ROOM,
          missing + count_before(snapshot, admissions, slot) },
    };
    bool given_up = false;

    for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
        bool possible = (tries[i].type == VM_REMEDY_RETURN
                         ? !serves
                         : tries[i].type == VM_REMEDY_PREF
                         ? serves && !missing
                         : (serves && missing
                            && snapshot->reservable_pct));

        if (possible && helps(snapshot, slot, member, &tries[i], steps,
                              &given_up)) {
            *remedy = tries[i];
            return;
        }
    }
    *remedy = (struct vm_remedy) {
        given_up ? VM_REMEDY_UNKNOWN : VM_REMEDY_NONE, 0
    };
}

void
vm_remedy_find(const struct vm_snapshot *snapshot,
               const struct vm_admission *admissions, size_t slot,
               unsigned long int *steps, struct vm_remedy *remedies)
{
    for (size_t u = 0; u < snapshot->n_members; u++) {
        find_for_member(snapshot, admissions, slot, u, steps, &remedies[u]);
    }
}

static void
put_separator(struct ds *s, size_t start, const char *first,
              const char *further)
{
    ds_put_cstr(s, s->length == start ? first : further);
}

void
vm_remedy_format(const struct vm_snapshot *snapshot,
                 const struct vm_remedy *remedies, struct ds *s)
{
    size_t start = s->length;
    bool unknown = false;

    for (size_t u = 0; u < snapshot->n_members; u++) {
        const struct vm_remedy *remedy = &remedies[u];
        const char *name = snapshot->members[u].name;
        bool same = u > 0 && remedies[u - 1].type == remedy->type;

        switch (remedy->type) {
        case VM_REMEDY_NONE:
            break;
        case VM_REMEDY_UNKNOWN:
            unknown = true;
            break;
        case VM_REMEDY_ROOM:
            if (same && remedies[u - 1].room == remedy->room) {
                ds_put_format(s, " or %s", name);
            } else {
                put_separator(s, start, "needs ", ", or ");
                vm_rate_format(remedy->room, s);
                ds_put_format(s, " more on %s", name);
            }
            break;
        case VM_REMEDY_RETURN:
        case VM_REMEDY_PREF:
            if (same) {
                ds_put_format(s, " or %s", name);
            } else {
                put_separator(s, start, "needs ", ", or ");
                ds_put_format(s, remedy->type == VM_REMEDY_RETURN
                              ? "the return of %s"
                              : "vm-uplinks to begin with %s", name);
            }
            break;
        }
    }
    if (s->length == start) {
        ds_put_cstr(s, unknown
                    ? "no change of a single member was found that would help"
                    : "nothing about a single member would help");
    }
}
