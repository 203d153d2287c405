/* SPDX-License-Identifier: MIT */
/*
 * Which attempt of a process has written a line of its output: the Log holds them all, one behind the other, and when
 * each line was kept. All that an attempt has written is kept before it has ended, and so before the next is submitted.
 */
#ifndef TOOLS_ATTEMPTS_H
#define TOOLS_ATTEMPTS_H

#include <pkstore/process.h>

/* More than a process's history holds, and the last one. */
#define ATTEMPTS_MAX 32

struct attempts {
	struct attempt {
		uint64_t number;
		uint64_t submitted_ns; /* since 1970 */
		uint64_t started_ns;
	} known[ATTEMPTS_MAX]; /* those that have run, as far as they are remembered: the oldest first */
	size_t count;
	size_t at; /* whose the last line was */
};

/* `path` is for messages. */
void attempts_read(struct attempts *attempts, struct pks_object *process, const char *path);
/* Whether another one has begun since then. */
bool attempts_are_old(const struct attempts *attempts, struct pks_object *process, const char *path);

/*
 * Whose the next line is. Lines are to be told in their order: a clock that was set back does not give one to an
 * earlier attempt again. NULL: it is not known, as of those that the history has no room for.
 */
const struct attempt *attempts_of(struct attempts *attempts, const struct pks_value *line);

/* By its number; 0 is the last one, -1 the one before. NULL: it is not known. */
const struct attempt *attempts_find(const struct attempts *attempts, int64_t number);

#endif
