#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# A host without our modules: what people have. ext4 on null_blk, dm, md.
# tier: main
# budget: 120
. "$(dirname "$0")/lib.sh"

# name_of QUERY: names of pools in the last report.
names() { jq -r '.pools[].name' "$work/report"; }

has_name() { names | grep -qxF "$1"; }

# done_by DISK NUMBER: it has completed so many reads and writes of the job, which makes a file of 8 MiB first.
done_by() {
	local stat

	read -ra stat <"/sys/block/$1/stat"
	[ $((stat[0] + stat[4])) -gt $((2048 + $2)) ]
}

file_io() {
	local start took status

	mkfs.ext4 -q /dev/nullb0 && mount /dev/nullb0 /mnt
	ok $? 'ext4 on null_blk'
	background fio --name=t --directory=/mnt --size=8m --rw=randrw --bs=4k --ioengine=libaio \
		--iodepth=8 --direct=1 --rate_iops=500 --time_based --runtime=3000
	wait_until 300 done_by nullb0 1
	declare -f done_by wait_until poll >"$work/functions"
	start=$EPOCHSECONDS
	bioscope latency --json -- bash -c '. "$1"; sleep 5; wait_until 300 done_by nullb0 500' bash \
		"$work/functions" >"$work/report"
	status=$?
	took=$((EPOCHSECONDS - start + 1))
	holds 'its output is JSON' jq . "$work/report"
	is $status "$(beside_command "$(lost_status "$work/report")")" \
		'latency --json ends with 0 while fio runs, or with 114 if it says that something was not counted'
	for name in fs_bio_set 'nullb0 bio_split' 'vda bio_split' blkdev_dio_pool; do
		has_name "$name"
		ok $? "it knows $name"
	done
	[ "$(jq '[.pools[].allocations] | add' "$work/report")" -gt 100 ]
	ok $? 'it saw allocations'
	holds 'it ran for as long as the command' json "$work/report" ".duration_s >= 5 and .duration_s <= $took"
	is "$(names | grep -c unnamed)" 0 'no pool is without a name'
	kill "${pids[0]}"
}

stacked() {
	modprobe dm_mod
	dmsetup create lin --table "0 131072 linear /dev/nullb1 0"
	mdadm -q --create /dev/md0 --run --level=1 --raid-devices=2 --assume-clean --metadata=1.2 \
		/dev/nullb2 /dev/nullb3 2>"$work/mdadm"
	ok $? 'a dm-linear and an md raid1'
	udevadm settle
	bioscope list --json >"$work/report"
	is $? 0 'list ends well'
	for name in 'dm-0 bs' 'dm-0 io_bs' 'md0 bio_set' 'md0 sync_set' 'md0 io_clone_set'; do
		has_name "$name"
		ok $? "list has $name although nothing uses it"
	done
	is "$(jq -r '.pools[] | select(.name == "dm-0 bs") | .module' "$work/report")" dm_mod \
		'and its module'
	for device in dm-0 /dev/dm-0 /dev/mapper/lin; do
		is "$(bioscope list -d $device --json | jq -r '[.pools[].device] | unique | join(" ")')" \
			dm-0 "-d $device is dm-0"
	done
	bioscope latency --json -d /dev/mapper/lin -- \
		dd if=/dev/mapper/lin of=/dev/null bs=4k count=100 iflag=direct status=none >"$work/report"
	is "$(jq '[.pools[] | select(.pool != "bio_split") | .allocations] | add' "$work/report")" 100 \
		'100 reads of dm-linear are 100 allocations'
}

mistakes() {
	bioscope list -d dm-7 2>"$work/err"
	is $? 2 'a device that is not there is a usage error'
	is "$(head -n 2 "$work/err")" \
		$'bioscope: no pool is of device "dm-7"; there is:\n  -d dm-0' 'which names what is there'
	bioscope list -d dm-0 -p nosuch 2>"$work/err"
	is $? 2 'and so is a pool'
	grep -qx '  -d dm-0 -p io_bs' "$work/err"
	ok $? 'which names those of the device'
	bioscope list -d /dev/null 2>"$work/err"
	is $? 2 'a path that is no block device is a usage error'
	is "$(bioscope list --json -p bio_split | jq '[.pools[].device] | length > 4')" true \
		'one name of pools of several devices means all of them'
	bioscope pressure -p bio_split -t 1 2>"$work/err"
	is $? 2 'but where one is wanted, it is a usage error'
	grep -qx '  -d dm-0 -p bio_split' "$work/err"
	ok $? 'which names them'
	for arguments in '' 'nosuch' 'stat -t 0' 'stat -t 1x' 'stat -i' 'list -t 1' 'list -- true' \
		'stat --' 'pressure --rate 101%' 'pin -t 1' 'doctor -t 1'; do
		# shellcheck disable=SC2086 # are words
		bioscope $arguments >/dev/null 2>&1
		is $? 2 "wrong arguments are usage errors: bioscope $arguments"
	done
	setpriv --reuid=65534 --clear-groups bioscope doctor >/dev/null 2>&1
	is $? 3 'doctor says 3 when it may not trace'
	bioscope pressure -d dm-0 -p bs -t 1 2>"$work/err"
	is $? 3 'pressure says 3 without its module'
	grep -q 'modprobe bio_pressure' "$work/err"
	ok $? 'and how to get it'
}

