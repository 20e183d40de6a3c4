/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Of a finding of the rule checker, what saves the host from it when memory is short, why not, and what to do.
 */
#ifndef BIOSCOPE_RENDER_RULES_ADVICE_H
#define BIOSCOPE_RENDER_RULES_ADVICE_H

#include <stdio.h>

#include "model/rules.h"

/**
 * rules_advice_print() - the two lines of a finding that say so
 * @f: the finding
 * @out: where to
 */
void rules_advice_print(const struct rules_finding *f, FILE *out);

#endif
