// SPDX-License-Identifier: GPL-2.0
/*
 * The tracer: load, attach, map.
 */
#include "load/trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "load/configure.h"
#include "load/kernel_btf.h"
#include "load/targets.h"
#include "util/msg.h"
#include "util/refusal.h"
#include "trace.skel.h"

#define AGAIN 1 /* no error, but not done */
#define LOG (256 << 10) /* bytes of a program's, of which only what it says is ever touched */

static struct bpf_link *attach_program(struct trace *t, size_t i)
{
	LIBBPF_OPTS(bpf_kprobe_opts, opts, .offset = t->probes[i].offset);

	if (probe_table[i].kprobe && probe_table[i].returned)
		return kretprobe_attach(targets_program(t, i), t->probes[i].symbol, &t->returns);
	if (bpf_program__type(targets_program(t, i)) == BPF_PROG_TYPE_KPROBE)
		return bpf_program__attach_kprobe_opts(targets_program(t, i), t->probes[i].symbol,
						       &opts);
	return bpf_program__attach(targets_program(t, i));
}

/* Whether another probe would do for probe @i. */
static bool has_stand_in(size_t i)
{
	size_t j;

	for (j = 0; j < PROBES; j++)
		if (probe_table[j].instead && !strcmp(probe_table[j].instead, probe_table[i].prog))
			return true;
	return false;
}

/* Returns AGAIN if all has to be loaded anew, with what would do for this one. */
static int attach_one(struct trace *t, size_t i)
{
	if (!bpf_program__autoload(targets_program(t, i)))
		return 0;
	t->links[i] = attach_program(t, i);
	if (t->links[i]) {
		t->probes[i].state = PROBE_ATTACHED;
		return 0;
	}
	t->probes[i].state = PROBE_FAILED;
	t->probes[i].err = errno;
	if (probe_table[i].required)
		return -errno;
	return has_stand_in(i) ? AGAIN : 0;
}

/* Detaches what turns out to be of no use, because what it needs could not be attached. */
static void detach_useless(struct trace *t)
{
	size_t i = 0;

	while (i < PROBES) {
		const char *needs = probe_table[i].needs;

		if (t->probes[i].state != PROBE_ATTACHED || !needs ||
		    t->probes[probe_index(needs)].state == PROBE_ATTACHED) {
			i++;
			continue;
		}
		bpf_link__destroy(t->links[i]);
		t->links[i] = NULL;
		t->probes[i].state = PROBE_MISSING;
		t->probes[i].lacks = needs;
		i = 0;
	}
}

/*
 * In the order of the table: what ends a thing before what begins it, so that nothing is begun that
 * is never ended.
 */
static int attach(struct trace *t)
{
	size_t i;
	int err;

	for (i = 0; i < PROBES; i++) {
		if (probe_table[i].late && t->failures_late)
			continue;
		err = attach_one(t, i);
		if (err == AGAIN)
			return AGAIN;
		if (err) {
			msg_error("cannot attach to %s(): %s", t->probes[i].symbol, strerror(-err));
			return err;
		}
	}
	detach_useless(t);
	return 0;
}

static void *map_array(const struct bpf_map *map)
{
	size_t size = (size_t)bpf_map__value_size(map) * bpf_map__max_entries(map);
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	return mem == MAP_FAILED ? NULL : mem;
}

static int map_all(struct trace *t)
{
	t->calls = map_array(t->skel->maps.calls);
	if (t->probes[probe_index("alloc_count")].state == PROBE_ATTACHED)
		t->near_calls = t->skel->bss->near_calls;
	t->counts = map_array(t->skel->maps.counts);
	t->times = map_array(t->skel->maps.times);
	t->rows = t->skel->bss->rows;
	if (configure_follows(t)) {
		t->disks = t->skel->bss->disks;
		t->lives = map_array(t->skel->maps.lives);
	}
	t->rows_at = &t->skel->bss->rows_at;
	t->waits_fd = bpf_map__fd(t->skel->maps.waits);
	t->waiters_fd = bpf_map__fd(t->skel->maps.waiters);
	t->holders_fd = bpf_map__fd(t->skel->maps.holders);
	t->stacks_fd = bpf_map__fd(t->skel->maps.stacks);
	t->events_fd = bpf_map__fd(t->skel->maps.events);
	if (t->calls && t->counts && t->times)
		return 0;
	msg_error("cannot map the counters: %s", strerror(errno));
	return -errno;
}

/* Whether BPF knows which calls may not sleep. That bit is in BTF since 6.10. */
static bool knows_hasty(const struct pools *pools)
{
	uint32_t bit = RECORD_GFP_DIRECT_RECLAIM_BIT;

	pools_enumerator(pools, "___GFP_DIRECT_RECLAIM_BIT", &bit);
	return bit == RECORD_GFP_DIRECT_RECLAIM_BIT;
}

