/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "utilities/agent/agent-policy.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "sset.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_agent_policy_commands[];

/* Metadata of domain "web", external_ids of its interface as KEY=VALUE;, and
 * what changes: KEY=VALUE is set, -KEY deleted. */
static const struct {
    const char *xml;
    const char *ids;
    const char *expected;
} cases[] = {
    { NULL, "", "vm-agent-keys=vm-name;vm-name=web;" },
    { NULL, "vm-agent-keys=vm-name;vm-name=web", "" },
    { NULL, "vm-name=mine", "" },
    { NULL, "vm-agent-keys=vm-name;vm-name=old", "vm-name=web;" },
    { "<policy priority='6'/>", "vm-agent-keys=vm-name;vm-name=web",
      "vm-agent-keys=vm-name vm-priority;vm-priority=6;" },
    { "<vm:policy xmlns:vm=\"urn:x\" uplinks=\"eth0,*\"/>",
      "vm-agent-keys=vm-name;vm-name=web",
      "vm-agent-keys=vm-name vm-uplinks;vm-uplinks=eth0,*;" },
    { "<policy priority='6'/>", "vm-name=mine;vm-priority=2",
      "vm-agent-keys=vm-priority;vm-priority=6;" },
    { NULL, "vm-agent-keys=vm-name vm-priority;vm-name=web;vm-priority=6",
      "vm-agent-keys=vm-name;-vm-priority;" },
    { NULL, "vm-agent-keys=vm-priority;vm-name=mine;vm-priority=6",
      "-vm-agent-keys;-vm-priority;" },
    { "<policy id='x' name='y' sing='z'/>",
      "vm-agent-keys=vm-name;vm-name=web", "" },
};

static void
read_ids(struct smap *ids, const char *text)
{
    char *copy = xstrdup(text), *save = NULL;

    for (char *pair = strtok_r(copy, ";", &save); pair;
         pair = strtok_r(NULL, ";", &save)) {
        char *key = strsep(&pair, "=");

        smap_add(ids, key, pair);
    }
    free(copy);
}

static char *
diff(const char *xml, const char *ids_text)
{
    struct agent_policies *policies = agent_policies_create();
    struct smap ids = SMAP_INITIALIZER(&ids);
    struct smap set = SMAP_INITIALIZER(&set);
    struct sset del = SSET_INITIALIZER(&del);
    struct ds s = DS_EMPTY_INITIALIZER;

    read_ids(&ids, ids_text);
    agent_policies_begin(policies);
    agent_policies_set(policies, "u", "web", xml);
    vm_expect_that("a new domain", "is a change",
                   agent_policies_end(policies));
    agent_policies_begin(policies);
    agent_policies_set(policies, "u", "web", xml);
    vm_expect_that("the same domain", "is no change",
                   !agent_policies_end(policies));
    agent_policies_diff(policies, "u", &ids, &set, &del);

    const struct smap_node **nodes = smap_sort(&set);
    for (size_t i = 0; i < smap_count(&set); i++) {
        ds_put_format(&s, "%s=%s;", nodes[i]->key, nodes[i]->value);
    }
    free(nodes);
    const char **names = sset_sort(&del);
    for (size_t i = 0; i < sset_count(&del); i++) {
        ds_put_format(&s, "-%s;", names[i]);
    }
    free(names);
    smap_destroy(&ids);
    smap_destroy(&set);
    sset_destroy(&del);
    agent_policies_destroy(policies);
    return ds_steal_cstr(&s);
}

static int
run_policies(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *got = diff(cases[i].xml, cases[i].ids);

        vm_expect_text(cases[i].ids, cases[i].expected, got);
        free(got);
    }
    return vm_expect_result();
}

const struct vm_test_command test_agent_policy_commands[] = {
    { "agent-policy", "", 0, 0, run_policies },
    { NULL, NULL, 0, 0, NULL },
};
