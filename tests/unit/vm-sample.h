/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SAMPLE_H
#define VM_SAMPLE_H 1

/* Snapshots for tests, from text or at random.
 *
 * A sample is a snapshot that owns what it points to.  As text, it is written
 * as two lines.  In the first one, members are words that are sorted by name,
 * with settings of the bond between them:
 *
 *     failback=false reservable=75 threshold=75 eth0:10G eth1:1G,down
 *     eth2:10G,standby,background=2G
 *
 * In the second one, slots are words of a name and settings:
 *
 *     web:priority=6,pref=eth0/eth1/<any>,at=eth0,demand=1G,guarantee=2G
 *
 * where <any> is an asterisk, the default preference.  Further settings are
 * "exclusive", "shares=80", "variation=100M", "home=eth1", "pin=eth1" and
 * "dwells".  A name in a preference that is no member becomes VM_MEMBER_NONE.
 * Text that cannot be parsed ends the test program.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include "solve/vm-snapshot.h"
#include "vm-random.h"

struct ds;
struct vm_choice;
struct vm_plan;

#define VM_SAMPLE_PREFS 4

struct vm_sample {
    struct vm_snapshot snapshot; /* Slots are in the order of rule 2. */
    struct vm_snap_member *members;
    struct vm_snap_slot *slots;
    char **names;               /* Of members and slots. */
    int (*prefs)[VM_SAMPLE_PREFS];
};

void vm_sample_from_text(struct vm_sample *, const char *members,
                         const char *slots);

/* What a random sample may contain. */
struct vm_sample_options {
    size_t max_members;
    size_t max_slots;
    bool standby;               /* Standby members. */
    bool avoid;                 /* Members that are held off or drained. */
    bool lost;                  /* Members that are not usable. */
    bool idle;                  /* No loads and no guarantees. */
    bool free;                  /* Every slot has the preference "*", no
                                 * guarantee, no pin, no home, and is not
                                 * exclusive. */
};

void vm_sample_random(struct vm_sample *, struct vm_random *,
                      const struct vm_sample_options *);
void vm_sample_destroy(struct vm_sample *);

/* Runs a command with the arguments SEED and N on N random samples.  'choose'
 * sets the options of sample number 'i'; 'check' returns false, after it has
 * printed what is wrong, if the test of a sample fails.  Returns the exit
 * status. */
int vm_sample_run_random(char *argv[],
                         void (*choose)(struct vm_random *, int i,
                                        struct vm_sample_options *),
                         bool (*check)(struct vm_sample *, struct vm_random *,
                                       const struct vm_sample_options *));

/* Returns the name of a member, "none" for VM_MEMBER_NONE. */
const char *vm_sample_member_name(const struct vm_sample *, int member);
void vm_sample_print(const struct vm_sample *);

/* Appends "SLOT MEMBER REASON [BECAUSE]" for each slot, with "!" before the
 * member where the guarantee is unmet. */
void vm_sample_format_choices(const struct vm_sample *,
                              const struct vm_choice *, struct ds *);

/* Appends "REASON BEFORE AFTER" in whole percent, and "SLOT FROM TO REASON
 * BECAUSE" for each move. */
void vm_sample_format_plan(const struct vm_sample *, const struct vm_plan *,
                           struct ds *);

#endif /* vm-sample.h */
