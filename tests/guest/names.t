#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Every pool of every stack, used or not, has a name of its own that says whose it is, and the reserve that the
# driver has asked for; what it counts is what was read. A name is found as soon as there is an owner, and
# devices by partition, mapping and mount point.
# tier: full
# budget: 300
# vm: --nvme 64
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"
. "$(dirname "$0")/disks.sh"

# dm NAME: what the kernel calls it.
dm() { basename "$(readlink -f "/dev/mapper/$1")"; }

listed() { unless_lost eval 'bioscope list --json >"$work/list"'; }

# pool NAME RESERVE [MODULE]: there is one of that name, with that reserve, of that module.
pool() {
	is "$(jq -r --arg name "$1" '[.pools[] | select(.name == $name) | [.reserve, .module] | join(" ")] | join(", ")' \
		"$work/list")" "$2 ${3-}" "$1 has a reserve of $2"
}

# reads PATH POOL COUNT: so many reads are as many allocations from it.
reads() {
	unless_lost eval "bioscope latency --json -d $1 -p $2 -- dd if=$1 of=/dev/null bs=4k count=$3 iflag=direct \
		status=none >'$work/report'"
	is "$(jq '[.pools[].allocations] | add' "$work/report")" "$3" "$3 reads of $1 are as many of its $2"
}

# devices_of ARGUMENT: the disks whose pools -d shows.
devices_of() { bioscope list --json -d "$1" | jq -r '[.pools[].device] | unique | join(" ")'; }

