// SPDX-License-Identifier: GPL-2.0
/*
 * A small HTTP server on libmicrohttpd.
 */
#include "run/serve.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include "util/msg.h"

#define CONNECTIONS 16

struct serve {
	int fd;
	unsigned int flags;
	struct MHD_Daemon *daemon; /* NULL: it only listens */
	serve_page page;
	void *ctx;
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
	ret = MHD_queue_response(c, status, response);
	MHD_destroy_response(response);
	return ret;
}

static enum MHD_Result reply_static(struct MHD_Connection *c, unsigned int status, const char *text)
{
	return reply(c, status, (char *)text, strlen(text), MHD_RESPMEM_PERSISTENT);
}

/* NOLINTBEGIN(readability-non-const-parameter): it is an MHD_AccessHandlerCallback */
static enum MHD_Result answer(void *cls, struct MHD_Connection *c, const char *url,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_size, void **req)
/* NOLINTEND(readability-non-const-parameter) */
{
	struct serve *s = cls;
	char *text = NULL;
	size_t len = 0;
	FILE *to;
	int err;

	(void)version;
	(void)upload;
	(void)upload_size;
	(void)req;
	if (strcmp(method, "GET"))
		return reply_static(c, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
	if (strcmp(url, "/metrics"))
		return reply_static(c, MHD_HTTP_NOT_FOUND, "bioscope: see /metrics\n");
	to = open_memstream(&text, &len);
	if (!to)
		return MHD_NO;
	err = s->page(to, s->ctx);
	if (fclose(to) || err) {
		free(text);
		return reply_static(c, MHD_HTTP_INTERNAL_SERVER_ERROR, "cannot read the tracer\n");
	}
	return reply(c, MHD_HTTP_OK, text, len, MHD_RESPMEM_MUST_FREE);
}

/* Splits "address:port" and looks it up; numbers only, so nothing is resolved. */
static int parse_listen(const char *listen, struct addrinfo **out)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
				  .ai_socktype = SOCK_STREAM };
	char host[128];
	const char *colon = strrchr(listen, ':');
	size_t len;

	if (!colon || colon == listen || (size_t)(colon - listen) >= sizeof(host))
		return -EINVAL;
	len = (size_t)(colon - listen);
	memcpy(host, listen, len);
	host[len] = '\0';
	if (host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = '\0';
		memmove(host, host + 1, len - 1);
	}
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
		msg_error("cannot listen on \"%s\": it must be a numeric ADDRESS:PORT, such as "
			  "127.0.0.1:9756 or [::1]:9756",
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
	s->flags = MHD_USE_INTERNAL_POLLING_THREAD;
	if (ai->ai_family == AF_INET6)
		s->flags |= MHD_USE_IPv6;
	freeaddrinfo(ai);
	*out = s;
	return 0;
}

int serve_start(struct serve *s, serve_page page, void *ctx)
{
	s->page = page;
	s->ctx = ctx;
	errno = 0;
	s->daemon = MHD_start_daemon(s->flags, 0, NULL, NULL, answer, s, MHD_OPTION_LISTEN_SOCKET,
				     s->fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS,
				     MHD_OPTION_CONNECTION_TIMEOUT, 10U, MHD_OPTION_END);
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
	free(s);
}
