#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Who holds pressure is killed, and bio_pressure unloaded, two hundred times, while twenty tasks sleep in the pool
# that has run dry: nothing of the module may be on their stacks.
# tier: full
# budget: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

rounds=200
tasks=20

all_asleep() { [ "$(sleepers "$job")" = $tasks ]; }

# By its path: modprobe takes longer to find a module than the kernel to load it.
round() {
	insmod "$bio_pressure" || return 1
	press 1000000 || return 1
	wait_until 300 all_asleep || return 1
	drop "$holder"
	rmmod bio_pressure
}

unload_many() {
	local n

	for ((n = 1; n <= rounds; n++)); do
		round || { echo "round $n: $(sleepers "$job") of $tasks asleep" && return 1; }
	done
}

more_bios() { [ "$(counter bios)" -ge "$1" ]; }

load
bio_pressure=$(modinfo -n bio_pressure)
rmmod bio_pressure
with_bs create first lower=/dev/nullb0 pool_size=2 chunk_kb=4 submit_order=batch rescuer=0
forget
busy stackb0 --ioengine=psync --numjobs=$tasks --time_based --runtime=30000
before=$(counter bios)
holds "$rounds times arm, kill -9 and unload with $tasks tasks asleep in the pool" unload_many
is "$(logs 'lifted, closed' | wc -l)" $rounds 'each time pressure was held, and ended with its holder'
[ "$(counter bios)" -gt "$before" ]
ok $? 'I/O went on in between'
holds 'and goes on at the end' wait_until 300 more_bios $(($(counter bios) + 1000))
holds 'without an error' fio_ends "$work/stackb0.fio"
is "$(counter bios_failed)" 0 'nor one of the device'
destroy first
plan_done
