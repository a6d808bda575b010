/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-self-check.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/vm-map.h"
#include "engine/vm-builder.h"
#include "engine/vm-forwarding.h"
#include "engine/vm-policing-check.h"
#include "engine/vm-policing.h"
#include "engine/vm-published.h"
#include "engine/vm-sender-list.h"
#include "engine/vm-watch-check.h"
#include "model/vm-endpoint.h"
#include "model/vm-regroup.h"
#include "model/vm-slot.h"
#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "solve/vm-packing.h"
#include "util.h"

#define DIFFER(DIFFERENCES, ...)                        \
    (ds_put_format(DIFFERENCES, __VA_ARGS__),           \
     ds_put_char(DIFFERENCES, '\n'))

static const char *
or_none(const char *name)
{
    return name ? name : "none";
}

/* Returns how many of the 'n' interfaces in 'list' are 'iface', or -1 if the
 * list is not in strictly ascending order of names. */
static int
count_in_list(struct vm_interface **list, size_t n,
              const struct vm_interface *iface)
{
    int count = 0;

    for (size_t i = 0; i < n; i++) {
        if (i && strcmp(list[i - 1]->name, list[i]->name) >= 0) {
            return -1;
        }
        count += list[i] == iface;
    }
    return count;
}

/* An interface without a device is in no slot and sends over no member. */
static void
check_absent(const struct vm_interface *iface, struct ds *differences)
{
    if (iface->slot || iface->tx_member || iface->published) {
        DIFFER(differences, "%s: has no device, but a slot or a member",
               iface->name);
    }
}

/* Checks the identity and the policy of an interface against its keys. */
static void
check_keys(const struct vm_self_check *check,
           const struct vm_interface *iface, struct ds *differences)
{
    struct vm_problems problems = VM_PROBLEMS_INITIALIZER;
    struct smap external_ids = SMAP_INITIALIZER(&external_ids);
    struct vm_policy policy;

    vm_map_get_all(iface->external_ids, &external_ids);
    if (!nullable_string_is_equal(vm_policy_identity(&external_ids),
                                  iface->identity)) {
        DIFFER(differences, "%s: identity is not what its keys say",
               iface->name);
    }
    vm_policy_parse(&policy, iface->name, &external_ids,
                    check->config->profiles, &problems);
    smap_destroy(&external_ids);
    if (!vm_policy_equal(&policy, &iface->policy)) {
        DIFFER(differences, "%s: policy is not what its keys say",
               iface->name);
    }
    if (!vm_problems_equal(&problems, &iface->parse_problems)) {
        DIFFER(differences, "%s: problems are not those of its keys",
               iface->name);
    }
    vm_policy_destroy(&policy);
    vm_problems_destroy(&problems);
}

/* Checks the place of an interface in endpoint and slot, its tx member and its
 * addresses. */
static void
check_interface(const struct vm_self_check *check,
                const struct vm_interface *iface, struct ds *differences)
{
    const struct vm_endpoint *endpoint = iface->endpoint;
    const struct vm_slot *slot = iface->slot;

    if (strcmp(endpoint->id, vm_interface_endpoint_id(iface))) {
        DIFFER(differences, "%s: belongs to %s, identity is %s", iface->name,
               endpoint->id, or_none(iface->identity));
    }
    if (count_in_list(endpoint->interfaces, endpoint->n_interfaces, iface)
        != !iface->no_device
        || count_in_list(endpoint->absent, endpoint->n_absent, iface)
        != iface->no_device) {
        DIFFER(differences, "%s: not exactly once in endpoint %s",
               iface->name, endpoint->id);
    }
    if (iface->no_device) {
        check_absent(iface, differences);
        return;
    }
    if (slot->endpoint != endpoint
        || count_in_list(slot->interfaces, slot->n_interfaces, iface) != 1) {
        DIFFER(differences, "%s: not exactly once in slot %s", iface->name,
               slot->id);
    }
    if (iface->identity && !vm_pref_equal(&slot->pref, &iface->policy.pref)) {
        DIFFER(differences, "%s: slot %s has another preference", iface->name,
               slot->id);
    }
    if (!nullable_string_is_equal(iface->tx_member,
                                  vm_interface_member(iface,
                                                      check->config))) {
        DIFFER(differences, "%s: tx member is %s, not %s", iface->name,
               or_none(vm_interface_member(iface, check->config)),
               or_none(iface->tx_member));
    }
    for (size_t i = 1; i < iface->macs.n; i++) {
        const struct vm_mac *a = &iface->macs.list[i - 1];
        const struct vm_mac *b = &iface->macs.list[i];
        int cmp = eth_addr_compare_3way(a->mac, b->mac);

        if (cmp > 0 || (!cmp && a->vlan >= b->vlan)) {
            DIFFER(differences, "%s: addresses out of order", iface->name);
        }
    }
}

