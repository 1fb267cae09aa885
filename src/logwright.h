/*
 * logwright.h - the public interface of liblogwright, and the only header that is installed.
 *
 * Objects. A log is bytes cut into records. A workspace is everything learned from logs: templates, traces, variants
 * and the machine. Traces are the events of a log, or of a generated one, grouped by execution. Constraints say what a
 * generated log should be like. A study measures detectors on held-out real traces, with and without generated ones.
 *
 * Ownership. *_new, *_open, *_learn and the like give a handle that the caller releases with the *_free of the same
 * noun; *_free(NULL) does nothing. struct lw_bytes and `const` pointers are borrowed from the object they were got
 * from and live as long as it does. Every handle is immutable after it was made, unless its comment says otherwise, so
 * any number of threads may read it; making and freeing are the caller's to order.
 *
 * Errors. A function that can fail returns 0 or a negative enum lw_code, and fills *err (which may be NULL) with a
 * text that says what, where and what to do. On failure outputs are left untouched. Nothing here prints, exits or
 * touches signals.
 *
 * Long calls take a struct lw_run (NULL: inline, silent, not to be cancelled). Results depend neither on its executor
 * nor on the number of threads.
 *
 * Bytes of logs are not text: not NUL-ended, not always UTF-8, and hostile. Use lw_glyph_next() before drawing them.
 */
#ifndef LOGWRIGHT_H
#define LOGWRIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- words that all floors share ------------------------------------------------------------------------------ */

enum lw_code {
    LW_OK = 0,
    LW_ERR_MEMORY = -1,    /* out of memory, or past a given memory bound */
    LW_ERR_IO = -2,        /* the system refused a read or a write */
    LW_ERR_INPUT = -3,     /* what was read is malformed */
    LW_ERR_USAGE = -4,     /* an argument is wrong */
    LW_ERR_NOT_FOUND = -5, /* no such file, format, template, trace, ... */
    LW_ERR_CANCELLED = -6, /* the run's cancel token was set */
    LW_ERR_WORKSPACE = -7, /* a workspace that is damaged, of a newer version, or not one */
    LW_ERR_LIMIT = -8,     /* a documented limit was passed */
    LW_ERR_INFEASIBLE = -9 /* constraints that cannot be met */
};

struct lw_error {
    enum lw_code code;
    char text[500]; /* NUL-ended, printable UTF-8; log bytes in it are escaped */
};

struct lw_bytes {
    const char *data;
    size_t len;
};
struct lw_span {
    size_t start, len;
};

enum lw_level { /* least to most severe; also the order of histograms */
                LW_LEVEL_NONE,
                LW_LEVEL_TRACE,
                LW_LEVEL_DEBUG,
                LW_LEVEL_INFO,
                LW_LEVEL_NOTICE,
                LW_LEVEL_WARN,
                LW_LEVEL_ERROR,
                LW_LEVEL_FATAL,
                LW_LEVEL_COUNT
};

#define LW_NO_TIME          INT64_MIN  /* a record or event without a time */
#define LW_NO_RECORD        UINT64_MAX /* an event that no record of a log stands behind */
#define LW_TEMPLATE_UNKNOWN 0u         /* template id of a message that matches nothing learned; ids start at 1 */
#define LW_OPTIONS_VERSION  1u

/* Short lower-case name of a level ("warn"), "" for LW_LEVEL_NONE. */
const char *lw_level_name(enum lw_level level);

/* Version of the library, such as "0.1.0". */
const char *lw_version(void);

/* ---- long calls ----------------------------------------------------------------------------------------------- */

struct lw_cancel;   /* a flag that any thread may set; mutable, thread-safe */
struct lw_executor; /* a pool of threads; mutable; one run at a time */

int lw_cancel_new(struct lw_cancel **out, struct lw_error *err);
void lw_cancel_free(struct lw_cancel *cancel);
void lw_cancel_request(struct lw_cancel *cancel);
bool lw_cancel_is_requested(const struct lw_cancel *cancel); /* NULL: false */

/* threads: 0 = as many as there are processors online. */
int lw_executor_new(unsigned threads, struct lw_executor **out, struct lw_error *err);
void lw_executor_free(struct lw_executor *executor);
unsigned lw_executor_threads(const struct lw_executor *executor); /* NULL: 1 */

struct lw_run {
    unsigned version;             /* LW_OPTIONS_VERSION */
    struct lw_executor *executor; /* NULL: the calling thread does all */
    struct lw_cancel *cancel;     /* NULL: not to be cancelled */
    /* Called now and then from the calling thread; total 0 = not known yet. May be NULL. */
    void (*progress)(void *user, const char *phase, uint64_t done, uint64_t total);
    void *user;
};

/* ---- text ----------------------------------------------------------------------------------------------------- */

struct lw_glyph {
    size_t len;       /* bytes of the input it stands for, at least 1 */
    unsigned columns; /* cells it takes, 0 never: what would take none is joined to its base or escaped */
    bool is_escaped;  /* control, bidi override, invalid UTF-8 ...: `text` is a visible stand-in such as ^[ or <9b> */
    unsigned char text_len;
    char text[39]; /* UTF-8 to draw, not NUL-ended */
};

/* Cuts the first grapheme from (data, len), len > 0. The one place that says how wide log text is: curses, dump
 * backend and tables all use it. */
void lw_glyph_next(const char *data, size_t len, struct lw_glyph *out);

/* Columns that the whole of (data, len) takes. */
size_t lw_text_columns(const char *data, size_t len);

/* ---- names of logs -------------------------------------------------------------------------------------------- */

/* What a user names, as paths of sources: a file or "-" as it is; a folder as the files in it and in its folders, in
 * order of names; what names no file but has *, ? or [ as the files that match (glob(3)). Of files that are found so,
 * not named, those that are hidden, binary, or the same file under another name are left out, and remarks say which. */
struct lw_paths;
int lw_paths_expand(const char *const *args, size_t n, const struct lw_run *run, struct lw_paths **out,
                    struct lw_error *err);
void lw_paths_free(struct lw_paths *paths);
const char *const *lw_paths_list(const struct lw_paths *paths, size_t *n);
const char *lw_paths_remark(const struct lw_paths *paths, size_t index); /* NULL past the end */

/* ---- logs ----------------------------------------------------------------------------------------------------- */

struct lw_log;

struct lw_open_options {
    unsigned version;
    const char *format;      /* names of formats parted by commas, NULL or "auto" = found by itself for each source */
    uint64_t max_memory;     /* bytes of the index of records, not of what is learned from them, see
                                lw_learn_options; 0 = no bound; past it LW_ERR_MEMORY */
    int64_t now_us;          /* for years that headers leave out; 0 = the system's clock */
    const char *formats_dir; /* folder of the user's formats, see logwright-format(5); NULL = none */
    bool is_following;       /* of a feed: files may grow, be rotated or written anew */
    const char *zones;       /* [PATH=]ZONE, ...: of times that do not say theirs; NULL = UTC. A ZONE is +02:00, UTC,
                                Europe/Berlin or local; PATH a pattern (fnmatch(3)) of the sources meant */
    const char *offsets;     /* [PATH=]OFFSET, ...: added to the times of sources whose clock went wrong; such as +3.5s,
                                -200ms, +1h; NULL = none */
};
#define LW_OPEN_OPTIONS_INIT                                                                                           \
    {                                                                                                                  \
        LW_OPTIONS_VERSION, NULL, 0, 0, NULL, false, NULL, NULL                                                        \
    }

/* Reads sources (files, "-" = standard input; gzip, zstd, xz and bzip2 by content) into records, in the order given.
 * Several sources are one log, in the order of time: each keeps its own, a record without time follows the one before.
 * An empty file is an empty log. */
int lw_log_open(const char *const *paths, size_t n_paths, const struct lw_open_options *options,
                const struct lw_run *run, struct lw_log **out, struct lw_error *err);
/* One more owner of the same log; each owner calls lw_log_free. Thread-safe. */
struct lw_log *lw_log_retain(struct lw_log *log);
void lw_log_free(struct lw_log *log);

struct lw_source {
    struct lw_bytes path;
    const char *format; /* name, or several parted by commas, as struct lw_open_options takes it */
    const char *why;    /* why these formats: share of lines that fit, what came next */
    const char
        *problem;   /* NULL, or what was wrong with the source, such as "gzip data ends early; 1,204 records read" */
    uint64_t bytes; /* of raw text, after decompression */
    uint64_t records;
    uint64_t lines;
};

/* What is to be told of the opening, such as mistakes in files of formats; NULL past the end. */
size_t lw_log_notice_count(const struct lw_log *log);
const char *lw_log_notice(const struct lw_log *log, size_t index);
size_t lw_log_count(const struct lw_log *log); /* records */
size_t lw_log_source_count(const struct lw_log *log);
int lw_log_source(const struct lw_log *log, size_t index, struct lw_source *out, struct lw_error *err);

/* A feed reads sources into records bit by bit, and gives logs of what was read so far. Mutable: one thread at a time;
 * the logs it gives are immutable, may be read by other threads meanwhile, and outlive it. */
struct lw_feed;
enum lw_feed_state {
    LW_FEED_MORE, /* more can be read at once */
    LW_FEED_END   /* nothing is left; with options.is_following, until files grow: read again after a while */
};

/* Opens the sources and chooses their formats, reading no more than that takes. */
int lw_feed_open(const char *const *paths, size_t n_paths, const struct lw_open_options *options,
                 const struct lw_run *run, struct lw_feed **out, struct lw_error *err);
void lw_feed_free(struct lw_feed *feed);
/* Reads on by about max_bytes; 0 = to the end. How it is read in bits changes nothing in what comes out. After
 * LW_ERR_CANCELLED it can go on; any other failure stays, and what was read up to it can still be had. */
int lw_feed_read(struct lw_feed *feed, uint64_t max_bytes, const struct lw_run *run, enum lw_feed_state *state,
                 struct lw_error *err);
/* A log of all records read so far; costs little, as rows are shared. The next one may number records anew: what stays
 * is their (source, epoch, offset), see lw_log_find. */
int lw_feed_log(struct lw_feed *feed, struct lw_log **out, struct lw_error *err);
/* A log of the last max_bytes or so of each source, at once. Numbers of lines are unknown there: 0. */
int lw_feed_tail(struct lw_feed *feed, uint64_t max_bytes, const struct lw_run *run, struct lw_log **out,
                 struct lw_error *err);

