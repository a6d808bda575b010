/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-configure.h"

#include <string.h>

#include "engine/vm-engine.h"
#include "util.h"
#include "vm-aware-account.h"
#include "vm-aware-bond.h"
#include "vm-aware-member.h"
#include "vm-aware-owner.h"

/* Ends the account of the interface named 'name', which is gone.  It is kept
 * until no published table refers to it any more.  What waits to be learned
 * from its frames is not left to another interface of that name. */
static void
retire_account(struct vm_aware_bond *va, const char *name, long long int now)
{
    struct vm_aware_account *account
        = shash_find_and_delete(&va->accounts, name);
    struct vm_aware_owners owners = vm_aware_bond_owners(va);

    va->publish = true;
    if (!account) {
        return;
    }
    vm_aware_account_set_learning(account, false);
    vm_aware_learning_take(&va->learning, &owners, &va->accounts, now);
    if (va->n_retired >= va->allocated_retired) {
        va->retired = x2nrealloc(va->retired, &va->allocated_retired,
                                 sizeof *va->retired);
    }
    va->retired[va->n_retired++] = account;
}

/* Forgets what was seen of the interface named 'name', whose VLANs change.
 * Until translation knows of the change, nothing is learned of it; see
 * vm_aware_bond_run().  Of the host's interfaces nothing is learned anyway. */
static void
end_learning(struct vm_aware_bond *va, const char *name, long long int now)
{
    struct vm_aware_account *account = shash_find_data(&va->accounts, name);
    struct vm_aware_owners owners = vm_aware_bond_owners(va);

    if (!vm_aware_account_is_learning(account)) {
        return;
    }
    vm_aware_account_set_learning(account, false);
    vm_aware_learning_take(&va->learning, &owners, &va->accounts, now);
    vm_aware_announce_again(&va->announcer);
    sset_add(&va->rerouted, name);
}

void
vm_aware_configure_port(struct vm_aware_bond *va,
                        const struct smap *other_config,
                        const struct vm_tag_port *port, long long int now)
{
    vm_aware_members_clear(&va->member_configs);
    shash_clear_free_data(&va->devices);
    if (!vm_tag_port_equal(&va->tag_port, port)) {
        vm_tag_port_copy(&va->tag_port, port);
        va->n_tag_changes++;
    }
    vm_engine_set_bond(va->engine, other_config, now);
}

void
vm_aware_configure_member(struct vm_aware_bond *va, const char *name,
                          const struct smap *other_config)
{
    vm_aware_members_configure(&va->member_configs, name, other_config);
}

void
vm_aware_configure_interface(struct vm_aware_bond *va, const char *name,
                             const struct vm_interface_facts *facts,
                             long long int now)
{
    const struct vm_interface *before
        = vm_inventory_find_interface(vm_engine_inventory(va->engine), name);
    const struct vm_interface *iface;

    if (before && !vm_interface_is(before, facts)) {
        retire_account(va, name, now);
    } else if (before && !vm_interface_keeps_vlans(before, facts)) {
        end_learning(va, name, now);
    }
    if (!shash_find(&va->accounts, name)) {
        shash_add(&va->accounts, name,
                  vm_aware_account_create(va->learning.queue, name));
        va->publish = true;
    }
    vm_engine_set_interface(va->engine, name, facts, now);
    iface = vm_inventory_find_interface(vm_engine_inventory(va->engine), name);
    vm_aware_account_set_learning(
        shash_find_data(&va->accounts, name),
        strcmp(vm_interface_endpoint_id(iface), VM_HOST_ID)
        && !sset_contains(&va->rerouted, name));
    vm_aware_learning_update(&va->addresses, va->engine, name);
}

void
vm_aware_configure_gone(struct vm_aware_bond *va, const char *name_,
                        long long int now)
{
    char *name = xstrdup(name_);

    retire_account(va, name, now);
    sset_find_and_delete(&va->rerouted, name);
    vm_engine_set_interface(va->engine, name, NULL, now);
    vm_aware_addresses_update(&va->addresses, name, NULL);
    free(name);
}
