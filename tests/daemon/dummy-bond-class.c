/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* A bond class that knows no VM, to test what bond-provider.h promises.
 *
 * It is linked with Open vSwitch's own objects alone.  Interface:external_ids
 * says what is to be done with the frames of an interface:
 *
 *     dummy-member    the member by which they leave, "none" to drop them;
 *                     without it, the first one by name
 *     dummy-meter     the number of a datapath meter for that
 *     dummy-src       "true" if the source of its frames matters
 *     dummy-admit     of a member: "false" to drop what comes in over it
 *     dummy-status    what Interface:status:dummy is to say
 *     dummy-port      of a member: what Port:status:dummy is to say
 *
 * "dummy/show" prints what the class was told, "dummy/iface IFACE" the VLANs
 * and the bridge of an interface, and "dummy/find-mac MAC VLAN" where the bond
 * believes an address to be.  The class bears the name of ours, since that is
 * one that the schema of the database allows. */

#include "bond-provider.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "dpif.h"
#include "mac-learning.h"
#include "ofproto/ofproto-dpif.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "ovs-rcu.h"
#include "smap.h"
#include "sset.h"
#include "svec.h"
#include "unixctl.h"
#include "util.h"

/* One interface as it was told. */
struct dummy_iface {
    struct smap external_ids;
    struct uuid uuid, port_uuid; /* Of the rows. */
    bool present;
    char *more;                 /* VLANs and bridge. */
    atomic_ullong n_packets;    /* That it has sent over the bond. */
};

struct dummy_bond {
    struct bond_impl up;
    struct bond *bond;
    struct ofproto_dpif *ofproto;
};

/* Interface name to "struct dummy_iface *".  Changed by the main thread only;
 * tests send no frame while they change it. */
static struct shash ifaces = SHASH_INITIALIZER(&ifaces);
static struct sset news = SSET_INITIALIZER(&news);
static struct sset port_news = SSET_INITIALIZER(&port_news); /* Members. */
static struct smap ports = SMAP_INITIALIZER(&ports); /* To dummy-port. */
static unsigned int n_told, n_told_all, n_bonds;
static const struct dummy_bond *last_bond; /* The one attached last. */

static struct bond_class dummy_class;

static void
dummy_show(struct unixctl_conn *conn, int argc OVS_UNUSED,
           const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    const struct shash_node **nodes = shash_sort(&ifaces);
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "%u bonds, told %u times of all, %u of some\n", n_bonds,
                  n_told_all, n_told);
    for (size_t i = 0; i < shash_count(&ifaces); i++) {
        struct dummy_iface *iface = nodes[i]->data;
        unsigned long long int n;

        atomic_read_relaxed(&iface->n_packets, &n);
        ds_put_format(&s, "%s: present %s, member %s, sent %llu\n",
                      nodes[i]->name, iface->present ? "true" : "false",
                      smap_get_def(&iface->external_ids, "dummy-member",
                                   "default"), n);
    }
    free(nodes);
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}

static void
dummy_find_mac(struct unixctl_conn *conn, int argc OVS_UNUSED,
               const char *argv[], void *aux OVS_UNUSED)
{
    struct mac_learning *ml = last_bond ? last_bond->ofproto->ml : NULL;
    const struct mac_entry *entry;
    const struct ofbundle *bundle;
    struct eth_addr mac;

    if (!ml || !eth_addr_from_string(argv[1], &mac)) {
        unixctl_command_reply_error(conn, "no bond, or not an address");
        return;
    }
    ovs_rwlock_rdlock(&ml->rwlock);
    entry = mac_learning_lookup(ml, mac, atoi(argv[2]));
    bundle = entry ? mac_entry_get_port(ml, entry) : NULL;
    unixctl_command_reply(
        conn, (!bundle ? "unknown"
               : bond_of_bundle(bundle) == last_bond->bond ? "beyond"
               : "here"));
    ovs_rwlock_unlock(&ml->rwlock);
}

static void
dummy_show_iface(struct unixctl_conn *conn, int argc OVS_UNUSED,
                 const char *argv[], void *aux OVS_UNUSED)
{
    const struct dummy_iface *iface = shash_find_data(&ifaces, argv[1]);

    unixctl_command_reply(conn, iface ? iface->more : "none");
}

static void
dummy_init(void)
{
    unixctl_command_register("dummy/show", "", 0, 0, dummy_show, NULL);
    unixctl_command_register("dummy/iface", "IFACE", 1, 1, dummy_show_iface,
                             NULL);
    unixctl_command_register("dummy/find-mac", "MAC VLAN", 2, 2,
                             dummy_find_mac, NULL);
}

static char *
format_more(const struct bond_iface *config)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&s, "trunks");
    for (size_t i = 0; i < config->n_trunks; i++) {
        ds_put_format(&s, " %"PRId64, config->trunks[i]);
    }
    ds_put_cstr(&s, ", cvlans");
    for (size_t i = 0; i < config->n_cvlans; i++) {
        ds_put_format(&s, " %"PRId64, config->cvlans[i]);
    }
    ds_put_format(&s, ", bridge %s",
                  smap_get_def(config->bridge_config, "dummy", "none"));
    return ds_steal_cstr(&s);
}

