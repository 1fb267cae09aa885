/*
 * A record is cut into literal text, slots and the message, and that cut, packed, is interned: equal surroundings get
 * one skeleton. Level and component stay in the literal text, which costs a skeleton per combination but keeps a
 * warning from being printed with the component of another message, and the padding that belongs to its word. All other
 * fields become slots with a pool of values each. Holding one pool a field for the whole log was tried in thought and
 * rejected: `file` and `line` of a source position, or a logger's thread, go with the component and level.
 */
#include "learn/layout.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/fail.h"

void layouts_init(struct layouts *layouts)
{
    *layouts = (struct layouts){.skeletons = INTERN_INIT, .scratch = BUF_INIT};
    trace_sample_init(&layouts->sample);
}

void layouts_release(struct layouts *layouts)
{
    for (size_t i = 0; i < layouts->skeletons.count; i++)
        for (size_t j = 0; j < LW_MAX_FIELDS; j++)
            pool_release(&layouts->values[i].slots[j]);
    free(layouts->values);
    for (size_t i = 0; i < layouts->n_sequences; i++)
        free(layouts->by_sequence[i].items);
    free(layouts->by_sequence);
    intern_release(&layouts->skeletons);
    trace_sample_release(&layouts->sample);
    buf_release(&layouts->scratch);
    layouts_init(layouts);
}

/* ---- packed skeletons: level, part of the component, then (kind, text) per part --------------------------------- */

static void pack_part(struct buf *out, enum layout_kind kind, const char *data, size_t len)
{
    buf_add_byte(out, (char)kind);
    pack_bytes(out, data, len);
}

/* False if the bytes are no skeleton. */
static bool skeleton_read(struct lw_bytes packed, struct skeleton *out)
{
    struct unpack in;
    unpack_init(&in, packed.data, packed.len);
    uint64_t level = unpack_u64(&in), component = unpack_u64(&in);
    size_t n_messages = 0;
    out->n_parts = 0;
    out->n_slots = 0;
    while (!in.has_failed && in.at < in.end) {
        uint64_t kind = unpack_u64(&in);
        struct lw_bytes text;
        text.data = unpack_bytes(&in, &text.len);
        if (in.has_failed || kind > LAYOUT_MESSAGE || out->n_parts == LAYOUT_MAX_PARTS)
            return false;
        out->n_slots += kind == LAYOUT_SLOT;
        n_messages += kind == LAYOUT_MESSAGE;
        out->parts[out->n_parts++] = (struct layout_part){(enum layout_kind)kind, text};
    }
    if (in.has_failed || level >= LW_LEVEL_COUNT || out->n_slots > LW_MAX_FIELDS || n_messages != 1 ||
        component > LAYOUT_MAX_PARTS || (component < LAYOUT_MAX_PARTS && component >= out->n_parts))
        return false;
    out->level = (enum lw_level)level;
    out->component = (size_t)component;
    return true;
}

void layout_skeleton(const struct layouts *layouts, uint32_t id, struct skeleton *out)
{
    (void)skeleton_read(intern_get(&layouts->skeletons, id), out); /* what is interned was made or checked here */
}

/* ---- cutting a record ---------------------------------------------------------------------------------------------
 */

struct cut {
    size_t start, len;
    bool is_baked, is_component;
    const char *name;
};

bool layout_is_level(const char *name)
{
    static const char *const names[] = {"level", "severity", "lvl", "loglevel", "log_level", "levelname", "priority"};
    char first = (char)(name[0] | 0x20);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i][0] == first && strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Fields outside the message, by rising start, none inside another. */
static size_t find_cuts(const struct lw_record *record, struct cut cuts[LW_MAX_FIELDS])
{
    size_t message_end = record->message_start + record->message_len, n = 0;
    for (size_t i = 0; i < record->n_fields; i++) {
        const struct lw_field *field = &record->fields[i];
        size_t end = field->start + field->len, at = n;
        if (field->len == 0 || end > record->raw.len || (field->start < message_end && end > record->message_start))
            continue;
        while (at > 0 && cuts[at - 1].start > field->start)
            at--;
        if ((at > 0 && cuts[at - 1].start + cuts[at - 1].len > field->start) || (at < n && cuts[at].start < end))
            continue;
        bool is_component =
            record->component.data == record->raw.data + field->start && record->component.len == field->len;
        memmove(&cuts[at + 1], &cuts[at], (n - at) * sizeof *cuts);
        cuts[at] = (struct cut){field->start, field->len, is_component || layout_is_level(field->name), is_component,
                                field->name};
        n++;
    }
    return n;
}

