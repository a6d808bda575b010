# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""Members and VMs that are ports of DPDK.  Run by "make check-dpdk"."""

import os
import shutil
import time

import pytest

import dpdk
from bandwidth import Bandwidth, settle
from datapath import RATE
from dpdk import DpdkBed, DpdkGuest, Memory
from guest_image import GuestImage
from switch import settings
from test_bandwidth import (CAPACITY, MBIT, check, is_limited, megabits,
                            ready)
from test_lacp import negotiated
from test_libvirt import check_member
from test_preference import begin, only
from test_restart import check_places_kept, restart, start_placed
from upstream import FAR_DEVICE, FAR_IP, end_of
from waiting import wait_until

pytestmark = pytest.mark.dpdk


@pytest.fixture(scope="session")
def memory(tree):
    if not dpdk.version(tree):
        pytest.skip("this ovs-vswitchd was built without DPDK, "
                    "see CONTRIBUTING.md")
    with Memory() as memory:
        yield memory


@pytest.fixture
def make_dpdk(make_bed, memory):
    def make(**options):
        bed = make_bed(kind=DpdkBed, memory=memory, **options)
        bed.add_bridge()
        return bed
    return make


def test_members(make_dpdk, tree, memory, figure):
    """Preference, an operator's failover of a device that tells no link,
    evacuation, announcements; VMs of both kinds."""
    bed = make_dpdk(pmds=2)
    figure("DPDK, hugepages", [dpdk.version(tree), str(memory.huge())])
    bed.add_bond()
    a, b = bed.add_vm("a", "eth0,*"), bed.add_dpdk_vm("b", "eth0,eth1")
    alone = bed.add_dpdk_vm("alone", "eth1")
    begin(bed, {a: "eth0", b: "eth0", alone: "eth1"})
    counts = bed.phase(a, b, alone)
    figure("a, b on eth0, alone on eth1", counts)
    assert only("eth0", counts["a"]) and only("eth0", counts["b"])
    assert only("eth1", counts["alone"])
    assert not any(count["lost"] for count in counts.values())

    # The far end's link is not the device's: nothing is noticed.
    bed.upstream.cut("eth0")
    bed.run_for(alone, 1000)
    assert bed.aware.member("eth0")["state"] == "usable"
    bed.upstream.restore("eth0")
    bed.upstream.wait_forwarding("eth0")
    bed.run_for(a, 5)

    first = bed.sent(a), bed.sent(b)
    since = time.time_ns()
    bed.set_admin_state("eth0", "down")
    for vm in a, b:
        bed.wait_member(vm, "eth1")
        bed.run_for(vm, 5, place="eth1")
        bed.wait_announced(vm, "eth1", since)
    lost = bed.loss(a, first[0]), bed.loss(b, first[1])
    figure("lost of a, b at set-admin-state down", lost)
    assert max(lost) < 50
    bed.set_admin_state("eth0", "up")
    for vm in a, b:
        bed.wait_member(vm, "eth0")
        bed.run_for(vm, 5, place="eth0")
    wait_until(lambda: bed.switch.get("interface", "eth0", "link_state")
               == "up", 10, "the database says that eth0 is up", bed.dump)

    first = bed.sent(a), bed.sent(b)
    bed.switch.vsctl("set", "interface", "eth0",
                     "other_config:vm-aware-drain=true")
    for vm in a, b:
        bed.wait_member(vm, "eth1")
        bed.run_for(vm, 5, place="eth1")
    lost = bed.loss(a, first[0]), bed.loss(b, first[1])
    figure("lost of a, b when eth0 is evacuated", lost)
    assert lost == (0, 0)


def test_link(make_dpdk, figure):
    """A device that tells its link: failover, failback, and a member that
    is removed and added again."""
    bed = make_dpdk(driver="net_tap")
    bed.add_bond()
    a, b = bed.add_dpdk_vm("a", "eth0,*"), bed.add_dpdk_vm("b", "eth1")
    begin(bed, {a: "eth0", b: "eth1"})

    first, since = bed.sent(a), time.time_ns()
    began = time.monotonic()
    bed.set_link("eth0", "down")
    # A command would wake up the main thread, which looks at links.
    bed.wait_arrived(a, first, place="eth1", timeout=15)
    noticed = time.monotonic() - began
    figure("link lost, noticed after (s)", noticed)
    bed.wait_member(a, "eth1")
    lost = bed.loss(a, first)
    figure("lost of a", lost)
    assert lost <= RATE
    bed.wait_announced(a, "eth1", since)
    assert bed.aware.member("eth0")["down"] == "no-carrier"
    assert bed.loss(b) == 0
    bed.set_link("eth0", "up")
    bed.wait_member(a, "eth0", timeout=15)
    bed.run_for(a, 5, place="eth0")

    bed.allowed_log.append(r"\|dpdk\|ERR\||Error attaching device|eth0")
    bed.switch.vsctl("set", "interface", "eth0",
                     "options:dpdk-devargs=0000:00:00.0")
    bed.wait_member(a, "eth1")
    assert bed.aware.member("eth0")["down"] == "no-device"
    bed.run_for(a, 5, place="eth1")
    bed.switch.vsctl(*bed.member_command("eth0")[1:])
    bed.plug("eth0")
    bed.wait_member(a, "eth0", timeout=15)
    bed.run_for(a, 5, place="eth0")


