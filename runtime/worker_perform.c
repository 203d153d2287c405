/* SPDX-License-Identifier: MIT */
/* Running the process that was claimed, by whatever can: a handler of this program, a command, or another program. */
#include "worker.h"

#include "command.h"
#include "handler_table.h"
#include "target.h"

#include <string.h>

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

void worker_perform(struct worker *worker, struct worker_outcome *outcome)
{
	bool own = worker->forked && worker->order.direct;
	const struct pks_handler *handler = own ? forked_handler(worker, &outcome->claim) : NULL;
	struct worker_choice choice;

	witness_begin(&worker->witness, pks_object_id(outcome->claim.process), outcome->claim.attempt,
		      worker->now.monotonic);
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
