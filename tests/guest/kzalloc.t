#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Zeroed memory: calls, bytes and what lives are equal to stack_blk's own counters and to what bpftrace
# counts; a module that leaks is found out, and one that does not is not.
# tier: full
# budget: 85
. "$(dirname "$0")/lib.sh"

report=$work/report

# measure [ARGUMENT...] -- COMMAND...: bioscope kzalloc runs it; sets status, and clones to the truth.
measure() {
	local before

	before=$(counter clones_allocated 2>/dev/null || echo 0)
	bioscope kzalloc --json "$@" >"$report" 2>"$work/err"
	status=$?
	[ -d "$truth" ] && clones=$(($(counter clones_allocated) - before))
	[ ! -s "$work/err" ] || note "stderr: $(cat "$work/err")"
}

value() { jq -r "$1" "$report"; }

# site FUNCTION FILTER: of the call site in that function.
site() { value "[.sites[] | select((.site | startswith(\"$1+\")) and .module != null)][0]$2"; }

lost() { value '[.lost[]] | add'; }

# Every I/O is one clone and one state of it.
one_task() {
	local size

	new_device per_bio=kzalloc chunk_kb=0
	measure -m stack_blk -- "${fio[@]}" --size=4m
	is "$status" 0 'one task: exit status 0'
	is "$clones" 1024 'one task: 4 MiB in 4 KiB are 1024 clones'
	is "$(site stack_blk_kmalloc .calls)" "$clones" "one task: all $clones calls are counted"
	is "$(site stack_blk_kmalloc .failed)" 0 'one task: none failed'
	is "$(site stack_blk_kmalloc .freed)" "$clones" 'one task: all were freed'
	is "$(value .total.live.objects)" 0 'one task: none lives'
	size=$(state_size)
	is "$(site stack_blk_kmalloc .bytes_requested)" $((clones * size)) \
		"one task: each call asked for the $size bytes of a state"
	is "$(value '[.sites[].module] | unique | join(" ")')" stack_blk 'one task: only this module is shown'
}

# Of struct stack_blk_clone, as the module's BTF has it; only a mirror's has legs.
state_size() {
	bpftool -B /sys/kernel/btf/vmlinux btf dump file /sys/kernel/btf/stack_blk |
		sed -n "s/.* STRUCT 'stack_blk_clone' size=\([0-9]*\) .*/\1/p"
}

# None is lost, although the kernel skips programs.
many_tasks() {
	measure -m stack_blk -- "${fio[@]}" --size=2m --numjobs=4
	is "$status" 0 'many tasks: exit status 0'
	is "$(site stack_blk_kmalloc .calls)" "$clones" "many tasks: all $clones calls are counted"
	is "$(site stack_blk_kmalloc .freed)" "$clones" 'many tasks: all were freed'
	is "$(lost)" 0 'many tasks: nothing was lost'
}

# What the kernel's own code asks for is counted at the same time.
everything() {
	measure -- "${fio[@]}" --size=2m --numjobs=2
	is "$(site stack_blk_kmalloc .calls)" "$clones" "all modules: all $clones calls are counted"
	is "$(value '[.modules[] | select(.module == null) | .calls > 0][0]')" true \
		'all modules: those of the kernel image, too'
	is "$(value '.total.calls == ([.sites[].calls] | add) and
		.total.calls == ([.modules[].calls] | add)')" true 'all modules: sums agree'
	is "$(value '[.sites[] | select(.calls != .failed + .freed + .live.objects)] | length')" 0 \
		'all modules: what was neither freed nor failed lives'
}

