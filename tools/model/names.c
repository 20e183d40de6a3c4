// SPDX-License-Identifier: GPL-2.0
/*
 * What enumerators are called.
 */
#include "model/names.h"

#include "record.h"

const char *model_lost_name(unsigned int what)
{
	static const char *const names[RECORD_LOSTS] = {
		[RECORD_LOST_POOLS] = "untracked_pools",
		[RECORD_LOST_FRAMES] = "untracked_allocations",
		[RECORD_LOST_ORPHANS] = "begun_before_tracer",
		[RECORD_LOST_TIMES] = "untimed_allocations",
		[RECORD_LOST_WAITERS] = "untracked_waiters",
		[RECORD_LOST_WORK] = "untracked_rescues",
		[RECORD_LOST_PARKED] = "uncounted_punted_bios",
		[RECORD_LOST_DISKS] = "untracked_disks",
		[RECORD_LOST_BIOS] = "untracked_bios",
		[RECORD_LOST_LIVES] = "untracked_lifetimes",
		[RECORD_LOST_EVENTS] = "dropped_events",
		[RECORD_LOST_RETURNS] = "unseen_returns",
		[RECORD_LOST_ROWS] = "uncounted_durations",
		[RECORD_LOST_ALLOCATIONS] = "allocations",
	};

	return what < RECORD_LOSTS ? names[what] : "unknown";
}

const char *model_bio_state_name(unsigned int state)
{
	static const char *const names[] = {
		[RECORD_BIO_UNKNOWN] = "unknown",	  [RECORD_BIO_BACK] = "back",
		[RECORD_BIO_UNSUBMITTED] = "unsubmitted", [RECORD_BIO_SUBMITTED] = "submitted",
		[RECORD_BIO_COMPLETED] = "completed",	  [RECORD_BIO_PARKED] = "parked",
	};

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}

const char *model_way_name(unsigned int way)
{
	static const char *const names[RECORD_WAYS] = {
		[RECORD_WAY_CACHE] = "cache",	  [RECORD_WAY_SLAB] = "slab",
		[RECORD_WAY_RESERVE] = "reserve", [RECORD_WAY_WAIT] = "wait",
		[RECORD_WAY_FAILED] = "failed",	  [RECORD_WAY_UNKNOWN] = "unknown",
	};

	return way < RECORD_WAYS ? names[way] : "unknown";
}
