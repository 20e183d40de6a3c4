// SPDX-License-Identifier: GPL-2.0
/*
 * The layouts of stack_blk: which piece of an original comes next, and where it is on the lower
 * devices.
 *
 * Only reads and writes are cut into chunks. A discard, secure erase or write zeroes stays as whole
 * as the layout and our queue's limits let it: parts below a lower device's granularity would be
 * dropped by it. As it has no data, one piece of it can go to several places (stripe). The same
 * goes for a flush.
 */
#include "stack_blk_clone.h"

/* A piece for one lower device. */
static void stack_blk_piece_one(struct stack_blk_piece *piece, unsigned int lower, sector_t sector)
{
	piece->nr = 1;
	piece->first = (struct stack_blk_range){ lower, piece->len, sector };
	piece->others = 0;
}

/* A piece for several: @lowers are their bits, at least one. */
static void stack_blk_piece_several(struct stack_blk_piece *piece, unsigned long lowers,
				    sector_t sector)
{
	unsigned int first = __ffs(lowers);

	stack_blk_piece_one(piece, first, sector);
	piece->nr = hweight_long(lowers);
	piece->others = lowers & ~BIT(first);
}

/* The lower devices that still work. */
static stack_blk_rare unsigned long stack_blk_working(const struct stack_blk_dev *dev)
{
	unsigned long lowers = 0;
	unsigned int i;

	for (i = 0; i < dev->nr_lowers; i++)
		if (!READ_ONCE(dev->lower[i].failed))
			lowers |= BIT(i);
	return lowers;
}

/*
 * The most of an original without data that our queue's limits let through at once, as
 * bio_split_to_limits() in block/blk-merge.c has it. Who submits looks at them, too, but maybe at
 * those of a disk on top of ours, which are from before somebody lowered ours.
 */
static stack_blk_rare unsigned int stack_blk_most(const struct stack_blk_dev *dev,
						  const struct bio *orig)
{
	const struct queue_limits *lim = &dev->disk->queue->limits;
	unsigned int len = orig->bi_iter.bi_size, unit = 1, most, rest;

	if (bio_op(orig) == REQ_OP_WRITE_ZEROES) {
		most = READ_ONCE(lim->max_write_zeroes_sectors);
	} else {
		unit = max(lim->discard_granularity >> SECTOR_SHIFT, 1u);
		if (bio_op(orig) == REQ_OP_SECURE_ERASE)
			most = READ_ONCE(lim->max_secure_erase_sectors);
		else
			most = READ_ONCE(lim->max_discard_sectors);
		most -= most % unit;
	}
	/* None at all: it was refused above, or will be below. */
	if (!most || len >> SECTOR_SHIFT <= most)
		return len;
	rest = stack_blk_rest(orig->bi_iter.bi_sector + most -
			      (lim->discard_alignment >> SECTOR_SHIFT) % unit, unit);
	if (most > rest)
		most -= rest;
	return most << SECTOR_SHIFT;
}

/* Concatenation: the piece ends where the lower device does. */
static void stack_blk_map_linear(const struct stack_blk_dev *dev, sector_t sector,
				 struct stack_blk_piece *piece)
{
	const struct stack_blk_lower *lower = dev->lower;
	unsigned int i = 0;

	while (i < dev->legs && sector >= lower[i + 1].start)
		i++;
	if (i < dev->legs && piece->len >> SECTOR_SHIFT > lower[i + 1].start - sector)
		piece->len = (lower[i + 1].start - sector) << SECTOR_SHIFT;
	stack_blk_piece_one(piece, i, sector - lower[i].start);
}

/**
 * stack_blk_pick_leg - whose turn it is to be read from
 * @dev: the device, a mirror
 * @tried: bits of lower devices that are out of question
 *
 * Context: any.
 * Return: index of a lower device, -1 if none is left.
 */
int stack_blk_pick_leg(struct stack_blk_dev *dev, unsigned int tried)
{
	unsigned int turn = this_cpu_inc_return(dev->stats->turn);
	unsigned int n;

	for (n = 0; n < dev->nr_lowers; n++) {
		unsigned int i = (turn + n) % dev->nr_lowers;

		if (!(tried & BIT(i)) && !READ_ONCE(dev->lower[i].failed))
			return i;
	}
	return -1;
}

static stack_blk_rare void stack_blk_map_mirror(struct stack_blk_dev *dev, const struct bio *orig,
						sector_t sector, struct stack_blk_piece *piece)
{
	if (bio_op(orig) == REQ_OP_READ)
		stack_blk_piece_one(piece, stack_blk_pick_leg(dev, 0), sector);
	else
		stack_blk_piece_several(piece, stack_blk_working(dev), sector);
}

/* Where what comes before @sector ends on lower device @i. */
static sector_t stack_blk_stripe_end(const struct stack_blk_dev *dev, sector_t sector,
				     unsigned int i)
{
	unsigned int unit = dev->chunk >> SECTOR_SHIFT;
	unsigned int rest = sector_div(sector, unit);
	unsigned int row_rest = sector_div(sector, dev->nr_lowers);
	sector_t end = sector * unit;

	if (i < row_rest)
		return end + unit;
	return i == row_rest ? end + rest : end;
}

