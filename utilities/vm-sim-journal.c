/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-sim-journal.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "vm-sim-bond.h"
#include "vm-sim-model.h"
#include "vm-sim-result.h"

/* Reading. */

static char *
read_entry(const struct json *json, struct vm_sim_entry *entry,
           long long int *age)
{
    const char *who = vm_sim_text(json, "who");
    const char *name = vm_sim_text(json, "name");
    const char *token = vm_sim_text(json, "reason");
    const char *text = vm_sim_text(json, "reason_text");

    memset(entry, 0, sizeof *entry);
    if (!vm_sim_number(json, "when_ms", &entry->when)
        || !vm_sim_number(json, "age_ms", age)) {
        return xstrdup("\"when_ms\" and \"age_ms\" are not both numbers");
    } else if (!who || !name || !token || !text) {
        return xstrdup("\"who\", \"name\", \"reason\" and \"reason_text\" are "
                       "not all texts");
    } else if (!vm_reason_from_token(token, &entry->reason)) {
        return xasprintf("\"%s\" is no reason that ovs-vm-aware(7) lists",
                         token);
    }
    entry->who = xstrdup(who);
    entry->name = xstrdup(name);
    entry->from = nullable_xstrdup(vm_sim_text(json, "from"));
    entry->to = nullable_xstrdup(vm_sim_text(json, "to"));
    entry->text = xstrdup(text);
    return NULL;
}

/* Returns the first decision on the slot 'who', or null. */
static const struct vm_sim_entry *
find_first(const struct vm_sim_journal *journal, const char *who)
{
    for (size_t i = 0; i < journal->n; i++) {
        if (!strcmp(journal->entries[i].who, who)) {
            return &journal->entries[i];
        }
    }
    return NULL;
}

/* Returns true if the decision is the first one for a new slot. */
static bool
is_new_slot(const struct vm_sim_entry *entry)
{
    return !entry->from && entry->reason != VM_R_FAILBACK;
}

static bool
begins_with_bond(const struct vm_sim_journal *journal)
{
    const struct vm_sim_entry *host = find_first(journal, "host");

    return host && is_new_slot(host);
}

void
vm_sim_journal_find_known(struct vm_sim_journal *journal,
                          const struct json *bond)
{
    const struct json *vm, *slot;

    for (size_t i = 0; (vm = vm_sim_element(bond, "vms", i)); i++) {
        for (size_t j = 0; (slot = vm_sim_element(vm, "slots", j)); j++) {
            const char *id = vm_sim_text(slot, "id");

            for (size_t k = 0; id && k < journal->n; k++) {
                journal->entries[k].known |= !strcmp(journal->entries[k].who,
                                                     id);
            }
        }
    }
}

char *
vm_sim_journal_init(struct vm_sim_journal *journal, const struct json *log)
{
    const struct json *json;
    long long int age = 0;

    memset(journal, 0, sizeof *journal);
    for (size_t i = 0; (json = vm_sim_element(log, "log", i)); i++) {
        if (vm_sim_text(json, "event")) {
            continue;           /* It is about a request. */
        }
        if (journal->n >= journal->allocated) {
            journal->entries = x2nrealloc(journal->entries,
                                          &journal->allocated,
                                          sizeof *journal->entries);
        }

        char *error = read_entry(json, &journal->entries[journal->n], &age);
        if (error) {
            char *where = xasprintf("log[%"PRIuSIZE"]: %s", i, error);

            free(error);
            return where;
        }
        journal->n++;
    }
    if (!journal->n) {
        return xstrdup("the saved journal has no decisions");
    }

    long long int first = journal->entries[0].when;
    journal->lead = begins_with_bond(journal) ? 0 : VM_SIM_JOURNAL_LEAD;
    for (size_t i = 0; i < journal->n; i++) {
        journal->entries[i].when += journal->lead - first;
    }
    journal->end = journal->entries[journal->n - 1].when + age + 1;
    return NULL;
}

void
vm_sim_journal_destroy(struct vm_sim_journal *journal)
{
    for (size_t i = 0; i < journal->n; i++) {
        struct vm_sim_entry *entry = &journal->entries[i];

        free(entry->who);
        free(entry->name);
        free(entry->from);
        free(entry->to);
        free(entry->text);
    }
    free(journal->entries);
}

/* Members. */

/* What a decision implies about the state of a member at its time. */
enum evidence {
    NOTHING,
    IS_UP,                      /* Usable. */
    IS_DOWN,                    /* Not usable. */
    SEEMS_UP,                   /* Usable, unless another decision implies the
                                 * opposite. */
    CAME_UP,                    /* Usable, and was not before. */
    WENT_DOWN                   /* Not usable, and was before. */
};

