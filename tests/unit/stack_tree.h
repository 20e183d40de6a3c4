/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stack_blk devices in a tree made by hand, and what is printed.
 */
#ifndef STACK_TREE_H
#define STACK_TREE_H

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stack/stack.h"

#define CONFIG "/sys/kernel/config/stack_blk"

static const char tree_features[] = "layout linear mirror stripe\n"
				    "chunk_kb 0..1048576\n"
				    "pool_size 1..65536\n"
				    "delay_inject/probability 0..100\n"
				    "delay_inject/random 0..1\n"
				    "status_inject/probability 0..100\n"
				    "status_inject/lower any 0 1\n";

static const char tree_defaults[] = "layout linear\n"
				    "chunk_kb 0\n"
				    "pool_size 2\n"
				    "delay_inject/probability 0\n"
				    "delay_inject/random 0\n"
				    "status_inject/probability 0\n"
				    "status_inject/lower any\n";

struct tree {
	char root[32];
	struct stack s;
};

static inline void put(const struct tree *t, const char *path, const char *text)
{
	char whole[2 * PATH_MAX], *c;
	FILE *f;

	snprintf(whole, sizeof(whole), "%s%s", t->root, path);
	for (c = whole + strlen(t->root) + 1; (c = strchr(c, '/')); c++) {
		*c = '\0';
		assert_true(!mkdir(whole, 0755) || errno == EEXIST);
		*c = '/';
	}
	f = fopen(whole, "we");
	assert_non_null(f);
	if (f) {
		fputs(text, f);
		fclose(f);
	}
}

static inline void put_device(const struct tree *t, const char *name, const char *power,
			      const char *disk)
{
	static const char *const rest[][2] = { { "lower", "/dev/ram0 /dev/ram1\n" },
					       { "layout", "mirror\n" },
					       { "chunk_kb", "4\n" },
					       { "pool_size", "2\n" },
					       { "delay_inject/probability", "50\n" },
					       { "delay_inject/random", "0\n" },
					       { "delay_inject/injected",
						 "18446744073709551615\n" },
					       { "status_inject/probability", "0\n" },
					       { "status_inject/lower", "1\n" } };
	char path[PATH_MAX], text[64];
	size_t i;

	for (i = 0; i < sizeof(rest) / sizeof(rest[0]); i++) {
		snprintf(path, sizeof(path), CONFIG "/%s/%s", name, rest[i][0]);
		put(t, path, rest[i][1]);
	}
	snprintf(path, sizeof(path), CONFIG "/%s/power", name);
	put(t, path, power);
	snprintf(path, sizeof(path), CONFIG "/%s/device", name);
	snprintf(text, sizeof(text), "%s\n", disk);
	put(t, path, text);
}

static inline void put_disk(const struct tree *t)
{
	put(t, "/sys/block/stackb0/size", "32768\n");
	put(t, "/sys/block/stackb0/dev", "259:0\n");
	put(t, "/sys/block/stackb0/stack_blk/bios", "7\n");
	put(t, "/sys/block/stackb0/stack_blk/inflight", "3\n");
	put(t, "/sys/block/stackb0/stack_blk/lowers", "1:0 0 32768 ok\n1:1 0 32768 failed\n");
}

/* t is on, u off, v on its way out; features beside them. */
static inline void tree_init(struct tree *t)
{
	snprintf(t->root, sizeof(t->root), "/tmp/test_stack.XXXXXX");
	assert_non_null(mkdtemp(t->root));
	t->s = (struct stack){ .root = t->root, .log_fd = -1 };
	put(t, CONFIG "/features", tree_features);
	put(t, CONFIG "/defaults", tree_defaults);
	put_device(t, "t", "1\n", "stackb0");
	put_device(t, "u", "0\n", "");
	put_device(t, "v", "1\n", "stackb1");
	put_disk(t);
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void tree_end(const struct tree *t)
{
	assert_int_equal(nftw(t->root, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* Takes @fd until said_is(). */
struct caught {
	int fd, saved;
	FILE *f;
};

static inline void take_output(struct caught *c, int fd)
{
	fflush(NULL);
	c->fd = fd;
	c->f = tmpfile();
	c->saved = dup(fd);
	assert_non_null(c->f);
	assert_true(dup2(fileno(c->f), fd) >= 0);
}

static inline void said_is(struct caught *c, const char *want)
{
	char text[8192];
	size_t n;

	fflush(NULL);
	assert_true(dup2(c->saved, c->fd) >= 0);
	close(c->saved);
	rewind(c->f);
	n = fread(text, 1, sizeof(text) - 1, c->f);
	text[n] = '\0';
	fclose(c->f);
	assert_string_equal(text, want);
}

#endif
