# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""A private OVN: northbound and southbound database, northd, and the
controller of one hypervisor.  Debian's OVN talks to the switch under test."""

import os
import shutil

from command import Daemon, run
from waiting import wait_until

SCHEMAS = "/usr/share/ovn"
PROGRAMS = ("ovn-northd", "ovn-controller", "ovn-nbctl", "ovn-sbctl",
            "ovn-appctl")


def installed():
    return (all(shutil.which(program) for program in PROGRAMS)
            and os.path.exists(os.path.join(SCHEMAS, "ovn-nb.ovsschema")))


class Ovn:
    def __init__(self, bed):
        self.bed = bed
        self.tree = bed.tree
        self.directory = os.path.join(bed.directory, "ovn")
        os.makedirs(self.directory)
        self.env = dict(bed.switch.env, OVN_RUNDIR=self.directory,
                        OVN_LOGDIR=self.directory, OVN_DBDIR=self.directory,
                        OVN_SYSCONFDIR=self.directory)
        self.daemons = []

    def path(self, name):
        return os.path.join(self.directory, name)

    def socket(self, database):
        return "unix:" + self.path(database + ".sock")

    def start(self):
        """Start all, and let the hypervisor join as "hv1" with br0 as the
        physical network "phys"."""
        for database in "nb", "sb":
            self._start_database(database)
        self.nbctl("init")
        self.sbctl("init")
        self._daemon("ovn-northd", ["ovn-northd",
                                    "--ovnnb-db=" + self.socket("nb"),
                                    "--ovnsb-db=" + self.socket("sb"),
                                    "--unixctl=" + self.path("northd.ctl")])
        self.bed.switch.vsctl(
            "add-br", "br-int", "--", "set", "bridge", "br-int",
            "datapath_type=netdev", "fail-mode=secure",
            "other-config:disable-in-band=true",
            "--", "set", "Open_vSwitch", ".",
            "external-ids:system-id=hv1",
            'external-ids:ovn-remote="%s"' % self.socket("sb"),
            "external-ids:ovn-encap-type=geneve",
            "external-ids:ovn-encap-ip=127.0.0.1",
            "external-ids:ovn-bridge-mappings=phys:br0",
            "external-ids:ovn-bridge-datapath-type=netdev")
        self._daemon("ovn-controller", self.bed.hypervisor.exec(
            "ovn-controller", self.bed.switch.remote()))
        wait_until(lambda: self.sbctl("--bare", "--columns=name", "list",
                                      "chassis").strip(), 15,
                   "the hypervisor is known to OVN")

    def _start_database(self, name):
        run([self.tree.ovsdb_tool, "create", self.path(name + ".db"),
             os.path.join(SCHEMAS, "ovn-%s.ovsschema" % name)])
        self._daemon(name, [
            self.tree.ovsdb_server, self.path(name + ".db"),
            "--remote=p" + self.socket(name),
            "--unixctl=" + self.path(name + ".ctl")])
        wait_until(lambda: os.path.exists(self.path(name + ".sock")), 10,
                   "the OVN database %s is there" % name)

    def _daemon(self, name, argv):
        daemon = Daemon(name, argv, self.path(name + ".out"), env=self.env)
        self.daemons.append(daemon)

    def nbctl(self, *args):
        return run(["ovn-nbctl", "--timeout=30", "--db=" + self.socket("nb")]
                   + list(args), env=self.env)

    def sbctl(self, *args):
        return run(["ovn-sbctl", "--timeout=30", "--db=" + self.socket("sb")]
                   + list(args), env=self.env)

    def add_network(self, name):
        """A logical switch with a port to the physical network."""
        self.nbctl("ls-add", name, "--", "lsp-add", name, "phys-port",
                   "--", "lsp-set-type", "phys-port", "localnet",
                   "--", "lsp-set-addresses", "phys-port", "unknown",
                   "--", "lsp-set-options", "phys-port", "network_name=phys")

    def add_port(self, network, vm):
        """The logical port of a VM, with stateful filtering."""
        port = vm.external_ids()["iface-id"]
        self.nbctl("lsp-add", network, port,
                   "--", "lsp-set-addresses", port,
                   "%s %s" % (vm.mac, vm.ip),
                   "--", "lsp-set-port-security", port,
                   "%s %s" % (vm.mac, vm.ip))

    def filter_statefully(self, network):
        """Allow everything, but through connection tracking."""
        self.nbctl("acl-add", network, "from-lport", "1000", "ip4",
                   "allow-related",
                   "--", "acl-add", network, "to-lport", "1000", "ip4",
                   "allow-related")

    def sync(self):
        """Wait until the hypervisor has done what the northbound database
        says."""
        for daemon in self.daemons:
            daemon.require_running()
        self.nbctl("--wait=hv", "sync")

    def stop(self):
        for daemon in reversed(self.daemons):
            daemon.stop()
