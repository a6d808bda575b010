/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-sim-output.h"

#include <inttypes.h>
#include <string.h>

#include "base/vm-value.h"
#include "engine/vm-engine.h"
#include "openvswitch/dynamic-string.h"
#include "solve/vm-snapshot.h"
#include "util.h"
#include "vm-sim.h"

/* Sizes in pixels. */
#define LEFT 130
#define RIGHT 50
#define TOP 74
#define PANEL 110               /* Height of the plot of one member... */
#define GAP 60                  /* ...and the gap between two. */
#define WIDTH 860               /* Of the plots. */
#define BOTTOM 66
#define ARROW 7                 /* Between arrows of the same time. */

/* Labels of arrows: rows between two plots, the height of a row, and the
 * approximate width of a letter. */
#define ROWS 4
#define ROW 11
#define LETTER 6

/* Maximum number of names at one arrow. */
#define MAX_NAMES 2

struct picture {
    const struct vm_sim *sim;
    struct ds *s;
    uint64_t top_ppm;           /* Utilization at the top of a plot. */
    const char *const *names;   /* Of members. */
    size_t n_members;
};

static int
x_of(const struct picture *picture, long long int when)
{
    return LEFT + when * WIDTH / vm_sim_duration(picture->sim);
}

/* Returns the lower edge of a plot. */
static int
base_of(size_t member)
{
    return TOP + member * (PANEL + GAP) + PANEL;
}

static int
y_of(const struct picture *picture, size_t member, uint64_t ppm)
{
    return base_of(member) - MIN(ppm, picture->top_ppm) * PANEL
           / picture->top_ppm;
}

/* Appends 'text', escaped for XML. */
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
ppm_of(const struct vm_sim_point *point, uint64_t load)
{
    return (point->capacity && point->usable
            ? vm_utilization_ppm(load, point->capacity) : 0);
}

/* Returns the highest utilization, rounded up to a quarter, at least 100 %. */
static uint64_t
find_top(const struct vm_sim *sim, size_t n_members)
{
    const long long int *when;
    size_t n_steps = vm_sim_steps(sim, &when);
    uint64_t top = 1000000;

    for (size_t i = 0; i < n_steps; i++) {
        for (size_t j = 0; j < n_members; j++) {
            const struct vm_sim_point *point = &vm_sim_points(sim, i)[j];

            top = MAX(top, ppm_of(point, point->wanted));
        }
    }
    return ROUND_UP(top, 250000);
}

static void
put_style(struct picture *picture)
{
    ds_put_cstr(picture->s,
        "<style>text{font:12px sans-serif;fill:#222}"
        ".title{font-size:15px;font-weight:bold}"
        ".right{text-anchor:end}.middle{text-anchor:middle}"
        ".note{font-size:10px}"
        ".name{font-size:10px;fill:#8a2a00;stroke:#fff;stroke-width:3px;"
        "paint-order:stroke}"
        ".load{fill:#7fb3d5;stroke:#21618c}.wanted{fill:#f5b7b1}"
        ".lost{fill:#d5d5d5}.frame{stroke:#888}"
        ".full{stroke:#c0392b}.threshold{stroke:#c0392b;"
        "stroke-dasharray:4 4}"
        ".move{stroke:#a03000;marker-end:url(#tip)}"
        ".key{stroke:none}</style>\n"
        "<defs><marker id=\"tip\" markerWidth=\"8\" markerHeight=\"8\" "
        "refX=\"6\" refY=\"3\" orient=\"auto\">"
        "<path d=\"M0,0 L6,3 L0,6 z\" fill=\"#a03000\"/></marker></defs>\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
}

/* Draws the legend.  Its samples have another class besides that of what they
 * stand for, so that programs can distinguish them. */
static void
put_legend(struct picture *picture)
{
    static const struct {
        const char *class, *text;
        int width;              /* Up to the next one. */
        bool line;
    } keys[] = {
        { "load key", "carried", 76, false },
        { "wanted key", "wanted, but policed", 160, false },
        { "lost key", "member not usable", 136, false },
        { "full key-line", "capacity", 86, true },
        { "threshold key-line", "threshold of rebalancing", 172, true },
        { "move key-line", "move of VMs", 100, true },
    };
    int x = LEFT, y = 48;

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (keys[i].line) {
            put_line(picture, keys[i].class, x, y - 4, x + 20, y - 4);
        } else {
            ds_put_format(picture->s, "<rect class=\"%s\" x=\"%d\" "
                          "y=\"%d\" width=\"14\" height=\"10\"/>\n",
                          keys[i].class, x, y - 9);
        }
        x += keys[i].line ? 24 : 18;
        put_label(picture, "note", x, y, keys[i].text);
        x += keys[i].width - 18;
    }
}

