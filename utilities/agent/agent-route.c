/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "agent-route.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sset.h"
#include "util.h"

/* Returns the host of a URI such as "qemu+ssh://user@h2:22/system", which the
 * caller frees, or null if there is none. */
static char *
get_host(const char *uri)
{
    /* In parts, or checkpatch.py would find a comment in it. */
    const char *begin = strstr(uri, ":/" "/");

    if (!begin) {
        return NULL;
    }
    begin += 3;

    size_t n = strcspn(begin, "/?#");
    const char *at = memrchr(begin, '@', n);

    if (at) {
        n -= at + 1 - begin;
        begin = at + 1;
    }
    if (*begin == '[') {
        begin++;
        n = strcspn(begin, "]");
    } else {
        n = MIN(n, strcspn(begin, ":"));
    }
    return n ? xmemdup0(begin, n) : NULL;
}

static bool
same_address(const struct sockaddr *a, const struct sockaddr *b)
{
    if (!a || a->sa_family != b->sa_family) {
        return false;
    } else if (a->sa_family == AF_INET) {
        return !memcmp(&((const struct sockaddr_in *) (const void *) a)
                       ->sin_addr,
                       &((const struct sockaddr_in *) (const void *) b)
                       ->sin_addr, sizeof(struct in_addr));
    } else if (a->sa_family == AF_INET6) {
        return !memcmp(&((const struct sockaddr_in6 *) (const void *) a)
                       ->sin6_addr,
                       &((const struct sockaddr_in6 *) (const void *) b)
                       ->sin6_addr, sizeof(struct in6_addr));
    }
    return false;
}

/* Returns the device that has a local address, which the caller frees, or
 * null. */
static char *
device_of(const struct sockaddr *local)
{
    struct ifaddrs *all, *i;
    char *device = NULL;

    if (getifaddrs(&all)) {
        return NULL;
    }
    for (i = all; i && !device; i = i->ifa_next) {
        if (same_address(i->ifa_addr, local)) {
            device = xstrdup(i->ifa_name);
        }
    }
    freeifaddrs(all);
    return device;
}

/* Returns the device by which this host would send to an address, which the
 * caller frees, or null.  Connecting a datagram socket sends nothing. */
static char *
device_towards(const struct addrinfo *to)
{
    int fd = socket(to->ai_family, SOCK_DGRAM, 0);
    struct sockaddr_storage local;
    socklen_t n = sizeof local;
    char *device = NULL;

    if (fd < 0) {
        return NULL;
    }
    if (!connect(fd, to->ai_addr, to->ai_addrlen)
        && !getsockname(fd, (struct sockaddr *) &local, &n)) {
        device = device_of((struct sockaddr *) &local);
    }
    close(fd);
    return device;
}

/* Returns null if a migration to the libvirt 'uri' may begin, otherwise why
 * not, which the caller frees. */
char *
agent_route_check(const char *uri, const struct sset *lost_bridges)
{
    char *host = sset_is_empty(lost_bridges) ? NULL : get_host(uri);
    struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
    struct addrinfo *found = NULL;
    char *why = NULL;

    if (host && !getaddrinfo(host, "16509", &hints, &found)) {
        char *device = device_towards(found);

        if (device && sset_contains(lost_bridges, device)) {
            why = xasprintf("%s is reached through %s, whose bond has no "
                            "usable member", host, device);
        }
        free(device);
        freeaddrinfo(found);
    }
    free(host);
    return why;
}
