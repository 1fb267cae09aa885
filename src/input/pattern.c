#include "input/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "input/quick.h"

#define MATCH_LIMIT     1000000u
#define DEPTH_LIMIT     1000u
#define MAX_GROUPS      63u
#define JIT_STACK_FIRST (32u << 10)
#define JIT_STACK_MOST  (512u << 10)

struct pattern {
    pcre2_code *code;
    struct quick *quick; /* or NULL: the expression is not of its kind */
    size_t n_groups;
    bool is_jit;
};

struct pattern_scratch {
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
};

int pattern_new(const char *text, size_t len, struct pattern **out, struct lw_error *err)
{
    int code;
    PCRE2_SIZE offset;
    struct pattern *pattern = alloc_zeroed(1, sizeof *pattern);
    if (pattern == NULL)
        return fail_memory(err, "compiling a regular expression");
    uint32_t options = PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UTF;
    pattern->code = pcre2_compile((PCRE2_SPTR)text, len, options, &code, &offset, NULL);
    if (pattern->code == NULL) {
        free(pattern);
        if (code == PCRE2_ERROR_HEAP_FAILED)
            return fail_memory(err, "compiling a regular expression");
        PCRE2_UCHAR why[128] = "";
        pcre2_get_error_message(code, why, sizeof why);
        return fail(err, LW_ERR_USAGE, "regular expression \"%.*s\": at offset %zu: %s", (int)(len > 200 ? 200 : len),
                    text, (size_t)offset, (const char *)why);
    }
    uint32_t groups = 0;
    pcre2_pattern_info(pattern->code, PCRE2_INFO_CAPTURECOUNT, &groups);
    pattern->n_groups = groups;
    if (groups > MAX_GROUPS) {
        pattern_free(pattern);
        return fail(err, LW_ERR_USAGE, "regular expression with %u groups: at most %u are possible", groups,
                    MAX_GROUPS);
    }
    pattern->is_jit = pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE) == 0;
    uint32_t newline = 0; /* decides what `.` and `$` mean */
    if (pcre2_pattern_info(pattern->code, PCRE2_INFO_NEWLINE, &newline) == 0 && newline == PCRE2_NEWLINE_LF &&
        quick_new(text, len, &pattern->quick) != 0) {
        pattern_free(pattern);
        return fail_memory(err, "compiling a regular expression");
    }
    *out = pattern;
    return 0;
}

void pattern_free(struct pattern *pattern)
{
    if (pattern == NULL)
        return;
    pcre2_code_free(pattern->code);
    quick_free(pattern->quick);
    free(pattern);
}

bool pattern_can_be_empty(const struct pattern *pattern)
{
    uint32_t can = 1;
    return pcre2_pattern_info(pattern->code, PCRE2_INFO_MATCHEMPTY, &can) != 0 || can != 0;
}

size_t pattern_group_count(const struct pattern *pattern)
{
    return pattern->n_groups;
}

int pattern_group(const struct pattern *pattern, const char *name)
{
    int number = pcre2_substring_number_from_name(pattern->code, (PCRE2_SPTR)name);
    return number < 0 ? -1 : number;
}

const char *pattern_group_name(const struct pattern *pattern, size_t group)
{
    PCRE2_SPTR table = NULL;
    uint32_t n = 0, size = 0;
    pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMETABLE, &table);
    pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMECOUNT, &n);
    pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    for (uint32_t i = 0; i < n; i++, table += size) /* a row: two bytes of number, then the name */
        if (((size_t)table[0] << 8 | table[1]) == group)
            return (const char *)table + 2;
    return "";
}

int pattern_scratch_new(struct pattern_scratch **out, struct lw_error *err)
{
    struct pattern_scratch *scratch = alloc_zeroed(1, sizeof *scratch);
    if (scratch == NULL)
        return fail_memory(err, "preparing to match");
    scratch->data = pcre2_match_data_create(MAX_GROUPS + 1, NULL);
    scratch->context = pcre2_match_context_create(NULL);
    scratch->stack = pcre2_jit_stack_create(JIT_STACK_FIRST, JIT_STACK_MOST, NULL);
    if (scratch->data == NULL || scratch->context == NULL || scratch->stack == NULL) {
        pattern_scratch_free(scratch);
        return fail_memory(err, "preparing to match");
    }
    pcre2_set_match_limit(scratch->context, MATCH_LIMIT);
    pcre2_set_depth_limit(scratch->context, DEPTH_LIMIT);
    pcre2_jit_stack_assign(scratch->context, NULL, scratch->stack);
    *out = scratch;
    return 0;
}

void pattern_scratch_free(struct pattern_scratch *scratch)
{
    if (scratch == NULL)
        return;
    pcre2_match_data_free(scratch->data);
    pcre2_match_context_free(scratch->context);
    pcre2_jit_stack_free(scratch->stack);
    free(scratch);
}

bool pattern_is_quick(const struct pattern *pattern)
{
    return pattern->quick != NULL;
}

int pattern_match(const struct pattern *pattern, const char *data, size_t len, size_t from,
                  struct pattern_scratch *scratch, struct lw_span *spans, size_t max)
{
    if (pattern->quick != NULL && from <= len) {
        int found = quick_match(pattern->quick, data, len, from, spans, max);
        if (found != QUICK_GAVE_UP)
            return found;
    }
    return pattern_match_pcre2(pattern, data, len, from, scratch, spans, max);
}

int pattern_match_pcre2(const struct pattern *pattern, const char *data, size_t len, size_t from,
                        struct pattern_scratch *scratch, struct lw_span *spans, size_t max)
{
    if (from > len)
        return 0;
    PCRE2_SPTR text = (PCRE2_SPTR)(data != NULL ? data : "");
    int found = pattern->is_jit ? pcre2_jit_match(pattern->code, text, len, from, 0, scratch->data, scratch->context)
                                : pcre2_match(pattern->code, text, len, from, 0, scratch->data, scratch->context);
    if (found == PCRE2_ERROR_NOMATCH)
        return 0;
    if (found == PCRE2_ERROR_NOMEMORY)
        return LW_ERR_MEMORY;
    if (found < 0)
        return LW_ERR_LIMIT;
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(scratch->data);
    for (size_t i = 0; i < max; i++) {
        bool is_set = i < (size_t)found && ends[2 * i] != PCRE2_UNSET && ends[2 * i] <= ends[2 * i + 1];
        spans[i].start = is_set ? ends[2 * i] : PATTERN_UNSET;
        spans[i].len = is_set ? ends[2 * i + 1] - ends[2 * i] : 0;
    }
    return 1;
}
