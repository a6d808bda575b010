# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""Members and VMs come and go under traffic."""

from test_preference import only, steady
from waiting import wait_until


def test_member_leaves_the_bond(make_bed, figure):
    """A name in vm-uplinks that is no member is a member that is not
    available: a VM without another waits for it, with a warning.  Two members
    stay: one alone would be no bond."""
    bed = make_bed(members=3)
    bed.add_bridge()
    bed.add_bond()
    bed.allowed_log.append(r"\|vm_aware_log\|WARN\|.*eth1")
    a = bed.add_vm("a", "eth1,eth0")
    b = bed.add_vm("b", "eth1")
    c = bed.add_vm("c", "eth0,*")
    bed.far_speaks()
    bed.start(c, a, b)
    steady(bed, a, "eth1")
    steady(bed, b, "eth1")
    steady(bed, c, "eth0")
    first = bed.sent(c)
    bed.switch.vsctl("del-bond-iface", "bond0", "eth1")
    steady(bed, a, "eth0")
    steady(bed, b, None)
    wait_until(lambda: any("eth1" in str(warning)
                           for warning in bed.aware.warnings()), 5,
               "a warning names eth1", bed.dump)
    counts = bed.phase(c, a, b)
    figure("eth1 is no member", counts)
    assert only("eth0", counts["a"]) and only("eth0", counts["c"])
    assert counts["b"]["lost"] == counts["b"]["sent"]

    bed.switch.vsctl("add-bond-iface", "bond0", "eth1")
    steady(bed, a, "eth1")
    steady(bed, b, "eth1")
    wait_until(lambda: not bed.aware.warnings(), 5, "no more warnings",
               bed.dump)
    counts = bed.phase(c, a, b)
    figure("eth1 is a member again", counts)
    assert only("eth1", counts["a"]) and only("eth1", counts["b"])
    # A changed bond costs no more than the change of flows.
    lost = bed.loss(c, first)
    figure("c: lost meanwhile", lost)
    assert lost <= 5


def test_vms_come_and_go(bed, figure):
    bed.add_bridge()
    bed.add_bond()
    keeper = bed.add_vm("keeper", "eth0,*")
    bed.far_speaks()
    bed.start(keeper)
    steady(bed, keeper, "eth0")
    first = bed.sent(keeper)
    for _ in range(5):
        guest = bed.add_vm("guest", "eth1")
        bed.start(guest)
        steady(bed, guest, "eth1")
        bed.stop(guest)
        bed.switch.vsctl("del-port", guest.device)
        wait_until(lambda: "guest" not in bed.aware.vms(), 5,
                   "the guest is forgotten", bed.dump)
    # The same port, now with another identity.
    other = bed.add_vm("before", "eth1")
    bed.start(other)
    steady(bed, other, "eth1")
    bed.set_ids(other, vm_id="a-new-machine", vm_name="after",
                vm_uplinks="eth0")
    steady(bed, other, "eth0")
    wait_until(lambda: sorted(bed.aware.vms()) == ["after", "keeper"], 5,
               "the port has its new identity", bed.dump)
    lost = bed.loss(keeper, first)
    figure("keeper: lost while others came and went", lost)
    assert lost == 0


def test_identity_arrives_late(bed, figure):
    """A port without identity is the host's; when external_ids come, it is
    a VM's (as with a manager that adds the port first)."""
    bed.add_bridge()
    bed.add_bond(other_config={"vm-aware-host": "uplinks=eth0,*"})
    vm = bed.add_vm("late", "eth1")
    ids = vm.external_ids()
    bed.switch.vsctl("clear", "interface", vm.device, "external_ids")
    bed.far_speaks()
    bed.start(vm)
    bed.run_for(vm, 10, place="eth0")
    counts = bed.phase(vm, frames=100)["late"]
    figure("without identity", counts)
    assert only("eth0", counts)
    bed.set_ids(vm, **ids)
    steady(bed, vm, "eth1")
    counts = bed.phase(vm, frames=100)["late"]
    figure("with identity", counts)
    assert only("eth1", counts)

    # And with vm-aware-unidentified=drop it is dropped until they come.
    bed.set_bond("other_config:vm-aware-unidentified=drop")
    bed.switch.vsctl("clear", "interface", vm.device, "external_ids")
    wait_until(lambda: bed.drop_flows(vm), 5, "its frames are dropped",
               bed.dump)
    bed.set_ids(vm, **ids)
    steady(bed, vm, "eth1")