struct lw_progress {
    uint64_t bytes_done, bytes_total; /* total: as known now */
    uint64_t records;
    uint64_t n_remarks; /* made so far */
    const char *remark; /* the last one, such as "x.log was truncated"; borrowed until the next call */
};
void lw_feed_progress(const struct lw_feed *feed, struct lw_progress *out);

/* The record that holds the byte at this offset of a source's text; LW_NO_RECORD if none does. */
uint64_t lw_log_find(const struct lw_log *log, uint32_t source, uint32_t epoch, uint64_t offset);

#define LW_MAX_FIELDS 24

struct lw_field {
    const char *name;  /* as the format names it: "pid", "host", "status" ... */
    size_t start, len; /* in raw */
};

struct lw_record {
    uint32_t source; /* identity: (source, epoch, offset) */
    uint32_t epoch;
    uint64_t offset; /* byte offset of the first byte in the source's (decompressed) text */
    uint64_t line;   /* 1-based number of its first line in the source */
    int64_t time_us; /* microseconds since 1970 UTC, or LW_NO_TIME */
    enum lw_level level;
    struct lw_bytes component;
    struct lw_bytes raw;               /* all lines, without the final line end */
    size_t message_start, message_len; /* in raw; the message with its continuation lines */
    size_t n_fields;
    struct lw_field fields[LW_MAX_FIELDS]; /* all header fields, time and level included */
};

/* A cursor that reads records of one log; holds a window of raw text. One thread at a time per reader. What a record
 * points to lives until the next call with the same reader. */
struct lw_reader;
int lw_reader_new(const struct lw_log *log, struct lw_reader **out, struct lw_error *err);
void lw_reader_free(struct lw_reader *reader);
int lw_reader_get(struct lw_reader *reader, uint64_t record, struct lw_record *out, struct lw_error *err);

/* The message in a line that was not read from the log but is written like its records: what the formats of its
 * sources leave of it, or all of it if it fits none of them. */
int lw_log_cut_line(const struct lw_log *log, const char *line, size_t len, struct lw_span *message,
                    struct lw_error *err);

struct lw_format_info {
    const char *name, *help;
};
/* The formats that are built in. */
size_t lw_format_count(void);
const struct lw_format_info *lw_format_get(size_t index); /* static; NULL past the end */

/* All formats: the built-in ones, then those of files in a folder; what is borrowed lives as long as the handle. */
struct lw_formats;
int lw_formats_open(const char *dir, struct lw_formats **out, struct lw_error *err); /* dir may be NULL */
void lw_formats_free(struct lw_formats *formats);
size_t lw_formats_count(const struct lw_formats *formats);
const struct lw_format_info *lw_formats_get(const struct lw_formats *formats, size_t index); /* NULL past the end */
const char *lw_formats_origin(const struct lw_formats *formats, size_t index); /* the file, NULL: built in */
size_t lw_formats_notice_count(const struct lw_formats *formats);              /* files left out, and why */
const char *lw_formats_notice(const struct lw_formats *formats, size_t index);
/* As lw_log_cut_line, by formats as --format names them; LW_ERR_NOT_FOUND if one is not known. */
int lw_formats_cut_line(const struct lw_formats *formats, const char *names, const char *line, size_t len,
                        struct lw_span *message, struct lw_error *err);

/* How the format of one file was chosen. Immutable. */
struct lw_explanation;
struct lw_trial { /* one format, tried on sampled lines of the file */
    const char *name;
    unsigned chosen;                /* 1 = the first that was chosen, 2 = the second ..., 0 = not chosen */
    double head, middle, tail, all; /* share of the lines there that fit; below 0 where there are none */
    struct lw_bytes line;           /* the first that does not fit, or empty */
    uint64_t offset;                /* of that line */
    size_t byte;                    /* of that line, from 1, where it fails; 0 = all lines fit */
    const char *expected;           /* what was expected there; NULL = all lines fit */
};
/* dir: as lw_formats_open. */
int lw_formats_explain(const char *path, const char *dir, const struct lw_run *run, struct lw_explanation **out,
                       struct lw_error *err);
void lw_explanation_free(struct lw_explanation *explanation);
const char *lw_explanation_choice(const struct lw_explanation *explanation); /* as lw_source.format */
const char *lw_explanation_why(const struct lw_explanation *explanation);
size_t lw_explanation_count(const struct lw_explanation *explanation); /* chosen ones first, then by falling share */
int lw_explanation_get(const struct lw_explanation *explanation, size_t index, struct lw_trial *out,
                       struct lw_error *err);
/* The header that the lines themselves show, as a format file (see logwright-format(5)); *out is freed with lw_free.
 * LW_ERR_NOT_FOUND: they show none. */
int lw_explanation_inferred(const struct lw_explanation *explanation, const char *name, char **out, size_t *len,
                            struct lw_error *err);

/* ---- workspaces: what was learned ----------------------------------------------------------------------------- */

/* Immutable and shared by reference: an edit gives a new workspace that shares the counts of the old one. */
struct lw_workspace;

struct lw_learn_options {
    unsigned version;
    const char *trace;               /* a rule as TRACES in logwright(1) says, NULL or "auto": found from the log */
    const struct lw_workspace *plan; /* NULL, or the workspace whose format, masks and trace rule are taken over */
    const char *masks;               /* lines "NAME REGEX" as lw_masks_read gives; NULL: none; not used with a plan */
    bool is_templates_only; /* no traces, machine or header layouts: nothing can be generated from it; several times
                               as fast */
    uint64_t max_memory;    /* bytes that log and workspace may take together, some 64 MB of work space aside; 0 = no
                               bound. Past it, rare messages and late traces are given up (lw_summary.folded), and where
                               that is not enough it is LW_ERR_MEMORY */
};
#define LW_LEARN_OPTIONS_INIT                                                                                          \
    {                                                                                                                  \
        LW_OPTIONS_VERSION, NULL, NULL, NULL, false, 0                                                                 \
    }

/* Masks of the user: what a PCRE2 expression matches in a message is one parameter of the type that the mask's name
 * says, whatever stands in it, before messages are cut any further. Found from left to right; of those that match at
 * one place, the first in the list. At most 16. As text: lines "NAME REGEX", `#` begins a line of comment, blanks at
 * the ends of an expression do not count. An expression that may match nothing is refused, LW_ERR_USAGE; one that takes
 * more work than there is for a match finds nothing.
 * Reads the masks of a file, none if there is no file; errors name file, line and byte. *out is freed with lw_free. */
int lw_masks_read(const char *path, char **out, struct lw_error *err);
/* The list (NULL: empty) changed: "NAME=REGEX" puts one first and takes any of that name away, "-NAME" takes it away
 * (LW_ERR_NOT_FOUND if there is none), NULL gives a copy. */
int lw_masks_edit(const char *masks, const char *change, char **out, struct lw_error *err);

int lw_workspace_learn(const struct lw_log *log, const struct lw_learn_options *options, const struct lw_run *run,
                       struct lw_workspace **out, struct lw_error *err);
/* What the workspace knows and the records of the log from first_record on, learned under its trace rule: as if all had
 * been learned at once, but the ids of its templates stay. New templates get new ids; a template that was joined to
 * another leaves its id as an alias. The log is the one that the workspace was learned from, grown, and first_record
 * is how many records it had; for a workspace from a file it may be any log, and any record of it (LW_ERR_USAGE
 * else). */
int lw_workspace_extend(const struct lw_workspace *workspace, const struct lw_log *log, uint64_t first_record,
                        const struct lw_run *run, struct lw_workspace **out, struct lw_error *err);
int lw_workspace_open(const char *path, const struct lw_run *run, struct lw_workspace **out, struct lw_error *err);
/* Writes the SQLite file atomically: the old file stays whole until the new one is. */
int lw_workspace_save(const struct lw_workspace *workspace, const char *path, struct lw_error *err);
/* Merging what shards gave equals learning the whole. LW_ERR_USAGE when their plans differ, one was edited, or shards
 * of `sequences` have traces that the numbers of their lines name alike. */
int lw_workspace_merge(const struct lw_workspace *const *parts, size_t n_parts, const struct lw_run *run,
                       struct lw_workspace **out, struct lw_error *err);
struct lw_workspace *lw_workspace_retain(struct lw_workspace *workspace); /* thread-safe */
void lw_workspace_free(struct lw_workspace *workspace);
/* Whether the file at path begins as one of our workspaces does. */
bool lw_workspace_is_file(const char *path);

struct lw_summary {
    uint64_t records, lines, bytes, traces, events, variants, templates, states, transitions;
    int64_t first_us, last_us;
    uint64_t levels[LW_LEVEL_COUNT];
    uint64_t peak;              /* records of the minute that has most */
    int64_t peak_us;            /* when it began, LW_NO_TIME if nothing was timed */
    uint64_t traced;            /* records that are in a trace, at most: machine and generated logs know no others */
    uint64_t unnamed;           /* records that may belong to more traces: their rule took too much work there */
    const char *trace_rule;     /* as --trace takes it */
    const char *trace_why;      /* why this rule was chosen */
    const char *masks;          /* of the user, as lines "NAME REGEX"; "" if there are none */
    uint64_t edits, idle_edits; /* in force; those of them that found no template any more */
    const char *format;         /* of the first source, "" if there was none */
    const char *folded;         /* what was given up to stay within max_memory, in words; "" if nothing was */
};
void lw_workspace_summary(const struct lw_workspace *workspace, struct lw_summary *out);

/* Edits are rows (kind, arguments, undone); state = f(counts, edits). kind: "rename" (template, name), "merge"
 * (template, template ...), "split" (template, slot number from 1), "pin" (template, or a text in which each <*> stands
 * for any number of words: the messages that fit become a template of their own, whatever is learned later). Templates
 * are named "E12" or by the name given to them. Edits remember the texts of their templates: `learn` under a plan takes
 * the plan's edits over. */
int lw_workspace_edit(const struct lw_workspace *workspace, const char *kind, const char *const *args, size_t n_args,
                      struct lw_workspace **out, struct lw_error *err);
int lw_workspace_undo(const struct lw_workspace *workspace, struct lw_workspace **out, struct lw_error *err);
int lw_workspace_redo(const struct lw_workspace *workspace, struct lw_workspace **out, struct lw_error *err);
/* Whether the same edits are in force in both, so that nothing is lost when one stands for the other. */
bool lw_workspace_has_same_edits(const struct lw_workspace *a, const struct lw_workspace *b);

/* Whether all that was learned is the same, and shared: at most marks differ. */
bool lw_workspace_has_same_model(const struct lw_workspace *a, const struct lw_workspace *b);

