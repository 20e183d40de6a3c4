// SPDX-License-Identifier: GPL-2.0
/*
 * A tracer that `bioscope pin' has left in bpffs, read by another process.
 */
#include "load/pinned.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "load/layout.h"
#include "load/pin.h"
#include "load/trace.h"
#include "trace.skel.h"
#include "util/msg.h"

#define PATH 128
#define LOADERS 1 /* max_entries of a map for which the loader decides */

enum {
	POOLS,
	SLOTS,
	FREE_SLOTS,
	LOST,
	CALLS,
	COUNTS,
	TIMES,
	WAITERS,
	HOLDERS,
	STACKS,
	VARIABLES
};

static const char *const names[PINNED_MAPS] = {
	[POOLS] = "pools",   [SLOTS] = "slots",		  [FREE_SLOTS] = "free_slots",
	[LOST] = "lost",     [CALLS] = "calls",		  [COUNTS] = "counts",
	[TIMES] = "times",   [WAITERS] = "waiters",	  [HOLDERS] = "holders",
	[STACKS] = "stacks", [VARIABLES] = PIN_VARIABLES,
};

void pinned_init(struct pinned *p)
{
	memset(p->maps, -1, sizeof(p->maps));
	memset(p->progs, -1, sizeof(p->progs));
	memset(p->links, 0, sizeof(p->links));
}

static void close_all(const int *fds, size_t n)
{
	while (n-- > 0)
		if (fds[n] >= 0)
			close(fds[n]);
}

void pinned_close(struct pinned *p)
{
	close_all(p->maps, PINNED_MAPS);
	close_all(p->progs, PROBES);
	pinned_init(p);
}

/* --- maps ------------------------------------------------------------------------------------- */

static int open_map(const char *name, int *fd)
{
	char path[PATH];

	snprintf(path, sizeof(path), PIN_MAPS "/%s", name);
	*fd = bpf_obj_get(path);
	if (*fd >= 0)
		return 0;
	if (errno != ENOENT) {
		msg_error("cannot open the pinned map %s: %s%s", path, strerror(errno),
			  errno == EPERM || errno == EACCES ? "; run as root" : "");
		return -errno;
	}
	msg_error(
		"there is no %s: another version of bioscope has pinned the rest, or has not done yet; "
		"`bioscope unpin' takes it away",
		path);
	return -EPROTO;
}

/* Whether a map that is pinned is laid out as one of ours, which was not created. */
static bool is_as(int fd, const struct bpf_map *ours, const struct btf *btf)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info), key = bpf_map__btf_key_type_id(ours);
	__u32 value = bpf_map__btf_value_type_id(ours);
	struct btf *theirs = NULL;
	bool same;

	if (bpf_obj_get_info_by_fd(fd, &info, &len) || info.type != bpf_map__type(ours) ||
	    info.key_size != bpf_map__key_size(ours) ||
	    info.value_size != bpf_map__value_size(ours) ||
	    (info.max_entries != bpf_map__max_entries(ours) &&
	     bpf_map__max_entries(ours) != LOADERS))
		return false;
	if (bpf_map__is_internal(ours))
		value = (__u32)btf__find_by_name_kind(btf, ".bss", BTF_KIND_DATASEC);
	/* Some types of maps have none in any kernel. */
	if (info.btf_id)
		theirs = btf__load_from_kernel_by_id(info.btf_id);
	same = info.btf_id ? theirs && layout_is_same(theirs, info.btf_value_type_id, btf, value) &&
				     layout_is_same(theirs, info.btf_key_type_id, btf, key) :
			     !value;
	btf__free(theirs);
	return same;
}

static const struct bpf_map *map_of(const struct trace_bpf *skel, size_t i)
{
	return i == VARIABLES ? skel->maps.bss : bpf_object__find_map_by_name(skel->obj, names[i]);
}

static int open_maps(struct pinned *p)
{
	struct trace_bpf *skel = trace_bpf__open();
	int err = -errno;
	size_t i;

	if (!skel) {
		msg_error("cannot open the tracer's programs: %s", strerror(-err));
		return err;
	}
	err = 0;
	for (i = 0; i < PINNED_MAPS && !err; i++) {
		err = open_map(names[i], &p->maps[i]);
		if (err || is_as(p->maps[i], map_of(skel, i), bpf_object__btf(skel->obj)))
			continue;
		msg_error(
			"what is pinned cannot be read: in " PIN_MAPS
			"/%s is not what this version of "
			"bioscope has there; `bioscope unpin' and `bioscope pin' with this one, or read it "
			"with the one that has pinned it",
			names[i]);
		err = -EPROTO;
	}
	trace_bpf__destroy(skel);
	return err;
}

