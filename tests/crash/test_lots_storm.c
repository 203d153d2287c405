/* SPDX-License-Identifier: MIT */
/*
 * Lots whose worker dies: at each point of the protocol, made by hand, and at random. Each process ends once, has run
 * at most once, and exactly once if it finished; what never began runs after all.
 */
#include "layer.h"
#include "lib/child.h"
#include "lib/runtime.h"
#include "lib/scratch.h"
#include "runtime/death.h"
#include "runtime/output.h"
#include "runtime/record.h"
#include "runtime/settle.h"
#include "runtime/witness.h"

#include <criterion/criterion.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(lots_storm, .init = runtime_begin, .fini = runtime_end, .timeout = 3600);

/* ---- by hand ---- */

#define MEMBERS 4

static int exit_at_once(void *arg)
{
	return 0;
}

/* A worker that is dead, with notes; and what it has claimed, of which the first runs. */
struct dead {
	struct proc worker;
	struct witness_notes *notes;
	struct pks_object *members[MEMBERS];
};

static struct proc dead_worker(void)
{
	pid_t pid = child_start(exit_at_once, NULL);
	struct proc proc;

	cr_assert_eq(proc_of(pid, &proc), 0);
	child_wait(pid);
	return proc;
}

static void claim(struct pks_object *process, const struct proc *worker, bool entered)
{
	struct process_state state;

	cr_assert_eq(record_read(process, &state), 0);
	cr_assert_eq(record_move(process, &state, EVENT_SUBMIT), 0);
	state.worker = *worker;
	state.entered = entered;
	cr_assert_eq(record_move(process, &state, EVENT_CLAIM), 0);
}

static void make_lot(struct dead *dead)
{
	struct witness witness;
	char folder[PKS_STORE_PATH_SIZE];

	output_folder(runtime_store, folder);
	witness_open(&witness, runtime_store, &dead->worker);
	dead->notes = witness.notes;
	cr_assert(dead->notes);
	for (int i = 0; i < MEMBERS; i++)
		dead->members[i] = runtime_new("lots:lot");
	cr_assert_eq(pks_begin(runtime_store), 0);
	for (int i = 0; i < MEMBERS; i++)
		claim(dead->members[i], &dead->worker, i == 0);
	cr_assert_eq(pks_commit(runtime_store), 0);
}

static struct dead make_dead(void)
{
	struct dead dead = {.worker = dead_worker()};

	make_lot(&dead);
	return dead;
}

/* Fills the lot of that number with its members from `first` on, of which so many have begun and ended. */
static void fill(struct dead *dead, uint64_t number, int first, uint32_t begun, uint32_t ended)
{
	struct lot *lot = &dead->notes->lots.at[number % 2];
	struct lot_member members[MEMBERS];
	uint32_t count = 0;

	for (int i = first; i < MEMBERS; i++)
		members[count++] = (struct lot_member){pks_object_id(dead->members[i]), 1, 0};
	lot_fill(lot, number, members, count);
	for (uint32_t i = 0; i < begun; i++) {
		if (i > 0)
			cr_assert(lot_begin(lot, i));
		if (i < ended)
			lot_end(lot, i, 1000 + i);
	}
}

static void settle(struct dead *dead)
{
	struct record_end end;

	death_unknown(&end);
	cr_assert_eq(settle_as(runtime_store, &dead->worker, &end), 0, "%s", pks_error_message());
	runtime_expect_index_right();
}

static void expect_status(const struct dead *dead, const char *letters)
{
	for (int i = 0; i < MEMBERS; i++) {
		struct pks_process_info info;

		cr_assert_eq(pks_process_info(dead->members[i], &info), 0);
		cr_assert_eq(*pks_status_name(info.status), letters[i], "member %d is %s", i,
			     pks_status_name(info.status));
		cr_assert_eq(info.attempt, info.status == PKS_SUBMITTED ? 0 : 1);
	}
}

/* Those that were given back run, and once. */
static void expect_rest_runs(const struct dead *dead, const char *letters)
{
	cr_assert_eq(pks_pool_start(runtime_store, NULL), 0);
	for (int i = 0; i < MEMBERS; i++) {
		runtime_join(dead->members[i]);
		if (letters[i] != 'c')
			runtime_expect(dead->members[i], PKS_FINISHED, 0, NULL);
	}
}

