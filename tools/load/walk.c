// SPDX-License-Identifier: GPL-2.0
/*
 * The one-shot programs of bpf/discover.bpf.c, run.
 */
#include "load/walk.h"

#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "discover.skel.h"

#define WALK_RUNS 4096 /* of 64 inodes each: an end to a list that never ends */
#define MEMBERS_WITHIN 4096 /* bytes of a driver's private data that are searched for bio_sets */

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
		memcpy(&skel->bss->member_of, s, sizeof(*s));
		skel->bss->member_offset = (uint32_t)i * 8;
		err = walk_run(skel->progs.add_member);
		if (err)
			break;
	}
	return err;
}

int walk_disks(struct discover_bpf *skel)
{
	struct record_stranger
		strangers[sizeof(skel->bss->strangers) / sizeof(skel->bss->strangers[0])];
	uint32_t n, i;
	int runs, err = 0;

	skel->bss->walk_next = 0;
	skel->bss->walk_done = 0;
	for (runs = 0; runs < WALK_RUNS && !err && !skel->bss->walk_done; runs++) {
		err = walk_run(skel->progs.walk_disks);
		n = skel->bss->nr_strangers;
		memcpy(strangers, skel->bss->strangers, sizeof(strangers));
		for (i = 0; i < n && !err; i++)
			err = add_members(skel, &strangers[i]);
	}
	return err;
}

int walk_named(struct discover_bpf *skel, const struct ksyms_want *want, size_t n)
{
	size_t i;
	int err = 0;

	for (i = 0; i < n && !err; i++) {
		if (!want[i].addr)
			continue;
		skel->bss->named_bs = want[i].addr;
		err = walk_run(skel->progs.add_named);
	}
	return err;
}
