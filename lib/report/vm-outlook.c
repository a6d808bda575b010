/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-outlook.h"

#include <stdlib.h>
#include <string.h>

#include "engine/vm-builder.h"
#include "engine/vm-engine.h"
#include "engine/vm-grant.h"
#include "model/vm-slot.h"
#include "simap.h"
#include "solve/vm-rates.h"
#include "util.h"

/* Returns the rate of 'endpoint' on 'member', after adding it if it is not in
 * 'indexes', which maps identities to indexes. */
static struct vm_outlook_rate *
find_or_add(struct vm_outlook *outlook, struct simap *indexes,
            const struct vm_endpoint *endpoint, const struct vm_member *member)
{
    struct simap_node *node = simap_find(indexes, endpoint->id);
    struct vm_outlook_rate *rate;

    if (node) {
        return &outlook->list[node->data];
    }
    simap_put(indexes, endpoint->id, outlook->n);
    if (outlook->n >= outlook->allocated) {
        outlook->list = x2nrealloc(outlook->list, &outlook->allocated,
                                   sizeof *outlook->list);
    }
    rate = &outlook->list[outlook->n++];
    *rate = (struct vm_outlook_rate) { .endpoint = endpoint,
                                       .member = member };
    return rate;
}

/* Adds the senders on the member with that index, without their rates, and
 * what they send to its load. */
static void
add_senders(struct vm_outlook *outlook, const struct vm_builder *builder,
            int index, const struct vm_member *member)
{
    struct simap indexes = SIMAP_INITIALIZER(&indexes);

    for (size_t i = 0; i < builder->snapshot.n_slots; i++) {
        const struct vm_snap_slot *snap = &builder->snapshot.slots[i];
        const struct vm_slot *slot = builder->states[i];

        if (snap->present == index) {
            struct vm_outlook_rate *rate
                = find_or_add(outlook, &indexes, slot->endpoint, member);

            outlook->loads[index] += snap->demand;
            rate->wants = MIN(rate->wants + snap->demand,
                              slot->endpoint->policy.max_rate);
            if (!slot->guarantee_unmet) {
                rate->guarantee += vm_slot_guarantee(slot);
            }
        }
    }
    simap_destroy(&indexes);
}

static int
compare_endpoints(const void *a_, const void *b_)
{
    const struct vm_outlook_rate *a = a_;
    const struct vm_outlook_rate *b = b_;

    return strcmp(a->endpoint->id, b->endpoint->id);
}

/* Fills in the rates of the 'n' senders on 'member'. */
static void
allocate(struct vm_outlook_rate *list, size_t n,
         const struct vm_member *member)
{
    struct vm_rate_claim *claims = xcalloc(n, sizeof *claims);
    struct vm_rate_grant *rates = xcalloc(n, sizeof *rates);

    for (size_t i = 0; i < n; i++) {
        const struct vm_policy *policy = &list[i].endpoint->policy;

        claims[i] = (struct vm_rate_claim) {
            .id = list[i].endpoint->id,
            .priority = policy->priority,
            .shares = policy->shares,
            .guarantee = list[i].guarantee,
            .limit = policy->max_rate,
            .demand = list[i].wants,
        };
    }
    /* An assumed capacity limits no sender. */
    vm_rates_allocate(claims, n, (vm_member_known_capacity(member)
                                  ? vm_grant_usable(member)
                                  : VM_RATE_NONE), rates);
    for (size_t i = 0; i < n; i++) {
        list[i].granted = MIN(rates[i].rate, list[i].wants);
        list[i].limited = rates[i].limited;
    }
    free(claims);
    free(rates);
}

static void
add_to_sum(struct shash *sums, const struct vm_outlook_rate *rate)
{
    struct vm_outlook_rate *sum = shash_find_data(sums, rate->endpoint->id);

    if (!sum) {
        sum = xzalloc(sizeof *sum);
        sum->endpoint = rate->endpoint;
        shash_add(sums, rate->endpoint->id, sum);
    }
    sum->wants += rate->wants;
    sum->granted += rate->granted;
    sum->guarantee += rate->guarantee;
    sum->limited |= rate->limited;
}

void
vm_outlook_init(struct vm_outlook *outlook, const struct vm_engine *engine,
                long long int now)
{
    const struct vm_inventory *inventory = vm_engine_inventory(engine);
    struct vm_builder builder;

    memset(outlook, 0, sizeof *outlook);
    vm_builder_init_measured(&builder, inventory, vm_engine_config(engine),
                             now);
    outlook->loads = xcalloc(inventory->n_members, sizeof *outlook->loads);
    for (size_t i = 0; i < inventory->n_members; i++) {
        size_t first = outlook->n;

        if (builder.members[i].usable) {
            outlook->loads[i] = builder.members[i].background;
        }
        add_senders(outlook, &builder, i, inventory->members[i]);
        if (outlook->n > first) {
            qsort(outlook->list + first, outlook->n - first,
                  sizeof *outlook->list, compare_endpoints);
            allocate(outlook->list + first, outlook->n - first,
                     inventory->members[i]);
        }
    }
    vm_builder_destroy(&builder);
    shash_init(&outlook->sums);
    for (size_t i = 0; i < outlook->n; i++) {
        add_to_sum(&outlook->sums, &outlook->list[i]);
    }
}

void
vm_outlook_destroy(struct vm_outlook *outlook)
{
    free(outlook->list);
    free(outlook->loads);
    shash_destroy_free_data(&outlook->sums);
}

const struct vm_outlook_rate *
vm_outlook_find(const struct vm_outlook *outlook, const char *id)
{
    return shash_find_data(&outlook->sums, id);
}
