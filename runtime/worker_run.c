/* SPDX-License-Identifier: MIT */
/* Running a handler, and what it may call. */
#include "worker.h"

#include "base/error.h"
#include "base/fork.h"
#include "kind.h"
#include "layer.h"
#include "pool.h"
#include "surroundings.h"
#include "watch.h"
#include "within.h"
#include "worker_pause.h"

#include <pkstore/transaction.h>

#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a handler returns becomes an exit status, which is a byte. */
#define EXITCODE_MAX 255

/* The run of this worker, which has one at a time. */
struct run {
	struct worker *worker;
	struct worker_outcome *outcome;
	atomic_uint waiting; /* threads of the handler that wait for other processes */
};

static _Atomic(struct run *) current;

/* ---- the outcome ---- */

void worker_outcome_release(struct worker_outcome *outcome)
{
	pks_object_close(outcome->claim.process);
	pks_value_clear(&outcome->result);
	pks_value_clear(&outcome->report);
	free(outcome->error);
	memset(&outcome->end, 0, sizeof(outcome->end));
	memset(&outcome->death, 0, sizeof(outcome->death));
	outcome->claim.process = NULL;
	outcome->error = NULL;
	outcome->ran = NULL;
	atomic_store(&outcome->keeper, false);
}

static void set_error(struct worker_outcome *outcome, const char *format, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	free(outcome->error);
	outcome->error = text;
}

static void end_failed(struct worker_outcome *outcome, int exitcode)
{
	outcome->end = (struct record_end){
	    .event = EVENT_FAIL,
	    .has_exitcode = true,
	    .exitcode = exitcode,
	    .error = outcome->error ? outcome->error : "failed, and out of memory to say why",
	};
}

void worker_outcome_fail(struct worker_outcome *outcome, int exitcode, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set_error(outcome, format, args);
	va_end(args);
	end_failed(outcome, exitcode);
}

/* ---- what a handler calls ---- */

struct worker *worker_of(const struct pks_object *process)
{
	struct run *run = atomic_load(&current);

	if (!run || pks_object_id(process) != pks_object_id(run->outcome->claim.process) ||
	    pks_object_store(process) != run->worker->store)
		return NULL;
	return run->worker;
}

bool worker_runs(const struct pks_object *process)
{
	return worker_of(process) != NULL;
}

struct pks_object *worker_self(void)
{
	struct run *run = atomic_load(&current);

	return run ? run->outcome->claim.process : NULL;
}

void worker_keep(void)
{
	struct run *run = atomic_load(&current);

	if (run)
		atomic_store(&run->outcome->keeper, true);
}

uint64_t worker_process(const struct pks_store *store)
{
	struct run *run = atomic_load(&current);

	return run && run->worker->store == store ? pks_object_id(run->outcome->claim.process) : 0;
}

int pks_return_value(struct pks_object *self, const struct pks_value *value)
{
	struct run *run = atomic_load(&current);
	struct pks_value copy;
	int r;

	if (!self || !value)
		return error_again();
	if (!worker_runs(self))
		return error_set(PKS_ERR_USAGE, "a result can be set inside the process's own handler only");
	r = pks_value_copy(value, &copy);
	if (r < 0)
		return r;
	pks_value_clear(&run->outcome->result);
	run->outcome->result = copy;
	return 0;
}

int pks_return(struct pks_object *self, const char *format, ...)
{
	struct pks_value value = {0};
	va_list args;
	int r;

	va_start(args, format);
	r = pks_value_vpack(&value, format, args);
	va_end(args);
	if (r == 0)
		r = pks_return_value(self, &value);
	pks_value_clear(&value);
	return r;
}

int pks_fail(struct pks_object *self, const char *format, ...)
{
	struct run *run = atomic_load(&current);
	va_list args;

	va_start(args, format);
	if (self && worker_runs(self))
		set_error(run->outcome, format, args);
	va_end(args);
	return 1;
}

/* ---- the run ---- */

/* Asked at the begin of each of the handler's write transactions. */
static int guard(struct pks_store *store, void *arg)
{
	const struct run *run = arg;
	struct process_state state;

	return worker_fence(run->worker, &run->outcome->claim, &state);
}

