/* SPDX-License-Identifier: MIT */
/*
 * Random operations by several processes against a model in memory.
 *
 * Each transaction of a process does a few steps, and appends each of them with what it answered to a journal, a Log
 * in the same store. So the journal has just the steps that were committed, in the order of the commits, however the
 * processes were killed; and a model that does them one by one must answer the same, and in the end be the same as the
 * store. After each round pks_check() must find nothing.
 *
 * A kind is a file: what a step does to the store (act), and what it does to the model (replay).
 */
#ifndef TESTS_MODEL_MODEL_H
#define TESTS_MODEL_MODEL_H

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdint.h>

struct step {
	int kind, op;    /* which one, of which kind */
	int64_t a, b;    /* its arguments: random numbers from 0 to STEP_MAX */
	int code;        /* what it answered: 0 or a condition */
	int64_t value;   /* and what came with it; 0: nothing */
	int64_t life;    /* of the process that did it: no other one ever has the same number */
	/* In a replay, what it answered: for what no model can know, who is dead. */
	int told;
	int64_t told_value;
};

#define STEP_MAX 9999

struct kind {
	const char *name;
	int ops;
	/*
	 * Does the step inside the thread's transaction, and sets code and value. Returns 0, or a negative code where
	 * the step cannot have failed.
	 */
	int (*act)(struct pks_store *store, struct step *step);
	/* Does it to the model; *step has what was asked, and gets what must have been answered. */
	void (*replay)(struct step *step);
	/* Whether the store is as the model, inside a snapshot. */
	void (*compare)(struct pks_store *store);
	/* In the process that acts, which may be NULL: its transaction has ended. */
	void (*ended)(bool committed);
};

extern const struct kind *const kinds[];
extern const int kind_count;
extern const struct kind kind_array, kind_dict, kind_log, kind_names, kind_object, kind_process, kind_queue, kind_sync,
	kind_value;

/* A negative code stays one; a condition is what the step answered. For `return answer(step, pks_dict_del(...));` */
static inline int answer(struct step *step, int r)
{
	if (r >= 0)
		step->code = r;
	return r < 0 ? r : 0;
}

/* ---- random numbers (random.c) ---- */

/* $PKS_MODEL_SEED; or else, in the long form, another one each time. Prints it. */
unsigned model_seed(void);
/* The next number of a sequence, from 0 to 2^31 - 1. */
uint32_t model_random(uint64_t *state);

/* ---- rounds (round.c) ---- */

/* In a replay: all processes up to this number had ended before the present round began. */
int64_t model_dead_lives(void);

/*
 * Opens a new store, in which the rounds are to be, with the model empty. In rounds by turns the seed says everything:
 * which process does which steps when, and where it kills itself. Else all go on at once and the seed says the steps;
 * they are killed by the test, wherever they are.
 */
void model_begin(const char *test, unsigned seed);
void model_round(bool by_turns, int transactions);
void model_end(void);

#endif
