# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by tests that compare bioscope's counts of stackb0's bio_set with the truth: stack_blk's own
# counters, bio_pressure's, and what bpftrace counts with probes of its own.

fio=(fio --name=t --filename=/dev/stackb0 --rw=randread --bs=4k --ioengine=libaio --iodepth=16
	--direct=1 --number_ios=3000 --output=/dev/null)

# One of bioscope's numbers for stackb0's bio_set.
value() { jq "[.pools[] | select(.device == \"stackb0\" and .pool == \"bs\")][0].$1" "$work/report"; }

# Of the report, also details.
lost() { missing 'add' "$work/report"; }

all_ways() { value 'ways | add'; }

# measure COMMAND...: runs it until nothing is lost, no detail either, and what it prints is the report; sets
# clones to the truth.
measure() { unless_lost measure_once "$@"; }

measure_once() {
	local before ended

	before=$(counter clones_allocated)
	"$@" >"$work/report" 2>"$work/err"
	ended=$?
	[ $ended = 0 ] || note "status $ended: $(cat "$work/err")"
	clones=$(($(counter clones_allocated) - before))
	[ $ended != 0 ] || [ "$(lost)" = 0 ] || ended=4
	return $ended
}

healthy() {
	device pool_size=2 chunk_kb=0 submit_order=each rescuer=0
	measure bioscope latency --json -d stackb0 -p bs -- \
		"${fio[@]}"
	is "$(lost)" 0 'healthy: nothing was lost'
	is "$(value ways.slab)" "$clones" "healthy: all $clones clones came from the slab"
	is "$(all_ways)" "$clones" 'healthy: no other way was counted'
	is "$(value allocation.count)" "$clones" 'healthy: the histogram has every allocation'
}

split() {
	device pool_size=2 chunk_kb=4
	measure bioscope latency --json -d stackb0 -p bs -- "${fio[@]}" --bs=64k --number_ios=200
	is "$(all_ways)" "$clones" "split: all $clones clones of larger bios are counted"
	is $((clones % 16)) 0 'split: 64 KiB became 16 clones each'
}

refused() {
	device pool_size=2 chunk_kb=0
	measure bioscope pressure --json -d stackb0 -p bs -- "${fio[@]}"
	is "$(lost)" 0 'all refused: nothing was lost'
	is "$(value ways.slab)" 0 'all refused: none from the slab'
	is "$(value ways.failed)" 0 'all refused: none failed'
	is $(($(value ways.reserve) + $(value ways.wait))) "$clones" \
		"all refused: all $clones clones came from the reserve or after a wait"
	is "$(value wait.count)" "$(value ways.wait)" 'all refused: every wait is in the histogram'
	is "$(value lowest)" 0 'all refused: the reserve was seen empty'
	is "$(jq .pressure.refused "$work/report")" "$(jq .pressure.seen "$work/report")" \
		'all refused: bio_pressure refused all it saw'
	is "$(counter bios_failed)" 0 'all refused: no I/O failed'
}

half_refused() {
	measure bioscope pressure --json --rate 50% -d stackb0 -p bs -- "${fio[@]}"
	is "$(all_ways)" "$clones" "half refused: all $clones clones are counted"
	[ "$(value ways.slab)" -gt 0 ] && [ "$(value ways.reserve)" -gt 0 ]
	ok $? 'half refused: some from the slab, some from the reserve'
}

# Independent of bioscope's probes: kprobes on other functions, and the workqueue's tracepoints.
rescued() {
	device pool_size=2 chunk_kb=4 submit_order=batch rescuer=1
	unless_lost count_rescues
	is "$(all_ways)" "$clones" "rescued: all $clones clones are counted"
	is "$(counter bios_failed)" 0 'rescued: no I/O failed'
	is "$(value rescuer_runs)" "$(map_of runs)" 'rescued: as many rescuer runs as bpftrace counts'
	is "$(value punted_bios)" "$(map_of bios)" \
		'rescued: as many bios punted as bpftrace sees resubmitted by the rescuer'
	is "$(value rescuer_run.count)" "$(value rescuer_runs)" 'rescued: every run was timed'
	[ "$(value punts)" -gt 0 ] && [ "$(value punts)" -ge "$(value rescuer_runs)" ]
	ok $? 'rescued: there were punts, at least one for each run'
}

count_rescues() {
	local script='
		BEGIN { printf("ready\n"); }
		kprobe:bio_alloc_rescue { @runs = count(); @in[tid] = 1; }
		kprobe:submit_bio_noacct /@in[tid]/ { @bios = count(); }
		kretprobe:bio_alloc_rescue { delete(@in[tid]); }
		END { clear(@in); }'
	local bpftrace_pid ended

	bpftrace -f json -e "$script" >"$work/bpftrace" 2>&1 &
	bpftrace_pid=$!
	wait_until 300 grep -q ready "$work/bpftrace"
	measure_once bioscope pressure --json -d stackb0 -p bs -- "${fio[@]}" --bs=32k --number_ios=400
	ended=$?
	kill -INT $bpftrace_pid
	wait $bpftrace_pid
	return $ended
}

map_of() { jq -s "[.[] | select(.type == \"map\") | .data.\"@$1\" | values][0]" "$work/bpftrace"; }

# many_tasks COMMAND...: several tasks at once. A kernel that preempts programs leaves some out where that is
# not to be counted exactly, and knows how often, but not of which pool.
many_tasks() {
	local total missing

	device pool_size=2 chunk_kb=0 submit_order=each rescuer=0
	measure_once bioscope "$@" --json -d stackb0 -p bs -- "${fio[@]}" --numjobs=6 --iodepth=8 --number_ios=500
	total=$(value allocations) missing=$(jq .lost.allocations "$work/report")
	if [ "$*" = 'stat -i 60s' ]; then
		[ "$total" -le "$clones" ] && [ $((total + missing)) -ge "$clones" ]
		ok $? "many tasks, $*: $total of $clones clones are counted, and $missing of all pools are not"
	else
		is "$total $missing" "$clones 0" "many tasks, $*: all $clones clones are counted"
	fi
}
