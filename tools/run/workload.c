// SPDX-License-Identifier: GPL-2.0
/*
 * What drives a device while its pools are exhausted.
 */
#include "run/workload.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "model/hist.h"
#include "run/job.h"
#include "run/privileges.h"
#include "run/workload_target.h"
#include "util/clock.h"
#include "util/disk.h"
#include "util/msg.h"

#define TICK_NS 1000000

/* What we and the processes share, with the rounds of all blocks that are written behind it. */
struct workload_shared {
	_Atomic bool go;
	_Atomic bool stop;
	struct job_done done[WORKLOAD_JOBS];
	uint32_t rounds[];
};

int workload_open(const struct workload_ask *ask, const struct run *run, struct workload *w)
{
	size_t blocks = ask->write ? ask->jobs * WORKLOAD_BLOCKS : 0;

	*w = (struct workload){ .ask = *ask, .run = run, .fd = -1 };
	w->shared_size = sizeof(*w->shared) + blocks * sizeof(uint32_t);
	w->shared = mmap(NULL, w->shared_size, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (w->shared == MAP_FAILED) {
		w->shared = NULL;
		msg_error("verify: no memory for %u jobs", ask->jobs);
		return MSG_EXIT_FAILED;
	}
	return ask->command ? MSG_EXIT_OK : workload_target_open(w);
}

/* Until the word comes. Who was to give it may be gone. */
static void wait_to_go(const struct workload *w, pid_t parent)
{
	const struct timespec tick = { .tv_nsec = TICK_NS };

	while (!w->shared->go) {
		if (w->shared->stop || getppid() != parent)
			_exit(0);
		nanosleep(&tick, NULL);
	}
}

/* Many jobs do less at once, or a slow device would be at that for a long time. */
static size_t largest_of(unsigned int jobs)
{
	return jobs > 32 ? JOB_LARGEST / 4 : jobs > 16 ? JOB_LARGEST / 2 : JOB_LARGEST;
}

/* Signals that come from the terminal stay blocked: it ends when it is told to. */
static void be_job(const struct workload *w, size_t i)
{
	struct job j = {
		.fd = STDERR_FILENO + 1,
		.start = w->ask.start,
		.size = w->area,
		.largest = largest_of(w->ask.jobs),
		.write = w->ask.write,
		.seed = w->ask.seed + i * 1000003 + w->round,
		.round = w->round,
		.done = &w->shared->done[i],
		.stop = &w->shared->stop,
	};
	char name[16];

	/* Nothing of ours is to live on with it: what it has may well be the last that is open. */
	if (dup2(w->fd, j.fd) < 0 || privileges_drop())
		_exit(1);
	close_range((unsigned int)j.fd + 1, ~0U, 0);
	snprintf(name, sizeof(name), "verify-%zu", i);
	prctl(PR_SET_NAME, name);
	if (w->ask.write) {
		j.start += i * w->area;
		j.rounds = &w->shared->rounds[i * WORKLOAD_BLOCKS];
	}
	job_run(&j);
	_exit(0);
}

/* What it prints must not end up within what we do. */
static void be_command(const struct workload *w)
{
	char **command = w->ask.command;

	sigaction(SIGCHLD, &w->run->sigchld, NULL);
	sigprocmask(SIG_SETMASK, &w->run->mask, NULL);
	if (dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		_exit(126);
	/* Who is not in the terminal's foreground would be stopped if it read from that. */
	if (isatty(STDIN_FILENO) && (close(STDIN_FILENO) || open("/dev/null", O_RDONLY)))
		_exit(126);
	execvp(command[0], command);
	msg_error("cannot run %s: %s", command[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static void be_child(const struct workload *w, size_t i, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, w->ask.command ? SIGTERM : SIGKILL);
	setpgid(0, 0);
	wait_to_go(w, parent);
	if (w->ask.command)
		be_command(w);
	be_job(w, i);
}

int workload_start(struct workload *w)
{
	size_t i, n = w->ask.command ? 1 : w->ask.jobs;
	pid_t self = getpid();
	int err;

	w->round++;
	w->ended_ns = 0;
	w->status = 0;
	w->shared->go = false;
	w->shared->stop = false;
	memset(w->shared->done, 0, sizeof(w->shared->done));
	fflush(NULL);
	for (i = 0; i < n; i++) {
		w->pids[i] = fork();
		if (!w->pids[i])
			be_child(w, i, self);
		if (w->pids[i] < 0) {
			err = -errno;
			w->pids[i] = 0;
			msg_error("verify: cannot start job %zu of %zu: %s", i + 1, n,
				  strerror(-err));
			return err;
		}
		setpgid(w->pids[i], w->pids[i]); /* by then, whoever of both comes first */
		w->nr_pids = i + 1;
	}
	return 0;
}

void workload_go(struct workload *w)
{
	w->begun_ns = clock_ns(CLOCK_MONOTONIC);
	if (!w->ask.command || disk_done(w->ask.devs[0], &w->done_before))
		w->done_before = 0;
	w->shared->go = true;
}

static void look_at_command(struct workload *w, uint64_t now, struct workload_state *state)
{
	state->ended = workload_is_over(w);
	state->failed = state->ended && w->status;
	state->longest_ns = state->ended ? 0 : now - w->begun_ns;
	state->waiting = !state->ended;
}

static void look_at_job(const struct job_done *d, uint64_t now, struct workload_state *state)
{
	uint64_t begun = d->begun_ns, in = begun && now > begun ? now - begun : 0;

	if (in > state->longest_ns)
		state->longest_ns = in;
	state->waiting += in >= VERIFY_SLEPT_NS;
	state->ended &= d->ios >= WORKLOAD_LEAST;
	state->failed |= d->errors != 0;
}

void workload_look(struct workload *w, struct workload_state *state)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	unsigned int i;

	*state = (struct workload_state){ .ended = true };
	if (w->ask.command) {
		look_at_command(w, now, state);
		return;
	}
	for (i = 0; i < w->ask.jobs; i++)
		look_at_job(&w->shared->done[i], now, state);
}

uint64_t workload_done(const struct workload *w)
{
	uint64_t sum = 0, done;
	size_t i;

	for (i = 0; i < w->ask.nr_devs; i++)
		if (!disk_done(w->ask.devs[i], &done))
			sum += done;
	return sum;
}

void workload_stop(struct workload *w)
{
	w->shared->stop = true;
	if (!w->ended_ns)
		w->ended_ns = clock_ns(CLOCK_MONOTONIC);
}

/* With all that COMMAND has started. */
void workload_signal(struct workload *w, int signal)
{
	size_t i;

	for (i = 0; i < w->nr_pids; i++)
		if (w->pids[i])
			kill(-w->pids[i], signal);
}

bool workload_is_over(struct workload *w)
{
	bool over = true;
	size_t i;

	for (i = 0; i < w->nr_pids; i++) {
		if (w->pids[i] && waitpid(w->pids[i], &w->status, WNOHANG) == w->pids[i])
			w->pids[i] = 0;
		over &= !w->pids[i];
	}
	if (over && !w->ended_ns)
		w->ended_ns = clock_ns(CLOCK_MONOTONIC);
	return over;
}

static void result_of_jobs(const struct workload *w, struct verify_work *out)
{
	__u64 sum[RECORD_HIST_BUCKETS] = { 0 };
	unsigned int i, b;

	for (i = 0; i < w->ask.jobs; i++) {
		const struct job_done *d = &w->shared->done[i];

		out->ios += d->ios;
		out->errors += d->errors;
		if (d->errors)
			out->error = d->error;
		if (d->longest_ns > out->longest_ns)
			out->longest_ns = d->longest_ns;
		for (b = 0; b < RECORD_HIST_BUCKETS; b++)
			sum[b] += d->times[b];
	}
	out->timed = out->ios;
	out->p99_ns = hist_percentile(sum, 990, out->longest_ns);
}

static void result_of_command(const struct workload *w, struct verify_work *out)
{
	uint64_t done;

	if (!disk_done(w->ask.devs[0], &done))
		out->ios = done - w->done_before;
	if (w->pids[0] || !w->status)
		return;
	out->errors = 1;
	out->error = WIFSIGNALED(w->status) ? 128 + WTERMSIG(w->status) : WEXITSTATUS(w->status);
}

void workload_result(const struct workload *w, struct verify_work *out)
{
	*out = (struct verify_work){
		.duration_ns = w->ended_ns - w->begun_ns,
	};
	if (w->ask.command)
		result_of_command(w, out);
	else
		result_of_jobs(w, out);
}

int workload_check(struct workload *w, uint64_t ns, struct verify_blocks *blocks)
{
	return workload_target_check(w, w->shared->rounds, ns, blocks);
}

void workload_close(struct workload *w)
{
	if (!w->shared)
		return;
	workload_stop(w);
	if (!workload_is_over(w))
		workload_signal(w, SIGKILL);
	workload_target_close(w);
	munmap(w->shared, w->shared_size);
	w->shared = NULL;
}
