# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by tests of bio_pressure itself: what it refuses to do, whom it hits and whom not, and that pressure
# always ends. Each function is a part; unload has to be the last.
. "$(dirname "${BASH_SOURCE[0]}")/pressure.sh"
rounds=10 # of what is repeated
all_parts=(bad_values random_targets all_refused part_refused foreign_probe neighbour time_limit lifted kinds livepatch
	killed_holder busy_module unload_under_sleepers unload)

bad_values() {
	local all=1000000

	forget
	is "$(ctl "arm:$bs:0:1000")" ERANGE 'a share of 0 is refused'
	holds 'the log says so' logs 'not held: probability_ppm 0 is out of range'
	is "$(ctl "arm:$bs:1000001:1000")" ERANGE 'a share above 1 is refused'
	is "$(ctl "arm:$bs:$all:0" why | xargs)" \
		'ERANGE not held: timeout_ms 0 is out of range, 1 to 600000' \
		'a time limit of 0 is refused, and the descriptor knows why'
	is "$(ctl "arm:$bs:$all:600001")" ERANGE 'a time limit above 10 minutes is refused'
	is "$(ctl "arm:0:$all:1000" why | xargs)" 'EINVAL not held: no bio_set is at this address (error -22)' 'a target of 0 is refused'
	is "$(ctl "arm:$bs:$all:9000:size=48")" EINVAL 'a structure that is too short is refused'
	is "$(ctl "arm:$bs:$all:9000:more=0100" why | xargs)" \
		'E2BIG not held: a request of 58 bytes is not known here' \
		'a longer one with something in it is refused'
	is "$(ctl "arm:$bs:$all:9000:more=0000")" ok 'and taken with nothing in it'
	is "$(ctl "arm:$bs:$all:9000:flags=8")" EINVAL 'an unknown flag is refused'
	is "$(ctl "arm:$bs:$all:9000:pool=3")" EINVAL 'an unknown pool is refused'
	is "$(ctl "arm:$bs:$all:9000:pid=-1")" EINVAL 'a negative pid is refused'
	is "$(ctl "arm:$bs:$all:9000:pid=4194303")" ESRCH 'no process is refused'
	is "$(ctl "arm:$bs:$all:9000:device=/dev/null")" ENOTBLK 'what is no block device is refused'
	is "$(ctl "arm:$bs:$all:9000" "arm:$bs:$all:9000" | xargs)" 'ok EBUSY' 'a second arm is refused'
	is "$(ctl "arm:$bs:$all:9000" "again:$bs:$all:9000" why | xargs)" \
		'ok EBUSY not held: another descriptor holds this pool (error -16)' \
		'a second holder of a pool is refused'
	is "$(ctl raw:0x62f3:0)" ENOTTY 'an unknown request is refused'
	is "$(ctl readonly "arm:$bs:$all:9000" lift | xargs)" 'EBADF EBADF' \
		'a descriptor that is not for writing holds and lifts nothing'
	is "$(ctl raw:0x403862f0:16 raw:0xc0c862f1:16 | xargs)" 'EFAULT EFAULT' \
		'a bad pointer is refused'
	is "$(setpriv --bounding-set=-sys_admin perl "$here/bio_pressure.pl" stats 2>&1)" \
		'bio_pressure.pl: /dev/bio_pressure: Operation not permitted' \
		'who lacks CAP_SYS_ADMIN is refused'
	is "$(ctl stats | jq -c '[.armed, .seen]')" '[0,0]' 'nothing is held after that'
}

random_targets() {
	local before threads

	busy stackb0 --rate_iops=500 --time_based --runtime=3000
	before=$(truth stackb0 bios)
	ctl "random:$rounds:$bs" >"$work/random"
	is "$(jq -c '[.tried, .taken]' "$work/random")" "[$((rounds * 3)),0]" \
		"of $((rounds * 3)) addresses none is taken for a pool's"
	holds 'I/O went on meanwhile' [ "$(truth stackb0 bios)" -gt "$before" ]
	is "$(truth stackb0 bios_failed)" 0 'without an error'
	threads=("/proc/$job/task"/*)
	is "$(ctl "arm:$bs:1000000:1000:pid=${threads[-1]##*/}")" ESRCH 'a thread is no process'
	drop "$job"
}

