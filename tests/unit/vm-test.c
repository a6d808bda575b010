/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-test.h"

#include <stdio.h>
#include <string.h>

#include "util.h"

static int run_list(int argc, char *argv[]);
static int run_list_benches(int argc, char *argv[]);

static const struct vm_test_command own_commands[] = {
    { "list-commands", "", 0, 0, run_list },
    { "list-benches", "", 0, 0, run_list_benches },
    { NULL, NULL, 0, 0, NULL },
};

/* Every table of commands.  A new test-vm-NAME.c of tests/unit/LAYER/ is
 * declared and listed here, and in tests/automake.mk. */
extern const struct vm_test_command test_agent_choice_commands[];
extern const struct vm_test_command test_agent_policy_commands[];
extern const struct vm_test_command test_agent_random_commands[];
extern const struct vm_test_command test_agent_verdict_commands[];
extern const struct vm_test_command test_agent_work_commands[];
extern const struct vm_test_command test_vm_load_commands[];
extern const struct vm_test_command test_vm_reason_commands[];
extern const struct vm_test_command test_vm_map_commands[];
extern const struct vm_test_command test_vm_set_commands[];
extern const struct vm_test_command test_vm_sorted_commands[];
extern const struct vm_test_command test_vm_utf8_commands[];
extern const struct vm_test_command test_vm_value_commands[];
extern const struct vm_test_command test_vm_endpoint_commands[];
extern const struct vm_test_command test_vm_hold_off_commands[];
extern const struct vm_test_command test_vm_endpoint_names_commands[];
extern const struct vm_test_command test_vm_inventory_commands[];
extern const struct vm_test_command test_vm_key_commands[];
extern const struct vm_test_command test_vm_mac_commands[];
extern const struct vm_test_command test_vm_member_commands[];
extern const struct vm_test_command test_vm_mode_commands[];
extern const struct vm_test_command test_vm_changes_commands[];
extern const struct vm_test_command test_vm_watch_commands[];
extern const struct vm_test_command test_vm_news_commands[];
extern const struct vm_test_command test_vm_endpoint_list_commands[];
extern const struct vm_test_command test_vm_places_commands[];
extern const struct vm_test_command test_vm_policy_commands[];
extern const struct vm_test_command test_vm_policy_text_commands[];
extern const struct vm_test_command test_vm_reader_commands[];
extern const struct vm_test_command test_vm_slot_load_commands[];
extern const struct vm_test_command test_vm_slot_commands[];
extern const struct vm_test_command test_vm_tag_commands[];
extern const struct vm_test_command test_vm_admission_commands[];
extern const struct vm_test_command test_vm_admission_room_commands[];
extern const struct vm_test_command test_vm_balance_random_commands[];
extern const struct vm_test_command test_vm_balance_commands[];
extern const struct vm_test_command test_vm_demand_table_commands[];
extern const struct vm_test_command test_vm_demand_commands[];
extern const struct vm_test_command test_vm_drops_commands[];
extern const struct vm_test_command test_vm_local_search_commands[];
extern const struct vm_test_command test_vm_packing_commands[];
extern const struct vm_test_command test_vm_placement_random_commands[];
extern const struct vm_test_command test_vm_placement_commands[];
extern const struct vm_test_command test_vm_limit_commands[];
extern const struct vm_test_command test_vm_rates_commands[];
extern const struct vm_test_command test_vm_remedy_commands[];
extern const struct vm_test_command test_vm_reservations_commands[];
extern const struct vm_test_command test_vm_snapshot_commands[];
extern const struct vm_test_command test_vm_builder_commands[];
extern const struct vm_test_command test_vm_engine_commands[];
extern const struct vm_test_command test_vm_engine_work_commands[];
extern const struct vm_test_command test_vm_journal_commands[];
extern const struct vm_test_command test_vm_budget_commands[];
extern const struct vm_test_command test_vm_clone_commands[];
extern const struct vm_test_command test_vm_concern_commands[];
extern const struct vm_test_command test_vm_drain_commands[];
extern const struct vm_test_command test_vm_meter_commands[];
extern const struct vm_test_command test_vm_request_check_commands[];
extern const struct vm_test_command test_vm_request_commands[];
extern const struct vm_test_command test_vm_request_id_commands[];
extern const struct vm_test_command test_vm_request_turn_commands[];
extern const struct vm_test_command test_vm_return_commands[];
extern const struct vm_test_command test_vm_pace_commands[];
extern const struct vm_test_command test_vm_policing_commands[];
extern const struct vm_test_command test_vm_self_check_commands[];
extern const struct vm_test_command test_vm_sender_rest_commands[];
extern const struct vm_test_command test_vm_uncounted_commands[];
extern const struct vm_test_command test_vm_unmet_commands[];
extern const struct vm_test_command test_vm_describe_absent_commands[];
extern const struct vm_test_command test_vm_describe_commands[];
extern const struct vm_test_command test_vm_describe_log_commands[];
extern const struct vm_test_command test_vm_explain_commands[];
extern const struct vm_test_command test_vm_prediction_commands[];
extern const struct vm_test_command test_vm_question_commands[];
extern const struct vm_test_command test_vm_rebalancing_commands[];
extern const struct vm_test_command test_vm_software_commands[];
extern const struct vm_test_command test_vm_table_commands[];
extern const struct vm_test_command test_vm_whatif_commands[];
extern const struct vm_test_command test_vm_whatif_steps_commands[];
extern const struct vm_test_command test_vm_whatif_table_commands[];
extern const struct vm_test_command test_vm_balance_bench_commands[];
extern const struct vm_test_command test_vm_balance_cost_commands[];
extern const struct vm_test_command test_vm_engine_cost_commands[];
extern const struct vm_test_command test_vm_engine_events_commands[];

