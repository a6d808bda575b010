# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the lab."""

import glob
import os
import signal
import tempfile

import pytest

import namespace
from build_tree import BuildTree
from command import end_all_daemons
from report import Report, words
from testbed import TestBed


def pytest_sessionstart():
    """A run that is asked to end cleans up as one that is interrupted."""
    def interrupt(*unused):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, interrupt)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    """Nothing may be left: no process, no namespace, no directory.  Comes
    after the fixtures of an interrupted test."""
    left = ["process " + name for name in end_all_daemons()]
    left += ["namespace " + name for name in namespace.remove_own()]
    left += ["directory " + name for name in glob.glob(os.path.join(
        tempfile.gettempdir(), "%s-%d-*" % (namespace.PREFIX, os.getpid())))]
    if left:
        print("\nleft behind: " + ", ".join(left))
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    """Tells why a test was run a second time (--reruns=1)."""
    for report in terminalreporter.getreports("rerun"):
        terminalreporter.section("first run of " + report.nodeid)
        for text in (report.longreprtext, report.capstdout,
                     report.capstderr, report.caplog):
            if text:
                terminalreporter.write_line(text)


@pytest.fixture(scope="session")
def tree():
    if os.geteuid():
        pytest.exit("the lab makes network namespaces: run it as root", 2)
    namespace.remove_stale()
    return BuildTree()


@pytest.fixture(scope="session")
def report(tree):
    return Report(os.path.join(tree.directory, "lab-report.md"))


@pytest.fixture
def figure(request, record_property, report):
    """figure(WHAT, VALUE) records a measured figure of the test."""
    def record(what, value):
        text = words(value)
        record_property(what, text)
        report.row(request.node.name, what, text)
        print("%s: %s" % (what, text))
    return record


@pytest.fixture
def make_bed(tree):
    """make_bed(members=2, lacp=False) returns a TestBed that is removed
    after the test; 'kind' is another class of them.  Unexpected warnings in
    its logs fail the test, and so does a tap that has lost frames."""
    beds = []

    def make(kind=TestBed, **options):
        bed = kind(tree, **options)
        bed.__enter__()
        beds.append(bed)
        return bed

    yield make
    bad, losses = [], 0
    try:
        for bed in beds:
            bad += bed.bad_log_lines()
            losses += bed.watcher.losses()
    finally:
        for bed in beds:
            bed.__exit__()
    assert not bad, "unexpected in the log:\n" + "\n".join(bad)
    assert not losses, "the taps lost %d frames: nothing is proved" % losses


@pytest.fixture
def bed(make_bed):
    """A hypervisor with two members and an upstream Linux bridge."""
    return make_bed()
