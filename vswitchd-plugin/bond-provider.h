/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef BOND_PROVIDER_H
#define BOND_PROVIDER_H 1

/* A bond mode that lives outside bond.c.
 *
 * A bond class chooses the member for each frame.  Everything else stays the
 * job of bond.c: link state with its delays, LACP, BFD and CFM, the active
 * member, which frames are admitted.  To that end, a class names one of the
 * built-in modes as its base: bond.c treats the bond as one of that mode and
 * calls the class only for frames that leave or arrive, and in each iteration
 * of the main loop.  Only BM_SLB can be a base: it neither recirculates nor
 * ties all traffic to one member.
 *
 * Life cycle
 * ----------
 *
 *    1. A class registers itself with bond_class_register() before main()
 *       begins to configure bridges, from an OVS_CONSTRUCTOR or an init
 *       function.  All functions must be given.  From then on its name is a
 *       value of Port:bond_mode, and its key one of Port:other_config: if the
 *       value is "true", a port is a bond of the class whatever its bond_mode
 *       is.  So a class needs no new value in the schema of the database.
 *
 *    2. 'init' is called once, before anything is configured.
 *
 *    3. 'attach' is called when a bond gets the mode.  The implementation
 *       embeds a "struct bond_impl" and returns it.  A bond of a class remains
 *       one with a single member.
 *
 *    4. 'set_ifaces' is called with all interfaces when bridges have been
 *       reconfigured, and before translation can see a port that was added;
 *       and with some of them when only their external_ids have changed, which
 *       reconfigures nothing.
 *
 *    5. In every iteration of the main loop 'run' is called for each bond,
 *       after the state of the links was updated, and 'wait' before the loop
 *       sleeps.
 *
 *    6. 'output', 'admit' and 'account' are called for frames from then on.
 *
 *    7. 'detach' is called when the bond gets another mode or is removed.
 *       Translation in other threads might still be using the implementation,
 *       so 'detach' must postpone freeing it with ovsrcu_postpone().
 *
 * Status
 * ------
 *
 * A class may publish keys in Interface:status and Port:status.  When it has
 * something to write, 'status_due' returns the time for that.  At that time,
 * 'next_status' is called for one row after the other until there are no more,
 * all of them are written in one transaction, and 'status_written' is called
 * with its outcome.  bridge.c also replaces the whole column, when the status
 * of a device has changed or a row has more or fewer keys than it should;
 * 'row_n_keys' tells how many are the class's, and 'row_status' adds them.
 *
 * Thread-safety
 * -------------
 *
 * 'needs_in_src', 'output', 'admit', 'tunnel', 'account', 'account_ref' and
 * 'account_unref' are called from any thread, many at a time, without a lock,
 * as readers of RCU.  All other functions are called from the main thread
 * only, and, except for 'show', without a lock of bond.c. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bond.h"
#include "openvswitch/uuid.h"
#include "packets.h"

struct dpif_flow_stats;
struct ds;
struct flow;
struct netdev;
struct ofbundle;
struct ofproto_dpif;
struct smap;

/* One bond of a class.  Embedded by the implementation, immutable. */
struct bond_impl {
    const struct bond_class *class;
};

/* A frame that is about to leave over the bond, or that came in over it. */
struct bond_frame {
    const char *in_port;        /* 'output' only: name of the interface by
                                 * which it entered the switch, on any bridge,
                                 * regardless of later changes of
                                 * flow->in_port.  Null if the switch itself
                                 * made it, or if it is a copy that a mirror
                                 * made. */
    struct eth_addr in_src;     /* 'output' only: its Ethernet source as it
                                 * entered.  Zero if that was changed before a
                                 * recirculation, unless 'needs_in_src' asked
                                 * for it. */
    bool src_changed;           /* Its Ethernet source is not 'in_src': an
                                 * action set it, or it is that of a tunnel's
                                 * outer header. */
    bool mirrored;              /* A copy that a mirror made: 'in_port' is
                                 * null. */
    const struct flow *flow;    /* Its present headers. */
    uint16_t vlan;              /* The VLAN it belongs to, 0 for none. */
};

