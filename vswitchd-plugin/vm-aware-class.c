/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-class.h"

#include "openvswitch/dynamic-string.h"
#include "report/vm-describe.h"
#include "timeval.h"
#include "util.h"
#include "vm-aware-account.h"
#include "vm-aware-bond.h"
#include "vm-aware-db.h"
#include "vm-aware-host.h"
#include "vm-aware-jobs.h"
#include "vm-aware-past.h"
#include "vm-aware-statistics.h"
#include "vm-aware-tunnel.h"
#include "vm-aware-unixctl.h"
#include "vm-aware-xlate.h"

static struct bond_class vm_aware_class;

static struct bond_impl *
attach(struct bond *bond, const char *name, struct ofproto_dpif *ofproto)
{
    struct vm_aware_bond *va = vm_aware_bond_create(&vm_aware_class, bond,
                                                    name, ofproto);

    if (!vm_aware_host_on_datapath(ofproto)) {
        vm_aware_past_adopt(&va->meters);
    }
    vm_aware_tunnel_init(va);
    vm_aware_host_add(va);
    return &va->up;
}

static void
detach(const struct bond_impl *impl)
{
    struct vm_aware_bond *va = vm_aware_bond_cast(impl);
    struct vm_aware_bond *other;

    vm_aware_jobs_end(va);
    vm_aware_host_remove(va);
    other = vm_aware_host_on_datapath(va->ofproto);
    if (other) {
        vm_aware_meters_hand_over(&va->meters, &other->meters);
    }
    vm_aware_bond_destroy(va);
}

static void
run(const struct bond_impl *impl)
{
    struct vm_aware_bond *va = vm_aware_bond_cast(impl);

    vm_aware_tunnel_run(va);
    vm_aware_bond_run(va, vm_aware_host_count_announcing(va));
    vm_aware_jobs_run(va);
}

static void
wait(const struct bond_impl *impl)
{
    const struct vm_aware_bond *va = vm_aware_bond_cast(impl);

    vm_aware_tunnel_wait(va);
    vm_aware_bond_wait(va);
    vm_aware_jobs_wait(va);
}

static void
accounted(const struct bond_impl *impl)
{
    vm_aware_bond_accounted(vm_aware_bond_cast(impl));
}

static void
show(const struct bond_impl *impl, const char *member, struct ds *ds)
{
    const struct vm_aware_bond *va = vm_aware_bond_cast(impl);

    if (member) {
        vm_describe_member(va->engine, member, time_msec(), ds);
    } else {
        ds_put_format(ds, "VMs: see vm-aware/show %s\n",
                      vm_aware_bond_name(va));
    }
}

static struct bond_class vm_aware_class = {
    .name = "vm-aware",
    .key = "bond-vm-aware",
    .base = BM_SLB,
    .init = vm_aware_unixctl_register,
    .set_ifaces = vm_aware_db_set_ifaces,
    .status_due = vm_aware_db_status_due,
    .next_status = vm_aware_db_next_status,
    .status_written = vm_aware_db_status_written,
    .row_status = vm_aware_db_row_status,
    .row_n_keys = vm_aware_db_row_n_keys,
    .iface_statistics = vm_aware_iface_statistics,
    .attach = attach,
    .detach = detach,
    .run = run,
    .wait = wait,
    .accounted = accounted,
    .show = show,
    .needs_in_src = vm_aware_host_is_trunk,
    .output = vm_aware_output,
    .admit = vm_aware_admit,
    .tunnel = vm_aware_tunnel,
    .account = vm_aware_side_credit,
    .account_ref = vm_aware_side_ref,
    .account_unref = vm_aware_side_unref,
};

OVS_CONSTRUCTOR(vm_aware_register) {
    bond_class_register(&vm_aware_class);
}
