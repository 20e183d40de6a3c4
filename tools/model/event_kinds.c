// SPDX-License-Identifier: GPL-2.0
/*
 * What kinds of events there are.
 */
#include "model/event_kinds.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *name;
	bool is_time;
} kinds[RECORD_EVENT_KINDS] = {
	[RECORD_EVENT_DIP] = { "dip", false },
	[RECORD_EVENT_DRY] = { "dry", false },
	[RECORD_EVENT_WAIT] = { "wait", false },
	[RECORD_EVENT_WAITED] = { "waited", true },
	[RECORD_EVENT_FAILED] = { "failed", false },
	[RECORD_EVENT_PUNT] = { "punt", false },
	[RECORD_EVENT_RESCUE] = { "rescue", true },
	[RECORD_EVENT_RESCUED] = { "rescued", true },
	[RECORD_EVENT_STALL] = { "stall", true },
	[RECORD_EVENT_CREATED] = { "created", false },
	[RECORD_EVENT_GONE] = { "gone", false },
	[RECORD_EVENT_REFILL] = { "refill", false },
	[RECORD_EVENT_PRESSURE] = { "pressure", false },
	[RECORD_EVENT_LIFTED] = { "lifted", false },
};

const char *event_kind_name(uint32_t kind)
{
	return kind < RECORD_EVENT_KINDS ? kinds[kind].name : "unknown";
}

bool event_kind_is_time(uint32_t kind)
{
	return kind < RECORD_EVENT_KINDS && kinds[kind].is_time;
}

static int kind_of(const char *name, size_t len)
{
	int i;

	for (i = 0; i < RECORD_EVENT_KINDS; i++)
		if (strlen(kinds[i].name) == len && !strncmp(kinds[i].name, name, len))
			return i;
	return -EINVAL;
}

int event_kinds_parse(const char *list, uint32_t *out)
{
	uint32_t bits = 0;
	int kind;

	for (;;) {
		size_t len = strcspn(list, ",");

		kind = kind_of(list, len);
		if (kind < 0)
			return kind;
		bits |= 1u << kind;
		if (!list[len])
			break;
		list += len + 1;
	}
	*out = bits;
	return 0;
}
