// SPDX-License-Identifier: GPL-2.0
/*
 * Pools that are variables: which there are, and what they are called.
 */
#include "load/variables.h"

#include <stdio.h>

/*
 * Of the block layer, file systems and block drivers of 6.1 to 7.3. Only needed to list those that are idle, and those
 * that are behind a pointer: another one that is used is named by its address.
 */
const struct variable variables_table[VARIABLES] = {
	{ "fs_bio_set", VARIABLE_SET },
	{ "blkdev_dio_pool", VARIABLE_SET },
	{ "iomap_ioend_bioset", VARIABLE_SET },
	{ "iomap_ioend_split_bioset", VARIABLE_SET },
	{ "iomap_dio_simple_pool", VARIABLE_SET },
	{ "crypto_bio_split", VARIABLE_SET },
	{ "enc_bio_set", VARIABLE_SET },
	{ "bounce_bio_set", VARIABLE_SET },
	{ "bounce_bio_split", VARIABLE_SET },
	{ "f2fs_bioset", VARIABLE_SET },
	{ "btrfs_bioset", VARIABLE_SET },
	{ "btrfs_clone_bioset", VARIABLE_SET },
	{ "btrfs_repair_bioset", VARIABLE_SET },
	{ "btrfs_compressed_bioset", VARIABLE_SET },
	{ "btrfs_dio_bioset", VARIABLE_SET },
	{ "pkt_bio_set", VARIABLE_SET },
	{ "drbd_md_io_bio_set", VARIABLE_SET },
	{ "drbd_io_bio_set", VARIABLE_SET },
	{ "ntfs_mft_bioset", VARIABLE_SET },
	{ "bid_pool", VARIABLE_POOL },
	{ "bio_crypt_ctx_pool", VARIABLE_POINTER },
	{ "bio_fallback_crypt_ctx_pool", VARIABLE_POINTER },
	{ "blk_crypto_bounce_page_pool", VARIABLE_POINTER },
	{ "drbd_buffer_page_pool", VARIABLE_POOL },
	{ "drbd_ee_mempool", VARIABLE_POOL },
	{ "drbd_md_io_page_pool", VARIABLE_POOL },
	{ "drbd_request_mempool", VARIABLE_POOL },
	{ "fs_bio_integrity_pool", VARIABLE_POOL },
	{ "fscrypt_bounce_page_pool", VARIABLE_POINTER },
	{ "integrity_buf_pool", VARIABLE_POOL },
	{ "nvme_chap_buf_pool", VARIABLE_POINTER },
	{ "psd_pool", VARIABLE_POOL },
	{ "sio_pool", VARIABLE_POINTER },
	{ "sg_pools", VARIABLE_SG_POOLS },
};

void variables_label(uint32_t which, char *out, size_t size)
{
	const struct variable *v = &variables_table[which % VARIABLES];

	if (v->kind == VARIABLE_SG_POOLS)
		snprintf(out, size, "%s[%u]", v->name, which / VARIABLES);
	else
		snprintf(out, size, "%s", v->name);
}
