/* SPDX-License-Identifier: MIT */
/*
 * Processes that really run, with everybody who has to do with them killed at any moment. To see a failure again:
 * PKS_MODEL_SEED=N, with the seed that it tells; it says what is done, and to whom, not who comes first.
 */
#include "model.h"
#include "running.h"

#include "lib/child.h"
#include "lib/runtime.h"
#include "lib/scratch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CALLERS 3
/* A round is so many steps of callers and runs of handlers, about. */
#define ENTRIES 150
/* Between two strikes, at most. */
#define ENTRIES_BETWEEN 12
#define WORKERS_MAX 64

static unsigned seed;
static char *path;
static uint64_t replayed; /* the next position */

TestSuite(running, .init = runtime_begin, .fini = runtime_end, .timeout = 7200);

/* ---- a caller ---- */

static const char *path_of(int slot)
{
	static char text[32];

	snprintf(text, sizeof(text), "running/%d", slot);
	return text;
}

static struct pks_object *create(struct pks_store *store, struct play *play)
{
	struct pks_object *process = pks_process_new(store, path_of(play->slot), "played:play");
	int r;

	play->code = process ? 0 : pks_error_code();
	if (!process)
		return NULL;
	r = pks_process_set_argsf(process, "[i]", play->manner);
	if (r == 0)
		r = pks_process_set_grace(process, 5);
	play->code = r;
	return process;
}

static int call(struct pks_object *process, int op)
{
	switch (op) {
	case PLAY_START:
	case PLAY_START_TOO:
		return pks_process_start(process);
	case PLAY_RESTART:
	case PLAY_RESTART_TOO:
		return pks_process_restart(process, PKS_RESTART_WAIT, 0);
	case PLAY_TERMINATE:
		return pks_process_terminate(process, 0);
	case PLAY_KILL:
		return pks_process_kill(process, 0);
	case PLAY_DROP:
		return pks_object_drop(process);
	default:
		return 0;
	}
}

/* Inside a transaction. A refusal has changed nothing, and is written down with the rest. */
static int act(struct pks_store *store, struct play *play)
{
	struct pks_object *process = play->op == PLAY_NEW ? NULL : pks_process_open(store, path_of(play->slot));
	int r = play_look(process, &play->before);

	if (r == 0 && play->op == PLAY_NEW)
		process = create(store, play);
	else if (r == 0)
		play->code = process ? call(process, play->op) : PKS_NOT_FOUND;
	play->id = process ? pks_object_id(process) : 0;
	if (r == 0 && play->op == PLAY_DROP && play->code == 0)
		r = play_look(NULL, &play->after);
	else if (r == 0)
		r = play_look(process, &play->after);
	pks_object_close(process);
	return r;
}

static int do_step(struct pks_store *store, struct pks_object *journal, uint64_t *random)
{
	struct play play = {
		.op = (int)(model_random(random) % PLAY_OPS),
		.slot = (int)(model_random(random) % RUNNING_SLOTS),
		.manner = (int)(model_random(random) % MANNERS),
	};
	int r = pks_begin(store);

	if (r == 0)
		r = act(store, &play);
	if (r == 0)
		r = play_write(journal, &play);
	if (r == 0)
		return pks_commit(store);
	pks_abort(store);
	return r;
}

/* Waits a little for one to end; and ends one and waits for that. */
static int wait_for_one(struct pks_store *store, uint64_t *random)
{
	struct pks_object *process = pks_process_open(store, path_of((int)(model_random(random) % RUNNING_SLOTS)));
	int r = process ? pks_process_join(process, 1 + (int)(model_random(random) % 20)) : 0;

	pks_object_close(process);
	return r == PKS_ERR_STATE || r == PKS_ERR_GONE || r > 0 ? 0 : r;
}

struct caller {
	uint64_t random;
};

static int play_until_killed(void *arg)
{
	struct caller *caller = arg;
	struct pks_store *store = pks_store_open(path, NULL);
	struct pks_object *journal = pks_log_open(store, RUNNING_JOURNAL, PKS_MUST_EXIST);
	int r = journal ? 0 : pks_error_code();

	while (r == 0)
		r = model_random(&caller->random) % 8 ? do_step(store, journal, &caller->random)
		                                      : wait_for_one(store, &caller->random);
	fprintf(stderr, "a caller: %d %s\n", r, pks_error_message());
	return 1;
}

static pid_t start_caller(uint64_t *random)
{
	struct caller caller = {(uint64_t)model_random(random) << 20};

	return child_start(play_until_killed, &caller);
}

/* ---- the test ---- */

static void strike_caller(pid_t *callers, uint64_t *random)
{
	int victim = (int)(model_random(random) % CALLERS);

	kill(callers[victim], SIGKILL);
	cr_assert_eq(child_wait(callers[victim]), -SIGKILL, "seed %u: a caller failed", seed);
	callers[victim] = start_caller(random);
}

static void strike_worker(uint64_t *random)
{
	pid_t pids[WORKERS_MAX];
	size_t count = runtime_workers(pids, WORKERS_MAX);

	if (count)
		kill(pids[model_random(random) % count], SIGKILL);
}