Test(lots_storm, each_member_of_a_dead_workers_lot_is_as_far_as_its_notes_tell)
{
	static const struct {
		uint32_t begun, ended;
		const char *letters;
	} rows[] = {{1, 0, "csss"}, {1, 1, "fsss"}, {2, 1, "fcss"}, {3, 3, "fffs"}, {4, 3, "fffc"}, {4, 4, "ffff"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dead dead = make_dead();

		fill(&dead, 7, 0, rows[i].begun, rows[i].ended);
		settle(&dead);
		expect_status(&dead, rows[i].letters);
		settle(&dead);
		expect_status(&dead, rows[i].letters);
		witness_unmap(dead.notes);
		expect_rest_runs(&dead, rows[i].letters);
		cr_assert_eq(pks_killall(runtime_store), 0);
	}
}

Test(lots_storm, of_two_lots_that_name_the_same_the_later_one_is_right)
{
	struct dead dead = make_dead();

	fill(&dead, 7, 0, 4, 4);
	fill(&dead, 8, 0, 2, 1);
	settle(&dead);
	expect_status(&dead, "fcss");
	witness_unmap(dead.notes);
}

Test(lots_storm, a_lot_that_was_never_committed_is_none)
{
	struct dead dead = make_dead();

	/* Killed as it filled the next one, with nothing in it yet; or after that, but before the commit. */
	fill(&dead, 7, 0, 2, 2);
	fill(&dead, 8, 2, 1, 0);
	lot_empty(&dead.notes->lots.at[0]);
	settle(&dead);
	expect_status(&dead, "ffss");
	witness_unmap(dead.notes);
	dead = make_dead();
	fill(&dead, 7, 0, 2, 2);
	fill(&dead, 8, 2, 1, 0);
	settle(&dead);
	expect_status(&dead, "ffss");
	witness_unmap(dead.notes);
}

Test(lots_storm, without_notes_nobody_can_tell_that_a_member_has_not_begun)
{
	struct dead dead = make_dead();

	witness_remove(runtime_store, &dead.worker);
	settle(&dead);
	expect_status(&dead, "cccc");
	witness_unmap(dead.notes);
}

Test(lots_storm, one_that_was_recalled_half_way_is_recalled_again)
{
	struct dead dead = make_dead();

	fill(&dead, 7, 0, 2, 1);
	lots_recall(&dead.notes->lots);
	settle(&dead);
	expect_status(&dead, "fcss");
	witness_unmap(dead.notes);
}

/* ---- a worker that lives, and writes ---- */

/* Long enough to be found writing by who comes right after it has said so. */
#define WRITES_MS 100

struct writing {
	char path[PKS_STORE_PATH_SIZE];
	struct child_flag go, writes, end;
};

static int write_for_a_while(void *arg)
{
	struct writing *writing = arg;
	struct pks_store *store = NULL;

	if (child_flag_wait(&writing->go) == 0)
		store = pks_store_open(writing->path, NULL);
	if (!store || pks_begin(store) != 0)
		return 1;
	child_flag_raise(&writing->writes);
	poll(NULL, 0, WRITES_MS);
	if (pks_commit(store) != 0)
		return 1;
	child_flag_wait(&writing->end);
	pks_store_close(store);
	return 0;
}

Test(lots_storm, one_whose_turn_has_not_come_is_killed_though_its_worker_writes)
{
	struct writing writing = {.go = child_flag(), .writes = child_flag(), .end = child_flag()};
	struct dead lot = {0};
	struct pks_process_info info;
	pid_t pid;

	strcpy(writing.path, pks_store_path(runtime_store));
	pid = child_start(write_for_a_while, &writing);
	cr_assert_eq(proc_of(pid, &lot.worker), 0);
	make_lot(&lot);
	fill(&lot, 7, 0, 1, 0);
	child_flag_raise(&writing.go);
	cr_assert_eq(child_flag_wait(&writing.writes), 0);
	cr_assert_eq(pks_process_kill(lot.members[2], 0), 0, "%s", pks_error_message());
	cr_assert_eq(pks_process_info(lot.members[2], &info), 0);
	cr_expect_eq(info.status, PKS_CRASHED);
	cr_expect_eq(info.exitcode, -SIGKILL);
	child_flag_raise(&writing.end);
	cr_expect_eq(child_wait(pid), 0, "the worker was not killed with it");
	witness_unmap(lot.notes);
}

/* ---- at random ---- */

#define BATCH 96

/* The first ones do nothing at all: by them workers come to take lots. */
#define QUICK 48

static struct pks_object *order;

static void choose(struct pks_object *process, unsigned *seed)
{
	static const char *const acts[] = {"fall", "exit", "say", "return", "fail"};
	unsigned number = (unsigned)rand_r(seed) % 40;

	if (number < sizeof(acts) / sizeof(*acts))
		pks_dict_setf(process, "act", "s", acts[number]);
	else if (number == 5)
		pks_dict_setf(process, "act", "s", "sleep");
	pks_dict_setf(process, "ms", "i", (int)number % 7);
	pks_dict_setf(process, "log", "o", order);
}

/* `together`: in one commit. */
static void start_batch(struct pks_object **processes, bool together, unsigned *seed)
{
	cr_assert_eq(pks_begin(runtime_store), 0);
	for (int i = 0; i < BATCH; i++) {
		processes[i] = runtime_new("lots:lot");
		if (i >= QUICK)
			choose(processes[i], seed);
	}
	if (!together)
		cr_assert_eq(pks_commit(runtime_store), 0, "%s", pks_error_message());
	for (int i = 0; i < BATCH; i++)
		cr_assert_eq(pks_process_start(processes[i]), 0, "%s", pks_error_message());
	if (together)
		cr_assert_eq(pks_commit(runtime_store), 0, "%s", pks_error_message());
}

static void disturb(struct pks_object **processes, unsigned *seed)
{
	struct pks_pool_status status;
	pid_t pids[16];
	size_t count = runtime_workers(pids, 16);
	unsigned what = (unsigned)rand_r(seed) % 16;
	int r = 0;

	if (what < 6 && count)
		kill(pids[(size_t)rand_r(seed) % count], SIGKILL);
	else if (what < 7 && pks_pool_status(runtime_store, NULL, &status) == 0 && status.supervisor_pid)
		kill((pid_t)status.supervisor_pid, SIGKILL);
	else if (what < 9)
		r = pks_process_terminate(processes[rand_r(seed) % BATCH], 0);
	else if (what < 10)
		r = pks_process_kill(processes[rand_r(seed) % BATCH], 0);
	else if (what < 11)
		r = pks_pool_pause(runtime_store, NULL);
	cr_assert_eq(r, 0, "disturbance %u: %d, %s", what, r, pks_error_message());
	if (what < 11)
		cr_assert_eq(pks_pool_resume(runtime_store, NULL), 0);
}

static void expect_once(struct pks_object *process)
{
	struct pks_process_info info;
	int runs;

	cr_assert_eq(pks_process_info(process, &info), 0);
	runs = runtime_count(order, info.name);
	cr_assert_leq(runs, 1, "%s, and ran %d times", pks_status_name(info.status), runs);
	cr_assert_leq(runs, (int)info.attempt);
	cr_assert(info.status == PKS_FINISHED || info.status == PKS_FAILED || info.status == PKS_CRASHED, "%s",
		  pks_status_name(info.status));
	if (info.status == PKS_FINISHED && pks_dict_contains(process, "log") == 0)
		cr_assert_eq(runs, 1, "finished, and ran %d times", runs);
}

static void storm(unsigned workers, unsigned seed)
{
	struct pks_object *processes[BATCH];
	uint64_t cleaned;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, workers), 0);
	start_batch(processes, seed % 3 != 0, &seed);
	for (int i = 0; i < BATCH; i++) {
		if (i % 16 == 0)
			disturb(processes, &seed);
		runtime_join(processes[i]);
	}
	for (int i = 0; i < BATCH; i++)
		expect_once(processes[i]);
	cr_assert_eq(runtime_expect_index_right(), BATCH);
	for (int i = 0; i < BATCH; i++)
		pks_object_close(processes[i]);
	cr_assert_eq(pks_log_clear(order), 0);
	cr_assert_eq(pks_process_clean(runtime_store, 0, &cleaned), 0);
}

Test(lots_storm, killed_at_random_nothing_is_lost_and_nothing_runs_twice)
{
	unsigned rounds = scratch_long() ? 1000 : 24;

	order = pks_log_open(runtime_store, "order", PKS_OPEN_OR_CREATE);
	for (unsigned i = 0; i < rounds; i++)
		storm(1 + i % 4, i + 1);
	runtime_expect_well();
}
