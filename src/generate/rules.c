#include "generate/rules.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "base/order.h"
#include "generate/purpose.h"
#include "generate/recovery.h"

#define REDRAWS   64                  /* of a trace for one rule */
#define REDRAW_AT (UINT64_C(1) << 48) /* indexes of traces that are drawn again lie behind all others */
#define MOST_NEAR 32                  /* effects that are tried for a cause */
#define ROUNDS    4                   /* over all rules between traces: one may undo another */

/* ---- what is asked ------------------------------------------------------------------------------------------------
 */

static void rule_release(struct rule *rule)
{
    free(rule->is_cause);
    detour_release(&rule->effect);
}

void rules_release(struct rules *rules)
{
    for (size_t i = 0; i < rules->n; i++)
        rule_release(&rules->items[i]);
    free(rules->items);
    memset(rules, 0, sizeof *rules);
}

int rules_add(struct rules *rules, const struct blueprint *blueprint, const struct lw_constraints *constraints,
              bool *is_cause, bool *is_effect, const struct rule *like)
{
    struct rule rule = *like;
    rule.is_cause = is_cause;
    int rc = detour_init(&rule.effect, blueprint, constraints, is_effect);
    if (rc == 0 && is_cause == NULL)
        rc = LW_ERR_MEMORY;
    if (rc == 0)
        rc = alloc_grow(&rules->items, &rules->cap, rules->n + 1, sizeof *rules->items);
    if (rc == 0)
        rules->items[rules->n++] = rule;
    else if (is_cause != NULL)
        rule_release(&rule);
    else
        detour_release(&rule.effect);
    return rc;
}

static bool *find_selected(const struct parties *parties, const struct selector *selector)
{
    bool *is_selected = alloc_zeroed(parties->n_symbols, sizeof *is_selected);
    for (uint32_t id = 0; id < parties->n_symbols && is_selected != NULL; id++)
        is_selected[id] = parties_selects(parties, selector, id);
    return is_selected;
}

/* Whether a trace may have the effect, behind the cause if they have to be in one. */
static bool is_possible(const struct rule *rule, const struct machine *machine)
{
    if (rule->is_across)
        return rule->effect.to_goal[MACHINE_START] != DETOUR_NONE;
    for (size_t i = 0; i < machine->n_edges; i++) {
        const struct machine_edge *edge = &machine->edges[i];
        if (rule->effect.is_open[i] && edge->to != MACHINE_END && rule->is_cause[edge->template_id] &&
            rule->effect.to_goal[edge->to] != DETOUR_NONE)
            return true;
    }
    return false;
}

/* What never happens in the core may happen outside it. */
static int find_way(struct rule *rule, const struct machine *machine, const struct lw_constraints *constraints,
                    bool *is_there)
{
    *is_there = is_possible(rule, machine);
    if (*is_there)
        return 0;
    int rc = detour_widen(&rule->effect, constraints);
    *is_there = rc == 0 && is_possible(rule, machine);
    return rc;
}

static int refuse(const struct causal_rule *asked, size_t index, const char *why, struct lw_error *err)
{
    struct buf text = BUF_INIT;
    selector_print(&asked->cause, &text);
    buf_add_text(&text, " to ");
    selector_print(&asked->effect, &text);
    int rc = buf_status(&text) != 0
                 ? fail_memory(err, "looking at rules")
                 : fail(err, LW_ERR_INFEASIBLE, "rules[%zu]: from %.*s: %s", index, (int)text.len, text.data, why);
    buf_release(&text);
    return rc;
}

int rules_init(struct rules *rules, const struct blueprint *blueprint, const struct lw_constraints *constraints,
               const struct parties *parties, struct lw_error *err)
{
    memset(rules, 0, sizeof *rules);
    for (size_t i = 0; i < constraints->n_rules; i++) {
        const struct causal_rule *asked = &constraints->rules[i];
        struct rule like = {.min_us = (int64_t)(asked->min_s * 1e6),
                            .max_us = (int64_t)(asked->max_s * 1e6),
                            .probability = asked->probability,
                            .is_across = asked->is_across};
        bool is_there = true;
        int rc = rules_add(rules, blueprint, constraints, find_selected(parties, &asked->cause),
                           find_selected(parties, &asked->effect), &like);
        if (rc == 0 && asked->probability > 0)
            rc = find_way(&rules->items[i], blueprint->machine, constraints, &is_there);
        if (rc != 0)
            rc = fail_memory(err, "looking at rules");
        else if (!is_there)
            rc = refuse(asked, i, "no way through the machine leads there", err);
        else if (asked->is_across && blueprint->arrival.window_us > 0)
            rc = refuse(asked, i, "traces are windows of time, and cannot be moved; say \"scope\": \"trace\"", err);
        else if (asked->is_across && blueprint->arrival.first_us == LW_NO_TIME)
            rc = refuse(asked, i, "what was learned from has no times", err);
        if (rc != 0) {
            rules_release(rules);
            return rc;
        }
    }
    return 0;
}

