#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "learn/identifiers.h"
#include "learn/value.h"
#include "logwright.h"

#define NAMED(kind, text)                                                                                              \
    {                                                                                                                  \
        IDENTIFIER_##kind, text                                                                                        \
    }
static const struct {
    enum identifier kind;
    const char *text;
} values[] = {
    NAMED(IP, "10.250.19.102"),
    NAMED(IP, "fe80::f816:3eff:fe6c:1a2b"),
    NAMED(IP, "2001:db8::1"),
    NAMED(IP, "::ffff:192.168.4.17"),
    NAMED(IP, "/10.250.19.102:54106"),
    NAMED(IP, "node/10.0.0.7:8020"),
    NAMED(MAC, "fa:16:3e:12:ab:9f"),
    NAMED(MAC, "00-1B-44-11-3A-B7"),
    NAMED(MAIL, "ann.lee+x@mail.example.com"),
    NAMED(HOST, "ec2-52-80-34-196.cn-north-1.compute.amazonaws.com.cn"),
    NAMED(HOST, "db1.prod.internal"),
    NAMED(HOST, "www.example.org"),
    NAMED(HOST, "worker-17:50010"),
    NAMED(PATH, "/home/ann/secret plan.txt" + 0),
    NAMED(PATH, "/mnt/hadoop/mapred/system/job_200811101024_0002/job.jar"),
    NAMED(PATH, "C:\\Users\\ann\\notes.txt"),
    NAMED(PATH, "~/notes/today.md"),
    NAMED(PATH, "/index.html HTTP/1.1"),
    NAMED(URL, "https://ann:pw@shop.example.com:8443/cart?item=17"),
    NAMED(URL, "hdfs://10.0.0.7:8020/user/ann/part-00000"),
    NAMED(UUID, "78dc1847-8848-49cc-933e-9239b12c9dcf"),
    NAMED(TOKEN, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w"),
    NAMED(TOKEN, "AKIAIOSFODNN7EXAMPLE"),
    NAMED(TOKEN, "d41d8cd98f00b204e9800998ecf8427e"),
    NAMED(TOKEN, "q7Zk2Lw9Xb4Tn1Vc8Rm5Yp3D"),
    NAMED(CARD, "4111111111111111"),
    NAMED(CARD, "5500-0000-0000-0004"),
    NAMED(CARD, "3782 822463 10005"),
    NAMED(PHONE, "+49 30 1234567"),
    NAMED(PHONE, "(555) 123-4567"),
    NAMED(PHONE, "555-123-4567"),
    NAMED(NONE, "4111111111111112"),
    NAMED(NONE, "127.0.0.1"),
    NAMED(NONE, "255.255.255.0"),
    NAMED(NONE, "1.2.3.4.5"),
    NAMED(NONE, "10:59:33"),
    NAMED(NONE, "org.apache.hadoop.io"),
    NAMED(NONE, "dfs.DataNode"),
    NAMED(NONE, "main.rs"),
    NAMED(NONE, "mapred.job.id"),
    NAMED(NONE, "std::string"),
    NAMED(NONE, "and/or"),
    NAMED(NONE, "/"),
    NAMED(NONE, "blk_-1608999687919862906"),
    NAMED(NONE, "2008-11-09"),
    NAMED(NONE, "1226179093437123"),
    NAMED(NONE, "hello"),
    NAMED(NONE, "mWifiDisplayScanRequestCount=0"),
    NAMED(TOKEN, "q7Zk2Lw9Xb4Tn1Vc8Rm5Yp3D=="),
    NAMED(NONE, "R02-M1-N0-C:J12-U11"),
    NAMED(NONE, "0x7ffe8a"),
    NAMED(NONE, ""),
};
#define N_VALUES (sizeof values / sizeof *values)

static const char *text_of(size_t i, size_t *len)
{
    const char *blank = values[i].kind == IDENTIFIER_PATH ? strstr(values[i].text, " plan") : NULL;
    *len = blank != NULL ? (size_t)(blank - values[i].text) : strlen(values[i].text);
    return values[i].text;
}

static void tells_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_VALUES; i++) {
        size_t len;
        const char *text = text_of(i, &len);
        enum identifier kind = identifier_of(text, len);
        if (kind != values[i].kind)
            fail_msg("'%s' is '%s', not '%s'", text, identifier_name(kind), identifier_name(values[i].kind));
    }
}

