/* SPDX-License-Identifier: MIT */
#include "stop.h"

#include "base/clock.h"
#include "base/error.h"
#include "layer.h"
#include "running.h"
#include "recall.h"
#include "sweep.h"

#include <pkstore/transaction.h>

#include <signal.h>
#include <string.h>
#include <time.h>

/* How long what outlives a worker is looked for: killing takes milliseconds. */
#define SWEEP_TIMEOUT_MS 1000

/* A process takes SIGSTOP as soon as it runs, or leaves the kernel. There is no event for that, only looks. */
#define FREEZE_LOOKS 200
#define FREEZE_LOOK_NS CLOCK_NS_PER_MS

/* ---- what belongs to it ---- */

/*
 * A worker's mark is its own. A process that only inherited one, such as a child of a handler that runs a process
 * itself, has a parent with the same: what bears it belongs to others, too.
 */
static void read_mark(struct pks_store *store, const struct proc *worker, char mark_out[POOL_MARK_SIZE])
{
	char prefix[POOL_MARK_SIZE], parents[POOL_MARK_SIZE];
	const struct pool *pool = pool_of(store);
	struct proc_stat stat;

	mark_out[0] = '\0';
	if (!pool || proc_stat_read((pid_t)worker->pid, &stat) != 0)
		return;
	pool_mark(pool->uuid, prefix);
	if (sweep_read_mark((pid_t)worker->pid, prefix, mark_out, POOL_MARK_SIZE) != 0 || !proc_alive(worker))
		mark_out[0] = '\0';
	else if (sweep_read_mark((pid_t)stat.parent, prefix, parents, sizeof(parents)) == 0 &&
		 strcmp(parents, mark_out) == 0)
		mark_out[0] = '\0';
}

void stop_prepare(struct pks_object *process, const struct process_state *state, struct stop *stop_out)
{
	stop_out->process = process;
	stop_out->worker = state->worker;
	stop_out->attempt = state->attempt;
	read_mark(pks_object_store(process), &state->worker, stop_out->mark);
	tree_collect(&state->worker, stop_out->mark, &stop_out->tree);
}

void stop_release(struct stop *stop)
{
	tree_release(&stop->tree);
}

/* ---- asking ---- */

static bool is_attempt(const struct process_state *state, const struct proc *worker, uint32_t attempt)
{
	return state->status == STATUS_RUNNING && state->attempt == attempt && proc_equal(&state->worker, worker);
}

/* Of two requests the earlier deadline holds, and the stronger signal. */
static void note(struct process_stop *request, int signal_number, int64_t grace_ns)
{
	int64_t now = clock_monotonic();
	int64_t deadline = signal_number == SIGKILL ? now : grace_ns < INT64_MAX - now ? now + grace_ns : INT64_MAX;

	if (request->signal == 0 || deadline < request->deadline)
		request->deadline = deadline;
	if (request->signal != SIGKILL)
		request->signal = signal_number;
	request->asked_ns = clock_wall();
}

/*
 * The worker last: when it dies, what is left of its tree is killed, and each of it shall have had its signal by then.
 */
static int send(const struct stop *stop, int signal_number)
{
	int r;

	tree_signal(&stop->tree, signal_number);
	r = proc_signal(&stop->worker, signal_number);
	return r == PKS_NOT_FOUND ? 0 : r;
}

int stop_ask(struct stop *stop, struct process_state *state, int signal_number, int64_t grace_ns)
{
	int r;

	if (!is_attempt(state, &stop->worker, stop->attempt))
		return PKS_MISMATCH;
	note(&state->stop, signal_number, grace_ns);
	r = record_write(stop->process, state);
	return r == 0 ? send(stop, signal_number) : r;
}

struct late_ones {
	const struct stop *stop;
	const struct tree *tree;
	int signal;
};

static int ask_late_ones(struct pks_store *store, void *arg)
{
	const struct late_ones *late = arg;
	struct process_state state;
	int r = record_read(late->stop->process, &state);

	if (r == 0 && is_attempt(&state, &late->stop->worker, late->stop->attempt))
		tree_signal(late->tree, late->signal);
	return r;
}

int stop_ask_late_ones(struct pks_store *store, const struct stop *stop, int signal_number)
{
	struct tree late;
	int r = 0;

	tree_collect(&stop->worker, stop->mark, &late);
	if (tree_subtract(&late, &stop->tree))
		r = pks_atomically(store, ask_late_ones, &(struct late_ones){stop, &late, signal_number});
	tree_release(&late);
	return r;
}

/* ---- forcing ---- */

struct forcing {
	uint64_t id;
	const struct proc *worker;
	uint32_t attempt;
};

static int read_state(struct pks_store *store, uint64_t id, struct process_state *state_out)
{
	struct pks_object *process = pks_object_from_id(store, id);
	int r = record_read(process, state_out);

	pks_object_close(process);
	return r;
}

static int kill_worker(const struct proc *worker)
{
	int r = proc_signal(worker, SIGKILL);

	return r == PKS_NOT_FOUND ? 0 : r;
}

static int force(struct pks_store *store, void *arg)
{
	const struct forcing *forcing = arg;
	struct process_state state;
	int r = read_state(store, forcing->id, &state);

	if (r < 0)
		return r == PKS_ERR_GONE ? 0 : r;
	if (!is_attempt(&state, forcing->worker, forcing->attempt) || state.stop.signal == 0 ||
	    state.stop.deadline > clock_monotonic())
		return 0;
	return kill_worker(forcing->worker);
}

