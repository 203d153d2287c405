/* SPDX-License-Identifier: MIT */
/*
 * The waiters of the `wake` file between threads that stand for processes, each kind of them at work: objects,
 * channels, turns, the gate, and the file deleted under all of them. A plain program, as threads.c, so that a build
 * with b_sanitize=thread can run it. What the waiters wait for is plain memory behind a mutex, as the store is behind
 * its write lock; at the gate it is plain memory alone, which the gate has to order. Exits with 0 when everybody got
 * what was his.
 */
#include "base/clock.h"
#include "wake.h"

#include <pkstore/error.h>

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ROUNDS 20000
#define CHANNEL 7
/* Of those who take work, and of those who write. */
#define THREADS 3
/* Only a hang takes as long. */
#define PATIENCE_S 60

/* How often it is deleted. */
#define DELETIONS 10

static char dir[] = "/dev/shm/pkstore-wait-XXXXXX";
static int dir_fd;
static struct wake *wake;

static void fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, pks_error_message());
	exit(EXIT_FAILURE);
}

static int64_t far(void)
{
	return clock_monotonic() + PATIENCE_S * CLOCK_NS_PER_S;
}

/* ---- the truth ---- */

/* Of one thing that is waited for: how much there is of it. */
struct truth {
	pthread_mutex_t lock;
	int left;
};

static struct truth pair[2] = {{PTHREAD_MUTEX_INITIALIZER, 0}, {PTHREAD_MUTEX_INITIALIZER, 0}};
static struct truth work = {PTHREAD_MUTEX_INITIALIZER, 0};
static struct truth turns[2] = {{PTHREAD_MUTEX_INITIALIZER, 0}, {PTHREAD_MUTEX_INITIALIZER, 0}};

static void give(struct truth *truth, int count)
{
	pthread_mutex_lock(&truth->lock);
	truth->left += count;
	pthread_mutex_unlock(&truth->lock);
}

static bool take(struct truth *truth)
{
	bool taken;

	pthread_mutex_lock(&truth->lock);
	taken = truth->left > 0;
	truth->left -= taken;
	pthread_mutex_unlock(&truth->lock);
	return taken;
}

static void expect_in_time(int64_t deadline, const char *what)
{
	if (clock_monotonic() >= deadline)
		fail(what);
}

/* ---- objects: two play ping-pong, one looks before it sleeps ---- */

static void *play(void *mine)
{
	int me = *(int *)mine;

	for (int i = 0; i < ROUNDS; i++) {
		int64_t deadline = far();
		struct patience patience = me ? patience_begin() : (struct patience){0};
		uint32_t seen = wake_word(wake);

		while (!take(&pair[me])) {
			wake_wait(wake, seen, wake_bit((uint64_t)me), deadline, &patience);
			expect_in_time(deadline, "an object's post was missed");
			seen = wake_word(wake);
		}
		patience_end(&patience);
		give(&pair[!me], 1);
		wake_post(wake, wake_bit((uint64_t)!me));
	}
	return NULL;
}

/* ---- channels ---- */

static void *take_work(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		int64_t deadline = far();
		struct patience patience = patience_begin();
		uint32_t seen = wake_channel_word(wake, CHANNEL);

		while (!take(&work)) {
			wake_channel_wait(wake, CHANNEL, seen, deadline, &patience);
			expect_in_time(deadline, "a channel's post was missed");
			seen = wake_channel_word(wake, CHANNEL);
		}
		patience_end(&patience);
	}
	return unused;
}

static void *give_work(void *unused)
{
	for (int left = THREADS * ROUNDS, i = 0; left > 0; i++) {
		int count = i % THREADS + 1 < left ? i % THREADS + 1 : left;

		give(&work, count);
		wake_channel_post(wake, CHANNEL, count);
		left -= count;
		sched_yield();
	}
	return unused;
}

/* ---- turns: of two things that share a channel ---- */

