// SPDX-License-Identifier: GPL-2.0
/*
 * What is said of programs that the kernel does not load.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/magic.h>

#include <cmocka.h>

#include "util/refusal.h"

static char lockdown[64]; /* what the file has; empty: there is none */
static bool mounted; /* securityfs */
static uid_t uid;

/* Instead of libc's. */
FILE *fopen(const char *filename, const char *modes)
{
	assert_string_equal(filename, "/sys/kernel/security/lockdown");
	assert_string_equal(modes, "re");
	if (lockdown[0])
		return fmemopen(lockdown, strlen(lockdown), "r");
	errno = ENOENT;
	return NULL;
}

int statfs(const char *file, struct statfs *buf)
{
	assert_string_equal(file, "/sys/kernel/security");
	buf->f_type = mounted ? SECURITYFS_MAGIC : SYSFS_MAGIC;
	return 0;
}

uid_t geteuid(void)
{
	return uid;
}

static void a_host(const char *text, bool securityfs, uid_t user)
{
	snprintf(lockdown, sizeof(lockdown), "%s", text);
	mounted = securityfs;
	uid = user;
}

static void lockdown_is_known_where_securityfs_is(void **state)
{
	(void)state;
	a_host("none integrity [confidentiality]\n", true, 0);
	assert_int_equal(refusal_lockdown(), 1);
	a_host("none [integrity] confidentiality\n", true, 0);
	assert_int_equal(refusal_lockdown(), 0);
	a_host("", true, 0); /* a kernel without it */
	assert_int_equal(refusal_lockdown(), 0);
	a_host("", false, 0);
	assert_int_equal(refusal_lockdown(), -ENOTDIR);
}

static void what_to_do_is_said(void **state)
{
	(void)state;
	a_host("[none] integrity confidentiality\n", true, 0);
	assert_string_equal(refusal_text(-EPERM, REFUSAL_DOCTOR),
			    "Operation not permitted; " REFUSAL_DOCTOR);
	assert_string_equal(refusal_text(-EINVAL, NULL), "Invalid argument");
	assert_string_equal(refusal_text(-ENOMEM, REFUSAL_DOCTOR), "Cannot allocate memory");
	uid = 1000;
	assert_string_equal(refusal_text(-EPERM, NULL), "Operation not permitted; run with sudo");
	assert_string_equal(refusal_text(-EACCES, REFUSAL_DOCTOR),
			    "Permission denied; run with sudo");
}

static void lockdown_is_why(void **state)
{
	(void)state;
	a_host("none integrity [confidentiality]\n", true, 0);
	assert_string_equal(refusal_text(-EINVAL, NULL), "Invalid argument; " REFUSAL_LOCKDOWN);
	assert_string_equal(refusal_text(-ENOMEM, NULL), "Cannot allocate memory");
	uid = 1000;
	assert_string_equal(refusal_text(-EPERM, NULL),
			    "Operation not permitted; " REFUSAL_LOCKDOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lockdown_is_known_where_securityfs_is),
		cmocka_unit_test(what_to_do_is_said),
		cmocka_unit_test(lockdown_is_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
