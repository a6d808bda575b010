/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-asked.h"

#include <stdlib.h>
#include <string.h>

#include "engine/vm-engine.h"
#include "engine/vm-overload.h"
#include "engine/vm-requests.h"
#include "model/vm-endpoint.h"
#include "model/vm-slot-load.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "report/vm-fields.h"
#include "simap.h"
#include "sset.h"
#include "util.h"

/* Finding. */

static void
add(struct vm_asked *asked, const struct vm_endpoint *endpoint,
    enum vm_request_kind kind, enum vm_reason reason, const char *because)
{
    if (asked->n >= asked->allocated) {
        asked->list = x2nrealloc(asked->list, &asked->allocated,
                                 sizeof *asked->list);
    }
    asked->list[asked->n++] = (struct vm_asked_vm) {
        .id = xstrdup(endpoint->id),
        .name = xstrdup(vm_endpoint_name(endpoint)),
        .kind = kind,
        .reason = reason,
        .because = nullable_xstrdup(because),
    };
}

void
vm_asked_note(struct simap *causes, const struct vm_engine *engine)
{
    const struct vm_requests *requests = vm_engine_requests(engine);

    simap_init(causes);
    for (size_t i = 0; i < requests->n; i++) {
        const struct vm_request *request = requests->list[i];
        unsigned int present = 0;

        for (size_t j = 0; j < VM_N_CAUSES; j++) {
            present |= (request->causes.list[j].reason != VM_R_NONE) << j;
        }
        simap_put(causes, request->vm, present);
    }
}

/* Returns the first cause in 'request' that is not among 'known', a bit for
 * each, and for which the VM would be asked regardless of loads, or null. */
static const struct vm_cause *
find_new_cause(const struct vm_request *request, unsigned int known)
{
    for (size_t i = VM_CAUSE_FAILOVER; i <= VM_CAUSE_LOSS; i++) {
        const struct vm_cause *cause = &request->causes.list[i];

        if (cause->reason != VM_R_NONE && !(known & (1u << i))) {
            return cause;
        }
    }
    return NULL;
}

void
vm_asked_find(struct vm_asked *asked, const struct simap *before,
              const struct vm_engine *after)
{
    const struct vm_requests *new = vm_engine_requests(after);

    for (size_t i = 0; i < new->n; i++) {
        const struct vm_request *request = new->list[i];
        const struct vm_cause *cause
            = find_new_cause(request, simap_get(before, request->vm));

        if (cause) {
            add(asked, vm_requests_endpoint(new, request), cause->kind,
                cause->reason, cause->because);
        }
    }
}

/* Returns what the slots of 'endpoint' on 'member' send, bit/s. */
static uint64_t
sum_sent(const struct vm_endpoint *endpoint, const char *member,
         long long int now)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < endpoint->n_slots; i++) {
        if (nullable_string_is_equal(endpoint->slots[i]->member, member)) {
            sum += vm_slot_rate(endpoint->slots[i], now);
        }
    }
    return sum;
}

/* A VM that may be asked for because 'member' is flooded. */
struct candidate {
    const struct vm_endpoint *endpoint;
    uint64_t sends;             /* bit/s. */
};

static int
compare_candidates(const void *a_, const void *b_)
{
    const struct candidate *a = a_;
    const struct candidate *b = b_;
    int a_priority = a->endpoint->policy.priority;
    int b_priority = b->endpoint->policy.priority;

    if (a_priority != b_priority) {
        return a_priority < b_priority ? -1 : 1;
    } else if (a->sends != b->sends) {
        return a->sends > b->sends ? -1 : 1;
    }
    return strcmp(a->endpoint->id, b->endpoint->id);
}

/* Returns the VMs on 'member' that may be asked for, in that order, and stores
 * their number in '*n'. */