static void strike_supervisor(void)
{
	struct pks_pool_status status;

	if (pks_pool_status(runtime_store, NULL, &status) == 0 && status.supervisor_pid)
		kill((pid_t)status.supervisor_pid, SIGKILL);
}

static void change_pool(uint64_t *random)
{
	int r = model_random(random) % 2 ? pks_pool_set_size(runtime_store, NULL, 1 + model_random(random) % 4)
	        : model_random(random) % 3 ? pks_pool_resume(runtime_store, NULL)
	                                   : pks_pool_pause(runtime_store, NULL);

	cr_assert_eq(r, 0, "%s", pks_error_message());
}

static void strike(pid_t *callers, uint64_t *random)
{
	switch (model_random(random) % 8) {
	case 0:
		strike_supervisor();
		break;
	case 1:
	case 2:
		change_pool(random);
		break;
	case 3:
	case 4:
		strike_caller(callers, random);
		break;
	default:
		strike_worker(random);
	}
}

static uint64_t let_them_play(struct pks_object *journal, uint64_t entries)
{
	struct pks_value value = {0};
	uint64_t next;
	int r = pks_log_positions(journal, NULL, &next);

	next += entries - 1;
	if (r == 0)
		r = pks_log_follow(journal, &next, RUNTIME_PATIENCE_MS, &value);
	cr_assert_eq(r, 0, "seed %u: nothing is written any more: %s", seed, pks_error_message());
	pks_value_clear(&value);
	return entries;
}

static void replay(struct pks_object *journal)
{
	struct pks_log_iter *iter = pks_log_iter(journal, 0, INT64_MAX, false);
	struct pks_value entry;
	struct play play;
	uint64_t position;
	int r;

	while ((r = pks_log_next(iter, &entry, &position)) == 0) {
		cr_assert_eq(position, replayed);
		cr_assert_eq(play_read(&entry, &play), 0, "%s", pks_error_message());
		running_replay(&play, position);
		replayed++;
	}
	cr_assert_eq(r, PKS_END, "%s", pks_error_message());
	pks_log_iter_close(iter);
}

/* Each runs to its end, or is ended. */
static void await_end(struct pks_object *process, uint64_t *random)
{
	enum pks_status status;
	int r;

	cr_assert_eq(pks_process_status(process, &status), 0);
	if (status == PKS_CREATED)
		return;
	r = pks_process_join(process, (int)(model_random(random) % 40));
	if (r == PKS_TIMED_OUT)
		r = pks_process_kill(process, RUNTIME_PATIENCE_MS);
	cr_assert_eq(r, 0, "seed %u: process %llu: %d %s", seed, (unsigned long long)pks_object_id(process), r,
	             pks_error_message());
}

static int print_finding(const struct pks_finding *finding, void *arg)
{
	(void)arg;
	fprintf(stderr, "%s: %s: %s\n", finding->path, pks_check_name(finding->code), finding->what);
	return 0;
}

static void check(struct pks_object *journal, uint64_t *random)
{
	struct pks_object *process;
	struct look look;

	cr_assert_eq(pks_pool_resume(runtime_store, NULL), 0, "%s", pks_error_message());
	for (int slot = 0; slot < RUNNING_SLOTS; slot++) {
		process = pks_process_open(runtime_store, path_of(slot));
		if (process)
			await_end(process, random);
		pks_object_close(process);
	}
	replay(journal);
	for (int slot = 0; slot < RUNNING_SLOTS; slot++) {
		process = pks_process_open(runtime_store, path_of(slot));
		cr_assert_eq(play_look(process, &look), 0, "%s", pks_error_message());
		running_expect_end(slot, &look);
		pks_object_close(process);
	}
	runtime_expect_index_right();
	cr_assert_eq(pks_check(runtime_store, NULL, print_finding, NULL, NULL), 0, "seed %u", seed);
	cr_assert_eq(pks_log_trim(journal, 0), 0, "%s", pks_error_message());
}

static void play_round(struct pks_object *journal, uint64_t *random)
{
	pid_t callers[CALLERS];

	for (int i = 0; i < CALLERS; i++)
		callers[i] = start_caller(random);
	for (uint64_t entries = 0; entries < ENTRIES;) {
		entries += let_them_play(journal, 1 + model_random(random) % ENTRIES_BETWEEN);
		strike(callers, random);
	}
	for (int i = 0; i < CALLERS; i++) {
		kill(callers[i], SIGKILL);
		cr_assert_eq(child_wait(callers[i]), -SIGKILL, "seed %u: a caller failed", seed);
	}
	check(journal, random);
}

Test(running, each_process_ends_once_and_runs_once_whoever_is_killed)
{
	struct pks_object *journal = pks_log_open(runtime_store, RUNNING_JOURNAL, PKS_OPEN_OR_CREATE);
	int rounds = scratch_long() ? 1000 : 8;
	uint64_t random;

	seed = model_seed();
	random = (uint64_t)seed << 16;
	path = strdup(pks_store_path(runtime_store));
	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 3), 0, "%s", pks_error_message());
	for (int round = 0; round < rounds; round++)
		play_round(journal, &random);
	pks_object_close(journal);
	free(path);
}
