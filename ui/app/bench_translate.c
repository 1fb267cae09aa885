/*
 * A study numbers the templates of its training part anew, so constraints that name templates of the session are
 * renamed: wherever E12 stands by itself in a path or a value, the template with the same text is put. What is about a
 * template that the training part does not have is left out, whole.
 */
#include "ui/app/bench.h"
#include "ui/kit/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The template of `to` with the text that this one has in `from`, or LW_TEMPLATE_UNKNOWN. */
static uint32_t find_same(const struct lw_workspace *from, const struct lw_workspace *to, uint32_t id)
{
    struct lw_template here, there;
    ptrdiff_t index = lw_template_index(from, id);

    if (index < 0 || lw_template_get(from, (size_t)index, &here, NULL) != 0)
        return LW_TEMPLATE_UNKNOWN;
    for (size_t i = 0; i < lw_template_count(to); i++)
        if (lw_template_get(to, i, &there, NULL) == 0 && there.text.len == here.text.len &&
            memcmp(there.text.data, here.text.data, here.text.len) == 0)
            return there.id;
    return LW_TEMPLATE_UNKNOWN;
}

/* The text with its templates renamed; *has_names: there were some, *is_whole: all of them are known. */
static void rename_templates(const struct lw_workspace *from, const struct lw_workspace *to, const char *text,
                             struct text *out, bool *has_names, bool *is_whole)
{
    text_clear(out);
    text_add(out, "", 0);
    for (const char *at = text; *at;) {
        bool is_name = *at == 'E' && isdigit((unsigned char)at[1]) && (at == text || !isalnum((unsigned char)at[-1]));
        char *end = NULL;
        uint32_t id = is_name ? (uint32_t)strtoul(at + 1, &end, 10) : 0;

        if (!is_name || isalnum((unsigned char)*end)) {
            text_add(out, at++, 1);
            continue;
        }
        id = find_same(from, to, id);
        *has_names = true;
        *is_whole = *is_whole && id != LW_TEMPLATE_UNKNOWN;
        text_printf(out, "E%u", (unsigned)id);
        at = end;
    }
}

/* "rules.3" of "rules.3.if", else the path itself. */
static void item_of(const char *path, char *out, size_t size)
{
    const char *dot = strchr(path, '.');
    size_t len = strlen(path);

    if (dot && isdigit((unsigned char)dot[1]))
        len = (size_t)(dot - path) + 1 + strcspn(dot + 1, ".");
    snprintf(out, size, "%.*s", (int)len, path);
}

/* Values stand as JSON; texts lost their quotes. */
static int put_value(struct lw_constraints *constraints, const char *path, const char *value, struct lw_error *err)
{
    struct text json = {NULL, 0, 0};
    int rc;

    text_printf(&json, strchr("[{-.0123456789", *value) ? "%s" : "\"%s\"", value);
    rc = json.data ? lw_constraints_put(constraints, path, json.data, err)
                   : text_fail(err, LW_ERR_MEMORY, "out of memory while measuring");
    text_release(&json);
    return rc;
}

int bench_translate(const struct lw_workspace *from, const struct lw_workspace *to, struct lw_constraints **constraints,
                    struct lw_error *err)
{
    struct text path = {NULL, 0, 0}, value = {NULL, 0, 0};
    struct lw_constraints *made = NULL;
    struct lw_settings *settings = NULL;
    struct lw_setting setting;
    char item[KNOB_PATH];
    int rc = lw_constraints_settings(*constraints, &settings, err);

    if (rc == 0)
        rc = lw_constraints_copy(*constraints, &made, err);
    /* From the last to the first, so that what is taken out of a list moves nothing that is still to come. What is
     * named by its path goes away first and comes back under its new name in the second pass, since a new name may be
     * another's old one. */
    for (int pass = 0; pass < 2; pass++) {
        char gone[KNOB_PATH] = "";

        for (size_t i = rc == 0 ? lw_settings_count(settings) : 0; rc == 0 && i-- > 0;) {
            bool is_path_named = false, is_named = false, is_whole = true;

            lw_settings_get(settings, i, &setting, NULL);
            rename_templates(from, to, setting.path, &path, &is_path_named, &is_whole);
            rename_templates(from, to, setting.value, &value, &is_named, &is_whole);
            if ((!is_path_named && !is_named) || !path.data || !value.data)
                continue;
            if (pass == 0 && is_path_named)
                rc = lw_constraints_put(made, setting.path, NULL, err);
            else if (is_whole && (pass == 1) == is_path_named)
                rc = put_value(made, path.data, value.data, err);
            else if (!is_whole && !is_path_named && pass == 1) {
                item_of(setting.path, item, sizeof item);
                if (strcmp(item, gone) != 0)
                    rc = lw_constraints_put(made, item, NULL, err);
                snprintf(gone, sizeof gone, "%s", item);
            }
        }
    }
    text_release(&path);
    text_release(&value);
    lw_settings_free(settings);
    if (rc != 0) {
        lw_constraints_free(made);
        return rc;
    }
    lw_constraints_free(*constraints);
    *constraints = made;
    return 0;
}
