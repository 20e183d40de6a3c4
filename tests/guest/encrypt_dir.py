#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""encrypt_dir.py DIR: makes it, on a file system that can encrypt, an encrypted directory with a file in it.
(include/uapi/linux/fscrypt.h)"""
import fcntl, os, struct, sys

ADD_KEY = 0xC0506617  # FS_IOC_ADD_ENCRYPTION_KEY
SET_POLICY = 0x800C6613  # FS_IOC_SET_ENCRYPTION_POLICY
BY_IDENTIFIER, KEY_SIZE = 2, 64
IDENTIFIER = slice(8, 24)  # of what comes back
AES_256_XTS, AES_256_CTS, PAD_32 = 1, 4, 3

path = sys.argv[1]
os.mkdir(path)
directory = os.open(path, os.O_RDONLY)
key = bytearray(struct.pack("=II32xII32x", BY_IDENTIFIER, 0, KEY_SIZE, 0) + os.urandom(KEY_SIZE))
fcntl.ioctl(directory, ADD_KEY, key)
fcntl.ioctl(directory, SET_POLICY, struct.pack("=BBBB4x16s", 2, AES_256_XTS, AES_256_CTS, PAD_32, bytes(key[IDENTIFIER])))
with open(os.path.join(path, "file"), "w") as file:
    file.write("secret")
