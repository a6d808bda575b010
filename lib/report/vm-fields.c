/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-fields.h"

#include <string.h>

#include "base/vm-problem.h"
#include "base/vm-reason.h"
#include "engine/vm-journal.h"
#include "model/vm-member.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "report/vm-view.h"
#include "solve/vm-snapshot.h"
#include "util.h"

void
vm_value_set_nonzero(struct vm_value *value, uint64_t number)
{
    if (number) {
        vm_value_set_number(value, number);
    }
}

void
vm_value_set_capacity(struct vm_value *value, uint64_t capacity)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (capacity) {
        vm_rate_format(capacity, &s);
    } else {
        ds_put_cstr(&s, "unknown");
    }
    vm_value_set_owned(value, ds_steal_cstr(&s));
}

void
vm_value_set_reason(struct vm_value *value, enum vm_reason reason,
                    const char *because, enum vm_down down)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    vm_reason_format_down(reason, because, down, &s);
    vm_value_set_owned(value, ds_steal_cstr(&s));
}

const char *
vm_slot_state(const char *member, enum vm_policed policed)
{
    return !member ? "dropping" : policed ? "limited" : "forwarding";
}

/* Members. */

VM_GETTER(member_name, vm_member_view, u)
{
    vm_value_set_text(value, u->member->name);
}

VM_GETTER(member_state, vm_member_view, u)
{
    vm_value_set_text(value, vm_member_state_to_string(u->member->state));
}

VM_GETTER(member_down, vm_member_view, u)
{
    vm_value_set_text(value, vm_down_to_token(u->member->down));
}

/* Such as "(no carrier)". */
VM_GETTER(member_down_words, vm_member_view, u)
{
    if (u->member->down != VM_DOWN_NOT) {
        vm_value_set_owned(value,
                           xasprintf("(%s)",
                                     vm_down_to_words(u->member->down)));
    }
}

VM_GETTER(member_since, vm_member_view, u)
{
    vm_value_set_number(value, u->since);
}

/* How long the member has been in its state, absent if that is the usual
 * one. */
VM_GETTER(member_unusual_since, vm_member_view, u)
{
    if (u->member->state != VM_MEMBER_USABLE) {
        vm_value_set_number(value, u->since);
    }
}

VM_GETTER(member_standby, vm_member_view, u)
{
    vm_value_set_number(value, u->member->config.standby);
}

VM_GETTER(member_standby_word, vm_member_view, u)
{
    vm_value_set_text(value, u->member->config.standby ? "standby" : NULL);
}

VM_GETTER(member_drain, vm_member_view, u)
{
    vm_value_set_number(value, u->member->config.drain);
}

/* "draining" while slots are on it, also those that have no other member. */
VM_GETTER(member_drain_word, vm_member_view, u)
{
    if (u->member->config.drain) {
        vm_value_set_text(value, u->n_slots ? "draining" : "drained");
    }
}

VM_GETTER(member_held_off, vm_member_view, u)
{
    vm_value_set_nonzero(value, u->held_off);
}

VM_GETTER(member_held_off_words, vm_member_view, u)
{
    if (u->held_off) {
        struct ds s = DS_EMPTY_INITIALIZER;

        ds_put_cstr(&s, "held off for ");
        vm_duration_format(u->held_off, &s);
        ds_put_cstr(&s, " more");
        vm_value_set_owned(value, ds_steal_cstr(&s));
    }
}

VM_GETTER(member_capacity, vm_member_view, u)
{
    vm_value_set_nonzero(value, vm_member_known_capacity(u->member));
}

VM_GETTER(member_assumed, vm_member_view, u)
{
    if (!vm_member_known_capacity(u->member)) {
        vm_value_set_number(value, vm_member_capacity(u->member));
    }
}

VM_GETTER(member_capacity_text, vm_member_view, u)
{
    vm_value_set_capacity(value, vm_member_known_capacity(u->member));
}

/* Sets 'value' to 'rate' as a part of the capacity, if that is known. */
static void
set_part(struct vm_value *value, const struct vm_member_view *u, uint64_t rate)
{
    uint64_t capacity = vm_member_known_capacity(u->member);

    if (capacity) {
        vm_value_set_number(value, vm_utilization_ppm(rate, capacity));
    }
}

VM_GETTER(member_load, vm_member_view, u)
{
    if (u->load_known && vm_member_is_usable(u->member)) {
        vm_value_set_number(value, u->load);
    }
}

VM_GETTER(member_load_ppm, vm_member_view, u)
{
    if (u->load_known && vm_member_is_usable(u->member)) {
        set_part(value, u, u->load);
    }
}

VM_GETTER(member_full, vm_member_view, u)
{
    vm_value_set_number(value, u->full);
}

VM_GETTER(member_full_word, vm_member_view, u)
{
    vm_value_set_text(value, u->full ? "and drops" : NULL);
}

VM_GETTER(member_reserved, vm_member_view, u)
{
    vm_value_set_number(value, u->reserved);
}

