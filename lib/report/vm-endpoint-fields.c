/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-endpoint-fields.h"

#include "base/vm-reason.h"
#include "model/vm-endpoint.h"
#include "openvswitch/dynamic-string.h"
#include "report/vm-fields.h"
#include "report/vm-view.h"

/* VMs. */

VM_GETTER(vm_id, vm_vm_view, vm)
{
    vm_value_set_text(value, vm->endpoint->id);
}

VM_GETTER(vm_name, vm_vm_view, vm)
{
    vm_value_set_text(value, vm_endpoint_name(vm->endpoint));
}

VM_GETTER(vm_shown_name, vm_vm_view, vm)
{
    vm_value_set_text(value, vm->name);
}

VM_GETTER(vm_host, vm_vm_view, vm)
{
    vm_value_set_number(value, vm->host);
}

VM_GETTER(vm_priority, vm_vm_view, vm)
{
    vm_value_set_number(value, vm->endpoint->policy.priority);
}

VM_GETTER(vm_shares, vm_vm_view, vm)
{
    vm_value_set_number(value, vm->endpoint->policy.shares);
}

VM_GETTER(vm_min_rate, vm_vm_view, vm)
{
    vm_value_set_number(value, vm->endpoint->policy.min_rate);
}

VM_GETTER(vm_min_rate_text, vm_vm_view, vm)
{
    vm_value_set_nonzero(value, vm->endpoint->policy.min_rate);
}

VM_GETTER(vm_max_rate, vm_vm_view, vm)
{
    if (vm->endpoint->policy.max_rate != VM_RATE_NONE) {
        vm_value_set_number(value, vm->endpoint->policy.max_rate);
    }
}

VM_GETTER(vm_exclusive, vm_vm_view, vm)
{
    vm_value_set_number(value, vm->endpoint->policy.exclusive);
}

VM_GETTER(vm_state, vm_vm_view, vm)
{
    static const char *const states[] = {
        [VM_VIEW_FORWARDING] = "forwarding",
        [VM_VIEW_LIMITED] = "limited",
        [VM_VIEW_DROPPING] = "dropping",
        [VM_VIEW_PARTLY_DROPPING] = "partly-dropping",
        [VM_VIEW_NO_DEVICE] = "no device",
    };

    vm_value_set_text(value, states[vm->state]);
}

VM_GETTER(vm_member_name, vm_vm_view, vm)
{
    vm_value_set_text(value, vm->member);
}

VM_GETTER(vm_member_text, vm_vm_view, vm)
{
    vm_value_set_text(value, vm->same_member ? vm->member : "several");
}

VM_GETTER(vm_reason_token, vm_vm_view, vm)
{
    if (vm->reason) {
        vm_value_set_text(value, vm_reason_to_token(vm->reason->reason));
    } else if (!vm->n_slots) {
        vm_value_set_text(value, vm_reason_to_token(VM_R_ABSENT));
    }
}

VM_GETTER(vm_reason_text, vm_vm_view, vm)
{
    if (vm->reason) {
        vm_value_set_reason(value, vm->reason->reason, vm->reason->because,
                            vm->reason->down);
    } else if (!vm->n_slots) {
        vm_value_set_reason(value, VM_R_ABSENT, NULL, VM_DOWN_NOT);
    }
}

VM_GETTER(vm_reason_words, vm_vm_view, vm)
{
    if (vm->reason || !vm->n_slots) {
        vm_reason_text__(vm, value);
    } else {
        vm_value_set_text(value, "see below");
    }
}

static const char unmet_guarantee[] = "(its guarantee is unmet)";

VM_GETTER(vm_unmet, vm_vm_view, vm)
{
    vm_value_set_text(value, (vm->guarantee_unmet && vm->n_slots < 2
                              ? unmet_guarantee : NULL));
}

VM_GETTER(vm_sends, vm_vm_view, vm)
{
    vm_value_set_number(value, vm->sends);
}

VM_GETTER(vm_dropped, vm_vm_view, vm)
{
    vm_value_set_nonzero(value, vm->dropped.dropped_bytes);
}

VM_GETTER(vm_passed_packets, vm_vm_view, vm)
{
    vm_value_set_number(value, vm->passed.tx_packets);
}

