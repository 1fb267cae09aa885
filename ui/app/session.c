#include "ui/app/session.h"

#include "cmd/data_dir.h"
#include "cmd/masks.h"
#include "ui/kit/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct session *session_retain(struct session *session)
{
    if (session)
        atomic_fetch_add(&session->refs, 1);
    return session;
}

void session_free(struct session *session)
{
    if (!session || atomic_fetch_sub(&session->refs, 1) > 1)
        return;
    if (!session->base) {
        lw_labels_free(session->labels);
        lw_traces_free(session->matched);
    }
    session_free(session->base);
    lw_workspace_free(session->workspace);
    lw_log_free(session->log);
    free(session->labels_path);
    text_free_list(session->paths, session->n_paths);
    free(session->asked_format);
    free(session->asked_trace);
    free(session->asked_labels);
    free(session->asked_masks);
    free(session);
}

/* Name of the label file that stands beside the log: x.log.gz -> x.labels.csv; NULL if there is none. */
static char *labels_beside(const char *path)
{
    static const char *const ends[] = {".gz", ".zst", ".log", ".txt"};
    size_t len = strlen(path);
    struct text name = {NULL, 0, 0};

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t n = strlen(ends[i]);

        if (len > n && memcmp(path + len - n, ends[i], n) == 0)
            len -= n;
    }
    text_add(&name, path, len);
    text_add(&name, ".labels.csv", strlen(".labels.csv"));
    if (name.data && access(name.data, R_OK) == 0)
        return name.data;
    text_release(&name);
    return NULL;
}

/* Holds copies of what was asked for; NULL when memory is out. */
static struct session *session_new(const struct session_request *request)
{
    struct session *session = calloc(1, sizeof *session);

    if (!session)
        return NULL;
    atomic_init(&session->refs, 1);
    session->paths = text_copy_list(request->paths, request->n_paths);
    session->n_paths = session->paths ? request->n_paths : 0;
    session->asked_format = text_copy_or_null(request->format);
    session->asked_trace = text_copy_or_null(request->trace);
    session->asked_labels = text_copy_or_null(request->labels);
    session->asked_masks = text_copy_or_null(request->masks);
    if (!session->paths) {
        session_free(session);
        return NULL;
    }
    return session;
}

struct session_request session_request_of(const struct session *session)
{
    return (struct session_request){(const char *const *)session->paths,
                                    session->n_paths,
                                    session->asked_format,
                                    session->asked_trace,
                                    session->asked_labels,
                                    session->asked_masks,
                                    NULL,
                                    NULL,
                                    0,
                                    false};
}

bool session_request_copy(struct session_request *to, const struct session_request *from)
{
    *to = *from;
    to->paths = (const char *const *)text_copy_list(from->paths, from->n_paths);
    to->n_paths = to->paths ? from->n_paths : 0;
    to->format = text_copy_or_null(from->format);
    to->trace = text_copy_or_null(from->trace);
    to->labels = text_copy_or_null(from->labels);
    to->masks = text_copy_or_null(from->masks);
    return to->paths && !from->format == !to->format && !from->trace == !to->trace && !from->labels == !to->labels &&
           !from->masks == !to->masks;
}

void session_request_release(struct session_request *request)
{
    text_free_list((char **)request->paths, request->n_paths);
    free((char *)request->format);
    free((char *)request->trace);
    free((char *)request->labels);
    free((char *)request->masks);
    *request = (struct session_request){0};
}

/* Labels that do not fit are worth a notice, unless they must: then all stays as it was. */
static int read_labels(struct session *session, bool must_fit, struct lw_error *err)
{
    struct lw_error why;

    if (!session->labels_path || !session->log)
        return 0;
    if (lw_labels_read(session->labels_path, session->log, session->traces, &session->labels, &why) == 0)
        return 0;
    free(session->labels_path);
    session->labels_path = NULL;
    if (must_fit)
        return text_fail(err, why.code, "%s", why.text);
    snprintf(session->notice, sizeof session->notice, "%s", why.text);
    return 0;
}

static void note_sources(struct session *session)
{
    struct lw_source source;

    snprintf(session->format, sizeof session->format, "workspace");
    for (size_t i = 0; session->log && i < lw_log_source_count(session->log); i++) {
        if (lw_log_source(session->log, i, &source, NULL) != 0)
            continue;
        if (i == 0)
            snprintf(session->format, sizeof session->format, "%s", source.format ? source.format : "");
        if (source.problem)
            snprintf(session->notice, sizeof session->notice, "%.*s: %s", (int)source.path.len, source.path.data,
                     source.problem);
    }
}

