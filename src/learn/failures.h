/*
 * Which events of a log are failures, of what type, and which service each came from.
 *
 * A failure is an event of level error or worse; in a log that has none so high, of level warn; in one without
 * levels, an event of a template whose constant words speak of failing. Its type is the name of the exception class
 * in the template ("ConnectException"), where there is one, else the template's id ("E12"), else, for an event of no
 * template, "unknown". Its service is the component in the record's header.
 * Immutable once made; any number of threads may ask. The templates are borrowed and have to outlive it.
 */
#ifndef LW_LEARN_FAILURES_H
#define LW_LEARN_FAILURES_H

#include "base/intern.h"
#include "learn/lagged.h"
#include "learn/pair_map.h"
#include "learn/templates.h"
#include "learn/traces.h"

#define FAILURE_NONE UINT32_MAX /* no failure; no service */

struct failures {
    const struct templates *templates;
    enum lw_level floor; /* failures have this level or a worse one; LW_LEVEL_NONE: words decide */
    struct intern types; /* names by id; "unknown" is 0 */
    uint32_t *types_of;  /* [templates->n] type of the failures of each template */
    bool *is_failing;    /* [templates->n] whether most of its events are failures */
};

int failures_init(struct failures *failures, const struct templates *templates, struct lw_error *err);
void failures_release(struct failures *failures);
/* Type of an event, or FAILURE_NONE. level: the record's own; LW_LEVEL_NONE where it has or tells none: then most
 * events of its template decide. */
uint32_t failures_type(const struct failures *failures, uint32_t template_id, enum lw_level level);
/* Id of a type by its name, as a constraint names it; FAILURE_NONE: there is no such type. */
uint32_t failures_find(const struct failures *failures, const char *name);

struct failure_event {
    int64_t time_us; /* or LW_NO_TIME */
    uint64_t record;
    uint32_t type;        /* as failures_type */
    uint32_t service;     /* id in the services, or FAILURE_NONE */
    uint32_t trace;       /* the first that the record belongs to, or LAGGED_NO_TRACE */
    uint32_t template_id; /* or LW_TEMPLATE_UNKNOWN */
};
struct failure_events {
    struct failure_event *items; /* [n] by time, then record; those without a time behind all others */
    size_t n, cap;
};
/* The failures of a log. traces: of this log, matched with the templates of `failures`. Names of services are added to
 * `services`, which may be shared by several logs. */
int failure_events_find(const struct failures *failures, const struct lw_log *log, const struct lw_traces *traces,
                        struct intern *services, struct failure_events *out, struct lw_error *err);
void failure_events_sort(struct failure_events *events); /* into their order */
void failure_events_release(struct failure_events *events);
/* As events for lagged pairs, out[events->n], caller's: a kind is a (service, type) in `kinds`, which may be shared by
 * several logs that share their services. 0 or LW_ERR_MEMORY. */
int failure_events_lagged(const struct failure_events *events, struct pair_map *kinds, struct lagged_event *out);

#endif
