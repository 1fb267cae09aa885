/*
 * What a generated log should be like. What a document may hold are the rows of one table (constraint_rows.h), from
 * which reading, setting, writing, the schema and the help are made. Lists and texts are owned by the struct.
 * Mutable; one thread at a time.
 */
#ifndef LW_GENERATE_CONSTRAINTS_H
#define LW_GENERATE_CONSTRAINTS_H

#include "base/buf.h"
#include "logwright.h"

struct blueprint;
struct document_model;
struct failures;
struct templates;

enum anomaly {
    ANOMALY_NONE,
    ANOMALY_MISSING,     /* an event that the machine does not let be left out is left out */
    ANOMALY_REPEATED,    /* an event comes again where the machine does not have it again */
    ANOMALY_SWAPPED,     /* two neighbours change places and make a step that the machine does not have */
    ANOMALY_UNKNOWN,     /* an event of no learned template is put in */
    ANOMALY_DELAY,       /* one delay is stretched beyond the 99th percentile of its transition */
    ANOMALY_PARAMETER,   /* a parameter takes a value far out of what it takes */
    ANOMALY_COUNT_WRONG, /* an event that comes a fixed number of times comes once too often or too rarely */
    ANOMALY_TIMEOUT,     /* a step waits far too long and the trace ends in an error, or ends */
    ANOMALY_CASCADE,     /* errors of one service spread to those that call it */
    ANOMALY_EXHAUSTION,  /* delays and errors grow until a reset */
    ANOMALY_CRASH,       /* all open traces of a service are cut off at once, then it restarts */
    ANOMALY_FLAPPING,    /* a service goes up and down in turns */
    ANOMALY_DRIFT,       /* delays grow slowly */
    ANOMALY_COUNT
};
struct anomaly_spec {
    double rate;        /* share of traces hit, 0 to 1 */
    double severity;    /* >= 1; of a delay: times the longest usual one; of the other kinds see the manual */
    double duration_s;  /* of an episode, for kinds that last */
    double propagation; /* share of the others that an episode reaches too, 0 to 1 */
};

struct template_weight {
    uint32_t id;
    double weight; /* >= 0 */
};
struct transition_weight {
    char *from;           /* name of the state */
    uint32_t template_id; /* LW_TEMPLATE_UNKNOWN: to the end */
    double weight;        /* >= 0 */
};
enum share_kind {
    SHARE_LEVEL,      /* of all events */
    SHARE_TEMPLATE,   /* of all events */
    SHARE_SERVICE,    /* of all events; a service is a component */
    SHARE_ERROR_TYPE, /* of error events */
    SHARE_KIND_COUNT
};
struct share_target { /* wanted: low <= share <= high */
    enum share_kind kind;
    enum lw_level level;  /* SHARE_LEVEL */
    uint32_t template_id; /* SHARE_TEMPLATE, and SHARE_ERROR_TYPE where the type is a template's id; else 0 */
    char *name;           /* as written, without its group: "error", "E12", "api" */
    double low, high;     /* equal: exact */
};
struct call { /* of the steps of a trace out of one service into another, the share that goes there */
    char *from, *to;
    double probability;
};
enum selector_kind { SELECTOR_NONE, SELECTOR_TEMPLATE, SELECTOR_LEVEL, SELECTOR_SERVICE, SELECTOR_ERROR };
struct selector { /* which events are meant; written "E12", "level:error", "service:api", "error" */
    enum selector_kind kind;
    uint32_t template_id;
    enum lw_level level;
    char *service;
};
struct causal_rule { /* when an event of `cause` happens, one of `effect` follows in time with a probability */
    struct selector cause, effect;
    double min_s, max_s, probability;
    bool is_across; /* in any trace; false: in the same */
};
enum value_rule_kind { VALUE_POOL, VALUE_RANGE, VALUE_DISTRIBUTION, VALUE_SAME, VALUE_FAKE };
struct weighted_value {
    char *text;
    double weight;
};
struct value_rule { /* what a parameter takes instead of what was seen */
    uint32_t template_id;
    uint32_t slot; /* from 0 */
    enum value_rule_kind kind;
    struct weighted_value *pool; /* [n_pool] VALUE_POOL */
    size_t n_pool;
    double low, high;            /* VALUE_RANGE: uniform; VALUE_DISTRIBUTION: cut off there, NaN: not */
    enum lw_delay_family family; /* VALUE_DISTRIBUTION */
    double numbers[LW_DELAY_PARAMETERS];
    bool is_integer;
    uint32_t other_template, other_slot; /* VALUE_SAME: as the nearest before it in the trace */
    char *fake;                          /* VALUE_FAKE: kind of identifier */
};

