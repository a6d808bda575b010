/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-whatif.h"

#include <string.h>

#include "engine/vm-clone.h"
#include "engine/vm-engine.h"
#include "engine/vm-prior.h"
#include "model/vm-key.h"
#include "model/vm-slot-load.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* The names of the interface and, without "vm-id", of the VM that is added. */
#define NEW_INTERFACE "what-if"
#define NEW_IDENTITY "what-if"

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
    vm_prediction_make(engine, then, xasprintf("lose %s", member->name), now,
                       add_forecast(forecasts));
}

static char *
ask_lose(const struct vm_engine *engine, const char *name, long long int now,
         struct vm_forecasts *forecasts)
{
    const struct vm_inventory *inventory = vm_engine_inventory(engine);
    struct ds usable = DS_EMPTY_INITIALIZER;
    bool each = !strcmp(name, "each");

    forecasts->each = each;
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

/* Parses a rate of traffic, which is never without limit. */
static bool
parse_rate(const char *text, uint64_t *bps)
{
    return vm_number_from_string(text, bps) && *bps <= VM_RATE_CEILING;
}

/* Returns true if 'vm-uplinks' could name a member 'name'. */
static bool
is_member_name(const char *name)
{
    struct vm_pref pref = VM_PREF_INITIALIZER;
    struct ds complaint = DS_EMPTY_INITIALIZER;
    bool valid = (vm_pref_from_string(name, &pref, &complaint)
                  && !complaint.length && pref.n == 1 && !pref.any);

    vm_pref_destroy(&pref);
    ds_destroy(&complaint);
    return valid;
}

static char *
ask_gain(const struct vm_engine *engine, const char *name_and_speed,
         long long int now, struct vm_forecasts *forecasts)
{
    const char *colon = strrchr(name_and_speed, ':');
    struct vm_member_facts facts = { .enabled = true };

    if (colon && (!parse_rate(colon + 1, &facts.link_speed)
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
    if (!is_member_name(name)) {
        free(name);
        return xasprintf("gain=%s: no member can have that name",
                         name_and_speed);
    }

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
        vm_prediction_make(engine, then,
                           xasprintf("gain %s", name_and_speed), now,
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
            if (!smap_add_once(external_ids, last, equals + 1)) {
                error = xasprintf("add=%s: %s is given twice", text, last);
            }
        }
    }

    *demand = VM_RATE_NONE;
    const char *rate = smap_get(external_ids, "demand");
    if (rate && !error && !parse_rate(rate, demand)) {
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

/* Like vm_prediction_make(), with what the switch would warn of because of
 * other objects: then the keys are in force all the same. */
static void
predict_add(const struct vm_engine *engine, struct vm_engine *then,
            char *what, long long int now, struct vm_forecast *forecast)
{
    struct vm_problems warnings = VM_PROBLEMS_INITIALIZER;

    vm_problems_append(&warnings,
                       &vm_inventory_find_interface(vm_engine_inventory(then),
                                                    NEW_INTERFACE)->problems);
    vm_prediction_make(engine, then, what, now, forecast);
    forecast->warnings = warnings;
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
        predict_add(engine, then, xasprintf("add %s", keys), now,
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

void
vm_forecasts_destroy(struct vm_forecasts *forecasts)
{
    for (size_t i = 0; i < forecasts->n; i++) {
        vm_forecast_destroy(&forecasts->list[i]);
    }
    free(forecasts->list);
}