/* An array, to be read; NULL with errno. */
static void *map_array(int fd)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);
	void *mem;

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return NULL;
	mem = mmap(NULL, (size_t)info.value_size * info.max_entries, PROT_READ, MAP_SHARED, fd, 0);
	return mem == MAP_FAILED ? NULL : mem;
}

static int map_all(const struct pinned *p, struct trace *t)
{
	struct trace_bpf__bss *variables = map_array(p->maps[VARIABLES]);
	struct bpf_map_info calls = { 0 };
	__u32 len = sizeof(calls);

	t->calls = map_array(p->maps[CALLS]);
	t->counts = map_array(p->maps[COUNTS]);
	t->times = map_array(p->maps[TIMES]);
	if (!variables || !t->calls || !t->counts || !t->times ||
	    bpf_obj_get_info_by_fd(p->maps[CALLS], &calls, &len)) {
		msg_error("cannot map the pinned counters: %s", strerror(errno));
		return -errno;
	}
	t->nr_cpus = calls.max_entries;
	t->rows = variables->rows;
	t->rows_at = &variables->rows_at;
	t->waiters_fd = p->maps[WAITERS];
	t->holders_fd = p->maps[HOLDERS];
	t->stacks_fd = p->maps[STACKS];
	t->waits_fd = t->events_fd = -1;
	return 0;
}

/* --- programs --------------------------------------------------------------------------------- */

static void path_of_link(size_t i, char path[PATH])
{
	snprintf(path, PATH, PIN_LINKS "/%s", probe_table[i].prog);
}

/* The program of a link, which is let go of: who holds it would keep it from being detached. */
static int open_program(const char *path)
{
	struct bpf_link_info info = { 0 };
	__u32 len = sizeof(info);
	int link = bpf_obj_get(path), fd;

	if (link < 0)
		return -errno;
	fd = bpf_obj_get_info_by_fd(link, &info, &len) ? -1 : bpf_prog_get_fd_by_id(info.prog_id);
	fd = fd < 0 ? -errno : fd;
	close(link);
	return fd;
}

/* What is not pinned is not seen, unless it is not for what a tracer does that is pinned. */
static int open_programs(struct pinned *p, struct trace *t)
{
	char path[PATH];
	struct stat st;
	size_t i;

	for (i = 0; i < PROBES; i++) {
		path_of_link(i, path);
		if (stat(path, &st)) {
			t->probes[i].state = probe_table[i].follows || probe_table[i].cheap ||
							     probe_table[i].events ?
						     PROBE_OFF :
						     PROBE_MISSING;
			snprintf(t->probes[i].why, PROBE_WHY, "not pinned");
			continue;
		}
		p->links[i] = st.st_ino;
		p->progs[i] = open_program(path);
		if (p->progs[i] < 0) {
			msg_error("cannot open the program of %s: %s", path,
				  strerror(-p->progs[i]));
			return p->progs[i];
		}
		t->probes[i].state = PROBE_ATTACHED;
	}
	return 0;
}

bool pinned_is_gone(const struct pinned *p)
{
	char path[PATH];
	struct stat st;
	size_t i;

	for (i = 0; i < PROBES; i++) {
		path_of_link(i, path);
		if (p->links[i] && (stat(path, &st) || st.st_ino != p->links[i]))
			return true;
	}
	return false;
}

/* --- both ------------------------------------------------------------------------------------- */

static int look_for(void)
{
	if (!access(PIN_DIR, F_OK))
		return 0;
	if (errno == ENOENT) {
		msg_error("nothing is pinned: there is no " PIN_DIR "; `bioscope pin' first");
		return -ENODEV;
	}
	msg_error("cannot look into " PIN_DIR ": %s; run as root", strerror(errno));
	return -errno;
}

int pinned_open(struct pinned *p, struct pools **pools, struct trace *t)
{
	int err = look_for();

	err = err ?: open_maps(p);
	err = err ?: open_programs(p, t);
	err = err ?: map_all(p, t);
	if (!err) {
		const struct pools_maps maps = { .pools = p->maps[POOLS],
						 .slots = p->maps[SLOTS],
						 .free_slots = p->maps[FREE_SLOTS],
						 .lost = p->maps[LOST] };

		err = pools_open(pools, false, &maps);
	}
	if (err)
		return err;
	t->pools = *pools;
	t->ask.want = PIN_WANTS;
	t->failures_settled = true;
	t->pinned = p;
	return 0;
}
