/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-grant.h"

#include <stdlib.h>

#include "engine/vm-sender-rest.h"
#include "openvswitch/dynamic-string.h"
#include "solve/vm-limit.h"
#include "util.h"

/* Members. */

uint64_t
vm_grant_usable(const struct vm_member *member)
{
    uint64_t capacity = vm_member_capacity(member);
    uint64_t others = MIN(vm_member_background(member,
                                               VM_BACKGROUND_FOR_RATES),
                          capacity / 100 * VM_GRANT_BACKGROUND_PCT);

    return vm_rates_usable(capacity - others, VM_RATES_HEADROOM_PPM);
}

static void
make_claim(struct vm_rate_claim *claim, const struct vm_sender *sender)
{
    const struct vm_policy *policy = &sender->endpoint->policy;

    claim->id = sender->id;
    claim->priority = policy->priority;
    claim->shares = policy->shares;
    claim->guarantee = vm_sender_guarantee(sender) + sender->lent;
    claim->limit = sender->claimed;
    claim->demand = 0;
}

/* The senders on a member, and the grant of each. */
struct granted {
    struct vm_sender **senders;
    struct vm_rate_grant *grants;
    size_t n;
    enum vm_contention contention;
};

static void
granted_destroy(struct granted *granted)
{
    free(granted->senders);
    free(granted->grants);
}

/* Computes the grants of those of the 'n_all' senders in 'all' that are on
 * 'member', where the contention is at least what was stored there, unless it
 * is judged 'anew'.  An assumed capacity limits no sender. */
static void
granted_init(struct granted *granted, struct vm_sender *const *all,
             size_t n_all, const struct vm_member *member, bool anew)
{
    struct vm_sender **senders = xmalloc((n_all + 1) * sizeof *senders);
    struct vm_rate_claim *claims = xmalloc((n_all + 1) * sizeof *claims);
    const struct vm_demand **demands = xmalloc((n_all + 1) * sizeof *demands);
    enum vm_contention at_least = VM_CONTENTION_NONE;
    size_t n = 0;

    for (size_t i = 0; i < n_all; i++) {
        if (all[i]->member == member) {
            senders[n] = all[i];
            make_claim(&claims[n], senders[n]);
            demands[n] = &senders[n]->demand;
            at_least = anew ? at_least : MAX(at_least, senders[n]->contention);
            n++;
        }
    }
    granted->senders = senders;
    granted->grants = xcalloc(n + 1, sizeof *granted->grants);
    granted->n = n;
    granted->contention = VM_CONTENTION_NONE;
    if (vm_member_known_capacity(member)) {
        granted->contention
            = vm_demand_allocate(claims, demands, n, vm_grant_usable(member),
                                 at_least, granted->grants);
    } else {
        for (size_t i = 0; i < n; i++) {
            granted->grants[i].rate = VM_RATE_NONE;
        }
    }
    free(claims);
    free(demands);
}

static void
claim_parts(const struct vm_senders *senders, const struct vm_member *member)
{
    for (size_t i = 0; i < senders->n_awake; i++) {
        if (senders->awake[i]->member == member) {
            senders->awake[i]->claimed = senders->awake[i]->part;
        }
    }
}

/* Grants those on 'member' that are awake, and returns the contention. */
static enum vm_contention
grant_awake(const struct vm_senders *senders, const struct vm_member *member,
            bool anew)
{
    uint64_t known = vm_member_known_capacity(member);
    struct granted granted;

    claim_parts(senders, member);
    granted_init(&granted, senders->awake, senders->n_awake, member, anew);
    for (size_t i = 0; i < granted.n; i++) {
        struct vm_sender *sender = granted.senders[i];

        sender->grant = granted.grants[i];
        sender->capacity = known ? known : VM_RATE_NONE;
        sender->contention = granted.contention;
    }
    granted_destroy(&granted);
    return granted.contention;
}

/* Grants the senders on 'member'.  Those at rest want nothing, so that they
 * matter only if there is contention. */
