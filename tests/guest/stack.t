#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# bioscope stack: devices are made, listed, changed and removed by it alone; what goes wrong is told, with
# the kernel's reason, and leaves nothing behind.
# tier: main
# budget: 50
. "$(dirname "$0")/lib.sh"

# stack ARGUMENT...: its output in $work/stdout, its messages in $work/err, its status in $status.
stack() {
	status=0
	bioscope stack "$@" >"$work/stdout" 2>"$work/err" || status=$?
}

# ends STATUS DESCRIPTION ARGUMENT...: it ends with that.
ends() {
	local want=$1 what=$2

	shift 2
	stack "$@"
	is "$status" "$want" "$what"
	[ "$status" = "$want" ] || sed 's/^/# /' "$work/err"
}

# says TEXT: the message does.
says() {
	holds "it says: $1" grep -F -- "$1" "$work/err" || sed 's/^/# /' "$work/err"
}

# What there is of devices: directories in configfs, disks, who holds the lower devices.
there_is() {
	ls -d "$config"/*/ /sys/block/stackb* /sys/block/nullb0/holders/* 2>/dev/null
}

# refused STATUS TEXT ARGUMENT...: create ends with that, says so, and leaves nothing.
refused() {
	local before want=$1 text=$2 words

	shift 2
	before=$(there_is) words=$*
	ends "$want" "refused: create ${words::80}" create "$@"
	says "$text"
	is "$(there_is)$(<"$work/stdout")" "$before" 'nothing is left of it'
}

attribute() { cat "$config/$1"; }

# The module is loaded, and configfs mounted, by the command.
from_nothing() {
	ends 0 'without the module there are no devices' list
	says 'the module stack_blk is not loaded'
	ends 3 'and no scenarios' scenarios
	says 'modprobe stack_blk'
	holds 'configfs is not mounted' umount /sys/kernel/config
	ends 0 'the first device' create t /dev/nullb0 chunk_kb=4 delay_inject/delay_ms=1 pool_size=1
	is "$(<"$work/stdout")" /dev/stackb0 'the path of its disk is printed'
	[ -b /dev/stackb0 ]
	ok $? 'which is there'
	is "$(attribute t/lower) $(attribute t/chunk_kb) $(attribute t/pool_size) $(attribute t/delay_inject/delay_ms)" \
		'/dev/nullb0 4 1 1' 'it has what was given'
	ends 0 'it is listed' list
	is "$(tail -n +2 "$work/stdout" | xargs)" \
		't /dev/stackb0 linear 1G 0 /dev/nullb0 chunk_kb=4 pool_size=1 delay_inject/delay_ms=1' \
		'with what was changed of it'
}

creation() {
	stop_udev
	ends 0 'without a name one is chosen' create /dev/nullb1 lose_inject/probability=100 scenario=B5 chunk_kb=8
	says 'its name is stack0'
	is "$(<"$work/stdout")" /dev/stackb1 'and the path is printed'
	is "$(attribute stack0/submit_order) $(attribute stack0/chunk_kb)" 'batch 8' \
		'a scenario comes before knobs, wherever it is given'
	is "$(attribute stack0/lose_inject/probability) $(attribute stack0/lose_inject/injected)" '100 0' \
		'a fault after the disk'
	ends 0 'it is removed by its disk' remove /dev/stackb1
	ends 0 'without power' create --no-power /dev/nullb1 layout=stripe
	is "$(<"$work/stdout") $(attribute stack0/power)" 'stack0 0' 'its name is printed'
	ends 0 'it is listed, too' list stack0 --json
	holds 'and nothing that is not known is 0' json "$work/stdout" '.devices[0] |
		.state == "off" and .disk == null and .size_bytes == null and .counters == null and .lowers == null and
		.attributes.chunk_kb == 0 and .changed == ["layout"]'
	ends 2 'it cannot be powered on: a stripe without a chunk' set stack0 power=1
	says "chunk_kb '0' is refused: a stripe needs a chunk"
	ends 0 'with one it can' set stack0 chunk_kb=64 power=1
	is "$(<"$work/stdout")" /dev/stackb1 'and the path is printed'
	ends 0 'it is removed by its name' remove stack0
	/usr/lib/systemd/systemd-udevd --daemon 2>/dev/null
	ends 0 'all clones are to be lost' create u /dev/nullb1 lose_inject/probability=100
	udevadm settle
	is "$(attribute u/lose_inject/lost)" 0 'but udev, who looks at a new disk, has lost none'
	ends 0 'it is removed' remove u
}

listing() {
	local counters

	stack list --json
	counters=$(cd $truth && for name in *; do
		[ "$name" = lowers ] || echo "$name $(<"$name")"
	done | jq -Rn '[inputs | split(" ") | { (.[0]): .[1] | tonumber }] | add')
	holds 'JSON has all counters' json "$work/stdout" ".devices[0].counters == $counters"
	is "$(jq -r '[.devices[0].attributes | paths(scalars or . == null) | join("/")] | sort | .[]' "$work/stdout")" \
		"$(cd $config/t && find . -type f -perm /444 -printf '%P\n' | sort)" 'and all attributes that can be read'
	holds 'numbers are numbers' json "$work/stdout" '.devices[0] | .size_bytes == 1073741824 and
		.attributes.pool_size == 1 and .attributes.delay_inject.delay_ms == 1 and
		.attributes.status_inject.lower == "any" and .lowers[0].state == "ok"'
	ends 0 'who is not root may list' list
	setpriv --reuid 65534 --clear-groups bioscope stack list >"$work/other"
	is "$(<"$work/other")" "$(<"$work/stdout")" 'and sees the same'
	ends 2 'a device that is not there' list t x
	says 'there is no device "x"'
	ends 0 'scenarios' scenarios
	is "$(tail -n +2 "$work/stdout")" "$(cat $config/scenarios)" 'are those of the module'
	ends 0 'knobs' knobs
	is "$(tail -n +2 "$work/stdout" | awk '{ print $1, $2 }')" "$(cat $config/defaults)" 'with their defaults'
}

refusals() {
	refused 2 'there is no knob "chunk"; there is:' u /dev/nullb1 chunk=4
	says '  chunk_kb=0..1048576'
	refused 2 "chunk_kb '4x' is refused: must be a whole number from 0 to 1048576" u /dev/nullb1 chunk_kb=4x
	refused 2 "pool_size '' is refused" u /dev/nullb1 pool_size=
	refused 2 "layout 'raid5' is refused: must be one of: linear, mirror, stripe" u /dev/nullb1 layout=raid5
	refused 2 "scenario 'B9' is refused" u /dev/nullb1 scenario=B9
	refused 2 "lower '/dev/nosuch' is refused: must be an existing block device (No such file or directory)" \
		u /dev/nosuch
	refused 2 "lower '/dev/null' is refused" u /dev/nullb1 /dev/null
	refused 1 "lower '/dev/nullb0' is refused: in use by something else" u /dev/nullb1 /dev/nullb0
	refused 2 'a stripe needs a chunk' u layout=stripe /dev/nullb1
	refused 2 "delay_inject/probability '101' is refused: must be a whole number from 0 to 100" \
		/dev/nullb1 delay_inject/probability=101
	refused 2 'device is no knob, it can only be read' u /dev/nullb1 device=x
	refused 2 'there is no knob "delay_inject"' u /dev/nullb1 delay_inject=1
	refused 2 'there is something of that name already' t /dev/nullb1
	refused 2 'there is something of that name already' features /dev/nullb1
	refused 2 'the disk is /dev/nullb1' nullb1
	says "power '1' is refused: lower or size_mb must be set first"
	refused 2 'a value has at most 4094 bytes' u /dev/nullb1 "scenario=$(printf '%5000s' x)"
	is "$(setpriv --reuid 65534 --clear-groups bioscope stack create u /dev/nullb1 2>&1)" \
		'bioscope: cannot create u: Permission denied; only root may' 'who is not root is told so'
}

changes() {
	ends 1 'a knob that needs power off' set t chunk_kb=8
	says "chunk_kb '8' is refused: only while power is 0; this is stackb0 now"
	says '`bioscope stack set t power=0 chunk_kb=8 power=1'
	is "$(attribute t/chunk_kb)" 4 'nothing has changed'
	ends 0 'which does it' set t power=0 chunk_kb=8 power=1
	is "$(attribute t/chunk_kb) $(<"$work/stdout")" '8 /dev/stackb0' 'and prints the path'
	ends 2 'what is refused ends it' set stackb0 delay_inject/delay_ms=2 status_inject/status=no alloc_inject/times=1
	says 'set of t before that, and so it stays: delay_inject/delay_ms=2'
	is "$(attribute t/delay_inject/delay_ms) $(attribute t/alloc_inject/times)" '2 0' 'so it is'
	ends 2 'no knob' set t delay_inject/delay_ms=3 chunk=8
	is "$(attribute t/delay_inject/delay_ms)" 2 'then nothing is set'
	ends 2 'no device' set u chunk_kb=8
	says 'there is no device "u"'
}

# Whoever uses it is named. On t are a dm device and another of ours, and its own lower device is nullb0.
used() {
	mkfs.ext4 -q /dev/stackb0
	mount /dev/stackb0 /mnt
	ends 1 'one that is mounted' remove t
	says 'cannot remove t: /dev/stackb0 is in use: mounted on /mnt;'
	is "$(attribute t/power)" 1 'is not removed'
	umount /mnt
	dmsetup create lin --table '0 2048 linear /dev/stackb0 0'
	ends 1 'one that is held' remove t
	says 'held by dm-0 (lin)'
	udevadm settle
	dmsetup remove lin
	ends 0 'one on it' create above /dev/stackb0
	ends 0 'and one that is off' create --no-power off /dev/nullb1
	ends 1 'it is not removed from under another' remove t
	says 'held by stackb1'
	ends 2 'not even what is there is removed if a name is wrong' remove above nosuch
	is "$(cd $config && echo */)" 'above/ off/ t/' 'all are there'
	ends 2 'nor without a name' remove
	ends 0 'all of them go' remove --all
	is "$(there_is)" '' 'those that are on others first'
	ends 0 'none is left to go' remove --all

	stack create t /dev/nullb0
	mount -o ro /dev/stackb0 /mnt # or ext4 would complain
	ends 0 'by force also one that is mounted' remove --force t
	umount /mnt
	is "$(there_is)" '' 'is gone'
}

