#include "workspace/schema.h"

#include <xxhash.h>

const struct schema_table schema_tables[] = {
    {"meta", "CREATE TABLE meta(key TEXT PRIMARY KEY, value)", 1},
    {"sequence",
     "CREATE TABLE sequence(id INTEGER PRIMARY KEY, template INTEGER REFERENCES template, "
     "count INTEGER NOT NULL, data BLOB NOT NULL)",
     1},
    {"trace",
     "CREATE TABLE trace(id INTEGER PRIMARY KEY, name TEXT NOT NULL, variant INTEGER REFERENCES variant, "
     "first_us INTEGER, last_us INTEGER, data BLOB NOT NULL)",
     1},
    {"layout", "CREATE TABLE layout(id INTEGER PRIMARY KEY, data BLOB NOT NULL)", 1},
    {"edit",
     "CREATE TABLE edit(id INTEGER PRIMARY KEY, kind TEXT NOT NULL, arguments TEXT NOT NULL, "
     "undone INTEGER NOT NULL)",
     1},
    {"template",
     "CREATE TABLE template(id INTEGER PRIMARY KEY, name TEXT, text TEXT NOT NULL, "
     "count INTEGER NOT NULL, first_us INTEGER, last_us INTEGER, level TEXT)",
     0},
    {"slot",
     "CREATE TABLE slot(template INTEGER REFERENCES template, slot INTEGER, type TEXT NOT NULL, "
     "distinct_values INTEGER NOT NULL, PRIMARY KEY(template, slot)) WITHOUT ROWID",
     0},
    {"value",
     "CREATE TABLE value(template INTEGER, slot INTEGER, value TEXT NOT NULL, count INTEGER NOT NULL, "
     "FOREIGN KEY(template, slot) REFERENCES slot)",
     0},
    {"state",
     "CREATE TABLE state(id INTEGER PRIMARY KEY, name TEXT NOT NULL, template INTEGER REFERENCES template, "
     "visits INTEGER NOT NULL)",
     0},
    {"transition",
     "CREATE TABLE transition(\"from\" INTEGER NOT NULL REFERENCES state, "
     "\"to\" INTEGER NOT NULL REFERENCES state, template INTEGER REFERENCES template, "
     "count INTEGER NOT NULL, probability REAL NOT NULL, delay_p50_us INTEGER, delay_p95_us INTEGER)",
     0},
    {"variant",
     "CREATE TABLE variant(id INTEGER PRIMARY KEY, count INTEGER NOT NULL, events INTEGER NOT NULL, "
     "templates TEXT NOT NULL)",
     0},
    {"event",
     "CREATE VIEW event AS SELECT trace.id AS trace, json_each.key AS position, json_each.value AS template "
     "FROM trace JOIN variant ON variant.id = trace.variant, json_each(variant.templates)",
     0},
};
const size_t schema_n_tables = sizeof schema_tables / sizeof schema_tables[0];

uint64_t schema_sum(uint64_t sum, const void *data, size_t len)
{
    return XXH3_64bits_withSeed(data, len, sum);
}