/* ---- within a trace -----------------------------------------------------------------------------------------------
 */

static bool is_marked(const bool *templates, const struct plan *plan, uint32_t id)
{
    return id < plan->parties->n_symbols && templates[id];
}

static size_t find_cause(const struct rule *rule, const struct plan *plan, const struct course *course, size_t from)
{
    while (from < course->n && !is_marked(rule->is_cause, plan, course->templates[from]))
        from++;
    return from;
}

/* The next effect behind `cause`; course->n: there is none. */
static size_t find_effect(const struct rule *rule, const struct plan *plan, const struct course *course, size_t cause)
{
    size_t at = cause + 1;
    while (at < course->n && !is_marked(rule->effect.is_goal, plan, course->templates[at]))
        at++;
    return at;
}

/* Whether an effect comes in time behind any cause. */
static bool is_followed(const struct rule *rule, const struct plan *plan, const struct course *course)
{
    for (size_t i = find_cause(rule, plan, course, 0); i < course->n; i = find_cause(rule, plan, course, i + 1))
        for (size_t k = find_effect(rule, plan, course, i); k < course->n; k = find_effect(rule, plan, course, k)) {
            int64_t lag = course->times_us[k] - course->times_us[i];
            if (lag >= rule->min_us && lag <= rule->max_us)
                return true;
        }
    return false;
}

/* Draws what follows the first cause again, or, where the method cannot, the whole trace, until it has a cause and, as
 * is_wanted says, an effect behind it or none; *is_done false: too often. */
static int redraw(const struct rule *rule, const struct plan *plan, size_t index, struct rng *rng, bool is_wanted,
                  struct course *course, bool *is_done)
{
    struct course drawn = {0};
    size_t keep = find_cause(rule, plan, course, 0) + 1;
    int rc = course_copy(&drawn, course);
    bool is_resumed = true;
    *is_done = false;
    for (uint64_t i = 0; i < REDRAWS && rc == 0 && !*is_done; i++) {
        if (is_resumed)
            rc = sampler_resume(plan->sampler, keep, rng, &drawn, &is_resumed);
        if (rc == 0 && !is_resumed)
            rc = sampler_draw(plan->sampler, REDRAW_AT + index * REDRAWS + i, &drawn);
        size_t cause = rc == 0 ? find_cause(rule, plan, &drawn, 0) : drawn.n;
        if (rc != 0 || cause == drawn.n)
            continue;
        *is_done = (find_effect(rule, plan, &drawn, cause) < drawn.n) == is_wanted;
        if (*is_done)
            rc = course_copy(course, &drawn);
    }
    course_release(&drawn);
    return rc;
}

static int make_follow(const struct rule *rule, const struct plan *plan, struct rng *rng, size_t index,
                       struct course *course)
{
    size_t cause = find_cause(rule, plan, course, 0), effect = find_effect(rule, plan, course, cause);
    int rc = 0;
    if (effect == course->n) {
        bool is_done;
        rc = redraw(rule, plan, index, rng, true, course, &is_done);
        if (rc == 0 && !is_done)
            rc = detour_lead(&rule->effect, rng, course, cause + 1, &effect);
        if (rc != 0 || (!is_done && effect == SIZE_MAX))
            return rc;
        cause = find_cause(rule, plan, course, 0);
        effect = find_effect(rule, plan, course, cause);
    }
    for (size_t i = cause; i < course->n; i = find_cause(rule, plan, course, i + 1)) {
        effect = find_effect(rule, plan, course, i);
        int64_t lag = effect < course->n ? course->times_us[effect] - course->times_us[i] : rule->min_us;
        if (lag < rule->min_us || lag > rule->max_us)
            course_stretch(course, i, effect,
                           rule->min_us + (int64_t)(rng_uniform(rng) * (double)(rule->max_us - rule->min_us)));
    }
    return 0;
}

