/* Presets: constraints documents that stand in one folder, by the names of their files. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/fail.h"
#include "generate/constraints.h"

#define ENDING ".json"

struct lw_presets {
    struct lw_preset *items; /* [n] by name */
    size_t n, cap;
    struct arena texts;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct lw_preset *)a)->name, ((const struct lw_preset *)b)->name);
}

static int add(struct lw_presets *presets, const char *dir, const char *file, struct lw_error *err)
{
    struct buf path = BUF_INIT;
    struct lw_constraints *document = NULL;
    struct lw_preset made;
    buf_printf(&path, "%s/%s", dir, file);
    if (buf_status(&path) != 0)
        return fail_memory(err, "listing presets");
    int rc = lw_constraints_read(path.data, &document, err);
    if (rc == 0) {
        const char *about = document->about == NULL ? "" : document->about;
        made.name = arena_copy(&presets->texts, file, strlen(file) - strlen(ENDING));
        made.about = arena_copy(&presets->texts, about, strlen(about));
        made.path = arena_copy(&presets->texts, path.data, path.len);
        if (made.name == NULL || made.about == NULL || made.path == NULL ||
            alloc_grow(&presets->items, &presets->cap, presets->n + 1, sizeof made) != 0)
            rc = fail_memory(err, "listing presets");
        else
            presets->items[presets->n++] = made;
    }
    lw_constraints_free(document);
    buf_release(&path);
    return rc;
}

static bool is_document(const char *file)
{
    size_t len = strlen(file);
    return file[0] != '.' && len > strlen(ENDING) && strcmp(file + len - strlen(ENDING), ENDING) == 0;
}

static int read_folder(struct lw_presets *presets, const char *dir, struct lw_error *err)
{
    DIR *folder = opendir(dir);
    const struct dirent *entry;
    int rc = 0;
    if (folder == NULL)
        return errno == ENOENT ? 0 : fail_errno(err, errno, dir, "cannot be read");
    while (rc == 0 && (entry = readdir(folder)) != NULL)
        if (is_document(entry->d_name))
            rc = add(presets, dir, entry->d_name, err);
    closedir(folder);
    return rc;
}

int lw_presets_open(const char *dir, struct lw_presets **out, struct lw_error *err)
{
    struct lw_presets *made = alloc_zeroed(1, sizeof *made);
    if (made == NULL)
        return fail_memory(err, "listing presets");
    made->texts = (struct arena)ARENA_INIT;
    int rc = dir == NULL ? 0 : read_folder(made, dir, err);
    if (rc != 0) {
        lw_presets_free(made);
        return rc;
    }
    if (made->n > 0)
        qsort(made->items, made->n, sizeof *made->items, by_name);
    *out = made;
    return 0;
}

void lw_presets_free(struct lw_presets *presets)
{
    if (presets == NULL)
        return;
    arena_release(&presets->texts);
    free(presets->items);
    free(presets);
}

size_t lw_presets_count(const struct lw_presets *presets)
{
    return presets->n;
}

const struct lw_preset *lw_presets_get(const struct lw_presets *presets, size_t index)
{
    return index < presets->n ? &presets->items[index] : NULL;
}

const struct lw_preset *lw_presets_find(const struct lw_presets *presets, const char *name)
{
    for (size_t i = 0; i < presets->n; i++)
        if (strcmp(presets->items[i].name, name) == 0)
            return &presets->items[i];
    return NULL;
}
