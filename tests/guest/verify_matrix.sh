# SPDX-License-Identifier: GPL-2.0
# What the contract of bio_alloc_bioset() says of each way in which stack_blk can be set, and what verify says.
# Needs verify.sh.
# shellcheck shell=bash

workers=4 # at once: who stalls only waits

# combinations: one a line: submit_order split rescuer per_bio layout; all that stack_blk takes (stack_blk(4)).
combinations() {
	local way rescuer per_bio layout

	for way in 'each trim' 'each chain' 'each chain_last' 'each limits' 'batch trim' 'hold trim'; do
		for rescuer in 0 1; do
			for per_bio in front_pad mempool kzalloc; do
				for layout in linear mirror stripe; do
					echo "$way $rescuer $per_bio $layout"
				done
			done
		done
	done
}

# pairs: so few of them that any two values of any two knobs that go together are in one. Chosen one after the other:
# that which has most pairs that no other has yet.
pairs() { python3 "$(dirname "${BASH_SOURCE[0]}")/pairs.py" < <(combinations); }

# predicted SUBMIT_ORDER SPLIT RESCUER PER_BIO LAYOUT: the verdict for the bio_set, and for the mempool of states, if
# there is one. Who dispatches each clone before it takes the next keeps the contract (B4-kept). What is on
# current->bio_list is sent by the rescuer (B5), if it is an element of the bio_set that everybody waits for (B6).
predicted() {
	local bs=PROGRESS state=PROGRESS

	case $1$3 in
	batch0 | hold*) bs=STALL ;;
	esac
	[ "$1" = each ] || state=STALL
	echo "bs: $bs"
	[ "$4" != mempool ] || echo "state_pool: $state"
}

# seen_in REPORT: the same of what verify has found, and any other pool that does not make progress.
seen_in() {
	jq -r '.trials[] | (.pools[0].name | sub("^stackb[0-9]+ "; "")) as $pool |
		select($pool == "bs" or $pool == "state_pool" or (.verdict | . != "PROGRESS" and . != "NOT TESTED")) |
		"\($pool): \(.verdict)"' "$1" | sort
}

# try_one WORKER N SUBMIT_ORDER SPLIT RESCUER PER_BIO LAYOUT: of a device over two disks of that worker's; leaves
# N.seen and N.predicted.
try_one() {
	local worker=$1 n=$2 disk

	shift 2
	predicted "$@" | sort >"$work/$n.predicted"
	: >"$work/$n.seen"
	disk=$(bioscope stack create "m$n" "/dev/nullb$((2 * worker))" "/dev/nullb$((2 * worker + 1))" chunk_kb=64 \
		pool_size=2 "submit_order=$1" "split=$2" "rescuer=$3" "per_bio=$4" "layout=$5") || return 1
	bioscope verify --json --single --seed "$n" -t 2m "$disk" >"$work/$n.report" 2>"$work/$n.err"
	seen_in "$work/$n.report" >"$work/$n.seen"
	bioscope stack remove "m$n"
}

# try_share WORKER FILE: its share of the combinations in that.
try_share() {
	local n=0 combination

	while read -ra combination; do
		n=$((n + 1))
		[ $((n % workers)) != "$1" ] || try_one "$1" $n "${combination[@]}"
	done <"$2"
}

# row WORD...: a line of the table that `make verify-matrix' prints.
row() { printf '# | %-6s %-11s %-8s %-10s %-7s %-34s %s\n' "$@"; }

# try_all FILE: the combinations in that; then a line for each, and that all are as predicted.
try_all() {
	local n=0 worker combination same

	for ((worker = 0; worker < workers; worker++)); do
		null_disk nullb$((2 * worker)) memory_backed=1 size=64 && null_disk nullb$((2 * worker + 1)) memory_backed=1 size=64
		try_share $worker "$1" &
	done
	wait
	row ORDER SPLIT RESCUER PER_BIO LAYOUT PREDICTED SEEN
	while read -ra combination; do
		n=$((n + 1))
		cmp -s "$work/$n.predicted" "$work/$n.seen"
		same=$?
		row "${combination[@]}" "$(xargs <"$work/$n.predicted")" "$(xargs <"$work/$n.seen")"
		ok $same "${combination[*]}: as the contract says"
		[ $same = 0 ] || sed 's/^/# /' "$work/$n.err"
	done <"$1"
	is "$(free && echo free)" free 'nothing is held, and nothing runs any more'
}
