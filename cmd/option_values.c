#include "cmd/option_values.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int values_fail(struct lw_error *err, const char *format, ...)
{
    va_list args;

    err->code = LW_ERR_USAGE;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return LW_ERR_USAGE;
}

/* Digits at the start of text; *end is what follows. False if there are none or they overflow. */
static bool read_digits(const char *text, uint64_t *value, const char **end)
{
    *value = 0;
    for (*end = text; **end >= '0' && **end <= '9'; ++*end) {
        uint64_t digit = (uint64_t)(**end - '0');

        if (*value > (UINT64_MAX - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    return *end != text;
}

/* Digits, or digits and an exponent, as in 1e12. */
static bool read_count(const char *text, uint64_t *value)
{
    const char *end, *at;
    uint64_t exponent = 0;

    if (!read_digits(text, value, &end))
        return false;
    if (*end == 'e' && (!read_digits(end + 1, &exponent, &at) || *at != '\0' || exponent > 18))
        return false;
    for (uint64_t i = 0; i < exponent; i++) {
        if (*value > UINT64_MAX / 10)
            return false;
        *value *= 10;
    }
    return *end == 'e' || *end == '\0';
}

int values_count(const struct command_call *call, enum option option, uint64_t min, uint64_t max, uint64_t *out,
                 struct lw_error *err)
{
    const char *text = call->values[option];
    uint64_t value;

    if (text == NULL)
        return 0;
    if (!read_count(text, &value) || value < min || value > max)
        return values_fail(err, "--%s '%.40s': it takes a whole number from %llu to %llu", option_get(option)->name,
                           text, (unsigned long long)min, (unsigned long long)max);
    *out = value;
    return 0;
}

int values_size(const struct command_call *call, enum option option, uint64_t *out, struct lw_error *err)
{
    static const char units[] = "KMGT";
    const char *text = call->values[option], *end, *unit = NULL;
    unsigned shift = 0;
    uint64_t value;

    if (text == NULL)
        return 0;
    if (read_digits(text, &value, &end)) {
        unit = *end == '\0' ? end : strchr(units, *end);
        if (unit != NULL && *end != '\0') {
            shift = 10 * (unsigned)(unit - units + 1);
            unit = end[1] == '\0' ? end + 1 : NULL;
        }
    }
    if (unit == NULL || value == 0 || value > UINT64_MAX >> shift)
        return values_fail(err, "--%s '%.40s': it takes a size such as 800M or 4G", option_get(option)->name, text);
    *out = value << shift;
    return 0;
}

/* A number above 0 at the start of text; *end is what follows. */
static bool read_positive(const char *text, double *value, const char **end)
{
    char *behind;

    if (strchr("0123456789.", *text) == NULL)
        return false;
    *value = strtod(text, &behind);
    *end = behind;
    return behind != text && *value > 0 && *value <= 1e15;
}

static double seconds_of(const char *unit)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(units[i].name, unit) == 0)
            return units[i].seconds;
    return 0;
}

int values_seconds(const struct command_call *call, enum option option, double *out, struct lw_error *err)
{
    const char *text = call->values[option], *unit;
    double value;

    if (text == NULL)
        return 0;
    if (!read_positive(text, &value, &unit) || seconds_of(unit) <= 0)
        return values_fail(err, "--%s '%.40s': it takes a time above 0, such as 90s, 10m, 2h or 1d",
                           option_get(option)->name, text);
    *out = value * seconds_of(unit);
    return 0;
}

int values_rate(const struct command_call *call, enum option option, double *out, struct lw_error *err)
{
    const char *text = call->values[option], *unit;
    double value;

    if (text == NULL)
        return 0;
    if (!read_positive(text, &value, &unit) || (*unit != '\0' && (*unit != '/' || unit[1] == '\0')) ||
        seconds_of(unit + (*unit == '/')) <= 0 || value / seconds_of(unit + (*unit == '/')) > 1e9)
        return values_fail(err, "--%s '%.40s': it takes a rate above 0 and up to 1e9/s, such as 500/s, 30/m or 10/h",
                           option_get(option)->name, text);
    *out = value / seconds_of(unit + (*unit == '/'));
    return 0;
}
