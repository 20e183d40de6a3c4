// SPDX-License-Identifier: GPL-2.0
/*
 * Whether BPF programs are preempted.
 */
#include "load/preemption.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

bool preemption_of_model(const char *model, const char *version)
{
	const char *chosen = model ? strchr(model, '(') : NULL;

	if (!chosen)
		return strstr(version, "PREEMPT") != NULL;
	return strncmp(chosen, "(none)", 6) != 0 && strncmp(chosen, "(voluntary)", 11) != 0;
}

bool preemption_in_programs(void)
{
	FILE *f = fopen("/sys/kernel/debug/sched/preempt", "re");
	char line[64], *model = NULL;
	struct utsname host;

	if (f) {
		model = fgets(line, sizeof(line), f);
		fclose(f);
	}
	return uname(&host) || preemption_of_model(model, host.version);
}
