# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""What the tests of ovs-vm-agent have in common: a host with libvirt, a guest,
an agent, a second host."""

import os

import pytest

import libvirt_host
from agent_host import Agent, SecondHost
from guest_image import GuestImage
from upstream import FAR_DEVICE, FAR_IP
from vm import Vm
from waiting import wait_until


@pytest.fixture
def image(tree):
    missing = libvirt_host.missing_programs()
    if missing:
        pytest.skip("not installed: " + ", ".join(missing))
    if not tree.agent:
        pytest.skip("built without libvirt")
    built = GuestImage(os.path.join(tree.directory, "lab-guest"))
    built.build()
    return built


@pytest.fixture
def host(bed, image):
    bed.allowed_log.append(r"tapweb: Network is down")
    bed.allowed_log.append(r"could not open network device tapweb")
    bed.add_bridge()
    bed.add_bond()
    bed.upstream.far.ip("addr", "add", FAR_IP + "/16", "dev", FAR_DEVICE)
    instance = libvirt_host.LibvirtHost(bed, image, name="one",
                                        address="10.98.0.1")
    try:
        instance.start()
        yield instance
    finally:
        instance.stop()


@pytest.fixture
def make_agent(bed, tree, host):
    agents = []

    def make(*options):
        agent = Agent(tree, bed.hypervisor, bed.switch, host, *options)
        agents.append(agent)
        agent.start()
        return agent

    yield make
    for agent in agents:
        agent.stop()


@pytest.fixture
def guest(bed, host):
    """A guest that is up and pings the far end host."""
    vm = Vm("web", 1)
    vm.device = "tapweb"
    host.start_domain(vm, FAR_IP)
    wait_replies(host, vm, 3, bed)
    return vm


def replies(host, vm):
    return host.console(vm).count("bytes from " + FAR_IP)


def wait_replies(host, vm, more, bed, timeout=60):
    """Wait until the guest has got so many more replies to its pings."""
    count = replies(host, vm) + more
    wait_until(lambda: replies(host, vm) >= count, timeout,
               "%d more replies" % more,
               lambda: host.console(vm)[-2000:] + bed.dump())


@pytest.fixture
def second(bed, image, host):
    instance = SecondHost(bed, image, "10.98.0.2")
    try:
        instance.start()
        host.bed.hypervisor.ip("addr", "add", "10.98.0.1/24", "dev", "mig0")
        yield instance
    finally:
        instance.stop()
