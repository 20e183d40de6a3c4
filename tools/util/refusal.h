/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why the kernel does not do what it is asked for.
 */
#ifndef BIOSCOPE_UTIL_REFUSAL_H
#define BIOSCOPE_UTIL_REFUSAL_H

/* What lockdown in its mode "confidentiality" is, and what to do. */
#define REFUSAL_LOCKDOWN                                                                            \
	"lockdown=confidentiality forbids reading kernel memory; boot with lockdown=integrity, or " \
	"without it"

/* What to do where doctor loads and attaches the same programs. */
#define REFUSAL_DOCTOR "`bioscope doctor` says what is missing"

/**
 * refusal_lockdown() - whether the kernel is locked down so far that programs may not read its memory
 *
 * LOCKDOWN_BPF_READ_KERNEL of include/linux/security.h: such programs are refused with -EINVAL then, as if the
 * helper that they call were not there (bpf_base_func_proto(), kernel/bpf/helpers.c).
 *
 * Return: 1 if it is, 0 if not, or it has no lockdown; -errno if that is not known: -ENOENT, there is no securityfs;
 * -ENOTDIR, it is not mounted.
 */
int refusal_lockdown(void);

/**
 * refusal_text() - why programs were not loaded or attached, and what to do, for a message
 * @err: -errno
 * @todo: what to do if this kernel cannot, for no reason that is known; NULL: nothing
 *
 * Return: "Operation not permitted; run with sudo", until the next call. Only one thread may ask.
 */
const char *refusal_text(int err, const char *todo);

#endif
