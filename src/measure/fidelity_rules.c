/*
 * Rules are checked on both logs alike, and a synthetic log is charged only with what it breaks more often than the
 * real one: noise is part of a log. Relations are those that the workspace shows (machine --relations), checked on all
 * traces here though they were found in a sample. Sums and entities are left out: the first are rare, the others do not
 * hold value by value.
 */
#include "measure/fidelity_rules.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "measure/distance.h"

#define MIN_TIMED 50 /* delays of a pair in the real log, for a range */
#define OUTSIDE   .0005

struct rate { /* how often a rule was broken, of the times it could be */
    double broken[2], total[2];
};

static double kept(const struct rate *rate)
{
    double a = rate->total[0] > 0 ? rate->broken[0] / rate->total[0] : 0;
    return rate->total[1] > 0 ? 1 - fmax(0, rate->broken[1] / rate->total[1] - a) : NAN;
}

static int put_rate(struct lw_figures *figures, const char *part, const struct rate *rate, struct lw_error *err)
{
    char note[100];
    double value = kept(rate);
    if (isnan(value))
        return 0;
    snprintf(note, sizeof note, "broken %.3g %% of times, %.3g %% in the real log",
             100 * rate->broken[1] / rate->total[1], rate->total[0] > 0 ? 100 * rate->broken[0] / rate->total[0] : 0);
    return figures_put(figures, "rules", part, value, (uint64_t)rate->total[1], note, err);
}

/* ---- structure ------------------------------------------------------------------------------------------------- */

static void count_unknown(const struct view *const views[2], struct rate *rate)
{
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < views[side]->n_rows; i++) {
            rate->total[side]++;
            rate->broken[side] += views[side]->kinds[i] == COLUMN_NONE;
        }
}

static uint64_t header_key(const struct view *view, size_t row, bool is_level)
{
    uint64_t record = view->records[row];
    return key_join(view->kinds[row], is_level ? view->of->levels[record] : log_columns_component(view->of, record));
}

/* Levels or components that a template has. */
static int count_headers(const struct view *const views[2], bool is_level, struct rate *rate)
{
    struct tallies tallies = {0};
    int code = 0;
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < views[side]->n_rows && code == 0; i++)
            if (views[side]->kinds[i] != COLUMN_NONE)
                code = tallies_add(&tallies, header_key(views[side], i, is_level), side, 1);
    for (size_t i = 0; i < tallies.n_slots; i++)
        rate->broken[1] += tallies.slots[i].n[0] > 0 ? 0 : tallies.slots[i].n[1];
    rate->total[0] = tallies.total[0];
    rate->total[1] = tallies.total[1];
    tallies_release(&tallies);
    return code;
}

static void count_types(const struct view *const views[2], const struct slot_uses *uses, struct rate *rate)
{
    for (size_t k = 0; k < views[0]->of->model->templates.n; k++)
        for (size_t s = uses->first[k]; s < uses->first[k + 1]; s++)
            for (int side = 0; side < 2 && uses->uses[s] == SLOT_NUMBER; side++)
                for (size_t i = views[side]->kind_first[k]; i < views[side]->kind_first[k + 1]; i++) {
                    uint64_t record = views[side]->records[views[side]->kind_rows[i]];
                    const struct cell *cell = log_columns_cells(views[side]->of, record) + (s - uses->first[k]);
                    rate->total[side]++;
                    rate->broken[side] += isnan(cell->number);
                }
}

/* ---- time ------------------------------------------------------------------------------------------------------ */

static void count_backwards(const struct view *const views[2], struct rate *rate)
{
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < views[side]->n_rows; i++)
            if (!isnan(views[side]->delays[i])) {
                rate->total[side]++;
                rate->broken[side] += views[side]->delays[i] < 0;
            }
}

static size_t count_pair(const struct view_step *steps, size_t n, size_t at)
{
    size_t end = at;
    while (end < n && steps[end].pair == steps[at].pair)
        end++;
    return end - at;
}