static int make_miss(const struct rule *rule, const struct plan *plan, struct rng *rng, size_t index,
                     struct course *course)
{
    bool is_done;
    int rc = redraw(rule, plan, index, rng, false, course, &is_done);
    for (size_t i = find_cause(rule, plan, course, 0); rc == 0 && !is_done && i < course->n;
         i = find_cause(rule, plan, course, i + 1)) {
        size_t effect = find_effect(rule, plan, course, i);
        if (effect < course->n && course->times_us[effect] - course->times_us[i] <= rule->max_us)
            course_stretch(course, i, effect, rule->max_us + rule->max_us / 4 + 1);
    }
    return rc;
}

int rules_fit(const struct rules *rules, const struct plan *plan, size_t index, struct course *course)
{
    int rc = 0;
    for (size_t r = 0; r < rules->n && rc == 0; r++) {
        const struct rule *rule = &rules->items[r];
        if (rule->is_across || find_cause(rule, plan, course, 0) == course->n)
            continue;
        struct rng rng;
        rng_init(&rng, (uint64_t)plan->constraints->seed, PURPOSE_RULE, index * 64 + r);
        if (rng_uniform(&rng) < rule->probability)
            rc = make_follow(rule, plan, &rng, index, course);
        else if (is_followed(rule, plan, course))
            rc = make_miss(rule, plan, &rng, index, course);
    }
    return rc;
}

/* ---- between traces -----------------------------------------------------------------------------------------------
 */

struct moment {
    int64_t time_us;
    size_t trace, at;
};
struct moments {
    struct moment *items; /* [n] by time */
    size_t n, cap;
};
struct arranging {
    struct plan *plan;
    const struct rule *rule;
    int64_t first_us;
    bool *is_bound;  /* [plan->n] moved for a rule, or a cause that has its effect by one */
    bool *is_placed; /* [events] the same of events, those of a trace from its first on; NULL: only traces are moved */
    size_t *first;   /* [plan->n] */
    struct moments causes, effects;
    size_t *free; /* [n_free] causes without an effect, in random order */
    size_t n_free, cap_free;
    size_t n_served;   /* of them */
    size_t next_donor; /* effects before it were looked at */
    size_t next_other; /* and traces */
    struct rng rng;
};

static int by_moment(const void *a, const void *b)
{
    const struct moment *x = a, *y = b;
    if (x->time_us != y->time_us)
        return x->time_us > y->time_us ? 1 : -1;
    if (x->trace != y->trace)
        return x->trace > y->trace ? 1 : -1;
    return (x->at > y->at) - (x->at < y->at);
}

static int find_moments(const struct arranging *arranging, const bool *templates, struct moments *out)
{
    const struct plan *plan = arranging->plan;
    out->n = 0;
    for (size_t t = 0; t < plan->n; t++)
        for (size_t i = 0; i < plan->courses[t].n; i++) {
            if (!is_marked(templates, plan, plan->courses[t].templates[i]))
                continue;
            if (alloc_grow(&out->items, &out->cap, out->n + 1, sizeof *out->items) != 0)
                return LW_ERR_MEMORY;
            out->items[out->n++] = (struct moment){plan->starts_us[t] + plan->courses[t].times_us[i], t, i};
        }
    if (out->n > 0)
        qsort(out->items, out->n, sizeof *out->items, by_moment);
    return 0;
}

/* The first at or behind a time; moments->n: there is none. */
static size_t first_from(const struct moments *moments, int64_t time_us)
{
    return order_first(moments->items, moments->n, sizeof *moments->items, &time_us, order_i64);
}

static bool has_between(const struct moments *moments, int64_t from_us, int64_t to_us)
{
    size_t at = first_from(moments, from_us);
    return at < moments->n && moments->items[at].time_us <= to_us;
}

/* The effect of a cause; NULL: it has none. Of a mined rule it is the next one that has to come in time, as it was
 * mined. */
