// SPDX-License-Identifier: GPL-2.0
/*
 * A small HTTP server on libmicrohttpd.
 */
#include "run/serve.h"

#include <errno.h>
#include <malloc.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include "util/clock.h"
#include "util/msg.h"
#include "util/number.h"
#include "util/text_file.h"

#define CONNECTIONS 64
#define PAGE_MAPPED (128 << 10) /* bytes, what mallopt(3) begins with */
#define DEADLINE_NS \
	10000000000ULL /* for one request, from its first byte or none to the last of the answer, but
			* for what the pages take to make that it waits for */
#define IDLE_S 10U /* until a connection is closed on which nothing comes or goes */

struct connection {
	int fd; /* 0: none */
	uint64_t since_ns;
};

struct serve {
	int fd;
	unsigned int flags;
	struct MHD_Daemon *daemon; /* NULL: it only listens */
	serve_page page;
	void *ctx;
	pthread_mutex_t lock; /* of what is open: a descriptor among it is not closed meanwhile */
	bool making; /* a page */
	struct connection open[CONNECTIONS];
};

static enum MHD_Result reply(struct MHD_Connection *c, unsigned int status, char *text, size_t len,
			     enum MHD_ResponseMemoryMode mode)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(len, text, mode);
	enum MHD_Result ret;

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
				"text/plain; version=0.0.4; charset=utf-8");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	/* A connection for each, so that its age is that of the request. */
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	ret = MHD_queue_response(c, status, response);
	MHD_destroy_response(response);
	return ret;
}

static enum MHD_Result reply_static(struct MHD_Connection *c, unsigned int status, const char *text)
{
	return reply(c, status, (char *)text, strlen(text), MHD_RESPMEM_PERSISTENT);
}

/*
 * Makes a page, which on a host that is short of processors may take longer than a request: that is no delay of who
 * asks, nor of others, who are not read from meanwhile.
 */
static int make_page(struct serve *s, struct MHD_Connection *c, FILE *out)
{
	uint64_t begun_ns = clock_ns(CLOCK_MONOTONIC);
	size_t i;
	int err;

	pthread_mutex_lock(&s->lock);
	s->making = true;
	pthread_mutex_unlock(&s->lock);
	MHD_set_connection_option(c, MHD_CONNECTION_OPTION_TIMEOUT, 0U);
	err = s->page(out, s->ctx);
	/* From none to some it begins anew (MHD_set_connection_option() of libmicrohttpd). */
	MHD_set_connection_option(c, MHD_CONNECTION_OPTION_TIMEOUT, IDLE_S);
	pthread_mutex_lock(&s->lock);
	for (i = 0; i < CONNECTIONS; i++)
		s->open[i].since_ns += clock_ns(CLOCK_MONOTONIC) - begun_ns;
	s->making = false;
	pthread_mutex_unlock(&s->lock);
	return err;
}

/* NOLINTBEGIN(readability-non-const-parameter): it is an MHD_AccessHandlerCallback */
static enum MHD_Result answer(void *cls, struct MHD_Connection *c, const char *url,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_size, void **req)
/* NOLINTEND(readability-non-const-parameter) */
{
	struct serve *s = cls;
	struct text_file page;
	char *text;
	int err;

	(void)version;
	(void)upload;
	(void)upload_size;
	(void)req;
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return reply_static(c, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
	if (strcmp(url, "/metrics"))
		return reply_static(c, MHD_HTTP_NOT_FOUND, "bioscope: see /metrics\n");
	err = text_file_open(&page) ? make_page(s, c, page.out) : -ENOMEM;
	text = text_file_close(&page);
	if (!text || err) {
		free(text);
		return reply_static(c, MHD_HTTP_INTERNAL_SERVER_ERROR, "cannot read the tracer\n");
	}
	return reply(c, MHD_HTTP_OK, text, page.size, MHD_RESPMEM_MUST_FREE);
}

/* Copies the part of @where before its last colon, without brackets; "": it begins with that. */
static int host_of(const char *where, const char *colon, char *host, size_t size)
{
	size_t len = (size_t)(colon - where);

	if (len >= size)
		return -EINVAL;
	if (len > 2 && where[0] == '[' && colon[-1] == ']') {
		where++;
		len -= 2;
	}
	snprintf(host, size, "%.*s", (int)len, where);
	return 0;
}

/* Numbers only, so nothing is resolved, but what everybody calls the loopback address, and ":PORT", all. */
static int parse_listen(const char *where, struct addrinfo **out)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
				  .ai_socktype = SOCK_STREAM };
	const char *colon = strrchr(where, ':');
	uint64_t port;
	char host[64];

	if (!colon || host_of(where, colon, host, sizeof(host)) ||
	    number_parse_uint(colon + 1, 1, UINT16_MAX, &port))
		return -EINVAL;
	if (!strcmp(host, "localhost"))
		snprintf(host, sizeof(host), "127.0.0.1");
	if (!host[0])
		snprintf(host, sizeof(host), "0.0.0.0");
	return getaddrinfo(host, colon + 1, &hints, out) ? -EINVAL : 0;
}

