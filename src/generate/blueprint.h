/*
 * What generated logs are drawn from: machine, ways to write each template, values and which of them belong together,
 * lengths, starts. Made from a workspace's model, and then all that generators look at. Immutable once made; any number
 * of threads may draw from it.
 */
#ifndef LW_GENERATE_BLUEPRINT_H
#define LW_GENERATE_BLUEPRINT_H

#include "base/rng.h"
#include "generate/constraints.h"
#include "generate/delays.h"
#include "generate/facets.h"
#include "generate/names.h"
#include "generate/ties.h"
#include "generate/unknown.h"
#include "generate/value_model.h"
#include "input/timestamp.h"
#include "learn/model.h"
#include "learn/trace_rule.h"

#define BLUEPRINT_NONE    UINT32_MAX
#define BLUEPRINT_VERSION 1  /* of the JSON */
#define SHARED_KEY        0u /* the shared value that is the name of the trace */

enum piece_kind { PIECE_TEXT, PIECE_VALUE, PIECE_SHARED, PIECE_FIELD, PIECE_TIME, PIECE_MESSAGE };
struct json_object;
struct piece {
    enum piece_kind kind;
    uint32_t field;       /* of a header's slot: its id in fields, else BLUEPRINT_NONE */
    uint32_t shared;      /* PIECE_SHARED: in shared */
    uint32_t value;       /* in values, or BLUEPRINT_NONE: PIECE_VALUE, PIECE_FIELD unless blueprint_field_shared says
                             otherwise, PIECE_TIME for events without a time, PIECE_SHARED: what it was in this wording */
    uint32_t place;       /* PIECE_VALUE, and a word of PIECE_TEXT that others have to do with: the parameter of the
                             template that it is, see places; or BLUEPRINT_NONE */
    struct lw_bytes text; /* PIECE_TEXT; PIECE_SHARED: the word that it was in this wording, data NULL if it varied */
    struct timestamp_layout layout; /* PIECE_TIME: how it is written, and how far it is from the event's */
    int32_t zone_s;
    int64_t shift_us;
};
struct pieces {
    struct piece *items;
    size_t n, cap;
};
struct wording {     /* of a message */
    size_t first, n; /* in message_pieces */
};
struct header { /* what stands around a message */
    enum lw_level level;
    size_t component; /* in header_pieces, the one that is the component's text; SIZE_MAX: none */
    size_t first, n;  /* in header_pieces; one is PIECE_MESSAGE */
};
struct choice { /* a way to write a template */
    uint32_t wording, header;
    double weight; /* > 0: events seen */
};
struct fact { /* of what determines what */
    struct lw_bytes cause, result;
};
struct shared_value {   /* one value a trace, wherever it stands */
    uint32_t value;     /* in values; BLUEPRINT_NONE for SHARED_KEY */
    uint32_t family;    /* the first of those that have one value in a trace, see witness.h; or itself */
    bool is_unique;     /* each trace has its own: */
    struct names names; /* of this shape; or without any, a number that is drawn from quantiles alone */
    uint32_t follows;   /* an earlier one, by which it is told where there is a fact of that's value; BLUEPRINT_NONE */
    struct fact *facts; /* [n_facts] by cause */
    size_t n_facts;
};
enum related_kind {
    RELATED_NONE,
    RELATED_SAME,       /* as `other` in the nearest event before it that has one */
    RELATED_OFFSET,     /* greater than that by `number` */
    RELATED_STEP,       /* greater by `number` than when it last stood in the trace */
    RELATED_INCREASING, /* no less than that */
    RELATED_DECREASING,
    RELATED_DETERMINED /* follows from `other` in the same event */
};
struct related { /* what the value of a place obeys along a trace */
    enum related_kind kind;
    uint32_t other; /* a place, or BLUEPRINT_NONE */
    double number;
    struct fact *facts; /* [n_facts] RELATED_DETERMINED, by cause: what is known; any other value has one of its own */
    size_t n_facts;
    bool is_other; /* of some place */
};
struct length_count {
    size_t length; /* events */
    uint64_t count;
};
struct arrival {
    int64_t first_us;  /* start of the first trace, LW_NO_TIME if none was timed; of windows, the first behind all */
    int64_t window_us; /* traces are windows of this width; 0: they are not */
    int64_t *gaps;     /* [n_gaps] between the starts of traces, as they followed; of windows in whole windows */
    uint32_t *marks;   /* [n_gaps] of the trace behind each gap, see marks.h; NULL: not known */
    size_t n_gaps;
    int64_t *offsets; /* [n_offsets] of first events in their windows */
    size_t n_offsets;
    int64_t lasts_us;   /* from the start of the first trace to the last event of all; LW_NO_TIME: not known */
    int64_t longest_us; /* from the first event of a trace to its last, the longest; LW_NO_TIME: not known */
    bool is_grouped;    /* they are means of groups, as a document has them */
};

