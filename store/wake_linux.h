/* SPDX-License-Identifier: MIT */
/* What wake_linux.c and gate_linux.c share: the `wake` file as it lies in memory. */
#ifndef STORE_WAKE_LINUX_H
#define STORE_WAKE_LINUX_H

#include "base/clock.h"
#include "wake.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>
#include <time.h>

/* Each word that different processes write on a cache line of its own. */
#define WAKE_LINE 64

#define WAKE_MAGIC UINT64_C(0x656b61772d736b70) /* "pks-wake" */

/* Moves when struct wake_shared does. A file of another version is made anew. */
#define WAKE_VERSION 6

/*
 * A coarse clock (CLOCK_..._COARSE) is read in a few nanoseconds, and every commit reads some. It moves a hundred times
 * in a second or more often: what is said to be certain is less by as much.
 */
#define COARSE_NS (CLOCK_NS_PER_S / 100)

static inline int64_t wake_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * CLOCK_NS_PER_S + now.tv_nsec;
}

struct wake_channel {
	_Alignas(WAKE_LINE) atomic_uint_least32_t word;
	atomic_uint_least32_t sleepers; /* 0: certainly nobody sleeps */
	/* Of turns only. */
	atomic_uint_least32_t mixed; /* some of the sleepers wait for something else than the key */
	atomic_uint_least64_t key;   /* what they wait for; 0: nothing yet */
	/* Of the others only. */
	atomic_int_least64_t promise; /* as PROMISE_... in wake_linux.c; 0: none */
	atomic_uint_least32_t posted; /* how much was, in all */
	/* Of both. */
	atomic_uint_least64_t looker; /* what the one who looks before it sleeps waits for; 0: nobody looks */
};

/*
 * Of the commits whose number is divided by 2 just as often as its place says, the last one. So near the last commit
 * nearly each is known, and the distance between known ones is never much more than that to the last commit.
 */
#define WAKE_COMMITS 64

struct wake_commit {
	atomic_uint_least64_t number; /* 0: none, or it is being changed */
	atomic_int_least64_t at;      /* CLOCK_MONOTONIC */
};

struct wake_shared {
	uint64_t magic;
	uint32_t version;
	uint32_t mutex_size; /* tells one C library from another */
	_Alignas(WAKE_LINE) atomic_uint_least32_t word;
	atomic_uint_least32_t want; /* the bits that somebody may sleep for */
	atomic_uint_least32_t look; /* and those that somebody may look for before that */
	/* Written inside the gate. */
	atomic_uint_least64_t last_commit; /* the last that was noted */
	atomic_int_least64_t next_alarm;   /* CLOCK_MONOTONIC */
	atomic_bool strangers;             /* there were commits that nobody noted, and no alarm since */
	_Alignas(WAKE_LINE) pthread_mutex_t gate;
	atomic_int_least64_t writer;       /* the pid of who is inside; 0: nobody */
	atomic_uint_least64_t writer_since; /* nanoseconds since 1970 */
	atomic_uint_least32_t famine; /* until when newcomers let the hungry go first (gate_linux.c); 0: nobody is */
	struct wake_channel channels[WAKE_CHANNELS];
	struct wake_channel turns[WAKE_TURNS];
	struct wake_commit commits[WAKE_COMMITS];
};

/* One mapping of the file. It stays until wake_close(): a thread may hold the gate of a file that was deleted since. */
struct wake_map {
	struct wake_shared *shared;
	dev_t device;
	ino_t inode; /* 0: memory of this process alone, where there can be no file */
	_Atomic(const void *) inside; /* the thread of this process that holds the gate */
	struct wake_map *older;
};

struct wake {
	int dir_fd;
	char *path;
	pid_t pid;
	_Atomic(struct wake_map *) current;
	atomic_int_least64_t next_look; /* when to see whether the file was deleted */
	pthread_mutex_t look_lock;
};

/* The mapping to use now; looks after the file if it is time to. */
struct wake_map *wake_current(struct wake *wake);

/* Sleeps while the word is `seen`, until the deadline, and never longer than PKS_RECHECK_MS. May wake for nothing. */
void futex_wait(atomic_uint_least32_t *word, uint32_t seen, uint32_t bits, int64_t deadline);
/* How many were woken. */
int futex_wake(atomic_uint_least32_t *word, int count, uint32_t bits);

/* Makes the gate of a new file. */
int gate_init(struct wake_shared *shared);

#endif
