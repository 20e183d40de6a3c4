// SPDX-License-Identifier: GPL-2.0
/*
 * Holding a pool exhausted through /dev/bio_pressure.
 */
#include "pressure.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bio_pressure.h"
#include "msg.h"

#define DEVICE "/dev/bio_pressure"

static const char *hint(int err)
{
	switch (err) {
	case ENOENT:
		return "; load the module: modprobe bio_pressure";
	case EACCES:
	case EPERM:
		return "; only root may";
	case EBUSY:
		return "; another process holds pressure already, only one can";
	default:
		return "; the kernel log says why";
	}
}

int pressure_arm(uint64_t target, uint32_t ppm, uint32_t timeout_ms)
{
	struct bio_pressure_arm arm = { .target = target, .ppm = ppm, .timeout_ms = timeout_ms };
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC), err;

	if (fd < 0) {
		err = errno;
		msg_error("cannot open %s: %s%s", DEVICE, strerror(err), hint(err));
		return -err;
	}
	if (ioctl(fd, BIO_PRESSURE_ARM, &arm)) {
		err = errno;
		msg_error("cannot hold the pool: %s%s", strerror(err), hint(err));
		close(fd);
		return -err;
	}
	return fd;
}

int pressure_read(int fd, struct pressure_stats *stats)
{
	struct bio_pressure_stats raw;
	int err;

	if (ioctl(fd, BIO_PRESSURE_STATS, &raw)) {
		err = errno;
		msg_error("cannot read what %s did: %s", DEVICE, strerror(err));
		return -err;
	}
	stats->seen = raw.seen;
	stats->refused = raw.refused;
	stats->missed = raw.missed;
	stats->inside = raw.inside;
	stats->armed = raw.armed;
	return 0;
}
