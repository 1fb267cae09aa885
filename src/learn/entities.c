/*
 * Each slot of a template and each header field has a bottom-k sample of its distinct values, by one hash everywhere.
 * Below the largest hash that both of two samples reach, they hold all values of their places, so the share of one
 * found in the other is an unbiased estimate of how far it is included. Places of one type of which one is included in
 * the other by half are joined by union-find: half, not all, since a log is cut off at both ends.
 *
 * Numbers lie in each other's ranges by chance, and short vocabularies share words, so these need a name in common as
 * well. A header field is one place in all templates and may be an entity by itself.
 *
 * Comparing all values exactly was rejected here: they are not kept. Who makes tables of rows has them and can.
 */
#include "learn/entities.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "learn/entity_name.h"
#include "learn/relations.h"
#include "learn/value.h"

#define WHAT         "finding entities"
#define MAX_PLACES   2048 /* that are compared with one another */
#define MIN_SHARED   3    /* values seen in both */
#define MIN_DISTINCT 3    /* values of an entity */
#define MIN_WORDS    6    /* that two vocabularies share, if no name says that they are one */

struct place {
    uint32_t variable;
    struct pool pool;
    uint8_t mask;
    bool is_field;
    char word[ENTITY_NAME_MAX], prefix[ENTITY_NAME_MAX]; /* before its values; that they begin with */
    uint32_t group;                                      /* parent in union-find */
    uint32_t shared, checked;                            /* with the place that tells most */
};
struct finder {
    const struct variables *variables;
    struct place *places;
    size_t n;
    bool is_full;
};

/* ---- places and their values ----------------------------------------------------------------------------------- */

static enum mask slot_mask(const struct template_item *item, size_t slot)
{
    for (size_t i = 0; i < item->n_parts; i++)
        if (item->parts[i].is_slot && slot-- == 0)
            return (enum mask)item->parts[i].mask;
    return MASK_NONE;
}

/* Of most values. */
static enum mask common_mask(const struct pool *pool)
{
    uint64_t votes[MASK_COUNT] = {0};
    size_t best = 0;

    for (uint32_t i = 0; i < pool->n; i++) {
        const struct pool_value *value = &pool->values[i];
        bool is_plain = value->len > 0 && memchr(value->text, ' ', value->len) == NULL;

        votes[is_plain ? value_mask(value->text, value->len, value_classes(value->text, value->len)) : MASK_QUOTED] +=
            value->count;
    }
    for (size_t i = 1; i < MASK_COUNT; i++)
        best = votes[i] > votes[best] ? i : best;
    return (enum mask)best;
}

/* Whether values of the mask can name things. */
static bool can_name(unsigned mask)
{
    return mask != MASK_FLOAT && mask != MASK_TIME && mask != MASK_DURATION && mask != MASK_SIZE &&
           mask != MASK_QUOTED && mask != MASK_FLAG;
}

static struct place *add_place(struct finder *finder, uint32_t variable)
{
    if (finder->n == MAX_PLACES)
        return NULL;
    struct place *place = &finder->places[finder->n];

    *place = (struct place){.variable = variable, .group = (uint32_t)finder->n};
    finder->n++;
    return place;
}

/* The values of all slots of a template, from its sequences. */
static int add_slots(struct finder *finder, size_t index)
{
    const struct variables *variables = finder->variables;
    const struct model *model = variables->model;
    const struct template_item *item = &model->templates.items[index];
    size_t first = finder->n;
    struct sequence_token tokens[MASK_MAX_TOKENS];

    for (size_t i = 0; i < item->n_slots; i++) {
        struct place *place = add_place(finder, variables->slot_first[index] + (uint32_t)i);
        enum mask mask = slot_mask(item, i);

        if (place == NULL)
            break;
        place->mask = (uint8_t)mask;
        place->pool.mask = (uint8_t)(mask == MASK_NONE ? MASK_QUOTED : mask); /* words are told apart as well */
        entity_slot_word(item, i, place->word);
    }
    for (size_t i = 0; i < item->n_sequences; i++) {
        uint32_t sequence = item->sequences[i];
        size_t n = sequence_tokens(&model->counts->sequences, sequence, tokens, MASK_MAX_TOKENS);
        const struct pool *pool = model->counts->params + model->counts->param_first[sequence];

        for (size_t t = 0; t < n; t++) {
            uint32_t variable = variable_of_token(variables, sequence, t);
            const struct pool *own = tokens[t].mask != MASK_NONE ? pool++ : NULL;
            size_t at = variable == VARIABLE_NONE ? finder->n : first + (variable - variables->slot_first[index]);

            if (at >= finder->n || !can_name(finder->places[at].mask))
                continue;
            if ((own != NULL ? pool_merge(&finder->places[at].pool, own)
                             : pool_add(&finder->places[at].pool, tokens[t].text.data, tokens[t].text.len,
                                        model->counts->sequences.stats[sequence].count)) != 0)
                return LW_ERR_MEMORY;
        }
    }
    return 0;
}

