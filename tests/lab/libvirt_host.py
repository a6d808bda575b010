# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""A private libvirtd on the hypervisor, with its own directories, and real
domains in it (QEMU without hardware help)."""

import os
import shutil
import uuid

from command import Daemon, LabError, run
from waiting import wait_until

PROGRAMS = ("libvirtd", "virsh", "qemu-system-x86_64", "busybox")
OWN_DIRECTORIES = ("run", "lib", "etc", "cache", "log")

LIBVIRTD_CONF = """unix_sock_dir = "/run/libvirt"
auth_unix_ro = "none"
auth_unix_rw = "none"
host_uuid = "%s"
"""

QEMU_CONF = """user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
namespaces = []
cgroup_controllers = []
stdio_handler = "file"
"""

# Accounts that libvirtd looks for, though it is told to use root.
ACCOUNTS = (("passwd", "libvirt-qemu:x:64055:64055::/:/usr/sbin/nologin"),
            ("group", "libvirt-qemu:x:64055:"), ("group", "kvm:x:64056:"))

# $1 is the directory; its parts take the place of the machine's.  $2 is the
# name of the host.
START = """
hostname "$2"
mount --make-rprivate /
mount --bind "$1/passwd" /etc/passwd
mount --bind "$1/group" /etc/group
for pair in run:/run lib:/var/lib etc:/etc cache:/var/cache log:/var/log; do
    mkdir -p "${pair#*:}/libvirt"
    mount --bind "$1/${pair%%:*}" "${pair#*:}/libvirt"
done
exec libvirtd --pid-file "$1/libvirtd.pid"
"""

DOMAIN = """<domain type='qemu'>
  <name>%(name)s</name>
  <uuid>%(uuid)s</uuid>
  <memory unit='MiB'>96</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <kernel>%(kernel)s</kernel>
    <initrd>%(initramfs)s</initrd>
    <cmdline>console=ttyS0 quiet lab_ip=%(ip)s lab_to=%(to)s</cmdline>
  </os>
  <features><acpi/></features>
  <devices>
    <emulator>%(emulator)s</emulator>
    <controller type='usb' model='none'/>
    <interface type='bridge'>
      <mac address='%(mac)s'/>
      <source bridge='%(bridge)s'/>
      <virtualport type='openvswitch'>%(parameters)s</virtualport>
      <target dev='%(device)s'/>
      <model type='virtio'/>
      <driver name='qemu'/>
    </interface>
    <serial type='file'><source path='%(console)s'/></serial>
    <memballoon model='none'/>
  </devices>
</domain>
"""


def missing_programs():
    return [program for program in PROGRAMS if not shutil.which(program)]


class LibvirtHost:
    """'name' is that of the host, 'address' where it receives migrations."""

    def __init__(self, bed, image, name="lab", address=None):
        self.bed = bed
        self.image = image
        self.name = name
        self.address = address
        self.directory = os.path.join(bed.directory, "lv")
        self.daemon = None

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def start(self):
        for name in OWN_DIRECTORIES:
            os.makedirs(self.path(name))
        # What libvirt finds out about QEMU in seconds is kept.
        cache = os.path.join(self.image.directory, "libvirt-cache")
        os.makedirs(cache, exist_ok=True)
        os.rmdir(self.path("cache"))
        os.symlink(cache, self.path("cache"))
        qemu_conf = QEMU_CONF
        if self.address:
            qemu_conf += ('migration_address = "%s"\nmigration_host = "%s"\n'
                          % (self.address, self.address))
        for name, text in (("libvirtd.conf", LIBVIRTD_CONF % uuid.uuid4()),
                           ("qemu.conf", qemu_conf)):
            with open(self.path("etc", name), "w") as conf:
                conf.write(text)
        for name in "passwd", "group":
            shutil.copy(os.path.join("/etc", name), self.path(name))
        for name, line in ACCOUNTS:
            self._add_account(self.path(name), line)
        self.start_daemon()

    def start_daemon(self):
        """Start libvirtd, the first time or after kill_daemon()."""
        # libvirt runs ovs-vsctl, which must be the one of the build.
        env = dict(self.bed.switch.env, LC_ALL="C")
        env["PATH"] = "%s:%s" % (os.path.dirname(self.bed.tree.vsctl),
                                 env["PATH"])
        self.daemon = Daemon(
            "libvirtd", self.bed.hypervisor.exec(
                "unshare", "-mu", "sh", "-c", START, "sh", self.directory,
                self.name),
            self.path("out"), env=env)
        wait_until(self._answers, 60, "libvirtd answers", self._output)

    @staticmethod
    def _add_account(path, line):
        with open(path, "r+") as accounts:
            text = accounts.read()
            if not ("\n" + text).count("\n%s:" % line.split(":")[0]):
                accounts.write(line + "\n")

    def _answers(self):
        self.daemon.require_running()
        try:
            return self.virsh("version")
        except LabError:
            return None

    def _output(self):
        with open(self.path("out"), errors="replace") as output:
            return output.read()[-2000:]

    def kill_daemon(self):
        """End libvirtd by SIGKILL; its domains run on."""
        self.daemon.kill()

    def uri(self):
        return ("qemu+unix:///system?socket="
                + self.path("run", "libvirt-sock"))

    def virsh(self, *args):
        return run(["virsh", "-q", "-c", self.uri()] + list(args), timeout=60)

    def state(self, vm):
        """"running", "paused" and so on, None if there is no such domain."""
        try:
            return self.virsh("domstate", vm.identity).strip()
        except LabError:
            return None

    def log_tail(self):
        return self._output()

    def start_domain(self, vm, to, profile=None):
        """Start a real domain in the place of the stand-in 'vm', which has
        not been added to the test bed; it pings the address 'to'."""
        parameters = ""
        if profile:
            parameters = "<parameters profileid='%s'/>" % profile
        xml = DOMAIN % {
            "name": vm.name, "uuid": vm.identity, "mac": vm.mac, "ip": vm.ip,
            "to": to, "bridge": vm.bridge, "device": vm.device,
            "parameters": parameters, "kernel": self.image.kernel,
            "initramfs": self.image.initramfs,
            "emulator": shutil.which("qemu-system-x86_64"),
            "console": self.path(vm.name + ".console")}
        path = self.path(vm.name + ".xml")
        with open(path, "w") as description:
            description.write(xml)
        self.virsh("create", path)

    def console(self, vm):
        path = self.path(vm.name + ".console")
        if not os.path.exists(path):
            return ""
        with open(path, errors="replace") as console:
            return console.read()

    def stop(self):
        """End all domains, also those that migrated to here, then
        libvirtd."""
        if self.daemon and self.daemon.running():
            for name in self.virsh("list", "--all", "--name").split():
                try:
                    self.virsh("destroy", name)
                except LabError:
                    continue
        if self.daemon:
            self.daemon.stop()