static void count_delays(const struct view *const views[2], struct rate *rate)
{
    const struct view_step *steps[2] = {views[0]->steps, views[1]->steps};
    const size_t n[2] = {views[0]->n_steps, views[1]->n_steps};
    for (size_t i = 0, j = 0; i < n[0] && j < n[1];) {
        if (steps[0][i].pair != steps[1][j].pair) {
            if (steps[0][i].pair < steps[1][j].pair)
                i++;
            else
                j++;
            continue;
        }
        size_t of_a = count_pair(steps[0], n[0], i), of_b = count_pair(steps[1], n[1], j);
        if (of_a >= MIN_TIMED) {
            size_t cut = (size_t)(OUTSIDE * (double)of_a);
            double low = steps[0][i + cut].delay, high = steps[0][i + of_a - 1 - cut].delay;
            for (size_t k = 0; k < of_a; k++)
                rate->broken[0] += steps[0][i + k].delay < low || steps[0][i + k].delay > high;
            for (size_t k = 0; k < of_b; k++)
                rate->broken[1] += steps[1][j + k].delay < low || steps[1][j + k].delay > high;
            rate->total[0] += (double)of_a;
            rate->total[1] += (double)of_b;
        }
        i += of_a;
        j += of_b;
    }
}

/* ---- relations ------------------------------------------------------------------------------------------------- */

struct last { /* value of a slot in the trace at hand */
    struct cell cell;
    size_t trace; /* number of the trace + 1; 0: none yet */
};
struct walk {
    const struct fidelity_rules *rules;
    const struct view *view;
    int side;
    struct last *last;       /* [slots] */
    struct rate *rates;      /* [relations] */
    struct tallies facts;    /* of what determines what: values that a value was seen with, and with which first */
    uint64_t name;           /* of the trace */
    fidelity_judged *judged; /* or NULL */
    void *user;
    size_t row;
};

static bool is_near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

static void judge(struct walk *walk, size_t relation, bool is_kept)
{
    walk->rates[relation].total[walk->side]++;
    walk->rates[relation].broken[walk->side] += !is_kept;
    if (walk->judged != NULL)
        walk->judged(walk->user, relation, walk->row, is_kept);
}

/* A value that follows from another is broken where that came with a different one before. */
static int check_determined(struct walk *walk, size_t relation, uint64_t other, uint64_t value)
{
    uint64_t cause = key_join(key_join(relation, other), 1), fact = key_join(key_join(relation, other), value);
    bool is_known = tallies_find(&walk->facts, cause) != NULL;
    bool is_same = tallies_find(&walk->facts, fact) != NULL;
    if (is_known)
        judge(walk, relation, is_same);
    return is_known || (tallies_add(&walk->facts, cause, 0, 1) == 0 && tallies_add(&walk->facts, fact, 0, 1) == 0)
               ? 0
               : LW_ERR_MEMORY;
}

static int check_relation(struct walk *walk, size_t index, size_t trace, const struct cell *cells, size_t first_slot,
                          size_t n_slots, const struct cell *cell)
{
    const struct relation *relation = &walk->rules->relations.items[index];
    const struct last *own = &walk->last[relation->variable];
    const struct last *other = relation->other < walk->rules->n_slots ? &walk->last[relation->other] : NULL;
    bool has_own = own->trace == trace + 1, has_other = other != NULL && other->trace == trace + 1;
    bool is_number = has_own && !isnan(own->cell.number) && !isnan(cell->number);
    switch (relation->kind) {
    case LW_RELATION_KEY:
        judge(walk, index, cell->hash == walk->name);
        break;
    case LW_RELATION_CONSTANT:
        if (has_own)
            judge(walk, index, cell->hash == own->cell.hash);
        break;
    case LW_RELATION_SAME:
        if (has_other)
            judge(walk, index, cell->hash == other->cell.hash);
        break;
    case LW_RELATION_INCREASING:
        if (is_number)
            judge(walk, index, cell->number > own->cell.number);
        break;
    case LW_RELATION_DECREASING:
        if (is_number)
            judge(walk, index, cell->number < own->cell.number);
        break;
    case LW_RELATION_STEP:
        if (is_number)
            judge(walk, index, is_near(cell->number - own->cell.number, relation->number));
        break;
    case LW_RELATION_OFFSET:
        if (has_other && !isnan(other->cell.number) && !isnan(cell->number))
            judge(walk, index, is_near(cell->number - other->cell.number, relation->number));
        break;
    case LW_RELATION_DETERMINED:
        if (relation->other >= first_slot && relation->other < first_slot + n_slots &&
            cells[relation->other - first_slot].hash != 0)
            return check_determined(walk, index, cells[relation->other - first_slot].hash, cell->hash);
        break;
    default:
        break;
    }
    return 0;
}