static int add_fields(struct finder *finder)
{
    const struct variables *variables = finder->variables;
    const struct layouts *layouts = &variables->model->counts->layouts;
    size_t first = finder->n;

    for (uint32_t i = 0; i < variables->fields.count; i++) {
        struct place *place = add_place(finder, variable_of_field(variables, i));
        struct lw_bytes name = intern_get(&variables->fields, i);

        if (place == NULL)
            return 0;
        place->is_field = true;
        place->pool.mask = MASK_QUOTED;
        entity_word(name.data, name.len, place->word);
    }
    for (uint32_t i = 0; i < layouts->skeletons.count; i++) {
        struct skeleton skeleton;

        layout_skeleton(layouts, i, &skeleton);
        for (size_t j = 0, slot = 0; j < skeleton.n_parts; j++) {
            struct lw_bytes name = skeleton.parts[j].text;
            uint32_t field;

            if (skeleton.parts[j].kind != LAYOUT_SLOT)
                continue;
            field = intern_find(&variables->fields, name.data, name.len);
            if (pool_merge(&finder->places[first + field].pool, &layouts->values[i].slots[slot++]) != 0)
                return LW_ERR_MEMORY;
        }
    }
    for (size_t i = first; i < finder->n; i++)
        finder->places[i].mask = (uint8_t)common_mask(&finder->places[i].pool);
    return 0;
}

/* What all values begin with, letters before a mark or a digit: "blk" of blk_1; "" if nothing. */
static void common_prefix(const struct pool *pool, char out[ENTITY_NAME_MAX])
{
    size_t len = pool->n == 0 ? 0 : pool->values[0].len;

    for (uint32_t i = 1; i < pool->n; i++) {
        size_t same = 0;

        while (same < len && same < pool->values[i].len && pool->values[i].text[same] == pool->values[0].text[same])
            same++;
        len = same;
    }
    for (size_t i = 0; i < len; i++)
        if ((value_class[(unsigned char)pool->values[0].text[i]] & BYTE_ALPHA) == 0 || pool->values[0].text[i] == '_') {
            entity_word(pool->values[0].text, i, out);
            return;
        }
    out[0] = '\0';
}

static int add_places(struct finder *finder)
{
    const struct variables *variables = finder->variables;
    size_t n_templates = variables->model->templates.n;
    size_t total = variables->slot_first[n_templates] + variables->fields.count;
    int code;

    finder->places = alloc_array(total < MAX_PLACES ? total : MAX_PLACES, sizeof *finder->places);
    if (finder->places == NULL)
        return LW_ERR_MEMORY;
    code = add_fields(finder);
    for (size_t i = 0; i < n_templates && code == 0; i++)
        code = add_slots(finder, i);
    for (size_t i = 0; i < finder->n && code == 0; i++)
        common_prefix(&finder->places[i].pool, finder->places[i].prefix);
    return code;
}

/* ---- which share their values ---------------------------------------------------------------------------------- */

/* Letters and digits mixed are of one kind whether or not they happen to be hexadecimal. */
static unsigned kind_of(unsigned mask)
{
    return mask == MASK_HEX ? MASK_ID : mask;
}

/* Whether the word says that numbers are names: "pid", "session_id". */
static bool is_id(const char *word)
{
    size_t len = strlen(word);

    return len >= 2 && memcmp(word + len - 2, "id", 2) == 0;
}

static void note_shared(struct place *place, uint32_t shared, uint32_t checked)
{
    if (shared <= place->shared)
        return;
    place->shared = shared;
    place->checked = checked;
}

