#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The VM runner: what goes in, what comes out, and how it ends.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/tap.sh"
trap 'rm -rf "$work"' EXIT
run=$top/tests/vm/run

"$run" -- sh -c 'printf "%s|" "$@"; echo err >&2; exit 7' sh 'a b' '' $'c\nd' '$x' >"$work/out1" \
	2>"$work/err1"
is $? 7 "the command's own status is passed on"
is "$(cat "$work/out1")" $'a b||c\nd|$x|' 'its arguments arrive as they were given'
is "$(grep -v SETUP "$work/err1")" err 'its stderr is apart from its stdout'

head -c 1000000 /dev/urandom >"$work/random"
"$run" --share "$work" -c 1 -m 1024 -- sh -c 'cat /mnt/share/random; nproc >/mnt/share/cpus
	awk "/MemTotal/ { print \$2 }" /proc/meminfo >/mnt/share/memory
	cut -d" " -f1 /proc/uptime >/mnt/share/ready; uname -r >/mnt/share/release' >"$work/out2"
is $? 0 'a command that ends well is 0'
cmp -s "$work/random" "$work/out2"
ok $? 'any byte passes through --share and stdout'
is "$(cat "$work/cpus")" 1 '-c sets the processors'
[ "$(cat "$work/memory")" -gt 800000 ] && [ "$(cat "$work/memory")" -lt 1048576 ]
ok $? '-m sets the memory'
note "the command ran $(cat "$work/ready") s after the kernel started"
newest=$("$run" --list | tail -n 1)
grep -q "^${newest//./\\.}" "$work/release"
ok $? 'without -k it is the newest kernel of the list'

"$run" --disk 7 --nvme 9 -- sh -c 'modprobe nvme; udevadm settle
	blockdev --getsize64 /dev/vdc /dev/nvme0n1' >"$work/out1"
is "$(xargs <"$work/out1")" "$((7 << 20)) $((9 << 20))" '--disk and --nvme are disks of that size'
"$run" --disk 0 -- true 2>"$work/err1"
is "$? $(cat "$work/err1")" '126 tests/vm/run: --disk takes a number from 1 to 65536, not "0"' 'but none of nothing'

"$run" -k 0.0 -- true 2>"$work/err1"
is $? 126 'a kernel that is not in the table is refused'
grep -q "$newest" "$work/err1"
ok $? 'and the table is shown'
"$run" 2>/dev/null
is $? 126 'and so is no command'
"$run" --timeout 15 -- sleep 100 2>/dev/null
is $? 124 'the time limit has a status of its own'
"$run" -- sh -c 'echo c >/proc/sysrq-trigger; sleep 10' 2>"$work/err1"
is $? 125 'a panic has a status of its own'
grep -q 'Kernel panic' "$work/err1"
ok $? "and the kernel's log is shown"

# Tests that leave something, each in a session of its own.
mkdir "$work/tests" "$work/logs"
printf '%s\n' 'echo ok 1 - it' 'echo 1..1' >"$work/tests/tidy.t"
printf '%s\n' 'sleep 100 &' 'touch /tmp/file' >"$work/tests/leaves.t"
echo 'echo "<4>WARNING: CPU: 0 PID: 1 at nothing" >/dev/kmsg' >"$work/tests/complaint.t"
cp -r "$top/tests/suite" "$top/tests/vm" "$work"
session() {
	"$run" --share "$work" -- bash /mnt/share/suite/session /mnt/share/tests /mnt/share/logs "$@" 2>/dev/null
}
is "$(session tidy:60 leaves:60 tidy:60 | xargs)" 'begin tidy end tidy begin leaves end leaves' \
	'a session ends with the test that has left something'
is "$(sed -n '/^not ok/,$p' "$work/logs/leaves.log" | xargs)" \
	'not ok - the host is as it was before # left: file /tmp/file # left: process sleep' 'and says what'
grep -q '^not ok' "$work/logs/tidy.log"
is $? 1 'but not of one that has not'
session complaint:60 >"$work/out1"
is $? 125 "a complaint of the kernel's is the runner's status"
grep -q '^not ok - the kernel had no complaint' "$work/logs/complaint.log"
ok $? 'and a failure of the test'

icount() {
	"$run" --icount -- sh -c 'a=$(cut -d" " -f1 /proc/uptime); i=0
		while [ $i -lt 20000 ]; do i=$((i + 1)); done
		b=$(cut -d" " -f1 /proc/uptime); echo "$a $b" | awk "{ print (\$2 - \$1 < 5) }"'
}
is "$(icount)" 1 '--icount boots and time goes with instructions'
plan_done
