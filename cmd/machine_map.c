#include "cmd/machine_map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/print.h"

#define SVG_COLS   24
#define LABEL_COLS 4

static int no_memory(struct lw_error *err)
{
    if (err) {
        err->code = LW_ERR_MEMORY;
        snprintf(err->text, sizeof err->text, "out of memory while drawing the machine");
    }
    return LW_ERR_MEMORY;
}

void machine_map_free(struct machine_map *map)
{
    if (!map)
        return;
    lw_layout_free(map->layout);
    free(map->states);
    free(map->edges);
    free(map->excerpt.states);
    free(map->excerpt.transitions);
    free(map);
}

static int by_ends(const void *a, const void *b)
{
    const struct map_edge *x = a, *y = b;

    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    return x->transition < y->transition ? -1 : x->transition > y->transition;
}

/* Transitions between the same states become one edge; each is in the order of its machine, so the most frequent first.
 */
static int join_edges(struct machine_map *map, const size_t *node_of, struct lw_error *err)
{
    size_t n = lw_machine_transition_count(map->machine), n_joined = 0;

    for (size_t i = 0; i < n; i++) {
        struct lw_transition transition;
        int code;

        if (!map->excerpt.transitions[i])
            continue;
        code = lw_machine_transition(map->machine, i, &transition, err);
        if (code != 0)
            return code;
        map->edges[map->n_edges++] =
            (struct map_edge){node_of[transition.from], node_of[transition.to], i,
                              transition.count,         transition.probability, transition.is_core};
    }
    if (map->n_edges > 0)
        qsort(map->edges, map->n_edges, sizeof *map->edges, by_ends);
    for (size_t i = 0; i < map->n_edges; i++) {
        struct map_edge *last = n_joined > 0 ? &map->edges[n_joined - 1] : NULL;

        if (last && last->from == map->edges[i].from && last->to == map->edges[i].to) {
            last->count += map->edges[i].count;
            last->probability += map->edges[i].probability;
            last->is_core = last->is_core || map->edges[i].is_core;
        } else {
            map->edges[n_joined++] = map->edges[i];
        }
    }
    map->n_edges = n_joined;
    return 0;
}

static int fill(struct machine_map *map, double activities, double paths, struct lw_error *err)
{
    size_t n_states = lw_machine_state_count(map->machine), n_transitions = lw_machine_transition_count(map->machine);
    size_t *node_of = calloc(n_states + 1, sizeof *node_of);
    int code;

    map->states = calloc(n_states + 1, sizeof *map->states);
    map->edges = calloc(n_transitions + 1, sizeof *map->edges);
    map->excerpt = (struct lw_excerpt){.activities = activities,
                                       .paths = paths,
                                       .states = calloc(n_states + 1, sizeof(bool)),
                                       .transitions = calloc(n_transitions + 1, sizeof(bool))};
    if (!node_of || !map->states || !map->edges || !map->excerpt.states || !map->excerpt.transitions)
        code = no_memory(err);
    else
        code = lw_machine_excerpt(map->machine, &map->excerpt, err);
    for (size_t i = 0; code == 0 && i < n_states; i++)
        if (map->excerpt.states[i]) {
            node_of[i] = map->n_nodes;
            map->states[map->n_nodes++] = i;
        }
    if (code == 0)
        code = join_edges(map, node_of, err);
    free(node_of);
    return code;
}

int machine_map_new(const struct lw_workspace *workspace, double activities, double paths, struct machine_map **out,
                    struct lw_error *err)
{
    struct machine_map *map = calloc(1, sizeof *map);
    int code;

    if (!map)
        return no_memory(err);
    map->workspace = workspace;
    map->machine = lw_workspace_machine(workspace);
    code = fill(map, activities, paths, err);
    if (code != 0) {
        machine_map_free(map);
        return code;
    }
    *out = map;
    return 0;
}

int machine_map_fit(const struct lw_workspace *workspace, size_t max_transitions, struct machine_map **out,
                    struct lw_error *err)
{
    static const double shares[] = {1, .9, .8, .7, .6, .5, .4, .3, .2, .15, .1, .05, .02, .01, 0};
    struct machine_map *map = NULL;
    int code = 0;

    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        machine_map_free(map);
        map = NULL;
        code = machine_map_new(workspace, shares[i], shares[i], &map, err);
        if (code != 0 || map->n_edges <= max_transitions)
            break;
    }
    if (code == 0)
        *out = map;
    return code;
}

struct lw_bytes machine_map_name(const struct machine_map *map, size_t node)
{
    struct lw_state state;

