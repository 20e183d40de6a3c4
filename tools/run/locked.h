/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that stays where it is: whoever watches a host that runs out of it must not wait for it.
 */
#ifndef BIOSCOPE_RUN_LOCKED_H
#define BIOSCOPE_RUN_LOCKED_H

/**
 * locked_need() - have all code of a library in memory, too
 * @library: a part of its path that no other has, "/libNAME.so"; at most three in all
 *
 * To be called before locked_memory(), by a command that uses it only later.
 */
void locked_need(const char *library);

/**
 * locked_memory() - keep in memory what is there, what comes, and all code of the program
 *
 * To be called while there are capabilities still (CAP_IPC_LOCK, CAP_SYS_RESOURCE). What one report takes is kept
 * for those that follow. What this process starts is not locked. Names of what appears later, of modules
 * above all, may still take memory.
 *
 * Return: 0 or -errno.
 */
int locked_memory(void);

#endif
