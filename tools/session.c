// SPDX-License-Identifier: GPL-2.0
/*
 * A tracing run.
 */
#include "session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "msg.h"

#define STALL_CHECK_NS 200000000ULL

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

static int exit_of(int err)
{
	return err == -EPERM || err == -EACCES || err == -ENOENT ? MSG_EXIT_CANT : MSG_EXIT_FAILED;
}

/* A filter that matches nothing is a mistake: say what there is. */
int session_check_filter(const struct options *o, const struct read_snapshot *s)
{
	char name[MODEL_NAME];
	size_t i;

	if (!o->device && !o->filter.pool)
		return MSG_EXIT_OK;
	for (i = 0; i < s->nr_pools; i++)
		if (model_matches(&s->pools[i], &o->filter))
			return MSG_EXIT_OK;
	msg_error("no pool matches%s%s%s%s; this host has:", o->device ? " device " : "",
		  o->device ? o->device : "", o->filter.pool ? " pool " : "",
		  o->filter.pool ? o->filter.pool : "");
	for (i = 0; i < s->nr_pools; i++) {
		model_name(&s->pools[i].name, name);
		fprintf(stderr, "  %s\n", name);
	}
	return MSG_EXIT_FAILED;
}

static int block_signals(struct session *s)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signal_fd < 0 ? -errno : 0;
}

int session_open(const struct options *o, bool alloc_hist, struct session *s)
{
	int err;

	memset(s, 0, sizeof(*s));
	s->signal_fd = -1;
	err = block_signals(s);
	err = err ?: pools_open(&s->pools);
	err = err ?: trace_open(s->pools, alloc_hist, &s->trace);
	err = err ?: read_now(s->pools, &s->trace, &s->start);
	if (err)
		return exit_of(err);
	return session_check_filter(o, &s->start);
}

static void child_exec(char **command)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(command[0], command);
	msg_error("cannot run %s: %s", command[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

int session_start(const struct options *o, struct session *s)
{
	if (o->command) {
		fflush(NULL);
		s->child = fork();
		if (s->child < 0) {
			msg_error("cannot start %s: %s", o->command[0], strerror(errno));
			s->child = 0;
			return MSG_EXIT_FAILED;
		}
		if (!s->child)
			child_exec(o->command);
	}
	if (o->duration_ns)
		s->end_ns = now_ns() + o->duration_ns;
	return MSG_EXIT_OK;
}

static void take_signals(struct session *s)
{
	struct signalfd_siginfo info;

	while (read(s->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGCHLD)
			s->interrupted = true;
		else if (s->child && !s->child_done &&
			 waitpid(s->child, &s->child_status, WNOHANG) == s->child)
			s->child_done = true;
	}
}

bool session_wait(struct session *s, uint64_t ns)
{
	struct pollfd fd = { .fd = s->signal_fd, .events = POLLIN };
	uint64_t until = now_ns() + ns, now, left;
	struct timespec ts;

	for (;;) {
		take_signals(s);
		now = now_ns();
		if (s->interrupted || s->child_done || (s->end_ns && now >= s->end_ns))
			return false;
		if (now >= until)
			return true;
		left = (s->end_ns && s->end_ns < until ? s->end_ns : until) - now;
		ts.tv_sec = (time_t)(left / 1000000000ULL);
		ts.tv_nsec = (long)(left % 1000000000ULL);
		if (ppoll(&fd, 1, &ts, NULL) < 0 && errno != EINTR)
			return false;
	}
}

static bool has_stalled(struct session *s, const struct options *o)
{
	struct read_snapshot now;
	struct model_report r;
	bool stalled = false;
	size_t i;

	if (session_report(s, &s->start, &o->filter, false, &now, &r))
		return false;
	for (i = 0; i < r.nr_pools; i++)
		stalled |= r.pools[i].stalled;
	model_free(&r);
	read_free(&now);
	return stalled;
}

void session_run(struct session *s, const struct options *o)
{
	while (session_wait(s, STALL_CHECK_NS))
		if (o->until_stall && has_stalled(s, o))
			return;
}

int session_report(struct session *s, const struct read_snapshot *before,
		   const struct model_filter *filter, bool stacks, struct read_snapshot *after,
		   struct model_report *r)
{
	int err = read_now(s->pools, &s->trace, after);

	memset(r, 0, sizeof(*r));
	if (err)
		return exit_of(err);
	if (stacks)
		read_stacks(&s->trace, after);
	err = model_report(before, after, filter, r);
	if (err) {
		msg_error("cannot make a report: %s", strerror(-err));
		read_free(after);
		return MSG_EXIT_FAILED;
	}
	return MSG_EXIT_OK;
}

int session_status(const struct session *s, const struct model_report *r)
{
	if (s->child_done && WIFSIGNALED(s->child_status))
		return 128 + WTERMSIG(s->child_status);
	if (s->child_done && WEXITSTATUS(s->child_status))
		return WEXITSTATUS(s->child_status);
	return r->lost_total ? MSG_EXIT_LOST : MSG_EXIT_OK;
}

/* A command whose I/O hangs cannot be killed; it is not waited for. */
void session_close(struct session *s)
{
	if (s->child && !s->child_done)
		kill(s->child, SIGTERM);
	read_free(&s->start);
	trace_close(&s->trace);
	pools_close(s->pools);
	if (s->signal_fd >= 0)
		close(s->signal_fd);
}
