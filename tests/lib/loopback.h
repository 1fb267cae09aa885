/*
 * A server of language models on the loopback interface, which answers as the test says, well or badly, one reply after
 * the other. It runs in a thread of its own; what it was asked can be read once it has stopped.
 */
#ifndef LW_TESTS_LOOPBACK_H
#define LW_TESTS_LOOPBACK_H

#include <pthread.h>

#include "base/buf.h"

enum loopback_way {
    LOOPBACK_WELL,      /* a chat completion with the text */
    LOOPBACK_SLOWLY,    /* nothing for a second or until the client goes, then the connection is closed */
    LOOPBACK_CUT,       /* half of a good reply */
    LOOPBACK_NO_JSON,   /* status 200 and something else */
    LOOPBACK_NO_CHOICE, /* JSON, but no completion */
    LOOPBACK_TOO_MANY,  /* status 429 with Retry-After: 1 */
    LOOPBACK_BROKEN,    /* status 500 */
    LOOPBACK_REFUSED,   /* status 401 */
    LOOPBACK_HUGE,      /* a megabyte */
    LOOPBACK_ELSEWHERE  /* a redirection to another server */
};
struct loopback_reply {
    enum loopback_way way;
    const char *text; /* of LOOPBACK_WELL; NULL: as `write` makes it */
};

struct loopback {
    const struct loopback_reply *replies; /* [n]; the last is given again and again */
    size_t n;
    void (*write)(void *user, const char *request, struct buf *text);
    void *user;
    char endpoint[48];
    struct buf requests; /* all of them, with their headers */
    size_t n_requests;
    int listener, stop[2];
    pthread_t thread;
};

/* replies, n, write and user are set; replies outlive it. Stops the test if it cannot be had. */
void loopback_start(struct loopback *server);
/* Waits for the thread; requests stay until loopback_release. */
void loopback_stop(struct loopback *server);
void loopback_release(struct loopback *server);

#endif
