/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-grant.h"

#include <stdlib.h>

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
    claim->guarantee = vm_sender_guarantee(sender);
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

/* Computes the grants of the senders on 'member', where the contention is at
 * least what was stored there, unless it is judged 'anew'.  An assumed
 * capacity limits no sender. */
static void
granted_init(struct granted *granted, const struct vm_senders *all,
             const struct vm_member *member, bool anew)
{
    struct vm_sender **senders = xmalloc((all->n + 1) * sizeof *senders);
    struct vm_rate_claim *claims = xmalloc((all->n + 1) * sizeof *claims);
    const struct vm_demand **demands = xmalloc((all->n + 1)
                                               * sizeof *demands);
    enum vm_contention at_least = VM_CONTENTION_NONE;
    size_t n = 0;

    for (size_t i = 0; i < all->n; i++) {
        if (all->list[i]->member == member) {
            senders[n] = all->list[i];
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

/* Grants the senders on 'member'. */
static void
grant_member(const struct vm_senders *senders, const struct vm_member *member,
             bool anew)
{
    uint64_t known = vm_member_known_capacity(member);
    struct granted granted;

    granted_init(&granted, senders, member, anew);
    for (size_t i = 0; i < granted.n; i++) {
        struct vm_sender *sender = granted.senders[i];

        sender->grant = granted.grants[i];
        sender->capacity = known ? known : VM_RATE_NONE;
        sender->contention = granted.contention;
    }
    granted_destroy(&granted);
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

/* Divides the limits of all endpoints. */
static void
divide_limits(const struct vm_senders *senders, bool granted)
{
    size_t end;

    for (size_t i = 0; i < senders->n; i = end) {
        const struct vm_endpoint *endpoint = senders->list[i]->endpoint;

        end = i + 1;
        while (end < senders->n && senders->list[end]->endpoint == endpoint) {
            end++;
        }
        if (end - i > 1 && endpoint->policy.max_rate != VM_RATE_NONE) {
            divide_limit(senders->list + i, end - i, granted);
        } else {
            for (size_t j = i; j < end; j++) {
                senders->list[j]->part = endpoint->policy.max_rate;
            }
        }
    }
}

/* Returns true if a sender on 'member' cannot use its grant, because its part
 * of the limit is less. */
static bool
is_left_over(const struct vm_senders *senders, const struct vm_member *member)
{
    for (size_t i = 0; i < senders->n; i++) {
        const struct vm_sender *sender = senders->list[i];

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
    for (size_t i = 0; i < senders->n; i++) {
        if (senders->list[i]->member == member) {
            return vm_sender_is_contended(senders->list[i]);
        }
    }
    return false;
}

static void
claim_parts(const struct vm_senders *senders, const struct vm_member *member)
{
    for (size_t i = 0; i < senders->n; i++) {
        if (senders->list[i]->member == member) {
            senders->list[i]->claimed = senders->list[i]->part;
        }
    }
}

static void
grant_all(struct vm_senders *senders, const struct vm_inventory *inventory,
          bool anew, bool early)
{
    divide_limits(senders, false);
    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];

        if (!early || is_contended(senders, member)) {
            claim_parts(senders, member);
            grant_member(senders, member, anew);
        }
    }
    divide_limits(senders, true);
    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];

        if (is_left_over(senders, member)) {
            claim_parts(senders, member);
            grant_member(senders, member, false);
        }
    }
}

void
vm_grant_all(struct vm_senders *senders, const struct vm_inventory *inventory,
             bool anew)
{
    grant_all(senders, inventory, anew, false);
}

void
vm_grant_early(struct vm_senders *senders,
               const struct vm_inventory *inventory)
{
    grant_all(senders, inventory, false, true);
}

/* Checks. */

void
vm_grant_check(const struct vm_senders *senders,
               const struct vm_inventory *inventory, struct ds *differences)
{
    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];
        struct granted granted;

        granted_init(&granted, senders, member, false);
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
