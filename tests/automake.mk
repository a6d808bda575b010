# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0

# The test program of lib/, with the simulator's model of traffic.  A new
# tests/unit/LAYER/test-vm-NAME.c goes here and into the list of tables in
# tests/unit/vm-test.c.
check_PROGRAMS += tests/vm-test
VM_TEST_INCLUDES = -I$(top_srcdir)/tests/unit -I$(top_srcdir)/tests/bench
tests_vm_test_CPPFLAGS = $(AM_CPPFLAGS) $(VM_TEST_INCLUDES)
tests_vm_test_SOURCES = \
	tests/unit/agent/agent-sim.c \
	tests/unit/agent/agent-sim.h \
	tests/unit/agent/test-agent-choice.c \
	tests/unit/agent/test-agent-policy.c \
	tests/unit/agent/test-agent-random.c \
	tests/unit/agent/test-agent-verdict.c \
	tests/unit/agent/test-agent-work.c \
	tests/unit/base/test-vm-load.c \
	tests/unit/base/test-vm-map.c \
	tests/unit/base/test-vm-reason.c \
	tests/unit/base/test-vm-set.c \
	tests/unit/base/test-vm-sorted.c \
	tests/unit/base/test-vm-utf8.c \
	tests/unit/base/test-vm-value.c \
	tests/unit/model/test-vm-endpoint-names.c \
	tests/unit/model/test-vm-endpoint.c \
	tests/unit/model/test-vm-hold-off.c \
	tests/unit/model/test-vm-inventory.c \
	tests/unit/model/test-vm-key.c \
	tests/unit/model/test-vm-mac.c \
	tests/unit/model/test-vm-member.c \
	tests/unit/model/test-vm-mode.c \
	tests/unit/model/test-vm-changes.c \
	tests/unit/model/test-vm-watch.c \
	tests/unit/model/test-vm-news.c \
	tests/unit/model/test-vm-endpoint-list.c \
	tests/unit/model/test-vm-places.c \
	tests/unit/model/test-vm-policy-text.c \
	tests/unit/model/test-vm-policy.c \
	tests/unit/model/test-vm-reader.c \
	tests/unit/model/test-vm-slot-load.c \
	tests/unit/model/test-vm-slot.c \
	tests/unit/model/test-vm-tag.c \
	tests/unit/solve/test-vm-admission.c \
	tests/unit/solve/test-vm-admission-room.c \
	tests/unit/solve/test-vm-balance-random.c \
	tests/unit/solve/test-vm-balance.c \
	tests/unit/solve/test-vm-demand-table.c \
	tests/unit/solve/test-vm-demand.c \
	tests/unit/solve/test-vm-drops.c \
	tests/unit/solve/test-vm-local-search.c \
	tests/unit/solve/test-vm-packing.c \
	tests/unit/solve/test-vm-placement-random.c \
	tests/unit/solve/test-vm-placement.c \
	tests/unit/solve/test-vm-limit.c \
	tests/unit/solve/test-vm-rates.c \
	tests/unit/solve/test-vm-remedy.c \
	tests/unit/solve/test-vm-reservations.c \
	tests/unit/solve/test-vm-snapshot.c \
	tests/unit/engine/test-vm-budget.c \
	tests/unit/engine/test-vm-clone.c \
	tests/unit/engine/test-vm-concern.c \
	tests/unit/engine/test-vm-drain.c \
	tests/unit/engine/test-vm-builder.c \
	tests/unit/engine/test-vm-engine-work.c \
	tests/unit/engine/test-vm-engine.c \
	tests/unit/engine/test-vm-journal.c \
	tests/unit/engine/test-vm-meter.c \
	tests/unit/engine/test-vm-pace.c \
	tests/unit/engine/test-vm-policing.c \
	tests/unit/engine/test-vm-request-check.c \
	tests/unit/engine/test-vm-request-id.c \
	tests/unit/engine/test-vm-request.c \
	tests/unit/engine/test-vm-request-turn.c \
	tests/unit/engine/test-vm-return.c \
	tests/unit/engine/test-vm-self-check.c \
	tests/unit/engine/test-vm-sender-rest.c \
	tests/unit/engine/test-vm-uncounted.c \
	tests/unit/engine/test-vm-unmet.c \
	tests/unit/report/test-vm-describe-log.c \
	tests/unit/report/test-vm-describe-absent.c \
	tests/unit/report/test-vm-describe.c \
	tests/unit/report/test-vm-explain.c \
	tests/unit/report/test-vm-prediction.c \
	tests/unit/report/test-vm-question.c \
	tests/unit/report/test-vm-rebalancing.c \
	tests/unit/report/test-vm-software.c \
	tests/unit/report/test-vm-table.c \
	tests/unit/report/test-vm-whatif-steps.c \
	tests/unit/report/test-vm-whatif-table.c \
	tests/unit/report/test-vm-whatif.c \
	tests/unit/vm-expect.c \
	tests/unit/vm-expect.h \
	tests/unit/vm-placement-model.c \
	tests/unit/vm-placement-model.h \
	tests/unit/vm-quantile.c \
	tests/unit/vm-quantile.h \
	tests/unit/vm-random.c \
	tests/unit/vm-random.h \
	tests/unit/vm-sample-engine.c \
	tests/unit/vm-sample-engine.h \
	tests/unit/vm-sample-policy.c \
	tests/unit/vm-sample-policy.h \
	tests/unit/vm-sample.c \
	tests/unit/vm-sample.h \
	tests/unit/vm-scenario.c \
	tests/unit/vm-scenario.h \
	tests/unit/vm-stage-answers.c \
	tests/unit/vm-stage-facts.c \
	tests/unit/vm-stage-facts.h \
	tests/unit/vm-stage-random.c \
	tests/unit/vm-stage-random.h \
	tests/unit/vm-stage-requests.c \
	tests/unit/vm-stage-requests.h \
	tests/unit/vm-stage-time.c \
	tests/unit/vm-stage-time.h \
	tests/unit/vm-stage-words.c \
	tests/unit/vm-stage-words.h \
	tests/unit/vm-stage.c \
	tests/unit/vm-stage.h \
	tests/unit/vm-test.c \
	tests/unit/vm-test.h \
	tests/bench/test-vm-balance-bench.c \
	tests/bench/test-vm-balance-cost.c \
	tests/bench/test-vm-engine-cost.c \
	tests/bench/test-vm-engine-events.c \
	tests/bench/vm-optimum.c \
	tests/bench/vm-optimum.h \
	tests/bench/vm-rivals.c \
	tests/bench/vm-rivals.h \
	$(UTILITIES_AGENT_PURE) \
	utilities/vm-traffic.c \
	utilities/vm-traffic.h

