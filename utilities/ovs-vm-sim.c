/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "vm-sim-output.h"
#include "vm-sim.h"

struct options {
    bool json;                  /* On standard output. */
    const char *csv;            /* Names of files, or null. */
    const char *svg;
};

static void
usage(FILE *stream)
{
    fprintf(stream,
            "usage: ovs-vm-sim [OPTION]... FILE...\n"
            "Simulates a vm-aware bond.  Each FILE, or - for standard input, "
            "is a part of\nthe scenario, or saved by \"vm-aware/show --json "
            "BOND\" or\n\"vm-aware/log --json BOND\".\n\n"
            "  -j, --json        print the results as JSON\n"
            "  -c, --csv=FILE    write the members' loads over time\n"
            "  -s, --svg=FILE    draw loads and moves\n"
            "  -h, --help        show this\n"
            "  -V, --version     show the version\n"
            "See ovs-vm-sim(1) for the format.\n");
}

static void OVS_NO_RETURN OVS_PRINTF_FORMAT(1, 2)
fail(const char *format, ...)
{
    va_list args;

    fputs("ovs-vm-sim: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    putc('\n', stderr);
    exit(EXIT_FAILURE);
}

static void
parse_options(int argc, char *argv[], struct options *options)
{
    static const struct option long_options[] = {
        { "json", no_argument, NULL, 'j' },
        { "csv", required_argument, NULL, 'c' },
        { "svg", required_argument, NULL, 's' },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },
        { NULL, 0, NULL, 0 },
    };
    int c;

    memset(options, 0, sizeof *options);
    while ((c = getopt_long(argc, argv, "jc:s:hV", long_options,
                            NULL)) != -1) {
        switch (c) {
        case 'j':
            options->json = true;
            break;
        case 'c':
            options->csv = optarg;
            break;
        case 's':
            options->svg = optarg;
            break;
        case 'h':
            usage(stdout);
            exit(EXIT_SUCCESS);
        case 'V':
            puts("ovs-vm-sim " VM_AWARE_VERSION
                 " (Open vSwitch " PACKAGE_VERSION ")");
            exit(EXIT_SUCCESS);
        default:
            usage(stderr);
            exit(EXIT_FAILURE);
        }
    }
    if (optind >= argc) {
        usage(stderr);
        exit(EXIT_FAILURE);
    }
}

static void
load(struct vm_sim *sim, const char *file)
{
    struct json *json = (!strcmp(file, "-") ? json_from_stream(stdin)
                         : json_from_file(file));

    if (json->type == JSON_STRING) {
        fail("%s: %s", file, json_string(json));
    }

    char *error = vm_sim_load(sim, json);
    if (error) {
        fail("%s: %s", file, error);
    }
    json_destroy(json);
}

/* Writes the simulation to 'file' in the format of 'format'.  Does nothing if
 * 'file' is null. */
static void
write_file(const struct vm_sim *sim, const char *file,
           void (*format)(const struct vm_sim *, struct ds *))
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (file) {
        FILE *stream = fopen(file, "w");

        format(sim, &s);
        if (!stream || fputs(ds_cstr(&s), stream) < 0 || fclose(stream)) {
            fail("%s: %s", file, ovs_strerror(errno));
        }
        ds_destroy(&s);
    }
}

int
main(int argc, char *argv[])
{
    struct vm_sim *sim = vm_sim_create();
    struct ds s = DS_EMPTY_INITIALIZER;
    struct options options;

    parse_options(argc, argv, &options);
    for (int i = optind; i < argc; i++) {
        load(sim, argv[i]);
    }

    char *error = vm_sim_run(sim);
    if (error) {
        fail("%s", error);
    }
    write_file(sim, options.csv, vm_sim_to_csv);
    write_file(sim, options.svg, vm_sim_to_svg);
    if (options.json) {
        vm_sim_to_json(sim, &s);
    } else {
        vm_sim_to_text(sim, &s);
    }
    fputs(ds_cstr(&s), stdout);
    ds_destroy(&s);
    vm_sim_destroy(sim);
    return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