/* Marks are edits too, of records: known by source, epoch and offset, so that they are found again when the log is
 * opened anew or has grown. note NULL takes the mark away, "" marks without a note. Costs little, whatever was learned.
 * LW_ERR_NOT_FOUND when the log has no such record. */
int lw_workspace_mark(const struct lw_workspace *workspace, const struct lw_log *log, uint64_t record, const char *note,
                      struct lw_workspace **out, struct lw_error *err);

struct lw_mark {
    uint64_t record;
    struct lw_bytes note;
};
/* The marks of a workspace in a log, in the order of records. Immutable. */
struct lw_marks;
int lw_workspace_marks(const struct lw_workspace *workspace, const struct lw_log *log, struct lw_marks **out,
                       struct lw_error *err);
struct lw_marks *lw_marks_retain(struct lw_marks *marks); /* thread-safe */
void lw_marks_free(struct lw_marks *marks);
size_t lw_marks_count(const struct lw_marks *marks);
size_t lw_marks_lost(const struct lw_marks *marks); /* those whose records are not in the log */
int lw_marks_get(const struct lw_marks *marks, size_t index, struct lw_mark *out, struct lw_error *err);
/* Index of the first mark at the record or behind it; the count if there is none. */
size_t lw_marks_seek(const struct lw_marks *marks, uint64_t record);

/* ---- templates ------------------------------------------------------------------------------------------------ */

struct lw_template {
    uint32_t id;          /* printed as E<id>; indexes run 0 .. count-1, ids 1 .. and stay when a template was joined */
    struct lw_bytes text; /* with <*> for each parameter */
    struct lw_bytes name; /* given by hand, or empty */
    uint64_t count;
    int64_t first_us, last_us;
    enum lw_level level; /* the most frequent one */
    size_t n_slots;
    bool is_pinned; /* its text is one that was given by hand */
};
struct lw_value {
    struct lw_bytes text;
    uint64_t count; /* times seen */
    uint64_t error; /* it may be less by as much; 0 = exact */
};
#define LW_SLOT_BARS 24
struct lw_slot {
    const char *type;              /* "integer", "ip", "path", "word", ... */
    uint64_t distinct;             /* exact up to 64, from there on an estimate with 2.3 % standard error */
    uint64_t total;                /* values seen */
    const struct lw_value *values; /* all of them where distinct is at most 64; else the most frequent that were found,
                                      then a sample of the others; most frequent first */
    size_t n_values;
    /* Of the values that are numbers: how many, in what unit ("", "s", "B"); the others are NaN if there are none.
     * Quantiles and mean are right within 1.6 %. bars: how the numbers lie between min and max, on steps of their
     * logarithm. */
    uint64_t n_numbers;
    const char *unit;
    double min, max, mean, p05, p25, p50, p75, p95, p99;
    uint64_t bars[LW_SLOT_BARS];
};

/* Events over time, in bins of equal width from start_us on, a power of two of microseconds. */
#define LW_ACTIVITY_BINS 64
struct lw_activity {
    int64_t start_us, bin_us; /* LW_NO_TIME and 0 if nothing was timed */
    size_t n;                 /* at most LW_ACTIVITY_BINS */
    uint64_t counts[LW_ACTIVITY_BINS];
};
/* How a template changed at a mark: events in an hour before and after it, within the time of the whole log. */
struct lw_change {
    bool is_new;          /* first seen at the mark or later */
    bool is_surging;      /* ten times or more since, and significantly more often than before (Poisson, p < 0.001) */
    uint64_t since;       /* events since the mark; of the bin that the mark cuts its share */
    double before, after; /* events an hour; NaN where no time is */
};
size_t lw_template_count(const struct lw_workspace *workspace);
int lw_template_get(const struct lw_workspace *workspace, size_t index, struct lw_template *out, struct lw_error *err);
/* Index of the template with this id (aliases of joined templates resolve), or of name "E12"; -1 if there is none. */
ptrdiff_t lw_template_index(const struct lw_workspace *workspace, uint32_t id);
ptrdiff_t lw_template_find(const struct lw_workspace *workspace, const char *name);
int lw_template_slot(const struct lw_workspace *workspace, size_t index, size_t slot, struct lw_slot *out,
                     struct lw_error *err);
int lw_template_activity(const struct lw_workspace *workspace, size_t index, struct lw_activity *out,
                         struct lw_error *err);
int lw_template_change(const struct lw_workspace *workspace, size_t index, int64_t mark_us, struct lw_change *out,
                       struct lw_error *err);

/* Why a message is in its template, so that a person can check it. Spans are in the message that was given; the texts
 * of templates are borrowed from the workspace, which has to outlive it. */
struct lw_reason_token {
    struct lw_span span;
    const char *type; /* as lw_slot.type; "word" stands for itself in the masked sequence, marks too */
};
struct lw_reason_value {
    struct lw_span span; /* len 0: the parameter is left out, or empty */
    const char *type;    /* of the template's parameter */
};
struct lw_difference {
    size_t token;          /* the first that differs; n_tokens: behind the last */
    struct lw_span here;   /* len 0: nothing stands here */
    struct lw_bytes there; /* of the template, with <*>; empty: nothing stands there */
};
struct lw_near_template {
    uint32_t id;
    size_t index;
    const struct lw_difference *differences; /* none: it accepts the message, too, but is less specific */
    size_t n_differences;
};
#define LW_NEAR_TEMPLATES 3
struct lw_reason {
    const struct lw_reason_token *tokens;
    size_t n_tokens;
    struct lw_bytes masked; /* the message with the types of its values: "took <integer> ms" */
    uint64_t count;         /* how often this sequence was learned; 0: never */
    uint32_t template_id;   /* or LW_TEMPLATE_UNKNOWN */
    const char *way;        /* "learned": the sequence is one of the template's; "matched": of the templates that accept
                             * the message this is the most specific; "unknown" */
    const char *step, *step_help; /* NULL unless learned: how the sequence came to the template's first one, in a word
                                   * and in a sentence */
    struct lw_bytes first;        /* the masked sequence that the template begins with; empty if unknown */
    size_t n_sequences;           /* of the template */
    const struct lw_reason_value *values; /* its parameters in the message */
    size_t n_values;
    struct lw_near_template near[LW_NEAR_TEMPLATES]; /* other templates that differ least, nearest first */
    size_t n_near;
};
int lw_template_explain(const struct lw_workspace *workspace, const char *message, size_t len, struct lw_reason **out,
                        struct lw_error *err);
void lw_reason_free(struct lw_reason *reason);

/* ---- traces --------------------------------------------------------------------------------------------------- */

/* What could name the traces of a log, with the scores that the rule is chosen by: what is in the records, best first,
 * each a share from 0 to 1. A log of more than 60,000 records is looked at in four stretches. */
struct lw_trace_candidate {
    const char *rule; /* as --trace takes it; borrowed */
    bool is_chosen;
    double score;      /* product of those below */
    double coverage;   /* share of the records that have a name by it */
    double repetition; /* share of these whose name comes again */
    double variety;    /* 1 - 1 / (kinds of messages under a name) */
    double locality;   /* 1 - (share of the log between the first and the last record of a name) */
    double number;     /* K / (K + 8) for K names */
    double unity;      /* 1 / (names of a record that has any) */
    double prior;      /* by what it is called and looks like */
    uint64_t records, names;
    /* The candidate whose names hold this one's: requests of a session. A name of this one comes with just one of the
     * parent's, which has several. Told where 35 names or so could have shown otherwise, and 98 % of them did not. */
    int parent;          /* index of the candidate, or -1 */
    double parent_share; /* of the names that come with any of the parent's, those that come with just one; or NaN */
    int alias_of;        /* index of an earlier candidate whose names go one to one with this one's, or -1 */
};
struct lw_trace_candidates;
/* trace: as in struct lw_learn_options; a rule that is given is the first candidate where it names anything. */
int lw_trace_candidates_find(const struct lw_log *log, const char *trace, const struct lw_run *run,
                             struct lw_trace_candidates **out, struct lw_error *err);
void lw_trace_candidates_free(struct lw_trace_candidates *candidates);
size_t lw_trace_candidates_count(const struct lw_trace_candidates *candidates);
int lw_trace_candidates_get(const struct lw_trace_candidates *candidates, size_t index, struct lw_trace_candidate *out,
                            struct lw_error *err);
/* The rule that learning would follow, and why. Borrowed. */
const char *lw_trace_candidates_rule(const struct lw_trace_candidates *candidates);
const char *lw_trace_candidates_why(const struct lw_trace_candidates *candidates);

struct lw_traces;

struct lw_trace {
    struct lw_bytes name;
    size_t n_events;
    const uint32_t *templates; /* [n_events] template ids, LW_TEMPLATE_UNKNOWN among them */
    const int64_t *times_us;   /* [n_events] or LW_NO_TIME */
    const uint64_t *records;   /* [n_events] record numbers, or LW_NO_RECORD */
    uint32_t variant;          /* index among the variants */
    /* Whether it seems to have been under way when the log began or ended: its first event is not one that traces
     * begin with, and there is less of the log before it than traces take; likewise at the end. */
    bool is_open_start, is_open_end;
};
struct lw_variant {
    const uint32_t *templates; /* [n_events] */
    size_t n_events;
    uint64_t count; /* traces that have it */
    size_t example; /* index of the first such trace */
};
/* Borrowed: the traces the workspace was learned from (without record numbers when it came from a file). */
const struct lw_traces *lw_workspace_traces(const struct lw_workspace *workspace);
/* The traces of any log, its messages matched online against what the workspace knows. */
int lw_traces_match(const struct lw_workspace *workspace, const struct lw_log *log, const struct lw_run *run,
                    struct lw_traces **out, struct lw_error *err);
void lw_traces_free(struct lw_traces *traces);
size_t lw_traces_count(const struct lw_traces *traces);
int lw_traces_get(const struct lw_traces *traces, size_t index, struct lw_trace *out, struct lw_error *err);
ptrdiff_t lw_traces_find(const struct lw_traces *traces, const char *name, size_t len); /* -1: none */
size_t lw_traces_variant_count(const struct lw_traces *traces);
/* Variants are ordered by falling count, then by first appearance. */
int lw_traces_variant(const struct lw_traces *traces, size_t index, struct lw_variant *out, struct lw_error *err);
/* Template of a record of the log the traces came from. */
uint32_t lw_traces_record_template(const struct lw_traces *traces, uint64_t record);
/* Traces that a record belongs to: *n indexes, borrowed. */
const uint32_t *lw_traces_of_record(const struct lw_traces *traces, uint64_t record, size_t *n);

