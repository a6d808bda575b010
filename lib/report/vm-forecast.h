/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_FORECAST_H
#define VM_FORECAST_H 1

/* Reports forecasts (vm-whatif): text for people, JSON for programs.
 *
 * JSON is the contract and only grows; text may change.  The module predicts
 * nothing and changes nothing.  The caller owns the JSON.
 *
 * Thread-safety: same as the forecasts that it reads. */

struct ds;
struct json;
struct vm_forecasts;

/* All forecasts of one call of vm_whatif():
 *
 *     {"safe": ..., "forecasts": [{"what", "safe",
 *       "moves": [{"who", "name", "from", "to", "sends_bps", "reason",
 *                  "reason_text", "step"}],
 *       "worse_off": [{"who", "name", "what", "guarantee_bps",
 *                      "granted_bps"}],
 *       "rates": [{"who", "name", "member", "wants_bps", "granted_bps",
 *                  "guarantee_bps"}],
 *       "warnings": ["vm-uplinks: ..."],
 *       "requests": [{"id", "name", "request", "reason", "reason_text"}],
 *       "members": [{"name", "usable", "capacity_bps", "load_bps_before",
 *                    "load_ppm_before", "load_bps", "load_ppm"}]}]}
 *
 * "safe" is true if no VM is worse off, in the forecast or in all of them; for
 * lose=each that means that the bond is N+1 safe.  "step" is "at-once" or
 * "rebalancing".  "what" in "worse_off" is "dropped", "guarantee-unmet" or
 * "limited", and "granted_bps" is null unless it is the last.  "rates" has the
 * senders that want more than they get.  "load_bps" and "load_ppm" are null
 * for a member that is not usable. */
void vm_forecasts_format(const struct vm_forecasts *, struct ds *);
struct json *vm_forecasts_to_json(const struct vm_forecasts *);

#endif /* vm-forecast.h */
