/*
 * Lines are cut into units: times, bracketed groups, words, single marks, blanks. Then all lines are walked in step, a
 * unit at a time. Where nearly all have the same kind of unit, it is part of the header; where some have a group that
 * the others lack, and go on alike behind it, the group is optional. The header ends behind the last unit that only
 * headers have: a time, a level, a number or a name in brackets, a name before a colon or a bar. What a unit is for
 * follows from its values over all lines: words of levels, numbers, few different names.
 *
 * Aligning lines by edit distance was rejected: headers are regular, and what is not regular is the message.
 */
#include "log/format_infer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "log/level.h"

#define MOST_LINES    240u
#define MOST_UNITS    40
#define LEAST_LINES   5u
#define NEARLY_ALL    0.85
#define LEAST_SHARE   0.5  /* of the lines must go along to the end of the header */
#define LEAST_OPTION  0.1  /* of the lines must have an optional group */
#define LONGEST_GROUP 120u /* bytes */
#define MOST_SHAPES   4

enum kind { UNIT_END, UNIT_TIME, UNIT_WORD, UNIT_GROUP, UNIT_MARK, UNIT_BLANK };

struct unit {
    uint8_t kind;
    char mark;         /* of a mark; the opening one of a group */
    bool holds_time;   /* a group that is a time */
    size_t start, len; /* of what is inside */
};

struct units {
    const char *text;
    size_t n, at; /* at: how far the walk has come */
    struct unit items[MOST_UNITS];
};

enum use { USE_NONE, USE_TIME, USE_LEVEL, USE_NUMBER, USE_NAME, USE_OTHER };

struct step { /* a unit of the header */
    struct unit like;
    bool is_optional;
    enum use use;
    bool is_strong;   /* only headers have such a unit */
    size_t n_values;  /* different ones, at most 64 are counted */
    bool has_dots;    /* most values are like a.b or a::b */
    struct buf shape; /* of a time: an expression */
};

struct inference {
    struct units *lines;
    size_t n_lines, n_steps;
    struct step steps[MOST_UNITS];
};

/* ---- units of a line ------------------------------------------------------------------------------------------ */

