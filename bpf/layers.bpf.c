// SPDX-License-Identifier: GPL-2.0
/*
 * How long each disk takes for a bio, from when the bio is queued to it to when it is complete. A
 * bio is queued once to each layer of a stack of disks, however often that splits or requeues it:
 *
 *	trace_block_bio_queue()		layer_queued: BIO_TRACE_COMPLETION, set behind it, keeps the
 *					same bio from being told of a second time
 *	trace_block_bio_remap()		layer_remapped: a driver sends that very bio on to a lower
 *					disk, where for this flag nothing will tell of it
 *	bio_chain()			layer_chained: bio_endio() will be called once more before
 *					the bio is complete
 *	trace_block_split()		layer_split: so it will, of a bio that is known
 *	bio_endio()			layer_done
 *
 * trace_block_bio_complete() would not do: a request's bios end without it.
 */
#include "table.bpf.h"

const volatile __u64 ksym_bio_chain_endio = 0;
/* Numbers of bits of bi_flags: enumerators without a type, which CO-RE cannot find. */
const volatile __u32 bit_chain = 31;
const volatile __u32 bit_traced = 31;

_Static_assert(!(RECORD_DISKS & (RECORD_DISKS - 1)), "rows are masked");

#define LAYERS 3 /* that one and the same bio can be sent through */
#define CHAIN_MAX 16 /* bios that can end because one did */
#define RECENT 64 /* a power of two */

/* A bio on its way. One that was only chained to so far is in no layer. */
struct flight {
	__u32 ends; /* calls of bio_endio() */
	__u32 parts; /* with so many it is complete */
	__u32 layers;
	__u32 row[LAYERS];
	__u64 since_ns[LAYERS];
};

struct flight_set {
	__u64 key[TABLE_WAYS];
	__u64 since_ns[TABLE_WAYS];
	struct flight of[TABLE_WAYS];
};

/* By the address of the bio, see table_set(). The loader makes it TABLE_SETS large if asked for. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flight_set);
} flights SEC(".maps");

/* A disk's number -> its row. The loader makes room for RECORD_DISKS if asked for. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} disk_rows SEC(".maps");

/* Row 0 is none. */
struct record_disk disks[RECORD_DISKS];
__u32 disks_used = 0;
static __u32 recent_rows[RECENT];

/* For the verifier masked: a test may come behind where the compiler makes the address. */
static __always_inline struct record_disk *disk_at(__u64 row)
{
	barrier_var(row);
	return &disks[row & (RECORD_DISKS - 1)];
}

/* Two CPUs may meet here: the hash decides, the loser's row stays unused. */
static __always_inline long disk_claim(__u32 dev, __u64 disk)
{
	__u64 name = disk + bpf_core_field_offset(struct gendisk, disk_name);
	__u32 row = claim(&disks_used, RECORD_DISKS - 1) + 1, *winner;
	struct record_disk *new;

	if (row >= RECORD_DISKS)
		return -1;
	if (bpf_map_update_elem(&disk_rows, &dev, &row, BPF_NOEXIST)) {
		winner = bpf_map_lookup_elem(&disk_rows, &dev);
		return winner ? (long)*winner : -1;
	}
	new = disk_at(row);
	bpf_probe_read_kernel_str(new->name, sizeof(new->name), (void *)name);
	new->dev = dev;
	return row;
}

static __noinline long disk_find(__u32 dev, __u64 disk)
{
	__u32 *found = bpf_map_lookup_elem(&disk_rows, &dev);
	long row = found ? (long)*found : disk_claim(dev, disk);

	if (row < 0)
		lost_add(RECORD_LOST_DISKS);
	else
		recent_rows[(dev ^ dev >> 20) & (RECENT - 1)] = row;
	return row;
}

/* The row of the disk that @bio is for, -1: there is none left. */
static __always_inline long row_of(struct bio *bio)
{
	struct gendisk *disk = bio->bi_bdev->bd_disk;
	__u32 dev = disk->major << 20 | disk->first_minor;
	__u32 row = recent_rows[(dev ^ dev >> 20) & (RECENT - 1)];

	if (disk_at(row)->dev == dev)
		return row;
	return disk_find(dev, kernel_address(disk));
}

/* How often bio_endio() has to be called for @bio, as far as the kernel knows. */
static __always_inline __u32 parts_of(struct bio *bio)
{
	return bio_flagged(bio->bi_flags, bit_chain) ? bio->__bi_remaining.counter : 1;
}

static __always_inline void layer_add(struct flight *f, __u32 row, __u64 now)
{
	__u64 n = f->layers;

	barrier_var(n);
	if (n >= LAYERS) {
		lost_add(RECORD_LOST_BIOS);
		return;
	}
	f->row[n] = row;
	f->since_ns[n] = now;
	f->layers = n + 1;
}

static __always_inline struct flight_set *flight_set_of(__u64 key)
{
	__u32 i = table_set(key);

	return bpf_map_lookup_elem(&flights, &i);
}

/* What is known of the bio at @key, NULL: nothing. */
static __always_inline struct flight *flight_of(__u64 key)
{
	struct flight_set *set = flight_set_of(key);
	__u32 way = set ? table_find(set->key, key) : TABLE_WAYS;

	return set && way < TABLE_WAYS ? &set->of[way & (TABLE_WAYS - 1)] : NULL;
}

static __always_inline void flight_begin(__u64 key, const struct flight *new)
{
	struct flight_set *set = flight_set_of(key);
	__u32 way = TABLE_WAYS;

	if (set)
		way = table_add(set->key, set->since_ns, key, bpf_ktime_get_ns(), RECORD_LOST_BIOS);
	if (set && way < TABLE_WAYS)
		set->of[way & (TABLE_WAYS - 1)] = *new;
}

