/*
 * Traces are looked for by their starts before anything was moved, in a span that is wide enough for the longest trace
 * and the longest move; whether one is under way is then seen at its events.
 */
#include "generate/episodes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "base/order.h"
#include "generate/detour.h"
#include "generate/inject.h"
#include "generate/purpose.h"

#define MAX_SPAN    65536u /* traces looked at for one episode, on either side of its beginning */
#define CHECK_EVERY 256u   /* episodes between looks at the cancel token */
#define FROM_GROWTH .1     /* of the duration: growing delays show from here on */

struct service {
    struct detour detour;
    uint32_t *distance; /* [n_services] calls up from this one; UINT32_MAX: errors do not come there */
    uint32_t farthest;
    bool is_made;
};
struct crowd { /* traces that an episode may hit */
    size_t *items;
    size_t n, cap;
};
struct episodes {
    struct plan *plan;
    enum anomaly kind;
    const struct anomaly_spec *spec;
    struct service *services; /* [n_services + 1], the last for events without one */
    size_t n_services;
    int64_t *starts_us; /* [plan->n] rising: the latest start so far */
    int64_t reach_us;   /* before an episode, where a trace that is under way can have started */
    struct crowd crowd;
    struct rng rng;
    /* the episode at hand */
    uint32_t service;
    int64_t from_us, to_us;
};

bool episodes_is_kind(enum anomaly kind)
{
    return kind == ANOMALY_CASCADE || kind == ANOMALY_EXHAUSTION || kind == ANOMALY_CRASH || kind == ANOMALY_FLAPPING ||
           kind == ANOMALY_DRIFT;
}

static int64_t time_of(const struct episodes *episodes, size_t trace, size_t at)
{
    return episodes->plan->starts_us[trace] + episodes->plan->courses[trace].times_us[at];
}

/* n_services for an event without one. */
static uint32_t service_at(const struct episodes *episodes, uint32_t template_id)
{
    const struct party *party = parties_get(episodes->plan->parties, template_id);
    return party == NULL || party->service == PARTY_NONE ? (uint32_t)episodes->n_services : party->service;
}

static uint32_t service_of(const struct episodes *episodes, size_t trace, size_t at)
{
    return service_at(episodes, episodes->plan->courses[trace].templates[at]);
}

/* ---- services -----------------------------------------------------------------------------------------------------
 */

/* A service calls another where a step of the machine leads from one of its events to one of the other's. */
static void find_callers(const struct episodes *episodes, uint32_t root, struct service *out)
{
    const struct machine *machine = episodes->plan->blueprint->machine;
    memset(out->distance, 0xff, (episodes->n_services + 1) * sizeof *out->distance);
    out->distance[root] = 0;
    for (bool is_changed = true; is_changed;) {
        is_changed = false;
        for (size_t i = 0; i < machine->n_edges; i++) {
            const struct machine_edge *edge = &machine->edges[i];
            if (!edge->is_core || edge->from == MACHINE_START || edge->to == MACHINE_END)
                continue;
            uint32_t caller = service_at(episodes, machine->states[edge->from].template_id);
            uint32_t called = service_at(episodes, edge->template_id);
            if (out->distance[called] == UINT32_MAX || out->distance[called] + 1 >= out->distance[caller])
                continue;
            out->distance[caller] = out->distance[called] + 1;
            is_changed = true;
        }
    }
    for (size_t s = 0; s <= episodes->n_services; s++)
        if (out->distance[s] != UINT32_MAX && out->distance[s] > out->farthest)
            out->farthest = out->distance[s];
}

static int get_service(struct episodes *episodes, uint32_t id, struct service **out)
{
    const struct plan *plan = episodes->plan;
    struct service *service = &episodes->services[id];
    *out = service;
    if (service->is_made)
        return 0;
    service->distance = alloc_array(episodes->n_services + 1, sizeof *service->distance);
    if (service->distance == NULL)
        return LW_ERR_MEMORY;
    find_callers(episodes, id, service);
    int rc = detour_init(&service->detour, plan->blueprint, plan->constraints,
                         parties_failures(plan->parties, id < episodes->n_services ? id : PARTY_NONE));
    if (rc == 0)
        rc = detour_complete(&service->detour, plan->constraints);
    service->is_made = rc == 0;
    return rc;
}

