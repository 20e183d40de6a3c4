/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one-shot programs of bpf/discover.bpf.c, run.
 */
#ifndef BIOSCOPE_LOAD_WALK_H
#define BIOSCOPE_LOAD_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "record.h"

struct bpf_link;
struct bpf_program;
struct discover_bpf;

/**
 * walk_run() - run a program once
 * @prog: loaded; takes nothing but its object's variables
 *
 * Return: 0 or -errno.
 */
int walk_run(struct bpf_program *prog);

/**
 * walk_memory() - copy kernel memory
 * @skel: the programs
 * @from: kernel address
 * @to: buffer
 * @size: bytes
 *
 * Return: 0 or -errno, -EFAULT if it cannot be read.
 */
int walk_memory(struct discover_bpf *skel, uint64_t from, void *to, size_t size);

/**
 * walk_tasks() - run a program once for each task of the host
 * @link: of the program, an iterator
 * @size: of a record that it writes
 * @out: result, the records, to be freed
 *
 * Return: how many there are, or -errno.
 */
ssize_t walk_tasks(struct bpf_link *link, size_t size, void **out);

/**
 * walk_queue() - who sleeps for an element of a pool
 * @skel: the programs
 * @slot: of the pool
 * @out: result, room for @most
 * @most: tasks at the most
 *
 * Return: how many do, or -errno.
 */
int walk_queue(struct discover_bpf *skel, uint32_t slot, struct record_sleeper *out, size_t most);

/**
 * walk_requests() - what the driver of a disk has been given and has not completed
 * @skel: the programs, with those for it loaded
 * @bio_split: address of that member of the disk's struct gendisk
 * @out: result, to be freed
 *
 * Return: how many bios that are, or -errno; -EOPNOTSUPP of a disk whose driver takes bios instead, -E2BIG
 * if there is no end to them.
 */
ssize_t walk_requests(struct discover_bpf *skel, uint64_t bio_split, struct record_request **out);

/**
 * walk_add() - give a slot to a pool
 * @skel: the programs; member_of says whose it is, or has no disk
 * @address: of it
 * @kind: how it was found
 * @offset: which it is, of that kind
 * @mempool: it is no struct bio_set but a mempool_t
 *
 * What is nothing of the kind, or not set up, gets none.
 *
 * Return: 0 or -errno.
 */
int walk_add(struct discover_bpf *skel, uint64_t address, enum record_pool_kind kind,
	     uint32_t offset, bool mempool);

/**
 * walk_add_named() - give a slot to a bio_set that is a variable
 * @skel: the programs
 * @address: of it
 *
 * Return: 0 or -errno.
 */
int walk_add_named(struct discover_bpf *skel, uint64_t address);

#endif
