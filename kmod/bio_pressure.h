/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Interface of /dev/bio_pressure: refuse slab allocations of exactly one bio_set.
 */
#ifndef BIO_PRESSURE_H
#define BIO_PRESSURE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define BIO_PRESSURE_PPM_MAX 1000000u
#define BIO_PRESSURE_TIMEOUT_MAX_MS 600000u

/**
 * struct bio_pressure_arm - start refusing
 * @target: address of a struct bio_set; only ever compared with the argument of
 *	bio_alloc_bioset(), so a wrong number matches nothing and does no harm
 * @ppm: share of slab allocations to refuse, in parts per million, 1 to BIO_PRESSURE_PPM_MAX
 * @timeout_ms: pressure is lifted after that time, 1 to BIO_PRESSURE_TIMEOUT_MAX_MS
 */
struct bio_pressure_arm {
	__u64 target;
	__u32 ppm;
	__u32 timeout_ms;
};

/**
 * struct bio_pressure_stats - what was done since the last BIO_PRESSURE_ARM of the descriptor
 * @seen: slab allocations of elements for the target's bio_pool
 * @refused: of those, made to return NULL
 * @missed: bio_alloc_bioset() calls for the target that could not be followed
 * @armed: 1 while pressure is held, 0 once it was lifted
 * @inside: tasks in bio_alloc_bioset() for the target now
 */
struct bio_pressure_stats {
	__u64 seen;
	__u64 refused;
	__u64 missed;
	__u32 armed;
	__u32 inside;
};

/*
 * Pressure lasts until the last reference to the open file is closed, the time is over, or the
 * module is unloaded. Errors: -EBUSY if pressure is held already, by this descriptor or another;
 * -ERANGE if a value is out of range; -EFAULT; -ENOTTY; others from registering probes.
 */
#define BIO_PRESSURE_ARM _IOW('b', 0xf0, struct bio_pressure_arm)
#define BIO_PRESSURE_STATS _IOR('b', 0xf1, struct bio_pressure_stats)

#endif
