#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "generate/value_fit.h"

static struct lw_bytes bytes(const char *text)
{
    return (struct lw_bytes){text, strlen(text)};
}

static void count(struct disguise *disguise, const char *name, const char *text, uint64_t n)
{
    assert_int_equal(disguise_count(disguise, bytes(name), bytes(text), n), 0);
}

static const char *value(struct disguise *disguise, const char *text, char out[200])
{
    struct lw_bytes given;
    assert_int_equal(disguise_value(disguise, bytes(text), &given), 0);
    assert_true(given.len < 200);
    memcpy(out, given.data, given.len);
    out[given.len] = 0;
    return out;
}

static void identifiers_never_appear_and_stay_one(void **state)
{
    (void)state;
    static const char *const real[] = {"10.20.30.40:50010", "/10.20.30.40", "10.20.30.40", "marlene@mail.example",
                                       "/home/marlene/mail/inbox"};
    struct disguise disguise;
    char whole[200], with_port[200], again[200];
    disguise_init(&disguise, NULL, NULL, NULL);
    for (size_t i = 0; i < sizeof real / sizeof *real; i++)
        count(&disguise, "", real[i], 1000);
    count(&disguise, "user", "marlene", 1000);
    value(&disguise, "10.20.30.40", whole);
    value(&disguise, "10.20.30.40:50010", with_port);
    assert_string_not_equal(whole, "10.20.30.40");
    assert_memory_equal(with_port, whole, strlen(whole)); /* the same address, and the port that is no secret */
    assert_string_equal(with_port + strlen(whole), ":50010");
    assert_string_equal(value(&disguise, "10.20.30.40", again), whole);
    for (size_t i = 0; i < sizeof real / sizeof *real; i++) {
        assert_null(strstr(value(&disguise, real[i], again), "10.20.30.40"));
        assert_null(strstr(again, "marlene"));
    }
    assert_string_not_equal(value(&disguise, "marlene", again), "marlene");
    disguise_release(&disguise);
}

static void what_is_allowed_and_what_is_frequent_appears(void **state)
{
    (void)state;
    static const char json[] = "{\"privacy\": {\"minimum_count\": 3, \"allow\": [\"ip\"]}}";
    struct lw_constraints *c;
    struct disguise disguise;
    char out[200];
    assert_int_equal(constraints_parse("test", json, sizeof json - 1, &c, NULL), 0);
    disguise_init(&disguise, c, NULL, NULL);
    count(&disguise, "", "10.20.30.40", 9);
    count(&disguise, "", "checkout", 3);
    count(&disguise, "", "lookup", 2);
    for (unsigned i = 0; i < 20; i++) {
        char id[20];
        snprintf(id, sizeof id, "job_%u", 123400 + i);
        count(&disguise, "", id, 1);
    }
    assert_string_equal(value(&disguise, "10.20.30.40", out), "10.20.30.40");
    assert_string_equal(value(&disguise, "checkout", out), "checkout");
    assert_string_not_equal(value(&disguise, "lookup", out), "lookup");
    assert_int_equal(strlen(out), 6);
    value(&disguise, "job_123401", out);
    assert_memory_equal(out, "job_", 4); /* the word is frequent, the number is not */
    assert_int_equal(strspn(out + 4, "0123456789"), 6);
    for (unsigned i = 0; i < 20; i++) {
        char id[20];
        snprintf(id, sizeof id, "job_%u", 123400 + i);
        assert_string_not_equal(out, id);
    }
    disguise_release(&disguise);
    lw_constraints_free(c);
}

static void constant_text_loses_what_is_one_by_its_form(void **state)
{
    (void)state;
    struct disguise disguise;
    struct buf out = BUF_INIT;
    disguise_init(&disguise, NULL, NULL, NULL);
    assert_int_equal(disguise_constant(&disguise, bytes("user does not exist; ask admin@shop.example"), &out), 0);
    assert_memory_equal(out.data, "user does not exist; ask ", 25);
    assert_null(strstr(out.data, "admin@shop.example"));
    buf_clear(&out);
    assert_int_equal(disguise_constant(&disguise, bytes("login of username: build_bot"), &out), 0);
    assert_memory_equal(out.data, "login of username: ", 19);
    assert_null(strstr(out.data, "build_bot"));
    buf_release(&out);
    disguise_release(&disguise);
}

