# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0

# The Open vSwitch that we extend, in OVS_BUILD.  One stamp a step:
#
#   ovs-source.id     names the state of the source we were configured with
#   ovs-tree.stamp    unpacked, patched, schema and documentation extended
#   ovs-config.stamp  configured as we are
#   ovs.stamp         compiled
#
# Automake builds BUILT_SOURCES in a first run of make, and everything of ours
# in a second one, which hence sees the tree's final time stamps.

OVS_BUILD = ovs
OVS_CFLAGS_FILE = ovs.cflags
OVS_MAKEFILE = $(abs_top_srcdir)/build-aux/ovs-link.mk

# Runs Open vSwitch's make with our additional targets.
OVS_MAKE = $(MAKE) -C $(OVS_BUILD) --no-print-directory
OVS_MAKE_MORE = $(OVS_MAKE) -f Makefile -f $(OVS_MAKEFILE)

BUILT_SOURCES += ovs.stamp
EXTRA_DIST += \
	build-aux/ovs-configure \
	build-aux/ovs-link.mk \
	build-aux/ovs-source-id \
	build-aux/ovs-tree \
	build-aux/ovs-version

.PHONY: FORCE ovs
FORCE:

ovs-source.id: FORCE
	@$(SHELL) $(srcdir)/build-aux/ovs-source-id '$(OVS_SOURCE)' > $@.tmp
	@if cmp -s $@.tmp $@; then rm -f $@.tmp; else mv $@.tmp $@; fi

ovs-tree.stamp: ovs-source.id $(OVS_PATCHES) $(OVS_MORE_PATCHES) $(OVS_TREE_FILTERS) \
		build-aux/ovs-tree vswitchd-plugin/automake.mk
	@echo "  OVSTREE  Open vSwitch $(OVS_SOURCE_VERSION)"
	$(AM_V_at)OVS_SOURCE='$(OVS_SOURCE)' \
	OVS_SOURCE_ID="`cat ovs-source.id`" \
	OVS_VERSION='$(OVS_SOURCE_VERSION)' \
	OVS_TRIED='$(OVS_TRIED)' \
	PROVIDER='$(srcdir)/vswitchd-plugin/bond-provider.h' \
	SCHEMA_UPGRADE='$(SHELL) $(srcdir)/ovsdb/schema-upgrade' \
	VSWITCH_XML='$(VSWITCH_XML_FILTER)' \
	$(SHELL) $(srcdir)/build-aux/ovs-tree $(OVS_BUILD) \
		$(OVS_PATCHES:%=$(srcdir)/%) $(OVS_MORE_PATCHES:%=$(srcdir)/%)
	$(AM_V_at)touch $@

# config.status changes when our own configuration does.  Open vSwitch is
# configured again only if that changes the arguments, or its own script
# changed.
#
# Directories are passed as they were written, such as ${exec_prefix}/bin, so
# that "make install prefix=DIR" moves Open vSwitch as well.
ovs-config.stamp: ovs-tree.stamp config.status build-aux/ovs-configure
	$(AM_V_at)$(SHELL) $(srcdir)/build-aux/ovs-configure $(OVS_BUILD) \
		--prefix='$(prefix)' \
		--exec-prefix='$(value exec_prefix)' \
		--bindir='$(value bindir)' \
		--sbindir='$(value sbindir)' \
		--libdir='$(value libdir)' \
		--includedir='$(value includedir)' \
		--datarootdir='$(value datarootdir)' \
		--mandir='$(value mandir)' \
		--sysconfdir='$(value sysconfdir)' \
		--localstatedir='$(value localstatedir)' \
		--enable-ssl --enable-silent-rules \
		CC='$(CC)' CFLAGS='$(CFLAGS)' CPPFLAGS='$(CPPFLAGS)' \
		LDFLAGS='$(LDFLAGS)' PYTHON3='$(PYTHON3)' \
		$(OVS_CONFIGURE_FLAGS)
	$(AM_V_at)touch $@

# bond-provider.h is copied also here, so that a change of it alone does not
# unpack anything.
ovs.stamp: ovs-config.stamp vswitchd-plugin/bond-provider.h \
		build-aux/ovs-link.mk
	$(AM_V_at)cmp -s $(srcdir)/vswitchd-plugin/bond-provider.h \
		$(OVS_BUILD)/ofproto/bond-provider.h \
	|| cp $(srcdir)/vswitchd-plugin/bond-provider.h $(OVS_BUILD)/ofproto/
	+$(AM_V_at)$(OVS_MAKE) all
	+$(AM_V_at)$(OVS_MAKE_MORE) -s vm-aware-cflags > $(OVS_CFLAGS_FILE).tmp
	$(AM_V_at)if cmp -s $(OVS_CFLAGS_FILE).tmp $(OVS_CFLAGS_FILE); then \
		rm -f $(OVS_CFLAGS_FILE).tmp; \
	else \
		mv $(OVS_CFLAGS_FILE).tmp $(OVS_CFLAGS_FILE); \
	fi
	$(AM_V_at)touch $@

# Compiles what was edited in OVS_BUILD.
ovs: ovs-config.stamp
	+$(OVS_MAKE) all

INSTALL_EXEC_LOCAL += ovs-install-exec
ovs-install-exec:
	+$(AM_V_at)$(OVS_MAKE) install-exec

INSTALL_DATA_LOCAL += ovs-install-data
ovs-install-data:
	+$(AM_V_at)$(OVS_MAKE) install-data

UNINSTALL_LOCAL += ovs-uninstall
ovs-uninstall:
	+$(AM_V_at)$(OVS_MAKE) uninstall

.PHONY: ovs-install-exec ovs-install-data ovs-uninstall

# "make mostlyclean" removes only what is ours.
CLEANFILES += ovs-source.id ovs-tree.stamp ovs-config.stamp ovs.stamp \
	$(OVS_CFLAGS_FILE)
CLEAN_LOCAL += ovs-clean
ovs-clean:
	rm -rf $(OVS_BUILD) $(OVS_BUILD).new $(OVS_BUILD).new.*
.PHONY: ovs-clean