/* What of @len bytes from @sector on is on lower device @i: one range, maybe of no length. */
static void stack_blk_stripe_range(const struct stack_blk_dev *dev, sector_t sector,
				   unsigned int len, unsigned int i, struct stack_blk_range *range)
{
	sector_t end = stack_blk_stripe_end(dev, sector + (len >> SECTOR_SHIFT), i);

	range->lower = i;
	range->sector = stack_blk_stripe_end(dev, sector, i);
	range->bytes = (end - range->sector) << SECTOR_SHIFT;
}

/* No data: all that is on a lower device at once. */
static stack_blk_rare void stack_blk_map_stripe_whole(const struct stack_blk_dev *dev,
						      sector_t sector,
						      struct stack_blk_piece *piece)
{
	struct stack_blk_range range;
	unsigned long lowers = 0;
	unsigned int i;

	for (i = 0; i < dev->nr_lowers; i++) {
		stack_blk_stripe_range(dev, sector, piece->len, i, &range);
		if (range.bytes)
			lowers |= BIT(i);
	}
	stack_blk_piece_several(piece, lowers, 0);
	stack_blk_stripe_range(dev, sector, piece->len, piece->first.lower, &piece->first);
}

/* The piece ends where the chunk does. */
static void stack_blk_map_stripe(const struct stack_blk_dev *dev, sector_t sector,
				 struct stack_blk_piece *piece)
{
	unsigned int unit = dev->chunk >> SECTOR_SHIFT;
	unsigned int rest = sector_div(sector, unit);
	unsigned int i = sector_div(sector, dev->nr_lowers);

	piece->len = min(piece->len, (unit - rest) << SECTOR_SHIFT);
	stack_blk_piece_one(piece, i, sector * unit + rest);
}

/* Whether all lower devices are to be flushed before the data of an original. */
static bool stack_blk_flushes_first(const struct stack_blk_dev *dev, const struct bio *orig)
{
	return dev->legs && orig->bi_iter.bi_size && orig->bi_opf & REQ_PREFLUSH;
}

/**
 * stack_blk_map - the next piece of an original
 * @dev: the device
 * @orig: what is left of the original
 * @piece: the piece
 *
 * With several lower devices a flush before data is a piece of its own, for all of them; the
 * original is to come back without the flag once it is done.
 *
 * Context: any.
 */
void stack_blk_map(struct stack_blk_dev *dev, const struct bio *orig, struct stack_blk_piece *piece)
{
	sector_t sector = orig->bi_iter.bi_sector;

	piece->len = orig->bi_iter.bi_size;
	piece->flush = stack_blk_flushes_first(dev, orig);
	if (piece->flush || !piece->len) {
		piece->len = 0;
		stack_blk_piece_several(piece, stack_blk_working(dev), 0);
		return;
	}
	if (!stack_blk_has_data(orig)) {
		piece->len = stack_blk_most(dev, orig);
		if (dev->par.layout == STACK_BLK_STRIPE) {
			stack_blk_map_stripe_whole(dev, sector, piece);
			return;
		}
	} else {
		piece->len = min(piece->len, dev->most);
	}

	if (dev->par.layout == STACK_BLK_LINEAR)
		stack_blk_map_linear(dev, sector, piece);
	else if (dev->par.layout == STACK_BLK_MIRROR)
		stack_blk_map_mirror(dev, orig, sector, piece);
	else
		stack_blk_map_stripe(dev, sector, piece);
}

/**
 * stack_blk_map_len - how much of an original goes into its next piece
 * @dev: the device
 * @orig: what is left of the original
 *
 * Without what stack_blk_map() does beside: no leg of a mirror has had its turn. A flush before
 * data leaves the original whole.
 *
 * Context: any.
 * Return: bytes; all that is left if it need not be cut.
 */
unsigned int stack_blk_map_len(struct stack_blk_dev *dev, const struct bio *orig)
{
	unsigned int size = orig->bi_iter.bi_size;
	struct stack_blk_piece piece;

	if (stack_blk_flushes_first(dev, orig))
		return size;
	if (stack_blk_is_mirror(dev))
		return stack_blk_has_data(orig) ? min(size, dev->most) : size;
	stack_blk_map(dev, orig, &piece);
	return piece.len ?: size;
}

/**
 * stack_blk_map_other - where a piece is on another lower device than the first
 * @dev: the device
 * @orig: what is left of the original
 * @piece: the piece, from stack_blk_map()
 * @lower: index of the device, one of @piece->others
 * @range: where it is
 *
 * Context: any.
 */
void stack_blk_map_other(const struct stack_blk_dev *dev, const struct bio *orig,
			 const struct stack_blk_piece *piece, unsigned int lower,
			 struct stack_blk_range *range)
{
	if (dev->par.layout == STACK_BLK_STRIPE && piece->len) {
		stack_blk_stripe_range(dev, orig->bi_iter.bi_sector, piece->len, lower, range);
	} else {
		*range = piece->first;
		range->lower = lower;
	}
}
