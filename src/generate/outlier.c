#include "generate/outlier.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FAR 1000 /* times the largest */

/* Plain decimal numbers only: what else strtod takes is text to a log. */
static bool read_number(struct lw_bytes text, double *out)
{
    char copy[32];
    if (text.len == 0 || text.len >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = 0;
    if (strspn(copy, "-0123456789.") != text.len)
        return false;
    char *end;
    *out = strtod(copy, &end);
    return *end == 0;
}

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
        if (read_number(model->texts[i], &number))
            largest = fmax(largest, fabs(number));
    for (uint32_t i = 0; i < model->n_quantiles && model->form != FORM_TIME; i++)
        largest = fmax(largest, fabs(model->quantiles[i]));
    return largest;
}

void outlier_print(const struct value_model *model, struct rng *rng, struct buf *out)
{
    size_t start = out->len;
    double number;
    value_model_draw(model, rng, out);
    if (buf_status(out) != 0)
        return;
    struct lw_bytes drawn = {out->data + start, out->len - start};
    if (read_number(drawn, &number)) {
        const char *point = memchr(drawn.data, '.', drawn.len);
        int decimals = point == NULL ? 0 : (int)(drawn.data + drawn.len - point) - 1;
        double far = (find_largest(model) + 1) * (FAR + rng_uniform(rng) * FAR);
        out->len = start;
        buf_printf(out, "%.*f", decimals, far);
        return;
    }
    do
        buf_printf(out, "%u", rng_u32(rng) % 1000);
    while (buf_status(out) == 0 && is_seen(model, (struct lw_bytes){out->data + start, out->len - start}));
}