static void
grant_member(struct vm_senders *senders, const struct vm_member *member,
             bool anew)
{
    if (grant_awake(senders, member, anew) != VM_CONTENTION_NONE
        && vm_senders_wake_member(senders, member)) {
        grant_awake(senders, member, anew);
    }
}

/* Guarantees. */

/* Returns what of its guarantee 'sender' does not want now. */
static uint64_t
get_unused(const struct vm_sender *sender)
{
    const struct vm_demand *demand = &sender->demand;
    uint64_t guarantee = vm_sender_guarantee(sender);
    uint64_t wanted = demand->begins ? guarantee : vm_demand_get(demand, 0);

    return guarantee - MIN(guarantee, wanted);
}

/* Returns what 'sender' wants beyond its guarantee. */
static uint64_t
get_missing(const struct vm_sender *sender)
{
    uint64_t guarantee = vm_sender_guarantee(sender);
    uint64_t wanted = MIN(vm_demand_get(&sender->demand, 0),
                          sender->endpoint->policy.max_rate);

    return wanted - MIN(guarantee, wanted);
}

/* Lends to those of 'n' senders of one endpoint that want more than their
 * guarantees what the others do not want of theirs, as far as there is room on
 * the member.  'spare' has what is not reserved of each member. */
static void
lend(const struct vm_inventory *inventory, struct vm_sender **senders,
     size_t n, uint64_t *spare)
{
    uint64_t pool = 0;

    for (size_t i = 0; i < n; i++) {
        pool += get_unused(senders[i]);
    }
    for (size_t i = 0; i < n && pool; i++) {
        int member = vm_inventory_member_index(inventory,
                                               senders[i]->member->name);
        uint64_t lent = MIN(MIN(get_missing(senders[i]), pool),
                            spare[member]);

        senders[i]->lent = lent;
        spare[member] -= lent;
        pool -= lent;
    }
}

/* Returns true if one of 'n' senders of one endpoint may borrow of others. */
static bool
may_borrow(struct vm_sender *const *senders, size_t n)
{
    bool any = false;

    for (size_t i = 0; i < n; i++) {
        senders[i]->lent = 0;
        any = (any || (n > 1 && senders[i]->endpoint->policy.min_rate
                       && get_missing(senders[i])));
    }
    return any;
}

/* Returns what is not reserved of each member, in an array that the caller
 * must free. */
static uint64_t *
get_spare(const struct vm_senders *senders,
          const struct vm_inventory *inventory, unsigned int reservable_pct)
{
    uint64_t *spare = xcalloc(inventory->n_members + 1, sizeof *spare);

    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];

        spare[i] = MIN(vm_member_capacity(member) / 100 * reservable_pct,
                       vm_grant_usable(member));
    }
    for (size_t i = 0; i < senders->n; i++) {
        struct vm_sender *sender = senders->list[i];
        int member = vm_inventory_member_index(inventory,
                                               sender->member->name);

        spare[member] -= MIN(spare[member], vm_sender_guarantee(sender));
    }
    return spare;
}

/* Sets what each sender may claim beyond its own guarantee.  What is lent fits
 * beside the guarantees that were admitted. */
static void
lend_guarantees(const struct vm_senders *senders,
                const struct vm_inventory *inventory,
                unsigned int reservable_pct)
{
    uint64_t *spare = NULL;
    size_t n;

    for (size_t i = 0; i < senders->n_awake; i += n) {
        n = vm_senders_count(senders->awake, senders->n_awake, i);
        if (may_borrow(senders->awake + i, n)) {
            spare = (spare ? spare
                     : get_spare(senders, inventory, reservable_pct));
            lend(inventory, senders->awake + i, n, spare);
        }
    }
    free(spare);
}

/* Limits. */

/* Divides the limit of the endpoint of 'n' senders among them, up to what
 * their members grant if that is 'granted'. */
