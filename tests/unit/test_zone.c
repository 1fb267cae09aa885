#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/rng.h"
#include "input/timestamp.h"
#include "input/zone.h"
#include "tests/lib/scratch.h"

#define SECOND INT64_C(1000000)

static struct zone *zone(const char *name)
{
    struct zone *out = NULL;
    struct lw_error err = {0};
    if (zone_open(name, strlen(name), &out, &err) != 0)
        fail_msg("%s: %s", name, err.text);
    return out;
}

static bool has_database(void)
{
    return access("/usr/share/zoneinfo/Europe/Berlin", R_OK) == 0;
}

static int64_t at(const char *text)
{
    struct timestamp time;
    assert_true(timestamp_parse(text, strlen(text), NULL, &time));
    return time.time_us;
}

/* Whatever moment the C library shows as a local time, that local time leads back to it. */
static void agrees_with_the_c_library(void **state)
{
    (void)state;
    static const char *const names[] = {
        "Europe/Berlin",       "America/New_York",  "Asia/Kolkata",     "Pacific/Auckland",
        "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu",   "UTC",
        "Africa/Casablanca",   "Europe/Dublin",     "America/Santiago", "Asia/Gaza"};
    if (!has_database()) {
        print_message("# skipped: there is no time zone database\n");
        return;
    }
    struct rng rng;
    rng_init(&rng, 7, 0, 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct zone *here = zone(names[i]);
        setenv("TZ", names[i], 1);
        tzset();
        for (int n = 0; n < 20000; n++) {
            time_t moment = (time_t)(rng_below(&rng, UINT64_C(3600000000))); /* to 2084 */
            struct tm tm;
            assert_non_null(localtime_r(&moment, &tm));
            int64_t local = timestamp_with_year(0, tm.tm_year + 1900) +
                            (((int64_t)tm.tm_yday * 24 + tm.tm_hour) * 3600 + tm.tm_min * 60 + tm.tm_sec) * SECOND;
            int64_t utc = zone_to_utc(here, local, (moment - 1) * SECOND);
            if (utc != moment * SECOND)
                fail_msg("%s %lld gives %lld", names[i], (long long)moment, (long long)(utc / SECOND));
        }
        zone_free(here);
    }
    setenv("TZ", "UTC", 1);
    tzset();
}

static void takes_the_hour_that_goes_on(void **state)
{
    (void)state;
    if (!has_database()) {
        print_message("# skipped: there is no time zone database\n");
        return;
    }
    struct zone *berlin = zone("Europe/Berlin");
    int64_t twice = at("2026-10-25 02:30:00"); /* summer time ends at 3 */
    assert_int_equal(zone_to_utc(berlin, twice, LW_NO_TIME), at("2026-10-25 00:30:00"));
    assert_int_equal(zone_to_utc(berlin, twice, at("2026-10-25 00:10:00")), at("2026-10-25 00:30:00"));
    assert_int_equal(zone_to_utc(berlin, twice, at("2026-10-25 00:59:59")), at("2026-10-25 01:30:00"));
    assert_int_equal(zone_to_utc(berlin, at("2026-03-29 02:30:00"), LW_NO_TIME), at("2026-03-29 01:30:00"));
    assert_int_equal(zone_to_utc(berlin, at("2026-07-01 12:00:00.25"), LW_NO_TIME), at("2026-07-01 10:00:00.25"));
    zone_free(berlin);
}

static void offsets_are_zones(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t seconds;
    } rows[] = {{"+02:00", 7200}, {"-0530", -19800}, {"+1", 3600}, {"UTC", 0}, {"Z", 0}, {"+05:45", 20700}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct zone *here = zone(rows[i].name);
        assert_int_equal(zone_to_utc(here, 0, LW_NO_TIME), -rows[i].seconds * SECOND);
        zone_free(here);
    }
}

static void refuses(const char *name, enum lw_code code, const char *words)
{
    struct zone *out = NULL;
    struct lw_error err = {0};
    assert_int_equal(zone_open(name, strlen(name), &out, &err), code);
    assert_null(out);
    if (strstr(err.text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

static void refuses_what_is_no_zone(void **state)
{
    (void)state;
    refuses("Europe/Atlantis", LW_ERR_NOT_FOUND, "give an offset from UTC, such as +02:00");
    refuses("../../etc/passwd", LW_ERR_USAGE, "is no time zone");
    refuses("", LW_ERR_USAGE, "is no time zone");
    refuses("+99:00", LW_ERR_USAGE, "is no time zone");
    refuses("+1x", LW_ERR_USAGE, "is no time zone");
}

/* A damaged file is an error; no length of it is read past. */
static void survives_damaged_files(void **state)
{
    (void)state;
    if (!has_database()) {
        print_message("# skipped: there is no time zone database\n");
        return;
    }
    static unsigned char data[8192];
    FILE *file = fopen("/usr/share/zoneinfo/Europe/Berlin", "rb");
    size_t len = fread(data, 1, sizeof data, file);
    fclose(file);
    struct rng rng;
    rng_init(&rng, 8, 0, 0);
    char *path = strdup(scratch_path("Damaged"));
    char *folder = strdup(path);
    *strrchr(folder, '/') = '\0';
    setenv("TZDIR", folder, 1);
    for (int n = 0; n < 2000; n++) {
        unsigned char copy[8192];
        memcpy(copy, data, len);
        size_t cut = n % 2 == 0 ? len : (size_t)rng_below(&rng, len);
        for (int i = 0; i < 3; i++)
            copy[rng_below(&rng, n % 3 == 0 ? 100 : len)] = (unsigned char)rng_below(&rng, 256);
        scratch_write("Damaged", copy, cut);
        struct zone *here = NULL;
        if (zone_open("Damaged", 7, &here, NULL) == 0)
            for (int64_t t = -4000000000; t < 8000000000; t += 100000000)
                zone_to_utc(here, t * SECOND, LW_NO_TIME);
        zone_free(here);
    }
    unsetenv("TZDIR");
    free(folder);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_c_library), cmocka_unit_test(takes_the_hour_that_goes_on),
        cmocka_unit_test(offsets_are_zones),         cmocka_unit_test(refuses_what_is_no_zone),
        cmocka_unit_test(survives_damaged_files),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
