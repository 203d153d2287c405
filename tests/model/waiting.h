/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait, against a model in memory. What waits is no part of a transaction, so there is no journal of it;
 * instead the test drives the processes, the actors: it tells each what to call, and sees it return.
 *
 * The model is not one state but all that there may be: worlds. Each call takes effect at some moment between its
 * beginning and its return, in one commit, or two where it waits; which came first, and whether one that was killed
 * still did it, nobody told. So each answer, each death, and each look at the object leaves those worlds that agree
 * with it; when none is left the store has done what it must not. When in every world something has still to come, and
 * nothing comes, somebody was not woken, or waits for the dead.
 *
 * A kind is a file: what a call does to the store (act), and which worlds one commit leads to (move).
 */
#ifndef TESTS_MODEL_WAITING_H
#define TESTS_MODEL_WAITING_H

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdint.h>

#define ACTORS 4
/* Who died: its records in the store are nobody's any more. */
#define DEAD ACTORS
#define NOBODY (-1)

enum phase {
	IDLE,
	ASKED, /* nothing of the call has taken effect yet */
	DONE,  /* all of it has, and *code and *value are what it answers; it has not been seen to return */
	WAITS, /* from here on it is the kind's own: what it waits for */
};

enum life {
	GONE, /* dead, and what it had is DEAD's */
	DOOMED, /* killed, or about to be: others may find it alive or dead */
	LIVES,
};

/* All members of worlds are int32_t, so that two of them can be compared as bytes. */
struct actor {
	int32_t life, phase;
	int32_t op, a, timeout_ms; /* what it was told */
	int32_t code, value;
	int32_t of_kind[2];
};

struct world {
	struct actor actors[ACTORS];
	int32_t of_kind[48];
};

struct worlds;

/* Adds a world that may come next. `must`: something goes on there; else it may stay as it is for ever. */
void worlds_add(struct worlds *worlds, const struct world *world, bool must);

static inline void actor_done(struct world *world, int actor, int code, int value)
{
	world->actors[actor].phase = DONE;
	world->actors[actor].code = code;
	world->actors[actor].value = value;
}

struct waiting {
	const char *name;
	int ops;
	/* Opens, or creates, what is called; in the test first, then in each actor. */
	void (*open)(struct pks_store *store);
	/* Makes the call, in an actor. `a`: 0 to 9999; timeouts are 0, a few milliseconds, or -1. */
	int (*act)(int op, int a, int timeout_ms, int *value_out);
	/* Before the first call. *world is all zero, and the actors live. */
	void (*begin)(struct world *world);
	/* Adds the worlds that one commit of this actor, which is not idle, may lead to. */
	void (*move)(const struct world *world, int actor, struct worlds *next);
	/* All that is this actor's is DEAD's from now on. */
	void (*die)(struct world *world, int actor);
	/* Reads the object as it is now; then tells of each world whether it may be so. `pids`: the living actors'. */
	void (*look)(const pid_t *pids);
	bool (*agrees)(const struct world *world);
};

extern const struct waiting waiting_barrier, waiting_condition, waiting_event, waiting_one_way, waiting_pipe,
	waiting_semaphore, waiting_shared_condition;

/* So many calls, in a new store, with kill -9 among them. */
void waiting_run(const struct waiting *kind, unsigned seed, int calls);

#endif
