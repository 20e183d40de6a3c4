#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""nbd_disk.py DEVICE MIB FILE: a disk of zeros behind /dev/nbdN, which answers nothing while FILE exists. It is there
when /sys/block/nbdN/pid is, until this is killed."""
import fcntl, os, socket, struct, sys, threading, time

device, size, hold = sys.argv[1], int(sys.argv[2]) << 20, sys.argv[3]
NBD_SET_SOCK, NBD_SET_BLKSIZE, NBD_DO_IT, NBD_SET_SIZE_BLOCKS = 0xAB00, 0xAB01, 0xAB03, 0xAB07
REQUEST, REPLY, READ, WRITE = 0x25609513, 0x67446698, 0, 1
BLOCK = 4096

kernel, server = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)


def receive(n):
    data = b""
    while len(data) < n:
        more = server.recv(n - len(data))
        if not more:
            os._exit(0)
        data += more
    return data


def serve():
    while True:
        magic, kind, handle, _, length = struct.unpack(">II8sQI", receive(28))
        assert magic == REQUEST
        if kind & 0xFFFF == WRITE:
            receive(length)
        while os.path.exists(hold):
            time.sleep(0.05)
        server.sendall(struct.pack(">II8s", REPLY, 0, handle) + (bytes(length) if kind & 0xFFFF == READ else b""))


disk = os.open(device, os.O_RDWR)
fcntl.ioctl(disk, NBD_SET_BLKSIZE, BLOCK)
fcntl.ioctl(disk, NBD_SET_SIZE_BLOCKS, size // BLOCK)
fcntl.ioctl(disk, NBD_SET_SOCK, kernel.fileno())
threading.Thread(target=serve, daemon=True).start()
fcntl.ioctl(disk, NBD_DO_IT)
