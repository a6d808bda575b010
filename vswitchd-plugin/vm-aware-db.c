/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-db.h"

#include <limits.h>
#include <string.h>

#include "bond-provider.h"
#include "coverage.h"
#include "engine/vm-engine.h"
#include "ofproto/ofproto-dpif.h"
#include "smap.h"
#include "timeval.h"
#include "util.h"
#include "uuid.h"
#include "vm-aware-column.h"
#include "vm-aware-configure.h"
#include "vm-aware-host.h"
#include "vm-aware-misplaced.h"
#include "vm-aware-mode.h"
#include "vm-aware-reach.h"
#include "vm-aware-rows.h"
#include "vm-aware-status.h"

COVERAGE_DEFINE(vm_aware_db_all);
COVERAGE_DEFINE(vm_aware_db_interface);

/* All interfaces were passed at least once. */
static bool all_are_known;

/* Telling the bonds. */

/* Returns true if 'iface' is a port of the machine itself, or one behind which
 * there is no VM of this machine: a tunnel, or a member of a vm-aware bond. */
static bool
is_internal(const struct bond_iface *iface)
{
    const struct vm_aware_bond *va;

    VM_AWARE_FOR_EACH_BOND (va) {
        if (vm_aware_reach_is_member(va, iface)) {
            return true;
        }
    }
    return (!strcmp(iface->type, "internal")
            || !strcmp(iface->name, iface->bridge)
            || smap_get(iface->options, "remote_ip"));
}

/* Returns the request about the VM of 'iface' before a restart.  It may be
 * that of another bond, unlike the failover; 'ours' is true if this bond wrote
 * the status. */
static struct vm_request_memory
get_request(const struct bond_iface *iface, bool ours)
{
    const struct smap *status = iface->status;
    const char *vm = vm_interface_identity(iface->external_ids);

    if (strcmp(smap_get_def(status, "vm_aware_vm", vm), vm)) {
        return (struct vm_request_memory) { .id = NULL };
    }
    return (struct vm_request_memory) {
        .id = smap_get(status, "vm_aware_request_id"),
        .reason = smap_get(status, "vm_aware_request_reason"),
        .demand = smap_get(status, "vm_aware_request_demand"),
        .failover = ours ? smap_get(status, "vm_aware_failover") : NULL,
    };
}

static void
set_interface(struct vm_aware_bond *va, const struct bond_iface *iface,
              long long int now)
{
    const struct smap *status = iface->status;
    bool ours = vm_aware_status_is_of(
        status, vm_aware_bond_name(va),
        vm_interface_identity(iface->external_ids));
    const char *was_member
        = ours ? vm_aware_status_member(status, "uplink") : NULL;
    bool was_silent = ours && smap_get_bool(status, "vm_aware_silent", false);
    uint16_t tag_type;
    int access_vlan = vm_aware_reach_access_vlan(va, iface, &tag_type);
    struct vm_tag_port port;

    vm_aware_reach_tag_port(iface, &port);

    const struct vm_interface_facts facts = {
        .external_ids = iface->external_ids,
        .internal = is_internal(iface),
        .no_device = !iface->present,
        .access_vlan = access_vlan,
        .tag_type = tag_type,
        .port = &port,
        .way = vm_aware_reach_way(va, iface),
        .remote = strcmp(iface->bridge, vm_aware_bond_bridge(va)) != 0,
        .kernel_tunnel = vm_aware_reach_is_kernel_tunnel(va, iface),
        .existed = !va->configured,
        .silent = was_member || !va->configured ? was_silent : true,
        .was_member = was_member,
        .was_home = ours ? vm_aware_status_member(status, "home") : NULL,
        .was_pinned = ours ? vm_aware_status_member(status, "pinned") : NULL,
        .was_request = get_request(iface, ours),
    };

    vm_aware_configure_interface(va, iface->name, &facts, now);
    vm_tag_port_destroy(&port);
}

/* Sets what the rows of the bond itself say: its port, its members and its
 * bridge. */
static void
set_port(struct vm_aware_bond *va, const struct bond_iface *ifaces, size_t n,
         long long int now)
{
    bool found = false;

    for (size_t i = 0; i < n; i++) {
        const struct bond_iface *iface = &ifaces[i];

        if (!vm_aware_reach_is_member(va, iface)) {
            continue;
        }
        if (!found) {
            struct vm_tag_port port;

            vm_aware_reach_tag_port(iface, &port);
            vm_aware_configure_port(va, iface->port_config, &port, now);
            vm_tag_port_destroy(&port);
            vm_aware_misplaced_find_bridge(&va->misplaced, iface,
                                           vm_aware_bond_name(va));
            vm_aware_mode_check_bond(va, iface, n - i);
            found = true;
        }
        vm_aware_configure_member(va, iface->name, iface->other_config);
    }
}

