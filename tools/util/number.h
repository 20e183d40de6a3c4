/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Strict numbers: the whole string, a range, unit suffixes.
 */
#ifndef BIOSCOPE_UTIL_NUMBER_H
#define BIOSCOPE_UTIL_NUMBER_H

#include <stdint.h>

/**
 * number_parse_uint() - parse a plain decimal number
 * @s: the whole string is the number
 * @min: smallest value allowed
 * @max: largest value allowed
 * @out: the value, untouched on error
 *
 * Return: 0, -EINVAL if @s is not a number, -ERANGE if it is out of range.
 */
int number_parse_uint(const char *s, uint64_t min, uint64_t max, uint64_t *out);

/**
 * number_parse_duration() - parse a time such as "5", "2.5s", "300ms", "2m"
 * @s: number with up to nine decimals and an optional unit: ms, s (default), m, h
 * @min: smallest value allowed, ns
 * @max: largest value allowed, ns
 * @out: the time in ns, untouched on error
 *
 * Return: 0, -EINVAL or -ERANGE.
 */
int number_parse_duration(const char *s, uint64_t min, uint64_t max, uint64_t *out);

/**
 * number_parse_bytes() - parse a size such as "4096", "64K", "1G"
 * @s: whole number and an optional unit: K, M, G or T, of which each is 1024 of the one before
 * @end: result, what follows it; NULL: nothing may
 * @out: the size in bytes, untouched on error
 *
 * Return: 0, -EINVAL if it is none, -ERANGE if it is more than 2^63 - 1.
 */
int number_parse_bytes(const char *s, const char **end, uint64_t *out);

/**
 * number_parse_share() - parse a share such as "100%", "12.5%" or "2500ppm"
 * @s: number with up to four decimals and %, or a whole number and ppm
 * @out: parts per million, 1 to 1000000, untouched on error
 *
 * Return: 0, -EINVAL or -ERANGE.
 */
int number_parse_share(const char *s, uint32_t *out);

#endif