    return lw_machine_state(map->machine, map->states[node], &state, NULL) == 0 ? state.name : (struct lw_bytes){"", 0};
}

struct lw_bytes machine_map_event(const struct machine_map *map, size_t node)
{
    struct lw_state state;
    struct lw_template template;
    ptrdiff_t index;

    if (lw_machine_state(map->machine, map->states[node], &state, NULL) != 0 ||
        state.template_id == LW_TEMPLATE_UNKNOWN)
        return (struct lw_bytes){"", 0};
    index = lw_template_index(map->workspace, state.template_id);
    if (index < 0 || lw_template_get(map->workspace, (size_t)index, &template, NULL) != 0)
        return (struct lw_bytes){"", 0};
    return template.name.len > 0 ? template.name : template.text;
}

const char *machine_map_extent(const struct machine_map *map, char *out, size_t size)
{
    double flow = map->excerpt.total > 0 ? 100 * (double)map->excerpt.flow / (double)map->excerpt.total : 100;

    /* what is not all is not told as all */
    if (flow < 100 && flow > 99.5)
        flow = 99;
    snprintf(out, size, "%zu of %zu transitions, %.0f %% of flow", map->excerpt.n_transitions,
             lw_machine_transition_count(map->machine), flow);
    return out;
}

/* FNV-1a; names of states stay when a machine is learned anew. */
static uint64_t key_of(struct lw_bytes name)
{
    uint64_t key = 14695981039346656037u;

    for (size_t i = 0; i < name.len; i++)
        key = (key ^ (unsigned char)name.data[i]) * 1099511628211u;
    return key;
}

int machine_map_lay_out(struct machine_map *map, int max_cols, int label_cols, const struct lw_layout *previous,
                        const struct lw_run *run, struct lw_error *err)
{
    struct lw_layout_node *nodes = calloc(map->n_nodes + 1, sizeof *nodes);
    struct lw_layout_edge *edges = calloc(map->n_edges + 1, sizeof *edges);
    struct lw_layout_graph graph = {nodes, map->n_nodes, edges, map->n_edges, map->n_nodes > 0 ? 0 : SIZE_MAX};
    int code = nodes && edges ? 0 : no_memory(err);

    for (size_t i = 0; code == 0 && i < map->n_nodes; i++) {
        struct lw_bytes name = machine_map_name(map, i), event = machine_map_event(map, i);
        size_t cols = lw_text_columns(name.data, name.len);

        if (event.len > 0)
            cols += 1 + lw_text_columns(event.data, event.len);
        nodes[i] = (struct lw_layout_node){key_of(name), 4 + (cols < (size_t)max_cols ? (int)cols : max_cols), 3};
    }
    for (size_t i = 0; code == 0 && i < map->n_edges; i++)
        edges[i] = (struct lw_layout_edge){map->edges[i].from, map->edges[i].to, map->edges[i].count, label_cols};
    lw_layout_free(map->layout);
    map->layout = NULL;
    if (code == 0)
        code = lw_layout_new(&graph, previous, run, &map->layout, err);
    free(nodes);
    free(edges);
    return code;
}

/* ---- as text ----------------------------------------------------------------------------------------------------- */

int machine_map_dot(const struct machine_map *map, FILE *out, struct lw_error *err)
{
    (void)err;
    fputs("digraph machine {\n  rankdir=LR;\n  node [shape=box];\n", out);
    for (size_t i = 0; i < map->n_nodes; i++) {
        struct lw_bytes name = machine_map_name(map, i);

        fprintf(out, "  s%zu [label=", map->states[i]);
        print_json(out, name.data, name.len);
        fputs("];\n", out);
    }
    for (size_t i = 0; i < map->n_edges; i++)
        fprintf(out, "  s%zu -> s%zu [label=\"%.3g (%llu)\"%s];\n", map->states[map->edges[i].from],
                map->states[map->edges[i].to], map->edges[i].probability, (unsigned long long)map->edges[i].count,
                map->edges[i].is_core ? "" : " style=dashed");
    fputs("}\n", out);
    return 0;
}

/* Start and end are Mermaid's own [*]. */
static void print_mermaid_state(FILE *out, size_t state)
{
    if (state < 2)
        fputs("[*]", out);
    else
        fprintf(out, "s%zu", state);
}

