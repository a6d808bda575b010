# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0

# The checks of the source.  Each is a small program of this directory that
# reports where a fault is and how to correct it.  "make check" runs it over
# the files that changed, and so does "make" in a git checkout.  The tests of
# the checks, with broken samples, are in tests/build/house.at.

HOUSE_CHECKS = \
	house-docs.stamp \
	house-layers.stamp \
	house-length.stamp \
	house-lists.stamp \
	house-locks.stamp \
	house-man.stamp \
	house-ovs-style.stamp \
	house-pure.stamp \
	house-python.stamp \
	house-shell.stamp \
	house-style.stamp \
	house-tests.stamp \
	house-words.stamp

if HOUSE_CHECKS
ALL_LOCAL += house
endif
CHECK_LOCAL += house
house: $(HOUSE_CHECKS)
.PHONY: house
MOSTLYCLEANFILES += $(HOUSE_CHECKS)

HOUSE_PY_TOOLS = \
	build-aux/check-c-style \
	build-aux/check-docs \
	build-aux/check-layers \
	build-aux/check-length \
	build-aux/check-pure \
	build-aux/compile-commands \
	build-aux/vswitch-xml
HOUSE_SHELL = \
	.ci/run \
	boot.sh \
	build-aux/check-lists \
	build-aux/check-man \
	build-aux/check-ovs-style \
	build-aux/check-tests \
	build-aux/check-words \
	build-aux/commands-at \
	build-aux/dpdk-build \
	build-aux/ovs-check \
	build-aux/ovs-configure \
	build-aux/ovs-source-id \
	build-aux/ovs-tree \
	build-aux/ovs-version \
	build-aux/scenarios-at \
	debian/ovs-vm-aware.postinst \
	debian/ovs-vm-aware.postrm \
	debian/ovs-vm-aware.prerm \
	ovsdb/schema-upgrade \
	tests/chroot-functions \
	tests/packages/boot \
	tests/packages/check-packages \
	tests/packages/life \
	tests/packages/newer \
	tests/reach/check-reach \
	tests/reach/part \
	$(UTILITIES_ACTIVATION) \
	utilities/quickstart
EXTRA_DIST += $(HOUSE_PY_TOOLS) $(HOUSE_SHELL) build-aux/layers $(HOUSE_PURE_LISTS)

HOUSE_PURE_LISTS = build-aux/pure-symbols build-aux/pure-symbols-solve

# The lab is distributed as a directory, so its files are not listed.
HOUSE_PY = $(HOUSE_PY_TOOLS) build-aux/keydef.py \
	tests/daemon/random-operations tests/packages/snapshot \
	$(shell cd $(srcdir) && find tests/lab -name '*.py' | LC_ALL=C sort)

HOUSE_LIB_C = $(filter %.c,$(lib_libvmaware_a_SOURCES))
HOUSE_ALL_C = \
	$(noinst_HEADERS) \
	$(lib_libvmaware_a_SOURCES) \
	$(vswitchd_plugin_ovs_vswitchd_SOURCES) \
	$(utilities_ovs_vm_agent_SOURCES) \
	$(utilities_ovs_vm_sim_SOURCES) \
	$(tests_vm_test_SOURCES)
HOUSE_C = $(filter %.c %.h,$(HOUSE_ALL_C))
HOUSE_AT = $(TESTSUITE_AT) $(BENCHES_AT)
HOUSE_MK = Makefile.am build-aux/house.mk build-aux/ovs.mk \
	build-aux/ovs-link.mk lib/automake.mk vswitchd-plugin/automake.mk \
	ovsdb/automake.mk utilities/automake.mk tests/automake.mk
HOUSE_TEXT = $(HOUSE_ALL_C) $(HOUSE_PY) $(HOUSE_SHELL) $(HOUSE_AT) \
	$(HOUSE_MK) configure.ac m4/libvirt.m4 m4/ovs.m4 m4/tools.m4 \
	tests/atlocal.in $(OVS_PATCHES) $(dist_man_MANS) $(DOCUMENTS) \
	$(UTILITIES_ACTIVATION_MAN) debian/control debian/rules \
	.editorconfig

HOUSE_RUN = $(AM_V_at)echo "  HOUSE    $(@:house-%.stamp=%)"; \
	PYTHONDONTWRITEBYTECODE=yes; export PYTHONDONTWRITEBYTECODE;
HOUSE_LEFT_OUT = echo "  HOUSE    left out, not installed:"

# The prerequisites with these endings, where VPATH finds them: all of them, or
# those that changed.  If a file without such an ending changed, all of them.
house_all = $(filter $(1),$^)
house_changed = $(filter $(1),$(if $(filter-out $(1),$?),$^,$?))

house-style.stamp: $(HOUSE_ALL_C) build-aux/check-c-style
	$(HOUSE_RUN) $(PYTHON3) $(srcdir)/build-aux/check-c-style \
		$(call house_all,%.c %.h %.def)
	@touch $@

house-length.stamp: $(HOUSE_ALL_C) $(HOUSE_PY) $(HOUSE_SHELL) $(HOUSE_AT) \
		$(HOUSE_MK)
	$(HOUSE_RUN) $(PYTHON3) $(srcdir)/build-aux/check-length $^
	@touch $@

