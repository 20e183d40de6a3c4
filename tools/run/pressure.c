// SPDX-License-Identifier: GPL-2.0
/*
 * Holding a pool exhausted through /dev/bio_pressure.
 */
#include "run/pressure.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bio_pressure.h"
#include "util/msg.h"

#define DEVICE "/dev/bio_pressure"

static const char *open_hint(int err)
{
	switch (err) {
	case ENOENT:
		return "; load the module: modprobe bio_pressure";
	case EACCES:
	case EPERM:
		return "; only root may, with CAP_SYS_ADMIN";
	default:
		return "";
	}
}

/* A bio_set is named by its own address, any other pool by the mempool's. */
static void fill_target(const struct model_pool *p, struct bio_pressure_arm *arm)
{
	if (p->address == p->mempool) {
		arm->pool = BIO_PRESSURE_MEMPOOL;
		arm->target = p->mempool;
		return;
	}
	arm->pool = p->flags & RECORD_POOL_IS_BVEC ? BIO_PRESSURE_BVEC_POOL : BIO_PRESSURE_BIO_POOL;
	arm->target = p->address;
}

/* A pool of no device, or of one that cannot be opened, is not held open: its end is noticed, too. */
static int pin_device(const struct model_pool *p, struct bio_pressure_arm *arm)
{
	char path[PATH_MAX];
	int fd;

	if (!p->device || !p->device[0])
		return -1;
	snprintf(path, sizeof(path), "/dev/%s", p->device);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0) {
		arm->flags |= BIO_PRESSURE_F_DEVICE;
		arm->device = fd;
	}
	return fd;
}

/* The kernel's own words, which begin with "not held: ", or what the error says. */
static void say_why(int fd, const char *name, int err)
{
	struct bio_pressure_stats raw = { .size = sizeof(raw) };
	const char *why = strerror(err);

	if (!ioctl(fd, BIO_PRESSURE_STATS, &raw) && raw.message[0])
		why = strncmp(raw.message, "not held: ", 10) ? raw.message : raw.message + 10;
	if (err == ENOTTY || err == E2BIG)
		why = "the bio_pressure module is of another revision than bioscope";
	msg_error("cannot hold %s: %s", name, why);
}

/* Return: a descriptor, or -errno with a message. */
static int open_device(void)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC), err;

	if (fd >= 0)
		return fd;
	err = errno;
	msg_error("cannot open %s: %s%s", DEVICE, strerror(err), open_hint(err));
	return -err;
}

int pressure_can(void)
{
	int fd = open_device();

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

int pressure_arm(const struct model_pool *p, const struct options *o, uint32_t timeout_ms)
{
	struct bio_pressure_arm arm = {
		.size = sizeof(arm),
		.probability_ppm = o->rate_ppm,
		.interval = o->nth,
		.times = o->times,
		.seed = o->seed,
		.flags = (o->seeded ? BIO_PRESSURE_F_SEED : 0) |
			 (o->may_sleep ? BIO_PRESSURE_F_MAY_SLEEP : 0),
		.pid = o->pid,
		.timeout_ms = timeout_ms,
	};
	int fd = open_device(), device, err = 0;

	if (fd < 0)
		return fd;
	fill_target(p, &arm);
	device = pin_device(p, &arm);
	if (ioctl(fd, BIO_PRESSURE_ARM, &arm)) {
		err = errno;
		say_why(fd, p->name, err);
		close(fd);
	}
	if (device >= 0)
		close(device);
	return err ? -err : fd;
}

void pressure_lift(int fd)
{
	ioctl(fd, BIO_PRESSURE_LIFT);
}

int pressure_read(int fd, struct pressure_stats *stats)
{
	struct bio_pressure_stats raw = { .size = sizeof(raw) };
	int err;

	if (ioctl(fd, BIO_PRESSURE_STATS, &raw)) {
		err = errno;
		msg_error("cannot read what %s did: %s", DEVICE, strerror(err));
		return -err;
	}
	*stats = (struct pressure_stats){
		.state = (enum pressure_state)raw.state,
		.seed = raw.seed,
		.refused = raw.refused,
		.spared = raw.spared,
		.excluded = raw.excluded,
		.missed = raw.missed_overflow + raw.missed_recursion + raw.missed_before,
		.missed_overflow = raw.missed_overflow,
		.missed_recursion = raw.missed_recursion,
		.missed_before = raw.missed_before,
		.remaining_ms = raw.remaining_ms,
	};
	return 0;
}
