#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input/source.h"
#include "tests/lib/packing.h"
#include "tests/lib/scratch.h"

#define TEXT_LEN ((size_t)300000)
static char text[TEXT_LEN];

static struct spool spool = SPOOL_INIT;

static void holds(const struct source *source, const char *data, size_t len)
{
    char *got = malloc(len + 10);
    size_t n;
    assert_non_null(got);
    assert_int_equal(source->size, len);
    assert_int_equal(source_read(source, 0, got, len + 10, &n, NULL), 0);
    assert_int_equal(n, len);
    assert_memory_equal(got, data, len);
    if (len > 100) {
        assert_int_equal(source_read(source, len - 50, got, 100, &n, NULL), 0);
        assert_int_equal(n, 50);
        assert_memory_equal(got, data + len - 50, 50);
    }
    assert_int_equal(source_read(source, len, got, 1, &n, NULL), 0);
    assert_int_equal(n, 0);
    free(got);
}

static int open_all(const char *path, struct source *source, struct lw_error *err)
{
    int code = source_open(path, true, &spool, NULL, source, err);
    return code != 0 ? code : source_fill(source, NULL, err);
}

static void opens(const char *path, const char *data, size_t len, const char *problem)
{
    struct source source;
    struct lw_error err = {0};
    int code = open_all(path, &source, &err);
    if (code != 0)
        fail_msg("%s", err.text);
    if (problem == NULL)
        assert_null(source.problem);
    else
        assert_string_equal(source.problem, problem);
    holds(&source, data, len);
    source_release(&source);
}

static void refuses(const char *path, enum lw_code code, const char *words)
{
    struct source source = {.fd = -7};
    struct lw_error err = {0};
    assert_int_equal(source_open(path, true, &spool, NULL, &source, &err), code);
    assert_int_equal(err.code, code);
    if (strstr(err.text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
    assert_int_equal(source.fd, -7);
}

static unsigned char packed[2 * TEXT_LEN];

static void reads_plain_files_in_place(void **state)
{
    (void)state;
    uint64_t before = spool.len;
    opens(scratch_write("plain", text, TEXT_LEN), text, TEXT_LEN, NULL);
    opens(scratch_write("empty", "", 0), "", 0, NULL);
    assert_true(spool.len == before);
    struct source source;
    assert_int_equal(source_open(scratch_path("plain"), false, &spool, NULL, &source, NULL), 0);
    assert_true(spool.len == before + TEXT_LEN);
    assert_false(source.owns_fd);
    holds(&source, text, TEXT_LEN);
    source_release(&source);
}

/* The words that a problem has for a packing. */
static const char *say(const char *format, const char *name)
{
    static char words[100];
    snprintf(words, sizeof words, format, name);
    return words;
}

static void unpacks_by_content(void **state)
{
    (void)state;
    size_t half = TEXT_LEN / 2;
    for (size_t kind = 0; kind < N_PACKINGS; kind++) {
        const struct packing_row *row = &packing_rows[kind];
        size_t n = row->pack(text, half, packed, sizeof packed);
        n += row->pack(text + half, TEXT_LEN - half, packed + n, sizeof packed - n);
        opens(scratch_write("two-members.log", packed, n), text, TEXT_LEN, NULL);
        memset(packed + n, 0, 512);
        opens(scratch_write("padded.log", packed, n + 512), text, TEXT_LEN, NULL);
        memset(packed + n, 'x', 512);
        opens(scratch_write("trailed.log", packed, n + 512), text, TEXT_LEN,
              say("other data follows the %s data", row->name));
        n = row->pack("", 0, packed, sizeof packed);
        opens(scratch_write("nothing", packed, n), "", 0, NULL);
    }
    opens(scratch_write("word", "BZh91AY is no bzip2\n", 20), "BZh91AY is no bzip2\n", 20, NULL);
    opens(scratch_write("letters", "BZh", 3), "BZh", 3, NULL);
}

/* However much is missing at the end, what is there is kept, and the source says so. */
static void keeps_what_damaged_data_gives(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < N_PACKINGS; kind++) {
        const struct packing_row *row = &packing_rows[kind];
        size_t n = row->pack(text, TEXT_LEN, packed, sizeof packed);
        size_t before = 0;
        for (size_t cut = 20; cut < n; cut += n / 7) {
            struct source source;
            assert_int_equal(open_all(scratch_write("cut", packed, cut), &source, NULL), 0);
            assert_string_equal(source.problem, say("%s data ends early", row->name));
            assert_true(source.size < TEXT_LEN && source.size >= before);
            before = (size_t)source.size;
            holds(&source, text, before);
            source_release(&source);
        }
        assert_true(before > 0);
        memset(packed + n / 2, 0x5a, 40);
        struct source source;
        assert_int_equal(open_all(scratch_write("damaged", packed, n), &source, NULL), 0);
        assert_string_equal(source.problem, say("%s data is damaged", row->name));
        source_release(&source);
    }
}

static void notes_binary_data_and_keeps_it(void **state)
{
    (void)state;
    char data[4096];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (char)(i * 7);
    opens(scratch_write("binary", data, sizeof data), data, sizeof data, "looks like binary data, not text");
    static const char latin1[] = "caf\xe9 \x1b[31mred\x1b[0m and one NUL\0 in much text, which is no reason to worry\n";
    opens(scratch_write("latin1", latin1, sizeof latin1 - 1), latin1, sizeof latin1 - 1, NULL);
}

static void refuses_what_is_no_file(void **state)
{
    (void)state;
    refuses(scratch_path("missing"), LW_ERR_NOT_FOUND, "No such file");
    refuses("/tmp", LW_ERR_USAGE, "is a folder; give its files, such as /tmp/*");
    refuses("", LW_ERR_USAGE, "empty");
    const char *path = scratch_write("secret", "x\n", 2);
    chmod(path, 0);
    if (access(path, R_OK) != 0)
        refuses(path, LW_ERR_IO, "Permission denied");
    chmod(path, 0600);
}

static void *fill_pipe(void *path)
{
    int fd = open(path, O_WRONLY);
    for (size_t at = 0; at < TEXT_LEN;) {
        ssize_t n = write(fd, text + at, TEXT_LEN - at < 5000 ? TEXT_LEN - at : 5000);
        assert_true(n > 0);
        at += (size_t)n;
    }
    close(fd);
    return NULL;
}

static void reads_pipes(void **state)
{
    (void)state;
    char *path = (char *)(uintptr_t)scratch_path("pipe");
    assert_int_equal(mkfifo(path, 0600), 0);
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, fill_pipe, path), 0);
    opens(path, text, TEXT_LEN, NULL);
    pthread_join(writer, NULL);
}

