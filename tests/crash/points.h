/* SPDX-License-Identifier: MIT */
/*
 * Operations of the store, killed at each of their points: at the stops at system calls, and in the long form also
 * every so many instructions. After each death another process does the same operation, and goes on within GOES_ON_MS;
 * what was told to the dead one holds, nothing is lost or doubled, and pks_check() finds nothing.
 */
#ifndef TESTS_CRASH_POINTS_H
#define TESTS_CRASH_POINTS_H

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* For ever, to a test. */
#define FAR_MS 20000

/*
 * The bound of what is promised, "within a second", on a machine that has other things to do as well. The longest time
 * that was measured is printed.
 */
#define GOES_ON_MS 5000

extern struct pks_store *points_store;

struct operation {
	const char *name;
	/* Opens what it works with: in the test, and in each process once more. */
	void (*open)(struct pks_store *store);
	/* In the test, before each death; may be NULL. `number` is another one each time, from 1. */
	void (*prepare)(int number);
	/*
	 * Who is killed. If NULL, a child of the test, in which ready(), which may be NULL, is called before the first
	 * point, and then act(). Else a process that is there, and act() is called in the test when that one stands
	 * still: what it then does is over when over() says so. All return 0.
	 */
	pid_t (*victim)(int number);
	int (*ready)(int number);
	int (*act)(int number);
	bool (*over)(int number);
	/*
	 * In the test, after each death: does the same, calls points_went_on() as soon as that is done, and looks.
	 * `told`: the operation had returned; false for a victim.
	 */
	void (*check)(int number, bool told);
	/* What another process does without end meanwhile; may be NULL. Returns not 0, or it is done again. */
	int (*meanwhile)(void);
	/* In the test, before the store is closed; may be NULL. */
	void (*end)(void);
	/* What check() does first is right though nobody has written to the store since the death. */
	bool reads_first;
	/* In the short form no more deaths than so many, at points spread over all there are; 0: at all of them. */
	int deaths;
};

void points_run(const struct operation *operation);

/* The others went on. */
void points_went_on(void);

/* What the dead one wants the test to know: memory that outlives it. */
extern int64_t *points_note;

#endif
