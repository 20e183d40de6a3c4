// SPDX-License-Identifier: GPL-2.0
/*
 * The one-shot programs of bpf/discover.bpf.c, run.
 */
#include "load/walk.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "discover.skel.h"
#include "load/members.h"

#define WALK_RUNS 4096 /* of 64 inodes each: an end to a list that never ends */
#define QUEUE_RUNS 256
#define REQUEST_RUNS 1024 /* likewise */
#define WALK_TORN 64 /* times that somebody left the list where the walk was */
#define TASKS_READ 65536 /* bytes at a time */
#define TARGETS 1024 /* of a table that are looked at */
#define TARGET_NAME 16 /* bytes of a target's name that are compared */
#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MEMBERS_WITHIN 4096 /* bytes of a driver's private data that are searched for bio_sets */

/*
 * bio_sets that are variables of the kernel or of a module, found in block/, fs/ and drivers/ of
 * 6.1 to 7.3. Only needed to list those that are idle: one that is used is named by its address.
 */
const char *const walk_named_sets[WALK_NAMED] = {
	"fs_bio_set",
	"blkdev_dio_pool",
	"iomap_ioend_bioset",
	"iomap_ioend_split_bioset",
	"iomap_dio_simple_pool",
	"crypto_bio_split",
	"enc_bio_set",
	"bounce_bio_set",
	"bounce_bio_split",
	"f2fs_bioset",
	"btrfs_bioset",
	"btrfs_clone_bioset",
	"btrfs_repair_bioset",
	"btrfs_compressed_bioset",
	"btrfs_dio_bioset",
	"pkt_bio_set",
	"drbd_md_io_bio_set",
	"drbd_io_bio_set",
	"ntfs_mft_bioset",
};

int walk_run(struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int err = bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);

	return err < 0 ? err : 0;
}

int walk_memory(struct discover_bpf *skel, uint64_t from, void *to, size_t size)
{
	size_t part;
	int err;

	for (; size; size -= part, from += part, to = (char *)to + part) {
		part = size < sizeof(skel->bss->memory) ? size : sizeof(skel->bss->memory);
		skel->bss->memory_at = from;
		skel->bss->memory_size = (uint32_t)part;
		err = walk_run(skel->progs.read_memory) ?: skel->bss->memory_error;
		if (err)
			return err;
		memcpy(to, skel->bss->memory, part);
	}
	return 0;
}

static int add(struct discover_bpf *skel, const struct record_stranger *owner, uint64_t address,
	       enum record_pool_kind kind, uint32_t offset, bool mempool)
{
	memcpy(&skel->bss->member_of, owner, sizeof(*owner));
	skel->bss->member_address = address;
	skel->bss->member_kind = kind;
	skel->bss->member_offset = offset;
	return walk_run(mempool ? skel->progs.add_mempool : skel->progs.add_member);
}

/* Finds the bio_sets in the private data of a driver that nothing is known of. */
static int add_members(struct discover_bpf *skel, const struct record_stranger *s)
{
	uint64_t words[MEMBERS_WITHIN / 8] = { 0 };
	size_t slab = skel->bss->offset_bio_slab / 8, data = skel->bss->offset_pool_data / 8, i;
	int err = 0;

	/* What lies behind may not be there. */
	for (i = 0; i < sizeof(words) && !err; i += 512)
		err = walk_memory(skel, s->private_data + i, (char *)words + i, 512);
	for (i = 0, err = 0; i + slab < MEMBERS_WITHIN / 8 && i + data < MEMBERS_WITHIN / 8; i++) {
		if (!words[i + slab] || words[i + slab] != words[i + data])
			continue;
		err = add(skel, s, s->private_data + i * 8, RECORD_POOL_MEMBER, (uint32_t)i * 8,
			  false);
		if (err)
			break;
	}
	return err;
}

/* Reads a file to its end. Returns how many bytes there are, to be freed. */
static ssize_t read_all(int fd, char **out)
{
	size_t size = 0, room = 0;
	ssize_t n = 1;

	for (*out = NULL; n > 0; size += n > 0 ? (size_t)n : 0) {
		if (room - size < TASKS_READ) {
			char *more = realloc(*out, room = 2 * room + TASKS_READ);

			if (!more) {
				errno = ENOMEM;
				n = -1;
				break;
			}
			*out = more;
		}
		n = read(fd, *out + size, room - size);
	}
	if (!n)
		return (ssize_t)size;
	n = -errno;
	free(*out);
	*out = NULL;
	return n;
}

ssize_t walk_tasks(struct bpf_link *link, size_t size, void **out)
{
	int fd = bpf_iter_create(bpf_link__fd(link));
	char *bytes = NULL;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read_all(fd, &bytes);
	close(fd);
	*out = bytes;
	return n < 0 ? n : n / (ssize_t)size;
}

int walk_queue(struct discover_bpf *skel, uint32_t slot, struct record_sleeper *out, size_t most)
{
	size_t n = 0, more;
	unsigned int runs;
	int err = 0;

	skel->bss->queue_slot = slot;
	skel->bss->queue_next = 0;
	skel->bss->queue_done = 0;
	for (runs = 0; runs < QUEUE_RUNS && !err && !skel->bss->queue_done && n < most; runs++) {
		err = walk_run(skel->progs.read_queue);
		more = skel->bss->queue_n < most - n ? skel->bss->queue_n : most - n;
		memcpy(out + n, skel->bss->sleepers, more * sizeof(*out));
		n += more;
		/* Where it stood somebody has left: from the start. */
		if (!more && !skel->bss->queue_done)
			skel->bss->queue_next = n = 0;
	}
	return err ?: (int)n;
}

