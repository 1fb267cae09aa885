/*
 * Marks on records. A mark is an edit like any other: "mark" (source, epoch, offset, number, note) or "unmark" without
 * the note; so it is undone, saved and kept by the same code, while the model stays the one it was. Source, epoch and
 * offset are what a record is known by; its number changes when sources are merged or grow, and is kept as a hint
 * alone, since looking for an offset among merged records takes a pass over all of them. Only marks whose hint is
 * wrong share such a pass.
 */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "log/log.h"
#include "workspace/workspace.h"

enum { ARG_SOURCE, ARG_EPOCH, ARG_OFFSET, ARG_NUMBER, ARG_NOTE };

struct mark {
    uint64_t record, offset, number;
    uint64_t epoch;
    const char *source; /* of an edit */
    char *note;         /* owned once the list is made; of an edit before */
};

struct lw_marks {
    atomic_uint references;
    struct mark *items; /* [n] in the order of records */
    size_t n, n_lost;
};

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static const char *path_of(const struct lw_log *log, size_t source)
{
    return log->sources[source].epochs[0].text->source.path;
}

/* Whether the row is where the mark was set. A log that was moved keeps the last part of its path. */
static bool is_at(const struct lw_log *log, const struct store_row *row, const struct mark *mark)
{
    return row->offset == mark->offset && row->epoch == mark->epoch &&
           strcmp(last_part(path_of(log, row->source)), last_part(mark->source)) == 0;
}

static int compare_places(const void *a, const void *b)
{
    const struct mark *x = a, *y = b;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

static int compare_records(const void *a, const void *b)
{
    const struct mark *x = a, *y = b;
    return (x->record > y->record) - (x->record < y->record);
}

/* The marks in force as the edits give them, the latest of each record; notes are borrowed. */
static int gather(const struct edits *edits, struct lw_marks *marks, struct lw_error *err)
{
    size_t cap = 0;
    for (size_t i = 0; i < edits->n; i++) {
        const struct edit *edit = &edits->items[i];
        if (edit->is_undone || !edit_is_mark(edit))
            continue;
        struct mark mark = {LW_NO_RECORD,
                            strtoull(edit->args[ARG_OFFSET], NULL, 10),
                            strtoull(edit->args[ARG_NUMBER], NULL, 10),
                            strtoull(edit->args[ARG_EPOCH], NULL, 10),
                            edit->args[ARG_SOURCE],
                            edit->n_args > ARG_NOTE ? edit->args[ARG_NOTE] : NULL};
        size_t at = 0;
        while (at < marks->n && (marks->items[at].offset != mark.offset || marks->items[at].epoch != mark.epoch ||
                                 strcmp(marks->items[at].source, mark.source) != 0))
            at++;
        if (at == marks->n) {
            if (alloc_grow(&marks->items, &cap, marks->n + 1, sizeof mark) != 0)
                return fail_memory(err, "gathering marks");
            marks->n++;
        }
        marks->items[at] = mark;
    }
    size_t n = 0;
    for (size_t i = 0; i < marks->n; i++)
        if (marks->items[i].note != NULL)
            marks->items[n++] = marks->items[i];
    marks->n = n;
    return 0;
}

/* One pass over all records for the n marks, in the order of their offsets, that are not where they were. */
static void search(const struct lw_log *log, struct mark *marks, size_t n)
{
    uint64_t count = snapshot_count(log->records);
    for (uint64_t record = 0; n > 0 && record < count; record++) {
        struct store_row row;
        log_row(log, record, &row);
        size_t low = 0, high = n;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (marks[middle].offset < row.offset)
                low = middle + 1;
            else
                high = middle;
        }
        for (; low < n && marks[low].offset == row.offset; low++)
            if (is_at(log, &row, &marks[low]))
                marks[low].record = record;
    }
}