static uint64_t turn_of(int which)
{
	uint64_t first = wake_turn(1, 0), turn = first;

	for (uint64_t what = 1; which && (turn == first || (turn >> 32 ^ first >> 32) & (WAKE_TURNS - 1)); what++)
		turn = wake_turn(1, what);
	return turn;
}

static void *take_turns(void *mine)
{
	int which = *(int *)mine;
	uint64_t turn = turn_of(which);

	for (int i = 0; i < ROUNDS; i++) {
		int64_t deadline = far();
		struct patience patience = patience_begin();
		uint32_t seen = wake_turn_word(wake, turn);

		while (!take(&turns[which])) {
			wake_turn_wait(wake, turn, seen, deadline, &patience);
			expect_in_time(deadline, "a turn's post was missed");
			seen = wake_turn_word(wake, turn);
		}
		patience_end(&patience);
	}
	return NULL;
}

/*
 * Two take one thing, two the other. Meanwhile the file is deleted: who sleeps by the old one misses what is posted to
 * the new one, and looks again after PKS_RECHECK_MS.
 */
static void *give_turns(void *unused)
{
	for (int i = 0; i < 4 * ROUNDS; i++) {
		if (i % (4 * ROUNDS / DELETIONS) == 0)
			unlinkat(dir_fd, "wake", 0);
		give(&turns[i % 2], 1);
		wake_turn_post(wake, turn_of(i % 2), 1);
		sched_yield();
	}
	return unused;
}

/* ---- the gate: of a file that stays, as only that keeps writers apart ---- */

static struct wake *gate;
static uint64_t commits;

static void *write_in_turn(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		if (wake_writer_enter(gate, PATIENCE_S * 1000) != 0)
			fail("the gate");
		wake_commit_note(gate, ++commits);
		wake_writer_leave(gate);
		wake_writer(gate, NULL);
		wake_commit_age(gate, 1);
	}
	return unused;
}

/* ---- all of them ---- */

static int numbers[] = {0, 1};

static const struct {
	void *(*run)(void *arg);
	void *arg;
} jobs[] = {
	{play, &numbers[0]}, {play, &numbers[1]},
	{take_work, NULL}, {take_work, NULL}, {take_work, NULL}, {give_work, NULL},
	{take_turns, &numbers[0]}, {take_turns, &numbers[0]}, {take_turns, &numbers[1]}, {take_turns, &numbers[1]},
	{give_turns, NULL},
	{write_in_turn, NULL}, {write_in_turn, NULL}, {write_in_turn, NULL},
};

#define JOBS (sizeof(jobs) / sizeof(*jobs))

static void run_all(void)
{
	pthread_t threads[JOBS];

	give(&pair[0], 1);
	for (size_t i = 0; i < JOBS; i++)
		if (pthread_create(&threads[i], NULL, jobs[i].run, jobs[i].arg) != 0)
			fail("a thread");
	for (size_t i = 0; i < JOBS; i++)
		pthread_join(threads[i], NULL);
}

/* A file in a folder of its own. */
static struct wake *open_wake(char *path, int *fd_out)
{
	struct wake *opened = NULL;

	if (!mkdtemp(path) || (*fd_out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
	    wake_open(*fd_out, path, &opened) != 0)
		fail(path);
	return opened;
}

static void remove_wake(struct wake *opened, const char *path, int fd)
{
	wake_close(opened);
	unlinkat(fd, "wake", 0);
	close(fd);
	rmdir(path);
}

int main(void)
{
	char gate_dir[] = "/dev/shm/pkstore-gate-XXXXXX";
	int gate_fd;

	wake = open_wake(dir, &dir_fd);
	gate = open_wake(gate_dir, &gate_fd);
	run_all();
	remove_wake(wake, dir, dir_fd);
	remove_wake(gate, gate_dir, gate_fd);
	return commits != THREADS * ROUNDS || pair[0].left != 1 || work.left || turns[0].left || turns[1].left;
}
