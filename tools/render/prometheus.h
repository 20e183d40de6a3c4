/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a report to Prometheus' text format.
 */
#ifndef BIOSCOPE_RENDER_PROMETHEUS_H
#define BIOSCOPE_RENDER_PROMETHEUS_H

#include <stdio.h>

#include "model/model.h"

/*
 * What was last shown of a pool. What is a counter must not fall, or it seems to begin anew: an allocation is
 * from the slab until something else is seen of it, and a wait over until it goes on.
 */
struct prometheus_shown {
	uint64_t since_ns; /* which tells it from others that had its slot */
	uint64_t ways[RECORD_WAYS];
	struct hist_octaves waits;
};

struct prometheus_past {
	struct prometheus_shown pools[RECORD_POOLS]; /* by slot */
	struct prometheus_shown gone;
};

/**
 * render_prometheus() - write all metrics of a report
 * @to: where to
 * @r: the report, of everything since the tracer started
 * @past: what was shown so far, all zero at first; it is of this from now on
 */
void render_prometheus(FILE *to, const struct model_report *r, struct prometheus_past *past);

#endif