def test_link_unannounced(make_dpdk, figure):
    """A device of which the kernel knows nothing, as a NIC that is bound to
    DPDK, loses its link: nothing wakes up the main thread."""
    bed = make_dpdk()
    socket = os.path.join(bed.directory, "memif.sock")
    bed.devices["eth0"] = ("net_memif0,role=server,socket-abstract=no,socket="
                           + socket)
    bed.add_bond()
    a = bed.add_dpdk_vm("a", "eth0,*")
    b = bed.add_dpdk_vm("b", "eth1")
    bed.far_speaks()
    bed.start(a, b)
    lost = []
    for _ in range(3):
        peer = bed.start_peer(socket)
        bed.wait_member(a, "eth0", timeout=20)
        bed.run_for(b, 500)
        number, began = bed.sent(a), time.monotonic()
        peer.vsctl("--no-wait", "del-port", "memif")
        bed.wait_arrived(a, number, place="eth1")
        lost.append(time.monotonic() - began)
        peer.stop()
        shutil.rmtree(peer.directory)
    figure("link lost, noticed after (ms)",
           ["%.0f" % (1000 * seconds) for seconds in lost])
    # The links are looked at 20 times a second, without a command.
    before = bed.wakes()
    wait_until(lambda: bed.wakes() - before >= 50, 5,
               "the main thread wakes up", bed.dump)


def test_lacp(make_dpdk, figure):
    """LACP notices what net_af_packet cannot: that the far end is lost."""
    bed = make_dpdk(lacp=True)
    bed.allowed_log.append(r"(wire|up)\d: Network is down")
    bed.add_bond(lacp="active", other_config={"lacp-time": "fast"})
    wait_until(lambda: negotiated(bed), 20, "LACP is negotiated", bed.dump)
    check_monitor(bed, figure, "LACP", 5)


def test_bfd(make_dpdk, figure):
    """So does BFD."""
    bed = make_dpdk(lacp=True)
    # Without LACP, what the far end sends to all is taken from the active
    # member alone: both ends have to agree about that.
    bed.upstream.switch.vsctl(
        "set", "port", "lag", "lacp=off", "bond_mode=active-backup",
        "other_config:bond-primary=" + end_of("eth1"))
    bed.add_bond()
    ends = [(bed.switch, member) for member in bed.members]
    ends += [(bed.upstream.switch, end_of(member)) for member in bed.members]
    for switch, device in ends:
        switch.vsctl("set", "interface", device, "bfd:enable=true",
                     "bfd:min_tx=100", "bfd:min_rx=100")
    for switch, bond in (bed.switch, "bond0"), (bed.upstream.switch, "lag"):
        wait_until(lambda: all(
            is_forwarding(*end) for end in ends if end[0] == switch)
            and switch.appctl("bond/show", bond).count(": enabled")
            == len(bed.members), 20, "BFD is up", bed.dump)
    bed.switch.appctl("bond/set-active-member", "bond0", "eth1")
    check_monitor(bed, figure, "BFD", 2)


def is_forwarding(switch, device):
    status = switch.get("interface", device, "bfd_status")
    return status.get("forwarding") == "true"


def check_monitor(bed, figure, monitor, seconds):
    """A silent cut costs the frames of so many seconds."""
    a = bed.add_dpdk_vm("a", "eth0,*")
    b = bed.add_vm("b", "eth1")
    bed.far_speaks()
    bed.start(a, b)
    bed.wait_member(a, "eth0", timeout=20)
    bed.run_for(a, 5, place="eth0")
    bed.run_for(b, 5, place="eth1")
    first, began, since = bed.sent(a), time.monotonic(), time.time_ns()
    bed.upstream.break_silently("eth0")
    bed.wait_member(a, "eth1", timeout=20)
    bed.run_for(a, 5, place="eth1")
    noticed = time.monotonic() - began
    figure(monitor + ": a silent cut is noticed after (s)", noticed)
    lost = bed.loss(a, first)
    figure("lost of a", lost)
    assert lost <= seconds * RATE
    assert bed.loss(b) == 0
    bed.upstream.mend("eth0")
    bed.wait_member(a, "eth0", timeout=30)
    bed.run_for(a, 5, place="eth0")
    assert monitor != "BFD" or bed.announcements("eth1", since, a)


