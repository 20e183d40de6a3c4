/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is not needed any more once all is attached.
 */
#ifndef BIOSCOPE_PRIVILEGES_H
#define BIOSCOPE_PRIVILEGES_H

/**
 * privileges_drop() - give up all capabilities, for good
 *
 * Counters are mapped, and what else is read has an open file, which is enough whatever
 * kernel.unprivileged_bpf_disabled is (c8644cd0efe7, "bpf: refine kernel.unprivileged_bpf_disabled
 * behaviour"). Programs that run after this get none, either.
 *
 * Return: 0 or -errno with a message on stderr.
 */
int privileges_drop(void);

/**
 * privileges_keep_tracing() - give up all capabilities but those to attach BPF programs, for good
 *
 * Return: 0 or -errno.
 */
int privileges_keep_tracing(void);

/**
 * privileges_drop_tracing() - give up those, too, after privileges_keep_tracing()
 *
 * Return: 0 or -errno.
 */
int privileges_drop_tracing(void);

#endif