$(tests_vm_test_OBJECTS): | ovs.stamp

tests/vm-test$(EXEEXT): $(tests_vm_test_OBJECTS) lib/libvmaware.a \
		build-aux/ovs-link.mk ovs.stamp
	@$(MKDIR_P) tests
	+$(AM_V_CCLD)$(OVS_MAKE_MORE) -s vm-aware-link-plain \
		OUT='$(abs_builddir)/$@' \
		OURS='$(tests_vm_test_OBJECTS:%=$(abs_builddir)/%) \
		      $(abs_builddir)/lib/libvmaware.a'

# A switch with a dummy bond class instead of ours, for
# tests/daemon/bond-provider.at.
check_PROGRAMS += tests/dummy/ovs-vswitchd
tests_dummy_ovs_vswitchd_SOURCES = tests/daemon/dummy-bond-class.c

$(tests_dummy_ovs_vswitchd_OBJECTS): | ovs.stamp

tests/dummy/ovs-vswitchd$(EXEEXT): $(tests_dummy_ovs_vswitchd_OBJECTS) \
		build-aux/ovs-link.mk ovs.stamp
	@$(MKDIR_P) tests/dummy
	+$(AM_V_CCLD)$(OVS_MAKE_MORE) -s vm-aware-link-switch \
		OUT='$(abs_builddir)/$@' \
		OURS='$(tests_dummy_ovs_vswitchd_OBJECTS:%=$(abs_builddir)/%)'

