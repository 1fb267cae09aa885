/* All formats tried on the sampled lines of one source: what a choice is made from, and explained by. */
#ifndef LW_LOG_FORMAT_TRIAL_H
#define LW_LOG_FORMAT_TRIAL_H

#include "log/format_form.h"
#include "log/format_sample.h"

#define TRIAL_EVERYWHERE SAMPLE_PLACES

/* Candidates stand in the order of preference: forms of the user, columns that a header line of the source names, the
 * table, and last the inferred one. */
struct trial {
    struct formats *formats;
    const struct samples *samples;
    struct format_scratch scratch;
    size_t n;
    const struct form **forms;       /* [n] */
    size_t *indexes;                 /* [n] among the formats; SIZE_MAX: made for this source */
    struct form *columns, *inferred; /* owned until they are chosen; NULL: there is none */
    uint8_t *fits;                   /* [line][candidate] */
};
int trial_new(struct formats *formats, const struct samples *samples, struct trial **out, struct lw_error *err);
void trial_free(struct trial *trial);

/* Share of the lines of a place (or TRIAL_EVERYWHERE) that a candidate fits; -1 if there are none. */
double trial_share(const struct trial *trial, size_t candidate, size_t place);
/* The first line that counts and that the candidate does not fit; SIZE_MAX if there is none. */
size_t trial_failure(const struct trial *trial, size_t candidate);
/* Chooses among the candidates as the request says. */
int trial_choose(struct trial *trial, const struct format_request *request, struct format_choice *out,
                 struct lw_error *err);

#endif
