/* The relational schema as logwright.h shows it: its tables and columns, and the whole as text or a diagram. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"
#include "workspace/relation_rows.h"

int schema_new_labelled(struct lw_workspace *workspace, struct lw_log *log, const struct lw_traces *traces,
                        const struct table_labels *labels, const struct lw_run *run, struct lw_schema **out,
                        struct lw_error *err)
{
    struct lw_schema *schema = alloc_zeroed(1, sizeof *schema);
    int code;

    if (schema == NULL)
        return fail_memory(err, "laying out the tables");
    schema->workspace = lw_workspace_retain(workspace);
    schema->log = log != NULL ? lw_log_retain(log) : NULL;
    schema->traces = traces != NULL ? traces : workspace->traces;
    schema->labels = labels;
    code = relational_build(schema, err);
    if (code == 0)
        code = schema_rows_new(schema, run, err);
    if (code != 0) {
        lw_schema_free(schema);
        return code;
    }
    *out = schema;
    return 0;
}

int lw_schema_new(struct lw_workspace *workspace, struct lw_log *log, const struct lw_traces *traces,
                  const struct lw_run *run, struct lw_schema **out, struct lw_error *err)
{
    return schema_new_labelled(workspace, log, traces, NULL, run, out, err);
}

void lw_schema_free(struct lw_schema *schema)
{
    if (schema == NULL)
        return;
    schema_rows_free(schema);
    relational_release(schema);
    lw_workspace_free(schema->workspace);
    lw_log_free(schema->log);
    free(schema);
}

bool lw_schema_has_rows(const struct lw_schema *schema)
{
    return schema->log != NULL || schema->rows->file != NULL;
}

size_t lw_schema_untyped_count(const struct lw_schema *schema)
{
    return schema->n_untyped;
}

size_t lw_schema_table_count(const struct lw_schema *schema)
{
    return schema->n;
}

static const struct relation *relation_at(const struct lw_schema *schema, size_t index, struct lw_error *err)
{
    if (index < schema->n)
        return &schema->relations[index];
    fail(err, LW_ERR_NOT_FOUND, "there is no table %zu: there are %zu", index, schema->n);
    return NULL;
}

int lw_schema_table(const struct lw_schema *schema, size_t index, struct lw_table *out, struct lw_error *err)
{
    const struct relation *relation = relation_at(schema, index, err);
    const struct templates *templates = &workspace_model(schema->workspace)->templates;
    uint64_t n_rows;
    int code;

    if (relation == NULL)
        return LW_ERR_NOT_FOUND;
    code = relation_count(schema, index, &n_rows, err);
    if (code != 0)
        return code;
    *out = (struct lw_table){
        .name = relation->name,
        .help = relation->help,
        .kind = relation->as,
        .template_id = relation->kind == RELATION_TYPED ? templates->items[relation->index].id : LW_TEMPLATE_UNKNOWN,
        .n_columns = relation->n_columns,
        .n_rows = n_rows,
        .sql = relation->sql,
    };
    return 0;
}

int lw_schema_column(const struct lw_schema *schema, size_t table, size_t column, struct lw_table_column *out,
                     struct lw_error *err)
{
    const struct relation *relation = relation_at(schema, table, err);

    if (relation == NULL)
        return LW_ERR_NOT_FOUND;
    if (column >= relation->n_columns)
        return fail(err, LW_ERR_NOT_FOUND, "%s has no column %zu: there are %zu", relation->name, column,
                    relation->n_columns);
    *out = (struct lw_table_column){
        .name = relation->columns[column].name,
        .type = relation->columns[column].type,
        .help = relation->columns[column].help,
        .is_key = relation->columns[column].is_key,
        .is_nullable = relation->columns[column].is_nullable,
        .table = relation->columns[column].table,
        .column = relation->columns[column].column,
    };
    return 0;
}

ptrdiff_t lw_schema_find(const struct lw_schema *schema, const char *table)
{
    for (size_t i = 0; i < schema->n; i++)
        if (strcmp(schema->relations[i].name, table) == 0)
            return (ptrdiff_t)i;
    return -1;
}

/* ---- as text --------------------------------------------------------------------------------------------------- */

/* On one line, with nothing that a terminal or a parser of comments would obey. */
static void add_shown(struct buf *out, struct lw_bytes text)
{
    while (text.len > 0) {
        struct lw_glyph glyph;

        lw_glyph_next(text.data, text.len, &glyph);
        buf_add(out, glyph.text, glyph.text_len);
        text.data += glyph.len;
        text.len -= glyph.len;
    }
}

