# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0

# The decision engine.  To add a file, list it here.

noinst_LIBRARIES += lib/libvmaware.a
lib_libvmaware_a_SOURCES = \
	lib/base/vm-load.c \
	lib/base/vm-load.h \
	lib/base/vm-problem.c \
	lib/base/vm-problem.h \
	lib/base/vm-reason.c \
	lib/base/vm-reason.def \
	lib/base/vm-reason.h \
	lib/base/vm-value.c \
	lib/base/vm-value.h \
	lib/model/vm-config.h \
	lib/model/vm-endpoint-names.c \
	lib/model/vm-endpoint-names.h \
	lib/model/vm-endpoint.c \
	lib/model/vm-endpoint.h \
	lib/model/vm-entity.h \
	lib/model/vm-inventory.c \
	lib/model/vm-inventory.h \
	lib/model/vm-key.c \
	lib/model/vm-key.def \
	lib/model/vm-key.h \
	lib/model/vm-mac.c \
	lib/model/vm-mac.h \
	lib/model/vm-member.c \
	lib/model/vm-member.h \
	lib/model/vm-policy.c \
	lib/model/vm-policy.h \
	lib/model/vm-reader.c \
	lib/model/vm-reader.h \
	lib/model/vm-regroup.c \
	lib/model/vm-regroup.h \
	lib/model/vm-slot.c \
	lib/model/vm-slot.h \
	lib/solve/vm-admission.c \
	lib/solve/vm-admission.h \
	lib/solve/vm-balance.c \
	lib/solve/vm-balance.h \
	lib/solve/vm-bins.c \
	lib/solve/vm-bins.h \
	lib/solve/vm-chains.c \
	lib/solve/vm-chains.h \
	lib/solve/vm-demand.c \
	lib/solve/vm-demand.h \
	lib/solve/vm-ledger.c \
	lib/solve/vm-ledger.h \
	lib/solve/vm-local-search.c \
	lib/solve/vm-local-search.h \
	lib/solve/vm-packing.c \
	lib/solve/vm-packing.h \
	lib/solve/vm-placement.c \
	lib/solve/vm-placement.h \
	lib/solve/vm-rates.c \
	lib/solve/vm-rates.h \
	lib/solve/vm-remedy.c \
	lib/solve/vm-remedy.h \
	lib/solve/vm-reservations.c \
	lib/solve/vm-reservations.h \
	lib/solve/vm-significance.c \
	lib/solve/vm-significance.h \
	lib/solve/vm-snapshot.c \
	lib/solve/vm-snapshot.h \
	lib/engine/vm-action.c \
	lib/engine/vm-action.h \
	lib/engine/vm-apply.c \
	lib/engine/vm-apply.h \
	lib/engine/vm-builder.c \
	lib/engine/vm-builder.h \
	lib/engine/vm-clone.c \
	lib/engine/vm-clone.h \
	lib/engine/vm-engine.c \
	lib/engine/vm-engine.h \
	lib/engine/vm-forwarding.c \
	lib/engine/vm-forwarding.h \
	lib/engine/vm-journal.c \
	lib/engine/vm-journal.h \
	lib/engine/vm-members.c \
	lib/engine/vm-members.h \
	lib/engine/vm-meter.c \
	lib/engine/vm-meter.h \
	lib/engine/vm-pin.c \
	lib/engine/vm-pin.h \
	lib/engine/vm-policing.c \
	lib/engine/vm-policing.h \
	lib/engine/vm-rebalance.c \
	lib/engine/vm-rebalance.h \
	lib/engine/vm-self-check.c \
	lib/engine/vm-self-check.h \
	lib/engine/vm-sender.c \
	lib/engine/vm-sender.h \
	lib/engine/vm-unmet.c \
	lib/engine/vm-unmet.h \
	lib/report/vm-describe.c \
	lib/report/vm-describe.h \
	lib/report/vm-endpoint-fields.c \
	lib/report/vm-endpoint-fields.h \
	lib/report/vm-explain.c \
	lib/report/vm-explain.h \
	lib/report/vm-fields.c \
	lib/report/vm-fields.h \
	lib/report/vm-forecast.c \
	lib/report/vm-forecast.h \
	lib/report/vm-table.c \
	lib/report/vm-table.h \
	lib/report/vm-view.c \
	lib/report/vm-view.h \
	lib/report/vm-whatif.c \
	lib/report/vm-whatif.h

$(lib_libvmaware_a_OBJECTS): | ovs.stamp