# traced: the functions that ftrace has a probe on.
traced() { cat "$tracing/enabled_functions"; }

all_refused() {
	local before idle

	before=$(truth stackb0 clones_allocated)
	idle=$(traced)
	press 1000000
	holds 'under pressure functions are probed' [ "$(traced)" != "$idle" ]
	"${fio[@]}" --filename=/dev/stackb0 --number_ios=2000 --output="$work/fio"
	is $? 0 'fio under full pressure has no error'
	lift
	is "$(truth stackb0 bios_failed)" 0 'nor has the device'
	is "$(pressed .refused)" $(($(truth stackb0 clones_allocated) - before)) 'each clone was refused'
	is "$(pressed '.spared + .excluded + .missed')" 0 'none was spared or missed'
	is "$(traced)" "$idle" 'and now no more are than before'
}

# quarter SEED: the same I/O under the same draws; what was refused and spared.
quarter() {
	hold "arm:$bs:250000:600000:seed=$1"
	"${fio[@]}" --filename=/dev/stackb0 --iodepth=1 --number_ios=4000 --output="$work/fio"
	lift
	jq -c '[.refused, .spared, .seed]' "$work/pressed"
}

part_refused() {
	local before first

	before=$(truth stackb0 clones_allocated)
	first=$(quarter 7)
	is "$(pressed '.refused + .spared')" $(($(truth stackb0 clones_allocated) - before)) \
		'each clone was decided on'
	holds 'a share of a quarter refuses a quarter, as the dice fall (six standard deviations)' \
		json "$work/pressed" '.seen == 4000 and
			(.refused - .seen / 4 | fabs) < 6 * (.seen * 3 / 16 | sqrt)'
	is "$(quarter 7)" "$first" 'the same seed refuses as many again'
	hold "arm:$bs:1000000:600000:interval=10:times=20"
	"${fio[@]}" --filename=/dev/stackb0 --number_ios=1000 --output="$work/fio"
	lift
	is "$(jq -c '[.refused, .spared]' "$work/pressed")" '[20,980]' \
		'every tenth is refused, twenty times at the most'
}

# allocate KIND: that many, of that kind.
allocate() { echo "$1" >/sys/module/mempool_cases/parameters/allocate; }

# Kinds of allocations, from a mempool whose element function is a module's.
kinds() {
	local parameters=/sys/module/mempool_cases/parameters kind target pool

	insmod "$(test_module mempool_cases)"
	hold "arm:$(<$parameters/traced):1000000:600000:pool=mempool"
	taskset -cp 1 $$ >/dev/null
	for kind in 'sleeping 1' 'atomic 2' 'nofail 4' 'interrupt 8'; do
		holds "allocations: $kind" allocate "$kind"
	done
	taskset -c 0 sh -c 'while :; do :; done' &
	pids+=($!)
	holds 'interrupts of user space allocate' allocate 'user_interrupt 16'
	drop "${pids[-1]}"
	taskset -cp 0-1 $$ >/dev/null
	lift
	is "$(jq -c '[.refused, .spared, .excluded, .missed]' "$work/pressed")" '[3,0,28,0]' \
		'neither what must not fail is refused, nor what an interrupt allocates'
	is "$(ctl "arm:$(<$parameters/untraced):1000000:1000:pool=mempool" why | xargs)" \
		'EOPNOTSUPP not held: its element function cannot be traced by ftrace (error -95)' \
		'a pool is not held if its elements cannot be refused'
	for kind in 'traced mempool sleeping' 'set bio bios'; do
		read -r target pool kind <<<"$kind"
		hold "arm:$(<"$parameters/$target"):1000000:600000:pool=$pool"
		holds "a $pool pool ends, and another begins at its address" allocate 'anew 1'
		holds 'which allocates' allocate "$kind 8"
		lift
		is "$(jq -c '[.state, .seen, .missed]' "$work/pressed")" '[3,0,0]' 'of which nothing is refused'
	done
	forget
	hold "arm:$(<$parameters/unseen):1000000:600000:pool=mempool"
	holds 'the module of an element function goes under pressure' rmmod mempool_cases
	holds 'which is lifted before' logs 'lifted, its module is gone'
	lift
	is "$(pressed .state)" 3 'and its holder knows'
}

