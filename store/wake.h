/* SPDX-License-Identifier: MIT */
/*
 * The `wake` file: memory that the processes of a store share, to wake each other up and to wait for the write lock
 * with a timeout. It is a convenience, never the truth: it can be deleted at any time, by anybody, and is then made
 * anew within PKS_RECHECK_MS by those who use it; until all have noticed, wake-ups between old and new ones are late by
 * at most that, and the engine's own lock alone keeps writers apart.
 */
#ifndef STORE_WAKE_H
#define STORE_WAKE_H

#include "base/patience.h"

#include <stdbool.h>
#include <stdint.h>

struct wake;

/* Opens or creates it in a store's directory. The caller holds the directory's lock. */
int wake_open(int dir_fd, const char *path, struct wake **wake_out);
void wake_close(struct wake *wake);

/* ---- objects: one word for all, waiters told apart by 32 bits ---- */

static inline uint32_t wake_bit(uint64_t object_id)
{
	return UINT32_C(1) << (object_id & 31);
}

/* What to pass to wake_wait(); to be read before looking at the truth. */
uint32_t wake_word(struct wake *wake);
/*
 * Sleeps until wake_post() with one of the `bits`, or until `deadline` (CLOCK_MONOTONIC nanoseconds), and never longer
 * than PKS_RECHECK_MS; returns at once if the word is not `seen` any more. May wake for nothing. Looks before it
 * sleeps, as long as the wait's patience lasts, and may then return after any post; so do the others that wait.
 */
void wake_wait(struct wake *wake, uint32_t seen, uint32_t bits, int64_t deadline, struct patience *patience);
/* After a commit that changed objects of these bits. No system call when nobody waits for them. */
void wake_post(struct wake *wake, uint32_t bits);
/* The bits that somebody waits for; also some that nobody does any more. */
uint32_t wake_waiters(struct wake *wake);

/* ---- channels: each wakes as many sleepers as there is work for ---- */

#define WAKE_CHANNELS 64

uint32_t wake_channel_word(struct wake *wake, unsigned channel);
void wake_channel_wait(struct wake *wake, unsigned channel, uint32_t seen, int64_t deadline,
                       struct patience *patience);
void wake_channel_post(struct wake *wake, unsigned channel, int sleepers);
/*
 * Somebody who is awake says that it will look soon itself: until `until` (CLOCK_MONOTONIC nanoseconds, to a
 * microsecond) posts wake nobody, of those for more than one sleeper only if it is enough for `any`. What was posted
 * meanwhile is for who promised to see to, whatever comes. One promise is in force at a time.
 */
struct wake_promise {
	int64_t until;
	uint32_t owner; /* 1 to WAKE_OWNERS; whose two owners share it takes theirs for his */
	bool any;
};

#define WAKE_OWNERS 511

/* False when another owner's is in force. Replaces its own. */
bool wake_channel_promise(struct wake *wake, unsigned channel, const struct wake_promise *promise);
/* Takes back its own. */
void wake_channel_promise_end(struct wake *wake, unsigned channel, uint32_t owner);
/* Whether another owner's is in force. */
bool wake_channel_is_promised(struct wake *wake, unsigned channel, uint32_t owner);
/* How many sleepers all posts so far were for, whether they have woken any or not. */
uint32_t wake_channel_posted(struct wake *wake, unsigned channel);

/* ---- turns: of those who wait for the same thing, as many are woken as there is of it ----
 *
 * As channels, but any number of things can be waited for: a Queue's next item, one waiter's turn at a Lock. A thing is
 * a 64-bit key; keys share WAKE_TURNS channels, and those who share one are woken together, some of them for nothing.
 */

/* 32 KiB of the file; few programs wait for as many things at a time. */
#define WAKE_TURNS 512

/* The thing `what` of an object; never 0. */
static inline uint64_t wake_turn(uint64_t object_id, uint64_t what)
{
	return (object_id * UINT64_C(0x9e3779b97f4a7c15) ^ (what + 1) * UINT64_C(0xc2b2ae3d27d4eb4f)) | 1;
}

uint32_t wake_turn_word(struct wake *wake, uint64_t turn);
void wake_turn_wait(struct wake *wake, uint64_t turn, uint32_t seen, int64_t deadline, struct patience *patience);
void wake_turn_post(struct wake *wake, uint64_t turn, int sleepers);

/* ---- the writers' gate: who writes, and a wait for it that ends ---- */

/*
 * Enters; at most one thread of all that use this file is inside. Taken before the engine's write lock, which has no
 * timeout. A holder that dies is noticed at once (a robust mutex). Returns 0, or PKS_ERR_BUSY with a message that names
 * the holder's pid, whether it is stopped, and for how long it has been writing.
 */
int wake_writer_enter(struct wake *wake, uint32_t timeout_ms);
/* By the thread that entered. */
void wake_writer_leave(struct wake *wake);
/* Who is inside: 0 nobody. */
int64_t wake_writer(struct wake *wake, uint64_t *since_ns_out);

/* ---- when commits were made ---- */

/*
 * The thread inside the gate has made the commit of that number. True when it is to call wake_alarm(): before that
 * there were commits of which nobody told, by a program that writes the files without this library, or by one that was
 * killed in between.
 */
bool wake_commit_note(struct wake *wake, uint64_t commit);
/* Wakes all who sleep for whatever it may be. */
void wake_alarm(struct wake *wake);
/*
 * For how long, in nanoseconds, there has certainly been a later commit than this one: since the first later one whose
 * time is known. 0: not known. The last few are known, and of the former ones less and less: the answer is more than
 * half of the truth unless there were long pauses, or foreign writers.
 */
uint64_t wake_commit_age(struct wake *wake, uint64_t commit);

#endif