# Lost I/O is no reason to wait: removal is its end.
lost() {
	stop_udev
	stack create t /dev/nullb0 lose_inject/probability=100
	background dd if=/dev/stackb0 of=/dev/null bs=4k count=1 iflag=direct
	wait_until 60 grep -qx 1 $config/t/lose_inject/lost
	stack list
	is "$(awk 'NR == 2 { print $5 }' "$work/stdout")" 1 'a clone in flight is listed'
	ends 0 'a device that has lost clones is removed' remove t
	wait "${pids[-1]}"
	is $? 0 'and the I/O has ended'
	/usr/lib/systemd/systemd-udevd --daemon 2>/dev/null
}

going() { stack list && grep -F 'stackb0 (going)' "$work/stdout"; }

# A disk whose lower device does not answer.
stuck() {
	local job

	dmsetup create slow --table '0 32768 linear /dev/nullb0 0'
	stack create t /dev/mapper/slow
	udevadm settle
	dmsetup suspend slow
	background dd if=/dev/stackb0 of=/dev/null bs=4k count=1 iflag=direct
	wait_until 60 grep -qx 1 $truth/inflight
	background bioscope stack remove t
	job=$!
	holds 'it tells what it waits for' wait_until 60 grep -F 'waiting for the I/O of /dev/stackb0' \
		"$work/background.$((${#pids[@]} - 1))"
	holds 'the disk is listed as going' wait_until 60 going
	stack list --json
	holds 'its counters are not known' json "$work/stdout" '.devices[0] | .state == "going" and .counters == null'
	kill -INT "$job"
	wait "$job"
	is $? 1 'it is interrupted'
	holds 'and says what becomes of the disk' grep -F 'the disk of t goes when its I/O is done' \
		"$work/background.$((${#pids[@]} - 1))"
	is "$(attribute t/power)" 1 'which is still there'
	ends 0 'by force it is removed' remove --force t
	says 't: removed; its disk goes when its I/O is done'
	is "$(cd $config && echo */)" '*/' 'the device is gone'
	dmsetup resume slow
	holds 'and then its disk' wait_until 60 eval '[ "$(dmsetup info -c --noheadings -o open slow)" = 0 ]'
}

