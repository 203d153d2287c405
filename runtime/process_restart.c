/* SPDX-License-Identifier: MIT */
/*
 * Running a process again. A restart is two steps, each of them whole: the end of the attempt that runs, and the start
 * of the next. Who dies between the two leaves a process that has ended, as any other.
 *
 * Of several restarts at once each begins an attempt of its own, as far as its policy lets the others' run: one that
 * finds that another one was faster begins anew, with that attempt's end.
 */
#include "await.h"
#include "direct.h"
#include "pool.h"
#include "process_options.h"
#include "process_submit.h"
#include "record.h"

#include "base/clock.h"
#include "base/error.h"
#include "layer.h"

#include <pkstore/process_control.h>

static int left_ms(int64_t deadline)
{
	int64_t left = deadline - clock_monotonic();

	if (deadline == INT64_MAX)
		return -1;
	return left <= 0 ? 0 : (int)((left + CLOCK_NS_PER_MS - 1) / CLOCK_NS_PER_MS);
}

/* Returns 0 when the attempt has ended, whatever has become of the process since. */
static int end_attempt(struct pks_object *process, const struct process_state *state, enum pks_restart policy,
		       int64_t deadline)
{
	struct await await = {.process = process, .what = AWAIT_END};
	int r = await_check(process);

	if (r < 0)
		return r;
	if (policy == PKS_RESTART_TERMINATE) {
		r = pks_process_terminate(process, left_ms(deadline));
		if (r != 0)
			return r;
	}
	if (state->status == STATUS_RUNNING) {
		await.what = AWAIT_ATTEMPT;
		await.attempt = state->attempt;
	}
	return await_any(&await, 1, left_ms(deadline), NULL);
}

/* A function can be run once more by who has it; a handler by anybody. */
static int fork_again(struct pks_object *process)
{
	struct process_options options;
	struct function function;
	bool is_function;
	int r = process_options_read(process, &options);

	is_function = options.function;
	process_options_release(&options);
	if (r < 0)
		return r;
	if (functions_find(pks_object_store(process), pks_object_id(process), &function))
		return direct_fork(process, function.run, function.arg, function.flags | PKS_FORK_RESTART);
	if (is_function)
		return error_set(PKS_ERR_USAGE,
				 "%s: is a function of the program that forked it, which alone can restart it so; "
				 "others can by pks_process_fork() with PKS_FORK_RESTART",
				 layer_path(process));
	return direct_fork(process, NULL, NULL, PKS_FORK_RESTART);
}

static int start_again(struct pks_object *process, const struct process_state *state)
{
	enum pks_method method;
	int r = process_options_method(process, &method);

	if (r < 0)
		return r;
	if (state->status == STATUS_CREATED)
		return pks_process_start(process);
	if (method == PKS_METHOD_SPAWN)
		return direct_spawn(process, true);
	return method == PKS_METHOD_FORK ? fork_again(process) : process_submit(process, EVENT_RESTART);
}

/* One step: PKS_EXISTS when the process has moved meanwhile, and another one is to be taken. */
static int step(struct pks_object *process, enum pks_restart policy, int64_t deadline)
{
	struct process_state state;
	int r = record_read(process, &state);

	if (r < 0)
		return r;
	if (state.status == STATUS_SUBMITTED || state.status == STATUS_RUNNING) {
		r = end_attempt(process, &state, policy, deadline);
		return r == 0 ? PKS_EXISTS : r;
	}
	r = start_again(process, &state);
	return r == PKS_ERR_STATE && !layer_in_transaction(pks_object_store(process)) ? PKS_EXISTS : r;
}

int pks_process_restart(struct pks_object *process, enum pks_restart policy, int timeout_ms)
{
	int64_t deadline = clock_deadline(timeout_ms);
	int r = layer_check(process, RECORD_TYPE);

	if (r < 0)
		return r;
	if (policy != PKS_RESTART_WAIT && policy != PKS_RESTART_TERMINATE)
		return error_set(PKS_ERR_USAGE, "%d is no way to restart a process", (int)policy);
	do
		r = step(process, policy, deadline);
	while (r == PKS_EXISTS);
	return r;
}
