#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# stack_blk(4) says what the module has and does, all of it and no more; its examples run, and those of
# bioscope(8). (What that says of the command is compared on the host: tests/manual/run.)
# tier: full
# budget: 260
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../manual/page.sh"
. "$(dirname "$0")/../manual/scene.sh"
man=$(dirname "$0")/../../man
page=$man/stack_blk.4.scd

# documented SECTION: the first words of its entries.
documented() {
	section "$1" | grep -E '^\*[a-z_]+\*(, \*[a-z_]+\*)*( [^ ]+)?$' | sed 's/ [^*].*//; s/, /\n/g' | tr -d '*' | sort
}

# values SECTION: its knobs and what they can be, in their order.
values() { section "$1" | sed -n 's/^\*\([a-z_]*\)\* \([^ ]*\)$/\1 \2/p'; }

attributes() {
	new_device
	is "$(documented ATTRIBUTES)" "$(ls "$config/t")" 'the attributes'
	is "$(values ATTRIBUTES)" "$(sed '/\//d; s/ /|/g; s/|/ /' "$config/features")" \
		'the values of the knobs, and their order'
	is "$(documented FAULTS)" "$(find "$config/t/"*_inject -type f -printf '%f\n' | sort -u)" \
		'the attributes of the faults'
	# "release" keeps no value: it is no knob.
	is "$(values FAULTS | grep -v '^release ')" "$(sed -n 's/^.*_inject\///p' "$config/features" | sed 's/ /|/g; s/|/ /' | awk '!n[$0]++')" \
		'their values, and their order'
	is "$(documented COUNTERS)" "$(ls "$truth")" 'the counters'
}

scenarios() {
	is "$(section CONTRACT | awk '/^\|  / { name = $2 }
		/^:  (progress|failure|stall)$/ { outcome = $2 }
		/^:  / && $2 != outcome { sub(/^:  /, ""); printf "%-14s %-9s %s\n", name, outcome, $0 }')" \
		"$(cat "$config/scenarios")" 'the scenarios'
}

# fields MODULE: those of each of its events but what all have.
fields() {
	local event

	for event in "/sys/kernel/tracing/events/$1"/*/; do
		event=${event%/}
		echo "${event##*/} $(sed -n 's/.*field:.* \([a-z_]*\);.*offset.*/\1/p' "$event/format" |
			grep -v '^common_' | xargs)"
	done | sort
}

runs() { but_for_losses bash -c "$1" </dev/null; }

# examples HOW_MANY: those of $page, in their order.
examples() {
	local n=0 line example=

	while IFS= read -r line; do
		if [ "$line" != '```' ]; then
			[ -z "$example" ] || example+=$line$'\n'
		elif [ -z "$example" ]; then
			example=$'set -e\n'
		else
			n=$((n + 1))
			udevadm settle # has a new disk open for a moment
			holds "$(basename "$page" .scd): example $n runs" runs "$example"
			note "$(grep -cv '^$' "$work/out") lines printed"
			example=
		fi
	done < <(section EXAMPLES)
	is "$n" "$1" 'these are all'
}

# A dm device, which has all kinds of pools, for bioscope(8). Nothing of its examples is left behind.
bioscope_examples() {
	page=$man/bioscope.8.scd
	modprobe brd rd_nr=1 rd_size=16384
	modprobe dm_mod
	dmsetup create lin --table '0 32768 linear /dev/ram0 0'
	examples 9
	holds 'a CI would have what check found' rm /tmp/bioscope.xml
	is "$(ls /sys/fs/bpf)$(lsmod | grep -cE '^(bio_pressure|null_blk) ')" 0 'nothing is left of them'
	udevadm settle
	dmsetup remove lin
	modprobe -r brd
}

# example_runs COMMAND: prints what it prints.
example_runs() {
	holds "${1//$'\n'/ } runs" example "$1" >&4
	cat "$work/out"
}

# heads FILE: of the tables in it, and of what is found, without numbers. A task that has waited since before check
# began, with a bio that check does not know, is a finding of its own beside what it does from then on: on some
# kernels nearly always, on others seldom.
heads() {
	awk -v RS= '!/^SAVED .*held from +not known/' "$1" | grep -E '^[A-Z]{4,},? ' |
		sed -E 's/[0-9.]+[mun]?s?/N/g' | tr -s ' '
}

# Those in COMMANDS, of what is going on in the scene.
command_examples() {
	holds 'the scene of the examples' scene_begins
	renewed example_runs <"$page" 4>&1 >"$work/page"
	is "$(heads "$work/page")" "$(heads "$page")" 'their tables have the heads that the page has'
}

load
attributes
scenarios
for page in "$man"/{bio_pressure,stack_blk}.4.scd; do
	module=$(basename "$page" .4.scd)
	is "$(section TRACEPOINTS | sed -n "s/^\*$module:\([a-z_]*\)\* /\1 /p" | sort)" "$(fields "$module")" \
		"$module: the tracepoints and their fields"
done
no_device
modprobe -r stack_blk bio_pressure
echo 0 >/sys/kernel/config/nullb/nullb0/power
rmdir /sys/kernel/config/nullb/nullb0
modprobe -r null_blk
examples 6
is "$(lsmod | grep -c '^stack_blk ')" 0 'nothing is left of them'
# null_blk is still there: made by the examples.
modprobe -r null_blk
bioscope_examples
command_examples
plan_done