# Without lower devices, and by the module when it is loaded.
without_lower() {
	ends 0 'one without lower devices' create t size_mb=64
	stack list --json
	holds 'has none' json "$work/stdout" '.devices[0] | .size_bytes == 67108864 and .lowers[0].dev == null'
	ends 0 'it is removed' remove t
	modprobe -r stack_blk
	modprobe stack_blk nr_devices=1 size_mb=16 chunk_kb=4
	udevadm settle # it reads what has come
	ends 0 'one that the module has made' list
	is "$(tail -n +2 "$work/stdout" | xargs)" 'stackb0 /dev/stackb0 linear 16M 0 - -' \
		'is listed, and the parameters are the defaults'
	ends 1 'it cannot be removed' remove --all
	says 'cannot remove stackb0: the module made it when it was loaded'
	[ -b /dev/stackb0 ]
	ok $? 'and is left alone'
	ends 0 'it can be powered off' set stackb0 power=0
	is "$(<"$work/stdout")" '' 'which prints nothing'
}

reads_partitions() { grep -qs 1 "$truth/inflight"; }

# said_by JOB TEXT: the last in the background does, and ends with 1.
said_by() {
	wait "$1"
	is $? 1 'it ends with 1'
	holds "it says: $2" grep -F -- "$2" "$work/background.$((${#pids[@]} - 1))"
}