static void shows_what_a_pipe_has_given_so_far(void **state)
{
    (void)state;
    char *path = strdup(scratch_path("slow"));
    assert_int_equal(mkfifo(path, 0600), 0);
    struct source source;
    uint64_t grown;
    assert_int_equal(source_open(path, true, &spool, NULL, &source, NULL), 0);
    assert_int_equal(source_pump(&source, 1000, 0, &grown, NULL), 0); /* nobody writes to it yet */
    assert_int_equal(grown, 0);
    assert_false(source.is_whole);
    int fd = open(path, O_WRONLY);
    for (size_t at = 0; at < 3000; at += 300) {
        assert_int_equal(write(fd, text + at, 300), 300);
        assert_int_equal(source_pump(&source, 1000, 1000, &grown, NULL), 0);
        assert_int_equal(grown, 300);
        assert_false(source.is_whole);
        holds(&source, text, at + 300);
    }
    assert_int_equal(source_pump(&source, 1000, 0, &grown, NULL), 0);
    assert_int_equal(grown, 0);
    close(fd);
    assert_int_equal(source_pump(&source, 1000, 1000, &grown, NULL), 0);
    assert_true(source.is_whole);
    holds(&source, text, 3000);
    source_release(&source);
    free(path);
}

/* The first of it is there long before the last. */
static void unpacks_piece_by_piece(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < N_PACKINGS; kind++) {
        size_t n = packing_rows[kind].pack(text, TEXT_LEN, packed, sizeof packed);
        struct source source;
        uint64_t grown;
        assert_int_equal(source_open(scratch_write("piece", packed, n), true, &spool, NULL, &source, NULL), 0);
        assert_int_equal(source.size, 0);
        for (size_t before = 0; !source.is_whole; before = (size_t)source.size) {
            assert_int_equal(source_pump(&source, 1, 0, &grown, NULL), 0);
            assert_int_equal(source.size, before + grown);
            assert_true(grown > 0 || source.is_whole);
        }
        assert_null(source.problem);
        holds(&source, text, TEXT_LEN);
        source_release(&source);
    }
}

static void reads_standard_input_from_where_it_stands(void **state)
{
    (void)state;
    int saved = dup(0), fd = open(scratch_write("input", text, TEXT_LEN), O_RDONLY);
    assert_int_equal(lseek(fd, 1000, SEEK_SET), 1000);
    dup2(fd, 0);
    opens("-", text + 1000, TEXT_LEN - 1000, NULL);
    dup2(saved, 0);
    close(saved);
    close(fd);
}

