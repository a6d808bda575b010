/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_REQUEST_REPORT_H
#define VM_REQUEST_REPORT_H 1

/* Reports requests and failovers, as text for people and as JSON for programs
 * (vm-describe.h).
 *
 * The module reads an engine and changes nothing.  The caller owns the JSON.
 *
 * Thread-safety: none; the caller is the thread that owns the engine. */

struct ds;
struct json;
struct vm_endpoint;
struct vm_engine;

/* Adds to the JSON object about a VM "request", null or {"kind", "state",
 * "since_ms", "demand_bps", "id", "reason", "reason_text", "note"}, and
 * "failover", null or the serial of the failover that concerns it. */
void vm_request_put_json(struct json *object, const struct vm_engine *,
                         const struct vm_endpoint *, long long int now);

/* Appends a table with a row for each VM about which something is requested,
 * or may be soon; nothing if there is none. */
void vm_requests_format(const struct vm_engine *, long long int now,
                        struct ds *);

/* Appends a line about the request about a VM, if its policy may lead to
 * one. */
void vm_request_format_one(const struct vm_engine *,
                           const struct vm_endpoint *, struct ds *);

/* Appends a line for each failover that occurs. */
void vm_failovers_format(const struct vm_engine *, long long int now,
                         struct ds *);

/* All failovers that are remembered: [{"serial", "member", "age_ms",
 * "duration_ms", "moved", "without"}], "duration_ms" is null if it occurs. */
struct json *vm_failovers_to_json(const struct vm_engine *,
                                  long long int now);

#endif /* vm-request-report.h */