static void
check_slot(const struct vm_self_check *check, const struct vm_slot *slot,
           struct ds *differences)
{
    const struct vm_member *member
        = vm_inventory_find_member(check->inventory, slot->member);

    if (slot->reason == VM_R_NONE) {
        DIFFER(differences, "%s: not decided", slot->id);
    }
    if (slot->member && (!member || !vm_member_is_usable(member))) {
        DIFFER(differences, "%s: on %s, which is down", slot->id,
               slot->member);
    }
    if ((slot->drain_turn || slot->leaves)
        && (!member || !member->config.drain)) {
        DIFFER(differences, "%s: leaves %s, which is not drained", slot->id,
               slot->member ? slot->member : "no member");
    }
    if (slot->home && nullable_string_is_equal(slot->home, slot->member)) {
        DIFFER(differences, "%s: at home and away from home", slot->id);
    }
    if (slot->untold) {
        DIFFER(differences, "%s: moved and not reported", slot->id);
    }
    if ((slot->announces_left > 0) != (slot->next_announce != LLONG_MAX)
        || (slot->announces_left && slot->next_announce <= check->ran)) {
        DIFFER(differences, "%s: %u announcements left, next at %lld",
               slot->id, slot->announces_left, slot->next_announce);
    }

    long long int since = MAX(slot->moved, slot->joined);
    long long int strict = (!check->config->reverse_drop ? LLONG_MAX
                            : since == LLONG_MIN ? LLONG_MIN
                            : since + check->config->reverse_grace_ms);
    if (slot->reverse_after != strict) {
        DIFFER(differences, "%s: reverse path strict after %lld, not %lld",
               slot->id, slot->reverse_after, strict);
    }
}

static void
check_endpoint(const struct vm_self_check *check,
               const struct vm_endpoint *endpoint, struct ds *differences)
{
    bool host = vm_endpoint_is_host(endpoint);
    size_t n_interfaces = 0;
    uint64_t guarantee = 0;

    for (size_t i = 0; i < endpoint->n_slots; i++) {
        const struct vm_slot *slot = endpoint->slots[i];

        if (i && strcmp(endpoint->slots[i - 1]->id, slot->id) >= 0) {
            DIFFER(differences, "%s: slots out of order", endpoint->id);
        }
        for (size_t j = 0; j < i; j++) {
            if (vm_pref_equal(&endpoint->slots[j]->pref, &slot->pref)) {
                DIFFER(differences, "%s and %s have equal preferences",
                       endpoint->slots[j]->id, slot->id);
            }
        }
        if (!slot->n_interfaces && !host) {
            DIFFER(differences, "%s: slot without interface", slot->id);
        }
        n_interfaces += slot->n_interfaces;
        guarantee += vm_slot_guarantee(slot);
        check_slot(check, slot, differences);
    }
    if (endpoint->n_slots && guarantee != endpoint->policy.min_rate) {
        DIFFER(differences, "%s: its slots have %"PRIu64" of its guarantee",
               endpoint->id, guarantee);
    }
    if (n_interfaces != endpoint->n_interfaces
        || (!n_interfaces && !endpoint->n_absent && !host)
        || (host && endpoint->n_slots != 1)) {
        DIFFER(differences, "%s: %"PRIuSIZE" interfaces, %"PRIuSIZE" of them "
               "in its %"PRIuSIZE" slots", endpoint->id,
               endpoint->n_interfaces, n_interfaces, endpoint->n_slots);
    }
}

/* Checks the merged policy of a VM, or the host's. */
static void
check_policy(const struct vm_self_check *check,
             const struct vm_endpoint *endpoint, struct ds *differences)
{
    struct vm_problems problems = VM_PROBLEMS_INITIALIZER;
    struct vm_policy policy;

    if (vm_endpoint_is_host(endpoint)) {
        vm_policy_clone(&policy, &check->config->host);
    } else {
        vm_regroup_merge(endpoint, &policy, &problems);
    }
    if (!vm_policy_equal(&policy, &endpoint->policy)
        || !vm_problems_equal(&problems, &endpoint->problems)) {
        DIFFER(differences, "%s: policy is not that of its interfaces",
               endpoint->id);
    }
    vm_policy_destroy(&policy);
    vm_problems_destroy(&problems);
}

