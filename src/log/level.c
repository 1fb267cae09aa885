#include "log/level.h"

#include <string.h>

static const struct {
    const char *word;
    enum lw_level level;
} words[] = {
    {"info", LW_LEVEL_INFO},
    {"warn", LW_LEVEL_WARN},
    {"error", LW_LEVEL_ERROR},
    {"debug", LW_LEVEL_DEBUG},
    {"warning", LW_LEVEL_WARN},
    {"notice", LW_LEVEL_NOTICE},
    {"fatal", LW_LEVEL_FATAL},
    {"trace", LW_LEVEL_TRACE},
    {"log", LW_LEVEL_INFO},
    {"i", LW_LEVEL_INFO},
    {"d", LW_LEVEL_DEBUG},
    {"w", LW_LEVEL_WARN},
    {"e", LW_LEVEL_ERROR},
    {"v", LW_LEVEL_TRACE},
    {"f", LW_LEVEL_FATAL},
    {"t", LW_LEVEL_TRACE},
    {"a", LW_LEVEL_FATAL},
    {"s", LW_LEVEL_NONE},
    {"c", LW_LEVEL_FATAL},
    {"n", LW_LEVEL_NOTICE},
    {"critical", LW_LEVEL_FATAL},
    {"crit", LW_LEVEL_FATAL},
    {"alert", LW_LEVEL_FATAL},
    {"emerg", LW_LEVEL_FATAL},
    {"emergency", LW_LEVEL_FATAL},
    {"panic", LW_LEVEL_FATAL},
    {"failure", LW_LEVEL_FATAL},
    {"dpanic", LW_LEVEL_FATAL},
    {"severe", LW_LEVEL_ERROR},
    {"err", LW_LEVEL_ERROR},
    {"eror", LW_LEVEL_ERROR},
    {"audit", LW_LEVEL_NOTICE},
    {"information", LW_LEVEL_INFO},
    {"informational", LW_LEVEL_INFO},
    {"verbose", LW_LEVEL_TRACE},
    {"config", LW_LEVEL_DEBUG},
    {"fine", LW_LEVEL_DEBUG},
    {"finer", LW_LEVEL_TRACE},
    {"finest", LW_LEVEL_TRACE},
    {"success", LW_LEVEL_NOTICE},
    {"wrn", LW_LEVEL_WARN},
    {"inf", LW_LEVEL_INFO},
    {"dbg", LW_LEVEL_DEBUG},
    {"trc", LW_LEVEL_TRACE},
    {"ftl", LW_LEVEL_FATAL},
    {"debug1", LW_LEVEL_DEBUG},
    {"debug2", LW_LEVEL_DEBUG},
    {"debug3", LW_LEVEL_TRACE},
    {"debug4", LW_LEVEL_TRACE},
    {"debug5", LW_LEVEL_TRACE},
    {"trace1", LW_LEVEL_TRACE},
    {"ii", LW_LEVEL_INFO},
    {"ww", LW_LEVEL_WARN},
    {"ee", LW_LEVEL_ERROR},
    {".", LW_LEVEL_DEBUG},
    {"*", LW_LEVEL_NOTICE},
    {"#", LW_LEVEL_WARN},
    {"note", LW_LEVEL_NOTICE},
    {"system", LW_LEVEL_INFO},
    {"default", LW_LEVEL_INFO},
    {"fault", LW_LEVEL_FATAL},
    {"trce", LW_LEVEL_TRACE},
    {"dbug", LW_LEVEL_DEBUG},
    {"fail", LW_LEVEL_ERROR},
    {"vrb", LW_LEVEL_TRACE},
    {"fatal error", LW_LEVEL_FATAL},
    {"parse error", LW_LEVEL_ERROR},
    {"deprecated", LW_LEVEL_NOTICE},
    {"audit success", LW_LEVEL_NOTICE},
    {"audit failure", LW_LEVEL_WARN},
    {"- ", LW_LEVEL_INFO}, /* of Redis; a dash alone says that there is none */
};

enum lw_level level_find(const char *word, size_t len)
{
    char lower[16];
    if (len == 0 || len >= sizeof lower)
        return LW_LEVEL_NONE;
    for (size_t i = 0; i < len; i++)
        lower[i] = (char)(word[i] >= 'A' && word[i] <= 'Z' ? word[i] + 32 : word[i]);
    lower[len] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].word[0] == lower[0] && strcmp(words[i].word, lower) == 0)
            return words[i].level;
    return LW_LEVEL_NONE;
}

enum lw_level level_of_priority(unsigned priority)
{
    static const enum lw_level levels[] = {LW_LEVEL_FATAL, LW_LEVEL_FATAL,  LW_LEVEL_FATAL, LW_LEVEL_ERROR,
                                           LW_LEVEL_WARN,  LW_LEVEL_NOTICE, LW_LEVEL_INFO,  LW_LEVEL_DEBUG};
    return levels[priority & 7];
}

const char *lw_level_name(enum lw_level level)
{
    static const char *const names[LW_LEVEL_COUNT] = {"", "trace", "debug", "info", "notice", "warn", "error", "fatal"};
    return (unsigned)level < LW_LEVEL_COUNT ? names[level] : "";
}