VM_GETTER(vm_passed_bytes, vm_vm_view, vm)
{
    vm_value_set_number(value, vm->passed.tx_bytes);
}

/* Defines the getter of a counter of an endpoint. */
#define TRAFFIC(FIELD)                                                  \
    VM_GETTER(vm_##FIELD, vm_vm_view, vm)                               \
    {                                                                   \
        vm_value_set_number(value, vm->traffic.FIELD);                  \
    }
TRAFFIC(offered_packets)
TRAFFIC(offered_bytes)
TRAFFIC(limit_packets)
TRAFFIC(limit_bytes)
TRAFFIC(share_packets)
TRAFFIC(share_bytes)
TRAFFIC(no_member_packets)
TRAFFIC(no_member_bytes)

/* Rates. */

VM_GETTER(vm_metered, vm_vm_view, vm)
{
    vm_value_set_number(value, vm->endpoint->metered);
}

VM_GETTER(vm_rate, vm_vm_view, vm)
{
    if (vm->endpoint->rate != VM_RATE_NONE) {
        vm_value_set_number(value, vm->endpoint->rate);
    }
}

static const char *const policed_by[] = {
    [VM_POLICED_NOT] = NULL,
    [VM_POLICED_LIMIT] = "limit",
    [VM_POLICED_SHARE] = "share",
};

VM_GETTER(vm_policed, vm_vm_view, vm)
{
    vm_value_set_text(value, policed_by[vm->endpoint->policed]);
}

VM_GETTER(vm_policed_words, vm_vm_view, vm)
{
    const struct vm_endpoint *endpoint = vm->endpoint;
    struct ds s = DS_EMPTY_INITIALIZER;

    if (endpoint->policed) {
        ds_put_cstr(&s, "(policed ");
        if (endpoint->rate != VM_RATE_NONE) {
            ds_put_cstr(&s, "to ");
            vm_rate_format(endpoint->rate, &s);
            ds_put_char(&s, ' ');
        }
        ds_put_format(&s, "by its %s)", policed_by[endpoint->policed]);
        vm_value_set_owned(value, ds_steal_cstr(&s));
    }
}

const struct vm_field vm_vm_fields[] = {
    { "id", NULL, VM_KIND_TEXT, vm_id },
    { "name", NULL, VM_KIND_TEXT, vm_name },
    { NULL, "VM", VM_KIND_TEXT, vm_shown_name },
    { "host", NULL, VM_KIND_TRUTH, vm_host },
    { "priority", "priority", VM_KIND_NUMBER, vm_priority },
    { "shares", NULL, VM_KIND_NUMBER, vm_shares },
    { "uplink", NULL, VM_KIND_TEXT, vm_member_name },
    { NULL, "uplink", VM_KIND_TEXT, vm_member_text },
    { "state", "state", VM_KIND_TEXT, vm_state },
    { "sends_bps", "sends", VM_KIND_RATE, vm_sends },
    { "max_rate_bps", "limit", VM_KIND_RATE, vm_max_rate },
    { "min_rate_bps", NULL, VM_KIND_RATE, vm_min_rate },
    { NULL, "guarantee", VM_KIND_RATE, vm_min_rate_text },
    { "exclusive", NULL, VM_KIND_TRUTH, vm_exclusive },
    { NULL, "dropped", VM_KIND_BYTES, vm_dropped },
    { "reason", NULL, VM_KIND_TEXT, vm_reason_token },
    { "reason_text", NULL, VM_KIND_TEXT, vm_reason_text },
    { NULL, "reason", VM_KIND_TEXT, vm_reason_words },
    { NULL, VM_JOIN, VM_KIND_TEXT, vm_unmet },
    { NULL, VM_JOIN, VM_KIND_TEXT, vm_policed_words },
    { "policed_by", NULL, VM_KIND_TEXT, vm_policed },
    { "metered", NULL, VM_KIND_TRUTH, vm_metered },
    { "rate_bps", NULL, VM_KIND_RATE, vm_rate },
    { "offered_packets", NULL, VM_KIND_NUMBER, vm_offered_packets },
    { "offered_bytes", NULL, VM_KIND_BYTES, vm_offered_bytes },
    { "passed_packets", NULL, VM_KIND_NUMBER, vm_passed_packets },
    { "passed_bytes", NULL, VM_KIND_BYTES, vm_passed_bytes },
    { "dropped_limit_packets", NULL, VM_KIND_NUMBER, vm_limit_packets },
    { "dropped_limit_bytes", NULL, VM_KIND_BYTES, vm_limit_bytes },
    { "dropped_share_packets", NULL, VM_KIND_NUMBER, vm_share_packets },
    { "dropped_share_bytes", NULL, VM_KIND_BYTES, vm_share_bytes },
    { "dropped_uplink_packets", NULL, VM_KIND_NUMBER, vm_no_member_packets },
    { "dropped_uplink_bytes", NULL, VM_KIND_BYTES, vm_no_member_bytes },
    VM_FIELDS_END
};

/* Slots. */

VM_GETTER(slot_id, vm_slot, s)
{
    vm_value_set_text(value, s->id);
}

VM_GETTER(slot_pref, vm_slot, s)
{
    struct ds pref = DS_EMPTY_INITIALIZER;

    vm_pref_format(&s->pref, &pref);
    vm_value_set_owned(value, ds_steal_cstr(&pref));
}

VM_GETTER(slot_member, vm_slot, s)
{
    vm_value_set_text(value, s->member);
}

VM_GETTER(slot_home, vm_slot, s)
{
    vm_value_set_text(value, s->home);
}

VM_GETTER(slot_pinned, vm_slot, s)
{
    vm_value_set_text(value, s->pinned);
}

VM_GETTER(slot_state, vm_slot, s)
{
    vm_value_set_text(value, vm_slot_state(s->member,
                                           s->meter ? s->endpoint->policed
                                                    : VM_POLICED_NOT));
}

VM_GETTER(slot_reason_token, vm_slot, s)
{
    vm_value_set_text(value, vm_reason_to_token(s->reason));
}

VM_GETTER(slot_reason_text, vm_slot, s)
{
    vm_value_set_reason(value, s->reason, s->because, s->down);
}

VM_GETTER(slot_unmet, vm_slot, s)
{
    vm_value_set_number(value, s->guarantee_unmet);
}

VM_GETTER(slot_unmet_words, vm_slot, s)
{
    vm_value_set_text(value, s->guarantee_unmet ? unmet_guarantee : NULL);
}

const struct vm_field vm_slot_fields[] = {
    { "id", NULL, VM_KIND_TEXT, slot_id },
    { "preference", "VM", VM_KIND_TEXT, slot_pref },
    { "uplink", "uplink", VM_KIND_TEXT, slot_member },
    { "home", NULL, VM_KIND_TEXT, slot_home },
    { "pinned", NULL, VM_KIND_TEXT, slot_pinned },
    { "state", "state", VM_KIND_TEXT, slot_state },
    { "reason", NULL, VM_KIND_TEXT, slot_reason_token },
    { "reason_text", "reason", VM_KIND_TEXT, slot_reason_text },
    { NULL, VM_JOIN, VM_KIND_TEXT, slot_unmet_words },
    { "guarantee_unmet", NULL, VM_KIND_TRUTH, slot_unmet },
    VM_FIELDS_END
};

VM_GETTER(slot_sends, vm_slot_view, s)
{
    vm_value_set_number(value, s->sends);
}

VM_GETTER(slot_guarantee, vm_slot_view, s)
{
    vm_value_set_number(value, s->guarantee);
}

VM_GETTER(slot_guarantee_text, vm_slot_view, s)
{
    vm_value_set_nonzero(value, s->guarantee);
}

VM_GETTER(slot_dropped, vm_slot_view, s)
{
    vm_value_set_nonzero(value, s->counters.dropped_bytes);
}

const struct vm_field vm_slot_sum_fields[] = {
    { "sends_bps", "sends", VM_KIND_RATE, slot_sends },
    { "guarantee_bps", NULL, VM_KIND_RATE, slot_guarantee },
    { NULL, "guarantee", VM_KIND_RATE, slot_guarantee_text },
    { NULL, "dropped", VM_KIND_BYTES, slot_dropped },
    VM_FIELDS_END
};
