#include "cmd/explain.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/data_dir.h"
#include "cmd/input.h"
#include "cmd/print.h"
#include "cmd/table.h"

/* ---- printing -------------------------------------------------------------------------------------------------- */

#define INDENT "            "

struct writer {
    FILE *out;
    const struct lw_workspace *workspace;
    const char *message;
    size_t len;
    const struct lw_reason *reason;
};

static void shown(const struct writer *w, struct lw_bytes text)
{
    print_shown(w->out, text.data, text.len);
}

static struct lw_bytes part(const struct writer *w, struct lw_span span)
{
    return (struct lw_bytes){w->message + span.start, span.len};
}

static const char *times(uint64_t count)
{
    return count == 1 ? "time" : "times";
}

static void text_tokens(const struct writer *w)
{
    fprintf(w->out, "message     ");
    shown(w, (struct lw_bytes){w->message, w->len});
    fprintf(w->out, "\ntokens         #  bytes    type      text\n");
    for (size_t i = 0; i < w->reason->n_tokens; i++) {
        const struct lw_reason_token *token = &w->reason->tokens[i];
        char bytes[48];

        snprintf(bytes, sizeof bytes, "%zu-%zu", token->span.start + 1, token->span.start + token->span.len);
        fprintf(w->out, INDENT "%4zu  %-8s %-9s ", i + 1, bytes, token->type);
        shown(w, part(w, token->span));
        putc('\n', w->out);
    }
    fprintf(w->out, "masked      ");
    shown(w, w->reason->masked);
    if (w->reason->count > 0)
        fprintf(w->out, "\n" INDENT "seen %llu %s\n", (unsigned long long)w->reason->count, times(w->reason->count));
    else
        fprintf(w->out, "\n" INDENT "never seen\n");
}

/* "E12 (name)  text" */
static int text_template(const struct writer *w, size_t index, struct lw_template *out, struct lw_error *err)
{
    char id[TEMPLATE_NAME_SIZE];
    int code = lw_template_get(w->workspace, index, out, err);

    if (code != 0)
        return code;
    fputs(template_name(out->id, id), w->out);
    if (out->name.len > 0) {
        fputs(" (", w->out);
        shown(w, out->name);
        putc(')', w->out);
    }
    fputs("  ", w->out);
    shown(w, out->text);
    putc('\n', w->out);
    return 0;
}

static int text_way(const struct writer *w, struct lw_error *err)
{
    const struct lw_reason *reason = w->reason;
    ptrdiff_t index = lw_template_index(w->workspace, reason->template_id);
    struct lw_template template;
    int code;

    fputs("template    ", w->out);
    if (index < 0) {
        fputs("unknown: no template accepts it\n", w->out);
        return 0;
    }
    code = text_template(w, (size_t)index, &template, err);
    if (code != 0)
        return code;
    if (reason->step != NULL)
        fprintf(w->out,
                INDENT "learned: its masked sequence is one of the template's\n" INDENT "by the step `%s`: %s\n",
                reason->step, reason->step_help);
    else
        fputs(INDENT "matched: of the templates that accept it this is the most specific\n", w->out);
    fputs(INDENT "begins with: ", w->out);
    shown(w, reason->first);
    fprintf(w->out, "\n" INDENT "joins %zu sequence%s, %llu record%s%s\n", reason->n_sequences,
            command_s(reason->n_sequences), (unsigned long long)template.count, command_s(template.count),
            template.is_pinned ? "; its text is pinned" : "");
    for (size_t i = 0; i < reason->n_values; i++) {
        fprintf(w->out, "%-12s%zu  %-9s ", i == 0 ? "parameters" : "", i + 1, reason->values[i].type);
        shown(w, part(w, reason->values[i].span));
        putc('\n', w->out);
    }
    return 0;
}

static void text_difference(const struct writer *w, const struct lw_difference *difference)
{
    if (difference->token < w->reason->n_tokens)
        fprintf(w->out, INDENT "  differs at token %zu: ", difference->token + 1);
    else
        fputs(INDENT "  differs at the end: ", w->out);
    if (difference->here.len == 0) {
        fputs("nothing here, ", w->out);
    } else {
        putc('`', w->out);
        shown(w, part(w, difference->here));
        fputs("` here, ", w->out);
    }
    if (difference->there.len == 0) {
        fputs("nothing there\n", w->out);
    } else {
        putc('`', w->out);
        shown(w, difference->there);
        fputs("` there\n", w->out);
    }
}

