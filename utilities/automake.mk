# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0

EXTRA_DIST += utilities/packages.list

# The simulator: the engine, without a switch.
noinst_PROGRAMS += utilities/ovs-vm-sim
utilities_ovs_vm_sim_SOURCES = \
	utilities/ovs-vm-sim.c \
	utilities/vm-sim-bond.c \
	utilities/vm-sim-bond.h \
	utilities/vm-sim-journal.c \
	utilities/vm-sim-journal.h \
	utilities/vm-sim-output.c \
	utilities/vm-sim-output.h \
	utilities/vm-sim-record.c \
	utilities/vm-sim-record.h \
	utilities/vm-sim-result.h \
	utilities/vm-sim-saved.c \
	utilities/vm-sim-saved.h \
	utilities/vm-sim-svg.c \
	utilities/vm-sim-model.c \
	utilities/vm-sim-model.h \
	utilities/vm-sim.c \
	utilities/vm-sim.h \
	utilities/vm-traffic.c \
	utilities/vm-traffic.h

$(utilities_ovs_vm_sim_OBJECTS): | ovs.stamp

utilities/ovs-vm-sim$(EXEEXT): $(utilities_ovs_vm_sim_OBJECTS) \
		lib/libvmaware.a build-aux/ovs-link.mk ovs.stamp
	@$(MKDIR_P) utilities
	+$(AM_V_CCLD)$(OVS_MAKE_MORE) -s vm-aware-link-plain \
		OUT='$(abs_builddir)/$@' \
		OURS='$(utilities_ovs_vm_sim_OBJECTS:%=$(abs_builddir)/%) \
		      $(abs_builddir)/lib/libvmaware.a'

INSTALL_EXEC_LOCAL += utilities-install
utilities-install: ovs-install-exec utilities/ovs-vm-sim
	$(MKDIR_P) '$(DESTDIR)$(bindir)'
	$(SHELL) $(OVS_BUILD)/libtool --mode=install $(INSTALL_PROGRAM) \
		utilities/ovs-vm-sim '$(DESTDIR)$(bindir)/ovs-vm-sim'

UNINSTALL_LOCAL += utilities-uninstall
utilities-uninstall:
	rm -f '$(DESTDIR)$(bindir)/ovs-vm-sim'
.PHONY: utilities-install utilities-uninstall

dist_man_MANS += utilities/ovs-vm-sim.1
