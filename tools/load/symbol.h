/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel calls a symbol.
 */
#ifndef BIOSCOPE_LOAD_SYMBOL_H
#define BIOSCOPE_LOAD_SYMBOL_H

#include <stdbool.h>

#include "load/ksyms.h"

/**
 * symbol_parse() - take apart what the kernel prints an address as by %pS
 * @text: as "submit_bio+0x10/0x20", with " [module]" behind it if it is not the kernel image's
 * @at: its .addr is the address; results are filled in. Names that are too long are cut.
 *
 * Return: false for an address that no symbol contains, which the kernel prints as a number. The
 * results are those of none then.
 */
bool symbol_parse(const char *text, struct ksyms_at *at);

#endif