struct blueprint {
    const struct model *model; /* borrowed; NULL when it comes from a document */
    const struct machine *machine;
    const struct templates *templates;
    struct machine own_machine;     /* what these point to when it comes from a document */
    struct templates own_templates; /* without members and matcher */
    struct lw_bytes *texts;         /* [templates->n] of templates, their identifiers faked */
    struct length_count *lengths;   /* [n_lengths] of traces, rising */
    size_t n_lengths;
    size_t longest; /* events of the longest trace; 0: there is nothing to generate */
    struct arrival arrival;
    struct delays delays;     /* of the machine's edges, by their place among them */
    struct ties ties;         /* of traces whose events have one time */
    char *rule_text;          /* the trace rule */
    struct trace_rule *rule;  /* NULL when names of traces do not stand in the text */
    struct names trace_names; /* shapes of names */
    bool is_symbolic;         /* events are symbols of a sequence file */
    bool is_escaped;          /* messages stand as JSON strings do */
    struct intern fields;     /* names of header fields; strings end in NUL */
    struct pieces message_pieces, header_pieces;
    struct wording *wordings; /* [n_wordings] */
    size_t n_wordings, cap_wordings;
    struct header *headers; /* [n_headers], at least one */
    size_t n_headers;
    struct choice *choices;
    size_t n_choices, cap_choices;
    size_t *choice_first;   /* [templates->n + 1] choices of the template of that index */
    uint32_t *ranks;        /* [n_states] of the machine, see ways_rank */
    struct facets facets;   /* what events of each template come as, which follows from choices and headers */
    uint32_t *field_shared; /* [templates->n * fields.count] in shared, or BLUEPRINT_NONE; see blueprint_field_shared */
    struct shared_value *shared; /* [n_shared] SHARED_KEY is always there */
    size_t n_shared;
    size_t *place_first; /* [templates->n + 1] the parameters of all templates are numbered, those of template t from
                            place_first[t] on */
    struct related *related;    /* [place_first[templates->n]] */
    struct value_model *values; /* [n_values] */
    size_t n_values, cap_values;
    struct unknown_message unknown;
    struct arena arena;
};

/* model is borrowed and must outlive it. constraints: for what of its values may appear; NULL: the defaults. 0,
 * LW_ERR_MEMORY, LW_ERR_NOT_FOUND for a parameter that is not there, or what trace_rule_parse returns. */
int blueprint_of_model(const struct model *model, const struct lw_constraints *constraints, struct blueprint **out,
                       struct lw_error *err);
/* A copy under other constraints, as far as they are about parameters; of a model's, it does without the model. */
int blueprint_copy(const struct blueprint *of, const struct lw_constraints *constraints, struct blueprint **out,
                   struct lw_error *err);
void blueprint_free(struct blueprint *blueprint);
/* Appends it as JSON: the member `model` of a constraints document, without the traces or any value that may not
 * appear. Text that is no UTF-8 loses what is not. */
void blueprint_print_json(const struct blueprint *blueprint, struct buf *out);
/* Makes one of that. document: its name, for errors. LW_ERR_INPUT names the path of what is wrong: a type, a number out
 * of range, a name that is not there, probabilities that do not add up to 1, a state that has no way to the end. */
int blueprint_read_json(const char *document, struct json_object *json, struct blueprint **out, struct lw_error *err);

/* The shared value that a header field takes in records of a template, or BLUEPRINT_NONE. */
uint32_t blueprint_field_shared(const struct blueprint *blueprint, size_t template_index, uint32_t field);
/* Appends the shared value of a trace: the same whenever asked. shared: as witness_of says. name: of the trace. */
void blueprint_draw_shared(const struct blueprint *blueprint, uint32_t shared, uint64_t seed, uint64_t trace,
                           struct lw_bytes name, struct buf *out);
/* Index of the template that a place belongs to. */
size_t blueprint_template_of(const struct blueprint *blueprint, uint32_t place);
/* For qsort: by cause. */
int blueprint_order_facts(const void *a, const void *b);
/* facts[n] in that order. The one of this cause, or NULL. */
const struct fact *blueprint_find_fact(const struct fact *facts, size_t n, struct lw_bytes cause);
/* "same", ...; "" for RELATED_NONE. */
const char *blueprint_relation_name(enum related_kind kind);
/* Whether names of traces stand in the text of their records under a rule. */
bool blueprint_is_named_in_text(const char *rule);
/* Whether a real trace has the name. */
bool blueprint_has_trace(const struct blueprint *blueprint, struct lw_bytes name);

#endif
