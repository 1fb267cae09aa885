/* The events of one trace in the making. */
#ifndef LW_GENERATE_COURSE_H
#define LW_GENERATE_COURSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct course { /* the events of one trace, its first at time 0 */
    uint32_t *templates;
    int64_t *times_us; /* since the first event */
    size_t n, cap;
    uint8_t *kinds; /* enum anomaly of each event */
};
/* When its last event is, which is how long it lasts; 0 if it has none. */
static inline int64_t course_lasts_us(const struct course *course)
{
    return course->n > 0 ? course->times_us[course->n - 1] : 0;
}
void course_release(struct course *course);
/* A normal event. 0 or LW_ERR_MEMORY. */
int course_add(struct course *course, size_t at, uint32_t template_id, int64_t time_us);
void course_remove(struct course *course, size_t at);
/* Makes a course that lasts longer last longest_us, its delays shortened alike; whether it did. */
bool course_squeeze(struct course *course, int64_t longest_us);
/* The events around one that are no farther apart than that, each from the next. */
struct course_part {
    size_t first, last;
};
struct course_part course_part(const struct course *course, size_t at, int64_t apart_us);
/* Makes a part come so much later, or sooner if by_us < 0, the delays around it taking up the difference. false, and
 * nothing is changed: the trace begins with it, there is no room, or it would end behind most_us. */
bool course_move(struct course *course, struct course_part part, int64_t by_us, int64_t most_us);
int course_copy(struct course *to, const struct course *from);

#endif
