#!/bin/sh
# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0

# Makes "configure" and the files it needs.  For a checkout; a released
# tarball has them.

cd "$(dirname "$0")" || exit 1
exec autoreconf --install --force
