/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kretprobes that many calls can be in at a time. One that is opened by perf_event_open() alone
 * sees no more than two calls for each processor to their return, or even one (kernel/kprobes.c:
 * maxactive), which a pool that is waited for exceeds at once. Only an event of tracefs can be told
 * how many.
 */
#ifndef BIOSCOPE_LOAD_KRETPROBE_H
#define BIOSCOPE_LOAD_KRETPROBE_H

struct bpf_link;
struct bpf_program;

/* An event of tracefs; { .fd = -1 } is none. */
struct kretprobe {
	int fd; /* of kprobe_events, open so that the event can be removed without privileges */
};

/**
 * kretprobe_attach() - run a program whenever a function returns
 * @prog: the program
 * @symbol: name of the function
 * @k: filled in; kretprobe_remove() it when the link is destroyed, also after an error
 *
 * Removes what processes have left that were killed.
 *
 * Return: the link, or NULL with errno set.
 */
struct bpf_link *kretprobe_attach(const struct bpf_program *prog, const char *symbol,
				  struct kretprobe *k);

/**
 * kretprobe_remove() - remove the event
 * @k: from kretprobe_attach()
 *
 * It stays while something is attached to it, as what `bioscope pin` has left.
 */
void kretprobe_remove(struct kretprobe *k);

#endif
