/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "agent-db.h"

#include <stdlib.h>
#include <string.h>

#include "agent-kill.h"
#include "agent-policy.h"
#include "agent-rows.h"
#include "agent-work.h"
#include "base/vm-value.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "sset.h"
#include "util.h"
#include "vswitch-idl.h"

VLOG_DEFINE_THIS_MODULE(agent_db);

#define LOCK "ovs_vm_agent"

/* An answer that is to be written, is being written, or was written. */
struct agent_write {
    struct ovs_list node;
    char *uuid;
    struct agent_answer answer;
    bool ok;
};

struct agent_db {
    struct ovsdb_idl *idl;
    unsigned int seqno;         /* Of the orders that were passed on. */
    struct ovsdb_idl_txn *txn;  /* Under way, or null. */
    struct ovs_list waiting;    /* Contain struct agent_write. */
    struct ovs_list writing;
    struct ovs_list written;
    struct sset disagreeing;    /* VMs that were warned about. */
    const struct agent_policies *policies; /* Null: not known yet. */
    bool policies_due;          /* Rows may differ from them. */
};

struct agent_db *
agent_db_create(const char *remote)
{
    struct agent_db *db = xzalloc(sizeof *db);

    db->idl = ovsdb_idl_create(remote, &ovsrec_idl_class, false, true);
    ovsdb_idl_set_lock(db->idl, LOCK);
    ovsdb_idl_add_table(db->idl, &ovsrec_table_open_vswitch);
    ovsdb_idl_add_column(db->idl, &ovsrec_open_vswitch_col_external_ids);
    ovsdb_idl_add_table(db->idl, &ovsrec_table_bridge);
    ovsdb_idl_add_column(db->idl, &ovsrec_bridge_col_name);
    ovsdb_idl_add_column(db->idl, &ovsrec_bridge_col_ports);
    ovsdb_idl_add_table(db->idl, &ovsrec_table_port);
    ovsdb_idl_add_column(db->idl, &ovsrec_port_col_name);
    ovsdb_idl_add_column(db->idl, &ovsrec_port_col_status);
    ovsdb_idl_add_table(db->idl, &ovsrec_table_interface);
    ovsdb_idl_add_column(db->idl, &ovsrec_interface_col_name);
    ovsdb_idl_add_column(db->idl, &ovsrec_interface_col_external_ids);
    ovsdb_idl_add_column(db->idl, &ovsrec_interface_col_status);
    ovs_list_init(&db->waiting);
    ovs_list_init(&db->writing);
    ovs_list_init(&db->written);
    sset_init(&db->disagreeing);
    return db;
}

static void
free_write(struct agent_write *write)
{
    agent_answer_destroy(&write->answer);
    free(write->uuid);
    free(write);
}

void
agent_db_destroy(struct agent_db *db)
{
    struct agent_write *write;

    ovs_list_push_back_all(&db->waiting, &db->writing);
    ovs_list_push_back_all(&db->waiting, &db->written);
    LIST_FOR_EACH_POP (write, node, &db->waiting) {
        free_write(write);
    }
    if (db->txn) {
        ovsdb_idl_txn_destroy(db->txn);
    }
    ovsdb_idl_destroy(db->idl);
    sset_destroy(&db->disagreeing);
    free(db);
}

/* Returns true if the agent may act upon what it reads. */
bool
agent_db_is_up(const struct agent_db *db)
{
    return ovsdb_idl_is_connected(db->idl)
           && ovsdb_idl_has_ever_connected(db->idl)
           && ovsdb_idl_has_lock(db->idl);
}

/* For people. */
const char *
agent_db_state(const struct agent_db *db)
{
    return agent_db_is_up(db) ? "connected"
           : !ovsdb_idl_is_connected(db->idl) ? "not connected"
           : ovsdb_idl_is_lock_contended(db->idl)
             ? "another ovs-vm-agent acts for it"
           : "connecting";
}

static void
report_disagreement(struct agent_db *db, const char *uuid, bool disagree)
{
    if (!disagree) {
        sset_find_and_delete(&db->disagreeing, uuid);
    } else if (sset_add(&db->disagreeing, uuid)) {
        VLOG_INFO("VM %s: its interfaces have different requests; waiting "
                  "until they agree", uuid);
    }
}

