/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-sender-rest.h"

#include <stdlib.h>
#include <string.h>

#include "base/vm-set.h"
#include "engine/vm-sender.h"
#include "model/vm-entity.h"
#include "model/vm-slot-load.h"
#include "util.h"

/* Wakes 'slot' if it is at rest.  Counts nothing until 'at' for the loads that
 * its meter counts. */
static void
wake_slot(struct vm_slot *slot, long long int at)
{
    bool counts = slot->at_rest && slot->load_metered;

    for (size_t i = 0; counts && i < slot->n_interfaces; i++) {
        struct vm_interface_load *load = &slot->interfaces[i]->load;

        if (at > load->rate.when) {
            vm_interface_load_count(load, 0, at);
        }
    }
    slot->at_rest = false;
}

/* Wakes 'sender', which was at rest. */
static void
wake(struct vm_senders *senders, struct vm_sender *sender)
{
    long long int at = senders->rested_at;

    vm_demand_rest(&sender->demand, at);
    sender->limited_at = MAX(sender->limited_at, at);
    for (size_t i = 0; i < sender->n_slots; i++) {
        wake_slot(sender->slots[i], at);
    }
    sender->at_rest = false;
    sender->was_at_rest = true;
    senders->stale = true;
}

static void
lay_to_rest(struct vm_senders *senders, struct vm_sender *sender)
{
    for (size_t i = 0; i < sender->n_slots; i++) {
        sender->slots[i]->at_rest = true;
    }
    if (sender->meter) {
        sender->meter->idle = true;
    }
    sender->at_rest = true;
    senders->stale = true;
}

/* Wakes the senders of the endpoint named 'id', if there are any.  They are
 * sampled before they may rest again, if they 'send'. */
static void
wake_endpoint(struct vm_senders *senders, const char *id, bool send)
{
    for (size_t i = vm_senders_first(senders, id);
         i < senders->n && !strcmp(senders->list[i]->endpoint->id, id); i++) {
        struct vm_sender *sender = senders->list[i];

        if (sender->at_rest) {
            wake(senders, sender);
        }
        sender->was_at_rest = sender->was_at_rest && !send;
    }
}

/* Makes the list of those that are awake. */
static void
list_awake(struct vm_senders *senders)
{
    if (!senders->stale) {
        return;
    }
    if (senders->n > senders->allocated_awake) {
        free(senders->awake);
        senders->allocated_awake = senders->allocated;
        senders->awake = xmalloc(senders->allocated
                                 * sizeof *senders->awake);
    }
    senders->n_awake = 0;
    for (size_t i = 0; i < senders->n; i++) {
        if (!senders->list[i]->at_rest) {
            senders->awake[senders->n_awake++] = senders->list[i];
        }
    }
    senders->stale = false;
}

void
vm_senders_wake_all(struct vm_senders *senders)
{
    for (size_t i = 0; i < senders->n; i++) {
        if (senders->list[i]->at_rest) {
            wake(senders, senders->list[i]);
        }
    }
    list_awake(senders);
}

bool
vm_senders_wake_member(struct vm_senders *senders,
                       const struct vm_member *member)
{
    bool any = false;

    for (size_t i = 0; i < senders->n; i++) {
        const struct vm_sender *sender = senders->list[i];

        if (sender->member == member && sender->at_rest) {
            wake_endpoint(senders, sender->endpoint->id, false);
            any = true;
        }
    }
    list_awake(senders);
    return any;
}

void
vm_senders_note_traffic(struct vm_senders *senders,
                        const struct vm_slot *slot)
{
    const struct vm_endpoint *endpoint = slot->endpoint;

    /* A slot without a member has no sender, but may share a meter. */
    for (size_t i = 0; i < endpoint->n_slots; i++) {
        if (endpoint->slots[i]->at_rest) {
            sset_add(&senders->roused, endpoint->id);
            return;
        }
    }
}

void
vm_senders_rested(struct vm_senders *senders, long long int at)
{
    senders->rested_at = MAX(senders->rested_at, at);
}

void
vm_senders_wake_changed(struct vm_senders *senders,
                        struct vm_endpoint *const *changed, size_t n)
{
    const char *id;

    for (size_t i = 0; i < n; i++) {
        const struct vm_endpoint *endpoint = changed[i];

        wake_endpoint(senders, endpoint->id, false);
        for (size_t j = 0; j < endpoint->n_slots; j++) {
            /* It has left its sender. */
            wake_slot(endpoint->slots[j], senders->rested_at);
        }
    }
    SSET_FOR_EACH (id, &senders->roused) {
        wake_endpoint(senders, id, true);
    }
    vm_set_clear(&senders->roused);
    list_awake(senders);
}

/* Lays the 'n' senders of an endpoint to rest, if they may rest and, unless
 * what they sent was 'sampled', were at rest before. */
static void
settle_endpoint(struct vm_senders *senders, struct vm_sender **own, size_t n,
                const struct vm_meters *meters, bool sampled,
                long long int now)
{
    bool rests = !own[0]->endpoint->limited;

    for (size_t i = 0; i < n; i++) {
        rests = (rests && (sampled || own[i]->was_at_rest)
                 && vm_sender_may_rest(own[i], meters, now));
        own[i]->was_at_rest = false;
    }
    for (size_t i = 0; rests && i < n; i++) {
        lay_to_rest(senders, own[i]);
    }
}

void
vm_senders_settle(struct vm_senders *senders, const struct vm_meters *meters,
                  bool sampled, long long int now)
{
    size_t n;

    for (size_t i = 0; i < senders->n_awake; i += n) {
        n = vm_senders_count(senders->awake, senders->n_awake, i);
        settle_endpoint(senders, senders->awake + i, n, meters, sampled, now);
    }
    list_awake(senders);
}
