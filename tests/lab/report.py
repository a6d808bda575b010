# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""The measured figures of a run, as a table in a file."""

import os
import platform
import time


def words(value):
    """A figure as text: {"eth0": 5, "lost": 0} is "eth0 5, lost 0"."""
    if isinstance(value, dict):
        mark = "; " if any(isinstance(item, dict)
                           for item in value.values()) else ", "
        return mark.join("%s %s" % (name, words(item))
                         for name, item in sorted(value.items()))
    if isinstance(value, float):
        return "%.3g" % value
    if isinstance(value, (list, tuple, set)):
        return ", ".join(words(item) for item in value)
    return str(value)


class Report:
    """Appends to 'path'; the heading is written with the first row."""

    def __init__(self, path):
        self.path = path
        self.heading = False

    def row(self, test, what, value):
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        with open(self.path, "a") as report:
            if not self.heading:
                report.write(
                    "\n## %s, Linux %s, %d processors\n\n"
                    "| test | figure | value |\n|---|---|---|\n"
                    % (time.strftime("%Y-%m-%d %H:%M"), platform.release(),
                       os.cpu_count()))
                self.heading = True
            report.write("| %s | %s | %s |\n" % (test, what, value))
