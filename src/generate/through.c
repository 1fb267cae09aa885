/*
 * A walk is followed together with how many waypoints it has passed, each at the first step that passes it. With h(s,
 * j) the probability that a walk from s, j of them passed, passes the rest, the walks that do are a machine again: a
 * step has p * h(to, j') / h(s, j). h is one linear system for each j, from the last waypoint back; drawing until a
 * walk happens to pass all was rejected, since what is asked for may be rare.
 */
#include "generate/through.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/elimination.h"

#define WAYPOINTS_MAX 1000

void through_release(struct through *through)
{
    for (size_t i = 0; i < through->n; i++)
        free(through->points[i].name);
    free(through->points);
    free(through->cumulative);
    free(through->way_out);
    *through = (struct through){.ways = NULL};
}

bool through_passes(const struct through *through, size_t passed, const struct way_step *step)
{
    if (passed == through->n || step->to == WAYS_END)
        return false;
    const struct waypoint *point = &through->points[passed];
    const struct machine *machine = through->ways->machine;
    if (!point->is_state)
        return machine->edges[step->edge].template_id == point->template_id;
    return strcmp(machine->states[through->ways->states[step->to]].name, point->name) == 0;
}

/* ---- reading ------------------------------------------------------------------------------------------------------
 */

static bool read_template(const char *name, uint32_t *id)
{
    uint64_t number = 0;
    if (name[0] != 'E' || name[1] < '1' || name[1] > '9')
        return false;
    for (const char *at = name + 1; *at != 0; at++) {
        if (*at < '0' || *at > '9' || number > UINT32_MAX)
            return false;
        number = number * 10 + (uint64_t)(*at - '0');
    }
    *id = (uint32_t)number;
    return number < UINT32_MAX;
}

static bool has_state(const struct machine *machine, const char *name)
{
    for (size_t s = 0; s < machine->n_states; s++)
        if (strcmp(machine->states[s].name, name) == 0)
            return true;
    return false;
}

static int add_point(struct through *through, const char *text, size_t len, struct lw_error *err)
{
    const struct machine *machine = through->ways->machine;
    bool is_state = len > 6 && strncmp(text, "state:", 6) == 0;
    if (through->n == WAYPOINTS_MAX)
        return fail(err, LW_ERR_USAGE, "through: %d places are the most", WAYPOINTS_MAX);
    struct waypoint *point = &through->points[through->n];
    *point = (struct waypoint){.name = is_state ? alloc_text(text + 6, len - 6) : alloc_text(text, len)};
    if (point->name == NULL)
        return fail_memory(err, "reading a way");
    through->n++;
    point->is_state = is_state || !read_template(point->name, &point->template_id);
    if (!point->is_state && point->template_id >= machine->n_symbols)
        return fail(err, LW_ERR_NOT_FOUND, "through: no trace has the template %.60s", point->name);
    if (point->is_state && !has_state(machine, point->name))
        return fail(err, LW_ERR_NOT_FOUND,
                    "through: the machine has no state \"%.60s\"; name a template (E5) or a state as the machine lists "
                    "it",
                    point->name);
    return 0;
}

static int read_points(struct through *through, const char *text, struct lw_error *err)
{
    through->points = alloc_array(WAYPOINTS_MAX, sizeof *through->points);
    int rc = through->points == NULL ? fail_memory(err, "reading a way") : 0;
    for (const char *at = text; rc == 0;) {
        while (*at == ' ')
            at++;
        size_t len = strcspn(at, ","), kept = len;
        while (kept > 0 && at[kept - 1] == ' ')
            kept--;
        if (kept == 0)
            rc = fail(err, LW_ERR_USAGE, "through: a name is missing in \"%.60s\"; names stand with commas between",
                      text);
        else
            rc = add_point(through, at, kept, err);
        if (at[len] == 0)
            break;
        at += len + 1;
    }
    return rc;
}

/* ---- conditioning -------------------------------------------------------------------------------------------------
 */

/* Shortest ways from each node, j waypoints passed, to the end with all passed. */
static void find_ways_out(struct through *through)
{
    const struct ways *ways = through->ways;
    for (size_t i = 0; i < (through->n + 1) * ways->n_nodes; i++)
        through->way_out[i] = UINT32_MAX;
    for (size_t j = through->n + 1; j-- > 0;) {
        uint32_t *own = through->way_out + j * ways->n_nodes;
        for (bool is_changed = true; is_changed;) {
            is_changed = false;
            for (size_t i = ways->n_steps; i-- > 0;) {
                const struct way_step *step = &ways->steps[i];
                size_t next = j + through_passes(through, j, step);
                bool is_out = step->to == WAYS_END ? next == through->n
                                                   : through->way_out[next * ways->n_nodes + step->to] != UINT32_MAX;
                if (is_out && own[step->from] == UINT32_MAX) {
                    own[step->from] = (uint32_t)i;
                    is_changed = true;
                }
            }
        }
    }
}

