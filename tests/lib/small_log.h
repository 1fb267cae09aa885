/*
 * A small log for the tests of generation, written by a program that is a state machine itself: sessions log in, run
 * statements, sometimes fail and roll back, and log out. Each style writes the same events in another format.
 */
#ifndef LW_TESTS_SMALL_LOG_H
#define LW_TESTS_SMALL_LOG_H

#include <stdio.h>
#include <time.h>

#include "base/buf.h"
#include "base/rng.h"
#include "learn/model.h"
#include "tests/lib/scratch.h"

struct small_style {
    const char *name, *rule;
    /* time, level, session, pid, message */
    void (*line)(struct buf *out, const char *time, const char *level, unsigned session, unsigned pid,
                 const char *message);
};

static inline void small_line_plain(struct buf *out, const char *time, const char *level, unsigned session,
                                    unsigned pid, const char *message)
{
    buf_printf(out, "%s.123 %s [%u] db.session: %s (session s-%06u)\n", time, level, pid, message, session);
}

static inline void small_line_json(struct buf *out, const char *time, const char *level, unsigned session, unsigned pid,
                                   const char *message)
{
    buf_printf(out,
               "{\"time\":\"%sZ\",\"level\":\"%s\",\"logger\":\"db\",\"msg\":\"said \\\"%s\\\"\",\"pid\":%u,"
               "\"session\":\"s-%06u\"}\n",
               time, level, message, pid, session);
}

static inline void small_line_logfmt(struct buf *out, const char *time, const char *level, unsigned session,
                                     unsigned pid, const char *message)
{
    buf_printf(out, "time=%sZ level=%s session=s-%06u pid=%u msg=\"%s\"\n", time, level, session, pid, message);
}

static const struct small_style small_styles[] = {
    {"plain", "\\(session (s-[0-9]+)\\)", small_line_plain},
    {"json", "field:session", small_line_json},
    {"logfmt", "field:session", small_line_logfmt},
    {"plain in windows", "window:60s", small_line_plain},
};
#define N_SMALL_STYLES (sizeof small_styles / sizeof *small_styles)

struct small_session {
    unsigned number, pid, user;
    int step; /* what comes next */
    int64_t at;
};

/* Writes the next event of a session; false after its last one. */
static inline bool small_step(const struct small_style *style, struct small_session *session, struct rng *rng,
                              struct buf *out)
{
    char message[128], stamp[32];
    const char *level = "INFO";
    time_t clock = (time_t)session->at;
    struct tm tm;
    unsigned drawn = rng_u32(rng) % 100;
    bool is_last = false;
    switch (session->step) {
    case 0:
        snprintf(message, sizeof message, "connection authorized: user=u%u database=bank", session->user);
        session->step = 1;
        break;
    case 1:
        snprintf(message, sizeof message, "statement took %u ms on table t%u", rng_u32(rng) % 900, rng_u32(rng) % 5);
        session->step = drawn < 60 ? 1 : drawn < 90 ? 2 : 3;
        break;
    case 2:
        snprintf(message, sizeof message, "commit of transaction %u", 1000 + rng_u32(rng) % 9000);
        session->step = 4;
        break;
    case 3:
        snprintf(message, sizeof message, "deadlock detected while waiting for transaction %u",
                 1000 + rng_u32(rng) % 9000);
        level = "ERROR";
        session->step = 5;
        break;
    case 5:
        snprintf(message, sizeof message, "rollback done");
        level = "WARN";
        session->step = drawn < 30 ? 1 : 4;
        break;
    default:
        snprintf(message, sizeof message, "disconnection: user=u%u after %u requests", session->user,
                 rng_u32(rng) % 50);
        is_last = true;
    }
    gmtime_r(&clock, &tm);
    strftime(stamp, sizeof stamp, style->name[0] == 'p' ? "%Y-%m-%d %H:%M:%S" : "%Y-%m-%dT%H:%M:%S", &tm);
    style->line(out, stamp, level, session->number, session->pid, message);
    session->at += 1 + (int64_t)rng_below(rng, 4);
    return !is_last;
}

/* n sessions, up to eight at a time. */
static inline void small_write(const struct small_style *style, unsigned n, struct buf *out)
{
    struct small_session open[8];
    size_t n_open = 0;
    unsigned started = 0;
    int64_t now = 1767225600;
    struct rng rng;
    rng_init(&rng, 11, 4, 0);
    while (started < n || n_open > 0) {
        if (started < n && n_open < 8 && rng_u32(&rng) % 3 == 0) {
            open[n_open++] = (struct small_session){
                .number = 100000 + started * 7, .pid = 2000 + started, .user = rng_u32(&rng) % 40, .at = now};
            started++;
        }
        for (size_t i = 0; i < n_open; i++)
            if (open[i].at <= now && !small_step(style, &open[i], &rng, out))
                open[i--] = open[--n_open];
        now++;
    }
}

/* Opens text as a log, by way of a file in the test's folder. */
static inline int small_open(const char *file, const struct buf *text, struct lw_log **out, struct lw_error *err)
{
    const char *const paths[] = {scratch_write(file, text->data, text->len)};
    return lw_log_open(paths, 1, NULL, NULL, out, err);
}

static inline int small_learn(const struct lw_log *log, const char *rule_text, struct model **out, struct lw_error *err)
{
    struct trace_rule *rule = NULL;
    struct counts *counts = NULL;
    struct edits edits = {NULL, 0, 0, 0};
    int rc = trace_rule_parse(rule_text, &rule, err);
    if (rc == 0)
        rc = counts_learn(log, rule, NULL, NULL, NULL, &counts, err);
    if (rc == 0)
        rc = model_build(counts, &edits, NULL, out, err);
    counts_free(counts);
    trace_rule_free(rule);
    return rc;
}

/* The model of n sessions in a style. */
static inline struct model *small_model(const struct small_style *style, unsigned n)
{
    struct buf text = BUF_INIT;
    struct lw_log *log = NULL;
    struct model *model = NULL;
    struct lw_error err;
    small_write(style, n, &text);
    if (buf_status(&text) != 0 || small_open("learned.log", &text, &log, &err) != 0 ||
        small_learn(log, style->rule, &model, &err) != 0)
        fprintf(stderr, "# %s: %s\n", style->name, err.text);
    lw_log_free(log);
    buf_release(&text);
    return model;
}

#endif
