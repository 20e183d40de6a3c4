#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# bio_pressure itself, in a VM: what it refuses to do, whom it hits and whom not, and that pressure
# always ends. Prints TAP.
set -uo pipefail

config=/sys/kernel/config/stack_blk
tmp=$(mktemp -d)
count=0
jobs=()

# --- TAP -----------------------------------------------------------------------------------------

# check NAME COMMAND...: one test; what the command prints is shown if it fails.
check() {
	local name=$1 output

	shift
	count=$((count + 1))
	if output=$("$@" 2>&1); then
		echo "ok $count - $name"
	else
		echo "not ok $count - $name"
		printf '%s\n' "failed: $*" "$output" | sed 's/^/# /'
	fi
}

equal() { [ "$1" = "$2" ] || { echo "got \"$1\", want \"$2\"" && return 1; }; }

# holds FILE FILTER: the filter is true for the JSON in FILE.
holds() { jq -e "$2" "$1" >/dev/null || { jq -c . "$1" | cut -c1-2000 && return 1; }; }

note() { echo "# $*"; }

finish() {
	local job

	for job in "${jobs[@]}"; do
		kill -9 "$job"
	done 2>/dev/null
	rm -rf "$tmp"
}
trap finish EXIT

# --- drivers -------------------------------------------------------------------------------------

# ctl ACTION...: actions on /dev/bio_pressure, in order, on one descriptor; one line for each.
# arm:TARGET:PPM:MS and raw:NR[:POINTER] print ok or the error's name; stats prints JSON; again:...
# is arm by another descriptor; random:N arms N random targets in turn and prints what they refused;
# hold says so and stays.
cat >"$tmp/ctl.py" <<'PYTHON'
import errno, fcntl, json, os, random, struct, sys, time

ARM, STATS = 0x401062F0, 0x802062F1
FIELDS = "seen refused missed armed inside".split()

def device():
    return os.open("/dev/bio_pressure", os.O_RDWR)

def attempt(fd, request, argument):
    try:
        fcntl.ioctl(fd, request, argument)
        return "ok"
    except OSError as error:
        return errno.errorcode[error.errno]

def arm(fd, target, ppm, ms):
    return attempt(fd, ARM, struct.pack("QII", int(target, 0), int(ppm), int(ms)))

def stats(fd):
    buffer = bytearray(32)
    fcntl.ioctl(fd, STATS, buffer)
    return dict(zip(FIELDS, struct.unpack("QQQII", buffer)))

def rounds(number):
    total = dict.fromkeys(["armed", "seen", "refused"], 0)
    for _ in range(number):
        fd = device()
        arm(fd, str(random.getrandbits(64) | 1), 1000000, 10000)
        time.sleep(0.01)
        for key, value in stats(fd).items():
            if key in total:
                total[key] += value
        os.close(fd)
    return total

fd = None if sys.argv[1].startswith("random") else device()
for action in sys.argv[1:]:
    name, *words = action.split(":")
    if name == "arm":
        print(arm(fd, *words))
    elif name == "again":
        print(arm(device(), *words))
    elif name == "raw":
        print(attempt(fd, *[int(word, 0) for word in words]))
    elif name == "stats":
        print(json.dumps(stats(fd)))
    elif name == "random":
        print(json.dumps(rounds(int(words[0]))))
    elif name == "sleep":
        time.sleep(float(words[0]))
    elif name == "hold":
        print("held", flush=True)
        time.sleep(600)
PYTHON
ctl() { python3 "$tmp/ctl.py" "$@"; }

# hold ACTION...: ctl in the background, until killed; returns when it got to its end.
hold() {
	: >"$tmp/held"
	python3 "$tmp/ctl.py" "$@" hold >"$tmp/held" &
	holder=$!
	jobs+=("$holder")
	wait_until 10 grep -q held "$tmp/held" && ! grep -q '^E' "$tmp/held"
}

# drop PROCESS: kill -9, and wait until it is gone.
drop() {
	kill -9 "$1"
	wait "$1" 2>/dev/null
	return 0
}

