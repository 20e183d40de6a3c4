// SPDX-License-Identifier: GPL-2.0
/*
 * Giving up capabilities.
 */
#include "privileges.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <cap-ng.h>

#include "msg.h"

static int apply(bool keep_bpf)
{
	capng_clear(CAPNG_SELECT_BOTH);
	if (keep_bpf)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_BPF);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return capng_apply(CAPNG_SELECT_BOTH) ? -EPERM : 0;
}

/* Whether maps can be read without any capability: a child tries. */
static bool reads_without(int map_fd)
{
	uint64_t key;
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return false;
	if (!pid) {
		if (apply(false))
			_exit(1);
		_exit(bpf_map_get_next_key(map_fd, NULL, &key) && errno != ENOENT);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status);
}

int privileges_drop(int map_fd)
{
	int err = apply(!reads_without(map_fd));

	if (err)
		msg_error("cannot give up capabilities: %s", strerror(-err));
	return err;
}