# The suite.  A new NAME.at goes here and into testsuite.at.
TESTSUITE_AT = \
	tests/testsuite.at \
	tests/agent/agent-macros.at \
	tests/agent/agent.at \
	tests/build/build.at \
	tests/build/house.at \
	tests/daemon/address.at \
	tests/daemon/bond-class.at \
	tests/daemon/bond-key.at \
	tests/daemon/bond-provider.at \
	tests/daemon/bridges.at \
	tests/daemon/daemon-macros.at \
	tests/daemon/db-away.at \
	tests/daemon/db-rows.at \
	tests/daemon/db.at \
	tests/daemon/drain.at \
	tests/daemon/failover.at \
	tests/daemon/incoming.at \
	tests/daemon/lifecycle.at \
	tests/daemon/member.at \
	tests/daemon/meter-macros.at \
	tests/daemon/meter.at \
	tests/daemon/mirror.at \
	tests/daemon/port-status.at \
	tests/daemon/random.at \
	tests/daemon/rebalance.at \
	tests/daemon/request.at \
	tests/daemon/sender.at \
	tests/daemon/tunnels.at \
	tests/daemon/vlan.at \
	tests/daemon/whatif.at \
	tests/sim/sim.at \
	tests/unit/lib.at

# Open vSwitch's macros, used where they lie.
OVS_TEST_MACROS = \
	$(OVS_BUILD)/tests/ovs-macros.at \
	$(OVS_BUILD)/tests/ovsdb-macros.at \
	$(OVS_BUILD)/tests/ofproto-macros.at

# The benches that need the daemon, a suite of their own.
BENCHES_AT = \
	tests/bench/addresses.at \
	tests/bench/cost.at \
	tests/bench/agent-kill.at \
	tests/bench/benches.at \
	tests/bench/stall.at

EXTRA_DIST += $(TESTSUITE_AT) $(BENCHES_AT) tests/daemon/random-operations \
	tests/bench/instructions \
	tests/bench/size

# One case for each tests/scenarios/*.scn; adding a file adds a case.
tests/scenarios.at: FORCE
	@$(MKDIR_P) tests
	@$(SHELL) $(srcdir)/build-aux/scenarios-at $(srcdir)/tests/scenarios \
		> $@.tmp
	@if cmp -s $@.tmp $@; then rm -f $@.tmp; else mv $@.tmp $@; fi
EXTRA_DIST += build-aux/scenarios-at

# One case for each command of the test program that takes no argument, but
# for the benches.
tests/commands.at: $(tests_vm_test_SOURCES) tests/unit/lib.at \
		build-aux/commands-at
	@$(MKDIR_P) tests
	@$(SHELL) $(srcdir)/build-aux/commands-at $(filter %.at,$^) \
		$(filter-out tests/bench/% $(srcdir)/tests/bench/%,$(filter %.c,$^)) > $@.tmp
	@mv $@.tmp $@
EXTRA_DIST += build-aux/commands-at

$(OVS_TEST_MACROS): ovs.stamp
	@:

tests/package.m4: Makefile
	@$(MKDIR_P) tests
	@{ echo 'm4_define([AT_PACKAGE_NAME], [$(PACKAGE_NAME)])'; \
	   echo 'm4_define([AT_PACKAGE_TARNAME], [$(PACKAGE_TARNAME)])'; \
	   echo 'm4_define([AT_PACKAGE_VERSION], [$(PACKAGE_VERSION)])'; \
	   echo 'm4_define([AT_PACKAGE_STRING], [$(PACKAGE_STRING)])'; \
	   echo 'm4_define([AT_PACKAGE_BUGREPORT], [$(PACKAGE_BUGREPORT)])'; \
	   echo 'm4_define([AT_PACKAGE_URL], [$(PACKAGE_URL)])'; } > $@

