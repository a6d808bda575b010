/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SENDER_H
#define VM_SENDER_H 1

/* Senders: the parties that compete for a member, and their measured demand.
 *
 * A sender is the set of all slots of one endpoint that are on the same
 * member.  So a VM has one share of a member, however many vNICs, flows or
 * MACs it uses.  Its id is that of the first of its slots.  A sender keeps its
 * identity and its demand when its slots move to another member.  Slots
 * without a member send nothing.
 *
 * To sample a sender is to read what its slots and its meter have counted
 * since the last sample, and to estimate its demand (vm-demand) from that.
 * Meters count immediately, flows up to a second late, so the sample of a
 * metered sender is that of its meter.  Several senders behind one meter, that
 * of a VM's limit, divide its counts in proportion to those of their flows.
 * A sender whose meter could not be read counts with what its flows sent, up
 * to its rate, until the meter is read again.
 *
 * An early sample (vm-demand) reads the meters of senders on contended members
 * alone: those that have one of their own, whose flows go through it for
 * certain, because it was sampled before.
 *
 * A sender is at rest if a sample of nothing would change nothing of it but
 * times, and if nothing is what it sends.  Only the others, which are awake,
 * are sampled.
 *
 * The module forms no senders (vm-sender-list) and grants no rate (vm-grant).
 *
 * Thread-safety: none; the engine owns its senders. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/vm-meter.h"
#include "model/vm-inventory.h"
#include "openvswitch/shash.h"
#include "solve/vm-demand.h"
#include "solve/vm-rates.h"
#include "sset.h"

struct vm_sender {
    char *id;
    struct vm_endpoint *endpoint;
    struct vm_member *member;
    char *member_name;          /* Of 'member', as long as the sender lives. */
    struct vm_slot **slots;     /* In the order of the endpoint's. */
    size_t n_slots, allocated_slots;
    unsigned int pass;          /* Of the last grouping that it got slots
                                 * in. */
    bool at_rest;               /* See vm-sender-rest.h... */
    bool was_at_rest;           /* ...until this round. */
    bool measured;              /* Its meter was read since the last
                                 * vm_limited_count(). */
    enum vm_contention contention; /* On the member, by vm-grant. */
    unsigned int n_assumed;     /* Samples since its meter was read. */

    /* Measured. */
    struct vm_demand demand;
    uint64_t offered;           /* Between the last two regular samples, by
                                 * its flows, bytes. */
    uint64_t early;             /* Since the last regular sample, by early
                                 * ones, bytes. */
    uint64_t assumed;           /* What it passed in 'n_assumed' samples,
                                 * bytes. */

    /* Since the last vm_limited_count(). */
    uint64_t passed;            /* By its meter, bytes. */
    uint64_t dropped;           /* By its meter, bytes. */
    long long int limited_at;   /* When that was, ms. */

    /* Granted, by vm-grant. */
    uint64_t capacity;          /* Of the member, bit/s; VM_RATE_NONE if it
                                 * is not known. */
    uint64_t claimed;           /* Limit that it claimed of the member. */
    uint64_t lent;              /* What it claimed beyond its guarantee, of
                                 * what others of its endpoint do not use. */
    struct vm_rate_grant grant;
    uint64_t part;              /* Of its endpoint's limit, VM_RATE_NONE if
                                 * there is none. */

    /* By vm-metering. */
    struct vm_meter *meter;     /* As long as its first slot has one. */
    uint64_t in_force;          /* Rate of its meter until the next sample,
                                 * VM_RATE_NONE if it is not policed. */
    long long int policed_until; /* It keeps its meter until then, ms. */
};

struct vm_senders {
    struct shash by_id;         /* Id, which is the sender's own, to "struct
                                 * vm_sender *". */
    struct vm_sender **list;    /* By endpoint, then by id. */
    size_t n, allocated;
    unsigned int pass;          /* Number of the last grouping. */

    struct vm_sender **awake;   /* Those of 'list' that are not at rest. */
    size_t n_awake, allocated_awake;
    bool stale;                 /* 'awake' is to be made anew. */
    struct sset roused;         /* Endpoints that send again. */
    long long int rested_at;    /* Until then, those at rest sent nothing,
                                 * ms. */
};

/* Samples the senders that are awake, after vm_senders_update().  Adds what
 * the meters dropped to 'traffic' of their endpoints, and what they let
 * through to what slots passed over their members.  Meters that nothing has
 * passed become idle if they 'may_idle'. */
void vm_senders_sample(struct vm_senders *, struct vm_meters *, bool may_idle,
                       long long int now);

/* Takes an early sample: the same for those senders that it concerns. */
void vm_senders_sample_early(struct vm_senders *, struct vm_meters *,
                             long long int now);

/* Returns true if a sample of nothing would change nothing of the sender but
 * times. */
bool vm_sender_may_rest(const struct vm_sender *, const struct vm_meters *,
                        long long int now);

/* Returns the index in 'list' of the first sender of the endpoint with that
 * id, or of the first one after it. */
size_t vm_senders_first(const struct vm_senders *, const char *endpoint);

/* Returns how many of the 'n' senders in 'list', from index 'first' on, belong
 * to the endpoint of that one. */
size_t vm_senders_count(struct vm_sender *const *list, size_t n,
                        size_t first);

/* Returns the meter that polices a sender, or null. */
struct vm_meter *vm_sender_meter(const struct vm_sender *,
                                 const struct vm_meters *);

/* Returns true if the member is used nearly up or more. */
bool vm_sender_is_contended(const struct vm_sender *);

/* Returns the part of its endpoint's guarantee that was admitted for a sender,
 * bit/s. */
uint64_t vm_sender_guarantee(const struct vm_sender *);

#endif /* vm-sender.h */
