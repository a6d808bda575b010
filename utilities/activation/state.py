# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""What has to be known later: how the host was before, and where VMs were.

Each file is written as a whole or not at all, and before what it describes is
changed, so that a run that was interrupted can be repeated."""

import fcntl
import json
import os
import time

from command import Failure

DIRECTORY = "/var/lib/ovs-vm-aware"
LOCK_FD = 9
LOCK_TIMEOUT = 120              # s.


class State:
    """'values' has "wanted" ("active" or "inactive"), "alternative" and
    "modes" as of before the activation; 'resume' has "bonds" and
    "placements", for the next start of our switch."""

    def __init__(self):
        os.makedirs(DIRECTORY, exist_ok=True)
        self.values = self._read("state.json")
        self.resume = self._read("resume.json")

    def lock(self):
        """Waits for other runs.  The lock is that of file descriptor LOCK_FD,
        which outlasts us in a restart of the switch that is under way."""
        lock = os.open(self.path("lock"), os.O_RDWR | os.O_CREAT, 0o644)
        if lock != LOCK_FD:
            os.dup2(lock, LOCK_FD)
            os.close(lock)
        end = time.monotonic() + LOCK_TIMEOUT
        while True:
            try:
                fcntl.flock(LOCK_FD, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= end:
                    raise Failure("another activation or deactivation has "
                                  "not ended") from error
            time.sleep(0.1)
        # Another run may have changed them.
        self.values = self._read("state.json")
        self.resume = self._read("resume.json")

    @staticmethod
    def path(name):
        return os.path.join(DIRECTORY, name)

    def _read(self, name):
        try:
            with open(self.path(name)) as source:
                return json.load(source)
        except FileNotFoundError:
            return {}

    def _write(self, name, value):
        path = self.path(name)
        if not value:
            if os.path.exists(path):
                os.unlink(path)
            return
        with open(path + ".new", "w") as target:
            json.dump(value, target, indent=1, sort_keys=True)
            target.flush()
            os.fsync(target.fileno())
        os.rename(path + ".new", path)

    def set(self, **values):
        self.values.update(values)
        self._write("state.json", self.values)

    def unset(self, key):
        self.values.pop(key, None)
        self._write("state.json", self.values)

    def set_once(self, key, function):
        """Keeps what an interrupted run has already noted."""
        if key not in self.values:
            self.set(**{key: function()})

    def forget(self):
        self.values = {}
        self._write("state.json", None)

    def set_resume(self, **values):
        self.resume.update(values)
        self._write("resume.json", self.resume)

    def forget_resume(self):
        self.resume = {}
        self._write("resume.json", None)
