/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Interface of /dev/bio_pressure: refuse the elements of exactly one pool; bio_pressure(4).
 */
#ifndef BIO_PRESSURE_H
#define BIO_PRESSURE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define BIO_PRESSURE_PPM_MAX 1000000u
#define BIO_PRESSURE_TIMEOUT_MAX_MS 600000u

/* Which pool is at an address. */
enum bio_pressure_pool {
	BIO_PRESSURE_BIO_POOL, /* the bio_pool of the struct bio_set there */
	BIO_PRESSURE_BVEC_POOL, /* its bvec_pool */
	BIO_PRESSURE_MEMPOOL, /* the mempool_t there: of any element function; one of these, too */
};

/* Flags of struct bio_pressure_arm. */
#define BIO_PRESSURE_F_SEED 0x1u /* @seed is given */
#define BIO_PRESSURE_F_DEVICE 0x2u /* @device is given */
#define BIO_PRESSURE_F_MAY_SLEEP 0x4u /* only what has __GFP_DIRECT_RECLAIM */

/**
 * struct bio_pressure_arm - start refusing
 * @size: sizeof(struct bio_pressure_arm); bytes that the kernel does not know must be 0 (-E2BIG)
 * @flags: BIO_PRESSURE_F_*
 * @target: address of a struct bio_set or mempool_t. It is read as pressure begins, without
 *	faulting; then it is only compared. Pressure ends when the pool there is destroyed.
 * @pool: which of its pools, enum bio_pressure_pool
 * @probability_ppm: share of the allocations to refuse, in parts per million, 1 to
 *	BIO_PRESSURE_PPM_MAX; independent draws
 * @interval: consider each such allocation only; 0 and 1: each
 * @timeout_ms: pressure is lifted after that time, 1 to BIO_PRESSURE_TIMEOUT_MAX_MS
 * @times: refuse that many at the most; 0: no limit
 * @seed: of the draws: the same seed refuses the same ones of a sequence of allocations
 * @device: descriptor of an open block device, which is held open until pressure ends
 * @pid: only allocations by that process and its descendants; 0: by any
 *
 * @seed and @device must be 0 if they are not given.
 *
 * @probability_ppm, @interval and @times are those of the kernel's fault injection
 * (Documentation/fault-injection/).
 */
struct bio_pressure_arm {
	__u32 size;
	__u32 flags;
	__u64 target;
	__u32 pool;
	__u32 probability_ppm;
	__u32 interval;
	__u32 timeout_ms;
	__u64 times;
	__u64 seed;
	__s32 device;
	__s32 pid;
};

/* What has become of pressure. */
enum bio_pressure_state {
	BIO_PRESSURE_IDLE, /* never held by this descriptor */
	BIO_PRESSURE_HELD,
	BIO_PRESSURE_TIME_OVER,
	BIO_PRESSURE_POOL_GONE,
	BIO_PRESSURE_SUSPENDED, /* lifted because the machine went to sleep */
	BIO_PRESSURE_LIFTED, /* by BIO_PRESSURE_LIFT */
};

/**
 * struct bio_pressure_stats - what was done since the last BIO_PRESSURE_ARM of the descriptor
 * @size: set by the caller to the size that it knows; the kernel fills as much and says how much
 * @state: enum bio_pressure_state
 * @seed: of the draws
 * @refused: allocations whose every attempt at an element was made to return NULL, so that they
 *	live off the reserve, wait, or fail
 * @spared: allocations that asked for an element and got the real answer, by the draw, @interval or
 *	@times
 * @excluded: allocations that @pid, BIO_PRESSURE_F_MAY_SLEEP or __GFP_NOFAIL leaves alone, and
 *	those made by an interrupt
 * @missed_overflow: allocations for which there was no mark left (module parameter marks); not
 *	refused. Of these it is not known whether they would have asked for an element.
 * @missed_recursion: likewise, from within another tracer's work, as far as ftrace shows it:
 *	where several tracers have a probe on the function it does not
 * @missed_before: attempts of allocations that had begun before pressure did; not refused; no more
 *	counted once @missed_overflow is
 * @remaining_ms: until the time limit; 0 if nothing is held
 * @message: why the last BIO_PRESSURE_ARM failed (but for EBADF, EPERM, EFAULT) or what ended
 *	pressure; empty: nothing did
 *
 * An allocation is a call of bio_alloc_bioset() for the pools of a bio_set, of mempool_alloc()
 * or mempool_alloc_bulk() for others. What comes from a per-CPU cache of bios asks for no
 * element and is not counted.
 */
struct bio_pressure_stats {
	__u32 size;
	__u32 state;
	__u64 seed;
	__u64 refused;
	__u64 spared;
	__u64 excluded;
	__u64 missed_overflow;
	__u64 missed_recursion;
	__u64 missed_before;
	__u32 remaining_ms;
	__u32 reserved;
	char message[128];
};

/*
 * Pressure lasts until BIO_PRESSURE_LIFT, the last reference to the open file is closed, the time
 * is over, the pool is destroyed, or the machine goes to sleep. Several descriptors hold several
 * pools. The module cannot be unloaded (-EBUSY) while a descriptor is open.
 *
 * Errors of BIO_PRESSURE_ARM; @message and the kernel's log say more: -EBADF not open for
 * writing, or no such @device; -EPERM no CAP_SYS_ADMIN; -E2BIG, -EINVAL a field that this kernel
 * does not know, or no pool at @target; -ERANGE a value out of range; -ENOTBLK @device is none;
 * -ESRCH no process @pid; -EBUSY the descriptor or another holds the pool, a livepatch has the
 * element function, or the machine goes to sleep; -ENOSPC too many pools are held; -EOPNOTSUPP
 * nothing would be refused on this kernel; -EFAULT; -ENOMEM. Of BIO_PRESSURE_LIFT: -EBADF not
 * open for writing; it is no error if nothing is held.
 */
#define BIO_PRESSURE_ARM _IOW('b', 0xf0, struct bio_pressure_arm)
#define BIO_PRESSURE_STATS _IOWR('b', 0xf1, struct bio_pressure_stats)
#define BIO_PRESSURE_LIFT _IO('b', 0xf2)

#endif
