// SPDX-License-Identifier: GPL-2.0
/*
 * For how long a command runs: as long as COMMAND, a number of seconds, or until a signal.
 */
#include "run/run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/msg.h"
#include "util/status.h"

#define PATIENCE_NS 2000000000ULL

/* What COMMAND prints must not end up within our JSON. */
static void child_exec(const struct run *r, char **command, bool json)
{
	sigaction(SIGCHLD, &r->sigchld, NULL);
	sigprocmask(SIG_SETMASK, &r->mask, NULL);
	if (json && dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
		msg_error("cannot redirect what %s prints: %s", command[0], strerror(errno));
		_exit(126);
	}
	execvp(command[0], command);
	msg_error("cannot run %s: %s", command[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/*
 * COMMAND is there before anything is opened, and waits for the word to go: a descriptor that ends
 * something when it is closed must not be in its hands, too. It would be until exec() is through,
 * which may be a long time if the program is read from a device that stalls.
 */
static int fork_child(const struct options *o, struct run *r)
{
	int pair[2], err;
	pid_t self = getpid();
	char word;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	fflush(NULL);
	r->child = fork();
	err = -errno;
	if (r->child < 0) {
		r->child = 0;
		close(pair[0]);
		close(pair[1]);
		return err;
	}
	if (!r->child) {
		close(pair[0]);
		/* However we end, it does not go on alone; unless that was before this. */
		if (!prctl(PR_SET_PDEATHSIG, SIGTERM) && getppid() == self &&
		    read(pair[1], &word, 1) == 1)
			child_exec(r, o->command, o->json);
		_exit(MSG_EXIT_FAILED);
	}
	close(pair[1]);
	r->go_fd = pair[0];
	return 0;
}

int run_init(const struct options *o, struct run *r)
{
	/* Who started us may not have wanted any, and then there are none. */
	const struct sigaction wanted = { .sa_handler = SIG_DFL };
	sigset_t set;
	int err;

	*r = (struct run){ .go_fd = -1, .signal_fd = -1, .patience_ns = PATIENCE_NS };
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &r->mask);
	sigaction(SIGCHLD, &wanted, &r->sigchld);
	err = o->command ? fork_child(o, r) : 0;
	if (err) {
		msg_error("cannot start %s: %s", o->command[0], strerror(-err));
		return err;
	}
	r->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (r->signal_fd < 0) {
		err = -errno;
		msg_error("cannot take signals: %s", strerror(-err));
	}
	return err;
}

int run_start(const struct options *o, struct run *r)
{
	if (o->command && send(r->go_fd, "", 1, MSG_NOSIGNAL) != 1) {
		msg_error("cannot start %s: %s", o->command[0], strerror(errno));
		return MSG_EXIT_FAILED;
	}
	if (o->duration_ns)
		r->end_ns = clock_ns(CLOCK_MONOTONIC) + o->duration_ns;
	return MSG_EXIT_OK;
}

static bool has_child(const struct run *r)
{
	return r->child && !r->child_done;
}

/* COMMAND is to end first. What Ctrl-C sends, from the terminal, it gets itself. */
static void take_signal(struct run *r, const struct signalfd_siginfo *info)
{
	if (has_child(r) && info->ssi_code != SI_KERNEL)
		kill(r->child, (int)info->ssi_signo);
	r->over_ns = clock_ns(CLOCK_MONOTONIC);
	if (has_child(r) && !r->interrupted)
		r->over_ns += r->patience_ns;
	r->interrupted = true;
}

static void take_signals(struct run *r)
{
	struct signalfd_siginfo info;

	while (read(r->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGCHLD)
			take_signal(r, &info);
		else if (has_child(r) && waitpid(r->child, &r->child_status, WNOHANG) == r->child)
			r->child_done = true;
	}
}

/* When it is over at the latest, UINT64_MAX: never. */
static uint64_t end_of(const struct run *r)
{
	uint64_t end = r->end_ns ?: UINT64_MAX;

	return r->interrupted && r->over_ns < end ? r->over_ns : end;
}

bool run_wait_fd(struct run *r, uint64_t ns, int fd)
{
	struct pollfd fds[] = { { .fd = r->signal_fd, .events = POLLIN },
				{ .fd = fd, .events = POLLIN } };
	uint64_t until = clock_ns(CLOCK_MONOTONIC) + ns, now, left;
	struct timespec ts;

	for (;;) {
		take_signals(r);
		now = clock_ns(CLOCK_MONOTONIC);
		if (r->child_done || now >= end_of(r))
			return false;
		if (now >= until || fds[1].revents)
			return true;
		left = (end_of(r) < until ? end_of(r) : until) - now;
		ts.tv_sec = (time_t)(left / 1000000000ULL);
		ts.tv_nsec = (long)(left % 1000000000ULL);
		if (ppoll(fds, 2, &ts, NULL) < 0 && errno != EINTR)
			return false;
	}
}

bool run_wait(struct run *r, uint64_t ns)
{
	return run_wait_fd(r, ns, -1);
}

int run_status(const struct run *r)
{
	if (r->child_done && WIFSIGNALED(r->child_status))
		return STATUS_COMMAND | (128 + WTERMSIG(r->child_status));
	if (r->child_done && WEXITSTATUS(r->child_status))
		return STATUS_COMMAND | WEXITSTATUS(r->child_status);
	return MSG_EXIT_OK;
}

/* One whose I/O hangs cannot be killed, and is not waited for for long. */
static void end_child(struct run *r)
{
	kill(r->child, SIGTERM);
	r->interrupted = false;
	r->end_ns = clock_ns(CLOCK_MONOTONIC) + r->patience_ns;
	while (has_child(r) && run_wait(r, r->patience_ns))
		;
	if (has_child(r))
		msg_note("process %d has not ended within %llu s of SIGTERM, and is left",
			 (int)r->child, (unsigned long long)(r->patience_ns / 1000000000));
}

void run_close(struct run *r)
{
	if (r->go_fd >= 0)
		close(r->go_fd);
	if (has_child(r))
		end_child(r);
	if (r->signal_fd >= 0)
		close(r->signal_fd);
}
