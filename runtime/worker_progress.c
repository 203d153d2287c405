/* SPDX-License-Identifier: MIT */
/*
 * Progress. Each word goes to the witness, where it is at once what a report would tell; the store gets the first one,
 * so that who looks sees that there is any, and then one a second, the pace of people who watch. A commit for each
 * would make a loop that reports every item as slow as the store, and all other writers with it. The last one is
 * committed with the end of the process.
 */
#include "worker.h"

#include "base/clock.h"
#include "base/error.h"
#include "layer.h"
#include "report.h"

#include <pkstore/report.h>

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

/* A handler may have threads. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int save(struct pks_object *process, uint64_t time_ns, const char *text)
{
	struct pks_value value = {0};
	int r = pks_value_pack(&value, "{s:t, s:s}", "time", (int64_t)time_ns, "text", text);

	if (r == 0)
		r = layer_attr_set(process, PROGRESS_ATTR, &value);
	pks_value_clear(&value);
	return r;
}

/* Whether to commit it now. Inside a transaction of the handler's it would share that one's fate. */
static bool is_due(struct witness *witness, struct pks_store *store)
{
	int64_t now = clock_monotonic();
	bool due = (witness->saved_at == 0 || now - witness->saved_at >= PKS_PROGRESS_MS * CLOCK_NS_PER_MS) &&
		   !layer_in_transaction(store);

	if (due)
		witness->saved_at = now;
	witness->unsaved = !due;
	return due;
}

static int say(struct worker *worker, struct pks_object *self, const char *text)
{
	uint64_t time_ns = clock_wall();
	bool due;

	pthread_mutex_lock(&lock);
	witness_progress(&worker->witness, time_ns, text);
	due = is_due(&worker->witness, worker->store);
	pthread_mutex_unlock(&lock);
	return due ? save(self, time_ns, text) : 0;
}

int pks_progress(struct pks_object *self, const char *format, ...)
{
	char text[WITNESS_TEXT_SIZE + 1];
	struct worker *worker;
	va_list args;
	int r = layer_check(self, RECORD_TYPE);

	if (r < 0)
		return r;
	worker = worker_of(self);
	if (!worker)
		return error_set(PKS_ERR_USAGE, "progress can be told inside the process's own handler only");
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	witness_cut(text);
	return say(worker, self, text);
}

int worker_save_progress(const struct worker *worker, struct pks_object *process)
{
	const struct witness_notes *notes = worker->witness.notes;
	const struct witness_progress *progress;
	int r;

	if (!worker->witness.unsaved || !notes)
		return 0;
	progress = witness_last_progress(notes, &(struct witness_run){notes->process, notes->attempt});
	r = progress ? save(process, progress->time_ns, progress->text) : 0;
	/* What is no text is no reason for the end not to be recorded. */
	return r == PKS_ERR_SYNTAX ? 0 : r;
}
