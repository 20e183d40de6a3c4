#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# bioscope export, scraped by Debian's Prometheus while a pool is held exhausted: every panel's
# query and every rule must evaluate to data.
# tier: full
# budget: 110
. "$(dirname "$0")/lib.sh"
top=$(cd "$(dirname "$0")/../.." && pwd)
prometheus=http://127.0.0.1:9090

query() { curl -sG --data-urlencode "query=$1" $prometheus/api/v1/query; }

has_data() { query "$1" | jq -e '.status == "success" and (.data.result | length) > 0' >/dev/null; }

start_prometheus() {
	mkdir "$work/prometheus"
	cp "$top/dashboards/prometheus/bioscope.rules.yml" "$work/prometheus"
	sed 's/_interval: 10s/_interval: 1s/' "$top/dashboards/prometheus/prometheus.yml" \
		>"$work/prometheus/prometheus.yml"
	background prometheus --config.file="$work/prometheus/prometheus.yml" \
		--storage.tsdb.path="$work/prometheus/data" --web.listen-address=127.0.0.1:9090
}

# Grafana puts these in; the test stands in for it.
expand() { sed 's/\$__rate_interval/30s/g; s/\$device/.*/g; s/\$pool/.*/g'; }

panels() {
	local title expr

	while IFS=$'\t' read -r title expr; do
		until_true 300 has_data "$expr"
		ok $? "panel \"$title\" has data: $expr"
	done < <(jq -r '.panels[] | select(.targets) | .title as $t | .targets[] | [$t, .expr] | @tsv' \
		"$top/dashboards/grafana/bioscope.json" | expand)
}

rules() {
	local state

	state=$(curl -s $prometheus/api/v1/rules |
		jq -r '[.data.groups[].rules[] | select(.health != "ok") | .name] | join(" ")')
	is "$state" '' 'every rule evaluates without an error'
	is "$(curl -s $prometheus/api/v1/rules | jq '[.data.groups[].rules[]] | length')" \
		"$(grep -c 'alert:' "$top/dashboards/prometheus/bioscope.rules.yml")" 'every rule is loaded'
	until_true 300 has_data 'ALERTS{alertname="BioPoolReserveUsed",device="stackb0"}'
	ok $? 'BioPoolReserveUsed is pending or firing for the pool under pressure'
	until_true 300 has_data 'ALERTS{alertname="BioPoolRescuing",device="stackb0"}'
	ok $? 'BioPoolRescuing is pending or firing for it'
	! has_data 'ALERTS{alertname="BioscopeDown"}'
	ok $? 'BioscopeDown is not'
}

server() {
	local listen

	curl -s http://127.0.0.1:9756/metrics >"$work/metrics"
	holds 'promtool finds nothing wrong with the metrics' promtool check metrics <"$work/metrics"
	is "$(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:9756/other)" 404 \
		'another path is not found'
	is "$(curl -s -o /dev/null -w '%{http_code}' -X POST http://127.0.0.1:9756/metrics)" 405 \
		'only GET and HEAD are allowed'
	is "$(ss -Hltn 'sport = :9756' | awk '{ print $4 }')" 127.0.0.1:9756 \
		'it listens on the loopback address only'
	bioscope export -t 1 2>"$work/err"
	is $? 1 'a port that is taken is an error'
	grep -q 'cannot listen on 127.0.0.1:9756' "$work/err"
	ok $? 'which says where'
	for listen in nowhere 127.0.0.1: 127.0.0.1:0 127.0.0.1:99999 127.0.0.1:9x :-1 1.2.3:; do
		bioscope export --listen "$listen" -t 1 2>"$work/err"
		is $? 2 "$listen is no address to listen on"
		holds 'which says what is wanted' grep -qF "\"$listen\": it must be a numeric ADDRESS:PORT" "$work/err"
	done
	is "$(curl -sI http://127.0.0.1:9756/metrics | head -n 1 | tr -d '\r')" 'HTTP/1.1 200 OK' 'HEAD is answered'
}

# slow_client: sends a byte a second, and reads none; ends when it is cut off.
slow_client() {
	exec 3<>/dev/tcp/127.0.0.1/9756
	while printf x >&3 2>/dev/null; do
		sleep 1
	done
}

slow_clients() {
	local clients=() i

	trap '' PIPE
	for ((i = 0; i < 100; i++)); do
		slow_client &
		clients+=($!)
		pids+=($!)
	done
	until_true 300 curl -sf -m 60 http://127.0.0.1:9756/metrics
	ok $? 'a hundred slow clients do not keep it from answering'
	holds 'and are cut off' wait_until 300 eval '! kill -0 '"${clients[*]}"' 2>/dev/null'
}

others() {
	background bioscope export --listen :9757
	until_true 300 curl -sf http://127.0.0.2:9757/metrics
	ok $? 'a port alone is one of all addresses'
	background bioscope export --listen localhost:9758
	until_true 300 curl -sf http://127.0.0.1:9758/metrics
	ok $? 'localhost is the loopback address'
	! curl -sf http://127.0.0.2:9758/metrics
	ok $? 'and no other'
	bioscope export --listen localhost:9759 -- sh -c 'exit 7' 2>"$work/err"
	is $? 7 'it ends with the status of COMMAND'
	bioscope export --listen localhost:9759 -t 1 2>"$work/err"
	is $? "$(noted_status "$work/err")" 'or with that of what was lost'
}

# Each I/O is cut into more clones than there are in the reserve, so that a few a second do.
load
device pool_size=2 chunk_kb=4 submit_order=batch rescuer=1
background bioscope export --latency
until_true 300 curl -sf http://127.0.0.1:9756/metrics
ok $? 'export answers'
start_prometheus
background bioscope pressure -d stackb0 -p bs -t 600 -- fio --name=t --filename=/dev/stackb0 \
	--rw=randread --bs=32k --ioengine=libaio --iodepth=4 --direct=1 --rate_iops=100 --time_based \
	--runtime=600
until_true 300 has_data 'count_over_time(bioscope_pool_level_elements[1m]) > 3'
ok $? 'Prometheus has scraped it'
panels
rules
server
slow_clients
others
plan_done
