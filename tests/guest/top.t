#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# top: who is in trouble comes first, and is shown in depth; keys, sizes, colours; the terminal is as it was
# afterwards.
# tier: main
# budget: 75
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

tmux() { TMUX_TMPDIR=$work command tmux -L top -f /dev/null "$@"; }

# begin [NAME=VALUE...]: bioscope top in a terminal of 80x24, until quit; then its status is in $work/status.
begin() {
	rm -f "$work/status" "$work/stty"
	tmux new-session -d -x 80 -y 24 "trap : INT; stty -g >$work/stty.before
		env $* bioscope top --latency -i 300ms 2>$work/err
		echo \$? >$work/status; stty -g >$work/stty"
	wait_until 300 on_screen '^POOL .*waiting'
}

screen() { tmux capture-pane -p "$@" >"$work/screen" 2>/dev/null; }

# on_screen PATTERN: a line of it is like that.
on_screen() {
	screen
	grep -qE -- "$1" "$work/screen" || { cat "$work/screen" && return 1; }
}

# shows PATTERN TITLE: it comes to be on the screen.
shows() {
	wait_until 120 on_screen "$1"
	holds "$2" on_screen "$1"
}

press_keys() { tmux send-keys "$@"; }

# first: the pool in the first row.
first() { screen && sed -n 3p "$work/screen"; }

# by_name: the rows are sorted by that.
by_name() {
	screen && sed '1,2d;$d' "$work/screen" | cut -c-17 | grep . >"$work/names"
	LC_ALL=C sort -c "$work/names" || { cat "$work/names" && return 1; }
}

no_colour() { ! grep -qE $'\e\\[[0-9;]*3[0-8]' "$work/screen"; }

quit() {
	press_keys "$@"
	wait_until 120 test -s "$work/stty"
	is "$(cat "$work/status")" "$(noted_status "$work/err")" "$1 ends it, with the status of what was lost"
}

trouble() {
	begin
	shows '^stackb0 bs .* 3( STALLED)?$' 'who waits is shown'
	background fio --name=t --filename=/dev/nullb1 --rw=randread --bs=4k --ioengine=libaio --direct=1 --time_based \
		--runtime=3000 --output=/dev/null
	shows '^blkdev_dio_pool ' 'and who allocates'
	is "$(first | cut -c-10)" 'stackb0 bs' 'but who is in trouble comes first'
	shows '^3 waiting \(longest .*\) STALLED, ' 'that it is a stall is said when it is one'
	is "$(awk 'length > 80' "$work/screen")" '' 'nothing is wider than the screen'
	press_keys Enter
	shows '^STALLED: python3 \(task [0-9]+\) waits for stackb0 bs for ' 'in depth: who waits'
	shows '^      mempool_alloc' 'in depth: and where'
	press_keys End
	shows '^blocked: ' 'in depth: and at the end who else'
	press_keys Escape
	shows '^POOL .*waiting' 'and back'
}

keys() {
	local before

	press_keys '?'
	shows '^KEYS' 'help says the keys'
	shows '^q  *quit' 'all of them'
	press_keys '?'
	press_keys / dio_pool Enter
	shows '^3 waiting .* pools with dio_pool' 'a filter is shown'
	is "$(first | cut -d' ' -f1) $(sed -n 4p "$work/screen")" 'blkdev_dio_pool ' 'and leaves what has it in its name'
	press_keys Enter
	shows '^allocation:$' 'how long it took is shown of that one'
	shows '^ .* \.\. .* [0-9]+ \|@@* *$' 'in powers of two'
	press_keys Escape
	shows '^POOL .*waiting' 'and back again'
	press_keys Escape
	shows '^3 waiting .* of [0-9]+ pools(, [0-9]+ lost)?  ' 'without the filter'
	press_keys i '>'
	shows '^.* ([0-9]+) of \1 pools' 'also pools that are idle'
	wait_until 60 by_name
	holds 'sorted by name' by_name
	press_keys Space
	shows '^PAUSED, ' 'a pause is shown'
	before=$(head -n 1 "$work/screen")
	sleep 2
	is "$(first >/dev/null && head -n 1 "$work/screen")" "$before" 'and is one'
	press_keys Space i '<'
}

sizes() {
	tmux resize-window -x 20 -y 5
	shows '^stackb0 b +3 STALLED$' 'at 20x5 it is still said who waits'
	is "$(wc -l <"$work/screen") $(awk 'length > 20' "$work/screen")" '5 ' 'and nothing is wider'
	tmux resize-window -x 200 -y 50
	shows '^POOL .*cache/s.*slab/s.*punt/s.*resc/s.*waiting' 'where there is room all is shown'
	tmux resize-window -x 3 -y 1
	shows '^3 w$' 'as well as there is none'
	tmux resize-window -x 80 -y 24
	shows '^POOL .*waiting' 'at any size it goes on'
	screen -e
	holds 'a stall is red' grep -q $'\e\\[[0-9;]*31' "$work/screen"
	quit q
	is "$(cat "$work/stty")" "$(cat "$work/stty.before")" 'the terminal is as it was'
	begin NO_COLOR=1
	shows STALLED 'without colours, too'
	screen -e
	holds 'for who wants none there are none' no_colour
	quit C-c
}

refusals() {
	bioscope top </dev/null >"$work/out" 2>"$work/err"
	is $? 2 'without a terminal it is a usage error'
	holds 'which says what needs none' grep -q 'bioscope stat' "$work/err"
	tmux new-session -d "TERM=nosuch bioscope top 2>$work/err; echo \$? >$work/unknown"
	wait_until 300 test -s "$work/unknown"
	is "$(cat "$work/unknown")" 1 'a terminal of a kind that is not known'
	holds 'is named' grep -q 'TERM is nosuch' "$work/err"
	tmux new-session -d "bioscope top -- true 2>$work/err; echo \$? >$work/command"
	wait_until 300 test -s "$work/command"
	is "$(cat "$work/command")" 2 'COMMAND is refused'
}

load
null_disk nullb1
deaf
deaf_readers 5
trouble
keys
sizes
refusals
tmux kill-server 2>/dev/null
heard_again
plan_done
