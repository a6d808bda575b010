/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef BOND_PROVIDER_H
#define BOND_PROVIDER_H 1

/* A bond mode that lives outside bond.c.
 *
 * A bond class chooses the member for each frame.  Everything else stays the
 * job of bond.c: link state with its delays, LACP, BFD and CFM, the active
 * member, which frames are admitted.  For that, a class names one of the
 * built-in modes as its base: bond.c treats the bond as one of that mode and
 * consults the class only where frames leave and where it is time to think.
 * Only BM_SLB can be a base: it neither recirculates nor ties all traffic to
 * one member.
 *
 * Life cycle
 * ----------
 *
 *    1. A class registers itself with bond_class_register() before main()
 *       begins to configure bridges, from an OVS_CONSTRUCTOR or an init
 *       function.  All slots that are not marked optional must be filled.
 *       From then on its name is a value of Port:bond_mode.
 *
 *    2. 'db_init' is called once, when the connection to the database has been
 *       created and before it is first run.
 *
 *    3. 'attach' is called when a bond gets the mode.  The implementation
 *       embeds a "struct bond_impl" and returns it.
 *
 *    4. In every iteration of the main loop 'run' is called for each bond,
 *       after the state of the links has been brought up to date, and 'wait'
 *       before the loop sleeps.  'db_run' is called once per iteration.
 *       'db_reconfigured' is called when bridges have been reconfigured, and
 *       before translation can see a port that was added.
 *
 *    5. 'output', 'admit' and 'account' are called for frames from then on.
 *
 *    6. 'detach' is called when the bond gets another mode or goes away.
 *       Translation in other threads might still be using the implementation,
 *       so 'detach' must postpone freeing it with ovsrcu_postpone().
 *
 * Threads
 * -------
 *
 * 'output', 'admit', 'account', 'account_ref' and 'account_unref' are called
 * from any thread, many at a time, without a lock, as readers of RCU.  All
 * other functions are called from the main thread only, without a lock of
 * bond.c being held except where 'show' says otherwise. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bond.h"
#include "packets.h"

struct dpif_flow_stats;
struct ds;
struct flow;
struct netdev;
struct ofproto_dpif;
struct ovsdb_idl;
struct ovsrec_interface;
struct smap;

/* One bond of a class.  Embedded by the implementation, immutable. */
struct bond_impl {
    const struct bond_class *class;
};

/* A frame that is about to leave over the bond, or that came in over it. */
struct bond_frame {
    const char *in_port;        /* Name of the interface by which it entered
                                 * the switch, on whatever bridge, whatever has
                                 * happened to flow->in_port since.  Null if
                                 * the switch itself made it. */
    struct eth_addr in_src;     /* Its Ethernet source as it entered. */
    const struct flow *flow;    /* What it looks like now. */
    uint16_t vlan;              /* The VLAN it belongs to, 0 for none. */
};

/* Most entries that 'iface_statistics' may add. */
#define BOND_MAX_IFACE_STATISTICS 8

/* What is to be done with a frame. */
struct bond_decision {
    bool pass;                  /* False: drop. */
    void *member;               /* 'output' only: the client's handle of the
                                 * member by which it is to leave. */
    uint32_t meter;             /* 'output' only: datapath meter that limits
                                 * this output and no other, or
                                 * UINT32_MAX. */
    bool uses_in_src;           /* 'in_src' mattered: the flow must match it.
                                 * 'in_port' is matched in any case. */
    void *account;              /* To be credited with all frames of the flow,
                                 * or null.  Good until the thread quiesces;
                                 * 'account_ref' keeps it longer. */
};

/* A member as a class may see it. */
struct bond_member_view {
    void *aux;                  /* The client's handle (struct ofport_dpif). */
    const char *name;
    struct netdev *netdev;
    bool enabled;               /* Frames may leave over it now: its link is
                                 * up, its delays are over, and LACP, if in
                                 * use, is satisfied. */
};

struct bond_class {
    const char *name;           /* Value of Port:bond_mode. */
    enum bond_mode base;

    /* The database.  A class may keep configuration and status of its own
     * there. */
    void (*db_init)(struct ovsdb_idl *);
    void (*db_reconfigured)(struct ovsdb_idl *); /* A transaction is open. */
    void (*db_run)(struct ovsdb_idl *);
    void (*db_wait)(struct ovsdb_idl *);

    /* Adds to 'status', which is about to replace the column of that name,
     * what the class has to say about the Interface.  What the column says
     * now gets lost otherwise. */
    void (*iface_status)(const struct ovsrec_interface *,
                         struct smap *status);

    /* Stores at most BOND_MAX_IFACE_STATISTICS statistics of the interface
     * named 'iface' and returns their number.  The keys are constants. */
    size_t (*iface_statistics)(const char *iface, const char *keys[],
                               int64_t values[]);

    /* One bond. */
    struct bond_impl *(*attach)(struct bond *, struct ofproto_dpif *);
    void (*detach)(struct bond_impl *);

    void (*run)(struct bond_impl *);
    void (*wait)(struct bond_impl *);

    /* All traffic of the datapath flows has just been accounted. */
    void (*accounted)(struct bond_impl *);

    /* Adds lines about the bond, or about the member named 'member' if that is
     * nonnull, to the output of bond/show.  Called with bond.c's lock held for
     * reading: must not call back into bond.c. */
    void (*show)(const struct bond_impl *, const char *member, struct ds *);

    /* Chooses the member for a frame.  No side effect: also called for
     * ofproto/trace, in which case the sentence that says why is added to
     * '*why', which is otherwise null. */
    struct bond_decision (*output)(const struct bond_impl *,
                                      const struct bond_frame *,
                                      struct ds *why);

    /* Decides whether a frame that came in over the member whose handle is
     * 'member', and which the base mode admits, is admitted.  As 'output'. */
    struct bond_decision (*admit)(const struct bond_impl *,
                                     const void *member,
                                     const struct bond_frame *,
                                     struct ds *why);

    /* Credits 'account' with 'stats' of frames from 'src' in 'vlan'.  'src' is
     * zero if the frames do not leave with the address they came with. */
    void (*account)(void *account, struct eth_addr src, uint16_t vlan,
                    const struct dpif_flow_stats *stats);
    void (*account_ref)(void *account);
    void (*account_unref)(void *account);
};

/* Classes. */
void bond_class_register(const struct bond_class *);
const struct bond_class *bond_class_lookup(const char *name);
const struct bond_class *bond_class_next(const struct bond_class *);

#define BOND_FOR_EACH_CLASS(CLASS)                                      \
    for ((CLASS) = bond_class_next(NULL); (CLASS);                      \
         (CLASS) = bond_class_next(CLASS))

/* What a class may ask of its bond, in the main thread.  'members' gets one
 * element for each member, in no particular order; the caller frees it. */
const char *bond_get_name(const struct bond *);
size_t bond_get_members(const struct bond *, struct bond_member_view **);
bool bond_is_lacp_negotiated(const struct bond *);

/* To be called in the main thread when 'output' or 'admit' would now give
 * other answers.  Flows are revalidated once in the next iteration of the main
 * loop, however often and for whatever else that was asked for. */
void bond_revalidate_flows(const struct bond *);

/* The bond's implementation, or null if its mode is built in.  Any thread. */
const struct bond_impl *bond_get_impl(const struct bond *);

#endif /* bond-provider.h */
