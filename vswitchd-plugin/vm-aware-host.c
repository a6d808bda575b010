/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-host.h"

#include <string.h>

#include "base/vm-problem.h"
#include "engine/vm-engine.h"
#include "engine/vm-requests.h"
#include "ofproto/ofproto-dpif.h"
#include "ovs-rcu.h"
#include "report/vm-bond-status.h"
#include "smap.h"
#include "sset.h"
#include "timeval.h"
#include "util.h"
#include "vm-aware-column.h"
#include "vm-aware-join.h"
#include "vm-aware-rows.h"
#include "vm-aware-status.h"
#include "vm-aware-table.h"

struct ovs_list vm_aware_bonds = OVS_LIST_INITIALIZER(&vm_aware_bonds);

/* The same bonds, for all threads. */
struct bond_array {
    size_t n;
    const struct vm_aware_bond *bonds[];
};

static OVSRCU_TYPE(struct bond_array *) published
    = OVSRCU_INITIALIZER(NULL);

/* What the bonds that are gone have added to get_seqno(), and one for each
 * bond that came or went. */
static unsigned int past_changes;

/* How often a bond came or went. */
static unsigned int bond_changes;

/* Interface:status and Port:status. */
static struct vm_aware_column columns[BOND_N_ROWS] = {
    [BOND_ROW_INTERFACE]
        = VM_AWARE_COLUMN_INITIALIZER(&columns[BOND_ROW_INTERFACE],
                                      vm_aware_interface_keys,
                                      VM_AWARE_N_INTERFACE_KEYS),
    [BOND_ROW_PORT]
        = VM_AWARE_COLUMN_INITIALIZER(&columns[BOND_ROW_PORT],
                                      vm_aware_port_keys,
                                      VM_AWARE_N_PORT_KEYS),
};

/* get_seqno() when 'columns' were last brought up to date, and 'past_changes'
 * at that time. */
static unsigned int status_seqno, status_past;

static struct vm_problems other_problems = VM_PROBLEMS_INITIALIZER;

static struct ovs_list jobs = OVS_LIST_INITIALIZER(&jobs);

static void
publish_bonds(void)
{
    size_t n = ovs_list_size(&vm_aware_bonds);
    struct bond_array *array = xmalloc(sizeof *array
                                       + n * sizeof *array->bonds);
    struct bond_array *old = ovsrcu_get_protected(struct bond_array *,
                                                  &published);
    const struct vm_aware_bond *va;

    array->n = 0;
    VM_AWARE_FOR_EACH_BOND (va) {
        array->bonds[array->n++] = va;
    }
    ovsrcu_set(&published, array);
    ovsrcu_postpone(free, old);
}

void
vm_aware_host_add(struct vm_aware_bond *va)
{
    ovs_list_push_back(&vm_aware_bonds, &va->list_node);
    publish_bonds();
    past_changes++;
    bond_changes++;
}

void
vm_aware_host_remove(struct vm_aware_bond *va)
{
    ovs_list_remove(&va->list_node);
    publish_bonds();
    past_changes += vm_engine_seqno(va->engine) + 1;
    bond_changes++;
}

unsigned int
vm_aware_host_bond_changes(void)
{
    return bond_changes;
}

struct vm_aware_bond *
vm_aware_host_on_datapath(const struct ofproto_dpif *ofproto)
{
    struct vm_aware_bond *va;

    VM_AWARE_FOR_EACH_BOND (va) {
        if (va->ofproto->backer == ofproto->backer) {
            return va;
        }
    }
    return NULL;
}

size_t
vm_aware_host_count_announcing(struct vm_aware_bond *asking)
{
    static unsigned int round;
    static size_t n;

    if (asking->announce_round == round) {
        const struct vm_aware_bond *va;

        round++;
        n = 0;
        VM_AWARE_FOR_EACH_BOND (va) {
            n += !vm_aware_announcer_is_idle(&va->announcer);
        }
    }
    asking->announce_round = round;
    return n;
}

struct vm_aware_bond *
vm_aware_host_find(const char *name)
{
    struct vm_aware_bond *va;

    VM_AWARE_FOR_EACH_BOND (va) {
        if (!strcmp(vm_aware_bond_name(va), name)) {
            return va;
        }
    }
    return NULL;
}

const struct vm_aware_bond *
vm_aware_host_get(size_t i)
{
    const struct bond_array *array = ovsrcu_get(struct bond_array *,
                                                &published);

    return array && i < array->n ? array->bonds[i] : NULL;
}