static struct candidate *
find_candidates(const struct vm_inventory *inventory, const char *member,
                uint64_t carries, long long int now, size_t *n)
{
    struct candidate *candidates
        = xcalloc(shash_count(&inventory->endpoints), sizeof *candidates);
    const struct shash_node *node;

    *n = 0;
    SHASH_FOR_EACH (node, &inventory->endpoints) {
        const struct vm_endpoint *endpoint = node->data;
        uint64_t sends = sum_sent(endpoint, member, now);

        if (!vm_endpoint_is_host(endpoint) && sends && sends >= carries / 64
            && vm_cause_kind(endpoint->policy.on_overload)
            && endpoint->policy.priority < VM_CAUSE_PROTECTED) {
            candidates[(*n)++] = (struct candidate) { endpoint, sends };
        }
    }
    qsort(candidates, *n, sizeof *candidates, compare_candidates);
    return candidates;
}

void
vm_asked_find_flooded(struct vm_asked *asked, const struct vm_engine *after,
                      const char *name, uint64_t load, long long int now)
{
    const struct vm_inventory *inventory = vm_engine_inventory(after);
    const struct vm_member *member = vm_inventory_find_member(inventory,
                                                              name);
    uint64_t carries = vm_member_carries(member, now);
    struct sset ids = SSET_INITIALIZER(&ids);
    struct candidate *candidates;
    size_t n;

    if (!vm_overload_is_excess(load, carries)
        || (!vm_member_known_capacity(member)
            && !vm_member_is_full(member, now))) {
        return;
    }
    for (size_t i = 0; i < asked->n; i++) {
        sset_add(&ids, asked->list[i].id);
    }
    candidates = find_candidates(inventory, name, carries, now, &n);
    for (size_t i = 0; i < n && vm_overload_is_excess(load, carries); i++) {
        const struct vm_endpoint *endpoint = candidates[i].endpoint;

        if (!sset_contains(&ids, endpoint->id)) {
            add(asked, endpoint, vm_cause_kind(endpoint->policy.on_overload),
                VM_R_MEMBER_FLOODED, name);
        }
        load -= MIN(load, candidates[i].sends);
    }
    free(candidates);
    sset_destroy(&ids);
}

void
vm_asked_destroy(struct vm_asked *asked)
{
    for (size_t i = 0; i < asked->n; i++) {
        free(asked->list[i].id);
        free(asked->list[i].name);
        free(asked->list[i].because);
    }
    free(asked->list);
}

/* Reporting. */

VM_GETTER(asked_id, vm_asked_vm, a)
{
    vm_value_set_text(value, a->id);
}

VM_GETTER(asked_name, vm_asked_vm, a)
{
    vm_value_set_text(value, a->name);
}

VM_GETTER(asked_request, vm_asked_vm, a)
{
    vm_value_set_text(value, vm_request_kind_to_string(a->kind));
}

VM_GETTER(asked_reason, vm_asked_vm, a)
{
    vm_value_set_text(value, vm_reason_to_token(a->reason));
}

VM_GETTER(asked_reason_text, vm_asked_vm, a)
{
    vm_value_set_reason(value, a->reason, a->because, VM_DOWN_NOT);
}

static const struct vm_field asked_fields[] = {
    { "id", NULL, VM_KIND_TEXT, asked_id },
    { "name", NULL, VM_KIND_TEXT, asked_name },
    { "request", NULL, VM_KIND_TEXT, asked_request },
    { "reason", NULL, VM_KIND_TEXT, asked_reason },
    { "reason_text", NULL, VM_KIND_TEXT, asked_reason_text },
    VM_FIELDS_END
};

void
vm_asked_format(const struct vm_asked *asked, struct ds *s)
{
    for (size_t i = 0; i < asked->n; i++) {
        const struct vm_asked_vm *vm = &asked->list[i];

        ds_put_format(s, "    VM %s: %s would be requested: ", vm->name,
                      vm->kind == VM_REQUEST_MIGRATE ? "migration"
                                                     : "suspension");
        vm_reason_format(vm->reason, vm->because, s);
        ds_put_char(s, '\n');
    }
}

struct json *
vm_asked_to_json(const struct vm_asked *asked)
{
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < asked->n; i++) {
        json_array_add(array, vm_fields_to_json(asked_fields,
                                                &asked->list[i]));
    }
    return array;
}
