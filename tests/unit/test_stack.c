// SPDX-License-Identifier: GPL-2.0
/*
 * stack_blk devices: what is read of them, who uses them, and how they are listed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "render/stack.h"
#include "stack/device.h"
#include "stack/knobs.h"
#include "stack_tree.h"
#include "stack/use.h"

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
	stack_knobs_parse(tree_features, tree_defaults, &k);
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
	stack_knobs_parse(tree_features, "", &k);
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
	stack_knobs_parse(tree_features, tree_defaults, &k);
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

/* A fifo that nobody writes to is read for as long as the kernel does not tell. */
static void what_the_kernel_does_not_tell_is_left_out(void **state)
{
	static const char *const files[] = { CONFIG "/t/device", CONFIG "/t/lower" };
	struct stack_devices all;
	char path[PATH_MAX];
	struct tree t;
	size_t i;

	(void)state;
	tree_init(&t);
	for (i = 0; i < 2; i++) {
		assert_int_equal(stack_path(&t.s, path, sizeof(path), "%s", files[i]), 0);
		assert_int_equal(unlink(path), 0);
		assert_int_equal(mkfifo(path, 0600), 0);
	}
	assert_int_equal(stack_devices_read(&t.s, &all), 0);
	assert_int_equal(all.n, 3);
	assert_int_equal(all.device[0].state, STACK_COMING);
	assert_null(stack_texts_get(&all.device[0].attributes, "lower"));
	assert_string_equal(stack_texts_get(&all.device[0].attributes, "chunk_kb"), "4");
	stack_devices_free(&all);
	tree_end(&t);
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
		cmocka_unit_test(what_the_kernel_does_not_tell_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
