// SPDX-License-Identifier: GPL-2.0
/*
 * A small HTTP server on libmicrohttpd.
 */
#include "serve.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <microhttpd.h>

#include "msg.h"

struct serve {
	struct MHD_Daemon *daemon;
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

int serve_start(const char *listen, serve_page page, void *ctx, struct serve **out)
{
	unsigned int flags = MHD_USE_INTERNAL_POLLING_THREAD;
	struct addrinfo *ai;
	struct serve *s;
	int err;

	if (parse_listen(listen, &ai)) {
		msg_error("cannot listen on \"%s\": it must be a numeric ADDRESS:PORT, such as "
			  "127.0.0.1:9756 or [::1]:9756",
			  listen);
		return -EINVAL;
	}
	s = calloc(1, sizeof(*s));
	if (!s) {
		freeaddrinfo(ai);
		return -ENOMEM;
	}
	s->page = page;
	s->ctx = ctx;
	if (ai->ai_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	errno = 0;
	s->daemon = MHD_start_daemon(flags, 0, NULL, NULL, answer, s, MHD_OPTION_SOCK_ADDR,
				     ai->ai_addr, MHD_OPTION_CONNECTION_LIMIT, 16U,
				     MHD_OPTION_CONNECTION_TIMEOUT, 10U, MHD_OPTION_END);
	err = errno ? -errno : -EIO;
	freeaddrinfo(ai);
	if (!s->daemon) {
		msg_error("cannot listen on %s: %s", listen, strerror(-err));
		free(s);
		return err;
	}
	*out = s;
	return 0;
}

void serve_stop(struct serve *s)
{
	if (!s)
		return;
	MHD_stop_daemon(s->daemon);
	free(s);
}
