// SPDX-License-Identifier: GPL-2.0
/*
 * Calls in machine code.
 */
#include "load/sites.h"

#include <string.h>

#define CALL 0xe8
#define BREAKPOINT 0xcc

long sites_find_call(const uint8_t *text, size_t size, uint64_t at, uint64_t target)
{
	size_t i;
	int32_t rel;

	for (i = 0; i + SITES_CALL <= size; i++) {
		if (text[i] != CALL && text[i] != BREAKPOINT)
			continue;
		memcpy(&rel, text + i + 1, sizeof(rel));
		if (at + i + SITES_CALL + (uint64_t)(int64_t)rel == target)
			return (long)i;
	}
	return -1;
}
