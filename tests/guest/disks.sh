# SPDX-License-Identifier: GPL-2.0
# Disks of the kernel's own drivers.
# shellcheck shell=bash

# table NAME TARGET ARGUMENTS...: a device of one target, of $sectors, or 64 MiB.
table() { dmsetup create "$1" --table "0 ${sectors:-131072} ${*:2}"; }

# make_bcache DISK CACHE: /dev/bcache0. Some releases of make-bcache register what they have made, to
# register again is an error. A cache that is slow, as on a busy machine, would be passed by.
make_bcache() {
	local disk

	make-bcache --bucket 64k -B "/dev/$1" -C "/dev/$2" >/dev/null || return 1
	for disk; do
		echo "/dev/$disk" 2>/dev/null >/sys/fs/bcache/register
	done
	wait_until 300 [ -b /dev/bcache0 ] && wait_until 300 [ -e /sys/block/bcache0/bcache/cache ] &&
		echo 0 >/sys/block/bcache0/bcache/cache/congested_read_threshold_us &&
		echo 0 >/sys/block/bcache0/bcache/cache/congested_write_threshold_us
}
