// SPDX-License-Identifier: GPL-2.0
/*
 * Bio_sets that come and go, as those of devices do, and quickly; and some that stay while this is
 * loaded.
 */
#include <linux/bio.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/slab.h>

static unsigned int passing;
module_param(passing, uint, 0444);
MODULE_PARM_DESC(passing, "bio_sets that are made and destroyed, one after the other");

static unsigned int staying;
module_param(staying, uint, 0444);
MODULE_PARM_DESC(staying, "bio_sets that are there until this is unloaded");

static unsigned int bios = 3;
module_param(bios, uint, 0444);
MODULE_PARM_DESC(bios, "allocated from each, one after the other");

#define BIOSET_CHURN_PAUSE 20 /* bio_sets between two pauses */

static struct bio_set *bioset_churn_sets;

/* Not inlined, so that the bio_sets are named after it. */
static noinline int bioset_churn_make(struct bio_set *bs)
{
	unsigned int n;
	int err = bioset_init(bs, 2, 0, 0);

	if (err)
		return err;
	for (n = 0; n < bios; n++)
		bio_put(bio_alloc_bioset(NULL, 0, REQ_OP_READ, GFP_NOIO, bs));
	return 0;
}

static int bioset_churn_pass(void)
{
	struct bio_set *bs = kzalloc(sizeof(*bs), GFP_KERNEL);
	unsigned int n;
	int err = bs ? 0 : -ENOMEM;

	for (n = 0; n < passing && !err; n++) {
		err = bioset_churn_make(bs);
		bioset_exit(bs);
		if (n % BIOSET_CHURN_PAUSE == 0)
			msleep(200);
	}
	kfree(bs);
	return err;
}

static void bioset_churn_end(void)
{
	unsigned int n;

	for (n = 0; n < staying; n++)
		bioset_exit(&bioset_churn_sets[n]);
	kvfree(bioset_churn_sets);
}

static int __init bioset_churn_init(void)
{
	unsigned int n;
	int err = bioset_churn_pass();

	bioset_churn_sets = kvcalloc(staying + 1, sizeof(*bioset_churn_sets), GFP_KERNEL);
	if (!bioset_churn_sets)
		return -ENOMEM;
	for (n = 0; n < staying && !err; n++)
		err = bioset_churn_make(&bioset_churn_sets[n]);
	if (err)
		bioset_churn_end();
	return err;
}

static void __exit bioset_churn_exit(void)
{
	bioset_churn_end();
}

module_init(bioset_churn_init);
module_exit(bioset_churn_exit);

MODULE_DESCRIPTION("Bio_sets that come and go");
MODULE_LICENSE("GPL");