# One whose partition table cannot be read. Who reads what another has begun to read waits for that, whatever
# comes (do_read_cache_folio() in mm/filemap.c of the kernel).
unread() {
	local job

	dmsetup suspend slow
	background bioscope stack create t /dev/mapper/slow
	job=$!
	holds 'create waits for a partition table' wait_until 60 reads_partitions
	kill -TERM "$job"
	said_by "$job" 'cannot create t: interrupted, but the kernel waits on'
	ends 0 'the disk is coming' list
	is "$(tail -n +2 "$work/stdout" | xargs)" 't (coming) linear - - - -' 'which the list says, and no more'
	ends 1 'it cannot be removed by force, either' remove --force t
	says 'the kernel still makes its disk'
	dmsetup resume slow
	holds 'until the lower device answers' wait_until 60 grep -qx 1 "$config/t/power"
	udevadm settle
	ends 0 'then it can be removed' remove t
	dmsetup remove slow
}

# udev does not answer, and is waited for before faults are set.
interrupted() {
	local job

	kill -STOP "$(pidof systemd-udevd)"
	background bioscope stack create t /dev/nullb0 lose_inject/probability=100
	job=$!
	holds 'create waits for udev' wait_until 60 pgrep -P "$job" udevadm
	kill -INT "$job"
	said_by "$job" 'cannot create t: interrupted'
	kill -CONT "$(pidof systemd-udevd)"
	udevadm settle
	is "$(there_is)" '' 'and nothing is left'
}

need_modules
null_disk nullb0 memory_backed=1
null_disk nullb1
modprobe dm_mod
for part in from_nothing creation listing refusals changes used lost stuck unread interrupted without_lower; do
	begin=$SECONDS
	$part
	note "$part took $((SECONDS - begin)) s"
done
holds 'the module can go' wait_until 60 modprobe -r stack_blk
plan_done
