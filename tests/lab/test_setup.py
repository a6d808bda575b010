# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""The examples of ovs-vm-aware-setup(7), given to the programs that they are
for: what do these write to the database?"""

import configparser
import glob
import importlib.util
import json
import os
import shlex
import shutil
import sys

import pytest

import libvirt_host
import ovn
from command import LabError, run
from guest_image import GuestImage
from manual import examples
from vm import Vm
from waiting import wait_until

PAGE = "ovs-vm-aware-setup.7"

# Run in the namespace of the hypervisor: $1 has what takes the place of
# /etc/network and /run/network, /run/openvswitch is $2, and no service of the
# machine can be started.
IFUP = """set -e
mount --bind "$1/etc" /etc/network
mount -t tmpfs tmpfs /run
mkdir /run/network /run/openvswitch
mount --bind "$1/run" /run/network
mount --bind "$2" /run/openvswitch
for program in /bin/systemctl /usr/sbin/service; do
    if test -e $program; then mount --bind /bin/true $program; fi
done
exec "$3" br0
"""


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            pytest.skip("not installed: " + program)


@pytest.fixture
def host(bed):
    """A hypervisor with a bridge of the userspace datapath, so that
    --may-exist finds it; the distribution's ovs-vsctl where there is one."""
    bed.add_bridge()
    bed.env = dict(bed.switch.env)
    if not shutil.which("ovs-vsctl"):
        bed.env["PATH"] = "%s:%s" % (os.path.dirname(bed.tree.vsctl),
                                     os.environ["PATH"])
    return bed


def check_bond(host, capacity=True):
    assert host.switch.get("port", "bond0", "bond_mode") == "balance-slb"
    config = host.switch.get("port", "bond0", "other_config")
    assert config["bond-vm-aware"] == "true"
    assert set(host.switch.vsctl("list-ifaces", "br0").split()) >= {
        "eth0", "eth1"}
    config = host.switch.get("interface", "eth1", "other_config")
    assert not capacity or config["vm-aware-capacity"] == "2.5G"


def profile(host):
    config = host.switch.get("port", "bond0", "other_config")
    return config["vm-aware-profile-gold"]


def shell(host, text):
    return run(["sh", "-ec", text], env=host.env)


def by_hand(host):
    shell(host, examples(PAGE, "DESCRIPTION")[1])


def test_by_hand(host):
    by_hand(host)
    check_bond(host)
    assert profile(host) == "priority=6 uplinks=eth1,*"
    by_hand(host)


def test_ifupdown(host):
    need("ifup", "ovs-vsctl")
    interfaces, more = examples(PAGE, "ifupdown")
    # The script asks for a device with the name of the bond.
    host.allowed_log.append("failed to add bond0 as port")
    directory = os.path.join(host.directory, "network")
    shutil.copytree("/etc/network", os.path.join(directory, "etc"),
                    symlinks=True)
    os.mkdir(os.path.join(directory, "run"))
    with open(os.path.join(directory, "etc", "interfaces"), "w") as file:
        file.write(interfaces + more)

    def network(command):
        run(host.hypervisor.exec("sh", "-c", IFUP, "sh", directory,
                                 host.switch.directory, command))

    network("ifup")
    check_bond(host)
    assert profile(host) == "priority=6 uplinks=eth1,*"
    # A reboot forgets what is up, and keeps the database.
    before = row(host)
    shutil.rmtree(os.path.join(directory, "run"))
    os.mkdir(os.path.join(directory, "run"))
    network("ifup")
    assert row(host) == before
    network("ifdown")
    assert host.switch.vsctl("list-br") == ""


def exec_starts(root, unit):
    """The commands of a unit of systemd, as lists."""
    path = os.path.join(root, "run/systemd/system",
                        "netplan-ovs-%s.service" % unit)
    with open(path) as file:
        return [shlex.split(line.split("=", 1)[1]) for line in file
                if line.startswith("ExecStart=")]


def test_netplan(host):
    need("netplan", "ovs-vsctl")
    # netplan creates a bond without a mode, and sets that afterwards.
    host.allowed_log.append("Using the default bond_mode")
    root = os.path.join(host.directory, "netplan")
    os.makedirs(os.path.join(root, "etc/netplan"))
    path = os.path.join(root, "etc/netplan/50-bond.yaml")
    with open(path, "w") as file:
        file.write(examples(PAGE, "netplan")[0])
    os.chmod(path, 0o600)
    run(["netplan", "generate", "--root-dir", root])
    units = glob.glob(os.path.join(root, "run/systemd/system",
                                   "netplan-ovs-*.service"))
    assert len(units) == 4
    for unit in "br0", "bond0", "eth1":
        for argv in exec_starts(root, unit):
            run(argv, env=host.env)
    check_bond(host)


def keyfile(text):
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)
    return {name: dict(parser[name]) for name in parser.sections()}


def test_network_manager():
    """nmcli reads the profiles and writes them as they are."""
    need("nmcli")
    texts = examples(PAGE, "NetworkManager")
    assert len(texts) == 3
    for text in texts:
        answer = run(["nmcli", "--offline", "connection", "modify",
                      "connection.autoconnect-priority", "7"], stdin=text)
        wanted, got = keyfile(text), keyfile(answer)
        wanted["connection"]["autoconnect-priority"] = "7"
        for name in wanted:
            assert wanted[name].items() <= got[name].items(), answer
    with pytest.raises(LabError, match="not allowed in bond_mode"):
        run(["nmcli", "--offline", "connection", "modify",
             "connection.autoconnect-priority", "7"],
            stdin=texts[1].replace("balance-slb", "vm-aware"))


