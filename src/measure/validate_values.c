/*
 * Values: types, ranges and pools of parameters, levels of templates, and relations along traces.
 *
 * A number is out of range when it lies beyond those seen by more than their range, or the largest of them: a few seen
 * say little of where the next may lie. A text is wrong where all values of its place are known, each often seen.
 * Identifiers, and what has the same value as one, are faked, so that their values are not looked at. Relations are
 * those that held without exception in the real log.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/order.h"
#include "measure/fidelity_rules.h"
#include "measure/validate_parts.h"

/* What constraints say of a parameter, or NULL. */
static const struct value_rule *rule_of(const struct validating *v, uint32_t template_id, size_t slot)
{
    const struct lw_constraints *constraints = v->in->constraints;
    for (size_t i = 0; constraints != NULL && i < constraints->n_values; i++)
        if (constraints->values[i].template_id == template_id && constraints->values[i].slot == slot)
            return &constraints->values[i];
    return NULL;
}

static bool is_in_pool(const struct value_rule *rule, uint64_t hash)
{
    for (size_t i = 0; i < rule->n_pool; i++)
        if (column_hash(rule->pool[i].text, strlen(rule->pool[i].text)) == hash)
            return true;
    return false;
}

#define MAX_BACK 500 /* events that the generator surely looks back for a value to take */

struct value_laws {
    size_t type, range, pool, wanted, level;
};

/* The parameter that a rule says to be the same, where it stands last before the row; NULL: nowhere. */
static const struct cell *find_other(const struct validating *v, const struct value_rule *rule, size_t row)
{
    const struct templates *templates = &v->in->model->templates;
    ptrdiff_t index = templates_index(templates, rule->other_template);
    if (index < 0 || rule->other_slot >= templates->items[index].n_slots)
        return NULL;
    for (size_t i = row; i-- > v->view.first[v->view.trace_of[row]] && row - i < MAX_BACK;)
        if (validate_template(v, i) == rule->other_template) {
            const struct cell *cells = log_columns_cells(&v->columns, v->view.records[i]);
            return cells != NULL && cells[rule->other_slot].hash != 0 ? &cells[rule->other_slot] : NULL;
        }
    return NULL;
}

static int check_same(struct validating *v, size_t law, const struct value_rule *rule, size_t row,
                      const struct cell *cell)
{
    const struct cell *other = find_other(v, rule, row);
    if (other == NULL)
        return 0;
    v->laws[law].checked++;
    return other->hash == cell->hash
               ? 0
               : law_break(v, law, v->view.trace_of[row], row, "E%u.%u is not what E%u.%u was", rule->template_id,
                           rule->slot + 1, rule->other_template, rule->other_slot + 1);
}

static int check_wanted(struct validating *v, const struct value_laws *laws, const struct value_rule *rule, size_t row,
                        const struct cell *cell)
{
    if (rule->kind == VALUE_SAME)
        return check_same(v, laws->wanted, rule, row, cell);
    size_t trace = v->view.trace_of[row];
    bool is_number = rule->kind == VALUE_RANGE || rule->kind == VALUE_DISTRIBUTION;
    if (rule->kind != VALUE_POOL && !is_number)
        return 0;
    v->laws[laws->wanted].checked++;
    if (rule->kind == VALUE_POOL && !is_in_pool(rule, cell->hash))
        return law_break(v, laws->wanted, trace, row, "E%u.%u is none of the values that it is to take",
                         rule->template_id, rule->slot + 1);
    if (is_number && isnan(cell->number))
        return law_break(v, laws->wanted, trace, row, "E%u.%u is no number", rule->template_id, rule->slot + 1);
    if (is_number && (cell->number < rule->low - 1e-9 || cell->number > rule->high + 1e-9))
        return law_break(v, laws->wanted, trace, row, "E%u.%u is %g, not within %g and %g", rule->template_id,
                         rule->slot + 1, cell->number, rule->low, rule->high);
    return 0;
}