VM_GETTER(member_reserved_text, vm_member_view, u)
{
    vm_value_set_nonzero(value, u->reserved);
}

VM_GETTER(member_reserved_ppm, vm_member_view, u)
{
    if (u->reserved) {
        set_part(value, u, u->reserved);
    }
}

VM_GETTER(member_slots, vm_member_view, u)
{
    vm_value_set_number(value, u->n_slots);
}

VM_GETTER(member_vms, vm_member_view, u)
{
    vm_value_set_number(value, u->n_vms);
}

const struct vm_field vm_member_fields[] = {
    { "name", "member", VM_KIND_TEXT, member_name },
    { "state", "state", VM_KIND_TEXT, member_state },
    { NULL, VM_JOIN, VM_KIND_DURATION, member_unusual_since },
    { NULL, VM_JOIN, VM_KIND_TEXT, member_down_words },
    { NULL, VM_JOIN, VM_KIND_TEXT, member_standby_word },
    { NULL, VM_JOIN, VM_KIND_TEXT, member_drain_word },
    { NULL, VM_JOIN, VM_KIND_TEXT, member_held_off_words },
    { "down", NULL, VM_KIND_TEXT, member_down },
    { "since_ms", NULL, VM_KIND_DURATION, member_since },
    { "standby", NULL, VM_KIND_TRUTH, member_standby },
    { "drain", NULL, VM_KIND_TRUTH, member_drain },
    { "held_off_ms", NULL, VM_KIND_DURATION, member_held_off },
    { "capacity_bps", NULL, VM_KIND_RATE, member_capacity },
    { NULL, "capacity", VM_KIND_TEXT, member_capacity_text },
    { "assumed_bps", NULL, VM_KIND_RATE, member_assumed },
    { "load_bps", "load", VM_KIND_RATE, member_load },
    { "load_ppm", VM_JOIN, VM_KIND_PPM, member_load_ppm },
    { "full", NULL, VM_KIND_TRUTH, member_full },
    { NULL, VM_JOIN, VM_KIND_TEXT, member_full_word },
    { "reserved_bps", NULL, VM_KIND_RATE, member_reserved },
    { NULL, "reserved", VM_KIND_RATE, member_reserved_text },
    { NULL, VM_JOIN, VM_KIND_PPM, member_reserved_ppm },
    { "slots", NULL, VM_KIND_NUMBER, member_slots },
    { "vms", "VMs", VM_KIND_NUMBER, member_vms },
    VM_FIELDS_END
};

/* Interfaces and their addresses. */

VM_GETTER(interface_name, vm_interface_view, i)
{
    vm_value_set_text(value, i->interface->name);
}

VM_GETTER(interface_member, vm_interface_view, i)
{
    vm_value_set_text(value, i->forward ? i->forward->member : NULL);
}

VM_GETTER(interface_state, vm_interface_view, i)
{
    const struct vm_forward *forward = i->forward;

    vm_value_set_text(value, i->interface->no_device ? "no device"
                      : vm_slot_state(forward ? forward->member : NULL,
                                           forward ? forward->policed
                                                   : VM_POLICED_NOT));
}

VM_GETTER(interface_meter, vm_interface_view, i)
{
    vm_value_set_text(value, i->forward ? i->forward->meter : NULL);
}

static enum vm_reason
reason_of(const struct vm_interface_view *i)
{
    return (i->forward ? i->forward->reason
            : i->interface->no_device ? VM_R_ABSENT : VM_R_NONE);
}

VM_GETTER(interface_reason, vm_interface_view, i)
{
    vm_value_set_text(value, vm_reason_to_token(reason_of(i)));
}

VM_GETTER(interface_reason_text, vm_interface_view, i)
{
    vm_value_set_reason(value, reason_of(i),
                        i->forward ? i->forward->because : NULL,
                        i->forward ? i->forward->down : VM_DOWN_NOT);
}

