#include "generate/expected.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

void expected_release(struct expected *expected)
{
    for (size_t i = 0; i < expected->n; i++)
        free(expected->rows[i].name);
    free(expected->rows);
    *expected = (struct expected){.rows = NULL};
}

int expected_add(struct expected *expected, const char *group, const char *name, size_t len, double value)
{
    struct buf path = BUF_INIT;
    buf_add_text(&path, group);
    buf_add(&path, name, len);
    char *text = buf_status(&path) == 0 ? alloc_text(path.data, path.len) : NULL;
    buf_release(&path);
    if (text == NULL || alloc_grow(&expected->rows, &expected->cap, expected->n + 1, sizeof *expected->rows) != 0) {
        free(text);
        return LW_ERR_MEMORY;
    }
    expected->rows[expected->n++] = (struct expected_row){text, value, NAN, NAN, 0, 0};
    return 0;
}

/* Shares of services, or types of errors among errors, those that come at all. */
static int add_names(struct expected *expected, const char *group, const struct intern *names, const double *sums,
                     double base)
{
    int rc = 0;
    for (uint32_t i = 0; i < names->count && rc == 0; i++) {
        struct lw_bytes name = intern_get(names, i);
        if (sums[i] > 0)
            rc = expected_add(expected, group, name.data, name.len, sums[i] / base);
    }
    return rc;
}

int expected_add_shares(struct expected *expected, const struct facets *facets, const double *flow, double length)
{
    double levels[LW_LEVEL_COUNT] = {0}, errors = 0;
    double *services = alloc_zeroed(facets->services.count, sizeof *services);
    double *types = alloc_zeroed(facets->error_types.count, sizeof *types);
    int rc = services == NULL || types == NULL ? LW_ERR_MEMORY : 0;
    for (size_t f = 0; f < facets->first[facets->n_symbols] && rc == 0; f++) {
        const struct facet *facet = &facets->items[f];
        levels[facet->level] += flow[f];
        if (facet->service != FACET_NONE)
            services[facet->service] += flow[f];
        if (facet->error_type != FACET_NONE) {
            types[facet->error_type] += flow[f];
            errors += flow[f];
        }
    }
    for (int level = LW_LEVEL_NONE + 1; level < LW_LEVEL_COUNT && rc == 0; level++) {
        const char *name = lw_level_name((enum lw_level)level);
        rc = expected_add(expected, "levels.", name, strlen(name), levels[level] / length);
    }
    if (rc == 0)
        rc = add_names(expected, "services.", &facets->services, services, length);
    if (rc == 0)
        rc = add_names(expected, "error_types.", &facets->error_types, types, errors);
    free(services);
    free(types);
    return rc;
}

struct expected_row *expected_row(struct expected *expected, const char *name)
{
    for (size_t i = 0; i < expected->n; i++)
        if (strcmp(expected->rows[i].name, name) == 0)
            return &expected->rows[i];
    return NULL;
}

static int add_targets(const struct tilt *tilt, struct expected *expected)
{
    for (size_t i = 0; i < tilt->targets.n; i++) {
        const struct target *target = &tilt->targets.items[i];
        struct expected_row *row = expected_row(expected, target->path);
        if (row == NULL) {
            if (expected_add(expected, "", target->path, strlen(target->path), tilt->values[i]) != 0)
                return LW_ERR_MEMORY;
            row = &expected->rows[expected->n - 1];
        }
        row->value = tilt->values[i];
        row->low = target->low;
        row->high = target->high;
        row->pull = tilt->pulls[i];
    }
    return 0;
}

int expected_find(const struct blueprint *blueprint, const struct lw_constraints *constraints, enum tilt_effort effort,
                  struct expected *out, struct lw_error *err)
{
    struct expected made = {.rows = NULL};
    struct tilt tilt;
    int rc = constraints_check(constraints, err);
    if (rc == 0)
        rc = tilt_build(blueprint->machine, blueprint, constraints, effort, &made.missed, &tilt, err);
    if (rc != 0)
        return rc;
    rc = expected_add(&made, "length", "", 0, tilt.expected_len);
    if (rc == 0) {
        made.rows[0].high = tilt.longest;
        made.rows[0].pull = -tilt.length_pull;
        rc = expected_add_shares(&made, &blueprint->facets, tilt.facet_flow, tilt.expected_len);
    }
    if (rc == 0)
        rc = add_targets(&tilt, &made);
    tilt_release(&tilt);
    if (rc == 0)
        *out = made;
    else
        expected_release(&made);
    return rc == 0 ? 0 : fail_memory(err, "working out what to expect");
}
