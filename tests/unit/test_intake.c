/* Nothing is dropped or altered: random bytes in random pieces come back whole from every kind of source. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rng.h"
#include "input/source.h"
#include "tests/lib/packing.h"
#include "tests/lib/scratch.h"

#define MAX_LEN ((size_t)200000)
#define ROUNDS  12

static struct spool spool = SPOOL_INIT;
static struct rng rng;
static char data[MAX_LEN];
static size_t len;

/* Bytes of a random kind: any, text, or runs, as they pack best. */
static void draw_data(void)
{
    uint64_t kind = rng_below(&rng, 3);
    len = (size_t)rng_below(&rng, rng_below(&rng, 3) == 0 ? 100 : MAX_LEN);
    for (size_t i = 0; i < len; i++)
        data[i] = kind == 0                ? (char)rng_below(&rng, 256)
                  : kind == 1              ? "abc \n"[rng_below(&rng, 5)]
                  : i > 0 && i % 1000 != 0 ? data[i - 1]
                                           : (char)rng_below(&rng, 256);
    if (kind == 2 && len > 0)
        data[0] = '\n'; /* never the start of something packed */
    if (kind == 0 && len > 0)
        data[0] = 'a';
}

static void comes_back(struct source *source)
{
    static char got[MAX_LEN + 1];
    size_t n = 0, at = 0;
    assert_int_equal(source->size, len);
    while (at < len) {
        size_t ask = 1 + (size_t)rng_below(&rng, 70000);
        assert_int_equal(source_read(source, at, got + at, ask < MAX_LEN - at ? ask : MAX_LEN - at, &n, NULL), 0);
        assert_true(n > 0);
        at += n;
    }
    assert_int_equal(at, len);
    assert_memory_equal(got, data, len);
}

/* Takes it in by random amounts; all that is there is right at any time. */
static void pump(struct source *source)
{
    while (!source->is_whole) {
        uint64_t grown;
        assert_int_equal(source_pump(source, 1 + rng_below(&rng, 100000), 1000, &grown, NULL), 0);
    }
}

static void opens(const char *path, bool keep_fd)
{
    struct source source;
    struct lw_error err = {0};
    if (source_open(path, keep_fd, &spool, NULL, &source, &err) != 0)
        fail_msg("%s", err.text);
    pump(&source);
    comes_back(&source);
    source_release(&source);
}

static void plain_files(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        draw_data();
        opens(scratch_write("plain", data, len), round % 2 == 0);
    }
}

static void packed_files(void **state)
{
    (void)state;
    static unsigned char packed[2 * MAX_LEN + 100000];
    for (int round = 0; round < ROUNDS; round++)
        for (size_t kind = 0; kind < N_PACKINGS; kind++) {
            draw_data();
            size_t n = 0, at = 0;
            do { /* a member each */
                size_t piece = len - at > 0 ? 1 + (size_t)rng_below(&rng, len - at) : 0;
                n += packing_rows[kind].pack(data + at, piece, packed + n, sizeof packed - n);
                at += piece;
            } while (at < len && n < sizeof packed - 1000 && len < 1000);
            if (at < len)
                n += packing_rows[kind].pack(data + at, len - at, packed + n, sizeof packed - n);
            opens(scratch_write("packed", packed, n), round % 2 == 0);
        }
}

struct writer {
    int fd;
    uint64_t seed;
};

static void *write_pieces(void *arg)
{
    struct writer *writer = arg;
    struct rng own;
    rng_init(&own, writer->seed, 1, 0);
    for (size_t at = 0; at < len;) {
        size_t piece = 1 + (size_t)rng_below(&own, rng_below(&own, 2) == 0 ? 20 : 90000);
        ssize_t n = write(writer->fd, data + at, piece < len - at ? piece : len - at);
        if (n < 0 && errno != EINTR)
            break;
        at += n > 0 ? (size_t)n : 0;
    }
    close(writer->fd);
    return NULL;
}

static void *open_and_write(void *arg)
{
    struct writer writer = {open(arg, O_WRONLY), 3};
    return write_pieces(&writer);
}

static void named_pipes(void **state)
{
    (void)state;
    char *path = strdup(scratch_path("pipe"));
    assert_int_equal(mkfifo(path, 0600), 0);
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t thread;
        draw_data();
        assert_int_equal(pthread_create(&thread, NULL, open_and_write, path), 0);
        opens(path, round % 2 == 0);
        pthread_join(thread, NULL);
    }
    free(path);
}

static void standard_input(void **state)
{
    (void)state;
    int saved = dup(STDIN_FILENO);
    for (int round = 0; round < ROUNDS; round++) {
        int ends[2];
        pthread_t thread;
        draw_data();
        assert_int_equal(pipe(ends), 0);
        struct writer writer = {ends[1], (uint64_t)round};
        dup2(ends[0], STDIN_FILENO);
        close(ends[0]);
        assert_int_equal(pthread_create(&thread, NULL, write_pieces, &writer), 0);
        opens("-", round % 2 == 0);
        pthread_join(thread, NULL);
    }
    dup2(saved, STDIN_FILENO);
    close(saved);
}

static void files_that_grow(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct source source;
        struct source_news news;
        size_t at = 0;
        draw_data();
        const char *path = scratch_write("grows", "", 0);
        int fd = open(path, O_WRONLY);
        assert_int_equal(source_open(path, true, &spool, NULL, &source, NULL), 0);
        while (at < len) {
            size_t piece = 1 + (size_t)rng_below(&rng, 20000);
            piece = piece < len - at ? piece : len - at;
            assert_int_equal(write(fd, data + at, piece), piece);
            at += piece;
            assert_int_equal(source_look(&source, &news, NULL), 0);
            assert_int_equal(news.state, SOURCE_SAME);
            assert_int_equal(news.grown, piece);
        }
        comes_back(&source);
        source_release(&source);
        close(fd);
    }
}

/* Bytes that could begin something packed are not held back for ever. */
static void starts_of_magic_numbers(void **state)
{
    (void)state;
    static const char *const starts[] = {
        "BZh9", "BZh91AY&S", "\x1f\x8b", "\x28\xb5\x2f", "\xfd\x37zXZ", "__CURSOR", "__REALTIME_TIMESTAMP", "P*M", "B"};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        len = strlen(starts[i]);
        memcpy(data, starts[i], len);
        opens(scratch_write("start", data, len), true);
        opens(scratch_write("start", data, len), false);
        data[len++] = 'x';
        opens(scratch_write("start", data, len), false);
        static unsigned char packed[1000];
        opens(scratch_write("start", packed, pack_xz(data, len, packed, sizeof packed)), true);
    }
}

static int set_up(void **state)
{
    rng_init(&rng, 11, 0, 0);
    return scratch_set_up(state);
}

static int tear_down(void **state)
{
    spool_release(&spool);
    return scratch_tear_down(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_files),    cmocka_unit_test(packed_files),    cmocka_unit_test(named_pipes),
        cmocka_unit_test(standard_input), cmocka_unit_test(files_that_grow), cmocka_unit_test(starts_of_magic_numbers),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