int machine_map_mermaid(const struct machine_map *map, FILE *out, struct lw_error *err)
{
    (void)err;
    fputs("stateDiagram-v2\n", out);
    for (size_t i = 0; i < map->n_nodes; i++) {
        struct lw_bytes name = machine_map_name(map, i);

        if (map->states[i] < 2)
            continue;
        fputs("  state ", out);
        print_json(out, name.data, name.len);
        fprintf(out, " as s%zu\n", map->states[i]);
    }
    for (size_t i = 0; i < map->n_edges; i++) {
        fputs("  ", out);
        print_mermaid_state(out, map->states[map->edges[i].from]);
        fputs(" --> ", out);
        print_mermaid_state(out, map->states[map->edges[i].to]);
        fprintf(out, " : %.3g\n", map->edges[i].probability);
    }
    return 0;
}

/* ---- as a picture ------------------------------------------------------------------------------------------------ */

struct svg_texts { /* of a node: name and event; of an edge: label and note */
    char text[200];
    char note[600];
};

static struct lw_bytes bytes_of(const char *text)
{
    return (struct lw_bytes){text, strlen(text)};
}

static size_t add_bytes(char *out, size_t size, size_t at, struct lw_bytes more)
{
    size_t n = more.len < size - 1 - at ? more.len : size - 1 - at;

    memcpy(out + at, more.data, n);
    out[at + n] = '\0';
    return at + n;
}

/* Joins bytes of logs, cut to what fits; cut UTF-8 is escaped when it is drawn. */
static void join(char *out, size_t size, struct lw_bytes a, const char *between, struct lw_bytes b)
{
    size_t at = add_bytes(out, size, 0, a);

    if (b.len > 0)
        at = add_bytes(out, size, at, bytes_of(between));
    add_bytes(out, size, at, b);
}

static int draw_svg(const struct machine_map *map, struct svg_texts *texts, struct lw_svg_node *nodes,
                    struct lw_svg_edge *edges, FILE *out, struct lw_error *err)
{
    uint64_t most = 1;
    char extent[100], title[160], *svg = NULL;
    size_t len;
    int code;

    for (size_t i = 0; i < map->n_nodes; i++, texts++) {
        struct lw_bytes name = machine_map_name(map, i), event = machine_map_event(map, i);
        struct lw_state state = {0};

        lw_machine_state(map->machine, map->states[i], &state, NULL);
        join(texts->text, sizeof texts->text, name, " ", event);
        join(texts->note, sizeof texts->note, name, ": ", event);
        nodes[i] = (struct lw_svg_node){bytes_of(texts->text), bytes_of(texts->note), !state.is_core};
    }
    for (size_t i = 0; i < map->n_edges; i++)
        most = map->edges[i].count > most ? map->edges[i].count : most;
    for (size_t i = 0; i < map->n_edges; i++, texts++) {
        const struct map_edge *edge = &map->edges[i];
        struct lw_bytes from = machine_map_name(map, edge->from), to = machine_map_name(map, edge->to);

        snprintf(texts->text, sizeof texts->text, edge->probability >= .995 ? "1" : ".%02d",
                 (int)lround(100 * edge->probability));
        snprintf(texts->note, sizeof texts->note, "%.*s to %.*s: %llu times, probability %.3g",
                 (int)(from.len < 200 ? from.len : 200), from.data, (int)(to.len < 200 ? to.len : 200), to.data,
                 (unsigned long long)edge->count, edge->probability);
        edges[i] = (struct lw_svg_edge){bytes_of(texts->text), bytes_of(texts->note),
                                        sqrt((double)edge->count / (double)most), !edge->is_core};
    }
    snprintf(title, sizeof title, "state machine: %s", machine_map_extent(map, extent, sizeof extent));
    code = lw_layout_svg(map->layout, title, nodes, edges, &svg, &len, err);
    if (code == 0)
        fwrite(svg, 1, len, out);
    lw_free(svg);
    return code;
}

int machine_map_svg(struct machine_map *map, FILE *out, const struct lw_run *run, struct lw_error *err)
{
    struct svg_texts *texts = calloc(map->n_nodes + map->n_edges + 1, sizeof *texts);
    struct lw_svg_node *nodes = calloc(map->n_nodes + 1, sizeof *nodes);
    struct lw_svg_edge *edges = calloc(map->n_edges + 1, sizeof *edges);
    int code = texts && nodes && edges ? 0 : no_memory(err);

    if (code == 0 && !map->layout)
        code = machine_map_lay_out(map, SVG_COLS, LABEL_COLS, NULL, run, err);
    if (code == 0)
        code = draw_svg(map, texts, nodes, edges, out, err);
    free(texts);
    free(nodes);
    free(edges);
    return code;
}
