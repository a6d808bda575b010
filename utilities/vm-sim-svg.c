/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-sim-output.h"

#include <inttypes.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-engine.h"
#include "vm-sim.h"
#include "vm-snapshot.h"
#include "vm-value.h"

/* Sizes in pixels. */
#define LEFT 130
#define RIGHT 30
#define TOP 44
#define PANEL 110               /* Height of the plot of one uplink... */
#define GAP 46                  /* ...and what is between two. */
#define WIDTH 860               /* Of the plots. */
#define BOTTOM 46

/* Most moves that have a name at their arrow. */
#define MAX_NAMED 40

struct picture {
    const struct vm_sim *sim;
    struct ds *s;
    uint64_t top_ppm;           /* Utilization at the top of a plot. */
    const char *const *names;   /* Of uplinks. */
    size_t n_uplinks;
};

static int
x_of(const struct picture *picture, long long int when)
{
    return LEFT + when * WIDTH / vm_sim_duration(picture->sim);
}

/* The lower edge of a plot. */
static int
base_of(size_t uplink)
{
    return TOP + uplink * (PANEL + GAP) + PANEL;
}

static int
y_of(const struct picture *picture, size_t uplink, uint64_t ppm)
{
    return base_of(uplink) - MIN(ppm, picture->top_ppm) * PANEL
           / picture->top_ppm;
}

/* Appends 'text' as XML takes it. */
static void
put_text(struct ds *s, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&': ds_put_cstr(s, "&amp;"); break;
        case '<': ds_put_cstr(s, "&lt;"); break;
        case '>': ds_put_cstr(s, "&gt;"); break;
        default: ds_put_char(s, *text); break;
        }
    }
}

static void
put_line(struct picture *picture, const char *class, int x1, int y1, int x2,
         int y2)
{
    ds_put_format(picture->s, "<line class=\"%s\" x1=\"%d\" y1=\"%d\" "
                  "x2=\"%d\" y2=\"%d\"/>\n", class, x1, y1, x2, y2);
}

static void
put_label(struct picture *picture, const char *class, int x, int y,
          const char *text)
{
    ds_put_format(picture->s, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class,
                  x, y);
    put_text(picture->s, text);
    ds_put_cstr(picture->s, "</text>\n");
}

static uint64_t
ppm_of(const struct vm_sim_point *point)
{
    return (point->capacity && point->usable
            ? vm_utilization_ppm(point->load, point->capacity) : 0);
}

/* The highest utilization, rounded up to a quarter, at least 100 %. */
static uint64_t
find_top(const struct vm_sim *sim, size_t n_uplinks)
{
    const long long int *when;
    size_t n_steps = vm_sim_steps(sim, &when);
    uint64_t top = 1000000;

    for (size_t i = 0; i < n_steps; i++) {
        for (size_t j = 0; j < n_uplinks; j++) {
            top = MAX(top, ppm_of(&vm_sim_points(sim, i)[j]));
        }
    }
    return ROUND_UP(top, 250000);
}

static void
put_head(struct picture *picture)
{
    int height = base_of(picture->n_uplinks - 1) + BOTTOM;
    int width = LEFT + WIDTH + RIGHT;

    ds_put_format(picture->s,
        "<svg xmlns=\"http:/" "/www.w3.org/2000/svg\" width=\"%d\" "
        "height=\"%d\" viewBox=\"0 0 %d %d\">\n"
        "<style>text{font:12px sans-serif;fill:#222}"
        ".title{font-size:15px;font-weight:bold}"
        ".right{text-anchor:end}.middle{text-anchor:middle}"
        ".small{font-size:10px;fill:#a03000}"
        ".load{fill:#7fb3d5;stroke:#21618c}"
        ".lost{fill:#d5d5d5}.frame{stroke:#888}"
        ".full{stroke:#c0392b}.threshold{stroke:#c0392b;"
        "stroke-dasharray:4 4}"
        ".move{stroke:#a03000;marker-end:url(#tip)}</style>\n"
        "<defs><marker id=\"tip\" markerWidth=\"8\" markerHeight=\"8\" "
        "refX=\"6\" refY=\"3\" orient=\"auto\">"
        "<path d=\"M0,0 L6,3 L0,6 z\" fill=\"#a03000\"/></marker></defs>\n"
        "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
        width, height, width, height);
    put_label(picture, "title", LEFT, 24,
              "Utilization of the uplinks, and moves of VMs");
}

/* Where the uplink was not usable. */
static void
put_losses(struct picture *picture, size_t uplink)
{
    const long long int *when;
    size_t n = vm_sim_steps(picture->sim, &when);

    for (size_t i = 0; i < n; i++) {
        int from = x_of(picture, i ? when[i - 1] : 0);

        if (!vm_sim_points(picture->sim, i)[uplink].usable) {
            ds_put_format(picture->s, "<rect class=\"lost\" x=\"%d\" "
                          "y=\"%d\" width=\"%d\" height=\"%d\"/>\n", from,
                          base_of(uplink) - PANEL,
                          x_of(picture, when[i]) - from, PANEL);
        }
    }
}

