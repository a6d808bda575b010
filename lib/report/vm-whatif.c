/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-whatif.h"

#include <string.h>

#include "engine/vm-builder.h"
#include "engine/vm-clone.h"
#include "engine/vm-engine.h"
#include "engine/vm-prior.h"
#include "model/vm-key.h"
#include "model/vm-slot-load.h"
#include "model/vm-slot.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* The names of the interface and, without "vm-id", of the VM that is added. */
#define NEW_INTERFACE "what-if"
#define NEW_IDENTITY "what-if"

static void
run(struct vm_engine *engine, long long int now)
{
    struct vm_actions actions = VM_ACTIONS_INITIALIZER;

    vm_engine_run(engine, now, &actions);
    vm_actions_destroy(&actions);
}

/* Comparing. */

static const char *
slot_name(const struct vm_slot *slot)
{
    const struct vm_policy *policy = &slot->endpoint->policy;

    return policy->name ? policy->name : slot->endpoint->id;
}

static void
add_move(struct vm_forecast *forecast, const struct vm_slot *slot,
         const char *from, bool rebalances, long long int now)
{
    if (forecast->n_moves >= forecast->allocated_moves) {
        forecast->moves = x2nrealloc(forecast->moves,
                                     &forecast->allocated_moves,
                                     sizeof *forecast->moves);
    }
    forecast->moves[forecast->n_moves++] = (struct vm_forecast_move) {
        .who = xstrdup(slot->id),
        .name = xstrdup(slot_name(slot)),
        .from = nullable_xstrdup(from),
        .to = nullable_xstrdup(slot->member),
        .sends = vm_slot_rate(slot, now),
        .reason = slot->reason,
        .because = nullable_xstrdup(slot->because),
        .rebalances = rebalances,
    };
}

static void
add_affected(struct vm_forecast *forecast, const struct vm_slot *slot,
             bool dropped)
{
    if (forecast->n_affected >= forecast->allocated_affected) {
        forecast->affected = x2nrealloc(forecast->affected,
                                        &forecast->allocated_affected,
                                        sizeof *forecast->affected);
    }
    struct vm_forecast_affected *one
        = &forecast->affected[forecast->n_affected++];

    *one = (struct vm_forecast_affected) {
        .who = xstrdup(slot->id),
        .name = xstrdup(slot_name(slot)),
        .dropped = dropped,
        .guarantee = vm_slot_guarantee(slot),
    };
}

/* Adds a move for each slot whose member in 'after' differs from that in
 * 'before'. */
static void
compare_places(const struct vm_inventory *before,
               const struct vm_inventory *after, long long int now,
               struct vm_forecast *forecast)
{
    size_t n;
    struct vm_slot **slots = vm_inventory_slots(after, &n);

    for (size_t i = 0; i < n; i++) {
        const struct vm_slot *old = vm_clone_find_slot(before, slots[i]);

        if (!old || !nullable_string_is_equal(old->member,
                                              slots[i]->member)) {
            add_move(forecast, slots[i], old ? old->member : NULL, false,
                     now);
        }
    }
    free(slots);
}

/* Rebalances 'engine' and adds its moves. */
static void
rebalance(struct vm_engine *engine, long long int now,
          struct vm_forecast *forecast)
{
    size_t n;
    struct vm_slot **slots
        = vm_inventory_slots(vm_engine_inventory(engine), &n);
    char **places = xcalloc(n, sizeof *places);

    for (size_t i = 0; i < n; i++) {
        places[i] = nullable_xstrdup(slots[i]->member);
    }
    vm_engine_rebalance(engine, now);
    run(engine, now);
    for (size_t i = 0; i < n; i++) {
        if (!nullable_string_is_equal(places[i], slots[i]->member)) {
            add_move(forecast, slots[i], places[i], true, now);
        }
        free(places[i]);
    }
    free(places);
    free(slots);
}

