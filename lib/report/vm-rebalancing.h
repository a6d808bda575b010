/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_REBALANCING_H
#define VM_REBALANCING_H 1

/* Reports the last rebalancing (vm-rebalance) and when the next one is due:
 * text for people, JSON for programs.
 *
 * JSON is the contract and only grows; text may change.  The module changes
 * nothing.  The caller owns the JSON.
 *
 * Thread-safety: same as the rebalancing that it reads. */

struct ds;
struct json;
struct vm_rebalance;

/* The outcome of vm-aware/rebalance: a sentence, and a line per move.  For
 * JSON: what vm_rebalance_to_json() returns and "moves": [{"who", "name",
 * "from", "to", "sends_bps", "reason", "reason_text"}]. */
void vm_rebalance_format(const struct vm_rebalance *, struct ds *);
struct json *vm_rebalance_outcome_to_json(const struct vm_rebalance *,
                                          long long int now);

/* For the first line of vm-aware/show: "next rebalance in 7.2 s", and the
 * outcome of the last one if there was one.  For JSON: {"interval_ms",
 * "next_ms" (from 'now', null if never), "last_ms" (ago), "last_reason",
 * "last_moves", "ppm_before", "ppm_after"}, null before the first. */
void vm_rebalance_format_next(const struct vm_rebalance *, long long int now,
                              struct ds *);
void vm_rebalance_format_last(const struct vm_rebalance *, long long int now,
                              struct ds *);
struct json *vm_rebalance_to_json(const struct vm_rebalance *,
                                  long long int now);

#endif /* vm-rebalancing.h */
