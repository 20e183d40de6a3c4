// SPDX-License-Identifier: GPL-2.0
/*
 * Strict numbers: the whole string, a range, unit suffixes.
 */
#include "util/number.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

struct unit {
	const char *suffix;
	uint64_t scale;
};

/*
 * Parses "digits[.digits]" into a whole number of 1/@scale; @decimals are allowed behind the
 * point. Returns what follows the number, or NULL.
 */
static const char *parse_decimal(const char *s, unsigned int decimals, uint64_t scale,
				 uint64_t *out, int *err)
{
	uint64_t value = 0, part = scale;

	*err = -EINVAL;
	if (!isdigit((unsigned char)*s))
		return NULL;
	for (; isdigit((unsigned char)*s); s++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*s - '0'), &value)) {
			*err = -ERANGE;
			return NULL;
		}
	}
	if (__builtin_mul_overflow(value, scale, &value)) {
		*err = -ERANGE;
		return NULL;
	}
	if (*s == '.') {
		s++;
		if (!isdigit((unsigned char)*s))
			return NULL;
		for (; isdigit((unsigned char)*s); s++) {
			if (!decimals--)
				return NULL;
			part /= 10;
			if (__builtin_add_overflow(value, part * (uint64_t)(*s - '0'), &value)) {
				*err = -ERANGE;
				return NULL;
			}
		}
	}
	*out = value;
	*err = 0;
	return s;
}

int number_parse_uint(const char *s, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t value;
	const char *end;
	int err;

	end = parse_decimal(s, 0, 1, &value, &err);
	if (!end)
		return err;
	if (*end)
		return -EINVAL;
	if (value < min || value > max)
		return -ERANGE;
	*out = value;
	return 0;
}

int number_parse_duration(const char *s, uint64_t min, uint64_t max, uint64_t *out)
{
	static const struct unit units[] = {
		{ "", 1000000000ULL },	 { "s", 1000000000ULL },    { "ms", 1000000ULL },
		{ "m", 60000000000ULL }, { "h", 3600000000000ULL },
	};
	const char *unit = s + strspn(s, "0123456789.");
	uint64_t value;
	const char *end;
	size_t i;
	int err;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(unit, units[i].suffix))
			continue;
		end = parse_decimal(s, 9, units[i].scale, &value, &err);
		if (!end)
			return err;
		if (end != unit)
			return -EINVAL;
		if (value < min || value > max)
			return -ERANGE;
		*out = value;
		return 0;
	}
	return -EINVAL;
}

int number_parse_share(const char *s, uint32_t *out)
{
	uint64_t value;
	const char *end;
	int err;

	if (strlen(s) > 3 && !strcmp(s + strlen(s) - 3, "ppm"))
		end = parse_decimal(s, 0, 1, &value, &err);
	else
		end = parse_decimal(s, 4, 10000, &value, &err);
	if (!end)
		return err;
	if (strcmp(end, "%") && strcmp(end, "ppm"))
		return -EINVAL;
	if (value < 1 || value > 1000000)
		return -ERANGE;
	*out = (uint32_t)value;
	return 0;
}

int number_parse_bytes(const char *s, const char **end, uint64_t *out)
{
	static const char units[] = "KMGT";
	const char *unit;
	unsigned int shift = 0;
	uint64_t value = 0;

	if (*s < '0' || *s > '9')
		return -EINVAL;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (value > INT64_MAX / 10)
			return -ERANGE;
		value = value * 10 + (uint64_t)(*s - '0');
	}
	unit = *s ? strchr(units, *s) : NULL;
	if (unit) {
		shift = 10 * (unsigned int)(unit - units + 1);
		s++;
	}
	if (!end && *s)
		return -EINVAL;
	if (value > (uint64_t)INT64_MAX >> shift)
		return -ERANGE;
	if (end)
		*end = s;
	*out = value << shift;
	return 0;
}
