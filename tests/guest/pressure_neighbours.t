#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# bio_pressure beside other tracers: kprobes, kretprobes, fentry and fexit programs, and bioscope itself, on
# each function that it watches or redirects; either comes first, and either leaves first. Each time all
# that is to be refused is, and the kernel lives.
# tier: full
# budget: 400
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

io() { "${fio[@]}" --filename=/dev/stackb0 --bs=4k --number_ios=100 --output="$work/fio"; }

# arrives KIND FUNCTION, leaves: another tracer.
arrives() {
	case $1 in
	kprobe | kretprobe)
		echo "$([ "$1" = kprobe ] && echo p || echo r):neighbour $2" >>$tracing/kprobe_events &&
			echo 1 >$tracing/events/kprobes/neighbour/enable
		;;
	*)
		: >"$work/neighbour"
		bpftrace -e "$1:$2 { @ = count(); } BEGIN { printf(\"attached\\n\"); }" >"$work/neighbour" 2>&1 &
		neighbour=$!
		pids+=("$neighbour")
		wait_until 120 grep -q attached "$work/neighbour"
		;;
	esac
}

leaves() {
	if [ -d $tracing/events/kprobes/neighbour ]; then
		echo 0 >$tracing/events/kprobes/neighbour/enable
		echo -:neighbour >>$tracing/kprobe_events
	else
		kill -INT "$neighbour"
		wait "$neighbour"
	fi
}

# It comes first and leaves first; comes first and leaves last; comes second and leaves last; comes and goes
# meanwhile.
beside() {
	arrives "$@" || return 1
	press 1000000 && io || return 1
	leaves
	io
	lift
	[ "$(pressed .refused)" = 200 ] || return 1
	arrives "$@" && press 1000000 && io || return 1
	lift
	[ "$(pressed .refused)" = 100 ] && io || return 1
	leaves
	press 1000000 && arrives "$@" && io || return 1
	lift
	[ "$(pressed .refused)" = 100 ] && io || return 1
	leaves
	press 1000000 && arrives "$@" && io && leaves && io || return 1
	lift
	[ "$(pressed .refused)" = 200 ]
}

load
with_bs create first lower=/dev/nullb0 pool_size=2
for function in "$(symbol mempool_alloc)" mempool_alloc_bulk_noprof bio_alloc_bioset bvec_alloc \
	mempool_alloc_slab "$(symbol kmem_cache_alloc)" mempool_exit mempool_destroy do_exit; do
	# Of two of them there is one or the other, depending on the kernel.
	if ! grep -qwx "$function" $tracing/available_filter_functions; then
		[[ $function == mempool_alloc_bulk_noprof || $function == bvec_alloc ]]
		ok $? "$function() cannot be traced here"
		continue
	fi
	for kind in kprobe kretprobe fentry fexit; do
		case $function-$kind in
		do_exit-kretprobe | do_exit-fexit) continue ;; # does not return
		esac
		holds "each is refused beside a $kind on $function()" beside $kind "$function"
	done
done
# Two bioscopes, whose programs are on the same functions.
bioscope stat -i 500ms -d stackb0 >"$work/stat" 2>&1 &
pids+=($!)
wait_until 120 grep -q stackb0 "$work/stat"
bioscope pressure --json -d stackb0 -p bs -- "${fio[@]}" --filename=/dev/stackb0 --bs=4k --number_ios=200 \
	--output="$work/fio" >"$work/pressure"
is "$(jq '.pressure.refused' "$work/pressure")" 200 'each is refused beside a second bioscope'
is "$(jq '.pools[0].ways | .reserve + .wait' "$work/pressure")" 200 'and comes from the reserve'
kill -INT "${pids[-1]}"
wait "${pids[-1]}"
destroy first
holds 'the module goes' rmmod bio_pressure
plan_done
