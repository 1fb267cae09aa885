/*
 * What each parameter of a log is compared as, decided from the real log alone. Owned by the struct; immutable once
 * found.
 */
#ifndef LW_MEASURE_SLOT_USES_H
#define LW_MEASURE_SLOT_USES_H

#include "measure/view.h"

enum slot_use {
    SLOT_NUMBER,     /* by its distribution function; times as well */
    SLOT_CATEGORY,   /* by the shares of its values */
    SLOT_IDENTIFIER, /* names something: faked in a synthetic log, so only how often values come again is compared */
    SLOT_TEXT        /* hardly a value comes again: not compared */
};
struct slot_uses {
    size_t *first;   /* [templates + 1] slots of a template: first[i] .. first[i + 1] - 1 */
    uint8_t *uses;   /* [first[templates]] enum slot_use */
    bool *is_unique; /* [first[templates]] no value comes again */
    bool *is_open;   /* [first[templates]] some values may not appear in a synthetic log, so it has others there */
};

/* What so many values are that name nothing, of which so many are numbers and differ: SLOT_TEXT, SLOT_NUMBER or
 * SLOT_CATEGORY. Times are numbers however few differ. */
enum slot_use slot_use_of(size_t n, size_t numbers, size_t distinct, bool is_time);

int slot_uses_find(const struct view *real, struct slot_uses *out, struct lw_error *err);
void slot_uses_release(struct slot_uses *uses);

#endif
