/* Names of families of delays and their parameters, and a model in words. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "learn/delay_fit.h"

static const struct family {
    const char *name, *parameters[LW_DELAY_PARAMETERS];
    const char *words[LW_DELAY_PARAMETERS]; /* what stands before each parameter in a sentence */
} families[LW_DELAY_FAMILY_COUNT] = {
    [LW_DELAY_NONE] = {"", {NULL}, {NULL}},
    [LW_DELAY_CONSTANT] = {"constant", {"at_s"}, {" "}},
    [LW_DELAY_UNIFORM] = {"uniform", {"from_s", "to_s"}, {", ", " to "}},
    [LW_DELAY_EXPONENTIAL] = {"exponential", {"mean_s"}, {", mean "}},
    [LW_DELAY_GAMMA] = {"gamma", {"shape", "scale_s"}, {", shape ", ", scale "}},
    [LW_DELAY_WEIBULL] = {"weibull", {"shape", "scale_s"}, {", shape ", ", scale "}},
    [LW_DELAY_LOG_NORMAL] = {"log-normal", {"median_s", "sigma"}, {", median ", ", sigma "}},
    [LW_DELAY_POINTS] = {"points",
                         {"at_1_s", "share_1", "at_2_s", "share_2", "at_3_s", "share_3", "at_4_s", "share_4"},
                         {" ", " ", ", ", " ", ", ", " ", ", ", " "}},
};

const char *lw_delay_family_name(enum lw_delay_family family)
{
    return (unsigned)family < LW_DELAY_FAMILY_COUNT ? families[family].name : "";
}

const char *lw_delay_parameter_name(enum lw_delay_family family, size_t index)
{
    return (unsigned)family < LW_DELAY_FAMILY_COUNT && index < LW_DELAY_PARAMETERS ? families[family].parameters[index]
                                                                                   : NULL;
}

static size_t add_seconds(char *text, size_t size, double seconds)
{
    static const struct {
        double seconds;
        const char *name;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}, {1e-3, "ms"}, {1e-6, "us"}};
    size_t unit = 0;

    while (unit + 1 < sizeof units / sizeof *units && fabs(seconds) < .9995 * units[unit].seconds)
        unit++;
    if (seconds == 0)
        return (size_t)snprintf(text, size, "0 s");
    return (size_t)snprintf(text, size, "%.3g %s", seconds / units[unit].seconds, units[unit].name);
}

void lw_delay_text(const struct lw_delay_model *model, char text[LW_DELAY_TEXT])
{
    const struct family *family = &families[(unsigned)model->family < LW_DELAY_FAMILY_COUNT ? model->family : 0];
    size_t at = (size_t)snprintf(text, LW_DELAY_TEXT, "%s", family->name);

    for (size_t i = 0; i < model->n_parameters && i < LW_DELAY_PARAMETERS && family->parameters[i] != NULL; i++) {
        const char *name = family->parameters[i];

        at += (size_t)snprintf(text + at, LW_DELAY_TEXT - at, "%s", family->words[i]);
        if (strcmp(name + strlen(name) - 2, "_s") == 0)
            at += add_seconds(text + at, LW_DELAY_TEXT - at, model->parameters[i]);
        else if (strncmp(name, "share", 5) == 0)
            at += (size_t)snprintf(text + at, LW_DELAY_TEXT - at, "%.3g %%", 100 * model->parameters[i]);
        else
            at += (size_t)snprintf(text + at, LW_DELAY_TEXT - at, "%.3g", model->parameters[i]);
    }
}
