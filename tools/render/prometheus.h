/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a report to Prometheus' text format.
 */
#ifndef BIOSCOPE_RENDER_PROMETHEUS_H
#define BIOSCOPE_RENDER_PROMETHEUS_H

#include <stdio.h>

#include "model/model.h"

/**
 * render_prometheus() - write all metrics of a report
 * @to: where to
 * @r: the report, of everything since the tracer started
 */
void render_prometheus(FILE *to, const struct model_report *r);

#endif
