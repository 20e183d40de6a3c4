#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What bioscope has found in a driver that is in the kernel: with md's bio_set exhausted and four writers, raid1
# without a write-intent bitmap stalls, and with one goes on. Without, it submits each mirror's clone at once
# (raid1_add_bio_to_plug(), drivers/md/raid1-10.c), which under submit_bio_noacct() only parks it on
# current->bio_list, while it asks the same bio_set, which has no rescuer, for the next mirror's. With one,
# they go by way of a plug or of raid1d. What is written is there after the pressure.
# tier: full
# budget: 120
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"
. "$(dirname "$0")/disks.sh"

fio=(fio --name=t --filename=/dev/md0 --size=4m --offset_increment=4m --rw=write --bs=256k --direct=1
	--numjobs=4 --verify=crc32c --verify_state_save=0 --output=/dev/null)

# outcome LEVEL BITMAP DISK...: "stalls" or "goes on" is in $outcome, and four writers have ended since.
outcome() {
	local level=$1 bitmap=$2

	shift 2
	raid "$level" md0 "$bitmap" "$@"
	rm -f "$work/status"
	# Upon a stall bioscope ends its COMMAND; the writers are a child of that.
	bioscope pressure --json --until-stall -d md0 -p bio_set -- bash -c \
		'("$@"; echo $? >"$0") & wait' "$work/status" "${fio[@]}" >"$work/report" 2>"$work/err"
	outcome=$(jq -r '.pools[0] | if .stalled then "stalls" else "goes on" end' "$work/report")
	note "raid$level, bitmap $bitmap: $outcome, $(jq -c '.pools[0] | {waiting, level}' "$work/report")"
	wait_until 300 [ -s "$work/status" ]
	is "$(cat "$work/status")" 0 "raid$level, bitmap $bitmap: every byte is as it was written"
	no_raid "$@"
}

modprobe -a bio_pressure raid1 raid10
modprobe null_blk nr_devices=0
for n in 0 1 2 3; do
	null_disk nullb$n memory_backed=1 size=200
done
outcome 1 none /dev/nullb0 /dev/nullb1
is "$outcome" stalls 'raid1 without a bitmap stalls'
outcome 1 internal /dev/nullb0 /dev/nullb1
is "$outcome" 'goes on' 'raid1 with a bitmap goes on'
outcome 10 none /dev/nullb0 /dev/nullb1 /dev/nullb2 /dev/nullb3
is "$outcome" stalls 'raid10 without a bitmap stalls'
outcome 10 internal /dev/nullb0 /dev/nullb1 /dev/nullb2 /dev/nullb3
is "$outcome" stalls 'raid10 with a bitmap stalls'
plan_done