/* How one sequence becomes another: stretches that are the same, only in a, or only in b, in order; a and b are where
 * each begins in the two. As few events as can be are not the same (Myers 1986), unless the sequences differ in
 * thousands; then it is close to that, and not exact. Immutable. */
enum lw_edit_kind { LW_EDIT_SAME, LW_EDIT_ONLY_A, LW_EDIT_ONLY_B };
struct lw_edit {
    enum lw_edit_kind kind;
    size_t a, b, n;
};
struct lw_alignment;
int lw_align(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b, const struct lw_run *run,
             struct lw_alignment **out, struct lw_error *err);
void lw_alignment_free(struct lw_alignment *alignment);
const struct lw_edit *lw_alignment_edits(const struct lw_alignment *alignment, size_t *n); /* borrowed */
size_t lw_alignment_distance(const struct lw_alignment *alignment); /* events that are not the same */
bool lw_alignment_is_exact(const struct lw_alignment *alignment);

/* Parameters of a message under the template it matches: spans in (message, len). *n at most max. */
int lw_message_match(const struct lw_workspace *workspace, const char *message, size_t len, uint32_t *template_id,
                     struct lw_span *spans, size_t max, size_t *n, struct lw_error *err);

/* ---- time, and searching for records -------------------------------------------------------------------------- */

/* The least and the greatest time of a record; false if none has a time. */
bool lw_log_times(const struct lw_log *log, int64_t *first_us, int64_t *last_us);
/* The first record, in the order of the log, whose time is time_us or later, though times may run backwards;
 * LW_NO_RECORD if there is none. */
uint64_t lw_log_seek(const struct lw_log *log, int64_t time_us);
/* A time as people type it: "14:02" (of the day of near_us), "2026-11-23", "2026-11-23 14:02:11", or "-15m", counted
 * from last_us. */
int lw_time_read(const char *text, int64_t near_us, int64_t last_us, int64_t *out, struct lw_error *err);
/* counts[n_bins][LW_LEVEL_COUNT]: records of each level in n_bins equal stretches of from_us <= time < to_us. */
int lw_log_histogram(const struct lw_log *log, int64_t from_us, int64_t to_us, size_t n_bins,
                     uint64_t (*counts)[LW_LEVEL_COUNT], struct lw_error *err);

/* A condition on records, such as `level>=warn and component=~"sql" and not "timeout" and $2>500`; logwright(1) has the
 * language. Immutable. */
struct lw_query;
/* LW_ERR_USAGE names the column of a mistake and what was expected. The empty text is a query that all records match.
 */
int lw_query_new(const char *text, struct lw_query **out, struct lw_error *err);
void lw_query_free(struct lw_query *query);

struct lw_query_total {
    uint64_t searched, matched;
    uint64_t over_limit; /* records whose matching went past its bound; they count as no match */
    char note[240];      /* what the user should know of the answer, or "": NUL-ended, printable */
};
/* What is known of a log beyond its text. Any may be NULL; then conditions on it are LW_ERR_USAGE. */
struct lw_query_scope {
    const struct lw_workspace *workspace;
    const struct lw_traces *traces; /* of this log, under the workspace */
    const struct lw_labels *labels; /* of the traces */
    const struct lw_marks *marks;
};
/* Calls visit with the records from .. to - 1 that match, in their order and some at a time, while it goes on
 * searching; a visit that does not return 0 ends the run, which returns what it returned. scope and total may be NULL.
 */
int lw_query_run(const struct lw_query *query, const struct lw_log *log, const struct lw_query_scope *scope,
                 uint64_t from, uint64_t to, int (*visit)(void *user, const uint64_t *records, size_t n), void *user,
                 const struct lw_run *run, struct lw_query_total *total, struct lw_error *err);
enum lw_direction { LW_FORWARD, LW_BACKWARD };
/* The first matching record at or after `from`, or the last at or before it; LW_NO_RECORD if there is none. Searches no
 * further than it must. */
int lw_query_find(const struct lw_query *query, const struct lw_log *log, const struct lw_query_scope *scope,
                  uint64_t from, enum lw_direction direction, const struct lw_run *run, uint64_t *record,
                  struct lw_error *err);

/* What names a condition can begin with, such as "level", and what stands for each; for completion and help. NULL past
 * the end. */
struct lw_query_field {
    const char *name, *help;
};
const struct lw_query_field *lw_query_field_get(size_t index);

/* A text or a regular expression to be found in any text: what a search marks. Mutable; one thread at a time. */
struct lw_finder;
/* Without capital letters it matches in any case. LW_ERR_USAGE says what is wrong with an expression. */
int lw_finder_new(const char *regex, struct lw_finder **out, struct lw_error *err);
void lw_finder_free(struct lw_finder *finder);
/* The first match of a byte or more in (data, len) at or after `from`; false if there is none. */
bool lw_finder_next(struct lw_finder *finder, const char *data, size_t len, size_t from, struct lw_span *match);

/* ---- labels --------------------------------------------------------------------------------------------------- */

enum { LW_UNLABELLED = -1, LW_NORMAL = 0, LW_ANOMALOUS = 1 };
struct lw_labels;
/* file_or_field: a label file (see the manual), or the name of a header field of the log; traces that are not named
 * stay unlabelled. Fails when not one trace gets a label. */
int lw_labels_read(const char *file_or_field, const struct lw_log *log, const struct lw_traces *traces,
                   struct lw_labels **out, struct lw_error *err);
void lw_labels_free(struct lw_labels *labels);
int lw_labels_get(const struct lw_labels *labels, size_t trace);          /* LW_UNLABELLED, LW_NORMAL, LW_ANOMALOUS */
const char *lw_labels_kind(const struct lw_labels *labels, size_t trace); /* the name that stood there, "" if none */
/* Rows of the file that named no trace. */
size_t lw_labels_unmatched(const struct lw_labels *labels);

/* ---- the machine ---------------------------------------------------------------------------------------------- */

struct lw_machine;
struct lw_state {
    struct lw_bytes name; /* "start", "end", or what was last seen, such as "E5" or "E3 E5" */
    uint64_t visits;
    uint32_t template_id; /* of the event that leads into it; LW_TEMPLATE_UNKNOWN for start and end */
    bool is_core;         /* on a way of core transitions from start to end */
};
struct lw_transition {
    uint32_t from, to;    /* indexes of states */
    uint32_t template_id; /* LW_TEMPLATE_UNKNOWN for transitions into end */
    uint64_t count;
    double probability;
    int64_t delay_p50_us, delay_p95_us; /* LW_NO_TIME if never timed */
    bool is_core; /* frequent enough to be more than noise: accepted and sampled; others are only kept */
};
const struct lw_machine *lw_workspace_machine(const struct lw_workspace *workspace);
size_t lw_machine_state_count(const struct lw_machine *machine);
int lw_machine_state(const struct lw_machine *machine, size_t index, struct lw_state *out, struct lw_error *err);
size_t lw_machine_transition_count(const struct lw_machine *machine);
/* Transitions are ordered by (from, falling count, to). State 0 is start, state 1 is end. */
int lw_machine_transition(const struct lw_machine *machine, size_t index, struct lw_transition *out,
                          struct lw_error *err);
/* log2 of the probability of the whole sequence, its end included; smoothed, so finite. */
double lw_machine_log2_probability(const struct lw_machine *machine, const uint32_t *templates, size_t n);
/* States that the sequence walks through: states[0 .. n] with start first; unseen steps lead to the likeliest state
 * named after the template; templates never seen leave the state as it is. */
void lw_machine_walk(const struct lw_machine *machine, const uint32_t *templates, size_t n, uint32_t *states);
/* Whether the whole sequence, its end included, runs on core transitions; *left_at is the first event that does not, n
 * for the end. */
bool lw_machine_accepts(const struct lw_machine *machine, const uint32_t *templates, size_t n, size_t *left_at);

#define LW_NGRAM_ORDERS 5
struct lw_quality {
    size_t core_states, core_transitions;
    double core_share;                  /* of the traces that run on core transitions alone */
    size_t n_held_out;                  /* variants that machine and n-grams were learned without, to measure these: */
    double machine_bits;                /* per event, ends included, each variant once; 0 when n_held_out is */
    double ngram_bits[LW_NGRAM_ORDERS]; /* the same of n-gram models of order 1, 2 ... (Kneser and Ney 1995) */
};
/* Learns once more, so it takes as long as learning did. */
int lw_workspace_quality(const struct lw_workspace *workspace, const struct lw_run *run, struct lw_quality *out,
                         struct lw_error *err);
/* shares[lw_machine_transition_count]: in how much of n_resamples machines, each learned from as many traces drawn from
 * the workspace's with replacement, each transition came again. LW_ERR_USAGE for no resamples. */
int lw_machine_stability(const struct lw_workspace *workspace, size_t n_resamples, uint64_t seed,
                         const struct lw_run *run, double *shares, struct lw_error *err);

/* What differs between the machines of two workspaces, a and b. Templates are matched by their texts, since ids are
 * each workspace's own; states by the traces of both that walk both machines side by side. Immutable; borrows nothing.
 */
struct lw_machine_diff;
struct lw_machine_diff_options {
    unsigned version;
    double alpha; /* chance that anything is called significant where nothing differs; 0 < alpha < 1 */
};
#define LW_MACHINE_DIFF_OPTIONS_INIT                                                                                   \
    {                                                                                                                  \
        LW_OPTIONS_VERSION, 0.01                                                                                       \
    }
enum lw_diff_kind { LW_DIFF_STATE, LW_DIFF_TRANSITION };
enum lw_diff_side { LW_DIFF_BOTH, LW_DIFF_ONLY_A, LW_DIFF_ONLY_B };
struct lw_diff_row {
    enum lw_diff_kind kind;
    enum lw_diff_side side;
    ptrdiff_t a, b;        /* index of the state or transition in each machine, -1 on the side that has none */
    struct lw_bytes from;  /* name of the state, or of the one the transition leaves; of a where a has it */
    struct lw_bytes to;    /* the one it leads to; empty for states */
    struct lw_bytes event; /* text of the event that leads there; empty for start and end */
    /* How often, of how many times it could have been. Of a state: traces that come through it, of all. Of a
     * transition: steps from its state. Where only one machine has it, both logs' traces were walked through that one.
     */
    uint64_t count_a, of_a, count_b, of_b;
    double probability_a, probability_b; /* count over of; NaN of nothing */
    double p;                            /* two-sided, corrected for all that was tested (Holm 1979) */
    int64_t delay_a_us, delay_b_us;      /* medians; LW_NO_TIME if never timed, or of a state */
    double delay_p;                      /* that delays differ, corrected like p; NaN: not compared */
    double bits;         /* what a step tells, on average, about which log it is of: effect times flow */
    bool is_significant; /* p or delay_p below alpha */
};
struct lw_machine_diff_summary {
    size_t n_rows, n_significant;
    size_t states_a, states_b, states_both, transitions_a, transitions_b, transitions_both;
    size_t templates_a, templates_b, templates_both;
    double alpha;
};
/* options may be NULL. LW_ERR_USAGE when one of them has no machine. */
int lw_machine_diff_new(const struct lw_workspace *a, const struct lw_workspace *b,
                        const struct lw_machine_diff_options *options, const struct lw_run *run,
                        struct lw_machine_diff **out, struct lw_error *err);
