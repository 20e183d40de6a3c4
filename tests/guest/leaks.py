#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""leaks.py rounds NUMBER: makes a device, does I/O of every kind, removes it, so many times.
leaks.py state: what the kernel keeps, as "NAME NUMBER", one a line:

object FUNCTION CACHE  objects of that cache that were allocated from within that function of stack_blk, or for it
slab CACHE             objects in use, of caches of which each disk has some
percpu                 KiB
vmalloc                areas, but stacks of tasks
threads                of stack_blk, and of rescuers of bio_sets
entries PATH           files and directories there
references MODULE      who uses it
"""

import collections
import ctypes
import errno
import fcntl
import glob
import mmap
import os
import re
import struct
import sys
import threading
import time

CONFIG = "/sys/kernel/config/stack_blk"
BLKDISCARD, BLKZEROOUT = 0x1277, 0x127F
SIZE = 64 << 10
DISKS = ("/dev/nullb0", "/dev/nullb1")
# Where a disk has entries, and what is made for it.
PLACES = (
    "/dev",
    "/sys/block",
    "/sys/class/bdi",
    "/sys/devices/virtual",
    "/sys/kernel/debug/bdi",
    "/sys/kernel/debug/block",
    "/sys/kernel/debug/slab",
    "/sys/kernel/debug/stack_blk",
    "/sys/kernel/slab",
    "/sys/module/stack_blk",
    CONFIG,
)
# Who keeps what was allocated for stack_blk, see objects().
KEPT = "read_part_sector|debugfs_slab_add"
# For each kind of round the attributes, and which I/O; then what happens to its clones.
KINDS = [
    ({"layout": "linear", "chunk_kb": 16, "split": "chain", "bvecs": "own"}, {}),
    ({"layout": "stripe", "chunk_kb": 16, "submit_order": "batch", "rescuer": 1}, {}),
    (
        {"layout": "mirror", "per_bio": "mempool", "track": 1},
        {"status": {"probability": 100, "op": "read", "lower": 0}},
    ),
    ({"clone_source": "kmalloc", "per_bio": "kzalloc", "chunk_kb": 16, "kmalloc_fail_nth": 3}, {}),
    (
        {"layout": "stripe", "chunk_kb": 16, "submit_order": "hold", "pool_size": 16, "per_bio": "kzalloc"},
        {"alloc": {"probability": 30}},
    ),
    (
        {"layout": "mirror", "chunk_kb": 16, "defer": "workqueue", "rescuer": 1},
        {"status": {"probability": 100, "op": "write", "lower": 1, "times": 1}},
    ),
    (
        {"percpu_cache": 1, "chunk_kb": 16, "complete_in": "irq"},
        {"delay": {"probability": 50, "delay_ms": 4, "random": 1}},
    ),
    (
        {"layout": "stripe", "chunk_kb": 16, "split": "limits", "complete_in": "softirq"},
        {"status": {"probability": 50, "status": "medium"}},
    ),
    ({"layout": "mirror", "complete_in": "kworker"}, {"lose": {"probability": 100, "op": "write", "times": 1}}),
    ({"lower": "/dev/nullb2", "percpu_cache": 1, "gfp": "nowait"}, {}),
]


def put(path, value):
    """To a file of sysfs or configfs."""
    with open(path, "w", encoding="ascii") as file:
        file.write(f"{value}\n")


def get(path):
    """From one."""
    with open(path, encoding="ascii") as file:
        return file.read().strip()


def refused(path, value):
    """What is not to be taken."""
    try:
        put(path, value)
    except OSError:
        return
    sys.exit(f"{path}: {value} is not refused")


def each_kind_of_io(name):
    """Reads and writes, flushes, discards. Some of it fails."""
    buffer = mmap.mmap(-1, SIZE)
    direct = os.open(name, os.O_RDWR | os.O_DIRECT)
    cached = os.open(name, os.O_RDWR)
    steps = []
    for at in range(0, 4 * SIZE, SIZE):
        steps.append(lambda at=at: os.pwritev(direct, [buffer], at))
        steps.append(lambda at=at: os.preadv(direct, [buffer], at))
        steps.append(lambda at=at: os.pwritev(direct, [buffer], at, os.RWF_DSYNC))
        steps.append(lambda at=at: os.preadv(direct, [buffer], at, os.RWF_NOWAIT))
        steps.append(lambda at=at: os.preadv(direct, [memoryview(buffer)[:4096]], at, os.RWF_HIPRI))
        steps.append(lambda at=at: os.pwrite(cached, bytes(4096), at))
    steps.append(lambda: os.fsync(cached))
    steps.append(lambda: fcntl.ioctl(direct, BLKDISCARD, struct.pack("QQ", SIZE, 1 << 20)))
    steps.append(lambda: fcntl.ioctl(direct, BLKZEROOUT, struct.pack("QQ", SIZE, SIZE)))
    for step in steps:
        try:
            step()
        except OSError as error:
            if error.errno in (errno.EBADF, errno.EINVAL, errno.EFAULT):
                raise
    return direct, cached


def lose(name, directory):
    """A write whose clone is lost, under way."""
    fd = os.open(name, os.O_RDWR | os.O_DIRECT)
    task = threading.Thread(target=os.pwritev, args=(fd, [mmap.mmap(-1, 4096)], 0))
    task.start()
    while get(f"{directory}/lose_inject/lost") == "0":
        time.sleep(0.01)
    return fd, task


def one_round(number):
    """A device of that kind comes and goes."""
    knobs, faults = KINDS[number % len(KINDS)]
    directory = f"{CONFIG}/leaks"
    os.mkdir(directory)
    for name, value in {"lower": " ".join(DISKS), **knobs}.items():
        put(f"{directory}/{name}", value)
    put(f"{directory}/power", 1)
    disk = get(f"{directory}/device")
    if disk != "stackb0":
        sys.exit(f"round {number}: the disk is {disk}")
    for kind, attributes in faults.items():
        for name, value in attributes.items():
            put(f"{directory}/{kind}_inject/{name}", value)
    if "lose" in faults:
        fd, task = lose(f"/dev/{disk}", directory)
        os.rmdir(directory)
        task.join()
        os.close(fd)
        return
    opened = each_kind_of_io(f"/dev/{disk}")
    if number % 2:
        for fd in opened:
            os.close(fd)
    # In the way of a second one, and what is refused.
    os.mkdir(f"{CONFIG}/second")
    refused(f"{CONFIG}/second/power", 1)
    put(f"{CONFIG}/second/lower", DISKS[0] if "lower" not in knobs else knobs["lower"])
    refused(f"{CONFIG}/second/power", 1)
    refused(f"{CONFIG}/second/layout", "none")
    os.rmdir(f"{CONFIG}/second")
    put(f"{directory}/power", 0)
    if number % 3:
        put(f"{directory}/layout", "stripe")
        put(f"{directory}/chunk_kb", 0)
        refused(f"{directory}/power", 1)
    if number % 2 == 0:
        for fd in opened:
            os.close(fd)
    os.rmdir(directory)


def settle():
    """What is only kept for later goes."""
    os.sync()
    put("/proc/sys/vm/drop_caches", 3)
    ctypes.CDLL(None).syscall(324, 1, 0)  # membarrier(MEMBARRIER_CMD_GLOBAL): a grace period
    for path in caches():
        try:
            put(f"{path}/shrink", 1)
        except FileNotFoundError:
            pass


def caches():
    """Directories of all slab caches, each once."""
    return [path for path in glob.glob("/sys/kernel/slab/*") if not os.path.islink(path)]


def is_ours(cache):
    """Of what each disk, queue and workqueue has; others come and go with what looks at all this."""
    return re.match(r"(bdev_cache|blkdev|request_queue|pool_workqueue)", cache)


def objects(found):
    """By function, as SLUB tracks who has allocated what (slab_debug=U). Not what each scan of partitions leaves
    for whoever is next: addresses that were freed (vmap_area) are kept until many can be unmapped at once, and
    bios for the page cache in the per-CPU cache of the kernel's own bio_set. Nor what 6.1 keeps of each slab cache
    that is gone, such as those of bio_sets: debugfs_slab_release() in mm/slub.c removes its directory in debugfs,
    but not the reference that debugfs_lookup() has taken on that. Whether all are removed is seen in PLACES."""
    for path in glob.glob("/sys/kernel/debug/slab/*/alloc_traces"):
        if "/vmap_area/" in path:
            continue
        try:
            with open(path, encoding="ascii", errors="replace") as file:
                traces = file.read()
        except OSError:
            continue
        for trace in traces.split("\n\n"):
            if "[stack_blk]" in trace and not re.search(KEPT, trace):
                function = re.search(r"(\w+)[^ ]* \[stack_blk\]", trace)[1]
                found[f"object {function} {path.split('/')[-2]}"] += int(trace.split()[0])


def state():
    """Prints it."""
    found = collections.Counter()
    settle()
    objects(found)
    for path in filter(lambda path: is_ours(os.path.basename(path)), caches()):
        try:
            found[f"slab {os.path.basename(path)}"] = int(get(f"{path}/objects").split()[0])
        except FileNotFoundError:
            pass
    found["percpu"] = int(re.search(r"^Percpu: *(\d+)", get("/proc/meminfo"), re.MULTILINE)[1])
    areas = get("/proc/vmallocinfo").splitlines()
    found["vmalloc"] = sum(not re.search("dup_task_struct|copy_process|thread_stack|unpurged", area) for area in areas)
    for path in glob.glob("/proc/[0-9]*/comm"):
        try:
            found["threads"] += bool(re.search("stack_b|bioset", get(path)))
        except OSError:
            pass
    for path in PLACES:
        found[f"entries {path}"] = sum(len(dirs) + len(files) for _, dirs, files in os.walk(path))
    for module in ("stack_blk", "null_blk"):
        found[f"references {module}"] = int(get(f"/sys/module/{module}/refcnt"))
    for name, number in sorted(found.items()):
        print(f"{name} {number}")


if sys.argv[1] == "state":
    state()
else:
    for each in range(int(sys.argv[2])):
        one_round(each)