struct packing {
    struct buf *out;
    const char *raw;
    size_t n_parts, component;
};

static void pack_literal(struct packing *packing, size_t from, size_t to)
{
    if (to > from) {
        pack_part(packing->out, LAYOUT_LITERAL, packing->raw + from, to - from);
        packing->n_parts++;
    }
}

static void pack_message(struct packing *packing)
{
    pack_part(packing->out, LAYOUT_MESSAGE, "", 0);
    packing->n_parts++;
}

/* Packs the parts behind the head; text of a component is a literal of its own, that of a level runs into its
 * neighbours. */
static void pack_parts(struct packing *packing, const struct lw_record *record, const struct cut *cuts, size_t n)
{
    size_t message_end = record->message_start + record->message_len, from = 0;
    bool has_message = false;
    for (size_t i = 0; i < n; i++) {
        if (!has_message && cuts[i].start >= message_end) {
            pack_literal(packing, from, record->message_start);
            pack_message(packing);
            from = message_end;
            has_message = true;
        }
        if (cuts[i].is_baked && !cuts[i].is_component)
            continue;
        pack_literal(packing, from, cuts[i].start);
        from = cuts[i].start + cuts[i].len;
        if (cuts[i].is_component) {
            packing->component = packing->n_parts;
            pack_literal(packing, cuts[i].start, from);
        } else {
            pack_part(packing->out, LAYOUT_SLOT, cuts[i].name, strlen(cuts[i].name));
            packing->n_parts++;
        }
    }
    if (!has_message) {
        pack_literal(packing, from, record->message_start);
        pack_message(packing);
        from = message_end;
    }
    pack_literal(packing, from, record->raw.len);
}

/* ---- counting -----------------------------------------------------------------------------------------------------
 */

static int reserve_sequence(struct layouts *layouts, uint32_t sequence)
{
    size_t need = (size_t)sequence + 1;
    if (need <= layouts->n_sequences)
        return 0;
    int rc = alloc_grow(&layouts->by_sequence, &layouts->cap_sequences, need, sizeof *layouts->by_sequence);
    if (rc != 0)
        return rc;
    memset(&layouts->by_sequence[layouts->n_sequences], 0,
           (need - layouts->n_sequences) * sizeof *layouts->by_sequence);
    layouts->n_sequences = need;
    return 0;
}

static int count_skeleton(struct layouts *layouts, uint32_t sequence, uint32_t skeleton, uint64_t count)
{
    int rc = reserve_sequence(layouts, sequence);
    if (rc != 0)
        return rc;
    struct sequence_layouts *list = &layouts->by_sequence[sequence];
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i].skeleton == skeleton) {
            list->items[i].count += count;
            return 0;
        }
    rc = alloc_grow_from(1, &list->items, &list->cap, list->n + 1, sizeof *list->items);
    if (rc == 0)
        list->items[list->n++] = (struct skeleton_count){skeleton, count};
    return rc;
}

/* *id: INTERN_NONE past the limit. */
static int intern_skeleton(struct layouts *layouts, struct lw_bytes packed, uint32_t *id)
{
    if (layouts->skeletons.count >= LAYOUT_MAX_SKELETONS) {
        *id = intern_find(&layouts->skeletons, packed.data, packed.len);
        return 0;
    }
    size_t before = layouts->skeletons.count;
    int rc = alloc_grow(&layouts->values, &layouts->cap_values, before + 1, sizeof *layouts->values);
    if (rc == 0)
        rc = intern_add(&layouts->skeletons, packed.data, packed.len, id);
    if (rc == 0 && layouts->skeletons.count > before)
        memset(&layouts->values[before], 0, sizeof *layouts->values);
    return rc;
}

