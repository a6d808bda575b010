# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0

# The decision engine.  To add a file, list it here.

noinst_LIBRARIES += lib/libvmaware.a
lib_libvmaware_a_SOURCES = \
	lib/vm-action.c \
	lib/vm-action.h \
	lib/vm-admission.c \
	lib/vm-admission.h \
	lib/vm-assign.c \
	lib/vm-assign.h \
	lib/vm-background.c \
	lib/vm-background.h \
	lib/vm-balance.c \
	lib/vm-balance.h \
	lib/vm-book.c \
	lib/vm-book.h \
	lib/vm-check.c \
	lib/vm-check.h \
	lib/vm-copy.c \
	lib/vm-copy.h \
	lib/vm-decisions.c \
	lib/vm-decisions.h \
	lib/vm-deep.c \
	lib/vm-deep.h \
	lib/vm-demand.c \
	lib/vm-demand.h \
	lib/vm-describe.c \
	lib/vm-describe.h \
	lib/vm-endpoint-fields.c \
	lib/vm-endpoint-fields.h \
	lib/vm-engine.c \
	lib/vm-engine.h \
	lib/vm-explain.c \
	lib/vm-explain.h \
	lib/vm-fields.c \
	lib/vm-fields.h \
	lib/vm-forecast.c \
	lib/vm-forecast.h \
	lib/vm-inventory.c \
	lib/vm-inventory.h \
	lib/vm-journal.c \
	lib/vm-journal.h \
	lib/vm-key.c \
	lib/vm-key.def \
	lib/vm-key.h \
	lib/vm-load.c \
	lib/vm-load.h \
	lib/vm-mac.c \
	lib/vm-mac.h \
	lib/vm-member.c \
	lib/vm-member.h \
	lib/vm-meter.c \
	lib/vm-meter.h \
	lib/vm-migrate.c \
	lib/vm-migrate.h \
	lib/vm-packing.c \
	lib/vm-packing.h \
	lib/vm-placement.c \
	lib/vm-placement.h \
	lib/vm-policy.c \
	lib/vm-policy.h \
	lib/vm-problem.c \
	lib/vm-problem.h \
	lib/vm-rates.c \
	lib/vm-rates.h \
	lib/vm-reader.c \
	lib/vm-reader.h \
	lib/vm-rebalance.c \
	lib/vm-rebalance.h \
	lib/vm-reason.c \
	lib/vm-reason.def \
	lib/vm-reason.h \
	lib/vm-regroup.c \
	lib/vm-regroup.h \
	lib/vm-remedy.c \
	lib/vm-remedy.h \
	lib/vm-reserve.c \
	lib/vm-reserve.h \
	lib/vm-scale.c \
	lib/vm-scale.h \
	lib/vm-search.c \
	lib/vm-search.h \
	lib/vm-sender.c \
	lib/vm-sender.h \
	lib/vm-share.c \
	lib/vm-share.h \
	lib/vm-slot.c \
	lib/vm-slot.h \
	lib/vm-snapshot.c \
	lib/vm-snapshot.h \
	lib/vm-table.c \
	lib/vm-table.h \
	lib/vm-value.c \
	lib/vm-value.h \
	lib/vm-view.c \
	lib/vm-view.h \
	lib/vm-whatif.c \
	lib/vm-whatif.h \
	lib/vm-world.c \
	lib/vm-world.h \
	lib/vm-worth.c \
	lib/vm-worth.h

$(lib_libvmaware_a_OBJECTS): | ovs.stamp