static int check_value(struct validating *v, const struct value_laws *laws, size_t row, uint32_t id, size_t slot,
                       const struct value_law *value, bool is_faked, const struct cell *cell)
{
    size_t trace = v->view.trace_of[row];
    const struct value_rule *rule = rule_of(v, id, slot);
    if (cell->hash == 0)
        return 0;
    if (rule != NULL)
        return check_wanted(v, laws, rule, row, cell);
    if (is_faked || log_columns_is_identifier(&v->columns, cell))
        return 0;
    if (value->is_number) {
        v->laws[laws->type].checked++;
        if (isnan(cell->number))
            return law_break(v, laws->type, trace, row, "E%u.%zu is no number", id, slot + 1);
    }
    if (!isnan(value->low) && !isnan(cell->number)) {
        v->laws[laws->range].checked++;
        double most = fmax(fabs(value->low), fabs(value->high)), wide = fmax(value->high - value->low, most);
        if (cell->number < value->low - wide || cell->number > value->high + wide)
            return law_break(v, laws->range, trace, row, "E%u.%zu is %g; %g to %g were seen", id, slot + 1,
                             cell->number, value->low, value->high);
    } else if (value->pool != NULL) {
        v->laws[laws->pool].checked++;
        if (bsearch(&cell->hash, value->pool, value->n_pool, sizeof *value->pool, order_u64) == NULL)
            return law_break(v, laws->pool, trace, row, "E%u.%zu is none of the %zu values that it takes", id, slot + 1,
                             value->n_pool);
    }
    return 0;
}

static int check_level(struct validating *v, const struct value_laws *laws, size_t row,
                       const struct template_item *item)
{
    uint8_t level = v->columns.levels[v->view.records[row]];
    if (level == LW_LEVEL_NONE)
        return 0;
    v->laws[laws->level].checked++;
    return item->levels[level] > 0 ? 0
                                   : law_break(v, laws->level, v->view.trace_of[row], row, "E%u never is %s", item->id,
                                               lw_level_name((enum lw_level)level));
}

static int check_rows(struct validating *v, const bool *is_faked)
{
    const struct value_laws laws = {
        law_of(v, "parameters", "type", BREACH_PARAMETER), law_of(v, "parameters", "range", BREACH_PARAMETER),
        law_of(v, "parameters", "pool", BREACH_PARAMETER), law_of(v, "constraints", "parameters", BREACH_PARAMETER),
        law_of(v, "parameters", "level", BREACH_OTHER)};
    const struct templates *templates = &v->in->model->templates;
    const struct value_law *values = v->in->values;
    int code = 0;
    for (size_t k = 0; k < templates->n && code == 0;
         values += templates->items[k].n_slots, is_faked += templates->items[k++].n_slots)
        for (size_t i = v->view.kind_first[k]; i < v->view.kind_first[k + 1] && code == 0; i++) {
            size_t row = v->view.kind_rows[i];
            const struct cell *cells = log_columns_cells(&v->columns, v->view.records[row]);
            code = check_level(v, &laws, row, &templates->items[k]);
            for (size_t s = 0; s < templates->items[k].n_slots && code == 0; s++)
                code = check_value(v, &laws, row, templates->items[k].id, s, &values[s], is_faked[s], &cells[s]);
        }
    return code;
}

/* ---- relations ------------------------------------------------------------------------------------------------- */

#define MIN_TRACES 20 /* that a relation was told in, all without exception */

struct relating {
    struct validating *v;
    bool *is_ruled; /* [rules->n_slots] constraints say what it takes */
    const struct fidelity_rules *rules;
    size_t laws[LW_RELATION_KIND_COUNT];
    int code;
};

static void note_relation(void *user, size_t index, size_t row, bool is_kept)
{
    struct relating *relating = user;
    const struct relation *relation = &relating->rules->relations.items[index];
    struct validating *v = relating->v;
    char text[FIDELITY_RULE_NAME];
    if (relation->support < relation->total || relation->traces < MIN_TRACES || relating->code != 0 ||
        relating->is_ruled[relation->variable] ||
        (relation->other < relating->rules->n_slots && relating->is_ruled[relation->other]))
        return;
    size_t law = relating->laws[relation->kind];
    v->laws[law].checked++;
    if (is_kept)
        return;
    fidelity_rules_name(relating->rules, index, text);
    relating->code = law_break(v, law, v->view.trace_of[row], row, "not so: %s", text);
}

