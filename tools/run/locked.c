// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that stays where it is.
 */
#include "run/locked.h"

#include <errno.h>
#include <link.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define LINE_SIZE 512
#define LIBRARIES 4

/* Bytes. A report takes less. */
#define KEPT (1 << 20)
#define KEPT_AT_ONCE (768 << 10)

/*
 * What is needed for a report: the program, which has no name here, and of libraries those that were asked
 * for. Of others, what was needed so far is there, and stays; all of libc would be 2 MiB.
 */
static const char *needed[LIBRARIES] = { "/libjson-c.so" };

void locked_need(const char *library)
{
	size_t i;

	for (i = 0; i < LIBRARIES && needed[i]; i++)
		;
	if (i < LIBRARIES)
		needed[i] = library;
}

static bool is_needed(const char *object)
{
	size_t i;

	for (i = 0; i < LIBRARIES && needed[i]; i++)
		if (strstr(object, needed[i]))
			return true;
	return !object[0];
}

/* Brings in what is mapped of an object. */
static int populate(struct dl_phdr_info *info, size_t size, void *arg)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	char *here = (char *)info->dlpi_phdr;
	int i;

	(void)size;
	(void)arg;
	if (!is_needed(info->dlpi_name))
		return 0;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + segment->p_vaddr;
		uintptr_t end = start + segment->p_memsz;

		if (segment->p_type != PT_LOAD)
			continue;
		start &= ~(page - 1);
		/* Where the kernel cannot, they come in when they are needed, and stay. */
		madvise(here + (start - (uintptr_t)here), end - start, MADV_POPULATE_READ);
	}
	return 0;
}

/*
 * Locks what is mapped now. MCL_CURRENT would bring in all maps of the programs, which cannot be locked, nor
 * have to be: mlock_fixup() leaves them out, but __mm_populate() does not (mm/mlock.c, mm/gup.c, 6.1 .. 7.3).
 */
static int lock_mapped(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char *start, *end, line[LINE_SIZE];
	int err = maps ? 0 : -errno;

	while (!err && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%p-%p", (void **)&start, (void **)&end) != 2 ||
		    strstr(line, "anon_inode:") || strstr(line, "[v"))
			continue;
		if (mlock2(start, (size_t)(end - start), MLOCK_ONFAULT))
			err = -errno;
	}
	if (maps)
		fclose(maps);
	return err;
}

int locked_memory(void)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	int err;

	/* What is freed from here on is used again. */
	malloc_trim(0);
	mallopt(M_MMAP_THRESHOLD, KEPT_AT_ONCE);
	mallopt(M_TRIM_THRESHOLD, KEPT);
	/* Without it what comes later would count against a limit of a few MiB once privileges are gone. */
	if (setrlimit(RLIMIT_MEMLOCK, &unlimited) || mlockall(MCL_FUTURE | MCL_ONFAULT))
		return -errno;
	err = lock_mapped();
	if (!err)
		dl_iterate_phdr(populate, NULL);
	return err;
}