/* ---- hitting a trace ----------------------------------------------------------------------------------------------
 */

/* Leads the trace into a failure from event `at` on; of the event's service if that can be. */
static int fail_at(struct episodes *episodes, size_t trace, size_t at, bool *is_done)
{
    struct course *course = &episodes->plan->courses[trace];
    struct service *service;
    size_t failed = SIZE_MAX;
    int rc = get_service(episodes, service_of(episodes, trace, at), &service);
    if (rc == 0)
        rc = detour_lead(&service->detour, &episodes->rng, course, at, &failed);
    if (rc == 0 && failed == SIZE_MAX) {
        rc = get_service(episodes, (uint32_t)episodes->n_services, &service);
        if (rc == 0)
            rc = detour_lead(&service->detour, &episodes->rng, course, at, &failed);
    }
    *is_done = rc == 0 && failed != SIZE_MAX;
    for (size_t i = failed; *is_done && i < course->n; i++)
        if (parties_is_failure(episodes->plan->parties, course->templates[i]))
            course->kinds[i] = (uint8_t)episodes->kind;
    return rc;
}

static int cascade(struct episodes *episodes, size_t trace, bool *is_done)
{
    const struct course *course = &episodes->plan->courses[trace];
    struct service *root;
    int rc = get_service(episodes, episodes->service, &root);
    double step = (double)(episodes->to_us - episodes->from_us) / (root->farthest + 1.);
    for (size_t i = 0; i < course->n && rc == 0 && !*is_done; i++) {
        uint32_t distance = root->distance[service_of(episodes, trace, i)];
        int64_t time = time_of(episodes, trace, i);
        if (distance != UINT32_MAX && time >= episodes->from_us + (int64_t)(step * distance) && time <= episodes->to_us)
            rc = fail_at(episodes, trace, i, is_done);
    }
    return rc;
}

/* 0 when the episode begins, 1 when it ends. */
static double progress(const struct episodes *episodes, int64_t time_us)
{
    return (double)(time_us - episodes->from_us) / (double)(episodes->to_us - episodes->from_us);
}

static bool slow_down(struct episodes *episodes, size_t trace, size_t *last)
{
    struct course *course = &episodes->plan->courses[trace];
    int64_t moved = 0, before = course->times_us[0];
    bool is_slow = false;
    for (size_t i = 1; i < course->n; i++) {
        int64_t time = time_of(episodes, trace, i), own = course->times_us[i];
        double at = progress(episodes, time);
        if (at >= FROM_GROWTH && at <= 1) {
            int64_t more = (int64_t)((double)(own - before) * (episodes->spec->severity - 1) * at);
            moved += more;
            *last = i;
            if (more > 0) {
                course->kinds[i] = (uint8_t)episodes->kind;
                is_slow = true;
            }
        }
        before = own;
        course->times_us[i] = own + moved;
    }
    return is_slow;
}

static int exhaust(struct episodes *episodes, size_t trace, bool *is_done)
{
    size_t last = 0;
    bool is_failed;
    *is_done = slow_down(episodes, trace, &last);
    if (!*is_done || episodes->kind == ANOMALY_DRIFT)
        return 0;
    double share = .5 * fmin(1, progress(episodes, time_of(episodes, trace, last)));
    bool has_more = last + 1 < episodes->plan->courses[trace].n;
    return has_more && rng_uniform(&episodes->rng) < share ? fail_at(episodes, trace, last + 1, &is_failed) : 0;
}

static int crash(struct episodes *episodes, size_t trace, bool *is_done)
{
    struct course *course = &episodes->plan->courses[trace];
    size_t n = course->n, keep = 0;
    while (keep < n && time_of(episodes, trace, keep) <= episodes->from_us)
        keep++;
    if (keep == 0 || keep == n)
        return 0;
    course->n = keep;
    *is_done = !machine_accepts(episodes->plan->blueprint->machine, course);
    if (*is_done)
        course->kinds[keep - 1] = (uint8_t)ANOMALY_CRASH;
    else
        course->n = n;
    return 0;
}

