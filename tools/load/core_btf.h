/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The few types of the kernel that a BPF object's CO-RE relocations are about. For each object that
 * it loads libbpf would read all there are, which the kernel gives by the page, and look through
 * them once for each type that the object has: half of what it takes to load one.
 */
#ifndef BIOSCOPE_LOAD_CORE_BTF_H
#define BIOSCOPE_LOAD_CORE_BTF_H

struct btf;

/* A file in memory that has them. */
struct core_btf {
	int fd; /* negative: none */
	char path[32];
};

/**
 * core_btf_open() - make the file, empty
 * @c: filled in; core_btf_close() it
 *
 * @c->path is for bpf_object_open_opts.btf_custom_path. libbpf reads it when the object is loaded.
 *
 * Return: 0 or -errno.
 */
int core_btf_open(struct core_btf *c);

/**
 * core_btf_fill() - replace what is in the file
 * @c: the file
 * @kernel: all types of the kernel
 * @object: those of the object that is loaded next, bpf_object__btf()
 *
 * What has the name of one of @object's is there, with all that it consists of. What it points to
 * is not: a relocation is within one type, and one of the types that it names
 * (bpf_core_parse_spec() in libbpf).
 *
 * Return: 0 or -errno.
 */
int core_btf_fill(const struct core_btf *c, const struct btf *kernel, const struct btf *object);

/**
 * core_btf_close() - remove the file
 * @c: from core_btf_open(), which may have failed
 */
void core_btf_close(struct core_btf *c);

#endif
