#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# A host that swaps to dm-crypt for want of memory: whoever watches it is not swapped out, waits for nothing that
# has to be read, and says what it could not count.
# tier: full
# budget: 200
# vm: -m 384 --disk 512
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

swapped_kib() { awk '/^VmSwap:/ { print $2 }' "/proc/$1/status"; }

# Faults for which something had to be read.
major_faults() { awk '{ print $12 }' "/proc/$1/stat"; }

lines() { wc -l <"$1"; }

# keep_time FILE: in the background; locked in memory, says every second how long ago it did so last.
keep_time() {
	local mlockall=151 all=3 # __NR_mlockall of x86-64; MCL_CURRENT | MCL_FUTURE

	perl -MTime::HiRes=time,sleep -e '
		$| = 1; syscall($ARGV[0] + 0, $ARGV[1] + 0) == 0 or die "mlockall: $!";
		for ($last = time;; $last = $now) { sleep(1); printf "%.3f\n", ($now = time) - $last }' \
		$mlockall $all >"$1" &
	pids+=($!)
}

swap_to_crypt() {
	dmsetup create swap --table "0 $(blockdev --getsz /dev/vdc) crypt capi:ecb(cipher_null) - 0 /dev/vdc 0"
	mkswap /dev/mapper/swap >/dev/null 2>&1 && swapon /dev/mapper/swap
}

# Somebody who sleeps and has what nobody locked: he is swapped out where there is pressure.
sleeper() { background python3 -c 'import time; held = bytearray(b"x" * (16 << 20)); time.sleep(100000)'; }

modprobe dm-crypt
holds 'there is swap on dm-crypt' swap_to_crypt
sleeper
sleeping=${pids[-1]}
bioscope stat --exact -i 1s --json >"$work/lines" &
watching=$!
pids+=("$watching")
keep_time "$work/time"
wait_until 120 eval '[ "$(lines "$work/lines")" -ge 2 ]'
faults=$(major_faults "$watching") out=$(vmstat pswpout)
background stress-ng --quiet --vm 2 --vm-bytes 240M --vm-keep --vm-method write64
wait_until 600 eval '[ $(($(vmstat pswpout) - out)) -gt 10000 ] && [ "$(swapped_kib "$sleeping")" -gt 8192 ] &&
	[ "$(lines "$work/lines")" -ge 30 ]'
ok $? "$(($(vmstat pswpout) - out)) pages are swapped out, and $(swapped_kib "$sleeping") KiB of who sleeps"
is "$(swapped_kib "$watching")" 0 'nothing of bioscope is'
is "$(($(major_faults "$watching") - faults))" 0 'nor did it have to wait for what was read'
drop "${pids[-1]}"
kill -INT "$watching"
wait "$watching"
status=$?
is $status "$(jq -es 'any(.[]; [.lost[]] | add > 0)' "$work/lines" >/dev/null && echo 4 || echo 0)" \
	'what is not counted is said'
is "$(jq -cs '[.[].lost | to_entries[] | select(.value > 0).key] | unique - ["allocations", "untimed_allocations"]' \
	"$work/lines")" '[]' 'and nothing else is lost'
note "the longest intervals were $(jq -c -s '[.[].duration_s] | sort[-5:]' "$work/lines") s, of $(lines "$work/lines"); \
the longest of who only keeps time $(sort -n "$work/time" | tail -n 3 | xargs) s"
# A second later at most where nothing else keeps the processors; it was 20 when a name took a pass over kallsyms.
holds 'reports come in time' eval 'jq -es "[.[].duration_s] | max < 5" "$work/lines" >/dev/null'
holds 'swap was what went through dm-crypt' \
	eval 'jq -es "[.[].pools[] | select(.pool == \"crypt.bs\") | .allocations] | add > 1000" "$work/lines" >/dev/null'
swapoff /dev/mapper/swap
dmsetup remove swap
plan_done
