#include "tests/lib/loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Until `wait_ms` have gone by or the server is stopped; whether there is something to read. */
static bool is_ready(const struct loopback *server, int fd, int wait_ms)
{
    struct pollfd fds[2] = {{server->stop[0], POLLIN, 0}, {fd, POLLIN, 0}};
    return poll(fds, 2, wait_ms) > 0 && fds[0].revents == 0;
}

/* Reads a request, its body included. */
static bool read_request(const struct loopback *server, int fd, struct buf *request)
{
    size_t wanted = SIZE_MAX;
    char chunk[4096];
    while (request->len < wanted && is_ready(server, fd, 5000)) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n <= 0)
            return false;
        buf_add(request, chunk, (size_t)n);
        const char *end = strstr(request->data, "\r\n\r\n"), *length = strstr(request->data, "Content-Length:");
        if (end != NULL && length != NULL)
            wanted = (size_t)(end + 4 - request->data) + strtoul(length + 15, NULL, 10);
        if (strstr(request->data, "Expect: 100-continue") != NULL && end != NULL &&
            end + 4 == request->data + request->len)
            (void)!write(fd, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    }
    return request->len >= wanted;
}

static void send_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        data += n;
        len -= (size_t)n;
    }
}

static void send_reply(int fd, const char *head, const struct buf *body, size_t len)
{
    struct buf text = BUF_INIT;
    buf_printf(&text,
               "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
               head, body->len);
    buf_add(&text, body->data, len);
    send_all(fd, text.data, text.len);
    buf_release(&text);
}

static void print_completion(const struct loopback *server, const struct loopback_reply *reply, const char *request,
                             struct buf *body)
{
    struct buf text = BUF_INIT;
    if (reply->text != NULL)
        buf_add_text(&text, reply->text);
    else
        server->write(server->user, request, &text);
    buf_add_text(body, "{\"id\":\"x\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":");
    buf_add_json(body, text.data, text.len);
    buf_add_text(body, "}}]}");
    buf_release(&text);
}

static void answer(const struct loopback *server, int fd, const struct loopback_reply *reply, const char *request)
{
    struct buf body = BUF_INIT;
    const char *head = "200 OK";
    switch (reply->way) {
    case LOOPBACK_SLOWLY:
        is_ready(server, fd, 1000); /* until the client has had enough */
        return;
    case LOOPBACK_NO_JSON:
        buf_add_text(&body, "<html>bad gateway \033[2J</html>");
        break;
    case LOOPBACK_NO_CHOICE:
        buf_add_text(&body, "{\"choices\": []}");
        break;
    case LOOPBACK_TOO_MANY:
        head = "429 Too Many Requests\r\nRetry-After: 1";
        buf_add_text(&body, "{\"error\":\"slow down\"}");
        break;
    case LOOPBACK_BROKEN:
        head = "500 Internal Server Error";
        buf_add_text(&body, "broken");
        break;
    case LOOPBACK_REFUSED:
        head = "401 Unauthorized";
        buf_add_text(&body, "{\"error\":\"wrong key\"}");
        break;
    case LOOPBACK_HUGE:
        for (int i = 0; i < 1024; i++)
            buf_printf(&body, "%1024d", i);
        break;
    case LOOPBACK_ELSEWHERE:
        head = "307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/v1/chat/completions";
        buf_add_text(&body, "elsewhere");
        break;
    default:
        print_completion(server, reply, request, &body);
    }
    send_reply(fd, head, &body, reply->way == LOOPBACK_CUT ? body.len / 2 : body.len);
    buf_release(&body);
}

static void *serve(void *arg)
{
    struct loopback *server = arg;
    while (is_ready(server, server->listener, -1)) {
        struct buf request = BUF_INIT;
        int fd = accept(server->listener, NULL, NULL);
        if (fd < 0)
            break;
        if (read_request(server, fd, &request)) {
            size_t at = server->n_requests < server->n ? server->n_requests : server->n - 1;
            server->n_requests++;
            buf_add(&server->requests, request.data, request.len);
            buf_add_text(&server->requests, "\n");
            answer(server, fd, &server->replies[at], request.data);
        }
        buf_release(&request);
        shutdown(fd, SHUT_WR);
        close(fd);
    }
    return NULL;
}

void loopback_start(struct loopback *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    server->requests = (struct buf)BUF_INIT;
    server->n_requests = 0;
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (server->listener < 0 || bind(server->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(server->listener, 8) != 0 || getsockname(server->listener, (struct sockaddr *)&address, &len) != 0 ||
        pipe(server->stop) != 0)
        fail_msg("no server on the loopback interface: %s", strerror(errno));
    snprintf(server->endpoint, sizeof server->endpoint, "http://127.0.0.1:%u/v1", ntohs(address.sin_port));
    if (pthread_create(&server->thread, NULL, serve, server) != 0)
        fail_msg("no thread for the server");
}

void loopback_stop(struct loopback *server)
{
    close(server->stop[1]);
    pthread_join(server->thread, NULL);
    close(server->stop[0]);
    close(server->listener);
}

void loopback_release(struct loopback *server)
{
    buf_release(&server->requests);
}
