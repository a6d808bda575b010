/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_STAGE_FACTS_H
#define VM_STAGE_FACTS_H 1

/* Reads what the command "vm" of a stage says of an interface; see
 * vm-stage.h.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include "model/vm-interface.h"

struct svec;

struct vm_stage_facts {
    struct smap external_ids;
    struct vm_tag_port port;
    struct vm_interface_facts facts; /* Refers to the others, and to the words
                                      * of the command. */
};

/* Stores what 'words' say in 'read', which the caller must move nowhere and
 * whose 'external_ids' and 'port' it must destroy.  Returns null if
 * successful, otherwise an error message that the caller must free. */
char *vm_stage_read_facts(const struct svec *words,
                          struct vm_stage_facts *read);

/* Returns VALUE if 'word' is "KEY=VALUE", otherwise null. */
const char *value_of(const char *word, const char *key);

#endif /* vm-stage-facts.h */
