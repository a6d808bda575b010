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

    SHASH_FOR_EACH (node, &senders->by_id) {
        sender_destroy(node->data);
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

/* Appends the sender with that id and returns it.  It is taken from 'old' if
 * that has it, else it is new. */
static struct vm_sender *
append_sender(struct vm_senders *senders, struct shash *old, const char *id,
              long long int now)
{
    struct vm_sender *sender = shash_find_and_delete(old, id);

    if (!sender) {
        sender = xzalloc(sizeof *sender);
        sender->id = xstrdup(id);
        vm_demand_init(&sender->demand, now);
        sender->limited_at = now;
        sender->grant.rate = VM_RATE_NONE;
        sender->claimed = sender->part = VM_RATE_NONE;
        sender->in_force = VM_RATE_NONE;
        sender->policed_until = LLONG_MIN;
    }
    sender->n_slots = 0;
    shash_add_assert(&senders->by_id, id, sender);
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
group_endpoint(struct vm_senders *senders, struct shash *old,
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
            struct vm_sender *sender = append_sender(senders, old, slot->id,
                                                     now);

            sender->endpoint = endpoint;
            set_member(sender, member);
        }
        add_slot(senders->list[j], slot);
    }
}

/* Destroys the senders in 'old', which have lost their slots.  Their meters in
 * 'meters', if that is nonnull, are not wanted any more. */
static void
destroy_old(struct shash *old, struct vm_meters *meters)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, old) {
        struct vm_sender *sender = node->data;

        if (meters && sender->meter) {
            vm_meters_unwant(meters, sender->meter);
        }
        sender_destroy(sender);
    }
    shash_destroy(old);
}

static void
regroup_all(struct vm_senders *senders, struct vm_meters *meters,
            const struct vm_inventory *inventory, long long int now)
{
    struct shash old = SHASH_INITIALIZER(&old);

    shash_swap(&old, &senders->by_id);
    senders->n = 0;
    for (size_t i = 0; i < inventory->n_endpoints; i++) {
        group_endpoint(senders, &old, inventory,
                       inventory->endpoints_by_id[i], now);
    }
    destroy_old(&old, meters);
    senders->stale = true;
}

void
vm_senders_regroup(struct vm_senders *senders,
                   const struct vm_inventory *inventory, long long int now)
{
    regroup_all(senders, NULL, inventory, now);
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
    struct shash old;           /* Those that may lose their slots, by id. */
};

/* Returns the first sender of 'endpoint', which has not changed, in the list
 * of 'former', and stores in '*n' how many it has.  Moves those that are
 * skipped from 'senders' to 'former->old', if 'collects': their endpoints have
 * changed or are gone. */
static struct vm_sender **
find_former(struct vm_senders *senders, struct former *former,
            const struct vm_endpoint *endpoint, bool collects, size_t *n)
{
    struct vm_sender **list = former->list;
    size_t first;

    for (; former->i < former->n && list[former->i]->endpoint != endpoint;
         former->i++) {
        struct vm_sender *sender = list[former->i];

        if (collects) {
            shash_find_and_delete_assert(&senders->by_id, sender->id);
            shash_add_assert(&former->old, sender->id, sender);
        }
    }
    first = former->i;
    while (former->i < former->n && list[former->i]->endpoint == endpoint) {
        former->i++;
    }
    *n = former->i - first;
    return list + first;
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

/* Collects in 'former->old' all senders but those of endpoints that are not in
 * 'changed'. */
static void
collect_old(struct vm_senders *senders, struct former *former,
            const struct vm_inventory *inventory, struct changed changed)
{
    size_t n_kept;

    for (size_t i = 0; i < inventory->n_endpoints; i++) {
        const struct vm_endpoint *endpoint = inventory->endpoints_by_id[i];

        if (!is_next(&changed, endpoint)
            && vm_senders_exist(inventory, endpoint)) {
            find_former(senders, former, endpoint, true, &n_kept);
        }
    }
    find_former(senders, former, NULL, true, &n_kept);
}

/* Groups the slots of the endpoints in 'changed' alone. */
static void
regroup_changed(struct vm_senders *senders, struct vm_meters *meters,
                const struct vm_inventory *inventory, struct changed changed,
                long long int now)
{
    struct former former = { .list = senders->list, .n = senders->n };

    shash_init(&former.old);
    collect_old(senders, &former, inventory, changed);

    former.i = 0;
    senders->list = NULL;
    senders->n = senders->allocated = 0;
    for (size_t i = 0; i < inventory->n_endpoints; i++) {
        struct vm_endpoint *endpoint = inventory->endpoints_by_id[i];

        if (is_next(&changed, endpoint)) {
            group_endpoint(senders, &former.old, inventory, endpoint, now);
        } else if (vm_senders_exist(inventory, endpoint)) {
            size_t n_kept;
            struct vm_sender **kept = find_former(senders, &former, endpoint,
                                                  false, &n_kept);

            for (size_t k = 0; k < n_kept; k++) {
                append(senders, kept[k]);
            }
        }
    }
    free(former.list);
    destroy_old(&former.old, meters);
    senders->stale = true;
}

void
vm_senders_update(struct vm_senders *senders, struct vm_meters *meters,
                  const struct vm_inventory *inventory, long long int now)
{
    size_t n;
    struct vm_endpoint **changed = vm_endpoint_list_changed(
        inventory, &inventory->place, &n);

    if (inventory->place.all) {
        regroup_all(senders, meters, inventory, now);
        vm_senders_wake_all(senders);
    } else if (inventory->slots_changed) {
        regroup_changed(senders, meters, inventory,
                        (struct changed) { .list = changed, .n = n }, now);
    }
    vm_senders_wake_changed(senders, changed, n);
    free(changed);
}
