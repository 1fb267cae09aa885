#include "generate/value_model.h"

/* A value that was cut ends before the character, or the JSON escape, that the cut went through. */
static size_t sound_len(const struct pool_value *value)
{
    size_t len = value->len;
    if (len < POOL_VALUE_MAX)
        return len;
    for (size_t i = len - 6; i < len; i++)
        if (value->text[i] == '\\')
            return i;
    while (len > 0 && (value->text[len - 1] & 0x80) != 0)
        len--;
    return len;
}

int value_model_of_pool(const struct pool *pool, struct arena *arena, struct value_model *out)
{
    *out = (struct value_model){.n = 0};
    if (pool->n == 0)
        return 0;
    out->texts = arena_take(arena, pool->n * sizeof *out->texts);
    out->upto = arena_take(arena, pool->n * sizeof *out->upto);
    if (out->texts == NULL || out->upto == NULL)
        return LW_ERR_MEMORY;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < pool->n; i++) {
        size_t len = sound_len(&pool->values[i]);
        const char *text = arena_copy(arena, pool->values[i].text, len);
        if (text == NULL)
            return LW_ERR_MEMORY;
        out->texts[i] = (struct lw_bytes){text, len};
        out->upto[i] = sum += pool->values[i].count;
    }
    out->n = sum > 0 ? pool->n : 0;
    return 0;
}

void value_model_draw(const struct value_model *model, struct rng *rng, struct buf *out)
{
    if (model->n == 0)
        return;
    uint64_t at = rng_below(rng, model->upto[model->n - 1]);
    uint32_t low = 0, high = model->n - 1;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (model->upto[middle] <= at)
            low = middle + 1;
        else
            high = middle;
    }
    buf_add(out, model->texts[low].data, model->texts[low].len);
}