def test_nmstate():
    """The names of nmstate's documentation."""
    yaml = pytest.importorskip("yaml")
    bridge, = yaml.safe_load(examples(PAGE, "nmstate")[0])["interfaces"]
    assert bridge["type"] == "ovs-bridge"
    port, = bridge["bridge"]["port"]
    assert set(port) == {"name", "link-aggregation"}
    bond = port["link-aggregation"]
    assert bond == {"mode": "balance-slb",
                    "port": [{"name": "eth0"}, {"name": "eth1"}],
                    "ovs-db": {"other_config": {"bond-vm-aware": "true"}}}


DOMAIN = """<domain type='qemu'>
  <name>web</name>
  <memory unit='MiB'>64</memory>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <kernel>%s</kernel>
  </os>
  <devices>
    <emulator>%s</emulator>
    <controller type='usb' model='none'/>
    %s
    <memballoon model='none'/>
  </devices>
</domain>
"""


def test_libvirt(host, tree):
    missing = libvirt_host.missing_programs()
    if missing:
        pytest.skip("not installed: " + ", ".join(missing))
    network, interface = examples(PAGE, "libvirt")
    image = GuestImage(os.path.join(tree.directory, "lab-guest"))
    image.build()
    host.allowed_log.append(r"vnet\d: Network is down")
    libvirt = libvirt_host.LibvirtHost(host, image)
    domain = DOMAIN % (image.kernel, shutil.which("qemu-system-x86_64"),
                       interface)
    try:
        libvirt.start()
        for name, text in ("network", network), ("domain", domain):
            with open(libvirt.path(name + ".xml"), "w") as file:
                file.write(text)
        libvirt.virsh("net-define", libvirt.path("network.xml"))
        libvirt.virsh("net-start", "vms")
        libvirt.virsh("create", "--paused", libvirt.path("domain.xml"))
        ids = host.switch.get("interface", "vnet0", "external_ids")
        assert ids["port-profile"] == "gold"
        assert ids["vm-id"] == libvirt.virsh("domuuid", "web").strip()
        assert {"iface-id", "attached-mac"} <= set(ids)
    finally:
        libvirt.stop()


# os-vif without the rights that Nova has and gives up.
OS_VIF = """import sys, types
from vif_plug_ovs.ovsdb import ovsdb_lib
vif = ovsdb_lib.BaseOVS(types.SimpleNamespace(
    ovs_vsctl_timeout=10, ovsdb_connection=sys.argv[1],
    ovsdb_interface="native"))
vif.ensure_ovs_bridge("br0", "netdev")
vif.create_ovs_vif_port("br0", *sys.argv[2:])
"""


def test_os_vif(host):
    """What os-vif writes for a port of a VM."""
    if not importlib.util.find_spec("vif_plug_ovs"):
        pytest.skip("not installed: os-vif")
    by_hand(host)
    before = row(host)
    vm = Vm("web", 1)
    vm.cable(host.hypervisor, host.guests)
    run([sys.executable, "-c", OS_VIF, host.switch.remote(), vm.device,
         "port-1", vm.mac, vm.identity])
    ids = host.switch.get("interface", vm.device, "external_ids")
    assert ids == {"iface-id": "port-1", "iface-status": "active",
                   "attached-mac": vm.mac, "vm-uuid": vm.identity}
    assert row(host) == before


def row(host, port="bond0"):
    """What somebody has configured of a port."""
    columns = "bond_mode,other_config,interfaces,external_ids,trunks"
    return host.switch.vsctl("--format=json", "--columns=" + columns, "list",
                             "port", port)


def test_ovn_mapping(host):
    """OVN connects the bridge of the bond and leaves the bond as it is."""
    if not ovn.installed():
        pytest.skip("OVN is not installed (ovn-common, ovn-central, "
                    "ovn-host)")
    by_hand(host)
    before = row(host)
    network = ovn.Ovn(host)
    try:
        network.start()
        shell(host, examples(PAGE, "OVN")[0])
        network.add_network("ls0")
        network.nbctl("lsp-set-options", "phys-port",
                      "network_name=physnet1")
        network.add_port("ls0", host.add_vm("web", bridge="br-int"))
        network.sync()
        wait_until(lambda: "patch-" in host.switch.vsctl("list-ports", "br0"),
                   10, "the bridge of the bond is connected", host.dump)
        assert row(host) == before
    finally:
        network.stop()


# What kube-ovn runs for a NIC, whenever it starts.
KUBE_OVN = ("ovs-vsctl --may-exist add-br br0; "
            "ovs-vsctl --may-exist add-port br0 eth0 -- set port eth0 "
            "trunks=0 external_ids:vendor=kube-ovn")


def test_kube_ovn(host):
    yaml = pytest.importorskip("yaml")
    network, command = examples(PAGE, "kube-ovn")
    network = yaml.safe_load(network)
    assert network["apiVersion"] == "kubeovn.io/v1"
    assert network["kind"] == "ProviderNetwork"
    assert network["spec"] == {"defaultInterface": "eth0"}
    # A VM there cannot fail over.
    host.allowed_log.append("the port has one interface")
    shell(host, KUBE_OVN)
    shell(host, command)
    before = row(host, "eth0")
    assert json.loads(before)["data"][0][1] == [
        "map", [["bond-vm-aware", "true"]]]
    shell(host, KUBE_OVN)
    assert row(host, "eth0") == before

    host.allowed_log.append("Using the default bond_mode")
    host.switch.vsctl("add-bond-iface", "eth0", "eth1")
    with pytest.raises(LabError, match=r"actually has interface\(s\) "
                       "eth0, eth1"):
        shell(host, KUBE_OVN)
