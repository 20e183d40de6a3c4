#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Sectors that say what they are: each has the name of who wrote it, and its number on the disk.

named.py fill DISK...
    writes all of each, under the disk's own name
named.py has DISK SECTOR...
    fails unless all sectors of a disk from that one on are as fill has written them, for each
named.py write DISK BLOCK IMAGE [BORDER...]
    writes all of it by direct I/O of many sizes, in no order, then over each border; IMAGE is what it should
    have then
named.py read DISK BLOCK IMAGE [BORDER...]
    fails unless what is read by direct I/O of many sizes, and over each border, is that
named.py discard DISK BLOCK IMAGE COUNT
    discards so many ranges, which are zeroes in IMAGE then
named.py end DISK BLOCK
    fails unless I/O behind its last block is refused, and what begins before ends there

BLOCK is the smallest I/O, in bytes; a border is a sector.
"""

import errno
import fcntl
import math
import mmap
import os
import struct
import sys

SECTOR = 512
LARGEST = 256 << 10
BLKDISCARD = 0x1277


def named(name, first, last):
    """The sectors from first to before last."""
    return b"".join(b"%-12.12s%19d\n" % (name, number) * 16 for number in range(first, last))


def own_name(path):
    """What fill writes to a disk."""
    return os.path.basename(path).encode()


def opened(path):
    """A descriptor for direct I/O, and the bytes of the disk."""
    fd = os.open(path, os.O_RDWR | os.O_DIRECT)
    return fd, os.lseek(fd, 0, os.SEEK_END)


def put(fd, data, start):
    """Writes all of it."""
    if os.pwritev(fd, [data], start) != len(data):
        sys.exit(f"a short write at sector {start // SECTOR}")


def compare(have, want, start):
    """Ends the program with the first sector that is not what it should be."""
    if have == want:
        return
    for at in range(0, len(want), SECTOR):
        if have[at : at + SECTOR] != want[at : at + SECTOR]:
            sys.exit(f"sector {(start + at) // SECTOR} is {have[at:at + 32]!r}, not {want[at:at + 32]!r}")
    sys.exit(f"{len(have)} bytes from sector {start // SECTOR} on, not {len(want)}")


def fill(*paths):
    """Writes all of each disk."""
    buffer = mmap.mmap(-1, 1 << 20)
    for path in paths:
        fd, total = opened(path)
        for start in range(0, total, len(buffer)):
            size = min(len(buffer), total - start)
            buffer[:size] = named(own_name(path), start // SECTOR, (start + size) // SECTOR)
            put(fd, memoryview(buffer)[:size], start)
        os.close(fd)


def has(*words):
    """The end of each disk is as fill() has written it."""
    for path, first in zip(words[::2], map(int, words[1::2])):
        fd, total = opened(path)
        buffer = mmap.mmap(-1, 1 << 20)
        for start in range(first * SECTOR, total, len(buffer)):
            done = os.preadv(fd, [buffer], start)
            want = named(own_name(path), start // SECTOR, (start + done) // SECTOR)
            compare(buffer[:done], want, start)
        os.close(fd)


def ranges(total, block):
    """All of the disk in ranges of many sizes, in an order that has nothing to do with where they are."""
    at, found = 0, []
    while at < total:
        size = block * (1, 2, 33, 1, 3, LARGEST // block, 8, 13, 5, 64, 1)[len(found) % 11]
        found.append((at, min(at + size, total)))
        at += size
    step = len(found) * 5 // 8 + 1
    while math.gcd(step, len(found)) != 1:
        step += 1
    return [found[number * step % len(found)] for number in range(len(found))]


def around(borders, total, block):
    """For each border a short range across it and a long one."""
    for at in (int(border) * SECTOR for border in borders):
        yield at - block, at + block
        yield max(at - 3 * block, 0), min(at - 3 * block + LARGEST, total)


def write(path, block, image, *borders):
    """Writes all of the disk and then across the borders, and the image."""
    (fd, total), block = opened(path), int(block)
    with open(image, "wb+") as file:
        file.write(named(b"data", 0, total // SECTOR))
        file.flush()
        want = mmap.mmap(file.fileno(), total)
    for start, end in ranges(total, block):
        put(fd, memoryview(want)[start:end], start)
    for start, end in around(borders, total, block):
        want[start:end] = named(b"border", start // SECTOR, end // SECTOR)
        put(fd, memoryview(want)[start:end], start)


def read(path, block, image, *borders):
    """What is read is the image."""
    (fd, total), block = opened(path), int(block)
    with open(image, "rb") as file:
        want = file.read()
    if len(want) != total:
        sys.exit(f"it has {total} bytes, not {len(want)}")
    buffer = mmap.mmap(-1, LARGEST)
    for start, end in [*ranges(total, block), *around(borders, total, block)]:
        done = os.preadv(fd, [memoryview(buffer)[: end - start]], start)
        compare(buffer[:done], want[start:end], start)


def discard(path, block, image, count):
    """Discards ranges of many sizes, here and in the image."""
    (fd, total), block = opened(path), int(block)
    with open(image, "rb+") as file:
        want = mmap.mmap(file.fileno(), total)
    for number in range(1, int(count) + 1):
        start = number * 618034 % 1000000 * (total // block) // 1000000 * block
        size = min(block * (1, 30, 2, 333, 7, 100, 1000)[number % 7], total - start)
        fcntl.ioctl(fd, BLKDISCARD, struct.pack("QQ", start, size))
        want[start : start + size] = bytes(size)


def end_of(path, block):
    """I/O behind the last block is refused, and what begins before ends there."""
    (fd, total), block = opened(path), int(block)
    buffer = mmap.mmap(-1, 2 * block)
    if os.preadv(fd, [buffer], total) != 0:
        sys.exit("there is something to read behind its end")
    if os.preadv(fd, [buffer], total - block) != block:
        sys.exit("a read across its end does not end there")
    if os.pwritev(fd, [buffer], total - block) != block:
        sys.exit("a write across its end does not end there")
    try:
        os.pwritev(fd, [buffer], total)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
    else:
        sys.exit("a write behind its end is not refused")


COMMANDS = {"fill": fill, "has": has, "write": write, "read": read, "discard": discard, "end": end_of}
COMMANDS[sys.argv[1]](*sys.argv[2:])
