/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_METERING_H
#define VM_METERING_H 1

/* Metering: which meters enforce the grants of the senders of an endpoint,
 * with which rates and bursts.
 *
 *   - An endpoint with vm-max-rate has one meter for all its slots, on
 *     whatever members they are.  Its rate is the limit, or the sum of the
 *     grants of the endpoint's senders if that is less.  A sender without a
 *     grant counts with the limit.
 *   - While one of several members that such an endpoint uses is contended, or
 *     nearly so (vm-demand), and for VM_METERING_LINGER after that, each of
 *     its senders has a meter instead, for its part of the limit or its grant,
 *     whichever is less (vm-grant).  If the datapath has no meter left for
 *     that, the one meter stays.
 *   - Without vm-max-rate, each sender (vm-sender) has a meter of its own
 *     while there is contention on its member, or nearly so.  The meter stays
 *     for VM_METERING_LINGER after that, at the capacity of the member, so
 *     that a member on the border of contention does not have all its flows
 *     revalidated again and again.
 *   - No meter is below the guarantees that were admitted for its senders,
 *     whether or not they use them.
 *
 * The burst of a limit is what its rate passes in 250 ms.  The burst of a
 * share is what its rate passes in 200 ms, or in 20 ms for a sender that does
 * not back off, or vm-burst if that is less.  No burst is less than
 * VM_METER_LEAST_BURST, except that an operator's vm-burst may be as low as
 * VM_METER_FEW_FRAMES.
 *
 * The module grants nothing (vm-grant).  It sets the meter of each slot and
 * the rate in force of each sender.
 *
 * Thread-safety: none; the engine owns meters, senders and endpoints. */

#include <stdbool.h>
#include <stddef.h>

#include "engine/vm-meter.h"
#include "engine/vm-sender.h"
#include "model/vm-entity.h"

/* ms. */
#define VM_METERING_LINGER 10000

/* Declares the meters of 'endpoint', whose 'n' senders were granted rates at
 * 'now', in a round of meters. */
void vm_metering_police(struct vm_meters *, struct vm_endpoint *,
                        struct vm_sender **, size_t n, long long int now);

/* Between rounds: adjusts the rates of these meters to new grants of senders
 * on contended members.  Returns true if a rate has changed. */
bool vm_metering_adjust(struct vm_meters *, struct vm_endpoint *,
                        struct vm_sender **, size_t n, long long int now);

#endif /* vm-metering.h */
