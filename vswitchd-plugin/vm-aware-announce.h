/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_ANNOUNCE_H
#define VM_AWARE_ANNOUNCE_H 1

/* Announces the member over which a VM can be reached to upstream switches.
 *
 * An announcement is a RARP request (RFC 903), broadcast from the VM's address
 * in its VLAN over the VM's new member: every switch on the way learns from
 * its source address.  Its tag is that of the VM's own frames (vm-tag); an
 * address is not announced in a VLAN whose frames do not leave over the bond.
 * The engine decides which slots are announced, when, and how often.
 *
 * An interface's addresses are announced in the VLANs in which it was seen or
 * that its configuration gives it, and in those in which the bridge of the
 * bond has them off the bond (vm-aware-found), unless its port excludes these:
 * at most VM_MAX_MACS pairs, in the order of vm_mac_compare_evidence().  Only
 * addresses that are its own are announced (vm-aware-owner).  The addresses of
 * the host are not learned; it announces those of its own devices, such as the
 * bridge's local port, where the bridge has them.
 *
 * An interface whose link is down is announced when it is up again.
 *
 * Announcements wait for vm_aware_announce_run() in the next iteration of the
 * main loop.  By then flows are being revalidated, which is more urgent, and
 * translation can use a member that was just added.  A run sends a few hundred
 * at most.
 *
 * Ownership: an announcer owns its frames.
 *
 * Thread-safety: only the main thread may call these functions, without a
 * lock. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/list.h"
#include "sset.h"

struct vm_aware_owners;
struct vm_slot;

/* A run ends after so many RARPs, or before that when the bonds that have some
 * to send have taken about so many microseconds, each its part: userspace
 * datapaths visit all of their ports for each RARP.  The clock is read after
 * each batch. */
#define VM_AWARE_ANNOUNCE_BUDGET 256
#define VM_AWARE_ANNOUNCE_USEC 10000
#define VM_AWARE_ANNOUNCE_BATCH 4

struct vm_aware_announcer {
    struct sset slots;          /* Ids of those to be announced. */
    struct sset late;           /* Names of interfaces to be announced when
                                 * their links are up. */
    uint64_t links_seqno;       /* connectivity_seq_get() before the links of
                                 * 'late' were last looked at. */
    long long int next_look;    /* When they are in any case, ms. */
    struct ovs_list frames;     /* "struct frame"s to be sent. */
};

void vm_aware_announcer_init(struct vm_aware_announcer *);
void vm_aware_announcer_destroy(struct vm_aware_announcer *);

/* Returns true if nothing is to be announced, links that are down aside. */
bool vm_aware_announcer_is_idle(const struct vm_aware_announcer *);

/* Returns when vm_aware_announce_run() is to be called, ms, LLONG_MAX for
 * never. */
long long int vm_aware_announcer_deadline(const struct vm_aware_announcer *);

void vm_aware_announce(struct vm_aware_announcer *, const struct vm_slot *);

/* To be called when VLANs change: makes all announcements that wait anew. */
void vm_aware_announce_again(struct vm_aware_announcer *);

/* Sends some of the frames that wait.  'n_announcing' bonds are not idle. */
void vm_aware_announce_run(struct vm_aware_announcer *,
                           const struct vm_aware_owners *,
                           size_t n_announcing);

#endif /* vm-aware-announce.h */
