#include "ui/panes/panes.h"

#include "ui/app/jobs.h"

#include <stdio.h>

const struct pane *pane_get(enum pane_id id)
{
    static const struct pane *const panes[PANE_COUNT] = {
        [PANE_LOGS] = &pane_logs,       [PANE_TEMPLATES] = &pane_templates, [PANE_TRACES] = &pane_traces,
        [PANE_MACHINE] = &pane_machine, [PANE_GENERATE] = &pane_generate,   [PANE_DETECT] = &pane_detect,
        [PANE_COMPARE] = &pane_compare, [PANE_TABLES] = &pane_tables,       [PANE_HELP] = &pane_help,
        [PANE_OUTPUT] = &pane_output,
    };

    return panes[id];
}

const char *action_place(const struct action_row *row)
{
    return row->pane == PANE_ALL ? "everywhere" : pane_get((enum pane_id)row->pane)->title;
}

struct style level_style(enum lw_level level)
{
    if (level >= LW_LEVEL_ERROR)
        return style_of(ROLE_FAULT);
    if (level == LW_LEVEL_WARN)
        return style_of(ROLE_CARE);
    return style_of(level >= LW_LEVEL_INFO ? ROLE_TEXT : ROLE_DIM);
}

bool draw_absence(const struct app *app, const struct view *view, bool is_log_enough)
{
    bool is_busy = jobs_is_busy(app->jobs, JOB_SESSION);
    const char *text;

    if (app_is_learned(app) || (app->session && is_log_enough))
        return false;
    if (app->session)
        text = is_busy ? "learning; what is found appears here" : "nothing was learned; :trace-by auto begins again";
    else
        text = is_busy ? "reading; what is known appears here"
                       : "no log is open   :open FILE reads one   F1 helps   q leaves";
    view_wrap(view, view->area.rows > 4 ? 1 : 0, 2, 4, style_of(ROLE_DIM), text);
    return true;
}
