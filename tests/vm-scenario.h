/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SCENARIO_H
#define VM_SCENARIO_H 1

/* A scenario: a file that tells what happens and what must come of it.
 *
 *     # Web prefers eth0 and comes back to it.
 *     uplink eth0
 *     uplink eth1
 *     vm web vnet0 uplinks=eth0,*
 *     > move host none->eth0 because least-loaded
 *     > move web none->eth0 because first-choice
 *
 *     link eth0 down
 *     > ...
 *
 * The commands are those of vm-stage.h.  Consecutive commands are one step:
 * the engine learns of them all and then runs.  A step ends with an empty
 * line, a comment or its expectation.  The expectation is everything that the
 * step says, in lines that begin with ">"; a step that says nothing has none.
 * Whatever is said and not expected, or expected and not said, fails the
 * scenario, and both are shown. */

#include <stdbool.h>

/* Plays 'file'.  Returns true if it goes as expected.  With 'update', writes
 * what was said into the file instead, for the author to review; then only
 * commands that make no sense and errors of the engine fail. */
bool vm_scenario_play(const char *file, bool update);

#endif /* tests/vm-scenario.h */
