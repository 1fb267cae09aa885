/*
 * Reading the times of a whole source quickly, and finding the layout that it has.
 *
 * A reader remembers the last time it read in a layout. Another text in that layout that has the same bytes around its
 * clock (the date before it, a zone or year behind it) is the same day, so that only the clock and the fraction are
 * read, eight digits at once. Counts since 1970 need no day. It serves one thread; it owns nothing.
 */
#ifndef LW_INPUT_TIMESTAMP_READER_H
#define LW_INPUT_TIMESTAMP_READER_H

#include "input/timestamp.h"

#define TIMESTAMP_MAX_ROWS 128

struct timestamp_reader {
    struct timestamp_layout layout; /* of the plan */
    bool has_plan, is_fixed;        /* is_fixed: the clock stands at one place in all texts of the layout */
    bool has_plain_clock;           /* hhmmss, without marks */
    bool is_count;                  /* clock_len digits since 1970 */
    bool is_of_twelve;
    uint8_t clock_at, clock_len, len;
    bool has_day;
    struct timestamp day; /* the time at the clock's midnight (or noon) that the bytes below stand for */
    uint64_t marks;       /* between the digits of the clock */
    uint8_t n_words;
    struct {
        uint8_t at;
        uint64_t mask, value;
    } words[8]; /* eight bytes at `at`, under the mask: the bytes around clock and fraction */
};
#define TIMESTAMP_READER_INIT                                                                                          \
    {                                                                                                                  \
        .has_plan = false                                                                                              \
    }

/* As timestamp_parse, or as timestamp_parse_whole. The result never depends on what was read before. */
bool timestamp_read(struct timestamp_reader *reader, const char *data, size_t len, const struct timestamp_layout *hint,
                    struct timestamp *out);
bool timestamp_read_whole(struct timestamp_reader *reader, const char *data, size_t len,
                          const struct timestamp_layout *hint, struct timestamp *out);

/* Which layout do the times of a source have? Each text votes for all rows that read as much of it as any does. */
struct timestamp_votes {
    size_t n;
    struct {
        uint32_t fits;
        int64_t last_us;
        uint64_t moved_us; /* how far times went back and forth in all */
        struct timestamp_layout layout;
    } rows[TIMESTAMP_MAX_ROWS];
};
void timestamp_vote(struct timestamp_votes *votes, const char *data, size_t len);
/* The row that fits most; among equals the one whose times move least, then the earlier. false without votes. */
bool timestamp_elect(const struct timestamp_votes *votes, struct timestamp_layout *out);

#endif
