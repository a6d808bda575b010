# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0

# What touches Open vSwitch.  To add a file or a patch, list it here; patches
# are applied in the order of the list, then those that only some releases
# need, which m4/ovs.m4 chooses.

OVS_PATCHES = \
	vswitchd-plugin/patches/0001-ovsdb-idl-track-silently.patch \
	vswitchd-plugin/patches/0002-bond-classes.patch \
	vswitchd-plugin/patches/0003-bond-of-one-member.patch \
	vswitchd-plugin/patches/0004-xlate-ask-the-class.patch \
	vswitchd-plugin/patches/0005-bridge-database.patch \
	vswitchd-plugin/patches/0006-xlate-meter-an-output.patch \
	vswitchd-plugin/patches/0007-xlate-keep-the-source.patch \
	vswitchd-plugin/patches/0008-xlate-mirror-copies.patch \
	vswitchd-plugin/patches/0010-bridge-without-database.patch \
	vswitchd-plugin/patches/0011-xlate-kernel-tunnel.patch \
	vswitchd-plugin/patches/0013-ovsdb-idl-share-strings.patch

EXTRA_DIST += $(OVS_PATCHES) \
	vswitchd-plugin/patches/0009-xlate-cache-format.patch \
	vswitchd-plugin/patches/0012-xlate-tunnel-on-the-heap.patch

noinst_PROGRAMS += vswitchd-plugin/ovs-vswitchd
vswitchd_plugin_ovs_vswitchd_SOURCES = \
	vswitchd-plugin/bond-provider.h \
	vswitchd-plugin/vm-aware-account.c \
	vswitchd-plugin/vm-aware-account.h \
	vswitchd-plugin/vm-aware-address.c \
	vswitchd-plugin/vm-aware-address.h \
	vswitchd-plugin/vm-aware-announce.c \
	vswitchd-plugin/vm-aware-announce.h \
	vswitchd-plugin/vm-aware-bond.c \
	vswitchd-plugin/vm-aware-bond.h \
	vswitchd-plugin/vm-aware-class.c \
	vswitchd-plugin/vm-aware-class.h \
	vswitchd-plugin/vm-aware-column.c \
	vswitchd-plugin/vm-aware-column.h \
	vswitchd-plugin/vm-aware-configure.c \
	vswitchd-plugin/vm-aware-configure.h \
	vswitchd-plugin/vm-aware-db.c \
	vswitchd-plugin/vm-aware-db.h \
	vswitchd-plugin/vm-aware-device.c \
	vswitchd-plugin/vm-aware-device.h \
	vswitchd-plugin/vm-aware-found.c \
	vswitchd-plugin/vm-aware-found.h \
	vswitchd-plugin/vm-aware-drops.c \
	vswitchd-plugin/vm-aware-drops.h \
	vswitchd-plugin/vm-aware-host.c \
	vswitchd-plugin/vm-aware-host.h \
	vswitchd-plugin/vm-aware-jobs.c \
	vswitchd-plugin/vm-aware-jobs.h \
	vswitchd-plugin/vm-aware-join.c \
	vswitchd-plugin/vm-aware-join.h \
	vswitchd-plugin/vm-aware-learned.c \
	vswitchd-plugin/vm-aware-learned.h \
	vswitchd-plugin/vm-aware-learning.c \
	vswitchd-plugin/vm-aware-learning.h \
	vswitchd-plugin/vm-aware-log.c \
	vswitchd-plugin/vm-aware-log.h \
	vswitchd-plugin/vm-aware-member.c \
	vswitchd-plugin/vm-aware-member.h \
	vswitchd-plugin/vm-aware-meter.c \
	vswitchd-plugin/vm-aware-meter.h \
	vswitchd-plugin/vm-aware-port-status.c \
	vswitchd-plugin/vm-aware-port-status.h \
	vswitchd-plugin/vm-aware-qdisc.c \
	vswitchd-plugin/vm-aware-qdisc.h \
	vswitchd-plugin/vm-aware-rows.c \
	vswitchd-plugin/vm-aware-rows.h \
	vswitchd-plugin/vm-aware-speed.c \
	vswitchd-plugin/vm-aware-speed.h \
	vswitchd-plugin/vm-aware-owner.c \
	vswitchd-plugin/vm-aware-owner.h \
	vswitchd-plugin/vm-aware-past.c \
	vswitchd-plugin/vm-aware-past.h \
	vswitchd-plugin/vm-aware-misplaced.c \
	vswitchd-plugin/vm-aware-misplaced.h \
	vswitchd-plugin/vm-aware-mode.c \
	vswitchd-plugin/vm-aware-mode.h \
	vswitchd-plugin/vm-aware-reach.c \
	vswitchd-plugin/vm-aware-reach.h \
	vswitchd-plugin/vm-aware-statistics.c \
	vswitchd-plugin/vm-aware-statistics.h \
	vswitchd-plugin/vm-aware-status.c \
	vswitchd-plugin/vm-aware-status.h \
	vswitchd-plugin/vm-aware-table.c \
	vswitchd-plugin/vm-aware-table.h \
	vswitchd-plugin/vm-aware-tunnel.c \
	vswitchd-plugin/vm-aware-tunnel.h \
	vswitchd-plugin/vm-aware-unixctl.c \
	vswitchd-plugin/vm-aware-unixctl.h \
	vswitchd-plugin/vm-aware-version.c \
	vswitchd-plugin/vm-aware-xlate.c \
	vswitchd-plugin/vm-aware-xlate.h

$(vswitchd_plugin_ovs_vswitchd_OBJECTS): | ovs.stamp

# Linked by Open vSwitch's libtool with all that its own ovs-vswitchd has.
# Our objects are listed, not archived, so that their constructors stay.
vswitchd-plugin/ovs-vswitchd$(EXEEXT): \
		$(vswitchd_plugin_ovs_vswitchd_OBJECTS) lib/libvmaware.a \
		build-aux/ovs-link.mk ovs.stamp
	@$(MKDIR_P) vswitchd-plugin
	+$(AM_V_CCLD)$(OVS_MAKE_MORE) -s vm-aware-link-switch \
		OUT='$(abs_builddir)/$@' \
		OURS='$(vswitchd_plugin_ovs_vswitchd_OBJECTS:%=$(abs_builddir)/%) \
		      $(abs_builddir)/lib/libvmaware.a \
		      -Wl,--wrap=ovs_print_version'

# Over the one that Open vSwitch installs.
INSTALL_EXEC_LOCAL += vswitchd-plugin-install
vswitchd-plugin-install: ovs-install-exec vswitchd-plugin/ovs-vswitchd
	$(MKDIR_P) '$(DESTDIR)$(sbindir)'
	$(SHELL) $(OVS_BUILD)/libtool --mode=install $(INSTALL_PROGRAM) \
		vswitchd-plugin/ovs-vswitchd '$(DESTDIR)$(sbindir)/ovs-vswitchd'
.PHONY: vswitchd-plugin-install

dist_man_MANS += \
	vswitchd-plugin/ovs-vm-aware-setup.7 \
	vswitchd-plugin/ovs-vm-aware.7
