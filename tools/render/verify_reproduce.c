// SPDX-License-Identifier: GPL-2.0
/*
 * What verify has found, as commands by which it is seen again.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "render/verify.h"
#include "run/job.h"
#include "run/workload.h"

#define PRESSURE_S 30
#define FIO_S 20 /* so that it ends before that if it can */
#define PAIRS_S 600 /* each pool is exhausted alone before */

/* As a shell takes it. */
static void put_word(const char *s, FILE *out)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-+=./:,@%";

	if (s[0] && !s[strspn(s, plain)]) {
		fputs(s, out);
		return;
	}
	fputc('\'', out);
	for (; *s; s++) {
		if (*s == '\'')
			fputs("'\\''", out);
		else
			fputc(*s, out);
	}
	fputc('\'', out);
}

static void put_option(const char *option, const char *value, FILE *out)
{
	fprintf(out, " %s", option);
	put_word(value, out);
}

static void put_command(const struct verify_result *r, FILE *out)
{
	char *const *word = r->command;

	for (; word && *word; word++)
		put_option("", *word, out);
}

static const char *path_of(const struct verify_result *r)
{
	return r->path ?: r->device;
}

static void put_verify(const struct verify_result *r, const struct verify_trial *t, FILE *out)
{
	fputs("bioscope verify", out);
	put_option("", path_of(r), out);
	if (t->nr_pools == 1)
		fputs(" --single", out);
	else
		fprintf(out, " -t %d", PAIRS_S);
	if (t->nr_pools == 1 || !strcmp(t->parts[0].pool, t->parts[1].pool))
		put_option("-p ", t->parts[0].pool, out);
	if (r->jobs)
		fprintf(out, " --jobs %u --seed %" PRIu64, r->jobs, r->seed);
	if (r->written)
		put_option("--write ", r->written, out);
	if (!r->jobs) {
		fputs(" --", out);
		put_command(r, out);
	}
	fputc('\n', out);
}

/* A new file is as large as verify makes it; else OFFSET+SIZE is a part of the device. */
static void put_region(const struct verify_result *r, FILE *out)
{
	const char *plus = strchr(r->written, '+');

	if (strchr(r->written, '/') || !plus) {
		put_option("--filename=", r->written, out);
		fprintf(out, " --size=%" PRIu64, (uint64_t)r->jobs * WORKLOAD_AREA);
	} else {
		put_option("--filename=", path_of(r), out);
		fprintf(out, " --offset=%.*s --size=%s", (int)(plus - r->written), r->written,
			plus + 1);
	}
	fputs(" --rw=randrw --rwmixwrite=75", out);
}

/* What the jobs do, more or less. */
static void put_fio(const struct verify_result *r, FILE *out)
{
	fputs(" fio --name=verify", out);
	if (r->written) {
		put_region(r, out);
	} else {
		put_option("--filename=", path_of(r), out);
		fputs(" --rw=randread", out);
	}
	fprintf(out, " --bsrange=%d-%u --direct=1 --numjobs=%u --time_based --runtime=%d\n",
		JOB_BLOCK, JOB_LARGEST, r->jobs, FIO_S);
}

static void put_pressure(const struct verify_result *r, const struct verify_trial *t, FILE *out)
{
	size_t i;

	for (i = 0; i < t->nr_pools; i++) {
		fprintf(out, "%sbioscope pressure", i ? " " : "");
		put_option("-d ", t->parts[i].device, out);
		put_option("-p ", t->parts[i].pool, out);
		fprintf(out, " -t %d --", PRESSURE_S);
	}
	if (r->jobs) {
		put_fio(r, out);
	} else {
		put_command(r, out);
		fputc('\n', out);
	}
}

void render_verify_reproduce(const struct verify_result *r, const struct verify_trial *t, FILE *out)
{
	fputs("modprobe bio_pressure\n", out);
	put_verify(r, t, out);
	put_pressure(r, t, out);
}