/* The first waypoint that a walk cannot get to, and what comes before it. */
static int unreachable(const struct through *through, struct lw_error *err)
{
    const struct ways *ways = through->ways;
    bool *is_here = alloc_zeroed(ways->n_nodes, sizeof *is_here),
         *is_next = alloc_zeroed(ways->n_nodes, sizeof *is_next);
    int rc = is_here == NULL || is_next == NULL ? fail_memory(err, "finding a way") : 0;
    if (rc == 0)
        is_here[WAYS_START] = true;
    for (size_t j = 0; j < through->n && rc == 0; j++) {
        bool is_any = false;
        memset(is_next, 0, ways->n_nodes * sizeof *is_next);
        for (bool is_changed = true; is_changed;) {
            is_changed = false;
            for (size_t i = 0; i < ways->n_steps; i++) {
                const struct way_step *step = &ways->steps[i];
                bool *to = through_passes(through, j, step) ? is_next : is_here;
                if (is_here[step->from] && !to[step->to])
                    is_changed = to[step->to] = true;
                is_any = is_any || (to == is_next && is_here[step->from]);
            }
        }
        if (!is_any && j == 0)
            rc = fail(err, LW_ERR_INFEASIBLE, "through: no trace of the machine passes %.60s", through->points[0].name);
        else if (!is_any)
            rc = fail(err, LW_ERR_INFEASIBLE, "through: %.60s cannot be reached after %.60s; leaving it out can be met",
                      through->points[j].name, through->points[j - 1].name);
        memcpy(is_here, is_next, ways->n_nodes * sizeof *is_here);
    }
    free(is_here);
    free(is_next);
    return rc != 0 ? rc : fail(err, LW_ERR_INFEASIBLE, "through: the end cannot be reached after that");
}

struct conditioning {
    struct elimination elimination;
    double *entries;     /* [steps that do not end] */
    double *here, *next; /* [n_nodes] h for j and j + 1 */
};

static int solve_level(const struct through *through, size_t j, struct conditioning *work)
{
    const struct ways *ways = through->ways;
    size_t n = 0;
    memset(work->here, 0, ways->n_nodes * sizeof *work->here);
    for (size_t i = 0; i < ways->n_steps; i++) {
        const struct way_step *step = &ways->steps[i];
        bool is_passing = through_passes(through, j, step);
        if (step->to == WAYS_END) {
            work->here[step->from] += j == through->n ? ways->p[i] : 0;
            continue;
        }
        work->entries[n++] = is_passing ? 0 : ways->p[i];
        if (is_passing)
            work->here[step->from] += ways->p[i] * work->next[step->to];
    }
    int rc = elimination_factor(&work->elimination, work->entries);
    if (rc == 0)
        rc = elimination_solve(&work->elimination, work->here, 1);
    work->here[WAYS_END] = j == through->n;
    return rc;
}

static void weigh_level(struct through *through, size_t j, const struct conditioning *work)
{
    const struct ways *ways = through->ways;
    double *cumulative = through->cumulative + j * ways->n_steps;
    for (size_t node = 0; node < ways->n_nodes; node++) {
        double sum = 0;
        for (size_t i = ways->first[node]; i < ways->first[node + 1]; i++) {
            const struct way_step *step = &ways->steps[i];
            const double *to = through_passes(through, j, step) ? work->next : work->here;
            sum += work->here[node] > 0 ? ways->p[i] * to[step->to] / work->here[node] : 0;
            cumulative[i] = sum;
        }
    }
}

static int condition(struct through *through, struct conditioning *work)
{
    const struct ways *ways = through->ways;
    uint32_t *from = alloc_array(ways->n_steps, sizeof *from), *to = alloc_array(ways->n_steps, sizeof *to);
    size_t n = 0;
    work->entries = alloc_array(ways->n_steps, sizeof *work->entries);
    work->here = alloc_zeroed(ways->n_nodes, sizeof *work->here);
    work->next = alloc_zeroed(ways->n_nodes, sizeof *work->next);
    through->cumulative = alloc_array((through->n + 1) * ways->n_steps, sizeof *through->cumulative);
    through->way_out = alloc_array((through->n + 1) * ways->n_nodes, sizeof *through->way_out);
    int rc = from == NULL || to == NULL || work->entries == NULL || work->here == NULL || work->next == NULL ||
                     through->cumulative == NULL || through->way_out == NULL
                 ? LW_ERR_MEMORY
                 : 0;
    for (size_t i = 0; i < ways->n_steps && rc == 0; i++)
        if (ways->steps[i].to != WAYS_END) {
            from[n] = ways->steps[i].from;
            to[n++] = ways->steps[i].to;
        }
    if (rc == 0)
        rc = elimination_init(&work->elimination, ways->n_nodes, from, to, n, NULL);
    free(from);
    free(to);
    for (size_t j = through->n + 1; j-- > 0 && rc == 0;) {
        rc = solve_level(through, j, work);
        if (rc == 0)
            weigh_level(through, j, work);
        double *swapped = work->next;
        work->next = work->here;
        work->here = swapped;
    }
    through->probability = rc == 0 ? work->next[WAYS_START] : 0;
    if (rc == 0)
        find_ways_out(through);
    return rc;
}

int through_init(const struct ways *ways, const char *text, struct through *out, struct lw_error *err)
{
    struct through made = {.ways = ways};
    struct conditioning work = {.entries = NULL};
    int rc = read_points(&made, text, err);
    if (rc == 0 && condition(&made, &work) != 0)
        rc = fail_memory(err, "finding a way");
    if (rc == 0 && !(made.probability > 0))
        rc = unreachable(&made, err);
    elimination_release(&work.elimination);
    free(work.entries);
    free(work.here);
    free(work.next);
    if (rc == 0)
        *out = made;
    else
        through_release(&made);
    return rc;
}
