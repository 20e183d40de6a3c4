#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""exact.py LIST REPORT TRUTH FIRST POOL MISSED: bioscope's counts beside those of exact.bt, as JSON.

LIST is of `bioscope list --json --addresses`, REPORT of a command with --json, TRUTH what bpftrace
printed: of its snapshots, FIRST (from 0) and the last enclose bioscope's own time, and FIRST + 1 and the
last but one are enclosed by it. If POOL is not "", only of that one. MISSED is how many calls bpftrace may
have missed. A bio_set that is in no list has no address here: such are only held against each other, sorted.
"""
import json, sys

def snapshots(path):
    """[{map: {address: number}}], one for each time that the maps were printed."""
    result, current = [], {}
    for line in open(path):
        if not line.startswith("{"):
            continue
        entry = json.loads(line)
        if entry["type"] != "map":
            continue
        for name, values in entry["data"].items():
            if name == "@end":
                result.append(current)
                current = {}
            elif name in ("@calls", "@slab", "@failed", "@waits", "@longest"):
                current[name[1:]] = by_address(values)
    return result

def by_address(values):
    """{address: number} of {"address,cpu[,stack]": number}."""
    result = {}
    for key, number in values.items():
        address, _, *stack = key.split(",", 2)
        if not stack or "mempool_alloc" in stack[0]:
            address = int(address) % 2**64
            result[address] = result.get(address, 0) + number
    return result

def window(first, last, name):
    before = first.get(name, {})
    return {key: number - before.get(key, 0) for key, number in last.get(name, {}).items()
            if number != before.get(key, 0)}

def row(pool, address, inner, outer, longest):
    ways = pool["ways"] if pool else dict.fromkeys("cache slab reserve wait failed".split(), 0)
    truth = {"calls": inner["calls"].get(address, 0)}
    truth["outer_calls"] = outer["calls"].get(address, 0)
    truth["cache"] = truth["calls"] - inner["slab"].get(address, 0)
    truth["wait"] = inner["waits"].get(address, 0)
    truth["failed"] = inner["failed"].get(address, 0)
    truth["longest_s"] = longest.get(address, 0) / 1e9
    return {"counted": pool["allocations"] if pool else 0, "ways": ways, "truth": truth,
            "wait": pool["wait"] if pool else None}

listing, report = (json.load(open(path)) for path in sys.argv[1:3])
shots = snapshots(sys.argv[3])[int(sys.argv[4]):]
names = "calls slab failed waits".split()
outer = {name: window(shots[0], shots[-1], name) for name in names}
inner = {name: window(shots[1], shots[-2], name) for name in names}
# Pools for bio_vecs are not bio_sets.
addresses = {pool["name"]: int(pool["address"], 16) for pool in listing["pools"]
             if not pool["pool"].endswith(".bvec_pool")}
if sys.argv[5]:
    addresses = {sys.argv[5]: addresses[sys.argv[5]]}
    for counts in list(outer.values()) + list(inner.values()):
        for address in set(counts) - set(addresses.values()):
            del counts[address]
pools = {pool["name"]: pool for pool in report["pools"] if not pool["pool"].endswith(".bvec_pool")}
rows = {}
for name in addresses.keys():
    if name in pools or inner["calls"].get(addresses[name]):
        rows[name] = row(pools.get(name), addresses[name], inner, outer, shots[-1].get("longest", {}))
rows = {name: row for name, row in rows.items() if row["counted"] or row["truth"]["outer_calls"]}
known = set(addresses.values())
unlisted = {
    "counted": sorted(n for n in (pool["allocations"] for name, pool in pools.items()
                                  if name not in addresses) if n),
    "truth": sorted(n for address, n in inner["calls"].items() if address not in known)}
print(json.dumps({
    "quiet": inner["calls"] == outer["calls"], "lost": report["lost"]["allocations"],
    "ways_lost": report["lost"]["untimed_allocations"] + report["lost"]["untracked_allocations"]
    + report["skipped"].get("alloc_exit", 0),
    "missed": int(sys.argv[6]),
    "counted": sum(row["counted"] for row in rows.values()) + sum(unlisted["counted"]),
    "truth": sum(inner["calls"].values()), "outer_truth": sum(outer["calls"].values()),
    "pools": rows, "unlisted": unlisted, "lost_by": report["lost"] | report["skipped"]}))
