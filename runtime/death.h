/* SPDX-License-Identifier: MIT */
/* What the death of a worker means for the process that it ran. Pure. */
#ifndef RUNTIME_DEATH_H
#define RUNTIME_DEATH_H

#include "record.h"

#define DEATH_TEXT_SIZE 512

/*
 *     wait status            has its program    has it not (process_state.entered)
 *     exit 0                 finished           failed 1, "... does not call pks_worker_main()"
 *     exit N                 failed N           failed N, likewise; 127 as of a program that could not be loaded
 *     killed by signal N     crashed -N         crashed -N
 *
 * `program` is named in the texts. end_out->error points into `text`.
 */
void death_end(int wait_status, bool entered, const char *program, char text[DEATH_TEXT_SIZE],
	       struct record_end *end_out);

/* The same for one that nobody could wait for: crashed, without an exitcode. */
void death_unknown(struct record_end *end_out);
/* And for one that pks_killall() ended. */
void death_killed(struct record_end *end_out);

#endif