# In stat's last line, the pools of dm-0 are gone.
last_says_gone() { [ "$(of_dm tail)" = '[true,true]' ]; }

# of_dm HEAD-OR-TAIL: whether the two pools of dm-0 are gone, in stat's first or last line.
of_dm() {
	"$1" -n 1 "$work/lines" |
		jq -c '[.pools[] | select(.name == "dm-0 bs" or .name == "dm-0 io_bs") | .gone]'
}

streams() {
	local asked all

	bioscope doctor --json >"$work/report"
	is $? 0 'doctor is content'
	is "$(jq '[.checks[] | select(.ok == false) | .name] | sort | join(" ")' "$work/report")" \
		'"bio_pressure stack_blk"' 'it misses only our modules'
	bioscope doctor --cost --json -- dd if=/dev/mapper/lin of=/dev/null bs=4k count=100 iflag=direct \
		status=none >"$work/report"
	holds 'doctor --cost: the kernel measured the probes' json "$work/report" \
		'[.costs[] | select(.probe == "alloc_count")][0] | .runs >= 100 and .run_s > 0'
	bioscope latency --json -- echo said >"$work/report" 2>"$work/err"
	holds 'JSON is whole although COMMAND prints, too' jq . "$work/report"
	is "$(cat "$work/err")" said 'what that prints is on stderr'
	is "$(bioscope latency -- echo said | head -n 1)" said 'but without --json it is where it belongs'
	bioscope stat -d dm-0 -i 500ms >"$work/text" 2>"$work/err" &
	asked=$!
	bioscope stat --json -i 500ms >"$work/lines" 2>"$work/err.all" &
	all=$!
	pids+=("$asked" "$all")
	wait_until 300 eval '[ -s "$work/lines" ] && [ -s "$work/text" ]'
	dmsetup remove lin
	wait_until 300 last_says_gone
	ok $? 'stat goes on when a device is removed, and says that it is gone'
	kill -INT "$all"
	wait "$all"
	is $? "$(lost_status "$work/lines")" 'it ends well'
	is "$(jq -s length "$work/lines")" "$(wc -l <"$work/lines")" 'stat --json prints an object a line'
	kill -INT "$asked"
	wait "$asked"
	is $? 1 'but if that is all that it was asked about, it fails'
	is "$(grep -c 'went away while it was traced: -d "dm-0"' "$work/err")" 1 'and says so, once'
	is "$(of_dm head)" '[false,false]' 'it knew its pools'
}

# A kernel that lacks a symbol is one of which another is wanted.
hidden_disks() {
	sed 's/blockdev_superblock/blockdev_nosuchblok/g' "$(command -v bioscope)" >"$work/bioscope"
	chmod +x "$work/bioscope"
	"$work/bioscope" list --json >"$work/report" 2>"$work/err"
	is $? 4 'list on a kernel that does not tell its disks ends as one of which something is missing'
	is "$(jq -c '[.pools[] | .name | select(. == "fs_bio_set" or . == "md0 bio_set")]' "$work/report")" \
		'["fs_bio_set"]' 'it has the pools that are variables of the kernel'
	holds 'and says why it has no others' grep -q 'so disks cannot be found' "$work/err"
	"$work/bioscope" doctor --json >"$work/report"
	is "$? $(jq -c '.checks[] | select(.name == "list of block devices") | .ok' "$work/report")" '0 false' \
		'doctor says so, too'
}

hidden_addresses() {
	local before

	before=$(cat /proc/sys/kernel/kptr_restrict)
	echo 2 >/proc/sys/kernel/kptr_restrict
	bioscope list 2>"$work/err"
	is $? 3 'list where the kernel tells nobody where anything is: status 3'
	holds 'and what would help' grep -q 'kernel.kptr_restrict at 0 or 1' "$work/err"
	bioscope doctor >"$work/report"
	is $? 3 'doctor says no'
	holds 'and why' grep -q 'set kernel.kptr_restrict to 1' "$work/report"
	echo "$before" >/proc/sys/kernel/kptr_restrict
}

for disk in nullb0 nullb1 nullb2 nullb3; do
	null_disk $disk memory_backed=1 size=256
done
file_io
stacked
mistakes
streams
hidden_disks
hidden_addresses
umount /mnt 2>/dev/null
plan_done