/* Passes the requests on if the database has changed.  Returns true if so. */
bool
agent_db_pass_orders(struct agent_db *db, struct agent_work *work)
{
    unsigned int seqno = ovsdb_idl_get_seqno(db->idl);
    struct shash vms = SHASH_INITIALIZER(&vms);

    agent_work_set_db_up(work, agent_db_is_up(db));
    if (seqno == db->seqno || !ovsdb_idl_has_ever_connected(db->idl)) {
        return false;
    }
    db->seqno = seqno;
    db->policies_due |= db->policies != NULL;

    agent_rows_read(db->idl, &vms);

    const struct shash_node **sorted = shash_sort(&vms);

    agent_work_orders_begin(work);
    for (size_t i = 0; i < shash_count(&vms); i++) {
        struct agent_rows *vm = sorted[i]->data;
        const char *uuid = sorted[i]->name;

        report_disagreement(db, uuid, vm->disagree);
        if (vm->order.id || vm->answer.id || vm->answer.suspended
            || agent_work_find(work, uuid)) {
            agent_work_set_order(work, uuid,
                                 vm->disagree ? NULL : &vm->order,
                                 &vm->answer);
        }
    }
    agent_work_orders_end(work);
    free(sorted);
    agent_rows_destroy(&vms);
    return true;
}

void
agent_db_write(struct agent_db *db, const char *uuid,
               const struct agent_answer *answer)
{
    struct agent_write *write = xzalloc(sizeof *write);

    write->uuid = xstrdup(uuid);
    agent_answer_clone(&write->answer, answer);
    ovs_list_push_back(&db->waiting, &write->node);
}

static void
set_key(const struct ovsrec_interface *row, const char *key,
        const char *value)
{
    const char *old = smap_get(&row->external_ids, key);

    if (nullable_string_is_equal(old, value)) {
        return;
    } else if (value) {
        ovsrec_interface_update_external_ids_setkey(row, key, value);
    } else {
        ovsrec_interface_update_external_ids_delkey(row, key);
    }
}

static void
write_rows(const struct agent_db *db, const struct agent_write *write)
{
    const struct agent_answer *answer = &write->answer;
    const struct ovsrec_interface *row;

    OVSREC_INTERFACE_FOR_EACH (row, db->idl) {
        const char *uuid = agent_row_vm(row);

        if (!uuid || strcmp(uuid, write->uuid)) {
            continue;
        }
        if (answer->id) {
            set_key(row, "vm-agent-request", answer->id);
            set_key(row, "vm-agent-state",
                    agent_outcome_to_string(answer->outcome));
            set_key(row, "vm-agent-note", answer->note);
        }
        set_key(row, "vm-agent-suspended", answer->suspended);
    }
}

/* Makes the keys of an interface those of its domain. */
static void
write_policy(const struct agent_db *db, const struct ovsrec_interface *row)
{
    struct smap set = SMAP_INITIALIZER(&set);
    struct sset del = SSET_INITIALIZER(&del);
    const char *uuid = agent_row_vm(row);

    if (uuid && agent_policies_diff(db->policies, uuid, &row->external_ids,
                                    &set, &del)) {
        const struct smap_node *node;
        const char *key;

        SMAP_FOR_EACH (node, &set) {
            set_key(row, node->key, node->value);
        }
        SSET_FOR_EACH (key, &del) {
            set_key(row, key, NULL);
        }
        VLOG_DBG("interface %s: its keys follow those of the domain",
                 row->name);
    }
    smap_destroy(&set);
    sset_destroy(&del);
}

/* The domains' policies, which must live as long as 'db', have changed. */
void
agent_db_set_policies(struct agent_db *db,
                      const struct agent_policies *policies)
{
    db->policies = policies;
    db->policies_due = true;
}