VM_AUTOTEST = $(AUTOM4TE) --language=autotest -I tests -I . -I $(srcdir) \
	-I $(OVS_BUILD)

tests/testsuite: $(TESTSUITE_AT) $(OVS_TEST_MACROS) tests/scenarios.at \
		tests/commands.at tests/package.m4
	$(AM_V_GEN)$(VM_AUTOTEST) -o $@.tmp $(srcdir)/tests/testsuite.at
	$(AM_V_at)mv $@.tmp $@

tests/benches: $(BENCHES_AT) tests/agent/agent-macros.at \
		tests/daemon/daemon-macros.at \
		tests/daemon/meter-macros.at $(OVS_TEST_MACROS) tests/package.m4
	$(AM_V_GEN)$(VM_AUTOTEST) -o $@.tmp $(srcdir)/tests/bench/benches.at
	$(AM_V_at)mv $@.tmp $@

CLEANFILES += tests/commands.at tests/commands.at.tmp \
	tests/scenarios.at tests/scenarios.at.tmp tests/package.m4 \
	tests/testsuite tests/benches tests/stall.txt tests/addresses.txt \
	tests/cost.txt
DISTCLEANFILES += tests/atconfig
EXTRA_DIST += tests/atlocal.in tests/lab tests/scenarios tests/sim

# Programs under test come before those of Open vSwitch's tree.
CHECK_PATH = vswitchd-plugin:utilities:tests:$(OVS_BUILD)/utilities:$(OVS_BUILD)/ovsdb:$(OVS_BUILD)/tests

CHECK_LOCAL += check-suite
check-suite: tests/testsuite tests/atconfig tests/atlocal \
		$(check_PROGRAMS) $(noinst_PROGRAMS)
	$(AM_V_at)set $(SHELL) tests/testsuite -C tests \
		AUTOTEST_PATH=$(CHECK_PATH); \
	"$$@" $(TESTSUITEFLAGS) || \
		{ test '$(RECHECK)' = yes && "$$@" --recheck; }

# What rebalancing, what-if and the allocation of rates are good for, and what
# they cost.  All is run, and fails if any part of it misses a bound.  Time is
# measured here and nowhere else, and what bounds it is a ratio.
BENCH_SEED = 1
BENCH_RUNS = \
	balance-quality:2000 \
	balance-stability:10000 \
	balance-cost \
	engine-cost \
	whatif-random:10000 \
	rates-random:100000
bench: tests/vm-test tests/benches tests/atconfig tests/atlocal \
		$(noinst_PROGRAMS)
	@status=0; \
	for run in $(BENCH_RUNS); do \
	    command=$${run%%:*}; arguments=; \
	    if test "$$command" != "$$run"; then \
	        arguments="$(BENCH_SEED) $${run#*:}"; \
	    fi; \
	    echo "== $$command $$arguments"; \
	    if tests/vm-test $$command $$arguments; then \
	        echo "-- passed"; \
	    else \
	        echo "-- FAILED"; status=1; \
	    fi; \
	done; \
	echo "== instructions"; \
	if $(SHELL) $(srcdir)/tests/bench/instructions tests/vm-test; then \
	    echo "-- passed"; \
	else \
	    echo "-- FAILED"; status=1; \
	fi; \
	rm -f tests/stall.txt tests/addresses.txt tests/cost.txt; \
	echo "== daemon"; \
	$(SHELL) tests/benches -C tests AUTOTEST_PATH=$(CHECK_PATH) \
	    $(BENCHFLAGS) || status=1; \
	for file in tests/stall.txt tests/addresses.txt tests/cost.txt; do \
	    if test -f $$file; then cat $$file; fi; \
	done; \
	exit $$status

