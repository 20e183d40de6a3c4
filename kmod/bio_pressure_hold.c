// SPDX-License-Identifier: GPL-2.0
/*
 * How pressure begins and ends.
 *
 * It begins in steps, each undone in reverse if a later one fails: what is held open, probes and
 * redirections, the proof that an element would be refused, and last the target itself. It ends
 * by a flag first, which handlers look at, so that nobody waits for memory any more because of
 * it; taking the probes away needs locks and sleeps.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/blkdev.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/printk.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/stdarg.h>
#include <linux/suspend.h>

#include "bio_pressure_internal.h"

#define CREATE_TRACE_POINTS
#include "bio_pressure_trace.h"

/* Needs no rescuer: where no worker can run, handlers refuse nothing after the deadline either. */
static struct workqueue_struct *bio_pressure_wq;

/* Outermost: held while pressure begins and ends. */
static DEFINE_MUTEX(bio_pressure_lock);

/* Between the notices of going to sleep and of having woken up. Protected by that lock. */
static bool bio_pressure_asleep;

/* By bio_pressure_pool: whether bio_alloc_bioset() asks the slab itself. Protected by that lock. */
static enum { SLAB_UNKNOWN, SLAB_ASKED, SLAB_NOT_ASKED } bio_pressure_slab[BIO_PRESSURE_MEMPOOL];

/**
 * bio_pressure_say - tell the descriptor's owner and the log what has happened
 * @t: whose
 * @format: of a text without newline
 */
void bio_pressure_say(struct bio_pressure_target *t, const char *format, ...)
{
	char message[sizeof(t->message)];
	va_list args;

	va_start(args, format);
	vscnprintf(message, sizeof(message), format, args);
	va_end(args);
	spin_lock(&t->message_lock);
	strscpy(t->message, message, sizeof(t->message));
	spin_unlock(&t->message_lock);
	pr_info("%s\n", message);
}

static void bio_pressure_unpin(struct bio_pressure_target *t)
{
	if (t->device)
		fput(t->device);
	put_pid(t->tree);
	t->device = NULL;
	t->tree = NULL;
}

/* A process, by the number that the caller knows it by; none of its other threads. */
static struct pid *bio_pressure_process(pid_t nr)
{
	struct pid *pid = find_get_pid(nr);
	bool is_process;

	rcu_read_lock();
	is_process = pid && pid_task(pid, PIDTYPE_TGID);
	rcu_read_unlock();
	if (is_process)
		return pid;
	put_pid(pid);
	return NULL;
}

/* Holds what must not go while pressure lasts. */
static int bio_pressure_pin(struct bio_pressure_target *t, const struct bio_pressure_arm *arm,
			    const char **why)
{
	if (arm->flags & BIO_PRESSURE_F_DEVICE) {
		t->device = fget(arm->device);
		if (!t->device) {
			*why = "the device is no open descriptor";
			return -EBADF;
		}
		if (!S_ISBLK(file_inode(t->device)->i_mode)) {
			*why = "the device is no block device";
			return -ENOTBLK;
		}
	}
	if (arm->pid) {
		t->tree = bio_pressure_process(arm->pid);
		if (!t->tree) {
			*why = "there is no process with that pid";
			return -ESRCH;
		}
	}
	return 0;
}

/* Redirects what the kind of pool takes. Undone by bio_pressure_redirect_end(). */
static int bio_pressure_redirect_all(struct bio_pressure_target *t, const char **why)
{
	int err = bio_pressure_redirect(t, false, why);

	if (!err && t->bs && bio_pressure_slab[t->kind] != SLAB_NOT_ASKED)
		err = bio_pressure_redirect(t, true, why);
	if (!err)
		err = bio_pressure_selftest(t, why);
	if (!err && t->bs && bio_pressure_slab[t->kind] == SLAB_UNKNOWN) {
		bio_pressure_slab[t->kind] = t->slab_asked ? SLAB_ASKED : SLAB_NOT_ASKED;
		if (!t->slab_asked)
			bio_pressure_redirect_end(t, 1);
	}
	return err;
}

/* The pool may have been destroyed before its end could be seen. */
static int bio_pressure_reread(struct bio_pressure_target *t, u32 kind, u64 address,
			       const char **why)
{
	struct bio_pressure_target *now = bio_pressure_target_new();
	int err;

	if (!now)
		return -ENOMEM;
	now->kind = kind;
	err = bio_pressure_pool_read(now, address, why);
	if (!err && (READ_ONCE(t->gone) || now->kind != t->kind || now->alloc != t->alloc ||
		     now->slab != t->slab || now->pool_data != t->pool_data)) {
		*why = "the pool has been destroyed meanwhile";
		err = -EINVAL;
	}
	kfree(now);
	return err;
}