static bool share_values(struct place *a, struct place *b)
{
    uint64_t last_a = a->pool.n < POOL_KEEP ? UINT64_MAX : a->pool.largest;
    uint64_t last_b = b->pool.n < POOL_KEEP ? UINT64_MAX : b->pool.largest;
    uint64_t last = last_a < last_b ? last_a : last_b;
    uint32_t i = 0, j = 0, in_a, in_b, both = 0, least;
    bool has_name = a->word[0] != '\0' && strcmp(a->word, b->word) == 0;
    unsigned kind = kind_of(a->mask);

    if (kind != kind_of(b->mask) || !can_name(kind) || (kind == MASK_INTEGER && !(has_name && is_id(a->word))))
        return false;
    for (in_a = a->pool.n; in_a > 0 && a->pool.values[in_a - 1].hash > last;)
        in_a--;
    for (in_b = b->pool.n; in_b > 0 && b->pool.values[in_b - 1].hash > last;)
        in_b--;
    while (i < in_a && j < in_b) {
        uint64_t x = a->pool.values[i].hash, y = b->pool.values[j].hash;

        both += x == y;
        i += x <= y;
        j += y <= x;
    }
    least = in_a < in_b ? in_a : in_b;
    if (least < MIN_SHARED && kind != MASK_INTEGER) /* too few to tell by, so names do */
        return kind == MASK_ID && strlen(a->prefix) > 1 && strlen(b->prefix) > 1 ? strcmp(a->prefix, b->prefix) == 0
                                                                                 : has_name;
    if (kind == MASK_NONE && !has_name && both < MIN_WORDS)
        return false;
    if (both < MIN_SHARED || 2 * both < least)
        return false;
    note_shared(a, both, in_a);
    note_shared(b, both, in_b);
    return true;
}

static uint32_t find_group(struct place *places, uint32_t i)
{
    while (places[i].group != i)
        i = places[i].group = places[places[i].group].group;
    return i;
}

static void join_places(struct finder *finder)
{
    for (uint32_t i = 0; i < finder->n; i++)
        for (uint32_t j = 0; j < i; j++) {
            uint32_t a = find_group(finder->places, i), b = find_group(finder->places, j);

            if (share_values(&finder->places[i], &finder->places[j]) && a != b) /* the first one leads its group */
                finder->places[a < b ? b : a].group = a < b ? a : b;
        }
}

static ptrdiff_t find_place(const struct finder *finder, uint32_t variable)
{
    for (size_t i = 0; i < finder->n; i++)
        if (finder->places[i].variable == variable)
            return (ptrdiff_t)i;
    return -1;
}

/* Places that are the trace's name, and those that are the same along traces, share their values for certain. */
static void join_related(struct finder *finder, const struct relations *relations)
{
    ptrdiff_t key = -1;

    for (size_t r = 0; r < relations->n; r++) {
        const struct relation *relation = &relations->items[r];
        bool is_key = relation->kind == LW_RELATION_KEY;
        ptrdiff_t place, other;

        if (!is_key && relation->kind != LW_RELATION_SAME)
            continue;
        place = find_place(finder, relation->variable);
        other = is_key ? key : find_place(finder, relation->other);
        key = is_key ? place : key;
        if (place < 0 || other < 0 || finder->places[place].mask == MASK_INTEGER ||
            kind_of(finder->places[place].mask) != kind_of(finder->places[other].mask) ||
            !can_name(finder->places[place].mask))
            continue;
        uint32_t a = find_group(finder->places, (uint32_t)place), b = find_group(finder->places, (uint32_t)other);

        finder->places[a < b ? b : a].group = a < b ? a : b;
    }
}

/* ---- the entities ---------------------------------------------------------------------------------------------- */

