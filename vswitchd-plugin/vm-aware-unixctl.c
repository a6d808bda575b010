/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-unixctl.h"

#include <string.h>

#include "base/vm-problem.h"
#include "base/vm-utf8.h"
#include "engine/vm-engine.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "report/vm-describe.h"
#include "report/vm-fields.h"
#include "report/vm-rebalancing.h"
#include "report/vm-software.h"
#include "svec.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"
#include "vm-aware-host.h"
#include "vm-aware-jobs.h"
#include "vm-release.h"

/* Both ways to ask for the mode, the one that needs no new schema first. */
#define NO_BOND "no bond has other_config:bond-vm-aware=true or " \
                "bond_mode=vm-aware"

static void
reply_error(struct unixctl_conn *conn, char *error)
{
    unixctl_command_reply_error(conn, error);
    free(error);
}

static void
get_names(struct svec *names)
{
    struct vm_aware_bond *va;

    svec_init(names);
    VM_AWARE_FOR_EACH_BOND (va) {
        svec_add(names, vm_aware_bond_name(va));
    }
    svec_sort(names);
}

/* Appends what is wrong with the port 'name', which is no vm-aware bond. */
static void
add_problems_of(const char *name, struct ds *s)
{
    const struct vm_problems *problems = vm_aware_host_problems();
    char *where = xasprintf("port %s", name);

    for (size_t i = 0; i < problems->n; i++) {
        if (!strcmp(problems->list[i].where, where)) {
            ds_put_format(s, "; %s", problems->list[i].text);
        }
    }
    free(where);
}

/* Returns the bond named 'name', or replies with an error that names those
 * that exist and returns null. */
static struct vm_aware_bond *
find_or_reply(struct unixctl_conn *conn, const char *name)
{
    struct vm_aware_bond *va = vm_aware_host_find(name);

    if (!va) {
        struct ds s = DS_EMPTY_INITIALIZER;
        struct svec names;
        char *list;

        get_names(&names);
        list = svec_join(&names, ", ", "");
        ds_put_format(&s, "no vm-aware bond \"%s\", ", name);
        ds_put_format(&s, names.n ? "there are: %s" : "%s",
                      names.n ? list : NO_BOND);
        add_problems_of(name, &s);
        reply_error(conn, ds_steal_cstr(&s));
        free(list);
        svec_destroy(&names);
    }
    return va;
}

/* Takes "--json" out of '*argc' and 'argv', wherever it stands.  Replies with
 * an error and returns false if there is another option or there are more
 * than 'max' other arguments or fewer than 'min'. */
static bool
parse_args(struct unixctl_conn *conn, int argc, const char *argv[],
           int min, int max, const char *args[], int *n_args, bool *json)
{
    *json = vm_unixctl_wants_json(conn);
    *n_args = 0;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--json")) {
            *json = true;
        } else if (argv[i][0] == '-') {
            reply_error(conn, xasprintf("%s: unknown option %s; the only one "
                                        "is --json", argv[0], argv[i]));
            return false;
        } else if (*n_args < max) {
            args[(*n_args)++] = argv[i];
        } else {
            reply_error(conn, xasprintf("%s: unexpected argument %s",
                                        argv[0], argv[i]));
            return false;
        }
    }
    if (*n_args < min) {
        reply_error(conn, xasprintf("%s: missing argument; see "
                                    "ovs-appctl list-commands", argv[0]));
        return false;
    }
    return true;
}

typedef void text_func(const struct vm_engine *, long long int now,
                       struct ds *);
typedef struct json *json_func(const struct vm_engine *, long long int now);

/* Formats what is wrong with ports that are no vm-aware bonds. */
static void
format_other_problems(struct ds *s)
{
    const struct vm_problems *problems = vm_aware_host_problems();

    for (size_t i = 0; i < problems->n; i++) {
        ds_put_cstr(s, "warning: ");
        vm_utf8_append(problems->list[i].where, SIZE_MAX, s);
        ds_put_format(s, ": %s\n", problems->list[i].text);
    }
}