/* Adds the slots that are worse off in 'after' than in 'before'. */
static void
find_affected(const struct vm_inventory *before,
              const struct vm_inventory *after, struct vm_forecast *forecast)
{
    size_t n;
    struct vm_slot **slots = vm_inventory_slots(after, &n);

    for (size_t i = 0; i < n; i++) {
        const struct vm_slot *old = vm_clone_find_slot(before, slots[i]);
        bool dropped = !slots[i]->member && (!old || old->member);
        bool unmet = (slots[i]->guarantee_unmet
                      && (!old || !old->guarantee_unmet));

        if (dropped || unmet) {
            add_affected(forecast, slots[i], dropped);
        }
    }
    free(slots);
}

/* Returns the loads of all members, background and slots, as measured.  The
 * caller frees them. */
static uint64_t *
add_up_loads(const struct vm_inventory *inventory,
             const struct vm_bond_config *config, long long int now)
{
    uint64_t *loads = xcalloc(inventory->n_members, sizeof *loads);
    struct vm_builder builder;

    vm_builder_init_measured(&builder, inventory, config, now);
    for (size_t i = 0; i < inventory->n_members; i++) {
        loads[i] = (builder.members[i].usable ? builder.members[i].background
                    : 0);
    }
    for (size_t i = 0; i < builder.snapshot.n_slots; i++) {
        const struct vm_snap_slot *slot = &builder.snapshot.slots[i];

        if (slot->present >= 0) {
            loads[slot->present] += slot->demand;
        }
    }
    vm_builder_destroy(&builder);
    return loads;
}

static void
compare_loads(const struct vm_engine *before, const struct vm_engine *after,
              long long int now, struct vm_forecast *forecast)
{
    const struct vm_inventory *old = vm_engine_inventory(before);
    const struct vm_inventory *new = vm_engine_inventory(after);
    uint64_t *old_loads = add_up_loads(old, vm_engine_config(before), now);
    uint64_t *new_loads = add_up_loads(new, vm_engine_config(after), now);

    forecast->n_members = new->n_members;
    forecast->members = xcalloc(new->n_members, sizeof *forecast->members);
    for (size_t i = 0; i < new->n_members; i++) {
        const struct vm_member *member = new->members[i];
        int index = vm_inventory_member_index(old, member->name);

        forecast->members[i] = (struct vm_forecast_member) {
            .name = xstrdup(member->name),
            .usable = vm_member_is_usable(member),
            .capacity = vm_member_known_capacity(member),
            .load_before = index >= 0 ? old_loads[index] : 0,
            .load_after = new_loads[i],
        };
    }
    free(old_loads);
    free(new_loads);
}

/* Runs 'then', a copy of 'engine' that got the event, compares the two, and
 * destroys the copy. */
static void
predict(const struct vm_engine *engine, struct vm_engine *then, char *what,
        long long int now, struct vm_forecast *forecast)
{
    const struct vm_inventory *old = vm_engine_inventory(engine);
    const struct vm_inventory *new = vm_engine_inventory(then);

    memset(forecast, 0, sizeof *forecast);
    forecast->what = what;
    run(then, now);
    compare_places(old, new, now, forecast);
    if (vm_engine_config(then)->rebalance_ms) {
        rebalance(then, now, forecast);
    }
    find_affected(old, new, forecast);
    compare_loads(engine, then, now, forecast);
    vm_engine_destroy(then);
}

/* Questions. */

static struct vm_forecast *
add_forecast(struct vm_forecasts *forecasts)
{
    forecasts->list = xrealloc(forecasts->list, (forecasts->n + 1)
                               * sizeof *forecasts->list);
    return &forecasts->list[forecasts->n++];
}

static void
lose(const struct vm_engine *engine, const struct vm_member *member,
     long long int now, struct vm_forecasts *forecasts)
{
    struct vm_engine *then = vm_engine_clone(engine, now);
    struct vm_member_facts facts = vm_member_get_facts(member);

    facts.enabled = false;
    vm_engine_set_member(then, member->name, &facts, now);
    predict(engine, then, xasprintf("lose %s", member->name), now,
            add_forecast(forecasts));
}

