/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_HOLD_OFF_H
#define VM_HOLD_OFF_H 1

/* How long a member that flaps is held off.
 *
 * A member that was lost is used again when it is back.  If it is lost again
 * soon after that, it is held off the next time: for a pause, which doubles
 * with every further loss.  A member that has been up for a while longer than
 * its pause begins anew:
 *
 *     event                              pause
 *     lost, never was back               none
 *     lost, long after it was back       none
 *     lost, soon after it was back       VM_HOLD_OFF_FIRST, or twice the last
 *                                        one, but no more than the maximum
 *     back                               begins
 *
 * "Soon" is VM_HOLD_OFF_SOON after the end of the last pause.
 *
 * The module does not know what a member is.  It does not read the clock: time
 * is an argument, in ms.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#define VM_HOLD_OFF_FIRST 10000
#define VM_HOLD_OFF_SOON 60000

struct vm_hold_off {
    long long int back;         /* Last time it was back, or LLONG_MIN. */
    long long int pause;        /* After that time; 0 for none. */
};

void vm_hold_off_init(struct vm_hold_off *);

/* The events.  'max' is the longest pause, 0 for none at all. */
void vm_hold_off_lost(struct vm_hold_off *, long long int max,
                      long long int now);
void vm_hold_off_back(struct vm_hold_off *, long long int now);

/* Returns the time until which it is held off, which may be over, or LLONG_MIN
 * if it was not. */
long long int vm_hold_off_until(const struct vm_hold_off *, long long int max);

#endif /* vm-hold-off.h */
