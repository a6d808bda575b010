/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_ENGINE_H
#define VM_ENGINE_H 1

/* The engine of one bond: events in, actions out (after lib/reconnect of Open
 * vSwitch).
 *
 * The functions vm_engine_set_*() and vm_engine_mac_learned() pass facts to
 * the engine, in any order and any number of times: a fact that is already
 * known changes nothing.  The engine looks nothing up and performs no I/O:
 * vm_engine_run() returns actions with their reasons, and the caller carries
 * them out.  Time is an argument of every call, so a test need not wait, and
 * the same events yield the same actions, byte for byte.
 *
 * vm_engine_deadline() computes the next deadline, and vm_engine_run() acts by
 * it, so the engine cannot sleep past its own work.  Running it again without
 * a new event yields no action.
 *
 * Derived state (slots, sums, forwarding) equals its recomputation from the
 * facts and the present assignment; vm_engine_check() recomputes and compares
 * it, and every test ends with it.
 *
 * The engine is built from these modules:
 *
 *   - vm-inventory and vm-entity: members, interfaces, endpoints and slots.
 *   - vm-regroup: which interfaces form an endpoint, and which of those share
 *     a slot.
 *   - vm-members and vm-drain: states of members, and the turns in which slots
 *     leave those that are drained.
 *   - vm-builder, with vm-prior, vm-packing and vm-apply: snapshot, placement,
 *     assignment.
 *   - vm-rebalance: moves that balance load.
 *   - vm-policing, with vm-pace, vm-sender, vm-grant, vm-metering, vm-meter
 *     and vm-limited: rates and meters.
 *   - vm-request-run, with vm-requests, vm-request, vm-request-id, vm-cause,
 *     vm-overload, vm-request-turn, vm-budget and vm-request-words: requests
 *     to suspend and migrate VMs.  With vm-failover: failovers; with vm-hold:
 *     VMs that wait on a drained member; with vm-return: those that return.
 *   - vm-unmet: guarantees that are unmet, and their remedies.
 *   - vm-forwarding: what all that means for frames.
 *   - vm-action, vm-pin, vm-journal, vm-self-check and vm-request-check.
 *
 * The caller owns the engine.
 *
 * Thread-safety: none; one thread owns the engine, in ovs-vswitchd the main
 * thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vm-reason.h"
#include "engine/vm-action.h"
#include "engine/vm-forwarding.h"
#include "engine/vm-journal.h"
#include "engine/vm-meter.h"
#include "model/vm-inventory.h"
#include "packets.h"
#include "solve/vm-placement.h"

struct ds;
struct smap;
struct vm_engine;
struct vm_policing;
struct vm_rebalance;
struct vm_requests;

struct vm_engine *vm_engine_create(const char *bond, long long int now);
void vm_engine_destroy(struct vm_engine *);

/* Facts.  All are copied; a null map is an empty one.  Null "facts" remove the
 * member or interface. */

void vm_engine_set_bond(struct vm_engine *, const struct smap *other_config,
                        long long int now);
void vm_engine_set_member(struct vm_engine *, const char *name,
                          const struct vm_member_facts *, long long int now);
void vm_engine_set_interface(struct vm_engine *, const char *name,
                             const struct vm_interface_facts *,
                             long long int now);

/* Learns the source address of a frame that 'interface' sent over the bond in
 * 'vlan', unless the interface is the host's.  Returns true if the pair was
 * not known yet.  No decision depends on it. */
bool vm_engine_mac_learned(struct vm_engine *, const char *interface,
                           struct eth_addr, uint16_t vlan, long long int now);

/* Readings of counters, at any interval.  Those of an unknown interface or
 * member are ignored.  The loads derived from them are used when the next slot
 * is placed and when the bond is rebalanced.
 *
 * vm_engine_counted() reports that all counters were read: those of interfaces
 * and meters that were not passed have not changed since they were passed
 * last.  A caller that reports this about as often as vm-aware-rate-interval
 * has less to pass, and the engine has less to do (vm-policing). */
void vm_engine_set_counters(struct vm_engine *, const char *interface,
                            const struct vm_counters *, long long int now);
void vm_engine_set_member_counters(struct vm_engine *, const char *member,
                                   uint64_t tx_bytes, uint64_t tx_drops,
                                   long long int now);
void vm_engine_counted(struct vm_engine *, long long int now);

