/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is not needed any more once all is attached.
 */
#ifndef BIOSCOPE_PRIVILEGES_H
#define BIOSCOPE_PRIVILEGES_H

/**
 * privileges_drop() - give up all capabilities, for good
 * @map_fd: a hash map that will be read
 *
 * Counters are mapped, and what else is read has an open file. Kernels before 5.19 (c8644cd0efe7,
 * "bpf: refine kernel.unprivileged_bpf_disabled behaviour") with that sysctl set refuse even the reading
 * of a map whose file is open; there, CAP_BPF is kept. Programs that run after this get none, either.
 *
 * Return: 0 or -errno with a message on stderr.
 */
int privileges_drop(int map_fd);

#endif
