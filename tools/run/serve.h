/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small HTTP server: one page made anew for every request.
 */
#ifndef BIOSCOPE_RUN_SERVE_H
#define BIOSCOPE_RUN_SERVE_H

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
 * serve_listen() - listen, without answering yet
 * @where: "ADDRESS:PORT"; an IPv6 address in brackets; "localhost:PORT"; ":PORT", of all IPv4 addresses
 * @out: the server; serve_stop() it
 *
 * A port below 1024 takes CAP_NET_BIND_SERVICE.
 *
 * Return: 0, -EINVAL if @where is no such address, or -errno, with a message on stderr.
 */
int serve_listen(const char *where, struct serve **out);

/**
 * serve_start() - answer GET and HEAD of /metrics from now on, in a thread
 * @s: from serve_listen()
 * @page: writes the page
 * @ctx: for @page
 *
 * A thread has the capabilities of who starts it, and keeps them: give them up before.
 *
 * Return: 0 or -errno with a message on stderr.
 */
int serve_start(struct serve *s, serve_page page, void *ctx);

/**
 * serve_hurry() - end requests that take longer than 10 s, so that slow clients do not keep others out
 * @s: the server
 *
 * The time that it takes to make pages is not theirs.
 * To be called every second or so while it answers.
 */
void serve_hurry(struct serve *s);

/**
 * serve_stop() - stop listening and let go
 * @s: the server, or NULL
 */
void serve_stop(struct serve *s);

#endif