static int bio_pressure_start(struct bio_pressure_target *t, const struct bio_pressure_arm *arm,
			      const char **why)
{
	int err;

	err = bio_pressure_pin(t, arm, why);
	if (err)
		goto unpin;
	err = bio_pressure_pool_read(t, arm->target, why);
	if (err)
		goto unpin;
	err = bio_pressure_watch(why);
	if (err)
		goto unpin;
	err = bio_pressure_redirect_all(t, why);
	if (err)
		goto unwatch;
	err = bio_pressure_publish(t, why);
	if (err)
		goto unwatch;
	err = bio_pressure_reread(t, arm->pool, arm->target, why);
	if (err)
		goto unpublish;
	return 0;

unpublish:
	bio_pressure_unpublish(t);
	irq_work_sync(&t->notice);
unwatch:
	bio_pressure_redirect_end(t, 0);
	bio_pressure_unwatch();
unpin:
	bio_pressure_unpin(t);
	return err;
}

/* Called with the lock held. */
static void bio_pressure_lift(struct bio_pressure_target *t, enum bio_pressure_state state,
			      const char *why)
{
	s64 refused, missed = 0;
	unsigned int i;

	lockdep_assert_held(&bio_pressure_lock);
	if (t->state != BIO_PRESSURE_HELD)
		return;
	WRITE_ONCE(t->active, false);
	bio_pressure_unpublish(t);
	bio_pressure_redirect_end(t, 0);
	bio_pressure_unwatch();
	bio_pressure_unpin(t);
	t->state = state;
	refused = atomic64_read(&t->refused);
	trace_bio_pressure_lifted(t->pool, refused);
	for (i = 0; i < MISSED_CAUSES; i++)
		missed += atomic64_read(&t->missed[i]);
	bio_pressure_say(t, "lifted, %s: refused %lld of %lld allocations, missed %lld", why,
			 refused, refused + atomic64_read(&t->spared), missed);
}

/* What should have ended already. Called with the lock held. */
static void bio_pressure_lift_if_due(struct bio_pressure_target *t)
{
	if (READ_ONCE(t->gone))
		bio_pressure_lift(t, BIO_PRESSURE_POOL_GONE,
				  t->bs ? "its bio_set is gone" : "its mempool is gone");
	else if (bio_pressure_over(t))
		bio_pressure_lift(t, BIO_PRESSURE_TIME_OVER, "time limit");
}

static void bio_pressure_configure(struct bio_pressure_target *t,
				   const struct bio_pressure_arm *arm)
{
	unsigned int i;

	t->state = BIO_PRESSURE_IDLE;
	t->kind = arm->pool;
	t->flags = arm->flags;
	t->ppm = arm->probability_ppm;
	t->interval = arm->interval;
	t->seed = arm->flags & BIO_PRESSURE_F_SEED ? arm->seed : get_random_u64();
	t->limited = arm->times;
	atomic64_set(&t->times, arm->times);
	t->gone = false;
	atomic64_set(&t->drawn, 0);
	atomic64_set(&t->refused, 0);
	atomic64_set(&t->spared, 0);
	atomic64_set(&t->excluded, 0);
	for (i = 0; i < MISSED_CAUSES; i++)
		atomic64_set(&t->missed[i], 0);
}

/* Called with the lock held. */
static int bio_pressure_hold(struct bio_pressure_target *t, const struct bio_pressure_arm *arm)
{
	unsigned long timeout = msecs_to_jiffies(arm->timeout_ms);
	const char *why = "no memory";
	int err;

	bio_pressure_lift_if_due(t);
	if (t->state == BIO_PRESSURE_HELD || bio_pressure_asleep) {
		bio_pressure_say(t, "not held: %s",
				 bio_pressure_asleep ? "the machine goes to sleep" :
						       "this descriptor holds a pool already");
		return -EBUSY;
	}
	bio_pressure_configure(t, arm);
	err = bio_pressure_start(t, arm, &why);
	if (err) {
		bio_pressure_say(t, "not held: %s (error %d)", why, err);
		return err;
	}
	bio_pressure_say(t, "refusing %u ppm of a pool's elements for %u ms, asked by %s (%d)",
			 t->ppm, arm->timeout_ms, current->comm, task_pid_nr(current));
	spin_lock(&t->message_lock);
	t->message[0] = 0; /* that is no failure */
	spin_unlock(&t->message_lock);
	WRITE_ONCE(t->deadline, jiffies + timeout);
	WRITE_ONCE(t->state, BIO_PRESSURE_HELD);
	mod_delayed_work(bio_pressure_wq, &t->lift, timeout + 1);
	if (READ_ONCE(t->gone)) /* and has had it queued before that */
		mod_delayed_work(bio_pressure_wq, &t->lift, 0);
	trace_bio_pressure_held(t->pool, t->ppm);
	/* Last, because all of the above may allocate memory, maybe by I/O through the target. */
	WRITE_ONCE(t->active, true);
	return 0;
}

/**
 * bio_pressure_begin - hold a pool
 * @t: of the descriptor
 * @arm: checked for ranges
 *
 * Returns 0 or an error of BIO_PRESSURE_ARM, and then has said why. May sleep.
 */
int bio_pressure_begin(struct bio_pressure_target *t, const struct bio_pressure_arm *arm)
{
	int err;

	mutex_lock(&bio_pressure_lock);
	err = bio_pressure_hold(t, arm);
	mutex_unlock(&bio_pressure_lock);
	return err;
}

