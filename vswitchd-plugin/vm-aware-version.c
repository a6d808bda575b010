/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

/* Prints our version below that of Open vSwitch in the output of "ovs-vswitchd
 * --version", so that this ovs-vswitchd can be told from a stock one.
 *
 * ovs_print_version() is in the library, and its callers are not ours: the
 * linker (--wrap) has them call __wrap_ovs_print_version() instead.  ovs-ctl
 * takes the version from the line that says "Open vSwitch", so ours must
 * not. */

#include <config.h>

#include <stdint.h>
#include <stdio.h>

void __real_ovs_print_version(uint8_t min_ofp, uint8_t max_ofp);
void __wrap_ovs_print_version(uint8_t min_ofp, uint8_t max_ofp);

void
__wrap_ovs_print_version(uint8_t min_ofp, uint8_t max_ofp)
{
    __real_ovs_print_version(min_ofp, max_ofp);
    puts("ovs-vm-aware " VM_AWARE_VERSION);
}