/* Checks that the list of 'what', with 'n' names, has the names of 'all', in
 * order. */
static void
check_names(const char *what, const char *const *names, size_t n,
            const struct shash *all, struct ds *differences)
{
    const struct shash_node **nodes = shash_sort(all);

    if (n != shash_count(all)) {
        DIFFER(differences, "%"PRIuSIZE" %ss are listed, there are "
               "%"PRIuSIZE, n, what, shash_count(all));
    }
    for (size_t i = 0; i < MIN(n, shash_count(all)); i++) {
        if (strcmp(names[i], nodes[i]->name)) {
            DIFFER(differences, "%s %"PRIuSIZE" of the list is %s, not %s",
                   what, i, names[i], nodes[i]->name);
        }
    }
    free(nodes);
}

/* Checks the sorted lists of the inventory, from which all else is read. */
static void
check_lists(const struct vm_self_check *check, struct ds *differences)
{
    const struct vm_inventory *inventory = check->inventory;
    size_t n = shash_count(&inventory->interfaces);
    const char **names = xcalloc(MAX(n, inventory->n_endpoints),
                                 sizeof *names);

    for (size_t i = 0; i < n; i++) {
        names[i] = inventory->interfaces_by_name[i]->name;
        if (!inventory->interfaces_by_name[i]->grouped) {
            DIFFER(differences, "%s: not grouped", names[i]);
        }
    }
    check_names("interface", names, n, &inventory->interfaces, differences);
    for (size_t i = 0; i < inventory->n_endpoints; i++) {
        names[i] = inventory->endpoints_by_id[i]->id;
    }
    check_names("endpoint", names, inventory->n_endpoints,
                &inventory->endpoints, differences);
    free(names);
}

static bool
has_same_slots(const struct vm_sender *a, const struct vm_sender *b)
{
    return (a->endpoint == b->endpoint && a->member == b->member
            && a->n_slots == b->n_slots
            && !memcmp(a->slots, b->slots, a->n_slots * sizeof *a->slots));
}

/* Checks the list of senders against that of all slots as they are. */
static void
check_senders(const struct vm_self_check *check, struct ds *differences)
{
    const struct vm_senders *senders = &check->policing->senders;
    struct vm_senders all;

    vm_senders_init(&all);
    vm_senders_regroup(&all, check->inventory, check->ran);
    if (senders->n != all.n || shash_count(&senders->by_id) != all.n) {
        DIFFER(differences, "%"PRIuSIZE" senders are listed, there are "
               "%"PRIuSIZE, senders->n, all.n);
    }
    for (size_t i = 0; i < MIN(senders->n, all.n); i++) {
        const struct vm_sender *sender = senders->list[i];

        if (strcmp(sender->id, all.list[i]->id)) {
            DIFFER(differences, "sender %"PRIuSIZE" is %s, not %s", i,
                   sender->id, all.list[i]->id);
        } else if (!has_same_slots(sender, all.list[i])) {
            DIFFER(differences, "sender %s: not of its slots", sender->id);
        }
    }
    vm_senders_destroy(&all);
}

/* Checks what follows from the facts of members. */
static void
check_members(const struct vm_self_check *check, struct ds *differences)
{
    const struct vm_inventory *inventory = check->inventory;
    uint64_t highest = 0;

    for (size_t i = 0; i < inventory->n_members; i++) {
        highest = MAX(highest,
                      vm_member_known_capacity(inventory->members[i]));
    }
    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];
        long long int until = vm_hold_off_until(&member->hold_off,
                                                check->config->hold_off_s
                                                * 1000LL);

        if (member->enabled != vm_member_is_usable(member)) {
            DIFFER(differences, "%s: %s, enabled is %s", member->name,
                   vm_member_state_to_string(member->state),
                   member->enabled ? "true" : "false");
        }
        if (member->assumed != highest) {
            DIFFER(differences, "%s: %"PRIu64" assumed, not %"PRIu64,
                   member->name, member->assumed, highest);
        }
        if (member->held_until != until) {
            DIFFER(differences, "%s: held off until %lld, not %lld",
                   member->name, member->held_until, until);
        }
        if ((member->drain_next != LLONG_MIN) != member->config.drain) {
            DIFFER(differences, "%s: next batch at %lld, drained is %s",
                   member->name, member->drain_next,
                   member->config.drain ? "true" : "false");
        }
    }
}