static void no_word_of_a_name_stays(void **state)
{
    (void)state;
    static const char *const real[] = {"Carol Xanthos", "Dan Xanthos", "Erin Xanthos", "Frank M. Xanthos"};
    struct disguise disguise;
    char out[200], last[200];
    disguise_init(&disguise, NULL, NULL, NULL);
    for (size_t i = 0; i < sizeof real / sizeof *real; i++)
        count(&disguise, i % 2 == 0 ? "owner" : "username", real[i], 100);
    count(&disguise, "", "Xanthos street", 1000);
    for (size_t i = 0; i < sizeof real / sizeof *real; i++) {
        value(&disguise, real[i], out);
        assert_int_equal(strlen(out), strlen(real[i]));
        assert_null(strstr(out, "Xanthos"));
        assert_memory_not_equal(out, real[i], 3);
        if (i > 0)
            assert_string_equal(strrchr(out, ' '), last); /* one family before, one family now */
        strcpy(last, strrchr(out, ' '));
    }
    disguise_release(&disguise);
}

/* Paths that real values have inside, and constant text; of 26 there could be, one is left over for a fake. */
static void no_fake_is_a_real_one(void **state)
{
    (void)state;
    struct disguise disguise;
    char text[40], out[200];
    disguise_init(&disguise, NULL, NULL, NULL);
    for (char c = 'a'; c < 'y'; c++) {
        snprintf(text, sizeof text, "read /srv/%c now", c);
        if (c % 3 > 0)
            count(&disguise, "", text, 10);
        else
            assert_int_equal(disguise_note_constant(&disguise, bytes(text)), 0);
    }
    count(&disguise, "", "/srv/y", 10);
    value(&disguise, "/srv/y", out);
    for (char c = 'a'; c <= 'y'; c++) {
        snprintf(text, sizeof text, "/srv/%c", c);
        assert_string_not_equal(out, text);
    }
    disguise_release(&disguise);
}

/* ---- value models ---- */

struct fitted {
    struct pool pool;
    struct disguise disguise;
    struct arena arena;
    struct value_model model;
};

static void begin(struct fitted *fitted)
{
    *fitted = (struct fitted){.pool = POOL_INIT, .arena = ARENA_INIT};
    disguise_init(&fitted->disguise, NULL, NULL, NULL);
}

static void add(struct fitted *fitted, const char *text, uint64_t n)
{
    assert_int_equal(pool_add(&fitted->pool, text, strlen(text), n), 0);
    count(&fitted->disguise, "", text, n);
}

static void fit(struct fitted *fitted, unsigned mask)
{
    assert_int_equal(value_model_fit(&fitted->pool, mask, &fitted->disguise, &fitted->arena, &fitted->model), 0);
}

static void end(struct fitted *fitted)
{
    value_model_release(&fitted->model);
    arena_release(&fitted->arena);
    disguise_release(&fitted->disguise);
    pool_release(&fitted->pool);
}

static double share_of(const struct value_model *model, const char *text)
{
    unsigned n = 0;
    for (uint64_t i = 0; i < 4000; i++) {
        struct buf out = BUF_INIT;
        struct rng rng;
        rng_init(&rng, 1, 1, i);
        value_model_draw(model, &rng, &out);
        n += out.len == strlen(text) && memcmp(out.data, text, out.len) == 0;
        buf_release(&out);
    }
    return n / 4000.;
}

static void frequent_values_keep_their_shares(void **state)
{
    (void)state;
    struct fitted fitted;
    char text[24];
    begin(&fitted);
    fitted.pool.mask = MASK_INTEGER;
    add(&fitted, "404", 3000);
    for (unsigned i = 0; i < 3000; i++) {
        snprintf(text, sizeof text, "%u", 1000 + i * 7);
        add(&fitted, text, 1);
    }
    fit(&fitted, MASK_INTEGER);
    assert_int_equal(fitted.model.form, FORM_INTEGER);
    assert_float_equal(share_of(&fitted.model, "404"), .5, .05); /* whether or not it was among those kept */
    assert_in_range((unsigned)fitted.model.quantiles[fitted.model.n_quantiles / 2], 10000, 13000);
    end(&fitted);
}

