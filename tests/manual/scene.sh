# SPDX-License-Identifier: GPL-2.0
# What the examples in COMMANDS of bioscope(8) are examples of. For what runs in the VM, with tests/guest/lib.sh:
# three devices, of which two are read from, and their bio_sets under pressure all the time: stackb0 goes on, by
# its reserve and its rescuer; stackb1 has no rescuer, and has stalled.
# shellcheck shell=bash

scene_begins() {
	local name disk rescuer slow='nullb0 1' stuck='nullb1 0' idle='nullb2 0'

	load || return 1
	modprobe dm_mod && insmod "$(test_module rule_breaker)" || return 1
	for name in nullb1 nullb2 nullb3; do
		null_disk $name || return 1
	done
	for name in slow stuck idle; do
		read -r disk rescuer <<<"${!name}"
		bioscope stack create "$name" "/dev/$disk" pool_size=2 chunk_kb=4 submit_order=batch \
			"rescuer=$rescuer" || return 1
	done
	udevadm settle
	for name in stackb0 stackb1; do
		background fio --name=reads --filename=/dev/$name --rw=randread --bs=16k --ioengine=libaio --iodepth=8 \
			--direct=1 --time_based --runtime=3000 --output=/dev/null
		background bioscope pressure -d $name -p bs
	done
	bioscope stat -d stackb1 -p bs --until-stall -t 2m >"$work/stat" 2>&1
	grep STALLED "$work/stat" || { cat "$work/stat" && return 1; }
}

screen() { TMUX_TMPDIR=$work tmux -L scene -f /dev/null "$@"; }

# on_screen COMMAND: runs it on a terminal until it shows the stall; prints that. $picture, if set, is a file that
# gets it with its colours.
on_screen() {
	screen new-session -d -x 100 -y 10 "$1"
	until_true 120 eval "screen capture-pane -p | grep STALLED" || return 1
	screen capture-pane -e -p >"${picture:-/dev/null}"
	screen capture-pane -p
	screen send-keys q
	wait_until 60 eval '! screen list-sessions'
}

# example COMMAND: runs it as an example, and prints what it prints.
example() {
	if [[ $1 == 'bioscope top'* ]]; then
		on_screen "$1"
	else
		but_for_losses bash -c "$1" </dev/null 2>&1
	fi | expand | sed 's/ *$//'
	[ "${PIPESTATUS[0]}" = 0 ]
}
