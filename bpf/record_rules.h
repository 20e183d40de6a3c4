/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records of the rule checker (bpf/rules.bpf.c): violations of the contract of bio_alloc_bioset(),
 * each distinct one once. Fixed-width types only, explicit padding, no pointers.
 */
#ifndef BIOSCOPE_RECORD_RULES_H
#define BIOSCOPE_RECORD_RULES_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#define RECORD_RULES_SEEN 1024 /* distinct violations; more are counted as lost */
#define RECORD_RULES_BIOS 65536 /* followed at once from their allocation to their end */
#define RECORD_RULES_STACKS 16384 /* that the tracer has room for then */
#define RECORD_RULES_NO_SLOT 0xffffffffU

enum record_rule {
	RECORD_RULE_UNSUBMITTED, /* a task allocates while an earlier bio of the set has not gone */
	RECORD_RULE_MEMPOOL, /* likewise of another mempool, while bios wait on current->bio_list */
	RECORD_RULE_RESCUER, /* an allocation for a bio_set inside its own rescue work */
	RECORD_RULE_LEAK, /* a bio that was neither submitted nor freed */
	RECORD_RULE_WAIT, /* a wait for I/O while bios wait on current->bio_list */
	RECORD_RULES,
};

/* What makes a violation distinct. */
struct record_violation_key {
	__u32 rule; /* enum record_rule */
	__u32 slot; /* of the pool; RECORD_RULES_NO_SLOT: it is about none */
	__s32 stack; /* where the task asked, or waited; of a leak, negative */
	__s32 first; /* where what it had was allocated; negative: not known, or it had nothing */
};

struct record_violation {
	struct record_violation_key key;
	__u64 count; /* how often; of a leak, bios */
	__u64 stranded; /* of these, how often no rescuer could find all that the task had */
	__u64 ready; /* the rest is filled in */
	__u32 depth; /* most elements that one task had or asked for at once */
	__u32 dev; /* dev_t of the disk of what it had first, as the kernel has it; 0: not known */
	__u32 tid; /* the first that did it */
	__u32 tgid;
	char comm[16];
};

/* What is looked at by two programs, so that one is enough. */
enum record_rules_twins {
	RECORD_RULES_ASK,
	RECORD_RULES_GET,
	RECORD_RULES_PUT,
	RECORD_RULES_TWINS,
};

/* What could not be told, by what reports call it; they show these when they are not zero. */
enum record_rules_lost {
	RECORD_RULES_LOST_VIOLATIONS, /* there were more than RECORD_RULES_SEEN */
	RECORD_RULES_LOST_BIOS, /* allocations that could not be followed */
	RECORD_RULES_LOST_TASKS, /* likewise, tasks */
	RECORD_RULES_LOST_LISTS, /* lists of bios that are too long to be looked at */
	RECORD_RULES_LOST_FREES, /* frees that were not seen, so no leak is certain */
	RECORD_RULES_LOSTS,
};

_Static_assert(sizeof(struct record_violation_key) == 16, "record_violation_key has no holes");
_Static_assert(sizeof(struct record_violation) == 72, "record_violation is read by the tools");

#endif
