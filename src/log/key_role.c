/*
 * Keys are looked up by their length first: a key without a role, and most have none, is done after a few comparisons
 * of one byte. A hash over all names was rejected: it reads every byte of every key.
 */
#include "log/key_role.h"

#include <string.h>

#include "log/level.h"

struct key_name {
    const char *name;
    enum key_role role;
    unsigned rank;
};

#define MESSAGE(name, rank)                                                                                            \
    {                                                                                                                  \
        name, KEY_MESSAGE, rank                                                                                        \
    }
#define TIME(name, rank)                                                                                               \
    {                                                                                                                  \
        name, KEY_TIME, rank                                                                                           \
    }
#define LEVEL(name, rank)                                                                                              \
    {                                                                                                                  \
        name, KEY_LEVEL, rank                                                                                          \
    }
#define COMPONENT(name, rank)                                                                                          \
    {                                                                                                                  \
        name, KEY_COMPONENT, rank                                                                                      \
    }
#define MOST_ALIKE 12

/* [length][...], each list ended by a name that is NULL */
static const struct key_name names[KEY_LONGEST + 1][MOST_ALIKE] = {
    [1] = {TIME("t", 30), LEVEL("s", 30), COMPONENT("c", 30)},
    [2] = {TIME("ts", 4), TIME("@t", 5), MESSAGE("@m", 4), LEVEL("@l", 4)},
    [3] = {MESSAGE("msg", 2), MESSAGE("log", 6), MESSAGE("@mt", 5), LEVEL("lvl", 5), LEVEL("sev", 6),
           COMPONENT("app", 12), TIME("@ts", 5)},
    [4] = {TIME("time", 3), TIME("date", 20), MESSAGE("text", 9), MESSAGE("body", 10), COMPONENT("name", 6),
           TIME("when", 21)},
    [5] = {LEVEL("level", 3), MESSAGE("event", 12), COMPONENT("_comm", 22), COMPONENT("scope", 23),
           MESSAGE("error", 25)},
    [6] = {COMPONENT("logger", 1), COMPONENT("module", 5), COMPONENT("source", 11), COMPONENT("caller", 10),
           COMPONENT("target", 7)},
    [7] = {MESSAGE("content", 15), COMPONENT("process", 14), MESSAGE("message", 1), TIME("t.$date", 5),
           COMPONENT("service", 8), COMPONENT("channel", 9), TIME("logtime", 9), COMPONENT("program", 10)},
    [8] = {LEVEL("severity", 4), TIME("datetime", 5), MESSAGE("@message", 3), LEVEL("priority", 8),
           LEVEL("loglevel", 4), TIME("log_time", 9), COMPONENT("category", 9), COMPONENT("facility", 24)},
    [9] = {TIME("timestamp", 2), LEVEL("levelname", 1), LEVEL("log.level", 2), LEVEL("log_level", 4),
           TIME("eventtime", 7), MESSAGE("eventname", 20), COMPONENT("component", 3), COMPONENT("subsystem", 8)},
    [10] = {TIME("@timestamp", 1), LEVEL("level_name", 1), COMPONENT("loggername", 2), TIME("time_local", 8),
            TIME("created_at", 22), TIME("timemillis", 4), COMPONENT("log.logger", 1)},
    [11] = {COMPONENT("logger_name", 2), COMPONENT("eventsource", 20), COMPONENT("application", 12),
            TIME("time_millis", 4), MESSAGE("textpayload", 7), TIME("timecreated", 3), MESSAGE("description", 16)},
    [12] = {COMPONENT("service.name", 8), MESSAGE("full_message", 11), COMPONENT("backend_type", 20),
            TIME("time_iso8601", 2), LEVEL("severitytext", 4), COMPONENT("process.name", 13)},
    [13] = {TIME("date and time", 3), TIME("timegenerated", 3), MESSAGE("short_message", 3),
            MESSAGE("error.message", 14), COMPONENT("sourcecontext", 4), LEVEL("severity_text", 4),
            MESSAGE("event.message", 8)},
    [14] = {MESSAGE("fields.message", 3), LEVEL("error_severity", 2), MESSAGE("event.original", 13),
            COMPONENT("container_name", 21), TIME("eventtimestamp", 7)},
    [17] = {COMPONENT("syslog_identifier", 9)},
    [19] = {MESSAGE("jsonpayload.message", 3), TIME("instant.epochsecond", 6)},
    [20] = {TIME("__realtime_timestamp", 6)},
    [24] = {COMPONENT("properties.sourcecontext", 4)},
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

enum key_role key_role_of(const char *key, size_t len, unsigned *rank)
{
    if (len == 0 || len > KEY_LONGEST)
        return KEY_NONE;
    char first = lower(key[0]);
    for (const struct key_name *name = names[len]; name->name != NULL; name++) {
        size_t at = 1;
        if (name->name[0] != first)
            continue;
        while (at < len && name->name[at] == lower(key[at]))
            at++;
        if (at == len) {
            *rank = name->rank;
            return name->role;
        }
    }
    return KEY_NONE;
}

bool keys_note(struct keys *keys, const char *key, size_t len, struct lw_span value)
{
    unsigned rank;
    enum key_role role = key_role_of(key, len, &rank);
    if (role == KEY_NONE)
        return false;
    if (keys->rank[role] == 0 || rank < keys->rank[role]) {
        keys->rank[role] = rank;
        keys->spans[role] = value;
    }
    return true;
}

/* A level in words, or in numbers: below 8 as syslog counts, tens as Bunyan and pino do, hundreds as Monolog does. */
static enum lw_level level_of(const char *text, size_t len)
{
    static const enum lw_level tens[] = {LW_LEVEL_NONE, LW_LEVEL_TRACE, LW_LEVEL_DEBUG, LW_LEVEL_INFO,
                                         LW_LEVEL_WARN, LW_LEVEL_ERROR, LW_LEVEL_FATAL};
    static const enum lw_level hundreds[] = {LW_LEVEL_NONE,  LW_LEVEL_DEBUG, LW_LEVEL_INFO, LW_LEVEL_WARN,
                                             LW_LEVEL_ERROR, LW_LEVEL_FATAL, LW_LEVEL_FATAL};
    bool is_small = len > 0 && text[0] >= '1' && text[0] <= '6';
    if (len == 1 && text[0] >= '0' && text[0] <= '7')
        return level_of_priority((unsigned)(text[0] - '0'));
    if (len == 2 && is_small && text[1] >= '0' && text[1] <= '9')
        return tens[text[0] - '0'];
    if (len == 3 && is_small &&
        (memcmp(text + 1, "00", 2) == 0 || memcmp(text, "250", 3) == 0 || memcmp(text, "550", 3) == 0))
        return text[0] == '2' && text[1] == '5' ? LW_LEVEL_NOTICE : hundreds[text[0] - '0'];
    if (len == 2 && (text[0] == 'D' || text[0] == 'd') && text[1] >= '1' && text[1] <= '5')
        return LW_LEVEL_DEBUG; /* MongoDB */
    return level_find(text, len);
}

void keys_finish(const struct keys *keys, const char *line, struct lw_span rest, const struct timestamp_layout *hint,
                 struct format_scratch *scratch, struct format_cut *out)
{
    struct lw_span time = keys->spans[KEY_TIME], level = keys->spans[KEY_LEVEL], message = keys->spans[KEY_MESSAGE];
    out->time_start = time.start;
    out->has_time =
        keys->rank[KEY_TIME] > 0 && timestamp_read(&scratch->times, line + time.start, time.len, hint, &out->time);
    out->level = keys->rank[KEY_LEVEL] > 0 ? level_of(line + level.start, level.len) : LW_LEVEL_NONE;
    out->component = keys->spans[KEY_COMPONENT];
    out->message = keys->rank[KEY_MESSAGE] > 0 ? message : rest;
}
