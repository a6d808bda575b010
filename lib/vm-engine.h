/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_ENGINE_H
#define VM_ENGINE_H 1

/* The engine of one bond: events in, actions out (after the manner of
 * lib/reconnect of Open vSwitch).
 *
 * The engine is told facts by the functions named vm_engine_set_*() and
 * vm_engine_*_seen(), in any order and as often as one likes: telling it the
 * same twice changes nothing.  It never looks anything up, and it never does
 * anything: vm_engine_run() returns what is to be done, with reasons, and
 * whoever calls it does it.  Time is an argument of every call, so a scenario
 * runs in no time, and the same events give the same actions byte for byte.
 *
 * One private function computes the next deadline; vm_engine_run() acts by it
 * and vm_engine_deadline() returns it, so the engine can't sleep past its own
 * work.  Running again without a new event yields no action.
 *
 * Derived state (slots, sums, decisions) can always be computed anew from the
 * facts and the present assignment; vm_engine_check() does so and compares,
 * and every test ends with it.
 *
 * Behind it stand vm-inventory (what exists), vm-regroup (who belongs
 * together), vm-world and vm-packing (what is best), vm-assign and vm-slot
 * (carrying it out), vm-rebalance (moving for the sake of load), vm-share (who
 * is held to which rate), vm-decisions (what that means for frames), vm-action
 * (what others are to do), vm-migrate (the operator's hand), vm-journal and
 * vm-check.
 *
 * One thread at a time may enter: in the switch that is the main thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packets.h"
#include "vm-action.h"
#include "vm-decisions.h"
#include "vm-inventory.h"
#include "vm-journal.h"
#include "vm-meter.h"
#include "vm-placement.h"
#include "vm-reason.h"

struct ds;
struct smap;
struct vm_engine;
struct vm_rebalance;

struct vm_engine *vm_engine_create(const char *bond, long long int now);
void vm_engine_destroy(struct vm_engine *);

/* Facts.  All are copied; null maps are empty.  A null "facts" takes the
 * member or interface away. */

struct vm_member_facts {
    bool enabled;               /* May it carry frames, says bond.c. */
    uint64_t link_speed;        /* bit/s, 0 if unknown. */
    const struct smap *other_config; /* Of its Interface. */
};

void vm_engine_set_bond(struct vm_engine *, const struct smap *other_config,
                        long long int now);
void vm_engine_set_member(struct vm_engine *, const char *name,
                          const struct vm_member_facts *, long long int now);
void vm_engine_set_interface(struct vm_engine *, const char *name,
                             const struct vm_interface_facts *,
                             long long int now);

/* A frame from the address was sent by 'interface', under 'vlan' over the
 * bond.  Returns true if the pair was not known yet.  No decision depends on
 * it. */
bool vm_engine_mac_seen(struct vm_engine *, const char *interface,
                        struct eth_addr, uint16_t vlan, long long int now);

/* Readings of counters, at any intervals.  Both are ignored for who is not
 * known.  Loads matter when the next slot is placed and when the bond is
 * rebalanced. */
void vm_engine_set_counters(struct vm_engine *, const char *interface,
                            const struct vm_counters *, long long int now);
void vm_engine_set_member_counters(struct vm_engine *, const char *member,
                                   uint64_t tx_bytes, uint64_t tx_drops,
                                   long long int now);

/* Meters, and the rates that are worked out from what they and the interfaces
 * counted.
 *
 * vm_engine_wants_counters() is true when vm-aware-rate-interval has passed
 * and anybody's rate depends on counters: whoever runs the engine then reads
 * members, interfaces and meters, tells what they count by the functions
 * above and vm_engine_set_meter_counters(), and calls vm_engine_run(), which
 * works out the rates with what it has.  vm_engine_deadline() knows of that
 * time.  Counters of a meter go up only, unless it was made anew; those of an
 * unknown name are ignored.
 *
 * vm_engine_meter_failed() says that METER could not be done, and why, such as
 * "the datapath has no meter left".  Decisions then don't refer to the meter,
 * so that its VM is not held, and a problem says so; it is asked for again
 * when another meter was freed, at the latest after a minute. */
bool vm_engine_wants_counters(const struct vm_engine *, long long int now);
void vm_engine_set_meter_counters(struct vm_engine *, const char *meter,
                                  const struct vm_meter_counters *,
                                  long long int now);
void vm_engine_meter_failed(struct vm_engine *, const char *meter,
                            const char *why, long long int now);

/* The operator's hand.  Returns null if done or nothing was to be done, else
 * a malloc()'d sentence that says why not and names the choices.  Whoever is
 * to move does so in the next vm_engine_run(). */
char *vm_engine_migrate(struct vm_engine *, const char *vm,
                        const char *member_or_auto, long long int now);

/* The same: has the next vm_engine_run() rebalance, whatever the interval
 * says.  What came of it is in vm_engine_rebalancing() then. */
void vm_engine_rebalance(struct vm_engine *, long long int now);

/* Does what is due at 'now' and asks for what others are to do: vm-action.h
 * tells what, and in which order.  The caller owns 'actions', whose former
 * content is dropped; what they point to is good until the next event. */
void vm_engine_run(struct vm_engine *, long long int now,
                   struct vm_actions *);

/* When vm_engine_run() is to be called at the latest, ms; LLONG_MIN for at
 * once, LLONG_MAX if nothing is to be waited for but the next event. */
long long int vm_engine_deadline(const struct vm_engine *);

/* What the switch is to do with frames, as of the last vm_engine_run().  The
 * caller destroys the list, with vm_decisions_destroy(). */
void vm_engine_get_decisions(const struct vm_engine *, struct vm_decisions *);

/* For vm-describe and tests.  What they return is the engine's.
 *
 * vm_engine_problems() lists what is wrong as of the last vm_engine_run(), in
 * the order in which it is warned of.  vm_engine_explain() fills in the
 * present choice for a slot, and one verdict per member in the order of the
 * inventory.  vm_engine_check() comes after vm_engine_run() and appends a line
 * for everything that is not as it should be: nothing, that is. */
const char *vm_engine_name(const struct vm_engine *);
const struct vm_inventory *vm_engine_inventory(const struct vm_engine *);
const struct smap *vm_engine_other_config(const struct vm_engine *);
const struct vm_bond_config *vm_engine_config(const struct vm_engine *);
const struct vm_journal *vm_engine_journal(const struct vm_engine *);
const struct vm_problems *vm_engine_problems(const struct vm_engine *);
const struct vm_rebalance *vm_engine_rebalancing(const struct vm_engine *);
void vm_engine_explain(const struct vm_engine *, const struct vm_slot_state *,
                       struct vm_choice *, struct vm_verdict *);
void vm_engine_check(const struct vm_engine *, struct ds *differences);

/* For vm-whatif, whose engines are copies that nobody acts upon: brings the
 * inventory in step with the facts and lets it be changed.  What follows is
 * decided anew in the next run. */
struct vm_inventory *vm_engine_take_apart(struct vm_engine *,
                                          long long int now);

#endif /* vm-engine.h */
