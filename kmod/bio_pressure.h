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
 * @target: address of a struct bio_set, not 0; only ever compared with the argument of
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
 * @seen: attempts to allocate an element of the target's bio_pool from its slab
 * @refused: of those, made to return NULL
 * @missed: upper bound of the allocations for the target that could not be followed, and so were
 *	not refused: probe hits without effect, be they for the target or not
 * @armed: 1 while slab allocations are refused, 0 before and after
 * @inside: allocations for the target under way now; 0 once lifted, although tasks may yet wait
 *
 * Attempts are not bios: a task that is refused and may sleep tries the slab again before it takes
 * from the reserve (kernels whose bio_alloc_bioset() asks the slab itself and then the mempool, as
 * 7.3) and each time that it waited for the reserve. Only @ppm of 1000000 makes each of them fail.
 * The slabs of bio_vecs, for bios of more than BIO_INLINE_VECS pages, are not touched.
 */
struct bio_pressure_stats {
	__u64 seen;
	__u64 refused;
	__u64 missed;
	__u32 armed;
	__u32 inside;
};

/*
 * Pressure lasts until the last reference to the open file is closed or the time is over. The
 * module cannot be unloaded (-EBUSY) while a descriptor is open. Errors: -EBUSY if pressure is held
 * already, by this descriptor or another; -EINVAL if the target is 0; -ERANGE if another value is
 * out of range; the kernel's log says which. -EFAULT; -ENOTTY; others from registering probes.
 */
#define BIO_PRESSURE_ARM _IOW('b', 0xf0, struct bio_pressure_arm)
#define BIO_PRESSURE_STATS _IOR('b', 0xf1, struct bio_pressure_stats)

#endif