static struct json *
other_problems_to_json(void)
{
    const struct vm_problems *problems = vm_aware_host_problems();
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < problems->n; i++) {
        json_array_add(array, vm_fields_to_json(vm_problem_fields,
                                                &problems->list[i]));
    }
    return array;
}

/* Prints one bond, or all in the order of their names, then with 'others' what
 * is wrong with other ports. */
static void
print_bonds(struct unixctl_conn *conn, int argc, const char *argv[],
            text_func *text, json_func *to_json, bool others)
{
    long long int now = time_msec();
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct json *array = json_array_create_empty();
    struct svec names;
    const char *name;
    int n_args;
    bool json;

    get_names(&names);
    if (!parse_args(conn, argc, argv, 0, 1, &name, &n_args, &json)
        || (n_args && !find_or_reply(conn, name))) {
        goto exit;
    }
    for (size_t i = 0; i < names.n; i++) {
        struct vm_aware_bond *va = vm_aware_host_find(names.names[i]);

        if (n_args && strcmp(names.names[i], name)) {
            continue;
        }
        vm_aware_bond_refresh_counters(va, true, now);
        if (json) {
            json_array_add(array, to_json(va->engine, now));
        } else {
            if (ds.length) {
                ds_put_char(&ds, '\n');
            }
            text(va->engine, now, &ds);
        }
    }
    if (json) {
        struct json *object = json_object_create();

        json_object_put(object, "bonds", array);
        array = NULL;
        if (others) {
            json_object_put(object, "warnings", other_problems_to_json());
        }
        vm_unixctl_reply_json(conn, object, true);
    } else {
        if (!names.n) {
            ds_put_cstr(&ds, NO_BOND"\n");
        }
        if (others && !n_args) {
            format_other_problems(&ds);
        }
        unixctl_command_reply(conn, ds_cstr(&ds));
    }

exit:
    json_destroy(array);
    ds_destroy(&ds);
    svec_destroy(&names);
}

static void
show_text(const struct vm_engine *engine, long long int now, struct ds *s)
{
    vm_describe_show(engine, now, s);
    if (vm_offload_enabled()) {
        vm_software_format(engine, now, s);
    }
}

static struct json *
show_json(const struct vm_engine *engine, long long int now)
{
    struct json *bond = vm_describe_show_json(engine, now);

    json_object_put(bond, "software",
                    vm_offload_enabled() ? vm_software_to_json(engine, now)
                    : json_array_create_empty());
    return bond;
}

static void
vm_aware_unixctl_show(struct unixctl_conn *conn, int argc,
                      const char *argv[], void *aux OVS_UNUSED)
{
    print_bonds(conn, argc, argv, show_text, show_json, true);
}

static void
vm_aware_unixctl_log(struct unixctl_conn *conn, int argc,
                     const char *argv[], void *aux OVS_UNUSED)
{
    print_bonds(conn, argc, argv, vm_describe_log, vm_describe_log_json,
                false);
}

/* Parses "[--json] bond WHAT", and brings the counters of the bond up to date.
 * Returns null after having replied with an error. */
static struct vm_aware_bond *
parse_question(struct unixctl_conn *conn, int argc, const char *argv[],
               long long int now, const char **what, bool *json)
{
    const char *args[2];
    struct vm_aware_bond *va;
    int n_args;

    if (!parse_args(conn, argc, argv, 2, 2, args, &n_args, json)) {
        return NULL;
    }
    va = find_or_reply(conn, args[0]);
    if (va) {
        vm_aware_bond_refresh_counters(va, true, now);
        *what = args[1];
    }
    return va;
}

static void
vm_aware_unixctl_explain(struct unixctl_conn *conn, int argc,
                         const char *argv[], void *aux OVS_UNUSED)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    long long int now = time_msec();
    struct json *object = NULL;
    const char *what;
    bool json;
    struct vm_aware_bond *va = parse_question(conn, argc, argv, now, &what,
                                              &json);
    char *error;

    if (!va) {
        return;
    }
    error = (json ? vm_describe_explain_json(va->engine, what, now, &object)
             : vm_describe_explain(va->engine, what, &ds));
    if (error) {
        reply_error(conn, error);
    } else if (json) {
        vm_unixctl_reply_json(conn, object, true);
    } else {
        unixctl_command_reply(conn, ds_cstr(&ds));
    }
    ds_destroy(&ds);
}

