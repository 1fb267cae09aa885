#include "workspace/schema.h"

#include <xxhash.h>

const struct schema_table schema_tables[] = {
    {"meta", "CREATE TABLE meta(key TEXT PRIMARY KEY, value)"},
    {"sequence", "CREATE TABLE sequence(id INTEGER PRIMARY KEY, template INTEGER REFERENCES template, "
                 "count INTEGER NOT NULL, data BLOB NOT NULL)"},
    {"packed_trace", "CREATE TABLE packed_trace(id INTEGER PRIMARY KEY REFERENCES trace, data BLOB NOT NULL)"},
    {"layout", "CREATE TABLE layout(id INTEGER PRIMARY KEY, data BLOB NOT NULL)"},
    {"edit", "CREATE TABLE edit(id INTEGER PRIMARY KEY, kind TEXT NOT NULL, arguments TEXT NOT NULL, "
             "undone INTEGER NOT NULL)"},
};
const size_t schema_n_tables = sizeof schema_tables / sizeof schema_tables[0];

uint64_t schema_sum(uint64_t sum, const void *data, size_t len)
{
    return XXH3_64bits_withSeed(data, len, sum);
}
