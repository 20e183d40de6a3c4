/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pools that the targets of dm and the personalities of md have of their own, and where: by the types of
 * their modules, of which each says what its structures are like (/sys/kernel/btf).
 */
#ifndef BIOSCOPE_LOAD_MEMBERS_H
#define BIOSCOPE_LOAD_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct btf;

/* One pool. */
struct member {
	const char *owner; /* the target, as `dmsetup table' has it, or the personality */
	const char *module;
	const char *type; /* of the owner's private data */
	const char *path; /* from there to the pool, as in C */
};

#define MEMBERS 53

/* Index: what a pool of kind RECORD_POOL_TARGET has as its offset. */
extern const struct member members_table[MEMBERS];

#define MEMBER_STEPS 4 /* of a path, at most */

/* Where a pool is. */
struct member_place {
	bool is_set; /* it is a struct bio_set, else a mempool_t; of this kernel, as all of it */
	uint32_t
		steps; /* 0: there is none, or it is not known; all but the last lead to a pointer */
	int32_t at[MEMBER_STEPS]; /* offsets in bytes */
	bool last_too; /* what is there is a pointer, too */
};

/* Offsets in bytes; -1: not known. */
struct members {
	bool builtin_dm; /* dm is no module */
	bool builtin[MEMBERS];
	bool tried_dm; /* dm was there, and was looked into, for: */
	int32_t num_targets; /* in struct dm_table; so is: */
	int32_t targets;
	int32_t type; /* in struct dm_target; so is: */
	int32_t private_data;
	int32_t name; /* in struct target_type */
	uint32_t target_size; /* of a struct dm_target */
	struct member_place place[MEMBERS];
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

/**
 * members_label() - what a pool is called beside its device
 * @i: index in members_table
 * @out: result, "crypt.page_pool"
 * @size: of @out, in bytes
 */
void members_label(uint32_t i, char *out, size_t size);

#endif
