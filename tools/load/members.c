// SPDX-License-Identifier: GPL-2.0
/*
 * Pools that the targets of dm have of their own (drivers/md/dm-*.c, 6.1 to 7.3).
 */
#include "load/members.h"

const struct member members_table[RECORD_MEMBERS] = {
	[RECORD_MEMBER_CRYPT_BS] = { "crypt", "crypt.bs", "dm_crypt", MEMBERS_BIO_SET },
	[RECORD_MEMBER_CRYPT_PAGES] = { "crypt", "crypt.page_pool", "dm_crypt", MEMBERS_MEMPOOL },
	[RECORD_MEMBER_CRYPT_REQUESTS] = { "crypt", "crypt.req_pool", "dm_crypt", MEMBERS_MEMPOOL },
	[RECORD_MEMBER_CRYPT_TAGS] = { "crypt", "crypt.tag_pool", "dm_crypt", MEMBERS_MEMPOOL },
	[RECORD_MEMBER_CACHE_BS] = { "cache", "cache.bs", "dm_cache", MEMBERS_BIO_SET },
	[RECORD_MEMBER_CACHE_MIGRATIONS] = { "cache", "cache.migration_pool", "dm_cache",
					     MEMBERS_MEMPOOL },
	[RECORD_MEMBER_INTEGRITY_IO] = { "integrity", "integrity.io", "dm_integrity",
					 MEMBERS_IO_CLIENT },
	[RECORD_MEMBER_INTEGRITY_JOURNAL] = { "integrity", "integrity.journal_io_mempool",
					      "dm_integrity", MEMBERS_MEMPOOL },
	[RECORD_MEMBER_INTEGRITY_RECHECK] = { "integrity", "integrity.recheck_bios", "dm_integrity",
					      MEMBERS_BIO_SET },
	[RECORD_MEMBER_INTEGRITY_RECALC] = { "integrity", "integrity.recalc_bios", "dm_integrity",
					     MEMBERS_BIO_SET },
	[RECORD_MEMBER_WRITECACHE_BS] = { "writecache", "writecache.bio_set", "dm_writecache",
					  MEMBERS_BIO_SET },
	[RECORD_MEMBER_WRITECACHE_COPIES] = { "writecache", "writecache.copy_pool", "dm_writecache",
					      MEMBERS_MEMPOOL },
	[RECORD_MEMBER_WRITECACHE_IO] = { "writecache", "writecache.dm_io", "dm_writecache",
					  MEMBERS_IO_CLIENT },
	[RECORD_MEMBER_ZONED_BS] = { "zoned", "zoned.bio_set", "dm_zoned", MEMBERS_BIO_SET },
	[RECORD_MEMBER_MIRROR_IO] = { "mirror", "mirror.io_client", "dm_mirror",
				      MEMBERS_IO_CLIENT },
	[RECORD_MEMBER_CLONE_HYDRATIONS] = { "clone", "clone.hydration_pool", "dm_clone",
					     MEMBERS_MEMPOOL },
	[RECORD_MEMBER_SNAPSHOT_PENDING] = { "snapshot", "snapshot.pending_pool", "dm_snapshot",
					     MEMBERS_MEMPOOL },
};