/* The bio is followed already. @again: because it was queued to another disk before. */
static __always_inline void follow_on(struct flight *f, const struct flight *new, bool again)
{
	__u32 i;

	if (f->layers && !again) {
		/* Its end was not seen, and this is another bio at that address. */
		lost_add(RECORD_LOST_BIOS);
		*f = *new;
		return;
	}
	for (i = 0; i < LAYERS; i++)
		if (i < f->layers && f->row[i] == new->row[0])
			return;
	layer_add(f, new->row[0], new->since_ns[0]);
}

/* @again: it may have been queued to another disk before. */
static __always_inline int follow(struct bio *bio, bool again)
{
	struct flight new = { .parts = parts_of(bio), .layers = 1 };
	__u64 key = table_key(bio);
	struct flight *f;
	long row = row_of(bio);

	if (row < 0)
		return 0;
	new.row[0] = row;
	new.since_ns[0] = bpf_ktime_get_ns();
	f = flight_of(key);
	if (f)
		follow_on(f, &new, again);
	else
		flight_begin(key, &new);
	return 0;
}

SEC("tp_btf/block_bio_queue")
int layer_queued(__u64 *ctx)
{
	struct bio *bio = (void *)ctx[0];

	return bio ? follow(bio, false) : 0;
}

SEC("tp_btf/block_bio_remap")
int layer_remapped(__u64 *ctx)
{
	struct bio *bio = (void *)ctx[0];

	/* What was not queued yet will be. */
	if (!bio || !bio_flagged(bio->bi_flags, bit_traced))
		return 0;
	return follow(bio, true);
}

/* bio_chain(bio, parent) */
SEC("fentry/bio_chain")
int layer_chained(__u64 *ctx)
{
	struct bio *parent = (void *)ctx[1];
	struct flight new = {}, *f;
	__u64 key = table_key(parent);

	f = flight_of(key);
	if (f) {
		__sync_fetch_and_add(&f->parts, 1);
		return 0;
	}
	new.parts = parts_of(parent) + 1;
	flight_begin(key, &new);
	return 0;
}

/*
 * The bio is what is split off, which nothing is known of yet, and which is chained. Only dm tells
 * of the bio that goes on, of which each part will call bio_endio().
 */
SEC("tp_btf/block_split")
int layer_split(__u64 *ctx)
{
	struct flight *f = flight_of(table_key((void *)ctx[0]));

	if (f)
		__sync_fetch_and_add(&f->parts, 1);
	return 0;
}

struct ending {
	struct flight of;
	__u64 now;
};

/* For bpf_loop(), so that the verifier looks at the histogram once. */
static int account_layer(__u32 i, void *data)
{
	struct ending *e = data;

	if (i >= LAYERS || i >= e->of.layers)
		return 1;
	times_add(RECORD_TIMED_DISK, e->of.row[i], e->now - e->of.since_ns[i]);
	return 0;
}

/*
 * bio_endio() begins for the bio at @key, of which the kernel waits for @remaining such calls.
 * Returns whether it is the last. With one remaining it is; with more it may be still, as others
 * that have just begun, too, are not taken off yet.
 */
static __always_inline bool ends(__u64 key, bool chained, __u32 remaining)
{
	struct flight_set *set = flight_set_of(key);
	__u32 n, parts, way = set ? table_find(set->key, key) : TABLE_WAYS;
	struct ending ending;
	struct flight *f;

	if (!chained)
		remaining = 1;
	if (!set || way >= TABLE_WAYS)
		return remaining == 1;
	f = &set->of[way & (TABLE_WAYS - 1)];
	__sync_fetch_and_add(&f->ends, 1);
	n = *(volatile __u32 *)&f->ends;
	parts = *(volatile __u32 *)&f->parts;
	/* Nothing is taken off yet, so these are all: some drivers add to them unseen. */
	if (n == 1 && remaining > parts) {
		__sync_fetch_and_add(&f->parts, remaining - parts);
		parts = remaining;
	}
	if (remaining > 1 && n < parts)
		return false;
	ending.of = *f;
	if (!table_take(set->key, way, key))
		return false;
	ending.now = bpf_ktime_get_ns();
	bpf_loop(LAYERS, account_layer, &ending, 0);
	return true;
}

/* For bpf_loop(): *@data is a bio that is complete but for this end, then the next one or 0. */
static int chain_next(__u32 i, void *data)
{
	__u64 *key = data;
	struct bio *bio = (void *)*key;
	bool last = ends(table_key_of(*key), bio_flagged(BPF_CORE_READ(bio, bi_flags), bit_chain),
			 BPF_CORE_READ(bio, __bi_remaining.counter));

	if (last && (__u64)BPF_CORE_READ(bio, bi_end_io) == ksym_bio_chain_endio)
		*key = (__u64)BPF_CORE_READ(bio, bi_private);
	else
		*key = 0;
	return !*key;
}

/* A bio that was chained to the one at @key is complete, see __bio_chain_endio(). */
static __noinline int chain_ends(__u64 key)
{
	bpf_loop(CHAIN_MAX, chain_next, &key, 0);
	if (key)
		lost_add(RECORD_LOST_BIOS);
	return 0;
}

SEC("fentry/bio_endio")
int layer_done(__u64 *ctx)
{
	struct bio *bio = (void *)ctx[0];

	if (ends(table_key(bio), bio_flagged(bio->bi_flags, bit_chain),
		 bio->__bi_remaining.counter) &&
	    (__u64)bio->bi_end_io == ksym_bio_chain_endio)
		chain_ends(kernel_address(bio->bi_private));
	return 0;
}

char _license[] SEC("license") = "GPL";
