/* SPDX-License-Identifier: MIT */
/* A worker runs a command. */
#include "command.h"
#include "death.h"
#include "pool.h"
#include "surroundings.h"
#include "worker.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A command that was killed has crashed, as if its worker had been. */
static void judge(const struct command_end *end, const char *name, struct worker_outcome *outcome)
{
	char text[DEATH_TEXT_SIZE];

	if (!end->started) {
		worker_outcome_fail(outcome, end->exitcode, "%s", end->reason);
		return;
	}
	death_end(end->wait_status, true, name, text, &outcome->end);
	if (outcome->end.event == EVENT_CRASH)
		outcome->death = (struct death){end->wait_status, end->usage, true, true, OOM_UNKNOWN};
	if (outcome->end.error) {
		free(outcome->error);
		outcome->error = strdup(text);
		outcome->end.error = outcome->error;
	}
}

/* The present environment, and whose it is. The strings are not copied but for that one, the first. */
static char **environment_within(char *whose)
{
	char **present = environ, **made;
	size_t count = 0, at = 0;

	while (present[count])
		count++;
	made = calloc(count + 2, sizeof(*made));
	if (!made)
		return NULL;
	made[at++] = whose;
	for (; *present; present++)
		if (strncmp(*present, WITHIN_ENV "=", sizeof(WITHIN_ENV)) != 0)
			made[at++] = *present;
	return made;
}

/* setenv(3) would not do: it may move an array that surroundings_enter() has put aside. */
static int run_within(const struct worker_claim *claim, struct pks_store *store, char **argv,
		      const struct pks_value *input, struct command_end *end)
{
	const struct pool *pool = pool_of(store);
	char whose[sizeof(WITHIN_ENV "=") + WITHIN_SIZE] = WITHIN_ENV "=", **present = environ, **made;
	int r;

	if (!pool)
		return pks_error_code();
	within_write(pool->uuid, pks_object_id(claim->process), claim->attempt, whose + sizeof(WITHIN_ENV));
	made = environment_within(whose);
	if (!made)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	environ = made;
	r = command_run(argv, input, end);
	environ = present;
	free(made);
	return r;
}

static int run(struct worker *worker, const struct process_options *options, char **argv,
	       struct worker_outcome *outcome)
{
	struct surroundings surroundings;
	struct command_end end;
	int r = surroundings_enter(&surroundings, worker->store, options);

	if (r < 0) {
		worker_outcome_fail(outcome, COMMAND_EXIT_NOT_EXECUTABLE, "%s", pks_error_message());
		return 0;
	}
	r = run_within(&outcome->claim, worker->store, argv, &options->input, &end);
	surroundings_leave(&surroundings, worker->store, &worker->output);
	if (r == 0)
		judge(&end, argv[0], outcome);
	return r;
}

void worker_command(struct worker *worker, struct worker_outcome *outcome)
{
	struct process_options options;
	char **argv = NULL;
	int r = process_options_read(outcome->claim.process, &options);

	if (r == 0)
		r = command_read(outcome->claim.process, &argv);
	if (r == 0)
		r = run(worker, &options, argv, outcome);
	if (r != 0)
		worker_outcome_fail(outcome, 1, "%s", pks_error_message());
	command_free(argv);
	process_options_release(&options);
}