static int flap(struct episodes *episodes, size_t trace, bool *is_done)
{
    const struct course *course = &episodes->plan->courses[trace];
    double turns = floor(episodes->spec->severity);
    int rc = 0;
    for (size_t i = 0; i < course->n && rc == 0 && !*is_done; i++) {
        double at = progress(episodes, time_of(episodes, trace, i));
        if (at >= 0 && at <= 1 && fmod(at * turns, 1) < .5 && service_of(episodes, trace, i) == episodes->service)
            rc = fail_at(episodes, trace, i, is_done);
    }
    return rc;
}

static int hit(struct episodes *episodes, size_t trace, bool *is_done)
{
    *is_done = false;
    switch (episodes->kind) {
    case ANOMALY_CASCADE:
        return cascade(episodes, trace, is_done);
    case ANOMALY_CRASH:
        return crash(episodes, trace, is_done);
    case ANOMALY_FLAPPING:
        return flap(episodes, trace, is_done);
    default:
        return exhaust(episodes, trace, is_done);
    }
}

/* ---- an episode ---------------------------------------------------------------------------------------------------
 */

static bool uses(const struct episodes *episodes, size_t trace)
{
    for (size_t i = 0; i < episodes->plan->courses[trace].n; i++)
        if (service_of(episodes, trace, i) == episodes->service)
            return true;
    return false;
}

/* Whether the episode reaches the trace, and would hit it if there was room. */
static bool is_reached(struct episodes *episodes, size_t trace)
{
    const struct course *course = &episodes->plan->courses[trace];
    bool is_crash = episodes->kind == ANOMALY_CRASH;
    if (episodes->plan->kinds[trace] != ANOMALY_NONE || course->n == 0 ||
        time_of(episodes, trace, course->n - 1) < episodes->from_us ||
        time_of(episodes, trace, 0) > (is_crash ? episodes->from_us : episodes->to_us))
        return false;
    bool is_alone = episodes->kind == ANOMALY_CASCADE && episodes->plan->parties->services.count < 2;
    return episodes->kind == ANOMALY_DRIFT || (!is_alone && uses(episodes, trace)) ||
           rng_uniform(&episodes->rng) < episodes->spec->propagation;
}

static int gather(struct episodes *episodes, size_t root)
{
    size_t low = order_first_i64(episodes->starts_us, episodes->plan->n, episodes->from_us - episodes->reach_us);
    size_t high = order_first_i64(episodes->starts_us, episodes->plan->n, episodes->to_us + 1);
    low = root > MAX_SPAN && low < root - MAX_SPAN ? root - MAX_SPAN : low;
    high = high > root + MAX_SPAN ? root + MAX_SPAN : high;
    struct crowd *crowd = &episodes->crowd;
    crowd->n = 0;
    for (size_t i = low; i < high; i++) {
        if (i == root || !is_reached(episodes, i))
            continue;
        if (alloc_grow(&crowd->items, &crowd->cap, crowd->n + 1, sizeof *crowd->items) != 0)
            return LW_ERR_MEMORY;
        crowd->items[crowd->n++] = i;
    }
    for (size_t i = crowd->n; i > 1; i--) {
        size_t k = (size_t)rng_below(&episodes->rng, i), kept = crowd->items[k];
        crowd->items[k] = crowd->items[i - 1];
        crowd->items[i - 1] = kept;
    }
    return 0;
}

/* Nothing of a crashed service starts until it is up again; then what has waited comes soon, in its order. */
static void hold_back(struct episodes *episodes)
{
    struct plan *plan = episodes->plan;
    if (plan->blueprint->arrival.window_us > 0)
        return;
    size_t low = order_first_i64(episodes->starts_us, episodes->plan->n, episodes->from_us + 1),
           high = order_first_i64(episodes->starts_us, episodes->plan->n, episodes->to_us);
    for (size_t i = low; i < high; i++)
        if (plan->starts_us[i] > episodes->from_us && plan->starts_us[i] < episodes->to_us && uses(episodes, i))
            plan->starts_us[i] = episodes->to_us + (plan->starts_us[i] - episodes->from_us) / 10;
}

