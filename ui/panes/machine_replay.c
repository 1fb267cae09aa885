/* A trace, event by event, through the states of the machine. */
#include "ui/kit/text.h"
#include "ui/panes/machine.h"

#include <stdlib.h>

#define MAX_EVENTS 100000 /* of a longer trace, the first ones */

void machine_replay_end(struct machine *self)
{
    free(self->walk);
    self->walk = NULL;
    self->is_replaying = false;
}

static size_t state_now(const struct machine *self)
{
    return self->step > self->n_events ? 1 : self->walk[self->step];
}

void machine_replay(struct app *app, struct machine *self)
{
    struct lw_trace trace;

    if (self->is_replaying) {
        machine_replay_end(self);
        return;
    }
    if (app->selection.trace == NO_INDEX ||
        lw_traces_get(app->session->traces, app->selection.trace, &trace, NULL) != 0) {
        app_say(app, "choose the trace to be replayed first: 3 lists them");
        return;
    }
    self->n_events = trace.n_events < MAX_EVENTS ? trace.n_events : MAX_EVENTS;
    self->walk = calloc(self->n_events + 1, sizeof *self->walk);
    if (!self->walk) {
        app_say(app, "out of memory");
        return;
    }
    lw_machine_walk(machine_of(app), trace.templates, self->n_events, self->walk);
    self->trace = app->selection.trace;
    self->step = 0;
    self->is_replaying = true;
    machine_show_state(app, self, state_now(self));
}

void machine_replay_step(struct app *app, struct machine *self, int by)
{
    if ((by < 0 && self->step == 0) || (by > 0 && self->step > self->n_events))
        return;
    self->step += (size_t)by;
    machine_show_state(app, self, state_now(self));
}

void machine_replay_status(const struct app *app, const struct machine *self, char *out, size_t size)
{
    struct lw_trace trace;
    char time[40] = "";

    if (lw_traces_get(app->session->traces, self->trace, &trace, NULL) != 0) {
        snprintf(out, size, "the trace is gone");
        return;
    }
    if (self->step > 0 && self->step <= self->n_events)
        text_time(time, sizeof time, trace.times_us[self->step - 1], false);
    if (self->step > self->n_events)
        snprintf(out, size, "replay of %.*s: its end  p back  Esc ends",
                 (int)(trace.name.len < 60 ? trace.name.len : 60), trace.name.data);
    else
        snprintf(out, size, "replay of %.*s: event %zu of %zu %s  n next  p back  Esc ends",
                 (int)(trace.name.len < 60 ? trace.name.len : 60), trace.name.data, self->step, trace.n_events, time);
}
