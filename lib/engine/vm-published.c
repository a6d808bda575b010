/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-published.h"

#include <stdlib.h>
#include <string.h>

#include "engine/vm-forwarding.h"
#include "hash.h"
#include "model/vm-endpoint-list.h"
#include "model/vm-endpoint.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

void
vm_published_destroy(struct vm_published *published)
{
    free(published->common);
}

/* Updates all but the fingerprints of interfaces. */
static bool
update_common(struct vm_published *published,
              const struct vm_forwarding *common)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    bool changed;

    vm_forwarding_format(common, &s);
    changed = !nullable_string_is_equal(published->common, ds_cstr(&s));
    if (changed) {
        free(published->common);
        published->common = ds_steal_cstr(&s);
    }
    ds_destroy(&s);
    return changed;
}

static bool
any_by_mac(const struct vm_inventory *inventory)
{
    for (size_t i = 0; i < shash_count(&inventory->interfaces); i++) {
        const struct vm_interface *iface = inventory->interfaces_by_name[i];

        if (iface->slot && iface->policy.by_mac) {
            return true;
        }
    }
    return false;
}

/* Returns a hash of what is told of the interfaces of 'slot' beside what is
 * published and what changes between placements. */
static uint32_t
hash_told(const struct vm_slot *slot)
{
    bool silent = (slot->endpoint->policy.exclusive
                   && vm_endpoint_is_silent(slot->endpoint));
    uint32_t hash = hash_boolean(silent, 1);

    hash = hash_string(slot->home ? slot->home : "", hash);
    return hash_string(slot->pinned ? slot->pinned : "", hash);
}

/* Returns a hash of what is published of 'iface' for people alone. */
static uint32_t
hash_text(const struct vm_interface *iface)
{
    const char *name = iface->endpoint->policy.name;

    return hash_string(name ? name : "", iface->slot->down);
}

/* Updates the fingerprints of the interfaces of 'slot', for which 's' is
 * used. */
static enum vm_published_news
update_slot(struct vm_published *published, struct vm_inventory *inventory,
            struct vm_slot *slot,
            const struct vm_forwarding *common, long long int now,
            struct ds *s)
{
    enum vm_published_news news = VM_PUBLISHED_NOTHING;
    uint32_t told = hash_told(slot);

    for (size_t i = 0; i < slot->n_interfaces; i++) {
        struct vm_interface *iface = slot->interfaces[i];
        struct vm_forward forward;

        vm_forward_init(&forward, iface, &common->unidentified, now);
        ovs_u128 print = vm_forward_print(&forward, iface->name,
                                          published->with_mac, s);
        bool differs = !ovs_u128_equals(print, iface->print);

        iface->print = print;
        if (differs || !iface->version) {
            iface->version = ++published->last_version;
        }
        if (differs || iface->told != told) {
            vm_news_note(&inventory->news, iface->name);
            iface->told = told;
        }

        uint32_t text = hash_text(iface);
        news = MAX(news, (differs ? VM_PUBLISHED_FORWARDING
                          : iface->text != text ? VM_PUBLISHED_TEXT
                          : VM_PUBLISHED_NOTHING));
        iface->text = text;
    }
    return news;
}

/* Updates the fingerprints of the endpoints in 'changes'. */
static enum vm_published_news
update_prints(struct vm_published *published,
              struct vm_inventory *inventory,
              const struct vm_changes *changes,
              const struct vm_forwarding *common, long long int now)
{
    enum vm_published_news news = VM_PUBLISHED_NOTHING;
    struct ds s = DS_EMPTY_INITIALIZER;
    size_t n;
    struct vm_slot **slots = vm_endpoint_list_slots(inventory, changes, &n);

    for (size_t i = 0; i < n; i++) {
        enum vm_published_news more
            = update_slot(published, inventory, slots[i], common, now, &s);

        news = MAX(news, more);
    }
    free(slots);
    ds_destroy(&s);
    return news;
}

enum vm_published_news
vm_published_update(struct vm_published *published,
                    struct vm_inventory *inventory,
                    const struct vm_bond_config *config, bool placed,
                    struct vm_changes *remetered, long long int now)
{
    const struct shash_node *gone;
    struct vm_forwarding common;
    enum vm_published_news news;
    bool with_mac, changed;

    if (!placed && !config->reverse_drop
        && vm_changes_is_empty(remetered)) {
        return VM_PUBLISHED_NOTHING;
    }

    vm_forwarding_init_common(&common, inventory, config, now);
    with_mac = vm_forwarding_needs_mac(
        &common, common.split_tunnels && any_by_mac(inventory));
    vm_changes_add(remetered, &inventory->place);
    if (config->reverse_drop || with_mac != published->with_mac) {
        vm_changes_note_all(remetered);
    }
    published->with_mac = with_mac;

    changed = !shash_is_empty(&inventory->gone_prints);
    SHASH_FOR_EACH (gone, &inventory->gone_prints) {
        vm_news_note(&inventory->news, gone->name);
    }
    shash_clear_free_data(&inventory->gone_prints);
    changed |= update_common(published, &common);
    news = update_prints(published, inventory, remetered, &common, now);
    vm_changes_clear(remetered);
    return changed ? VM_PUBLISHED_FORWARDING : news;
}

void
vm_published_check(const struct vm_published *published,
                   const struct vm_inventory *inventory,
                   const struct vm_forwarding *forwarding,
                   struct ds *differences)
{
    struct vm_forwarding common = *forwarding;
    struct ds s = DS_EMPTY_INITIALIZER;
    bool by_mac = false;
    size_t n = 0;

    for (size_t i = 0; i < forwarding->n; i++) {
        by_mac = by_mac || forwarding->list[i].by_mac;
    }
    if (published->with_mac != vm_forwarding_needs_mac(forwarding, by_mac)) {
        ds_put_cstr(differences, "published: addresses are not as needed\n");
    }
    for (size_t i = 0; i < shash_count(&inventory->interfaces); i++) {
        const struct vm_interface *iface = inventory->interfaces_by_name[i];
        ovs_u128 print = OVS_U128_ZERO;

        if (iface->slot && n < forwarding->n) {
            print = vm_forward_print(&forwarding->list[n++], iface->name,
                                     published->with_mac, &s);
        }
        if (!ovs_u128_equals(print, iface->print)) {
            ds_put_format(differences, "%s: published is not its forwarding\n",
                          iface->name);
        }
        if (iface->slot && iface->text != hash_text(iface)) {
            ds_put_format(differences, "%s: published with other words\n",
                          iface->name);
        }
    }
    common.n = 0;
    ds_clear(&s);
    vm_forwarding_format(&common, &s);
    if (!nullable_string_is_equal(published->common, ds_cstr(&s))) {
        ds_put_format(differences, "published:\n%s, expected:\n%s\n",
                      published->common ? published->common : "nothing\n",
                      ds_cstr(&s));
    }
    ds_destroy(&s);
}
