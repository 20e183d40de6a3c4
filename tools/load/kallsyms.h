/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads the format of /proc/kallsyms.
 */
#ifndef BIOSCOPE_LOAD_KALLSYMS_H
#define BIOSCOPE_LOAD_KALLSYMS_H

#include "load/symtab.h"

/**
 * kallsyms_read() - add the symbols of a file to a table
 * @fd: the file, open at its beginning
 * @t: the table; it is not sorted. After an error it has some of them.
 *
 * Lines that do not look as they should are passed over, and so are symbols that the build makes
 * for another one, as __ksymtab_NAME.
 *
 * Return: 0, -errno if the file cannot be read, -ENOMEM, or -EPERM if it hides addresses
 * (kptr_restrict).
 */
int kallsyms_read(int fd, struct symtab *t);

#endif
