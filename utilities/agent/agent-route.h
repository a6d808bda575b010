/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef AGENT_ROUTE_H
#define AGENT_ROUTE_H 1

/* Which way a migration would take: by the routes of this host, through which
 * device it reaches the target.
 *
 * It asks the resolver and the kernel, and may block.
 *
 * Thread-safety: any thread may call it. */

struct sset;

char *agent_route_check(const char *uri, const struct sset *lost_bridges);

#endif /* agent-route.h */