static void
set_port_status(const struct bond_iface *config)
{
    const char *value = smap_get(config->external_ids, "dummy-port");

    if (value && !nullable_string_is_equal(smap_get(&ports, config->port),
                                           value)) {
        smap_replace(&ports, config->port, value);
        sset_add(&port_news, config->name);
    }
}

static void
dummy_set_ifaces(const struct bond_iface *configs, size_t n, bool all)
{
    n_told_all += all;
    n_told += !all;
    for (size_t i = 0; i < n; i++) {
        const struct bond_iface *config = &configs[i];
        struct dummy_iface *iface = shash_find_data(&ifaces, config->name);

        if (!iface) {
            iface = xzalloc(sizeof *iface);
            smap_init(&iface->external_ids);
            shash_add(&ifaces, config->name, iface);
        }
        smap_destroy(&iface->external_ids);
        smap_clone(&iface->external_ids, config->external_ids);
        iface->uuid = config->uuid;
        iface->port_uuid = config->port_uuid;
        iface->present = config->present;
        free(iface->more);
        iface->more = format_more(config);
        if (smap_get(&iface->external_ids, "dummy-status")) {
            sset_add(&news, config->name);
        }
        set_port_status(config);
    }
}

static long long int
dummy_status_due(void)
{
    return (sset_is_empty(&news) && sset_is_empty(&port_news) ? LLONG_MAX
            : 0);
}

static bool
dummy_next_status(enum bond_row *row, struct uuid *uuid, struct smap *status)
{
    struct sset *names = sset_is_empty(&news) ? &port_news : &news;
    const struct dummy_iface *iface;
    const char *value;
    char *name;

    if (sset_is_empty(names)) {
        return false;
    }
    name = sset_pop(names);
    iface = shash_find_data(&ifaces, name);
    free(name);
    if (names == &news) {
        *row = BOND_ROW_INTERFACE;
        *uuid = iface->uuid;
        value = smap_get(&iface->external_ids, "dummy-status");
    } else {
        *row = BOND_ROW_PORT;
        *uuid = iface->port_uuid;
        value = smap_get(&iface->external_ids, "dummy-port");
    }
    smap_add(status, "dummy", !strcmp(value, "none") ? "" : value);
    return true;
}

static void
dummy_status_written(bool success OVS_UNUSED)
{
}

static void
dummy_row_status(enum bond_row row, const struct uuid *uuid OVS_UNUSED,
                 const char *name, const struct smap *old,
                 struct smap *status)
{
    const char *value = (row == BOND_ROW_PORT ? smap_get(&ports, name)
                         : smap_get(old, "dummy"));

    if (value && strcmp(value, "none")) {
        smap_replace(status, "dummy", value);
    }
}

static size_t
dummy_row_n_keys(enum bond_row row OVS_UNUSED,
                 const struct uuid *uuid OVS_UNUSED,
                 const char *name OVS_UNUSED)
{
    return SIZE_MAX;
}

static size_t
dummy_iface_statistics(const char *name, char *const old_keys[] OVS_UNUSED,
                       const int64_t old_values[] OVS_UNUSED,
                       size_t n_old OVS_UNUSED, const char *keys[],
                       int64_t values[])
{
    struct dummy_iface *iface = shash_find_data(&ifaces, name);
    unsigned long long int n;

    if (!iface) {
        return 0;
    }
    atomic_read_relaxed(&iface->n_packets, &n);
    keys[0] = "dummy_packets";
    values[0] = n;
    return 1;
}

static struct bond_impl *
dummy_attach(struct bond *bond, const char *name OVS_UNUSED,
             struct ofproto_dpif *ofproto)
{
    struct dummy_bond *dummy = xzalloc(sizeof *dummy);

    dummy->up.class = &dummy_class;
    dummy->bond = bond;
    dummy->ofproto = ofproto;
    last_bond = dummy;
    n_bonds++;
    return &dummy->up;
}

static void
dummy_detach(const struct bond_impl *impl)
{
    n_bonds--;
    last_bond = NULL;
    ovsrcu_postpone(free, CONTAINER_OF(impl, struct dummy_bond, up));
}

static void
dummy_nothing(const struct bond_impl *impl OVS_UNUSED)
{
}

static void
dummy_show_bond(const struct bond_impl *impl OVS_UNUSED, const char *member,
                struct ds *ds)
{
    if (!member) {
        ds_put_cstr(ds, "dummy: see dummy/show\n");
    }
}

/* The handle of the member 'name', or of the first one by name if that is
 * null. */
static void *
find_member(const struct dummy_bond *dummy, const char *name)
{
    struct bond_member_view *views;
    size_t n = bond_get_members(dummy->bond, &views);
    const struct bond_member_view *best = NULL;
    void *aux;

    for (size_t i = 0; i < n; i++) {
        if (name ? !strcmp(views[i].name, name)
            : !best || strcmp(views[i].name, best->name) < 0) {
            best = &views[i];
        }
    }
    aux = best ? best->aux : NULL;
    free(views);
    return aux;
}