/* Defines the getter of a counter of an interface. */
#define COUNTER(FIELD)                                                  \
    VM_GETTER(interface_##FIELD, vm_interface_view, i)                  \
    {                                                                   \
        vm_value_set_number(value, i->interface->counters.FIELD);       \
    }
COUNTER(tx_packets)
COUNTER(tx_bytes)
COUNTER(dropped_packets)
COUNTER(dropped_bytes)
COUNTER(reverse_mismatch_packets)

VM_GETTER(interface_kernel_tunnel, vm_interface_view, i)
{
    vm_value_set_number(value, i->interface->kernel_tunnel);
}

const struct vm_field vm_interface_fields[] = {
    { "name", NULL, VM_KIND_TEXT, interface_name },
    { "uplink", NULL, VM_KIND_TEXT, interface_member },
    { "state", NULL, VM_KIND_TEXT, interface_state },
    { "meter", NULL, VM_KIND_TEXT, interface_meter },
    { "reason", NULL, VM_KIND_TEXT, interface_reason },
    { "reason_text", NULL, VM_KIND_TEXT, interface_reason_text },
    { "tx_packets", NULL, VM_KIND_NUMBER, interface_tx_packets },
    { "tx_bytes", NULL, VM_KIND_BYTES, interface_tx_bytes },
    { "dropped_packets", NULL, VM_KIND_NUMBER, interface_dropped_packets },
    { "dropped_bytes", NULL, VM_KIND_BYTES, interface_dropped_bytes },
    { "reverse_mismatch_packets", NULL, VM_KIND_NUMBER,
      interface_reverse_mismatch_packets },
    { "kernel_tunnel", NULL, VM_KIND_TRUTH, interface_kernel_tunnel },
    VM_FIELDS_END
};

VM_GETTER(mac_address, vm_mac, m)
{
    vm_value_set_owned(value, xasprintf(ETH_ADDR_FMT, ETH_ADDR_ARGS(m->mac)));
}

VM_GETTER(mac_vlan, vm_mac, m)
{
    vm_value_set_number(value, m->vlan);
}

VM_GETTER(mac_attached, vm_mac, m)
{
    vm_value_set_number(value, m->attached);
}

const struct vm_field vm_mac_fields[] = {
    { "mac", NULL, VM_KIND_TEXT, mac_address },
    { "vlan", NULL, VM_KIND_NUMBER, mac_vlan },
    { "attached", NULL, VM_KIND_TRUTH, mac_attached },
    VM_FIELDS_END
};

/* Problems. */

VM_GETTER(problem_where, vm_problem, p)
{
    vm_value_set_text(value, p->where);
}

VM_GETTER(problem_text, vm_problem, p)
{
    vm_value_set_text(value, p->text);
}

const struct vm_field vm_problem_fields[] = {
    { "where", NULL, VM_KIND_TEXT, problem_where },
    { "text", NULL, VM_KIND_TEXT, problem_text },
    VM_FIELDS_END
};

/* Entries of the journal. */

VM_GETTER(event_serial, vm_event, e)
{
    vm_value_set_number(value, e->entry->serial);
}

VM_GETTER(event_when, vm_event, e)
{
    vm_value_set_number(value, e->entry->when);
}

VM_GETTER(event_age, vm_event, e)
{
    vm_value_set_number(value, MAX(e->now - e->entry->when, 0));
}

VM_GETTER(event_who, vm_event, e)
{
    vm_value_set_text(value, e->entry->who);
}

VM_GETTER(event_name, vm_event, e)
{
    vm_value_set_text(value, e->entry->name);
}

/* The preference of the slot, if the VM had several: what follows the last "/"
 * of the slot's id. */
VM_GETTER(event_pref, vm_event, e)
{
    const char *slash = strrchr(e->entry->who, '/');

    if (slash) {
        vm_value_set_owned(value, xasprintf("(%s)", slash + 1));
    }
}

VM_GETTER(event_from, vm_event, e)
{
    vm_value_set_text(value, e->entry->from);
}

VM_GETTER(event_to, vm_event, e)
{
    vm_value_set_text(value, e->entry->to);
}

VM_GETTER(event_reason, vm_event, e)
{
    vm_value_set_text(value, vm_reason_to_token(e->entry->reason));
}

VM_GETTER(event_reason_text, vm_event, e)
{
    vm_value_set_reason(value, e->entry->reason, e->entry->because,
                        e->entry->down);
}

VM_GETTER(event_down, vm_event, e)
{
    vm_value_set_text(value, vm_down_to_token(e->entry->down));
}

VM_GETTER(event_event, vm_event, e)
{
    vm_value_set_text(value, e->entry->event);
}

VM_GETTER(event_words, vm_event, e)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (e->entry->event) {
        ds_put_format(&s, "%s: ", e->entry->event);
    }
    vm_reason_format_down(e->entry->reason, e->entry->because, e->entry->down,
                          &s);
    vm_value_set_owned(value, ds_steal_cstr(&s));
}

const struct vm_field vm_event_fields[] = {
    { "serial", NULL, VM_KIND_NUMBER, event_serial },
    { "when_ms", NULL, VM_KIND_NUMBER, event_when },
    { "age_ms", "when", VM_KIND_AGO, event_age },
    { "who", NULL, VM_KIND_TEXT, event_who },
    { "name", "VM", VM_KIND_TEXT, event_name },
    { NULL, VM_JOIN, VM_KIND_TEXT, event_pref },
    { "from", "from", VM_KIND_TEXT, event_from },
    { "to", "to", VM_KIND_TEXT, event_to },
    { "reason", "cause", VM_KIND_TEXT, event_reason },
    { "reason_text", NULL, VM_KIND_TEXT, event_reason_text },
    { "down", NULL, VM_KIND_TEXT, event_down },
    { "event", NULL, VM_KIND_TEXT, event_event },
    { NULL, "reason", VM_KIND_TEXT, event_words },
    VM_FIELDS_END
};
