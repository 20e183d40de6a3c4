#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""attributes.py DIRECTORY: writes what is no value to every attribute of a stack_blk item.

DIRECTORY is the item's, with a lower device, powered off. Each refusal must have the right errno,
leave a line in the kernel's log that names the attribute, and change nothing. Prints one line for
each check: 0 or 1, as a status, and what was checked.
"""
import errno, os, sys

item = sys.argv[1]
LONG = 4096


def path(name):
    return os.path.join(item, name)


def show(name):
    try:
        with open(path(name), "rb") as file:
            return file.read()
    except PermissionError:  # write-only
        return b""


def store(name, value):
    """Returns the name of the error, or ok."""
    try:
        fd = os.open(path(name), os.O_WRONLY)
        try:
            os.write(fd, value)
        finally:
            os.close(fd)
        return "ok"
    except OSError as error:
        return errno.errorcode[error.errno]


def said():
    """What the kernel said since the last time."""
    lines = []
    while True:
        try:
            lines.append(os.read(log, 8192).decode(errors="replace"))
        except BlockingIOError:
            return "".join(lines)


def result(good, what, *details):
    print(0 if good else 1, what if good else " ".join([what, *map(repr, details)]))


def label(value):
    shown = ascii(value.decode("latin-1"))[1:-1]
    return shown if len(shown) < 24 else f"{shown[:8]}... ({len(value)} bytes)"


def refused(name, value, want):
    before = show(name)
    said()
    got, log_lines = store(name, value), said()
    good = got == want and name in log_lines and "stack_blk:" in log_lines
    if not good:
        result(False, f"{name} refuses '{label(value)}' with {want} and a line in the log", got, log_lines)
    elif show(name) != before:
        result(False, f"{name} is unchanged after '{label(value)}'", before, show(name))
    else:
        result(True, f"{name} refuses '{label(value)}': {want}")


def taken(name, value, want):
    got = store(name, value)
    result(got == "ok" and show(name) == want, f"{name} takes '{label(value)}'", got, show(name))


NO_NUMBERS = [b"\n", b"abc", b"-1", b"+1", b" 1", b"1 ", b"0x1", b"1.5", b"1x", b"1\0", b"1\n2", b"x" * LONG]
NO_NAMES = [b"\n", b"0", b"-1", b"Each", b"eachx", b"each\0", b" each", b"x" * LONG, b"99999999999999999999"]


def knob(name, words):
    low, dots, high = words[0].partition("..")
    first = low if dots else words[0]
    last = high if dots else words[-1]
    before, got = show(name), store(name, b"")
    result(show(name) == before, f"{name} is not changed by writing nothing", got)
    if dots:
        for value in NO_NUMBERS:
            refused(name, value, "EINVAL")
        refused(name, b"%d" % (int(high) + 1), "ERANGE")
        refused(name, b"9" * 20, "ERANGE")
        refused(name, b"9" * (LONG - 1), "ERANGE")
        if int(low):
            refused(name, b"%d" % (int(low) - 1), "ERANGE")
    else:
        for value in NO_NAMES:
            if value.decode() not in words:
                refused(name, value, "EINVAL")
    for value in dict.fromkeys([last, first]):
        taken(name, value.encode(), value.encode() + b"\n")
        taken(name, value.encode() + b"\n", value.encode() + b"\n")


log = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
with open(os.path.join(item, "../features")) as file:
    knobs = [line.split() for line in file]
for name, *words in knobs:
    knob(name, words)
for value in [b"\n", b" ", b"dev/nullb0", b"/dev/nullb0\0", b"/" + b"x" * (LONG - 1), b"x" * LONG]:
    refused("lower", value, "EINVAL")
for value, want in [(b"/dev/nosuch", "ENOENT"), (b"/dev/null", "ENOTBLK"), (b"/etc", "ENOTBLK"),
                    (b"/dev/nullb0 /dev/nosuch", "ENOENT"), (b"/dev/nullb0/x", "ENOTDIR")]:
    refused("lower", value, want)
for value in [b"\n", b"B9", b"b1", b"B1\0", b"B", b"x" * LONG]:
    refused("scenario", value, "EINVAL")
for value in [b"\n", b"on", b"-1", b"1 ", b"x" * LONG]:
    refused("power", value, "EINVAL")
refused("power", b"2", "ERANGE")
for value in [b"\n", b"0", b"11", b"x" * LONG]:
    refused("rescan", value, "EINVAL")
refused("rescan", b"1", "ENODEV")
for value in NO_NUMBERS:
    refused("lose_inject/release", value, "EINVAL")
for value in [b"0", b"4294967296", b"9" * 20]:
    refused("lose_inject/release", value, "ERANGE")
result(store("lose_inject/release", b"4294967295") == "ok", "lose_inject/release takes what nothing is lost for")
read_only = ["device", "lose_inject/lost"] + [f"{kind}_inject/injected" for kind in ("alloc", "status", "delay", "lose")]
for name in read_only:
    result(store(name, b"1") == "EACCES", f"{name} cannot be written")
for name in read_only[1:]:
    result(show(name) == b"0\n", f"{name} is 0", show(name))

result(store("power", b"1") == "ok", "it is powered on")
for name, *words in knobs:
    value = show(name).strip()
    if name == "kmalloc_fail_nth" or "/" in name:
        taken(name, value, value + b"\n")
    else:
        refused(name, value, "EBUSY")
refused("scenario", b"B1", "EBUSY")
refused("lower", b"/dev/nullb0", "EBUSY")
refused("lower", b"/dev/stackb0", "EINVAL")
