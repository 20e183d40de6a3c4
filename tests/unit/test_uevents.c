// SPDX-License-Identifier: GPL-2.0
/*
 * Which announcements are of block devices.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "util/uevents.h"

#define CHANGE "change@/devices/virtual/block/dm-0\0ACTION=change\0SUBSYSTEM=block\0DEVNAME=dm-0"
#define OTHER "add@/devices/virtual/bdi/253:0\0ACTION=add\0SUBSYSTEM=bdi\0SEQNUM=1"
#define NAMESAKE "add@/module/block\0ACTION=add\0SUBSYSTEM=blocks\0XSUBSYSTEM=block"

static int pair[2];

static int set_up(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair);
}

static int tear_down(void **state)
{
	(void)state;
	return close(pair[0]) || close(pair[1]);
}

static void announce(const char *message, size_t size)
{
	assert_int_equal(send(pair[0], message, size, 0), size);
}

static void one_of_many(void **state)
{
	(void)state;
	announce(OTHER, sizeof(OTHER));
	announce(CHANGE, sizeof(CHANGE));
	announce(OTHER, sizeof(OTHER));
	assert_true(uevents_of_block(pair[1]));
	assert_false(uevents_of_block(pair[1])); /* all of them were taken */
}

static void none(void **state)
{
	(void)state;
	announce(OTHER, sizeof(OTHER));
	announce(NAMESAKE, sizeof(NAMESAKE));
	announce(CHANGE, sizeof("change@/devices/virtual/block/dm-0\0ACTION=change\0SUBSYS"));
	assert_false(uevents_of_block(pair[1]));
	assert_false(uevents_of_block(-1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_of_many, set_up, tear_down),
		cmocka_unit_test_setup_teardown(none, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
