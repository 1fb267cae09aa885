/* What the reading job and the screen share; see feed.h. */
#ifndef LW_APP_FEED_JOB_H
#define LW_APP_FEED_JOB_H

#include "ui/app/feed.h"
#include "ui/app/jobs.h"
#include "ui/app/session.h"

#include <pthread.h>

enum feed_phase { FEED_OPENING, FEED_INDEXING, FEED_DONE /* also when it failed */ };

struct feed_place { /* of the cursor: record of a numbering, and what it is */
    uint64_t numbering, record;
    uint32_t source, epoch;
    uint64_t offset;
};

struct feed_news { /* what the job tells */
    enum feed_phase phase;
    bool is_waiting;         /* for files to grow, or to go on */
    bool is_growing;         /* files, which can be followed */
    struct session *whole;   /* what is indexed; NULL: as before */
    struct session *end;     /* what was wished for; NULL: nothing */
    struct feed_place place; /* where the place that was wished for is now, if its numbering is that of `whole` */
    uint64_t place_was, place_numbering; /* the place it was */
    uint64_t done, total;
    double rate; /* bytes a second */
    char remark[400];
};

struct feed { /* two own it: the app and the job */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned owners;
    int wake_fd;
    /* set before the job starts */
    struct session_request request;
    uint64_t numbering; /* of its first log; those of others follow */
    bool is_first;      /* what the program was started for */
    /* wishes, under the lock */
    bool is_closing, is_paused, is_following, wants_end;
    uint64_t n_wishes; /* made so far */
    struct feed_place place;
    /* under the lock */
    struct feed_news news;
    /* of the screen's thread */
    struct session *index; /* what is indexed while the end is shown; else NULL */
    bool is_opened;        /* a first session came */
    bool is_stopped, wants_follow, cannot_extend;
    int64_t extended_ms;
};

/* Starts the job. NULL when memory is out. */
struct feed *feed_new(struct jobs *jobs, int wake_fd, const struct session_request *request, uint64_t numbering);

#endif
