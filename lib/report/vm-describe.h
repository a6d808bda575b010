/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_DESCRIBE_H
#define VM_DESCRIBE_H 1

/* Reports the state of an engine: aligned tables for people, JSON for
 * programs.
 *
 * Every property of a member, a VM, a slot, an interface or a journal entry is
 * defined once, as a row of vm-fields.c or vm-endpoint-fields.c with its name
 * in JSON, its column and its getter.  Text and JSON walk over the same rows,
 * so that they always agree.  JSON is the contract and only grows; text may
 * change.  Names are sorted, an absent value is "none" (null in JSON), a truth
 * value is "true" or "false", and every number that has a unit shows it: in
 * text behind the number, in JSON in the name (_bps is bit/s, _ppm parts per
 * million, _ms milliseconds).
 *
 * The module reads an engine and changes nothing.  The caller owns the
 * returned JSON and strings.
 *
 * Thread-safety: none; the caller is the thread that owns the engine. */

struct ds;
struct json;
struct vm_engine;
struct vm_slot;

/* The whole bond, at 'now':
 *
 *     {"name": ..., "members": [{"name", "state", "since_ms", ...}],
 *      "vms": [{"id", "name", "state", "uplink", ..., "slots": [{...}],
 *               "interfaces": [{..., "macs": [{...}]}]}],
 *      "warnings": [{"where", "text"}],
 *      "rebalance": {...}}     (vm-forecast.h)
 *
 * "vms" includes the host.  An "uplink" is the name of a member.  A VM's
 * "state" is "forwarding", "limited" if it is policed below what it would
 * send, "dropping" or, if only some of its slots have a member,
 * "partly-dropping".  Its "uplink" and "reason" are null if its slots have
 * different ones.  "policed_by" is what polices it, "limit" or "share", and
 * "rate_bps" the rate of its meters, null unless all its frames pass one.
 * "offered_*" is what it sent to the bond, "passed_*" what left, and
 * "dropped_limit_*", "dropped_share_*" and "dropped_uplink_*" (it had no
 * member) what did not.  Flows are counted up to a second later than the drops
 * of meters. */
void vm_describe_show(const struct vm_engine *, long long int now,
                      struct ds *);
struct json *vm_describe_show_json(const struct vm_engine *,
                                   long long int now);

/* The last decision for a VM, named by identity or vm-name, and for every
 * member the reason why it was chosen or not:
 *
 *     {"bond", "id", "name", "slots": [{"id", "uplink", "reason", ...,
 *      "candidates": [{"member", "chosen", "predicted_ppm", "reason",
 *                      "reason_text"}]}]}
 *
 * Both return null, or a malloc()'d sentence that names the VMs of the
 * bond. */
char *vm_describe_explain(const struct vm_engine *, const char *vm,
                          struct ds *);
char *vm_describe_explain_json(const struct vm_engine *, const char *vm,
                               long long int now, struct json **);

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

/* A move of a slot, for a log line: "VM web: eth0 -> eth1 (eth0 was lost)".
 * 'from' and 'to' may be null, for "none". */
void vm_describe_move(const struct vm_slot *, const char *from,
                      const char *to, struct ds *);

#endif /* vm-describe.h */