/* Meters, and the rates that follow from the counters of meters and
 * interfaces.
 *
 * vm_engine_wants_counters() returns true when vm-aware-rate-interval has
 * passed and some rate depends on counters.  The caller then reads the
 * counters of members, interfaces and meters, passes them to the functions
 * above and to vm_engine_set_meter_counters(), and calls vm_engine_run(),
 * which computes the rates from what it has.  vm_engine_deadline() includes
 * that time.  Counters of a meter only grow, unless the meter was made anew;
 * those of an unknown meter are ignored.
 *
 * While a member is contended, or nearly so, it also returns true every
 * VM_DEMAND_MIN_INTERVAL.  Then only some meters need to be read, unless
 * vm_policing_is_due(): those that vm_policing_wants_meter() tells.
 *
 * vm_engine_meter_failed() reports that a METER could not be carried out, and
 * why, such as "the datapath has no meter left".  The forwarding then does not
 * use the meter, so that its VM is not policed, and a problem reports that.
 * The engine asks for the meter again after another meter was freed, at the
 * latest after a minute. */
bool vm_engine_wants_counters(const struct vm_engine *, long long int now);
const struct vm_policing *vm_engine_policing(const struct vm_engine *);
void vm_engine_set_meter_counters(struct vm_engine *, const char *meter,
                                  const struct vm_meter_counters *,
                                  long long int now);
void vm_engine_meter_failed(struct vm_engine *, const char *meter,
                            const char *why, long long int now);

/* Pins the slots of 'vm' to a member, or unpins them ("auto"), for the
 * operator.  Returns null if that is done or was so before, otherwise a
 * malloc()'d sentence that states why not and names the choices.  The slots
 * move in the next vm_engine_run(). */
char *vm_engine_migrate(struct vm_engine *, const char *vm,
                        const char *member_or_auto, long long int now);

/* Makes the next vm_engine_run() rebalance, regardless of the interval, for
 * the operator.  vm_engine_rebalancing() returns the outcome. */
void vm_engine_rebalance(struct vm_engine *, long long int now);

/* Does what is due at 'now' and replaces the content of the list by the
 * actions that the caller is to carry out, in the order given in vm-action.h.
 * The caller owns the list; what its actions point to is valid until the next
 * event. */
void vm_engine_run(struct vm_engine *, long long int now,
                   struct vm_actions *);

/* Returns the time (ms) by which vm_engine_run() must be called: LLONG_MIN for
 * immediately, LLONG_MAX if there is nothing to do before the next event. */
long long int vm_engine_deadline(const struct vm_engine *);

/* Initializes the forwarding of frames as of the last vm_engine_run().  The
 * caller destroys it with vm_forwarding_destroy(). */
void vm_engine_get_forwarding(const struct vm_engine *,
                              struct vm_forwarding *);

/* Returns a number that changes whenever vm_engine_run() has changed the
 * forwarding of frames, or which endpoints are 'limited', and whenever what is
 * published of requests and failovers has changed. */
unsigned int vm_engine_seqno(const struct vm_engine *);

/* Returns the interfaces that these changes are about, for the caller to take
 * (vm-news). */
struct vm_news *vm_engine_news(struct vm_engine *);

/* For reports and tests.  The engine owns what these return.
 *
 * vm_engine_problems() lists the problems as of the last vm_engine_run(), in
 * the order of their warnings.  vm_engine_requests() is also for the caller
 * that publishes requests.  vm_engine_explain() stores the present choice
 * for a slot, and one verdict per member in the order of the inventory.
 * vm_engine_check(), called after vm_engine_run(), appends a line for each
 * difference that vm-self-check finds; there should be none. */
const char *vm_engine_name(const struct vm_engine *);
const struct vm_inventory *vm_engine_inventory(const struct vm_engine *);
const struct smap *vm_engine_other_config(const struct vm_engine *);
const struct vm_bond_config *vm_engine_config(const struct vm_engine *);
const struct vm_journal *vm_engine_journal(const struct vm_engine *);
const struct vm_problems *vm_engine_problems(const struct vm_engine *);
const struct vm_rebalance *vm_engine_rebalancing(const struct vm_engine *);
struct vm_requests *vm_engine_requests(const struct vm_engine *);
void vm_engine_explain(const struct vm_engine *, const struct vm_slot *,
                       struct vm_choice *, struct vm_verdict *);
void vm_engine_check(const struct vm_engine *, struct ds *differences);

/* For vm-clone and vm-whatif, whose engines are copies that drive no switch,
 * and for problems that no decision depends on: updates the inventory from the
 * facts and returns it, to be changed.  The next run decides anew. */
struct vm_inventory *vm_engine_edit(struct vm_engine *, long long int now);

#endif /* vm-engine.h */