static int text_near(const struct writer *w, struct lw_error *err)
{
    const struct lw_reason *reason = w->reason;

    if (reason->n_near == 0)
        fputs("near        no other template has a word in common with it\n", w->out);
    for (size_t i = 0; i < reason->n_near; i++) {
        const struct lw_near_template *near = &reason->near[i];
        struct lw_template template;
        int code;

        fputs(i == 0 ? "near        " : INDENT, w->out);
        code = text_template(w, near->index, &template, err);
        if (code != 0)
            return code;
        fprintf(w->out, INDENT "  seen %llu %s\n", (unsigned long long)template.count, times(template.count));
        for (size_t d = 0; d < near->n_differences; d++)
            text_difference(w, &near->differences[d]);
        if (near->n_differences == 0)
            fputs(INDENT "  accepts it, too, but is less specific\n", w->out);
    }
    return 0;
}

static void json_text(const struct writer *w, const char *before, struct lw_bytes text)
{
    fputs(before, w->out);
    print_json(w->out, text.data, text.len);
}

static void json_place(const struct writer *w, struct lw_span span)
{
    fprintf(w->out, ",\"byte\":%zu,\"length\":%zu}", span.start + 1, span.len);
}

static void json_tokens(const struct writer *w)
{
    json_text(w, "{\"message\":", (struct lw_bytes){w->message, w->len});
    fputs(",\"tokens\":[", w->out);
    for (size_t i = 0; i < w->reason->n_tokens; i++) {
        const struct lw_reason_token *token = &w->reason->tokens[i];

        fprintf(w->out, "%s{\"type\":\"%s\"", i > 0 ? "," : "", token->type);
        json_text(w, ",\"text\":", part(w, token->span));
        json_place(w, token->span);
    }
    json_text(w, "],\"masked\":", w->reason->masked);
    fprintf(w->out, ",\"seen\":%llu,\"way\":\"%s\"", (unsigned long long)w->reason->count, w->reason->way);
}

static int json_template(const struct writer *w, const char *before, size_t index, struct lw_error *err)
{
    char id[TEMPLATE_NAME_SIZE];
    struct lw_template template;
    int code = lw_template_get(w->workspace, index, &template, err);

    if (code != 0)
        return code;
    fprintf(w->out, "%s\"event\":\"%s\",\"name\":", before, template_name(template.id, id));
    if (template.name.len > 0)
        json_text(w, "", template.name);
    else
        fputs("null", w->out);
    json_text(w, ",\"template\":", template.text);
    fprintf(w->out, ",\"count\":%llu", (unsigned long long)template.count);
    return 0;
}

static int json_way(const struct writer *w, struct lw_error *err)
{
    const struct lw_reason *reason = w->reason;
    ptrdiff_t index = lw_template_index(w->workspace, reason->template_id);
    int code;

    if (index < 0) {
        fputs(",\"event\":null", w->out);
        return 0;
    }
    code = json_template(w, ",", (size_t)index, err);
    if (code != 0)
        return code;
    if (reason->step != NULL)
        fprintf(w->out, ",\"step\":\"%s\"", reason->step);
    json_text(w, ",\"first\":", reason->first);
    fprintf(w->out, ",\"sequences\":%zu,\"parameters\":[", reason->n_sequences);
    for (size_t i = 0; i < reason->n_values; i++) {
        fprintf(w->out, "%s{\"type\":\"%s\"", i > 0 ? "," : "", reason->values[i].type);
        json_text(w, ",\"value\":", part(w, reason->values[i].span));
        json_place(w, reason->values[i].span);
    }
    putc(']', w->out);
    return 0;
}

static int json_near(const struct writer *w, struct lw_error *err)
{
    fputs(",\"near\":[", w->out);
    for (size_t i = 0; i < w->reason->n_near; i++) {
        const struct lw_near_template *near = &w->reason->near[i];
        int code = json_template(w, i > 0 ? ",{" : "{", near->index, err);

        if (code != 0)
            return code;
        fputs(",\"differences\":[", w->out);
        for (size_t d = 0; d < near->n_differences; d++) {
            const struct lw_difference *difference = &near->differences[d];

            fprintf(w->out, "%s{\"token\":%zu", d > 0 ? "," : "", difference->token + 1);
            json_text(w, ",\"here\":", part(w, difference->here));
            json_text(w, ",\"there\":", difference->there);
            putc('}', w->out);
        }
        fputs("]}", w->out);
    }
    fputs("]}\n", w->out);
    return 0;
}