void lw_machine_diff_free(struct lw_machine_diff *diff);
void lw_machine_diff_summary(const struct lw_machine_diff *diff, struct lw_machine_diff_summary *out);
/* Rows that differ at all: significant ones first, then by falling bits. What is equal has no row. */
size_t lw_machine_diff_count(const struct lw_machine_diff *diff);
int lw_machine_diff_get(const struct lw_machine_diff *diff, size_t index, struct lw_diff_row *out,
                        struct lw_error *err);

/* What of a machine is worth looking at: its most visited states and most taken transitions, and what it takes to lead
 * from the start through each of them to the end (paths whose rarest transition is the most frequent). */
struct lw_excerpt {
    double activities, paths;   /* 0 .. 1: shares of states by visits, and of the transitions between them by count */
    bool *states, *transitions; /* [state count], [transition count]: whether each is kept; the caller's, filled */
    size_t n_states, n_transitions; /* kept */
    uint64_t flow, total;           /* counts of the transitions that are kept, and of all */
};
/* Sets all but the shares and the pointers. Shares of 1 keep everything. */
int lw_machine_excerpt(const struct lw_machine *machine, struct lw_excerpt *excerpt, struct lw_error *err);

/* ---- the relational schema, and SQL over it -------------------------------------------------------------------- */

/* A workspace as tables: what was learned, and, with the log behind it, a row for each record, event and parameter.
 * The tables follow from templates and machine; rows are made when they are asked for, none is held. Immutable,
 * thread-safe; retains workspace and log. */
struct lw_schema;

struct lw_table_column {
    const char *name; /* unique in its table; letters, digits and _ */
    const char *type; /* "INTEGER", "REAL", "TEXT" or "BLOB"; text that is no UTF-8 stands as a blob */
    const char *help; /* what it holds; of a typed table its place in the template; may be "" */
    bool is_key;      /* one of the primary key's columns */
    bool is_nullable;
    ptrdiff_t table; /* that it refers to, or -1 */
    size_t column;   /* there */
};
enum lw_table_kind {
    LW_TABLE_LEARNED,  /* what was learned: always has its rows */
    LW_TABLE_RECORDS,  /* source, record, event, parameter: has rows where a log stands behind it */
    LW_TABLE_TEMPLATE, /* a typed table of one template: a row a record, a column a parameter */
    LW_TABLE_ENTITY,   /* the values of one kind of thing: blocks, hosts, users ... */
    LW_TABLE_VIEW
};
struct lw_table {
    const char *name;
    const char *help;
    enum lw_table_kind kind;
    uint32_t template_id; /* of LW_TABLE_TEMPLATE, else LW_TEMPLATE_UNKNOWN */
    size_t n_columns;
    uint64_t n_rows; /* LW_ROWS_UNKNOWN: of views, and of entities that were not looked for yet */
    const char *sql; /* the statement that makes it */
};
#define LW_ROWS_UNKNOWN UINT64_MAX

/* log: NULL, or the log behind it. traces: of the log (see lw_traces_match), borrowed, must outlive the schema; NULL:
 * those of the workspace, which was learned from the log. */
int lw_schema_new(struct lw_workspace *workspace, struct lw_log *log, const struct lw_traces *traces,
                  const struct lw_run *run, struct lw_schema **out, struct lw_error *err);
void lw_schema_free(struct lw_schema *schema);
bool lw_schema_has_rows(const struct lw_schema *schema); /* of records */
/* Templates without a typed table: the 2,000 most frequent ones have one. */
size_t lw_schema_untyped_count(const struct lw_schema *schema);
/* Tables in an order in which each refers only to those before it, then views. Borrowed from the schema. */
size_t lw_schema_table_count(const struct lw_schema *schema);
int lw_schema_table(const struct lw_schema *schema, size_t index, struct lw_table *out, struct lw_error *err);
int lw_schema_column(const struct lw_schema *schema, size_t table, size_t column, struct lw_table_column *out,
                     struct lw_error *err);
ptrdiff_t lw_schema_find(const struct lw_schema *schema, const char *table); /* -1: there is none */

enum lw_schema_form { LW_SCHEMA_DDL, LW_SCHEMA_MERMAID, LW_SCHEMA_DOT };
/* The schema as text, or a diagram of its keys; *out is freed with lw_free. */
int lw_schema_print(const struct lw_schema *schema, enum lw_schema_form form, char **out, size_t *len,
                    struct lw_error *err);
/* Writes a workspace file with all rows that there are: one SQLite database, which lw_workspace_open reads, rows
 * included. Atomic, as lw_workspace_save. LW_ERR_USAGE when the log is not the one that was learned from. */
int lw_schema_save(const struct lw_schema *schema, const char *path, const struct lw_run *run, struct lw_error *err);
/* Writes the tables alone into an SQLite database that is no workspace. It may replace a database, and nothing else. */
int lw_schema_write_sqlite(const struct lw_schema *schema, const char *path, const struct lw_run *run,
                           struct lw_error *err);
/* Writes each table as FOLDER/NAME.csv (RFC 4180), and FOLDER/schema.sql, which says what they are. The folder appears
 * whole or not at all; one that is there already has to be empty. */
int lw_schema_write_csv(const struct lw_schema *schema, const char *folder, const struct lw_run *run,
                        struct lw_error *err);

/* A connection that runs read-only SQL over the tables and views of a schema. Mutable: one thread at a time. */
struct lw_sql;
enum lw_sql_kind { LW_SQL_NULL, LW_SQL_INTEGER, LW_SQL_REAL, LW_SQL_TEXT, LW_SQL_BLOB };
struct lw_sql_value {
    enum lw_sql_kind kind;
    int64_t integer;
    double real;
    struct lw_bytes bytes; /* of text and blobs; both hold bytes of logs */
};
struct lw_sql_options {
    unsigned version;
    uint64_t max_rows; /* 0 = all; with more, the total says so */
    double timeout_s;  /* 0 = none; past it LW_ERR_LIMIT */
};
#define LW_SQL_OPTIONS_INIT                                                                                            \
    {                                                                                                                  \
        LW_OPTIONS_VERSION, 0, 0                                                                                       \
    }
struct lw_sql_visitor { /* what they are given lives until they return; one that does not return 0 ends the run, which
                           returns what it returned */
    int (*columns)(void *user, const char *const *names, size_t n); /* once, before the first row; may be NULL */
    int (*row)(void *user, const struct lw_sql_value *values, size_t n);
    void *user;
};
struct lw_sql_total {
    uint64_t rows;
    bool is_cut; /* there are more than max_rows */
};
/* Retains nothing: the schema must outlive it. */
int lw_sql_open(const struct lw_schema *schema, struct lw_sql **out, struct lw_error *err);
void lw_sql_close(struct lw_sql *sql);
/* Runs one SELECT (or EXPLAIN, VALUES, WITH ...). What would write, attach, load or change a setting is LW_ERR_USAGE,
 * as are mistakes, whose text names the place and a remedy. run cancels it. total may be NULL. */
int lw_sql_run(struct lw_sql *sql, const char *text, const struct lw_sql_options *options,
               const struct lw_sql_visitor *visitor, const struct lw_run *run, struct lw_sql_total *total,
               struct lw_error *err);
/* ---- drawing graphs ------------------------------------------------------------------------------------------- */

/* A directed graph laid out in layers from top to bottom, in cells of a terminal: a box for each node, for each edge
 * a line that leaves its source's box at the bottom and enters its target's at the top (edges against the order of the
 * layers the other way round; an edge from a node to itself is a loop at the right of its box). Boxes, lines and labels
 * have their cells for themselves, but where two lines cross at a right angle. The same input gives the same layout.
 * Of more edges than can be drawn in reasonable time, the lightest are left out. */
struct lw_layout;

struct lw_layout_node {
    uint64_t key;   /* the same for the same node of another layout; distinct within one */
    int cols, rows; /* of its box, frame included, 1 .. 1000; the box is made wider where more lines leave than fit */
};
struct lw_layout_edge {
    size_t from, to; /* indexes of nodes; several edges may join the same two */
    uint64_t weight; /* heavier ones are drawn straighter; 0 counts as 1 */
    int label_cols;  /* cells of a label of one row; 0: none */
};
struct lw_layout_graph {
    const struct lw_layout_node *nodes;
    size_t n_nodes;
    const struct lw_layout_edge *edges;
    size_t n_edges;
    size_t first; /* the node that stands on top, SIZE_MAX: none */
};
struct lw_layout_box {
    int row, col, rows, cols; /* row, col: of the top left cell, from 0 */
};
struct lw_layout_point {
    int row, col;
};

/* previous: NULL, or a layout of much the same graph; what stays keeps its order and roughly its place. At most 20,000
 * nodes and 20,000 edges, LW_ERR_LIMIT. */
int lw_layout_new(const struct lw_layout_graph *graph, const struct lw_layout *previous, const struct lw_run *run,
                  struct lw_layout **out, struct lw_error *err);
void lw_layout_free(struct lw_layout *layout);
void lw_layout_size(const struct lw_layout *layout, int *rows, int *cols);
struct lw_layout_box lw_layout_box(const struct lw_layout *layout, size_t node);
/* The corners of an edge's line, ends included, from the cell at its source's box to the cell at its target's, where
 * the arrow is; neighbours share a row or a column. *n is 0 for an edge that was left out. Borrowed. */
const struct lw_layout_point *lw_layout_line(const struct lw_layout *layout, size_t edge, size_t *n);
/* First cell of an edge's label; false if it fits nowhere. */
bool lw_layout_label(const struct lw_layout *layout, size_t edge, struct lw_layout_point *out);
/* Pairs of lines that cross, as often as they do. */
uint64_t lw_layout_crossings(const struct lw_layout *layout);
size_t lw_layout_left_out(const struct lw_layout *layout); /* edges that are not drawn */

