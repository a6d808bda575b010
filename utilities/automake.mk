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

# The agent, which needs libvirt.  What decides in it is also tested alone.
UTILITIES_AGENT_PURE = \
	utilities/agent/agent-choice.c \
	utilities/agent/agent-choice.h \
	utilities/agent/agent-job.c \
	utilities/agent/agent-job.h \
	utilities/agent/agent-mark.c \
	utilities/agent/agent-policy.c \
	utilities/agent/agent-policy.h \
	utilities/agent/agent-types.c \
	utilities/agent/agent-types.h \
	utilities/agent/agent-verdict.c \
	utilities/agent/agent-verdict.h \
	utilities/agent/agent-vm.c \
	utilities/agent/agent-vm.h \
	utilities/agent/agent-vm-state.c \
	utilities/agent/agent-vm-state.h \
	utilities/agent/agent-work.c \
	utilities/agent/agent-work.h
UTILITIES_AGENT_REST = \
	utilities/agent/agent-call.c \
	utilities/agent/agent-call.h \
	utilities/agent/agent-db.c \
	utilities/agent/agent-db.h \
	utilities/agent/agent-kill.c \
	utilities/agent/agent-kill.h \
	utilities/agent/agent-libvirt.c \
	utilities/agent/agent-libvirt.h \
	utilities/agent/agent-options.c \
	utilities/agent/agent-options.h \
	utilities/agent/agent-route.c \
	utilities/agent/agent-route.h \
	utilities/agent/agent-rows.c \
	utilities/agent/agent-rows.h \
	utilities/agent/agent-target.c \
	utilities/agent/agent-target.h \
	utilities/agent/agent-unixctl.c \
	utilities/agent/agent-unixctl.h \
	utilities/agent/ovs-vm-agent.c
utilities_ovs_vm_agent_SOURCES = \
	$(UTILITIES_AGENT_PURE) $(UTILITIES_AGENT_REST)
if HAVE_LIBVIRT
noinst_PROGRAMS += utilities/ovs-vm-agent
endif
EXTRA_DIST += utilities/ovs-vm-agent.service.in

$(utilities_ovs_vm_agent_OBJECTS): | ovs.stamp

utilities/ovs-vm-agent$(EXEEXT): $(utilities_ovs_vm_agent_OBJECTS) \
		lib/libvmaware.a build-aux/ovs-link.mk ovs.stamp
	@$(MKDIR_P) utilities
	+$(AM_V_CCLD)$(OVS_MAKE_MORE) -s vm-aware-link-plain \
		OUT='$(abs_builddir)/$@' \
		OURS='$(utilities_ovs_vm_agent_OBJECTS:%=$(abs_builddir)/%) \
		      $(abs_builddir)/lib/libvmaware.a' \
		OUR_LIBS='$(LIBVIRT_LIBS)'

INSTALL_EXEC_LOCAL += utilities-install
utilities-install: ovs-install-exec utilities/ovs-vm-sim
	$(MKDIR_P) '$(DESTDIR)$(bindir)'
	$(SHELL) $(OVS_BUILD)/libtool --mode=install $(INSTALL_PROGRAM) \
		utilities/ovs-vm-sim '$(DESTDIR)$(bindir)/ovs-vm-sim'

# With its unit, where systemd looks for those of packages.
AGENT_UNITDIR = $(prefix)/lib/systemd/system
if HAVE_LIBVIRT
INSTALL_EXEC_LOCAL += utilities-install-agent
endif
utilities-install-agent: ovs-install-exec utilities/ovs-vm-agent \
		utilities/ovs-vm-agent.service
	$(MKDIR_P) '$(DESTDIR)$(sbindir)' '$(DESTDIR)$(AGENT_UNITDIR)'
	$(SHELL) $(OVS_BUILD)/libtool --mode=install $(INSTALL_PROGRAM) \
		utilities/ovs-vm-agent '$(DESTDIR)$(sbindir)/ovs-vm-agent'
	$(INSTALL_DATA) utilities/ovs-vm-agent.service \
		'$(DESTDIR)$(AGENT_UNITDIR)/ovs-vm-agent.service'

utilities/ovs-vm-agent.service: utilities/ovs-vm-agent.service.in Makefile
	@$(MKDIR_P) utilities
	$(AM_V_GEN)sed 's,%SBINDIR%,$(sbindir),' \
		$(srcdir)/utilities/ovs-vm-agent.service.in > $@.tmp
	$(AM_V_at)mv $@.tmp $@
CLEANFILES += utilities/ovs-vm-agent.service

UNINSTALL_LOCAL += utilities-uninstall
utilities-uninstall:
	rm -f '$(DESTDIR)$(bindir)/ovs-vm-sim' \
		'$(DESTDIR)$(sbindir)/ovs-vm-agent' \
		'$(DESTDIR)$(AGENT_UNITDIR)/ovs-vm-agent.service'
.PHONY: utilities-install utilities-install-agent utilities-uninstall

# What only the Debian package has: its activation, and debian/ itself.
UTILITIES_ACTIVATION = \
	utilities/activation/activation-lib.sh \
	utilities/activation/database.sh \
	utilities/activation/host.sh \
	utilities/activation/ovs-vm-aware-activate \
	utilities/activation/ovs-vm-aware-deactivate \
	utilities/activation/ovs-vswitchd \
	utilities/activation/ovs-vswitchd-dpdk \
	utilities/activation/placements \
	utilities/activation/steps.sh
UTILITIES_ACTIVATION_MAN = utilities/activation/ovs-vm-aware-activate.8
EXTRA_DIST += debian $(UTILITIES_ACTIVATION) $(UTILITIES_ACTIVATION_MAN) \
	utilities/activation/ovs-vswitchd.conf

dist_man_MANS += utilities/ovs-vm-agent.8 utilities/ovs-vm-sim.1
