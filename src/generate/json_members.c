/*
 * One pass over the text. A string is the name of a member when a colon comes behind it; objects are told apart by
 * numbers, so that one set of (object, name) knows all names at any depth. Names are compared as they are written.
 */
#include "generate/json_members.h"

#include <string.h>

#include "base/buf.h"
#include "base/fail.h"
#include "base/intern.h"

#define MAX_DEPTH 64 /* json-c takes half of it */

struct members {
    uint64_t open[MAX_DEPTH]; /* numbers of the objects (and arrays) that are open */
    size_t depth;
    uint64_t n_objects;
    struct intern seen;
    struct buf key;
};

static size_t string_end(const char *data, size_t len, size_t at)
{
    for (at++; at < len && data[at] != '"'; at++)
        at += data[at] == '\\';
    return at;
}

static int wrong_member(const char *name, const char *data, size_t at, size_t end, struct lw_error *err)
{
    size_t line = 1, column = 1, shown = end - at - 1;
    for (size_t i = 0; i < at; i++) {
        column = data[i] == '\n' ? 1 : column + 1;
        line += data[i] == '\n';
    }
    return fail(err, LW_ERR_INPUT, "%s:%zu:%zu: \"%.*s\" is named twice in one object; leave one of them", name, line,
                column, (int)(shown < 60 ? shown : 60), data + at + 1);
}

/* at, end: the quotes around a string. *is_new: no member of this name was there before. */
static int add_member(struct members *members, const char *data, size_t at, size_t end, bool *is_new)
{
    size_t before = members->seen.count;
    uint32_t id;
    buf_clear(&members->key);
    buf_add(&members->key, (const char *)&members->open[members->depth - 1], sizeof *members->open);
    buf_add(&members->key, data + at, end - at);
    if (buf_status(&members->key) != 0 || intern_add(&members->seen, members->key.data, members->key.len, &id) != 0)
        return LW_ERR_MEMORY;
    *is_new = members->seen.count > before;
    return 0;
}

static int check(struct members *members, const char *name, const char *data, size_t len, struct lw_error *err)
{
    for (size_t at = 0; at < len; at++) {
        if ((data[at] == '{' || data[at] == '[') && members->depth < MAX_DEPTH)
            members->open[members->depth++] = members->n_objects++;
        else if ((data[at] == '}' || data[at] == ']') && members->depth > 0)
            members->depth--;
        if (data[at] != '"')
            continue;
        size_t end = string_end(data, len, at), next = end + 1;
        while (next < len && strchr(" \t\r\n", data[next]) != NULL && data[next] != '\0')
            next++;
        bool is_new = true;
        if (next < len && data[next] == ':' && members->depth > 0 && add_member(members, data, at, end, &is_new) != 0)
            return fail_memory(err, "reading JSON");
        if (!is_new)
            return wrong_member(name, data, at, end, err);
        at = end;
    }
    return 0;
}

int json_members_check(const char *name, const char *data, size_t len, struct lw_error *err)
{
    struct members members = {.seen = INTERN_INIT, .key = BUF_INIT};
    int rc = check(&members, name, data, len, err);
    intern_release(&members.seen);
    buf_release(&members.key);
    return rc;
}
