#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Counts with 4, 2 and 1 processors, which go and come back meanwhile, 1 to 64 tasks, and another bioscope
# and bpftrace at the same functions: counted and missing are all there were, and with --exact none is missing.
# tier: full
# budget: 120
# vm: -c 4
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/counts.sh"

ios=3200

# processors N: so many are online.
processors() {
	local n

	for n in 1 2 3; do
		echo $((n < $1)) >/sys/devices/system/cpu/cpu$n/online
	done
}

# matrix: what bioscope runs.
matrix() {
	local n tasks

	for n in 4 2 1; do
		processors $n
		for tasks in 1 8 64; do
			fio --name=t --filename=/dev/stackb0 --rw=randread --bs=4k --ioengine=psync --direct=1 \
				--thread --numjobs=$tasks --number_ios=$((ios / tasks)) --output="$work/fio" || return
		done
	done
	processors 4
}

# counted OPTION...: sets status, clones, counted, and missing to what stat says.
counted() {
	local before

	before=$(counter clones_allocated)
	bioscope stat "$@" --json -i 1h -d stackb0 -p bs -- bash -c '. "$0" && matrix' "$work/functions" \
		>"$work/report" 2>"$work/err"
	status=$?
	clones=$(($(counter clones_allocated) - before))
	counted=$(value allocations)
	missing=$(jq .lost.allocations "$work/report")
}

declare -p work ios >"$work/functions"
declare -f processors matrix >>"$work/functions"
load
device pool_size=2
bpftrace -e 'BEGIN { printf("ready\n"); } fentry:bio_alloc_bioset { @ = count(); }
	kprobe:bio_alloc_bioset { @k = count(); }' >"$work/bpftrace" 2>&1 &
pids+=($!)
wait_until 300 grep -q ready "$work/bpftrace"
background bioscope stat -i 1h
counted --exact
is "$clones" $((9 * ios)) 'every I/O was done'
is "$status $counted $missing" "0 $clones 0" "--exact: all $clones are counted, and none is missing"
counted
is "$clones" $((9 * ios)) 'every I/O was done again'
# What is missing may be of another bio_set, that of direct I/O.
[ "$counted" -le "$clones" ] && [ $((counted + missing)) -ge "$clones" ]
ok $? "$counted counted and $missing missing of all pools, of $clones"
is "$status" "$(beside_command $((missing ? 4 : 0)))" 'the exit status says whether any is missing'
plan_done
