# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""Aligned text tables for people."""


def table(heading, rows, indent="  "):
    """Lines of a table: numbers to the right, text to the left, two spaces
    between columns."""
    cells = [[str(cell) for cell in row] for row in [heading] + rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(heading))]
    right = [all(isinstance(row[i], int) for row in rows)
             for i in range(len(heading))]
    lines = []
    for row in cells:
        columns = [cell.rjust(width) if to_right else cell.ljust(width)
                   for cell, width, to_right in zip(row, widths, right)]
        lines.append((indent + "  ".join(columns)).rstrip())
    return lines
