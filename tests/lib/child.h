/* SPDX-License-Identifier: MIT */
/*
 * Child processes of a test. They tell by their exit status; the test asserts.
 *
 *     pid_t pid = child_start(read_it, path);
 *     cr_expect_eq(child_wait(pid), 0);
 */
#ifndef TESTS_LIB_CHILD_H
#define TESTS_LIB_CHILD_H

#include <stddef.h>
#include <sys/types.h>

/* Runs fn(arg) in a child, whose exit status is what it returns. The child does not outlive the test. */
pid_t child_start(int (*fn)(void *arg), void *arg);

/* Waits for its end: its exit status, or minus the signal that killed it. */
int child_wait(pid_t pid);
/* Kills it with SIGKILL and waits for its end. */
void child_kill(pid_t pid);
/* Stops it with SIGSTOP and waits until it is; child_continue() lets it go on. */
void child_stop(pid_t pid);
void child_continue(pid_t pid);

/* Zeroed memory that the test shares with the children it starts later. Never NULL. */
void *child_shared(size_t size);

/* ---- a flag that one process raises and others wait for ---- */

struct child_flag {
	int fds[2];
};

struct child_flag child_flag(void);
void child_flag_raise(struct child_flag *flag);
/* Waits until it was raised, as often as it was; -1 when all who could raise it are dead. */
int child_flag_wait(struct child_flag *flag);

#endif