static void
put_head(struct picture *picture)
{
    int height = base_of(picture->n_members - 1) + BOTTOM;
    int width = LEFT + WIDTH + RIGHT;

    ds_put_format(picture->s,
        "<svg xmlns=\"http:/" "/www.w3.org/2000/svg\" width=\"%d\" "
        "height=\"%d\" viewBox=\"0 0 %d %d\">\n",
        width, height, width, height);
    put_style(picture);
    put_label(picture, "title", LEFT, 24, "Load of the members in percent of "
              "their capacity, and moves of VMs");
    put_legend(picture);
}

/* Shades the times at which the member was not usable. */
static void
put_losses(struct picture *picture, size_t member)
{
    const long long int *when;
    size_t n = vm_sim_steps(picture->sim, &when);

    for (size_t i = 0; i < n; i++) {
        int from = x_of(picture, i ? when[i - 1] : 0);

        if (!vm_sim_points(picture->sim, i)[member].usable) {
            ds_put_format(picture->s, "<rect class=\"lost\" x=\"%d\" "
                          "y=\"%d\" width=\"%d\" height=\"%d\"/>\n", from,
                          base_of(member) - PANEL,
                          x_of(picture, when[i]) - from, PANEL);
        }
    }
}

/* Draws what the member carried or, behind that, what was 'wanted'. */
static void
put_load(struct picture *picture, size_t member, bool wanted)
{
    const long long int *when;
    size_t n = vm_sim_steps(picture->sim, &when);

    ds_put_format(picture->s, "<path class=\"%s\" d=\"M%d,%d",
                  wanted ? "wanted" : "load", LEFT, base_of(member));
    for (size_t i = 0; i < n; i++) {
        const struct vm_sim_point *point
            = &vm_sim_points(picture->sim, i)[member];
        uint64_t carried = MIN(point->load, point->capacity);
        int y = y_of(picture, member,
                     ppm_of(point, wanted ? point->wanted : carried));

        ds_put_format(picture->s, " V%d H%d", y, x_of(picture, when[i]));
    }
    ds_put_format(picture->s, " V%d z\"/>\n", base_of(member));
}

/* Returns the last capacity of the member. */
static uint64_t
find_capacity(const struct picture *picture, size_t member)
{
    const long long int *when;
    size_t n = vm_sim_steps(picture->sim, &when);
    uint64_t capacity = 0;

    while (n-- && !capacity) {
        capacity = vm_sim_points(picture->sim, n)[member].capacity;
    }
    return capacity;
}

/* Draws a line across the plot at a utilization of 'pct', with a label. */
static void
put_level(struct picture *picture, size_t member, const char *class,
          uint64_t pct, bool left)
{
    int y = y_of(picture, member, pct * 10000);
    char *text = xasprintf("%"PRIu64"%%", pct);

    put_line(picture, class, LEFT, y, LEFT + WIDTH, y);
    put_label(picture, left ? "right" : "note",
              left ? LEFT - 6 : LEFT + WIDTH + 4, y + 4, text);
    free(text);
}

static void
put_panel(struct picture *picture, size_t member, unsigned int threshold_pct)
{
    int base = base_of(member);
    struct ds capacity = DS_EMPTY_INITIALIZER;

    put_losses(picture, member);
    put_load(picture, member, true);
    put_load(picture, member, false);
    put_level(picture, member, "frame", 0, true);
    put_line(picture, "frame", LEFT, base - PANEL, LEFT, base);
    put_level(picture, member, "full", 100, true);
    if (threshold_pct < 100) {
        put_level(picture, member, "threshold", threshold_pct, false);
    }
    put_label(picture, "title", 8, base - PANEL / 2, picture->names[member]);
    vm_rate_format(find_capacity(picture, member), &capacity);
    put_label(picture, "", 8, base - PANEL / 2 + 16, ds_cstr(&capacity));
    ds_destroy(&capacity);
}

/* Returns the index of a member, or -1. */
static int
find_member(const struct picture *picture, const char *name)
{
    for (size_t i = 0; name && i < picture->n_members; i++) {
        if (!strcmp(picture->names[i], name)) {
            return i;
        }
    }
    return -1;
}

/* Writes 'text' beside an arrow at 'x' in a row in which it overlaps no other
 * text, if there is one.  'ends' has the end of the text in each row. */
