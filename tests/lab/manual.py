# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""The examples of a manual page, as the reader of the page sees them."""

import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
ESCAPES = (("\\-", "-"), ("\\e", "\\"), ("\\&", ""), ("\\fB", ""),
           ("\\fI", ""), ("\\fR", ""), ("\\fP", ""))


def examples(page, section):
    """The texts between .EX and .EE below the heading 'section' of a page in
    vswitchd-plugin."""
    found, here, text = [], False, None
    path = os.path.join(HERE, "..", "..", "vswitchd-plugin", page)
    with open(path, encoding="utf-8") as file:
        for line in file:
            heading = re.match(r'\.S[HS] "?(.*?)"?$', line)
            if heading:
                here = plain(heading.group(1)) == section
            elif not here:
                continue
            elif line == ".EX\n":
                text = ""
            elif line == ".EE\n":
                found.append(text)
                text = None
            elif text is not None:
                text += plain(line)
    return found


def plain(line):
    for escape, character in ESCAPES:
        line = line.replace(escape, character)
    return line
