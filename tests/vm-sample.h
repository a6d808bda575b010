/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SAMPLE_H
#define VM_SAMPLE_H 1

/* A snapshot that owns what it points to: written down in a test as two lines
 * of text, or made at random.
 *
 * In text, uplinks are words that are sorted by name, with settings of the
 * bond between them:
 *
 *     failback=false reservable=75 threshold=75 eth0:10G eth1:1G,down
 *     eth2:10G,standby,background=2G
 *
 * Slots are words of a name and settings:
 *
 *     web:priority=6,wish=eth0/eth1/<any>,at=eth0,demand=1G,guarantee=2G
 *
 * where <any> is an asterisk, the default wish; further "exclusive",
 * "shares=80", "variation=100M", "home=eth1", "pin=eth1" and "dwells".  A name
 * in a wish that is no uplink becomes VM_UPLINK_NONE.  Text that can't be
 * understood ends the test program. */

#include "vm-random.h"
#include "vm-snapshot.h"

struct ds;
struct vm_choice;
struct vm_plan;

#define VM_SAMPLE_WISHES 4

struct vm_sample {
    struct vm_snapshot snapshot; /* Slots are in the order of rule 2. */
    struct vm_uplink *uplinks;
    struct vm_slot *slots;
    char **names;               /* Of uplinks and slots. */
    int (*wishes)[VM_SAMPLE_WISHES];
};

void vm_sample_from_text(struct vm_sample *, const char *uplinks,
                        const char *slots);

/* What may be part of a random sample. */
struct vm_sample_options {
    size_t max_uplinks;
    size_t max_slots;
    bool standby;               /* Standby uplinks. */
    bool lost;                  /* Uplinks that are not usable. */
    bool idle;                  /* No loads and no guarantees. */
    bool free;                  /* Every slot has the wish "*", no guarantee,
                                 * no pin, no home, and is not exclusive. */
};

void vm_sample_random(struct vm_sample *, struct vm_random *,
                     const struct vm_sample_options *);
void vm_sample_destroy(struct vm_sample *);

/* Runs a command with the arguments SEED and N: 'choose' sets the options of
 * the sample with number 'i', 'check' returns false after it has told what is
 * wrong with what is made of it.  Returns the exit status. */
int vm_sample_run_random(char *argv[],
                         void (*choose)(struct vm_random *, int i,
                                        struct vm_sample_options *),
                         bool (*check)(struct vm_sample *, struct vm_random *,
                                       const struct vm_sample_options *));

/* The name of an uplink, "none" for VM_UPLINK_NONE. */
const char *vm_sample_uplink_name(const struct vm_sample *, int uplink);
void vm_sample_print(const struct vm_sample *);

/* "SLOT UPLINK REASON [BECAUSE]" for each slot, with "!" before the uplink
 * where the guarantee is broken. */
void vm_sample_format_choices(const struct vm_sample *,
                              const struct vm_choice *, struct ds *);

/* "REASON BEFORE AFTER" in whole percent, and "SLOT FROM TO REASON BECAUSE"
 * for each move. */
void vm_sample_format_plan(const struct vm_sample *, const struct vm_plan *,
                           struct ds *);

#endif /* tests/vm-sample.h */