#define ARRIVAL_HOURS 24
struct lw_constraints {
    double seed, rare_path_factor, delay_factor;
    double traces, records, duration_s; /* size: one of them; NaN: not said; none said: traces, 1000 */
    int64_t start_us;    /* of the first trace; LW_NO_TIME = where the log that was learned from starts */
    char *zone;          /* as lw_open_options takes one; NULL = UTC */
    double arrival_rate; /* traces a second; NaN = as they came */
    double record_rate;  /* records a second, instead of arrival_rate; NaN: not said; no part of the document */
    double profile[ARRIVAL_HOURS];                        /* odds of the hours of a day; NaN = as they came */
    double bursts_per_hour, burst_length_s, burst_height; /* height: times the usual rate; per_hour 0: none */
    struct share_target *shares;                          /* [n_shares] by kind, then name */
    size_t n_shares, cap_shares;
    struct template_weight *weights; /* by rising id */
    size_t n_weights, cap_weights;
    struct transition_weight *transition_weights;
    size_t n_transition_weights, cap_transition_weights;
    struct template_weight *delay_factors; /* of the delay before an event of the template; by rising id */
    size_t n_delay_factors, cap_delay_factors;
    struct call *calls;
    size_t n_calls, cap_calls;
    struct causal_rule *rules;
    size_t n_rules, cap_rules;
    struct selector recovery_after; /* SELECTOR_NONE: recovery is as it comes */
    double recovery_min_s, recovery_max_s;
    struct anomaly_spec anomalies[ANOMALY_COUNT]; /* [ANOMALY_NONE] unused */
    struct value_rule *values;
    size_t n_values, cap_values;
    double epsilon, delta; /* of differential privacy; epsilon NaN: none */
    bool has_noise_seed;   /* false: the noise is the system's; else what comes of it is not private */
    uint64_t noise_seed;
    double clip;          /* most that one trace adds to any statistic: events */
    double minimum_count; /* a value that is no identifier appears when it was seen at least so often */
    char **allowed;       /* [n_allowed] kinds of identifiers that may appear */
    size_t n_allowed, cap_allowed;
    char *through; /* states or templates that each trace passes in order, commas between; NULL: none */
    char *output_as, *output_format; /* NULL: not said */
    char *about;                     /* what the document is for; NULL: not said */
    struct document_model *model;    /* that the log is made from; NULL: a workspace's */
    struct lw_llm_options llm;       /* no part of the document; texts owned */
};

const char *anomaly_name(enum anomaly anomaly); /* "" for ANOMALY_NONE, "missing" ... */
/* The document as lw_constraints_write writes it, but for the model: what differs from what an empty one says, and the
 * seed. */
void constraints_print(const struct lw_constraints *constraints, struct buf *out);
void constraints_print_with_model(const struct lw_constraints *constraints, struct buf *out);
/* From memory; name stands for the file in errors. */
int constraints_parse(const char *name, const char *data, size_t len, struct lw_constraints **out,
                      struct lw_error *err);
/* What no single value shows: constraints of which one rules out another (LW_ERR_INFEASIBLE, both are named). */
int constraints_check(const struct lw_constraints *constraints, struct lw_error *err);
/* 1 when nothing was said of the template. */
double constraints_weight(const struct lw_constraints *constraints, uint32_t template_id);
double constraints_delay_factor(const struct lw_constraints *constraints, uint32_t template_id);
/* How many times longer than in the real log delays into the template may get, 1 at least. */
double constraints_stretch(const struct lw_constraints *constraints, uint32_t template_id);
/* Target of a level's share; NULL: none. */
const struct share_target *constraints_level(const struct lw_constraints *constraints, enum lw_level level);

/* ---- the model of a document: a blueprint that copies of the constraints share ------------------------------------
 */

/* Takes the blueprint over, on failure too. */
int document_model_new(struct blueprint *blueprint, struct document_model **out, struct lw_error *err);
struct document_model *document_model_retain(struct document_model *model); /* NULL: NULL; thread-safe */
void document_model_release(struct document_model *model);
const struct blueprint *document_model_blueprint(const struct document_model *model); /* NULL: NULL */

/* ---- selectors -------------------------------------------------------------------------------------------------- */

/* LW_ERR_USAGE says what would be right. Released with selector_release, which is fine for zeros, too. */
int selector_read(const char *text, size_t len, struct selector *out, struct lw_error *err);
void selector_release(struct selector *selector);
void selector_print(const struct selector *selector, struct buf *out);
/* What is known of the templates that a selector is looked for in. */
struct selector_scope {
    const struct templates *templates;
    const struct failures *failures; /* of these templates */
    const char *const *services;     /* [templates->n] service that most events of each come from, or NULL; NULL: none
                                        is known */
};
/* is_meant[templates->n]: whether events of each template are meant; those that come with several levels are by the
 * commonest. LW_ERR_NOT_FOUND: none is, or there is no such template. */
int selector_find(const struct selector *selector, const struct selector_scope *scope, bool *is_meant,
                  struct lw_error *err);

#endif
