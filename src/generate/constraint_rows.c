#include "generate/constraint_rows.h"

#include <math.h>
#include <string.h>

#define FIELD(member) offsetof(struct lw_constraints, member)
#define MAX_WHOLE     9007199254740992.0 /* 2^53: whole numbers a double holds */
#define MAX_S         1e9                /* of a duration: 31 years */

#define OF_ANOMALY(kind, member)                                                                                       \
    (FIELD(anomalies) + (kind) * sizeof(struct anomaly_spec) + offsetof(struct anomaly_spec, member))
/* An anomaly: its share of traces, and how it goes. */
#define ANOMALY(kind, name, help)                                                                                      \
    {{"anomalies." name, help, "share of traces", 0, 1, 0, .01, false}, PLACE_ANOMALY, OF_ANOMALY(kind, rate), 0},     \
        {{"anomalies." name ".severity", "how far it goes beyond what is usual", "", 1, 1e6, 10, 1, false},            \
         PLACE_NUMBER,                                                                                                 \
         OF_ANOMALY(kind, severity),                                                                                   \
         0},                                                                                                           \
        {{"anomalies." name ".duration", "how long an episode of it lasts", "s", 0, MAX_S, 300, 60, false},            \
         PLACE_DURATION,                                                                                               \
         OF_ANOMALY(kind, duration_s),                                                                                 \
         0},                                                                                                           \
    {                                                                                                                  \
        {"anomalies." name ".propagation",                                                                             \
         "share of the other services or traces that an episode reaches",                                              \
         "share of the others",                                                                                        \
         0,                                                                                                            \
         1,                                                                                                            \
         .5,                                                                                                           \
         .1,                                                                                                           \
         false},                                                                                                       \
            PLACE_NUMBER, OF_ANOMALY(kind, propagation), 0                                                             \
    }
#define HOUR(name)                                                                                                     \
    {                                                                                                                  \
        {"arrival.profile." #name,                                                                                     \
         "how many traces begin in that hour of the day, against the other hours",                                     \
         "odds",                                                                                                       \
         0,                                                                                                            \
         1e6,                                                                                                          \
         NAN,                                                                                                          \
         .25,                                                                                                          \
         false},                                                                                                       \
            PLACE_NUMBER, FIELD(profile) + (name) * sizeof(double), 0                                                  \
    }
#define GROUP(path, help, form)                                                                                        \
    {                                                                                                                  \
        {path, help, "", 0, 0, 0, 0, false}, form, 0, 0                                                                \
    }
#define TEXT(path, help, form, member)                                                                                 \
    {                                                                                                                  \
        {path, help, "", 0, 0, 0, 0, false}, form, FIELD(member), 0                                                    \
    }
#define SHARES(path, help, unit, kind)                                                                                 \
    {                                                                                                                  \
        {path, help, unit, 0, 1, NAN, .01, false}, PLACE_SHARES, 0, kind                                               \
    }