static bool is_time(const char *word)
{
    static const char *const words[] = {"time", "date", "timestamp", "datetime", "day", "month", "year"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

/* A field by itself: its values come again and again, in one message or another. */
static bool is_entity_alone(const struct place *place)
{
    uint64_t distinct = pool_distinct(&place->pool);

    return place->is_field && can_name(place->mask) && place->mask != MASK_INTEGER && !is_time(place->word) &&
           distinct * 4 <= place->pool.total;
}

static int by_distinct(const void *left, const void *right)
{
    const struct place *const *a = left, *const *b = right;
    uint64_t x = pool_distinct(&(*a)->pool), y = pool_distinct(&(*b)->pool);

    if (x != y)
        return x > y ? -1 : 1;
    return ((*a)->variable > (*b)->variable) - ((*a)->variable < (*b)->variable);
}

/* The word that most places have before them, if they are a good part of all; else the values' prefix; else any. */
static void choose_name(struct place **members, size_t n, const char *type, char out[ENTITY_NAME_MAX])
{
    size_t most = 0;

    out[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        size_t votes = 0;

        for (size_t j = 0; j < n && members[i]->word[0] != '\0'; j++)
            votes += strcmp(members[i]->word, members[j]->word) == 0;
        if (votes > most) {
            most = votes;
            memcpy(out, members[i]->word, ENTITY_NAME_MAX);
        }
    }
    if (most * 3 >= n && most > 0 && (most > 1 || members[0]->is_field))
        return;
    if (members[0]->mask != MASK_PATH && members[0]->mask != MASK_URL && members[0]->mask != MASK_NONE) {
        if (strlen(members[0]->prefix) > 1) {
            memcpy(out, members[0]->prefix, ENTITY_NAME_MAX);
            return;
        }
    }
    if (most < 2)
        entity_word(type, strlen(type), out);
}

static void make_unique(const struct entities *entities, char name[ENTITY_NAME_MAX])
{
    char tried[ENTITY_NAME_MAX];
    size_t len = strlen(name);

    if (len > 3 && memcmp(name + len - 3, "_id", 3) == 0)
        name[len - 3] = '\0';
    memcpy(tried, name, sizeof tried);
    for (unsigned number = 2;; number++) {
        bool is_taken = false;

        for (size_t i = 0; i < entities->n; i++)
            is_taken = is_taken || strcmp(entities->items[i].name, tried) == 0;
        if (!is_taken)
            break;
        snprintf(tried, sizeof tried, "%.28s_%u", name, number);
    }
    memcpy(name, tried, sizeof tried);
}

static int add_entity(struct finder *finder, struct place **members, size_t n, struct entities *out)
{
    struct entity *entity = &out->items[out->n];
    const struct user_masks *masks = finder->variables->model->counts->sequences.masks;
    struct pool all = POOL_INIT;
    char name[ENTITY_NAME_MAX];

    qsort(members, n, sizeof *members, by_distinct);
    all.mask = MASK_QUOTED;
    for (size_t i = 0; i < n; i++) {
        members[i]->pool.mask = MASK_QUOTED;
        if (pool_merge(&all, &members[i]->pool) != 0) {
            pool_release(&all);
            return LW_ERR_MEMORY;
        }
    }
    *entity = (struct entity){.mask = members[0]->mask, .n = n, .distinct = pool_distinct(&all)};
    pool_release(&all);
    if (entity->distinct < MIN_DISTINCT) /* a word or two of the text rather than things */
        return 0;
    choose_name(members, n, members[0]->mask == MASK_NONE ? "name" : user_masks_type(masks, members[0]->mask), name);
    make_unique(out, name);
    entity->name = alloc_text(name, strlen(name));
    entity->members = alloc_array(n, sizeof *entity->members);
    out->n++;
    if (entity->name == NULL || entity->members == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        entity->members[i] = (struct entity_member){members[i]->variable, members[i]->shared, members[i]->checked};
        if (n == 1) { /* those that had been seen before */
            entity->members[i].shared = members[i]->pool.total - pool_distinct(&members[i]->pool);
            entity->members[i].checked = members[i]->pool.total;
        }
        out->of_variable[members[i]->variable] = (uint32_t)(out->n - 1);
    }
    return 0;
}

static int make_entities(struct finder *finder, struct entities *out)
{
    struct place **members = alloc_array(finder->n, sizeof(struct place *));
    int code = 0;

    out->n_variables = finder->variables->n;
    out->of_variable = alloc_array(out->n_variables, sizeof *out->of_variable);
    out->items = alloc_array(finder->n, sizeof *out->items);
    if (members == NULL || out->of_variable == NULL || out->items == NULL)
        code = LW_ERR_MEMORY;
    for (size_t i = 0; i < out->n_variables && code == 0; i++)
        out->of_variable[i] = VARIABLE_NONE;
    for (uint32_t i = 0; i < finder->n && code == 0; i++) {
        size_t n = 0;

        if (finder->places[i].group != i)
            continue;
        for (uint32_t j = i; j < finder->n; j++)
            if (find_group(finder->places, j) == i)
                members[n++] = &finder->places[j];
        if (n > 1 || is_entity_alone(members[0]))
            code = add_entity(finder, members, n, out);
    }
    free(members);
    return code;
}

int entities_find(const struct variables *variables, const struct relations *relations, struct entities *out,
                  struct lw_error *err)
{
    struct finder finder = {.variables = variables};
    int code = add_places(&finder);

    *out = (struct entities){0};
    if (code == 0) {
        join_places(&finder);
        join_related(&finder, relations);
        code = make_entities(&finder, out);
    }
    for (size_t i = 0; i < finder.n; i++)
        pool_release(&finder.places[i].pool);
    free(finder.places);
    if (code == 0)
        return 0;
    entities_release(out);
    return fail_memory(err, WHAT);
}

void entities_release(struct entities *entities)
{
    for (size_t i = 0; i < entities->n; i++) {
        free(entities->items[i].name);
        free(entities->items[i].members);
    }
    free(entities->items);
    free(entities->of_variable);
    *entities = (struct entities){0};
}
