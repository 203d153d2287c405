/* SPDX-License-Identifier: MIT */
/*
 * Finding what a pool started, wherever it is by now: a process may leave its parent, its group and its session, but it
 * inherits its environment. (One that clears it, and detaches itself as well, is found only while the supervisor lives,
 * as its child.)
 */
#ifndef RUNTIME_SWEEP_H
#define RUNTIME_SWEEP_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether the process was started with `mark` (NAME=value), or with something below it (NAME=value/...), in its
 * environment. Only the caller's own user's processes can be asked.
 */
bool sweep_is_marked(pid_t pid, const char *mark);

/*
 * Reads the whole variable of which `mark` is, up to a slash, the beginning. Returns 0, or PKS_NOT_FOUND when there is
 * none, or nothing behind the slash, or more than fits.
 */
int sweep_read_mark(pid_t pid, const char *mark, char *mark_out, size_t size);

/* Reads a variable that the process was started with. 0, or PKS_NOT_FOUND when it has none, or more than fits. */
int sweep_read_variable(pid_t pid, const char *name, char *text_out, size_t size);

/*
 * Kills every process so marked but the calling one and `spared` (0: none), again and again until there is none left,
 * and all of them have ended. Returns 0, or PKS_TIMED_OUT when some are left.
 */
int sweep_kill_marked(const char *mark, pid_t spared, int timeout_ms);
/*
 * Kills every child of the calling process that spare() does not want spared, and what they leave to it, likewise; the
 * children stay to be waited for.
 */
int sweep_kill_children(bool (*spare)(pid_t pid, void *arg), void *arg, int timeout_ms);

/* Calls each() for every process there is, in no order, until it returns another value than 0, which is forwarded. */
int sweep_each(int (*each)(pid_t pid, void *arg), void *arg);

#endif
