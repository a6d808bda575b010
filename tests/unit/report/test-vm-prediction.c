/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-prediction.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "report/vm-forecast.h"
#include "report/vm-whatif.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-stage.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_prediction_commands[];

/* What each VM gets of a member that is overloaded after the loss of eth1, and
 * whether it really gets that when policing has settled.  1 Gbit/s, of which
 * 970 Mbit/s are divided. */
struct outcome {
    const char *commands[12];
    const char *text;           /* From the first empty line on. */
    const char *event;
};

static const struct outcome outcomes[] = {
    /* 157 %: nothing is guaranteed.  Shares decide. */
    { { "member eth0 speed=1G", "member eth1 speed=1G",
        "vm a vnet0 uplinks=eth0,*", "vm b vnet1 uplinks=eth1,* shares=100",
        "traffic a 800M", "traffic b 770M", "advance 5s" },
      "  VM  member  wants       gets          guarantee\n"
      "  a   eth0    800 Mbit/s  323.3 Mbit/s  none\n"
      "  b   eth0    770 Mbit/s  646.7 Mbit/s  none\n"
      "  safe: false\n"
      "    VM a: gets 323.3 Mbit/s of the 800 Mbit/s that it sends\n"
      "    VM b: gets 646.7 Mbit/s of the 770 Mbit/s that it sends\n"
      "\n"
      "N+1 safe: false\n", "link eth1 down" },
    /* A guarantee, and a VM that wants little, lose nothing. */
    { { "member eth0 speed=1G", "member eth1 speed=1G",
        "vm gold vnet0 uplinks=eth1,* min-rate=600M priority=6",
        "vm bulk vnet1 uplinks=eth0", "vm mouse vnet2 uplinks=eth0",
        "traffic gold 590M", "traffic bulk 700M", "traffic mouse 50M",
        "advance 5s" },
      "  VM    member  wants       gets        guarantee\n"
      "  bulk  eth0    700 Mbit/s  330 Mbit/s  none\n"
      "  safe: false\n"
      "    VM bulk: gets 330 Mbit/s of the 700 Mbit/s that it sends\n"
      "\n"
      "N+1 safe: false\n", "link eth1 down" },
    /* 95 %: enough for all. */
    { { "member eth0 speed=1G", "member eth1 speed=1G",
        "vm a vnet0 uplinks=eth0,*", "vm b vnet1 uplinks=eth1,*",
        "traffic a 500M", "traffic b 450M", "advance 5s" },
      "  b   eth1  eth0  450 Mbit/s  at-once  eth1 was lost\n"
      "  safe: true\n"
      "\n"
      "N+1 safe: true\n", "link eth1 down" },
};

/* Compares the predicted rates with those of the meters. */
static void
expect_settled(const struct vm_forecast *forecast, struct vm_stage *stage,
               const char *what)
{
    for (size_t i = 0; i < forecast->n_rates; i++) {
        const struct vm_forecast_rate *rate = &forecast->rates[i];
        const struct vm_endpoint *endpoint = vm_inventory_find_endpoint(
            vm_engine_inventory(stage->engine), rate->who);
        char *input = xasprintf("%s: %s gets %"PRIu64, what, rate->who,
                                endpoint->rate);

        vm_expect_that(input, "the meter has the predicted rate but for the "
                       "room that others have to grow",
                       endpoint->rate > rate->granted / 10 * 8
                       && endpoint->rate < rate->granted / 10 * 11);
        free(input);
    }
}

static void
try_outcome(const struct outcome *outcome, const char *what)
{
    struct vm_forecasts forecasts;
    struct ds s = DS_EMPTY_INITIALIZER;
    struct vm_stage stage;

    vm_stage_init(&stage);
    for (size_t i = 0; outcome->commands[i]; i++) {
        free(vm_stage_command(&stage, outcome->commands[i]));
    }
    vm_stage_run(&stage);
    vm_expect_text(what, NULL, vm_whatif(stage.engine, "lose=eth1", stage.now,
                                         &forecasts));
    forecasts.each = true;
    vm_forecasts_format(&forecasts, &s);
    size_t length = strlen(outcome->text);
    vm_expect_text(what, outcome->text,
                   ds_cstr(&s) + (s.length > length ? s.length - length : 0));

    free(vm_stage_command(&stage, outcome->event));
    free(vm_stage_command(&stage, "advance 20s"));
    vm_stage_run(&stage);
    expect_settled(&forecasts.list[0], &stage, what);

    ds_destroy(&s);
    vm_forecasts_destroy(&forecasts);
    vm_stage_destroy(&stage);
}

static int
run_rates(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++) {
        char *what = xasprintf("case %"PRIuSIZE, i);

        try_outcome(&outcomes[i], what);
        free(what);
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_prediction_commands[] = {
    { "prediction-rates", "", 0, 0, run_rates },
    { NULL, NULL, 0, 0, NULL },
};