static const struct constraint_row rows[] = {
    TEXT("about", "what the document is for, in a sentence", PLACE_TEXT, about),
    {{"traces", "how many traces to make", "traces", 1, 10000000, 1000, 100, true}, PLACE_NUMBER, FIELD(traces), 0},
    {{"records", "how many records to make, whole traces, instead of a number of traces", "records", 1, 1e12, NAN, 1000,
      true},
     PLACE_NUMBER,
     FIELD(records),
     0},
    {{"duration", "how long a time to fill, instead of a number of traces", "s", .001, MAX_S, NAN, 60, false},
     PLACE_DURATION,
     FIELD(duration_s),
     0},
    {{"seed", "names the random numbers; the same seed gives the same bytes", "", 0, MAX_WHOLE, 1, 1, true},
     PLACE_NUMBER,
     FIELD(seed),
     0},
    TEXT("start", "time of the first trace", PLACE_TIME, start_us),
    TEXT("zone", "zone that times are written in", PLACE_TEXT, zone),
    GROUP("arrival", "how traces follow one another in time", PLACE_GROUP),
    {{"arrival.rate", "traces that begin a second", "traces/s", 1e-9, 1e9, NAN, .1, false},
     PLACE_NUMBER,
     FIELD(arrival_rate),
     0},
    GROUP("arrival.profile", "odds of the 24 hours of a day", PLACE_NUMBERS),
    HOUR(0),
    HOUR(1),
    HOUR(2),
    HOUR(3),
    HOUR(4),
    HOUR(5),
    HOUR(6),
    HOUR(7),
    HOUR(8),
    HOUR(9),
    HOUR(10),
    HOUR(11),
    HOUR(12),
    HOUR(13),
    HOUR(14),
    HOUR(15),
    HOUR(16),
    HOUR(17),
    HOUR(18),
    HOUR(19),
    HOUR(20),
    HOUR(21),
    HOUR(22),
    HOUR(23),
    GROUP("arrival.bursts", "times in which traces come faster", PLACE_GROUP),
    {{"arrival.bursts.per_hour", "how many bursts there are", "bursts/h", 0, 3600, 0, 1, false},
     PLACE_NUMBER,
     FIELD(bursts_per_hour),
     0},
    {{"arrival.bursts.length", "how long a burst lasts", "s", .001, MAX_S, 60, 10, false},
     PLACE_DURATION,
     FIELD(burst_length_s),
     0},
    {{"arrival.bursts.height", "rate in a burst, against the rate outside", "times", 1, 1e6, 10, 1, false},
     PLACE_NUMBER,
     FIELD(burst_height),
     0},
    SHARES("levels", "share of a level", "share of events", SHARE_LEVEL),
    SHARES("templates", "share of a template", "share of events", SHARE_TEMPLATE),
    SHARES("services", "share of a service, that is, a component", "share of events", SHARE_SERVICE),
    SHARES("error_types", "share of a type among the error events", "share of error events", SHARE_ERROR_TYPE),
    {{"template_weights", "odds of a template against what was seen", "odds", 0, 1e6, 1, .25, false},
     PLACE_WEIGHTS,
     FIELD(weights),
     0},
    {{"transition_weights", "odds of a step out of a state against what was seen", "odds", 0, 1e6, 1, .25, false},
     PLACE_TRANSITIONS,
     FIELD(transition_weights),
     0},
    {{"rare_path_factor", "above 1, rare transitions come more often; below 1, less often; none is added", "", .1, 100,
      1, .25, false},
     PLACE_NUMBER,
     FIELD(rare_path_factor),
     0},
    {{"delay_factor", "multiplies every delay between events of a trace", "times", 0, 1000, 1, .25, false},
     PLACE_NUMBER,
     FIELD(delay_factor),
     0},
    {{"delay_factors", "multiplies the delay before an event of a template", "times", 0, 1000, 1, .25, false},
     PLACE_WEIGHTS,
     FIELD(delay_factors),
     0},
    {{"calls", "of the steps of a trace from one service to another, the share that goes there", "share of steps", 0, 1,
      NAN, .05, false},
     PLACE_CALLS,
     0,
     0},
    {{"rules", "when an event happens, another follows", "probability", 0, 1, 1, .05, false}, PLACE_RULES, 0, 0},
    GROUP("recovery", "how long it takes until things are well again", PLACE_GROUP),
    TEXT("recovery.after", "the events that are recovered from", PLACE_SELECTOR, recovery_after),
    GROUP("recovery.within", "least and greatest time until the next event that is none of these", PLACE_NUMBERS),
    {{"recovery.within.0", "least time until things are well again", "s", 0, MAX_S, NAN, 1, false},
     PLACE_DURATION,
     FIELD(recovery_min_s),
     0},
    {{"recovery.within.1", "greatest time until things are well again", "s", 0, MAX_S, NAN, 1, false},
     PLACE_DURATION,
     FIELD(recovery_max_s),
     0},
    GROUP("anomalies", "traces that get an anomaly, by its kind", PLACE_GROUP),
    ANOMALY(ANOMALY_MISSING, "missing", "traces from which an event that has to be there is left out"),
    ANOMALY(ANOMALY_REPEATED, "repeated", "traces in which an event comes again where it never did"),
    ANOMALY(ANOMALY_SWAPPED, "swapped", "traces in which two neighbouring events change places"),
    ANOMALY(ANOMALY_UNKNOWN, "unknown", "traces with a message that no template has"),
    ANOMALY(ANOMALY_DELAY, "delay", "traces in which one delay is far longer than it ever was"),
    ANOMALY(ANOMALY_PARAMETER, "parameter", "traces in which a parameter is far out of what it is"),
    ANOMALY(ANOMALY_COUNT_WRONG, "count", "traces in which what comes a fixed number of times does not"),
    ANOMALY(ANOMALY_TIMEOUT, "timeout", "traces in which a step waits far too long and then fails"),
    ANOMALY(ANOMALY_CASCADE, "cascade", "traces hit by errors that spread from service to service"),
    ANOMALY(ANOMALY_EXHAUSTION, "exhaustion", "traces hit while delays and errors grow until a restart"),
    ANOMALY(ANOMALY_CRASH, "crash", "traces cut off when a service crashes and starts again"),
    ANOMALY(ANOMALY_FLAPPING, "flapping", "traces hit while a service goes up and down in turns"),
    ANOMALY(ANOMALY_DRIFT, "drift", "traces hit while delays grow slowly"),
    GROUP("parameters", "what a parameter takes instead of what was seen", PLACE_VALUES),
    GROUP("privacy", "what may be told of the log that was learned from", PLACE_GROUP),
    {{"privacy.epsilon", "budget of differential privacy: the less, the more noise", "", 1e-6, 1e6, NAN, .1, false},
     PLACE_NUMBER,
     FIELD(epsilon),
     0},
    {{"privacy.delta", "chance that the budget is not kept", "probability", 0, .5, 1e-6, 1e-6, false},
     PLACE_NUMBER,
     FIELD(delta),
     0},
    {{"privacy.clip", "most that one trace adds to any statistic", "events", 1, 1e6, 64, 1, true},
     PLACE_NUMBER,
     FIELD(clip),
     0},
    {{"privacy.minimum_count", "how often a value was seen at least, to appear", "times", 1, 1e6, 5, 1, true},
     PLACE_NUMBER,
     FIELD(minimum_count),
     0},
    TEXT("privacy.allow", "kinds of identifiers that may appear as they are", PLACE_NAMES, allowed),
    TEXT("through", "states or templates that every trace passes, in order, with commas between", PLACE_TEXT, through),
    GROUP("output", "how the log is written", PLACE_GROUP),
    TEXT("output.as", "text, jsonl, sequences, sqlite or csv", PLACE_TEXT, output_as),
    TEXT("output.format", "format of the text, by name; the source's own unless given", PLACE_TEXT, output_format),
    TEXT("model", "what the log is made from, where there is no workspace", PLACE_MODEL, model),
};
#define N_ROWS (sizeof rows / sizeof *rows)