def test_accounting(make_dpdk, figure):
    """Every frame is counted once, whichever PMD thread handles it, and
    whether it is forwarded or exceeds a limit."""
    bed = make_dpdk(pmds=2)
    bed.add_bond()
    a = bed.add_dpdk_vm("a", "eth0", queues=2)
    limited = bed.add_dpdk_vm("limited", "eth1", queues=2,
                              policy={"vm-max-rate": "1M"})
    bed.far_speaks()
    for vm in a, limited:
        bed.wait_member(vm, vm.policy["vm-uplinks"])
    bed.start(a, limited, count=3000, tuples=64, rate=1500, length=300)
    wait_until(lambda: len(bed.lines_of(
        "dpif-netdev/pmd-rxq-show", "vnet1 ")) == 2, 5,
        "the VM's port has two queues", bed.dump)
    bed.wait_arrived(a, 2999, timeout=20)
    wait_until(lambda: bed.sent(limited) == 3000, 20,
               "all frames have been sent", bed.dump)

    def counted(vm, *keys):
        statistics = bed.switch.get("interface", vm.device, "statistics")
        return [statistics.get("vm_aware_" + key, 0) for key in keys]

    keys = "tx_packets", "tx_bytes", "dropped_packets"
    wait_until(lambda: counted(a, "tx_packets") == [3000]
               and sum(counted(limited, "tx_packets", "dropped_packets"))
               >= 3000, 15, "all frames have been counted",
               lambda: str([counted(vm, *keys) for vm in (a, limited)])
               + bed.dump())
    figure("frames, bytes, dropped of a", counted(a, *keys))
    figure("frames, bytes, dropped of one above its limit",
           counted(limited, *keys))
    cores = {line.split("core_id")[1].split()[0].strip(":")
             for line in bed.switch.appctl(
                 "dpif-netdev/pmd-stats-show").splitlines()
             if "pmd thread" in line}
    figure("PMD threads", len(cores))
    arrived = len(bed.received(limited))
    sent, _, dropped = counted(limited, *keys)
    assert sent + dropped == 3000, (sent, dropped)
    assert arrived == sent
    assert counted(a, *keys) == [3000, 3000 * 300 + 42 * 3000, 0]


@pytest.fixture
def lines(make_dpdk):
    """A bond of two members in a bed with two PMD threads, without VMs."""
    bed = make_dpdk(pmds=2)
    bed.add_bond()
    return Bandwidth(bed)


def test_limit(lines, figure):
    """One limit for two vNICs on two members, polled by two PMD threads."""
    limit, bed = 20, lines.bed
    lines.shape(100)
    one = bed.add_dpdk_vm("a", "eth0,*", add=lines.add_vm,
                          policy={"vm-max-rate": "%dM" % limit})
    two = bed.add_dpdk_vm("b", "eth1,*", add=lines.add_vm,
                          identity=one.identity, policy={"vm-name": "a"})
    ready(lines)
    lines.udp(one, 1.5 * limit * MBIT)
    lines.udp(two, 1.5 * limit * MBIT)
    settle()
    rates = lines.rates()
    figure("at 3 times the limit of 20: Mbit/s per vNIC", megabits(rates))
    assert is_limited(rates, limit)
    bed.set_admin_state("eth1", "down")
    bed.wait_member(two, "eth0")
    settle(0.5)
    rates = lines.rates()
    figure("the same after a failover", megabits(rates))
    assert is_limited(rates, limit)
    bed.switch.vsctl("remove", "interface", one.device, "external_ids",
                     "vm-max-rate")
    settle()
    rates = lines.rates(2)
    figure("the same without the limit", megabits(rates))
    assert sum(rates.values()) / MBIT >= 2.5 * limit


def test_offload(make_dpdk, figure):
    """With hw-offload, what the NIC would be asked for: all of a flow that
    has no limit, and nothing but the lookup of one that has.  The devices
    refuse both, which the log shows."""
    bed = make_dpdk()
    bed.switch.vsctl("set", "Open_vSwitch", ".",
                     "other_config:hw-offload=true")
    bed.switch.exit_vswitchd()
    bed.switch.start_vswitchd()
    bed.allowed_log += [r"netdev_offload_dpdk", r"rte_flow"]
    bed.add_bond()
    lines = Bandwidth(bed)
    limited = bed.add_dpdk_vm("limited", "eth0", add=lines.add_vm,
                              policy={"vm-max-rate": "20M"})
    free = bed.add_dpdk_vm("free", "eth1", add=lines.add_vm)
    ready(lines)
    for vm in limited, free:
        lines.udp(vm, 30 * MBIT)
    settle()
    rates = lines.rates()
    figure("with hw-offload, limits 20 and none: Mbit/s", megabits(rates))
    assert is_limited({"limited": rates["limited"]}, 20)
    assert rates["free"] / MBIT >= 28

    def asked(vm, words):
        return [line for line in bed.switch.log_lines()
                if "%s: Failed flow" % vm.device in line and words in line
                and "src is " + vm.mac in line]

    wait_until(lambda: asked(free, " transfer ") and asked(limited, " mark "),
               5, "both flows have been tried", bed.dump)
    assert not asked(limited, " transfer ")


