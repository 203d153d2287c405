/* SPDX-License-Identifier: MIT */
/* Becoming a worker: in a program that was executed for that, or in a copy of one. */
#include "worker.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fork.h"
#include "pool_settings.h"
#include "target.h"
#include "within.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void worker_note_moment(struct worker *worker)
{
	worker->now = (struct worker_moment){.monotonic = clock_monotonic(), .wall_ns = clock_wall()};
}

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
	worker_perform(worker, outcome);
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
		worker_leave(worker);
	worker_perform(worker, outcome);
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

	/* Who started it may belong to a command; what it runs does not. */
	unsetenv(WITHIN_ENV);
	worker->store = pks_store_open(worker->order.path, &options);
	if (!worker->store || proc_of(getpid(), &worker->self) != 0) {
		say(worker, PKS_ERR_IO);
		worker_quit(worker, EXIT_FAILURE);
	}
	worker->fork_mark = fork_current();
	if (worker->order.direct == PKS_METHOD_SPAWN && !worker->order.claimed)
		take_spawned_mark(worker);
	output_open(&worker->output, worker->store, &worker->self);
	witness_open(&worker->witness, worker->store, &worker->self);
	worker_lots_begin(worker);
	worker_note_moment(worker);
	if (!worker->order.only)
		enter_pool(worker);
	if (worker->order.claimed)
		take_over(worker, &outcome);
	else if (worker->order.only)
		take_only(worker, &outcome);
	worker_loop(worker, &outcome);
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
