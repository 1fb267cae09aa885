#include "detect/detector.h"

#include <string.h>

#include "detect/rows.h"

static const struct detector *const table[] = {&new_event_detector, &count_vector_detector, &machine_detector};

size_t detector_count(void)
{
    return sizeof table / sizeof *table;
}

const struct detector *detector_get(size_t index)
{
    return index < detector_count() ? table[index] : NULL;
}

const struct detector *detector_find(const char *name, size_t len)
{
    for (size_t i = 0; i < detector_count(); i++)
        if (strlen(table[i]->info.name) == len && memcmp(table[i]->info.name, name, len) == 0)
            return table[i];
    return NULL;
}
