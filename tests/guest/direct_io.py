#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""direct_io.py [nowait] [writes] DEVICE BYTES COUNT: direct reads and writes, in turn, one at a time, or
writes alone.

fio gives up at errors other than EIO; this goes on, and prints as JSON how many I/Os were done and
how many ended with which error.
"""
import collections, errno, json, mmap, os, sys

words = sys.argv[1:]
flags = os.RWF_NOWAIT if words[0] == "nowait" and words.pop(0) else 0
only_writes = words[0] == "writes" and bool(words.pop(0))
path, size, count = words[0], int(words[1]), int(words[2])
buffer = mmap.mmap(-1, size)
result = collections.Counter()
fd = os.open(path, os.O_RDWR | os.O_DIRECT)
for number in range(count):
    attempt = os.pwritev if only_writes or number % 2 else os.preadv
    try:
        result["done" if attempt(fd, [buffer], number * size, flags) == size else "short"] += 1
    except OSError as error:
        result[errno.errorcode[error.errno]] += 1
print(json.dumps(result))
