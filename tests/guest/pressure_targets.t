#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Whom bio_pressure refuses what: a target that is gone stays alone, several can be held, filters leave
# others alone, and what could not be decided on is counted, to the last allocation.
# tier: full
# budget: 110
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

# --- targets ---------------------------------------------------------------------------------------

# The device goes under pressure, and another comes. (One whose bio_set is where the other's was: pressure_rules.t.)
gone_device() {
	forget
	hold "arm:$bs:1000000:600000"
	destroy first
	holds 'pressure ends with its bio_set' wait_until 60 logs 'lifted, its bio_set is gone'
	with_bs create first lower=/dev/nullb0 pool_size=2
	"${fio[@]}" --filename=/dev/stackb0 --number_ios=200 --output="$work/fio"
	lift
	is "$(jq -c '[.state, .seen, .missed]' "$work/pressed")" '[3,0,0]' 'nothing of the next is refused'
}

# A device that is handed over cannot go.
pinned_device() {
	local bs

	modprobe dm_mod
	with_bs dmsetup create pinned --table '0 65536 linear /dev/nullb1 0'
	udevadm settle
	hold "arm:$bs:1000000:600000:device=/dev/mapper/pinned"
	dmsetup remove pinned 2>"$work/err"
	grep -q 'Device or resource busy' "$work/err"
	ok $? 'the device that was handed over cannot be removed'
	lift
	holds 'and can once pressure is lifted' dmsetup remove --retry pinned
	modprobe -r dm_mod
}

several() {
	local first=$bs before_first before_second

	forget
	with_bs create second lower=/dev/nullb1 pool_size=2
	before_first=$(truth stackb0 clones_allocated)
	before_second=$(truth stackb1 clones_allocated)
	hold "arm:$first:1000000:600000" stats "again:$bs:500000:600000"
	"${fio[@]}" --filename=/dev/stackb0 --number_ios=200 --output="$work/fio"
	"${fio[@]}" --filename=/dev/stackb1 --number_ios=400 --output="$work/fio"
	lift
	is "$(pressed .seen)" $(($(truth stackb1 clones_allocated) - before_second)) \
		'of two that are held, the second sees its own'
	holds 'and refuses its share' json "$work/pressed" '.refused > 100 and .refused < 300'
	holds 'and the first all of its own' \
		logs "lifted, closed: refused $(($(truth stackb0 clones_allocated) - before_first)) of"
	destroy second
	bs=$first
}