int layouts_add(struct layouts *layouts, uint32_t sequence, const struct lw_record *record, struct lw_error *err)
{
    if (record->raw.len - record->message_len > LAYOUT_MAX_LITERAL)
        return 0;
    struct cut cuts[LW_MAX_FIELDS];
    size_t n = find_cuts(record, cuts), slot = 0;
    struct buf parts = layouts->scratch;
    buf_clear(&parts);
    /* The head is one byte each, so that the part of the component can be filled in last. */
    struct packing packing = {&parts, record->raw.data, 0, LAYOUT_MAX_PARTS};
    buf_add_byte(&parts, (char)record->level);
    buf_add_byte(&parts, 0);
    pack_parts(&packing, record, cuts, n);
    layouts->scratch = parts;
    uint32_t id = INTERN_NONE;
    int rc = buf_status(&parts);
    if (rc == 0) {
        parts.data[1] = (char)packing.component;
        rc = intern_skeleton(layouts, (struct lw_bytes){parts.data, parts.len}, &id);
    }
    if (rc == 0 && id != INTERN_NONE)
        rc = count_skeleton(layouts, sequence, id, 1);
    for (size_t i = 0; i < n && rc == 0 && id != INTERN_NONE; i++)
        if (!cuts[i].is_baked)
            rc = pool_add(&layouts->values[id].slots[slot++], record->raw.data + cuts[i].start, cuts[i].len, 1);
    return rc == 0 ? 0 : fail_memory(err, "keeping header layouts");
}

int layouts_add_to_trace(struct layouts *layouts, struct lw_bytes trace, uint32_t sequence,
                         const struct lw_record *record, struct lw_error *err)
{
    return trace_sample_add(&layouts->sample, trace, sequence, record) == 0 ? 0 : fail_memory(err, "sampling traces");
}

static int merge_skeletons(struct layouts *into, const struct layouts *from, uint32_t *ids)
{
    for (uint32_t i = 0; i < from->skeletons.count; i++) {
        int rc = intern_skeleton(into, intern_get(&from->skeletons, i), &ids[i]);
        for (size_t j = 0; j < LW_MAX_FIELDS && rc == 0 && ids[i] != INTERN_NONE; j++)
            rc = pool_merge(&into->values[ids[i]].slots[j], &from->values[i].slots[j]);
        if (rc != 0)
            return rc;
    }
    return 0;
}

int layouts_merge(struct layouts *into, const struct layouts *from, const uint32_t *remap, struct lw_error *err)
{
    uint32_t *ids = alloc_array(from->skeletons.count, sizeof *ids);
    int rc = ids == NULL ? LW_ERR_MEMORY : merge_skeletons(into, from, ids);
    for (size_t s = 0; s < from->n_sequences && rc == 0; s++)
        for (size_t i = 0; i < from->by_sequence[s].n && rc == 0; i++) {
            const struct skeleton_count *item = &from->by_sequence[s].items[i];
            if (ids[item->skeleton] != INTERN_NONE)
                rc = count_skeleton(into, remap[s], ids[item->skeleton], item->count);
        }
    if (rc == 0)
        rc = trace_sample_merge(&into->sample, &from->sample, remap);
    free(ids);
    return rc == 0 ? 0 : fail_memory(err, "merging header layouts");
}

int layouts_renumber(struct layouts *layouts, const uint32_t *remap, size_t n_sequences)
{
    struct sequence_layouts *old = layouts->by_sequence;
    size_t n_old = layouts->n_sequences;
    int rc = 0;
    trace_sample_renumber(&layouts->sample, remap);
    if (n_old == 0)
        return 0;
    layouts->by_sequence = alloc_zeroed(n_sequences, sizeof *old);
    layouts->n_sequences = layouts->cap_sequences = layouts->by_sequence == NULL ? 0 : n_sequences;
    if (layouts->by_sequence == NULL)
        rc = LW_ERR_MEMORY;
    for (size_t s = 0; s < n_old; s++) {
        struct sequence_layouts *target = rc == 0 ? &layouts->by_sequence[remap[s]] : NULL;
        if (target != NULL && target->n == 0) {
            *target = old[s];
            continue;
        }
        for (size_t i = 0; i < old[s].n && rc == 0; i++)
            rc = count_skeleton(layouts, remap[s], old[s].items[i].skeleton, old[s].items[i].count);
        free(old[s].items);
    }
    free(old);
    return rc;
}