static char *
ask_lose(const struct vm_engine *engine, const char *name, long long int now,
         struct vm_forecasts *forecasts)
{
    const struct vm_inventory *inventory = vm_engine_inventory(engine);
    struct ds usable = DS_EMPTY_INITIALIZER;
    bool each = !strcmp(name, "each");

    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];

        if (vm_member_is_usable(member)) {
            ds_put_format(&usable, "%s, ", member->name);
            if (each || !strcmp(name, member->name)) {
                lose(engine, member, now, forecasts);
            }
        }
    }

    char *error = (forecasts->n ? NULL
                   : each ? xasprintf("bond %s has no usable member to lose",
                                      vm_engine_name(engine))
                   : xasprintf("bond %s has no usable member \"%s\" to lose, "
                               "it has: %sor say \"each\"",
                               vm_engine_name(engine), name,
                               ds_cstr(&usable)));
    ds_destroy(&usable);
    return error;
}

static char *
ask_gain(const struct vm_engine *engine, const char *name_and_speed,
         long long int now, struct vm_forecasts *forecasts)
{
    const char *colon = strrchr(name_and_speed, ':');
    struct vm_member_facts facts = { .enabled = true };

    if (colon && (!vm_rate_from_string(colon + 1, &facts.link_speed)
                  || !facts.link_speed)) {
        return xasprintf("gain=%s: \"%s\" is not a speed such as 10G",
                         name_and_speed, colon + 1);
    }

    size_t length = (colon ? colon - name_and_speed : strlen(name_and_speed));
    if (!length) {
        return xstrdup("gain= needs the name of a member, such as "
                       "gain=eth2:10G");
    }

    char *name = xmemdup0(name_and_speed, length);
    const struct vm_member *member
        = vm_inventory_find_member(vm_engine_inventory(engine), name);
    char *error = NULL;
    if (member && vm_member_is_usable(member) && !colon) {
        error = xasprintf("member %s of bond %s is usable already; say "
                          "gain=%s:SPEED for another speed, or the name of "
                          "a new one", name, vm_engine_name(engine), name);
    } else {
        struct vm_engine *then = vm_engine_clone(engine, now);

        if (member && !colon) {
            facts = vm_member_get_facts(member);
            facts.enabled = true;
        } else if (member) {
            facts.other_config = &member->other_config;
        }
        vm_engine_set_member(then, name, &facts, now);
        predict(engine, then, xasprintf("gain %s", name_and_speed), now,
                add_forecast(forecasts));
    }
    free(name);
    return error;
}

/* Parses "KEY=VALUE,...".  A piece without "=" continues the value before it,
 * which contains a comma.  The value of "demand" is stored in '*demand', or
 * VM_RATE_NONE if there is none. */
static char *
parse_keys(const char *text, struct smap *external_ids, uint64_t *demand)
{
    char *copy = xstrdup(text);
    char *save_ptr = NULL;
    char *last = NULL;          /* Key. */
    char *error = NULL;

    for (char *piece = strtok_r(copy, ",", &save_ptr); piece && !error;
         piece = strtok_r(NULL, ",", &save_ptr)) {
        char *equals = strchr(piece, '=');

        if (!equals && !last) {
            error = xasprintf("add=%s: \"%s\" is not KEY=VALUE, such as "
                              "vm-uplinks=eth0,* or demand=1G", text, piece);
        } else if (!equals) {
            char *value = xasprintf("%s,%s", smap_get(external_ids, last),
                                    piece);

            smap_replace(external_ids, last, value);
            free(value);
        } else {
            *equals = '\0';
            last = piece;
            smap_replace(external_ids, last, equals + 1);
        }
    }

    *demand = VM_RATE_NONE;
    const char *rate = smap_get(external_ids, "demand");
    if (rate && !error && !vm_rate_from_string(rate, demand)) {
        error = xasprintf("add=%s: demand=%s is not a rate such as 800M",
                          text, rate);
    }
    smap_remove(external_ids, "demand");
    free(copy);
    return error;
}

/* Returns an error if a key in 'external_ids' is not that of a VM, otherwise
 * null.  'text' is all of the keys. */
static char *
check_known(const char *text, const struct smap *external_ids)
{
    const struct smap_node **nodes = smap_sort(external_ids);
    char *error = NULL;

    for (size_t i = 0; i < smap_count(external_ids) && !error; i++) {
        const char *key = nodes[i]->key;
        const struct vm_key *meant = vm_key_find_in_list(key);

        if (vm_key_find(VM_SCOPE_VM, key)) {
            continue;
        }
        error = (meant
                 ? xasprintf("add=%s: no key \"%s\"; did you mean %s?", text,
                             key, meant->name)
                 : xasprintf("add=%s: no key \"%s\"; the keys are those of "
                             "Interface:external_ids, such as vm-uplinks, "
                             "and demand", text, key));
    }
    free(nodes);
    return error;
}

