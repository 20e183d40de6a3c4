#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""swapped.py MIB ROUNDS SAID GO: pages of its own that say what they are, more than it may keep in memory.

Writes all of them ROUNDS times, each time after it has seen that they are what was written before. Then there
is a file SAID; when there is a file GO, it looks at them once more.
"""
import mmap
import os
import sys
import time

PAGE = mmap.PAGESIZE


def page(number, written):
    """What a page is to have."""
    return b"%15d %15d\n" % (number, written) * (PAGE // 32)


def look(memory, written):
    """Each page has it."""
    for number in range(len(memory) // PAGE):
        start = number * PAGE
        if memory[start : start + PAGE] != page(number, written):
            sys.exit(f"page {number} is {memory[start:start + 32]!r}, not that of round {written}")


def main():
    """The status to exit with."""
    mib, rounds, said, go_on = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    memory = mmap.mmap(-1, mib << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for written in range(1, rounds + 1):
        if written > 1:
            look(memory, written - 1)
        for number in range(len(memory) // PAGE):
            memory[number * PAGE : (number + 1) * PAGE] = page(number, written)
    look(memory, rounds)
    with open(said, "w", encoding="ascii"):
        pass
    while not os.path.exists(go_on):
        time.sleep(0.1)
    look(memory, rounds)


main()
