/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-failover.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/vm-utf8.h"
#include "model/vm-endpoint-list.h"
#include "model/vm-endpoint.h"
#include "model/vm-inventory.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

void
vm_failovers_init(struct vm_failovers *failovers)
{
    memset(failovers, 0, sizeof *failovers);
}

void
vm_failovers_destroy(struct vm_failovers *failovers)
{
    for (size_t i = 0; i < failovers->n; i++) {
        free(failovers->list[i].member);
    }
    free(failovers->list);
}

bool
vm_failover_occurs(const struct vm_failover *failover)
{
    return failover->ended == LLONG_MAX;
}

/* Removes the oldest failovers that have ended, if there are too many. */
static void
forget_old(struct vm_failovers *failovers)
{
    size_t i = 0;

    while (failovers->n >= VM_FAILOVER_HISTORY && i < failovers->n) {
        struct vm_failover *failover = &failovers->list[i];

        if (vm_failover_occurs(failover)) {
            i++;
            continue;
        }
        free(failover->member);
        failovers->n--;
        memmove(failover, failover + 1,
                (failovers->n - i) * sizeof *failover);
    }
}

/* Adds a failover to the list, which is in the order of serials. */
static struct vm_failover *
add_failover(struct vm_failovers *failovers, unsigned long long int serial,
             const char *member, long long int now)
{
    struct vm_failover *failover;
    size_t i;

    forget_old(failovers);
    failovers->list = xrealloc(failovers->list, (failovers->n + 1)
                               * sizeof *failovers->list);
    i = failovers->n++;
    for (; i && failovers->list[i - 1].serial > serial; i--) {
        failovers->list[i] = failovers->list[i - 1];
    }
    failover = &failovers->list[i];
    *failover = (struct vm_failover) {
        .serial = serial,
        .member = xstrdup(member),
        .began = now,
        .lost = now,
        .ended = LLONG_MAX,
    };
    failovers->last_serial = MAX(failovers->last_serial, serial);
    return failover;
}

static bool
has_serial(const struct vm_failovers *failovers,
           unsigned long long int serial)
{
    for (size_t i = 0; i < failovers->n; i++) {
        if (failovers->list[i].serial == serial) {
            return true;
        }
    }
    return false;
}

/* Returns the failover of 'member' that occurs, or null. */
static struct vm_failover *
find_occurring(const struct vm_failovers *failovers, const char *member)
{
    for (size_t i = 0; i < failovers->n; i++) {
        struct vm_failover *failover = &failovers->list[i];

        if (vm_failover_occurs(failover)
            && !strcmp(failover->member, member)) {
            return failover;
        }
    }
    return NULL;
}

/* Returns the failover that 'slot', which has not been placed since a restart
 * of the switch, belonged to before, or null. */
static const struct vm_failover *
find_restored(struct vm_failovers *failovers, const struct vm_slot *slot)
{
    const struct vm_failover *failover = NULL;

    if (slot->reason == VM_R_NONE && slot->home) {
        failover = find_occurring(failovers, slot->home);
    }
    if (slot->reason == VM_R_NONE && slot->later_home && !failover) {
        failover = find_occurring(failovers, slot->later_home);
    }
    return failover;
}

/* The failover of the member of 'slot' begins, the last loss of which was at
 * 'lost', or continues, and concerns 'slot'. */
static struct vm_failover *
begin_one(struct vm_failovers *failovers, struct vm_slot *slot,
          long long int lost, long long int now)
{
    struct vm_failover *failover = find_occurring(failovers, slot->member);

    if (!failover) {
        failover = add_failover(failovers, failovers->last_serial + 1,
                                slot->member, now);
        failover->lost = lost;
    }
    slot->failover = failover->serial;
    return failover;
}

void
vm_failovers_begin(struct vm_failovers *failovers,
                   struct vm_inventory *inventory, long long int now)
{
    size_t n;
    struct vm_slot **slots = vm_endpoint_list_slots(inventory,
                                                    &inventory->place, &n);