# The same by bpftrace: zeroed allocations that are called from this module's code.
independent() {
	local first last script

	first=0x$(grep -E '\[stack_blk\]$' /proc/kallsyms | awk '$2 ~ /[tT]/ { print $1 }' | sort | head -n 1)
	last=0x$(grep -E '\[stack_blk\]$' /proc/kallsyms | awk '$2 ~ /[tT]/ { print $1 }' | sort | tail -n 1)
	script="BEGIN { printf(\"ready\\n\"); }
		tracepoint:kmem:kmalloc / args->gfp_flags & 0x100 && args->call_site >= $first &&
			args->call_site < $last + 4096 / {
			@calls = count(); @req = sum(args->bytes_req); @alloc = sum(args->bytes_alloc);
		}"
	bpftrace -f json -e "$script" >"$work/bpftrace" 2>&1 &
	local pid=$!
	wait_until 300 grep -q ready "$work/bpftrace"
	measure -m stack_blk -- "${fio[@]}" --size=4m --bs=8k
	kill -INT $pid
	wait $pid
	is "$(value .total.calls)" "$(map_of calls)" 'bpftrace counts as many calls'
	is "$(value .total.bytes_requested)" "$(map_of req)" 'bpftrace adds up as many bytes asked for'
	is "$(value .total.bytes_allocated)" "$(map_of alloc)" 'bpftrace adds up as many bytes given'
	is "$(value .total.calls)" "$clones" 'and both are the truth'
}

map_of() {
	jq -s "[.[] | select(.type == \"map\" or .type == \"stats\") | .data.\"@$1\" | values][0]" \
		"$work/bpftrace"
}

# Modules of the kernel and ours do not leak.
tidy_modules() {
	no_device
	rmdir /sys/kernel/config/nullb/nullb0
	measure -- bash -c ". /mnt/share/tests/guest/lib.sh; rmmod stack_blk null_blk; load; new_device \
		per_bio=kzalloc; dd if=/dev/stackb0 of=/dev/null bs=64k count=64 iflag=direct status=none; \
		no_device; rmdir /sys/kernel/config/nullb/nullb0; rmmod stack_blk null_blk"
	is "$status" 0 'stack_blk and null_blk: exit status 0, no leak'
	is "$(value '.leaks | length')" 0 'stack_blk and null_blk: no leak'
	is "$(value '[.modules[] | select(.module == "stack_blk" or .module == "null_blk") |
		.calls > 0] | length')" 2 'stack_blk and null_blk: both have allocated'
	is "$(value '[.modules[] | select(.module == "stack_blk" or .module == "null_blk") |
		.live.objects] | add')" 0 'stack_blk and null_blk: nothing of them lives'
}

# leaks FILTER: of the only leak.
leak() { value "[.leaks[] | select(.module == \"kzalloc_leak\")][0]$1"; }

planted() {
	measure -m kzalloc-leak -- sh -c "insmod $ko keep=3 size=100; sleep 1; rmmod kzalloc_leak"
	is "$status" 111 'leak: exit status 111'
	is "$(value '.leaks | length')" 1 'leak: one call site'
	is "$(leak .site | cut -d+ -f1)" kzalloc_leak_keep 'leak: its function is named'
	is "$(leak .objects)" 3 'leak: all objects are counted'
	is "$(leak .bytes_requested)" 300 'leak: and the bytes that were asked for'
	is "$(leak .bytes_allocated)" $((3 * 128)) 'leak: and those that were given'
	is "$(leak '.oldest_s >= 1')" true 'leak: it is older than the module lived'
	is "$(leak '.oldest_s > .unloaded_s')" true 'leak: and than the module is gone'
	is "$(site kzalloc_leak_add_tidy .freed)" 8 'leak: kfree() and kfree_rcu() are no leaks'
	is "$(value "[.sites[] | select($large)] | map(.calls) | add // 0")" 1 \
		'leak: what is larger than the slab has is told once'
	is "$(value "[.sites[] | select($large | not)] | map(.calls) | add")" 11 'leak: memory that is not zeroed is not counted'
	is "$(lost)" 0 'leak: nothing was lost'
}

large='.bytes_requested > 100000'