static void reports_a_file_that_shrank(void **state)
{
    (void)state;
    struct source source;
    const char *path = scratch_write("shrinks", text, 1000);
    assert_int_equal(source_open(path, true, &spool, NULL, &source, NULL), 0);
    assert_int_equal(truncate(path, 500), 0);
    char data[1000];
    size_t got;
    struct lw_error err;
    assert_int_equal(source_read(&source, 0, data, sizeof data, &got, &err), LW_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "shrank"));
    source_release(&source);
}

static enum source_state look(struct source *source, uint64_t grown)
{
    struct source_news news;
    assert_int_equal(source_look(source, &news, NULL), 0);
    assert_int_equal(news.grown, grown);
    return news.state;
}

static void append(const char *path, const char *data, size_t len)
{
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    fclose(file);
}

static void sees_a_file_grow_and_rotate(void **state)
{
    (void)state;
    struct source source;
    char *path = strdup(scratch_write("grows", text, 10)), *old = strdup(scratch_path("grows.1"));
    assert_int_equal(source_open(path, true, &spool, NULL, &source, NULL), 0);
    assert_int_equal(look(&source, 0), SOURCE_SAME);
    append(path, text + 10, 990);
    assert_int_equal(look(&source, 990), SOURCE_SAME);
    holds(&source, text, 1000);
    assert_int_equal(rename(path, old), 0);
    assert_int_equal(look(&source, 0), SOURCE_VANISHED);
    append(old, text + 1000, 500);
    scratch_write("grows", text, 2000);
    assert_int_equal(look(&source, 500), SOURCE_REPLACED);
    unlink(old);
    holds(&source, text, 1500);
    source_release(&source);
    free(path);
    free(old);
}

static void sees_a_file_start_over(void **state)
{
    (void)state;
    char data[10];
    size_t got;
    for (size_t len = 0; len <= 2000; len += 500) { /* shorter, as long, and longer than before */
        struct source source;
        char *path = strdup(scratch_write("over", text, 1000));
        assert_int_equal(source_open(path, true, &spool, NULL, &source, NULL), 0);
        scratch_write("over", text + 7, len);
        assert_int_equal(look(&source, 0), SOURCE_TRUNCATED);
        assert_int_equal(source_read(&source, 0, data, sizeof data, &got, NULL), LW_ERR_NOT_FOUND);
        assert_int_equal(look(&source, 0), SOURCE_TRUNCATED);
        source_release(&source);
        opens(path, text + 7, len, NULL);
        free(path);
    }
}

static void reports_a_spool_without_room(void **state)
{
    (void)state;
    struct spool own = SPOOL_INIT;
    struct source source;
    struct lw_error err;
    const char *path = scratch_write("large", text, TEXT_LEN);
    char *folder = getenv("TMPDIR") != NULL ? strdup(getenv("TMPDIR")) : NULL;
    setenv("TMPDIR", "/does/not/exist", 1);
    assert_int_equal(source_open(path, false, &own, NULL, &source, &err), LW_ERR_IO);
    assert_non_null(strstr(err.text, "TMPDIR"));
    if (folder != NULL)
        setenv("TMPDIR", folder, 1);
    else
        unsetenv("TMPDIR");
    free(folder);
    struct rlimit limit, small;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small = limit;
    small.rlim_cur = 10000;
    setrlimit(RLIMIT_FSIZE, &small);
    int code = source_open(path, false, &own, NULL, &source, &err);
    setrlimit(RLIMIT_FSIZE, &limit);
    assert_int_equal(code, LW_ERR_IO);
    assert_non_null(strstr(err.text, "more room"));
    spool_release(&own);
}

static int set_up(void **state)
{
    for (size_t i = 0; i < TEXT_LEN; i++)
        text[i] = i % 61 == 60 ? '\n' : (char)('a' + (i * i / 7 + i / 1000) % 26);
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
        cmocka_unit_test(reads_plain_files_in_place),
        cmocka_unit_test(unpacks_by_content),
        cmocka_unit_test(keeps_what_damaged_data_gives),
        cmocka_unit_test(notes_binary_data_and_keeps_it),
        cmocka_unit_test(refuses_what_is_no_file),
        cmocka_unit_test(reads_pipes),
        cmocka_unit_test(shows_what_a_pipe_has_given_so_far),
        cmocka_unit_test(unpacks_piece_by_piece),
        cmocka_unit_test(reads_standard_input_from_where_it_stands),
        cmocka_unit_test(reports_a_file_that_shrank),
        cmocka_unit_test(sees_a_file_grow_and_rotate),
        cmocka_unit_test(sees_a_file_start_over),
        cmocka_unit_test(reports_a_spool_without_room),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
