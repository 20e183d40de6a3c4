// SPDX-License-Identifier: GPL-2.0
/*
 * stack_blk devices in a tree made by hand: what is read, what is said of it, and what words mean.
 */
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "msg.h"
#include "render_stack.h"
#include "stack.h"
#include "stack_args.h"
#include "stack_device.h"
#include "stack_knobs.h"
#include "stack_use.h"
#include "text.h"

#define CONFIG "/sys/kernel/config/stack_blk"

static const char features[] = "layout linear mirror stripe\n"
			       "chunk_kb 0..1048576\n"
			       "pool_size 1..65536\n"
			       "delay_inject/probability 0..100\n"
			       "delay_inject/random 0..1\n"
			       "status_inject/probability 0..100\n"
			       "status_inject/lower any 0 1\n";

static const char defaults[] = "layout linear\n"
			       "chunk_kb 0\n"
			       "pool_size 2\n"
			       "delay_inject/probability 0\n"
			       "delay_inject/random 0\n"
			       "status_inject/probability 0\n"
			       "status_inject/lower any\n";

/* --- a tree ------------------------------------------------------------------------------------- */

struct tree {
	char root[32];
	struct stack s;
};

static void put(const struct tree *t, const char *path, const char *text)
{
	char whole[PATH_MAX], *c;
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

static void put_device(const struct tree *t, const char *name, const char *power, const char *disk)
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

static void put_disk(const struct tree *t)
{
	put(t, "/sys/block/stackb0/size", "32768\n");
	put(t, "/sys/block/stackb0/dev", "259:0\n");
	put(t, "/sys/block/stackb0/stack_blk/bios", "7\n");
	put(t, "/sys/block/stackb0/stack_blk/inflight", "3\n");
	put(t, "/sys/block/stackb0/stack_blk/lowers", "1:0 0 32768 ok\n1:1 0 32768 failed\n");
}

/* t is on, u off, v on its way out; features beside them. */
static void tree_init(struct tree *t)
{
	snprintf(t->root, sizeof(t->root), "/tmp/test_stack.XXXXXX");
	assert_non_null(mkdtemp(t->root));
	t->s = (struct stack){ .root = t->root, .log_fd = -1 };
	put(t, CONFIG "/features", features);
	put(t, CONFIG "/defaults", defaults);
	put_device(t, "t", "1\n", "stackb0");
	put_device(t, "u", "0\n", "");
	put_device(t, "v", "1\n", "stackb1");
	put_disk(t);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void tree_end(const struct tree *t)
{
	assert_int_equal(nftw(t->root, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* --- what is printed ---------------------------------------------------------------------------- */

/* Takes @fd until said_is(). */
struct caught {
	int fd, saved;
	FILE *f;
};

static void take_output(struct caught *c, int fd)
{
	fflush(NULL);
	c->fd = fd;
	c->f = tmpfile();
	c->saved = dup(fd);
	assert_non_null(c->f);
	assert_true(dup2(fileno(c->f), fd) >= 0);
}

static void said_is(struct caught *c, const char *want)
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

/* --- tests -------------------------------------------------------------------------------------- */

static void devices_are_read(void **state)
{
	struct stack_devices all;
	struct stack_lower l;
	struct tree t;

	(void)state;
	tree_init(&t);
	assert_true(stack_is_there(&t.s));
	assert_int_equal(stack_devices_read(&t.s, &all), 0);
	assert_int_equal(all.n, 3);
	assert_string_equal(all.device[0].name, "t");
	assert_int_equal(all.device[0].state, STACK_ON);
	assert_true(all.device[0].size_bytes == 32768ULL * 512);
	assert_string_equal(stack_texts_get(&all.device[0].attributes, "chunk_kb"), "4");
	assert_string_equal(stack_texts_get(&all.device[0].attributes, "delay_inject/probability"),
			    "50");
	assert_null(stack_texts_get(&all.device[0].attributes, "probability"));
	assert_true(stack_device_lower(&all.device[0], 1, &l));
	assert_string_equal(l.dev, "1:1");
	assert_string_equal(l.state, "failed");
	assert_false(stack_device_lower(&all.device[0], 2, &l));
	assert_int_equal(all.device[1].state, STACK_OFF);
	assert_true(all.device[1].size_bytes == UINT64_MAX);
	assert_int_equal(all.device[1].counters.n, 0);
	assert_false(stack_device_lower(&all.device[1], 0, &l));
	assert_int_equal(all.device[2].state, STACK_GOING);
	assert_string_equal(all.device[2].disk, "stackb1");
	assert_int_equal(all.device[2].counters.n, 0);
	stack_devices_free(&all);
	tree_end(&t);
}

static void devices_have_two_names(void **state)
{
	struct stack_devices all;
	struct tree t;

	(void)state;
	tree_init(&t);
	/* Its name is that of another one's disk. */
	put_device(&t, "stackb1", "0\n", "");
	assert_int_equal(stack_devices_read(&t.s, &all), 0);
	assert_string_equal(stack_devices_find(&all, "t")->name, "t");
	assert_string_equal(stack_devices_find(&all, "stackb0")->name, "t");
	assert_string_equal(stack_devices_find(&all, "/dev/stackb0")->name, "t");
	assert_string_equal(stack_devices_find(&all, "stackb1")->name, "stackb1");
	assert_string_equal(stack_devices_find(&all, "/dev/stackb1")->name, "v");
	assert_null(stack_devices_find(&all, "/dev/t"));
	assert_null(stack_devices_find(&all, ""));
	assert_null(stack_devices_find(&all, "features"));
	stack_devices_free(&all);
	tree_end(&t);
}

static void some_devices_are_the_modules_own(void **state)
{
	struct tree t;

	(void)state;
	tree_init(&t);
	assert_false(stack_is_preset(&t.s, "stackb0"));
	put(&t, "/sys/module/stack_blk/parameters/nr_devices", "2\n");
	assert_true(stack_is_preset(&t.s, "stackb0"));
	assert_true(stack_is_preset(&t.s, "stackb1"));
	assert_false(stack_is_preset(&t.s, "stackb2"));
	assert_false(stack_is_preset(&t.s, "stackb01"));
	assert_false(stack_is_preset(&t.s, "stackb"));
	assert_false(stack_is_preset(&t.s, "t"));
	tree_end(&t);
}

static void without_the_module_there_are_no_devices(void **state)
{
	struct stack_devices all;
	struct stack_device d;
	struct stack_knobs k;
	struct tree t = { .root = "/tmp/test_stack.XXXXXX" };

	(void)state;
	assert_non_null(mkdtemp(t.root));
	t.s = (struct stack){ .root = t.root, .log_fd = -1 };
	assert_false(stack_is_there(&t.s));
	assert_int_equal(stack_devices_read(&t.s, &all), 0);
	assert_int_equal(all.n, 0);
	stack_devices_free(&all);
	assert_int_equal(stack_device_read(&t.s, "t", &d), -ENOENT);
	assert_int_equal(stack_device_read(&t.s, "../config", &d), -ENOENT);
	assert_int_equal(stack_knobs_read(&t.s, &k), -ENOENT);
	tree_end(&t);
}

static void the_table(void **state)
{
	struct stack_devices all;
	struct stack_knobs k;
	struct caught out;
	struct tree t;

	(void)state;
	tree_init(&t);
	put(&t, CONFIG "/u/lower", "\n");
	put(&t, CONFIG "/u/layout", "linear\n");
	put(&t, CONFIG "/u/chunk_kb", "0\n");
	put(&t, CONFIG "/u/delay_inject/probability", "0\n");
	put(&t, CONFIG "/u/status_inject/lower", "any\n");
	assert_int_equal(stack_devices_read(&t.s, &all), 0);
	assert_int_equal(stack_knobs_read(&t.s, &k), 0);
	take_output(&out, STDOUT_FILENO);
	render_stack_text(&all, &k);
	said_is(&out,
		"NAME  DISK                  LAYOUT  SIZE  INFLIGHT  LOWER                         KNOBS\n"
		"t     /dev/stackb0          mirror  16M   3         /dev/ram0,/dev/ram1 (failed)  "
		"chunk_kb=4 delay_inject/probability=50 status_inject/lower=1\n"
		"u     -                     linear  -     -         -                             -\n"
		"v     /dev/stackb1 (going)  mirror  -     -         /dev/ram0,/dev/ram1           "
		"chunk_kb=4 delay_inject/probability=50 status_inject/lower=1\n");
	stack_devices_free(&all);
	tree_end(&t);
}

static struct json_object *get(struct json_object *obj, const char *key)
{
	struct json_object *value = NULL;

	assert_true(json_object_object_get_ex(obj, key, &value));
	return value;
}

/* What is at @key must be @want as JSON. */
static void has(struct json_object *obj, const char *key, const char *want)
{
	assert_string_equal(
		json_object_to_json_string_ext(get(obj, key), JSON_C_TO_STRING_NOSLASHESCAPE),
		want);
}

static void numbers_are_numbers_and_what_is_not_known_is_null(void **state)
{
	struct json_object *doc, *d, *a;
	struct stack_devices all;
	struct stack_knobs k;
	struct tree t;
	size_t i;

	(void)state;
	tree_init(&t);
	assert_int_equal(stack_devices_read(&t.s, &all), 0);
	assert_int_equal(stack_knobs_read(&t.s, &k), 0);
	doc = render_stack_json(&all, &k);
	d = json_object_array_get_idx(get(doc, "devices"), 0);
	has(d, "state", "\"on\"");
	has(d, "disk", "\"stackb0\"");
	has(d, "size_bytes", "16777216");
	has(d, "counters", "{\"bios\":7,\"inflight\":3}");
	has(d, "lowers",
	    "[{\"dev\":\"1:0\",\"start_bytes\":0,\"size_bytes\":16777216,\"state\":\"ok\"},"
	    "{\"dev\":\"1:1\",\"start_bytes\":0,\"size_bytes\":16777216,\"state\":\"failed\"}]");
	has(d, "changed",
	    "[\"layout\",\"chunk_kb\",\"delay_inject/probability\",\"status_inject/lower\"]");
	a = get(d, "attributes");
	has(a, "chunk_kb", "4");
	has(a, "layout", "\"mirror\"");
	has(a, "lower", "\"/dev/ram0 /dev/ram1\"");
	has(a, "delay_inject",
	    "{\"injected\":18446744073709551615,\"probability\":50,\"random\":0}");
	/* A name that is made of digits. */
	has(a, "status_inject", "{\"lower\":\"1\",\"probability\":0}");
	for (i = 1; i < 3; i++) {
		d = json_object_array_get_idx(get(doc, "devices"), i);
		has(d, "size_bytes", "null");
		has(d, "counters", "null");
		has(d, "lowers", "null");
	}
	has(d, "state", "\"going\"");
	json_object_put(doc);
	stack_devices_free(&all);
	tree_end(&t);
}

static void names_may_be_any_bytes(void **state)
{
	struct stack_devices all, odd;
	struct stack_knobs k;
	struct json_object *doc;
	struct caught out;
	struct tree t;

	(void)state;
	tree_init(&t);
	put_device(&t, "\x1b[2J\xff", "0\n", "");
	assert_int_equal(stack_devices_read(&t.s, &all), 0);
	assert_int_equal(stack_knobs_read(&t.s, &k), 0);
	assert_string_equal(all.device[0].name, "\x1b[2J\xff");
	odd = (struct stack_devices){ 1, all.device };
	doc = render_stack_json(&odd, &k);
	has(json_object_array_get_idx(get(doc, "devices"), 0), "name", "\"\\\\x1b[2J\\\\xff\"");
	json_object_put(doc);
	take_output(&out, STDOUT_FILENO);
	render_stack_text(&odd, &(struct stack_knobs){ 0 });
	said_is(&out, "NAME         DISK  LAYOUT  SIZE  INFLIGHT  LOWER                KNOBS\n"
		      "\\x1b[2J\\xff  -     mirror  -     -         /dev/ram0,/dev/ram1  -\n");
	stack_devices_free(&all);
	tree_end(&t);
}

static void knobs_and_scenarios(void **state)
{
	struct json_object *doc, *one;
	struct stack_scenarios sc;
	struct stack_knobs k;
	struct caught out;

	(void)state;
	stack_knobs_parse(features, defaults, &k);
	assert_int_equal(k.n, 7);
	assert_string_equal(stack_knobs_find(&k, "pool_size")->values, "1..65536");
	assert_string_equal(stack_knobs_find(&k, "pool_size")->standard, "2");
	assert_true(stack_knob_is_number(stack_knobs_find(&k, "pool_size")));
	assert_false(stack_knob_is_number(stack_knobs_find(&k, "status_inject/lower")));
	assert_null(stack_knobs_find(&k, "pool"));
	doc = render_stack_knobs_json(&k);
	one = json_object_array_get_idx(get(doc, "knobs"), 2);
	assert_string_equal(json_object_to_json_string_ext(one, 0),
			    "{\"name\":\"pool_size\",\"default\":2,\"min\":1,\"max\":65536,"
			    "\"values\":null}");
	one = json_object_array_get_idx(get(doc, "knobs"), 0);
	assert_string_equal(json_object_to_json_string_ext(one, 0),
			    "{\"name\":\"layout\",\"default\":\"linear\",\"min\":null,\"max\":null,"
			    "\"values\":[\"linear\",\"mirror\",\"stripe\"]}");
	json_object_put(doc);
	/* A module that does not tell its defaults: then nothing is as by default. */
	stack_knobs_parse(features, "", &k);
	assert_true(stack_knob_is_changed(stack_knobs_find(&k, "pool_size"), "2"));

	stack_scenarios_parse("B4             stall     several unsubmitted\n"
			      "B4-kept        progress  one at a time",
			      &sc);
	assert_int_equal(sc.n, 2);
	take_output(&out, STDOUT_FILENO);
	render_stack_scenarios_text(&sc);
	said_is(&out, "SCENARIO       OUTCOME   CONTRACT\n"
		      "B4             stall     several unsubmitted\n"
		      "B4-kept        progress  one at a time\n");
	doc = render_stack_scenarios_json(&sc);
	has(json_object_array_get_idx(get(doc, "scenarios"), 0), "contract",
	    "\"several unsubmitted\"");
	json_object_put(doc);
}

static void a_knob_that_is_not_there(void **state)
{
	struct stack_knobs k;
	struct caught err;

	(void)state;
	stack_knobs_parse(features, defaults, &k);
	take_output(&err, STDERR_FILENO);
	stack_knobs_suggest(stderr, &k, "probabilty");
	said_is(&err, "  delay_inject/probability=0..100\n"
		      "  status_inject/probability=0..100\n"
		      "  pool_size=1..65536\n"
		      "  layout=linear|mirror|stripe\n"
		      "  chunk_kb=0..1048576\n"
		      "  delay_inject/random=0..1\n"
		      "  status_inject/lower=any|0|1\n");
}

static void users_of_a_disk(void **state)
{
	char text[512], tiny[16];
	struct stack_users u;
	struct tree t;

	(void)state;
	tree_init(&t);
	stack_use(&t.s, "stackb0", &u);
	assert_int_equal(u.n, 0);
	assert_string_equal(stack_users_text(&u, text, sizeof(text)), "");
	put(&t, "/proc/self/mountinfo",
	    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
	    "36 22 259:0 / /mnt/a\\040b rw - ext4 /dev/stackb0 rw\n"
	    "37 22 0:44 / /mnt/c rw shared:2 master:3 - btrfs /dev/stackb0p1 rw\n"
	    "38 22 0:45 / /mnt/d rw - tmpfs stackb0 rw\n"
	    "39 22 259:10 / /mnt/e rw - ext4 /dev/stackb01 rw\n"
	    "short line\n - \n");
	put(&t, "/sys/block/stackb0/stackb0p1/dev", "259:1\n");
	put(&t, "/sys/block/stackb0/stackb0p1/holders/dm-3", "");
	put(&t, "/sys/block/stackb0/holders/md0", "");
	put(&t, "/sys/block/dm-3/dm/name", "lin\n");
	put(&t, "/sys/block/loop0/loop/backing_file", "/dev/stackb0\n");
	put(&t, "/sys/block/loop1/loop/backing_file", "/srv/image\n");
	put(&t, "/proc/swaps",
	    "Filename Type Size\n/dev/stackb0p1\tpartition 1 0 -2\n/dev/stackb1 partition 1 0 -2\n");
	stack_use(&t.s, "stackb0", &u);
	assert_int_equal(u.n, 6);
	assert_string_equal(stack_users_text(&u, text, sizeof(text)),
			    "held by md0, held by dm-3 (lin), mounted on /mnt/a\\040b, "
			    "mounted on /mnt/c, swap on /dev/stackb0p1, below loop0");
	assert_string_equal(stack_users_text(&u, tiny, sizeof(tiny)), "held by md0, he");
	tree_end(&t);
}

static void more_users_than_are_named(void **state)
{
	struct stack_users u;
	char text[2048], path[64];
	struct tree t;
	int i;

	(void)state;
	tree_init(&t);
	for (i = 0; i < STACK_USERS + 3; i++) {
		snprintf(path, sizeof(path), "/sys/block/stackb0/holders/md%d", i);
		put(&t, path, "");
	}
	stack_use(&t.s, "stackb0", &u);
	assert_int_equal(u.n, STACK_USERS + 3);
	stack_users_text(&u, text, sizeof(text));
	assert_non_null(strstr(text, ", and 3 more"));
	tree_end(&t);
}

/* --- the kernel's reasons ------------------------------------------------------------------------ */

static void refusal_is(const char *record, const char *want)
{
	char said[STACK_WHY], text[STACK_WHY];

	assert_true(stack_log_line(record, "t", said));
	stack_log_refusal(said, text);
	assert_string_equal(text, want);
}

static void reasons_are_from_the_log(void **state)
{
	char said[STACK_WHY];

	(void)state;
	refusal_is(
		"4,1234,5678901,-;stack_blk: t: chunk_kb: '3x' refused: must be a number\n KEY=v\n",
		"chunk_kb '3x' is refused: must be a number");
	refusal_is(
		"4,1,2,-,caller=T7;stack_blk: t: lower: '/dev/no' refused: no such block device (error -2)\n",
		"lower '/dev/no' is refused: no such block device (No such file or directory)");
	refusal_is("4,1,2,-;stack_blk: t: lower: 'xx'... refused: must be absolute\n",
		   "lower 'xx'... is refused: must be absolute");
	refusal_is(
		"4,1,2,-;stack_blk: t: layout: 'a' refused: b' refused: must be one of: linear\n",
		"layout 'a' refused: b' is refused: must be one of: linear");
	refusal_is("4,1,2,-;stack_blk: t: layout: '\\x5cn' refused: no\n",
		   "layout '\\n' is refused: no");
	refusal_is("5,1,2,-;stack_blk: t: removed; its disk goes when its I/O is done\n",
		   "removed; its disk goes when its I/O is done");
	refusal_is("4,1,2,-;stack_blk: t: power: '1' refused: cannot (error -x)\n",
		   "power '1' is refused: cannot (error -x)");
	assert_false(stack_log_line("4,1,2,-;stack_blk: tt: power: '2' refused: no\n", "t", said));
	assert_false(stack_log_line("4,1,2,-;stack_blk: loaded\n", "t", said));
	assert_false(stack_log_line("4,1,2,-;null_blk: t: power: '2' refused: no\n", "t", said));
	assert_false(stack_log_line("no record", "t", said));
}

static void a_line_that_is_too_long_is_cut(void **state)
{
	char record[4096], said[STACK_WHY], text[STACK_WHY];

	(void)state;
	memset(record, 'x', sizeof(record));
	memcpy(record, "4,1,2,-;stack_blk: t: a: '", 26);
	record[sizeof(record) - 1] = '\0';
	assert_true(stack_log_line(record, "t", said));
	assert_true(strlen(said) < STACK_WHY);
	stack_log_refusal(said, text);
	assert_string_equal(text, said);
	memcpy(record, "4,1,2,-;stack_blk: t: a: 'x' refused: (error -22)", 49);
	assert_true(stack_log_line(record, "t", said));
	stack_log_refusal(said, text);
	assert_true(strlen(text) < STACK_WHY);
	assert_non_null(strstr(text, "a 'x' is refused: (Invalid argument)"));
}

static void without_a_reason_the_error_is_told(void **state)
{
	const struct stack s = { .root = "", .log_fd = -1 };
	char why[STACK_WHY];

	(void)state;
	assert_string_equal(
		stack_why(&s, "t", "power", -EBUSY, why),
		"power: Device or resource busy; /dev/kmsg, which may say why, cannot be read");
	assert_string_equal(stack_why(&s, "t", "power", -EACCES, why),
			    "power: Permission denied; only root may");
	assert_string_equal(stack_why(&s, "t", "lower", -E2BIG, why),
			    "lower: a value has at most 4094 bytes");
}

/* --- writing ------------------------------------------------------------------------------------- */

static void attributes_are_written(void **state)
{
	char text[STACK_VALUE], path[PATH_MAX], longest[STACK_VALUE];
	struct tree t;

	(void)state;
	tree_init(&t);
	stack_begin(&t.s);
	assert_int_equal(stack_set(&t.s, "t", "chunk_kb", "8", NULL), 0);
	assert_int_equal(stack_get(&t.s, "t", "chunk_kb", text), 0);
	assert_string_equal(text, "8");
	assert_int_equal(stack_set(&t.s, "t", "delay_inject/random", "1", NULL), 0);
	assert_int_equal(stack_set(&t.s, "t", "nosuch/knob", "1", NULL), -ENOENT);
	assert_int_equal(stack_set(&t.s, "t", "delay_inject", "1", NULL), -EISDIR);
	memset(longest, 'x', sizeof(longest));
	longest[STACK_VALUE - 1] = '\0';
	assert_int_equal(stack_set(&t.s, "t", "lower", longest, NULL), -E2BIG);
	longest[STACK_VALUE - 2] = '\0';
	assert_int_equal(stack_set(&t.s, "t", "lower", longest, NULL), 0);
	assert_int_equal(stack_make(&t.s, "w"), 0);
	assert_int_equal(stack_make(&t.s, "w"), -EEXIST);
	assert_int_equal(stack_path(&t.s, path, sizeof(path), CONFIG "/w"), 0);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(stack_remove(&t.s, "w"), 0);
	assert_int_equal(access(path, F_OK), -1);
	stack_end(&t.s);
	tree_end(&t);
}

/* A fifo that nobody reads is written to as long as a disk whose I/O is stuck. */
static void a_signal_ends_what_takes_long(void **state)
{
	char path[PATH_MAX], said[256];
	struct caught err;
	struct tree t;
	pid_t pid;

	(void)state;
	tree_init(&t);
	assert_int_equal(stack_path(&t.s, path, sizeof(path), CONFIG "/t/power"), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	stack_begin(&t.s);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		sleep(STACK_SLOW_S + 1);
		kill(getppid(), SIGINT);
		_exit(0);
	}
	snprintf(said, sizeof(said), "bioscope: it takes long\n");
	take_output(&err, STDERR_FILENO);
	assert_int_equal(stack_set(&t.s, "t", "power", "0", "it takes long"), -EINTR);
	said_is(&err, said);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(kill(getpid(), SIGTERM), 0);
	assert_true(stack_sleep(10000));
	assert_false(stack_sleep(1));
	stack_end(&t.s);
	tree_end(&t);
}

static void errors_have_exit_statuses(void **state)
{
	(void)state;
	assert_int_equal(stack_exit(0), MSG_EXIT_OK);
	assert_int_equal(stack_exit(-ERANGE), MSG_EXIT_USAGE);
	assert_int_equal(stack_exit(-ENOENT), MSG_EXIT_USAGE);
	assert_int_equal(stack_exit(-EACCES), MSG_EXIT_CANT);
	assert_int_equal(stack_exit(-EBUSY), MSG_EXIT_FAILED);
	assert_int_equal(stack_exit(-EINTR), MSG_EXIT_FAILED);
}

/* --- words --------------------------------------------------------------------------------------- */

#define WORDS 8

/* Words separated by commas. */
static size_t split(char *text, char **words)
{
	char *save = NULL, *word = strtok_r(text, ",", &save);
	size_t n = 0;

	for (; word; word = strtok_r(NULL, ",", &save)) {
		assert_true(n < WORDS);
		words[n++] = word;
	}
	return n;
}

static void words_of_create(void **state)
{
	char text[] = "chunk_kb=4,/dev/a=b,t,lose_inject/times=3,dev/c,scenario=B5,layout=";
	char *words[WORDS], here[PATH_MAX], want[PATH_MAX + 32];
	struct stack_args a;

	(void)state;
	assert_int_equal(stack_args_create(words, split(text, words), &a), MSG_EXIT_OK);
	assert_string_equal(a.name, "t");
	assert_non_null(getcwd(here, sizeof(here)));
	snprintf(want, sizeof(want), "/dev/a=b %s/dev/c", here);
	assert_string_equal(a.lower, want);
	assert_int_equal(a.n, 5);
	assert_string_equal(a.settings[0].knob, "chunk_kb");
	assert_string_equal(a.settings[0].value, "4");
	assert_int_equal(a.settings[0].phase, STACK_KNOB);
	assert_int_equal(a.settings[1].phase, STACK_FAULT);
	assert_int_equal(a.settings[2].phase, STACK_SCENARIO);
	assert_string_equal(a.settings[3].value, "");
	assert_int_equal(a.settings[4].phase, STACK_LOWER);
	assert_string_equal(a.settings[4].value, want);
	stack_args_free(&a);
	assert_int_equal(stack_args_create(NULL, 0, &a), MSG_EXIT_OK);
	assert_null(a.name);
	assert_int_equal(a.n, 0);
	stack_args_free(&a);
}

/* Words that are wrong, and what is said of them. */
static void refused(int (*parse)(char **, size_t, struct stack_args *), const char *list,
		    const char *want)
{
	char text[256], said[512], *words[WORDS];
	struct stack_args a;
	struct caught err;

	snprintf(text, sizeof(text), "%s", list);
	snprintf(said, sizeof(said), "bioscope: %s\n", want);
	take_output(&err, STDERR_FILENO);
	assert_int_equal(parse(words, split(text, words), &a), MSG_EXIT_USAGE);
	said_is(&err, said);
	stack_args_free(&a);
}

static void words_that_are_wrong(void **state)
{
	static const char *const knobs[] = {
		"=1", "Chunk=1", "../x=1", "a/b/c=1", "a/=1", "a.b=1"
	};
	char said[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(knobs) / sizeof(knobs[0]); i++) {
		snprintf(said, sizeof(said),
			 "stack create: setting \"%s\" is not valid; it must be KNOB=VALUE; "
			 "`bioscope stack knobs' has the knobs",
			 knobs[i]);
		refused(stack_args_create, knobs[i], said);
	}
	refused(stack_args_create, "t,nullb0",
		"stack create: a device has one name, and \"nullb0\" is another one than \"t\"; a lower "
		"device is named by its path, as in /dev/nullb0");
	refused(stack_args_create, "a b",
		"stack create: name \"a b\" is not valid; it must be 1 to 255 letters, digits and signs, "
		"and not begin with a dot");
	refused(stack_args_create, "..",
		"stack create: name \"..\" is not valid; it must be 1 to 255 letters, digits and signs, "
		"and not begin with a dot");
	refused(stack_args_create, "/dev/a b",
		"stack create: lower device \"/dev/a b\" is not valid; it must be a path without blanks, "
		"such as one in /dev/disk/by-id");
	refused(stack_args_create, "/dev/a,lower=/dev/b",
		"stack create: lower devices are given twice: by paths, and by lower=");
	refused(stack_args_create, "power=1",
		"stack create: a device is powered on when it is made, unless --no-power is given");
	refused(stack_args_set, "t",
		"stack set: what is to be set of which device? NAME KNOB=VALUE...");
	refused(stack_args_set, "t,/dev/a",
		"stack set: setting \"/dev/a\" is not valid; it must be KNOB=VALUE; "
		"`bioscope stack knobs' has the knobs");
}

static void too_many_lower_devices(void **state)
{
	char word[STACK_VALUE], *words[] = { word, word };
	struct stack_args a;
	struct caught err;

	(void)state;
	memset(word, 'x', sizeof(word));
	word[0] = '/';
	word[STACK_VALUE / 2] = '\0';
	take_output(&err, STDERR_FILENO);
	assert_int_equal(stack_args_create(words, 2, &a), MSG_EXIT_USAGE);
	said_is(&err,
		"bioscope: stack create: the paths of the lower devices have more than 4094 bytes\n");
	stack_args_free(&a);
}

/* --- text ---------------------------------------------------------------------------------------- */

static void sizes_and_escapes(void **state)
{
	char out[64], tiny[6];

	(void)state;
	assert_string_equal(text_bytes(0, out), "0");
	assert_string_equal(text_bytes(512, out), "512");
	assert_string_equal(text_bytes(1024, out), "1K");
	assert_string_equal(text_bytes(1536, out), "1.5K");
	assert_string_equal(text_bytes(1ULL << 30, out), "1G");
	assert_string_equal(text_bytes(UINT64_MAX - 511, out), "16.0E");
	assert_string_equal(text_bytes(UINT64_MAX, out), "-");
	assert_string_equal(text_escape("a\nb\x7f", out, sizeof(out)), "a\\x0ab\\x7f");
	assert_string_equal(text_escape("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", out, sizeof(out)),
			    "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
	/* C1, an overlong form, a surrogate, beyond Unicode, cut short. */
	assert_string_equal(text_escape("\xc2\x9b", out, sizeof(out)), "\\xc2\\x9b");
	assert_string_equal(text_escape("\xe0\x80\xaf", out, sizeof(out)), "\\xe0\\x80\\xaf");
	assert_string_equal(text_escape("\xed\xa0\x80", out, sizeof(out)), "\\xed\\xa0\\x80");
	assert_string_equal(text_escape("\xf4\x90\x80\x80", out, sizeof(out)),
			    "\\xf4\\x90\\x80\\x80");
	assert_string_equal(text_escape("\xe2\x82", out, sizeof(out)), "\\xe2\\x82");
	assert_string_equal(text_escape("abcdef", tiny, sizeof(tiny)), "ab");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_are_read),
		cmocka_unit_test(devices_have_two_names),
		cmocka_unit_test(some_devices_are_the_modules_own),
		cmocka_unit_test(without_the_module_there_are_no_devices),
		cmocka_unit_test(the_table),
		cmocka_unit_test(numbers_are_numbers_and_what_is_not_known_is_null),
		cmocka_unit_test(names_may_be_any_bytes),
		cmocka_unit_test(knobs_and_scenarios),
		cmocka_unit_test(a_knob_that_is_not_there),
		cmocka_unit_test(users_of_a_disk),
		cmocka_unit_test(more_users_than_are_named),
		cmocka_unit_test(reasons_are_from_the_log),
		cmocka_unit_test(a_line_that_is_too_long_is_cut),
		cmocka_unit_test(without_a_reason_the_error_is_told),
		cmocka_unit_test(attributes_are_written),
		cmocka_unit_test(a_signal_ends_what_takes_long),
		cmocka_unit_test(errors_have_exit_statuses),
		cmocka_unit_test(words_of_create),
		cmocka_unit_test(words_that_are_wrong),
		cmocka_unit_test(too_many_lower_devices),
		cmocka_unit_test(sizes_and_escapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
