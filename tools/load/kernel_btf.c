// SPDX-License-Identifier: GPL-2.0
/*
 * The types of the running kernel.
 */
#include "load/kernel_btf.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "util/msg.h"

#define OWN "/sys/kernel/btf/vmlinux"

static const char *file;

void kernel_btf_use(const char *path)
{
	file = path;
}

const char *kernel_btf_path(void)
{
	return file;
}

bool kernel_btf_is_own(void)
{
	return !access(OWN, R_OK);
}

int kernel_btf_load(struct btf **btf)
{
	*btf = file ? btf__parse(file, NULL) : btf__load_vmlinux_btf();
	if (*btf)
		return 0;
	if (file)
		msg_error(
			"no BTF can be read from %s: %s; `pahole -J' puts some into a vmlinux that has debug "
			"information",
			file, strerror(errno));
	else
		msg_error("this kernel has no BTF (" OWN
			  "): %s; it needs CONFIG_DEBUG_INFO_BTF, or a file of its "
			  "types given with --btf",
			  strerror(errno));
	return -errno;
}