/* Whether there was anything to be ended. */
static bool end_transactions(struct pks_store *store)
{
	bool open = layer_in_transaction(store);

	while (layer_in_transaction(store) && (pks_abort(store) == 0 || pks_snapshot_end(store) == 0))
		;
	return open;
}

/*
 * A handler that blocked or caught SIGTERM did so for itself, not for the next one. One that comes now came too late
 * for it: it is held off until the end is recorded, which else would be lost (worker_take_signals()).
 */
static void reset_signals(void)
{
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_SETMASK, &term, NULL);
	signal(SIGTERM, SIG_DFL);
}

void worker_take_signals(bool forget_sigterm)
{
	sigset_t none;

	/* Ignoring a signal forgets the one that is held. */
	if (forget_sigterm) {
		signal(SIGTERM, SIG_IGN);
		signal(SIGTERM, SIG_DFL);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void judge(struct worker_outcome *outcome, int returned, bool left_open)
{
	const char *message = returned == pks_error_code() ? pks_error_message() : "";

	if (left_open) {
		worker_outcome_fail(outcome, 1, "its handler left a transaction open, which was aborted");
	} else if (returned == 0) {
		outcome->end = (struct record_end){.event = EVENT_SUCCEED, .has_exitcode = true};
		if (outcome->result.size)
			outcome->end.result = &outcome->result;
	} else if (returned < 0) {
		worker_outcome_fail(outcome, 1, "%s%s%s", pks_strerror(returned), *message ? ": " : "", message);
	} else {
		if (!outcome->error)
			worker_outcome_fail(outcome, 1, "its handler returned %d", returned);
		end_failed(outcome, returned > EXITCODE_MAX ? EXITCODE_MAX : returned);
	}
}

static void prepare(struct run *run, struct pks_object *self)
{
	struct pks_store *store = run->worker->store;

	layer_set_syslog_process(store, self);
	layer_set_guard(store, guard, run);
	atomic_store(&current, run);
}

static void finish(struct run *run)
{
	struct pks_store *store = run->worker->store;

	atomic_store(&current, NULL);
	layer_set_guard(store, NULL, NULL);
	layer_set_syslog_process(store, NULL);
	reset_signals();
}

/* The process is settled as the handler's own code says, so the guard is gone before the next turn records it. */
static void run_handler(struct worker *worker, const struct pks_handler *handler, struct worker_outcome *outcome)
{
	struct run run = {.worker = worker, .outcome = outcome};
	struct pks_object *self = outcome->claim.process;
	uint64_t mark = layer_handles_mark(worker->store);
	bool left_open;
	int returned;

	prepare(&run, self);
	outcome->ran = handler;
	returned = handler->run(self);
	/* A child that the handler forked, and that came back from it, too, is no worker. */
	if (fork_current() != worker->fork_mark)
		_exit(returned == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
	left_open = end_transactions(worker->store);
	finish(&run);
	judge(outcome, returned, left_open);
	watcher_forget(worker->store);
	layer_handles_close_since(worker->store, mark);
}

struct kind_setting {
	struct worker *worker;
	const struct worker_outcome *outcome;
	const struct pks_handler *kind;
};

static int meet(struct pks_store *store, void *arg)
{
	const struct kind_setting *setting = arg;
	struct process_state state;
	int r = worker_fence(setting->worker, &setting->outcome->claim, &state);

	return r == 0 ? kind_meet(setting->outcome->claim.process, setting->kind) : r;
}

/* Where the program that created the process does not hold its kind, that sees it for the first time here. */
static int meet_kind(struct worker *worker, const struct pks_handler *kind, const struct process_options *options,
		     const struct worker_outcome *outcome)
{
	struct kind_setting setting = {worker, outcome, kind};

	if ((!kind->defaults || options->kind) && (!kind->on_exit || options->on_exit))
		return 0;
	return pks_atomically(worker->store, meet, &setting);
}

/* ---- the word at the end of another process, whose worker is dead ---- */

/* The one that this worker says. */
static struct {
	const struct pks_handler *kind;
	uint64_t process;
} word;

/* What was dropped meanwhile is not heard of any more. */
static int say_word(struct pks_object *self)
{
	struct pks_object *process = pks_object_from_id(pks_object_store(self), word.process);

	if (process && word.kind->on_exit)
		word.kind->on_exit(process);
	/* As worker_on_exit() does. */
	end_transactions(pks_object_store(self));
	return 0;
}

static const struct pks_handler word_handler = {.name = "on_exit", .run = say_word};

bool worker_was_word(const struct worker_outcome *outcome)
{
	return outcome->ran == &word_handler && outcome->end.event == EVENT_SUCCEED;
}

void worker_run(struct worker *worker, const struct pks_handler *handler, struct worker_outcome *outcome)
{
	struct surroundings surroundings;
	struct process_options options;
	int r = 0;

	process_options_init(&options);
	if (outcome->claim.options)
		r = process_options_read(outcome->claim.process, &options);
	if (r == 0 && options.exit_of) {
		word.kind = handler;
		word.process = options.exit_of;
		handler = &word_handler;
	}
	if (r == 0)
		r = meet_kind(worker, handler, &options, outcome);
	if (r == 0)
		r = surroundings_enter(&surroundings, worker->store, &options);
	if (r == 0) {
		run_handler(worker, handler, outcome);
		surroundings_leave(&surroundings, worker->store, &worker->output);
	} else {
		worker_outcome_fail(outcome, 1, "%s", pks_error_message());
	}
	process_options_release(&options);
}

/* ---- after the end ---- */

bool worker_has_on_exit(const struct worker_outcome *outcome)
{
	return outcome->ran && outcome->ran->on_exit;
}

/* The end is recorded: nothing that happens here changes it, not even the worker's death. */
void worker_on_exit(struct worker *worker, const struct worker_outcome *outcome)
{
	struct pks_object *self = outcome->claim.process;
	uint64_t mark = layer_handles_mark(worker->store);

	layer_set_syslog_process(worker->store, self);
	output_silence();
	outcome->ran->on_exit(self);
	if (fork_current() != worker->fork_mark)
		_exit(EXIT_SUCCESS);
	output_restore(&worker->output);
	end_transactions(worker->store);
	layer_set_syslog_process(worker->store, NULL);
	reset_signals();
	worker_take_signals(false);
	layer_handles_close_since(worker->store, mark);
}

/* ---- waiting for others ---- */

/* Notes of several threads may commit in any order, so each writes what is so by then. */
static int note_waiting(struct pks_store *store, void *arg)
{
	struct run *run = arg;
	struct process_state state;
	/* It may be waiting for one of its own lot. */
	int r = worker_lot_close(run->worker);

	if (r == 0)
		r = worker_fence(run->worker, &run->outcome->claim, &state);
	if (r < 0)
		return r;
	state.waiting = atomic_load(&run->waiting) > 0;
	return record_write(run->outcome->claim.process, &state);
}

/* A note that cannot be written costs the pool a place for a while, or leaves it one too many; the wait goes on. */
static void note(struct pks_store *store, struct run *run)
{
	if (pks_atomically(store, note_waiting, run) == 0) {
		worker_lot_closed(run->worker);
		pool_notify(store);
	}
}

bool worker_pause(struct pks_store *store)
{
	struct run *run = atomic_load(&current);

	if (!run)
		return within_pause(store);
	if (run->worker->store != store)
		return false;
	if (atomic_fetch_add(&run->waiting, 1) == 0)
		note(store, run);
	return true;
}

void worker_resume(struct pks_store *store)
{
	struct run *run = atomic_load(&current);

	if (!run)
		within_resume(store);
	else if (atomic_fetch_sub(&run->waiting, 1) == 1)
		note(store, run);
}

static int check_waiting(struct pks_object *self)
{
	int r = layer_check(self, RECORD_TYPE);

	if (r < 0)
		return r;
	if (!worker_runs(self))
		return error_set(PKS_ERR_USAGE, "waiting can be told inside the process's own handler only");
	if (layer_in_transaction(pks_object_store(self)))
		return error_set(PKS_ERR_USAGE, "waiting inside a transaction, in which nothing would change");
	return 0;
}

int pks_waiting_begin(struct pks_object *self)
{
	int r = check_waiting(self);

	if (r == 0)
		worker_pause(pks_object_store(self));
	return r;
}

int pks_waiting_end(struct pks_object *self)
{
	int r = check_waiting(self);

	if (r == 0 && atomic_load(&atomic_load(&current)->waiting) == 0)
		r = error_set(PKS_ERR_USAGE, "an end of waiting without a beginning");
	if (r == 0)
		worker_resume(pks_object_store(self));
	return r;
}