/* The picture as SVG, an element that can stand in a page or in a file of its own: legible on light and on dark, no
 * scripts, nothing outside of it. Texts are bytes of logs and are escaped. */
struct lw_svg_node {
    struct lw_bytes text; /* in the box; cut to its width */
    struct lw_bytes note; /* shown when it is pointed at; len 0: none */
    bool is_faint;
};
struct lw_svg_edge {
    struct lw_bytes text; /* the label */
    struct lw_bytes note;
    double width;  /* of the line, 0 .. 1 from thin to thick */
    bool is_faint; /* dashed */
};
/* nodes[] and edges[] as in the graph. *out is NUL-ended, freed with lw_free. */
int lw_layout_svg(const struct lw_layout *layout, const char *title, const struct lw_svg_node *nodes,
                  const struct lw_svg_edge *edges, char **out, size_t *len, struct lw_error *err);

/* ---- models of delays and of parameters ----------------------------------------------------------------------- */

/* All of it follows from what the workspace holds; it is worked out when the first of these functions is called, which
 * takes up to some seconds for millions of events, and kept. Texts and arrays are borrowed from the workspace. Any
 * number of threads may ask. */

enum lw_delay_family {
    LW_DELAY_NONE,        /* too few timings for a family, or none fits */
    LW_DELAY_CONSTANT,    /* parameters: at_s */
    LW_DELAY_UNIFORM,     /* from_s, to_s */
    LW_DELAY_EXPONENTIAL, /* mean_s */
    LW_DELAY_GAMMA,       /* shape, scale_s */
    LW_DELAY_WEIBULL,     /* shape, scale_s */
    LW_DELAY_LOG_NORMAL,  /* median_s, sigma (of the natural logarithm) */
    LW_DELAY_POINTS,      /* at_1_s, share_1, at_2_s, share_2 ... by falling share: a few delays and no others */
    LW_DELAY_FAMILY_COUNT
};
#define LW_DELAY_PARAMETERS 8
struct lw_delay_model {
    enum lw_delay_family family;
    uint64_t n; /* timings */
    size_t n_parameters;
    double parameters[LW_DELAY_PARAMETERS];
    double ks; /* Kolmogorov-Smirnov: greatest distance between the shares of timings up to a delay as counted and as
                  the family has them, 0 to 1; NaN without a family */
};
/* "", "constant", "uniform", "exponential", "gamma", "weibull", "log-normal", "points" */
const char *lw_delay_family_name(enum lw_delay_family family);
const char *lw_delay_parameter_name(enum lw_delay_family family, size_t index); /* such as "mean_s"; NULL: none */
/* "exponential, mean 2.1 s", "points 5 s 70 %, 10 s 30 %"; "" without a family. Cut to size, NUL-ended. */
#define LW_DELAY_TEXT 160
void lw_delay_text(const struct lw_delay_model *model, char text[LW_DELAY_TEXT]);
/* How long a transition takes. transition: index in the workspace's machine. */
int lw_workspace_delay(const struct lw_workspace *workspace, size_t transition, struct lw_delay_model *out,
                       struct lw_error *err);

/* Where values stand: a parameter of a template, or a header field. */
struct lw_place {
    uint32_t template_id; /* LW_TEMPLATE_UNKNOWN: a header field, whatever the message */
    size_t slot;          /* number of the parameter from 0; of no use for a header field */
    const char *field;    /* name of the header field; NULL: a parameter */
};
enum lw_relation_kind {
    LW_RELATION_KEY,        /* is the name of the trace */
    LW_RELATION_CONSTANT,   /* keeps its value through a trace */
    LW_RELATION_SAME,       /* is the value of `other` in the nearest event before it that has one */
    LW_RELATION_INCREASING, /* is greater than when it last stood in the trace */
    LW_RELATION_DECREASING,
    LW_RELATION_STEP,   /* is greater by `number`, never 0, than when it last stood in the trace */
    LW_RELATION_OFFSET, /* is greater by `number`, not 0, than the nearest value of `other` before it */
    LW_RELATION_SUM, /* is the sum of the values of `other` since it last stood in the trace, or since the trace began
                      */
    LW_RELATION_SET, /* is drawn from the values of an entity */
    LW_RELATION_DETERMINED, /* follows from the value of `other` in the same event, in whatever trace */
    LW_RELATION_KIND_COUNT
};
#define LW_NO_ENTITY SIZE_MAX
struct lw_relation {
    enum lw_relation_kind kind;
    struct lw_place place, other; /* other: only where its kind says so */
    double number;
    size_t entity;           /* index, LW_NO_ENTITY unless LW_RELATION_SET */
    uint64_t support, total; /* it held so often of the times it could be told, among sampled traces; of an entity,
                                sampled values found elsewhere in its set and all that were looked for */
    uint64_t traces;         /* in which it could be told; 0 of an entity */
    double lower;            /* least share of times it holds, at 95 % confidence (Wilson 1927) */
    const char *text;        /* in words, such as "E5 parameter 2 is that of E1 parameter 1" */
};
const char *lw_relation_kind_name(enum lw_relation_kind kind); /* "constant", "same", ... */
/* By place, then kind. */
int lw_workspace_relation_count(const struct lw_workspace *workspace, size_t *n, struct lw_error *err);
int lw_workspace_relation(const struct lw_workspace *workspace, size_t index, struct lw_relation *out,
                          struct lw_error *err);

/* A kind of thing that a log speaks of, such as a block, a host or a user: a set of values that several places share.
 * Found from samples of their values, so that of each place nearly all values are in the set, not certainly all. */
struct lw_entity {
    const char *name; /* unique; small letters, digits and '_', from the words beside the values or from their type */
    const char *type; /* of the values, as in lw_slot */
    const struct lw_place *places; /* [n_places] whose values are drawn from it; the widest, by values, first */
    size_t n_places;
    uint64_t distinct; /* values, estimated beyond some dozen */
};
int lw_workspace_entity_count(const struct lw_workspace *workspace, size_t *n, struct lw_error *err);
int lw_workspace_entity(const struct lw_workspace *workspace, size_t index, struct lw_entity *out,
                        struct lw_error *err);

/* log2 of the probability of each whole trace, its end included: log2_out[lw_traces_count(traces)]. By the best mixture
 * of models that can be found for the traces that the workspace was learned from, which is done here and takes work
 * that is bounded (some ten seconds on two processors). A proper distribution over the traces of the templates learned
 * and one unknown, but for single precision; finite. The machine's own is lw_machine_log2_probability. */
int lw_workspace_probability(const struct lw_workspace *workspace, const struct lw_traces *traces,
                             const struct lw_run *run, double *log2_out, struct lw_error *err);

/* ---- constraints and generation ------------------------------------------------------------------------------- */

/* What a generated log should be like. Mutable; one thread at a time. */
struct lw_constraints;

struct lw_knob { /* one number that can be set; what the document, the pane and the help know is made from these rows */
    const char *path; /* in the document, such as "anomalies.missing" */
    const char *help;
    const char *unit;
    double min, max, initial, step; /* initial NaN: not set unless somebody does */
    bool is_integer;
};
size_t lw_knob_count(void);
const struct lw_knob *lw_knob_get(size_t index);

int lw_constraints_new(struct lw_constraints **out, struct lw_error *err);
int lw_constraints_copy(const struct lw_constraints *from, struct lw_constraints **out, struct lw_error *err);
/* A JSON document; an error names the file, the JSON path and what would be right. */
int lw_constraints_read(const char *path, struct lw_constraints **out, struct lw_error *err);
void lw_constraints_free(struct lw_constraints *constraints);
/* path: a knob's, or that of any other number in the document: "levels.error" (both ends of its range;
 * "levels.error.low" is one), "template_weights.E12", "transition_weights.E3>E7", "rules.0.within.1" ... NaN takes back
 * what was said. A size (traces, records, duration) takes the place of the others. */
int lw_constraints_set(struct lw_constraints *constraints, const char *path, double value, struct lw_error *err);
int lw_constraints_get(const struct lw_constraints *constraints, const char *path, double *value, struct lw_error *err);
int lw_constraints_write(const struct lw_constraints *constraints, const char *path, struct lw_error *err);
/* Whether the document carries a model, so that logs can be generated from it without a workspace. */
bool lw_constraints_has_model(const struct lw_constraints *constraints);
/* Puts what the workspace's logs are generated from into the document: statistics, no line and no value that the
 * document's privacy settings keep back. */
int lw_constraints_take_model(struct lw_constraints *constraints, const struct lw_workspace *workspace,
                              struct lw_error *err);
/* Documents that come with the program, or any others of one folder (NULL, or one that is not there: none), by name. */
struct lw_presets;
struct lw_preset {
    const char *name, *about; /* about: a sentence, or "" */
    const char *path;         /* for lw_constraints_read */
};
int lw_presets_open(const char *dir, struct lw_presets **out, struct lw_error *err);
void lw_presets_free(struct lw_presets *presets);
size_t lw_presets_count(const struct lw_presets *presets);
const struct lw_preset *lw_presets_get(const struct lw_presets *presets, size_t index);      /* NULL past the end */
const struct lw_preset *lw_presets_find(const struct lw_presets *presets, const char *name); /* NULL: none */
/* The JSON Schema of documents; *out is NUL-ended, freed with lw_free. */
int lw_constraints_schema(char **out, size_t *len, struct lw_error *err);

/* The document as rows, in its order: each number, text and list of them, with its path. Members that are named freely
 * (levels, parameters ...) and lists of numbers are a row each; of a list of objects each member of each is one, such
 * as "rules.0.if". Immutable; texts live as long as the rows. */
struct lw_settings;
struct lw_setting {
    const char *path;
    const char *value; /* JSON; a string stands without its quotes */
};
int lw_constraints_settings(const struct lw_constraints *constraints, struct lw_settings **out, struct lw_error *err);
size_t lw_settings_count(const struct lw_settings *settings);
int lw_settings_get(const struct lw_settings *settings, size_t index, struct lw_setting *out, struct lw_error *err);
const char *lw_settings_value(const struct lw_settings *settings, const char *path); /* NULL: not set */
void lw_settings_free(struct lw_settings *settings);
/* Sets one member of the document from JSON, such as "levels.error" from "[0.1, 0.2]" or "rules.0" from an object; one
 * behind the last of a list adds to it. json NULL takes the member out. On an error nothing has changed. */
int lw_constraints_put(struct lw_constraints *constraints, const char *path, const char *json, struct lw_error *err);

