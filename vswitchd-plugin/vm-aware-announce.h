/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_ANNOUNCE_H
#define VM_AWARE_ANNOUNCE_H 1

/* Tells the far end over which member a VM is to be reached from now on.
 *
 * One RARP request (RFC 903), broadcast from the VM's address in its VLAN, is
 * sent over the new member: every switch on the way learns from its source.
 * Which slots, when and how often is the engine's decision.
 *
 * Only addresses that are here are announced: never one that the bridge has
 * learned on the bond, since whoever has it now would lose its traffic; and
 * one that was merely learned from frames only while the bridge knows it to be
 * behind another port.  Attached addresses go first, then the newest.
 *
 * Announcements wait for vm_aware_announce_run(), in the next iteration of the
 * main loop: by then flows are being revalidated, which matters more, and
 * translation knows a member that was just added.  A run sends at most
 * VM_AWARE_ANNOUNCE_BUDGET of them.
 *
 * Thread-safety: the main thread, with no lock held. */

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
