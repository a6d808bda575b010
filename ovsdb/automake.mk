# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0

# What changes in Open vSwitch's database: its schema and its documentation.

OVS_TREE_FILTERS = \
	build-aux/keydef.py \
	build-aux/vswitch-xml \
	lib/model/vm-key.def \
	ovsdb/schema-upgrade \
	ovsdb/vswitch-vm-aware.xml

VSWITCH_XML_FILTER = \
	PYTHONDONTWRITEBYTECODE=yes $(PYTHON3) \
	$(srcdir)/build-aux/vswitch-xml \
	$(srcdir)/ovsdb/vswitch-vm-aware.xml $(srcdir)/lib/model/vm-key.def

EXTRA_DIST += $(OVS_TREE_FILTERS)
