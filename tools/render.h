/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a report to stdout: text for people, JSON for programs, both from the same model.
 */
#ifndef BIOSCOPE_RENDER_H
#define BIOSCOPE_RENDER_H

#include "model.h"
#include "pressure.h"
#include "probes.h"

struct json_object;

/* Version of the JSON that every command prints; raised when a field changes its meaning. */
#define RENDER_SCHEMA "bioscope/1"

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
 * render_text_latency() - ways, waits, rescuer and allocation latency of each pool
 * @r: the report
 */
void render_text_latency(const struct model_report *r);

/**
 * render_text_waiters() - who waits now, where, for how long
 * @r: the report
 */
void render_text_waiters(const struct model_report *r);

/**
 * render_text_lost() - what could not be counted, if anything
 * @r: the report
 */
void render_text_lost(const struct model_report *r);

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
 * render_json_print() - print on stdout and let go
 * @obj: the object
 * @pretty: over several lines, for the one object of a command; else one line
 */
void render_json_print(struct json_object *obj, bool pretty);

#endif
