/* SPDX-License-Identifier: MIT */
#include "worker.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fork.h"
#include "children.h"
#include "command.h"
#include "handler_table.h"
#include "layer.h"
#include "pool_settings.h"
#include "running.h"
#include "target.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- when to go ---- */

/* In a copy of another program nothing of that program's own is to run at the end. */
static _Noreturn void quit(const struct worker *worker, int status)
{
	if (worker->forked)
		_exit(status);
	exit(status);
}

/* Its parent is its supervisor until that dies. */
static bool is_orphan(const struct worker *worker)
{
	return getppid() != worker->order.supervisor;
}

/* Places beyond the pool's size are for as many as wait for others. */
static bool is_surplus(const struct worker *worker)
{
	struct running_list list;
	unsigned size, waiting;
	int r;

	r = pool_size(worker->store, worker->order.pool, worker->order.size_default, &size);
	if (r == PKS_NOT_FOUND)
		return true; /* the pool was removed */
	if (r < 0 || worker->order.slot < size || running_read(worker->store, &list) < 0)
		return false;
	waiting = running_waiting(&list, worker->order.pool);
	running_release(&list);
	return worker->order.slot >= size + waiting;
}

/*
 * A worker without a supervisor would die unnoticed: it leaves the work to the workers of the next one, and sees to it
 * that there is one.
 */
static _Noreturn void leave(struct worker *worker)
{
	if (!worker->order.direct && is_orphan(worker))
		pool_ensure(worker->store);
	output_remove(worker->store, &worker->self);
	witness_remove(worker->store, &worker->self);
	pks_store_close(worker->store);
	quit(worker, WORKER_EXIT_LEFT);
}

/* ---- one process ---- */

/* Executing another program: first the process must be seen to be without one. Both fail into the outcome. */
static void exec_for(struct worker *worker, const char *program, struct worker_outcome *outcome)
{
	int r = worker_note_entered(worker, &outcome->claim, false);

	if (r == 0)
		worker_exec(worker, program, &outcome->claim);
	worker_outcome_fail(outcome, 1, "%s", pks_error_message());
}

/* There is one call at most in a program. */
static const struct worker_call *called;

static int call(struct pks_object *self)
{
	return called->run(self, called->arg);
}

/* A handler that the program holds, or has loaded, itself: what it was forked for. */
static const struct pks_handler *own_handler(const char *text)
{
	char module[PKS_STORE_PATH_SIZE];
	const struct pks_handler *handler;
	struct target target;

	if (target_parse(text, &target) != 0)
		return NULL;
	handler = handler_table_find_any(target.handler);
	return handler && handler_table_module(handler, module) == 0 && strcmp(module, target.module) == 0
		   ? handler
		   : NULL;
}

static const struct pks_handler *forked_handler(const struct worker *worker, const struct worker_claim *claim)
{
	static const struct pks_handler function = {.name = "function", .run = call};

	called = &worker->call;
	return called->run ? &function : own_handler(claim->target);
}

/* That it is about to run, to who waits for that. */
static bool announce(struct worker *worker, struct worker_outcome *outcome)
{
	bool wanted = outcome->claim.announce;

	outcome->claim.announce = false;
	if (!wanted || worker_note_found(worker, &outcome->claim) == 0)
		return true;
	worker_outcome_fail(outcome, 1, "%s", pks_error_message());
	return false;
}

static void run_found(struct worker *worker, const struct pks_handler *handler, struct worker_outcome *outcome)
{
	if (announce(worker, outcome))
		worker_run(worker, handler, outcome);
}

static void perform(struct worker *worker, struct worker_outcome *outcome)
{
	bool own = worker->forked && worker->order.direct;
	const struct pks_handler *handler = own ? forked_handler(worker, &outcome->claim) : NULL;
	struct worker_choice choice;

	witness_begin(&worker->witness, pks_object_id(outcome->claim.process), outcome->claim.attempt);
	if (handler) {
		run_found(worker, handler, outcome);
	} else if (!outcome->claim.target[0] && command_is(outcome->claim.process)) {
		if (announce(worker, outcome))
			worker_command(worker, outcome);
	} else if (worker_choose(worker, &outcome->claim, &choice) < 0) {
		worker_outcome_fail(outcome, 1, "%s", pks_error_message());
	} else if (choice.handler) {
		run_found(worker, choice.handler, outcome);
	} else {
		exec_for(worker, choice.program, outcome);
	}
}

/* ---- the loop ---- */

/*
 * So often in a row is tried what may be this program's own trouble and then never passes: an environment that LMDB has
 * given up (MDB_PANIC, which comes as an I/O error), memory that a handler has leaked. A fresh worker is rid of both.
 */
#define TROUBLE_TRIES 5

/*
 * What may pass by itself: the next try comes within PKS_RECHECK_MS. A full disk and a stopped writer are everybody's
 * trouble, and end only when somebody sees to them: giving up would lose a result for nothing.
 */
