/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-learning.h"

#include <string.h>

#include "engine/vm-engine.h"
#include "sset.h"
#include "util.h"
#include "vm-aware-account.h"
#include "vm-aware-address.h"
#include "vm-aware-learned.h"
#include "vm-aware-owner.h"

/* How often learned addresses are passed to the engine, in ms. */
#define TAKE_INTERVAL 1000

/* How late, or early, that may be done in order to be done together with
 * something else, in ms. */
#define TAKE_LATE 500
#define TAKE_EARLY 250

/* How often addresses that have aged out are removed, in ms. */
#define AGE_INTERVAL 10000

/* How often addresses that are in use are learned again, in ms.  Well below
 * the time after which the engine forgets one. */
#define FORGET_INTERVAL 60000

void
vm_aware_learning_init(struct vm_aware_learning *learning, long long int now)
{
    learning->queue = vm_aware_learned_queue_create();
    learning->take_at = now + TAKE_INTERVAL;
    learning->age_at = now + AGE_INTERVAL;
    learning->forget_at = now + FORGET_INTERVAL;
    learning->stale = false;
}

void
vm_aware_learning_destroy(struct vm_aware_learning *learning)
{
    vm_aware_learned_queue_unref(learning->queue);
}

long long int
vm_aware_learning_deadline(const struct vm_aware_learning *learning)
{
    return learning->take_at + TAKE_LATE;
}

void
vm_aware_learning_expedite(struct vm_aware_learning *learning,
                           long long int now)
{
    if (now >= learning->take_at - TAKE_EARLY) {
        learning->take_at = now;
    }
}

enum vm_aware_address_change
vm_aware_learning_update(struct vm_aware_addresses *addresses,
                         const struct vm_engine *engine, const char *name)
{
    const struct vm_interface *iface
        = vm_inventory_find_interface(vm_engine_inventory(engine), name);

    return vm_aware_addresses_update(addresses, name,
                                     iface ? &iface->macs : NULL);
}

/* Lets all other interfaces that have the address report it again. */
static void
ask_others(const struct vm_aware_owners *owners, const struct shash *accounts,
           const struct vm_aware_learned *learned)
{
    const struct vm_aware_address *address;

    VM_AWARE_ADDRESS_FOR_EACH (address, owners->addresses, learned->mac) {
        struct vm_aware_account *account
            = (eth_addr_equals(address->mac, learned->mac)
               && strcmp(address->interface, learned->interface)
               ? shash_find_data(accounts, address->interface) : NULL);

        if (account) {
            vm_aware_account_renew(account, true);
        }
    }
}

/* Passes 'n' learned addresses to the engine. */
static enum vm_aware_address_change
learn(const struct vm_aware_owners *owners, const struct shash *accounts,
      const struct vm_aware_learned *learned, size_t n, long long int now)
{
    struct sset names = SSET_INITIALIZER(&names);
    enum vm_aware_address_change change = VM_AWARE_ADDRESS_SAME;
    const char *name;

    for (size_t i = 0; i < n; i++) {
        const struct vm_aware_account *account
            = shash_find_data(accounts, learned[i].interface);

        if (!account || !vm_aware_account_is_learning(account)) {
            continue;
        }
        vm_engine_mac_learned(owners->engine, learned[i].interface,
                              learned[i].mac, learned[i].vlan, now);
        ask_others(owners, accounts, &learned[i]);
        sset_add(&names, learned[i].interface);
    }
    SSET_FOR_EACH (name, &names) {
        enum vm_aware_address_change c
            = vm_aware_learning_update(owners->addresses, owners->engine,
                                       name);

        change = MAX(change, c);
    }
    sset_destroy(&names);
    return change;
}

void
vm_aware_learning_take(struct vm_aware_learning *learning,
                       const struct vm_aware_owners *owners,
                       const struct shash *accounts, long long int now)
{
    struct vm_aware_learned *learned;
    size_t n = vm_aware_learned_take(learning->queue, &learned);

    learn(owners, accounts, learned, n, now);
    vm_aware_learned_free(learned, n);
}

/* Removes the addresses that have aged out in the engine, and notes those that
 * have moved away.  Returns true if any have aged out. */
static bool
age(const struct vm_aware_owners *owners, const struct shash *accounts)
{
    const struct vm_inventory *inventory
        = vm_engine_inventory(owners->engine);
    const struct shash_node *node;
    bool changed = false;

    SHASH_FOR_EACH (node, &inventory->interfaces) {
        struct vm_aware_account *account = shash_find_data(accounts,
                                                           node->name);

        changed |= vm_aware_learning_update(owners->addresses, owners->engine,
                                            node->name);
        if (vm_aware_owners_note_moves(owners, node->data) && account) {
            vm_aware_account_renew(account, true);
        }
    }
    return changed;
}

bool
vm_aware_learning_run(struct vm_aware_learning *learning,
                      const struct vm_aware_owners *owners,
                      const struct shash *accounts, long long int now)
{
    struct vm_aware_learned *learned;
    const struct shash_node *node;
    bool forget = now >= learning->forget_at;
    enum vm_aware_address_change change;
    bool revalidate;
    size_t n;

    if (now < learning->take_at) {
        return false;
    }
    learning->take_at = now + TAKE_INTERVAL;
    n = vm_aware_learned_take(learning->queue, &learned);
    if (n || forget) {
        SHASH_FOR_EACH (node, accounts) {
            vm_aware_account_renew(node->data, forget);
        }
    }
    change = learn(owners, accounts, learned, n, now);
    vm_aware_learned_free(learned, n);
    revalidate = change == VM_AWARE_ADDRESS_SHARED;
    learning->stale |= change == VM_AWARE_ADDRESS_OTHER;
    if (now >= learning->age_at) {
        learning->age_at = now + AGE_INTERVAL;
        revalidate |= age(owners, accounts) | learning->stale;
        learning->stale = false;
    }
    if (forget) {
        learning->forget_at = now + FORGET_INTERVAL;
    }
    return revalidate;
}
