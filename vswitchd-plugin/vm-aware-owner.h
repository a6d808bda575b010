/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_OWNER_H
#define VM_AWARE_OWNER_H 1

/* Which addresses of an interface are its own now, so that a bond may announce
 * them.
 *
 * An address is not the interface's own while the bridge has learned it on the
 * bond: its present owner would lose traffic.  The rules are vm_mac_is_here(),
 * and vm_mac_outweighs() if several interfaces here have an address; this
 * module collects what they ask for.
 *
 * Thread-safety: only the main thread may call these functions, without a
 * lock. */

#include <stdbool.h>

struct bond;
struct ofproto_dpif;
struct vm_aware_addresses;
struct vm_engine;
struct vm_interface;
struct vm_mac;
struct vm_tag_port;

/* Where the addresses of one bond are. */
struct vm_aware_owners {
    const struct bond *bond;
    struct ofproto_dpif *ofproto; /* Of its bridge. */
    struct vm_aware_addresses *addresses;
    struct vm_engine *engine;
    const struct vm_tag_port *port; /* The VLANs of the bond. */
};

/* Returns true if 'mac', which is in the table of 'iface', is its own. */
bool vm_aware_owners_have(const struct vm_aware_owners *,
                          const struct vm_interface *iface,
                          const struct vm_mac *mac);

/* Notes which addresses of 'iface' have moved away.  Returns true if
 * there are any new ones; then the interface must be able to report them
 * again. */
bool vm_aware_owners_note_moves(const struct vm_aware_owners *,
                                const struct vm_interface *iface);

#endif /* vm-aware-owner.h */