static bool may_pass(int code, unsigned tries)
{
	if (code == PKS_ERR_IO || code == PKS_ERR_MEMORY)
		return tries < TROUBLE_TRIES;
	return code == PKS_ERR_BUSY || code == PKS_ERR_NO_SPACE || code == PKS_ERR_MAP_FULL || code == PKS_ERR_READERS;
}

/*
 * An end that cannot be recorded as it is, such as one with too large a result, is recorded as a failure that says so.
 * When not even that is possible the worker gives up, and the supervisor settles the process.
 */
static void turn_failed(struct worker *worker, int code, unsigned tries, struct worker_outcome *outcome, uint32_t seen)
{
	if (may_pass(code, tries))
		layer_channel_wait(worker->store, worker->channel, seen);
	else if (outcome->claim.process && outcome->end.event == EVENT_SUCCEED)
		worker_outcome_fail(outcome, 1, "its result cannot be stored: %s", pks_error_message());
	else
		quit(worker, EXIT_FAILURE);
}

/*
 * So that who has waited for the end has the output, too. What cannot be kept, for good, is not worth more than the
 * end.
 */
static int keep_output(struct worker *worker, const struct worker_outcome *outcome, unsigned tries)
{
	int r = output_copy(worker->store, pks_object_id(outcome->claim.process), &worker->self, true);

	return r < 0 && may_pass(r, tries) ? r : 0;
}

/* With the last lines, which are kept by now; before the transaction that stores it. */
static void report_on(const struct worker *worker, struct worker_outcome *outcome)
{
	if (outcome->death.is_command && !outcome->report.size &&
	    report_build(outcome->claim.process, &worker->self, outcome->claim.attempt, &outcome->death,
			 &outcome->report) != 0)
		outcome->report = (struct pks_value){0};
}

/*
 * How often a worker that has no rest waits for children that handlers have left, and sees whether it is to go: that
 * costs system calls, and nobody waits for it.
 */
#define LOOK_EVERY_NS (10 * CLOCK_NS_PER_MS)

static bool is_to_leave(struct worker *worker)
{
	int64_t now = clock_monotonic();

	if (worker->order.only || (worker->max_processes && worker->order.runs >= worker->max_processes))
		return true;
	if (now < worker->next_look)
		return false;
	worker->next_look = now + LOOK_EVERY_NS;
	children_reap(worker->store);
	return is_orphan(worker) || is_surplus(worker) || worker_outfit_is_over(worker);
}

static void rest(struct worker *worker, uint32_t seen)
{
	layer_channel_wait(worker->store, worker->channel, seen);
	worker->next_look = 0;
}

static bool perform_next(struct worker *worker, struct worker_outcome *outcome)
{
	if (!worker_lot_next(worker, &outcome->claim))
		return false;
	worker->order.runs++;
	perform(worker, outcome);
	return true;
}

/* With the next one of the lot, while the end of what was run is put off. */
static bool go_on(struct worker *worker, struct worker_outcome *outcome, bool special)
{
	if (!outcome->claim.process)
		return false;
	if (special)
		worker_lot_was_special(worker);
	else if (worker_lot_put_off(worker, outcome))
		return perform_next(worker, outcome);
	return false;
}

static _Noreturn void loop(struct worker *worker, struct worker_outcome *outcome)
{
	unsigned tries = 0; /* in a row that failed */

	for (;;) {
		bool written = outcome->claim.process && output_written(&worker->output);
		bool word = outcome->claim.process && worker_has_on_exit(outcome);
		uint32_t seen;
		bool leaving;
		int r;

		if (go_on(worker, outcome,
			  written || word || worker_was_word(outcome) || atomic_load(&outcome->keeper)))
			continue;
		if (!outcome->claim.process)
			worker_gather(worker);
		seen = layer_channel_word(worker->store, worker->channel); /* before the look */
		leaving = is_to_leave(worker);
		r = written ? keep_output(worker, outcome, tries) : 0;
		if (r == 0)
			report_on(worker, outcome);
		if (r == 0)
			r = worker_turn(worker, outcome->claim.process ? outcome : NULL, leaving || written || word);
		if (r < 0) {
			turn_failed(worker, r, ++tries, outcome, seen);
			continue;
		}
		tries = 0;
		if (atomic_load(&outcome->keeper))
			pool_notify(worker->store);
		if (word)
			worker_on_exit(worker, outcome);
		if (worker_was_word(outcome))
			pks_object_drop(outcome->claim.process);
		worker_outcome_release(outcome);
		if (perform_next(worker, outcome))
			continue;
		if (written)
			output_renew(&worker->output, worker->store, &worker->self);
		else if (leaving)
			leave(worker);
		else if (!word)
			rest(worker, seen);
	}
}

/* ---- entering ---- */

