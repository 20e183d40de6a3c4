// SPDX-License-Identifier: GPL-2.0
/*
 * Kretprobes that many calls can be in at a time.
 */
#include "load/kretprobe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#define GROUP "bioscope"
#define MAXACTIVE 4096 /* KRETPROBE_MAXACTIVE_MAX, kernel/trace/trace_kprobe.c */

/* Where tracefs is, or where it was mounted before 4.1 and often still is. */
static const char *const places[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };

__attribute__((format(printf, 2, 3))) static bool tell(int fd, const char *fmt, ...)
{
	char line[192];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	return write(fd, line, (size_t)n) == n;
}

/* The events of processes that are gone; what is still attached to one keeps it. */
static void remove_left(const char *place, int fd)
{
	char path[64], line[256];
	FILE *f;
	int pid;

	snprintf(path, sizeof(path), "%s/kprobe_events", place);
	f = fopen(path, "re");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		const char *name = strstr(line, ":" GROUP "/return_");

		if (name && sscanf(name, ":" GROUP "/return_%d", &pid) == 1 && kill(pid, 0) &&
		    errno == ESRCH)
			tell(fd, "-:" GROUP "/return_%d", pid);
	}
	fclose(f);
}

static long long event_id(const char *place)
{
	char path[128];
	long long id = -1;
	FILE *f;

	snprintf(path, sizeof(path), "%s/events/" GROUP "/return_%d/id", place, getpid());
	f = fopen(path, "re");
	if (!f)
		return -1;
	if (fscanf(f, "%lld", &id) != 1)
		id = -1;
	fclose(f);
	return id;
}

static struct bpf_link *attach_event(const struct bpf_program *prog, long long id)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT,
					.size = sizeof(attr),
					.config = (__u64)id,
					.sample_period = 1,
					.wakeup_events = 1 };
	int fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	struct bpf_link *link;

	if (fd < 0)
		return NULL;
	link = bpf_program__attach_perf_event(prog, fd);
	if (!link)
		close(fd);
	return link;
}

static int open_events(const char **place)
{
	char path[64];
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int fd;

		*place = places[i];
		snprintf(path, sizeof(path), "%s/kprobe_events", *place);
		fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
		if (fd >= 0 || errno != ENOENT)
			return fd;
	}
	return -1;
}

struct bpf_link *kretprobe_attach(const struct bpf_program *prog, const char *symbol,
				  struct kretprobe *k)
{
	const char *place;
	long long id;

	k->fd = open_events(&place);
	if (k->fd < 0)
		return NULL;
	remove_left(place, k->fd);
	if (!tell(k->fd, "r%d:" GROUP "/return_%d %s", MAXACTIVE, getpid(), symbol))
		return NULL;
	id = event_id(place);
	return id < 0 ? NULL : attach_event(prog, id);
}

void kretprobe_remove(struct kretprobe *k)
{
	if (k->fd < 0)
		return;
	tell(k->fd, "-:" GROUP "/return_%d", getpid());
	close(k->fd);
	k->fd = -1;
}
