/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SCENARIO_H
#define VM_SCENARIO_H 1

/* Scenarios: files with commands for a stage and the expected output.
 *
 *     # Web prefers eth0 and comes back to it.
 *     member eth0
 *     member eth1
 *     vm web vnet0 uplinks=eth0,*
 *     > move host none->eth0 because least-loaded
 *     > move web none->eth0 because first-choice
 *
 *     link eth0 down
 *     > ...
 *
 * The commands are those of vm-stage.h.  Consecutive commands form a step: the
 * engine runs after the last of them.  A step ends with an empty line, a
 * comment or its expected output, in lines that begin with ">".  A step
 * without such lines must have no output.  If the output of a step differs
 * from the expected output, the scenario fails and both are shown.
 *
 * Thread-safety: functions of their arguments and of files; the output goes to
 * stdout and stderr, so that only one thread should call them. */

#include <stdbool.h>

/* Plays 'file'.  Returns true if the output is as expected.  With 'update',
 * writes the output into the file instead, for the author to review; then only
 * invalid commands and errors of the engine fail. */
bool vm_scenario_play(const char *file, bool update);

#endif /* vm-scenario.h */
