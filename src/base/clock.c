#include "base/clock.h"

#include <time.h>

double clock_monotonic_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int64_t clock_wall_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void clock_print_utc(int64_t time_us, bool is_exact, struct buf *out)
{
    int64_t part = (time_us % 1000000 + 1000000) % 1000000;
    time_t seconds = (time_t)((time_us - part) / 1000000);
    struct tm tm;
    if (gmtime_r(&seconds, &tm) == NULL)
        buf_printf(out, "%lld", (long long)time_us);
    else
        buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                   tm.tm_min, tm.tm_sec);
    if (is_exact || part != 0)
        buf_printf(out, ".%06d", (int)part);
    buf_add_byte(out, 'Z');
}
