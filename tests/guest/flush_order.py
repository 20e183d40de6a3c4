#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""flush_order.py TRACE UPPER LOWER...: block_bio_queue events of a disk and those below it, by their
"major,minor".

Every write with a flush before it that was queued to UPPER must be followed by a flush to each LOWER,
and its data, of the same length, must come to a LOWER only after those.
"""
import re, sys

trace, upper, *lowers = sys.argv[1:]
EVENT = re.compile(r"block_bio_queue: (\d+,\d+) (\w+) (\d+) \+ (\d+)")
waiting, checked = {}, 0
for line in open(trace):
    event = EVENT.search(line)
    if not event:
        continue
    disk, rwbs, length = event[1], event[2], int(event[4])
    flush, data = rwbs.startswith("F"), length > 0
    if disk == upper and flush and data and not waiting:
        waiting, wanted = set(lowers), length
    elif disk in lowers and waiting and flush and not data:
        waiting.discard(disk)
        checked += not waiting
    elif disk in lowers and waiting and data and length == wanted and "F" in rwbs:
        sys.exit(f"data before the flush: {line}")
if waiting or not checked:
    sys.exit(f"{checked} flushes seen through, left: {waiting}")
print(f"{checked} flushes before data")
