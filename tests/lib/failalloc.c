/*
 * The linker's --wrap sends the calls here. A table holds the blocks that were allocated since the last arming, so
 * that a block from before, or from strdup inside the C library, may be freed without upsetting the count.
 *
 * A first run notes the stack of calls that leads to each allocation; then the first, the second and the last of those
 * with the same stack fail in turn. Failing each of them was rejected: what the thousandth round of a loop does without
 * memory, the second does, and the time grows with the square of the allocations.
 */
#include "tests/lib/failalloc.h"

#include <execinfo.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#ifdef HAVE_LINKER_WRAP

enum { MAX_BLOCKS = 1 << 16, DEPTH = 16 };

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_armed;
static bool has_failed;
static unsigned countdown; /* allocations until the one that fails */
static uint64_t *stacks;   /* [n_stacks] a hash of the stack of each allocation that is noted */
static size_t n_stacks, cap_stacks;
static bool is_noting;
static size_t n_live;
static void *live[MAX_BLOCKS]; /* hashed by address, linear probing */

static size_t slot_of(const void *block)
{
    return (size_t)(((uint64_t)(uintptr_t)block * UINT64_C(0x9e3779b97f4a7c15)) >> 48);
}

static void note_new(void *block)
{
    if (!is_armed || !block)
        return;
    if (n_live > MAX_BLOCKS / 2)
        abort(); /* the body is too big for this table */
    size_t i = slot_of(block);
    while (live[i])
        i = (i + 1) % MAX_BLOCKS;
    live[i] = block;
    n_live++;
}

/* Takes out slot i and moves up what had to step past it. */
static void close_gap(size_t i)
{
    for (size_t at = (i + 1) % MAX_BLOCKS; live[at]; at = (at + 1) % MAX_BLOCKS) {
        size_t wish = slot_of(live[at]);
        bool stays = i <= at ? i < wish && wish <= at : i < wish || wish <= at;
        if (!stays) {
            live[i] = live[at];
            i = at;
        }
    }
    live[i] = NULL;
}

static void note_gone(const void *block)
{
    if (!block || !n_live)
        return;
    for (size_t i = slot_of(block); live[i]; i = (i + 1) % MAX_BLOCKS) {
        if (live[i] == block) {
            close_gap(i);
            n_live--;
            return;
        }
    }
}

static void note_stack(void)
{
    void *frames[DEPTH];
    int n = backtrace(frames, DEPTH);
    uint64_t hash = 0;
    for (int i = 0; i < n; i++)
        hash = (hash ^ (uint64_t)(uintptr_t)frames[i]) * UINT64_C(0x9e3779b97f4a7c15);
    if (n_stacks == cap_stacks) {
        cap_stacks = cap_stacks ? 2 * cap_stacks : 1024;
        stacks = __real_realloc(stacks, cap_stacks * sizeof *stacks);
        if (!stacks)
            abort();
    }
    stacks[n_stacks++] = hash;
}

static bool must_fail(void)
{
    if (is_noting)
        note_stack();
    if (!is_armed || has_failed)
        return false;
    has_failed = countdown == 0;
    countdown -= !has_failed;
    return has_failed;
}

void *__wrap_malloc(size_t size)
{
    pthread_mutex_lock(&lock);
    void *block = must_fail() ? NULL : __real_malloc(size);
    note_new(block);
    pthread_mutex_unlock(&lock);
    return block;
}

void *__wrap_calloc(size_t n, size_t size)
{
    pthread_mutex_lock(&lock);
    void *block = must_fail() ? NULL : __real_calloc(n, size);
    note_new(block);
    pthread_mutex_unlock(&lock);
    return block;
}

void *__wrap_realloc(void *block, size_t size)
{
    pthread_mutex_lock(&lock);
    void *moved = NULL;
    if (!must_fail()) {
        note_gone(block);
        moved = __real_realloc(block, size);
        note_new(moved);
    }
    pthread_mutex_unlock(&lock);
    return moved;
}

void __wrap_free(void *block)
{
    pthread_mutex_lock(&lock);
    note_gone(block);
    pthread_mutex_unlock(&lock);
    __real_free(block);
}

static void arm(unsigned nth)
{
    pthread_mutex_lock(&lock);
    memset(live, 0, sizeof live);
    n_live = 0;
    countdown = nth;
    has_failed = false;
    is_armed = true;
    pthread_mutex_unlock(&lock);
}

/* Whether an allocation failed; *n_left is the number of blocks that were not freed. */
static bool disarm(size_t *n_left)
{
    pthread_mutex_lock(&lock);
    is_armed = false;
    *n_left = n_live;
    bool failed = has_failed;
    pthread_mutex_unlock(&lock);
    return failed;
}

static void run_failing(int (*body)(void *user, struct lw_error *err), void *user, unsigned nth)
{
    struct lw_error err = {LW_OK, ""};
    size_t n_left;
    arm(nth);
    int code = body(user, &err);
    bool failed = disarm(&n_left);
    if (n_left)
        fail_msg("allocation %u failed: %zu blocks were left", nth + 1, n_left);
    if (!failed && code)
        fail_msg("no allocation failed, but the code is %d: %s", code, err.text);
    if (failed && code && (code != LW_ERR_MEMORY || (err.code != LW_OK && err.code != code)))
        fail_msg("allocation %u failed: the code is %d, the error %d: %s", nth + 1, code, (int)err.code, err.text);
}

static void note_stacks(int (*body)(void *user, struct lw_error *err), void *user)
{
    void *frame;
    (void)backtrace(&frame, 1); /* loads what it needs, which allocates */
    n_stacks = 0;
    is_noting = true;
    run_failing(body, user, UINT32_MAX);
    is_noting = false;
}

/* Whether allocation i is the first, the second or the last of its stack. */
static bool is_chosen(size_t i)
{
    size_t before = 0, after = 0;
    for (size_t k = 0; k < i && before < 2; k++)
        before += stacks[k] == stacks[i];
    for (size_t k = i + 1; k < n_stacks && after < 1; k++)
        after += stacks[k] == stacks[i];
    return before < 2 || after == 0;
}

void failalloc_each(int (*body)(void *user, struct lw_error *err), void *user)
{
    note_stacks(body, user);
    for (size_t i = 0; i < n_stacks; i++)
        if (is_chosen(i))
            run_failing(body, user, (unsigned)i);
}

#else

void failalloc_each(int (*body)(void *user, struct lw_error *err), void *user)
{
    (void)body;
    (void)user;
    skip();
}

#endif
