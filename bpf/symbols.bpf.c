// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses of symbols, and symbols of addresses, by the kernel's own tables. /proc/kallsyms says
 * the same, but is printed whole each time: 200,000 lines, which take a hundred times as long.
 */
#include "kernel.bpf.h"
#include "record.h"

struct record_symbol symbols[RECORD_SYMBOLS];
__u32 symbols_n = 0; /* of them are asked for */

/* Sets .addr of each by .text, a name; to 0 if there is none. */
SEC("syscall")
int symbols_by_name(void *ctx)
{
	__u64 addr;
	__u32 i;
	long err;

	for (i = 0; i < RECORD_SYMBOLS && i < symbols_n; i++) {
		addr = 0;
		err = bpf_kallsyms_lookup_name(symbols[i].text, sizeof(symbols[i].text), 0, &addr);
		if (err && err != -KERNEL_ENOENT)
			return err;
		symbols[i].addr = addr;
	}
	return 0;
}

/* Sets .text of each by .addr, to "name+0x10/0x20", for modules with " [name]" behind it. */
SEC("syscall")
int symbols_by_addr(void *ctx)
{
	static const char format[] = "%pS";
	__u64 addr;
	__u32 i;
	long n;

	for (i = 0; i < RECORD_SYMBOLS && i < symbols_n; i++) {
		addr = symbols[i].addr;
		n = bpf_snprintf(symbols[i].text, sizeof(symbols[i].text), format, &addr,
				 sizeof(addr));
		if (n < 0)
			return n;
	}
	return 0;
}

char _license[] SEC("license") = "GPL";
