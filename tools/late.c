// SPDX-License-Identifier: GPL-2.0
/*
 * A child that does one thing later.
 */
#include "late.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "msg.h"
#include "privileges.h"

/* Whoever reads our output, or waits for the end of it, is not to wait for the child. */
static int be_quiet(void)
{
	int i, null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return -errno;
	for (i = 0; i < 3; i++)
		if (dup2(null, i) < 0)
			return -errno;
	return null > 2 ? close(null) : 0;
}

static void ignore_keyboard(void)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGTSTP, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
}

/* Asked by one byte; goes when the other end is closed. */
static int serve(int fd, int (*act)(void *arg), void *arg)
{
	char byte;
	int err;

	if (read(fd, &byte, 1) != 1)
		return 0;
	err = act(arg);
	/* What that has opened is all that is left to keep. */
	if (privileges_drop_tracing() || write(fd, &err, sizeof(err)) != sizeof(err))
		return 1;
	return read(fd, &byte, 1) < 0;
}

static int child(pid_t parent, int fd, int (*act)(void *arg), void *arg)
{
	ignore_keyboard();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent || be_quiet() ||
	    privileges_keep_tracing())
		return 1;
	return serve(fd, act, arg);
}

int late_start(int (*act)(void *arg), void *arg, struct late *l)
{
	int ends[2], err = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) ? -errno : 0;
	pid_t parent = getpid();

	memset(l, 0, sizeof(*l));
	if (!err) {
		l->pid = fork();
		if (!l->pid) {
			close(ends[0]);
			_exit(child(parent, ends[1], act, arg));
		}
		err = l->pid < 0 ? -errno : 0;
		close(ends[1]);
		l->fd = ends[0];
	}
	if (err) {
		msg_error("cannot start who attaches probes later: %s", strerror(-err));
		if (l->pid)
			close(l->fd);
		l->pid = 0;
	}
	return err;
}

int late_ask(struct late *l)
{
	l->asked = true;
	return send(l->fd, "", 1, MSG_NOSIGNAL) == 1 ? 0 : -errno;
}

bool late_answered(struct late *l, int *answer)
{
	ssize_t n;

	if (!l->asked)
		return false;
	n = recv(l->fd, answer, sizeof(*answer), MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return false;
	if (n != sizeof(*answer))
		*answer = -ESRCH;
	l->asked = false;
	return true;
}

void late_end(struct late *l)
{
	if (!l->pid)
		return;
	close(l->fd);
	/* It may be waiting for memory, and need not be waited for. */
	kill(l->pid, SIGKILL);
	waitpid(l->pid, NULL, WNOHANG);
	l->pid = 0;
}