static bool is_mark(char c)
{
    return c != '\0' && strchr("[](){}<>|,;=\"", c) != NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t time_at(const char *text, size_t len)
{
    struct timestamp time;
    if (len < 8 || !(is_digit(text[0]) || is_letter(text[0])) || !timestamp_parse(text, len, NULL, &time))
        return 0;
    return time.len;
}

static char closing_of(char c)
{
    return c == '[' ? ']' : c == '(' ? ')' : c == '<' ? '>' : c == '{' ? '}' : '\0';
}

static void read_unit(const char *text, size_t len, size_t at, struct unit *out, size_t *behind)
{
    char c = text[at], closing = closing_of(c);
    size_t end = at, time = time_at(text + at, len - at);
    *out = (struct unit){.start = at, .mark = c};
    if (time > 0) {
        out->kind = UNIT_TIME;
        end = at + time;
    } else if (is_blank(c)) {
        out->kind = UNIT_BLANK;
        while (end < len && is_blank(text[end]))
            end++;
    } else if (closing != '\0') {
        size_t most = len - at < LONGEST_GROUP ? len - at : LONGEST_GROUP;
        const char *close = memchr(text + at, closing, most);
        out->kind = close != NULL ? UNIT_GROUP : UNIT_MARK;
        if (close != NULL) {
            end = (size_t)(close - text) + 1;
            out->start = at + 1;
            out->len = end - at - 2;
            out->holds_time = out->len > 0 && time_at(text + out->start, out->len) == out->len;
            *behind = end;
            return;
        }
        end = at + 1;
    } else if (is_mark(c) || !(is_digit(c) || is_letter(c) || c == '_' || c == '/' || c == '$' || (c & 0x80) != 0)) {
        out->kind = UNIT_MARK;
        end = at + 1;
    } else {
        out->kind = UNIT_WORD;
        while (end < len && !is_blank(text[end]) && !is_mark(text[end]))
            end++;
        while (end > at + 1 && (text[end - 1] == ':' || text[end - 1] == '.'))
            end--;
    }
    out->len = end - at;
    *behind = end;
}

static void read_units(const char *text, size_t len, struct units *out)
{
    *out = (struct units){.text = text};
    for (size_t at = 0; at < len && out->n < MOST_UNITS;)
        read_unit(text, len, at, &out->items[out->n++], &at);
}

static const struct unit *unit_at(const struct units *line, size_t at)
{
    static const struct unit end = {.kind = UNIT_END};
    return at < line->n ? &line->items[at] : &end;
}

static bool is_alike(const struct unit *a, const struct unit *b)
{
    return a->kind == b->kind && a->holds_time == b->holds_time &&
           ((a->kind != UNIT_MARK && a->kind != UNIT_GROUP) || a->mark == b->mark);
}

/* ---- walking in step ------------------------------------------------------------------------------------------ */

/* Lines that go on with a unit like this, `ahead` units from where they are; all that are still in step if like is
 * NULL. A line that fell out of step has at = SIZE_MAX. */
static size_t count_alike(const struct inference *inference, const struct unit *like, size_t ahead)
{
    size_t n = 0;
    for (size_t i = 0; i < inference->n_lines; i++) {
        const struct units *line = &inference->lines[i];
        n += line->at != SIZE_MAX && (like == NULL || is_alike(like, unit_at(line, line->at + ahead)));
    }
    return n;
}

/* The unit that most lines go on with. */
static const struct unit *most_common(const struct inference *inference, size_t *count)
{
    const struct unit *found = NULL;
    *count = 0;
    for (size_t i = 0; i < inference->n_lines; i++) {
        const struct units *line = &inference->lines[i];
        if (line->at == SIZE_MAX || (found != NULL && is_alike(found, unit_at(line, line->at))))
            continue;
        const struct unit *like = unit_at(line, line->at);
        size_t n = count_alike(inference, like, 0);
        if (n > *count) {
            *count = n;
            found = like;
        }
    }
    return found;
}

/* A group that some lines have, where the others have what comes behind it. */
static const struct unit *find_optional(const struct inference *inference, size_t in_step)
{
    for (size_t i = 0; i < inference->n_lines; i++) {
        const struct units *line = &inference->lines[i];
        const struct unit *group = line->at != SIZE_MAX ? unit_at(line, line->at) : NULL;
        if (group == NULL || group->kind != UNIT_GROUP)
            continue;
        const struct unit *next = unit_at(line, line->at + 1);
        size_t with = count_alike(inference, group, 0), without = count_alike(inference, next, 0);
        if (next->kind != UNIT_GROUP && (double)with >= LEAST_OPTION * (double)in_step &&
            (double)(with + without) >= NEARLY_ALL * (double)in_step)
            return group;
    }
    return NULL;
}

static void advance(struct inference *inference, const struct step *step)
{
    for (size_t i = 0; i < inference->n_lines; i++) {
        struct units *line = &inference->lines[i];
        if (line->at == SIZE_MAX)
            continue;
        if (is_alike(&step->like, unit_at(line, line->at)))
            line->at++;
        else if (!step->is_optional)
            line->at = SIZE_MAX;
    }
}

/* ---- what a unit is for --------------------------------------------------------------------------------------- */

struct tally {
    size_t n, levels, numbers, names, dotted;
    size_t n_values;
    struct lw_bytes values[64];
};

static void tally_value(struct tally *tally, const char *text, size_t len)
{
    size_t digits = 0, named = 0;
    for (size_t i = 0; i < len; i++) {
        digits += is_digit(text[i]);
        named += is_letter(text[i]) || is_digit(text[i]) || (text[i] != '\0' && strchr("_.-/:$#@*", text[i]) != NULL);
    }
    tally->n++;
    tally->numbers += len > 0 && digits == len;
    bool is_level = level_find(text, len) != LW_LEVEL_NONE && (len > 1 || text[0] < 'a');
    tally->levels += is_level;
    tally->names += len > 0 && named == len && digits < len && !is_level;
    const char *dot = len > 2 ? memchr(text + 1, '.', len - 2) : NULL;
    tally->dotted += dot != NULL || (len > 3 && memchr(text + 1, ':', len - 2) != NULL) ||
                     (len > 2 && memchr(text + 1, '/', len - 2) != NULL);
    for (size_t i = 0; i < tally->n_values; i++)
        if (tally->values[i].len == len && memcmp(tally->values[i].data, text, len) == 0)
            return;
    if (tally->n_values < sizeof tally->values / sizeof tally->values[0])
        tally->values[tally->n_values++] = (struct lw_bytes){text, len};
}

/* An expression for texts of the same make: digits, letters and marks in their order. */
static void add_shape(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t from = i;
        if (is_digit(text[i])) {
            while (i < len && is_digit(text[i]))
                i++;
            buf_add_text(out, "\\d+");
        } else if (is_letter(text[i])) {
            while (i < len && is_letter(text[i]))
                i++;
            buf_add_text(out, "[A-Za-z]+");
        } else if (is_blank(text[i])) {
            while (i < len && is_blank(text[i]))
                i++;
            buf_add_text(out, "\\s+");
        }
        if (i == from)
            buf_printf(out, "\\%c", text[i++]);
    }
}

