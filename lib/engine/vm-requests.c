/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-requests.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/vm-sorted.h"
#include "base/vm-value.h"
#include "engine/vm-action.h"
#include "model/vm-inventory.h"
#include "smap.h"
#include "util.h"

struct vm_requests *
vm_requests_create(const char *bond, const struct vm_inventory *inventory,
                   const struct vm_bond_config *config,
                   const struct vm_senders *senders)
{
    struct vm_requests *requests = xzalloc(sizeof *requests);

    requests->facts = (struct vm_request_facts) {
        .bond = bond,
        .inventory = inventory,
        .config = config,
        .senders = senders,
    };
    vm_failovers_init(&requests->failovers);
    vm_budget_init(&requests->budget);
    vm_returns_init(&requests->returns);
    requests->overload_next = LLONG_MIN;
    requests->deadline = LLONG_MAX;
    return requests;
}

void
vm_requests_destroy(struct vm_requests *requests)
{
    for (size_t i = 0; i < requests->n; i++) {
        vm_request_destroy(requests->list[i]);
    }
    free(requests->list);
    vm_failovers_destroy(&requests->failovers);
    vm_budget_destroy(&requests->budget);
    vm_returns_destroy(&requests->returns);
    vm_requests_clear_told(requests);
    free(requests->told);
    free(requests);
}

/* The list. */

static const char *
get_vm(const void *requests, size_t i)
{
    struct vm_request *const *list = requests;

    return list[i]->vm;
}

static size_t
find_place(const struct vm_requests *requests, const char *vm)
{
    return vm_sorted_place(requests->list, requests->n, get_vm, vm);
}

struct vm_request *
vm_requests_find(const struct vm_requests *requests, const char *vm)
{
    size_t i = find_place(requests, vm);

    return (i < requests->n && !strcmp(requests->list[i]->vm, vm)
            ? requests->list[i] : NULL);
}

const struct vm_endpoint *
vm_requests_endpoint(const struct vm_requests *requests,
                     const struct vm_request *request)
{
    return shash_find_data(&requests->facts.inventory->endpoints,
                           request->vm);
}

struct vm_request *
vm_requests_add(struct vm_requests *requests, const char *vm,
                long long int now)
{
    size_t i = find_place(requests, vm);

    if (requests->n >= requests->allocated) {
        requests->list = x2nrealloc(requests->list, &requests->allocated,
                                    sizeof *requests->list);
    }
    memmove(&requests->list[i + 1], &requests->list[i],
            (requests->n - i) * sizeof *requests->list);
    requests->n++;
    requests->list[i] = vm_request_create(vm, now);
    return requests->list[i];
}

void
vm_requests_remove(struct vm_requests *requests, size_t index)
{
    vm_request_destroy(requests->list[index]);
    requests->n--;
    memmove(&requests->list[index], &requests->list[index + 1],
            (requests->n - index) * sizeof *requests->list);
}

/* Ids. */

/* Takes note of an id in the database, so that it is not used again. */
static void
note_id(struct vm_requests *requests, const struct vm_request_id *id)
{
    if (id->epoch > requests->epoch) {
        requests->epoch = id->epoch;
        requests->last_serial = id->serial;
    } else if (id->epoch == requests->epoch) {
        requests->last_serial = MAX(requests->last_serial, id->serial);
    }
}

void
vm_requests_set_epoch(struct vm_requests *requests,
                      unsigned long long int epoch)
{
    if (epoch > requests->epoch) {
        requests->epoch = epoch;
        requests->last_serial = 0;
    }
}

char *
vm_requests_new_id(struct vm_requests *requests, enum vm_request_kind kind)
{
    const struct vm_request_id id = {
        .kind = kind,
        .epoch = requests->epoch,
        .serial = ++requests->last_serial,
    };

    return vm_request_id_to_string(&id, requests->facts.bond);
}

/* Restart. */

/* What the database says about one VM. */
struct remembered {
    const char *text;           /* The id. */
    struct vm_request_id id;
    enum vm_answer_state answer;
    const char *note;
};

/* Returns true if a request of 'id' leaves something to be done after
 * 'answer', although Interface:status does not publish it. */
static bool
is_unfinished(const struct vm_request_id *id, enum vm_answer_state answer)
{
    switch (id->kind) {
    case VM_REQUEST_SUSPEND:
        return answer == VM_ANSWER_DOING || answer == VM_ANSWER_DONE;

    case VM_REQUEST_RESUME:
        return answer != VM_ANSWER_DONE;

    case VM_REQUEST_MIGRATE:
        return answer == VM_ANSWER_DOING;

    case VM_REQUEST_NONE:
    case VM_N_REQUEST_KINDS:
    default:
        return false;
    }
}