/* What follows once log and workspace are there. */
static int complete(struct session *session, bool must_labels_fit, bool is_learned_from_log, const struct lw_run *run,
                    struct lw_error *err)
{
    int rc;

    lw_workspace_summary(session->workspace, &session->summary);
    session->traces = lw_workspace_traces(session->workspace);
    if (session->log && !is_learned_from_log) {
        rc = lw_traces_match(session->workspace, session->log, run, &session->matched, err);
        if (rc != 0)
            return rc;
        session->traces = session->matched;
    }
    note_sources(session);
    return read_labels(session, must_labels_fit, err);
}

static bool is_log(const char *path)
{
    return strcmp(path, "-") == 0 || !lw_workspace_is_file(path);
}

/* Files left out: the first, and how many. */
static void note_paths(char notice[SESSION_NOTICE], const struct lw_paths *paths)
{
    size_t n = 0;

    while (lw_paths_remark(paths, n))
        n++;
    if (n == 1)
        snprintf(notice, SESSION_NOTICE, "%s", lw_paths_remark(paths, 0));
    else if (n > 1)
        snprintf(notice, SESSION_NOTICE, "%s, and %zu more", lw_paths_remark(paths, 0), n - 1);
}

/* Pipes end, files may grow. */
static bool are_files(const char *const *paths, size_t n)
{
    struct stat status;

    for (size_t i = 0; i < n; i++)
        if (strcmp(paths[i], "-") == 0 || stat(paths[i], &status) != 0 || !S_ISREG(status.st_mode))
            return false;
    return true;
}

static int feed_logs(const char *const *names, size_t n_names, struct lw_open_options *options,
                     const struct lw_run *run, struct lw_feed **feed, char notice[SESSION_NOTICE], struct lw_error *err)
{
    struct lw_paths *paths = NULL;
    int rc = lw_paths_expand(names, n_names, run, &paths, err);

    if (rc == 0) {
        size_t n;
        const char *const *list = lw_paths_list(paths, &n);

        note_paths(notice, paths);
        options->is_following = options->is_following || are_files(list, n);
        rc = lw_feed_open(list, n, options, run, feed, err);
    }
    lw_paths_free(paths);
    return rc;
}

int session_feed(const struct session_request *request, const struct lw_run *run, struct lw_feed **feed,
                 bool *is_growing, char notice[SESSION_NOTICE], struct lw_error *err)
{
    struct lw_open_options open = LW_OPEN_OPTIONS_INIT;
    const char **logs = calloc(request->n_paths + 1, sizeof *logs);
    char *dir = data_dir("formats");
    size_t n = 0;
    int rc = 0;

    *feed = NULL;
    notice[0] = '\0';
    if (!logs) {
        free(dir);
        return text_fail(err, LW_ERR_MEMORY, "out of memory while opening the input");
    }
    open.format = request->format;
    open.max_memory = request->max_memory;
    open.zones = request->zones;
    open.offsets = request->offsets;
    open.formats_dir = dir;
    open.is_following = request->is_following;
    for (size_t i = 0; i < request->n_paths; i++)
        if (is_log(request->paths[i]))
            logs[n++] = request->paths[i];
    if (n > 0)
        rc = feed_logs(logs, n, &open, run, feed, notice, err);
    *is_growing = open.is_following;
    free(dir);
    free(logs);
    return rc;
}

int session_of_log(const struct session_request *request, struct lw_log *log, uint64_t numbering, const char *notice,
                   struct session **out, struct lw_error *err)
{
    struct session *session = session_new(request);

    if (!session) {
        lw_log_free(log);
        return text_fail(err, LW_ERR_MEMORY, "out of memory while opening the input");
    }
    session->log = log;
    session->numbering = numbering;
    snprintf(session->notice, sizeof session->notice, "%s", notice);
    note_sources(session);
    *out = session;
    return 0;
}

int session_of_workspace(const struct session_request *request, const struct lw_run *run, struct session **out,
                         struct lw_error *err)
{
    struct session *none = session_new(request);
    int rc = none ? session_learn(none, request, run, out, err)
                  : text_fail(err, LW_ERR_MEMORY, "out of memory while opening the input");

    session_free(none);
    return rc;
}

struct session *session_grow(struct session *session, struct lw_log *log)
{
    struct session_request request = session_request_of(session);
    struct session *next = session_new(&request);

