#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Pools that come and go: their slots are given out again, what they had counted stays in the totals, and a
# pool that is new is counted, however many there were; of more at once than there are slots it is said.
# tier: full
# budget: 90
. "$(dirname "$0")/lib.sh"

port=9799
page() { curl -sf "127.0.0.1:$port/metrics"; }
# total METRIC[{LABELS]: of all its samples.
total() { page | awk -v metric="$1" 'index($1, metric) == 1 { sum += $NF } END { print sum + 0 }'; }
fds() { find "/proc/$1/fd" -type l 2>/dev/null | wc -l; }
resident() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }
# slow_pages: each is given, also where it takes longer than a request may, as on a host that is short of processors.
slow_pages() {
	local group=/sys/fs/cgroup/slow us status=0 begun longest=0

	echo +cpu >/sys/fs/cgroup/cgroup.subtree_control
	mkdir $group
	echo "$export" >$group/cgroup.procs
	for us in 20000 10000 5000 2000 1000; do
		echo "$us 1000000" >$group/cpu.max # of each second
		begun=$SECONDS
		page >"$work/page" || status=$?
		longest=$((SECONDS - begun))
		[ $longest -le 12 ] || break
	done
	echo "$export" >/sys/fs/cgroup/cgroup.procs
	rmdir $group
	echo -cpu >/sys/fs/cgroup/cgroup.subtree_control
	if [ $longest -gt 12 ] || [ $status != 0 ]; then
		ok $status "a page that takes $longest s is given"
	else
		skip "$longest s was the longest" 'a page that takes longer than 12 s is given'
	fi
}

churn() { insmod "$(test_module bioset_churn)" "$@" && rmmod bioset_churn; }

need_modules
load
bioscope export --exact --listen 127.0.0.1:$port >/dev/null 2>"$work/err" &
export=$!
pids+=("$export")
wait_until 300 eval 'page >"$work/page"'
holds '500 bio_sets come and go' churn passing=500
is "$(total bioscope_gone_pools_total) $(total bioscope_gone_allocations_total)" '500 1500' \
	'all are gone, and what they had counted is in the totals'
open=$(fds "$export") resident=$(resident "$export")
holds '2000 more do' churn passing=2000
is "$(total bioscope_gone_pools_total) $(total bioscope_gone_allocations_total)" '2500 7500' 'so are they'
is "$(total bioscope_lost_total)" 0 'nothing was lost'
is "$(fds "$export")" "$open" 'no descriptor was kept'
holds 'nor memory' [ "$(($(resident "$export") - resident))" -lt 1024 ]
is "$(page | grep -c 'bioset_churn')" 0 'none that is gone has a sample'
slow_pages
device pool_size=2
before=$(counter clones_allocated)
count=$(total 'bioscope_pool_allocations_total{device="stackb0",pool="bs"')
dd if=/dev/stackb0 of=/dev/null bs=4k count=300 iflag=direct status=none
is $(($(total 'bioscope_pool_allocations_total{device="stackb0",pool="bs"') - count)) \
	$(($(counter clones_allocated) - before)) 'a device that is new is counted'

had=$(total bioscope_gone_allocations_total)
insmod "$(test_module bioset_churn)" staying=1500
holds 'of 1500 at once, those without a slot are told' [ "$(total 'bioscope_lost_total{cause="untracked_pools"}')" -ge 500 ]
page | sed -n 's/^\(bioscope_pool_level_elements{.*of bioset_churn_make.*}\) [0-9]*$/\1/p' >"$work/series"
holds 'the others are there' [ "$(wc -l <"$work/series")" -gt 200 ]
is "$(sort "$work/series" | uniq -d)" '' 'and have a name each'
gone=$(total bioscope_gone_pools_total)
rmmod bioset_churn
wait_until 60 eval '[ "$(total bioscope_gone_pools_total)" -ge $((gone + $(wc -l <"$work/series"))) ]'
counted=$(($(total bioscope_gone_allocations_total) - had))
sleep 3 # so that nobody can have one of them in hand
lost=$(total bioscope_lost_total)
holds 'when they are gone there is room for 400 at once' churn staying=400
is "$(total bioscope_lost_total)" "$lost" 'and nothing more is lost'
kill -INT "$export"
wait "$export"
is $? 4 'export ends with what it could not count'
# Slots of pools that are gone are given out again meanwhile, maybe after the first allocation of one.
is "$(sed -n 's/.*not counted: allocations //p' "$work/err")" $((3 * 1500 - counted)) \
	"which is all but $counted of the three allocations of each"
plan_done
