/* What the files of the Logs pane share. */
#ifndef LW_PANES_LOGS_H
#define LW_PANES_LOGS_H

#include "ui/panes/panes.h"

enum { STRIP_MAX = 512 };

/* How many records there are over time: a histogram of the whole log, counted by a job and kept until log or width
 * change. */
struct strip {
    const struct lw_log *log; /* what it was counted of or is being counted of; only compared */
    size_t n_records;         /* that it has; a log that grew may stand where the one before it stood */
    size_t n, n_wanted;       /* bins: those counted, those asked for */
    int64_t from_us, to_us;
    int64_t due_ms; /* when it may be counted again: of a log that grows, counting takes a small share of the time */
    uint64_t counts[STRIP_MAX][LW_LEVEL_COUNT];
};
void strip_release(struct strip *strip);
/* Draws it on a row, the time of the chosen record marked; asks for the counts if they are not there. */
void strip_draw(struct app *app, struct strip *strip, const struct view *view, int row, int64_t chosen_us);

/* What the machine detector says of the session's traces, while there is a result. */
struct scores {
    const struct lw_traces *traces; /* what it was collected for; only compared */
    uint64_t result_count;
    double *items; /* [n], NaN for traces without a verdict; NULL: no result */
    size_t n;
    double threshold, least;
};
void scores_release(struct scores *scores);
/* Collects anew when the result, or what was learned, is another. */
void scores_renew(struct app *app, struct scores *scores);
/* The highest score of a record's traces, NaN if they have none. */
double scores_get(const struct app *app, const struct scores *scores, uint64_t record);
/* One column: a cross for what is flagged, else a step the higher the nearer the score is to the threshold. */
const char *scores_sign(const struct scores *scores, double score, const struct symbols *symbols);

struct logs {
    struct list list;
    struct subset subset;
    uint64_t origin, place; /* while a filter goes on: the record that was chosen, where the cursor was put for it */
    size_t skip;            /* columns of messages that are scrolled away */
    bool is_raw, is_detail, is_wrapped, is_unfolded;
    struct strip strip;
    struct scores scores;
};

uint64_t logs_record_at(const struct logs *self, uint64_t position);
void logs_draw(struct app *app, void *self, const struct view *view, bool has_keys);
struct strip *logs_strip(const struct app *app);

#endif