/* Looks for keys of ours in the wrong columns of 'iface'.  A member of another
 * vm-aware bond is the business of that bond. */
static void
find_misplaced(struct vm_aware_bond *va, const struct bond_iface *iface)
{
    if (vm_aware_reach_is_member(va, iface)) {
        vm_aware_misplaced_find(&va->misplaced, iface, true);
    } else if (vm_aware_reach_is_sender(va, iface)
               && !vm_aware_host_find(iface->port)) {
        vm_aware_misplaced_find(&va->misplaced, iface, false);
    } else {
        vm_aware_misplaced_forget(&va->misplaced, iface->name);
    }
}

/* Passes what was found to the engine, if it has changed. */
static void
tell_misplaced(struct vm_aware_bond *va, long long int now)
{
    const struct vm_inventory *inventory = vm_engine_inventory(va->engine);
    struct vm_problems all = VM_PROBLEMS_INITIALIZER;

    vm_aware_misplaced_collect(&va->misplaced, &all);
    if (!vm_problems_equal(&inventory->misplaced, &all)) {
        vm_inventory_set_misplaced(vm_engine_edit(va->engine, now), &all);
    }
    vm_problems_destroy(&all);
}

/* Removes the interface named 'name' if 'va' knows it. */
static void
remove_known(struct vm_aware_bond *va, const char *name, long long int now)
{
    if (vm_inventory_find_interface(vm_engine_inventory(va->engine), name)) {
        vm_aware_configure_gone(va, name, now);
    }
}

/* Sets what 'iface' is to 'va', if anything. */
static void
set_changed(struct vm_aware_bond *va, const struct bond_iface *iface,
            bool replaced, long long int now)
{
    bool sends = vm_aware_reach_is_sender(va, iface);

    COVERAGE_INC(vm_aware_db_interface);
    if (replaced || !sends) {
        remove_known(va, iface->name, now);
    }
    if (sends) {
        set_interface(va, iface, now);
    }
    find_misplaced(va, iface);
}

/* Sets what has changed according to 'changes', or everything, if 'va' is new,
 * other interfaces than before may reach it, or bonds have come or gone. */
static void
set_all(struct vm_aware_bond *va, const struct bond_iface *ifaces, size_t n,
        const struct vm_aware_row_changes *changes, long long int now)
{
    bool everything = (!va->configured
                       || va->n_bond_changes != vm_aware_host_bond_changes());
    const char *name;

    va->n_bond_changes = vm_aware_host_bond_changes();
    set_port(va, ifaces, n, now);
    everything |= vm_aware_reach_update(va, ifaces, n);
    if (everything) {
        COVERAGE_INC(vm_aware_db_all);
    }
    for (size_t i = 0; i < n; i++) {
        enum vm_aware_row_change change = changes->changes[i];

        if (change >= VM_AWARE_ROW_CHANGED
            || (everything && change != VM_AWARE_ROW_UNUSED)) {
            set_changed(va, &ifaces[i], change == VM_AWARE_ROW_REPLACED, now);
        }
    }
    SSET_FOR_EACH (name, &changes->gone) {
        remove_known(va, name, now);
        vm_aware_misplaced_forget(&va->misplaced, name);
    }
    va->configured = true;
}

/* Has status written again that the database has lost: that of a row that is
 * new to the IDL, as all are after a restart of ovsdb-server.  What another
 * program has added or removed is seen when bridge.c refreshes status, as it
 * does after a reconfiguration, by the number of keys; a value that it has
 * changed, or a key of its own in the place of one of ours, remains until
 * something of ours changes. */
static void
compare_status(const struct bond_iface *iface,
               enum vm_aware_row_change change, bool port)
{
    if (change >= VM_AWARE_ROW_CHANGED) {
        vm_aware_column_compare(vm_aware_host_column(BOND_ROW_INTERFACE),
                                iface->name, iface->status);
    }
    if (port) {
        vm_aware_column_compare(vm_aware_host_column(BOND_ROW_PORT),
                                iface->port, iface->port_status);
    }
}

/* Notes the rows of all interfaces, and stores in '*changes' what is new. */
static void
note_rows(const struct bond_iface *ifaces, size_t n,
          struct vm_aware_row_changes *changes)
{
    bool *ports = xmalloc(n * sizeof *ports);

