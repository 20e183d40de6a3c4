/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pools that block drivers have of their own, the targets of dm and the personalities of md too, and where: by
 * the types of their modules, of which each says what its structures are like (/sys/kernel/btf).
 */
#ifndef BIOSCOPE_LOAD_MEMBERS_H
#define BIOSCOPE_LOAD_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct btf;

/* One pool. */
struct member {
	const char
		*owner; /* the target, as `dmsetup table' has it, or the personality; "": a disk */
	const char *module;
	const char *type; /* of the owner's private data */
	/*
	 * From there to the pool, as in C; a step "^TYPE.FIELD.MEMBER" is from that field to the
	 * structure that contains it, and there to the member.
	 */
	const char *path;
};

#define MEMBERS 69
#define MEMBERS_MODULES 24

/* Those of a module are together. Index: what a pool of kind RECORD_POOL_TYPED has as its offset. */
extern const struct member members_table[MEMBERS];

/* Members that lead to targets and personalities. */
enum members_layout {
	MEMBERS_DM_MAP, /* of struct mapped_device */
	MEMBERS_DM_NUM_TARGETS, /* of struct dm_table */
	MEMBERS_DM_TARGETS,
	MEMBERS_DM_TYPE, /* of struct dm_target */
	MEMBERS_DM_PRIVATE,
	MEMBERS_DM_NAME, /* of struct target_type */
	MEMBERS_MD_LEVEL, /* of struct mddev */
	MEMBERS_MD_PRIVATE,
	MEMBERS_NVME_CTRL, /* of struct nvme_ns */
	MEMBERS_NVME_OPS, /* of struct nvme_ctrl */
	MEMBERS_NVME_NAME, /* of struct nvme_ctrl_ops */
	MEMBERS_LAYOUT,
};

#define MEMBER_STEPS 4 /* of a path, at most */

/* Where a pool is. */
struct member_place {
	bool is_set; /* it is a struct bio_set, else a mempool_t; of this kernel, as all of it */
	uint32_t
		steps; /* 0: there is none, or it is not known; all but the last lead to a pointer */
	int32_t at[MEMBER_STEPS]; /* offsets in bytes, also negative ones */
	bool last_too; /* what is there is a pointer, too */
};

struct members_module {
	const char *name;
	bool builtin;
	bool tried; /* it was there, and was looked into */
};

struct members {
	struct members_module modules[MEMBERS_MODULES];
	size_t nr_modules;
	int32_t layout[MEMBERS_LAYOUT]; /* offsets in bytes; -1: not known */
	uint32_t target_size; /* of a struct dm_target */
	struct member_place place[MEMBERS];
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
