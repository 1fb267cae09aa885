/*
 * The table, and the way from words to a row's function.
 *
 * Options are parsed before a command's function is called, from the row's own list, so that help, completion and
 * parser cannot disagree. A function sees values, inputs and two streams; where they lead is decided here.
 */
#include "cmd/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/output.h"
#include "cmd/print.h"
#include "cmd/progress.h"
#include "cmd/words.h"

static const struct command rows[] = {
    {"info",
     "[INPUT...]",
     "tell what a log or workspace holds: times, levels, templates, traces",
     NULL,
     info_run,
     {OPTION_JSON, OPTION_CSV},
     false},
    {"report",
     "[INPUT...]",
     "read, learn and measure a log, and say what was found",
     "This is what `logwright FILE...` does when its output is not a terminal. With --labels, the detectors are\n"
     "measured on held-out real traces, trained without and with a synthetic log (-c says what that is like).",
     report_run,
     {OPTION_CONSTRAINTS, OPTION_METHOD, OPTION_TRACES, OPTION_SPLIT, OPTION_HTML},
     false},
    {"parse",
     "[WORKSPACE] [LOG...]",
     "print the records as CSV, with template, parameters and traces",
     "Columns: source, line (of the record's first line, from 1), time, level, component, trace and parameters (JSON\n"
     "arrays), event (the template's id, such as E12) and template. With --json, one object a line. With a workspace,\n"
     "templates and traces are those that it knows. --where prints only some of the records; FILTERS in the manual "
     "page\n"
     "has the language.",
     parse_run,
     {OPTION_JSON, OPTION_WHERE},
     false},
    {"formats",
     "",
     "list the formats of logs that are known, or explain the choice of one",
     "Formats of your own are JSON files in $XDG_DATA_HOME/logwright/formats, see logwright-format(5). --explain shows "
     "for\n"
     "each format the share of lines that fit it at the head, the middle and the tail of the file, and the first line "
     "that\n"
     "does not, with the byte (from 1) where it fails and what was expected there. What --infer prints, or writes with "
     "-o,\n"
     "is such a file.",
     formats_run,
     {OPTION_JSON, OPTION_CSV, OPTION_EXPLAIN, OPTION_INFER},
     false},
    {"templates",
     "[INPUT...]",
     "list the templates, explain one, or change them by hand",
     "`templates merge W.lw E1 E2 ...` joins templates, `templates split W.lw E1 2` parts one by its second "
     "parameter,\n"
     "`templates rename W.lw E1 NAME` names one, `templates pin W.lw E1` keeps its text whatever is learned later, "
     "and\n"
     "`templates pin W.lw 'text with <*>'` makes one of the messages that fit; `templates undo W.lw` and `templates "
     "redo W.lw` go back and forth.\n"
     "The workspace is saved at once. At the prompt the open workspace is meant when none is given.\n"
     "--explain takes a line as it stands in the log, or a message. It prints the tokens with their types, the masked "
     "sequence\n"
     "and how often it was learned, the template that accepts it, by which step of mining the sequence came to it "
     "(first, shape,\n"
     "words, family, coalesce, hand), its parameters, and up to three other templates with the tokens that differ.",
     templates_run,
     {OPTION_JSON, OPTION_CSV, OPTION_SLOTS, OPTION_EXPLAIN_LINE},
     false},
    {"traces",
     "[WORKSPACE] [LOG...]",
     "list the traces: events, times, variant",
     "open says whether a trace was under way when the log began (start) or ended (end): it is that near, and traces "
     "do "
     "not begin or end like this.\n"
     "--explain learns nothing. Its scores are shares of 1: records with a name, names that come again, kinds of "
     "messages under a name,\n"
     "nearness of its records, number of names, one name a record, and what the rule looks like; their product "
     "decides.\n"
     "nested_in is the rule whose names hold this one's, as sessions hold requests; nested, for what share of them.\n"
     "alias_of is one whose names go one to one with this one's. --trace with the outer rule gives traces of that one.",
     traces_run,
     {OPTION_JSON, OPTION_CSV, OPTION_EXPLAIN_TRACES},
     false},
    {"variants",
     "[WORKSPACE] [LOG...]",
     "list the distinct sequences of templates among the traces, most frequent first",
     NULL,
     variants_run,
     {OPTION_JSON, OPTION_CSV},
     false},
    {"learn",
     "[LOG...] -o WORKSPACE",
     "learn all there is to learn from logs into a workspace",
     "A log may be learned in parts: the first as it is, the others with --plan FIRST. Merging the parts in order "
     "gives\n"
     "what learning the whole gives.",
     learn_run,
     {OPTION_PLAN, OPTION_ROWS},
     true},
    {"merge",
     "WORKSPACE... -o WORKSPACE",
     "merge workspaces that were learned under one plan",
     NULL,
     merge_run,
     {OPTION_NONE},
     true},
    {"machine",
     "[INPUT...] | --relations [INPUT...] | --diff INPUT [INPUT] | --accepts LOG [INPUT...]",
     "print the state machine that the traces walk, or what differs from it",
     "Without an option: a table of transitions, and beside it how good the machine is: what of it is core, that is,\n"
     "frequent enough to be more than noise, and the bits that it needs for an event of variants that were held out,\n"
     "against n-grams. With --json: the same, and states and transitions by number. --resamples adds in what share of\n"
     "N machines, each learned from as many traces drawn with replacement, each transition came again.\n"
     "delay_family is constant, uniform, exponential, gamma, weibull, log-normal or "
     "points\n"
     "(a few delays and no others); delay_ks is the greatest distance between its distribution and that of the log.\n"
     "--relations: what parameters ($2 is the second of a template) and header fields obey along a trace: key (the\n"
     "trace's name), constant, same (as the last value of other before it), increasing, decreasing, step (by number),\n"
     "offset (other's and number), sum (of other's since it last stood there), set (from the values of an entity, that "
     "is,\n"
     "of other places) and determined (by other, in the same event). Of sampled traces: how often it held, of how "
     "many\n"
     "times it could be told, in how many traces, and what share of times it surely holds.\n"
     "--dot, --mermaid and --svg draw what --activities and --paths keep, and the most usual ways through it; --svg "
     "without\n"
     "them draws as much as a picture holds.\n"
     "--diff: what differs between a, the first (or what is open), and b, most important first; exit 1 when anything\n"
     "does significantly. Events are matched by their templates' texts, states by which traces lead to them; names "
     "are\n"
     "those of a, and states that only b has begin with `b:`. Of a state, count is the traces that come through it; of "
     "a\n"
     "transition, how often it was taken of the visits of its state. p is corrected for all that was compared, for "
     "steps\n"
     "within a trace that depend on one another too; significant is below .01. bits: what a step tells, on average, "
     "about\n"
     "which of the two it is of. A log is learned as the other input was.\n"
     "--accepts: which traces fit the core of the machine, where the others leave it (the position of an event, one "
     "more\n"
     "than there are for the end), in which state, and what was expected there; exit 1 when some do not fit.",
     machine_run,
     {OPTION_JSON, OPTION_CSV, OPTION_DOT, OPTION_MERMAID, OPTION_SVG, OPTION_ACTIVITIES, OPTION_PATHS, OPTION_DIFF,
      OPTION_ACCEPTS, OPTION_RELATIONS, OPTION_RESAMPLES},
     false},
    {"schema",
     "[WORKSPACE] [LOG...]",
     "print the tables that hold what was learned: their statements, or a diagram of their keys",
     "TABLES in the manual page tells what is in them.",
     schema_run,
     {OPTION_DDL, OPTION_MERMAID, OPTION_DOT},
     false},
    {"export",
     "[WORKSPACE] [LOG...]",
     "write the tables as an SQLite database or as CSV files",
     "With a log, or a workspace that was learned with --rows, records, events and parameters are among them. The\n"
     "database is a workspace: every command takes it as INPUT. What was written as CSV is not read again.",
     export_run,
     {OPTION_SQLITE, OPTION_CSV_FOLDER},
     true},
    {"query",
     "[WORKSPACE] [LOG...] SQL",
     "run an SQL statement over the tables; it can only read",
     "The dialect is SQLite's; `schema` prints the tables. Nothing is written, whatever the statement says. Text and\n"
     "names of traces are bytes of the log; those that are no UTF-8 are blobs: --json prints them as {\"hex\": "
     "\"...\"}.",
     query_run,
     {OPTION_JSON, OPTION_CSV, OPTION_LIMIT, OPTION_TIMEOUT},
     false},
    {"constraints",
     "[WORKSPACE] [LOG...] | C.json | -c C.json [INPUT]",
     "measure the constraints of a log, or check a document of them",
     "Of a log: every number that a constraints document can set (logwright-constraints(5)), measured there: size, "
     "rate,\n"
     "hours and bursts, shares of levels, services, error types and templates, calls between services, failures that "
     "follow\n"
     "one another, recovery, anomalies, and what of the parameters could tell of people. low and high: its interval of "
     "95 %\n"
     "confidence; n: what it was measured on. Of a workspace without its log: what its traces tell of this. -o writes, "
     "and\n"
     "--document prints, a document that `generate -c` takes. Of a document (a file whose name ends in .json and that "
     "is "
     "one\n"
     "object, or -c): whether it contradicts itself, and, with an INPUT, whether the machine there can give it; exit "
     "status\n"
     "1 if not. With --model the document carries machine, delays and values too, so that it needs no workspace.\n"
     "--presets lists the documents that come with the program, which -c takes by name. --schema prints the JSON "
     "Schema "
     "of\n"
     "such documents.",
     constraints_run,
     {OPTION_JSON, OPTION_CSV, OPTION_CONSTRAINTS, OPTION_DOCUMENT, OPTION_MODEL, OPTION_SCHEMA, OPTION_PRESETS},
     true},
    {"generate",
     "[INPUT...]",
     "generate a synthetic log like the one that was learned",
     "--as jsonl: an object a record with timestamp, service, level, error_type (null where nothing fails), message "
     "and\n"
     "context: trace, template and parameters. sqlite and csv: the tables that `schema` prints, with the records, "
     "events and\n"
     "traces of the generated log; templates, values and machine are learned from it, too. Beside them trace_label "
     "and\n"
     "record_label: label (normal or the anomaly) and root (record of the event where it began).\n"
     "--output-format names a format of `formats`, without those whose records are no messages (access logs and the "
     "like)\n"
     "or stand on several lines; what a component cannot be there is written with '_'.\n"
     "--labels-out: trace, label (normal or the anomaly), root_record (line of the event where it began).\n"
     "--record-labels-out: line (of the record's first), label, trace, root (line; of anomalous events only).",
     generate_run,
     {OPTION_CONSTRAINTS, OPTION_METHOD, OPTION_THROUGH, OPTION_TRACES, OPTION_AS, OPTION_OUTPUT_FORMAT,
      OPTION_LABELS_OUT, OPTION_RECORD_LABELS_OUT, OPTION_NOISE_SEED, OPTION_RECORDS, OPTION_DURATION, OPTION_START,
      OPTION_RATE, OPTION_FOLLOW_OUT},
     true},
    {"validate",
     "[WORKSPACE|REAL] SYNTH",
     "say whether a synthetic log is lawful, and what of it is not",
     "Against what was learned from the real log, and against the document of -c: steps that the machine does not "
     "have,\n"
     "unknown templates, values out of their type, range or pool, relations that always held and do not, times that "
     "run\n"
     "backwards, delays longer than any seen; sizes, shares, calls, rules and recovery beyond what chance explains.\n"
     "--labels are those of the synthetic log, as `generate --labels-out` writes them: traces of a kind of anomaly "
     "then\n"
     "have to break what it says and nothing else, and how many of each kind each detector flags is told, too, and how "
     "well\n"
     "its scores separate them from normal ones; what of -c such a trace does not keep is no violation, nor is "
     "arrival\n"
     "judged where services crash. --record-labels, as `generate --record-labels-out` writes them, say where in its "
     "trace\n"
     "each begins: what is broken before is a violation. The table has the first violations of each rule, --csv and "
     "--json\n"
     "all of them. Exit status 1: there is a violation.",
     validate_run,
     {OPTION_JSON, OPTION_CSV, OPTION_CONSTRAINTS, OPTION_RECORD_LABELS},
     false},
    {"fidelity",
     "[[WORKSPACE] REAL] SYNTH",
     "say how close a synthetic log is to the real one",
     "Every figure is 1 where the two are as close as can be, and stands beside its threshold: what halves of the real "
     "log\n"
     "reach against one another. All is fitted on the real log, or taken from its workspace; FIDELITY in the manual "
     "page "
     "has\n"
     "the definitions. --labels are those of the real log. The table has the lowest parts of each figure, --csv and "
     "--json\n"
     "all of them. Exit status 1 with --check: a figure is below its threshold.",
     fidelity_run,
     {OPTION_JSON, OPTION_CSV, OPTION_CHECK, OPTION_INTERVALS},
     false},
    {"privacy",
     "[[WORKSPACE] REAL] SYNTH",
     "say what a synthetic log gives away of the real one",
     "dcr_overfit: the share of synthetic traces that are nearer to the real ones than to others of the same system.\n"
     "mia_auc, mia_tpr_at_fpr01: how well the best of several attackers who have the synthetic log tell traces of the "
     "real\n"
     "one from others. --holdout names a log with such others; without it, these are not measured. leaked:\n"
     "how many identifiers and rare values of the real log stand in the synthetic one, which --json and --csv list. "
     "PRIVACY\n"
     "in the manual page has the definitions. Exit status 1 with --check: a figure does not pass.",
     privacy_run,
     {OPTION_JSON, OPTION_CSV, OPTION_CHECK, OPTION_HOLDOUT, OPTION_ALLOW, OPTION_MINIMUM_COUNT},
     false},
    {"detect",
     "[WORKSPACE] [LOG...]",
     "list the traces that a detector flags, with its reasons",
     "The detector is fitted on the traces of the workspace, or, without one, of the log itself; labels are not used.\n"
     "A log behind a workspace is read in the workspace's format unless --format names another, or auto.\n"
     "Exit status 1: some trace was flagged.",
     detect_run,
     {OPTION_JSON, OPTION_CSV, OPTION_DETECTOR},
     false},
    {"score",
     "[WORKSPACE] [LOG...]",
     "print a score for each trace, as CSV in the order of the log",
     "--probability: of each whole trace, its end included, among all traces of any length; 0 where it is less than a\n"
     "number of double precision can be, hence its logarithm to base 2 beside it. Not the machine alone says it, but "
     "a\n"
     "mixture of it and of machines whose states the events do not give away (hidden Markov models among them), "
     "chosen\n"
     "and weighed by traces held out, which takes up to some ten seconds; of traces of more than 65536 events these\n"
     "learn the beginning.",
     score_run,
     {OPTION_DETECTOR, OPTION_PROBABILITY},
     false},
    {"evaluate",
     "[LOG...] --labels FILE|FIELD",
     "measure detectors against labels on held-out traces",
     "Everything is fitted on the training part alone, thresholds included. With -c or --method, every detector is "
     "also\n"
     "trained on that part and a synthetic log made from it, and on that synthetic log alone; all are measured on the\n"
     "same held-out real traces. flag-all, flag-none and new-event are there to compare with.",
     evaluate_run,
     {OPTION_JSON, OPTION_CSV, OPTION_DETECTORS, OPTION_SPLIT, OPTION_CONSTRAINTS, OPTION_METHOD, OPTION_TRACES},
     false},
    {"help", "[COMMAND]", "list the commands, or say what one does and takes", NULL, help_run, {OPTION_MANUAL}, false},
    {"version", "", "print the version", NULL, version_run, {OPTION_NONE}, false},
};
#define N_ROWS (sizeof rows / sizeof rows[0])