static void print_ddl(const struct lw_schema *schema, struct buf *out)
{
    const struct templates *templates = &workspace_model(schema->workspace)->templates;

    for (size_t i = 0; i < schema->n; i++) {
        const struct relation *relation = &schema->relations[i];

        buf_printf(out, "%s-- ", i == 0 ? "" : "\n");
        if (relation->kind == RELATION_TYPED) {
            buf_printf(out, "E%lu: ", (unsigned long)templates->items[relation->index].id);
            add_shown(out, templates->items[relation->index].text);
        } else {
            buf_add_text(out, relation->help);
        }
        buf_printf(out, "\n%s;\n", relation->sql);
    }
}

static const char *key_mark(const struct relation_column *column)
{
    return column->is_key ? column->table >= 0 ? "PK, FK" : "PK" : column->table >= 0 ? "FK" : "";
}

static bool is_table(const struct relation *relation)
{
    return relation->kind != RELATION_VIEW;
}

/* An entity relationship diagram of Mermaid. */
static void print_mermaid(const struct lw_schema *schema, struct buf *out)
{
    buf_add_text(out, "erDiagram\n");
    for (size_t i = 0; i < schema->n && is_table(&schema->relations[i]); i++) {
        const struct relation *relation = &schema->relations[i];

        buf_printf(out, "  %s {\n", relation->name);
        for (size_t c = 0; c < relation->n_columns; c++) {
            const char *mark = key_mark(&relation->columns[c]);

            buf_printf(out, "    %s %s%s%s\n", relation->columns[c].type, relation->columns[c].name,
                       mark[0] != '\0' ? " " : "", mark);
        }
        buf_add_text(out, "  }\n");
    }
    for (size_t i = 0; i < schema->n && is_table(&schema->relations[i]); i++)
        for (size_t c = 0; c < schema->relations[i].n_columns; c++) {
            const struct relation_column *column = &schema->relations[i].columns[c];

            if (column->table >= 0)
                buf_printf(out, "  %s %s--o%s %s : %s\n", schema->relations[column->table].name,
                           column->is_nullable ? "|o" : "||",
                           column->is_key && schema->relations[i].kind == RELATION_TYPED ? "|" : "{",
                           schema->relations[i].name, column->name);
        }
}

static void print_dot(const struct lw_schema *schema, struct buf *out)
{
    buf_add_text(out, "digraph schema {\n  rankdir=RL;\n  node [shape=record];\n");
    for (size_t i = 0; i < schema->n && is_table(&schema->relations[i]); i++) {
        const struct relation *relation = &schema->relations[i];

        buf_printf(out, "  \"%s\" [label=\"%s", relation->name, relation->name);
        for (size_t c = 0; c < relation->n_columns; c++) {
            const char *mark = key_mark(&relation->columns[c]);

            buf_printf(out, "%s%s %s%s%s\\l", c == 0 ? "|" : "", relation->columns[c].name, relation->columns[c].type,
                       mark[0] != '\0' ? " " : "", mark);
        }
        buf_add_text(out, "\"];\n");
    }
    for (size_t i = 0; i < schema->n && is_table(&schema->relations[i]); i++)
        for (size_t c = 0; c < schema->relations[i].n_columns; c++) {
            const struct relation_column *column = &schema->relations[i].columns[c];

            if (column->table >= 0)
                buf_printf(out, "  \"%s\" -> \"%s\" [label=\"%s\"];\n", schema->relations[i].name,
                           schema->relations[column->table].name, column->name);
        }
    buf_add_text(out, "}\n");
}

int lw_schema_print(const struct lw_schema *schema, enum lw_schema_form form, char **out, size_t *len,
                    struct lw_error *err)
{
    static void (*const printers[])(const struct lw_schema *, struct buf *) = {
        [LW_SCHEMA_DDL] = print_ddl, [LW_SCHEMA_MERMAID] = print_mermaid, [LW_SCHEMA_DOT] = print_dot};
    struct buf text = BUF_INIT;

    printers[form](schema, &text);
    if (buf_status(&text) != 0) {
        buf_release(&text);
        return fail_memory(err, "printing the schema");
    }
    *out = text.data;
    *len = text.len;
    return 0;
}
