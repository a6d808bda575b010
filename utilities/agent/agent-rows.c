/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "agent-rows.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/vlog.h"
#include "util.h"
#include "vswitch-idl.h"

VLOG_DEFINE_THIS_MODULE(agent_rows);

/* The VM that an interface belongs to, or null. */
const char *
agent_row_vm(const struct ovsrec_interface *row)
{
    const char *id = smap_get(&row->external_ids, "vm-id");

    id = id && *id ? id : smap_get(&row->external_ids, "vm-uuid");
    return id && *id ? id : NULL;
}

static void
merge_order(struct agent_rows *vm, const struct ovsrec_interface *row)
{
    const char *id = smap_get(&row->status, "vm_aware_request_id");
    const char *word = smap_get(&row->status, "vm_aware_request");
    struct agent_order *order = &vm->order;
    enum agent_request request;

    order->absent &= !(id && *id) && (!word || strcmp(word, "none"));
    if (!id || !*id) {
        return;
    } else if (!agent_request_from_string(word, &request)
               || !agent_id_is_valid(id)) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);
        VLOG_WARN_RL(&rl, "interface %s: request \"%s\" with id \"%s\" is "
                     "not understood and ignored; ovs-vswitchd and "
                     "ovs-vm-agent must be of the same release", row->name,
                     word ? word : "", id);
    } else if (!order->id) {
        order->request = request;
        order->id = xstrdup(id);
        order->reason = nullable_xstrdup(
            smap_get(&row->status, "vm_aware_request_reason"));
    } else if (strcmp(order->id, id) || order->request != request) {
        vm->disagree = true;
    }
}

/* How much an answer says about the request of the VM. */
static int
answer_weight(const struct agent_rows *vm, const struct agent_answer *answer)
{
    return !answer->id ? 0
           : !nullable_string_is_equal(answer->id, vm->order.id) ? 1
           : answer->outcome == AGENT_DOING ? 2
           : 3;
}

static void
merge_answer(struct agent_rows *vm, const struct ovsrec_interface *row)
{
    const struct smap *ids = &row->external_ids;
    const char *suspended = smap_get(ids, "vm-agent-suspended");
    struct agent_answer answer = {
        .outcome = agent_outcome_from_string(smap_get(ids, "vm-agent-state")),
        .id = CONST_CAST(char *, smap_get(ids, "vm-agent-request")),
        .note = CONST_CAST(char *, smap_get(ids, "vm-agent-note")),
    };
    struct agent_answer *best = &vm->answer;

    vm->partial |= vm->n_rows++
                   && (!nullable_string_is_equal(answer.id, best->id)
                       || answer.outcome != best->outcome);
    if (suspended && !vm->suspended) {
        vm->suspended = xstrdup(suspended);
    }
    if (answer_weight(vm, &answer) > answer_weight(vm, best)) {
        agent_answer_destroy(best);
        agent_answer_clone(best, &answer);
    }
}

/* Calls 'merge' for the rows of all VMs. */
static void
for_each_row(const struct ovsdb_idl *idl, struct shash *vms,
             void (*merge)(struct agent_rows *,
                           const struct ovsrec_interface *))
{
    const struct ovsrec_interface *row;

    OVSREC_INTERFACE_FOR_EACH (row, idl) {
        const char *uuid = agent_row_vm(row);

        if (uuid) {
            struct agent_rows *vm = shash_find_data(vms, uuid);

            if (!vm) {
                vm = xzalloc(sizeof *vm);
                vm->order.absent = true;
                shash_add(vms, uuid, vm);
            }
            merge(vm, row);
        }
    }
}

/* Adds a struct agent_rows for each VM to 'vms', by its UUID. */
void
agent_rows_read(const struct ovsdb_idl *idl, struct shash *vms)
{
    struct shash_node *node;

    for_each_row(idl, vms, merge_order);
    for_each_row(idl, vms, merge_answer);
    SHASH_FOR_EACH (node, vms) {
        struct agent_rows *vm = node->data;

        vm->answer.suspended = vm->suspended;
        vm->answer.partial = vm->partial;
    }
}

void
agent_rows_destroy(struct shash *vms)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, vms) {
        struct agent_rows *vm = node->data;

        agent_order_destroy(&vm->order);
        agent_answer_destroy(&vm->answer);
    }
    shash_destroy_free_data(vms);
}