    if (!next)
        return NULL;
    next->base = session_retain(session->base ? session->base : session);
    next->log = lw_log_retain(log);
    next->workspace = session->workspace ? lw_workspace_retain(session->workspace) : NULL;
    next->traces = session->traces;
    next->matched = session->matched;
    next->labels = session->labels;
    next->labels_path = text_copy_or_null(session->labels_path);
    next->numbering = session->numbering;
    next->n_learned = session->n_learned;
    next->summary = session->summary;
    note_sources(next);
    return next;
}

int session_extend(struct session *session, const struct lw_run *run, struct session **out, struct lw_error *err)
{
    struct session *next = session_grow(session, session->log);
    int rc = next ? 0 : text_fail(err, LW_ERR_MEMORY, "out of memory while learning");

    if (rc == 0) {
        lw_workspace_free(next->workspace);
        next->workspace = NULL;
        rc = lw_workspace_extend(session->workspace, session->log, session->n_learned, run, &next->workspace, err);
    }
    if (rc != 0) {
        session_free(next);
        return rc;
    }
    next->traces = lw_workspace_traces(next->workspace);
    next->n_learned = lw_log_count(next->log);
    lw_workspace_summary(next->workspace, &next->summary);
    *out = next;
    return 0;
}

/* The workspace among the paths, or else what the log teaches. */
static int find_workspace(struct session *session, const struct session_request *request, const struct lw_run *run,
                          bool *is_learned, struct lw_error *err)
{
    struct lw_learn_options learn = LW_LEARN_OPTIONS_INIT;
    char *masks = NULL;
    int rc = 0;

    learn.trace = request->trace;
    learn.max_memory = request->max_memory;
    for (size_t i = 0; rc == 0 && i < request->n_paths; i++) {
        const char *path = request->paths[i];

        if (is_log(path))
            continue;
        if (session->workspace)
            rc = text_fail(err, LW_ERR_USAGE, "%s: one workspace can be open at a time; `logwright merge` joins them",
                           path);
        else
            rc = lw_workspace_open(path, run, &session->workspace, err);
    }
    *is_learned = rc == 0 && !session->workspace;
    if (!*is_learned)
        return rc;
    rc = masks_find(request->masks, NULL, 0, &masks, err);
    learn.masks = masks;
    if (rc == 0)
        rc = lw_workspace_learn(session->log, &learn, run, &session->workspace, err);
    lw_free(masks);
    return rc;
}

int session_learn(const struct session *session, const struct session_request *request, const struct lw_run *run,
                  struct session **out, struct lw_error *err)
{
    struct session *next = session_new(request);
    bool is_learned;
    int rc;

    if (!next)
        return text_fail(err, LW_ERR_MEMORY, "out of memory while learning");
    next->log = session->log ? lw_log_retain(session->log) : NULL;
    next->numbering = session->numbering;
    next->n_learned = next->log ? lw_log_count(next->log) : 0;
    rc = find_workspace(next, request, run, &is_learned, err);
    if (rc == 0) {
        next->labels_path = request->labels         ? text_copy(request->labels, strlen(request->labels))
                            : request->n_paths == 1 ? labels_beside(request->paths[0])
                                                    : NULL;
        rc = complete(next, request->labels && session_is_learned(session), is_learned, run, err);
    }
    if (rc != 0) {
        session_free(next);
        return rc;
    }
    *out = next;
    return 0;
}

int session_replace(const struct session *session, struct lw_workspace *workspace, const struct lw_run *run,
                    struct session **out, struct lw_error *err)
{
    struct session_request request = session_request_of(session);
    struct session *next = session_new(&request);
    int rc;

    if (!next) {
        lw_workspace_free(workspace);
        return text_fail(err, LW_ERR_MEMORY, "out of memory while editing");
    }
    next->workspace = workspace;
    next->log = session->log ? lw_log_retain(session->log) : NULL;
    next->numbering = session->numbering;
    next->n_learned = session->n_learned;
    next->labels_path = text_copy_or_null(session->labels_path);
    rc = complete(next, false, !session->matched, run, err);
    if (rc != 0) {
        session_free(next);
        return rc;
    }
    *out = next;
    return 0;
}

struct lw_bytes session_template_text(const struct session *session, uint32_t template_id)
{
    struct lw_template template;
    ptrdiff_t index = template_id == LW_TEMPLATE_UNKNOWN ? -1 : lw_template_index(session->workspace, template_id);

    if (index < 0 || lw_template_get(session->workspace, (size_t)index, &template, NULL) != 0)
        return (struct lw_bytes){"(matches no template)", strlen("(matches no template)")};
    return template.name.len > 0 ? template.name : template.text;
}
