// SPDX-License-Identifier: GPL-2.0
/*
 * Small pieces of text that every renderer needs.
 */
#include "text.h"

#include <stdio.h>
#include <string.h>

#include "record.h"

const char *text_time(uint64_t ns, char *out)
{
	static const struct {
		double scale;
		const char *unit;
	} units[] = { { 1e9, "s" }, { 1e6, "ms" }, { 1e3, "us" }, { 1, "ns" } };
	double value;
	size_t i = 0;

	if (ns == UINT64_MAX) {
		snprintf(out, TEXT_SIZE, "-");
		return out;
	}
	while (i < 3 && (double)ns < units[i].scale)
		i++;
	value = (double)ns / units[i].scale;
	snprintf(out, TEXT_SIZE, "%.*f%s",
		 i == 3 || value >= 100 ? 0 :
		 value >= 10		? 1 :
					  2,
		 value, units[i].unit);
	return out;
}

const char *text_flags(uint32_t flags, char *out)
{
	snprintf(out, TEXT_SIZE, "%s%s", flags & RECORD_POOL_RESCUER ? "rescuer " : "",
		 flags & RECORD_POOL_PERCPU_CACHE ? "cache " : "");
	if (!out[0])
		snprintf(out, TEXT_SIZE, "-");
	else
		out[strlen(out) - 1] = '\0';
	return out;
}
