#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "learn/layout.h"

/* A line with its parts marked: {name=text}; {message=...} is the message, and level and component are what they say.
 */
struct line {
    char raw[256];
    struct lw_record record;
    char names[LW_MAX_FIELDS][32];
};

static void parse(struct line *line, const char *marked, enum lw_level level)
{
    memset(line, 0, sizeof *line);
    size_t len = 0;
    while (*marked != 0) {
        if (*marked != '{') {
            line->raw[len++] = *marked++;
            continue;
        }
        const char *equals = strchr(marked, '='), *end = strchr(equals, '}');
        size_t width = (size_t)(end - equals - 1);
        char name[32];
        snprintf(name, sizeof name, "%.*s", (int)(equals - marked - 1), marked + 1);
        memcpy(line->raw + len, equals + 1, width);
        if (strcmp(name, "message") == 0) {
            line->record.message_start = len;
            line->record.message_len = width;
        } else {
            size_t i = line->record.n_fields++;
            memcpy(line->names[i], name, sizeof name);
            line->record.fields[i] = (struct lw_field){line->names[i], len, width};
            if (strcmp(name, "component") == 0)
                line->record.component = (struct lw_bytes){line->raw + len, width};
        }
        len += width;
        marked = end + 1;
    }
    line->record.raw = (struct lw_bytes){line->raw, len};
    line->record.level = level;
    line->record.time_us = LW_NO_TIME;
}

/* The record again from its skeleton, its fields and its message. */
static void assert_rebuilds(const struct layouts *layouts, uint32_t id, const struct line *line)
{
    struct skeleton skeleton;
    layout_skeleton(layouts, id, &skeleton);
    char text[512];
    size_t len = 0;
    for (size_t i = 0; i < skeleton.n_parts; i++) {
        struct lw_bytes part = skeleton.parts[i].text;
        if (skeleton.parts[i].kind == LAYOUT_MESSAGE)
            part = (struct lw_bytes){line->raw + line->record.message_start, line->record.message_len};
        for (size_t j = 0; j < line->record.n_fields && skeleton.parts[i].kind == LAYOUT_SLOT; j++)
            if (strlen(line->names[j]) == skeleton.parts[i].text.len &&
                memcmp(line->names[j], skeleton.parts[i].text.data, skeleton.parts[i].text.len) == 0)
                part = (struct lw_bytes){line->raw + line->record.fields[j].start, line->record.fields[j].len};
        memcpy(text + len, part.data, part.len);
        len += part.len;
    }
    assert_int_equal(len, line->record.raw.len);
    assert_memory_equal(text, line->raw, len);
}

static const char *const marked[] = {
    "{time=2026-01-02 03:04:05} {pid=17} {level=INFO} {component=dfs.Data}: {message=all is well}",
    "{\"t\":\"{time=2026}\",\"lvl\":\"{lvl=warn}\",\"m\":\"{message=a \\\"b\\\"}\",\"trace\":\"{trace=77}\"}",
    "{message=nothing else}",
    "{host=h} {message=}",
    "{host=10.0.0.1} - [{time=x}] \"{message=GET / HTTP/1.1}\" {status=200} {bytes=5}",
    "{component=kernel}: {message=up}",
};
#define N_MARKED (sizeof marked / sizeof *marked)

static void a_skeleton_with_its_fields_is_the_record(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_MARKED; i++) {
        struct layouts layouts;
        struct line line;
        layouts_init(&layouts);
        parse(&line, marked[i], LW_LEVEL_INFO);
        assert_int_equal(layouts_add(&layouts, 3, &line.record, NULL), 0);
        assert_int_equal(layouts.skeletons.count, 1);
        assert_int_equal(layouts.by_sequence[3].n, 1);
        assert_rebuilds(&layouts, 0, &line);
        struct skeleton skeleton;
        layout_skeleton(&layouts, 0, &skeleton);
        assert_int_equal(skeleton.level, LW_LEVEL_INFO);
        assert_int_equal(skeleton.component<LAYOUT_MAX_PARTS, line.record.component.len> 0);
        layouts_release(&layouts);
    }
}

static void fields_inside_the_message_or_each_other_are_left_alone(void **state)
{
    (void)state;
    struct layouts layouts;
    struct line line;
    layouts_init(&layouts);
    parse(&line, "{a=abcdef} {message=hello there}", LW_LEVEL_NONE);
    line.record.fields[1] = (struct lw_field){"in", 2, 2};
    line.record.fields[2] = (struct lw_field){"msg", 5, 6};
    line.record.n_fields = 3;
    assert_int_equal(layouts_add(&layouts, 0, &line.record, NULL), 0);
    struct skeleton skeleton;
    layout_skeleton(&layouts, 0, &skeleton);
    assert_int_equal(skeleton.n_slots, 1);
    assert_rebuilds(&layouts, 0, &line);
    layouts_release(&layouts);
}

