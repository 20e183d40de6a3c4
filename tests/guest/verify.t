#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Whether a device makes progress with each of its pools exhausted: what keeps the contract does, what does not
# stalls, in the kernel's own raid1 as well, and it is told who waits for whom; whatever happens, the pressure goes.
# tier: main
# budget: 90
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/verify.sh"
. "$(dirname "$0")/disks.sh"

progress() {
	device
	verify stackb0
	is "$status" 0 'what keeps the contract: status 0'
	is "$(verdicts)" 'nullb0 bio_split + stackb0 bs: PROGRESS
nullb0 bio_split: PROGRESS
stackb0 bio_split: NOT TESTED
stackb0 bs: PROGRESS' 'each pool that is used, and both of them'
	holds 'what was refused is more than nothing' json "$work/report" \
		'all(.trials[] | select(.verdict == "PROGRESS"); .errors == 0 and .ios >= 32 and
			(.pools | length > 0 and all(.refused > 0 and .missed == 0)))'
	is "$(jq -r '.trials[] | select(.verdict == "NOT TESTED") | .why' "$work/report")" \
		'the workload takes nothing from it' 'what is not tested says why'
	holds 'what it does without pressure is told' json "$work/report" '.without_pressure |
		.ios > 0 and .p99_s > 0 and .longest_s >= .p99_s'
	is "$(jq -c '[.device, .jobs, .seed, .written, .verdict]' "$work/report")" \
		'["stackb0",4,1,null,"PROGRESS"]' 'and with what'
}

# The kernel's own: the clones for the mirrors wait on the list of the one who waits for the next.
raids() {
	modprobe raid1
	null_disk nullb1 memory_backed=1 size=50
	null_disk nullb2 memory_backed=1 size=50
	raid 1 md0 none /dev/nullb1 /dev/nullb2
	verify --single -p bio_set --write 0+16M md0
	is "$status $(verdicts)" '1 md0 bio_set: STALL' 'raid1 without a bitmap stalls'
	holds 'by bios on the lists of those who wait' stalled '.circle.end == "closed" and
		all(.circle.links[]; .held_as == "parked" and .waits_for == "md0 bio_set") and
		all(.circle.links[].stack; index("raid1_make_request") or index("raid1_write_request"))'
	holds 'who waits next is whose list it is' next_has_it
	holds 'and goes on when the pressure is lifted' recovers
	holds 'all that was written is there' stalled '.blocks > 0 and .damaged == 0'
	no_raid /dev/nullb1 /dev/nullb2
	raid 1 md0 internal /dev/nullb1 /dev/nullb2
	verify --single -p bio_set --write 0+16M md0
	is "$status $(verdicts)" '0 md0 bio_set: PROGRESS' 'raid1 with a bitmap goes on'
	holds 'all that was written is there' json "$work/report" '.trials[0] | .blocks > 0 and .damaged == 0'
	no_raid /dev/nullb1 /dev/nullb2
}

endings() {
	new_device scenario=B5-no-rescuer
	make_fs ext4 /dev/stackb0
	ended_by KILL 137 --write /mnt/file
	holds 'nothing is left of the file that was written' test ! -e /mnt/file
	umount /mnt
	background bioscope verify stackb0 -- sh -c 'sleep 4711 & wait'
	wait_until 60 pgrep -xf 'sleep 4711'
	kill -TERM "${pids[-1]}"
	wait "${pids[-1]}" 2>/dev/null
	is $? "$(beside_command 1)" 'verify ends at SIGTERM'
	holds 'and so does what COMMAND has started' wait_until 20 eval "! pgrep -xf 'sleep 4711'"
}

wrong() {
	refuses 2 'needs one DEVICE' bioscope verify
	refuses 2 'device nosuch: No such file or directory' bioscope verify nosuch
	refuses 2 'is no place to write to' bioscope verify stackb0 --write here
	refuses 2 'exists, and would be overwritten' bioscope verify stackb0 --write /etc/passwd
	refuses 2 'would not be on stackb0' bioscope verify stackb0 --write /tmp/new
	refuses 2 'it is in use, name a file on it' bioscope verify nullb0 --write 0+16M
	refuses 2 'the region ends beyond that' bioscope verify stackb0 --write 63M+16M
	refuses "$(beside_command 1)" 'COMMAND ends with status 3 without any pressure' \
		bioscope verify stackb0 -- sh -c 'exit 3'
	modprobe -r bio_pressure
	refuses 3 'load the module: modprobe bio_pressure' bioscope verify stackb0
}

load memory_backed=1 size=64 max_sectors=512
for part in progress raids endings wrong; do
	begin=$SECONDS
	$part
	note "$part took $((SECONDS - begin)) s"
done
plan_done
