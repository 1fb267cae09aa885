/*
 * What keys do. Every action is one row of a table: its name, the pane that takes it (or all), its default keys and
 * one line of help. Hints, the help page, the user's key file and the `:` prompt are made from the same rows.
 */
#ifndef LW_APP_ACTIONS_H
#define LW_APP_ACTIONS_H

#include "logwright.h"
#include "ui/kit/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pane_id {
    PANE_LOGS,
    PANE_TEMPLATES,
    PANE_TRACES,
    PANE_MACHINE,
    PANE_GENERATE,
    PANE_DETECT,
    PANE_COMPARE,
    PANE_TABLES,
    PANE_HELP,
    PANE_OUTPUT, /* what a command printed */
    PANE_COUNT
};
enum { PANE_ALL = PANE_COUNT }; /* in the table: not bound to a pane */

enum action {
    ACT_NONE,
    /* everywhere */
    ACT_DOWN,
    ACT_UP,
    ACT_PAGE_DOWN,
    ACT_PAGE_UP,
    ACT_HALF_DOWN,
    ACT_HALF_UP,
    ACT_FIRST,
    ACT_LAST,
    ACT_LEFT,
    ACT_RIGHT,
    ACT_OPEN,
    ACT_CLOSE,
    ACT_QUIT,
    ACT_LOGS,
    ACT_TEMPLATES,
    ACT_TRACES,
    ACT_MACHINE,
    ACT_GENERATE,
    ACT_DETECT,
    ACT_COMPARE,
    ACT_TABLES,
    ACT_HELP,
    ACT_NEXT_PANE,
    ACT_PREVIOUS_PANE,
    ACT_ZOOM,
    ACT_PROMPT,
    ACT_SEARCH,
    ACT_FIND_NEXT,
    ACT_FIND_PREVIOUS,
    ACT_UNDO,
    ACT_REDO,
    ACT_CANCEL,
    ACT_REDRAW,
    ACT_SUSPEND,
    ACT_SEARCH_BACK,
    /* one pane each */
    ACT_RAW,
    ACT_NEXT_ERROR,
    ACT_PREVIOUS_ERROR,
    ACT_FILTER_TEMPLATE,
    ACT_FILTER_TRACE,
    ACT_FILTER_TEXT,
    ACT_FILTER_OUT,
    ACT_GO_TIME,
    ACT_HOUR_LATER,
    ACT_HOUR_EARLIER,
    ACT_FOLLOW,
    ACT_WHY,
    ACT_MARK_RECORD,
    ACT_NOTE,
    ACT_NEXT_MARK,
    ACT_PREVIOUS_MARK,
    ACT_ONLY_MARKS,
    ACT_WRAP,
    ACT_UNFOLD,
    ACT_SLOTS,
    ACT_RENAME,
    ACT_MERGE,
    ACT_SPLIT,
    ACT_ORDER,
    ACT_MARK,
    ACT_PIN,
    ACT_TRACE_LOGS,
    ACT_SORT_TRACES,
    ACT_ANY_ORDER,
    ACT_MARK_TRACE,
    ACT_DIFF,
    ACT_CLOCK,
    ACT_ALL_TRACES,
    ACT_FOCUS,
    ACT_MAP,
    ACT_FEWER_PATHS,
    ACT_MORE_PATHS,
    ACT_FEWER_STATES,
    ACT_MORE_STATES,
    ACT_OVERLAY,
    ACT_REPLAY,
    ACT_REPLAY_BACK,
    ACT_TYPE,
    ACT_RESET,
    ACT_RESET_ALL,
    ACT_METHOD,
    ACT_SEED,
    ACT_SAVE_CONSTRAINTS,
    ACT_LOAD_CONSTRAINTS,
    ACT_ADD,
    ACT_REMOVE,
    ACT_ONLY_SET,
    ACT_NEAREST,
    ACT_PRESETS,
    ACT_DISTRIBUTIONS,
    ACT_OTHER,
    ACT_FOLD_ALL,
    ACT_EXPORT,
    ACT_ARM,
    ACT_CELL,
    ACT_COUNT
};

struct action_row {
    enum action action;
    const char *name; /* as key files and the prompt call it */
    int pane;         /* enum pane_id, or PANE_ALL */
    const char *keys; /* separated by blanks */
    const char *help;
};
extern const struct action_row action_rows[];
extern const size_t action_row_count;
/* Title of the pane that takes the row's action, or "everywhere". */
const char *action_place(const struct action_row *row);

struct bindings; /* keys -> actions; owned by who made it */

int bindings_new(struct bindings **out, struct lw_error *err);
void bindings_free(struct bindings *bindings);
/* Lines of a key file: `NAME KEY ...` gives an action these keys instead of its own (none: takes them away), `preset
 * less` those of a preset, # begins a comment. The error names the file, the line and what is wrong. */
int bindings_read(struct bindings *bindings, const char *path, struct lw_error *err);
int bindings_parse(struct bindings *bindings, const char *name, const char *data, size_t len, struct lw_error *err);
/* What a key does in a pane; its own actions come first. */
enum action bindings_action(const struct bindings *bindings, enum pane_id pane, uint32_t key);
/* Keys of a row, "j Down"; "" if it has none. */
const char *bindings_keys(const struct bindings *bindings, size_t row, char *out, size_t size);
/* The first key that does this in the pane; "" if none does. */
const char *bindings_key(const struct bindings *bindings, enum pane_id pane, enum action action, char *out,
                         size_t size);
/* Row of an action's name; NULL if there is none. */
const struct action_row *action_find(const char *name);

/* Moves the list when the action is one of moving; ACT_NONE then, else the action. */
enum action list_act(struct list *list, enum action action);

#endif
