/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-scenario.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "svec.h"
#include "util.h"
#include "vm-stage.h"

struct scenario {
    const char *file;
    struct svec lines;
    struct vm_stage stage;
    bool update;
    struct ds rewritten;        /* With the actual output. */
    size_t n_steps;
    size_t n_failed;
};

static bool
read_lines(const char *file, struct svec *lines)
{
    FILE *stream = fopen(file, "r");
    struct ds line = DS_EMPTY_INITIALIZER;

    if (!stream) {
        fprintf(stderr, "%s: %s\n", file, ovs_strerror(errno));
        return false;
    }
    while (!ds_get_line(&line, stream)) {
        svec_add(lines, ds_cstr(&line));
    }
    ds_destroy(&line);
    fclose(stream);
    return true;
}

static bool
write_text(const char *file, const char *text)
{
    FILE *stream = fopen(file, "w");

    if (!stream || fputs(text, stream) < 0 || fclose(stream)) {
        fprintf(stderr, "%s: %s\n", file, ovs_strerror(errno));
        return false;
    }
    return true;
}

static bool
is_command(const char *line)
{
    return line[0] && line[0] != '#' && line[0] != '>';
}

/* Shows the lines of 'text', each after 'sign'. */
static void
show_lines(const char *text, const char *sign)
{
    while (*text) {
        size_t n = strcspn(text, "\n");

        fprintf(stderr, "    %s %.*s\n", sign, (int) n, text);
        text += n + (text[n] == '\n');
    }
}

/* Compares the output of the step in lines 'start' to 'end' with
 * 'expected'. */
static void
check_step(struct scenario *scenario, size_t start, size_t end,
           const char *expected)
{
    const char *said = ds_cstr(&scenario->stage.output);
    bool wrong = (scenario->update ? strstr(said, "error") != NULL
                  : strcmp(said, expected));

    if (wrong) {
        scenario->n_failed++;
        fprintf(stderr, "%s:%"PRIuSIZE": step\n", scenario->file, start + 1);
        for (size_t i = start; i < end; i++) {
            fprintf(stderr, "      %s\n", scenario->lines.names[i]);
        }
        fprintf(stderr, "  expected (-) and got (+):\n");
        show_lines(expected, "-");
        show_lines(said, "+");
    }

    while (*said) {
        size_t n = strcspn(said, "\n");

        ds_put_format(&scenario->rewritten, "> %.*s\n", (int) n, said);
        said += n + (said[n] == '\n');
    }
}

/* Plays the step that begins at line 'start'.  Returns the line after it. */
static size_t
play_step(struct scenario *scenario, size_t start)
{
    const struct svec *lines = &scenario->lines;
    struct ds expected = DS_EMPTY_INITIALIZER;
    size_t i = start;

    ds_clear(&scenario->stage.output);
    for (; i < lines->n && is_command(lines->names[i]); i++) {
        char *error = vm_stage_command(&scenario->stage, lines->names[i]);

        if (error) {
            fprintf(stderr, "%s:%"PRIuSIZE": %s\n", scenario->file, i + 1,
                    error);
            free(error);
            scenario->n_failed++;
        }
        ds_put_format(&scenario->rewritten, "%s\n", lines->names[i]);
    }
    scenario->stage.started = scenario->stage.now;
    vm_stage_run(&scenario->stage);

    size_t end = i;
    for (; i < lines->n && lines->names[i][0] == '>'; i++) {
        const char *line = lines->names[i] + 1;

        ds_put_format(&expected, "%s\n", line + (line[0] == ' '));
    }
    check_step(scenario, start, end, ds_cstr(&expected));
    scenario->n_steps++;
    ds_destroy(&expected);
    return i;
}

/* Plays 'file', deriving everything anew in each run if 'thorough'. */
static bool
play(const char *file, bool update, bool thorough)
{
    struct scenario scenario = { .file = file, .update = update };

    svec_init(&scenario.lines);
    ds_init(&scenario.rewritten);
    vm_stage_init(&scenario.stage);
    scenario.stage.thorough = thorough;

    bool ok = read_lines(file, &scenario.lines);
    size_t i = 0;
    while (ok && i < scenario.lines.n) {
        const char *line = scenario.lines.names[i];

        if (is_command(line)) {
            i = play_step(&scenario, i);
        } else if (line[0] == '>') {
            fprintf(stderr, "%s:%"PRIuSIZE": expectation without a step\n",
                    file, i + 1);
            scenario.n_failed++;
            i++;
        } else {
            ds_put_format(&scenario.rewritten, "%s\n", line);
            i++;
        }
    }
    if (ok && !scenario.n_steps) {
        fprintf(stderr, "%s: no step\n", file);
        ok = false;
    }
    ok = ok && !scenario.n_failed;
    if (update) {
        ok = write_text(file, ds_cstr(&scenario.rewritten)) && ok;
    }
    if (ok && !thorough) {
        printf("%s: %"PRIuSIZE" steps\n", file, scenario.n_steps);
    }

    svec_destroy(&scenario.lines);
    ds_destroy(&scenario.rewritten);
    vm_stage_destroy(&scenario.stage);
    return ok;
}

bool
vm_scenario_play(const char *file, bool update)
{
    return play(file, update, false) && play(file, false, true);
}