/* An episode that begins in trace root. */
static int break_out(struct episodes *episodes, size_t root, size_t quota, size_t *made)
{
    struct plan *plan = episodes->plan;
    const struct course *course = &plan->courses[root];
    rng_init(&episodes->rng, (uint64_t)plan->constraints->seed, PURPOSE_EPISODE,
             root * ANOMALY_COUNT + (unsigned)episodes->kind);
    size_t at = (size_t)rng_below(&episodes->rng, course->n);
    episodes->service = service_of(episodes, root, at);
    episodes->from_us = time_of(episodes, root, at);
    bool is_growing = episodes->kind == ANOMALY_EXHAUSTION || episodes->kind == ANOMALY_DRIFT;
    double lasts_us = fmax(1, episodes->spec->duration_s * 1e6);
    if (is_growing) /* the root is met somewhere in the growth */
        episodes->from_us -= (int64_t)(lasts_us * (FROM_GROWTH + (1 - FROM_GROWTH) * rng_uniform(&episodes->rng)));
    if (episodes->kind == ANOMALY_CRASH && at + 1 < course->n)
        episodes->from_us += (course->times_us[at + 1] - course->times_us[at]) / 2;
    episodes->to_us = episodes->from_us + (int64_t)fmin(lasts_us, 4e15);
    bool is_done;
    int rc = hit(episodes, root, &is_done);
    if (rc != 0 || !is_done)
        return rc;
    plan->kinds[root] = (uint8_t)episodes->kind;
    ++*made;
    if (*made < quota)
        rc = gather(episodes, root);
    else
        episodes->crowd.n = 0;
    for (size_t i = 0; i < episodes->crowd.n && *made < quota && rc == 0; i++) {
        rc = hit(episodes, episodes->crowd.items[i], &is_done);
        if (rc == 0 && is_done) {
            plan->kinds[episodes->crowd.items[i]] = (uint8_t)episodes->kind;
            ++*made;
        }
    }
    if (rc == 0 && episodes->kind == ANOMALY_CRASH)
        hold_back(episodes);
    return rc;
}

static void release(struct episodes *episodes)
{
    for (size_t i = 0; i <= episodes->n_services && episodes->services != NULL; i++) {
        free(episodes->services[i].distance);
        detour_release(&episodes->services[i].detour);
    }
    free(episodes->services);
    free(episodes->starts_us);
    free(episodes->crowd.items);
}

static int begin(struct episodes *episodes)
{
    const struct plan *plan = episodes->plan;
    episodes->n_services = plan->parties->services.count;
    episodes->services = alloc_zeroed(episodes->n_services + 1, sizeof *episodes->services);
    episodes->starts_us = alloc_array(plan->n, sizeof *episodes->starts_us);
    if (episodes->services == NULL || episodes->starts_us == NULL)
        return LW_ERR_MEMORY;
    /* A crash has moved some. */
    for (size_t i = 0; i < plan->n; i++)
        episodes->starts_us[i] =
            i > 0 && episodes->starts_us[i - 1] > plan->starts_us[i] ? episodes->starts_us[i - 1] : plan->starts_us[i];
    for (size_t i = 0; i < plan->n; i++)
        if (course_lasts_us(&plan->courses[i]) > episodes->reach_us)
            episodes->reach_us = course_lasts_us(&plan->courses[i]);
    if (episodes->kind == ANOMALY_CRASH)
        episodes->reach_us += (int64_t)fmin(episodes->spec->duration_s * 1.1e6, 4e15);
    return 0;
}

int episodes_inject(struct plan *plan, enum anomaly kind, const size_t *order, size_t quota, size_t *made,
                    struct lw_error *err)
{
    struct episodes episodes = {.plan = plan, .kind = kind, .spec = &plan->constraints->anomalies[kind]};
    int rc = begin(&episodes);
    *made = 0;
    for (size_t i = 0; i < plan->n && *made < quota && rc == 0; i++) {
        size_t root = order[i];
        if (i % CHECK_EVERY == 0 && (rc = run_check(plan->run, err)) != 0)
            break;
        if (plan->kinds[root] == ANOMALY_NONE && plan->courses[root].n > 0 && plan->starts_us[root] != LW_NO_TIME)
            rc = break_out(&episodes, root, quota, made);
    }
    release(&episodes);
    return rc == LW_ERR_MEMORY ? fail_memory(err, "injecting anomalies") : rc;
}
