#include "cmd/option_values.h"

#include <stdarg.h>
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

int values_count(const struct command_call *call, enum option option, uint64_t min, uint64_t max, uint64_t *out,
                 struct lw_error *err)
{
    const char *text = call->values[option], *end;
    uint64_t value;

    if (text == NULL)
        return 0;
    if (!read_digits(text, &value, &end) || *end != '\0' || value < min || value > max)
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