/* The language model that method "llm" asks, a server that speaks OpenAI's chat completions. */
struct lw_llm_options {
    unsigned version;
    const char *endpoint;  /* such as "http://127.0.0.1:8080/v1"; NULL: there is none */
    const char *model;     /* by its name at the server; NULL: the server's own choice */
    const char *key;       /* sent as a bearer token, kept nowhere; NULL: none */
    const char *cache;     /* folder of answers, made if it is not there; NULL: none are kept */
    double timeout_s;      /* of one attempt */
    double wait_s;         /* before the second attempt; doubles with each further one */
    unsigned max_attempts; /* at one question */
    size_t max_answer;     /* bytes */
};
#define LW_LLM_OPTIONS_INIT                                                                                            \
    {                                                                                                                  \
        LW_OPTIONS_VERSION, NULL, NULL, NULL, NULL, 120, 1, 5, 4194304                                                 \
    }
/* Whom method "llm" asks; copied, and written into no document. */
int lw_constraints_set_llm(struct lw_constraints *constraints, const struct lw_llm_options *options,
                           struct lw_error *err);

/* Traces start such that so many records come a second, from the first on, whatever arrival.rate says; delays within
 * traces stay as they are. Written into no document. LW_ERR_USAGE: not above 0 and up to 1e9. */
int lw_constraints_set_record_rate(struct lw_constraints *constraints, double records_per_s, struct lw_error *err);

struct lw_method_info {
    const char *name, *help;
};
size_t lw_method_count(void);
const struct lw_method_info *lw_method_get(size_t index);

/* 1 when constraints say something that the method does not obey, and *warning what; else 0, or LW_ERR_NOT_FOUND. */
int lw_method_ignores(const char *name, const struct lw_constraints *constraints, struct lw_error *warning);

struct lw_figures;
/* What method "machine" will hold on average, exact, before any of it is drawn: "length" (events of a trace),
 * "traces", "records", and about, "duration" (from the first event to the last, seconds; NaN: no times); the share of
 * each level, service and type of error ("levels.error", "services.api", "error_types.E7"), and of all else that has a
 * target ("templates.E3", "calls.web>db"). low and high are what is asked for. verdict 0: cannot be met, value is the
 * nearest, and note says what binds and what can be met; else note says whether the bound binds. Thread-safe. */
int lw_constraints_expected(const struct lw_workspace *workspace, const struct lw_constraints *constraints,
                            struct lw_figures **out, struct lw_error *err);

struct lw_synthetic;
int lw_generate(const struct lw_workspace *workspace, const struct lw_constraints *constraints, const char *method,
                const struct lw_run *run, struct lw_synthetic **out, struct lw_error *err);
void lw_synthetic_free(struct lw_synthetic *synthetic);
/* What a generated log does hold, in the rows of lw_constraints_expected but for sizes; targets are judged as
 * lw_synthetic_check does. constraints: those that it was generated under. */
int lw_synthetic_achieved(const struct lw_synthetic *synthetic, const struct lw_constraints *constraints,
                          struct lw_figures **out, struct lw_error *err);
/* Whether it holds the shares and calls that were asked for, as far as so many traces can: within four standard errors,
 * were each trace one draw, and what anomalies may have changed. LW_ERR_INFEASIBLE: which it falls short of, and by how
 * much. 0 for methods that meet no targets (lw_method_ignores says so), and where none are asked for. Thread-safe. */
int lw_synthetic_check(const struct lw_synthetic *synthetic, const struct lw_constraints *constraints,
                       struct lw_error *err);
const struct lw_traces *lw_synthetic_traces(const struct lw_synthetic *synthetic);
int lw_synthetic_label(const struct lw_synthetic *synthetic, size_t trace); /* LW_NORMAL, LW_ANOMALOUS */
/* With privacy.epsilon: one line that tells the budget, how it was divided and what came through; "" without. */
const char *lw_synthetic_privacy(const struct lw_synthetic *synthetic);
/* Noise of differential privacy is the system's. For tests it may come from a seed; what is generated then is not
 * private, and says so. */
void lw_constraints_set_noise_seed(struct lw_constraints *constraints, uint64_t seed);
const char *lw_synthetic_kind(const struct lw_synthetic *synthetic, size_t trace); /* "", "missing", "repeated", ... */
struct lw_write_options {
    unsigned version;
    const char *as;     /* a row of lw_output_form; NULL: text */
    const char *format; /* of text: a row of lw_output_format, or NULL: the source's own */
    const char *path;   /* a file, with csv a folder; "-" = standard output, not with sqlite and csv. Files appear whole
                           or not at all; what is no file is written in place. NULL: put */
    int (*put)(void *user, const char *data, size_t len); /* is given whole lines, in order, by the calling thread; when
                                                             it returns not 0, writing ends with LW_ERR_CANCELLED */
    void *user;
    const char *labels;        /* CSV file for `trace,label,root_record`, or NULL; see generate in logwright(1) */
    const char *record_labels; /* for `line,label,trace,root`, or NULL */
};
#define LW_WRITE_OPTIONS_INIT                                                                                          \
    {                                                                                                                  \
        LW_OPTIONS_VERSION, NULL, NULL, "-", NULL, NULL, NULL, NULL                                                    \
    }
/* Whether there is room for what lw_generate and lw_synthetic_write would make, by the lines of a short sample, before
 * any of it is made: LW_ERR_LIMIT names need and room. lw_synthetic_write looks, too, but then it is there. */
int lw_generate_has_room(const struct lw_workspace *workspace, const struct lw_constraints *constraints,
                         const char *method, const struct lw_write_options *options, const struct lw_run *run,
                         struct lw_error *err);
struct lw_output_info {
    const char *name, *help;
};
const struct lw_output_info *lw_output_form(size_t index); /* "text", "jsonl", ...; NULL past the end */
const char *lw_output_format(size_t index);                /* formats that can be written; NULL past the end */
int lw_synthetic_write(const struct lw_synthetic *synthetic, const struct lw_write_options *options,
                       const struct lw_run *run, struct lw_error *err);
/* What lw_synthetic_write writes as "text", read back as a log by way of a file without a name, in the formats of the
 * workspace's own log. The log is independent of `synthetic`; its one source is called "generated.log". */
int lw_synthetic_log(const struct lw_synthetic *synthetic, const struct lw_run *run, struct lw_log **out,
                     struct lw_error *err);
/* The first lines of the text output, at most max_bytes, for a sample beside the knobs; *out is malloc'ed, *len its
 * length; the caller frees it with lw_free. *marks, likewise, NUL-ended, has a byte for each line: '!' an anomalous
 * event, '|' another one of its trace, ' ' neither; NULL: not wanted. */
int lw_synthetic_sample(const struct lw_synthetic *synthetic, size_t max_bytes, char **out, size_t *len, char **marks,
                        struct lw_error *err);
void lw_free(void *memory);

/* A log without end, given record by record as their times come: at lw_constraints_set_record_rate, else as fast as the
 * log that was learned from. What comes depends on the seed alone, not on the clock; memory is bounded however long it
 * runs. The caller has the clock. One thread at a time. */
struct lw_stream;
struct lw_stream_options {
    unsigned version;
    const char *as;     /* "text" or "jsonl"; NULL: text */
    const char *format; /* as in lw_write_options */
    int64_t start_us;   /* of the stream's clock, which its time stamps show; LW_NO_TIME: as the constraints say */
    uint64_t traces;    /* how many start, 0: no bound */
    uint64_t records;   /* how many there are, 0: no bound */
    double duration_s;  /* records later than that do not come, 0: no bound */
    bool has_labels, has_record_labels; /* whether they are wanted; see lw_write_options */
};
#define LW_STREAM_OPTIONS_INIT                                                                                         \
    {                                                                                                                  \
        LW_OPTIONS_VERSION, NULL, NULL, LW_NO_TIME, 0, 0, 0, false, false                                              \
    }
struct lw_stream_part { /* whole lines; borrowed until the next call */
    struct lw_bytes text, labels, record_labels;
    uint64_t n_records, n_traces; /* so far */
    int64_t next_us;              /* since the start, when the next record is due; INT64_MAX: there is none */
    double longest_s;    /* traces that would last longer, so that too many records would be under way at once, ... */
    uint64_t n_squeezed; /* ... are squeezed: how many were */
};
/* constraints are borrowed and must outlive it; workspace NULL: the log is made from the constraints' model.
 * LW_ERR_USAGE when the method asks a server, where what comes is no records, and where a rate has to be given; else as
 * lw_generate and lw_synthetic_write. run: kept, and used by lw_stream_read. */
int lw_stream_new(const struct lw_workspace *workspace, const struct lw_constraints *constraints, const char *method,
                  const struct lw_stream_options *options, const struct lw_run *run, struct lw_stream **out,
                  struct lw_error *err);
/* The records that are due, so long after the start, about a megabyte at most; labels of traces when their last record
 * has come. */
int lw_stream_read(struct lw_stream *stream, int64_t elapsed_us, struct lw_stream_part *out, struct lw_error *err);
/* Ends it: the labels of traces under way, by what was seen of them. */
int lw_stream_end(struct lw_stream *stream, struct lw_stream_part *out, struct lw_error *err);
const char *lw_stream_privacy(const struct lw_stream *stream); /* see lw_synthetic_privacy */
void lw_stream_free(struct lw_stream *stream);

/* ---- detectors and studies ------------------------------------------------------------------------------------ */

struct lw_detector_info {
    const char *name, *help;
};
size_t lw_detector_count(void);
const struct lw_detector_info *lw_detector_get(size_t index);

struct lw_study; /* a split log with everything that is fitted once: templates and machine of the training part */

struct lw_study_options {
    unsigned version;
    const char *labels;    /* file or field, as lw_labels_read */
    const char *split;     /* "chronological:0.3", "random:0.8", "folds:5", "normal:0.5", "file:PATH" */
    const char *trace;     /* as in lw_learn_options */
    const char *detectors; /* "a,b" or "all" */
    uint64_t seed;
    const char *masks; /* as in lw_learn_options */
};
#define LW_STUDY_OPTIONS_INIT                                                                                          \
    {                                                                                                                  \
        LW_OPTIONS_VERSION, NULL, "normal:0.5", NULL, "all", 1, NULL                                                   \
    }

int lw_study_new(const struct lw_log *log, const struct lw_study_options *options, const struct lw_run *run,
                 struct lw_study **out, struct lw_error *err);
void lw_study_free(struct lw_study *study);
/* What was learned from the training part alone (first fold); generators of a study draw from this. */
const struct lw_workspace *lw_study_workspace(const struct lw_study *study);
/* All traces of the log, matched against lw_study_workspace; indexes of verdicts are into these. */
const struct lw_traces *lw_study_traces(const struct lw_study *study);

