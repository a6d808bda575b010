/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-sender-list.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "engine/vm-meter.h"
#include "engine/vm-sender-rest.h"
#include "engine/vm-sender.h"
#include "model/vm-endpoint-list.h"
#include "util.h"

void
vm_senders_init(struct vm_senders *senders)
{
    memset(senders, 0, sizeof *senders);
    shash_init(&senders->by_id);
    sset_init(&senders->roused);
    senders->rested_at = LLONG_MIN;
}

static void
sender_destroy(struct vm_sender *sender)
{
    free(sender->id);
    free(sender->member_name);
    free(sender->slots);
    free(sender);
}

void
vm_senders_destroy(struct vm_senders *senders)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &senders->by_id) {
        struct vm_sender *sender = node->data;

        shash_steal(&senders->by_id, node);
        sender_destroy(sender);
    }
    shash_destroy(&senders->by_id);
    free(senders->list);
    free(senders->awake);
    sset_destroy(&senders->roused);
}

/* Grouping. */

static void
append(struct vm_senders *senders, struct vm_sender *sender)
{
    if (senders->n >= senders->allocated) {
        senders->list = x2nrealloc(senders->list, &senders->allocated,
                                   sizeof *senders->list);
    }
    senders->list[senders->n++] = sender;
}

/* Appends the sender with that id and returns it.  It is new if there was none
 * before the slots were grouped again. */
static struct vm_sender *
append_sender(struct vm_senders *senders, const char *id, long long int now)
{
    struct vm_sender *sender = shash_find_data(&senders->by_id, id);

    if (!sender) {
        sender = xzalloc(sizeof *sender);
        sender->id = xstrdup(id);
        vm_demand_init(&sender->demand, now);
        sender->limited_at = now;
        sender->grant.rate = VM_RATE_NONE;
        sender->claimed = sender->part = VM_RATE_NONE;
        sender->in_force = VM_RATE_NONE;
        sender->policed_until = LLONG_MIN;
        shash_add_nocopy(&senders->by_id, sender->id, sender);
    }
    sender->n_slots = 0;
    sender->pass = senders->pass;
    append(senders, sender);
    return sender;
}

static void
add_slot(struct vm_sender *sender, struct vm_slot *slot)
{
    if (sender->n_slots >= sender->allocated_slots) {
        sender->slots = x2nrealloc(sender->slots, &sender->allocated_slots,
                                   sizeof *sender->slots);
    }
    sender->slots[sender->n_slots++] = slot;
}

/* Puts 'sender' on 'member', where contention is yet to be judged if it was on
 * another one.  That one might be gone, and its memory another member's. */
static void
set_member(struct vm_sender *sender, struct vm_member *member)
{
    if (!nullable_string_is_equal(sender->member_name, member->name)) {
        free(sender->member_name);
        sender->member_name = xstrdup(member->name);
        sender->contention = VM_CONTENTION_NONE;
    }
    sender->member = member;
}

/* Groups the slots of 'endpoint' into senders. */
static void
group_endpoint(struct vm_senders *senders,
               const struct vm_inventory *inventory,
               struct vm_endpoint *endpoint, long long int now)
{
    size_t first = senders->n;

    for (size_t i = 0; i < endpoint->n_slots; i++) {
        struct vm_slot *slot = endpoint->slots[i];
        struct vm_member *member
            = vm_inventory_find_member(inventory, slot->member);
        size_t j = first;

        if (!member) {
            continue;
        }
        while (j < senders->n && senders->list[j]->member != member) {
            j++;
        }
        if (j >= senders->n) {
            struct vm_sender *sender = append_sender(senders, slot->id, now);

            sender->endpoint = endpoint;
            set_member(sender, member);
        }
        add_slot(senders->list[j], slot);
    }
}

bool
vm_senders_exist(const struct vm_inventory *inventory,
                 const struct vm_endpoint *endpoint)
{
    for (size_t i = 0; i < endpoint->n_slots; i++) {
        if (vm_inventory_find_member(inventory, endpoint->slots[i]->member)) {
            return true;
        }
    }
    return false;
}

/* The senders before their slots are grouped again. */
struct former {
    struct vm_sender **list;
    size_t n;
    size_t i;                   /* Next one in 'list'. */
};

/* Appends the senders of 'endpoint', which has some and has not changed, from
 * the list of 'former'.  Those that are skipped are of endpoints that have
 * changed or are gone. */
static void
keep_senders(struct vm_senders *senders, struct former *former,
             const struct vm_endpoint *endpoint)
{
    struct vm_sender **list = former->list;

    while (former->i < former->n && list[former->i]->endpoint != endpoint) {
        former->i++;
    }
    while (former->i < former->n && list[former->i]->endpoint == endpoint) {
        struct vm_sender *sender = list[former->i++];

        sender->pass = senders->pass;
        append(senders, sender);
    }
}

/* Destroys the senders in the list of 'former' that have lost their slots.
 * Their meters in 'meters', if that is nonnull, are not wanted any more. */
static void
destroy_former(struct vm_senders *senders, const struct former *former,
               struct vm_meters *meters)
{
    for (size_t i = 0; i < former->n; i++) {
        struct vm_sender *sender = former->list[i];

        if (sender->pass == senders->pass) {
            continue;
        }
        if (meters && sender->meter) {
            vm_meters_unwant(meters, sender->meter);
        }
        shash_steal(&senders->by_id, shash_find(&senders->by_id, sender->id));
        sender_destroy(sender);
    }
    free(former->list);
}

/* Endpoints whose slots are grouped again, by id. */
struct changed {
    struct vm_endpoint *const *list;
    size_t n;
    size_t i;                   /* Next one in 'list'. */
};

/* Returns true if 'endpoint' is the next one in 'changed', and counts it. */
static bool
is_next(struct changed *changed, const struct vm_endpoint *endpoint)
{
    bool found = (changed->i < changed->n
                  && changed->list[changed->i] == endpoint);

    changed->i += found;
    return found;
}

/* Groups the slots of the endpoints in 'changed' alone, or of all of them if
 * that is null. */
static void
regroup(struct vm_senders *senders, struct vm_meters *meters,
        const struct vm_inventory *inventory, struct changed *changed,
        long long int now)
{
    struct former former = { .list = senders->list, .n = senders->n };

    senders->list = NULL;
    senders->n = senders->allocated = 0;
    senders->pass++;
    for (size_t i = 0; i < inventory->n_endpoints; i++) {
        struct vm_endpoint *endpoint = inventory->endpoints_by_id[i];

        if (!changed || is_next(changed, endpoint)) {
            group_endpoint(senders, inventory, endpoint, now);
        } else if (vm_senders_exist(inventory, endpoint)) {
            keep_senders(senders, &former, endpoint);
        }
    }
    destroy_former(senders, &former, meters);
    senders->stale = true;
}

void
vm_senders_regroup(struct vm_senders *senders,
                   const struct vm_inventory *inventory, long long int now)
{
    regroup(senders, NULL, inventory, NULL, now);
}

void
vm_senders_update(struct vm_senders *senders, struct vm_meters *meters,
                  const struct vm_inventory *inventory, long long int now)
{
    size_t n;
    struct vm_endpoint **changed = vm_endpoint_list_changed(
        inventory, &inventory->place, &n);

    if (inventory->place.all) {
        regroup(senders, meters, inventory, NULL, now);
        vm_senders_wake_all(senders);
    } else if (inventory->slots_changed) {
        struct changed some = { .list = changed, .n = n };

        regroup(senders, meters, inventory, &some, now);
    }
    vm_senders_wake_changed(senders, changed, n);
    free(changed);
}