static int bind_to(const struct addrinfo *ai)
{
	int on = 1, err, fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	/* Connections of an exporter that has just ended are not in the way. */
	if (!setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) &&
	    (ai->ai_family != AF_INET6 ||
	     !setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on))) &&
	    !bind(fd, ai->ai_addr, ai->ai_addrlen) && !listen(fd, CONNECTIONS))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int serve_listen(const char *where, struct serve **out)
{
	struct addrinfo *ai;
	struct serve *s;
	int fd;

	if (parse_listen(where, &ai)) {
		msg_error(
			"cannot listen on \"%s\": it must be a numeric ADDRESS:PORT, such as "
			"127.0.0.1:9756 or [::1]:9756, localhost:PORT, or :PORT for all addresses",
			where);
		return -EINVAL;
	}
	fd = bind_to(ai);
	s = fd < 0 ? NULL : calloc(1, sizeof(*s));
	if (!s) {
		fd = fd < 0 ? fd : close(fd) ?: -ENOMEM;
		msg_error("cannot listen on %s: %s", where, strerror(-fd));
		freeaddrinfo(ai);
		return fd;
	}
	s->fd = fd;
	pthread_mutex_init(&s->lock, NULL);
	s->flags = MHD_USE_INTERNAL_POLLING_THREAD;
	if (ai->ai_family == AF_INET6)
		s->flags |= MHD_USE_IPv6;
	freeaddrinfo(ai);
	*out = s;
	return 0;
}

static void note_connection(void *cls, struct MHD_Connection *c, void **context,
			    enum MHD_ConnectionNotificationCode what)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	int was = what == MHD_CONNECTION_NOTIFY_STARTED ? 0 : info->connect_fd;
	struct serve *s = cls;
	size_t i;

	(void)context;
	pthread_mutex_lock(&s->lock);
	for (i = 0; i < CONNECTIONS && s->open[i].fd != was; i++)
		;
	if (i < CONNECTIONS)
		s->open[i] = (struct connection){ .fd = was ? 0 : info->connect_fd,
						  .since_ns = clock_ns(CLOCK_MONOTONIC) };
	pthread_mutex_unlock(&s->lock);
}

void serve_hurry(struct serve *s)
{
	uint64_t now_ns;
	size_t i;

	pthread_mutex_lock(&s->lock);
	now_ns = clock_ns(CLOCK_MONOTONIC); /* no earlier than any that they are since */
	for (i = 0; i < CONNECTIONS; i++)
		if (s->open[i].fd && !s->making && now_ns - s->open[i].since_ns > DEADLINE_NS)
			shutdown(s->open[i].fd, SHUT_RDWR);
	pthread_mutex_unlock(&s->lock);
}

int serve_start(struct serve *s, serve_page page, void *ctx)
{
	s->page = page;
	s->ctx = ctx;
	/* A page is large, and gone at once; else its end would raise the size from which on memory is given back. */
	mallopt(M_MMAP_THRESHOLD, PAGE_MAPPED);
	errno = 0;
	s->daemon =
		MHD_start_daemon(s->flags, 0, NULL, NULL, answer, s, MHD_OPTION_LISTEN_SOCKET,
				 s->fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS,
				 MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
				 MHD_OPTION_NOTIFY_CONNECTION, note_connection, s, MHD_OPTION_END);
	if (s->daemon)
		return 0;
	msg_error("cannot serve: %s", strerror(errno ? errno : EIO));
	return errno ? -errno : -EIO;
}

void serve_stop(struct serve *s)
{
	if (!s)
		return;
	if (s->daemon)
		MHD_stop_daemon(s->daemon); /* which closes the socket */
	else
		close(s->fd);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
