// SPDX-License-Identifier: GPL-2.0
/*
 * What enumerators are called.
 */
#include "model/names.h"

#include "record.h"

#define NAME(member) [RECORD_LOST(member)] = #member

const char *model_lost_name(unsigned int what)
{
	static const char *const names[RECORD_LOSTS] = {
		NAME(untracked_pools),	     NAME(untracked_allocations), NAME(begun_before_tracer),
		NAME(untimed_allocations),   NAME(untracked_waiters),	  NAME(untracked_rescues),
		NAME(uncounted_punted_bios), NAME(untracked_disks),	  NAME(untracked_bios),
		NAME(untracked_lifetimes),   NAME(dropped_events),	  NAME(unseen_returns),
		NAME(uncounted_durations),   NAME(unsure_refills),	  NAME(allocations),
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
