// SPDX-License-Identifier: GPL-2.0
/*
 * The table of probes.
 */
#include "load/probes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "record.h"

/* The slow path of mempool_alloc() is a function of its own on 7.2 and 7.3 (mm/mempool.c). */
#define MEMPOOL_SLOW { "mempool_alloc_from_pool", "mempool_alloc_noprof", "mempool_alloc" }

#define EVENT(kind) (1U << RECORD_EVENT_##kind)

const struct probe probe_table[PROBES] = {
	{ .prog = "alloc_exit",
	  .symbols = { "bio_alloc_bioset" },
	  .late = true,
	  .without = "failures, the per-CPU cache apart from the slab, and durations" },
	{ .prog = "alloc_exit_kprobe",
	  .symbols = { "bio_alloc_bioset" },
	  .kprobe = true,
	  .returned = true,
	  .instead = "alloc_exit",
	  .needs = "alloc_enter_kprobe",
	  .without = "failures, the per-CPU cache apart from the slab, and durations" },
	{ .prog = "rescue_end",
	  .symbols = { "bio_alloc_rescue" },
	  .tells = EVENT(RESCUED),
	  .without = "how long a rescuer runs" },
	{ .prog = "rescue_end_tp",
	  .tracepoint = "workqueue_execute_end",
	  .symbols = { "bio_alloc_rescue" },
	  .instead = "rescue_end",
	  .tells = EVENT(RESCUED),
	  .without = "how long a rescuer runs" },
	{ .prog = "rescue_start",
	  .symbols = { "bio_alloc_rescue" },
	  .tells = EVENT(RESCUE),
	  .without = "that a rescuer runs, and how long it takes to wake up" },
	{ .prog = "rescue_start_tp",
	  .tracepoint = "workqueue_execute_start",
	  .symbols = { "bio_alloc_rescue" },
	  .instead = "rescue_start",
	  .tells = EVENT(RESCUE),
	  .without = "that a rescuer runs, and how long it takes to wake up" },
	{ .prog = "set_created",
	  .symbols = { "bioset_init" },
	  .tells = EVENT(CREATED),
	  .without = "bio_sets that appear, until they are used" },
	{ .prog = "set_destroyed",
	  .symbols = { "bioset_exit" },
	  .tells = EVENT(GONE),
	  .without = "that a bio_set went away: a new one at its address would be taken for it" },
	{ .prog = "set_destroyed_kprobe",
	  .symbols = { "bioset_exit" },
	  .kprobe = true,
	  .instead = "set_destroyed",
	  .tells = EVENT(GONE),
	  .without = "that a bio_set went away: a new one at its address would be taken for it" },
	{ .prog = "mempool_exited",
	  .symbols = { "mempool_exit" },
	  .tells = EVENT(GONE),
	  .without = "that a mempool went away: a new one at its address would be taken for it" },
	{ .prog = "mempool_exited_kprobe",
	  .symbols = { "mempool_exit" },
	  .kprobe = true,
	  .instead = "mempool_exited",
	  .tells = EVENT(GONE),
	  .without = "that a mempool went away: a new one at its address would be taken for it" },
	{ .prog = "mempool_destroyed",
	  .symbols = { "mempool_destroy" },
	  .tells = EVENT(GONE),
	  .without = "that a mempool went away: a new one at its address would be taken for it" },
	{ .prog = "mempool_destroyed_kprobe",
	  .symbols = { "mempool_destroy" },
	  .kprobe = true,
	  .instead = "mempool_destroyed",
	  .tells = EVENT(GONE),
	  .without = "that a mempool went away: a new one at its address would be taken for it" },
	{ .prog = "wait_end",
	  .symbols = MEMPOOL_SLOW,
	  .call = "io_schedule_timeout",
	  .returned = true,
	  .needs = "reserve_enter",
	  .tells = EVENT(WAITED) | EVENT(STALL),
	  .without = "the end of waits" },
	{ .prog = "wait_begin",
	  .symbols = MEMPOOL_SLOW,
	  .call = "io_schedule_timeout",
	  .needs = "wait_end",
	  .tells = EVENT(WAIT),
	  .without = "waits, and who waits" },
	{ .prog = "reserve_locked",
	  .symbols = MEMPOOL_SLOW,
	  .call = "_raw_spin_lock_irqsave",
	  .returned = true,
	  .needs = "reserve_enter",
	  .tells = EVENT(DIP) | EVENT(DRY),
	  .without = "use of reserves, and who holds their elements" },
	{ .prog = "reserve_enter",
	  .symbols = MEMPOOL_SLOW,
	  .call = "_raw_spin_lock_irqsave",
	  .tells = EVENT(DIP) | EVENT(DRY) | EVENT(WAIT) | EVENT(WAITED) | EVENT(STALL),
	  .without = "use of reserves, waits, and all mempools outside bio_sets" },
	{ .prog = "refill_bulk",
	  .symbols = { "mempool_free_bulk" },
	  .events = EVENT(REFILL),
	  .without = "elements that come back to a reserve" },
	{ .prog = "refill",
	  .symbols = { "mempool_free" },
	  .instead = "refill_bulk",
	  .events = EVENT(REFILL),
	  .without = "elements that come back to a reserve" },
	{ .prog = "pressure_held",
	  .tracepoint = "bio_pressure_held",
	  .module = "bio_pressure",
	  .events = EVENT(PRESSURE),
	  .tells = EVENT(PRESSURE),
	  .without = "when pressure begins" },
	{ .prog = "pressure_lifted",
	  .tracepoint = "bio_pressure_lifted",
	  .module = "bio_pressure",
	  .events = EVENT(LIFTED),
	  .tells = EVENT(LIFTED),
	  .without = "when pressure ends" },
	{ .prog = "punt_enter",
	  .symbols = { "punt_bios_to_rescuer" },
	  .tells = EVENT(PUNT),
	  .without = "bios handed to rescuers, and how long these take to wake up" },
	{ .prog = "punt_enter_kprobe",
	  .symbols = { "punt_bios_to_rescuer" },
	  .kprobe = true,
	  .instead = "punt_enter",
	  .tells = EVENT(PUNT),
	  .without = "bios handed to rescuers, and how long these take to wake up" },
	{ .prog = "punt_locks",
	  .symbols = { "bio_alloc_bioset" },
	  .call = "_raw_spin_lock",
	  .instead = "punt_enter_kprobe",
	  .tells = EVENT(PUNT),
	  .without = "bios handed to rescuers, and how long these take to wake up" },
	{ .prog = "alloc_count",
	  .symbols = { "bio_alloc_bioset" },
	  .counts = true,
	  .cheap = true,
	  .left_out = true,
	  .without = "anything" },
	{ .prog = "alloc_enter",
	  .symbols = { "bio_alloc_bioset" },
	  .instead = "alloc_count",
	  .counts = true,
	  .left_out = true,
	  .without = "anything" },
	{ .prog = "alloc_enter_kprobe",
	  .symbols = { "bio_alloc_bioset" },
	  .kprobe = true,
	  .instead = "alloc_enter",
	  .counts = true,
	  .required = true,
	  .without = "anything" },
	{ .prog = "layer_done",
	  .symbols = { "bio_endio" },
	  .follows = true,
	  .without = "how long disks take" },
	{ .prog = "layer_chained",
	  .symbols = { "bio_chain" },
	  .needs = "layer_done",
	  .follows = true,
	  .without =
		  "the true end of some bios that are split and whose parts end at the same time" },
	{ .prog = "layer_split",
	  .tracepoint = "block_split",
	  .needs = "layer_done",
	  .follows = true,
	  .without = "the true end of bios that dm splits" },
	{ .prog = "layer_remapped",
	  .tracepoint = "block_bio_remap",
	  .needs = "layer_done",
	  .follows = true,
	  .without =
		  "how long disks take for bios that the driver of another sends on without a clone" },
	{ .prog = "layer_queued",
	  .tracepoint = "block_bio_queue",
	  .needs = "layer_done",
	  .follows = true,
	  .without = "how long disks take" },
	{ .prog = "life_end",
	  .symbols = { "bio_put" },
	  .follows = true,
	  .without = "how long bios live" },
	{ .prog = "life_begin",
	  .symbols = { "bio_alloc_bioset" },
	  .needs = "life_end",
	  .follows = true,
	  .without = "how long bios live" },
};