static void
divide_limit(struct vm_sender **senders, size_t n, bool granted)
{
    uint64_t limit = senders[0]->endpoint->policy.max_rate;
    struct vm_limit_claim *claims = xmalloc(n * sizeof *claims);
    uint64_t *parts = xmalloc(n * sizeof *parts);
    uint64_t room = vm_demand_room(limit, n);

    for (size_t i = 0; i < n; i++) {
        claims[i] = (struct vm_limit_claim) {
            .id = senders[i]->id,
            .guarantee = vm_sender_guarantee(senders[i]),
            .demand = vm_demand_get(&senders[i]->demand, room),
            .most = granted ? senders[i]->grant.rate : VM_RATE_NONE,
        };
    }
    vm_limit_divide(claims, n, limit, parts);
    for (size_t i = 0; i < n; i++) {
        senders[i]->part = parts[i];
    }
    free(claims);
    free(parts);
}

/* Divides the limits of all endpoints whose senders are awake. */
static void
divide_limits(const struct vm_senders *senders, bool granted)
{
    size_t n;

    for (size_t i = 0; i < senders->n_awake; i += n) {
        struct vm_sender **own = senders->awake + i;
        uint64_t limit = own[0]->endpoint->policy.max_rate;

        n = vm_senders_count(senders->awake, senders->n_awake, i);
        if (n > 1 && limit != VM_RATE_NONE) {
            divide_limit(own, n, granted);
        } else {
            for (size_t j = 0; j < n; j++) {
                own[j]->part = limit;
            }
        }
    }
}

/* Returns true if a sender on 'member' cannot use its grant, because its part
 * of the limit is less. */
static bool
is_left_over(const struct vm_senders *senders, const struct vm_member *member)
{
    for (size_t i = 0; i < senders->n_awake; i++) {
        const struct vm_sender *sender = senders->awake[i];

        if (sender->member == member && sender->grant.rate != VM_RATE_NONE
            && sender->part < MIN(sender->grant.rate, sender->claimed)) {
            return true;
        }
    }
    return false;
}

static bool
is_contended(const struct vm_senders *senders, const struct vm_member *member)
{
    for (size_t i = 0; i < senders->n_awake; i++) {
        if (senders->awake[i]->member == member) {
            return vm_sender_is_contended(senders->awake[i]);
        }
    }
    return false;
}

static void
grant_all(struct vm_senders *senders, const struct vm_inventory *inventory,
          unsigned int reservable_pct, bool anew, bool early)
{
    lend_guarantees(senders, inventory, reservable_pct);
    divide_limits(senders, false);
    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];

        if (!early || is_contended(senders, member)) {
            grant_member(senders, member, anew);
        }
    }
    divide_limits(senders, true);
    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];

        if (is_left_over(senders, member)) {
            grant_member(senders, member, false);
        }
    }
}

void
vm_grant_all(struct vm_senders *senders, const struct vm_inventory *inventory,
             unsigned int reservable_pct, bool anew)
{
    grant_all(senders, inventory, reservable_pct, anew, false);
}

void
vm_grant_early(struct vm_senders *senders,
               const struct vm_inventory *inventory,
               unsigned int reservable_pct)
{
    grant_all(senders, inventory, reservable_pct, false, true);
}

/* Checks. */

void
vm_grant_check(const struct vm_senders *senders,
               const struct vm_inventory *inventory, struct ds *differences)
{
    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];
        struct granted granted;

        granted_init(&granted, senders->list, senders->n, member, false);
        for (size_t j = 0; j < granted.n; j++) {
            const struct vm_sender *sender = granted.senders[j];
            const struct vm_rate_grant *grant = &granted.grants[j];

            if (sender->grant.rate != grant->rate
                || sender->grant.limited != grant->limited
                || sender->contention != granted.contention) {
                ds_put_format(differences, "%s: granted %"PRIu64" on %s, not "
                              "%"PRIu64"\n", sender->id, sender->grant.rate,
                              member->name, grant->rate);
            }
        }
        granted_destroy(&granted);
    }
}
