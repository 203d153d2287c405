/* SPDX-License-Identifier: MIT */
/* The wake file itself, and the writers' gate in it. */
#include "wake_truth.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the gate ---- */

static int enter_often(void *arg)
{
	struct wake *wake = open_wake();

	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		if (wake_writer_enter(wake, 30000) != 0)
			return 1;
		if (atomic_fetch_add(&truth->inside, 1) != 0)
			atomic_fetch_add(&truth->wrong, 1);
		atomic_fetch_sub(&truth->inside, 1);
		wake_writer_leave(wake);
	}
	wake_close(wake);
	return 0;
}

Test(wake_file, one_writer_at_a_time)
{
	pid_t writers[4];

	start("gate");
	for (int i = 0; i < 4; i++)
		writers[i] = child_start(enter_often, NULL);
	for (int i = 0; i < 4; i++)
		cr_expect_eq(child_wait(writers[i]), 0);
	cr_expect_eq(atomic_load(&truth->wrong), 0);
}

static int enter_and_stay(void *arg)
{
	struct wake *wake = open_wake();

	if (wake_writer_enter(wake, 0) != 0)
		return 1;
	child_flag_raise(arg);
	pause();
	return 0;
}

Test(wake_file, who_waits_in_vain_is_told_who_writes)
{
	struct child_flag flag = child_flag();
	struct wake *wake;
	uint64_t since = 0, before = clock_wall();
	pid_t holder;
	char pid[32];

	start("busy");
	wake = open_wake();
	cr_expect_eq(wake_writer(wake, &since), 0);
	holder = child_start(enter_and_stay, &flag);
	cr_assert_eq(child_flag_wait(&flag), 0);
	snprintf(pid, sizeof(pid), "pid %d ", (int)holder);

	cr_expect_eq(wake_writer(wake, &since), holder);
	cr_expect_geq(since, before);
	cr_expect_eq(wake_writer_enter(wake, 10), PKS_ERR_BUSY);
	cr_expect_not_null(strstr(pks_error_message(), pid), "%s", pks_error_message());
	cr_expect_not_null(strstr(pks_error_message(), dir), "%s", pks_error_message());
	cr_expect_null(strstr(pks_error_message(), "stopped"), "%s", pks_error_message());
	child_stop(holder);
	cr_expect_eq(wake_writer_enter(wake, 0), PKS_ERR_BUSY);
	cr_expect_not_null(strstr(pks_error_message(), "stopped"), "%s", pks_error_message());

	child_kill(holder);
	cr_expect_eq(wake_writer(wake, &since), 0);
	cr_expect_eq(wake_writer_enter(wake, 0), 0, "the kernel handed it on: %s", pks_error_message());
	cr_expect_eq(wake_writer_enter(wake, 10), PKS_ERR_USAGE, "twice in one thread");
	cr_expect_eq(wake_writer(wake, NULL), getpid());
	wake_writer_leave(wake);
	cr_expect_eq(wake_writer(wake, NULL), 0);
	wake_close(wake);
}

static void *enter_in_vain(void *wake)
{
	cr_expect_eq(wake_writer_enter(wake, 10), PKS_ERR_BUSY);
	cr_expect_not_null(strstr(pks_error_message(), "thread of this process"), "%s", pks_error_message());
	wake_writer_leave(wake); /* is not inside: must not open the gate */
	return NULL;
}

Test(wake_file, another_thread_is_kept_out_too)
{
	struct wake *wake;
	pthread_t thread;

	start("threads");
	wake = open_wake();
	cr_assert_eq(wake_writer_enter(wake, 0), 0);
	for (int i = 0; i < 2; i++) {
		pthread_create(&thread, NULL, enter_in_vain, wake);
		pthread_join(thread, NULL);
	}
	wake_writer_leave(wake);
	wake_close(wake);
}

/* Enters once for each turn that there is, and tells that it did. */
static int enter_in_turn(void *unused)
{
	struct wake *wake = open_wake();

	for (int i = 1; !atomic_load(&truth->stop); sched_yield()) {
		if (atomic_load(&truth->turn) != i)
			continue;
		if (wake_writer_enter(wake, 60000) != 0)
			return 1;
		atomic_store(&truth->taken, i++);
		wake_writer_leave(wake);
	}
	wake_close(wake);
	return 0;
}

static void await_famine(struct wake *wake)
{
	while (atomic_load(&wake_current(wake)->shared->famine) == 0)
		sched_yield();
}