# owner POOL: the module of its target.
owner() {
	local target=${1#* }

	target=${target%%.*}
	echo "dm_${target/-/_}"
}

dm_stacks() {
	local name reserve

	modprobe -a dm-crypt dm-thin-pool dm-mirror dm-snapshot dm-integrity dm-writecache dm-cache
	reserve=$(cat /sys/module/dm_mod/parameters/reserved_bio_based_ios)
	table lin linear /dev/nullb0 0
	table c1 crypt 'capi:ecb(cipher_null)' - 0 /dev/nullb1 0
	table c2 crypt 'capi:ecb(cipher_null)' - 0 /dev/nullb2 0
	table wc writecache s /dev/nullb3 /dev/nullb4 4096 0
	table mir mirror core 2 131072 nosync 2 /dev/nullb5 0 /dev/nullb6 0
	table integ integrity /dev/nullb7 0 4 J 0
	table ca cache /dev/nullb8 /dev/nullb9 /dev/nullb10 128 1 writethrough default 0
	table snap snapshot /dev/nullb11 /dev/nullb12 N 8
	table tp thin-pool /dev/nullb13 /dev/nullb14 128 0
	dmsetup message tp 0 'create_thin 0'
	table thin thin /dev/mapper/tp 0
	listed
	is "$status" 0 'list ends well'
	for name in lin c1 c2 wc mir integ ca snap tp thin; do
		pool "$(dm $name) io_bs" "$reserve" dm_mod
		pool "$(dm $name) bs" "$reserve" dm_mod
		pool "$(dm $name) bio_split" 2 dm_mod
	done
	for name in c1 c2; do
		pool "$(dm $name) crypt.bs" 64 dm_crypt
		pool "$(dm $name) crypt.page_pool" 256 dm_crypt
		pool "$(dm $name) crypt.req_pool" 64 dm_crypt
	done
	pool "$(dm wc) writecache.dm_io.bios" 16 dm_writecache
	pool "$(dm wc) writecache.copy_pool" 1 dm_writecache
	pool "$(dm mir) mirror.io_client.bios" 16 dm_mirror
	pool "$(dm integ) integrity.io.bios" 16 dm_integrity
	for name in "$(dm wc) writecache.dm_kcopyd" "$(dm mir) mirror.kcopyd_client" "$(dm ca) cache.copier" \
		"$(dm snap) snapshot.kcopyd_client" "$(dm tp) thin-pool.pool.copier"; do
		pool "$name.job_pool" 8 "$(owner "$name")"
		pool "$name.io_client.pool" 16 "$(owner "$name")"
		pool "$name.io_client.bios" 16 "$(owner "$name")"
	done
	pool "$(dm wc) writecache.dm_io.pool" 16 dm_writecache
	pool "$(dm integ) integrity.journal_io_mempool" 32 dm_integrity
	pool "$(dm ca) cache.bs" 2 dm_cache
	pool "$(dm ca) cache.migration_pool" 128 dm_cache
	pool "$(dm snap) snapshot.pending_pool" 256 dm_snapshot
	pool "$(dm tp) thin-pool.pool.mapping_pool" 1024 dm_thin_pool
	reads /dev/mapper/lin io_bs 20
	reads /dev/mapper/c2 crypt.bs 20
	reads /dev/mapper/thin io_bs 20
}

others() {
	local loop

	modprobe -a raid1 raid10 bcache zram
	truncate -s 64M "$work/file"
	loop=$(losetup --find --show "$work/file")
	mdadm --quiet --build /dev/md1 --level=1 --raid-devices=2 --assume-clean /dev/nullb15 /dev/nullb16
	mdadm --quiet --create /dev/md2 --level=10 --raid-devices=2 --run --assume-clean --bitmap=none \
		/dev/nullb17 /dev/nullb18 2>/dev/null
	make_bcache nullb19 nullb20
	mkfs.xfs -q -f /dev/nullb21
	mkfs.btrfs -q -f /dev/nullb22
	mkdir "$work/xfs" "$work/btrfs"
	mount /dev/nullb21 "$work/xfs"
	mount /dev/nullb22 "$work/btrfs"
	udevadm settle
	listed
	pool 'md1 bio_set' 2 md_mod
	pool 'md1 sync_set' 2 md_mod
	pool 'md1 raid1.bio_split' 2 raid1
	pool 'md1 raid1.r1bio_pool' 256 raid1
	pool 'md2 bio_set' 2 md_mod
	pool 'md2 raid10.r10bio_pool' 256 raid10
	pool 'md2 raid10.bio_split' 2 raid10
	pool 'bcache0 bcache_device' 4 bcache
	pool 'bcache0 cache_set' 4 bcache
	pool 'zram0 bio_split' 2 zram
	pool "$(basename "$loop") bio_split" 2 loop
	pool iomap_ioend_bioset 32 # of xfs; 4 * (PAGE_SIZE / SECTOR_SIZE)
	holds 'the bio_set of btrfs' json "$work/list" '[.pools[] | select(.module == "btrfs" and .reserve > 0)] | length > 0'
	reads /dev/md1 bio_set 20
	losetup --detach "$loop"
	is "$(devices_of "$work/xfs")" nullb21 'a mount point is the disk that it is on'
	is "$(devices_of "$work/btrfs")" nullb22 'also of btrfs'
	printf ',10M\n,10M\n' | sfdisk -q /dev/nullb23
	udevadm settle
	is "$(devices_of /dev/nullb23p2)" nullb23 'a partition is part of its disk'
	is "$(devices_of nullb23p1)" nullb23 'by its name, too'
	bioscope list -d /proc 2>"$work/err"
	is "$? $(cat "$work/err")" '2 bioscope: list: device "/proc" is not valid; it must be a block device, or a file or mount point on one' \
		'but what is on no disk is a usage error'
}

# reserve_of PARAMETER: what a module parameter says.
reserve_of() { cat "/sys/module/$1"; }

# Mempools of drivers of requests, and of nobody.
mempools() {
	modprobe nvme
	wait_until 60 test -b /dev/nvme0n1
	udevadm settle
	mkfs.ext4 -q -O encrypt /dev/nullb23
	mkdir "$work/encrypted"
	mount /dev/nullb23 "$work/encrypted"
	holds 'something is encrypted' python3 "$(dirname "$0")/encrypt_dir.py" "$work/encrypted/dir"
	listed
	is "$(jq -c '[.pools[] | select(.device == "nvme0n1" and .module == "nvme" and (.pool | test("^(iod|dmavec)_mempool$"))) |
		.reserve]' "$work/list")" '[1]' 'a disk of nvme has a mempool with a reserve of 1'
	# Since ext4 leaves it to the block layer to encrypt, that has the pages, BIO_MAX_VECS of them.
	if json "$work/list" 'any(.pools[]; .name == "blk_crypto_bounce_page_pool")'; then
		pool blk_crypto_bounce_page_pool 256
	else
		pool fscrypt_bounce_page_pool "$(reserve_of fscrypto/parameters/num_prealloc_crypto_pages)"
	fi
	[ ! -e /sys/module/blk_crypto ] ||
		pool bio_crypt_ctx_pool "$(reserve_of blk_crypto/parameters/num_prealloc_crypt_ctxs)"
	is "$(jq -c '[.pools[] | select(.name | test("^sg_pools")) | [.name, .reserve]]' "$work/list")" \
		"$(jq -nc '[range(5) | ["sg_pools[\(.)]", 2]]')" 'each of sg_pools has a reserve of 2'
	umount "$work/encrypted"
}