def set_qos(bed, kind, **values):
    """Give the members a policer of DPDK."""
    bed.switch.vsctl("set", "port", "bond0", "qos=@q", "--", "--id=@q",
                     "create", "qos", "type=" + kind,
                     *settings("other_config", values))


def test_shares(lines, figure):
    """Shares and a guarantee on one member, whose capacity is that of
    DPDK's policer."""
    bed = lines.bed
    set_qos(bed, "egress-policer", cir=CAPACITY * 125000, cbs=65536)
    weights = {"large": 100, "small": 25}
    vms = [bed.add_dpdk_vm(name, "eth0", add=lines.add_vm,
                           policy={"vm-shares": str(weight)})
           for name, weight in weights.items()]
    ready(lines)
    for vm in vms:
        lines.udp(vm, 45 * MBIT)
    settle()
    check(figure, lines, weights, 0.98, 0.9, "UDP")
    bed.set_ids(vms[1], vm_min_rate="30M")
    settle()
    rates = lines.rates()
    figure("with a guarantee of 30 for the small one", megabits(rates))
    assert rates["small"] / MBIT >= 0.95 * 30


def test_capacity(make_dpdk, figure):
    """What the switch takes for the capacity of a DPDK device: what the
    device says, the QoS of DPDK, the key."""
    bed = make_dpdk()
    bed.add_bond()

    def capacity():
        return bed.aware.member("eth0")["capacity_bps"]

    figure("net_af_packet says", capacity())
    assert capacity() == bed.switch.get("interface", "eth0", "link_speed")
    for kind, wanted, qos in (
            ("egress-policer", 10 ** 7, {"cir": 1250000, "cbs": 2048}),
            ("trtcm-policer", 3 * 10 ** 7,
             {"cir": 1250000, "cbs": 2048, "eir": 2500000, "ebs": 2048})):
        set_qos(bed, kind, **qos)
        wait_until(lambda: capacity() == wanted, 15,
                   "the capacity is that of " + kind, bed.dump)
        figure(kind, capacity())
    bed.switch.vsctl("set", "interface", "eth0",
                     "other_config:vm-aware-capacity=7M")
    wait_until(lambda: capacity() == 7 * 10 ** 6, 5,
               "the key holds", bed.dump)


@pytest.mark.parametrize("way", ("exit", "kill -9"))
def test_restart(make_dpdk, figure, way):
    """Every VM is where it was."""
    bed = make_dpdk()
    bed.add_bond()
    vms = {"a": bed.add_vm("a", "eth0,*"),
           "b": bed.add_dpdk_vm("b", "*"),
           "pinned": bed.add_vm("pinned", "eth0,*")}
    bed.far_speaks()
    bed.aware.migrate("pinned", "eth1")
    bed.wait_member(vms["pinned"], "eth1")
    before = start_placed(bed, vms)
    first = {name: bed.sent(vm) for name, vm in vms.items()}
    restart(bed, way)
    for name, vm in vms.items():
        bed.wait_member(vm, before[name], timeout=20)
    check_places_kept(bed, figure, vms, before, first, timeout=20)


def test_guest(make_dpdk, tree, figure):
    """A real guest at a vhost-user port: its link, identity, limit and
    failover."""
    if not shutil.which("qemu-system-x86_64"):
        pytest.skip("not installed: qemu-system-x86_64")
    image = GuestImage(os.path.join(tree.directory, "lab-guest"))
    image.build()
    bed = make_dpdk()
    bed.add_bond()
    bed.upstream.far.ip("addr", "add", FAR_IP + "/16", "dev", FAR_DEVICE)
    guest = DpdkGuest(bed, image, "guest", "eth1,*", FAR_IP)
    try:
        guest.start()
        guest.wait_link("up")
        check_member(bed, guest.vm, "eth1")
        since = time.time_ns()
        bed.set_admin_state("eth1", "down")
        bed.wait_member(guest.vm, "eth0")
        bed.wait_announced(guest.vm, "eth0", since)
        check_member(bed, guest.vm, "eth0")
        bed.set_admin_state("eth1", "up")
        check_member(bed, guest.vm, "eth1")
        wait_until(lambda: bed.switch.get(
            "interface", guest.vm.device, "statistics")
            .get("vm_aware_tx_packets"), 15,
            "frames of the guest are counted", bed.dump)
    finally:
        guest.stop()
    guest.wait_link("down")
    assert bed.aware.member_of(guest.vm.device) == "eth1"