    for (size_t i = 0; i < n; i++) {
        struct vm_slot *slot = slots[i];
        const struct vm_failover *restored = find_restored(failovers, slot);
        const struct vm_member *member
            = vm_inventory_find_member(inventory, slot->member);

        if (slot->member && (!member || !vm_member_is_usable(member))) {
            begin_one(failovers, slot, now, now)->lost = now;
        } else if (restored) {
            slot->failover = restored->serial;
        }
    }
    free(slots);
}

void
vm_failovers_begin_leaving(struct vm_failovers *failovers,
                           struct vm_slot *slot, long long int now)
{
    begin_one(failovers, slot, now - VM_FAILOVER_LEAST, now);
    slot->leaves = true;
}

bool
vm_failovers_include(const struct vm_failovers *failovers,
                     const struct vm_slot *slot, const char *member)
{
    const struct vm_failover *failover = find_occurring(failovers, member);

    return failover && failover->serial == slot->failover;
}

char *
vm_failover_to_string(const struct vm_failover *failover)
{
    return xasprintf("%llu %s", failover->serial, failover->member);
}

void
vm_failovers_restore(struct vm_failovers *failovers, const char *text,
                     long long int now)
{
    unsigned long long int serial;
    char *member;

    if (!text || *text < '0' || *text > '9') {
        return;
    }
    serial = strtoull(text, &member, 10);
    if (*member != ' ' || !member[1] || !serial || serial == ULLONG_MAX
        || has_serial(failovers, serial)
        || vm_utf8_complaint(member + 1)
        || find_occurring(failovers, member + 1)) {
        return;
    }
    add_failover(failovers, serial, member + 1, now)->lost
        = now - VM_FAILOVER_LEAST;
}

void
vm_failovers_continue(struct vm_failovers *failovers,
                      const struct vm_failovers *old)
{
    failovers->last_serial = MAX(failovers->last_serial, old->last_serial);
}

/* The slots of one endpoint in one failover. */
struct concerned {
    bool any;
    bool without;               /* One of them has no member. */
    bool announces;             /* One of them is being announced. */
    bool leaves;                /* One of them has yet to leave its member. */
};

static struct concerned
look_at(const struct vm_endpoint *endpoint, unsigned long long int serial)
{
    struct concerned concerned = { false, false, false, false };

    for (size_t i = 0; i < endpoint->n_slots; i++) {
        const struct vm_slot *slot = endpoint->slots[i];

        if (slot->failover == serial) {
            concerned.any = true;
            concerned.without |= !slot->member;
            concerned.announces |= slot->announces_left > 0;
            concerned.leaves |= slot->leaves;
        }
    }
    return concerned;
}

/* Returns true if an endpoint with these slots is concerned by 'failover'. */
static bool
concerns(const struct vm_failover *failover, const struct concerned *concerned,
         long long int now)
{
    return (vm_failover_occurs(failover) && concerned->any
            && (concerned->without || concerned->announces
                || concerned->leaves
                || now < failover->lost + VM_FAILOVER_LEAST));
}

/* VMs of a failover. */
struct counts {
    size_t moved, without, concerned;
};

static struct counts
count_vms(const struct vm_inventory *inventory,
          const struct vm_failover *failover, long long int now)
{
    struct counts counts = { 0, 0, 0 };
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &inventory->endpoints) {
        const struct vm_endpoint *endpoint = node->data;
        struct concerned concerned = look_at(endpoint, failover->serial);

        if (concerned.any && !vm_endpoint_is_host(endpoint)) {
            counts.without += concerned.without;
            counts.moved += !concerned.without && !concerned.leaves;
            counts.concerned += concerns(failover, &concerned, now);
        }
    }
    return counts;
}