static const struct moment *effect_of(const struct arranging *arranging, int64_t time_us)
{
    const struct rule *rule = arranging->rule;
    const struct moments *effects = &arranging->effects;
    size_t next = first_from(effects, time_us + (rule->is_mined ? 1 : rule->min_us));
    bool is_there = next < effects->n && effects->items[next].time_us >= time_us + rule->min_us &&
                    effects->items[next].time_us <= time_us + rule->max_us;
    return is_there ? &effects->items[next] : NULL;
}

static void place(struct arranging *arranging, const struct moment *moment)
{
    arranging->is_bound[moment->trace] = true;
    if (arranging->is_placed != NULL)
        arranging->is_placed[arranging->first[moment->trace] + moment->at] = true;
}

/* Finds the causes without an effect; how many have one. */
static int look(struct arranging *arranging, size_t *n_followed)
{
    int rc = find_moments(arranging, arranging->rule->is_cause, &arranging->causes);
    if (rc == 0)
        rc = find_moments(arranging, arranging->rule->effect.is_goal, &arranging->effects);
    if (rc == 0)
        rc = alloc_grow(&arranging->free, &arranging->cap_free, arranging->causes.n, sizeof *arranging->free);
    if (rc != 0)
        return rc;
    arranging->n_served = arranging->n_free = arranging->next_donor = arranging->next_other = 0;
    for (size_t i = 0; i < arranging->causes.n; i++) {
        const struct moment *effect = effect_of(arranging, arranging->causes.items[i].time_us);
        if (effect == NULL) {
            arranging->free[arranging->n_free++] = i;
        } else if (arranging->rule->is_mined) {
            place(arranging, &arranging->causes.items[i]);
            place(arranging, effect);
        }
    }
    *n_followed = arranging->causes.n - arranging->n_free;
    for (size_t i = arranging->n_free; i > 1; i--) {
        size_t k = (size_t)rng_below(&arranging->rng, i), kept = arranging->free[k];
        arranging->free[k] = arranging->free[i - 1];
        arranging->free[i - 1] = kept;
    }
    return 0;
}

/* The next effect that follows no cause in time and may be moved; NULL: there is none left. */
static const struct moment *find_donor(struct arranging *arranging)
{
    const struct rule *rule = arranging->rule;
    while (arranging->next_donor < arranging->effects.n) {
        const struct moment *effect = &arranging->effects.items[arranging->next_donor++];
        /* The log goes on beginning with the first. */
        if (!arranging->is_bound[effect->trace] && !(rule->is_mined && effect->trace == 0) &&
            !has_between(&arranging->causes, effect->time_us - rule->max_us, effect->time_us - rule->min_us))
            return effect;
    }
    return NULL;
}

/* A trace that is neither cause nor effect, led to an effect. *trace SIZE_MAX: none is left. */
static int make_donor(struct arranging *arranging, size_t *trace, size_t *at)
{
    struct plan *plan = arranging->plan;
    const struct rule *rule = arranging->rule;
    int rc = 0;
    *at = *trace = SIZE_MAX;
    while (arranging->next_other < plan->n && rc == 0 && *at == SIZE_MAX) {
        size_t t = arranging->next_other++;
        struct course *course = &plan->courses[t];
        if (arranging->is_bound[t] || find_cause(rule, plan, course, 0) < course->n ||
            (course->n > 0 && (is_marked(rule->effect.is_goal, plan, course->templates[0]) ||
                               find_effect(rule, plan, course, 0) < course->n)))
            continue;
        rc = detour_lead(&rule->effect, &arranging->rng, course, 0, at);
        if (rc == 0 && *at != SIZE_MAX && plan->constraints->recovery_after.kind != SELECTOR_NONE)
            recovery_fit(plan->parties, plan->constraints, &arranging->rng, course);
        *trace = t;
    }
    if (*at == SIZE_MAX)
        *trace = SIZE_MAX;
    return rc;
}

/* Whether no delay before or behind the part becomes longer than any that the machine has seen there. */
static bool is_lawful(const struct machine *machine, const struct course *course, struct course_part part,
                      int64_t by_us)
{
    struct machine_walk walk;
    machine_walk_init(&walk);
    for (size_t i = 0; i < course->n && i <= part.last + 1; i++) {
        const struct machine_edge *edge = machine_follow(machine, &walk, course->templates[i], false);
        int64_t more_us = i == part.first ? by_us : i == part.last + 1 ? -by_us : 0;
        if (more_us > 0 && i > 0 && edge != NULL && edge->timed > 0 &&
            course->times_us[i] - course->times_us[i - 1] + more_us > (int64_t)machine_delay_bound(edge))
            return false;
    }
    return true;
}