static void
vm_aware_unixctl_migrate(struct unixctl_conn *conn, int argc,
                         const char *argv[], void *aux OVS_UNUSED)
{
    long long int now = time_msec();
    const char *args[3];
    struct vm_aware_bond *va;
    struct json *object;
    int n_args;
    bool json;
    char *error;

    if (!parse_args(conn, argc, argv, 3, 3, args, &n_args, &json)) {
        return;
    }
    va = find_or_reply(conn, args[0]);
    if (!va) {
        return;
    }
    error = vm_engine_migrate(va->engine, args[1], args[2], now);
    if (error) {
        reply_error(conn, error);
        return;
    }
    if (strcmp(args[2], "auto")) {
        vm_aware_log_pin(args[0], args[1], args[2]);
    }
    vm_aware_bond_update(va, now);
    if (!json) {
        unixctl_command_reply(conn, !strcmp(args[2], "auto")
                              ? "placed automatically from now on"
                              : "migrated");
        return;
    }
    error = vm_describe_explain_json(va->engine, args[1], now, &object);
    ovs_assert(!error);
    vm_unixctl_reply_json(conn, object, true);
}

static void
vm_aware_unixctl_rebalance(struct unixctl_conn *conn, int argc,
                           const char *argv[], void *aux OVS_UNUSED)
{
    const struct vm_rebalance *outcome;
    long long int now = time_msec();
    struct vm_aware_bond *va;
    const char *name;
    int n_args;
    bool json;

    if (!parse_args(conn, argc, argv, 1, 1, &name, &n_args, &json)) {
        return;
    }
    va = find_or_reply(conn, name);
    if (!va) {
        return;
    }
    vm_aware_bond_refresh_counters(va, true, now);
    vm_engine_rebalance(va->engine, now);
    vm_aware_bond_update(va, now);
    outcome = vm_engine_rebalancing(va->engine);
    if (json) {
        vm_unixctl_reply_json(conn,
                              vm_rebalance_outcome_to_json(outcome, now),
                              true);
    } else {
        struct ds ds = DS_EMPTY_INITIALIZER;

        vm_rebalance_format(outcome, &ds);
        unixctl_command_reply(conn, ds_cstr(&ds));
        ds_destroy(&ds);
    }
}

static void
vm_aware_unixctl_what_if(struct unixctl_conn *conn, int argc,
                         const char *argv[], void *aux OVS_UNUSED)
{
    const char *what;
    bool json;
    struct vm_aware_bond *va = parse_question(conn, argc, argv, time_msec(),
                                              &what, &json);

    if (va) {
        vm_aware_jobs_ask(va, what, json, conn);
    }
}

void
vm_aware_unixctl_register(void)
{
    unixctl_command_register("vm-aware/show", "[--json] [bond]", 0, 2,
                             vm_aware_unixctl_show, NULL);
    unixctl_command_register("vm-aware/log", "[--json] [bond]", 0, 2,
                             vm_aware_unixctl_log, NULL);
    unixctl_command_register("vm-aware/explain", "[--json] bond vm", 2, 3,
                             vm_aware_unixctl_explain, NULL);
    unixctl_command_register("vm-aware/migrate", "[--json] bond vm "
                             "member|auto", 3, 4,
                             vm_aware_unixctl_migrate, NULL);
    unixctl_command_register("vm-aware/rebalance", "[--json] bond", 1, 2,
                             vm_aware_unixctl_rebalance, NULL);
    unixctl_command_register("vm-aware/what-if", "[--json] bond "
                             "lose=MEMBER|gain=MEMBER[:SPEED]|"
                             "add=KEY=VALUE,...", 2, 3,
                             vm_aware_unixctl_what_if, NULL);
}