# The pools of a table are made when it is loaded, and have an owner when it is resumed.
late() {
	local name

	bioscope stat --json -i 200ms >"$work/lines" 2>"$work/err" &
	pids+=($!)
	wait_until 300 test -s "$work/lines"
	dmsetup create late --notable
	dmsetup load late --table '0 131072 crypt capi:ecb(cipher_null) - 0 /dev/nullb24 0'
	holds 'late: a pool without owner is named after who has made it' wait_until 60 \
		eval 'tail -n 1 "$work/lines" | jq -e ".pools | any(.pool | test(\"^of .*crypt_ctr\"))"'
	sleep 5
	dmsetup resume late
	udevadm settle
	name=$(dm late)
	for pool in bs io_bs crypt.bs; do
		holds "late: $pool is $name's once that is there" wait_until 60 \
			eval "tail -n 1 '$work/lines' | jq -e '.pools | any(.name == \"$name $pool\")'"
	done
	kill -INT "${pids[-1]}"
	wait "${pids[-1]}"
}

# All of them are told apart by Prometheus, too.
# Whoever makes a disk may call it as he likes, with some drivers of some kernels.
odd() {
	local name=$'x\xff\e[2J"'

	null_disk "$name"
	udevadm settle
	[ -e "/sys/block/$name" ] || { skip 'null_blk calls its disks by numbers' 'a disk of odd bytes' && return; }
	listed
	is "$(jq -r '[.pools[].device] | unique[]' "$work/list" | grep '^x')" 'x\xff\x1b[2J"' 'a disk of odd bytes is in JSON'
	holds 'which is UTF-8' iconv -f UTF-8 -t UTF-8 -o /dev/null "$work/list"
	bioscope list >"$work/text"
	is "$(grep -c $'\e' "$work/text")" 0 'and on a terminal'
	is "$(devices_of "$name")" 'x\xff\x1b[2J"' 'and is found by its name'
}

told_apart() {
	local n

	for n in $(seq 300); do
		mkdir "$config/many$n" && echo 64 >"$config/many$n/size_mb" && echo $((1 + n % 9)) >"$config/many$n/pool_size" &&
			echo 1 >"$config/many$n/power" || break
	done
	udevadm settle
	listed
	is "$(jq -c '[.pools[] | select(.module == "stack_blk" and .pool == "bs") | .reserve] | group_by(.) |
		map([.[0], length])' "$work/list")" \
		"$(for n in $(seq 300); do echo $((1 + n % 9)); done | jq -cs 'group_by(.) | map([.[0], length])')" \
		'300 devices of stack_blk have the reserves that they were given'
	is "$(jq -r '.pools[] | select(.gone | not) | .name' "$work/list" | sort | uniq -d)" '' 'no two have the same name'
	odd
	bioscope export --listen 127.0.0.1:9799 2>"$work/err" &
	pids+=($!)
	wait_until 300 eval 'curl -sf 127.0.0.1:9799/metrics >"$work/page"'
	is "$(grep -v '^#' "$work/page" | sed 's/ [^ ]*$//' | sort | uniq -d)" '' 'nor do any have the same series'
	holds 'promtool has no objection' promtool check metrics <"$work/page"
	is "$(grep -c '^bioscope_pool_reserve_elements' "$work/page")" "$(jq '.pools | length' "$work/list")" \
		'and all have theirs'
}

need_modules
modprobe null_blk nr_devices=0
modprobe stack_blk
modprobe loop
for n in $(seq 0 24); do
	null_disk "nullb$n" memory_backed=1 size=320
done
dm_stacks
others
mempools
late
told_apart
plan_done
