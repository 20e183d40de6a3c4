/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A whole result of verify, made by hand, and what is written of it.
 */
#ifndef VERIFY_STORY_H
#define VERIFY_STORY_H

#include <stdlib.h>

#include "util/text_file.h"
#include "verify_fixture.h"

static const struct ksyms_at asks_frames[] = {
	{ .addr = 0x20, .start = 0x10, .name = "bpf_prog_01234567_wait", .module = "bpf" },
	{ .addr = 0x120, .start = 0x100, .name = "mempool_alloc_noprof" },
	{ .addr = 0x220, .start = 0x200, .name = "bio_alloc_bioset" },
	{ .addr = 0x1345, .start = 0x1200, .name = "stack_blk_clone_alloc", .module = "stack_blk" },
	{ .addr = 0x1545, .start = 0x1500, .name = "stack_blk_submit_bio", .module = "stack_blk" },
	{ .addr = 0x420, .start = 0x400, .name = "__submit_bio" },
	{ .addr = 0x9020, .start = 0x9000, .name = "iomap_dio_rw", .module = "xfs" },
};

static const struct ksyms_at splits_frames[] = {
	{ .addr = 0x120, .start = 0x100, .name = "mempool_alloc_noprof" },
	{ .addr = 0x320, .start = 0x300, .name = "bio_split" },
	{ .addr = 0x1745, .start = 0x1700, .name = "stack_blk_split", .module = "stack_blk" },
	{ .addr = 0x1545, .start = 0x1500, .name = "stack_blk_submit_bio", .module = "stack_blk" },
};

static const struct read_stack asks = { .nr_frames = 7, .frames = asks_frames };
static const struct read_stack splits = { .nr_frames = 4, .frames = splits_frames };

/* Three trials of stackb0: the first is what a test makes of it, then one passes, and one was not tested. */
struct story {
	struct scene scene;
	struct verify_trial trials[3];
	struct verify_result r;
};

static inline void story_init(struct story *s)
{
	size_t i;

	scene_init(&s->scene);
	for (i = 0; i < 3; i++)
		s->scene.waiters[i].stack = i < 2 ? &asks : &splits;
	s->trials[0] = passed(1);
	s->trials[1] = passed(2);
	s->trials[2] = passed(1);
	s->trials[2].begun = false;
	s->trials[2].verdict = VERIFY_NOT_TESTED;
	s->trials[2].untested = VERIFY_UNUSED;
	s->r = (struct verify_result){
		.device = "stackb0",
		.path = "/dev/stackb0",
		.kernel = { .release = "7.3.1", .version = "#1 SMP", .machine = "x86_64" },
		.begun = 1735689600,
		.jobs = 6,
		.seed = 5,
		.without = s->trials[0].seen.work,
		.nr_trials = 3,
		.trials = s->trials
	};
}

static inline void story_stall(struct story *s)
{
	struct verify_trial *t = &s->trials[0];
	size_t i;

	for (i = 0; i < s->scene.r.nr_holders; i++) {
		snprintf(s->scene.held[i].rec.comm, sizeof(s->scene.held[i].rec.comm), "taker");
		s->scene.held[i].stack = &asks;
		s->scene.holders[i].held_ns = 9100000000;
	}
	t->seen.stuck = 2;
	t->seen.waiting = 2;
	t->recovery_ns = 1500000;
	t->circle = *circle_of(&s->scene, "stackb0 bs");
	verify_judge(t);
}

/* 12 waits for what is on the list of 13, which waits for what 12 has not submitted. */
static inline void story_circle(struct story *s)
{
	story_init(s);
	scene_hold(&s->scene, "stackb0 bs", 98, RECORD_BIO_PARKED);
	s->scene.held[0].parked_by = 13;
	scene_hold(&s->scene, "stackb0 bio_split", 12, RECORD_BIO_UNSUBMITTED);
	story_stall(s);
}

static inline char *written(void (*render)(const struct verify_result *r, FILE *out),
			    const struct verify_result *r)
{
	struct text_file f;

	assert_non_null(text_file_open(&f));
	render(r, f.out);
	return text_file_close(&f);
}

static inline size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

#define assert_has(text, what) assert_int_not_equal(count(text, what), 0)

#endif
