/*
 * New texts of the shape of those seen: "blk_-1608999687919862906" gives "blk_-4410862093321750684". Texts that differ
 * in digits, or in letters beside digits, have one shape; a place that never differed is kept as it is, a digit that
 * did becomes any digit, a letter one of those seen in its place. What is kept are patterns, not texts. Owned by the
 * struct; thread-safe for reading once made.
 */
#ifndef LW_GENERATE_NAMES_H
#define LW_GENERATE_NAMES_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/rng.h"
#include "logwright.h"

struct name_place { /* one byte */
    char base;      /* itself when set is 0, else '0', 'a' or 'A': */
    uint8_t n;      /* how many bytes are possible, see name_pattern_settle */
    uint32_t set;   /* bit i: base + i is possible */
};
struct name_pattern {
    struct name_place *places; /* [len] */
    size_t len;
    uint64_t weight, upto; /* upto: of this and those before */
    uint64_t space, step;  /* texts it stands for, UINT32_MAX + 1 for more; what these are gone through by, if so few */
};
struct names {
    struct name_pattern *patterns; /* [n] distinct */
    size_t n, cap;
    struct arena arena;
};

/* At most some hundred patterns, from texts spread evenly over those given. texts are not kept; at least one. 0 or
 * LW_ERR_MEMORY. */
int names_init(struct names *names, const struct lw_bytes *texts, size_t n);
void names_release(struct names *names);
/* Works out what follows from the places, after one was changed. */
void name_pattern_settle(struct name_pattern *pattern);
/* Drops patterns that stand for fewer texts; none may be left, and then nothing can be drawn. */
void names_keep_wide(struct names *names, double least);
/* Appends a text of a pattern drawn; it may be one of those seen. */
void names_draw(const struct names *names, struct rng *rng, struct buf *out);
/* The same, but different numbers give different texts while their pattern has any left. */
void names_draw_unique(const struct names *names, uint64_t number, struct rng *rng, struct buf *out);

/* A pattern as text: bytes stand for themselves, `[0-9af]` for one of a set, `{8}` behind a set repeats it, `\` takes
 * the meaning from what follows it. */
void name_pattern_print(const struct name_pattern *pattern, struct buf *out);
/* Adds a pattern to names that start from zeros. LW_ERR_INPUT: it is none; *why says so. */
int names_add_pattern(struct names *names, const char *text, size_t len, uint64_t weight, const char **why);

#endif
