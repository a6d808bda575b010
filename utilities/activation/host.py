# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""Which ovs-vswitchd the host runs, and which schema ovs-ctl uses."""

import os
import re

from command import Failure, run
from database import RUNDIR
from state import LOCK_FD

LINK = "ovs-vswitchd"
OURS = "/usr/libexec/ovs-vm-aware/ovs-vswitchd"
PROGRAM = "/usr/libexec/ovs-vm-aware/bin/ovs-vswitchd"
OVS_CTL = "/usr/share/openvswitch/scripts/ovs-ctl"
STOCK_SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
DATA = "/usr/share/ovs-vm-aware/openvswitch"
OUR_SCHEMA = DATA + "/vswitch.ovsschema"

# Read by systemd and by /etc/init.d/openvswitch-switch.
DEFAULTS = "/etc/default/openvswitch-switch"
BEGIN = "# Begin of what ovs-vm-aware-activate has added.\n"
END = "# End of what ovs-vm-aware-activate has added.\n"
BLOCK = BEGIN + """# Without this, ovs-ctl would convert the database to a
# schema without bond_mode=vm-aware, or begin with an empty one.
# ovs-vm-aware-deactivate removes it.
OVS_PKGDATADIR=%s
export OVS_PKGDATADIR
""" % DATA + END


# The alternatives of /usr/sbin/ovs-vswitchd.

def chosen_program():
    """Returns "auto", or the alternative that somebody has chosen."""
    text = run(["update-alternatives", "--query", LINK])
    fields = dict(re.findall(r"^(Status|Value): (.*)$",
                             text.split("\n\n")[0], re.MULTILINE))
    return "auto" if fields["Status"] == "auto" else fields["Value"]


def choose_program(which):
    if which == "auto" or not os.path.exists(which):
        run(["update-alternatives", "--auto", LINK])
    else:
        run(["update-alternatives", "--set", LINK, which])


# The schema of ovs-ctl.

def _defaults():
    try:
        with open(DEFAULTS) as source:
            return source.read()
    except FileNotFoundError:
        return None


def _write_defaults(text):
    with open(DEFAULTS + ".new", "w") as target:
        target.write(text)
    if os.path.exists(DEFAULTS):
        os.chmod(DEFAULTS + ".new", os.stat(DEFAULTS).st_mode & 0o7777)
    os.rename(DEFAULTS + ".new", DEFAULTS)


def use_our_schema():
    text = _defaults() or ""
    if BLOCK not in text:
        _write_defaults(text + BLOCK)


def uses_our_schema():
    return BEGIN in (_defaults() or "")


def use_stock_schema():
    text = _defaults()
    if text and BEGIN in text:
        begin = text.index(BEGIN)
        end = text.index(END, begin) + len(END)
        _write_defaults(text[:begin] + text[end:])


# The process.

def running_program():
    """Returns the name of the program of the ovs-vswitchd that runs, with
    " (deleted)" if that file is no more, or None."""
    try:
        with open(os.path.join(RUNDIR, "ovs-vswitchd.pid")) as source:
            pid = int(source.read())
        program = os.readlink("/proc/%d/exe" % pid)
    except (OSError, ValueError):
        return None
    return program if "ovs-vswitchd" in program else None


def runs_ours():
    return (running_program() or "").startswith(PROGRAM)


# Both let ovs-lib save OpenFlow rules and restore them.  $1 is OVS_CTL, $2 is
# DEFAULTS.  They hold file descriptor 9 until the switch runs, which must not
# get it.
BY_SYSTEMD = """
    . "${1%/*}/ovs-lib"
    stop_ovsdb () { :; }
    start_ovsdb () { :; }
    add_managers () { :; }
    stop_forwarding () {
        systemctl --job-mode=ignore-dependencies stop ovs-vswitchd
    }
    start_forwarding () {
        systemctl --job-mode=ignore-dependencies start ovs-vswitchd
    }
    systemctl daemon-reload
    restart 9>&-
"""
BY_OVS_CTL = """
    if test -e "$2"; then . "$2"; fi
    "$1" --no-ovsdb-server --system-id=random --no-record-hostname \\
        restart $OVS_CTL_OPTS 9>&-
"""


def restart():
    """Restarts ovs-vswitchd alone.  State.lock() must have been called."""
    systemd = os.path.isdir("/run/systemd/system")
    run(["sh", "-c", BY_SYSTEMD if systemd else BY_OVS_CTL, "sh", OVS_CTL,
         DEFAULTS], timeout=600, keep=(LOCK_FD,))
    if not running_program():
        raise Failure("ovs-vswitchd does not run after its restart: see "
                      "/var/log/openvswitch/ovs-vswitchd.log")
