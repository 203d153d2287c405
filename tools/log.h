/* SPDX-License-Identifier: MIT */
/* What `pkstore log` shows: a Log, or what a process has written, which is one with attempts (attempts.h) in it. */
#ifndef TOOLS_LOG_H
#define TOOLS_LOG_H

#include "attempts.h"

#include <pkstore/log.h>

struct log {
	struct pks_store *store;
	struct pks_object *log;
	struct pks_object *process; /* whose output the Log is; NULL: it is a Log of its own */
	const char *path;
	int64_t lines; /* negative: all */
	bool follow;

	/* of a process's output */
	struct attempts attempts;
	bool one_attempt;
	int64_t wanted;   /* which: its number, or as attempts_find() counts backwards */
	uint64_t attempt; /* whose line was printed last; of one alone its number */
	uint64_t skip;    /* lines before the first one that is printed */
};

/* The attempts that there are; ends the program when the one that is wanted is not among them. */
void log_output_attempts(struct log *log);
/* Of one attempt the last lines are not the last ones of the Log: sets how many are to be left out. In a snapshot. */
void log_output_count(struct log *log);
/* Prints a line, if it is one of those that are wanted. */
void log_output_print(struct log *log, const struct pks_value *line);
/* Whether there can be more: always, of a Log that is no process's. */
bool log_goes_on(struct log *log);

#endif