static int write_match(void *user, const struct identifier_match *match)
{
    char **end = user;
    *end += sprintf(*end, "%s%s:%zu+%zu ", match->is_weak ? "?" : "", identifier_name(match->kind), match->start,
                    match->len);
    return 0;
}

static void finds_them_in_text(void **state)
{
    (void)state;
    static const struct {
        const char *text, *found;
    } cases[] = {
        {"Receiving block blk_-1 src: /10.250.19.102:54106 dest: /10.250.19.102:50010", "ip:29+13 ip:56+13 "},
        {"session opened for user ann by (uid=0)", "?user:24+3 "},
        {"session opened for user root by (uid=0)", ""},
        {"authentication failure; user unknown", ""},
        {"check pass; user=bob rhost=h17", "user:17+3 host:27+3 "},
        {"{\"user\": \"ann\", \"password\":\"tr0ub4dor&3\"}", "user:10+3 token:28+11 "},
        {"from ann@example.com, to <bob@example.org>.", "mail:5+15 mail:26+15 "},
        {"open(/etc/app/x.conf): see https://a.example.com/b.", "path:5+15 url:27+23 "},
        {"at org.example.Main.run(Main.java:17)", ""},
        {"took 3.5 KB/s, 10/12 done", ""},
        {"pay 4111 1111 1111 1111 now", "card:4+19 "},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char found[500] = "", *end = found;
        assert_int_equal(identifier_scan(cases[i].text, strlen(cases[i].text), write_match, &end), 0);
        if (strcmp(found, cases[i].found) != 0)
            fail_msg("'%s': %s", cases[i].text, found);
    }
}

static void believes_names_of_fields(void **state)
{
    (void)state;
    assert_int_equal(identifier_of_named("src_host", 8, "n17", 3), IDENTIFIER_HOST);
    assert_int_equal(identifier_of_named("userName", 8, "ann", 3), IDENTIFIER_USER);
    assert_int_equal(identifier_of_named("api_key", 7, "abcdefg", 7), IDENTIFIER_TOKEN);
    assert_int_equal(identifier_of_named("user", 4, "root", 4), IDENTIFIER_NONE);
    assert_int_equal(identifier_of_named("user", 4, "[unknown]", 9), IDENTIFIER_NONE);
    assert_int_equal(identifier_of_named("user", 4, "(null)", 6), IDENTIFIER_NONE);
    assert_int_equal(identifier_of_named("user", 4, "17", 2), IDENTIFIER_NONE);
    assert_int_equal(identifier_of_named("state", 5, "open", 4), IDENTIFIER_NONE);
    assert_int_equal(identifier_of_named("state", 5, "10.1.2.3", 8), IDENTIFIER_IP);
}

static void tells_whether_one_stands_in_a_value(void **state)
{
    (void)state;
    static const struct {
        const char *before, *name, *value;
        bool is_there;
    } cases[] = {
        {"for user=", "user", "bob", true}, {"for user_name: '", "user_name", "bob", true},
        {"state ", "state", "open", false}, {"state ", "state", "open to 10.1.2.3", true},
        {" = [", "", "bob", false},         {"", "", "ann@example.com", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lw_bytes before = {cases[i].before, strlen(cases[i].before)}, name = identifier_name_before(before);
        assert_int_equal(name.len, strlen(cases[i].name));
        assert_memory_equal(name.data, cases[i].name, name.len);
        assert_int_equal(identifier_stands_in(name, cases[i].value, strlen(cases[i].value)), cases[i].is_there);
    }
}

static void names_are_read_again(void **state)
{
    (void)state;
    for (unsigned kind = IDENTIFIER_NONE + 1; kind < IDENTIFIER_COUNT; kind++) {
        const char *name = identifier_name((enum identifier)kind);
        assert_int_equal(identifier_by_name(name, strlen(name)), kind);
    }
    assert_int_equal(identifier_by_name("", 0), IDENTIFIER_NONE);
    assert_int_equal(identifier_by_name("ipx", 3), IDENTIFIER_NONE);
}

static enum mask mask_of(const char *text, size_t len)
{
    unsigned all = value_classes(text, len);
    return len == 0 || (all & (BYTE_SPACE | BYTE_MARK)) != 0 ? MASK_NONE : value_mask(text, len, all);
}

struct fake {
    const char *text;
    size_t n;
};

static int check_fake(void *user, const struct identifier_match *match)
{
    const char *text = ((struct fake *)user)->text + match->start;
    for (uint64_t key = 0; key < 20; key++) {
        struct buf fake = BUF_INIT, again = BUF_INIT;
        assert_int_equal(identifier_fake(match->kind, text, match->len, key, NULL, NULL, &fake), 0);
        assert_int_equal(identifier_fake(match->kind, text, match->len, key, NULL, NULL, &again), 0);
        assert_string_equal(fake.data, again.data);
        assert_false(fake.len == match->len && memcmp(fake.data, text, match->len) == 0);
        if (identifier_of(fake.data, fake.len) != identifier_of(text, match->len) ||
            mask_of(fake.data, fake.len) != mask_of(text, match->len))
            fail_msg("'%s' for '%.*s'", fake.data, (int)match->len, text);
        buf_release(&fake);
        buf_release(&again);
    }
    ((struct fake *)user)->n++;
    return 0;
}

static void fakes_read_like_the_real_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_VALUES; i++) {
        size_t len;
        struct fake fake = {text_of(i, &len), 0};
        identifier_scan(fake.text, len, check_fake, &fake);
        assert_true(fake.n == (values[i].kind != IDENTIFIER_NONE));
    }
    struct fake named = {"user=bob login: ann-marie", 0};
    identifier_scan(named.text, strlen(named.text), check_fake, &named);
    assert_int_equal(named.n, 2);
}

