/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether a task can be preempted inside a BPF program that traces a function.
 */
#ifndef BIOSCOPE_LOAD_PREEMPTION_H
#define BIOSCOPE_LOAD_PREEMPTION_H

#include <stdbool.h>

/**
 * preemption_of_model() - the same, of a kernel that says this of itself
 * @model: /sys/kernel/debug/sched/preempt, such as "none (voluntary) full"; NULL: it has none
 * @version: uname -v, such as "#1 SMP PREEMPT_DYNAMIC Debian 6.1.1"
 *
 * Return: true if the model is full or lazy; without @model, if the kernel was built so that it can
 * be.
 */
bool preemption_of_model(const char *model, const char *version);

/**
 * preemption_in_programs() - whether tasks can be preempted in BPF programs on this host
 *
 * A trampoline forbids migration only (__bpf_prog_enter_recur(), kernel/bpf/trampoline.c). On most
 * architectures, kernels 7.x have no models but full and lazy (kernel/Kconfig.preempt).
 *
 * Return: true if they can, also if that is not known.
 */
bool preemption_in_programs(void);

#endif