const struct command *command_get(const struct command_context *context, size_t index)
{
    if (index < N_ROWS)
        return &rows[index];
    return context != NULL && index - N_ROWS < context->n_more ? &context->more[index - N_ROWS] : NULL;
}

const struct command *command_find(const struct command_context *context, const char *name)
{
    const struct command *found = NULL, *row;

    /* The last row of a name is the one that stands for it: rows of the context hide the engine's. */
    for (size_t i = 0; (row = command_get(context, i)) != NULL; i++)
        if (strcmp(row->name, name) == 0)
            found = row;
    return found;
}

static void complain(FILE *messages, const char *text)
{
    fputs("logwright: ", messages);
    print_shown(messages, text, strlen(text));
    putc('\n', messages);
    fflush(messages);
}

int command_fail(struct command_call *call, const char *format, ...)
{
    char text[1000];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    complain(call->messages, text);
    return COMMAND_FAILED;
}

int command_error(struct command_call *call, const struct lw_error *err)
{
    complain(call->messages, err->text);
    return COMMAND_FAILED;
}

const char *command_s(uint64_t n)
{
    return n == 1 ? "" : "s";
}

void command_say(struct command_call *call, const char *format, ...)
{
    char text[1000];
    va_list args;

    if (call->values[OPTION_QUIET] != NULL)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    complain(call->messages, text);
}

