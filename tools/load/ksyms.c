// SPDX-License-Identifier: GPL-2.0
/*
 * Symbols of the kernel and of its modules.
 */
#include "load/ksyms.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>

#include "load/symbol.h"
#include "record.h"
#include "symbols.skel.h"

/* Looked up in one run: before 6.2 the kernel goes through all of its symbols for each (60443c88f3a8). */
#define NAMES 2

static struct symbols_bpf *asked; /* loaded by the first question, and kept */

static int load(void)
{
	int err;

	if (asked)
		return 0;
	asked = symbols_bpf__open_and_load();
	err = -errno;
	return asked ? 0 : err;
}

/* Has the kernel answer @n questions, which are in place. */
static int ask(const struct bpf_program *program, size_t n)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int err;

	asked->bss->symbols_n = (uint32_t)n;
	err = bpf_prog_test_run_opts(bpf_program__fd(program), &opts);
	return err ?: (int)opts.retval;
}

static size_t at_most(size_t left, size_t most)
{
	return left < most ? left : most;
}

static int find_modules(struct ksyms_want *want, size_t n)
{
	struct ksyms_at at[NAMES] = { 0 };
	size_t i;
	int err;

	for (i = 0; i < n; i++)
		at[i].addr = want[i].addr;
	err = ksyms_by_addr(at, n);
	for (i = 0; i < n; i++)
		snprintf(want[i].module, sizeof(want[i].module), "%s", at[i].module);
	return err;
}

int ksyms_by_name(struct ksyms_want *want, size_t n)
{
	struct record_symbol *symbols;
	size_t part, i;
	int err = load();

	for (i = 0; i < n; i++) {
		want[i].addr = 0;
		want[i].module[0] = '\0';
	}
	for (; !err && n; want += part, n -= part) {
		part = at_most(n, NAMES);
		symbols = asked->bss->symbols;
		for (i = 0; i < part; i++) {
			memset(symbols[i].text, 0, sizeof(symbols[i].text));
			snprintf(symbols[i].text, sizeof(symbols[i].text), "%s", want[i].name);
		}
		err = ask(asked->progs.symbols_by_name, part);
		for (i = 0; i < part && !err; i++)
			want[i].addr = symbols[i].addr;
		err = err ?: find_modules(want, part);
	}
	return err;
}

int ksyms_by_addr(struct ksyms_at *at, size_t n)
{
	struct record_symbol *symbols;
	size_t part, i;
	int err = n ? load() : 0;

	for (i = 0; i < n; i++)
		symbol_parse("", &at[i]);
	for (; !err && n; at += part, n -= part) {
		part = at_most(n, RECORD_SYMBOLS);
		symbols = asked->bss->symbols;
		for (i = 0; i < part; i++)
			symbols[i].addr = at[i].addr;
		err = ask(asked->progs.symbols_by_addr, part);
		for (i = 0; i < part && !err; i++)
			symbol_parse(symbols[i].text, &at[i]);
	}
	return err;
}
