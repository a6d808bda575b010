# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0

"""Reads lib/model/vm-key.def and lib/base/vm-reason.def as text, for the
generators and checks in this directory."""

import re


class Key:
    """One VM_KEY row: a key that the operator writes."""

    def __init__(self, arguments):
        (self.scope, self.enumerator, self.name, kind, self.default,
         self.unit, self.where, self.merge, self.doc) = arguments
        match = re.fullmatch(r'(\w+)(?:\((.*)\))?', kind, re.S)
        self.type = match.group(1)
        self.type_arguments = re.findall(r'"([^"]*)"', match.group(2) or '')

    def words(self):
        """The valid words, or an empty list if the key has another type."""
        if self.type in ('WORD', 'OUTCOME'):
            return self.type_arguments[0].split('|')
        return []

    def range(self):
        """The ends of the range of a number, as text, or None."""
        return tuple(self.type_arguments) if self.type == 'NUMBER' else None


class Report:
    """One VM_REPORT row: a key that the switch writes."""

    def __init__(self, arguments):
        column, self.name, self.doc = arguments
        self.table = 'Port' if column.startswith('PORT_') else 'Interface'
        self.column = column.lower().replace('port_', '')


class Reason:
    """One VM_REASON row of lib/base/vm-reason.def."""

    def __init__(self, arguments):
        self.enumerator, self.token, self.sentence = arguments


def _split(text):
    """Splits the arguments of a row at the commas that are neither within
    a string nor within parentheses."""
    arguments = ['']
    depth = 0
    for token in re.findall(r'"(?:\\.|[^"\\])*"|.', text, re.S):
        if token == ',' and not depth:
            arguments.append('')
            continue
        depth += {'(': 1, ')': -1}.get(token, 0)
        arguments[-1] += token
    return [argument.strip() for argument in arguments]


def _unquote(argument):
    """Joins adjacent string literals; leaves other text alone."""
    if not argument.startswith('"'):
        return argument
    return ''.join(re.findall(r'"((?:\\.|[^"\\])*)"', argument)).replace(
        '\\"', '"')


def _rows(text, macro):
    for match in re.finditer(r'^%s\(' % macro, text, re.M):
        depth = 0
        tokens = re.compile(r'"(?:\\.|[^"\\])*"|[()]')
        for token in tokens.finditer(text, match.end() - 1):
            depth += {'(': 1, ')': -1}.get(token.group(), 0)
            if not depth:
                yield [_unquote(argument) for argument in
                       _split(text[match.end():token.start()])]
                break
        else:
            raise ValueError('%s row without an end' % macro)


def _code(path):
    """The text of a file without its comments."""
    with open(path, encoding='utf-8') as source:
        return re.sub(r'/\*.*?\*/', '', source.read(), flags=re.S)


def read_reasons(path):
    """Returns the reasons of lib/base/vm-reason.def."""
    reasons = [Reason(row) for row in _rows(_code(path), 'VM_REASON')]
    if not reasons:
        raise ValueError('%s: no VM_REASON row' % path)
    return reasons


def read(path):
    """Returns the keys and the reports of the file."""
    text = _code(path)
    keys = [Key(row) for row in _rows(text, 'VM_KEY')]
    reports = [Report(row) for row in _rows(text, 'VM_REPORT')]
    if not keys:
        raise ValueError('%s: no VM_KEY row' % path)
    return keys, reports
