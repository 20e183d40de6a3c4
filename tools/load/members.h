/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pools that the targets of dm have of their own.
 */
#ifndef BIOSCOPE_LOAD_MEMBERS_H
#define BIOSCOPE_LOAD_MEMBERS_H

#include "record.h"

enum members_kind {
	MEMBERS_BIO_SET, /* a struct bio_set, part of the target's private data */
	MEMBERS_MEMPOOL, /* likewise a mempool_t */
	MEMBERS_IO_CLIENT, /* a pointer to a struct dm_io_client, which has a bio_set */
};

struct member {
	const char *target; /* as `dmsetup table' has it */
	const char *label; /* what the pool is called */
	const char *module;
	enum members_kind kind;
};

/* By enum record_member. */
extern const struct member members_table[RECORD_MEMBERS];

#endif
