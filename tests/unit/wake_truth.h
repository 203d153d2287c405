/* SPDX-License-Identifier: MIT */
/* The wake file of a test, and beside it what the test's processes share: the truth. */
#ifndef TESTS_UNIT_WAKE_TRUTH_H
#define TESTS_UNIT_WAKE_TRUTH_H

#include "base/clock.h"
#include "lib/child.h"
#include "lib/scratch.h"
#include "wake_linux.h"

#include <pkstore/error.h>
#include <pkstore/wait.h>

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>

#define ROUNDS 2000

struct truth {
	atomic_int turn, taken, inside, wrong;
	atomic_bool stop;
};

static const char *dir;
static struct truth *truth;

static inline struct wake *open_wake(void)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct wake *wake = NULL;

	cr_assert_geq(fd, 0);
	cr_assert_eq(wake_open(fd, dir, &wake), 0, "%s", pks_error_message());
	return wake;
}

static inline void start(const char *test)
{
	dir = scratch_dir(test);
	cr_assert_eq(mkdir(dir, 0700), 0);
	truth = child_shared(sizeof(*truth));
}

static inline int64_t far(void)
{
	return clock_monotonic() + 3600 * CLOCK_NS_PER_S;
}

static inline void wait_turn(struct wake *wake, int parity, uint32_t bits)
{
	for (;;) {
		uint32_t seen = wake_word(wake);

		if (atomic_load(&truth->turn) % 2 == parity)
			return;
		wake_wait(wake, seen, bits, far(), &(struct patience){0});
	}
}

/* Two players, each waiting for one bit and posting the other's. */
static inline int play(void *arg)
{
	int parity = arg ? 1 : 0;
	struct wake *wake = open_wake();

	for (int i = 0; i < ROUNDS; i++) {
		wait_turn(wake, parity, UINT32_C(1) << parity);
		atomic_fetch_add(&truth->turn, 1);
		wake_post(wake, UINT32_C(1) << !parity);
	}
	wake_close(wake);
	return 0;
}

static inline void play_both(void)
{
	pid_t one = child_start(play, NULL), other = child_start(play, truth);

	cr_expect_eq(child_wait(one), 0);
	cr_expect_eq(child_wait(other), 0);
	cr_expect_eq(atomic_load(&truth->turn), 2 * ROUNDS);
}

static inline void outlast_a_look(void)
{
	struct timespec pause = {0, 2 * PKS_RECHECK_MS * CLOCK_NS_PER_MS};

	nanosleep(&pause, NULL);
}

#endif
