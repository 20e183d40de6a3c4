/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small HTTP server: one page made anew for every request.
 */
#ifndef BIOSCOPE_SERVE_H
#define BIOSCOPE_SERVE_H

#include <stdio.h>

/**
 * typedef serve_page - write the page
 * @to: where to
 * @ctx: as given to serve_start()
 *
 * Called in the server's thread, one call at a time.
 *
 * Return: 0, or an error that becomes status 500.
 */
typedef int (*serve_page)(FILE *to, void *ctx);

struct serve;

/**
 * serve_start() - listen and answer GET /metrics
 * @listen: "ADDRESS:PORT"; an IPv6 address in brackets
 * @page: writes the page
 * @ctx: for @page
 * @out: the server; serve_stop() it
 *
 * Return: 0, -EINVAL if @listen is no such address, or -errno, with a message on stderr.
 */
int serve_start(const char *listen, serve_page page, void *ctx, struct serve **out);

/**
 * serve_stop() - stop listening and let go
 * @s: the server, or NULL
 */
void serve_stop(struct serve *s);

#endif
