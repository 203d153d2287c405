/* SPDX-License-Identifier: MIT */
/*
 * Measuring one thing against a control, in one run: their repetitions take turns, so that what slows the machine down
 * slows both; medians are compared. Nothing here fails because of a time.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>

/* Repetitions of each side; odd, for the median. */
#define BENCH_REPETITIONS 7

enum bench_goal { AT_LEAST, AT_MOST };

struct bench {
	const char *name;
	/* One repetition each: the nanoseconds that it took per operation. */
	double (*ours)(void *arg);
	double (*control)(void *arg);
	void *arg;
	enum bench_goal kind; /* AT_LEAST compares speeds, ours / control; AT_MOST durations, ours / control */
	double goal; /* 0: none, the row is there to compare */
};

/* The table's head, then a row per bench: name, ours, control, ratio, goal, met or missed. */
void bench_head(void);
void bench_run(const struct bench *bench);
/* A row of sizes in bytes. A control of 0 is none: the goal is then for `ours` itself; a goal of 0 is none, too. */
void bench_bytes(const char *name, double ours, double control, enum bench_goal kind, double goal);

int64_t bench_now(void);
/* Prints what failed, with the thread's pkstore error, and exits. */
_Noreturn void bench_die(const char *what);
#define BENCH_MUST(call) ((call) == 0 ? (void)0 : bench_die(#call))

/* A fresh directory on /dev/shm, removed at exit. */
const char *bench_dir(void);
/* `directory/name`, to be kept until exit. */
char *bench_path(const char *name);

/* A fixed sequence of numbers, the same in each run (xorshift). */
uint64_t bench_random(uint64_t *state);

#endif
