#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What is on disks after a crash, by what dm-log-writes has logged of each of them.

crash.py work DIRECTORY LOGGED...
    writes to files and makes that durable, some times; after each the log of each LOGGED, a dm device, is marked
crash.py check LAYOUT CHUNK BYTES DISK LOG...
    for each moment that can be told: what was durable of each lower device, of so many BYTES, put together to what
    the LAYOUT with CHUNKs of so many bytes has, goes to DISK; fails unless the file system there is mounted, has
    what was made durable until then, and is found clean; prints how many moments there were

The log has a write once it is durable: by a flush that was asked for after it was done, or by itself (FUA). With one
log each flush and FUA is a moment. Of several logs only the marks are of the same one.
"""
import fcntl
import mmap
import os
import struct
import subprocess
import sys
import tempfile

FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8
MAGIC = 0x6A736677736872
BLKFLSBUF = 0x1261
ROUNDS = 4
BLOCK = 4096
# Moments of one log that are looked at, at the most.
MOST = 12


def content(number):
    """Of the file that is written in that round."""
    return b"%15d\n" % number * (number * number * 3000)


def mark(logged, name):
    """In the log of each."""
    for device in logged:
        subprocess.run(["dmsetup", "message", device, "0", "mark", name], check=True)


def synced(path, data):
    """A file that is there for good."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(fd, data)
    os.fsync(fd)
    os.close(fd)


def work(directory, *logged):
    """Files by fsync(), and a block of another that is written by itself."""
    block = mmap.mmap(-1, BLOCK)
    synced(f"{directory}/blocks", bytes(64 * BLOCK))
    fd = os.open(f"{directory}/blocks", os.O_WRONLY | os.O_DIRECT | os.O_DSYNC)
    mark(logged, "round0")
    for number in range(1, ROUNDS + 1):
        with open(f"{directory}/not synced {number}", "wb") as file:
            file.write(content(number))
        synced(f"{directory}/{number}", content(number))
        os.rename(f"{directory}/not synced {number}", f"{directory}/neither {number}")
        for at in range(0, 64, 9):
            block[:16] = b"%15d\n" % number
            os.pwritev(fd, [block], at * BLOCK)
        mark(logged, f"round{number}")
    os.close(fd)


def entries(path):
    """Of a log: flags, first byte, and the data, or the name of a mark."""
    with open(path, "rb") as log:
        fcntl.ioctl(log, BLKFLSBUF, 0)
        magic, _, count, size = struct.unpack("<QQQI", log.read(28))
        if magic != MAGIC:
            sys.exit(f"{path} has no log")
        log.seek(size)
        for _ in range(count):
            head = log.read(size)
            sector, sectors, flags, length = struct.unpack("<QQQQ", head[:32])
            if flags & MARK:
                yield flags, 0, head[32 : 32 + length].decode()
            elif flags & DISCARD:
                yield flags, sector * size, bytes(sectors * size)
            else:
                yield flags, sector * size, log.read(sectors * size)


class Lower:
    """A lower device, as far as it is durable."""

    def __init__(self, path, size):
        self.entries = entries(path)
        self.data = bytearray(size)
        self.round = None

    def step(self):
        """The next entry; returns whether what follows is another moment."""
        flags, start, what = next(self.entries)
        if flags & MARK:
            self.round = int(what[5:]) if what.startswith("round") else None
            return True
        self.data[start : start + len(what)] = what
        return bool(flags & (FLUSH | FUA))

    def until(self, number):
        """What was durable when that round was over."""
        while self.round != number:
            self.step()


def put_together(layout, chunk, lowers):
    """The disks' data: one, or several that have to be the same."""
    data = [bytes(lower.data) for lower in lowers]
    if layout == "mirror":
        return data
    if layout == "linear":
        return [b"".join(data)]
    return [b"".join(part[at : at + chunk] for at in range(0, len(data[0]), chunk) for part in data)]


def look(data, disk, number, exactly):
    """The file system has what was durable after that round; after it, if not exactly then, there may be more."""
    fd = os.open(disk, os.O_WRONLY)
    os.write(fd, data)
    os.fsync(fd)
    os.close(fd)
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(["mount", "-t", "ext4", disk, directory], check=True)
        try:
            for name in range(1, number + 1):
                with open(f"{directory}/{name}", "rb") as file:
                    if file.read() != content(name):
                        sys.exit(f"round {number}: file {name} has not what was synced")
            with open(f"{directory}/blocks", "rb") as file:
                blocks = file.read()
        finally:
            subprocess.run(["umount", directory], check=True)
    for at in range(0, 64, 9):
        written = int(blocks[at * BLOCK : at * BLOCK + 16].strip(b"\0") or 0)
        if written != number and (exactly or written != number + 1):
            sys.exit(f"round {number}: block {at} has what was written in round {written}")
    done = subprocess.run(["e2fsck", "-fn", disk], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        sys.exit(f"round {number}: {done.stdout.decode()}")


def check(layout, chunk, size, disk, *logs):
    """All moments."""
    lowers, moments = [Lower(path, int(size)) for path in logs], 0
    for number in range(ROUNDS + 1):
        for lower in lowers:
            lower.until(number)
        for data in put_together(layout, int(chunk), lowers):
            look(data, disk, number, True)
            moments += 1
        # Of one log those until the next mark, too.
        while len(lowers) == 1 and number < ROUNDS and moments < MOST * (number + 1) // ROUNDS:
            if lowers[0].step():
                if lowers[0].round != number:
                    break
                look(bytes(lowers[0].data), disk, number, False)
                moments += 1
    print(moments)


if sys.argv[1] == "work":
    work(*sys.argv[2:])
else:
    check(*sys.argv[2:])
