/*
 * Folders are walked in order of names, so that a list depends on nothing but the files. What is binary is known by the
 * same look that a source takes at itself, after unpacking, so archives and core files stay out while rotated and
 * packed logs stay in. A link to a file that is in the list anyway (app.log -> app.log.2026-11-23) would count its
 * records twice and is left out.
 */
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/executor.h"
#include "base/fail.h"
#include "input/source.h"

#define MAX_DEPTH 16
#define MAX_FILES UINT16_MAX
#define PEEK      (64u << 10)
#define WHAT      "looking for logs"

struct entry {
    char *path;
    dev_t device;
    ino_t inode;
    bool is_found; /* in a folder or by a pattern; else named */
    bool is_link;
};

struct lw_paths {
    struct entry *entries;
    size_t n, cap;
    const char **names; /* of the entries, once they are settled */
    char **remarks;
    size_t n_remarks, remarks_cap;
};

struct walk {
    struct lw_paths *paths;
    const struct lw_run *run;
    size_t n_hidden, n_special, n_deep;
};

/* ---- lists ----------------------------------------------------------------------------------------------------- */

static int remark(struct lw_paths *paths, const char *path, const char *why, struct lw_error *err)
{
    struct buf text = BUF_INIT;
    buf_printf(&text, "%s: %s", path, why);
    char *copy = buf_status(&text) == 0 ? alloc_text(text.data, text.len) : NULL;
    buf_release(&text);
    if (copy == NULL || alloc_grow(&paths->remarks, &paths->remarks_cap, paths->n_remarks + 1, sizeof(char *)) != 0) {
        free(copy);
        return fail_memory(err, WHAT);
    }
    paths->remarks[paths->n_remarks++] = copy;
    return 0;
}

static int add(struct lw_paths *paths, const char *path, const struct stat *info, bool is_found, bool is_link,
               struct lw_error *err)
{
    if (paths->n == MAX_FILES)
        return fail(err, LW_ERR_LIMIT, "%s: more than %d files; give fewer at a time", path, MAX_FILES);
    struct entry entry = {.path = alloc_text(path, strlen(path)), .is_found = is_found, .is_link = is_link};
    if (entry.path == NULL || alloc_grow(&paths->entries, &paths->cap, paths->n + 1, sizeof entry) != 0) {
        free(entry.path);
        return fail_memory(err, WHAT);
    }
    if (info != NULL) {
        entry.device = info->st_dev;
        entry.inode = info->st_ino;
    }
    paths->entries[paths->n++] = entry;
    return 0;
}

void lw_paths_free(struct lw_paths *paths)
{
    if (paths == NULL)
        return;
    for (size_t i = 0; i < paths->n; i++)
        free(paths->entries[i].path);
    for (size_t i = 0; i < paths->n_remarks; i++)
        free(paths->remarks[i]);
    free(paths->entries);
    free(paths->names);
    free(paths->remarks);
    free(paths);
}

/* ---- what a file is -------------------------------------------------------------------------------------------- */

/* Why a file that was found, not named, is no log; NULL if it may be one. */
static const char *find_fault(const char *path, const struct lw_run *run)
{
    struct spool spool = SPOOL_INIT;
    struct source source;
    struct lw_error err;
    uint64_t grown;
    const char *fault = NULL;
    if (source_open(path, true, &spool, run, &source, &err) != 0)
        return err.code == LW_ERR_IO ? "left out: it cannot be read" : NULL;
    while (!source.is_checked && !source.is_whole && source_pump(&source, PEEK, 0, &grown, &err) == 0)
        continue;
    if (source.is_binary)
        fault = "left out: binary data, not text";
    source_release(&source);
    spool_release(&spool);
    return fault;
}