/* Makes an effect come at time_us, behind the cause, by the delays of its trace alone; false: it cannot, or it is the
 * effect of another one. */
static bool move_effect(struct arranging *arranging, const struct moment *cause, const struct moment *effect,
                        int64_t time_us)
{
    struct plan *plan = arranging->plan;
    const struct rule *rule = arranging->rule;
    struct course *course = &plan->courses[effect->trace];
    bool *is_placed = arranging->is_placed + arranging->first[effect->trace];
    if (effect->trace == cause->trace || is_placed[effect->at] ||
        has_between(&arranging->causes, effect->time_us - rule->max_us, effect->time_us - rule->min_us))
        return false;
    struct course_part part = course_part(course, effect->at, rule->max_us);
    for (size_t i = part.first; i <= part.last; i++)
        if (is_placed[i])
            return false;
    int64_t start_us = plan->starts_us[effect->trace];
    int64_t most_us = plan->end_us == LW_NO_TIME ? INT64_MAX : plan->end_us - start_us;
    int64_t by_us = time_us - start_us - course->times_us[effect->at];
    if (!is_lawful(plan->blueprint->machine, course, part, by_us) || !course_move(course, part, by_us, most_us))
        return false;
    for (size_t i = part.first; i <= part.last; i++)
        is_placed[i] = true;
    arranging->is_bound[effect->trace] = true;
    place(arranging, cause);
    return true;
}

/* Leads one of the effects nearest to where one has to be there, within its trace. */
static bool move_nearest(struct arranging *arranging, const struct moment *cause, int64_t time_us)
{
    const struct moments *effects = &arranging->effects;
    size_t behind = first_from(effects, time_us), before = behind;
    for (int i = 0; i < MOST_NEAR && arranging->is_placed != NULL; i++) {
        bool has_before = before > 0, has_behind = behind < effects->n;
        if (!has_before && !has_behind)
            return false;
        bool is_before = has_before && (!has_behind || time_us - effects->items[before - 1].time_us <
                                                           effects->items[behind].time_us - time_us);
        if (move_effect(arranging, cause, &effects->items[is_before ? --before : behind++], time_us))
            return true;
    }
    return false;
}

/* Puts one more effect behind a cause. *is_done false: there is nothing to put there. */
static int serve(struct arranging *arranging, const struct moment *cause, bool *is_done)
{
    struct plan *plan = arranging->plan;
    const struct rule *rule = arranging->rule;
    *is_done = true;
    /* An effect that comes too early would stay the next one. */
    if (rule->is_mined && has_between(&arranging->effects, cause->time_us + 1, cause->time_us + rule->min_us - 1))
        return 0;
    int64_t lag = rule->min_us + (int64_t)(rng_uniform(&arranging->rng) * (double)(rule->max_us - rule->min_us));
    if (rule->is_mined && move_nearest(arranging, cause, cause->time_us + lag)) {
        arranging->n_served++;
        return 0;
    }
    const struct moment *donor = find_donor(arranging);
    size_t trace = donor != NULL ? donor->trace : SIZE_MAX, at = donor != NULL ? donor->at : 0;
    int rc = donor == NULL && !rule->is_mined ? make_donor(arranging, &trace, &at) : 0;
    *is_done = rc == 0 && (trace != SIZE_MAX || rule->is_mined); /* another cause may have some effect near */
    if (rc != 0 || trace == SIZE_MAX)
        return rc;
    int64_t start_us = cause->time_us + lag - plan->courses[trace].times_us[at];
    const struct course *course = &plan->courses[trace];
    int64_t over_us = start_us + course_lasts_us(course);
    if (start_us < arranging->first_us || (rule->is_mined && plan->end_us != LW_NO_TIME && over_us > plan->end_us))
        return 0; /* before the log begins, or after it ends */
    plan->starts_us[trace] = start_us;
    place(arranging, &(struct moment){0, trace, at});
    place(arranging, cause);
    arranging->n_served++;
    return 0;
}

