// SPDX-License-Identifier: GPL-2.0
/*
 * The table of probes.
 */
#include "probes.h"

const struct probe probe_table[PROBES] = {
	{ "alloc_exit", { "bio_alloc_bioset" }, true, "anything" },
	{ "mempool_exit_", { "mempool_alloc_noprof", "mempool_alloc" }, true,
	  "use of the reserve and waits" },
	{ "slab_exit", { "mempool_alloc_slab" }, true, "the slab apart from the reserve" },
	{ "wait_enter", { "io_schedule_timeout" }, true, "waits and who waits" },
	{ "punt_enter", { "punt_bios_to_rescuer" }, false,
	  "nothing: where it is inlined, punts are seen in mempool_alloc()" },
	{ "rescue_queued", { NULL }, false, "how long a rescuer takes to wake up" },
	{ "rescue_end", { NULL }, false, "how long a rescuer runs" },
	{ "rescue_start", { NULL }, false, "that a rescuer runs" },
	{ "pool_created", { "bioset_init" }, false, "bio_sets that appear, until they are used" },
	{ "pool_destroyed", { "bioset_exit" }, false,
	  "that a bio_set went away: a new one at its address would be taken for it" },
	{ "mempool_enter", { "mempool_alloc_noprof", "mempool_alloc" }, true,
	  "use of the reserve and waits" },
	{ "alloc_enter", { "bio_alloc_bioset" }, true, "anything" },
};

const char *probe_state_name(enum probe_state state)
{
	switch (state) {
	case PROBE_OFF:
		return "off";
	case PROBE_MISSING:
		return "missing";
	case PROBE_FAILED:
		return "failed";
	case PROBE_ATTACHED:
		return "attached";
	}
	return "unknown";
}
