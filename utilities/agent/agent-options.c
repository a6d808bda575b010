/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "agent-options.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "command-line.h"
#include "daemon.h"
#include "dirs.h"
#include "openvswitch/vlog.h"
#include "stream-ssl.h"
#include "stream.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(agent_options);

/* In parts, or checkpatch.py would find a comment in it. */
#define DEFAULT_URI "qemu:/" "/" "/system"

/* Longest time in seconds that an option takes. */
#define MAX_TIME 1000000

enum {
    OPT_CONNECT = UCHAR_MAX + 1,
    OPT_MIGRATE_TO,
    OPT_DRY_RUN,
    OPT_MAX_SUSPENDED,
    OPT_MAX_MIGRATIONS,
    OPT_CALL_TIMEOUT,
    OPT_MIGRATE_TIMEOUT,
    OPT_ORPHAN_TIMEOUT,
    OPT_UNIXCTL,
    OPT_PEER_CA_CERT,
    OPT_BOOTSTRAP_CA_CERT,
    VLOG_OPTION_ENUMS,
    DAEMON_OPTION_ENUMS,
    SSL_OPTION_ENUMS,
};

static const struct option long_options[] = {
    {"connect", required_argument, NULL, OPT_CONNECT},
    {"migrate-to", required_argument, NULL, OPT_MIGRATE_TO},
    {"dry-run", no_argument, NULL, OPT_DRY_RUN},
    {"max-suspended", required_argument, NULL, OPT_MAX_SUSPENDED},
    {"max-migrations", required_argument, NULL, OPT_MAX_MIGRATIONS},
    {"call-timeout", required_argument, NULL, OPT_CALL_TIMEOUT},
    {"migrate-timeout", required_argument, NULL, OPT_MIGRATE_TIMEOUT},
    {"orphan-timeout", required_argument, NULL, OPT_ORPHAN_TIMEOUT},
    {"unixctl", required_argument, NULL, OPT_UNIXCTL},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    DAEMON_LONG_OPTIONS,
    VLOG_LONG_OPTIONS,
    STREAM_SSL_LONG_OPTIONS,
    {"peer-ca-cert", required_argument, NULL, OPT_PEER_CA_CERT},
    {"bootstrap-ca-cert", required_argument, NULL, OPT_BOOTSTRAP_CA_CERT},
    {NULL, 0, NULL, 0},
};

OVS_NO_RETURN static void
usage(void)
{
    printf("%s: suspends, resumes and migrates VMs as Open vSwitch requests\n"
           "usage: %s [OPTIONS] [DATABASE]\n"
           "where DATABASE is a socket on which ovsdb-server is listening\n"
           "      (default: \"unix:%s/db.sock\").\n\n"
           "Options:\n"
           "  --connect=URI             libvirt (default: %s)\n"
           "  --migrate-to=LIST         where VMs may be migrated to: for each"
           "\n                            host URI or URI=OVSDB\n"
           "  --dry-run                 say what would be done, do nothing\n"
           "  --max-suspended=N         suspended VMs (0, default: no limit)\n"
           "  --max-migrations=N        migrations at a time (default: 2)\n"
           "  --call-timeout=SECS       longest call to libvirt (30)\n"
           "  --migrate-timeout=SECS    longest migration (300)\n"
           "  --orphan-timeout=SECS     resume a VM that no request has held"
           "\n                            suspended for so long (60)\n",
           program_name, program_name, ovs_rundir(), DEFAULT_URI);
    stream_usage("DATABASE", true, false, true);
    daemon_usage();
    vlog_usage();
    printf("\nOther options:\n"
           "  --unixctl=SOCKET          override default control socket name\n"
           "  -h, --help                display this help message\n"
           "  -V, --version             display version information\n");
    exit(EXIT_SUCCESS);
}

/* Returns the number in the argument of an option, or ends the program. */
static unsigned int
number(const char *option, int least, int greatest)
{
    int value;

    if (!str_to_int(optarg, 10, &value) || value < least
        || value > greatest) {
        ovs_fatal(0, "--%s=%s: not a number in %d..%d", option, optarg, least,
                  greatest);
    }
    return value;
}

/* Handles an option of our own.  Returns false if it is none. */
static bool
parse_own(struct agent_options *options, int c)
{
    struct agent_settings *s = &options->settings;

    if (c == OPT_CONNECT) {
        options->uri = optarg;
    } else if (c == OPT_MIGRATE_TO) {
        options->migrate_to = optarg;
    } else if (c == OPT_DRY_RUN) {
        s->dry_run = true;
    } else if (c == OPT_MAX_SUSPENDED) {
        s->max_suspended = number("max-suspended", 0, INT_MAX);
    } else if (c == OPT_MAX_MIGRATIONS) {
        s->max_migrations = number("max-migrations", 1, 8);
    } else if (c == OPT_CALL_TIMEOUT) {
        s->call_timeout = 1000 * number("call-timeout", 1, MAX_TIME);
    } else if (c == OPT_MIGRATE_TIMEOUT) {
        s->migrate_timeout = 1000 * number("migrate-timeout", 1, MAX_TIME);
    } else if (c == OPT_ORPHAN_TIMEOUT) {
        s->orphan_timeout = 1000 * number("orphan-timeout", 0, MAX_TIME);
    } else if (c == OPT_UNIXCTL) {
        options->unixctl_path = optarg;
    } else {
        return false;
    }
    return true;
}

static void
parse_common(int c)
{
    switch (c) {
    case 'h':
        usage();
    case 'V':
        printf("%s (ovs-vm-aware) %s\n", program_name, VM_AWARE_VERSION);
        exit(EXIT_SUCCESS);
    VLOG_OPTION_HANDLERS
    DAEMON_OPTION_HANDLERS
    STREAM_SSL_OPTION_HANDLERS
    case OPT_PEER_CA_CERT:
        stream_ssl_set_peer_ca_cert_file(optarg);
        break;
    case OPT_BOOTSTRAP_CA_CERT:
        stream_ssl_set_ca_cert_file(optarg, true);
        break;
    case '?':
        exit(EXIT_FAILURE);
    default:
        OVS_NOT_REACHED();
    }
}

void
agent_options_parse(struct agent_options *options, int argc, char *argv[])
{
    char *short_options = ovs_cmdl_long_options_to_short_options(long_options);
    int c;

    *options = (struct agent_options) {
        .uri = CONST_CAST(char *, DEFAULT_URI),
        .settings = {
            .max_migrations = 2,
            .call_timeout = 30 * 1000,
            .migrate_timeout = 300 * 1000,
            .orphan_timeout = 60 * 1000,
        },
    };
    while ((c = getopt_long(argc, argv, short_options, long_options,
                            NULL)) != -1) {
        if (!parse_own(options, c)) {
            parse_common(c);
        }
    }
    free(short_options);
    if (argc - optind > 1) {
        ovs_fatal(0, "at most one database may be named; use --help for "
                  "usage");
    }
    options->remote = argc > optind ? xstrdup(argv[optind])
                      : xasprintf("unix:%s/db.sock", ovs_rundir());
}