/* Adds the shape of a time unless it is among those there. */
static void note_shape(struct step *step, const char *text, size_t len)
{
    struct buf shape = BUF_INIT;
    add_shape(&shape, text, len);
    size_t n = 1;
    bool is_known = false;
    for (const char *at = step->shape.data; at != NULL && at < step->shape.data + step->shape.len;) {
        const char *end = strchr(at, '|');
        size_t part = end != NULL ? (size_t)(end - at) : strlen(at);
        is_known = is_known || (part == shape.len && memcmp(at, shape.data, part) == 0);
        n += end != NULL;
        at = end != NULL ? end + 1 : NULL;
    }
    if (!is_known && (step->shape.len == 0 || n < MOST_SHAPES)) {
        if (step->shape.len > 0)
            buf_add_byte(&step->shape, '|');
        buf_add(&step->shape, shape.data, shape.len);
    }
    step->shape.has_failed = step->shape.has_failed || shape.has_failed;
    buf_release(&shape);
}

/* Judges the unit that lines are about to pass. */
static void judge(const struct inference *inference, struct step *step)
{
    struct tally tally = {0};
    bool is_time = step->like.kind == UNIT_TIME || step->like.holds_time;
    for (size_t i = 0; i < inference->n_lines; i++) {
        const struct units *line = &inference->lines[i];
        const struct unit *unit = line->at != SIZE_MAX ? unit_at(line, line->at) : NULL;
        if (unit == NULL || !is_alike(&step->like, unit))
            continue;
        if (is_time)
            note_shape(step, line->text + unit->start, unit->len);
        else
            tally_value(&tally, line->text + unit->start, unit->len);
    }
    double all = NEARLY_ALL * (double)tally.n;
    bool is_group = step->like.kind == UNIT_GROUP;
    step->n_values = tally.n_values;
    step->has_dots = (double)tally.dotted >= all;
    if (is_time)
        step->use = USE_TIME;
    else if (step->like.kind != UNIT_WORD && !is_group)
        step->use = USE_NONE;
    else if ((double)tally.levels >= all)
        step->use = USE_LEVEL;
    else if ((double)tally.numbers >= all)
        step->use = USE_NUMBER;
    else if ((double)tally.names >= all && tally.n_values <= tally.n / 3 + 1)
        step->use = USE_NAME;
    else
        step->use = USE_OTHER;
    step->is_strong = is_time || step->use == USE_LEVEL || (is_group && step->use != USE_OTHER);
}

/* A few names before a colon, a bar or a dash are a component; before a blank they may be words of the message. */
static bool is_before_mark(const struct inference *inference, size_t step)
{
    size_t at = step + 1;
    bool is_apart = at < inference->n_steps && inference->steps[at].like.kind == UNIT_BLANK;
    at += is_apart;
    if (at >= inference->n_steps || inference->steps[at].like.kind != UNIT_MARK)
        return false;
    char mark = inference->steps[at].like.mark;
    if (mark == ':' && inference->steps[step].n_values < 2 && !inference->steps[step].has_dots)
        return false; /* one and the same word may begin one and the same message */
    bool is_closed = at + 1 < inference->n_steps && inference->steps[at + 1].like.kind == UNIT_BLANK;
    return mark == '|' || mark == ';' || (mark == ':' && !is_apart) || (mark == ',' && !is_apart && !is_closed) ||
           (mark == '-' && is_apart && is_closed) || (mark == ':' && is_closed);
}