static bool
is_same(const char *a, const char *b)
{
    return a && b && !strcmp(a, b);
}

/* Returns true if the decision's reason names 'member'. */
static bool
names_member(const struct vm_sim_entry *entry, const char *member)
{
    bool names = false;

    for (int i = 0; i < VM_N_DOWN && !names; i++) {
        struct ds s = DS_EMPTY_INITIALIZER;

        vm_reason_format_down(entry->reason, member, i, &s);
        names = (vm_reason_names_member(entry->reason)
                 && !strcmp(ds_cstr(&s), entry->text));
        ds_destroy(&s);
    }
    return names;
}

static enum evidence
evidence_of(const struct vm_sim_entry *entry, const char *member, bool standby)
{
    bool left = is_same(entry->from, member);
    bool none = entry->reason == VM_R_ONLY_USABLE
                || entry->reason == VM_R_ALL_LOST
                || (entry->reason == VM_R_STANDBY && !standby);
    bool lost = (entry->reason == VM_R_FAILOVER
                 || entry->reason == VM_R_NO_DEVICE
                 || entry->reason == VM_R_MEMBER_REMOVED
                 || entry->reason == VM_R_NEXT_CHOICE
                 || entry->reason == VM_R_ONLY_UPLINK_LOST);

    if (is_same(entry->to, member)) {
        return (entry->reason == VM_R_FAILBACK ? CAME_UP : IS_UP);
    } else if (none || (lost && names_member(entry, member))
               || (left && entry->reason == VM_R_UPLINKS_LOST)) {
        return left ? WENT_DOWN : IS_DOWN;
    }
    return entry->reason == VM_R_LEAST_LOADED ? SEEMS_UP : NOTHING;
}

static bool
is_standby(const struct json *member)
{
    const struct json *standby = vm_sim_member(member, "standby");

    return standby && standby->type == JSON_TRUE;
}

/* Returns the time (ms) at which the member's saved state began. */
static long long int
state_began(const struct vm_sim_journal *journal, const struct json *member)
{
    long long int since = journal->end;

    vm_sim_number(member, "since_ms", &since);
    return MAX(journal->end - since, 0);
}

bool
vm_sim_journal_was_up(const struct vm_sim_journal *journal,
                      const struct json *member)
{
    const char *name = vm_sim_text(member, "name");

    for (size_t i = 0; name && i < journal->n; i++) {
        switch (evidence_of(&journal->entries[i], name, is_standby(member))) {
        case IS_UP:
        case SEEMS_UP:
        case WENT_DOWN:
            return true;
        case IS_DOWN:
        case CAME_UP:
            return false;
        case NOTHING:
            break;
        }
    }
    return (vm_sim_saved_usable(member) == !state_began(journal, member)
            && !is_same(vm_sim_text(member, "state"), "new"));
}

static void
add_switch(const char *member, bool up, long long int at, struct json *events)
{
    struct json *object = json_object_create();

    json_object_put_string(object, "member", member);
    json_object_put(object, "up", json_boolean_create(up));
    json_object_put(object, "at_ms", json_integer_create(at));
    json_array_add(events, object);
}

/* Appends the events of one member.  The saved state has the exact time at
 * which its last state began; the journal has it only if a slot moved at that
 * time. */
static void
add_switches(const struct vm_sim_journal *journal, const struct json *member,
             struct json *events)
{
    const char *name = vm_sim_text(member, "name");
    bool up_at_end = vm_sim_saved_usable(member);
    bool up = vm_sim_journal_was_up(journal, member);
    long long int known = 0, at = 0, before = 0;
    size_t n = 0;

    for (size_t i = 0; name && i < journal->n; i++) {
        const struct vm_sim_entry *entry = &journal->entries[i];
        enum evidence evidence = evidence_of(entry, name, is_standby(member));
        bool is_up = evidence == IS_UP || evidence == CAME_UP;

        if (evidence == NOTHING || evidence == SEEMS_UP) {
            continue;
        }
        if (is_up != up) {
            if (n++) {
                add_switch(name, !is_up, at, events);
            }
            up = is_up;
            at = entry->when;
            before = known;
        }
        known = entry->when;
    }

    long long int began = state_began(journal, member);
    if (n) {
        at = up == up_at_end ? MIN(MAX(began, before + 1), at) : at;
        add_switch(name, up, at, events);
    }
    if (name && up != up_at_end) {
        add_switch(name, up_at_end, MAX(began, known + 1), events);
    }
}

void
vm_sim_journal_member_events(const struct vm_sim_journal *journal,
                             const struct json *bond, struct json *events)
{
    const struct json *member;

    for (size_t i = 0; (member = vm_sim_element(bond, "members", i)); i++) {
        add_switches(journal, member, events);
    }
}