static int walk_row(struct walk *walk, size_t row)
{
    const struct fidelity_rules *rules = walk->rules;
    uint32_t kind = walk->view->kinds[row];
    size_t trace = walk->view->trace_of[row];
    walk->row = row;
    if (kind == COLUMN_NONE)
        return 0;
    const struct cell *cells = log_columns_cells(walk->view->of, walk->view->records[row]);
    size_t first = rules->variables.slot_first[kind], n = rules->variables.slot_first[kind + 1] - first;
    int code = 0;
    for (size_t s = 0; s < n; s++)
        for (size_t r = rules->relation_first[first + s];
             r < rules->relation_first[first + s + 1] && cells[s].hash != 0 && code == 0; r++)
            code = check_relation(walk, r, trace, cells, first, n, &cells[s]);
    for (size_t s = 0; s < n; s++)
        if (rules->is_looked_at[first + s] && cells[s].hash != 0)
            walk->last[first + s] = (struct last){cells[s], trace + 1};
    return code;
}

static int walk_view(const struct fidelity_rules *rules, const struct view *view, int side, struct rate *rates,
                     fidelity_judged *judged, void *user)
{
    struct walk walk = {.rules = rules,
                        .view = view,
                        .side = side,
                        .last = alloc_zeroed(rules->n_slots, sizeof(struct last)),
                        .rates = rates,
                        .judged = judged,
                        .user = user};
    int code = walk.last == NULL ? LW_ERR_MEMORY : 0;
    for (size_t t = 0; t < view->n_traces && code == 0; t++) {
        struct lw_bytes name = intern_get(&view->of->traces->names, view->traces[t]);
        walk.name = column_hash(name.data, name.len);
        for (size_t i = view->first[t]; i < view->first[t + 1] && code == 0; i++)
            code = walk_row(&walk, i);
    }
    free(walk.last);
    tallies_release(&walk.facts);
    return code;
}