static void
begin_transaction(struct agent_db *db)
{
    const struct ovsrec_interface *row;
    struct agent_write *write;

    db->txn = ovsdb_idl_txn_create(db->idl);
    ovsdb_idl_txn_add_comment(db->txn, "ovs-vm-agent");
    if (db->policies_due) {
        db->policies_due = false;
        OVSREC_INTERFACE_FOR_EACH (row, db->idl) {
            write_policy(db, row);
        }
    }
    LIST_FOR_EACH (write, node, &db->waiting) {
        write_rows(db, write);
        agent_kill_at("write-before",
                      agent_outcome_to_string(write->answer.outcome));
    }
    ovs_list_push_back_all(&db->writing, &db->waiting);
}

static void
end_transaction(struct agent_db *db, enum ovsdb_idl_txn_status status)
{
    bool ok = status == TXN_SUCCESS || status == TXN_UNCHANGED;
    struct agent_write *write;

    if (!ok) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);
        VLOG_INFO_RL(&rl, "answers were not written (%s); they will be "
                     "written again", ovsdb_idl_txn_status_to_string(status));
    }
    LIST_FOR_EACH (write, node, &db->writing) {
        write->ok = ok;
        agent_kill_at("write-after",
                      agent_outcome_to_string(write->answer.outcome));
    }
    db->policies_due |= !ok && db->policies;
    ovs_list_push_back_all(&db->written, &db->writing);
    ovsdb_idl_txn_destroy(db->txn);
    db->txn = NULL;
}

void
agent_db_run(struct agent_db *db)
{
    ovsdb_idl_run(db->idl);
    if (!db->txn && agent_db_is_up(db)
        && (db->policies_due || !ovs_list_is_empty(&db->waiting))) {
        begin_transaction(db);
    }
    if (db->txn) {
        enum ovsdb_idl_txn_status status = ovsdb_idl_txn_commit(db->txn);

        if (status != TXN_INCOMPLETE) {
            end_transaction(db, status);
        }
    }
}

void
agent_db_wait(struct agent_db *db)
{
    bool changed = ovsdb_idl_has_ever_connected(db->idl)
                   && ovsdb_idl_get_seqno(db->idl) != db->seqno;

    ovsdb_idl_wait(db->idl);
    if (db->txn) {
        ovsdb_idl_txn_wait(db->txn);
    }
    if (changed || !ovs_list_is_empty(&db->written)) {
        poll_immediate_wake();
    }
}

/* Returns true if a write has ended: the VM, which the caller frees, and
 * whether it succeeded. */
bool
agent_db_take_written(struct agent_db *db, char **uuid, bool *ok)
{
    if (ovs_list_is_empty(&db->written)) {
        return false;
    }

    struct agent_write *write = CONTAINER_OF(ovs_list_pop_front(&db->written),
                                             struct agent_write, node);
    *uuid = xstrdup(write->uuid);
    *ok = write->ok;
    free_write(write);
    return true;
}

/* The list of candidate hosts, which the database owns, or null. */
const char *
agent_db_targets(const struct agent_db *db)
{
    const struct ovsrec_open_vswitch *ovs = ovsrec_open_vswitch_first(db->idl);

    return ovs ? smap_get(&ovs->external_ids, "vm-migrate-targets") : NULL;
}

/* The guarantee that a target must have room for, bit/s. */
uint64_t
agent_db_guarantee(const struct agent_db *db, const char *uuid)
{
    const struct ovsrec_interface *row;
    uint64_t guarantee = 0;

    OVSREC_INTERFACE_FOR_EACH (row, db->idl) {
        const char *rate = smap_get(&row->external_ids, "vm-min-rate");
        const char *vm = agent_row_vm(row);
        uint64_t value;

        if (vm && rate && !strcmp(vm, uuid)
            && vm_number_from_string(rate, &value)) {
            guarantee = MAX(guarantee, value);
        }
    }
    return guarantee;
}

/* Adds the bridges with a vm-aware bond that has no usable member: whatever
 * this host itself would send over them is lost. */
void
agent_db_lost_bridges(const struct agent_db *db, struct sset *bridges)
{
    const struct ovsrec_bridge *bridge;

    OVSREC_BRIDGE_FOR_EACH (bridge, db->idl) {
        for (size_t i = 0; i < bridge->n_ports; i++) {
            const char *usable = smap_get(&bridge->ports[i]->status,
                                          "vm_aware_usable");

            if (usable && !strcmp(usable, "0")) {
                sset_add(bridges, bridge->name);
            }
        }
    }
}
