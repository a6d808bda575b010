/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_FORECAST_H
#define VM_FORECAST_H 1

/* Reports forecasts (vm-whatif) and the last rebalancing (vm-rebalance): text
 * for people, JSON for programs.
 *
 * JSON is the contract and only grows; text may change.  The module predicts
 * nothing and changes nothing.  The caller owns the JSON.
 *
 * Thread-safety: same as the forecasts and the rebalancing that it reads. */

struct ds;
struct json;
struct vm_forecasts;
struct vm_rebalance;

/* All forecasts of one call of vm_whatif():
 *
 *     {"safe": ..., "forecasts": [{"what", "safe",
 *       "moves": [{"who", "name", "from", "to", "sends_bps", "reason",
 *                  "reason_text", "step"}],
 *       "worse_off": [{"who", "name", "what", "guarantee_bps"}],
 *       "members": [{"name", "usable", "capacity_bps", "load_bps_before",
 *                    "load_ppm_before", "load_bps", "load_ppm"}]}]}
 *
 * "safe" is true if no VM is worse off, in the forecast or in all of them; for
 * lose=each that means that the bond is N+1 safe.  "step" is "at-once" or
 * "rebalancing".  "what" in "worse_off" is "dropped" or "guarantee-unmet".
 * "load_bps" and "load_ppm" are null for a member that is not usable. */
void vm_forecasts_format(const struct vm_forecasts *, struct ds *);
struct json *vm_forecasts_to_json(const struct vm_forecasts *);

/* The outcome of vm-aware/rebalance: a sentence, and a line per move. */
void vm_rebalance_format(const struct vm_rebalance *, struct ds *);

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

#endif /* vm-forecast.h */
