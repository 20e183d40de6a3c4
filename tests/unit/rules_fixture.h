/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the rule checker may have seen, for the tests of its model and renderers.
 */
#ifndef RULES_FIXTURE_H
#define RULES_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/rules.h"

/* raid1 asks for the second mirror's clone, seen by a BPF program. */
static const struct ksyms_at asks[] = {
	{ .addr = 0x10, .name = "" },
	{ .addr = 0x20, .start = 0x10, .name = "bpf_prog_01234567_rules" },
	{ .addr = 0x120, .start = 0x100, .name = "bio_alloc_bioset" },
	{ .addr = 0x220, .start = 0x200, .name = "bio_alloc_clone" },
	{ .addr = 0x1345, .start = 0x1200, .name = "raid1_write_request", .module = "raid1" },
	{ .addr = 0x420, .start = 0x400, .name = "__submit_bio" },
};

/* The same function by another way. */
static const struct ksyms_at asks_otherwise[] = {
	{ .addr = 0x120, .start = 0x100, .name = "bio_alloc_bioset.isra.0" },
	{ .addr = 0x1345,
	  .start = 0x1200,
	  .name = "raid1_write_request.part.0",
	  .module = "raid1" },
	{ .addr = 0x520, .start = 0x500, .name = "md_thread", .module = "md_mod" },
};

static const struct ksyms_at had[] = {
	{ .addr = 0x120, .start = 0x100, .name = "bio_alloc_bioset" },
	{ .addr = 0x1300, .start = 0x1200, .name = "raid1_write_request", .module = "raid1" },
};

static const struct ksyms_at waits[] = {
	{ .addr = 0x20, .start = 0x10, .name = "submit_bio_wait" },
	{ .addr = 0x34, .start = 0x30, .name = "md_super_wait", .module = "md_mod" },
};

#define STACK(frames) { sizeof(frames) / sizeof((frames)[0]), frames }

static const struct rules_seen raid1 = {
	.rec = { .key = { RECORD_RULE_UNSUBMITTED, 1, 1, 2 },
		 .count = 1520,
		 .depth = 2,
		 .tid = 812,
		 .tgid = 800,
		 .comm = "fio" },
	.name = { "md0", "bio_set", "md_mod" },
	.reserve = 2,
	.device = "nullb0",
	.stack = STACK(asks),
	.first = STACK(had),
};

static const struct rules_seen waiting = {
	.rec = { .key = { RECORD_RULE_WAIT, RECORD_RULES_NO_SLOT, 1, -1 }, .count = 1 },
	.stack = STACK(waits),
};

static const struct rules_seen leak = {
	.rec = { .key = { RECORD_RULE_LEAK, 1, -1, 2 }, .count = 3, .tid = 5 },
	.name = { "", "fs_bio_set", "" },
	.reserve = 2,
	.first = STACK(had),
};

static const struct suppress none;

/* Of up to four; rules_report_free() it. The array stays as it is until the next call. */
static inline struct rules_report report_of(const struct rules_seen *const *all, size_t n,
					    const struct suppress *suppress)
{
	static struct rules_seen seen[4];
	struct rules_snapshot s = { .duration_ns = 1234567890, .nr_seen = n, .seen = seen };
	struct rules_report r;
	size_t i;

	assert_true(n <= 4);
	for (i = 0; i < n; i++)
		seen[i] = *all[i];
	assert_int_equal(rules_report(&s, suppress, &r), 0);
	return r;
}

static inline struct rules_report report_of_one(const struct rules_seen *one)
{
	return report_of(&one, 1, &none);
}

static inline struct suppress parsed(const char *text)
{
	struct suppress s;
	unsigned int line;
	const char *why;

	if (suppress_parse(text, &s, &line, &why))
		fail_msg("line %u: %s", line, why);
	return s;
}

#endif
