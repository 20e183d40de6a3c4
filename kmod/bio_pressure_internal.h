/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the two parts of bio_pressure share: main (device, ioctls, lifetime) tells probe (what is
 * refused) whom to put under pressure.
 */
#ifndef BIO_PRESSURE_INTERNAL_H
#define BIO_PRESSURE_INTERNAL_H

#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/types.h>
#include <linux/workqueue.h>

/**
 * struct bio_pressure_target - pressure, belongs to an open file
 * @bs: the number to compare with
 * @ppm: share to refuse
 * @seen: slab allocations of the target so far
 * @refused: of those
 * @missed: bio_pressure_probe_missed() when it was lifted
 * @inside: marks for the target now
 * @deadline: in jiffies; nothing is refused after it, even if no worker gets to run @expire
 * @expire: lifts it
 */
struct bio_pressure_target {
	u64 bs;
	u32 ppm;
	atomic64_t seen;
	atomic64_t refused;
	u64 missed;
	atomic_t inside;
	unsigned long deadline;
	struct delayed_work expire;
};

/* Inlined also into probe handlers. */
static __always_inline bool bio_pressure_over(const struct bio_pressure_target *t)
{
	return time_after(jiffies, t->deadline);
}

void bio_pressure_probe_init(void);
int bio_pressure_probe_begin(struct bio_pressure_target *t);
void bio_pressure_probe_end(void);
u64 bio_pressure_probe_missed(void);

#endif
