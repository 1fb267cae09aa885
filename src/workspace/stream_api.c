/* The public face of logs without end. */
#include "generate/stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "workspace/synthetic.h"

struct lw_stream {
    struct basis basis;
    struct stream *stream;
};

static int check(const struct lw_stream_options *options, struct lw_error *err)
{
    if (options->version != LW_OPTIONS_VERSION)
        return fail(err, LW_ERR_USAGE, "options of version %u: this library knows version %u", options->version,
                    LW_OPTIONS_VERSION);
    if (strcmp(options->as, "text") != 0 && strcmp(options->as, "jsonl") != 0)
        return fail(err, LW_ERR_USAGE,
                    "records that come one by one cannot be written as \"%.50s\"; text and jsonl can", options->as);
    return 0;
}

int lw_stream_new(const struct lw_workspace *workspace, const struct lw_constraints *constraints, const char *method,
                  const struct lw_stream_options *given, const struct lw_run *run, struct lw_stream **out,
                  struct lw_error *err)
{
    struct lw_stream_options options = *given;
    if (options.as == NULL)
        options.as = constraints->output_as != NULL ? constraints->output_as : "text";
    if (options.format == NULL && strcmp(options.as, "text") == 0)
        options.format = constraints->output_format;
    int rc = check(&options, err);
    if (rc != 0)
        return rc;
    struct lw_stream *made = alloc_zeroed(1, sizeof *made);
    if (made == NULL)
        return fail_memory(err, "generating a stream");
    rc = basis_find(&made->basis, workspace, constraints, run, err);
    if (rc == 0)
        rc = stream_new(made->basis.blueprint, constraints, method, &options, run, &made->stream, err);
    if (rc != 0) {
        lw_stream_free(made);
        return rc;
    }
    *out = made;
    return 0;
}

void lw_stream_free(struct lw_stream *stream)
{
    if (stream == NULL)
        return;
    stream_free(stream->stream);
    basis_release(&stream->basis);
    free(stream);
}

int lw_stream_read(struct lw_stream *stream, int64_t elapsed_us, struct lw_stream_part *out, struct lw_error *err)
{
    return stream_read(stream->stream, elapsed_us, out, err);
}

int lw_stream_end(struct lw_stream *stream, struct lw_stream_part *out, struct lw_error *err)
{
    return stream_end(stream->stream, out, err);
}

const char *lw_stream_privacy(const struct lw_stream *stream)
{
    return stream->basis.report.len > 0 ? stream->basis.report.data : "";
}
