#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""paged_out.py GROUP MIB ROUNDS: memory of its own is written, paged out, and has what was written when it is read.

GROUP is a cgroup, of version 2, which it joins.
"""
import mmap
import os
import sys
import time

PAGE = mmap.PAGESIZE


def page_out(group, size):
    """Until most of it is on disk: a page that is still being written would not be read from there."""
    for _ in range(100):
        try:
            with open(f"{group}/memory.reclaim", "w", encoding="ascii") as reclaim:
                reclaim.write(str(size))
        except OSError:  # not all at once
            pass
        with open(f"{group}/memory.current", encoding="ascii") as current:
            if int(current.read()) < size // 2:
                return
        time.sleep(0.05)
    sys.exit("it stays in memory")


def main():
    """The status to exit with."""
    group, size, rounds = sys.argv[1], int(sys.argv[2]) << 20, int(sys.argv[3])
    with open(f"{group}/cgroup.procs", "w", encoding="ascii") as procs:
        procs.write(str(os.getpid()))
    memory = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for number in range(rounds):
        for start in range(0, size, PAGE):
            memory[start : start + 16] = b"%7d %7d\n" % (start // PAGE, number)
        page_out(group, size)
        for start in range(0, size, PAGE):
            if memory[start : start + 16] != b"%7d %7d\n" % (start // PAGE, number):
                return f"page {start // PAGE} is {memory[start:start + 16]!r} in round {number}"
    return 0


if __name__ == "__main__":
    sys.exit(main())