static int open_object(struct trace *t)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = pools_types_path(t->pools));
	int err;

	t->skel = trace_bpf__open_opts(&opts);
	if (!t->skel) {
		err = -errno;
		msg_error("cannot open the tracer's programs: %s", strerror(errno));
		return err;
	}
	err = targets_choose(t) ?: configure_trace(t);
	return err ?: pools_fill_types(t->pools, t->skel->obj);
}

/*
 * What the verifier says of a program is behind what it did; then comes a summary. From 7.3 on it
 * points out the error, and has more to say behind it.
 */
static void find_why(const char *log, char why[PROBE_WHY])
{
	static const char mark[] = "^-- error: ";
	const char *error = strstr(log, mark), *line = log, *next;

	if (error)
		snprintf(why, PROBE_WHY, "%.*s", (int)strcspn(error + strlen(mark), "\n"),
			 error + strlen(mark));
	for (; !error && line && *line; line = next ? next + 1 : NULL) {
		next = strchr(line, '\n');
		if (strncmp(line, "processed ", 10) && *line != '\n')
			snprintf(why, PROBE_WHY, "%.*s", (int)strcspn(line, "\n"), line);
	}
}

/*
 * Loads what was chosen. Where the kernel does not take a program, libbpf unloads all: @logs, one
 * of LOG bytes for each, say which it was. Returns its index, PROBES: none of them.
 */
static size_t load(struct trace *t, char *logs, int *err)
{
	size_t i;

	for (i = 0; i < PROBES; i++) {
		logs[i * LOG] = '\0';
		bpf_program__set_log_buf(targets_program(t, i), &logs[i * LOG], LOG);
	}
	*err = trace_bpf__load(t->skel);
	for (i = 0; *err && i < PROBES && !logs[i * LOG]; i++)
		;
	return *err ? i : PROBES;
}

/* Notes that the kernel does not take a program, and why. */
static void refuse(struct trace *t, size_t i, int err, const char *log)
{
	t->probes[i].state = PROBE_REFUSED;
	t->probes[i].err = -err;
	if (err == -ENOSPC)
		snprintf(t->probes[i].why, PROBE_WHY, "what the verifier has to say is too long");
	else
		find_why(log, t->probes[i].why);
	if (getenv("BIOSCOPE_DEBUG"))
		fputs(log, stderr);
}

static void take_down(struct trace *t)
{
	size_t i;

	for (i = PROBES; i-- > 0;) {
		bpf_link__destroy(t->links[i]);
		t->links[i] = NULL;
	}
	kretprobe_remove(&t->returns);
	t->returns.fd = -1;
	trace_bpf__destroy(t->skel);
	t->skel = NULL;
}

/* Loads what the kernel takes. */
static int load_taken(struct trace *t, char *logs)
{
	int err = open_object(t);
	size_t i;

	while (!err) {
		i = load(t, logs, &err);
		if (i == PROBES)
			break;
		refuse(t, i, err, &logs[i * LOG]);
		if (probe_table[i].required) {
			msg_error("allocations cannot be counted: %s is refused: %s",
				  probe_table[i].prog, t->probes[i].why);
			return -ENOENT;
		}
		take_down(t);
		err = open_object(t);
	}
	return err;
}

/* Loads and attaches what the kernel takes and has. */
static int load_all(struct trace *t)
{
	char *logs = malloc((size_t)PROBES * LOG);
	int err = logs ? AGAIN : -ENOMEM;
	bool late = t->failures_late;

	while (err == AGAIN) {
		take_down(t);
		t->failures_late = late;
		err = load_taken(t, logs);
		if (err)
			break;
		t->failures_late &= bpf_program__autoload(t->skel->progs.alloc_exit);
		err = attach(t);
	}
	free(logs);
	return err;
}

void trace_init(struct trace *t)
{
	memset(t, 0, sizeof(*t));
	t->returns.fd = -1;
}

/* As many lanes as there are CPUs, as far as that is a power of two, and not too many. */
static unsigned int lanes_for(unsigned int cpus)
{
	unsigned int lanes = 1;

	while (2 * lanes <= cpus && 2 * lanes <= RECORD_LANES)
		lanes *= 2;
	return lanes;
}

int trace_open(struct pools *pools, const struct trace_ask *ask, struct trace *t)
{
	int cpus = libbpf_num_possible_cpus(), err;

	trace_init(t);
	t->pools = pools;
	t->ask = *ask;
	t->by_kprobe = !kernel_btf_is_own();
	if (cpus < 1)
		return cpus;
	t->nr_cpus = (unsigned int)cpus;
	t->nr_lanes = lanes_for(t->nr_cpus);
	t->failures_late = !t->by_kprobe && knows_hasty(pools) &&
			   !(ask->events & 1U << RECORD_EVENT_FAILED) &&
			   !(ask->want & (TRACE_FAILURES | TRACE_WAYS | TRACE_TIMES));
	err = load_all(t);
	if (err) {
		msg_error("the tracer cannot be started: %s", refusal_text(err, REFUSAL_DOCTOR));
		return err;
	}
	t->failures_settled = !t->failures_late;
	return map_all(t);
}

void trace_close(struct trace *t)
{
	take_down(t);
}