/* Checks that placing all slots once more moves none. */
static void
check_placement(const struct vm_self_check *check, struct ds *differences)
{
    struct vm_builder builder;

    vm_builder_init(&builder, check->inventory, check->config, check->ran);
    struct vm_choice *choices = xcalloc(builder.snapshot.n_slots,
                                        sizeof *choices);
    vm_packing_run(&builder.snapshot, choices);
    for (size_t i = 0; i < builder.snapshot.n_slots; i++) {
        const char *again = vm_builder_member_name(&builder,
                                                   choices[i].member);

        if (!nullable_string_is_equal(again, builder.states[i]->member)) {
            DIFFER(differences, "%s: on %s, would be moved to %s",
                   builder.states[i]->id, or_none(builder.states[i]->member),
                   or_none(again));
        }
    }
    free(choices);
    vm_builder_destroy(&builder);
}

/* Checks the forwarding of one interface. */
static void
check_forward(const struct vm_self_check *check,
              const struct vm_interface *iface,
              const struct vm_forward *forward, struct ds *differences)
{
    const struct vm_slot *slot = iface->slot;
    bool unidentified = !iface->identity && !iface->internal;
    bool dropped = unidentified && check->config->unidentified_drop;
    bool strict = (!dropped && slot->member && slot->known_upstream
                   && check->ran >= slot->reverse_after);

    if (strcmp(forward->interface, iface->name)
        || forward->slot != (dropped ? NULL : slot)
        || !nullable_string_is_equal(forward->member,
                                     dropped ? NULL : slot->member)
        || !nullable_string_is_equal(forward->meter,
                                     dropped || !slot->member
                                     ? NULL : slot->meter)
        || forward->reason != (dropped ? VM_R_UNIDENTIFIED : slot->reason)
        || forward->by_mac != iface->policy.by_mac
        || forward->reverse_strict != strict) {
        DIFFER(differences, "%s: forwarding is not that of its slot",
               iface->name);
    }
}

/* Checks that the list of problems has at least those of interfaces and
 * endpoints, which are 'expected'. */
static void
check_problems(const struct vm_self_check *check, size_t expected,
               struct ds *differences)
{
    if (check->problems->n < expected) {
        DIFFER(differences, "%"PRIuSIZE" problems are listed, there are "
               "%"PRIuSIZE, check->problems->n, expected);
    }
}

/* Checks the forwarding of the 'n' interfaces, and that it is published. */
static void
check_forwarding(const struct vm_self_check *check,
                 struct vm_interface *const *interfaces, size_t n,
                 struct ds *differences)
{
    struct vm_forwarding forwarding;
    size_t n_forwards = 0;

    vm_forwarding_init(&forwarding, check->inventory, check->config,
                       check->ran);
    for (size_t i = 0; i < n; i++) {
        if (!interfaces[i]->no_device && n_forwards++ < forwarding.n) {
            check_forward(check, interfaces[i],
                          &forwarding.list[n_forwards - 1], differences);
        }
    }
    if (forwarding.n != n_forwards) {
        DIFFER(differences, "forwarding of %"PRIuSIZE" interfaces, there are "
               "%"PRIuSIZE, forwarding.n, n_forwards);
    }
    vm_published_check(check->published, check->inventory, &forwarding,
                       differences);
    vm_forwarding_destroy(&forwarding);
}

void
vm_self_check(const struct vm_self_check *check, struct ds *differences)
{
    size_t n;
    size_t n_problems = 0;
    struct vm_interface **interfaces
        = vm_inventory_interfaces(check->inventory, &n);

    check_lists(check, differences);
    check_forwarding(check, interfaces, n, differences);
    for (size_t i = 0; i < n; i++) {
        check_keys(check, interfaces[i], differences);
        check_interface(check, interfaces[i], differences);
        n_problems += interfaces[i]->problems.n;
    }
    free(interfaces);

    struct vm_endpoint **endpoints
        = vm_inventory_endpoints(check->inventory, &n);
    for (size_t i = 0; i < n; i++) {
        check_endpoint(check, endpoints[i], differences);
        check_policy(check, endpoints[i], differences);
        n_problems += endpoints[i]->problems.n;
    }
    free(endpoints);
    check_problems(check, n_problems, differences);
    check_members(check, differences);
    check_placement(check, differences);
    check_senders(check, differences);
    vm_policing_check(check->policing, check->inventory, differences);
    vm_watch_check(check->inventory, check->ran, differences);
}