# The lab: real interfaces in network namespaces.
check-lab: binaries
	$(AM_V_at)cd $(srcdir) && OVS_VM_AWARE_BUILD='$(abs_builddir)' \
		PYTHONDONTWRITEBYTECODE=yes \
		$(PYTHON3) -m pytest -p no:cacheprovider $(LABFLAGS) tests/lab

# The same with ports of DPDK, in this build if it has DPDK, else in one of its
# own.  Skipped without DPDK's library.
check-dpdk: binaries
	+$(AM_V_at)build=`$(SHELL) $(srcdir)/build-aux/dpdk-build '$(MAKE)' \
		'$(abs_top_srcdir)' dpdk-build '$(OVS_CONFIGURE_FLAGS)'` && \
	cd $(srcdir) && OVS_VM_AWARE_BUILD="$$build" \
		PYTHONDONTWRITEBYTECODE=yes $(PYTHON3) -m pytest \
		-p no:cacheprovider -m dpdk $(LABFLAGS) tests/lab/test_dpdk.py
EXTRA_DIST += build-aux/dpdk-build
CLEAN_LOCAL += dpdk-clean
dpdk-clean:
	rm -rf dpdk-build
.PHONY: check-dpdk dpdk-clean
# The same on the kernel datapath, in a guest: the tests marked "kernel".
check-kernel: binaries
	$(AM_V_at)cd $(srcdir) && PYTHONDONTWRITEBYTECODE=yes \
		$(PYTHON3) tests/lab/kernel_guest.py \
		--build '$(abs_builddir)' $(KERNELFLAGS)

# Open vSwitch's own tests of what the patches touch, with our ovs-vswitchd.
# Each word of OVS_TESTS is a keyword of its suite or the name of one of its
# tests/*.at without ".at"; "all" runs everything.  The tests mostly wait, so
# there are more at a time than processors.
OVS_TESTS = bond lacp bundle ofproto-dpif bridge mcast-snooping ovs-vsctl pmd
OVS_TESTS_JOBS = 8
check-ovs: binaries
	+$(AM_V_at)$(SHELL) $(srcdir)/build-aux/ovs-check '$(MAKE)' \
		$(OVS_BUILD) '$(OVS_MAKEFILE)' \
		'$(abs_builddir)/vswitchd-plugin' $(OVS_TESTS_JOBS) \
		$(OVS_TESTS)
EXTRA_DIST += build-aux/ovs-check

# The Debian packages, in chroots: from the build to the purge.
PACKAGES_SUITE = bookworm
PACKAGES_CACHE = $(abs_builddir)/packages-cache
check-packages: distdir
	$(AM_V_at)bash $(srcdir)/tests/packages/check-packages $(distdir) \
		'$(PACKAGES_CACHE)' $(PACKAGES_SUITE) $(PACKAGES_FLAGS)
EXTRA_DIST += tests/packages tests/chroot-functions

# The releases of Debian, each in a chroot: REACH_FLAGS are options of
# tests/reach/check-reach.  REACH_LAB selects the tests of the lab.
REACH_LAB = policy or preference or restart or bandwidth or protect \
	or test_member or megaflow or announce
REACH_CACHE = $(abs_builddir)/reach-cache
check-reach: distdir
	$(AM_V_at)REACH_LAB='$(REACH_LAB)' OVS_TESTS='$(OVS_TESTS)' \
		bash $(srcdir)/tests/reach/check-reach $(REACH_FLAGS) \
		$(distdir) '$(REACH_CACHE)'
EXTRA_DIST += tests/reach

.PHONY: bench check-suite check-lab check-ovs check-packages check-reach
.PHONY: bench check-suite check-kernel check-lab check-ovs check-packages

CLEAN_LOCAL += tests-clean
tests-clean:
	rm -rf tests/testsuite.dir tests/testsuite.log tests/benches.dir \
		tests/benches.log
.PHONY: tests-clean
