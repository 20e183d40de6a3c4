// SPDX-License-Identifier: GPL-2.0
/*
 * stack_blk devices through configfs.
 *
 * Whatever is written is written by a process of its own, which can be killed: power on waits for a
 * partition table to be read, and only a fatal signal ends that.
 */
#include "stack/stack.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "util/msg.h"
#include "util/number.h"

#define CONFIG "/sys/kernel/config/stack_blk"

int stack_path(const struct stack *s, char *out, size_t size, const char *fmt, ...)
{
	size_t len = strlen(s->root);
	va_list ap;
	int n;

	if (len >= size)
		return -ENAMETOOLONG;
	memcpy(out, s->root, len + 1);
	va_start(ap, fmt);
	n = vsnprintf(out + len, size - len, fmt, ap);
	va_end(ap);
	return n < 0 || (size_t)n >= size - len ? -ENAMETOOLONG : 0;
}

int stack_read(const char *path, char *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (n > 0 && len < STACK_VALUE - 1) {
		n = read(fd, out + len, STACK_VALUE - 1 - len);
		if (n > 0)
			len += (size_t)n;
	}
	err = n < 0 ? -errno : 0;
	close(fd);
	if (len && out[len - 1] == '\n')
		len--;
	out[len] = '\0';
	return err;
}

bool stack_is_there(const struct stack *s)
{
	char path[PATH_MAX];

	return !stack_path(s, path, sizeof(path), CONFIG) && !access(path, F_OK);
}

/* --- signals, and processes that can be killed ------------------------------------------------- */

/* Those that want us to end; with @child also that of a process that has ended. */
static void signals(sigset_t *set, bool child)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
	if (child)
		sigaddset(set, SIGCHLD);
}

void stack_begin(struct stack *s)
{
	char path[PATH_MAX];
	sigset_t set;

	signals(&set, true);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGCHLD, SIG_DFL); /* who started us may not have wanted any */
	s->log_fd = -1;
	if (!stack_path(s, path, sizeof(path), "/dev/kmsg"))
		s->log_fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (s->log_fd >= 0)
		lseek(s->log_fd, 0, SEEK_END);
}

void stack_end(struct stack *s)
{
	if (s->log_fd >= 0)
		close(s->log_fd);
	s->log_fd = -1;
}

bool stack_sleep(unsigned int ms)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };
	sigset_t set;

	signals(&set, false);
	return sigtimedwait(&set, NULL, &ts) > 0;
}

/*
 * A signal kills it. Should it be where that does not help, it is given up on after a while, or with a
 * second signal. Returns its status, -EINTR if it was killed, or -ETIMEDOUT if it is still there.
 */
static int wait_for(pid_t pid, const char *slow)
{
	const struct timespec patience = { .tv_sec = STACK_SLOW_S };
	bool interrupted = false;
	int status = 0, sig;
	sigset_t set;

	signals(&set, true);
	while (!waitpid(pid, &status, WNOHANG)) {
		sig = sigtimedwait(&set, NULL, &patience);
		if (sig == SIGCHLD || (sig < 0 && errno != EAGAIN))
			continue;
		if (interrupted)
			return -ETIMEDOUT;
		if (sig > 0) {
			interrupted = true;
			kill(pid, SIGKILL);
		} else if (slow) {
			msg_note("%s", slow);
			slow = NULL;
		}
	}
	return interrupted || !WIFEXITED(status) ? -EINTR : WEXITSTATUS(status);
}

int stack_run(char *const argv[])
{
	sigset_t none;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid)
		return wait_for(pid, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(argv[0], argv);
	_exit(127);
}

/* Only what is allowed between fork() and exec(). */
static int write_whole(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, len);
	if (n == (ssize_t)len)
		return 0;
	return n < 0 ? -errno : -EINVAL;
}

/* What comes of it is in memory that both have: with valgrind an exit status is not the process' own. */
static int write_apart(const char *path, const char *text, size_t len, const char *slow)
{
	int *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int err;
	pid_t pid;

	if (shared == MAP_FAILED)
		return -errno;
	*shared = -EINTR;
	fflush(NULL);
	pid = fork();
	err = pid < 0 ? -errno : 0;
	if (!pid) {
		*shared = write_whole(path, text, len);
		_exit(0);
	}
	if (!err)
		err = wait_for(pid, slow);
	if (err >= 0)
		err = *shared;
	munmap(shared, sizeof(*shared));
	return err;
}

/* --- devices ----------------------------------------------------------------------------------- */

static int device_path(const struct stack *s, char *out, const char *name, const char *attr)
{
	return stack_path(s, out, PATH_MAX, CONFIG "/%s%s%s", name, attr[0] ? "/" : "", attr);
}

int stack_make(const struct stack *s, const char *name)
{
	char path[PATH_MAX];
	int err = device_path(s, path, name, "");

	return err ?: mkdir(path, 0755) ? -errno : 0;
}

int stack_remove(const struct stack *s, const char *name)
{
	char path[PATH_MAX];
	int err = device_path(s, path, name, "");

	return err ?: rmdir(path) ? -errno : 0;
}

bool stack_is_preset(const struct stack *s, const char *name)
{
	char path[PATH_MAX], number[STACK_VALUE];
	uint64_t presets, i;

	return !strncmp(name, "stackb", 6) && !number_parse_uint(name + 6, 0, UINT32_MAX, &i) &&
	       (name[6] != '0' || !name[7]) &&
	       !stack_path(s, path, sizeof(path), "/sys/module/stack_blk/parameters/nr_devices") &&
	       !stack_read(path, number) && !number_parse_uint(number, 0, UINT32_MAX, &presets) &&
	       i < presets;
}

int stack_get(const struct stack *s, const char *name, const char *attr, char *out)
{
	char path[PATH_MAX];
	int err = device_path(s, path, name, attr);

	return err ?: stack_read(path, out);
}

/* With a newline, because writing nothing at all does nothing, and so is no mistake for the kernel. */
int stack_set(const struct stack *s, const char *name, const char *attr, const char *value,
	      const char *slow)
{
	char path[PATH_MAX], text[STACK_VALUE];
	int err = device_path(s, path, name, attr), len;

	if (err)
		return err;
	len = snprintf(text, sizeof(text), "%s\n", value);
	if (len < 0 || (size_t)len >= sizeof(text))
		return -E2BIG;
	return write_apart(path, text, (size_t)len, slow);
}

int stack_exit(int err)
{
	switch (-err) {
	case 0:
		return MSG_EXIT_OK;
	case EINVAL:
	case ERANGE:
	case E2BIG:
	case ENOENT:
	case ENOTDIR:
	case ENOTBLK:
	case ENODEV:
	case EEXIST:
		return MSG_EXIT_USAGE;
	case EPERM:
	case EACCES:
		return MSG_EXIT_CANT;
	default:
		return MSG_EXIT_FAILED;
	}
}
