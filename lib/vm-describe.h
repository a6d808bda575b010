/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_DESCRIBE_H
#define VM_DESCRIBE_H 1

/* The engine's state in words: aligned tables for people, JSON for programs.
 *
 * What can be told about an uplink, a VM, a slot, an interface or a decision
 * is written down once, as a row of vm-fields.c or vm-endpoint-fields.c with
 * its name in JSON, its column and its getter; text and JSON are two walkers
 * over the same rows, so that they can't tell different stories.  JSON is the
 * contract and only grows; text may change.  Names are sorted, absent is
 * "none" (null in JSON), truth is "true" or "false", and every number that has
 * a unit shows it: in text behind it, in JSON in its name (_bps is bit/s, _ppm
 * parts per million, _ms milliseconds).
 *
 * The room reads an engine and changes nothing.  The caller owns the JSON, and
 * destroys it.  Whoever may enter the engine may enter here. */

struct ds;
struct json;
struct vm_engine;
struct vm_slot_state;

/* The whole bond, at 'now':
 *
 *     {"name": ..., "uplinks": [{"name", "state", "since_ms", ...}],
 *      "vms": [{"id", "name", "state", "uplink", ..., "slots": [{...}],
 *               "interfaces": [{..., "macs": [{...}]}]}],
 *      "warnings": [{"where", "text"}],
 *      "rebalance": {...}}     (vm-forecast.h)
 *
 * "vms" has the host as one.  A VM's "state" is "forwarding", "limited" if it
 * is held below what it would send, "dropping" or, if only some of its slots
 * have an uplink, "partly-dropping"; its "uplink" and "reason" are null if its
 * slots have different ones.  "held" tells by what it is held, "limit" or
 * "share", and "rate_bps" to which rate its meters are set, null without
 * meters.  "offered_*" is what it wanted to send over the bond, "passed_*"
 * what left, and "dropped_limit_*", "dropped_share_*" and "dropped_uplink_*"
 * (there was none) what did not; flows are counted up to a second later than
 * what meters drop. */
void vm_describe_show(const struct vm_engine *, long long int now,
                      struct ds *);
struct json *vm_describe_show_json(const struct vm_engine *,
                                   long long int now);

/* The last decision for a VM, named by identity or vm-name, and for every
 * member why it was chosen or not:
 *
 *     {"bond", "id", "name", "slots": [{"id", "uplink", "reason", ...,
 *      "candidates": [{"uplink", "chosen", "predicted_ppm", "reason",
 *                      "reason_text"}]}]}
 *
 * Both return null, or a malloc()'d sentence that names what exists. */
char *vm_describe_explain(const struct vm_engine *, const char *vm,
                          struct ds *);
char *vm_describe_explain_json(const struct vm_engine *, const char *vm,
                               struct json **);

/* The journal, oldest first:
 *
 *     {"name": ..., "log": [{"serial", "when_ms", "age_ms", "who", "name",
 *                            "from", "to", "reason", "reason_text"}]}
 *
 * "when_ms" is the engine's clock, "age_ms" counts back from 'now'. */
void vm_describe_log(const struct vm_engine *, long long int now,
                     struct ds *);
struct json *vm_describe_log_json(const struct vm_engine *,
                                  long long int now);

/* For bond/show: one line, indented by two spaces, for each VM on 'member',
 * with what it sends. */
void vm_describe_member(const struct vm_engine *, const char *member,
                        long long int now, struct ds *);

/* One sentence without an end, for a log line or ofproto/trace: "VM web: from
 * eth0 to eth1: eth0 was lost".  'from' and 'to' may be null. */
void vm_describe_move(const struct vm_slot_state *, const char *from,
                      const char *to, struct ds *);

#endif /* vm-describe.h */
