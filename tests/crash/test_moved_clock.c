/* SPDX-License-Identifier: MIT */
/* Nothing of who lives depends on the time of day: it is moved under a pool by a day, forwards and backwards. */
#include "base/clock.h"
#include "lib/runtime.h"
#include "lib/scratch.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

TestSuite(moved_clock, .init = runtime_begin, .fini = runtime_end, .timeout = 120);

#define DAY_NS (24 * 3600 * CLOCK_NS_PER_S)

/* Longer than the supervisor goes without a look at everything, in milliseconds. */
#define LONG_STOP_MS 1500

/* By how many nanoseconds the time of day is off for what is executed from now on. */
static volatile int64_t *move_clock(const char *path)
{
	static const int64_t not_at_all = 0;
	char preloaded[PKS_STORE_PATH_SIZE];
	void *mapped;
	int fd;

	cr_assert_eq(pks_module_find("moved_clock", preloaded), 0, "%s", pks_error_message());
	scratch_write(path, &not_at_all, sizeof(not_at_all));
	fd = open(path, O_RDWR | O_CLOEXEC);
	mapped = mmap(NULL, sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	cr_assert_neq(mapped, MAP_FAILED);
	close(fd);
	setenv("PKSTORE_TEST_CLOCK", path, 1);
	setenv("LD_PRELOAD", preloaded, 1);
	return mapped;
}

static uint64_t start_of(struct pks_object *process)
{
	struct pks_process_info info;

	cr_assert_eq(pks_process_info(process, &info), 0, "%s", pks_error_message());
	return info.started_ns;
}

/* That the clock of the pool is off: else the test would tell nothing. */
static void expect_moved(int64_t by)
{
	int64_t off = (int64_t)(start_of(runtime_run("handlers:nothing")) - clock_wall()) - by;

	cr_assert(off > -DAY_NS / 4 && off < DAY_NS / 4, "%d s", (int)(off / CLOCK_NS_PER_S));
}

Test(moved_clock, a_long_handler_that_is_stopped_meanwhile_runs_once)
{
	static const int64_t moves[] = {DAY_NS, -DAY_NS, 0};
	volatile int64_t *moved = move_clock(scratch_dir("clock"));
	struct pks_object *log = pks_log_open(runtime_store, "log", PKS_OPEN_OR_CREATE), *process;
	struct pks_process_info info;
	pid_t pid;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 2), 0);
	process = runtime_new("handlers:append_and_hold");
	pks_dict_setf(process, "log", "o", log);
	cr_assert_eq(pks_process_start(process), 0, "%s", pks_error_message());
	pid = (pid_t)runtime_await(process, "here");
	for (size_t i = 0; i < sizeof(moves) / sizeof(*moves); i++) {
		kill(pid, SIGSTOP);
		*moved = moves[i];
		expect_moved(moves[i]);
		cr_assert_eq(pks_process_join(process, LONG_STOP_MS), PKS_TIMED_OUT);
		kill(pid, SIGCONT);
	}
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	cr_assert_eq(pks_process_info(process, &info), 0);
	cr_assert_eq(info.attempt, 1);
	cr_assert_eq(runtime_count(log, info.name), 1);
}
