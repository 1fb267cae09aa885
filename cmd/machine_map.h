/*
 * A machine as a graph to be drawn or exported: its states, or those of an excerpt, and one edge for all transitions
 * between two of them.
 */
#ifndef LW_CMD_MACHINE_MAP_H
#define LW_CMD_MACHINE_MAP_H

#include <stdio.h>

#include "logwright.h"

struct map_edge {
    size_t from, to;   /* nodes */
    size_t transition; /* the most frequent of those it stands for */
    uint64_t count;
    double probability;
    bool is_core;
};
struct machine_map {
    const struct lw_workspace *workspace; /* outlives it */
    const struct lw_machine *machine;
    size_t *states; /* [n_nodes] */
    size_t n_nodes;
    struct map_edge *edges; /* [n_edges] */
    size_t n_edges;
    struct lw_excerpt excerpt;
    struct lw_layout *layout; /* NULL until it was laid out */
};

/* The parts of the machine that the shares keep. */
int machine_map_new(const struct lw_workspace *workspace, double activities, double paths, struct machine_map **out,
                    struct lw_error *err);
/* As much of the machine as has at most max_transitions, if there is an excerpt as small as that. */
int machine_map_fit(const struct lw_workspace *workspace, size_t max_transitions, struct machine_map **out,
                    struct lw_error *err);
void machine_map_free(struct machine_map *map);
/* Boxes are of one row between two of frame, of at most max_cols columns of text. previous: NULL or a map's layout. */
int machine_map_lay_out(struct machine_map *map, int max_cols, int label_cols, const struct lw_layout *previous,
                        const struct lw_run *run, struct lw_error *err);
/* Name of a node's state, and what its event says, "" for start and end. Borrowed. */
struct lw_bytes machine_map_name(const struct machine_map *map, size_t node);
struct lw_bytes machine_map_event(const struct machine_map *map, size_t node);
/* "14 of 285 transitions, 71 % of flow". */
const char *machine_map_extent(const struct machine_map *map, char *out, size_t size);

int machine_map_dot(const struct machine_map *map, FILE *out, struct lw_error *err);
int machine_map_mermaid(const struct machine_map *map, FILE *out, struct lw_error *err);
/* Lays it out if that was not done. */
int machine_map_svg(struct machine_map *map, FILE *out, const struct lw_run *run, struct lw_error *err);

#endif