static void
put_load(struct picture *picture, size_t uplink)
{
    const long long int *when;
    size_t n = vm_sim_steps(picture->sim, &when);

    ds_put_format(picture->s, "<path class=\"load\" d=\"M%d,%d", LEFT,
                  base_of(uplink));
    for (size_t i = 0; i < n; i++) {
        int y = y_of(picture, uplink,
                     ppm_of(&vm_sim_points(picture->sim, i)[uplink]));

        ds_put_format(picture->s, " V%d H%d", y, x_of(picture, when[i]));
    }
    ds_put_format(picture->s, " V%d z\"/>\n", base_of(uplink));
}

static void
put_panel(struct picture *picture, size_t uplink, unsigned int threshold_pct)
{
    int base = base_of(uplink);
    int full = y_of(picture, uplink, 1000000);
    int threshold = y_of(picture, uplink, threshold_pct * UINT64_C(10000));
    struct ds capacity = DS_EMPTY_INITIALIZER;
    const long long int *when;
    size_t n_steps = vm_sim_steps(picture->sim, &when);

    put_losses(picture, uplink);
    put_load(picture, uplink);
    put_line(picture, "frame", LEFT, base, LEFT + WIDTH, base);
    put_line(picture, "frame", LEFT, base - PANEL, LEFT, base);
    put_line(picture, "full", LEFT, full, LEFT + WIDTH, full);
    put_line(picture, "threshold", LEFT, threshold, LEFT + WIDTH, threshold);
    put_label(picture, "right", LEFT - 6, base + 4, "0%");
    put_label(picture, "right", LEFT - 6, full + 4, "100%");
    put_label(picture, "title", 8, base - PANEL / 2, picture->names[uplink]);
    if (n_steps) {
        uint64_t rate = vm_sim_points(picture->sim,
                                      n_steps - 1)[uplink].capacity;

        vm_rate_format(rate, &capacity);
        put_label(picture, "", 8, base - PANEL / 2 + 16, ds_cstr(&capacity));
    }
    ds_destroy(&capacity);
}

/* The index of an uplink, or -1. */
static int
find_uplink(const struct picture *picture, const char *name)
{
    for (size_t i = 0; name && i < picture->n_uplinks; i++) {
        if (!strcmp(picture->names[i], name)) {
            return i;
        }
    }
    return -1;
}

/* Arrows for moves; who appears or is dropped has none. */
static void
put_moves(struct picture *picture)
{
    const struct vm_sim_move *moves;
    size_t n = vm_sim_moves(picture->sim, &moves);
    size_t n_named = 0;
    int last_x = -1;
    int row = 0;

    for (size_t i = 0; i < n; i++) {
        int from = find_uplink(picture, moves[i].from);
        int to = find_uplink(picture, moves[i].to);
        int x = x_of(picture, moves[i].when);

        if (from < 0 || to < 0) {
            continue;
        }
        row = last_x >= 0 && x - last_x < 70 ? row + 1 : 0;
        last_x = row ? last_x : x;
        x = MIN(x + row * 5, LEFT + WIDTH);

        bool down = from < to;
        int start = base_of(from) - (down ? 8 : PANEL - 8);
        int end = base_of(to) - (down ? PANEL - 8 : 8);
        put_line(picture, "move", x, start, x, end);
        if (n_named < MAX_NAMED) {
            n_named++;
            put_label(picture, "small", x + 3,
                      base_of(MIN(from, to)) + 11 + row % 3 * 11,
                      row < 3 ? moves[i].name : "");
        }
    }
}

/* Six times along the axis. */
static void
put_axis(struct picture *picture)
{
    long long int duration = vm_sim_duration(picture->sim);
    int base = base_of(picture->n_uplinks - 1);

    for (int i = 0; i <= 6; i++) {
        long long int when = duration * i / 6;
        char *text = xasprintf("%lld.%lld s", when / 1000,
                               when % 1000 / 100);

        put_line(picture, "frame", x_of(picture, when), base,
                 x_of(picture, when), base + 5);
        put_label(picture, "middle", x_of(picture, when), base + 36, text);
        free(text);
    }
}

void
vm_sim_to_svg(const struct vm_sim *sim, struct ds *s)
{
    struct picture picture = { .sim = sim, .s = s };
    const struct vm_bond_config *config
        = vm_engine_config(vm_sim_engine(sim));

    picture.n_uplinks = vm_sim_uplinks(sim, &picture.names);
    picture.top_ppm = find_top(sim, picture.n_uplinks);
    put_head(&picture);
    for (size_t i = 0; i < picture.n_uplinks; i++) {
        put_panel(&picture, i, config->threshold_pct);
    }
    put_moves(&picture);
    put_axis(&picture);
    ds_put_cstr(s, "</svg>\n");
}
