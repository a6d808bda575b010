/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "base/vm-down.h"

#include "util.h"

static const struct {
    const char *token;
    const char *words;
} causes[VM_N_DOWN] = {
    [VM_DOWN_NOT] = { NULL, NULL },
    [VM_DOWN_NO_DEVICE] = { "no-device", "no device" },
    [VM_DOWN_NO_CARRIER] = { "no-carrier", "no carrier" },
    [VM_DOWN_LACP] = { "lacp", "LACP has no partner" },
    [VM_DOWN_BFD] = { "bfd", "BFD down" },
    [VM_DOWN_CFM] = { "cfm", "CFM fault" },
    [VM_DOWN_UP_DELAY] = { "up-delay", "bond_updelay is not over" },
};

const char *
vm_down_to_token(enum vm_down down)
{
    ovs_assert(down < VM_N_DOWN);
    return causes[down].token;
}

const char *
vm_down_to_words(enum vm_down down)
{
    ovs_assert(down < VM_N_DOWN);
    return causes[down].words;
}