/* Returns an error if keys in 'external_ids' would cause a warning: then the
 * answer would be about another VM than the operator has in mind. */
static char *
check_keys(const struct vm_engine *engine, const char *text,
           const struct smap *external_ids)
{
    struct vm_problems problems = VM_PROBLEMS_INITIALIZER;
    struct vm_policy policy;
    char *error;

    vm_policy_parse(&policy, NEW_INTERFACE, external_ids,
                    vm_engine_config(engine)->profiles, &problems);
    error = (problems.n
             ? xasprintf("add=%s: the switch would warn: %s", text,
                         problems.list[0].text)
             : check_known(text, external_ids));
    vm_policy_destroy(&policy);
    vm_problems_destroy(&problems);
    return error;
}

static char *
ask_add(const struct vm_engine *engine, const char *keys, long long int now,
        struct vm_forecasts *forecasts)
{
    struct smap external_ids = SMAP_INITIALIZER(&external_ids);
    const struct vm_interface_facts facts = { .external_ids = &external_ids };
    uint64_t demand;
    char *error = parse_keys(keys, &external_ids, &demand);

    if (!error && !vm_policy_identity(&external_ids)) {
        smap_replace(&external_ids, "vm-id", NEW_IDENTITY);
    }
    if (!error) {
        error = check_keys(engine, keys, &external_ids);
    }
    if (!error) {
        struct vm_engine *then = vm_engine_clone(engine, now);

        vm_engine_set_interface(then, NEW_INTERFACE, &facts, now);

        struct vm_interface *iface = vm_inventory_find_interface(
            vm_engine_edit(then, now), NEW_INTERFACE);
        if (demand == VM_RATE_NONE) {
            demand = vm_prior_of(vm_engine_inventory(then), iface->slot, now);
        }
        vm_interface_load_assume(&iface->load, demand, now);
        predict(engine, then, xasprintf("add %s", keys), now,
                add_forecast(forecasts));
    }
    smap_destroy(&external_ids);
    return error;
}

char *
vm_whatif(const struct vm_engine *engine, const char *question,
          long long int now, struct vm_forecasts *forecasts)
{
    static const struct {
        const char *prefix;
        char *(*ask)(const struct vm_engine *, const char *, long long int,
                     struct vm_forecasts *);
    } kinds[] = {
        { "lose=", ask_lose }, { "gain=", ask_gain }, { "add=", ask_add },
    };

    memset(forecasts, 0, sizeof *forecasts);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        size_t length = strlen(kinds[i].prefix);

        if (!strncmp(question, kinds[i].prefix, length)) {
            return kinds[i].ask(engine, question + length, now, forecasts);
        }
    }
    return xasprintf("\"%s\": not a question; possible are lose=MEMBER, "
                     "lose=each, gain=MEMBER[:SPEED] and add=KEY=VALUE,...",
                     question);
}

static void
forecast_destroy(struct vm_forecast *forecast)
{
    free(forecast->what);
    for (size_t i = 0; i < forecast->n_moves; i++) {
        free(forecast->moves[i].who);
        free(forecast->moves[i].name);
        free(forecast->moves[i].from);
        free(forecast->moves[i].to);
        free(forecast->moves[i].because);
    }
    free(forecast->moves);
    for (size_t i = 0; i < forecast->n_affected; i++) {
        free(forecast->affected[i].who);
        free(forecast->affected[i].name);
    }
    free(forecast->affected);
    for (size_t i = 0; i < forecast->n_members; i++) {
        free(forecast->members[i].name);
    }
    free(forecast->members);
}

void
vm_forecasts_destroy(struct vm_forecasts *forecasts)
{
    for (size_t i = 0; i < forecasts->n; i++) {
        forecast_destroy(&forecasts->list[i]);
    }
    free(forecasts->list);
}
