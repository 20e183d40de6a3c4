// SPDX-License-Identifier: GPL-2.0
/*
 * Call sites inside kernel functions.
 */
#include "load/sites.h"

#include <errno.h>

#include "load/ksyms.h"
#include "load/pools.h"

#define CALLER_MAX 4096 /* bytes of a function that are searched */

int sites_lookup(struct pools *pools, const char *caller, const char *callee, uint64_t *offset)
{
#ifdef __x86_64__
	struct ksyms_want want[] = { { .name = caller }, { .name = callee } };
	uint8_t text[CALLER_MAX];
	struct ksyms_at at = { 0 };
	long found;
	int err;

	err = ksyms_by_name(want, 2);
	if (err)
		return err;
	if (!want[0].addr || !want[1].addr)
		return -ENOENT;
	err = pools_read_memory(pools, want[0].addr, text, sizeof(text));
	if (err)
		return err;
	found = sites_find_call(text, sizeof(text), want[0].addr, want[1].addr);
	if (found < 0)
		return -ENOENT;
	/* What was read goes on behind the function. */
	at.addr = want[0].addr + (uint64_t)found;
	err = ksyms_by_addr(&at, 1);
	if (err)
		return err;
	if (at.start != want[0].addr)
		return -ENOENT;
	*offset = (uint64_t)found;
	return 0;
#else
	(void)pools;
	(void)caller;
	(void)callee;
	(void)offset;
	return -EOPNOTSUPP;
#endif
}
