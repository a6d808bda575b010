/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_REQUEST_ID_H
#define VM_REQUEST_ID_H 1

/* The id of a request, and the agent's answer to it.
 *
 * A request is published in Interface:status with an id that is never used
 * twice.  The agent repeats the id in Interface:external_ids, with the outcome
 * (ovs-vm-aware(7), "Requests").  The agent treats an id as opaque text.  For
 * the switch it is
 *
 *     KIND-BOND-EPOCH-SERIAL, such as suspend-bond0-1764166814123-3
 *
 * so that the memory of requests can be restored from external_ids alone:
 * Interface:status does not survive a restart of ovsdb-server.  The epoch is
 * chosen when the engine is created, later than that of any engine before;
 * the serial counts the requests of one engine.
 *
 * The module translates text.  It does not know which requests exist.
 *
 * Ownership: the caller frees what vm_request_id_to_string() returns.  The
 * text of an answer belongs to the map that it was read from.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include <stdbool.h>

struct smap;
struct vm_map;

enum vm_request_kind {
    VM_REQUEST_NONE,
    VM_REQUEST_SUSPEND,
    VM_REQUEST_RESUME,
    VM_REQUEST_MIGRATE,
    VM_N_REQUEST_KINDS
};

/* What the agent has answered. */
enum vm_answer_state {
    VM_ANSWER_NONE,             /* Nothing yet, or an unknown word. */
    VM_ANSWER_DOING,
    VM_ANSWER_DONE,
    VM_ANSWER_FAILED,           /* Ask again later. */
    VM_ANSWER_REFUSED           /* Do not ask again for the same cause. */
};

struct vm_request_id {
    enum vm_request_kind kind;
    unsigned long long int epoch, serial;
};

struct vm_answer {
    const char *id;             /* Null if there is no answer. */
    enum vm_answer_state state;
    const char *note;           /* Never null. */
};

const char *vm_request_kind_to_string(enum vm_request_kind);
const char *vm_answer_state_to_string(enum vm_answer_state);

/* Returns true if the agent failed or refused. */
bool vm_answer_is_failure(enum vm_answer_state);

char *vm_request_id_to_string(const struct vm_request_id *, const char *bond);

/* Parses 'text', which may be null.  Returns false, and stores nothing, if it
 * is not the id of a request of 'bond'. */
bool vm_request_id_from_string(const char *text, const char *bond,
                               struct vm_request_id *);

/* Reads the answer in 'external_ids', to which its strings belong. */
void vm_answer_read(struct vm_answer *, const struct smap *external_ids);
void vm_answer_read_map(struct vm_answer *, const struct vm_map *external_ids);

/* Returns true if 'a' and 'b', which may be null, contain different
 * answers. */
bool vm_answer_differs(const struct vm_map *a, const struct smap *b);

/* Returns true if the agent has answered that the VM runs on another host
 * now. */
bool vm_answer_is_migrated(const struct vm_map *external_ids);

#endif /* vm-request-id.h */
