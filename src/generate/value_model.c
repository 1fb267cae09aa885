#include "generate/value_model.h"

#include <math.h>
#include <string.h>

#include "base/order.h"

#define WHOLE_MAX 0x1p53

int value_model_reserve(struct value_model *model, uint32_t n, uint32_t n_quantiles, struct arena *arena)
{
    model->texts = arena_take(arena, n * sizeof *model->texts);
    model->upto = arena_take(arena, n * sizeof *model->upto);
    model->quantiles = arena_take(arena, n_quantiles * sizeof *model->quantiles);
    return model->texts == NULL || model->upto == NULL || model->quantiles == NULL ? LW_ERR_MEMORY : 0;
}

void value_model_release(struct value_model *model)
{
    names_release(&model->names);
}

/* ---- drawing ---- */

/* As printf's "%0*d", which takes longer than all else of a record. */
static void put_whole(int64_t number, int width, struct buf *out)
{
    char digits[24];
    int n = 0, is_negative = number < 0;
    for (uint64_t left = is_negative ? -(uint64_t)number : (uint64_t)number; left > 0 || n == 0; left /= 10)
        digits[sizeof digits - 1 - (size_t)n++] = (char)('0' + left % 10);
    if (is_negative)
        buf_add_byte(out, '-');
    for (int i = n + is_negative; i < width; i++)
        buf_add_byte(out, '0');
    buf_add(out, digits + sizeof digits - n, (size_t)n);
}

void value_model_at(const struct value_model *model, double share, struct buf *out)
{
    double at = share * (double)(model->n_quantiles - 1);
    uint32_t i = at < (double)(model->n_quantiles - 1) ? (uint32_t)at : model->n_quantiles - 2;
    double low = model->quantiles[i], high = model->quantiles[i + 1];
    double number = low + (at - (double)i) * (high - low);
    if (model->form == FORM_TIME) {
        char text[TIMESTAMP_MAX];
        buf_add(out, text, timestamp_print(&model->layout, (int64_t)number, 0, model->zone_s, text));
    } else {
        int decimals = model->form == FORM_DECIMAL ? model->decimals : 0;
        int width = model->width + (number < 0) + (decimals > 0 ? decimals + 1 : 0);
        if (decimals == 0 && fabs(number) < WHOLE_MAX)
            put_whole((int64_t)rint(number), model->width > 0 ? width : 0, out);
        else
            buf_printf(out, "%0*.*f", model->width > 0 ? width : 0, decimals, number == 0 ? 0 : number);
    }
}

static void draw_fresh(const struct value_model *model, struct rng *rng, struct buf *out)
{
    if (model->form == FORM_NAMES)
        names_draw(&model->names, rng, out);
    else
        value_model_at(model, rng_uniform(rng), out);
}

static void draw_text(const struct value_model *model, double at, struct rng *rng, struct buf *out)
{
    uint32_t low = (uint32_t)order_share(model->upto, model->n, at);
    const struct lw_bytes *text = &model->texts[low];
    if (low >= model->n_single && model->replicas > 1) {
        uint32_t replica = rng_u32(rng) % model->replicas;
        if (replica > 0)
            text = &model->more[(size_t)(low - model->n_single) * (model->replicas - 1) + replica - 1];
    }
    buf_add(out, text->data, text->len);
}

void value_model_draw(const struct value_model *model, struct rng *rng, struct buf *out)
{
    double texts = model->n > 0 ? model->upto[model->n - 1] : 0;
    if (texts + model->fresh <= 0)
        return;
    double at = rng_uniform(rng) * (texts + model->fresh);
    if (at < texts)
        draw_text(model, at, rng, out);
    else if (model->fresh > 0)
        draw_fresh(model, rng, out);
    else
        draw_text(model, texts, rng, out);
}

/* Multiples of the golden section lie apart as far as can be, however many there are (Knuth 1998, section 6.4). */
void value_model_draw_one(const struct value_model *model, uint64_t number, struct rng *rng, struct buf *out)
{
    if (!model->is_unique || model->fresh <= 0)
        value_model_draw(model, rng, out);
    else if (model->form == FORM_NAMES)
        names_draw_unique(&model->names, number, rng, out);
    else
        value_model_at(model, fmod((double)number * GOLDEN, 1), out);
}

static bool is_text(const struct lw_bytes *a, const char *text, size_t len)
{
    return a->len == len && memcmp(a->data, text, len) == 0;
}

double value_model_share(const struct value_model *model, const char *text, size_t len)
{
    double total = (model->n > 0 ? model->upto[model->n - 1] : 0) + model->fresh;
    for (uint32_t i = 0; i < model->n; i++) {
        double share = (model->upto[i] - (i > 0 ? model->upto[i - 1] : 0)) / total;
        bool is_it = is_text(&model->texts[i], text, len);
        if (i < model->n_single) {
            if (is_it)
                return share;
            continue;
        }
        for (uint32_t j = 0; j + 1 < model->replicas && !is_it; j++)
            is_it = is_text(&model->more[(size_t)(i - model->n_single) * (model->replicas - 1) + j], text, len);
        if (is_it)
            return share / model->replicas;
    }
    return model->fresh > 0 || model->n == 0 ? NAN : 0;
}