/* The configuration of one Interface, on any bridge.  All of it is valid only
 * during the call. */
struct bond_iface {
    struct uuid uuid;           /* Of the row. */
    const char *name;
    const char *type;           /* Such as "internal" or "patch". */
    const char *port, *bridge;  /* Names of those to which it belongs. */
    struct uuid port_uuid;      /* Of the row of that port. */
    bool changed;               /* Something of it is new since 'set_ifaces'
                                 * was last called with all interfaces;
                                 * external_ids, since its last call.  Not told
                                 * are changes of 'bridge', 'present',
                                 * 'bridge_config', 'vlan_mode', 'trunks' and
                                 * the status. */
    bool present;               /* In this port, it has a device and an
                                 * OpenFlow port. */
    int tag;                    /* Port:tag, or -1. */
    const char *vlan_mode;      /* Port:vlan_mode, or null. */
    const char *bond_mode, *lacp; /* Port:bond_mode, Port:lacp, or null. */
    const struct smap *options, *other_config, *external_ids, *status;
    const struct smap *port_config; /* Port:other_config. */
    const struct smap *port_status; /* Port:status. */
    const struct smap *bridge_config; /* Bridge:other_config. */
    const int64_t *trunks, *cvlans; /* Port:trunks, Port:cvlans. */
    size_t n_trunks, n_cvlans;
};

/* A row with a status. */
enum bond_row {
    BOND_ROW_INTERFACE,
    BOND_ROW_PORT,
    BOND_N_ROWS
};

/* Maximum number of entries that 'iface_statistics' may add. */
#define BOND_MAX_IFACE_STATISTICS 8

/* The decision for a frame. */
struct bond_decision {
    bool pass;                  /* False: drop. */
    void *member;               /* 'output' only: the client's handle of the
                                 * member to send it over. */
    uint32_t meter;             /* 'output' only: datapath meter that limits
                                 * this output and no other, or
                                 * UINT32_MAX. */
    bool uses_in_src;           /* 'output' only: the decision depends on
                                 * 'in_src', so that the flow must match it.
                                 * 'in_port' is matched in any case. */
    void *account;              /* To be credited with all frames of the flow,
                                 * or null.  Valid until the thread quiesces;
                                 * 'account_ref' keeps it longer. */
};

/* What a class may know of a member. */
struct bond_member_view {
    void *aux;                  /* The client's handle (struct ofport_dpif). */
    const char *name;
    struct netdev *netdev;
    ofp_port_t ofp_port;
    bool enabled;               /* Frames may leave over it now: its link is
                                 * up, its delays are over, and LACP, if in
                                 * use, is satisfied. */
};

struct bond_class {
    struct bond_class *next;    /* Of those that are registered. */
    const char *name;           /* Value of Port:bond_mode. */
    const char *key;            /* Key of Port:other_config. */
    enum bond_mode base;

    void (*init)(void);

    /* Configuration: 'all' of the interfaces, or 'n' that have other
     * external_ids than before. */
    void (*set_ifaces)(const struct bond_iface *, size_t n, bool all);

    /* Status, see above.  'status_due' returns a time in ms, LLONG_MAX for
     * never.  'next_status' stores a row and adds the keys to be written to
     * 'status', with an empty value for a key that is to be removed; it
     * returns false if there are no more.  'row_status' adds keys to 'status',
     * which is about to replace 'old' in the row with that UUID and name; the
     * row may be a new one of which 'set_ifaces' will tell.  'row_n_keys'
     * returns the number of these keys, or SIZE_MAX if it is not known or
     * 'next_status' has yet to write one of them. */
    long long int (*status_due)(void);
    bool (*next_status)(enum bond_row *, struct uuid *, struct smap *status);
    void (*status_written)(bool success);
    void (*row_status)(enum bond_row, const struct uuid *, const char *name,
                       const struct smap *old, struct smap *status);
    size_t (*row_n_keys)(enum bond_row, const struct uuid *,
                         const char *name);

