/* Time zones: what local times mean in UTC. Immutable once open; needs neither TZ nor the C library's state. */
#ifndef LW_INPUT_ZONE_H
#define LW_INPUT_ZONE_H

#include "logwright.h"

struct zone;

/* (name, len): an offset such as +02:00, -0530 or +1; UTC; a name of the time zone database ($TZDIR, or
 * /usr/share/zoneinfo), such as Europe/Berlin; "local" for the zone of this system. */
int zone_open(const char *name, size_t len, struct zone **out, struct lw_error *err);
void zone_free(struct zone *zone);

/* The time (microseconds since 1970 UTC) that clocks of the zone show as local_us, a time read as if in UTC. Of an hour
 * that comes twice, the first is meant unless that lies before after_us, the time of the record before (LW_NO_TIME:
 * none). A time that clocks leave out is counted on from before the gap. */
int64_t zone_to_utc(const struct zone *zone, int64_t local_us, int64_t after_us);

#endif