static int arrange_one(struct arranging *arranging, size_t *n_followed, size_t *n_wanted)
{
    int rc = look(arranging, n_followed);
    *n_wanted = (size_t)floor(arranging->rule->probability * (double)arranging->causes.n + .5);
    size_t missing = *n_wanted > *n_followed ? *n_wanted - *n_followed : 0;
    bool is_done = true;
    for (size_t i = 0; i < arranging->n_free && arranging->n_served < missing && rc == 0 && is_done; i++)
        rc = serve(arranging, &arranging->causes.items[arranging->free[i]], &is_done);
    if (rc == 0 && missing > 0)
        rc = look(arranging, n_followed);
    return rc;
}

struct placed {
    int64_t start_us;
    size_t from;
    struct course course;
};

static int by_start(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    if (x->start_us != y->start_us)
        return x->start_us > y->start_us ? 1 : -1;
    return (x->from > y->from) - (x->from < y->from);
}

static int sort_traces(struct plan *plan)
{
    struct placed *placed = alloc_array(plan->n, sizeof *placed);
    if (placed == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < plan->n; i++)
        placed[i] = (struct placed){plan->starts_us[i], i, plan->courses[i]};
    qsort(placed, plan->n, sizeof *placed, by_start);
    for (size_t i = 0; i < plan->n; i++) {
        plan->starts_us[i] = placed[i].start_us;
        plan->courses[i] = placed[i].course;
    }
    free(placed);
    return 0;
}

static int check(const struct rules *rules, size_t r, const struct arranging *arranging, size_t followed, size_t wanted,
                 struct lw_error *err)
{
    double n = (double)arranging->causes.n, p = rules->items[r].probability;
    if (rules->items[r].is_mined || (double)followed + 3 * sqrt(n * p * (1 - p)) + 1 >= (double)wanted)
        return 0;
    return fail(err, LW_ERR_INFEASIBLE,
                "rules[%zu]: %g cannot be met: %zu of %zu causes could be followed in time; %.3g can be met", r, p,
                followed, arranging->causes.n, floor((double)followed / n * 1000) / 1000);
}

/* Events can be placed one by one where none is put in or taken out meanwhile. */
static int number_events(const struct rules *rules, struct arranging *arranging)
{
    const struct plan *plan = arranging->plan;
    size_t n = 0;
    for (size_t r = 0; r < rules->n; r++)
        if (rules->items[r].is_across && !rules->items[r].is_mined)
            return 0;
    arranging->first = alloc_array(plan->n, sizeof *arranging->first);
    for (size_t t = 0; t < plan->n && arranging->first != NULL; t++) {
        arranging->first[t] = n;
        n += plan->courses[t].n;
    }
    arranging->is_placed = arranging->first == NULL ? NULL : alloc_zeroed(n, sizeof *arranging->is_placed);
    return arranging->is_placed == NULL ? LW_ERR_MEMORY : 0;
}

int rules_arrange(const struct rules *rules, struct plan *plan, struct lw_error *err)
{
    struct arranging arranging = {.plan = plan,
                                  .first_us = plan->n > 0 ? plan->starts_us[0] : 0,
                                  .is_bound = alloc_zeroed(plan->n, sizeof *arranging.is_bound)};
    int rc = arranging.is_bound == NULL ? LW_ERR_MEMORY : 0, said = 0;
    bool is_moved = false;
    rc = rc == 0 ? number_events(rules, &arranging) : rc;
    for (int round = 0; round < ROUNDS && rc == 0 && said == 0; round++)
        for (size_t r = 0; r < rules->n && rc == 0 && said == 0; r++) {
            arranging.rule = &rules->items[r];
            if (!arranging.rule->is_across)
                continue;
            size_t followed = 0, wanted = 0;
            rng_init(&arranging.rng, (uint64_t)plan->constraints->seed, PURPOSE_RULE,
                     UINT64_MAX - r * ROUNDS - (unsigned)round);
            said = run_check(plan->run, err);
            if (said == 0)
                rc = arrange_one(&arranging, &followed, &wanted);
            is_moved = true;
            if (rc == 0 && said == 0 && round + 1 == ROUNDS && plan->n_before == 0)
                said = check(rules, r, &arranging, followed, wanted, err);
        }
    if (rc == 0 && said == 0 && is_moved)
        rc = sort_traces(plan);
    free(arranging.is_bound);
    free(arranging.is_placed);
    free(arranging.first);
    free(arranging.causes.items);
    free(arranging.effects.items);
    free(arranging.free);
    return rc != 0 ? fail_memory(err, "keeping rules") : said;
}