static size_t kind_of_slot(const struct variables *variables, size_t slot)
{
    size_t low = 0, high = variables->model->templates.n;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (variables->slot_first[middle] <= slot)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void name_slot(const struct fidelity_rules *rules, size_t slot, char *out, size_t size)
{
    size_t kind = kind_of_slot(&rules->variables, slot);
    snprintf(out, size, "E%u.%zu", (unsigned)rules->variables.model->templates.items[kind].id,
             slot - rules->variables.slot_first[kind] + 1);
}

/* "E5.2 same E1.1"; false for kinds that are not looked at. */
static bool name_relation(const struct fidelity_rules *rules, size_t index, char *text, size_t size)
{
    static const char *const words[LW_RELATION_KIND_COUNT] = {
        [LW_RELATION_KEY] = "key",           [LW_RELATION_CONSTANT] = "constant",     [LW_RELATION_SAME] = "same",
        [LW_RELATION_INCREASING] = "rising", [LW_RELATION_DECREASING] = "falling",    [LW_RELATION_STEP] = "step",
        [LW_RELATION_OFFSET] = "offset",     [LW_RELATION_DETERMINED] = "determined",
    };
    const struct relation *relation = &rules->relations.items[index];
    char place[40], other[40] = "";
    if (relation->variable >= rules->n_slots || words[relation->kind] == NULL)
        return false;
    name_slot(rules, relation->variable, place, sizeof place);
    if (relation->other < rules->n_slots)
        name_slot(rules, relation->other, other, sizeof other);
    snprintf(text, size, "%s %s%s%s", place, words[relation->kind], other[0] != '\0' ? " " : "", other);
    return true;
}

static int put_relations(const struct fidelity_rules *rules, const struct rate *rates, struct lw_figures *figures,
                         struct lw_error *err)
{
    int code = 0;
    for (size_t r = 0; r < rules->relations.n && code == 0; r++) {
        char text[FIDELITY_RULE_NAME], part[FIDELITY_RULE_NAME + 4];
        if (!name_relation(rules, r, text, sizeof text))
            continue;
        snprintf(part, sizeof part, "key %s", text);
        code = put_rate(figures, part, &rates[r], err);
    }
    return code;
}

int fidelity_rules_walk(const struct fidelity_rules *rules, const struct view *view, fidelity_judged *judged,
                        void *user, struct lw_error *err)
{
    struct rate *rates = alloc_zeroed(rules->relations.n, sizeof *rates);
    int code = rates == NULL ? LW_ERR_MEMORY : walk_view(rules, view, 0, rates, judged, user);
    free(rates);
    return code != 0 ? fail_memory(err, "checking relations") : 0;
}

void fidelity_rules_name(const struct fidelity_rules *rules, size_t relation, char out[FIDELITY_RULE_NAME])
{
    if (!name_relation(rules, relation, out, FIDELITY_RULE_NAME))
        out[0] = '\0';
}

static int check_relations(const struct fidelity_rules *rules, const struct view *const views[2], struct rate *all,
                           struct lw_figures *figures, struct lw_error *err)
{
    struct rate *rates = alloc_zeroed(rules->relations.n, sizeof *rates);
    int code = rates == NULL ? LW_ERR_MEMORY : 0;
    for (int side = 0; side < 2 && code == 0; side++)
        code = walk_view(rules, views[side], side, rates, NULL, NULL);
    code = code != 0 ? fail_memory(err, "checking relations") : put_relations(rules, rates, figures, err);
    for (size_t r = 0; r < rules->relations.n && code == 0; r++)
        for (int side = 0; side < 2; side++) {
            bool is_reference = rules->relations.items[r].kind == LW_RELATION_KEY ||
                                rules->relations.items[r].kind == LW_RELATION_SAME ||
                                rules->relations.items[r].kind == LW_RELATION_CONSTANT;
            all->broken[side] += is_reference ? rates[r].broken[side] : 0;
            all->total[side] += is_reference ? rates[r].total[side] : 0;
        }
    free(rates);
    return code;
}

/* ---- keys ------------------------------------------------------------------------------------------------------ */

/* Values of a slot, and how many of them are there again. */
static int count_again(const struct view *view, size_t kind, size_t slot, double *n, double *again)
{
    struct tallies tallies = {0};
    int code = 0;
    for (size_t i = view->kind_first[kind]; i < view->kind_first[kind + 1] && code == 0; i++) {
        uint64_t record = view->records[view->kind_rows[i]];
        const struct cell *cell = log_columns_cells(view->of, record) + slot;
        if (cell->hash != 0)
            code = tallies_add(&tallies, cell->hash, 0, 1);
    }
    *n = tallies.total[0];
    *again = tallies.total[0] - (double)tallies.n;
    tallies_release(&tallies);
    return code;
}

static int check_unique(const struct view *view, const struct slot_uses *uses, struct rate *rate)
{
    for (size_t k = 0; k < view->of->model->templates.n; k++)
        for (size_t s = uses->first[k]; s < uses->first[k + 1]; s++) {
            double n, again;
            if (!uses->is_unique[s])
                continue;
            if (count_again(view, k, s - uses->first[k], &n, &again) != 0)
                return LW_ERR_MEMORY;
            rate->total[1] += n;
            rate->broken[1] += again;
        }
    return 0;
}

/* ---- all of them ----------------------------------------------------------------------------------------------- */

static int put_kept(struct lw_figures *figures, const char *part, const struct rate *rate, struct lw_error *err)
{
    double value = kept(rate);
    return isnan(value) ? 0 : figures_put(figures, "diagnostics", part, value, (uint64_t)rate->total[1], NULL, err);
}

int fidelity_rules_check(const struct fidelity_rules *rules, const struct slot_uses *uses, const struct view *a,
                         const struct view *b, struct lw_figures *figures, struct lw_error *err)
{
    const struct view *const views[2] = {a, b};
    struct rate unknown = {0}, levels = {0}, components = {0}, types = {0}, backwards = {0}, delays = {0},
                references = {0}, unique = {0};
    count_unknown(views, &unknown);
    count_types(views, uses, &types);
    count_backwards(views, &backwards);
    count_delays(views, &delays);
    int code = a->of->has_levels ? count_headers(views, true, &levels) : 0;
    if (code == 0 && a->of->has_components)
        code = count_headers(views, false, &components);
    if (code == 0)
        code = check_unique(b, uses, &unique);
    if (code != 0)
        return fail_memory(err, "checking rules");
    code = check_relations(rules, views, &references, figures, err);
    const struct {
        const char *part;
        const struct rate *rate;
    } rows[] = {{"structural template", &unknown},     {"structural level", &levels},
                {"structural component", &components}, {"structural type", &types},
                {"temporal order", &backwards},        {"temporal delay", &delays}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows && code == 0; i++)
        code = put_rate(figures, rows[i].part, rows[i].rate, err);
    for (int side = 0; side < 2; side++) {
        references.broken[side] += unknown.broken[side];
        references.total[side] += unknown.total[side];
    }
    if (code == 0)
        code = put_kept(figures, "keys", &unique, err);
    if (code == 0)
        code = put_kept(figures, "references", &references, err);
    return code != 0 ? code : put_kept(figures, "types", &types, err);
}

static int index_relations(struct fidelity_rules *rules)
{
    const struct variables *variables = &rules->variables;
    rules->n_slots = variables->slot_first[variables->model->templates.n];
    rules->relation_first = alloc_zeroed(rules->n_slots + 1, sizeof *rules->relation_first);
    rules->is_looked_at = alloc_zeroed(rules->n_slots, sizeof *rules->is_looked_at);
    if (rules->relation_first == NULL || rules->is_looked_at == NULL)
        return LW_ERR_MEMORY;
    size_t r = 0;
    for (size_t slot = 0; slot <= rules->n_slots; slot++) {
        rules->relation_first[slot] = r;
        for (; r < rules->relations.n && rules->relations.items[r].variable == slot; r++) {
            if (slot < rules->n_slots)
                rules->is_looked_at[slot] = true;
            if (rules->relations.items[r].other < rules->n_slots)
                rules->is_looked_at[rules->relations.items[r].other] = true;
        }
    }
    return 0;
}

int fidelity_rules_find(const struct model *model, struct fidelity_rules *out, struct lw_error *err)
{
    int code = variables_init(&out->variables, model, err);
    if (code != 0)
        return code;
    out->is_ready = true;
    code = relations_find(&out->variables, &out->relations, err);
    return code == 0 && index_relations(out) != 0 ? fail_memory(err, "finding relations") : code;
}

void fidelity_rules_release(struct fidelity_rules *rules)
{
    if (rules->is_ready) {
        relations_release(&rules->relations);
        variables_release(&rules->variables);
    }
    free(rules->relation_first);
    free(rules->is_looked_at);
    memset(rules, 0, sizeof *rules);
}
