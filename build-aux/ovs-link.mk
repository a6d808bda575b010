# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0

# More targets for Open vSwitch's Makefile.  Read after it, in its build
# directory, so that its own variables say how it compiles and links:
#
#   make -f Makefile -f ovs-link.mk TARGET OURS="OBJECT..." OUT=PROGRAM
#
# OURS are our objects and archives, absolute; OUT is absolute, too.  Objects
# are listed, not archived, as the linker would leave out constructors.
# OUR_LIBS are libraries that only a program of ours needs.

.PHONY: vm-aware-cflags vm-aware-link-switch vm-aware-link-plain \
	vm-aware-autotest-path

# The flags that Open vSwitch compiles its own objects with, less -Werror.
vm-aware-cflags:
	@echo '$(filter-out -Werror,$(AM_CFLAGS))'

# Our ovs-vswitchd: what Open vSwitch links, and ours.
vm-aware-link-switch:
	$(LIBTOOL) $(AM_V_lt) --tag=CC --mode=link $(CCLD) $(AM_CFLAGS) \
		$(CFLAGS) $(vswitchd_ovs_vswitchd_LDFLAGS) $(LDFLAGS) \
		-o $(OUT) $(vswitchd_ovs_vswitchd_OBJECTS) $(OURS) \
		$(vswitchd_ovs_vswitchd_LDADD) $(LIBS)

# A program that uses libopenvswitch.
vm-aware-link-plain:
	$(LIBTOOL) $(AM_V_lt) --tag=CC --mode=link $(CCLD) $(AM_CFLAGS) \
		$(CFLAGS) $(AM_LDFLAGS) $(LDFLAGS) -o $(OUT) $(OURS) \
		lib/libopenvswitch.la $(OUR_LIBS) $(LIBS)

# Where Open vSwitch's test suite looks for programs.
vm-aware-autotest-path:
	@echo '$(AUTOTEST_PATH)'
