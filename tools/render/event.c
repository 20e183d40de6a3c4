// SPDX-License-Identifier: GPL-2.0
/*
 * Events of `bioscope trace'.
 */
#include "render/event.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include <json-c/json.h>

#include "model/event_kinds.h"
#include "render/json_add.h"
#include "render/render.h"
#include "util/text.h"

#define LINE "%-15s %-7s %-24s %-16s %8s %3s  %s\n"

void render_event_head(void)
{
	printf(LINE, "TIME", "EVENT", "POOL", "TASK", "TID", "CPU", "WHAT");
}

/* The time of day, to the microsecond. Many events are of one second. */
static void time_of(uint64_t wall_ns, char *out, size_t size)
{
	static time_t second = -1;
	static char day[16];
	time_t now = (time_t)(wall_ns / 1000000000ULL);
	struct tm tm;

	if (now != second) {
		localtime_r(&now, &tm);
		strftime(day, sizeof(day), "%H:%M:%S", &tm);
		second = now;
	}
	snprintf(out, size, "%s.%06u", day, (unsigned int)(wall_ns % 1000000000ULL / 1000));
}

static void what_of(const struct event *e, char *out, size_t size)
{
	uint64_t value = e->rec->value;
	char took[TEXT_SIZE];

	text_time(value, took);
	switch (e->rec->kind) {
	case RECORD_EVENT_DIP:
		snprintf(out, size, "%" PRIu64 " of %" PRIu32 " left", value, e->reserve);
		break;
	case RECORD_EVENT_REFILL:
		snprintf(out, size, "back, %" PRIu64 " of %" PRIu32, value, e->reserve);
		break;
	case RECORD_EVENT_PRESSURE:
		snprintf(out, size, "on %g%% of its elements", (double)value / 10000);
		break;
	case RECORD_EVENT_LIFTED:
		snprintf(out, size, "%" PRIu64 " were refused", value);
		break;
	case RECORD_EVENT_DRY:
		snprintf(out, size, "none of %" PRIu32 " left", e->reserve);
		break;
	case RECORD_EVENT_WAIT:
		snprintf(out, size, "sleeps, cycle %" PRIu64, value);
		break;
	case RECORD_EVENT_WAITED:
		snprintf(out, size, "for %s", took);
		break;
	case RECORD_EVENT_PUNT:
		snprintf(out, size, "%" PRIu64 " bios", value);
		break;
	case RECORD_EVENT_RESCUE:
		if (value)
			snprintf(out, size, "woke up after %s", took);
		else
			out[0] = '\0';
		break;
	case RECORD_EVENT_RESCUED:
		snprintf(out, size, "ran for %s", took);
		break;
	case RECORD_EVENT_STALL:
		snprintf(out, size, "no element came back for %s", took);
		break;
	case RECORD_EVENT_CREATED:
		snprintf(out, size, "reserve %" PRIu64, value);
		break;
	default:
		out[0] = '\0';
		break;
	}
}

void render_event_text(const struct event *e, bool relative)
{
	char when[32], what[64], tid[TEXT_SIZE], cpu[TEXT_SIZE], comm[TEXT_ESCAPED];

	if (relative)
		snprintf(when, sizeof(when), "%.6f", (double)e->since_ns / 1e9);
	else
		time_of(e->wall_ns, when, sizeof(when));
	if (e->lost) {
		printf("%-15s lost    %" PRIu64 " events until here\n", when, e->lost);
		return;
	}
	what_of(e, what, sizeof(what));
	snprintf(tid, sizeof(tid), "%" PRIu32, e->rec->tid);
	snprintf(cpu, sizeof(cpu), "%" PRIu32, e->rec->cpu);
	text_escape(e->rec->comm, comm, sizeof(comm));
	printf(LINE, when, event_kind_name(e->rec->kind), e->pool, comm, tid, cpu, what);
	render_text_stack(&e->stack, stdout);
}

/* A number that only one kind of event has. */
static void add_value(struct json_object *obj, const char *key, const struct event *e,
		      enum record_event_kind kind)
{
	if (e->rec->kind == kind)
		json_add_u64(obj, key, e->rec->value);
	else
		json_object_object_add(obj, key, NULL);
}

struct json_object *render_event_json(const struct event *e)
{
	const struct record_event *rec = e->rec;
	struct json_object *obj = json_object_new_object();

	json_add_str(obj, "schema", RENDER_SCHEMA);
	json_add_seconds(obj, "time_s", e->wall_ns);
	json_add_str(obj, "event", event_kind_name(rec->kind));
	json_add_str(obj, "pool", e->pool);
	json_add_name(obj, "comm", rec->comm);
	json_add_u64(obj, "tid", rec->tid);
	json_add_u64(obj, "pid", rec->tgid);
	json_add_u64(obj, "cpu", rec->cpu);
	json_add_u64(obj, "reserve", e->reserve);
	json_add_u64(obj, "cgroup_id", rec->cgroup);
	json_add_name(obj, "cgroup", e->cgroup ?: "");
	add_value(obj, "left", e, RECORD_EVENT_DIP);
	add_value(obj, "there", e, RECORD_EVENT_REFILL);
	add_value(obj, "rate_ppm", e, RECORD_EVENT_PRESSURE);
	add_value(obj, "refused", e, RECORD_EVENT_LIFTED);
	add_value(obj, "cycle", e, RECORD_EVENT_WAIT);
	add_value(obj, "bios", e, RECORD_EVENT_PUNT);
	if (event_kind_is_time(rec->kind))
		json_add_seconds(obj, "took_s", rec->value);
	else
		json_object_object_add(obj, "took_s", NULL);
	json_object_object_add(obj, "stack", render_json_stack(&e->stack));
	return obj;
}

struct json_object *render_event_lost_json(const struct event *e)
{
	struct json_object *obj = json_object_new_object();

	json_add_str(obj, "schema", RENDER_SCHEMA);
	json_add_seconds(obj, "time_s", e->wall_ns);
	json_add_str(obj, "event", "lost");
	json_add_u64(obj, "events", e->lost);
	return obj;
}
