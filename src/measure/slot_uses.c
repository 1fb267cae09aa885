#include "measure/slot_uses.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "measure/distance.h"

#define MAX_CATEGORIES 200
#define MOSTLY         .9
#define SHOWN          5    /* times that a value is there at the least to be shown, as privacy.minimum_count says */
#define UNIQUE         20   /* values that have to differ before they are held to be unique */
#define NO_CHANCE      3    /* values that would come again by chance, at the least, where none does by law */
#define ALL_CHANCE     .005 /* and at the most where it makes no difference which it is */

struct slot_sums {
    size_t n, numbers, names; /* values; numbers among them, and names of their traces */
    size_t told, identifiers; /* those whose role is known; identifiers among them */
    double low, high;         /* of the numbers */
    struct tallies values;
};

/* Whether no value comes again, and not because there were few among many: of numbers, how many of their range would
 * come again if they were drawn from it says so (the birthday problem). */
static bool is_unique(const struct slot_sums *sums)
{
    double n = (double)sums->n, again = n * n / 2 / (sums->high - sums->low + 1);
    if (sums->n < UNIQUE || sums->values.n < sums->n)
        return false;
    return sums->numbers < sums->n || again >= NO_CHANCE || again <= ALL_CHANCE;
}

/* Whether some of the values are identifiers or too rare to be shown. */
static bool is_open(const struct slot_sums *sums)
{
    if (sums->identifiers > 0)
        return true;
    for (size_t i = 0; i < sums->values.n_slots; i++)
        if (sums->values.slots[i].n[0] > 0 && sums->values.slots[i].n[0] < SHOWN)
            return true;
    return false;
}

enum slot_use slot_use_of(size_t n, size_t numbers, size_t distinct, bool is_time)
{
    if (n > 0 && (double)numbers >= MOSTLY * (double)n && (distinct > 2 || is_time))
        return SLOT_NUMBER;
    bool is_repeated = distinct == 1 || distinct <= n / 2;
    return is_repeated && distinct > 0 && distinct <= MAX_CATEGORIES ? SLOT_CATEGORY : SLOT_TEXT;
}

static enum slot_use judge(const struct slot_sums *sums, bool is_time)
{
    if (2 * sums->names > sums->n || 2 * sums->identifiers > sums->told)
        return SLOT_IDENTIFIER;
    return slot_use_of(sums->n, sums->numbers, sums->values.n, is_time);
}

static int sum_slot(const struct view *view, size_t kind, size_t slot, const uint64_t *names, struct slot_sums *out)
{
    for (size_t i = view->kind_first[kind]; i < view->kind_first[kind + 1]; i++) {
        uint32_t row = view->kind_rows[i];
        const struct cell *cell = log_columns_cells(view->of, view->records[row]) + slot;
        if (cell->hash == 0)
            continue;
        out->n++;
        if (!isnan(cell->number)) {
            out->low = out->numbers == 0 ? cell->number : fmin(out->low, cell->number);
            out->high = out->numbers == 0 ? cell->number : fmax(out->high, cell->number);
            out->numbers++;
        }
        out->told += cell->role != CELL_UNKNOWN;
        out->names += cell->hash == names[view->trace_of[row]];
        out->identifiers += cell->role != CELL_UNKNOWN && log_columns_is_identifier(view->of, cell);
        if (tallies_add(&out->values, cell->hash, 0, 1) != 0)
            return LW_ERR_MEMORY;
    }
    return 0;
}

static uint8_t mask_of(const struct template_item *item, size_t slot)
{
    size_t part = 0;
    for (; !item->parts[part].is_slot || slot > 0; part++)
        slot -= item->parts[part].is_slot;
    return item->parts[part].mask;
}

static int judge_slots(const struct view *view, const uint64_t *names, struct slot_uses *out)
{
    const struct templates *templates = &view->of->model->templates;
    for (size_t k = 0; k < templates->n; k++) {
        for (size_t slot = 0; slot < templates->items[k].n_slots; slot++) {
            struct slot_sums sums = {0};
            int code = sum_slot(view, k, slot, names, &sums);
            bool is_time = mask_of(&templates->items[k], slot) == MASK_TIME;
            out->uses[out->first[k] + slot] = (uint8_t)judge(&sums, is_time);
            out->is_unique[out->first[k] + slot] = is_unique(&sums);
            out->is_open[out->first[k] + slot] = is_open(&sums);
            tallies_release(&sums.values);
            if (code != 0)
                return code;
        }
    }
    return 0;
}

int slot_uses_find(const struct view *real, struct slot_uses *out, struct lw_error *err)
{
    const struct templates *templates = &real->of->model->templates;
    uint64_t *names = alloc_array(real->n_traces, sizeof *names);
    *out = (struct slot_uses){.first = alloc_zeroed(templates->n + 1, sizeof *out->first)};
    for (size_t k = 0; k < templates->n && out->first != NULL; k++)
        out->first[k + 1] = out->first[k] + templates->items[k].n_slots;
    if (out->first != NULL) {
        out->uses = alloc_zeroed(out->first[templates->n], sizeof *out->uses);
        out->is_unique = alloc_zeroed(out->first[templates->n], sizeof *out->is_unique);
        out->is_open = alloc_zeroed(out->first[templates->n], sizeof *out->is_open);
    }
    bool is_out = names == NULL || out->uses == NULL || out->is_unique == NULL || out->is_open == NULL;
    int code = is_out ? LW_ERR_MEMORY : 0;
    for (size_t t = 0; t < real->n_traces && code == 0; t++) {
        struct lw_bytes name = intern_get(&real->of->traces->names, real->traces[t]);
        names[t] = column_hash(name.data, name.len);
    }
    if (code == 0)
        code = judge_slots(real, names, out);
    free(names);
    if (code != 0) {
        slot_uses_release(out);
        return fail_memory(err, "looking at parameters");
    }
    return 0;
}

void slot_uses_release(struct slot_uses *uses)
{
    free(uses->first);
    free(uses->uses);
    free(uses->is_unique);
    free(uses->is_open);
    *uses = (struct slot_uses){.first = NULL};
}