static void walk(struct inference *inference)
{
    bool has_time = false;
    while (inference->n_steps < MOST_UNITS) {
        size_t count, in_step = count_alike(inference, NULL, 0);
        const struct unit *like = most_common(inference, &count);
        if (like == NULL || (double)in_step < LEAST_SHARE * (double)inference->n_lines)
            break;
        struct step *step = &inference->steps[inference->n_steps];
        *step = (struct step){.like = *like, .shape = BUF_INIT};
        if ((double)count < NEARLY_ALL * (double)in_step) {
            like = find_optional(inference, in_step);
            if (like == NULL)
                break;
            step->like = *like;
            step->is_optional = true;
        }
        if (step->like.kind == UNIT_END)
            break;
        judge(inference, step);
        step->is_strong = step->is_strong && !(step->use == USE_TIME && has_time);
        has_time = has_time || step->use == USE_TIME;
        inference->n_steps++;
        advance(inference, step);
    }
}

/* ---- the pattern ---------------------------------------------------------------------------------------------- */

/* Steps that belong to the header. */
static size_t header_end(struct inference *inference)
{
    size_t end = 0;
    for (size_t i = 0; i < inference->n_steps; i++) {
        struct step *step = &inference->steps[i];
        if ((step->use == USE_NAME || step->use == USE_NUMBER) && step->like.kind == UNIT_WORD &&
            is_before_mark(inference, i))
            step->is_strong = true;
        if (!step->is_strong)
            continue;
        size_t between = 0; /* words of unclear use since the last that is clear */
        for (size_t k = end; k < i; k++)
            between += inference->steps[k].use == USE_OTHER || inference->steps[k].use == USE_NAME;
        if (end > 0 && between > 2)
            break;
        end = i + 1;
    }
    while (end > 0 && end < inference->n_steps &&
           (inference->steps[end].like.kind == UNIT_BLANK || inference->steps[end].like.kind == UNIT_MARK) &&
           inference->steps[end].like.mark != '"' && inference->steps[end].like.mark != '=')
        end++;
    return end;
}

/* The best name of a component: strong ones first, then those with dots, then the last. */
static size_t find_component(const struct inference *inference, size_t end)
{
    size_t found = SIZE_MAX;
    int best = -1;
    for (size_t i = 0; i < end; i++) {
        const struct step *step = &inference->steps[i];
        if (step->use != USE_NAME)
            continue;
        bool has_number =
            i + 1 < end && inference->steps[i + 1].like.kind == UNIT_GROUP && inference->steps[i + 1].use == USE_NUMBER;
        int worth = 4 * has_number + 4 * step->has_dots + 2 * (step->like.kind == UNIT_WORD && step->is_strong) +
                    (step->n_values > 1);
        if (worth >= best) {
            best = worth;
            found = i;
        }
    }
    return found;
}

struct naming {
    size_t component;
    bool has_time, has_level;
    unsigned n_numbers, n_others;
};

static void name_step(struct naming *naming, const struct step *step, size_t index, char *name, size_t size)
{
    static const char *const numbers[] = {"pid", "tid"};
    name[0] = '\0';
    if (step->use == USE_TIME && !naming->has_time) {
        naming->has_time = true;
        snprintf(name, size, "time");
    } else if (step->use == USE_LEVEL && !naming->has_level) {
        naming->has_level = true;
        snprintf(name, size, "level");
    } else if (index == naming->component) {
        snprintf(name, size, "component");
    } else if (step->use == USE_NUMBER && naming->n_numbers < 2) {
        snprintf(name, size, "%s", numbers[naming->n_numbers++]);
    } else if (step->use != USE_NONE && naming->n_others < 12) {
        snprintf(name, size, "field%u", ++naming->n_others);
    }
}

