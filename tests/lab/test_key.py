# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""other_config:bond-vm-aware=true with the schema of Open vSwitch and, where
openvswitch-switch of the same version is installed, with its ovsdb-server and
ovs-vsctl; and its ovs-vswitchd on the same database."""

import os
import re

import pytest

from build_tree import BuildTree
from command import run
from test_failover_loss import tx_member_of
from testbed import TestBed
from waiting import wait_until

KEY = "other_config:bond-vm-aware="
STOCK_VSWITCHD = "/usr/lib/openvswitch-switch/ovs-vswitchd"


def version(program):
    first_line = run([program, "--version"]).split("\n")[0]
    return re.search(r"[0-9.]+$", first_line)[0]


class StockTree(BuildTree):
    """Our ovs-vswitchd among the programs and the schema of Open vSwitch: the
    distribution's, or those that we build."""

    def __init__(self, directory):
        super().__init__(directory)
        self.is_distribution = (
            os.path.exists(STOCK_VSWITCHD)
            and version("/usr/bin/ovs-vsctl") == version(self.vsctl))
        self.schema = self._find("ovs/vm-aware.stock.ovsschema")
        if self.is_distribution:
            self.ovsdb_server = "/usr/sbin/ovsdb-server"
            self.ovsdb_tool = "/usr/bin/ovsdb-tool"
            self.vsctl = "/usr/bin/ovs-vsctl"
            self.schema = "/usr/share/openvswitch/vswitch.ovsschema"


def running_mode(bed):
    text = bed.switch.appctl("bond/show", "bond0")
    return re.search(r"^bond_mode: (.*)$", text, re.M)[1]


def set_key(bed, vms, value):
    """Set the key under traffic; the frames lost, the worst of the VMs."""
    first = {vm.name: bed.sent(vm) for vm in vms}
    bed.set_bond(KEY + value)
    bed.run_for(vms[0], 500, timeout=30)
    return max(bed.loss(vm, first[vm.name]) for vm in vms)


def wait_members(bed, vms, members):
    wait_until(lambda: [tx_member_of(bed, vm) for vm in vms] == members, 20,
               "VMs are on %s" % members, bed.dump)


@pytest.fixture
def stock_bed(tree):
    with TestBed(StockTree(tree.directory)) as bed:
        bed.add_bridge()
        bed.add_bond("balance-slb")
        yield bed


def test_key_under_traffic(stock_bed, figure):
    bed = stock_bed
    vms = [bed.add_vm("a", "eth0,*"), bed.add_vm("b", "eth1,*")]
    bed.far_speaks()
    bed.start(*vms)
    bed.run_for(vms[0], 50)
    lost = []
    for value, mode in (("true", "vm-aware"), ("false", "balance-slb"),
                        ("true", "vm-aware")):
        lost.append(set_key(bed, vms, value))
        figure("frames lost when the key is set to %s" % value, lost[-1])
        assert running_mode(bed) == mode
    wait_members(bed, vms, ["eth0", "eth1"])
    bed.upstream.cut("eth1")
    wait_members(bed, vms, ["eth0", "eth0"])
    bed.upstream.restore("eth1")
    wait_members(bed, vms, ["eth0", "eth1"])
    assert max(lost) <= 25, lost


def test_stock_switch_on_the_same_database(stock_bed, figure):
    bed = stock_bed
    if not bed.switch.tree.is_distribution:
        pytest.skip("needs openvswitch-switch of the version that we build")
    vm = bed.add_vm("a", "eth1,*")
    bed.far_speaks()
    bed.set_bond(KEY + "true")
    bed.start(vm)
    wait_members(bed, [vm], ["eth1"])
    bed.set_ids(vm, vm_uplinks="eth0,*")
    wait_members(bed, [vm], ["eth0"])
    ours = bed.switch.tree.vswitchd
    for program, mode in ((STOCK_VSWITCHD, "balance-slb"), (ours, "vm-aware")):
        bed.switch.exit_vswitchd()
        bed.switch.tree.vswitchd = program
        bed.switch.start_vswitchd()
        bed.run_for(vm, 100, timeout=30)
        assert running_mode(bed) == mode
        assert bed.switch.get("Port", "bond0", "bond_mode") == "balance-slb"
    wait_members(bed, [vm], ["eth0"])
    figure("programs of the distribution", version(STOCK_VSWITCHD))
