# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""A bad value never stops traffic: a warning in the log names it, and
vm-aware/show lists it until it is corrected."""

import json

import pytest

from waiting import wait_until

# key of external_ids, bad value, words the warning must hold, good value.
OF_VM = (
    ("vm-priority", "9", ("vm-priority", "9", "0", "7"), "5"),
    ("vm-uplinks", "eth7,*", ("vm-uplinks", "eth7"), "eth0,*"),
    ("vm-min-rate", "fast", ("vm-min-rate", "fast"), "1M"),
    ("vm-on-loss", "explode", ("vm-on-loss", "explode", "drop", "suspend"),
     "drop"),
    ("port-profile", "gold", ("port-profile", "gold"), None),
    ("vm-prioritty", "5", ("vm-prioritty", "vm-priority"), None),
)

# The same of the bond's other_config.
OF_BOND = (
    ("vm-aware-failback", "perhaps", ("vm-aware-failback", "perhaps", "true",
                                      "false"), "true"),
    ("vm-aware-announce", "300", ("vm-aware-announce", "300"), "3"),
)


def says(text, words):
    return all(word in text for word in words)


def shown(bed, words):
    """Whether a warning of vm-aware/show holds all words."""
    return any(says(json.dumps(warning), words)
               for warning in bed.aware.warnings())


def check(bed, figure, key, bad, words, write, mend):
    """Write a bad value, look for its warnings, correct it."""
    vm = bed.vms[0]
    first = bed.sent(vm)
    write(bad)
    wait_until(lambda: shown(bed, words), 5,
               "vm-aware/show warns of %s=%s" % (key, bad), bed.dump)
    warning = wait_until(
        lambda: [line for line in bed.switch.log_lines()
                 if "|WARN|" in line and says(line, words)], 5,
        "the log warns of %s=%s" % (key, bad), bed.dump)
    figure("%s=%s" % (key, bad), warning[0].split("|", 4)[4])
    bed.run_for(vm, 50)
    assert bed.aware.member_of(vm.device)
    mend()
    wait_until(lambda: not shown(bed, words), 5,
               "vm-aware/show no longer warns of " + key, bed.dump)
    bed.run_for(vm, 50)
    assert bed.loss(vm, first) == 0, "traffic was disturbed"
    return warning[0]


@pytest.fixture
def scene(bed):
    bed.add_bridge()
    bed.add_bond()
    vm = bed.add_vm("a")
    bed.far_speaks()
    bed.start(vm)
    wait_until(lambda: bed.aware.member_of(vm.device), 5, "a is placed")
    bed.run_for(vm, 20)
    bed.allowed_log.append(r"\|vm_aware_log\|WARN\|")
    return bed


def test_vm_keys(scene, figure):
    vm = scene.vms[0]

    def remove(key):
        scene.switch.vsctl("--no-wait", "remove", "interface", vm.device,
                           "external_ids", key)

    for key, bad, words, good in OF_VM:
        def write(value, key=key):
            scene.set_ids(vm, **{key: value})

        def mend(key=key, good=good):
            if good is None:
                remove(key)
            else:
                scene.set_ids(vm, **{key: good})
        line = check(scene, figure, key, bad, words, write, mend)
        assert "interface " + vm.device in line


def test_bond_keys(scene, figure):
    for key, bad, words, good in OF_BOND:
        check(scene, figure, key, bad, words,
              lambda value, key=key: scene.set_bond(
                  "other_config:%s=%s" % (key, value)),
              lambda key=key, good=good: scene.set_bond(
                  "other_config:%s=%s" % (key, good)))