# Without -m, and with what is gone after loading.
planted_at_init() {
	measure -- sh -c "insmod $ko keep=0 keep_at_init=2 size=64; sleep 0.5; rmmod kzalloc_leak"
	is "$status" 111 'leak at init: exit status 111'
	is "$(value '.leaks | length')" 1 'leak at init: no other module leaks'
	is "$(leak .objects)" 2 'leak at init: all objects are counted'
	is "$(leak .bytes_requested)" 256 'leak at init: and the bytes'
	note "call site: $(leak .site)"
	is "$(leak .site | cut -d+ -f1)" kzalloc_leak_init 'leak at init: its function is named'
}

planted_twice() {
	measure -m kzalloc_leak -- sh -c "for n in 1 2 4; do insmod $ko keep=\$n; rmmod kzalloc_leak; done"
	is "$status" 111 'leak in each of three loads: exit status 111'
	is "$(leak .objects)" 7 'leak in each of three loads: all objects are counted'
	is "$(value '.leaks | length')" 1 'leak in each of three loads: under one name'
}

failed_load() {
	measure -m kzalloc_leak -- sh -c "insmod $ko keep=2 fail=1 2>/dev/null || true"
	is "$status" 111 'leak of a module that failed to load: exit status 111'
	is "$(leak .objects)" 2 'leak of a module that failed to load: all objects are counted'
}

# What is still loaded may yet free; what was freed in the end is no leak.
no_leaks() {
	measure -m kzalloc_leak -- insmod "$ko" keep=5
	is "$status" 0 'no unload, no leak: exit status 0'
	is "$(site kzalloc_leak_keep .live.objects)" 5 'no unload, no leak: the objects live'
	measure -m kzalloc_leak -- rmmod kzalloc_leak
	is "$status" 0 'what was there before bioscope is not known'
	measure -m kzalloc_leak -- sh -c "insmod $ko keep=1
		kept=\$(cat /sys/module/kzalloc_leak/parameters/kept)
		rmmod kzalloc_leak; insmod $ko keep=0 give_back=\$kept; rmmod kzalloc_leak"
	is "$status" 0 'what is freed after the unload is no leak: exit status 0'
	is "$(value "[.sites[] | select($large | not)] | map(.freed) | add")" 17 'what is freed after the unload is counted as freed'
}

command_line() {
	local hidden

	bioscope kzalloc -m a/b >/dev/null 2>&1
	is $? 2 'a path is not the name of a module: exit status 2'
	hidden=$(sysctl -n kernel.kptr_restrict)
	sysctl -q kernel.kptr_restrict=2
	refuses 3 'the kernel hides it, see kernel.kptr_restrict' bioscope kzalloc -t 1
	sysctl -q "kernel.kptr_restrict=$hidden"
	measure -m kzalloc_leak -- sh -c "insmod $ko keep=1; rmmod kzalloc_leak; exit 7"
	is "$status" 7 'the status of a command that failed is passed on'
	measure -t 0.5
	is "$(value '.schema')" bioscope.kzalloc/1 'it ends after the time given'
	bioscope kzalloc -m kzalloc_leak >"$work/text" 2>&1 &
	wait_until 300 grep -q poll "/proc/$!/wchan" # it is attached, and waits
	insmod "$ko" keep=1 size=2000
	rmmod kzalloc_leak
	kill -INT $!
	wait $!
	is $? 1 'SIGINT ends it with a report'
	is "$(grep -c '^LEAK: kzalloc_leak, .* left 1 object(s) of kzalloc_leak_keep+.* 2000 bytes' \
		"$work/text")" 1 'the report for people tells of the leak'
}

load
fio=(fio --name=t --filename=/dev/stackb0 --rw=randread --bs=4k --ioengine=libaio --iodepth=16
	--direct=1 --output=/dev/null)
ko=$(test_module kzalloc_leak)
[ -n "$ko" ] || note 'there is no module in build/guest/modules/'
one_task
many_tasks
everything
independent
tidy_modules
planted
planted_at_init
planted_twice
failed_load
no_leaks
command_line
plan_done
