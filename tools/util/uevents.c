// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel announces about devices: lib/kobject_uevent.c.
 */
#include "util/uevents.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#define KERNEL_GROUP 1 /* what udev sends has another one */
#define MESSAGE 4096 /* UEVENT_BUFFER_SIZE is 2048, and the header before it is a path */

int uevents_open(void)
{
	const struct sockaddr_nl from = { .nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP };
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_KOBJECT_UEVENT);
	int err;

	if (fd < 0)
		return -errno;
	if (!bind(fd, (const struct sockaddr *)&from, sizeof(from)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

bool uevents_of_block(int fd)
{
	static const char block[] = "\0SUBSYSTEM=block";
	char message[MESSAGE];
	bool seen = false;
	ssize_t n;

	while (fd >= 0 && ((n = recv(fd, message, sizeof(message), 0)) > 0 || errno == ENOBUFS))
		seen |= n < 0 || memmem(message, (size_t)n, block, sizeof(block));
	return seen;
}