static bool is_known(void *user, const char *text, size_t len)
{
    (void)text;
    (void)len;
    return (*(unsigned *)user)++ < 30;
}

static bool is_always(void *user, const char *text, size_t len)
{
    (void)user;
    (void)text;
    (void)len;
    return true;
}

static void goes_on_while_taken(void **state)
{
    (void)state;
    struct buf fake = BUF_INIT;
    unsigned asked = 0;
    assert_int_equal(identifier_fake(IDENTIFIER_USER, "bob", 3, 7, is_known, &asked, &fake), 0);
    assert_true(asked == 31 && fake.len >= 3);
    size_t len = fake.len;
    assert_int_equal(identifier_fake(IDENTIFIER_USER, "bob", 3, 7, is_always, NULL, &fake), LW_ERR_LIMIT);
    assert_int_equal(fake.len, len);
    buf_release(&fake);
}

static int check_inside(void *user, const struct identifier_match *match)
{
    size_t *end = user;
    assert_true(match->start >= end[0] && match->len > 0 && match->start + match->len <= end[1]);
    end[0] = match->start + match->len;
    return 0;
}

/* Any bytes: matches lie inside, in order, and do not overlap. */
static void stays_inside(void **state)
{
    (void)state;
    static const char alphabet[] = "aZf09.:/-@_+=~\\ (\"'\0\x80\xff#eyJ";
    uint32_t x = 1;
    char text[120];
    for (size_t round = 0; round < 20000; round++) {
        size_t len = round % sizeof text;
        for (size_t i = 0; i < len; i++) {
            x = x * 1664525u + 1013904223u;
            text[i] = alphabet[(x >> 16) % (sizeof alphabet - 1)];
        }
        char *copy = malloc(len + 1); /* so that a sanitizer sees reads past it */
        assert_non_null(copy);
        memcpy(copy, text, len);
        copy = realloc(copy, len > 0 ? len : 1);
        assert_non_null(copy);
        size_t end[2] = {0, len};
        identifier_scan(copy, len, check_inside, end);
        free(copy);
    }
}

static void is_linear(void **state)
{
    (void)state;
    static const char *const units[] = {"a",  "a.", "a-",  "a/",  "1.",  "1 ", "a@",
                                        "+1", "f:", "eyJ", "://", "\\a", "A1b"};
    size_t len = 1 << 18; /* a step for each pair of bytes would take minutes */
    char *text = malloc(len);
    assert_non_null(text);
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        for (size_t i = 0, n = strlen(units[u]); i < len; i++)
            text[i] = units[u][i % n];
        size_t end[2] = {0, len};
        clock_t start = clock();
        identifier_scan(text, len, check_inside, end);
        double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        if (seconds > 20)
            fail_msg("'%s': %f s", units[u], seconds);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_values),
        cmocka_unit_test(finds_them_in_text),
        cmocka_unit_test(believes_names_of_fields),
        cmocka_unit_test(tells_whether_one_stands_in_a_value),
        cmocka_unit_test(names_are_read_again),
        cmocka_unit_test(fakes_read_like_the_real_ones),
        cmocka_unit_test(goes_on_while_taken),
        cmocka_unit_test(stays_inside),
        cmocka_unit_test(is_linear),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
