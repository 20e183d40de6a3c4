/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A finding of the rule checker in words, which stdout and JUnit's failures share. It has no control
 * characters but newlines, and is valid UTF-8.
 */
#ifndef BIOSCOPE_RENDER_RULES_FINDING_H
#define BIOSCOPE_RENDER_RULES_FINDING_H

#include <stdio.h>

#include "model/rules.h"

/* Of any name that a finding has, escaped. */
#define RULES_FINDING_NAME (128 * 4 + 4)

/**
 * rules_finding_print() - all that is known of a finding, on several lines
 * @f: the finding
 * @missed: frees that were left out, so that a leak is not certain
 * @out: where to
 */
void rules_finding_print(const struct rules_finding *f, uint64_t missed, FILE *out);

/**
 * rules_finding_pool() - the pool as reports call it
 * @f: the finding
 * @shown: at least RULES_FINDING_NAME bytes
 *
 * Return: @shown, "" if it is about none, or nothing is known of it any more.
 */
const char *rules_finding_pool(const struct rules_finding *f, char *shown);

#endif
