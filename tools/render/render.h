/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a report to stdout: text for people, JSON for programs, both from the same model.
 */
#ifndef BIOSCOPE_RENDER_H
#define BIOSCOPE_RENDER_H

#include <stdio.h>

#include "run/cost.h"
#include "model/model.h"
#include "run/pressure.h"
#include "load/probes.h"

struct json_object;

/* Version of the JSON that every command prints; raised when a field changes its meaning. */
#define RENDER_SCHEMA "bioscope/2"

/* One line of `bioscope doctor`. */
struct render_check {
	const char *name;
	const char *state; /* "ok", "missing", "failed", ... */
	bool ok;
	char detail[192]; /* why, and what to do */
};

/**
 * render_text_list() - identities and levels as a table
 * @r: the report
 * @addresses: also show the addresses of the bio_sets
 */
void render_text_list(const struct model_report *r, bool addresses);

/**
 * render_text_stat() - one line per pool that was used
 * @r: the report of one interval
 * @header: print the column heads first
 */
void render_text_stat(const struct model_report *r, bool header);

/**
 * render_text_latency() - ways, waits, rescuer, allocation latency and lifetimes of each pool
 * @r: the report
 */
void render_text_latency(const struct model_report *r);

/**
 * render_text_histogram() - how often what took how long, if it was at all
 * @what: what took that long
 * @buckets: RECORD_HIST_BUCKETS counts, as of hist_bucket()
 */
void render_text_histogram(const char *what, const __u64 *buckets);

/**
 * render_text_disks() - how long each disk takes for a bio
 * @r: the report
 */
void render_text_disks(const struct model_report *r);

/**
 * render_text_waiters() - who waits now, where, for how long
 * @r: the report
 */
void render_text_waiters(const struct model_report *r);

/**
 * render_text_blocked() - in one line, whether tasks are blocked by pools, by something below, or by disks
 * @r: the report
 */
void render_text_blocked(const struct model_report *r);

/**
 * render_text_in_flight() - in one line, which disks have not completed what they were given, if any
 * @r: the report
 */
void render_text_in_flight(const struct model_report *r);

/**
 * render_text_holders() - who holds what is missing from reserves, and what they do with it
 * @r: the report
 */
void render_text_holders(const struct model_report *r);

/**
 * render_text_alerts() - on stderr, who became stalled within the time of the report
 * @r: the report
 *
 * The kernel does not tell: a task in mempool_alloc() sleeps 5 s at a time and so is never hung for
 * its hung-task detector.
 */
void render_text_alerts(const struct model_report *r);

/**
 * render_text_lost() - what could not be counted, if anything
 * @r: the report
 */
void render_text_lost(const struct model_report *r);

/**
 * render_text_unseen() - on stderr, what a tracer is blind for on this kernel, if anything
 * @probes: what became of its probes, NULL: there is none
 */
void render_text_unseen(const struct probe_result *probes);

/**
 * render_text_stack() - a line for each function
 * @stack: the stack, maybe empty or NULL
 * @out: where to
 */
void render_text_stack(const struct read_stack *stack, FILE *out);

/**
 * render_json_stack() - the functions of a stack
 * @stack: the stack, maybe empty or NULL
 *
 * Return: array of their names, innermost first.
 */
struct json_object *render_json_stack(const struct read_stack *stack);

/**
 * render_text_doctor() - what this host supports
 * @checks: the lines
 * @n: how many
 */
void render_text_doctor(const struct render_check *checks, size_t n);

/**
 * render_json_report() - a whole report
 * @command: name of the command that made it
 * @r: the report
 * @addresses: also give the addresses of the bio_sets
 *
 * Return: object to put with json_object_put() or to add to.
 */
struct json_object *render_json_report(const char *command, const struct model_report *r,
				       bool addresses);

/**
 * render_json_pressure() - what pressure did
 * @target: name of the pool
 * @stats: from pressure_stats()
 * @ppm: the share that was asked for
 *
 * Return: object to put with json_object_put() or to add.
 */
struct json_object *render_json_pressure(const char *target, const struct pressure_stats *stats,
					 uint32_t ppm);

/**
 * render_json_doctor() - what this host supports
 * @checks: the lines
 * @n: how many
 *
 * Return: object to put with json_object_put().
 */
struct json_object *render_json_doctor(const struct render_check *checks, size_t n);

/**
 * render_text_cost() - what each probe cost
 * @costs: from cost_measure()
 * @n: how many
 */
void render_text_cost(const struct cost *costs, size_t n);

/**
 * render_json_cost() - what each probe cost
 * @costs: from cost_measure()
 * @n: how many
 *
 * Return: object to put with json_object_put().
 */
struct json_object *render_json_cost(const struct cost *costs, size_t n);

/**
 * render_json_print() - print on stdout and let go
 * @obj: the object
 * @pretty: over several lines, for the one object of a command; else one line
 */
void render_json_print(struct json_object *obj, bool pretty);

#endif
