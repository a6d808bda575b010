/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-request-id.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/vm-map.h"
#include "smap.h"
#include "util.h"

#define KEY_ID "vm-agent-request"
#define KEY_STATE "vm-agent-state"
#define KEY_NOTE "vm-agent-note"

static const char *const kinds[VM_N_REQUEST_KINDS] = {
    [VM_REQUEST_NONE] = "none",
    [VM_REQUEST_SUSPEND] = "suspend",
    [VM_REQUEST_RESUME] = "resume",
    [VM_REQUEST_MIGRATE] = "migrate",
};

static const char *const states[] = {
    [VM_ANSWER_NONE] = "none",
    [VM_ANSWER_DOING] = "doing",
    [VM_ANSWER_DONE] = "done",
    [VM_ANSWER_FAILED] = "failed",
    [VM_ANSWER_REFUSED] = "refused",
};

const char *
vm_request_kind_to_string(enum vm_request_kind kind)
{
    return kinds[kind];
}

const char *
vm_answer_state_to_string(enum vm_answer_state state)
{
    return states[state];
}

bool
vm_answer_is_failure(enum vm_answer_state state)
{
    return state == VM_ANSWER_FAILED || state == VM_ANSWER_REFUSED;
}

char *
vm_request_id_to_string(const struct vm_request_id *id, const char *bond)
{
    return xasprintf("%s-%s-%llu-%llu", kinds[id->kind], bond, id->epoch,
                     id->serial);
}

/* Parses the number at the start of 'text', whose next character must be
 * 'end'. */
static bool
parse_number(const char *text, char end, unsigned long long int *number)
{
    char *tail;

    if (*text < '0' || *text > '9') {
        return false;
    }
    *number = strtoull(text, &tail, 10);
    return *tail == end && *number != ULLONG_MAX;
}

bool
vm_request_id_from_string(const char *text, const char *bond,
                          struct vm_request_id *id)
{
    struct vm_request_id parsed = { VM_REQUEST_NONE, 0, 0 };
    size_t bond_length = strlen(bond);

    for (int kind = VM_REQUEST_SUSPEND; text && kind < VM_N_REQUEST_KINDS;
         kind++) {
        size_t length = strlen(kinds[kind]);
        const char *rest = text + length + 1;

        if (strncmp(text, kinds[kind], length) || text[length] != '-'
            || strncmp(rest, bond, bond_length) || rest[bond_length] != '-') {
            continue;
        }
        rest += bond_length + 1;

        const char *dash = strchr(rest, '-');
        if (dash && parse_number(rest, '-', &parsed.epoch)
            && parse_number(dash + 1, '\0', &parsed.serial)) {
            parsed.kind = kind;
            *id = parsed;
            return true;
        }
    }
    return false;
}

/* Returns what 'state' says, a value of KEY_STATE or null. */
static enum vm_answer_state
parse_state(const char *state)
{
    enum vm_answer_state parsed = VM_ANSWER_NONE;

    for (size_t i = 0; state && i < ARRAY_SIZE(states); i++) {
        if (!strcmp(state, states[i])) {
            parsed = i;
        }
    }
    return parsed;
}

/* Stores the values of keys, each of which may be null. */
static void
answer_init(struct vm_answer *answer, const char *id, const char *state,
            const char *note)
{
    answer->id = id;
    answer->state = id ? parse_state(state) : VM_ANSWER_NONE;
    answer->note = note ? note : "";
}

void
vm_answer_read(struct vm_answer *answer, const struct smap *external_ids)
{
    answer_init(answer, smap_get(external_ids, KEY_ID),
                smap_get(external_ids, KEY_STATE),
                smap_get(external_ids, KEY_NOTE));
}

void
vm_answer_read_map(struct vm_answer *answer,
                   const struct vm_map *external_ids)
{
    answer_init(answer, vm_map_get(external_ids, KEY_ID),
                vm_map_get(external_ids, KEY_STATE),
                vm_map_get(external_ids, KEY_NOTE));
}

bool
vm_answer_differs(const struct vm_map *a, const struct smap *b)
{
    static const char *const keys[] = { KEY_ID, KEY_STATE, KEY_NOTE };

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (!nullable_string_is_equal(vm_map_get(a, keys[i]),
                                      b ? smap_get(b, keys[i]) : NULL)) {
            return true;
        }
    }
    return false;
}

bool
vm_answer_is_migrated(const struct vm_map *external_ids)
{
    struct vm_answer answer;

    vm_answer_read_map(&answer, external_ids);
    return (answer.id && answer.state == VM_ANSWER_DONE
            && !strncmp(answer.id, "migrate-", strlen("migrate-")));
}