/*
 * The process that this program was executed for. When it is not this worker's any more, this may not be the worker at
 * all, but something that a script in between has started: it ends, and a worker is replaced.
 */
static void take_over(struct worker *worker, struct worker_outcome *outcome)
{
	struct worker_claim *claim = &outcome->claim;
	struct process_state state;
	struct target target;
	enum module_kind kind;
	char *text = NULL;

	claim->process = pks_object_from_id(worker->store, worker->order.claimed);
	if (record_read(claim->process, &state) < 0)
		exit(EXIT_FAILURE);
	claim->attempt = state.attempt;
	claim->announce = state.announce;
	claim->options = true;
	if (worker_note_entered(worker, claim, true) < 0 || pks_attr_getf(claim->process, "target", "s", &text) != 0)
		exit(EXIT_FAILURE);
	snprintf(claim->target, sizeof(claim->target), "%s", text);
	free(text);
	worker->is_program = target_parse(claim->target, &target) == 0 && module_kind(target.module, &kind) == 0 &&
			     kind == MODULE_PROGRAM && module_file(target.module, &worker->program) == 0;
	perform(worker, outcome);
}

/* To who starts the process: whether it was claimed. Who has died meanwhile is not missed. */
static void say(struct worker *worker, int r)
{
	char word[1024];
	int size;

	if (worker->word < 0)
		return;
	if (r == 0)
		size = snprintf(word, sizeof(word), "%c", ORDER_WORD_CLAIMED);
	else
		size = snprintf(word, sizeof(word), "%c%s", ORDER_LIST_REASON, pks_error_message());
	if (size >= (int)sizeof(word))
		size = (int)sizeof(word) - 1;
	/* With nobody at the other end this is EPIPE, for which there is nobody to be told. */
	signal(SIGPIPE, SIG_IGN);
	if (write(worker->word, word, (size_t)size) >= 0)
		signal(SIGPIPE, SIG_DFL);
	close(worker->word);
	worker->word = -1;
}

/* One that it was started for may have been ended, or claimed by another worker, meanwhile. */
static void take_only(struct worker *worker, struct worker_outcome *outcome)
{
	int r = worker_claim_only(worker, &outcome->claim);

	say(worker, r);
	if (r != 0)
		leave(worker);
	perform(worker, outcome);
}

static void enter_pool(struct worker *worker)
{
	worker->channel = pool_channel(worker->store, worker->order.pool);
	if (worker_outfit_take(worker) < 0)
		exit(EXIT_FAILURE);
}

/* By which whoever settles it finds what it has left: made of its identity, which its parent could not know. */
static void take_spawned_mark(const struct worker *worker)
{
	char mark[POOL_MARK_SIZE];
	const struct pool *pool = pool_of(worker->store);

	if (!pool)
		return;
	pool_mark_worker(pool->uuid, &worker->self, "", 0, mark);
	pool_mark_take(mark);
}

static _Noreturn void run(struct worker *worker)
{
	struct pks_store_options options = {.mode = PKS_MUST_EXIST};
	struct worker_outcome outcome = {0};

	worker->store = pks_store_open(worker->order.path, &options);
	if (!worker->store || proc_of(getpid(), &worker->self) != 0) {
		say(worker, PKS_ERR_IO);
		quit(worker, EXIT_FAILURE);
	}
	worker->fork_mark = fork_current();
	if (worker->order.direct == PKS_METHOD_SPAWN && !worker->order.claimed)
		take_spawned_mark(worker);
	output_open(&worker->output, worker->store, &worker->self);
	witness_open(&worker->witness, worker->store, &worker->self);
	worker_lots_begin(worker);
	if (!worker->order.only)
		enter_pool(worker);
	if (worker->order.claimed)
		take_over(worker, &outcome);
	else if (worker->order.only)
		take_only(worker, &outcome);
	loop(worker, &outcome);
}

void worker_forked(const struct order *order, int word, const struct worker_call *to_call)
{
	struct worker worker = {.order = *order, .forked = true, .word = word, .call = *to_call};

	run(&worker);
}

void worker_templated(const struct worker *template)
{
	struct worker worker = *template;

	worker.forked = true;
	worker.word = -1;
	run(&worker);
}

static _Noreturn void run_order(const struct order *order)
{
	struct worker worker = {.order = *order, .word = -1};

	if (order->direct && !order->claimed)
		worker.word = ORDER_WORD_FD;
	run(&worker);
}

void pks_worker_main(void)
{
	struct order order;
	int r = order_take(&order);

	if (r == PKS_NOT_FOUND)
		return;
	if (r < 0)
		exit(EXIT_FAILURE);
	if (order.kind == ORDER_LIST)
		worker_list(&order);
	else if (order.kind == ORDER_FORKSERVER)
		forkserver_run(&order);
	else
		run_order(&order);
	exit(EXIT_SUCCESS);
}