int explain_print(FILE *out, const struct lw_workspace *workspace, const char *message, size_t len, bool is_json,
                  struct lw_error *err)
{
    struct lw_reason *reason;
    int code = lw_template_explain(workspace, message, len, &reason, err);

    if (code != 0)
        return code;
    struct writer w = {out, workspace, message, len, reason};
    if (is_json)
        json_tokens(&w);
    else
        text_tokens(&w);
    code = is_json ? json_way(&w, err) : text_way(&w, err);
    if (code == 0)
        code = is_json ? json_near(&w, err) : text_near(&w, err);
    lw_reason_free(reason);
    return code;
}

/* ---- lines ----------------------------------------------------------------------------------------------------- */

struct explaining {
    struct command_call *call;
    struct lw_workspace *workspace;
    struct lw_log *log;         /* or NULL */
    struct lw_formats *formats; /* for a workspace without its log; NULL: lines are messages */
    struct lw_summary summary;
    uint64_t n; /* lines so far */
};

static int explain_line(struct explaining *e, const char *line, size_t len)
{
    struct lw_span message = {0, len};
    bool is_json = e->call->values[OPTION_JSON] != NULL;
    struct lw_error err;
    int code = 0;

    if (e->log != NULL)
        code = lw_log_cut_line(e->log, line, len, &message, &err);
    else if (e->formats != NULL)
        code = lw_formats_cut_line(e->formats, e->summary.format, line, len, &message, &err);
    if (code == 0 && e->n++ > 0 && !is_json)
        putc('\n', e->call->out);
    if (code == 0)
        code = explain_print(e->call->out, e->workspace, line + message.start, message.len, is_json, &err);
    return code == 0 ? COMMAND_DONE : command_error(e->call, &err);
}

static int explain_stream(struct explaining *e, FILE *in)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    int status = COMMAND_DONE;

    while (status == COMMAND_DONE && (len = getline(&line, &cap, in)) >= 0) {
        len -= len > 0 && line[len - 1] == '\n';
        len -= len > 0 && line[len - 1] == '\r';
        status = explain_line(e, line, (size_t)len);
    }
    if (status == COMMAND_DONE && ferror(in))
        status = command_fail(e->call, "templates: reading standard input failed");
    free(line);
    return status;
}

/* The formats that the workspace's log had, if they are known here. */
static void open_formats(struct explaining *e)
{
    char *dir = data_dir("formats");
    struct lw_span message;
    struct lw_error err;

    lw_workspace_summary(e->workspace, &e->summary);
    if (e->summary.format[0] != '\0' && lw_formats_open(dir, &e->formats, &err) == 0 &&
        lw_formats_cut_line(e->formats, e->summary.format, "", 0, &message, &err) != 0) {
        command_say(e->call, "lines are taken as messages: %s", err.text);
        lw_formats_free(e->formats);
        e->formats = NULL;
    }
    free(dir);
}

int explain_run(struct command_call *call)
{
    const char *line = call->values[OPTION_EXPLAIN_LINE];
    struct explaining e = {.call = call};
    int status;

    if (call->values[OPTION_CSV] != NULL)
        return command_fail(call, "templates: --explain prints text or --json");
    if (strcmp(line, "-") == 0) {
        if (call->context->log != NULL || call->context->workspace != NULL)
            return command_fail(call, "templates: at the prompt, give the line itself behind --explain");
        for (size_t i = 0; i < call->n_inputs; i++)
            if (strcmp(call->inputs[i], "-") == 0)
                return command_fail(call, "templates: standard input can be the log or the lines to explain, not both");
    }
    status = input_templates(call, &e.workspace, &e.log);
    if (status != COMMAND_DONE)
        return status;
    if (e.log == NULL)
        open_formats(&e);
    status = strcmp(line, "-") == 0 ? explain_stream(&e, stdin) : explain_line(&e, line, strlen(line));
    lw_formats_free(e.formats);
    lw_log_free(e.log);
    lw_workspace_free(e.workspace);
    return status;
}