static void add_step(struct buf *out, const struct step *step, const char *name)
{
    char closing = closing_of(step->like.mark);
    if (step->is_optional)
        buf_add_text(out, "(?:");
    if (step->like.kind == UNIT_GROUP)
        buf_printf(out, "\\%c", step->like.mark);
    if (step->like.kind == UNIT_BLANK) {
        buf_add_text(out, "\\s+");
    } else if (step->like.kind == UNIT_MARK) {
        buf_printf(out, "\\%c", step->like.mark);
    } else {
        buf_printf(out, name[0] != '\0' ? "(?<%s>" : "(?:", name);
        if (step->use == USE_TIME)
            buf_add(out, step->shape.data, step->shape.len);
        else if (step->use == USE_NUMBER)
            buf_add_text(out, "\\d+");
        else if (step->use == USE_LEVEL)
            buf_add_text(out, "[A-Za-z]+\\d?");
        else if (step->like.kind == UNIT_GROUP)
            buf_printf(out, "[^\\%c]*", closing);
        else
            buf_add_text(out, "[^\\s\\[\\](){}<>|,;=\"]+?");
        buf_add_byte(out, ')');
    }
    if (step->like.kind == UNIT_GROUP)
        buf_printf(out, "\\%c", closing);
    if (step->is_optional)
        buf_add_text(out, ")?");
}

static int make_form(struct inference *inference, size_t end, struct form **out, struct lw_error *err)
{
    struct naming naming = {.component = find_component(inference, end)};
    struct buf pattern = BUF_INIT;
    buf_add_byte(&pattern, '^');
    for (size_t i = 0; i < end; i++) {
        char name[20];
        name_step(&naming, &inference->steps[i], i, name, sizeof name);
        bool is_end = i + 1 == end && inference->steps[i].like.kind == UNIT_BLANK;
        if (is_end) /* before an empty message it may be missing */
            buf_add_text(&pattern, "(?:\\s+|$)");
        else
            add_step(&pattern, &inference->steps[i], name);
    }
    if (end > 0 && inference->steps[end - 1].like.kind == UNIT_WORD)
        buf_add_text(&pattern, "(?![\\w.])");
    int code = buf_status(&pattern) != 0 ? fail_memory(err, "inferring a format") : 0;
    struct form *form = NULL;
    if (code == 0 && (naming.has_time || naming.has_level)) {
        form = alloc_zeroed(1, sizeof *form);
        if (form != NULL) {
            form->is_owned = form->format.is_multiline = true;
            form->format.info.name = alloc_text("inferred", 8);
            form->format.info.help = alloc_text("found from the lines themselves", 31);
            form->format.pattern = alloc_text(pattern.data, pattern.len);
        }
        if (form == NULL || form->format.info.name == NULL || form->format.info.help == NULL ||
            form->format.pattern == NULL)
            code = fail_memory(err, "inferring a format");
        else
            code = form_compile(form, err);
        if (code == LW_ERR_USAGE) { /* too large an expression: none, then */
            form_free(form);
            form = NULL;
            code = 0;
        }
    }
    buf_release(&pattern);
    if (code != 0)
        form_free(form);
    else
        *out = form;
    return code;
}

size_t format_infer_gain(const struct form *form)
{
    size_t n = 0;
    for (size_t i = 0; i < form->n_groups; i++)
        n += form->groups[i].role != FORM_TIME && form->groups[i].role != FORM_LEVEL;
    return n;
}

int format_infer(const struct samples *samples, struct form **out, struct lw_error *err)
{
    struct inference *inference = alloc_zeroed(1, sizeof *inference);
    struct units *lines = alloc_array(MOST_LINES, sizeof *lines);
    struct form *form = NULL;
    int code = 0;
    if (inference == NULL || lines == NULL) {
        free(inference);
        free(lines);
        return fail_memory(err, "inferring a format");
    }
    inference->lines = lines;
    size_t every = samples->n_counted / MOST_LINES + 1, n = 0;
    for (size_t i = 0; i < samples->n && inference->n_lines < MOST_LINES; i++)
        if (samples->lines[i].is_counted && n++ % every == 0) {
            size_t len = samples->lines[i].len;
            read_units(sample_text(samples, i), len < 1000 ? len : 1000, &lines[inference->n_lines++]);
        }
    if (inference->n_lines >= LEAST_LINES) {
        walk(inference);
        size_t end = header_end(inference);
        if (end > 0)
            code = make_form(inference, end, &form, err);
    }
    for (size_t i = 0; i < inference->n_steps; i++)
        buf_release(&inference->steps[i].shape);
    free(inference);
    free(lines);
    if (code == 0)
        *out = form;
    return code;
}
