# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""The datapath flows of a vm-aware bond match no more than those of the same
traffic over active-backup, and do no more than output."""

import pytest

from waiting import wait_until


def flows(bed, vms):
    """{VM: (match, actions)} of the datapath flows of the VMs' frames."""
    found = {}
    for line in bed.switch.datapath_flows():
        for vm in vms:
            if "in_port(%s)" % vm.device in line and "0x0800" in line:
                match = line.split(", packets:")[0]
                actions = line.split("actions:")[1]
                found.setdefault(vm.name, []).append((match, actions))
    return found if len(found) == len(vms) else None


@pytest.mark.kernel
@pytest.mark.parametrize("bridge, tag", (("br0", None), ("br0", 30),
                                         ("br-int", 30)))
def test_same_masks(bed, figure, bridge, tag):
    bed.add_bridge()
    bed.add_bond("active-backup")
    bed.add_bridge("br-int")
    bed.add_patch("br0", "br-int")
    vms = [bed.add_vm("a", "eth0,*", bridge=bridge, tag=tag),
           bed.add_vm("b", "eth1,*", bridge=bridge, tag=tag)]
    bed.far_speaks()
    bed.start(*vms)
    seen = {}
    for mode in "active-backup", "vm-aware":
        bed.set_bond("bond_mode=" + mode)
        bed.run_for(vms[0], 50)
        bed.switch.appctl("revalidator/purge")
        bed.run_for(vms[0], 50)
        seen[mode] = wait_until(lambda: flows(bed, vms), 5,
                                "datapath flows of both VMs", bed.dump)
    for vm in vms:
        (stock, _), = seen["active-backup"][vm.name]
        (aware, actions), = seen["vm-aware"][vm.name]
        figure("match with active-backup", stock)
        figure("match and actions with vm-aware",
               "%s actions:%s" % (aware, actions))
        assert aware == stock
        wanted = vm.preference_text().split(",")[0]
        last = actions.replace("(", ",").split(",")
        assert wanted in last and "recirc" not in actions