static const struct vm_test_command *const tables[] = {
    own_commands,
    test_agent_choice_commands,
    test_agent_policy_commands,
    test_agent_random_commands,
    test_agent_verdict_commands,
    test_agent_work_commands,
    test_vm_load_commands,
    test_vm_reason_commands,
    test_vm_map_commands,
    test_vm_set_commands,
    test_vm_sorted_commands,
    test_vm_utf8_commands,
    test_vm_value_commands,
    test_vm_endpoint_commands,
    test_vm_hold_off_commands,
    test_vm_endpoint_names_commands,
    test_vm_inventory_commands,
    test_vm_key_commands,
    test_vm_mac_commands,
    test_vm_member_commands,
    test_vm_mode_commands,
    test_vm_changes_commands,
    test_vm_watch_commands,
    test_vm_news_commands,
    test_vm_endpoint_list_commands,
    test_vm_places_commands,
    test_vm_policy_commands,
    test_vm_policy_text_commands,
    test_vm_reader_commands,
    test_vm_slot_load_commands,
    test_vm_slot_commands,
    test_vm_tag_commands,
    test_vm_admission_commands,
    test_vm_admission_room_commands,
    test_vm_balance_random_commands,
    test_vm_balance_commands,
    test_vm_demand_table_commands,
    test_vm_demand_commands,
    test_vm_drops_commands,
    test_vm_local_search_commands,
    test_vm_packing_commands,
    test_vm_placement_random_commands,
    test_vm_placement_commands,
    test_vm_limit_commands,
    test_vm_rates_commands,
    test_vm_remedy_commands,
    test_vm_reservations_commands,
    test_vm_snapshot_commands,
    test_vm_builder_commands,
    test_vm_engine_commands,
    test_vm_engine_work_commands,
    test_vm_journal_commands,
    test_vm_budget_commands,
    test_vm_clone_commands,
    test_vm_concern_commands,
    test_vm_drain_commands,
    test_vm_meter_commands,
    test_vm_request_check_commands,
    test_vm_request_commands,
    test_vm_request_id_commands,
    test_vm_request_turn_commands,
    test_vm_return_commands,
    test_vm_pace_commands,
    test_vm_policing_commands,
    test_vm_self_check_commands,
    test_vm_sender_rest_commands,
    test_vm_uncounted_commands,
    test_vm_unmet_commands,
    test_vm_describe_absent_commands,
    test_vm_describe_commands,
    test_vm_describe_log_commands,
    test_vm_explain_commands,
    test_vm_prediction_commands,
    test_vm_question_commands,
    test_vm_rebalancing_commands,
    test_vm_software_commands,
    test_vm_table_commands,
    test_vm_whatif_commands,
    test_vm_whatif_steps_commands,
    test_vm_whatif_table_commands,
};

/* Those of tests/bench/, which "make bench" runs. */
static const struct vm_test_command *const benches[] = {
    test_vm_balance_cost_commands,
    test_vm_balance_bench_commands,
    test_vm_engine_cost_commands,
    test_vm_engine_events_commands,
};

static void
list(const struct vm_test_command *const *all, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (const struct vm_test_command *c = all[i]; c->name; c++) {
            printf("%s%s%s\n", c->name, c->usage[0] ? " " : "", c->usage);
        }
    }
}

static int
run_list(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    list(tables, ARRAY_SIZE(tables));
    return 0;
}

static int
run_list_benches(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    list(benches, ARRAY_SIZE(benches));
    return 0;
}

static const struct vm_test_command *
find_in(const struct vm_test_command *const *all, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        for (const struct vm_test_command *c = all[i]; c->name; c++) {
            if (!strcmp(c->name, name)) {
                return c;
            }
        }
    }
    return NULL;
}

static const struct vm_test_command *
find_command(const char *name)
{
    const struct vm_test_command *command
        = find_in(tables, ARRAY_SIZE(tables), name);

    return command ? command : find_in(benches, ARRAY_SIZE(benches), name);
}

int
main(int argc, char *argv[])
{
    const struct vm_test_command *command;

    set_program_name(argv[0]);
    if (argc < 2) {
        fprintf(stderr, "usage: %s COMMAND [ARGUMENT...]; "
                "\"list-commands\" lists the commands\n", program_name);
        return 2;
    }

    command = find_command(argv[1]);
    if (!command) {
        fprintf(stderr, "%s: no command \"%s\"; "
                "\"list-commands\" lists the commands\n",
                program_name, argv[1]);
        return 2;
    }
    if (argc - 2 < command->min_args || argc - 2 > command->max_args) {
        fprintf(stderr, "usage: %s %s %s\n",
                program_name, command->name, command->usage);
        return 2;
    }

    int retval = command->run(argc - 1, argv + 1);
    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "%s: writing to stdout failed\n", program_name);
        return 2;
    }
    return retval;
}
