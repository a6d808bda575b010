/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-hold-off.h"

#include <limits.h>
#include <stdbool.h>

#include "util.h"

void
vm_hold_off_init(struct vm_hold_off *hold)
{
    hold->back = LLONG_MIN;
    hold->pause = 0;
}

void
vm_hold_off_lost(struct vm_hold_off *hold, long long int max,
                 long long int now)
{
    long long int pause = MIN(hold->pause, max);
    bool soon = (hold->back != LLONG_MIN
                 && now - hold->back < pause + VM_HOLD_OFF_SOON);

    hold->pause = (!soon ? 0
                   : MIN(pause ? pause * 2 : VM_HOLD_OFF_FIRST, max));
}

void
vm_hold_off_back(struct vm_hold_off *hold, long long int now)
{
    hold->back = now;
}

long long int
vm_hold_off_until(const struct vm_hold_off *hold, long long int max)
{
    long long int pause = MIN(hold->pause, max);

    return hold->back == LLONG_MIN || !pause ? LLONG_MIN : hold->back + pause;
}
