// SPDX-License-Identifier: GPL-2.0
/*
 * Functions of stacks.
 */
#include "model/frames.h"

#include <string.h>

/* A star at the end stands for anything. Of 6.1 as of 7.3. */
static const struct {
	const char *name;
	enum frames_kind kind;
} table[] = {
	{ "bpf_*", FRAMES_TRACER }, /* bpf_prog_*, bpf_trampoline_*, and who calls them */
	{ "ftrace_*", FRAMES_TRACER },
	{ "bio_alloc_bioset", FRAMES_ALLOCATOR },
	{ "bio_alloc_clone", FRAMES_ALLOCATOR },
	{ "bio_clone_fast", FRAMES_ALLOCATOR },
	{ "bio_split", FRAMES_ALLOCATOR },
	{ "bio_split_to_limits", FRAMES_ALLOCATOR },
	{ "__bio_split_to_limits", FRAMES_ALLOCATOR },
	{ "bio_submit_split", FRAMES_ALLOCATOR },
	{ "bio_submit_split_bioset", FRAMES_ALLOCATOR },
	{ "bio_split_rw", FRAMES_ALLOCATOR },
	{ "bio_split_discard", FRAMES_ALLOCATOR },
	{ "bio_kmalloc", FRAMES_ALLOCATOR },
	{ "bio_alloc_rescue", FRAMES_ALLOCATOR },
	{ "blk_next_bio", FRAMES_ALLOCATOR },
	{ "blk_alloc_discard_bio", FRAMES_ALLOCATOR },
	{ "mempool_alloc", FRAMES_ALLOCATOR },
	{ "mempool_alloc_noprof", FRAMES_ALLOCATOR },
	{ "mempool_alloc_from_pool", FRAMES_ALLOCATOR },
	{ "mempool_alloc_bulk*", FRAMES_ALLOCATOR },
	{ "wait_for_completion_io", FRAMES_WAIT },
	{ "wait_for_completion_io_timeout", FRAMES_WAIT },
	{ "__wait_for_common", FRAMES_WAIT },
	{ "submit_bio_wait", FRAMES_WAIT },
	{ "bio_await", FRAMES_WAIT },
	{ "bio_await_chain", FRAMES_WAIT },
	{ "blk_wait_io", FRAMES_WAIT },
};

/* No name of C has a dot. */
size_t frames_bare(const char *name)
{
	size_t n = strcspn(name, ".");

	return n ?: strlen(name);
}

bool frames_same(const char *a, const char *b)
{
	size_t n = frames_bare(a);

	return n == frames_bare(b) && !strncmp(a, b, n);
}

static bool matches(const char *entry, const char *name)
{
	size_t n = strlen(entry);

	if (n && entry[n - 1] == '*')
		return !strncmp(entry, name, n - 1);
	return frames_same(entry, name);
}

enum frames_kind frames_kind_of(const char *name)
{
	size_t i;

	if (!name[0])
		return FRAMES_TRACER;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (matches(table[i].name, name))
			return table[i].kind;
	return FRAMES_OTHER;
}
