// SPDX-License-Identifier: GPL-2.0
/*
 * Events of the tracer: out of the ring buffer, named and filtered.
 */
#include "run/events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "model/event_kinds.h"
#include "read/stacks.h"
#include "util/clock.h"
#include "util/cgroup.h"
#include "util/msg.h"
#include "util/number.h"
#include "util/out.h"

/* What happens is told so late at the most. */
#define LOOK_NS 100000000ULL

/* Events that are told before something else is looked at, and how many there can be. */
#define AT_ONCE 8192
#define WAITING (RECORD_EVENT_BYTES / (int)sizeof(struct record_event))

/*
 * The kernel leaves out programs of kprobes on a processor on which it is within bpf() (bpf_prog_active,
 * bpf_disable_instrumentation() of include/linux/bpf.h), also for who preempts us there: what is asked once need
 * not be asked again. An id stays that of its stack.
 */
#define STACKS_SEEN 32

struct stack_seen {
	struct read_stack stack;
	struct ksyms_at frames[RECORD_STACK_DEPTH]; /* its */
};

struct events {
	const struct options *o;
	struct session *s;
	events_fn *take;
	void *arg;
	struct ring_buffer *ring;
	uint64_t wall_offset_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC */
	struct stack_seen stacks[STACKS_SEEN]; /* by the id */
	uint64_t lost; /* that was told */
	uint64_t taken;
};

/* A pool may have been met only now. */
static const struct pools_name *name_of(struct events *ev, uint32_t slot)
{
	const struct pools_name *name = pools_name_of(ev->s->pools, slot);

	if (!name->pool[0])
		pools_name_all(ev->s->pools, ev->s->trace.stacks_fd);
	return name;
}

static struct read_stack stack_of(struct events *ev, int32_t id)
{
	struct stack_seen *seen = &ev->stacks[(uint32_t)id % STACKS_SEEN];

	if (id < 0)
		return (struct read_stack){ .id = id };
	if (id != seen->stack.id || !seen->stack.nr_frames)
		seen->stack = (struct read_stack){
			.id = id,
			.frames = seen->frames,
			.nr_frames = stacks_read_one(&ev->s->trace, id, seen->frames),
		};
	return seen->stack;
}

static bool is_of_task(const struct record_event *rec, const char *task)
{
	uint64_t id;

	if (!number_parse_uint(task, 1, UINT32_MAX, &id))
		return rec->tid == id || rec->tgid == id;
	/* The kernel cuts names. */
	return !strncmp(rec->comm, task, sizeof(rec->comm) - 1);
}

/* Of what is about the event itself. */
static bool is_wanted(const struct options *o, const struct record_event *rec)
{
	if (o->min_ns && (!event_kind_is_time(rec->kind) || rec->value < o->min_ns))
		return false;
	return !o->task || is_of_task(rec, o->task);
}

static void tell(struct events *ev, const void *data, size_t size)
{
	struct event e = { .rec = data };
	struct read_pool pool = { 0 };

	if (size < sizeof(*e.rec) || e.rec->slot >= RECORD_POOLS)
		return;
	if (!is_wanted(ev->o, e.rec))
		return;
	pool.name = *name_of(ev, e.rec->slot);
	pool.id = pools_table(ev->s->pools)[e.rec->slot];
	if (!model_matches(&pool, &ev->o->filter))
		return;
	if (ev->o->json || ev->o->cgroup[0])
		e.cgroup = cgroup_path(e.rec->cgroup);
	if (ev->o->cgroup[0] && !cgroup_is_below(e.cgroup, ev->o->cgroup))
		return;
	model_name(&pool.name, e.pool);
	e.reserve = pool.id.reserve;
	e.wall_ns = e.rec->time_ns + ev->wall_offset_ns;
	e.since_ns = (int64_t)(e.rec->time_ns - ev->s->start.time_ns);
	if (ev->o->stacks)
		e.stack = stack_of(ev, e.rec->stack);
	ev->take(ev->arg, &e);
}

/* Where more is added than can be told, there are other things to do, too: as to end. */
static int take(void *arg, void *data, size_t size)
{
	struct events *ev = arg;

	tell(ev, data, size);
	return ++ev->taken % AT_ONCE ? 0 : -EAGAIN;
}

/* Returns 0 if all is told, -EAGAIN if there is more, or another -errno. */
static int consume(struct events *ev)
{
	int n = ring_buffer__consume(ev->ring);

	return n < 0 ? n : 0;
}

/* Not the same for long: the one may be set, the other stands still while the system is suspended. */
static uint64_t wall_offset(void)
{
	return clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
}

int events_open(const struct options *o, struct session *s, events_fn *fn, void *arg,
		struct events **out)
{
	struct events *ev = calloc(1, sizeof(*ev));
	int err = ENOMEM;

	*out = ev;
	if (ev) {
		*ev = (struct events){ .o = o, .s = s, .take = fn, .arg = arg };
		ev->wall_offset_ns = wall_offset();
		ev->ring = ring_buffer__new(s->trace.events_fd, take, ev, NULL);
		err = ev->ring ? 0 : errno;
	}
	if (err)
		msg_error("cannot map the buffer of events: %s", strerror(err));
	return -err;
}

/* Where it happened: what is read next is later than that. */
static void tell_lost(struct events *ev)
{
	uint64_t lost = pools_lost(ev->s->pools)[RECORD_LOST_EVENTS],
		 now_ns = clock_ns(CLOCK_MONOTONIC);
	struct event e = { .lost = lost - ev->lost };

	if (!e.lost)
		return;
	ev->lost = lost;
	e.wall_ns = now_ns + ev->wall_offset_ns;
	e.since_ns = (int64_t)(now_ns - ev->s->start.time_ns);
	ev->take(ev->arg, &e);
}

int events_run(struct events *ev)
{
	bool more;
	int n, i;

	do {
		ev->wall_offset_ns = wall_offset();
		more = run_wait_fd(&ev->s->run, LOOK_NS, ring_buffer__epoll_fd(ev->ring));
		/* First: of a pool that is gone the name may be given up then. */
		n = consume(ev);
		if (!n)
			tell_lost(ev);
		session_keep_up(ev->s);
		ev->take(ev->arg, NULL);
	} while (more && (!n || n == -EAGAIN) && !out_is_lost());
	/* What had found room when it was over. */
	for (i = 0; n == -EAGAIN && i < WAITING / AT_ONCE; i++)
		n = consume(ev);
	if (!n || n == -EAGAIN) {
		tell_lost(ev);
		return 0;
	}
	msg_error("cannot read events: %s", strerror(-n));
	return n;
}

void events_close(struct events *ev)
{
	if (!ev)
		return;
	ring_buffer__free(ev->ring);
	free(ev);
}