# unpatch: the livepatch goes, once every task has left what it has patched.
unpatch() {
	echo 0 >/sys/kernel/livepatch/livepatch_slab/enabled
	wait_until 300 eval '[ ! -e /sys/kernel/livepatch/livepatch_slab ]' && rmmod livepatch_slab
}

livepatch() {
	insmod "$(test_module livepatch_slab)"
	is "$(ctl "arm:$bs:1000000:1000" why | xargs)" \
		'EBUSY not held: a livepatch or the like redirects its element function already (error -16)' \
		'a pool is not held whose element function has a livepatch'
	holds 'the livepatch goes' unpatch
	press 1000000
	! insmod "$(test_module livepatch_slab)" 2>"$work/err"
	ok $? 'nor does it get one under pressure'
	grep -q 'Device or resource busy' "$work/err"
	ok $? 'which is busy'
	lift
}

# Somebody else's probes where ours are. pressure_neighbours.t has all kinds, everywhere.
foreign_probe() {
	local function

	for function in mempool_alloc_slab "$(symbol kmem_cache_alloc)"; do
		echo "p:neighbour $function" >>$tracing/kprobe_events
		echo 1 >$tracing/events/kprobes/neighbour/enable
		press 1000000
		"${fio[@]}" --filename=/dev/stackb0 --number_ios=200 --output="$work/fio"
		lift
		is "$(pressed .refused)" 200 "each is refused beside a kprobe on $function()"
		echo 0 >$tracing/events/kprobes/neighbour/enable
		press 1000000
		echo 1 >$tracing/events/kprobes/neighbour/enable
		echo 0 >$tracing/events/kprobes/neighbour/enable
		"${fio[@]}" --filename=/dev/stackb0 --number_ios=200 --output="$work/fio"
		lift
		is "$(pressed .refused)" 200 'and after one that came and went'
		echo -:neighbour >>$tracing/kprobe_events
	done
}

# What a bio_set is served from only the tracer sees.
neighbour() {
	bioscope list --json -p bs >"$work/list"
	holds 'both bio_sets have elements of one size, so one slab' \
		json "$work/list" '[.pools[].front_pad_bytes] | length == 2 and .[0] == .[1]'
	busy stackb0 --rate_iops=500 --time_based --runtime=3000
	press 1000000
	bioscope latency --json -d stackb1 -p bs -- "${fio[@]}" --filename=/dev/stackb1 \
		--number_ios=1000 --output="$work/fio" >"$work/neighbour"
	lift
	holds 'the first is under pressure' json "$work/pressed" '.refused > 0 and .armed == 1'
	holds 'the second is served from the slab only' json "$work/neighbour" \
		'.pools[0].ways | .slab > 0 and .reserve == 0 and .wait == 0 and .failed == 0'
	drop "$job"
}

time_limit() {
	forget
	busy stackb0 --rate_iops=500 --time_based --runtime=3000
	ctl "arm:$bs:1000000:10000" some:refused stats none:armed stats sleep:1 stats \
		"arm:$bs:1000000:600000" some:refused stats >"$work/limit"
	sed -n 's/^{.*/&/p' "$work/limit" | jq -s . >"$work/limits"
	holds 'pressure is held before the time limit' \
		json "$work/limits" '.[0] | .armed == 1 and .refused > 0'
	holds 'and lifted after it' \
		json "$work/limits" '.[1] | .armed == 0 and .state == 2'
	holds 'the log says so' logs 'lifted, time limit'
	holds 'what was counted stays, nothing is added' json "$work/limits" \
		'.[1].refused >= .[0].refused and .[1].seen == .[2].seen and .[1] == .[2]'
	holds 'the same descriptor may hold anew, and counts anew' json "$work/limits" \
		'.[3] | .armed == 1 and .seen > 0 and .seen == .refused'
	drop "$job"
}

