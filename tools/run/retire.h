/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Slots of pools that are gone: kept, so that a report has them by name, for as long as there are others
 * to give out; then what they have counted is added up, and they are given out again.
 */
#ifndef BIOSCOPE_RUN_RETIRE_H
#define BIOSCOPE_RUN_RETIRE_H

#include "model/model.h"
#include "read/read.h"

/**
 * retire_pools() - make room for new pools
 * @pools: the pools
 * @t: the tracer
 * @keep: what reports are about; these pools are kept for longer
 * @gone: what was counted of pools that are given up is added to this
 *
 * Does nothing while few slots are used. Nobody else may use any of these meanwhile.
 */
void retire_pools(struct pools *pools, struct trace *t, const struct model_filter *keep,
		  struct read_gone *gone);

#endif
