/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_ANNOUNCE_H
#define VM_AWARE_ANNOUNCE_H 1

/* Announces the member over which a VM can be reached to upstream switches.
 *
 * An announcement is a RARP request (RFC 903), broadcast from the VM's address
 * in its VLAN over the VM's new member: every switch on the way learns from
 * its source address.  The engine decides which slots are announced, when, and
 * how often.
 *
 * Only addresses that are here are announced.  An address that the bridge has
 * learned on the bond never is, since its present owner would lose traffic.
 * An address that is not attached is announced only while the bridge has
 * learned it on another port.  The order is that of
 * vm_mac_compare_evidence().
 *
 * Announcements wait for vm_aware_announce_run() in the next iteration of the
 * main loop.  By then flows are being revalidated, which is more urgent, and
 * translation can use a member that was just added.  A run sends at most
 * VM_AWARE_ANNOUNCE_BUDGET announcements.
 *
 * Ownership: an announcer owns its frames.
 *
 * Thread-safety: only the main thread may call these functions, without a
 * lock. */

#include <stdbool.h>
#include <stddef.h>

#include "openvswitch/list.h"
#include "sset.h"

struct bond;
struct ofproto_dpif;
struct vm_engine;
struct vm_slot;

/* RARPs per iteration of the main loop: about 10 ms. */
#define VM_AWARE_ANNOUNCE_BUDGET 256

struct vm_aware_announcer {
    struct sset slots;          /* Ids of those to be announced. */
    struct ovs_list frames;     /* "struct frame"s to be sent. */
};

void vm_aware_announcer_init(struct vm_aware_announcer *);
void vm_aware_announcer_destroy(struct vm_aware_announcer *);
bool vm_aware_announcer_is_idle(const struct vm_aware_announcer *);

void vm_aware_announce(struct vm_aware_announcer *, const struct vm_slot *);

/* 'access_vlan' is the VLAN of all frames on the bond if it is an access port,
 * else -1. */
void vm_aware_announce_run(struct vm_aware_announcer *, const struct bond *,
                           struct ofproto_dpif *, const struct vm_engine *,
                           int access_vlan);

#endif /* vm-aware-announce.h */