static int add_found(struct walk *walk, const char *path, struct lw_error *err)
{
    struct stat info, target;
    int code = run_check(walk->run, err);
    if (code != 0)
        return code;
    if (lstat(path, &info) != 0 || stat(path, &target) != 0)
        return remark(walk->paths, path, strerror(errno), err);
    if (!S_ISREG(target.st_mode)) {
        walk->n_special++;
        return 0;
    }
    const char *fault = find_fault(path, walk->run);
    if (fault != NULL)
        return remark(walk->paths, path, fault, err);
    return add(walk->paths, path, &target, true, S_ISLNK(info.st_mode), err);
}

/* alphasort would ask the locale. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* ---- folders --------------------------------------------------------------------------------------------------- */

static int walk_folder(struct walk *walk, const char *folder, unsigned depth, struct lw_error *err);

static int walk_entry(struct walk *walk, const char *folder, const char *name, unsigned depth, struct lw_error *err)
{
    struct buf path = BUF_INIT;
    struct stat info;
    const char *slash = folder[strlen(folder) - 1] == '/' ? "" : "/";
    buf_printf(&path, "%s%s%s", folder, slash, name);
    int code = buf_status(&path) != 0 ? fail_memory(err, WHAT) : 0;
    if (code == 0 && lstat(path.data, &info) == 0 && S_ISDIR(info.st_mode))
        code = walk_folder(walk, path.data, depth + 1, err);
    else if (code == 0)
        code = add_found(walk, path.data, err);
    buf_release(&path);
    return code;
}

static int walk_folder(struct walk *walk, const char *folder, unsigned depth, struct lw_error *err)
{
    struct dirent **names = NULL;
    if (depth > MAX_DEPTH) {
        walk->n_deep++;
        return 0;
    }
    int n = scandir(folder, &names, NULL, compare_names);
    if (n < 0)
        return errno == ENOMEM ? fail_memory(err, WHAT) : remark(walk->paths, folder, strerror(errno), err);
    int code = 0;
    for (int i = 0; i < n; i++) {
        const char *name = names[i]->d_name;
        if (name[0] == '.')
            walk->n_hidden += strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
        else if (code == 0)
            code = walk_entry(walk, folder, name, depth, err);
        free(names[i]);
    }
    free(names);
    return code;
}

static int remark_count(struct lw_paths *paths, const char *path, size_t n, const char *what, struct lw_error *err)
{
    char text[100];
    if (n == 0)
        return 0;
    snprintf(text, sizeof text, "left out: %zu %s", n, what);
    return remark(paths, path, text, err);
}

static int add_folder(struct lw_paths *paths, const char *folder, const struct lw_run *run, struct lw_error *err)
{
    struct walk walk = {.paths = paths, .run = run};
    size_t before = paths->n;
    int code = walk_folder(&walk, folder, 1, err);
    if (code == 0)
        code = remark_count(paths, folder, walk.n_hidden, "hidden, named .*", err);
    if (code == 0)
        code = remark_count(paths, folder, walk.n_special, "links to folders, pipes or devices", err);
    if (code == 0)
        code = remark_count(paths, folder, walk.n_deep, "folders that lie too deep", err);
    if (code == 0 && paths->n == before)
        code = fail(err, LW_ERR_NOT_FOUND, "%s: no log is in this folder%s%s", folder, paths->n_remarks > 0 ? "; " : "",
                    paths->n_remarks > 0 ? paths->remarks[paths->n_remarks - 1] : "");
    return code;
}

/* ---- arguments ------------------------------------------------------------------------------------------------- */

static int add_pattern(struct lw_paths *paths, const char *pattern, const struct lw_run *run, struct lw_error *err)
{
    glob_t found;
    struct walk walk = {.paths = paths, .run = run};
    int code = 0;
    int state = glob(pattern, 0, NULL, &found);
    if (state == GLOB_NOSPACE)
        return fail_memory(err, WHAT);
    if (state != 0)
        return fail(err, LW_ERR_NOT_FOUND, "%s: no file matches", pattern);
    for (size_t i = 0; i < found.gl_pathc && code == 0; i++) {
        struct stat info;
        bool is_folder = stat(found.gl_pathv[i], &info) == 0 && S_ISDIR(info.st_mode);
        code = is_folder ? walk_folder(&walk, found.gl_pathv[i], 1, err) : add_found(&walk, found.gl_pathv[i], err);
    }
    globfree(&found);
    if (code == 0)
        code = remark_count(paths, pattern, walk.n_special, "links to folders, pipes or devices", err);
    return code;
}

