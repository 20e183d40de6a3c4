/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How what is in a map is laid out, by its BTF.
 */
#ifndef BIOSCOPE_LOAD_LAYOUT_H
#define BIOSCOPE_LOAD_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

struct btf;

/**
 * layout_is_same() - whether two types are the same to who reads them from memory
 * @a: BTF of the one
 * @type_a: its id there; so is @type_b: a type, or a section of variables; 0: it has none
 * @b: BTF of the other
 * @type_b: its id there
 *
 * Names of members count, and so do enumerators: what is where, and what it means.
 *
 * Return: true if so; false also if that cannot be told.
 */
bool layout_is_same(const struct btf *a, uint32_t type_a, const struct btf *b, uint32_t type_b);

#endif
