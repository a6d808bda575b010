# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""Running commands and keeping daemons.

Every process of the lab is started here and ended here, by its process id.
A command that fails raises LabError with everything it printed.
"""

import os
import signal
import subprocess


class LabError(Exception):
    """Something in the lab, as opposed to the product, did not work, or a
    command of the product failed."""


def run(argv, timeout=30, env=None, check=True, stdin=None):
    """Run 'argv' to its end and return what it wrote to standard output."""
    try:
        done = subprocess.run(argv, timeout=timeout, env=env, input=stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, check=False)
    except subprocess.TimeoutExpired as expired:
        raise LabError("%s: still running after %d s"
                       % (" ".join(argv), timeout)) from expired
    if check and done.returncode:
        raise LabError("%s: exit status %d\n%s%s"
                       % (" ".join(argv), done.returncode, done.stdout,
                          done.stderr))
    return done.stdout


class Daemon:
    """One long-lived process of the lab."""

    alive = {}

    def __init__(self, name, argv, output, env=None, **popen):
        """Start 'argv'; what it prints goes to the file 'output'."""
        self.name = name
        self.output = output
        with open(output, "ab") as log:
            self.popen = subprocess.Popen(
                argv, env=env, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True, **popen)
        self.pid = self.popen.pid
        Daemon.alive[self.pid] = self

    def running(self):
        return self.popen.poll() is None

    def require_running(self):
        """Raise LabError with the last output if the process has ended."""
        if not self.running():
            with open(self.output, errors="replace") as log:
                raise LabError("%s ended with status %d:\n%s"
                               % (self.name, self.popen.returncode,
                                  log.read()[-2000:]))

    def kill(self, number=signal.SIGKILL):
        """Send signal 'number' to the process and wait for its end."""
        if self.running():
            self.popen.send_signal(number)
        self.wait()

    def wait(self, timeout=10):
        """Wait for the end of the process; one that does not end in time is
        killed, and that is an error."""
        try:
            self.popen.wait(timeout)
        except subprocess.TimeoutExpired as expired:
            self.popen.kill()
            self.popen.wait()
            raise LabError("%s did not end within %d s and was killed"
                           % (self.name, timeout)) from expired
        finally:
            Daemon.alive.pop(self.pid, None)

    def stop(self, timeout=10):
        """End the process by SIGTERM, by SIGKILL if that does not help."""
        if self.running():
            self.popen.terminate()
        try:
            self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        Daemon.alive.pop(self.pid, None)


def end_all_daemons():
    """Kill what is left and return the names of the daemons that were."""
    left = [daemon.name for daemon in Daemon.alive.values()]
    for daemon in list(Daemon.alive.values()):
        daemon.stop(timeout=2)
    return left


def process_exists(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
