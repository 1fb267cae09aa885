#include "generate/course.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "generate/constraints.h"

#define LEAST 24 /* events that there is room for, so that most traces take memory once */

void course_release(struct course *course)
{
    free(course->templates);
    free(course->times_us);
    free(course->kinds);
    memset(course, 0, sizeof *course);
}

static int reserve(struct course *course, size_t need)
{
    if (need <= course->cap)
        return 0;
    if (need < LEAST)
        need = LEAST;
    size_t a = course->cap, b = course->cap, c = course->cap;
    if (alloc_grow(&course->templates, &a, need, sizeof *course->templates) != 0 ||
        alloc_grow(&course->times_us, &b, need, sizeof *course->times_us) != 0 ||
        alloc_grow(&course->kinds, &c, need, sizeof *course->kinds) != 0)
        return LW_ERR_MEMORY;
    course->cap = a;
    return 0;
}

int course_add(struct course *course, size_t at, uint32_t template_id, int64_t time_us)
{
    int rc = reserve(course, course->n + 1);
    if (rc != 0)
        return rc;
    if (at < course->n) {
        memmove(&course->templates[at + 1], &course->templates[at], (course->n - at) * sizeof *course->templates);
        memmove(&course->times_us[at + 1], &course->times_us[at], (course->n - at) * sizeof *course->times_us);
        memmove(&course->kinds[at + 1], &course->kinds[at], course->n - at);
    }
    course->templates[at] = template_id;
    course->times_us[at] = time_us;
    course->kinds[at] = ANOMALY_NONE;
    course->n++;
    return 0;
}

void course_remove(struct course *course, size_t at)
{
    course->n--;
    memmove(&course->templates[at], &course->templates[at + 1], (course->n - at) * sizeof *course->templates);
    memmove(&course->times_us[at], &course->times_us[at + 1], (course->n - at) * sizeof *course->times_us);
    memmove(&course->kinds[at], &course->kinds[at + 1], course->n - at);
}

int course_copy(struct course *to, const struct course *from)
{
    int rc = reserve(to, from->n);
    to->n = 0;
    if (rc != 0 || from->n == 0)
        return rc;
    memcpy(to->templates, from->templates, from->n * sizeof *to->templates);
    memcpy(to->times_us, from->times_us, from->n * sizeof *to->times_us);
    memcpy(to->kinds, from->kinds, from->n);
    to->n = from->n;
    return 0;
}

bool course_squeeze(struct course *course, int64_t longest_us)
{
    int64_t length = longest_us < INT64_MAX ? course_lasts_us(course) : 0;
    if (length <= longest_us)
        return false;
    double squeeze = (double)longest_us / (double)length;
    for (size_t i = 0; i < course->n; i++)
        course->times_us[i] = (int64_t)((double)course->times_us[i] * squeeze);
    return true;
}

struct course_part course_part(const struct course *course, size_t at, int64_t apart_us)
{
    struct course_part part = {at, at};
    while (part.first > 0 && course->times_us[part.first] - course->times_us[part.first - 1] <= apart_us)
        part.first--;
    while (part.last + 1 < course->n && course->times_us[part.last + 1] - course->times_us[part.last] <= apart_us)
        part.last++;
    return part;
}

bool course_move(struct course *course, struct course_part part, int64_t by_us, int64_t most_us)
{
    if (part.first == 0 || course->times_us[part.first] + by_us < course->times_us[part.first - 1])
        return false;
    int64_t until_us = part.last + 1 < course->n ? course->times_us[part.last + 1] : most_us;
    if (course->times_us[part.last] + by_us > until_us)
        return false;
    for (size_t i = part.first; i <= part.last; i++)
        course->times_us[i] += by_us;
    return true;
}