static bool *find_ruled(const struct validating *v, const struct fidelity_rules *rules)
{
    const struct lw_constraints *constraints = v->in->constraints;
    const struct templates *templates = &v->in->model->templates;
    bool *is_ruled = alloc_zeroed(rules->n_slots, sizeof *is_ruled);
    for (size_t i = 0; is_ruled != NULL && constraints != NULL && i < constraints->n_values; i++) {
        const struct value_rule *rule = &constraints->values[i];
        ptrdiff_t index = templates_index(templates, rule->template_id);
        if (index >= 0 && rule->slot < templates->items[index].n_slots)
            is_ruled[rules->variables.slot_first[index] + rule->slot] = true;
    }
    return is_ruled;
}

static int check_relations(struct validating *v, const struct fidelity_rules *rules)
{
    static const struct {
        enum lw_relation_kind kind;
        const char *group, *rule;
    } rows[] = {
        {LW_RELATION_KEY, "keys", "key"},
        {LW_RELATION_SAME, "keys", "same"},
        {LW_RELATION_CONSTANT, "keys", "constant"},
        {LW_RELATION_INCREASING, "parameters", "increasing"},
        {LW_RELATION_DECREASING, "parameters", "decreasing"},
        {LW_RELATION_STEP, "parameters", "step"},
        {LW_RELATION_OFFSET, "parameters", "offset"},
        {LW_RELATION_DETERMINED, "parameters", "determined"},
    };
    struct relating relating = {.v = v, .is_ruled = find_ruled(v, rules), .rules = rules};
    if (relating.is_ruled == NULL)
        return fail_memory(v->err, "validating");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        relating.laws[rows[i].kind] = law_of(v, rows[i].group, rows[i].rule, BREACH_PARAMETER);
    int code = fidelity_rules_walk(rules, &v->view, note_relation, &relating, v->err);
    free(relating.is_ruled);
    return code != 0 ? code : relating.code;
}

/* ---- all of it ------------------------------------------------------------------------------------------------- */

/* Slots of identifiers, and those that have the same values. */
static bool *find_faked(const struct validating *v, const struct fidelity_rules *rules, const struct slot_uses *uses)
{
    bool *is_faked = alloc_zeroed(rules->n_slots, sizeof *is_faked), is_changed = is_faked != NULL;
    for (size_t s = 0; s < uses->first[v->in->model->templates.n] && is_faked != NULL; s++)
        is_faked[s] = uses->uses[s] == SLOT_IDENTIFIER;
    while (is_changed) {
        is_changed = false;
        for (size_t r = 0; r < rules->relations.n; r++) {
            const struct relation *relation = &rules->relations.items[r];
            if (relation->kind != LW_RELATION_SAME || relation->variable >= rules->n_slots ||
                relation->other >= rules->n_slots || is_faked[relation->variable] == is_faked[relation->other])
                continue;
            is_faked[relation->variable] = is_faked[relation->other] = is_changed = true;
        }
    }
    return is_faked;
}

int validate_values(struct validating *v)
{
    struct fidelity_rules rules = {0};
    struct slot_uses uses = {0};
    bool *is_faked = NULL;
    int code = fidelity_rules_find(v->in->model, &rules, v->err);
    if (code == 0)
        code = slot_uses_find(&v->view, &uses, v->err);
    if (code == 0) {
        is_faked = find_faked(v, &rules, &uses);
        code = is_faked == NULL ? fail_memory(v->err, "validating") : check_rows(v, is_faked);
    }
    if (code == 0)
        code = check_relations(v, &rules);
    free(is_faked);
    slot_uses_release(&uses);
    fidelity_rules_release(&rules);
    return code;
}
