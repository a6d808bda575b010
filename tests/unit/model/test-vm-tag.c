/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-tag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_tag_commands[];

/* Initializes 'port' from words: a number is the tag, "+N" a VLAN in trunks,
 * "cN" one in cvlans, "802.1q" the ethertype, another word the mode. */
static void
init_port(struct vm_tag_port *port, const char *words)
{
    struct vm_tag_settings settings = { .tag = -1 };
    int64_t trunks[4], cvlans[4];
    char *copy = xstrdup(words);
    char *rest = NULL;

    settings.trunks = trunks;
    settings.cvlans = cvlans;
    for (char *word = strtok_r(copy, " ", &rest); word;
         word = strtok_r(NULL, " ", &rest)) {
        if (*word == '+') {
            trunks[settings.n_trunks++] = atoi(word + 1);
        } else if (*word == 'c') {
            cvlans[settings.n_cvlans++] = atoi(word + 1);
        } else if (!strcmp(word, "802.1q")) {
            settings.qinq_ethtype = word;
        } else if (*word >= '0' && *word <= '9') {
            settings.tag = atoi(word);
        } else {
            settings.vlan_mode = word;
        }
    }
    vm_tag_port_init(port, &settings);
    free(copy);
}

static const struct {
    const char *port;
    const char *bond;
    const char *expected;       /* "TYPE VLAN", "untagged" or "none". */
} cases[] = {
    /* The mode follows from the tag if it is not set. */
    { "", "", "untagged" },
    { "100", "", "8100 100" },
    { "access 100", "", "8100 100" },
    { "access", "", "untagged" },
    { "0", "", "untagged" },
    { "100 +5", "", "8100 100" },

    /* The tag of a trunk means nothing; its trunks decide. */
    { "trunk 7", "", "untagged" },
    { "trunk 7 +7", "", "none" },
    { "trunk 7 +0 +7", "", "untagged" },
    { "+5", "", "none" },

    { "native-tagged 100", "", "8100 100" },
    { "native-untagged 100", "", "8100 100" },
    { "native-untagged 100 +5", "", "8100 100" },
    { "native-tagged", "", "untagged" },

    /* The bond. */
    { "100", "100", "untagged" },
    { "200", "100", "none" },
    { "", "100", "none" },
    { "100", "+100 +200", "8100 100" },
    { "300", "+100 +200", "none" },
    { "", "+100 +200", "none" },
    { "", "+0 +200", "untagged" },
    { "100", "native-untagged 100", "untagged" },
    { "200", "native-untagged 100", "8100 200" },
    { "200", "native-untagged 100 +300", "none" },
    { "100", "native-untagged 100 +300", "untagged" },
    { "", "native-untagged 100", "none" },
    { "", "native-untagged", "untagged" },
    { "100", "native-tagged 100", "8100 100" },
    { "100", "native-tagged 100 +300", "8100 100" },
    { "", "native-tagged 100", "none" },
    { "native-untagged 100", "native-untagged 100", "untagged" },
    { "trunk 7", "native-untagged 7", "none" },

    /* Tunnels. */
    { "dot1q-tunnel 100", "", "88a8 100" },
    { "dot1q-tunnel 100 802.1q", "", "8100 100" },
    { "dot1q-tunnel 100 c5", "", "none" },
    { "dot1q-tunnel 100 c0 c5", "", "88a8 100" },
    { "dot1q-tunnel 100", "+200", "none" },
    { "dot1q-tunnel 100", "native-untagged 100", "untagged" },
    { "dot1q-tunnel 100", "dot1q-tunnel 100", "untagged" },
    { "100", "dot1q-tunnel 100", "untagged" },
    { "100", "dot1q-tunnel 100 c5", "none" },
    { "200", "dot1q-tunnel 100", "none" },

    { "4095", "", "8100 4095" },
    { "4095", "+4095", "8100 4095" },
    { "64", "+63 +65", "none" },
    { "100", "no-such-mode 5", "8100 100" },
};

static void
check_copy(const char *input, const struct vm_tag_port *port,
           const struct vm_tag_port *other)
{
    struct vm_tag_port copy;

    memset(&copy, 0, sizeof copy);
    vm_tag_port_copy(&copy, other);
    vm_tag_port_copy(&copy, port);
    vm_expect_that(input, "the copy is equal", vm_tag_port_equal(&copy, port));
    copy.all = !copy.all;
    vm_expect_that(input, "another one is not",
                   !vm_tag_port_equal(&copy, port));
    vm_tag_port_destroy(&copy);
}

static int
run_out(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct vm_tag_port port, bond;
        struct vm_tag tag;
        char *input = xasprintf("%s -> %s", cases[i].port, cases[i].bond);
        char *got;

        init_port(&port, cases[i].port);
        init_port(&bond, cases[i].bond);
        got = (!vm_tag_out(&port, &bond, &tag) ? xstrdup("none")
               : !tag.vlan ? xstrdup("untagged")
               : xasprintf("%x %d", tag.type, tag.vlan));
        vm_expect_text(input, cases[i].expected, got);
        check_copy(input, &port, &bond);
        free(got);
        free(input);
        vm_tag_port_destroy(&port);
        vm_tag_port_destroy(&bond);
    }
    return vm_expect_result();
}

static const struct {
    const char *bond;
    int vlan;
    const char *expected;       /* VLAN within the bridge, and whether frames
                                 * of that leave over the bond. */
} inside_cases[] = {
    { "", 0, "0 yes" }, { "", 9, "9 yes" },
    { "100", 0, "100 yes" },
    { "+9", 0, "0 no" }, { "+9", 9, "9 yes" }, { "+9", 8, "8 no" },
    { "native-untagged 100", 0, "100 yes" },
    { "native-untagged 100", 9, "9 yes" },
    { "native-tagged 100 +9", 8, "8 no" },
    { "dot1q-tunnel 100", 9, "100 yes" },
};

static int
run_inside(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(inside_cases); i++) {
        struct vm_tag_port bond;
        char *got;
        int vlan;

        init_port(&bond, inside_cases[i].bond);
        vlan = vm_tag_inside(&bond, inside_cases[i].vlan);
        got = xasprintf("%d %s", vlan,
                        vm_tag_carries(&bond, vlan) ? "yes" : "no");
        vm_expect_text(inside_cases[i].bond, inside_cases[i].expected, got);
        free(got);
        vm_tag_port_destroy(&bond);
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_tag_commands[] = {
    { "tag-out", "", 0, 0, run_out },
    { "tag-inside", "", 0, 0, run_inside },
    { NULL, NULL, 0, 0, NULL },
};