uint64_t layouts_bytes(const struct layouts *layouts)
{
    uint64_t bytes = layouts->cap_sequences * sizeof *layouts->by_sequence +
                     layouts->cap_values * (sizeof *layouts->values + LAYOUT_MAX_PARTS);
    for (size_t s = 0; s < layouts->n_sequences; s++)
        bytes += layouts->by_sequence[s].cap * sizeof *layouts->by_sequence[s].items;
    for (size_t i = 0; i < layouts->skeletons.count; i++)
        for (size_t j = 0; j < LW_MAX_FIELDS; j++)
            bytes += pool_bytes(&layouts->values[i].slots[j]);
    return bytes;
}

/* ---- packing ------------------------------------------------------------------------------------------------------
 */

void layouts_pack(const struct layouts *layouts, struct buf *out)
{
    pack_u64(out, layouts->skeletons.count);
    for (uint32_t i = 0; i < layouts->skeletons.count; i++) {
        struct skeleton skeleton;
        layout_skeleton(layouts, i, &skeleton);
        struct lw_bytes packed = intern_get(&layouts->skeletons, i);
        pack_bytes(out, packed.data, packed.len);
        for (size_t j = 0; j < skeleton.n_slots; j++)
            pool_pack(&layouts->values[i].slots[j], out);
    }
    pack_u64(out, layouts->n_sequences);
    for (size_t s = 0; s < layouts->n_sequences; s++) {
        pack_u64(out, layouts->by_sequence[s].n);
        for (size_t i = 0; i < layouts->by_sequence[s].n; i++) {
            pack_u64(out, layouts->by_sequence[s].items[i].skeleton);
            pack_u64(out, layouts->by_sequence[s].items[i].count);
        }
    }
    trace_sample_pack(&layouts->sample, out);
}

static int unpack_skeletons(struct layouts *layouts, struct unpack *in, struct lw_error *err)
{
    uint64_t n = unpack_u64(in);
    int rc = n > LAYOUT_MAX_SKELETONS ? LW_ERR_INPUT : 0;
    for (uint64_t i = 0; i < n && rc == 0; i++) {
        struct lw_bytes packed;
        struct skeleton skeleton;
        uint32_t id;
        packed.data = unpack_bytes(in, &packed.len);
        if (in->has_failed || !skeleton_read(packed, &skeleton))
            return LW_ERR_INPUT;
        rc = intern_skeleton(layouts, packed, &id);
        if (rc == 0 && id != i)
            rc = LW_ERR_INPUT;
        for (size_t j = 0; j < skeleton.n_slots && rc == 0; j++)
            rc = pool_unpack(&layouts->values[i].slots[j], in, err);
    }
    return rc;
}

static int unpack_sequences(struct layouts *layouts, struct unpack *in)
{
    uint64_t n = unpack_u64(in);
    int rc = 0;
    for (uint64_t s = 0; s < n && rc == 0; s++) {
        if (in->has_failed || s > UINT32_MAX)
            return LW_ERR_INPUT;
        rc = reserve_sequence(layouts, (uint32_t)s);
        uint64_t n_items = unpack_u64(in);
        for (uint64_t i = 0; i < n_items && rc == 0; i++) {
            uint64_t skeleton = unpack_u64(in), count = unpack_u64(in);
            if (in->has_failed || skeleton >= layouts->skeletons.count || count == 0)
                return LW_ERR_INPUT;
            rc = count_skeleton(layouts, (uint32_t)s, (uint32_t)skeleton, count);
        }
    }
    return rc;
}

int layouts_unpack(struct layouts *layouts, struct unpack *in, struct lw_error *err)
{
    int rc = unpack_skeletons(layouts, in, err);
    if (rc == 0)
        rc = unpack_sequences(layouts, in);
    if (rc == 0)
        rc = trace_sample_unpack(&layouts->sample, in, err);
    if (rc == 0 && in->has_failed)
        rc = LW_ERR_INPUT;
    if (rc == 0)
        return 0;
    layouts_release(layouts);
    return rc == LW_ERR_MEMORY ? fail_memory(err, "reading header layouts")
                               : fail(err, LW_ERR_INPUT, "damaged: the header layouts do not hold together");
}

bool layouts_fit(const struct layouts *layouts, size_t n_sequences)
{
    for (uint32_t i = 0; i < layouts->sample.n; i++)
        for (uint32_t j = 0; j < layouts->sample.traces[i].n; j++)
            if (layouts->sample.traces[i].events[j].sequence >= n_sequences)
                return false;
    return layouts->n_sequences <= n_sequences;
}
