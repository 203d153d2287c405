/* SPDX-License-Identifier: MIT */
#include "worker.h"

#include "base/error.h"
#include "base/worker_mode.h"
#include "spawn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Returns only when it fails: errno. */
static int exec(const struct worker *worker, const char *program, uint64_t claimed)
{
	char text[ORDER_SIZE];
	const char *const set[] = {text, NULL};
	char *const argv[] = {(char *)(uintptr_t)program, NULL};
	struct order order = worker->order;
	char **environment;
	int errnum;

	order.claimed = claimed;
	order_format(&order, text);
	environment = spawn_environment(set);
	if (!environment)
		return ENOMEM;
	execve(program, argv, environment);
	errnum = errno;
	free(environment);
	return errnum;
}

/*
 * The store is closed first. The new program has the same pid, so what this one left in the table of readers would be
 * taken for a living reader's for as long as that runs.
 */
int worker_exec(struct worker *worker, const char *program, struct worker_claim *claim)
{
	struct pks_store_options options = {.mode = PKS_MUST_EXIST};
	uint64_t id = pks_object_id(claim->process);
	int errnum;

	pks_store_close(worker->store);
	errnum = exec(worker, program, id);
	worker->store = pks_store_open(worker->order.path, &options);
	claim->process = worker->store ? pks_object_from_id(worker->store, id) : NULL;
	if (!claim->process)
		_exit(EXIT_FAILURE); /* the supervisor settles the process */
	return error_set(PKS_ERR_MODULE, "cannot execute %s: %s", program, strerrordesc_np(errnum));
}