    for (size_t i = 0; i < n; i++) {
        ports[i] = vm_aware_rows_note_port(
            &ifaces[i], vm_aware_host_find(ifaces[i].port) != NULL);
    }
    vm_aware_rows_update(ifaces, n, changes);
    for (size_t i = 0; i < n; i++) {
        compare_status(&ifaces[i], changes->changes[i], ports[i]);
    }
    free(ports);
}

/* Passes the news to 'va', and has it act on them. */
static void
finish(struct vm_aware_bond *va, long long int now)
{
    tell_misplaced(va, now);
    vm_aware_bond_update(va, now);
}

static void
set_all_ifaces(const struct bond_iface *ifaces, size_t n, long long int now)
{
    struct vm_aware_row_changes changes;
    struct vm_aware_bond *va;

    note_rows(ifaces, n, &changes);
    vm_aware_mode_check_others(ifaces, n);
    VM_AWARE_FOR_EACH_BOND (va) {
        set_all(va, ifaces, n, &changes, now);
        finish(va, now);
        /* Those who configure a bond wait for the status. */
        va->flows_first = false;
    }
    vm_aware_row_changes_destroy(&changes);
    all_are_known = true;
}

bool
vm_aware_db_knows_all(void)
{
    return all_are_known;
}

void
vm_aware_db_set_ifaces(const struct bond_iface *ifaces, size_t n, bool all)
{
    long long int now = time_msec();
    struct vm_aware_bond *va;

    if (all) {
        set_all_ifaces(ifaces, n, now);
        return;
    }
    VM_AWARE_FOR_EACH_BOND (va) {
        for (size_t i = 0; i < n; i++) {
            if (vm_aware_rows_is_used(&ifaces[i])) {
                set_changed(va, &ifaces[i], false, now);
            }
        }
        finish(va, now);
    }
}

/* Status. */

long long int
vm_aware_db_status_due(void)
{
    const struct vm_aware_bond *va;
    long long int due = LLONG_MAX;

    VM_AWARE_FOR_EACH_BOND (va) {
        if (va->flows_first) {
            return LLONG_MAX;
        }
    }
    vm_aware_host_update_status();
    if (all_are_known) {
        /* An earlier process has left status of what is no VM's any more. */
        vm_aware_column_settle(vm_aware_host_column(BOND_ROW_INTERFACE));
    }
    for (enum bond_row row = 0; row < BOND_N_ROWS; row++) {
        due = MIN(due, vm_aware_column_due(vm_aware_host_column(row)));
    }
    return due;
}

/* A row that is gone needs no status. */
bool
vm_aware_db_next_status(enum bond_row *row, struct uuid *uuid,
                        struct smap *keys)
{
    const char *name;

    for (*row = 0; *row < BOND_N_ROWS; (*row)++) {
        while ((name = vm_aware_column_next(vm_aware_host_column(*row),
                                            keys)) != NULL) {
            const struct vm_aware_row *found = vm_aware_rows_find(*row, name);

            if (found) {
                *uuid = found->uuid;
                return true;
            }
            smap_clear(keys);
        }
    }
    return false;
}

void
vm_aware_db_status_written(bool success)
{
    long long int now = time_msec();

    for (enum bond_row row = 0; row < BOND_N_ROWS; row++) {
        vm_aware_column_written(vm_aware_host_column(row), success, now);
    }
}

/* Returns true if there is something to be said of a row.
 *
 * What is wanted of a row is known by its name.  A row that is new under a
 * name has nothing to do with the one that had it before, even if that is only
 * about to be forgotten.  Before all rows are known, none is new. */
static bool
has_keys(enum bond_row row, const struct uuid *uuid, const char *name)
{
    const struct vm_aware_row *known = vm_aware_rows_find(row, name);
    bool is_new = all_are_known && !(known && uuid_equals(&known->uuid, uuid));

    return !is_new && (row != BOND_ROW_PORT || vm_aware_host_find(name));
}

void
vm_aware_db_row_status(enum bond_row row, const struct uuid *uuid,
                       const char *name, const struct smap *old,
                       struct smap *keys)
{
    if (has_keys(row, uuid, name)) {
        vm_aware_column_get(vm_aware_host_column(row), name, old, keys);
    }
}

size_t
vm_aware_db_row_n_keys(enum bond_row row, const struct uuid *uuid,
                       const char *name)
{
    return (has_keys(row, uuid, name)
            ? vm_aware_column_count(vm_aware_host_column(row), name) : 0);
}
