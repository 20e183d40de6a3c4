/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is not needed any more once all is loaded.
 */
#ifndef BIOSCOPE_RUN_PRIVILEGES_H
#define BIOSCOPE_RUN_PRIVILEGES_H

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

#endif