/* Returns true if nothing remains to be done in 'failover'. */
static bool
is_complete(const struct vm_inventory *inventory,
            const struct vm_failover *failover,
            bool (*is_asked)(const struct vm_endpoint *, const void *aux),
            const void *aux)
{
    const struct vm_member *member
        = vm_inventory_find_member(inventory, failover->member);
    const struct shash_node *node;

    if (member && member->drain_goes) {
        return false;
    }
    SHASH_FOR_EACH (node, &inventory->endpoints) {
        struct concerned concerned = look_at(node->data, failover->serial);

        if (concerned.announces || concerned.leaves
            || (concerned.without && !is_asked(node->data, aux))) {
            return false;
        }
    }
    return true;
}

const struct vm_failover *
vm_failovers_run(struct vm_failovers *failovers,
                 const struct vm_inventory *inventory,
                 bool (*is_asked)(const struct vm_endpoint *,
                                  const void *aux), const void *aux,
                 long long int now, bool *news)
{
    for (size_t i = 0; i < failovers->n; i++) {
        struct vm_failover *failover = &failovers->list[i];

        if (vm_failover_occurs(failover)) {
            struct counts counts = count_vms(inventory, failover, now);

            *news |= counts.concerned != failover->concerned;
            failover->moved = counts.moved;
            failover->without = counts.without;
            failover->concerned = counts.concerned;
            if (now >= failover->lost + VM_FAILOVER_LEAST
                && is_complete(inventory, failover, is_asked, aux)) {
                failover->ended = now;
                return failover;
            }
        }
    }
    return NULL;
}

bool
vm_failovers_occur(const struct vm_failovers *failovers)
{
    for (size_t i = 0; i < failovers->n; i++) {
        if (vm_failover_occurs(&failovers->list[i])) {
            return true;
        }
    }
    return false;
}

const struct vm_failover *
vm_failovers_find(const struct vm_failovers *failovers,
                  const struct vm_endpoint *endpoint, long long int now)
{
    for (size_t i = 0; i < failovers->n; i++) {
        const struct vm_failover *failover = &failovers->list[i];
        struct concerned concerned = look_at(endpoint, failover->serial);

        if (concerns(failover, &concerned, now)) {
            return failover;
        }
    }
    return NULL;
}

long long int
vm_failovers_deadline(const struct vm_failovers *failovers,
                      long long int done)
{
    long long int deadline = LLONG_MAX;

    for (size_t i = 0; i < failovers->n; i++) {
        const struct vm_failover *failover = &failovers->list[i];
        long long int least = failover->lost + VM_FAILOVER_LEAST;

        if (vm_failover_occurs(failover) && least > done) {
            deadline = MIN(deadline, least);
        }
    }
    return deadline;
}

void
vm_failovers_check(const struct vm_failovers *failovers,
                   const struct vm_inventory *inventory,
                   struct ds *differences)
{
    size_t n;
    struct vm_slot **slots = vm_inventory_slots(inventory, &n);

    for (size_t i = 0; i < failovers->n; i++) {
        const struct vm_failover *failover = &failovers->list[i];
        struct counts counts = count_vms(inventory, failover, LLONG_MIN);

        if (vm_failover_occurs(failover)
            && (counts.moved != failover->moved
                || counts.without != failover->without)) {
            ds_put_format(differences, "failover %llu: %"PRIuSIZE" moved, "
                          "%"PRIuSIZE" without, not %"PRIuSIZE" and "
                          "%"PRIuSIZE"\n", failover->serial, failover->moved,
                          failover->without, counts.moved, counts.without);
        }
        if (i && failovers->list[i - 1].serial >= failover->serial) {
            ds_put_format(differences, "failover %llu: out of order\n",
                          failover->serial);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (slots[i]->failover > failovers->last_serial) {
            ds_put_format(differences, "%s: in failover %llu, the last one is "
                          "%llu\n", slots[i]->id, slots[i]->failover,
                          failovers->last_serial);
        }
    }
    free(slots);
}
