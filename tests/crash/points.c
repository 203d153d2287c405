/* SPDX-License-Identifier: MIT */
#include "points.h"

#include "lib/child.h"
#include "lib/killpoint.h"
#include "lib/scratch.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* In the long form: every so many instructions. */
#define STRIDE 97
/* But no more deaths than so many: each steps through all instructions before it, which takes microseconds each. */
#define INSTRUCTION_DEATHS 40
/* And so many at calls, where an operation asks for fewer than all in the short form. */
#define CALL_DEATHS 300

/* Whether a victim has done what it has to is asked every so many instructions. */
#define VICTIM_PIECE 500

struct pks_store *points_store;
int64_t *points_note;

struct shared {
	atomic_bool told;
	int64_t note;
};

static struct {
	const struct operation *operation;
	const char *path;
	struct shared *shared;
	int number;
	unsigned seed; /* of the points, where not all are taken: $PKS_MODEL_SEED, or another one each time */
	int64_t killed_ns, longest_ns;
	bool waits; /* for points_went_on() */
} run;

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* ---- in the processes ---- */

static void open_again(void)
{
	points_store = pks_store_open(run.path, NULL);
	if (!points_store)
		_exit(99);
	run.operation->open(points_store);
}

static int failed(const char *what, int r)
{
	fprintf(stderr, "%s: %s: %d %s\n", run.operation->name, what, r, r < 0 ? pks_error_message() : pks_strerror(r));
	return 1;
}

static int victim(void *unused)
{
	int r;

	(void)unused;
	open_again();
	r = run.operation->ready ? run.operation->ready(run.number) : 0;
	if (r != 0)
		return failed("ready", r);
	killpoint_here();
	r = run.operation->act(run.number);
	if (r != 0)
		return failed("act", r);
	atomic_store(&run.shared->told, true);
	return 0;
}

static int go_on_for_ever(void *unused)
{
	int r = 0;

	(void)unused;
	open_again();
	while (r == 0)
		r = run.operation->meanwhile();
	return failed("meanwhile", r);
}

/* ---- in the test ---- */

void points_went_on(void)
{
	int64_t took = now_ns() - run.killed_ns;

	if (!run.waits)
		return;
	run.waits = false;
	if (took > run.longest_ns)
		run.longest_ns = took;
	cr_assert_lt(took / 1000000, GOES_ON_MS, "%s, %d: the others went on after %lld ms", run.operation->name,
	             run.number, (long long)(took / 1000000));
}

static int print_finding(const struct pks_finding *finding, void *arg)
{
	(void)arg;
	fprintf(stderr, "%s: %s: %s\n", finding->path, pks_check_name(finding->code), finding->what);
	return 0;
}

static pid_t begin_victim(void)
{
	const struct operation *operation = run.operation;
	pid_t pid;

	if (!operation->victim)
		return killpoint_start(victim, NULL);
	pid = operation->victim(run.number);
	if (!killpoint_seize(pid))
		return 0;
	cr_assert_eq(operation->act(run.number), 0, "%s: %s", operation->name, pks_error_message());
	return pid;
}

/* How many points it came. */
static long step(pid_t pid, enum killpoint_unit unit, long point, int *status)
{
	long come = 0, piece = unit == KILLPOINT_CALLS ? 1 : VICTIM_PIECE, came;

	if (!run.operation->victim)
		return killpoint_step(pid, unit, point, status);
	while (come < point && !run.operation->over(run.number)) {
		piece = point - come < piece ? point - come : piece;
		came = killpoint_step(pid, unit, piece, status);
		cr_assert_eq(came, piece, "%s: who was to be killed has ended: status %x", run.operation->name,
		             (unsigned)*status);
		come += came;
	}
	return come;
}

/*
 * A process that was killed when LMDB had written its commit, and not yet told the readers, has committed: they see it
 * from the next writer's begin on, which finds its lock orphaned.
 */
static void settle(void)
{
	cr_assert_eq(pks_begin(points_store), 0, "%s", pks_error_message());
	cr_assert_eq(pks_commit(points_store), 0, "%s", pks_error_message());
}

/*
 * Kills one at that point. Returns how many points it came; less than asked for when it was over before, as it should.
 */
static long kill_one(enum killpoint_unit unit, long point)
{
	int status = 0;
	long come;
	pid_t pid;

	run.number++;
	atomic_store(&run.shared->told, false);
	run.shared->note = 0;
	if (run.operation->prepare)
		run.operation->prepare(run.number);
	pid = begin_victim();
	if (pid == 0)
		cr_skip_test("not allowed to trace a process");
	come = step(pid, unit, point, &status);
	if (come == point)
		killpoint_kill(pid);
	else if (run.operation->victim)
		killpoint_leave(pid);
	else
		cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s: status %x", run.operation->name,
		          (unsigned)status);
	run.killed_ns = now_ns();
	run.waits = true;
	if (!run.operation->reads_first)
		settle();
	run.operation->check(run.number, atomic_load(&run.shared->told));
	cr_assert(!run.waits, "%s: check() does not say when the others went on", run.operation->name);
	cr_assert_eq(pks_check(points_store, NULL, print_finding, NULL, NULL), 0, "%s, killed at point %ld, seed %u",
	             run.operation->name, point, run.seed);
	return come;
}

/*
 * At every point, or at no more of them than so many, spread over all there are; `least` is the smallest distance then.
 * Returns how many deaths there were.
 */
static long kill_at(enum killpoint_unit unit, long most, long least)
{
	long all = most ? kill_one(unit, INT32_MAX) : 0, deaths = 0;
	long stride = most && all / most > least ? all / most : least;

	/* Odd, so that it does not keep step with a loop. */
	stride |= 1;
	for (long point = most ? 1 + rand() % stride : 1; kill_one(unit, point) == point; point += stride)
		deaths++;
	return deaths;
}

static long kill_at_all(void)
{
	const struct operation *operation = run.operation;
	long deaths;

	srand(run.seed);
	if (!scratch_long())
		return kill_at(KILLPOINT_CALLS, operation->deaths, 1);
	deaths = kill_at(KILLPOINT_CALLS, operation->deaths ? CALL_DEATHS : 0, 1);
	return deaths + kill_at(KILLPOINT_INSTRUCTIONS, INSTRUCTION_DEATHS, STRIDE);
}

void points_run(const struct operation *operation)
{
	const char *given = getenv("PKS_MODEL_SEED");
	pid_t other = 0;
	long deaths;

	memset(&run, 0, sizeof(run));
	run.operation = operation;
	run.seed = given ? (unsigned)strtoul(given, NULL, 0) : (unsigned)time(NULL);
	run.path = scratch_dir(operation->name);
	run.shared = child_shared(sizeof(*run.shared));
	points_note = &run.shared->note;
	open_again();
	if (operation->meanwhile)
		other = child_start(go_on_for_ever, NULL);
	deaths = kill_at_all();
	cr_assert_gt(deaths, 0, "%s: has no points", operation->name);
	if (other) {
		kill(other, SIGKILL);
		cr_assert_eq(child_wait(other), -SIGKILL, "%s: the other one failed", operation->name);
	}
	printf("%s: killed at %ld points; the others went on within %.1f ms\n", operation->name, deaths,
	       (double)run.longest_ns / 1e6);
	if (operation->end)
		operation->end();
	pks_store_close(points_store);
	scratch_remove(run.path);
}
