/* SPDX-License-Identifier: MIT */
#include "journal.h"
#include "model.h"

#include "lib/child.h"
#include "lib/scratch.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES 3
/* A transaction has 1 to this many steps. */
#define STEPS_MAX 4
/* One transaction in so many is aborted instead. */
#define ABORT_EVERY 16
/* In a round by turns a process kills itself in one of so many transactions. */
#define DEATH_EVERY 24

/* Where a process kills itself: between which of its calls. */
enum death { DEATH_NONE, DEATH_BEGUN, DEATH_STEPS, DEATH_JOURNAL, DEATH_COMMITTED, DEATHS };

/* What the test shares with its processes. */
struct shared {
	sem_t turns[PROCESSES];
	uint64_t turn, last; /* whoever has the turn reads and moves it */
};

static struct {
	const char *path;
	unsigned seed, round;
	int64_t lives, dead_lives;
	struct pks_store *store;
	struct shared *shared;
	struct journal_reader journal;
} model;

int64_t model_dead_lives(void)
{
	return model.dead_lives;
}

/* ---- in a process ---- */

struct worker {
	int slot;
	int64_t life;
	bool by_turns;
	struct pks_store *store;
	struct pks_object *journal;
	uint64_t random;
	enum death death; /* where this transaction ends it */
};

static uint64_t turn_random(uint64_t turn)
{
	uint64_t random = (uint64_t)model.seed << 32 ^ (uint64_t)model.round << 20 ^ turn;

	model_random(&random);
	return random;
}

static int turn_owner(uint64_t turn)
{
	uint64_t random = turn_random(turn) ^ 0x5555;

	return (int)(model_random(&random) % PROCESSES);
}

/* Whose turn it is gives it on when it is done with it, or dies. */
static void give_turn_on(struct worker *worker)
{
	if (!worker->by_turns)
		return;
	model.shared->turn++;
	sem_post(&model.shared->turns[turn_owner(model.shared->turn)]);
}

/* False when the round is over. */
static bool take_turn(struct worker *worker)
{
	if (!worker->by_turns)
		return true;
	while (sem_wait(&model.shared->turns[worker->slot]) != 0)
		;
	if (model.shared->turn >= model.shared->last) {
		for (int i = 0; i < PROCESSES; i++)
			sem_post(&model.shared->turns[i]);
		return false;
	}
	worker->random = turn_random(model.shared->turn);
	return true;
}

static void die_at(struct worker *worker, enum death death)
{
	if (worker->death != death)
		return;
	give_turn_on(worker);
	raise(SIGKILL);
}

static int do_step(struct worker *worker)
{
	struct step step = {.life = worker->life};
	int r;

	step.kind = (int)(model_random(&worker->random) % (unsigned)kind_count);
	step.op = (int)(model_random(&worker->random) % (unsigned)kinds[step.kind]->ops);
	step.a = model_random(&worker->random) % (STEP_MAX + 1);
	step.b = model_random(&worker->random) % (STEP_MAX + 1);
	r = kinds[step.kind]->act(worker->store, &step);
	if (r < 0) {
		fprintf(stderr, "%s: op %d of %lld, %lld: %d %s\n", kinds[step.kind]->name, step.op, (long long)step.a,
		        (long long)step.b, r, pks_error_message());
		return r;
	}
	die_at(worker, DEATH_STEPS);
	return journal_write(worker->journal, &step);
}

static void tell_kinds(bool committed)
{
	for (int i = 0; i < kind_count; i++)
		if (kinds[i]->ended)
			kinds[i]->ended(committed);
}

static int do_transaction(struct worker *worker)
{
	int steps = 1 + (int)(model_random(&worker->random) % STEPS_MAX);
	bool aborted = model_random(&worker->random) % ABORT_EVERY == 0;
	int r = pks_begin(worker->store);

	worker->death = DEATH_NONE;
	if (worker->by_turns && model_random(&worker->random) % DEATH_EVERY == 0)
		worker->death = (enum death)(1 + model_random(&worker->random) % (DEATHS - 1));
	die_at(worker, DEATH_BEGUN);
	for (int i = 0; i < steps && r == 0; i++)
		r = do_step(worker);
	die_at(worker, DEATH_JOURNAL);
	if (r < 0 || aborted) {
		pks_abort(worker->store);
		tell_kinds(false);
		return r;
	}
	r = pks_commit(worker->store);
	tell_kinds(r == 0);
	die_at(worker, DEATH_COMMITTED);
	return r;
}

static int work(void *arg)
{
	struct worker *worker = arg;
	int r = 0;

	worker->store = pks_store_open(model.path, NULL);
	worker->journal = journal_open(worker->store);
	worker->random = turn_random((uint64_t)worker->life << 40);
	while (r == 0 && take_turn(worker)) {
		r = do_transaction(worker);
		give_turn_on(worker);
	}
	if (r < 0)
		fprintf(stderr, "the model's process %d: %s\n", worker->slot, pks_error_message());
	return r < 0;
}