bool
vm_aware_host_is_trunk(const char *iface)
{
    const struct vm_aware_bond *va;

    for (size_t i = 0; (va = vm_aware_host_get(i)) != NULL; i++) {
        const struct vm_aware_table *table
            = ovsrcu_get(struct vm_aware_table *, &va->table);
        const struct vm_aware_entry *entry
            = vm_aware_table_find_interface(table, iface);

        if (entry && entry->by_mac) {
            return true;
        }
    }
    return false;
}

struct ovs_list *
vm_aware_host_jobs(void)
{
    return &jobs;
}

/* Returns a number that changes whenever that of a bond does, and when bonds
 * come and go. */
static unsigned int
get_seqno(void)
{
    const struct vm_aware_bond *va;
    unsigned int sum = past_changes;

    VM_AWARE_FOR_EACH_BOND (va) {
        sum += vm_engine_seqno(va->engine);
    }
    return sum;
}

struct vm_aware_column *
vm_aware_host_column(enum bond_row row)
{
    return &columns[row];
}

/* Wants what 'va' says of itself. */
static void
want_port(struct vm_aware_column *column, const struct vm_aware_bond *va)
{
    const char *values[VM_AWARE_N_PORT_KEYS];
    struct smap keys = SMAP_INITIALIZER(&keys);

    vm_bond_status_to_smap(&va->port_status.status, &keys);
    for (size_t i = 0; i < VM_AWARE_N_PORT_KEYS; i++) {
        values[i] = smap_get(&keys, vm_aware_port_keys[i]);
    }
    vm_aware_column_want(column, vm_aware_bond_name(va), values);
    smap_destroy(&keys);
}

static void
update_ports(long long int now)
{
    struct vm_aware_column *column = &columns[BOND_ROW_PORT];
    struct vm_aware_bond *va;

    vm_aware_column_begin(column);
    VM_AWARE_FOR_EACH_BOND (va) {
        if (va->configured
            && vm_aware_port_status_run(&va->port_status, va->engine, now)) {
            want_port(column, va);
        } else {
            vm_aware_column_keep(column, vm_aware_bond_name(va));
        }
    }
    vm_aware_column_end(column);
}

/* Adds the interfaces about which there are news to 'names'.  Returns true if
 * there are about all: also with several bonds, since which one the status is
 * about depends on what was sent over each, and during a failover. */
static bool
take_news(struct sset *names)
{
    bool all = (past_changes != status_past
                || ovs_list_size(&vm_aware_bonds) > 1);
    struct vm_aware_bond *va;

    status_past = past_changes;
    vm_aware_rows_take_moved(names);
    VM_AWARE_FOR_EACH_BOND (va) {
        all |= vm_news_take(vm_engine_news(va->engine), names);
        all |= vm_failovers_occur(
            &vm_engine_requests(va->engine)->failovers);
    }
    return all;
}

/* Returns true if the status of an interface should be about another bond,
 * since it has sent more to that one. */
static bool
any_sent_elsewhere(void)
{
    struct vm_aware_bond *va;
    bool any = false;

    if (ovs_list_size(&vm_aware_bonds) < 2) {
        return false;
    }
    VM_AWARE_FOR_EACH_BOND (va) {
        any |= (va->senders_are_new
                && vm_aware_status_is_of_other(&columns[BOND_ROW_INTERFACE],
                                               &vm_aware_bonds,
                                               &va->senders));
        va->senders_are_new = false;
    }
    return any;
}

void
vm_aware_host_update_status(void)
{
    unsigned int seqno = get_seqno();
    long long int now = time_msec();

    if (status_seqno != seqno || vm_aware_rows_any_moved()
        || any_sent_elsewhere()) {
        struct sset names = SSET_INITIALIZER(&names);
        bool all;

        vm_aware_join_answer(&vm_aware_bonds, now);
        all = take_news(&names);
        status_seqno = get_seqno();
        vm_aware_status_set_interfaces(&columns[BOND_ROW_INTERFACE],
                                       &vm_aware_bonds, all ? NULL : &names);
        sset_destroy(&names);
    }
    update_ports(now);
}

static bool
contains(const struct vm_problems *problems, const struct vm_problem *problem)
{
    for (size_t i = 0; i < problems->n; i++) {
        if (!strcmp(problems->list[i].where, problem->where)
            && !strcmp(problems->list[i].text, problem->text)) {
            return true;
        }
    }
    return false;
}

void
vm_aware_host_set_problems(struct vm_problems *problems)
{
    for (size_t i = 0; i < problems->n; i++) {
        if (!contains(&other_problems, &problems->list[i])) {
            vm_aware_log_other_problem(&problems->list[i]);
        }
    }
    vm_problems_destroy(&other_problems);
    other_problems = *problems;
}

const struct vm_problems *
vm_aware_host_problems(void)
{
    return &other_problems;
}