# wait_until SECONDS COMMAND...
wait_until() {
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# create NAME KEY=VALUE...: a device, powered.
create() {
	local name=$1 pair

	shift
	mkdir "$config/$name"
	for pair; do
		echo "${pair#*=}" >"$config/$name/${pair%%=*}"
	done
	echo 1 >"$config/$name/power"
	udevadm settle
}

destroy() {
	echo 0 >"$config/$1/power"
	rmdir "$config/$1"
	udevadm settle # udev may still have the disk open, and so hold the module
}

# 16 KiB reads, one job, in fio's own process so that its death ends them.
fio=(fio --name=io --rw=randread --bs=16k --ioengine=libaio --iodepth=8 --direct=1 --thread
	--output-format=json)

# start DEVICE FIO-OPTION...: in the background.
start() {
	local device=$1

	shift
	"${fio[@]}" --filename="/dev/$device" --output="$tmp/$device.fio" "$@" &
	job=$!
	jobs+=("$job")
}

truth() { cat "/sys/block/$1/stack_blk/$2"; }

# address DEVICE: of the bio_set that its clones are from.
address() {
	bioscope list --addresses --json -d "$1" -p bs | jq -r '.pools[0].address'
}

# logs TEXT: the kernel's log has it since the last forget.
logs() { dmesg | tail -n +$((log_seen + 1)) | grep -F "bio_pressure: $1"; }
forget() { log_seen=$(dmesg | wc -l); }

# --- tests ---------------------------------------------------------------------------------------

bad_values() {
	local all=1000000

	forget
	check 'a share of 0 is refused' equal "$(ctl arm:4096:0:1000)" ERANGE
	check 'the log says so' logs 'ppm 0 is out of range'
	check 'a share above 1 is refused' equal "$(ctl arm:4096:1000001:1000)" ERANGE
	check 'the log says so' logs 'ppm 1000001 is out of range'
	check 'a time limit of 0 is refused' equal "$(ctl arm:4096:$all:0)" ERANGE
	check 'the log says so' logs 'timeout_ms 0 is out of range'
	check 'a time limit above 10 minutes is refused' equal "$(ctl arm:4096:$all:600001)" ERANGE
	check 'the log says so' logs 'timeout_ms 600001 is out of range'
	check 'a target of 0 is refused' equal "$(ctl arm:0:$all:1000)" EINVAL
	check 'the log says so' logs 'target is 0'
	check 'a second arm is refused' equal \
		"$(ctl "arm:1:$all:9000" "arm:1:$all:9000" | xargs)" 'ok EBUSY'
	check 'a second holder is refused' equal \
		"$(ctl "arm:1:$all:9000" "again:1:$all:9000" | xargs)" 'ok EBUSY'
	check 'the log says so' logs 'pressure is held already'
	check 'an unknown request is refused' equal "$(ctl raw:0x62f2:0)" ENOTTY
	check 'a bad pointer is refused' equal \
		"$(ctl raw:0x401062f0:16 raw:0x802062f1:16 | xargs)" 'EFAULT EFAULT'
	check 'nothing is held after that' equal \
		"$(ctl stats | jq -c '[.armed, .seen]')" '[0,0]'
}

random_targets() {
	local before

	before=$(truth stackb0 bios)
	start stackb0 --time_based --runtime=120
	wait_until 20 eval "[ \$(truth stackb0 bios) -gt $before ]"
	before=$(truth stackb0 bios)
	ctl random:100 >"$tmp/random"
	check '100 random targets are all taken, and match nothing' \
		holds "$tmp/random" '.armed == 100 and .seen == 0 and .refused == 0'
	check 'I/O went on meanwhile' [ "$(truth stackb0 bios)" -gt "$before" ]
	check 'without an error' equal "$(truth stackb0 bios_failed)" 0
	drop "$job"
}

all_refused() {
	local before status

	before=$(truth stackb0 clones_allocated)
	bioscope pressure --json -d stackb0 -p bs -- "${fio[@]}" --filename=/dev/stackb0 \
		--time_based --runtime=3 --output="$tmp/fio" >"$tmp/all"
	status=$?
	check 'fio under full pressure has no error' equal "$status" 0
	check 'nor has the device' equal "$(truth stackb0 bios_failed)" 0
	check 'every attempt at the slab was refused' \
		holds "$tmp/all" '.pressure | .seen > 0 and .seen == .refused and .missed == 0'
	check 'every clone is from the reserve' holds "$tmp/all" \
		'.pools[0].ways | .slab == 0 and .cache == 0 and .failed == 0 and .reserve > 0'
	check 'as many as the driver allocated' equal "$(jq .pools[0].allocations "$tmp/all")" \
		$(($(truth stackb0 clones_allocated) - before))
}

part_refused() {
	start stackb0 --time_based --runtime=120
	ctl "arm:$bs0:250000:60000" sleep:3 stats | tail -n 1 >"$tmp/part"
	check 'a share of a quarter refuses a quarter' \
		holds "$tmp/part" '.seen > 1000 and (.refused / .seen - 0.25 | fabs) < 0.02'
	drop "$job"
}

neighbour() {
	bioscope list --json -p bs >"$tmp/list"
	check 'both bio_sets have elements of one size, so one slab' \
		holds "$tmp/list" '[.pools[].front_pad_bytes] | length == 2 and .[0] == .[1]'
	start stackb0 --time_based --runtime=120
	hold "arm:$bs0:1000000:60000" sleep:1 stats sleep:1
	bioscope latency --json -d stackb1 -p bs -- "${fio[@]}" --filename=/dev/stackb1 \
		--time_based --runtime=3 --output="$tmp/fio" >"$tmp/neighbour"
	grep refused "$tmp/held" >"$tmp/first"
	check 'the first is under pressure' holds "$tmp/first" '.refused > 0 and .armed == 1'
	check 'the second is served from the slab only' holds "$tmp/neighbour" \
		'.pools[0].ways | .slab > 0 and .reserve == 0 and .wait == 0 and .failed == 0'
	drop "$holder"
	drop "$job"
}

time_limit() {
	forget
	start stackb0 --time_based --runtime=120
	ctl "arm:$bs0:1000000:1000" sleep:0.5 stats sleep:2 stats sleep:1 stats \
		"arm:$bs0:1000000:5000" sleep:0.5 stats >"$tmp/limit"
	sed -n 's/^{.*/&/p' "$tmp/limit" | jq -s . >"$tmp/limits"
	check 'pressure is held before the time limit' \
		holds "$tmp/limits" '.[0] | .armed == 1 and .refused > 0'
	check 'and lifted after it' \
		holds "$tmp/limits" '.[1] | .armed == 0 and .inside == 0'
	check 'the log says so' logs 'lifted, time limit'
	check 'what was counted stays, nothing is added' holds "$tmp/limits" \
		'.[1].refused >= .[0].refused and .[1].seen == .[2].seen and .[1] == .[2]'
	check 'the same descriptor may hold anew, and counts anew' holds "$tmp/limits" \
		'.[3] | .armed == 1 and .seen > 0 and .seen == .refused'
	drop "$job"
}

killed_holder() {
	forget
	start stackb0 --time_based --runtime=120
	hold "arm:$bs0:1000000:600000"
	drop "$holder"
	check 'pressure ends with a killed holder' logs 'lifted, closed'
	check 'and another may hold' equal "$(ctl arm:1:1000000:1000)" ok
	drop "$job"
}

busy_module() {
	hold "arm:$bs0:1000000:600000"
	check 'the module stays while a descriptor is open' equal \
		"$(rmmod bio_pressure 2>&1)" 'rmmod: ERROR: Module bio_pressure is in use'
	check 'and pressure is held' equal "$(ctl arm:1:1000000:1000)" EBUSY
	drop "$holder"
	check 'it goes once the descriptor is closed' rmmod bio_pressure
	modprobe bio_pressure
}

sleepers() { grep -l mempool_alloc /proc/[0-9]*/task/[0-9]*/stack 2>/dev/null | wc -l; }

asleep() { [ "$(sleepers)" -gt 0 ]; }

# The module goes while tasks sleep in the allocation that it made fail.
unload_under_sleepers() {
	local tasks begin

	destroy first
	create first lower=/dev/nullb0 pool_size=2 chunk_kb=4 submit_order=batch rescuer=0
	hold "arm:$(address stackb0):1000000:600000"
	start stackb0 --io_size=1M
	check 'I/O stalls when the rule is broken without a rescuer' \
		wait_until 20 asleep
	sleep 1
	tasks=$(sleepers)
	check 'it stays so' [ "$tasks" -gt 0 ]
	begin=$SECONDS
	drop "$holder"
	check "the module goes at once, $tasks asleep" rmmod bio_pressure
	note "unloaded after $((SECONDS - begin)) s"
	check 'I/O finishes within 10 s' wait_until 10 eval "! kill -0 $job 2>/dev/null"
	wait "$job"
	check 'without an error' equal "$?" 0
	check 'nor one of the device' equal "$(truth stackb0 bios_failed)" 0
	modprobe bio_pressure
}

# One round: load both; each tenth time also use them.
load_round() {
	modprobe stack_blk && modprobe bio_pressure || return 1
	if [ $(($1 % 10)) = 0 ]; then
		create round lower=/dev/nullb0
		ctl "arm:$(address stackb0):1000000:60000" >"$tmp/armed"
		destroy round
		grep -q ok "$tmp/armed" || return 1
	fi
	rmmod bio_pressure && rmmod stack_blk
}

load_many() {
	local i

	for i in {1..50}; do
		load_round "$i" || { echo "round $i" && return 1; }
	done
}

unload() {
	destroy first
	destroy second
	check 'bio_pressure goes' rmmod bio_pressure
	check 'stack_blk goes' rmmod stack_blk
	start nullb2 --time_based --runtime=200
	sleep 1
	check 'both modules load and go 50 times under I/O on another device' load_many
	check 'which goes on' kill -INT "$job"
	wait "$job"
	sed -n '/^{/,$p' "$tmp/nullb2.fio" >"$tmp/fio" # before that, fio says that it was interrupted
	check 'without an error' holds "$tmp/fio" '.jobs[0] | .error == 0 and .read.total_ios > 0'
}

modprobe null_blk nr_devices=3 queue_mode=2 irqmode=2 completion_nsec=50000
modprobe stack_blk
modprobe bio_pressure
udevadm settle
create first lower=/dev/nullb0 pool_size=2
create second lower=/dev/nullb1 pool_size=2
bs0=$(address stackb0)

for part in bad_values random_targets all_refused part_refused neighbour time_limit \
	killed_holder busy_module unload_under_sleepers unload; do
	begin=$SECONDS
	$part
	note "$part took $((SECONDS - begin)) s"
done
echo "1..$count"