const char *probe_state_name(enum probe_state state)
{
	switch (state) {
	case PROBE_OFF:
		return "off";
	case PROBE_MISSING:
		return "missing";
	case PROBE_REFUSED:
		return "refused";
	case PROBE_FAILED:
		return "failed";
	case PROBE_ATTACHED:
		return "attached";
	}
	return "unknown";
}

const char *probe_reason(const struct probe_result *result, char buf[PROBE_WHY])
{
	if (result->lacks) {
		snprintf(buf, PROBE_WHY, "of no use without %s", result->lacks);
		return buf;
	}
	if (result->why[0])
		return result->why;
	if (result->err == ECANCELED)
		return "--without";
	return result->err ? strerror(result->err) : "";
}

size_t probe_index(const char *prog)
{
	size_t i;

	for (i = 0; i < PROBES && strcmp(probe_table[i].prog, prog); i++)
		;
	return i;
}

/* Whether probe @i is for where @other cannot be attached, or for where what is for that cannot. */
static bool is_instead_of(size_t i, size_t other)
{
	while (probe_table[i].instead) {
		i = probe_index(probe_table[i].instead);
		if (i == other)
			return true;
	}
	return false;
}

size_t probe_covered(const struct probe_result results[PROBES], size_t i)
{
	size_t j;

	for (j = 0; j < PROBES; j++)
		if (results[j].state == PROBE_ATTACHED &&
		    (i == j || is_instead_of(i, j) || is_instead_of(j, i)))
			return j;
	return PROBES;
}

bool probe_is_blind(const struct probe_result results[PROBES], size_t i)
{
	return results[i].state != PROBE_OFF && results[i].state != PROBE_ATTACHED &&
	       probe_covered(results, i) == PROBES;
}
