/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finding every bio_set of the host, and the mempools of drivers, and giving them names: the one-shot
 * BPF walks of bpf/discover.bpf.c, and symbols.
 */
#ifndef BIOSCOPE_LOAD_POOLS_H
#define BIOSCOPE_LOAD_POOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "load/names.h"
#include "record.h"

struct bpf_object;
struct pools;

/* Maps that the tracer shares with the walk. */
struct pools_maps {
	int pools; /* array of struct record_pool */
	int slots; /* hash from mempool to slot */
	int free_slots; /* queue */
	int lost; /* losses */
};

/**
 * pools_open() - get ready to find pools
 * @out: the pools, of which none but those of @shared is known yet; pools_close() them
 * @causes: whether it is to be asked later what everybody waits for, see pools_watch_causes()
 * @shared: maps of a tracer that runs already, which are used as well; NULL: it gets its own
 *
 * Return: 0 or -errno with a message on stderr.
 */
int pools_open(struct pools **out, bool causes, const struct pools_maps *shared);

/**
 * pools_walk() - find all there are, once
 * @p: the pools; a tracer that is to see which come and go is attached by now
 *
 * Return: 0 or -errno with a message on stderr; see pools_incomplete().
 */
int pools_walk(struct pools *p);

/**
 * pools_incomplete() - why some pools that are there may not have been found
 * @p: the pools, after pools_walk()
 *
 * Return: NULL if all were, else the reason.
 */
const char *pools_incomplete(const struct pools *p);

/**
 * pools_close() - let go of the BPF object and its maps
 * @p: from pools_open(), or NULL
 */
void pools_close(struct pools *p);

/**
 * pools_map_fds() - the maps that the tracer shares with the walk
 * @p: the pools
 *
 * Return: their file descriptors, valid as long as @p.
 */
struct pools_maps pools_map_fds(const struct pools *p);

/**
 * pools_has_function() - whether the kernel's BTF has a function
 * @p: the pools, before pools_release_btf()
 * @name: of the function
 *
 * Return: true if it can be traced by name.
 */
bool pools_has_function(const struct pools *p, const char *name);

/**
 * pools_has_tracepoint() - whether the kernel's BTF has a tracepoint
 * @p: the pools, before pools_release_btf()
 * @name: of the tracepoint
 *
 * Return: true if it can be attached to.
 */
bool pools_has_tracepoint(const struct pools *p, const char *name);

/**
 * pools_enumerator() - the value of an enumerator of an enum without a name
 * @p: the pools, before pools_release_btf()
 * @name: of the enumerator
 * @value: result
 *
 * Return: whether the kernel has it.
 */
bool pools_enumerator(const struct pools *p, const char *name, uint32_t *value);

/**
 * pools_types_path() - where a BPF object finds the kernel's types
 * @p: the pools, before pools_release_btf()
 *
 * Return: a path for bpf_object_open_opts.btf_custom_path.
 */
const char *pools_types_path(const struct pools *p);

/**
 * pools_fill_types() - put there what an object needs, before it is loaded
 * @p: the pools, before pools_release_btf()
 * @object: opened with pools_types_path()
 *
 * Return: as core_btf_fill().
 */
int pools_fill_types(const struct pools *p, const struct bpf_object *object);

/**
 * pools_release_btf() - free the kernel's BTF, which is large, when all is loaded
 * @p: the pools
 */
void pools_release_btf(struct pools *p);

/**
 * pools_read_memory() - copy kernel memory
 * @p: the pools
 * @from: kernel address
 * @to: buffer
 * @size: bytes
 *
 * Return: 0 or -errno, -EFAULT if it cannot be read.
 */
int pools_read_memory(struct pools *p, uint64_t from, void *to, size_t size);

/**
 * pools_read_reserve() - what is in a pool's reserve
 * @p: the pools
 * @slot: of the pool
 * @elements: result, addresses of the elements; valid until the next call
 *
 * Return: number of elements, at most 4096, or -errno.
 */
int pools_read_reserve(struct pools *p, uint32_t slot, const uint64_t **elements);

