/* SPDX-License-Identifier: MIT */
/*
 * The writers' gate: a robust mutex in the `wake` file. The kernel hands it on when its holder dies, in whatever way;
 * its timeout is what LMDB's own lock lacks, and beside it stands who holds it.
 */
#include "wake_linux.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/thread_local.h"

#include <pkstore/wait.h>

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* The kernel's limit on a process's name is 15 bytes; a stat line's beginning is not much longer. */
#define PROC_LINE_SIZE 256

HOT_THREAD_LOCAL char self; /* its address tells threads of this process apart */

int gate_init(struct wake_shared *shared)
{
	pthread_mutexattr_t attr;
	int r = pthread_mutexattr_init(&attr);

	if (r != 0)
		return r;
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	r = pthread_mutex_init(&shared->gate, &attr);
	pthread_mutexattr_destroy(&attr);
	return r;
}

/* ---- who is inside ---- */

/* The first line of a file in /proc/<pid>; "" when there is no such process. */
static void proc_line(int64_t pid, const char *name, char line[PROC_LINE_SIZE])
{
	char path[64];
	FILE *file;

	line[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%" PRId64 "/%s", pid, name);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(line, PROC_LINE_SIZE, file))
		line[strcspn(line, "\n")] = '\0';
	fclose(file);
}

/* The state stands behind the name, which is in parentheses and may hold any byte. */
static bool proc_stopped(int64_t pid)
{
	char line[PROC_LINE_SIZE];
	const char *state;

	proc_line(pid, "stat", line);
	state = strrchr(line, ')');
	return state && (strncmp(state, ") T", 3) == 0 || strncmp(state, ") t", 3) == 0);
}

static int gate_busy(struct wake *wake, struct wake_shared *shared)
{
	int64_t pid = atomic_load(&shared->writer);
	uint64_t since = atomic_load(&shared->writer_since), now = clock_wall();
	double seconds = now > since ? (double)(now - since) / CLOCK_NS_PER_S : 0;
	char name[PROC_LINE_SIZE];

	if (pid == 0)
		return error_set(PKS_ERR_BUSY, "%s: many others write to it", wake->path);
	if (pid == wake->pid)
		return error_set(PKS_ERR_BUSY, "%s: another thread of this process has been writing for %.1f s",
		                 wake->path, seconds);
	proc_line(pid, "comm", name);
	return error_set(PKS_ERR_BUSY, "%s: pid %" PRId64 " (%s) has been writing for %.1f s%s", wake->path, pid,
	                 name[0] ? name : "unknown", seconds, proc_stopped(pid) ? ", and is stopped" : "");
}

int64_t wake_writer(struct wake *wake, uint64_t *since_ns_out)
{
	struct wake_shared *shared = wake_current(wake)->shared;
	int64_t pid = atomic_load(&shared->writer);

	/* One that was killed inside stays written down until the next one enters. */
	if (pid == 0 || (kill((pid_t)pid, 0) != 0 && errno == ESRCH))
		return 0;
	if (since_ns_out)
		*since_ns_out = atomic_load(&shared->writer_since);
	return pid;
}

/* ---- who goes first ----
 *
 * The mutex is had by who comes when it is free, and one that sleeps comes late: woken, it finds that another was
 * faster, and lies down behind all others. Beside a few busy writers that could go on for a tenth of a second and more.
 * So who has slept for GATE_HUNGRY_NS declares a famine, and in it newcomers wait before they come near the mutex: then
 * those who sleep have it in turn. The one that declared it ends it once it is inside, and the next that is hungry may
 * declare another. One that is killed meanwhile cannot end it: a famine is over by itself after FAMINE_NS, and a word
 * that lies farther in the future (the file is older than this boot) is none.
 */
/*
 * As long as hundreds of commits take: so the turns of those who slept, each of them longer than a commit, are few.
 * With 1 ms eight workers on two CPUs were a fifth slower.
 */
#define GATE_HUNGRY_NS (5 * CLOCK_NS_PER_MS)
/* Long enough for a busy machine to have a CPU for it in time. */
#define FAMINE_NS (4 * CLOCK_NS_PER_MS)

/* The word counts these, some 66 microseconds, wraps around, and is never 0. */
#define FAMINE_TICK_NS 65536

static uint32_t famine_clock(int64_t ns)
{
	return (uint32_t)(ns / FAMINE_TICK_NS) | 1;
}

static uint32_t famine_begin(struct wake_shared *shared)
{
	uint32_t until = famine_clock(clock_monotonic() + FAMINE_NS);

	atomic_store(&shared->famine, until);
	return until;
}

/* Not one that somebody else has declared since. */
static void famine_end(struct wake_shared *shared, uint32_t until)
{
	if (atomic_compare_exchange_strong(&shared->famine, &until, 0))
		futex_wake(&shared->famine, INT_MAX, FUTEX_BITSET_MATCH_ANY);
}

static void famine_wait(struct wake_shared *shared)
{
	uint32_t until = atomic_load(&shared->famine);
	int64_t now = clock_monotonic();
	int64_t left = (int64_t)(int32_t)(until - famine_clock(now)) * FAMINE_TICK_NS;

	if (until == 0)
		return;
	if (left > 0 && left <= 2 * FAMINE_NS)
		futex_wait(&shared->famine, until, FUTEX_BITSET_MATCH_ANY, now + left);
	else
		famine_end(shared, until);
}

/* ---- in and out ---- */

/*
 * Most commits are over within microseconds, while to be put to sleep and woken takes tens of them. So a writer looks
 * for as long as a few commits may take before it sleeps.
 */
#define GATE_LOOK_NS 100000

static int gate_try(struct wake_shared *shared)
{
	int64_t until = 0;
	int r = pthread_mutex_trylock(&shared->gate);

	while (r == EBUSY && atomic_load_explicit(&shared->famine, memory_order_relaxed) == 0) {
		int64_t now = clock_monotonic();

		until = until ? until : now + GATE_LOOK_NS;
		if (now >= until)
			break;
		if (atomic_load_explicit(&shared->writer, memory_order_relaxed) == 0)
			r = pthread_mutex_trylock(&shared->gate);
	}
	return r;
}

/*
 * Sleeps for GATE_HUNGRY_NS, and is hungry when it wakes for that; then twice as long each time, up to PKS_RECHECK_MS,
 * as behind a transaction that takes long there is nothing to be done. An unlock wakes one sleeper and forgets the others,
 * for whom that one will stand up. If it is killed just then, while a thread that did not sleep has the lock, nobody
 * knows that others wait, and they would sleep until their timeout: to lock again is to say so again.
 */
static int gate_sleep(struct wake_shared *shared, int64_t deadline)
{
	const int64_t longest = PKS_RECHECK_MS * CLOCK_NS_PER_MS;
	int64_t until, pause = GATE_HUNGRY_NS;
	uint32_t famine = 0;
	int r;

	do {
		int64_t latest = clock_monotonic() + pause;

		until = latest < deadline ? latest : deadline;
		r = pthread_mutex_clocklock(&shared->gate, CLOCK_MONOTONIC,
		                            &(struct timespec){until / CLOCK_NS_PER_S, until % CLOCK_NS_PER_S});
		if (r == ETIMEDOUT)
			famine = famine_begin(shared);
		pause = 2 * pause < longest ? 2 * pause : longest;
	} while (r == ETIMEDOUT && until < deadline);
	if (famine)
		famine_end(shared, famine);
	return r;
}

static int gate_lock(struct wake_shared *shared, uint32_t timeout_ms)
{
	int r;

	if (atomic_load_explicit(&shared->famine, memory_order_relaxed) != 0)
		famine_wait(shared);
	r = gate_try(shared);
	if (r == EBUSY)
		r = gate_sleep(shared, clock_monotonic() + timeout_ms * CLOCK_NS_PER_MS);
	return r == EOWNERDEAD ? pthread_mutex_consistent(&shared->gate) : r;
}

int wake_writer_enter(struct wake *wake, uint32_t timeout_ms)
{
	struct wake_map *map = wake_current(wake);
	struct wake_shared *shared = map->shared;
	int r = gate_lock(shared, timeout_ms);

	if (r == ETIMEDOUT)
		return gate_busy(wake, shared);
	if (r == EDEADLK)
		return error_set(PKS_ERR_USAGE, "%s: this thread is writing already", wake->path);
	if (r != 0)
		return error_errno(r, "%s/wake: the writers' lock is damaged; delete the file", wake->path);
	atomic_store_explicit(&shared->writer_since, clock_wall(), memory_order_relaxed);
	atomic_store_explicit(&shared->writer, wake->pid, memory_order_release);
	atomic_store_explicit(&map->inside, &self, memory_order_relaxed);
	return 0;
}

void wake_writer_leave(struct wake *wake)
{
	struct wake_map *map = atomic_load(&wake->current);

	/* Only the thread itself ever writes its own mark, so to find it is to hold that gate. */
	while (map && atomic_load_explicit(&map->inside, memory_order_relaxed) != &self)
		map = map->older;
	if (!map)
		return;
	atomic_store_explicit(&map->inside, NULL, memory_order_relaxed);
	atomic_store_explicit(&map->shared->writer, 0, memory_order_relaxed);
	pthread_mutex_unlock(&map->shared->gate);
}
