#include "generate/outlier.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/identifiers.h"
#include "learn/value.h"

#define FAR     1000 /* times the largest */
#define MIN_OF  20   /* values for each of a category, so that no others are to be expected */
#define MIN_ONE 5    /* times that a value of a category came */

static bool is_seen(const struct value_model *model, struct lw_bytes text)
{
    for (uint32_t i = 0; i < model->n; i++)
        if (model->texts[i].len == text.len && memcmp(model->texts[i].data, text.data, text.len) == 0)
            return true;
    for (size_t i = 0; i < (size_t)(model->n - model->n_single) * (model->replicas - 1); i++)
        if (model->more[i].len == text.len && memcmp(model->more[i].data, text.data, text.len) == 0)
            return true;
    return false;
}

static double find_largest(const struct value_model *model)
{
    double largest = 0, number;
    for (uint32_t i = 0; i < model->n; i++)
        if (value_decimal(model->texts[i].data, model->texts[i].len, &number, NULL))
            largest = fmax(largest, fabs(number));
    for (uint32_t i = 0; i < model->n_quantiles && model->form != FORM_TIME; i++)
        largest = fmax(largest, fabs(model->quantiles[i]));
    return largest;
}

/* ---- where one shows ---- */

static bool has_identifier(const struct value_model *model, struct lw_bytes before)
{
    struct lw_bytes name = identifier_name_before(before);
    for (uint32_t i = 0; i < model->n; i++)
        if (identifier_stands_in(name, model->texts[i].data, model->texts[i].len))
            return true;
    struct buf text = BUF_INIT;
    if (model->fresh > 0)
        value_model_at(model, .5, &text);
    bool is_one = text.len > 0 && identifier_stands_in(name, text.data, text.len);
    buf_release(&text);
    return is_one;
}

bool outlier_shows(const struct blueprint *blueprint, const struct wording *wording, size_t piece)
{
    const struct piece *its = &blueprint->message_pieces.items[piece];
    if (its->kind != PIECE_VALUE || its->value == BLUEPRINT_NONE || its->place == BLUEPRINT_NONE)
        return false;
    const struct value_model *model = &blueprint->values[its->value];
    if (model->form == FORM_TIME || model->form == FORM_NAMES || model->n_single < model->n)
        return false;
    double texts = model->n > 0 ? model->upto[model->n - 1] : 0, number;
    uint32_t n_numbers = 0;
    for (uint32_t i = 0; i < model->n; i++)
        n_numbers += value_decimal(model->texts[i].data, model->texts[i].len, &number, NULL);
    bool is_number = n_numbers == model->n && texts + model->fresh > 0;
    bool is_category = n_numbers == 0 && model->fresh <= 0 && texts >= MIN_OF * model->n && model->n > 0;
    for (uint32_t i = 0; i < model->n && is_category; i++)
        is_category = model->upto[i] - (i > 0 ? model->upto[i - 1] : 0) >= MIN_ONE;
    struct lw_bytes before =
        piece > wording->first ? blueprint->message_pieces.items[piece - 1].text : (struct lw_bytes){"", 0};
    return (is_number || is_category) && !has_identifier(model, before);
}

/* ---- making one ---- */

static double largest_of(const struct blueprint *blueprint, const struct piece *piece)
{
    double number = 0;
    if (piece->kind == PIECE_VALUE && piece->value != BLUEPRINT_NONE)
        return find_largest(&blueprint->values[piece->value]);
    return piece->kind == PIECE_TEXT && value_decimal(piece->text.data, piece->text.len, &number, NULL) ? fabs(number)
                                                                                                        : 0;
}

double outlier_largest(const struct blueprint *blueprint, uint32_t place)
{
    size_t index = blueprint_template_of(blueprint, place);
    double largest = 0;
    for (size_t i = blueprint->choice_first[index]; i < blueprint->choice_first[index + 1]; i++) {
        const struct wording *wording = &blueprint->wordings[blueprint->choices[i].wording];
        for (size_t k = wording->first; k < wording->first + wording->n; k++)
            if (blueprint->message_pieces.items[k].place == place)
                largest = fmax(largest, largest_of(blueprint, &blueprint->message_pieces.items[k]));
    }
    return largest;
}

void outlier_print(const struct value_model *model, double largest, struct rng *rng, struct buf *out)
{
    size_t start = out->len;
    double number;
    int decimals;
    value_model_draw(model, rng, out);
    if (buf_status(out) != 0)
        return;
    if (value_decimal(out->data + start, out->len - start, &number, &decimals)) {
        double far = (fmax(largest, find_largest(model)) + 1) * (FAR + rng_uniform(rng) * FAR);
        out->len = start;
        buf_printf(out, "%.*f", decimals, far);
        return;
    }
    do
        buf_printf(out, "%u", rng_u32(rng) % 1000);
    while (buf_status(out) == 0 && is_seen(model, (struct lw_bytes){out->data + start, out->len - start}));
}
