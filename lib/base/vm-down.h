/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_DOWN_H
#define VM_DOWN_H 1

/* Why a member is down, as the switch tells.
 *
 * The module only translates: each cause has a token for programs and words
 * for the operator.
 *
 * Thread-safety: functions of their arguments and of constant tables; any
 * thread may call them. */

enum vm_down {
    VM_DOWN_NOT,                /* It is up, or the cause is not known. */
    VM_DOWN_NO_DEVICE,
    VM_DOWN_NO_CARRIER,
    VM_DOWN_LACP,               /* LACP is configured, without partner. */
    VM_DOWN_BFD,
    VM_DOWN_CFM,
    VM_DOWN_UP_DELAY,           /* It is up, for less than bond_updelay. */
    VM_N_DOWN
};

/* Such as "no-carrier"; null for VM_DOWN_NOT. */
const char *vm_down_to_token(enum vm_down);

/* Such as "no carrier"; null for VM_DOWN_NOT. */
const char *vm_down_to_words(enum vm_down);

#endif /* vm-down.h */