/* Runs the row with its output opened and its run made. */
static int run_row(struct command_call *call, FILE *out)
{
    const char *path = call->command->is_writer ? NULL : call->values[OPTION_OUTPUT];
    struct progress progress;
    struct output output;
    struct lw_error err = {0};
    int status;

    call->run = call->context->run;
    if (call->run == NULL) {
        if (progress_start(&progress, call, &err) != 0)
            return command_error(call, &err);
        call->run = &progress.run;
    }
    if (output_open(path, out, &output) != 0) {
        status = command_fail(call, "%s: cannot write there: %s", path, strerror(errno));
    } else {
        call->out = output.file;
        status = call->command->run(call);
        if (output_close(&output, status != COMMAND_FAILED) != 0) {
            if (errno != EPIPE)
                command_fail(call, "%s: writing failed: %s", path == NULL ? "output" : path, strerror(errno));
            status = COMMAND_FAILED;
        }
    }
    if (call->run == &progress.run)
        progress_stop(&progress);
    return status;
}

int command_run(struct command_context *context, int argc, const char *const *argv, FILE *out, FILE *messages)
{
    size_t n = argc > 0 ? (size_t)argc - 1 : 0;
    struct command_call call = {.context = context, .out = out, .messages = messages};
    const char **args;
    const char *problem;
    char text[200];
    int status;

    if (argc < 1)
        return COMMAND_DONE;
    call.command = command_find(context, argv[0]);
    if (call.command == NULL)
        return command_fail(&call, "there is no command '%.60s'; `help` lists them all", argv[0]);
    args = malloc((n + 1) * sizeof *args);
    if (args == NULL)
        return command_fail(&call, "out of memory");
    memcpy(args, argv + 1, n * sizeof *args);
    call.inputs = args;
    problem =
        options_parse(call.command->options, args, n, call.values, &call.n_inputs, &call.n_masks, text, sizeof text);
    if (problem != NULL) {
        status = command_fail(&call, "%s: %s; see `help %s`", call.command->name, problem, call.command->name);
    } else if (call.values[OPTION_HELP] != NULL) {
        command_help(call.command, out);
        status = COMMAND_DONE;
    } else {
        status = run_row(&call, out);
    }
    free(args);
    return status;
}

int command_run_line(struct command_context *context, const char *line, FILE *out, FILE *messages)
{
    struct words words;
    int status;

    if (words_split(line, strlen(line), &words) != 0) {
        complain(messages, "out of memory");
        return COMMAND_FAILED;
    }
    if (words.problem != NULL) {
        complain(messages, words.problem);
        status = COMMAND_FAILED;
    } else {
        status = command_run(context, (int)words.n, words.items, out, messages);
    }
    words_release(&words);
    return status;
}
