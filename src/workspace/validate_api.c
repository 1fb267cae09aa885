/* The public face of validation: what parameters may take is known from the slots of the workspace. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/fail.h"
#include "base/order.h"
#include "learn/identifiers.h"
#include "measure/log_columns.h"
#include "measure/validate.h"
#include "workspace/workspace.h"

#define MIN_NUMBERS 20 /* that tell a range */
#define MIN_EACH    5  /* times that a value was seen; rarer ones do not appear in a generated log */
#define MIN_USES    20 /* values for each of those there are, so that no others are to be expected */

/* Of a value of several tokens is kept how it is masked alone: "<integer> bytes". */
static bool is_masked(struct lw_bytes text)
{
    const char *mark = memchr(text.data, '<', text.len);
    return mark != NULL && memchr(mark, '>', text.len - (size_t)(mark - text.data)) != NULL;
}

static bool is_closed(const struct lw_slot *slot)
{
    if (slot->n_values == 0 || slot->n_values != slot->distinct || slot->distinct > 64 ||
        slot->total < MIN_USES * slot->distinct)
        return false;
    for (size_t i = 0; i < slot->n_values; i++)
        if (slot->values[i].error > 0 || slot->values[i].count < MIN_EACH || is_masked(slot->values[i].text) ||
            identifier_of(slot->values[i].text.data, slot->values[i].text.len) != IDENTIFIER_NONE)
            return false;
    return true;
}

static int find_law(const struct lw_slot *slot, struct arena *arena, struct value_law *out)
{
    *out = (struct value_law){.low = NAN, .high = NAN};
    out->is_number = slot->n_numbers == slot->total && slot->total >= MIN_NUMBERS;
    if (slot->n_numbers >= MIN_NUMBERS) {
        out->low = slot->min;
        out->high = slot->max;
    }
    if (slot->n_numbers > 0 || !is_closed(slot))
        return 0;
    out->pool = arena_take(arena, slot->n_values * sizeof *out->pool);
    if (out->pool == NULL)
        return LW_ERR_MEMORY;
    for (; out->n_pool < slot->n_values; out->n_pool++) {
        struct lw_bytes text = slot->values[out->n_pool].text;
        out->pool[out->n_pool] = column_hash(text.data, text.len);
    }
    qsort(out->pool, out->n_pool, sizeof *out->pool, order_u64);
    return 0;
}

static int find_laws(const struct lw_workspace *workspace, struct arena *arena, struct value_law **out,
                     struct lw_error *err)
{
    const struct templates *templates = &workspace_model(workspace)->templates;
    size_t n = 0, at = 0;
    for (size_t i = 0; i < templates->n; i++)
        n += templates->items[i].n_slots;
    struct value_law *laws = alloc_zeroed(n, sizeof *laws);
    int code = laws == NULL ? fail_memory(err, "validating") : 0;
    for (size_t i = 0; i < templates->n && code == 0; i++)
        for (size_t s = 0; s < templates->items[i].n_slots && code == 0; s++) {
            struct lw_slot slot;
            code = lw_template_slot(workspace, i, s, &slot, err);
            if (code == 0 && find_law(&slot, arena, &laws[at++]) != 0)
                code = fail_memory(err, "validating");
        }
    if (code != 0)
        free(laws);
    else
        *out = laws;
    return code;
}

int lw_validate(const struct lw_workspace *workspace, const struct lw_log *synthetic,
                const struct lw_constraints *constraints, const char *labels, const char *record_labels,
                const struct lw_run *run, struct lw_validation **out, struct lw_error *err)
{
    struct arena arena = ARENA_INIT;
    struct value_law *laws = NULL;
    int code = find_laws(workspace, &arena, &laws, err);
    const struct validate_input in = {workspace_model(workspace), synthetic, constraints, labels, record_labels, laws};
    if (code == 0)
        code = validate(&in, run, out, err);
    free(laws);
    arena_release(&arena);
    return code;
}