const struct constraint_row *constraint_row(size_t index)
{
    return index < N_ROWS ? &rows[index] : NULL;
}

const struct constraint_row *constraint_row_at(const char *path)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (strcmp(path, rows[i].knob.path) == 0)
            return &rows[i];
    return NULL;
}

bool constraint_is_number(const struct constraint_row *row)
{
    return row->form == PLACE_NUMBER || row->form == PLACE_DURATION || row->form == PLACE_ANOMALY;
}

const char *constraint_below(const char *path, const char *group)
{
    size_t len = strlen(group);
    if (len == 0)
        return path;
    return strncmp(path, group, len) == 0 && path[len] == '.' ? path + len + 1 : NULL;
}

/* The hours of a day are set together, not turned one by one. */
static bool is_knob(const struct constraint_row *row)
{
    return constraint_is_number(row) && constraint_below(row->knob.path, "arrival.profile") == NULL;
}

size_t lw_knob_count(void)
{
    size_t n = 0;
    for (size_t i = 0; i < N_ROWS; i++)
        n += is_knob(&rows[i]);
    return n;
}

const struct lw_knob *lw_knob_get(size_t index)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (is_knob(&rows[i]) && index-- == 0)
            return &rows[i].knob;
    return NULL;
}

const char *anomaly_name(enum anomaly anomaly)
{
    size_t offset = OF_ANOMALY((size_t)anomaly, rate);
    for (size_t i = 0; i < N_ROWS && anomaly != ANOMALY_NONE; i++)
        if (rows[i].form == PLACE_ANOMALY && rows[i].offset == offset)
            return rows[i].knob.path + strlen("anomalies.");
    return "";
}

/* Levenshtein (1966), both cut to what a row holds. */
#define DISTANCE_MAX 64
static size_t distance(const char *a, const char *b)
{
    size_t row[DISTANCE_MAX + 1], n = strlen(b);
    if (n > DISTANCE_MAX)
        n = DISTANCE_MAX;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 0; a[i] != 0 && i < DISTANCE_MAX; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 1; j <= n; j++) {
            size_t best = diagonal + (a[i] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[n];
}

const char *constraint_nearest(const char *path)
{
    static const char *const members[] = {
        "levels.trace",        "levels.debug",     "levels.info",      "levels.notice",
        "levels.warn",         "levels.error",     "levels.fatal",     "template_weights.E1",
        "templates.E1",        "delay_factors.E1", "parameters.E1.1",  "transition_weights.E1>E2",
        "rules.0.probability", "rules.0.within.0", "rules.0.within.1", "calls.0.probability",
    };
    const char *best = rows[0].knob.path;
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < N_ROWS + sizeof members / sizeof *members; i++) {
        const char *candidate = i < N_ROWS ? rows[i].knob.path : members[i - N_ROWS];
        if (constraint_below(path, candidate) != NULL)
            continue;
        bool is_start = path[0] != 0 && strncmp(path, candidate, strlen(path)) == 0;
        size_t d = is_start ? 0 : distance(path, candidate);
        if (d < least) {
            least = d;
            best = candidate;
        }
    }
    return best;
}