static void bio_pressure_lift_work(struct work_struct *work)
{
	struct bio_pressure_target *t =
		container_of(work, struct bio_pressure_target, lift.work);

	mutex_lock(&bio_pressure_lock);
	bio_pressure_lift_if_due(t);
	if (t->state == BIO_PRESSURE_HELD) /* the notice was of the pool held before */
		mod_delayed_work(bio_pressure_wq, &t->lift, t->deadline + 1 - jiffies);
	mutex_unlock(&bio_pressure_lock);
}

/* In hard interrupt context: whoever destroys a pool may hold any lock. */
static void bio_pressure_notice(struct irq_work *work)
{
	struct bio_pressure_target *t = container_of(work, struct bio_pressure_target, notice);

	mod_delayed_work(bio_pressure_wq, &t->lift, 0);
}

static void bio_pressure_end_as(struct bio_pressure_target *t, enum bio_pressure_state state,
				const char *why)
{
	WRITE_ONCE(t->active, false); /* at once, whoever has the lock */
	mutex_lock(&bio_pressure_lock);
	bio_pressure_lift_if_due(t);
	bio_pressure_lift(t, state, why);
	mutex_unlock(&bio_pressure_lock);
}

/**
 * bio_pressure_end - end pressure
 * @t: of the descriptor; nothing happens if it holds none. May sleep.
 */
void bio_pressure_end(struct bio_pressure_target *t)
{
	bio_pressure_end_as(t, BIO_PRESSURE_LIFTED, "asked to");
}

/**
 * bio_pressure_close - end pressure with its descriptor
 * @t: not used any more when this returns. May sleep.
 */
void bio_pressure_close(struct bio_pressure_target *t)
{
	bio_pressure_end_as(t, BIO_PRESSURE_IDLE, "closed");
	irq_work_sync(&t->notice);
	cancel_delayed_work_sync(&t->lift);
}

/** bio_pressure_target_new - one that nothing is known of yet, to be freed by kfree(), or NULL */
struct bio_pressure_target *bio_pressure_target_new(void)
{
	struct bio_pressure_target *t = kzalloc(sizeof(*t), GFP_KERNEL);

	if (!t)
		return NULL;
	spin_lock_init(&t->message_lock);
	init_irq_work(&t->notice, bio_pressure_notice);
	INIT_DELAYED_WORK(&t->lift, bio_pressure_lift_work);
	return t;
}

/* An image must not be written under pressure, and time does not count while the machine sleeps. */
static int bio_pressure_pm(struct notifier_block *nb, unsigned long event, void *unused)
{
	bool asleep = event == PM_SUSPEND_PREPARE || event == PM_HIBERNATION_PREPARE ||
		      event == PM_RESTORE_PREPARE;
	struct bio_pressure_target *t;
	unsigned int i;

	if (asleep)
		bio_pressure_deactivate_all(); /* whoever has the lock */
	mutex_lock(&bio_pressure_lock);
	bio_pressure_asleep = asleep;
	for (i = 0; asleep && i < BIO_PRESSURE_TARGETS; i++) {
		t = bio_pressure_target_held(i);
		if (t)
			bio_pressure_lift(t, BIO_PRESSURE_SUSPENDED, "the machine goes to sleep");
	}
	mutex_unlock(&bio_pressure_lock);
	return NOTIFY_OK;
}

static struct notifier_block bio_pressure_pm_notifier = { .notifier_call = bio_pressure_pm };

/* Its pools are gone; what redirects its functions must be, too, before its text is. */
static int bio_pressure_module(struct notifier_block *nb, unsigned long event, void *module)
{
	struct bio_pressure_target *t;
	unsigned int i;

	if (event != MODULE_STATE_GOING)
		return NOTIFY_DONE;
	mutex_lock(&bio_pressure_lock);
	for (i = 0; i < BIO_PRESSURE_TARGETS; i++) {
		t = bio_pressure_target_held(i);
		if (t && within_module((unsigned long)t->alloc, module))
			bio_pressure_lift(t, BIO_PRESSURE_POOL_GONE, "its module is gone");
	}
	mutex_unlock(&bio_pressure_lock);
	return NOTIFY_OK;
}

static struct notifier_block bio_pressure_module_notifier = {
	.notifier_call = bio_pressure_module,
};

/** bio_pressure_hold_init - once, before any target; returns 0 or -ENOMEM */
int bio_pressure_hold_init(void)
{
	bio_pressure_wq = alloc_workqueue(KBUILD_MODNAME, WQ_UNBOUND, 0);
	if (!bio_pressure_wq)
		return -ENOMEM;
	register_pm_notifier(&bio_pressure_pm_notifier);
	register_module_notifier(&bio_pressure_module_notifier);
	return 0;
}

/** bio_pressure_hold_exit - counterpart, when there is no target any more */
void bio_pressure_hold_exit(void)
{
	unregister_module_notifier(&bio_pressure_module_notifier);
	unregister_pm_notifier(&bio_pressure_pm_notifier);
	destroy_workqueue(bio_pressure_wq);
}
