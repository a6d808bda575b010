# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""Runs programs, which an interrupt of ours does not reach: a switch must not
be left between its end and its start."""

import subprocess


class Failure(Exception):
    """What went wrong, for people."""


def run(argv, check=True, timeout=300, keep=()):
    """Returns what 'argv' wrote to standard output.  If it fails, raises
    Failure, or returns None without 'check'.  It has the file descriptors in
    'keep' as well."""
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=timeout, pass_fds=keep, check=False,
                              start_new_session=True)
    except (OSError, subprocess.TimeoutExpired) as error:
        if check:
            raise Failure("%s: %s" % (argv[0], error)) from error
        return None
    if done.returncode:
        if check:
            raise Failure("%s failed with status %d: %s" % (
                " ".join(argv), done.returncode,
                (done.stderr or done.stdout).strip()))
        return None
    return done.stdout
