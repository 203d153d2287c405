/* SPDX-License-Identifier: MIT */
/* The pid of a dead worker is another program's by now: the kernel is told to give it away. */
#include "base/clock.h"
#include "base/proc.h"
#include "lib/runtime.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(namesake, .init = runtime_begin, .fini = runtime_end, .timeout = 120);

/* "Within two seconds" is what is promised; the rest is for a machine that has other things to do as well. */
#define SETTLED_WITHIN_MS 5000

/* A child that has nothing to do with any store, and this pid. Skips the test where that cannot be had. */
static void start_stranger(pid_t pid)
{
	struct clone_args args = {.exit_signal = SIGCHLD, .set_tid = (uint64_t)(uintptr_t)&pid, .set_tid_size = 1};
	long r = syscall(SYS_clone3, &args, sizeof(args));

	if (r == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* also when the test fails */
		for (;;)
			pause();
	}
	if (r < 0 && (errno == EPERM || errno == ENOSYS || errno == E2BIG))
		cr_skip_test("pids cannot be chosen here");
	cr_assert_eq(r, pid);
}

/* Whoever was our grandchild is ours to be waited for, so that its pid is free when this returns. */
static void kill_and_reap(pid_t pid)
{
	cr_assert_eq(kill(pid, SIGKILL), 0);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

/*
 * Start times are told in ticks of 10 ms, and a pid that is given away within the one in which its worker started cannot
 * be told from it; by itself no kernel gives one back so soon. So the stranger is one of a later tick.
 */
static void be_replaced(const struct proc *worker)
{
	struct proc stranger;

	kill_and_reap((pid_t)worker->pid);
	for (;;) {
		start_stranger((pid_t)worker->pid);
		cr_assert_eq(proc_of((pid_t)worker->pid, &stranger), 0);
		if (stranger.start != worker->start)
			return;
		kill_and_reap((pid_t)worker->pid);
	}
}

/* The supervisor dies first: as long as it is there it knows its workers by more than their pids. */
static struct pks_object *leave_to_stranger(pid_t *pid_out)
{
	struct pks_object *process = runtime_start("handlers:hold");
	struct proc worker;

	*pid_out = (pid_t)runtime_await(process, "here");
	cr_assert_eq(proc_of(*pid_out, &worker), 0);
	kill_and_reap((pid_t)runtime_supervisor());
	be_replaced(&worker);
	return process;
}

static void expect_unhurt(pid_t stranger)
{
	cr_assert_eq(waitpid(stranger, NULL, WNOHANG), 0, "a stranger was killed");
	kill_and_reap(stranger);
}

static void expect_settled(struct pks_object *process, int64_t since)
{
	struct pks_process_info info;

	cr_assert_lt(clock_monotonic() - since, SETTLED_WITHIN_MS * CLOCK_NS_PER_MS);
	cr_assert_eq(pks_process_info(process, &info), 0, "%s", pks_error_message());
	cr_assert_eq(info.status, PKS_CRASHED);
	cr_assert_eq(info.pid, 0);
}

static void be_who_reaps(void)
{
	cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
}

Test(namesake, an_orphan_is_settled_though_its_pid_is_anothers)
{
	struct pks_object *process;
	int64_t since;
	pid_t pid;

	be_who_reaps();
	process = leave_to_stranger(&pid);
	since = clock_monotonic();
	runtime_join(process);
	expect_settled(process, since);
	runtime_expect_well();
	expect_unhurt(pid);
}

Test(namesake, who_is_ended_is_not_who_has_its_pid)
{
	static int (*const ways[])(struct pks_object *, int) = {pks_process_terminate, pks_process_kill};

	be_who_reaps();
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		pid_t pid;
		struct pks_object *process = leave_to_stranger(&pid);
		int64_t since = clock_monotonic();

		cr_assert_eq(ways[i](process, RUNTIME_PATIENCE_MS), 0, "%s", pks_error_message());
		expect_settled(process, since);
		expect_unhurt(pid);
	}
}

Test(namesake, killall_is_not_for_who_has_a_workers_pid)
{
	struct pks_object *process;
	int64_t since;
	pid_t pid;

	be_who_reaps();
	process = leave_to_stranger(&pid);
	since = clock_monotonic();
	cr_assert_eq(pks_killall(runtime_store), 0, "%s", pks_error_message());
	expect_settled(process, since);
	expect_unhurt(pid);
}
