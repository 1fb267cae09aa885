/* The public face of privacy. */
#include <string.h>

#include "base/fail.h"
#include "learn/identifiers.h"
#include "measure/privacy.h"
#include "workspace/workspace.h"

/* Kinds between commas, as bits. */
static int parse_allowed(const char *list, unsigned *out, struct lw_error *err)
{
    *out = 0;
    while (list != NULL && *list != '\0') {
        size_t len = strcspn(list, ",");
        enum identifier kind = identifier_by_name(list, len);
        if (len > 0 && kind == IDENTIFIER_NONE)
            return fail(err, LW_ERR_USAGE,
                        "no kind of identifiers '%.*s': there are ip, mac, mail, host, user, path, url, uuid, token, "
                        "card and phone",
                        (int)(len < 40 ? len : 40), list);
        *out |= 1u << kind;
        list += len + (list[len] == ',');
    }
    return 0;
}

static int learn(const struct lw_log *real, const struct lw_privacy_options *options, const struct lw_run *run,
                 struct lw_workspace **out, struct lw_error *err)
{
    struct lw_learn_options learning = LW_LEARN_OPTIONS_INIT;
    learning.trace = options->trace;
    learning.masks = options->masks;
    return lw_workspace_learn(real, &learning, run, out, err);
}

int lw_privacy(const struct lw_log *real, const struct lw_log *synthetic, const struct lw_privacy_options *options,
               const struct lw_run *run, struct lw_figures **out, struct lw_error *err)
{
    static const struct lw_privacy_options usual = LW_PRIVACY_OPTIONS_INIT;
    const struct lw_privacy_options *given = options != NULL ? options : &usual;
    struct privacy_options measuring = {given->seed, {0, given->minimum_count}};
    struct lw_workspace *learned = NULL;
    int code = parse_allowed(given->allow, &measuring.leaks.allowed, err);
    if (code == 0 && given->workspace == NULL)
        code = learn(real, given, run, &learned, err);
    if (code == 0)
        code = privacy_measure(workspace_model(given->workspace != NULL ? given->workspace : learned), real, synthetic,
                               given->holdout, &measuring, run, out, err);
    lw_workspace_free(learned);
    return code;
}
