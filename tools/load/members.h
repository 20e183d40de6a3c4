/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pools that the targets of dm and the personalities of md have of their own, and where: by the types of
 * their modules, of which each says what its structures are like (/sys/kernel/btf).
 */
#ifndef BIOSCOPE_LOAD_MEMBERS_H
#define BIOSCOPE_LOAD_MEMBERS_H

#include <stdbool.h>
#include <stdint.h>

struct btf;

enum member_kind {
	MEMBER_BIO_SET, /* a struct bio_set, part of the private data */
	MEMBER_MEMPOOL, /* likewise a mempool_t */
	MEMBER_IO_CLIENT, /* a pointer to a struct dm_io_client, which has a bio_set */
};

/* One pool. */
struct member {
	const char *owner; /* the target, as `dmsetup table' has it, or the personality */
	const char *label; /* what the pool is called */
	const char *module;
	const char *type; /* of the owner's private data */
	const char *field;
	enum member_kind kind;
};

#define MEMBERS 20

/* Index: what a pool of kind RECORD_POOL_TARGET has as its offset. */
extern const struct member members_table[MEMBERS];

/* Offsets in bytes; -1: not known. */
struct members {
	bool tried_dm; /* dm was there, and was looked into, for: */
	int32_t num_targets; /* in struct dm_table; so is: */
	int32_t targets;
	int32_t type; /* in struct dm_target; so is: */
	int32_t private_data;
	int32_t name; /* in struct target_type */
	int32_t io_bios; /* in struct dm_io_client */
	uint32_t target_size; /* of a struct dm_target */
	int32_t at[MEMBERS]; /* in the private data */
	bool tried[MEMBERS]; /* the module was there, and was looked into */
};

/**
 * members_init() - nothing is known yet
 * @m: filled in
 */
void members_init(struct members *m);

/**
 * members_refresh() - look into modules that were loaded since
 * @m: what is known; added to
 * @kernel: the kernel's own types, which those of modules go on with; NULL: they are loaded if they are
 *	needed, and take much memory for as long
 *
 * Cheap if there is no new module. Takes no capability.
 */
void members_refresh(struct members *m, struct btf *kernel);

#endif
