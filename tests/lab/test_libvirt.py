# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""A real guest started by libvirt: its identity and profile are written by
libvirt, and it follows the preference of the profile."""

import os
import time

import pytest

import libvirt_host
from guest_image import GuestImage
from upstream import FAR_DEVICE, FAR_IP
from vm import Vm
from waiting import wait_until

PROFILE = "priority=6 uplinks=eth1,*"


@pytest.fixture
def host(bed, tree):
    missing = libvirt_host.missing_programs()
    if missing:
        pytest.skip("not installed: " + ", ".join(missing))
    image = GuestImage(os.path.join(tree.directory, "lab-guest"))
    image.build()
    # The tap goes away with its guest.
    bed.allowed_log.append(r"tapgold: Network is down")
    bed.add_bridge()
    bed.add_bond(other_config={"vm-aware-profile-gold": PROFILE})
    bed.upstream.far.ip("addr", "add", FAR_IP + "/16", "dev", FAR_DEVICE)
    instance = libvirt_host.LibvirtHost(bed, image)
    try:
        instance.start()
        yield instance
    finally:
        instance.stop()


def frames_of(bed, vm, member, since):
    """What the guest itself sent over a member: all but RARP, which the
    switch sends for it."""
    return [arrival for arrival in list(bed.watcher.others)
            if arrival.place == member and not arrival.outgoing
            and arrival.source == vm.mac and arrival.time >= since
            and arrival.kind != "rarp"]


def check_member(bed, vm, member, frames=20):
    """Wait for some frames over a member; there may be none on others."""
    bed.wait_member(vm, member)
    start = time.time_ns()
    bed.wait_frames(
        lambda: len(frames_of(bed, vm, member, start)) >= 3, 15,
        "the guest's frames take " + member)
    since = time.time_ns()
    bed.wait_frames(
        lambda: len(frames_of(bed, vm, member, since)) >= frames, 15,
        "%d frames of the guest take %s" % (frames, member))
    return {name: len(frames_of(bed, vm, name, since))
            for name in bed.members}


def test_guest_follows_its_profile(bed, host, figure):
    vm = Vm("gold", 1)
    vm.device = "tapgold"
    began = time.monotonic()
    host.start_domain(vm, FAR_IP, profile="gold")
    ids = bed.switch.get("interface", vm.device, "external_ids")
    assert ids["port-profile"] == "gold"
    assert ids["vm-id"] == vm.identity
    assert ids["attached-mac"] == vm.mac
    wait_until(lambda: "LAB-GUEST-RUNS" in host.console(vm), 60,
               "the guest is up", lambda: host.console(vm) + bed.dump())
    figure("guest up after (s)", time.monotonic() - began)
    entry = bed.aware.vm(vm.identity)
    assert entry["priority"] == 6
    counts = check_member(bed, vm, "eth1")
    figure("guest's frames, profile says eth1,*", counts)
    assert counts["eth0"] == 0 and counts["eth1"] >= 20

    bed.upstream.cut("eth1")
    counts = check_member(bed, vm, "eth0")
    figure("guest's frames while eth1 is lost", counts)
    assert counts["eth1"] == 0
    bed.upstream.restore("eth1")
    counts = check_member(bed, vm, "eth1")
    figure("guest's frames after eth1 returned", counts)
    assert counts["eth0"] == 0

    # The guest's own view: its pings are answered over the new member, too.
    replies = host.console(vm).count("bytes from " + FAR_IP)
    wait_until(lambda: host.console(vm).count("bytes from " + FAR_IP)
               >= replies + 10, 10, "pings are answered", bed.dump)

    # The profile changes, and with it every guest that has it.
    bed.set_bond("other_config:vm-aware-profile-gold=\"uplinks=eth0\"")
    counts = check_member(bed, vm, "eth0")
    figure("guest's frames, profile says eth0", counts)
    assert counts["eth1"] == 0
    bed.upstream.cut("eth0")
    bed.wait_member(vm, None)
    assert bed.aware.vm(vm.identity)["state"] == "dropping"