/* Stores in 'found' the request that must be restored from what the switch has
 * published, 'published', and the agent's answer.  Returns false if there is
 * none. */
static bool
find_remembered(struct vm_requests *requests, const char *published,
                const struct smap *external_ids, struct remembered *found)
{
    const char *bond = requests->facts.bond;
    struct vm_answer answer;
    struct vm_request_id answered;
    bool is_answered, is_published;

    vm_answer_read(&answer, external_ids);
    is_answered = vm_request_id_from_string(answer.id, bond, &answered);
    if (is_answered) {
        note_id(requests, &answered);
    }
    is_published = vm_request_id_from_string(published, bond, &found->id);
    if (is_published) {
        note_id(requests, &found->id);
        found->text = published;
        found->answer = VM_ANSWER_NONE;
        found->note = NULL;
        if (!is_answered || strcmp(answer.id, published)) {
            return true;
        }
    } else if (!is_answered || !is_unfinished(&answered, answer.state)) {
        return false;
    }
    found->text = answer.id;
    found->id = answered;
    found->answer = answer.state;
    found->note = answer.note;
    return true;
}

/* Gives 'request', which is new, the state that was 'found'. */
static void
restore(struct vm_request *request, const struct remembered *found,
        const struct vm_request_memory *memory, long long int now)
{
    bool resumes = found->id.kind == VM_REQUEST_RESUME;
    enum vm_reason reason = resumes ? VM_R_CAUSE_GONE : VM_R_NONE;

    if (memory->reason) {
        vm_reason_from_token(memory->reason, &reason);
    }
    if (memory->demand) {
        vm_number_from_string(memory->demand, &request->demand);
    }
    request->kind = resumes ? VM_REQUEST_SUSPEND : found->id.kind;
    request->state = resumes ? VM_REQUEST_RELEASING : VM_REQUEST_ASKED;
    vm_request_publish(request, xstrdup(found->text), found->id.kind, reason,
                       NULL, now);
    vm_request_answer(request, found->text, found->answer, found->note, now);
}

void
vm_requests_note(struct vm_requests *requests, const struct vm_interface *old,
                 const struct vm_interface_facts *facts, long long int now)
{
    const struct smap *external_ids = facts ? facts->external_ids : NULL;
    const char *vm = external_ids ? vm_policy_identity(external_ids) : NULL;
    struct vm_request *request = vm ? vm_requests_find(requests, vm) : NULL;
    struct remembered found;

    if (!vm || facts->no_device || (old && !old->no_device)) {
        requests->dirty |= vm_answer_differs(old ? old->external_ids : NULL,
                                             external_ids);
        return;
    }
    vm_failovers_restore(&requests->failovers, facts->was_request.failover,
                         now);
    if (find_remembered(requests, facts->was_request.id, external_ids,
                        &found)
        && (!request || !request->id)) {
        restore(request ? request : vm_requests_add(requests, vm, now),
                &found, &facts->was_request, now);
        requests->n_changes++;
    }
    requests->dirty = true;
}

/* Answers. */

void
vm_requests_answer(struct vm_requests *requests, const char *vm,
                   const char *id, enum vm_answer_state answer,
                   const char *note, long long int now)
{
    struct vm_request *request = vm_requests_find(requests, vm);

    if (request && vm_request_answer(request, id, answer, note, now)) {
        requests->n_changes++;
        requests->dirty = true;
    }
}

bool
vm_requests_take_answer(struct vm_requests *requests,
                        struct vm_request *request,
                        const struct vm_map *external_ids, long long int now)
{
    struct vm_request_id id;
    struct vm_answer answer;

    vm_answer_read_map(&answer, external_ids);
    if (vm_request_id_from_string(answer.id, requests->facts.bond, &id)) {
        note_id(requests, &id);
    }
    return (answer.id
            && vm_request_answer(request, answer.id, answer.state,
                                 answer.note, now));
}

/* What is told. */

void
vm_requests_tell(struct vm_requests *requests, bool warn, char *text)
{
    if (requests->n_told >= requests->allocated_told) {
        requests->told = x2nrealloc(requests->told, &requests->allocated_told,
                                    sizeof *requests->told);
    }
    requests->told[requests->n_told++] = (struct vm_told) { warn, text };
}

void
vm_requests_clear_told(struct vm_requests *requests)
{
    for (size_t i = 0; i < requests->n_told; i++) {
        free(requests->told[i].text);
    }
    requests->n_told = 0;
}

void
vm_requests_add_tells(const struct vm_requests *requests,
                      struct vm_actions *actions)
{
    for (size_t i = 0; i < requests->n_told; i++) {
        vm_actions_add_tell(actions, &requests->told[i]);
    }
}