/* Labels of lw_study_traces. */
const struct lw_labels *lw_study_labels(const struct lw_study *study);

struct lw_row { /* one detector under one arm; a table of these is what `evaluate` prints */
    const char *detector, *level, *arm, *regime, *split; /* level "trace"; arm "real", "real+synthetic", "synthetic" */
    uint64_t n_train, n_synthetic, n_test, n_anomalous;
    double threshold;           /* flagged = score above it */
    const char *threshold_rule; /* where the threshold comes from */
    uint64_t tp, fp, fn, tn;
    double precision, recall, f1, mcc, roc_auc, pr_auc; /* NaN where not defined */
    double f1_deduplicated; /* on test traces whose sequence does not stand in the training part */
    uint64_t n_duplicates;  /* test traces whose sequence does */
    double oracle_f1;       /* best over thresholds on test data; for show */
    double fit_s, score_s;
    bool is_control; /* flag-all and flag-none */
};
struct lw_verdict {
    size_t trace; /* index in lw_study_traces or in the traces given to lw_detect */
    double score;
    bool is_flagged;
    int label;        /* LW_UNLABELLED, LW_NORMAL, LW_ANOMALOUS */
    size_t event;     /* position of the event that the reason is about */
    char reason[240]; /* "E7 after E3 E4: never seen; expected E5 (0.97)"; NUL-ended, printable */
};
struct lw_point {
    double threshold, precision, recall, fpr;
};

struct lw_result;
/* constraints NULL: the real training part alone. Otherwise the training part + a generated log of `method`; its
 * anomalous traces help to choose the threshold, its normal ones are trained on. Measured on held-out real traces. */
int lw_study_run(const struct lw_study *study, const struct lw_constraints *constraints, const char *method,
                 const struct lw_run *run, struct lw_result **out, struct lw_error *err);
/* Trained on what is generated from the training part, alone; measured on the same held-out real traces ("train on
 * synthetic, test on real"). The generated traces without an anomaly are trained on, and the threshold comes from them
 * as it would from real ones. */
int lw_study_run_synthetic(const struct lw_study *study, const struct lw_constraints *constraints, const char *method,
                           const struct lw_run *run, struct lw_result **out, struct lw_error *err);
/* Fit on the workspace's traces (no labels used), score `traces`, which the result borrows. A trace that the workspace
 * was learned from is scored by a model that has not seen it. Rows have no truth: n_anomalous 0, ratios NaN. */
int lw_detect(const struct lw_workspace *workspace, const struct lw_traces *traces, const char *detectors,
              const struct lw_run *run, struct lw_result **out, struct lw_error *err);
void lw_result_free(struct lw_result *result);
size_t lw_result_row_count(const struct lw_result *result);
int lw_result_row(const struct lw_result *result, size_t row, struct lw_row *out, struct lw_error *err);
/* The same row under another threshold, without fitting again. */
int lw_result_row_at(const struct lw_result *result, size_t row, double threshold, struct lw_row *out,
                     struct lw_error *err);
const struct lw_point *lw_result_curve(const struct lw_result *result, size_t row, size_t *n);
size_t lw_result_verdict_count(const struct lw_result *result, size_t row); /* test traces, in input order */
int lw_result_verdict(const struct lw_result *result, size_t row, size_t index, struct lw_verdict *out,
                      struct lw_error *err);
/* The same without the reason, which takes time to find: "". */
int lw_result_score(const struct lw_result *result, size_t row, size_t index, struct lw_verdict *out,
                    struct lw_error *err);

/* ---- figures -------------------------------------------------------------------------------------------------- */

/* What a measure gives: a table of figures, each with the bounds it is judged by. A whole figure stands before its
 * parts. Immutable; texts live as long as the table. */
struct lw_figures;
struct lw_figure {
    const char *name; /* as in JSON, such as "d_errdist" */
    const char *part; /* "" = the whole figure; else what of it, such as "E12" */
    double value;     /* NaN: cannot be measured here */
    double low, high; /* what it must be within to pass, NaN: no such bound */
    int verdict;      /* 1 pass, 0 fail, -1 not judged */
    uint64_t n;       /* what it was measured on */
    const char *note; /* printable; "" : none */
    double from, to;  /* interval of 95 %; NaN: not measured */
};
size_t lw_figures_count(const struct lw_figures *figures);
int lw_figures_get(const struct lw_figures *figures, size_t index, struct lw_figure *out, struct lw_error *err);
double lw_figures_value(const struct lw_figures *figures, const char *name); /* of the whole figure; NaN: not there */
void lw_figures_free(struct lw_figures *figures);

/* What the constraints of a log are. traces: of the log, under the workspace. log: NULL where there are traces alone;
 * then levels are those that each template mostly has, and services are not known. *figures: a row for each number,
 * named as lw_constraints_set takes it, or with the name in the part: "calls", "api>db". low and high are its interval
 * of 95 % confidence, NaN where there is none; n is what it was measured on; nothing is judged. *document (NULL: not
 * wanted): constraints that ask for such a log, as far as the workspace's machine can give it. */
int lw_constraints_observe(const struct lw_workspace *workspace, const struct lw_log *log,
                           const struct lw_traces *traces, const struct lw_run *run, struct lw_figures **figures,
                           struct lw_constraints **document, struct lw_error *err);

/* How close a synthetic log is to a real one. All is fitted on the real log; the synthetic one is matched online
 * against its templates. Whole figures: d_errdist, c_temporal, r_anomaly, shapes, pairs, cardinality, intertable,
 * quality, diagnostics, detection, constraints, process, rules and boundaries, 1 = as close as can be; FIDELITY in
 * logwright(1) has their definitions. What a log has no column for is NaN. `low` is what halves of the real log reach
 * against one another, cut to as many traces as the synthetic log has. */
struct lw_fidelity_options {
    unsigned version;
    const struct lw_workspace *workspace; /* learned from the real log, or one like it; NULL: it is learned here */
    const char *trace;                    /* as in struct lw_learn_options, without a workspace */
    const char *masks;                    /* likewise */
    const char *labels;                   /* of the real log: file or field, as lw_labels_read; NULL: none */
    uint64_t seed;
    unsigned repeats;            /* halves of the real log that bounds come from; 0: no bounds */
    unsigned resamples;          /* of the variants, for intervals; 0: none */
    const char *synthetic_trace; /* of the synthetic log, where it is of another system; NULL: as the real one's */
};
#define LW_FIDELITY_OPTIONS_INIT                                                                                       \
    {                                                                                                                  \
        LW_OPTIONS_VERSION, NULL, NULL, NULL, NULL, 1, 5, 0, NULL                                                      \
    }
/* options may be NULL. LW_ERR_INPUT when one of the logs has no traces. */
int lw_fidelity(const struct lw_log *real, const struct lw_log *synthetic, const struct lw_fidelity_options *options,
                const struct lw_run *run, struct lw_figures **out, struct lw_error *err);

/* What a synthetic log gives away of the real one. Whole figures: dcr_overfit (share of synthetic traces that are
 * nearer to those of the real log than to others of the same system; .5 is ideal), mia_auc and mia_tpr_at_fpr01 (how
 * well the best of several attackers tells traces of the real log from others, by the synthetic log; .5 and .01 are
 * ideal) and leaked (identifiers and rare values of the real log that stand in the synthetic one, each of them a part).
 * PRIVACY in logwright(1) has their definitions. The first three are NaN where there are fewer than 20 traces, and
 * without a hold-out. */
struct lw_privacy_options {
    unsigned version;
    const struct lw_workspace *workspace; /* learned from the real log, or one like it; NULL: it is learned here */
    const char *trace;                    /* as in struct lw_learn_options, without a workspace */
    const char *masks;                    /* likewise */
    const struct lw_log *holdout;         /* other traces of the system; NULL: there are none */
    const char *allow;                    /* kinds of identifiers that may appear, such as "ip,path"; NULL: none */
    uint64_t minimum_count;               /* values in fewer records of the real log are rare */
    uint64_t seed;
};
#define LW_PRIVACY_OPTIONS_INIT                                                                                        \
    {                                                                                                                  \
        LW_OPTIONS_VERSION, NULL, NULL, NULL, NULL, NULL, 5, 1                                                         \
    }
/* options may be NULL. LW_ERR_USAGE when allow names no kind. */
int lw_privacy(const struct lw_log *real, const struct lw_log *synthetic, const struct lw_privacy_options *options,
               const struct lw_run *run, struct lw_figures **out, struct lw_error *err);

/* Whether a synthetic log is lawful: whether it keeps to what the workspace holds (the steps of the machine, values and
 * relations of parameters, delays), and to a constraints document (NULL: none). labels: of the synthetic log, file or
 * field as lw_labels_read, NULL: none; then a trace labelled with a kind of anomaly that lw_generate injects may break
 * what that kind says, has to where that shows, and nothing else; and how much of each kind each detector finds that is
 * fitted on the workspace is measured as well. record_labels: file of line,label,trace, or NULL: what a trace breaks
 * before its first labelled record is not explained by its label. Texts are the validation's. LW_ERR_INPUT when the log
 * has no traces. */
struct lw_violation {
    const char *group, *rule; /* "machine", "step" */
    struct lw_bytes trace;    /* bytes of the log; empty: the log as a whole */
    uint64_t record;          /* or LW_NO_RECORD */
    size_t position;          /* of the event in its trace, from 0; the length of the trace: its end; SIZE_MAX: none */
    uint32_t template_id;     /* of the event, LW_TEMPLATE_UNKNOWN where none fits */
    const char *label;        /* kind of anomaly that the trace is labelled with, "other", "" or NULL: none */
    const char *what;         /* printable */
};
struct lw_validation;
int lw_validate(const struct lw_workspace *workspace, const struct lw_log *synthetic,
                const struct lw_constraints *constraints, const char *labels, const char *record_labels,
                const struct lw_run *run, struct lw_validation **out, struct lw_error *err);
/* By group and rule. */
size_t lw_validation_count(const struct lw_validation *validation);
int lw_validation_get(const struct lw_validation *validation, size_t index, struct lw_violation *out,
                      struct lw_error *err);
/* A row for each rule (name: group; part: rule; n: how often it could be broken; value: share that breaks it), then,
 * with labels, one for each detector and label: "detectors", part "machine delay", value: share of the n traces of that
 * label that it flags. Borrowed. */
const struct lw_figures *lw_validation_figures(const struct lw_validation *validation);
void lw_validation_free(struct lw_validation *validation);

#ifdef __cplusplus
}
#endif
#endif
