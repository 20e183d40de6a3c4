// SPDX-License-Identifier: GPL-2.0
/*
 * Names of call sites of zeroed allocations, as the kernel has printed them.
 */
#include "read/kzalloc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int kzalloc_parse_symbol(const char *text, struct kzalloc_name *out)
{
	const char *plus = strchr(text, '+'), *open;
	char *end;

	memset(out, 0, sizeof(*out));
	if (!plus || plus == text || (size_t)(plus - text) >= sizeof(out->symbol) ||
	    strncmp(plus, "+0x", 3))
		return -EINVAL;
	out->offset = strtoull(plus + 1, &end, 16);
	/* bpf_snprintf() cuts what is too long: without its end a module's name is not one. */
	open = strchr(end, '[');
	if (*end != '/' || (open && !strchr(open, ']'))) {
		out->offset = 0;
		return -EINVAL;
	}
	memcpy(out->symbol, text, (size_t)(plus - text));
	if (open)
		snprintf(out->module, sizeof(out->module), "%.*s", (int)strcspn(open + 1, " ]"),
			 open + 1);
	return 0;
}
