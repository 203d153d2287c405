/* SPDX-License-Identifier: MIT */
/*
 * Kills a process at a given point of what it does: its N-th stop at a system call (each has two, before and behind
 * it), or its N-th instruction. Others see of a process what its system calls do, and what it stores into shared
 * memory; so the first finds every state of the files, the second those of the memory as well, and takes longer.
 *
 * Linux's ptrace(2); the test calls it from one thread.
 */
#ifndef TESTS_LIB_KILLPOINT_H
#define TESTS_LIB_KILLPOINT_H

#include <stdbool.h>
#include <sys/types.h>

enum killpoint_unit { KILLPOINT_CALLS, KILLPOINT_INSTRUCTIONS };

/* In the child: points are counted from here. */
void killpoint_here(void);

/*
 * Starts fn(arg) in a child, as child_start() does, and waits until it is at killpoint_here(). 0 when it may not be
 * traced; the test is then to be skipped.
 */
pid_t killpoint_start(int (*fn)(void *arg), void *arg);

/*
 * Makes a process that runs already stop where it is, to be stepped from there. False when it may not be, or is dead.
 */
bool killpoint_seize(pid_t pid);

/*
 * Lets it go on for so many points. Returns how many it has come: less when it has ended, and *status_out is as
 * waitpid()'s.
 */
long killpoint_step(pid_t pid, enum killpoint_unit unit, long points, int *status_out);

/* Kills it where it stands, and waits for its end. */
void killpoint_kill(pid_t pid);
/* Lets it go on by itself. */
void killpoint_leave(pid_t pid);

#endif