static void values_that_never_repeat_do_not(void **state)
{
    (void)state;
    struct fitted fitted;
    struct intern drawn = INTERN_INIT;
    char text[24];
    begin(&fitted);
    for (unsigned i = 0; i < 500; i++) {
        snprintf(text, sizeof text, "job-%u-x", 100000 + i * 1777);
        add(&fitted, text, 1);
    }
    fit(&fitted, MASK_ID);
    for (uint64_t i = 0; i < 500; i++) {
        struct buf out = BUF_INIT;
        struct rng rng;
        uint32_t id;
        rng_init(&rng, 2, 2, i);
        value_model_draw(&fitted.model, &rng, &out);
        assert_memory_equal(out.data, "job-", 4);
        assert_int_equal(intern_add(&drawn, out.data, out.len, &id), 0);
        buf_release(&out);
    }
    assert_true(drawn.count > 490);
    intern_release(&drawn);
    end(&fitted);
}

/* Two hundred addresses: as many come out, of addresses that are none of them. */
static void as_many_addresses_as_there_were_come_out(void **state)
{
    (void)state;
    struct fitted fitted;
    struct intern drawn = INTERN_INIT;
    char text[24];
    begin(&fitted);
    for (unsigned i = 0; i < 200; i++) {
        snprintf(text, sizeof text, "10.20.%u.%u", 30 + i / 100, 100 + i % 100);
        add(&fitted, text, 20);
    }
    fit(&fitted, MASK_IP);
    for (uint64_t i = 0; i < 4000; i++) {
        struct buf out = BUF_INIT;
        struct rng rng;
        uint32_t id;
        rng_init(&rng, 3, 3, i);
        value_model_draw(&fitted.model, &rng, &out);
        assert_int_equal(identifier_of(out.data, out.len), IDENTIFIER_IP);
        assert_int_equal(intern_find(&fitted.disguise.values, out.data, out.len), INTERN_NONE);
        assert_int_equal(intern_add(&drawn, out.data, out.len, &id), 0);
        buf_release(&out);
    }
    assert_in_range(drawn.count, 120, 280);
    intern_release(&drawn);
    end(&fitted);
}

/* Of 3000 jobs two in three came once: a log that is ten times as long has ten times as many of these, and those that
 * came often stay as few as can be told. */
static void values_that_came_once_are_new_in_a_longer_log(void **state)
{
    (void)state;
    struct fitted fitted;
    struct intern drawn = INTERN_INIT;
    char text[24];
    begin(&fitted);
    for (unsigned i = 0; i < 3000; i++) {
        snprintf(text, sizeof text, "job-%u-x", 1000000 + i * 1777);
        add(&fitted, text, i % 3 == 0 ? 3 : 1);
    }
    fit(&fitted, MASK_ID);
    for (uint64_t i = 0; i < 50000; i++) { /* 5000 were seen, 2000 of them once */
        struct buf out = BUF_INIT;
        struct rng rng;
        uint32_t id;
        rng_init(&rng, 4, 4, i);
        value_model_draw(&fitted.model, &rng, &out);
        assert_memory_equal(out.data, "job-", 4);
        assert_int_equal(intern_add(&drawn, out.data, out.len, &id), 0);
        buf_release(&out);
    }
    assert_in_range(drawn.count, 12000, 28000);
    intern_release(&drawn);
    end(&fitted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identifiers_never_appear_and_stay_one),
        cmocka_unit_test(what_is_allowed_and_what_is_frequent_appears),
        cmocka_unit_test(constant_text_loses_what_is_one_by_its_form),
        cmocka_unit_test(no_word_of_a_name_stays),
        cmocka_unit_test(no_fake_is_a_real_one),
        cmocka_unit_test(frequent_values_keep_their_shares),
        cmocka_unit_test(values_that_never_repeat_do_not),
        cmocka_unit_test(as_many_addresses_as_there_were_come_out),
        cmocka_unit_test(values_that_came_once_are_new_in_a_longer_log),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