/* Returns the name of the member whose handle is 'aux'. */
static const char *
find_member_name(const struct dummy_bond *dummy, const void *aux)
{
    struct bond_member_view *views;
    size_t n = bond_get_members(dummy->bond, &views);
    const char *name = "";

    for (size_t i = 0; i < n; i++) {
        if (views[i].aux == aux) {
            name = views[i].name;
        }
    }
    free(views);
    return name;
}

static bool
dummy_needs_in_src(const char *name)
{
    const struct dummy_iface *iface = shash_find_data(&ifaces, name);

    return iface && smap_get_bool(&iface->external_ids, "dummy-src", false);
}

static struct bond_decision
dummy_output(const struct bond_impl *impl, const struct bond_frame *frame,
             struct ds *why)
{
    const struct dummy_bond *dummy = CONTAINER_OF(impl, struct dummy_bond, up);
    struct dummy_iface *iface = (frame->in_port
                                 ? shash_find_data(&ifaces, frame->in_port)
                                 : NULL);
    const char *member = (iface ? smap_get(&iface->external_ids,
                                           "dummy-member") : NULL);
    void *aux = find_member(dummy, member);

    if (why) {
        ds_put_format(why, "dummy: from %s",
                      frame->in_port ? frame->in_port : "the switch");
        ds_put_format(why, ", "ETH_ADDR_FMT"%s", ETH_ADDR_ARGS(frame->in_src),
                      frame->src_changed ? " changed" : "");
    }
    return (struct bond_decision) {
        .pass = aux != NULL,
        .member = aux,
        .meter = (iface ? smap_get_uint(&iface->external_ids, "dummy-meter",
                                        UINT32_MAX) : UINT32_MAX),
        .uses_in_src = frame->in_port && dummy_needs_in_src(frame->in_port),
        .account = iface,
    };
}

static struct bond_decision
dummy_tunnel(const struct bond_frame *frame, const struct in6_addr *dst,
             struct ds *why)
{
    struct dummy_iface *iface = (frame->in_port
                                 ? shash_find_data(&ifaces, frame->in_port)
                                 : NULL);
    const char *member = (iface ? smap_get(&iface->external_ids,
                                           "dummy-member") : NULL);

    if (why) {
        ds_put_format(why, "dummy: from %s to ",
                      frame->in_port ? frame->in_port : "the switch");
        ipv6_format_mapped(dst, why);
    }
    return (struct bond_decision) {
        .pass = !member || strcmp(member, "none"),
        .meter = (iface ? smap_get_uint(&iface->external_ids, "dummy-meter",
                                        UINT32_MAX) : UINT32_MAX),
        .account = iface,
    };
}

static struct bond_decision
dummy_admit(const struct bond_impl *impl, const void *member,
            const struct bond_frame *frame OVS_UNUSED, struct ds *why)
{
    const struct dummy_bond *dummy = CONTAINER_OF(impl, struct dummy_bond, up);
    const char *name = find_member_name(dummy, member);
    const struct dummy_iface *iface = shash_find_data(&ifaces, name);
    bool pass = !iface || smap_get_bool(&iface->external_ids, "dummy-admit",
                                        true);

    if (why && !pass) {
        ds_put_format(why, "dummy: not admitted from %s", name);
    }
    return (struct bond_decision) { .pass = pass, .meter = UINT32_MAX };
}

static void
dummy_account(void *iface_, struct eth_addr src OVS_UNUSED,
              uint16_t vlan OVS_UNUSED, const struct dpif_flow_stats *stats)
{
    struct dummy_iface *iface = iface_;
    unsigned long long int orig;

    atomic_add_relaxed(&iface->n_packets, stats->n_packets, &orig);
}

static void
dummy_account_ref(void *iface OVS_UNUSED)
{
}

static struct bond_class dummy_class = {
    .name = "vm-aware",
    .key = "bond-dummy",
    .base = BM_SLB,
    .init = dummy_init,
    .set_ifaces = dummy_set_ifaces,
    .status_due = dummy_status_due,
    .next_status = dummy_next_status,
    .status_written = dummy_status_written,
    .row_status = dummy_row_status,
    .row_n_keys = dummy_row_n_keys,
    .iface_statistics = dummy_iface_statistics,
    .attach = dummy_attach,
    .detach = dummy_detach,
    .run = dummy_nothing,
    .wait = dummy_nothing,
    .accounted = dummy_nothing,
    .show = dummy_show_bond,
    .needs_in_src = dummy_needs_in_src,
    .output = dummy_output,
    .admit = dummy_admit,
    .tunnel = dummy_tunnel,
    .account = dummy_account,
    .account_ref = dummy_account_ref,
    .account_unref = dummy_account_ref,
};

OVS_CONSTRUCTOR(dummy_register) {
    bond_class_register(&dummy_class);
}