    /* Stores at most BOND_MAX_IFACE_STATISTICS statistics of the interface
     * named 'iface' and returns their number.  The keys are constants.  They
     * replace the 'n_old' statistics that its row has now, which a class may
     * repeat until all interfaces are passed to 'set_ifaces'. */
    size_t (*iface_statistics)(const char *iface, char *const old_keys[],
                               const int64_t old_values[], size_t n_old,
                               const char *keys[], int64_t values[]);

    /* One bond, named 'name', of the bridge 'ofproto'.  When the decisions of
     * 'output' or 'admit' have changed, the class sets 'need_revalidate' of
     * the bridge's backer to REV_BOND. */
    struct bond_impl *(*attach)(struct bond *, const char *name,
                                struct ofproto_dpif *ofproto);
    void (*detach)(const struct bond_impl *);

    void (*run)(const struct bond_impl *);
    void (*wait)(const struct bond_impl *);

    /* All traffic of the datapath flows has just been accounted. */
    void (*accounted)(const struct bond_impl *);

    /* Appends lines about the bond, or about the member named 'member' if that
     * is nonnull, to the output of bond/show.  The caller has acquired
     * bond.c's lock for reading: 'show' must not call functions of bond.c. */
    void (*show)(const struct bond_impl *, const char *member, struct ds *);

    /* Returns true if 'output' of any bond may use 'in_src' for frames that
     * entered the switch by the interface named 'iface'.  Then it survives
     * recirculation even if actions have set another source, which costs a
     * recirculation ID for each source. */
    bool (*needs_in_src)(const char *iface);

    /* Chooses the member for a frame.  Must have no side effect, since
     * ofproto/trace calls it, too.  Then 'why' is nonnull, and a sentence that
     * explains the decision is appended to it. */
    struct bond_decision (*output)(const struct bond_impl *,
                                   const struct bond_frame *,
                                   struct ds *why);

    /* Decides whether to admit a frame that came in over the member whose
     * handle is 'member' and that the base mode admits.  Otherwise like
     * 'output'. */
    struct bond_decision (*admit)(const struct bond_impl *,
                                  const void *member,
                                  const struct bond_frame *,
                                  struct ds *why);

    /* Decides about a frame that is about to go to 'dst' by a tunnel of the
     * datapath, whose outer frame the IP stack of the machine sends: whether
     * it passes, through which meter, and which account is credited.  It is
     * asked once for all bonds.  Otherwise like 'output'. */
    struct bond_decision (*tunnel)(const struct bond_frame *,
                                   const struct in6_addr *dst,
                                   struct ds *why);

    /* Credits 'account' with 'stats' of frames from 'src' in 'vlan'.  'src' is
     * zero if their source address has changed since they entered. */
    void (*account)(void *account, struct eth_addr src, uint16_t vlan,
                    const struct dpif_flow_stats *stats);
    void (*account_ref)(void *account);
    void (*account_unref)(void *account);
};

/* Classes.  'class' must remain valid, and be registered before the first bond
 * is created.  bond_class_lookup() returns the class of a Port with these
 * bond_mode and other_config, of which either may be null, or null if its mode
 * is built in.  The name of a class goes before the key of another one. */
extern struct bond_class *bond_classes;

void bond_class_register(struct bond_class *class);
const struct bond_class *bond_class_lookup(const char *mode,
                                           const struct smap *config);

#define BOND_FOR_EACH_CLASS(CLASS)                                      \
    for ((CLASS) = bond_classes; (CLASS);                               \
         (CLASS) = (CLASS)->next)

/* Queries for the class of a bond, in the main thread.  bond_get_members()
 * stores one element per member, in no particular order, in an array that the
 * caller frees. */
size_t bond_get_members(const struct bond *, struct bond_member_view **);
bool bond_is_lacp_negotiated(const struct bond *);

/* Returns the bond of a bundle, which is what mac_entry_get_port() returns for
 * the bridge of a bond; null if the bundle is no bond.  Main thread only. */
const struct bond *bond_of_bundle(const struct ofbundle *);

/* The bond's implementation, or null if its mode is built in.  Any thread. */
const struct bond_impl *bond_get_impl(const struct bond *);

#endif /* bond-provider.h */
