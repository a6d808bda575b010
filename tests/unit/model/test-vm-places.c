/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-places.h"

#include <stdio.h>
#include <string.h>

#include "model/vm-endpoint.h"
#include "model/vm-slot.h"
#include "openvswitch/dynamic-string.h"
#include "svec.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_places_commands[];

static struct vm_slot *
create_slot(struct vm_endpoint *endpoint, const char *pref_text)
{
    struct vm_pref pref = VM_PREF_INITIALIZER;
    struct ds complaint = DS_EMPTY_INITIALIZER;

    ovs_assert(vm_pref_from_string(pref_text, &pref, &complaint));
    struct vm_slot *slot = vm_slot_create(endpoint, &pref);
    vm_pref_destroy(&pref);
    ds_destroy(&complaint);
    return slot;
}

/* Keeps a place of 'id': 'member' and 'pinned' may be null. */
static void
keep(struct vm_places *places, const char *id, const char *pref,
     const char *member, const char *pinned)
{
    struct vm_endpoint *endpoint = vm_endpoint_create(id);
    struct vm_slot *slot = create_slot(endpoint, pref);

    slot->member = nullable_xstrdup(member);
    slot->pinned = nullable_xstrdup(pinned);
    vm_places_keep(places, slot);
    vm_slot_destroy(slot);
    vm_endpoint_destroy(endpoint);
}

/* Returns "HOME PIN" of a new slot of 'id', or "none". */
static char *
get_back(struct vm_places *places, const char *id, const char *pref)
{
    struct vm_endpoint *endpoint = vm_endpoint_create(id);
    struct vm_slot *slot = create_slot(endpoint, pref);
    struct svec notes = SVEC_EMPTY_INITIALIZER;
    char *got = (vm_places_return(places, slot, &notes)
                 ? xasprintf("%s %s%s", slot->home ? slot->home : "-",
                             slot->pinned ? slot->pinned : "-",
                             notes.n ? ", pin lost" : "")
                 : xstrdup("none"));

    svec_destroy(&notes);
    vm_slot_destroy(slot);
    vm_endpoint_destroy(endpoint);
    return got;
}

static void
expect_back(struct vm_places *places, const char *id, const char *pref,
            const char *expected)
{
    char *input = xasprintf("%s %s", id, pref);
    char *got = get_back(places, id, pref);

    vm_expect_text(input, expected, got);
    free(got);
    free(input);
}

static int
run_return(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_places *places = vm_places_create();
    struct svec notes = SVEC_EMPTY_INITIALIZER;

    expect_back(places, "a", "*", "none");
    keep(places, "a", "*", "eth0", NULL);
    keep(places, "a", "*", "eth1", "eth1");
    keep(places, "b", "*", NULL, NULL);
    expect_back(places, "b", "*", "none");

    /* A copy has them, too. */
    struct vm_places *copy = vm_places_clone(places);
    expect_back(copy, "a", "*", "eth1 eth1");
    vm_places_destroy(copy);

    /* Once. */
    expect_back(places, "a", "*", "eth1 eth1");
    expect_back(places, "a", "*", "none");

    /* Another preference, if there is only one place; what it does not allow
     * does not return. */
    keep(places, "a", "eth0,eth1", "eth1", "eth0");
    expect_back(places, "a", "eth1,eth2", "eth1 -, pin lost");
    keep(places, "a", "eth0", "eth0", NULL);
    keep(places, "a", "eth1", "eth1", NULL);
    expect_back(places, "a", "*", "none");
    expect_back(places, "a", "eth1", "eth1 -");
    expect_back(places, "a", "*", "eth0 -");

    /* Unpinned while it is away. */
    keep(places, "a", "eth0", "eth0", "eth0");
    keep(places, "c", "eth1", "eth1", NULL);
    vm_places_note_pins(places, &notes);
    vm_expect_that("pins", "are one", notes.n == 1);
    vm_expect_text("pins", "VM a: its pin to eth0 ends with the bond, and is "
                   "not restored as the VM is unplugged", notes.names[0]);
    svec_destroy(&notes);
    expect_back(places, "c", "eth1", "eth1 -");
    vm_expect_that("a", "was pinned", vm_places_unpin(places, "a"));
    vm_expect_that("a", "is not any more", !vm_places_unpin(places, "a"));
    vm_expect_that("b", "never was", !vm_places_unpin(places, "b"));
    expect_back(places, "a", "eth0", "eth0 -");
    vm_expect_that("all", "are gone", !vm_places_count(places));

    vm_places_destroy(places);
    return vm_expect_result();
}

/* The oldest ones are forgotten, but not those of VMs that have a row. */
static int
run_trim(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_places *places = vm_places_create();
    struct shash endpoints = SHASH_INITIALIZER(&endpoints);
    struct svec notes = SVEC_EMPTY_INITIALIZER;

    shash_add(&endpoints, "vm1", NULL);
    for (int i = 0; i < VM_MAX_PLACES + 3; i++) {
        char *id = xasprintf("vm%d", i);

        keep(places, id, "*", "eth1", i == 2 ? "eth0" : NULL);
        vm_places_trim(places, &endpoints, &notes);
        free(id);
    }
    vm_expect_that("all but two",  "are kept",
                   vm_places_count(places) == VM_MAX_PLACES + 1);
    expect_back(places, "vm0", "*", "none");
    expect_back(places, "vm1", "*", "eth1 -");
    expect_back(places, "vm2", "*", "none");
    expect_back(places, "vm3", "*", "eth1 -");

    vm_expect_text("notes", "VM vm2: its pin to eth0 is forgotten, since 4096 "
                   "others were unplugged after it", notes.names[0]);
    vm_places_destroy(places);
    svec_destroy(&notes);
    shash_destroy(&endpoints);
    return vm_expect_result();
}

const struct vm_test_command test_vm_places_commands[] = {
    { "places-return", "", 0, 0, run_return },
    { "places-trim", "", 0, 0, run_trim },
    { NULL, NULL, 0, 0, NULL },
};