/**
 * pools_read_elements() - what became of elements taken from reserves
 * @p: the pools
 * @e: the elements; results are filled in
 * @n: how many
 *
 * Return: 0 or -errno.
 */
int pools_read_elements(struct pools *p, struct record_element *e, size_t n);

/**
 * pools_watch_causes() - get ready for pools_read_blocked(), _parked() and _requests(), which need no
 * capability then
 * @p: the pools, opened for that
 *
 * Return: 0 or -errno: then these return an error, too.
 */
int pools_watch_causes(struct pools *p);

/**
 * pools_read_blocked() - tasks of the host that sleep and cannot be interrupted
 * @p: the pools, after pools_watch_causes()
 * @out: result, to be freed
 *
 * Return: how many there are, or -errno.
 */
ssize_t pools_read_blocked(struct pools *p, struct record_blocked **out);

/**
 * pools_read_parked() - bios that tasks have submitted and that no disk has before they return
 * @p: the pools, after pools_watch_causes()
 * @out: result, to be freed
 *
 * Return: how many there are, or -errno.
 */
ssize_t pools_read_parked(struct pools *p, struct record_parked **out);

/**
 * pools_read_requests() - what the driver of a disk has been given and has not completed
 * @p: the pools, after pools_watch_causes()
 * @slot: of a pool of kind RECORD_POOL_BIO_SPLIT, which each disk has
 * @out: result, to be freed
 *
 * Requests come and go meanwhile: one may be missing, or told with what it has become.
 *
 * Return: how many bios that are, or -errno; -EOPNOTSUPP of a disk whose driver takes bios instead.
 */
ssize_t pools_read_requests(struct pools *p, uint32_t slot, struct record_request **out);

/**
 * pools_read_queue() - who sleeps for an element of a pool
 * @p: the pools
 * @slot: of the pool
 * @out: result, room for @most
 * @most: tasks at the most
 *
 * The queue is not locked: who comes or goes meanwhile may be missing, or there twice.
 *
 * Return: how many do, or -errno.
 */
int pools_read_queue(struct pools *p, uint32_t slot, struct record_sleeper *out, size_t most);

/**
 * pools_table() - the slots, live
 * @p: the pools
 *
 * Return: RECORD_POOLS records that BPF writes to.
 */
const struct record_pool *pools_table(const struct pools *p);

/**
 * pools_lost() - the loss counters, live
 * @p: the pools
 *
 * Return: RECORD_LOSTS counters.
 */
const uint64_t *pools_lost(const struct pools *p);

/**
 * pools_lose() - count something that could not be counted
 * @p: the pools
 * @what: enum record_lost
 */
void pools_lose(struct pools *p, unsigned int what);

/**
 * pools_refresh() - read every pool's reserve and level again
 * @p: the pools
 *
 * Return: 0 or -errno.
 */
int pools_refresh(struct pools *p);

/**
 * pools_name_all() - name the pools that have none yet, or could have a better one
 * @p: the pools
 * @stacks_fd: stack map of the tracer for pools that only a stack can name, or -1
 *
 * Walks the host again if a pool appeared that no walk has seen, see naming_update().
 */
void pools_name_all(struct pools *p, int stacks_fd);

/**
 * pools_used() - how many slots are given out
 * @p: the pools
 *
 * Return: a number below RECORD_POOLS.
 */
uint32_t pools_used(const struct pools *p);

/**
 * pools_retire() - give out a slot again
 * @p: the pools
 * @slot: of a pool that is gone, of which nothing is to be known any more
 *
 * Its name and record are forgotten. Nobody else may use @p meanwhile.
 *
 * Return: 0 or -errno.
 */
int pools_retire(struct pools *p, uint32_t slot);

/**
 * pools_generation() - how often a slot was given out again
 * @p: the pools
 * @slot: below RECORD_POOLS
 *
 * Return: the number; with the slot it is the same for one pool only.
 */
uint32_t pools_generation(const struct pools *p, uint32_t slot);

/**
 * pools_name_of() - the name of a slot
 * @p: the pools
 * @slot: below RECORD_POOLS
 *
 * Return: the name, valid as long as @p.
 */
const struct pools_name *pools_name_of(const struct pools *p, uint32_t slot);

#endif