static void
put_name(struct picture *picture, int x, size_t gap, const char *text,
         int ends[ROWS])
{
    int width = strlen(text) * LETTER;
    int start = x + 4;

    if (start + width > LEFT + WIDTH + RIGHT) {
        start = x - 4 - width;
    }
    for (int row = 0; row < ROWS; row++) {
        if (ends[row] <= start) {
            put_label(picture, "name", start,
                      base_of(gap) + ROW + 2 + row * ROW, text);
            ends[row] = start + width;
            break;
        }
    }
}

/* Draws one arrow for move 'first' and all others with the same time, 'from'
 * and 'to', and marks them as 'done'.  Appends their names to 'above', which
 * is drawn over all arrows. */
static void
put_arrow(struct picture *picture, size_t first, bool *done, int x,
          int ends[ROWS], struct ds *above)
{
    const struct vm_sim_move *moves;
    size_t n = vm_sim_moves(picture->sim, &moves);
    int from = find_member(picture, moves[first].from);
    int to = find_member(picture, moves[first].to);
    bool down = from < to;
    struct ds names = DS_EMPTY_INITIALIZER;
    size_t n_names = 0;

    for (size_t i = first; i < n && moves[i].when == moves[first].when; i++) {
        if (!done[i] && find_member(picture, moves[i].from) == from
            && find_member(picture, moves[i].to) == to) {
            done[i] = true;
            if (n_names++ < MAX_NAMES) {
                ds_put_format(&names, "%s%s", n_names > 1 ? ", " : "",
                              moves[i].name);
            }
        }
    }
    if (n_names > MAX_NAMES) {
        ds_put_format(&names, " and %"PRIuSIZE" more", n_names - MAX_NAMES);
    }
    put_line(picture, "move", x, base_of(from) - (down ? 8 : PANEL - 8), x,
             base_of(to) - (down ? PANEL - 8 : 8));

    struct picture layer = *picture;
    layer.s = above;
    put_name(&layer, x, MIN(from, to), ds_cstr(&names), ends);
    ds_destroy(&names);
}

/* Draws the arrows of all moves that have both 'from' and 'to'. */
static void
put_moves(struct picture *picture)
{
    struct ds names = DS_EMPTY_INITIALIZER;
    const struct vm_sim_move *moves;
    size_t n = vm_sim_moves(picture->sim, &moves);
    int (*ends)[ROWS] = xcalloc(picture->n_members, sizeof *ends);
    bool *done = xcalloc(n, sizeof *done);
    int last = 0;

    for (size_t i = 0; i < n; i++) {
        int from = find_member(picture, moves[i].from);
        int to = find_member(picture, moves[i].to);

        if (from >= 0 && to >= 0 && !done[i]) {
            int x = x_of(picture, moves[i].when);

            x = MIN(MAX(x, last + ARROW), LEFT + WIDTH + ARROW);
            last = x;
            put_arrow(picture, i, done, x, ends[MIN(from, to)], &names);
        }
    }
    ds_put_cstr(picture->s, ds_cstr(&names));
    ds_destroy(&names);
    free(ends);
    free(done);
}

/* Returns the least round number of ms that divides the axis into at most ten
 * parts. */
static long long int
find_tick(long long int duration)
{
    static const int round[] = { 1, 2, 5 };

    for (long long int unit = 100;; unit *= 10) {
        for (size_t i = 0; i < ARRAY_SIZE(round); i++) {
            if (duration / (unit * round[i]) <= 10) {
                return unit * round[i];
            }
        }
    }
}

static void
put_axis(struct picture *picture)
{
    long long int duration = vm_sim_duration(picture->sim);
    long long int tick = find_tick(duration);
    int base = base_of(picture->n_members - 1);

    for (long long int when = 0; when <= duration; when += tick) {
        char *text = (tick % 1000
                      ? xasprintf("%lld.%lld s", when / 1000,
                                  when % 1000 / 100)
                      : xasprintf("%lld s", when / 1000));

        put_line(picture, "frame", x_of(picture, when), base,
                 x_of(picture, when), base + 5);
        put_label(picture, "middle", x_of(picture, when), base + 20, text);
        free(text);
    }
    put_label(picture, "middle", LEFT + WIDTH / 2, base + 44,
              "time since the beginning");
}

void
vm_sim_to_svg(const struct vm_sim *sim, struct ds *s)
{
    struct picture picture = { .sim = sim, .s = s };
    const struct vm_bond_config *config
        = vm_engine_config(vm_sim_engine(sim));

    picture.n_members = vm_sim_members(sim, &picture.names);
    picture.top_ppm = find_top(sim, picture.n_members);
    put_head(&picture);
    for (size_t i = 0; i < picture.n_members; i++) {
        put_panel(&picture, i, config->threshold_pct);
    }
    put_moves(&picture);
    put_axis(&picture);
    ds_put_cstr(s, "</svg>\n");
}