lifted() {
	forget
	busy stackb0 --rate_iops=500 --time_based --runtime=3000
	ctl lift "arm:$bs:1000000:600000" some:refused lift stats sleep:1 stats lift why >"$work/lifted"
	is "$(grep -v '^{' "$work/lifted" | cut -d , -f 1 | xargs)" 'ok ok ok ok lifted' \
		'pressure is lifted when that is asked for, of which there is no error'
	holds 'the log says so' logs 'lifted, asked to'
	holds 'then it is off, and what was counted stays' json <(sed -n '/^{/p' "$work/lifted" | jq -s .) \
		'.[0] == .[1] and (.[0] | .armed == 0 and .state == 5 and .refused > 0 and .seen == .refused)'
	drop "$job"
}

killed_holder() {
	forget
	busy stackb0 --time_based --runtime=3000
	press 1000000
	drop "$holder"
	holds 'pressure ends with a killed holder' logs 'lifted, closed'
	is "$(ctl "arm:$bs:1000000:1000")" ok 'and another may hold'
	drop "$job"
}

busy_module() {
	press 1000000
	is "$(rmmod bio_pressure 2>&1)" 'rmmod: ERROR: Module bio_pressure is in use' \
		'the module stays while a descriptor is open'
	is "$(ctl "arm:$bs:1000000:1000")" EBUSY 'and pressure is held'
	drop "$holder"
	holds 'it goes once the descriptor is closed' rmmod bio_pressure
	modprobe bio_pressure
}

# The module goes while tasks sleep in the allocation that it made fail.
unload_under_sleepers() {
	local tasks before begin

	destroy first
	with_bs create first lower=/dev/nullb0 pool_size=2 chunk_kb=4 submit_order=batch rescuer=0
	press 1000000
	before=$(counter clones_allocated)
	start stackb0 --io_size=1M
	holds 'I/O stalls when the rule is broken without a rescuer' wait_until 300 stalled "$before"
	tasks=$(sleepers)
	holds 'it stays so' [ "$tasks" -gt 0 ]
	begin=$SECONDS
	drop "$holder"
	holds "the module goes at once, $tasks asleep" rmmod bio_pressure
	note "unloaded after $((SECONDS - begin)) s"
	holds 'I/O goes on and ends' wait_until 300 eval "! kill -0 $job 2>/dev/null"
	wait "$job"
	is "$?" 0 'without an error'
	is "$(truth stackb0 bios_failed)" 0 'nor one of the device'
	modprobe bio_pressure
}

# One round: load both; each tenth time also use them.
load_round() {
	insmod "$stack_blk" && insmod "$bio_pressure" || return 1
	if [ $(($1 % 10)) = 0 ]; then
		with_bs create round lower=/dev/nullb0
		ctl "arm:$bs:1000000:60000" >"$work/armed"
		destroy round
		grep -q ok "$work/armed" || return 1
	fi
	rmmod bio_pressure && rmmod stack_blk
}

# By their paths: modprobe takes longer to find a module than the kernel to load it.
load_many() {
	local i stack_blk bio_pressure

	stack_blk=$(modinfo -n stack_blk) bio_pressure=$(modinfo -n bio_pressure)
	for ((i = 1; i <= rounds; i++)); do
		load_round "$i" || { echo "round $i" && return 1; }
	done
}

unload() {
	destroy first
	destroy second
	holds 'bio_pressure goes' rmmod bio_pressure
	holds 'stack_blk goes' rmmod stack_blk
	start nullb2 --rate_iops=500 --time_based --runtime=3000
	wait_until 300 eval '[ "$(awk "{ print \$1 }" /sys/block/nullb2/stat)" -gt 100 ]'
	holds "both modules load and go $rounds times under I/O on another device" load_many
	holds 'which goes on' kill -0 "$job"
	holds 'without an error' fio_ends "$work/nullb2.fio"
}

# run_parts PART...: each says how long it took.
run_parts() {
	local part begin

	load
	null_disk nullb1
	null_disk nullb2
	with_bs create first lower=/dev/nullb0 pool_size=2
	create second lower=/dev/nullb1 pool_size=2
	for part; do
		begin=$SECONDS
		$part
		note "$part took $((SECONDS - begin)) s"
	done
	plan_done
}
