/* SPDX-License-Identifier: MIT */
/*
 * The handler of the model of running processes (model/running.h): says that it runs, and ends as its argument wants
 * it. To say so it appends to the Log "journal", in one transaction with the look at what it says.
 */
#include "model/running.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

static int say_that_it_runs(struct pks_object *self)
{
	struct pks_store *store = pks_object_store(self);
	struct pks_object *journal = pks_log_open(store, RUNNING_JOURNAL, PKS_MUST_EXIST);
	struct play play = {.op = PLAY_RUN, .id = pks_object_id(self)};
	int r = journal ? pks_begin(store) : pks_error_code();

	if (r < 0)
		return r;
	r = play_look(self, &play.before);
	play.after = play.before;
	if (r == 0)
		r = play_write(journal, &play);
	pks_object_close(journal);
	if (r == 0)
		return pks_commit(store);
	pks_abort(store);
	return r;
}

static int end(enum manner manner)
{
	const struct timespec time = {.tv_nsec = 3000000};

	if (manner == MANNER_SLEEPS)
		nanosleep(&time, NULL);
	if (manner == MANNER_DIES)
		raise(SIGKILL);
	while (manner == MANNER_STAYS || manner == MANNER_STAYS_IN_SPITE)
		pause();
	return manner == MANNER_FAILS ? PLAY_EXITCODE : 0;
}

PKS_PROCESS(play)
{
	int manner, r = pks_process_argsf(self, "[i]", &manner);

	if (manner == MANNER_STAYS_IN_SPITE)
		signal(SIGTERM, SIG_IGN);
	if (r == 0)
		r = say_that_it_runs(self);
	return r == 0 ? end(manner) : r;
}