/* Adds what a run has told. */
static int add_requests(const struct discover_bpf *skel, struct record_request **out, size_t *n)
{
	size_t more = skel->bss->requests_n % (RECORD_REQUESTS + 1);
	struct record_request *all;

	if (!more)
		return 0;
	all = realloc(*out, (*n + more) * sizeof(*all));
	if (!all)
		return -ENOMEM;
	memcpy(all + *n, skel->bss->requests, more * sizeof(*all));
	*out = all;
	*n += more;
	return 0;
}

ssize_t walk_requests(struct discover_bpf *skel, uint64_t bio_split, struct record_request **out)
{
	unsigned int runs;
	size_t n = 0;
	int err = 0;

	*out = NULL;
	skel->bss->requests_of = bio_split;
	skel->bss->requests_queue = 0;
	skel->bss->requests_tag = 0;
	skel->bss->requests_bio = 0;
	skel->bss->requests_done = 0;
	skel->bss->requests_none = 0;
	for (runs = 0; runs < REQUEST_RUNS && !err && !skel->bss->requests_done; runs++)
		err = walk_run(skel->progs.read_requests) ?: add_requests(skel, out, &n);
	if (!err && skel->bss->requests_none)
		err = -EOPNOTSUPP;
	if (!err && !skel->bss->requests_done)
		err = -E2BIG;
	if (!err)
		return (ssize_t)n;
	free(*out);
	*out = NULL;
	return err;
}

/* A member of @size bytes; 0 if its place is not known, or cannot be read. */
static uint64_t member(struct discover_bpf *skel, uint64_t object, int32_t at, size_t size)
{
	uint64_t value = 0;

	if (!object || at < 0 || walk_memory(skel, object + (uint64_t)at, &value, size))
		return 0;
	return value;
}

/* The address of a pool; 0: it is not there. */
static uint64_t follow(struct discover_bpf *skel, const struct member_place *place, uint64_t from)
{
	uint32_t i;

	for (i = 0; i < place->steps && from; i++)
		from = i + 1 < place->steps || place->last_too ?
			       member(skel, from, place->at[i], sizeof(from)) :
			       from + (uint64_t)place->at[i];
	return place->steps ? from : 0;
}

/* A snapshot that is merged is one still. */
static bool is_owner(const char *owner, const char *name)
{
	size_t len = strlen(owner);

	return !strncmp(owner, name, len) && (!name[len] || !strcmp(name + len, "-merge"));
}

/* What is known of the private data of a target, or a personality, of that name. */
static int add_target(struct discover_bpf *skel, const struct members *m,
		      const struct record_stranger *s, const char *name, uint64_t private_data)
{
	uint64_t address;
	uint32_t i;
	int err = 0;

	for (i = 0; i < MEMBERS && !err; i++) {
		if (!is_owner(members_table[i].owner, name))
			continue;
		address = follow(skel, &m->place[i], private_data);
		if (address)
			err = add(skel, s, address, RECORD_POOL_TARGET, i, !m->place[i].is_set);
	}
	return err;
}

/* A table may be replaced meanwhile: what cannot be read, or is nothing of the kind, is left out. */
static int add_targets(struct discover_bpf *skel, const struct members *m,
		       const struct record_stranger *s)
{
	uint64_t target = member(skel, s->table, m->targets, sizeof(target)), type, name;
	uint64_t n = member(skel, s->table, m->num_targets, sizeof(uint32_t)), i;
	char text[TARGET_NAME + 1] = "";
	int err = 0;

	for (i = 0; i < n && i < TARGETS && target && !err; i++, target += m->target_size) {
		type = member(skel, target, m->type, sizeof(type));
		name = member(skel, type, m->name, sizeof(name));
		if (!name || walk_memory(skel, name, text, TARGET_NAME))
			continue;
		err = add_target(skel, m, s, text,
				 member(skel, target, m->private_data, sizeof(uint64_t)));
	}
	return err;
}

static int add_array(struct discover_bpf *skel, const struct members *m,
		     const struct record_stranger *s)
{
	const char *personality = s->level == 1	 ? "raid1" :
				  s->level == 10 ? "raid10" :
				  s->level >= 4	 ? "raid456" :
						   "";

	return add_target(skel, m, s, personality, s->private_data);
}

/* From the first disk on, or from where the last run ended. */
static int walk_on(struct discover_bpf *skel, const struct members *m)
{
	struct record_stranger strangers[LEN(skel->bss->strangers)];
	int err = walk_run(skel->progs.walk_disks);
	uint32_t n = skel->bss->nr_strangers, i;

	memcpy(strangers, skel->bss->strangers, sizeof(strangers));
	for (i = 0; i < n && !err; i++) {
		const struct record_stranger *s = &strangers[i];

		err = s->table ? add_targets(skel, m, s) :
		      s->level ? add_array(skel, m, s) :
				 add_members(skel, s);
	}
	return err;
}

int walk_disks(struct discover_bpf *skel, const struct members *m)
{
	unsigned int runs, torn = 0;
	int err = 0;

	skel->bss->walk_next = 0;
	skel->bss->walk_done = 0;
	for (runs = 0; runs < WALK_RUNS && torn < WALK_TORN; runs++) {
		err = walk_on(skel, m);
		if (err || skel->bss->walk_done)
			return err;
		if (!skel->bss->walk_torn)
			continue;
		/* From the start: what has a slot keeps it. */
		torn++;
		skel->bss->walk_next = 0;
	}
	return -EAGAIN;
}

int walk_named(struct discover_bpf *skel, const struct ksyms_want *want)
{
	size_t i;
	int err = 0;

	for (i = 0; i < WALK_NAMED && !err; i++) {
		if (!want[i].addr)
			continue;
		skel->bss->named_bs = want[i].addr;
		err = walk_run(skel->progs.add_named);
	}
	return err;
}
