/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_FORECAST_H
#define VM_FORECAST_H 1

/* Forecasts (vm-whatif) and the last rebalancing (vm-rebalance) in words, for
 * people and for programs.
 *
 * JSON is the contract and only grows; text may change.  The room decides
 * nothing and changes nothing.  Any thread may enter with things of its
 * own. */

struct ds;
struct json;
struct vm_forecasts;
struct vm_rebalance;

/* Everything that vm_whatif() answered:
 *
 *     {"safe": ..., "forecasts": [{"what", "safe",
 *       "moves": [{"who", "name", "from", "to", "sends_bps", "reason",
 *                  "reason_text", "step"}],
 *       "worse_off": [{"who", "name", "what", "guarantee_bps"}],
 *       "uplinks": [{"name", "usable", "capacity_bps", "load_bps_before",
 *                    "load_ppm_before", "load_bps", "load_ppm"}]}]}
 *
 * "safe" is true if nobody is worse off, of all forecasts and of each; for
 * lose=each that is whether the bond is N+1 safe.  "step" is "at-once" or
 * "rebalancing"; "what" of somebody worse off is "dropped" or
 * "guarantee-broken".  "load_ppm" is null for an uplink that is not usable. */
void vm_forecasts_format(const struct vm_forecasts *, struct ds *);
struct json *vm_forecasts_to_json(const struct vm_forecasts *);

/* What came of rebalancing by hand: a sentence, and a line per move. */
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