/* VMs. */

void
vm_sim_journal_begin(const struct vm_sim_journal *journal,
                     const struct json *slot, struct vm_sim_begin *begin)
{
    const char *id = vm_sim_text(slot, "id");
    const struct vm_sim_entry *first = id ? find_first(journal, id) : NULL;

    if (first) {
        bool restored = first->reason == VM_R_RESTORED;

        begin->at = is_new_slot(first) ? first->when : 0;
        begin->member = restored ? first->to : first->from;
        begin->home = first->reason == VM_R_FAILBACK ? first->to : NULL;
        begin->pinned = NULL;
    }
}

static void
add_migration(const char *vm, const char *to, long long int at,
              struct json *events)
{
    struct json *object = json_object_create();

    json_object_put_string(object, "migrate", vm);
    json_object_put_string(object, "to", to);
    json_object_put(object, "at_ms", json_integer_create(at));
    json_array_add(events, object);
}

static bool
is_rebalancing(enum vm_reason reason)
{
    return (reason == VM_R_OVERLOAD || reason == VM_R_UNDERUSED
            || reason == VM_R_SWAPPED);
}

/* Returns true if a pinned slot can leave its member for 'reason' only after
 * "vm-aware/migrate BOND VM auto". */
static bool
needs_unpin(enum vm_reason reason)
{
    return (is_rebalancing(reason) || reason == VM_R_FIRST_CHOICE
            || reason == VM_R_LEAST_LOADED || reason == VM_R_GUARANTEE_FITS
            || reason == VM_R_FAILBACK || reason == VM_R_RELEASED);
}

/* Appends what the operator did with 'slot' of 'vm'. */
static void
add_migrations(const struct vm_sim_journal *journal, const char *vm,
               const struct json *slot, struct json *events)
{
    const char *id = vm_sim_text(slot, "id");
    const char *pinned = NULL;

    for (size_t i = 0; i < journal->n; i++) {
        const struct vm_sim_entry *entry = &journal->entries[i];

        if (strcmp(entry->who, id)) {
            continue;
        } else if (entry->reason == VM_R_MANUAL && entry->to) {
            if (!is_same(pinned, entry->to)) {
                add_migration(vm, entry->to, entry->when, events);
            }
            pinned = entry->to;
        } else if (is_same(entry->from, pinned)
                   && needs_unpin(entry->reason)) {
            add_migration(vm, "auto", entry->when, events);
            pinned = NULL;
        }
    }
    if (pinned && !vm_sim_text(slot, "pinned")) {
        add_migration(vm, "auto", journal->end, events);
    }
}

void
vm_sim_journal_other_events(const struct vm_sim_journal *journal,
                            const struct json *bond, struct json *events)
{
    const struct json *vm, *slot;
    long long int last = -1;

    for (size_t i = 0; (vm = vm_sim_element(bond, "vms", i)); i++) {
        for (size_t j = 0; (slot = vm_sim_element(vm, "slots", j)); j++) {
            if (vm_sim_text(slot, "id") && vm_sim_text(vm, "id")) {
                add_migrations(journal, vm_sim_text(vm, "id"), slot, events);
            }
        }
    }
    for (size_t i = 0; i < journal->n; i++) {
        const struct vm_sim_entry *entry = &journal->entries[i];

        if (is_rebalancing(entry->reason) && entry->when != last) {
            struct json *object = json_object_create();

            json_object_put(object, "rebalance", json_boolean_create(true));
            json_object_put(object, "at_ms",
                            json_integer_create(entry->when));
            json_array_add(events, object);
            last = entry->when;
        }
    }
}

/* Comparing. */

static bool
is_same_decision(const struct vm_sim_entry *entry,
                 const struct vm_sim_move *move)
{
    return (entry->when == move->when && entry->reason == move->reason
            && !strcmp(entry->who, move->who)
            && nullable_string_is_equal(entry->from, move->from)
            && nullable_string_is_equal(entry->to, move->to));
}

void
vm_sim_journal_compare(struct vm_sim_journal *journal,
                       struct vm_sim_move *moves, size_t n_moves)
{
    for (size_t i = 0; i < n_moves; i++) {
        struct vm_sim_move *move = &moves[i];

        move->more = (move->when <= journal->end
                      && (move->when || !journal->lead));
        for (size_t j = 0; j < journal->n && move->more; j++) {
            struct vm_sim_entry *entry = &journal->entries[j];

            if (!entry->again && is_same_decision(entry, move)) {
                entry->again = true;
                move->more = false;
            }
        }
    }
}
