/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel announces about devices, as udev hears it.
 */
#ifndef BIOSCOPE_UTIL_UEVENTS_H
#define BIOSCOPE_UTIL_UEVENTS_H

#include <stdbool.h>

/**
 * uevents_open() - begin to listen
 *
 * Takes no capability.
 *
 * Return: a descriptor to be closed, or -errno: there is no netlink, or it is not for this
 * container.
 */
int uevents_open(void);

/**
 * uevents_of_block() - take what was announced since the last call
 * @fd: from uevents_open(); if negative, nothing ever is
 *
 * Does not wait.
 *
 * Return: whether a block device came, went or changed, or may have, because there was more than
 * the kernel keeps.
 */
bool uevents_of_block(int fd);

#endif