# Layers and circles, over the includes.
HOUSE_LAYERS = \
	$(noinst_HEADERS) \
	$(lib_libvmaware_a_SOURCES) \
	$(vswitchd_plugin_ovs_vswitchd_SOURCES) \
	$(utilities_ovs_vm_agent_SOURCES) \
	$(utilities_ovs_vm_sim_SOURCES)
house-layers.stamp: $(HOUSE_LAYERS) build-aux/check-layers build-aux/layers
	$(HOUSE_RUN) $(PYTHON3) $(srcdir)/build-aux/check-layers \
		$(srcdir)/build-aux/layers $(srcdir) \
		$(filter %.c %.h,$(HOUSE_LAYERS))
	@touch $@

house-words.stamp: $(HOUSE_TEXT)
	$(HOUSE_RUN) $(SHELL) $(srcdir)/build-aux/check-words $^
	@touch $@

house-tests.stamp: $(HOUSE_LIB_C) $(tests_vm_test_SOURCES) tests/scenarios.at \
		build-aux/check-tests
	$(HOUSE_RUN) $(SHELL) $(srcdir)/build-aux/check-tests \
		$(srcdir)/tests $(filter %.c,$(HOUSE_LIB_C:%=$(srcdir)/%))
	@touch $@

house-pure.stamp: $(lib_libvmaware_a_OBJECTS) build-aux/check-pure \
		$(HOUSE_PURE_LISTS)
	$(HOUSE_RUN) $(PYTHON3) $(srcdir)/build-aux/check-pure $(NM) \
		$(srcdir)/build-aux/pure-symbols \
		lib/solve=$(srcdir)/build-aux/pure-symbols-solve -- \
		$(call house_all,%.o)
	@touch $@

# Files that git tracks must be distributed.
house-lists.stamp: Makefile build-aux/check-lists FORCE
	@echo $(DISTFILES:$(srcdir)/%=%) | $(SHELL) $(srcdir)/build-aux/check-lists $(srcdir)
	@touch $@

# ovs-vswitchd.conf.db(5) is generated from the keys; our pages are not.
house-docs.stamp: $(HOUSE_ALL_C) $(dist_man_MANS) \
		build-aux/check-docs build-aux/keydef.py
	$(HOUSE_RUN) if test -n '$(dist_man_MANS)'; then \
		$(PYTHON3) $(srcdir)/build-aux/check-docs \
			$(srcdir)/lib/model/vm-key.def \
			$(srcdir)/lib/base/vm-reason.def \
			$(call house_all,%.7 %.1 %.8) -- $(call house_all,%.c); \
	fi
	@touch $@

house-man.stamp: $(dist_man_MANS) $(UTILITIES_ACTIVATION_MAN) \
		build-aux/check-man
	$(HOUSE_RUN) if test '$(GROFF)' = no; then \
		$(HOUSE_LEFT_OUT) groff; \
	else \
		$(SHELL) $(srcdir)/build-aux/check-man $(GROFF) \
			$(call house_all,%.7 %.1 %.8); \
	fi
	@touch $@

house-ovs-style.stamp: $(HOUSE_C) $(OVS_PATCHES) build-aux/check-ovs-style
	$(HOUSE_RUN) $(SHELL) $(srcdir)/build-aux/check-ovs-style $(PYTHON3) \
		$(OVS_BUILD)/utilities/checkpatch.py \
		$(call house_changed,%.c %.h %.patch)
	@touch $@

# A changed header makes clang check every source, but for those that do not
# compile without libvirt if it is not there.
HOUSE_LOCKS_C = $(filter-out \
	$(if $(filter no,$(HAVE_LIBVIRT)),$(UTILITIES_AGENT_REST)),$(HOUSE_C))
HOUSE_CLANG = $(CLANG) -fsyntax-only -Wthread-safety -Werror \
	$(AM_CPPFLAGS) $(VM_TEST_INCLUDES) $(CPPFLAGS) \
	`sed 's/-W[^ ]*//g' $(OVS_CFLAGS_FILE)`
house-locks.stamp: $(HOUSE_LOCKS_C)
	$(HOUSE_RUN) if test '$(CLANG)' = no; then \
		$(HOUSE_LEFT_OUT) clang; \
	else \
		for file in $(call house_changed,%.c); do \
			$(HOUSE_CLANG) $$file || exit 1; \
		done; \
	fi
	@touch $@

house-python.stamp: $(HOUSE_PY)
	$(HOUSE_RUN) if test '$(FLAKE8)' = no; then \
		$(HOUSE_LEFT_OUT) flake8; \
	else \
		$(FLAKE8) --isolated --max-line-length=79 $^; \
	fi
	@touch $@

house-shell.stamp: $(HOUSE_SHELL)
	$(HOUSE_RUN) if test '$(SHELLCHECK)' = no; then \
		$(HOUSE_LEFT_OUT) shellcheck; \
	else \
		$(SHELLCHECK) -ax --source-path=$(srcdir):$(srcdir)/utilities/activation \
			$(filter-out %-lib.sh %/database.sh %/host.sh,$^); \
	fi
	@touch $@
