// SPDX-License-Identifier: GPL-2.0
/*
 * Loading stack_blk, and mounting configfs, for who knows of neither.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "util/msg.h"
#include "stack/stack.h"

#define CONFIGFS "/sys/kernel/config"
#define INSMOD "`make kmod' builds it, insmod loads it"

/* What modprobe says itself is not hidden; it may not be in the path of who has become root. */
static int modprobe(void)
{
	char name[] = "modprobe", path[] = "/sbin/modprobe", module[] = "stack_blk";
	int status = stack_run((char *[]){ name, module, NULL });

	return status == 127 ? stack_run((char *[]){ path, module, NULL }) : status;
}

static int load_module(const struct stack *s)
{
	char path[PATH_MAX];
	int status;

	if (!stack_path(s, path, sizeof(path), "/sys/module/stack_blk") && !access(path, F_OK))
		return MSG_EXIT_OK;
	if (geteuid()) {
		msg_error("the module stack_blk is not loaded, and only root may load it");
		return MSG_EXIT_CANT;
	}
	status = modprobe();
	if (!status)
		return MSG_EXIT_OK;
	if (status < 0)
		msg_error("cannot load the module stack_blk: %s", strerror(-status));
	else if (status == 127)
		msg_error("the module stack_blk is not loaded, and there is no modprobe: " INSMOD);
	else
		msg_error("cannot load the module stack_blk: modprobe ended with %d; " INSMOD,
			  status);
	return status < 0 ? MSG_EXIT_FAILED : MSG_EXIT_CANT;
}

/* Another one, such as systemd, may have been faster. */
static int mount_configfs(const struct stack *s)
{
	char path[PATH_MAX];
	int err = stack_path(s, path, sizeof(path), CONFIGFS);

	if (!err && mount("configfs", path, "configfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) &&
	    errno != EBUSY)
		err = -errno;
	if (!err && !stack_is_there(s))
		err = -ENOENT;
	if (!err)
		return MSG_EXIT_OK;
	msg_error("there is no " CONFIGFS
		  "/stack_blk, although the module is loaded, and configfs cannot be mounted: %s%s",
		  strerror(-err), err == -EPERM ? "; only root may" : "");
	return MSG_EXIT_CANT;
}

int stack_load(const struct stack *s)
{
	int status;

	if (stack_is_there(s))
		return MSG_EXIT_OK;
	status = load_module(s);
	if (status || stack_is_there(s))
		return status;
	return mount_configfs(s);
}