static void add_random(struct layouts *layouts, struct rng *rng, uint32_t sequence_shift)
{
    char text[128];
    struct line line;
    static const char *const levels[] = {"INFO ", "WARN ", "ERROR"};
    uint32_t level = rng_u32(rng) % 3;
    snprintf(text, sizeof text, "{time=%u} {level=%s} {component=c%u} [{thread=t%u}] {message=m}", rng_u32(rng) % 1000,
             levels[level], rng_u32(rng) % 4, rng_u32(rng) % 200);
    parse(&line, text, (enum lw_level)(LW_LEVEL_INFO + level));
    char name[16];
    int len = snprintf(name, sizeof name, "trace%u", rng_u32(rng) % 100);
    uint32_t sequence = rng_u32(rng) % 20 + sequence_shift;
    assert_int_equal(layouts_add(layouts, sequence, &line.record, NULL), 0);
    assert_int_equal(layouts_add_to_trace(layouts, (struct lw_bytes){name, (size_t)len}, sequence, &line.record, NULL),
                     0);
}

static void assert_same(const struct layouts *a, const struct layouts *b)
{
    struct buf pa = BUF_INIT, pb = BUF_INIT;
    layouts_pack(a, &pa);
    layouts_pack(b, &pb);
    assert_int_equal(pa.len, pb.len);
    assert_memory_equal(pa.data, pb.data, pa.len);
    buf_release(&pa);
    buf_release(&pb);
}

/* The right shard numbers its sequences on its own; remap says which they are in the left one. */
static void merging_equals_learning_the_whole(void **state)
{
    (void)state;
    struct layouts whole, left, right;
    layouts_init(&whole);
    layouts_init(&left);
    layouts_init(&right);
    struct rng rng, again;
    rng_init(&rng, 7, 1, 0);
    rng_init(&again, 7, 1, 0);
    for (int i = 0; i < 3000; i++) {
        add_random(&whole, &rng, 0);
        add_random(i < 1000 ? &left : &right, &again, i < 1000 ? 0 : 5);
    }
    uint32_t remap[25];
    for (uint32_t i = 0; i < 25; i++)
        remap[i] = i < 5 ? 0 : i - 5;
    assert_int_equal(layouts_merge(&left, &right, remap, NULL), 0);
    assert_same(&left, &whole);
    assert_true(layouts_fit(&left, 20));
    assert_false(layouts_fit(&left, 19));
    layouts_release(&whole);
    layouts_release(&left);
    layouts_release(&right);
}

static void packs_and_unpacks_and_refuses_damage(void **state)
{
    (void)state;
    struct layouts layouts, again;
    layouts_init(&layouts);
    layouts_init(&again);
    struct rng rng;
    rng_init(&rng, 9, 1, 0);
    for (int i = 0; i < 40; i++)
        add_random(&layouts, &rng, 0);
    struct buf packed = BUF_INIT;
    layouts_pack(&layouts, &packed);
    struct unpack in;
    unpack_init(&in, packed.data, packed.len);
    assert_int_equal(layouts_unpack(&again, &in, NULL), 0);
    assert_same(&layouts, &again);
    layouts_release(&again);
    for (size_t i = 0; i < packed.len; i++) {
        unpack_init(&in, packed.data, i);
        assert_int_equal(layouts_unpack(&again, &in, NULL), LW_ERR_INPUT);
        packed.data[i] = (char)(packed.data[i] ^ 0x41);
        unpack_init(&in, packed.data, packed.len);
        (void)layouts_unpack(&again, &in, NULL); /* sound or refused; sanitizers watch */
        layouts_release(&again);
        packed.data[i] = (char)(packed.data[i] ^ 0x41);
    }
    buf_release(&packed);
    layouts_release(&layouts);
}

static void skeletons_are_bounded(void **state)
{
    (void)state;
    struct layouts layouts;
    layouts_init(&layouts);
    for (int i = 0; i < LAYOUT_MAX_SKELETONS + 100; i++) {
        char text[64];
        struct line line;
        snprintf(text, sizeof text, "junk%d {message=m}", i);
        parse(&line, text, LW_LEVEL_NONE);
        assert_int_equal(layouts_add(&layouts, (uint32_t)i % 7, &line.record, NULL), 0);
    }
    assert_int_equal(layouts.skeletons.count, LAYOUT_MAX_SKELETONS);
    layouts_release(&layouts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_skeleton_with_its_fields_is_the_record),
        cmocka_unit_test(fields_inside_the_message_or_each_other_are_left_alone),
        cmocka_unit_test(merging_equals_learning_the_whole),
        cmocka_unit_test(packs_and_unpacks_and_refuses_damage),
        cmocka_unit_test(skeletons_are_bounded),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