static int add_argument(struct lw_paths *paths, const char *path, const struct lw_run *run, struct lw_error *err)
{
    struct stat info;
    bool is_there = strcmp(path, "-") != 0 && stat(path, &info) == 0;
    if (is_there && S_ISDIR(info.st_mode))
        return add_folder(paths, path, run, err);
    if (!is_there && strpbrk(path, "*?[") != NULL)
        return add_pattern(paths, path, run, err);
    return add(paths, path, is_there ? &info : NULL, false, false, err);
}

static int compare_files(const void *a, const void *b)
{
    const struct entry *x = *(struct entry *const *)a, *y = *(struct entry *const *)b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    if (x->is_found != y->is_found) /* the first of a file stays: named, else no link, else the first in order */
        return x->is_found ? 1 : -1;
    if (x->is_link != y->is_link)
        return x->is_link ? 1 : -1;
    return x < y ? -1 : x > y;
}

/* Leaves out what was found and is in the list by another name already. */
static int drop_twins(struct lw_paths *paths, struct lw_error *err)
{
    struct entry **order = alloc_array(paths->n, sizeof(struct entry *));
    int code = order == NULL ? fail_memory(err, WHAT) : 0;
    for (size_t i = 0; code == 0 && i < paths->n; i++)
        order[i] = &paths->entries[i];
    if (code == 0 && paths->n > 1)
        qsort(order, paths->n, sizeof *order, compare_files);
    struct entry *first = NULL;
    for (size_t i = 0; i < paths->n && code == 0; i++) {
        struct entry *entry = order[i];
        if (first == NULL || entry->device != first->device || entry->inode != first->inode || !entry->is_found) {
            first = entry;
            continue;
        }
        struct buf why = BUF_INIT;
        buf_printf(&why, "left out: the same file as %s", first->path);
        code = buf_status(&why) != 0 ? fail_memory(err, WHAT) : remark(paths, entry->path, why.data, err);
        buf_release(&why);
        free(entry->path);
        entry->path = NULL;
    }
    free(order);
    size_t kept = 0;
    for (size_t i = 0; i < paths->n; i++)
        if (paths->entries[i].path != NULL)
            paths->entries[kept++] = paths->entries[i];
    paths->n = kept;
    return code;
}

int lw_paths_expand(const char *const *args, size_t n, const struct lw_run *run, struct lw_paths **out,
                    struct lw_error *err)
{
    struct lw_paths *paths = alloc_zeroed(1, sizeof *paths);
    if (paths == NULL)
        return fail_memory(err, WHAT);
    int code = 0;
    for (size_t i = 0; i < n && code == 0; i++)
        code = add_argument(paths, args[i], run, err);
    if (code == 0)
        code = drop_twins(paths, err);
    if (code == 0 && (paths->names = alloc_array(paths->n, sizeof *paths->names)) == NULL)
        code = fail_memory(err, WHAT);
    for (size_t i = 0; code == 0 && i < paths->n; i++)
        paths->names[i] = paths->entries[i].path;
    if (code != 0)
        lw_paths_free(paths);
    else
        *out = paths;
    return code;
}

const char *const *lw_paths_list(const struct lw_paths *paths, size_t *n)
{
    *n = paths->n;
    return paths->names;
}

const char *lw_paths_remark(const struct lw_paths *paths, size_t index)
{
    return index < paths->n_remarks ? paths->remarks[index] : NULL;
}