# As many as there are places for, each by a descriptor of its own.
too_many() {
	local bs n holders=() most=16

	for ((n = 0; n <= most; n++)); do
		with_bs create many$n size_mb=16 pool_size=2
		[ $n = $most ] || { hold "arm:$bs:1000000:600000" && holders+=("$holder"); }
	done
	is ${#holders[@]} $most "$most pools are held"
	is "$(ctl "arm:$bs:1000000:1000" why | xargs)" 'ENOSPC not held: too many pools are held (error -28)' \
		'and no more'
	kill "${holders[@]}"
	wait "${holders[@]}"
	is "$(ctl "arm:$bs:1000000:1000" | xargs)" ok 'until they are lifted'
	for ((n = 0; n <= most; n++)); do
		destroy many$n
	done
}

# Every address in a bio_set that is in the kernel's image, taken for a mempool's: those of its pools are some,
# and only they. Before 7.x there are two for integrity data, of which that of bio_vecs cannot be held.
mempools_of_bio_set() {
	local fs_bio_set bytes i answers=()

	insmod "$(test_module mempool_cases)"
	bytes=$(</sys/module/mempool_cases/parameters/set_bytes)
	rmmod mempool_cases
	fs_bio_set=$(awk '$3 == "fs_bio_set" { print "0x" $1; exit }' /proc/kallsyms)
	for ((i = 0; i < bytes / 8; i++)); do
		answers+=("$(ctl "arm:$(printf '0x%x' $((fs_bio_set + 8 * i))):1000000:1000:pool=mempool" why | xargs)")
	done
	printf '%s\n' "${answers[@]}" | sort | uniq -c | sed 's/^ *//; s/ (error.*//' >"$work/answers"
	if grep -qw bvec_alloc /proc/kallsyms; then
		is "$(grep -v 'EINVAL not held: no pool is at this address' "$work/answers" | xargs -d '\n')" \
			"1 EOPNOTSUPP not held: its slab is that of bio_vecs, but it is the bvec_pool of no bio_set 3 ok" \
			'of the mempools in a bio_set three can be held'
	else
		is "$(grep -v 'EINVAL not held: no pool is at this address' "$work/answers")" '2 ok' \
			'the mempools in a bio_set can be held'
	fi
}

# Its bio_pool as a mempool: still all that bio_alloc_bioset() asks for is refused.
as_mempool() {
	local pool

	pool=$(bioscope list --json --addresses -d stackb0 -p bs | jq -r '.pools[0].mempool_address')
	hold "arm:$pool:1000000:600000:pool=mempool"
	"${fio[@]}" --filename=/dev/stackb0 --number_ios=200 --output="$work/fio"
	lift
	is "$(jq -c '[.refused, .spared, .missed]' "$work/pressed")" '[200,0,0]' \
		"a bio_set's mempool is held as the bio_set's"
}

# --- filters ---------------------------------------------------------------------------------------

# Two jobs of 200 I/Os, one of which is of the tree that is meant.
process_tree() {
	local before parent

	before=$(truth stackb0 clones_allocated)
	bash -c 'until [ -e "$0/go" ]; do sleep 0.1; done; "$@"' "$work" "${fio[@]}" --filename=/dev/stackb0 \
		--number_ios=200 --output="$work/inside" &
	parent=$!
	pids+=("$parent")
	hold "arm:$bs:1000000:600000:pid=$parent"
	touch "$work/go"
	"${fio[@]}" --filename=/dev/stackb0 --number_ios=200 --output="$work/outside"
	wait $parent
	lift
	is "$(jq -c '[.refused, .spared, .excluded, .missed]' "$work/pressed")" '[200,0,200,0]' \
		'those of a process tree are refused, those of others are not'
	is $(($(truth stackb0 clones_allocated) - before)) 400 'which are all there were'
}

may_sleep() {
	destroy first
	with_bs create first lower=/dev/nullb0 pool_size=2 gfp=nowait
	hold "arm:$bs:1000000:600000:sleeping=1"
	"${fio[@]}" --filename=/dev/stackb0 --number_ios=200 --output="$work/fio"
	lift
	is "$(jq -c '[.refused, .spared, .excluded, .missed]' "$work/pressed")" '[0,0,200,0]' \
		'what may not sleep is left alone if that is asked for'
	# Before it sleeps, bio_alloc_bioset() asks without sleeping where a rescuer could help.
	destroy first
	with_bs create first lower=/dev/nullb0 pool_size=2 chunk_kb=4 submit_order=batch rescuer=1
	hold "arm:$bs:1000000:600000:sleeping=1"
	"${fio[@]}" --filename=/dev/stackb0 --number_ios=200 --output="$work/fio"
	lift
	is "$(jq -c '[.refused, .spared, .excluded, .missed]' "$work/pressed")" '[800,0,0,0]' \
		'all that may, is refused'
	destroy first
	with_bs create first lower=/dev/nullb0 pool_size=2
}

# A driver's own pool, with an element function of its own, goes, and then the function.
mempool_gone() {
	forget
	pools_of dmsetup create crypt --table '0 65536 crypt capi:ecb(cipher_null) - 0 /dev/nullb1 0'
	udevadm settle
	hold "arm:$(mempool_with crypt_page_alloc):1000000:600000:pool=mempool"
	holds 'a device goes whose mempool is under pressure' dmsetup remove --retry crypt
	holds 'so does the driver' modprobe -r dm-crypt
	holds 'pressure ends with the mempool' wait_until 60 logs 'lifted, its mempool is gone'
	lift
	is "$(pressed .state)" 3 'and its holder knows'
}

# --- what is missed --------------------------------------------------------------------------------

# As many marks as one allocation takes, and four tasks that wait for two elements.
overflow() {
	local before

	rmmod bio_pressure
	modprobe bio_pressure marks=2
	before=$(truth stackb0 clones_allocated)
	press 1000000
	"${fio[@]}" --filename=/dev/stackb0 --numjobs=4 --number_ios=500 --output="$work/fio"
	is $? 0 'I/O goes on when there is no mark left'
	lift
	holds 'which is counted' json "$work/pressed" '.missed_overflow > 0 and .refused > 0'
	is "$(pressed '.refused + .missed_overflow')" $(($(truth stackb0 clones_allocated) - before)) \
		'each clone was refused or is among those'
	rmmod bio_pressure
	modprobe bio_pressure
}

# A task that waits already when pressure begins anew is let go, and counted. If it looks again between the
# two, which it does every 5 s, it has gone on: another try.
begun_before() {
	local before try asleep=0

	for ((try = 0; try < 20 && asleep == 0; try++)); do
		destroy first
		with_bs create first lower=/dev/nullb0 pool_size=2 chunk_kb=4 submit_order=batch rescuer=0
		press 1000000
		before=$(counter clones_allocated)
		start stackb0 --iodepth=1 --number_ios=1 --bs=12k
		wait_until 300 stalled "$before"
		drop "$holder"
		press 1000000
		asleep=$(sleepers)
		wait_until 300 eval "! kill -0 $job 2>/dev/null" || break
		lift
	done
	! kill -0 "$job" 2>/dev/null
	ok $? 'pressure that begins while a task waits does not hold it'
	is "$asleep" 1 'it waited when pressure began'
	is "$(pressed .missed_before)" 1 'and is missed, and counted'
	destroy first
	with_bs create first lower=/dev/nullb0 pool_size=2
}

# --- proof -----------------------------------------------------------------------------------------

# Where ftrace can be switched off while others use it (not since 7.x), nothing would be refused.
without_ftrace() {
	if sysctl -qw kernel.ftrace_enabled=0 2>"$work/err"; then
		is "$(ctl "arm:$bs:1000000:1000" why | xargs)" \
			'EOPNOTSUPP not held: ftrace is switched off (sysctl kernel.ftrace_enabled) (error -95)' \
			'without ftrace nothing is held, and it says why'
		sysctl -qw kernel.ftrace_enabled=1
	else
		skip "this kernel does not switch it off: $(cat "$work/err")" 'without ftrace nothing is held'
	fi
	press 1000000
	! sysctl -qw kernel.ftrace_enabled=0 2>/dev/null
	ok $? 'while pressure is held it cannot be switched off'
	lift
}

without_kprobes() {
	echo 0 >/sys/kernel/debug/kprobes/enabled
	press 1000000
	"${fio[@]}" --filename=/dev/stackb0 --number_ios=200 --output="$work/fio"
	lift
	echo 1 >/sys/kernel/debug/kprobes/enabled
	is "$(pressed .refused)" 200 'kprobes that are switched off change nothing'
}

# The kernel's own test of going to sleep, up to where all tasks are frozen, and back.
sleep_of_the_machine() {
	forget
	press 1000000
	echo freezer >/sys/power/pm_test
	echo freeze >/sys/power/state
	echo none >/sys/power/pm_test
	holds 'pressure is lifted before the machine goes to sleep' logs 'lifted, the machine goes to sleep'
	lift
	is "$(pressed .state)" 4 'and its holder knows'
}

# --- the rate --------------------------------------------------------------------------------------

rate() {
	bioscope pressure --json --rate "$1" -d stackb0 -p bs -- "${fio[@]}" --iodepth=1 --bs=4k \
		--filename=/dev/stackb0 --number_ios=2000 --output="$work/fio" >"$work/rate"
}

# What came from the reserve, as bioscope sees it, is as many as were refused; and that is the share.
rates() {
	local percent

	destroy first
	with_bs create first lower=/dev/nullb0 pool_size=4
	for percent in 10 25 50 90; do
		unless_lost rate $percent%
		is "$(jq '.pools[0].ways | .reserve + .wait' "$work/rate")" "$(jq .pressure.refused "$work/rate")" \
			"$percent %: what was refused comes from the reserve"
		holds "$percent %: and is that share, within six standard deviations" json "$work/rate" \
			"($percent / 100) as \$p | .pressure | .seen == 2000 and
				(.refused - .seen * \$p | fabs) < 6 * (.seen * \$p * (1 - \$p) | sqrt)"
	done
}

load
null_disk nullb1
with_bs create first lower=/dev/nullb0 pool_size=2
for part in ${parts:-gone_device pinned_device several too_many mempools_of_bio_set as_mempool process_tree may_sleep mempool_gone overflow \
	begun_before without_ftrace without_kprobes sleep_of_the_machine rates}; do
	begin=$SECONDS
	$part
	note "$part took $((SECONDS - begin)) s"
done
destroy first
plan_done
