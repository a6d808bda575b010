/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-question.h"

#include <string.h>

#include "base/vm-problem.h"
#include "engine/vm-engine.h"
#include "engine/vm-prior.h"
#include "model/vm-key.h"
#include "model/vm-slot-load.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* The names of the interface and, without "vm-id", of the VM that is added. */
#define NEW_INTERFACE "what-if"
#define NEW_IDENTITY "what-if"

static struct vm_case *
add_case(struct vm_question *question, char *what)
{
    struct vm_case *one = xzalloc(sizeof *one);

    one->what = what;
    smap_init(&one->external_ids);
    question->cases = xrealloc(question->cases, (question->n + 1)
                               * sizeof *question->cases);
    question->cases[question->n++] = one;
    return one;
}

/* Members. */

static char *
ask_lose(const struct vm_engine *engine, const char *name,
         struct vm_question *question)
{
    const struct vm_inventory *inventory = vm_engine_inventory(engine);
    struct ds usable = DS_EMPTY_INITIALIZER;
    bool each = !strcmp(name, "each");

    question->each = each;
    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];

        if (vm_member_is_usable(member)) {
            ds_put_format(&usable, "%s, ", member->name);
            if (each || !strcmp(name, member->name)) {
                add_case(question, xasprintf("lose %s", member->name))
                    ->member = xstrdup(member->name);
            }
        }
    }

    char *error = (question->n ? NULL
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
         struct vm_question *question)
{
    const char *colon = strrchr(name_and_speed, ':');
    uint64_t speed = 0;

    if (colon && (!parse_rate(colon + 1, &speed) || !speed)) {
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
    if (member && vm_member_is_usable(member) && !colon) {
        char *error = xasprintf("member %s of bond %s is usable already; say "
                                "gain=%s:SPEED for another speed, or the name "
                                "of a new one", name, vm_engine_name(engine),
                                name);
        free(name);
        return error;
    }

    struct vm_case *one = add_case(question,
                                   xasprintf("gain %s", name_and_speed));
    one->member = name;
    one->gained = true;
    one->speed = speed;
    return NULL;
}

/* Has the member of 'one' lost or gained in 'then', a copy of 'engine'. */
static void
change_member(const struct vm_case *one, const struct vm_engine *engine,
              struct vm_engine *then, long long int now)
{
    const struct vm_member *member
        = vm_inventory_find_member(vm_engine_inventory(engine), one->member);
    struct vm_member_facts facts = { .link_speed = one->speed };

    if (member && !one->speed) {
        facts = vm_member_get_facts(member);
    } else if (member) {
        facts.other_config = &member->other_config;
    }
    facts.enabled = one->gained;
    vm_engine_set_member(then, one->member, &facts, now);
}

/* VMs. */

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

static char *
ask_add(const struct vm_engine *engine, const char *keys,
        struct vm_question *question)
{
    struct vm_case *one = add_case(question, xasprintf("add %s", keys));
    char *error = parse_keys(keys, &one->external_ids, &one->demand);

    if (!error && !vm_policy_identity(&one->external_ids)) {
        smap_replace(&one->external_ids, "vm-id", NEW_IDENTITY);
    }
    return error ? error : check_keys(engine, keys, &one->external_ids);
}

/* Adds the VM of 'one' to 'then'.  Appends what the switch would warn of
 * because of other objects to 'warnings': the keys are in force all the
 * same. */
static void
add_vm(const struct vm_case *one, struct vm_engine *then, long long int now,
       struct vm_problems *warnings)
{
    const struct vm_interface_facts facts = {
        .external_ids = &one->external_ids,
    };
    struct vm_interface *iface;
    uint64_t demand = one->demand;

    vm_engine_set_interface(then, NEW_INTERFACE, &facts, now);
    iface = vm_inventory_find_interface(vm_engine_edit(then, now),
                                        NEW_INTERFACE);
    if (demand == VM_RATE_NONE) {
        demand = vm_prior_of(vm_engine_inventory(then), iface->slot, now);
    }
    vm_interface_load_assume(&iface->load, demand, now);
    vm_problems_append(warnings, &iface->problems);
}

/* Questions. */

void
vm_case_happen(const struct vm_case *one, const struct vm_engine *engine,
               struct vm_engine *then, long long int now,
               struct vm_problems *warnings)
{
    if (one->member) {
        change_member(one, engine, then, now);
    } else {
        add_vm(one, then, now, warnings);
    }
}

char *
vm_question_parse(struct vm_question *question, const char *text,
                  const struct vm_engine *engine)
{
    static const struct {
        const char *prefix;
        char *(*ask)(const struct vm_engine *, const char *,
                     struct vm_question *);
    } kinds[] = {
        { "lose=", ask_lose }, { "gain=", ask_gain }, { "add=", ask_add },
    };

    memset(question, 0, sizeof *question);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        size_t length = strlen(kinds[i].prefix);

        if (!strncmp(text, kinds[i].prefix, length)) {
            return kinds[i].ask(engine, text + length, question);
        }
    }
    return xasprintf("\"%s\": not a question; possible are lose=MEMBER, "
                     "lose=each, gain=MEMBER[:SPEED] and add=KEY=VALUE,...",
                     text);
}

void
vm_question_destroy(struct vm_question *question)
{
    for (size_t i = 0; i < question->n; i++) {
        struct vm_case *one = question->cases[i];

        free(one->what);
        free(one->member);
        smap_destroy(&one->external_ids);
        free(one);
    }
    free(question->cases);
}