/* ---- in the test ---- */

static pid_t start(int slot, bool by_turns)
{
	struct worker worker = {.slot = slot, .by_turns = by_turns, .life = ++model.lives};

	return child_start(work, &worker);
}

static int slot_of(const pid_t *pids, pid_t pid)
{
	for (int i = 0; i < PROCESSES; i++)
		if (pids[i] == pid)
			return i;
	return -1;
}

/* Until all have seen the round's end; one that has died is replaced. */
static void tend_turns(pid_t *pids)
{
	for (int left = PROCESSES; left > 0;) {
		int status, slot;
		pid_t pid = wait(&status);

		if (pid < 0 && errno == EINTR)
			continue;
		slot = slot_of(pids, pid);
		cr_assert_geq(slot, 0);
		if (WIFSIGNALED(status)) {
			cr_assert_eq(WTERMSIG(status), SIGKILL, "seed %u: signal %d", model.seed, WTERMSIG(status));
			pids[slot] = start(slot, true);
			continue;
		}
		cr_assert_eq(WEXITSTATUS(status), 0, "seed %u, round %u", model.seed, model.round);
		left--;
	}
}

/* Waits until the journal has grown by about as much as `transactions` write. */
static void let_them_work(struct pks_object *journal, int transactions)
{
	uint64_t position = journal_next(journal) + (uint64_t)transactions;
	struct pks_value value = {0};
	int r = pks_log_follow(journal, &position, 30000, &value);

	cr_assert_eq(r, 0, "seed %u, round %u: nothing is written any more: %s", model.seed, model.round,
	             pks_error_message());
	pks_value_clear(&value);
}

static void tend_storm(pid_t *pids, int transactions)
{
	struct pks_object *journal = journal_open(model.store);
	uint64_t random = turn_random(UINT64_MAX);

	for (int done = 0; done < transactions;) {
		int some = 1 + (int)(model_random(&random) % DEATH_EVERY);
		int victim = (int)(model_random(&random) % PROCESSES);

		let_them_work(journal, some);
		kill(pids[victim], SIGKILL);
		cr_assert_eq(child_wait(pids[victim]), -SIGKILL, "seed %u, round %u", model.seed, model.round);
		pids[victim] = start(victim, false);
		done += some;
	}
	for (int i = 0; i < PROCESSES; i++) {
		kill(pids[i], SIGKILL);
		cr_assert_eq(child_wait(pids[i]), -SIGKILL, "seed %u, round %u", model.seed, model.round);
	}
	pks_object_close(journal);
}

static int tell(const struct pks_finding *finding, void *arg)
{
	fprintf(stderr, "%s: %s: %s\n", finding->path, pks_check_name(finding->code), finding->what);
	return 0;
}

/*
 * A process that was killed when LMDB had written its commit, and not yet told the readers, has committed: they see it
 * from the next writer's begin on, which finds its lock orphaned.
 */
static void settle(void)
{
	cr_assert_eq(pks_begin(model.store), 0, "%s", pks_error_message());
	cr_assert_eq(pks_commit(model.store), 0, "%s", pks_error_message());
}

static void check(void)
{
	settle();
	cr_assert_eq(pks_snapshot_begin(model.store), 0);
	journal_replay(&model.journal, model.store, model.seed);
	for (int i = 0; i < kind_count; i++)
		kinds[i]->compare(model.store);
	cr_assert_eq(pks_check(model.store, NULL, tell, NULL, NULL), 0, "seed %u, round %u", model.seed, model.round);
	pks_snapshot_end(model.store);
	journal_forget(&model.journal, model.store);
}

void model_round(bool by_turns, int transactions)
{
	pid_t pids[PROCESSES];

	model.round++;
	model.dead_lives = model.lives;
	model.shared->turn = 0;
	model.shared->last = (uint64_t)transactions;
	for (int i = 0; i < PROCESSES; i++)
		sem_init(&model.shared->turns[i], 1, 0);
	for (int i = 0; i < PROCESSES; i++)
		pids[i] = start(i, by_turns);
	if (by_turns) {
		sem_post(&model.shared->turns[turn_owner(0)]);
		tend_turns(pids);
	} else {
		tend_storm(pids, transactions);
	}
	check();
}

void model_begin(const char *test, unsigned seed)
{
	struct pks_store_options options = {.durability = PKS_DURABILITY_NONE};

	model.path = scratch_dir(test);
	model.seed = seed;
	model.shared = child_shared(sizeof(*model.shared));
	model.store = pks_store_open(model.path, &options);
	cr_assert_not_null(model.store, "%s", pks_error_message());
	pks_object_close(journal_open(model.store));
}

void model_end(void)
{
	pks_store_close(model.store);
}
