#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""readers.py DEVICE COUNT: so many threads of one process, each with one direct read after the other; says
"ready" when all have begun. Until it is killed."""
import mmap, os, sys, threading

APART = 64 << 10  # bytes, or they would become one request

path, count = sys.argv[1], int(sys.argv[2])
fd = os.open(path, os.O_RDONLY | os.O_DIRECT)
threading.stack_size(64 << 10)


def read(number):
    buffer = mmap.mmap(-1, 4096)
    while True:
        os.preadv(fd, [buffer], number * APART)


threads = [threading.Thread(target=read, args=[number], daemon=True) for number in range(count)]
for thread in threads:
    thread.start()
print("ready", flush=True)
threading.Event().wait()
