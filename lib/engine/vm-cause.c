/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-cause.h"

#include <stdlib.h>
#include <string.h>

#include "engine/vm-failover.h"
#include "engine/vm-overload.h"
#include "model/vm-entity.h"
#include "util.h"

void
vm_causes_init(struct vm_causes *causes)
{
    memset(causes, 0, sizeof *causes);
}

void
vm_causes_destroy(struct vm_causes *causes)
{
    for (size_t i = 0; i < VM_N_CAUSES; i++) {
        free(causes->list[i].because);
    }
}

enum vm_request_kind
vm_cause_kind(enum vm_outcome outcome)
{
    return (outcome == VM_OUTCOME_SUSPEND ? VM_REQUEST_SUSPEND
            : outcome == VM_OUTCOME_MIGRATE ? VM_REQUEST_MIGRATE
            : VM_REQUEST_NONE);
}

bool
vm_cause_is_possible(const struct vm_policy *policy)
{
    return (vm_cause_kind(policy->on_loss)
            || vm_cause_kind(policy->on_overload)
            || vm_cause_kind(policy->on_failover));
}

/* Returns true if all slots of 'endpoint' were placed and none of them has a
 * member. */
static bool
is_lost(const struct vm_endpoint *endpoint)
{
    for (size_t i = 0; i < endpoint->n_slots; i++) {
        const struct vm_slot *slot = endpoint->slots[i];

        if (slot->member || slot->reason == VM_R_NONE) {
            return false;
        }
    }
    return endpoint->n_slots > 0;
}

/* Returns the reason for which 'endpoint' is overloaded, or VM_R_NONE.  Stores
 * the flooded member, if that is the reason, in '*because'. */
static enum vm_reason
find_overload(const struct vm_cause_facts *facts,
              const struct vm_endpoint *endpoint, const char **because,
              long long int now)
{
    const struct vm_member *flooded;

    if (vm_overload_exceeds_limit(facts->senders, endpoint)) {
        return VM_R_ABOVE_ALLOCATION;
    } else if (endpoint->policy.priority >= VM_CAUSE_PROTECTED) {
        return VM_R_NONE;
    }
    flooded = vm_overload_flooded(facts->senders, facts->inventory, endpoint,
                                  now);
    if (flooded) {
        *because = flooded->name;
        return VM_R_MEMBER_FLOODED;
    }
    return (vm_overload_exceeds_share(facts->senders, endpoint)
            ? VM_R_ABOVE_ALLOCATION : VM_R_NONE);
}

/* Updates 'cause' with what was found: VM_R_NONE if nothing was.  A cause that
 * was not seen for 'gap' ms ends.  Returns true if it began or ended. */
static bool
update(struct vm_cause *cause, enum vm_reason reason, const char *because,
       enum vm_request_kind kind, long long int gap, long long int now)
{
    bool was_present = cause->reason != VM_R_NONE;
    bool lingers = (was_present && kind && reason == VM_R_NONE
                    && now - cause->seen < gap);
    bool present = kind && (reason != VM_R_NONE || lingers);

    if (present && !was_present) {
        cause->since = now;
    }
    if (present) {
        cause->kind = kind;
    }
    if (present && !lingers) {
        cause->seen = now;
        cause->reason = reason;
    } else if (!present) {
        cause->reason = VM_R_NONE;
    }
    if (!lingers && !nullable_string_is_equal(cause->because, because)) {
        free(cause->because);
        cause->because = nullable_xstrdup(because);
    }
    return present != was_present;
}

static bool
update_overload(struct vm_cause *cause, const struct vm_cause_facts *facts,
                const struct vm_endpoint *endpoint,
                enum vm_cause_overload how, long long int now)
{
    enum vm_request_kind kind = vm_cause_kind(endpoint->policy.on_overload);
    enum vm_reason reason = VM_R_NONE;
    const char *because = NULL;

    if (how == VM_CAUSE_KEEP) {
        reason = (cause->reason != VM_R_NONE ? cause->reason
                  : VM_R_ABOVE_ALLOCATION);
        because = cause->because;
    } else if (how == VM_CAUSE_MEASURE && kind) {
        reason = find_overload(facts, endpoint, &because, now);
    }
    return update(cause, reason, because, kind,
                  how == VM_CAUSE_END ? 0 : VM_CAUSE_GAP, now);
}

bool
vm_causes_update(struct vm_causes *causes, const struct vm_cause_facts *facts,
                 const struct vm_endpoint *endpoint,
                 enum vm_cause_overload overload, long long int now)
{
    const struct vm_policy *policy = &endpoint->policy;
    const struct vm_failover *failover
        = vm_failovers_find(facts->failovers, endpoint, now);
    bool changed;

    changed = update(&causes->list[VM_CAUSE_FAILOVER],
                     failover ? VM_R_FAILOVER_OCCURS : VM_R_NONE,
                     failover ? failover->member : NULL,
                     vm_cause_kind(policy->on_failover), 0, now);
    changed |= update(&causes->list[VM_CAUSE_LOSS],
                      is_lost(endpoint) ? VM_R_NO_UPLINK : VM_R_NONE, NULL,
                      vm_cause_kind(policy->on_loss), 0, now);
    changed |= update_overload(&causes->list[VM_CAUSE_OVERLOAD], facts,
                               endpoint, overload, now);
    return changed;
}

bool
vm_causes_are_current(const struct vm_causes *causes,
                      const struct vm_cause_facts *facts,
                      const struct vm_endpoint *endpoint, long long int now)
{
    const struct vm_policy *policy = &endpoint->policy;
    bool concerned = vm_failovers_find(facts->failovers, endpoint,
                                       now) != NULL;
    bool fails_over = vm_cause_kind(policy->on_failover) && concerned;
    bool loses = vm_cause_kind(policy->on_loss) && is_lost(endpoint);

    return (fails_over == (causes->list[VM_CAUSE_FAILOVER].reason
                           != VM_R_NONE)
            && loses == (causes->list[VM_CAUSE_LOSS].reason != VM_R_NONE));
}

const struct vm_cause *
vm_causes_first(const struct vm_causes *causes)
{
    for (size_t i = 0; i < VM_N_CAUSES; i++) {
        if (causes->list[i].reason != VM_R_NONE) {
            return &causes->list[i];
        }
    }
    return NULL;
}

const struct vm_cause *
vm_causes_of_kind(const struct vm_causes *causes, enum vm_request_kind kind)
{
    for (size_t i = 0; i < VM_N_CAUSES; i++) {
        if (causes->list[i].reason != VM_R_NONE
            && causes->list[i].kind == kind) {
            return &causes->list[i];
        }
    }
    return NULL;
}

bool
vm_causes_is_overload(const struct vm_causes *causes,
                      const struct vm_cause *cause)
{
    return cause == &causes->list[VM_CAUSE_OVERLOAD];
}
