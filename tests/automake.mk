# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0

# The test program of lib/.  A new tests/test-NAME.c goes here and into the
# list of tables in vm-test.c.
check_PROGRAMS += tests/vm-test
tests_vm_test_SOURCES = \
	tests/test-vm-admission.c \
	tests/test-vm-background.c \
	tests/test-vm-balance-bench.c \
	tests/test-vm-balance-cost.c \
	tests/test-vm-balance-random.c \
	tests/test-vm-balance.c \
	tests/test-vm-check.c \
	tests/test-vm-demand-table.c \
	tests/test-vm-demand.c \
	tests/test-vm-describe.c \
	tests/test-vm-engine.c \
	tests/test-vm-inventory.c \
	tests/test-vm-journal.c \
	tests/test-vm-key.c \
	tests/test-vm-load.c \
	tests/test-vm-mac.c \
	tests/test-vm-member.c \
	tests/test-vm-meter.c \
	tests/test-vm-packing.c \
	tests/test-vm-placement-random.c \
	tests/test-vm-placement.c \
	tests/test-vm-policy.c \
	tests/test-vm-rates.c \
	tests/test-vm-reader.c \
	tests/test-vm-reason.c \
	tests/test-vm-remedy.c \
	tests/test-vm-reserve.c \
	tests/test-vm-search.c \
	tests/test-vm-share.c \
	tests/test-vm-slot.c \
	tests/test-vm-snapshot.c \
	tests/test-vm-table.c \
	tests/test-vm-value.c \
	tests/test-vm-whatif.c \
	tests/test-vm-world.c \
	tests/vm-expect.c \
	tests/vm-expect.h \
	tests/vm-optimum.c \
	tests/vm-optimum.h \
	tests/vm-placement-model.c \
	tests/vm-placement-model.h \
	tests/vm-quantile.c \
	tests/vm-quantile.h \
	tests/vm-random.c \
	tests/vm-random.h \
	tests/vm-rivals.c \
	tests/vm-rivals.h \
	tests/vm-sample-engine.c \
	tests/vm-sample-engine.h \
	tests/vm-sample.c \
	tests/vm-sample.h \
	tests/vm-scenario.c \
	tests/vm-scenario.h \
	tests/vm-stage-time.c \
	tests/vm-stage-time.h \
	tests/vm-stage-words.c \
	tests/vm-stage-words.h \
	tests/vm-stage.c \
	tests/vm-stage.h \
	tests/vm-test.c \
	tests/vm-test.h

$(tests_vm_test_OBJECTS): | ovs.stamp

tests/vm-test$(EXEEXT): $(tests_vm_test_OBJECTS) lib/libvmaware.a \
		build-aux/ovs-link.mk ovs.stamp
	@$(MKDIR_P) tests
	+$(AM_V_CCLD)$(OVS_MAKE_MORE) -s vm-aware-link-plain \
		OUT='$(abs_builddir)/$@' \
		OURS='$(tests_vm_test_OBJECTS:%=$(abs_builddir)/%) \
		      $(abs_builddir)/lib/libvmaware.a'

# The suite.  A new tests/NAME.at goes here and into testsuite.at.
TESTSUITE_AT = \
	tests/testsuite.at \
	tests/bond-class.at \
	tests/build.at \
	tests/daemon-macros.at \
	tests/db.at \
	tests/failover.at \
	tests/house.at \
	tests/lib.at \
	tests/meter.at \
	tests/rebalance.at \
	tests/sender.at \
	tests/sim.at

# Open vSwitch's macros, used where they lie.
OVS_TEST_MACROS = \
	$(OVS_BUILD)/tests/ovs-macros.at \
	$(OVS_BUILD)/tests/ovsdb-macros.at \
	$(OVS_BUILD)/tests/ofproto-macros.at

EXTRA_DIST += $(TESTSUITE_AT)

# One case for each tests/scenarios/*.scn; adding a file adds a case.
tests/scenarios.at: FORCE
	@$(MKDIR_P) tests
	@$(SHELL) $(srcdir)/build-aux/scenarios-at $(srcdir)/tests/scenarios \
		> $@.tmp
	@if cmp -s $@.tmp $@; then rm -f $@.tmp; else mv $@.tmp $@; fi
EXTRA_DIST += build-aux/scenarios-at

# One case for each command of the test program that takes no argument.
tests/commands.at: $(tests_vm_test_SOURCES) tests/lib.at build-aux/commands-at
	@$(MKDIR_P) tests
	@$(SHELL) $(srcdir)/build-aux/commands-at $(filter %.at,$^) \
		$(filter %.c,$^) > $@.tmp
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

tests/testsuite: $(TESTSUITE_AT) $(OVS_TEST_MACROS) tests/scenarios.at \
		tests/commands.at tests/package.m4
	$(AM_V_GEN)$(AUTOM4TE) --language=autotest -I tests -I . -I $(srcdir) \
		-I $(OVS_BUILD) -o $@.tmp $(srcdir)/tests/testsuite.at
	$(AM_V_at)mv $@.tmp $@

CLEANFILES += tests/commands.at tests/commands.at.tmp \
	tests/scenarios.at tests/scenarios.at.tmp tests/package.m4 \
	tests/testsuite
DISTCLEANFILES += tests/atconfig
EXTRA_DIST += tests/atlocal.in tests/lab tests/scenarios tests/sim

# Programs under test come before those of Open vSwitch's tree.
CHECK_PATH = vswitchd-plugin:utilities:tests:$(OVS_BUILD)/utilities:$(OVS_BUILD)/ovsdb:$(OVS_BUILD)/tests

CHECK_LOCAL += check-suite
check-suite: tests/testsuite tests/atconfig tests/atlocal \
		$(check_PROGRAMS) $(noinst_PROGRAMS)
	$(AM_V_at)$(SHELL) tests/testsuite -C tests \
		AUTOTEST_PATH=$(CHECK_PATH) $(TESTSUITEFLAGS)

# What rebalancing, what-if and the allocation of rates are good for, and what
# they cost.  All is run, and fails if any part of it misses a bound.
BENCH_SEED = 1
BENCH_RUNS = \
	balance-quality:2000 \
	balance-stability:10000 \
	balance-cost \
	whatif-random:10000 \
	rates-random:100000
bench: tests/vm-test
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
	exit $$status

# The lab: real interfaces in network namespaces.
check-lab: binaries
	$(AM_V_at)cd $(srcdir) && OVS_VM_AWARE_BUILD='$(abs_builddir)' \
		PYTHONDONTWRITEBYTECODE=yes \
		$(PYTHON3) -m pytest -p no:cacheprovider $(LABFLAGS) tests/lab

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

.PHONY: bench check-suite check-lab check-ovs

CLEAN_LOCAL += tests-clean
tests-clean:
	rm -rf tests/testsuite.dir tests/testsuite.log
.PHONY: tests-clean
