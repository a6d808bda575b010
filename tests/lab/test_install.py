# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""What "make install" lays out is a switch that works, and "make uninstall"
takes all of it away."""

import glob
import os

from build_tree import InstalledTree
from command import run
from testbed import TestBed


def make(tree, target, directory):
    """As a packager does it.  The lab's own make, if any, is no parent."""
    env = {name: value for name, value in os.environ.items()
           if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    run(["make", "-s", "-C", tree.directory, target,
         "DESTDIR=" + directory, "prefix=/usr", "sysconfdir=/etc",
         "localstatedir=/var"], timeout=300, env=env)


def files(directory):
    return [os.path.relpath(os.path.join(where, name), directory)
            for where, _, names in os.walk(directory) for name in names]


def test_install(tree, tmp_path, figure):
    directory = str(tmp_path / "root")
    make(tree, "install", directory)
    installed = files(directory)
    figure("files installed", len(installed))
    for name in ("usr/bin/ovs-vm-sim", "usr/share/man/man1/ovs-vm-sim.1",
                 "usr/share/man/man7/ovs-vm-aware.7",
                 "usr/share/man/man5/ovs-vswitchd.conf.db.5",
                 "usr/share/openvswitch/scripts/ovs-ctl"):
        assert name in installed
    sim = os.path.join(directory, "usr/bin/ovs-vm-sim")
    assert "ovs-vm-sim" in run([sim, "--version"])

    with TestBed(InstalledTree(directory)) as bed:
        bed.add_bridge()
        bed.add_bond()
        vm = bed.add_vm("a", "eth1,*")
        bed.far_speaks()
        bed.start(vm)
        bed.wait_member(vm, "eth1")
        bed.run_for(vm, 20)
        counts = bed.phase(vm, frames=100)["a"]
        assert counts["eth1"] == counts["sent"], counts
        assert not bed.bad_log_lines()

    make(tree, "uninstall", directory)
    assert not files(directory)
    assert not glob.glob(directory + "/usr/bin/*")