static bool is_frozen(const struct proc *worker)
{
	struct proc_stat stat;

	return proc_stat_read((pid_t)worker->pid, &stat) != 0 || stat.start != worker->start ||
	       strchr("TtZX", stat.state) != NULL;
}

static bool freeze(const struct proc *worker)
{
	const struct timespec pause = {.tv_nsec = FREEZE_LOOK_NS};

	if (proc_signal(worker, SIGSTOP) != 0)
		return false;
	for (int looks = 0; looks < FREEZE_LOOKS; looks++) {
		if (is_frozen(worker))
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

/* What the worker was about is read while it stands still. */
static int kill_frozen(struct pks_store *store, uint64_t id, const struct proc *worker, uint32_t attempt)
{
	struct process_state state;
	int r = read_state(store, id, &state);

	if (r == 0 && is_attempt(&state, worker, attempt) && recall_is_begun(store, id, &state))
		return kill_worker(worker);
	proc_signal(worker, SIGCONT);
	return r == 0 || r == PKS_ERR_GONE ? PKS_MISMATCH : r;
}

int stop_freeze_and_kill(struct pks_store *store, uint64_t id, const struct proc *worker, uint32_t attempt)
{
	if (freeze(worker))
		return kill_frozen(store, id, worker, attempt);
	if (!proc_alive(worker))
		return 0;
	proc_signal(worker, SIGCONT);
	return error_set(PKS_ERR_BUSY, "worker %lld of process %llu cannot be stopped", (long long)worker->pid,
			 (unsigned long long)id);
}

int stop_force(struct pks_store *store, uint64_t id, const struct proc *worker, uint32_t attempt)
{
	struct forcing forcing = {id, worker, attempt};
	int r = PKS_ERR_BUSY;

	if (!stop_is_writing(store, worker))
		r = pks_atomically(store, force, &forcing);
	return r == PKS_ERR_BUSY ? stop_freeze_and_kill(store, id, worker, attempt) : r;
}

bool stop_is_writing(struct pks_store *store, const struct proc *worker)
{
	return layer_writer(store) == worker->pid;
}

/* ---- the rest of a tree ---- */

bool stop_has_grace(const struct process_state *state)
{
	return state->status == STATUS_RUNNING && state->stop.signal && state->stop.signal != SIGKILL &&
	       state->stop.deadline > clock_monotonic();
}

struct reading {
	uint64_t id;
	struct process_state state;
};

static int read_committed(struct pks_store *store, void *arg)
{
	struct reading *reading = arg;

	return read_state(store, reading->id, &reading->state);
}

static int64_t grace_of(struct pks_store *store, uint64_t id, const struct proc *worker)
{
	struct reading reading = {.id = id};

	if (pks_atomically(store, read_committed, &reading) != 0 || !proc_equal(&reading.state.worker, worker) ||
	    !stop_has_grace(&reading.state))
		return 0;
	return reading.state.stop.deadline;
}

int64_t stop_grace(struct pks_store *store, const struct proc *worker)
{
	struct running_list list;
	int64_t until = 0;

	if (running_read(store, &list) < 0)
		return 0;
	for (size_t i = 0; i < list.count && until == 0; i++)
		if (proc_equal(&list.items[i].state.worker, worker))
			until = grace_of(store, list.items[i].id, worker);
	running_release(&list);
	return until;
}

bool stop_lingers(struct pks_store *store, const struct proc *worker, const char *mark)
{
	struct tree tree;
	bool lives;

	if (stop_grace(store, worker) == 0)
		return false;
	tree_collect(worker, mark, &tree);
	lives = tree_lives(&tree);
	tree_release(&tree);
	return lives;
}

bool stop_lingers_direct(struct pks_store *store, const struct proc *worker)
{
	const struct pool *pool = pool_of(store);
	char mark[POOL_MARK_SIZE];

	if (!pool)
		return false;
	pool_mark_worker(pool->uuid, worker, "", 0, mark);
	return stop_lingers(store, worker, mark);
}

void stop_end_rest_direct(struct pks_store *store, const struct proc *worker)
{
	const struct pool *pool = pool_of(store);
	char mark[POOL_MARK_SIZE];
	struct tree tree;

	if (!pool)
		return;
	pool_mark_worker(pool->uuid, worker, "", 0, mark);
	tree_collect(worker, mark, &tree);
	tree_signal(&tree, SIGKILL);
	sweep_kill_marked(mark, 0, SWEEP_TIMEOUT_MS);
	tree_wait(&tree, SWEEP_TIMEOUT_MS);
	tree_release(&tree);
}

/* ---- afterwards ---- */

/* A living supervisor has given the mark to the next worker in the same place by now, and has swept before that. */
void stop_sweep(struct pks_store *store, const struct stop *stop)
{
	char mark[POOL_MARK_SIZE];
	const struct pool *pool = pool_of(store);
	struct proc supervisor;

	if (!stop->mark[0] || !pool)
		return;
	if (pool_supervisor(store, &supervisor) == 0 && proc_alive(&supervisor)) {
		pool_mark_worker(pool->uuid, &supervisor, "", 0, mark);
		*strrchr(mark, '/') = '\0';
		if (strncmp(stop->mark, mark, strlen(mark)) == 0 && stop->mark[strlen(mark)] == '/')
			return;
	}
	sweep_kill_marked(stop->mark, 0, SWEEP_TIMEOUT_MS);
}