/* On a busy machine a sleeper may be so slow that the newcomer's patience ends first; without any it would always. */
Test(wake_file, a_newcomer_lets_those_who_are_hungry_go_first)
{
	const int rounds = 200;
	struct wake *wake;
	int first = 0;
	pid_t other;

	start("hungry");
	wake = open_wake();
	other = child_start(enter_in_turn, NULL);
	for (int i = 1; i <= rounds; i++) {
		cr_assert_eq(wake_writer_enter(wake, 60000), 0);
		atomic_store(&truth->turn, i);
		await_famine(wake);
		wake_writer_leave(wake);
		cr_assert_eq(wake_writer_enter(wake, 60000), 0);
		first += atomic_load(&truth->taken) == i;
		wake_writer_leave(wake);
		while (atomic_load(&truth->taken) != i)
			sched_yield();
	}
	atomic_store(&truth->stop, true);
	cr_expect_eq(child_wait(other), 0);
	cr_expect_geq(first, rounds / 10, "%d of %d", first, rounds);
	cr_expect_eq(atomic_load(&wake_current(wake)->shared->famine), 0u);
	wake_close(wake);
}

static int enter_once(void *unused)
{
	return wake_writer_enter(open_wake(), 60000);
}

Test(wake_file, a_famine_of_the_dead_or_of_another_boot_keeps_nobody_out)
{
	struct wake *wake;
	pid_t hungry;

	start("famine");
	wake = open_wake();
	cr_assert_eq(wake_writer_enter(wake, 0), 0);
	hungry = child_start(enter_once, NULL);
	await_famine(wake);
	child_kill(hungry);
	wake_writer_leave(wake);
	cr_expect_eq(wake_writer_enter(wake, 1000), 0, "%s", pks_error_message());
	wake_writer_leave(wake);

	atomic_fetch_add(&wake_current(wake)->shared->famine, UINT32_C(1) << 30);
	cr_expect_eq(wake_writer_enter(wake, 0), 0, "%s", pks_error_message());
	cr_expect_eq(atomic_load(&wake_current(wake)->shared->famine), 0u);
	wake_writer_leave(wake);
	wake_close(wake);
}

/* ---- the file ---- */

static char *wake_file(void)
{
	return scratch_path(dir, "wake");
}

/* Long enough that everybody has looked for the file. */
Test(wake_file, a_deleted_file_is_made_anew_and_shared)
{
	struct wake *one, *other;
	uint32_t seen;

	start("deleted");
	one = open_wake();
	other = open_wake();
	cr_assert_eq(wake_writer_enter(one, 0), 0, "inside while it is deleted");
	cr_assert_eq(unlink(wake_file()), 0);
	outlast_a_look();
	wake_word(one);
	cr_expect_eq(access(wake_file(), F_OK), 0);
	seen = wake_word(other);
	wake_post(one, 1);
	cr_expect_neq(wake_word(other), seen, "both use the new one");
	wake_writer_leave(one);
	cr_expect_eq(wake_writer_enter(other, 0), 0);
	wake_writer_leave(other);
	wake_close(one);
	wake_close(other);
}

static int delete_often(void *arg)
{
	(void)arg;
	while (!atomic_load(&truth->stop)) {
		unlink(scratch_path(dir, "wake"));
		outlast_a_look();
	}
	return 0;
}

Test(wake_file, those_who_wait_survive_its_deletion)
{
	pid_t deleter;

	start("deleted_under_waiters");
	deleter = child_start(delete_often, NULL);
	play_both();
	atomic_store(&truth->stop, true);
	cr_expect_eq(child_wait(deleter), 0);
}

Test(wake_file, a_file_that_is_none_of_ours_is_replaced)
{
	static const char garbage[8192] = "garbage";
	struct wake *wake;

	start("garbage");
	scratch_write(wake_file(), garbage, 10);
	wake = open_wake();
	cr_expect_eq(wake_writer_enter(wake, 0), 0);
	wake_writer_leave(wake);
	wake_close(wake);
	scratch_write(wake_file(), garbage, sizeof(garbage));
	wake = open_wake();
	cr_expect_eq(wake_writer_enter(wake, 0), 0);
	wake_writer_leave(wake);
	wake_close(wake);
}

static int open_only(void *arg)
{
	struct wake *wake;

	if (child_flag_wait(arg) == 0)
		return 1; /* nobody raises it: its end is the sign */
	wake = open_wake();
	if (wake_writer_enter(wake, 30000) != 0)
		return 1;
	atomic_fetch_add(&truth->taken, 1);
	wake_writer_leave(wake);
	wake_close(wake);
	return 0;
}

Test(wake_file, of_many_makers_one_wins)
{
	struct child_flag flag = child_flag();
	pid_t makers[16];
	struct stat st;

	start("makers");
	for (int i = 0; i < 16; i++)
		makers[i] = child_start(open_only, &flag);
	close(flag.fds[1]);
	for (int i = 0; i < 16; i++)
		cr_expect_eq(child_wait(makers[i]), 0);
	cr_expect_eq(atomic_load(&truth->taken), 16);
	cr_expect_eq(stat(wake_file(), &st), 0);
	cr_expect_eq(st.st_nlink, 1u, "no other name is left");
}