static void locate(const struct lw_log *log, struct lw_marks *marks)
{
    uint64_t count = snapshot_count(log->records);
    size_t n_known = 0;
    for (size_t i = 0; i < marks->n; i++) {
        struct mark mark = marks->items[i];
        struct store_row row;
        if (mark.number >= count)
            continue;
        log_row(log, mark.number, &row);
        if (!is_at(log, &row, &mark))
            continue;
        mark.record = mark.number;
        marks->items[i] = marks->items[n_known];
        marks->items[n_known++] = mark;
    }
    if (n_known < marks->n) {
        qsort(marks->items + n_known, marks->n - n_known, sizeof *marks->items, compare_places);
        search(log, marks->items + n_known, marks->n - n_known);
    }
}

int lw_workspace_marks(const struct lw_workspace *workspace, const struct lw_log *log, struct lw_marks **out,
                       struct lw_error *err)
{
    struct lw_marks *marks = alloc_zeroed(1, sizeof *marks);
    if (marks == NULL)
        return fail_memory(err, "gathering marks");
    atomic_init(&marks->references, 1);
    int code = gather(&workspace->edits, marks, err);
    size_t n = code == 0 ? marks->n : 0, n_own = 0;
    if (n > 0) {
        locate(log, marks);
        qsort(marks->items, n, sizeof *marks->items, compare_records); /* those that were not found come last */
        while (marks->n > 0 && marks->items[marks->n - 1].record == LW_NO_RECORD)
            marks->n--;
        marks->n_lost = n - marks->n;
    }
    for (n = marks->n; code == 0 && n_own < n; n_own++) {
        struct mark *mark = &marks->items[n_own];
        mark->source = NULL;
        mark->note = alloc_text(mark->note, strlen(mark->note));
        if (mark->note == NULL) {
            code = fail_memory(err, "gathering marks");
            break;
        }
    }
    if (code != 0) {
        marks->n = n_own;
        lw_marks_free(marks);
        return code;
    }
    *out = marks;
    return 0;
}

struct lw_marks *lw_marks_retain(struct lw_marks *marks)
{
    atomic_fetch_add(&marks->references, 1);
    return marks;
}

void lw_marks_free(struct lw_marks *marks)
{
    if (marks == NULL || atomic_fetch_sub(&marks->references, 1) != 1)
        return;
    for (size_t i = 0; i < marks->n; i++)
        free(marks->items[i].note);
    free(marks->items);
    free(marks);
}

size_t lw_marks_count(const struct lw_marks *marks)
{
    return marks->n;
}

size_t lw_marks_lost(const struct lw_marks *marks)
{
    return marks->n_lost;
}

int lw_marks_get(const struct lw_marks *marks, size_t index, struct lw_mark *out, struct lw_error *err)
{
    if (index >= marks->n)
        return fail(err, LW_ERR_NOT_FOUND, "there are %zu marks, and none of number %zu", marks->n, index);
    const struct mark *mark = &marks->items[index];
    *out = (struct lw_mark){mark->record, {mark->note, strlen(mark->note)}};
    return 0;
}

size_t lw_marks_seek(const struct lw_marks *marks, uint64_t record)
{
    size_t low = 0, high = marks->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (marks->items[middle].record < record)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int lw_workspace_mark(const struct lw_workspace *workspace, const struct lw_log *log, uint64_t record, const char *note,
                      struct lw_workspace **out, struct lw_error *err)
{
    struct edits edits = {NULL, 0, 0, 0};
    struct store_row row;
    char epoch[16], offset[24], number[24];
    if (record >= snapshot_count(log->records))
        return fail(err, LW_ERR_NOT_FOUND, "the log has no record %" PRIu64, record + 1);
    log_row(log, record, &row);
    snprintf(epoch, sizeof epoch, "%u", (unsigned)row.epoch);
    snprintf(offset, sizeof offset, "%" PRIu64, row.offset);
    snprintf(number, sizeof number, "%" PRIu64, record);
    const char *args[] = {path_of(log, row.source), epoch, offset, number, note};
    int code = edits_copy(&workspace->edits, &edits, err);
    if (code == 0)
        code = edits_add(&edits, note != NULL ? "mark" : "unmark", args, note != NULL ? 5 : 4, err);
    if (code != 0) {
        edits_release(&edits);
        return code;
    }
    return workspace_under(workspace, &edits, out, err);
}
