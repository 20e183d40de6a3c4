/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Small pieces of text that every renderer needs.
 */
#ifndef BIOSCOPE_TEXT_H
#define BIOSCOPE_TEXT_H

#include <stdint.h>

#define TEXT_SIZE 24

/**
 * text_time() - a time with three digits and a unit
 * @ns: the time; UINT64_MAX is "-"
 * @out: at least TEXT_SIZE bytes
 *
 * Return: @out.
 */
const char *text_time(uint64_t ns, char *out);

/**
 * text_flags() - what a pool has besides its reserve
 * @flags: RECORD_POOL_*
 * @out: at least TEXT_SIZE bytes
 *
 * Return: @out, "-" if nothing.
 */
const char *text_flags(uint32_t flags, char *out);

#endif
