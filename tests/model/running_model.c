/* SPDX-License-Identifier: MIT */
#include "running.h"

#include <criterion/criterion.h>
#include <signal.h>

/* More than a process has in one test; a slot's process that has had as many is not restarted. */
#define ATTEMPTS_MAX 4000

static struct process {
	uint64_t id; /* 0: there is none */
	int manner;
	struct look now;
	bool has_run[ATTEMPTS_MAX];
} processes[RUNNING_SLOTS];

static bool same(const struct look *a, const struct look *b)
{
	return a->status == b->status && a->attempt == b->attempt && a->exitcode == b->exitcode;
}

/* Whether the end is one that the handler can have had: by itself, or since it was killed. */
static bool can_end(const struct process *process, const struct look *end)
{
	bool has_run = process->has_run[end->attempt];

	switch (end->status) {
	case PKS_FINISHED:
		return has_run && end->exitcode == 0 &&
		       (process->manner == MANNER_RETURNS || process->manner == MANNER_SLEEPS);
	case PKS_FAILED:
		return has_run && end->exitcode == PLAY_EXITCODE && process->manner == MANNER_FAILS;
	default:
		return end->exitcode == PLAY_NO_EXITCODE || end->exitcode == -SIGKILL || end->exitcode == -SIGTERM;
	}
}

/* Claimed in a lot, and not begun: it may be submitted again, as if it never had been claimed. */
static bool can_be_given_back(const struct process *process, const struct look *look)
{
	return look->status == PKS_RUNNING && !process->has_run[look->attempt];
}

/* Whether a process that was `from` may have become `to`, without a step of ours. */
static bool can_become(const struct process *process, const struct look *to)
{
	const struct look *from = &process->now;
	bool ended = (to->status & PKS_TERMINAL) != 0;

	if (same(from, to))
		return true;
	if (from->status == PKS_SUBMITTED && to->status == PKS_RUNNING)
		return to->attempt == from->attempt + 1 && to->exitcode == PLAY_NO_EXITCODE;
	if (from->status == PKS_SUBMITTED && ended)
		return to->attempt == from->attempt + 1 && can_end(process, to);
	if (can_be_given_back(process, from) && to->status == PKS_SUBMITTED)
		return to->attempt == from->attempt - 1 && to->exitcode == PLAY_NO_EXITCODE;
	return from->status == PKS_RUNNING && ended && to->attempt == from->attempt && can_end(process, to);
}

static void expect_can_become(const struct process *process, const struct look *to, uint64_t position)
{
	cr_assert(can_become(process, to),
	          "entry %llu: process %llu (manner %d) was %s, attempt %d, exitcode %d, and is %s, attempt %d, "
	          "exitcode %d",
	          (unsigned long long)position, (unsigned long long)process->id, process->manner,
	          pks_status_name(process->now.status), process->now.attempt, process->now.exitcode,
	          pks_status_name(to->status), to->attempt, to->exitcode);
}

/* ---- steps: what must have been answered, and how it must be afterwards ---- */

static const struct look created = {PKS_CREATED, 0, PLAY_NO_EXITCODE};

static int start(struct look *look)
{
	if (look->status != PKS_CREATED)
		return PKS_ERR_STATE;
	look->status = PKS_SUBMITTED;
	return 0;
}

static int restart(struct look *look)
{
	if (look->status == PKS_CREATED)
		return start(look);
	if (!(look->status & PKS_TERMINAL))
		return PKS_ERR_USAGE;
	look->status = PKS_SUBMITTED;
	look->exitcode = PLAY_NO_EXITCODE;
	return 0;
}

static int end(struct look *look, int signal_number)
{
	if (look->status == PKS_CREATED || look->status == PKS_SUBMITTED)
		*look = (struct look){PKS_CRASHED, look->attempt, -signal_number};
	return 0;
}

/*
 * Who ends a running one recalls its worker's lot. One that has not begun is got back by that, and ended as any that is
 * submitted; one that has ended already, which only its worker knew, has its end recorded instead.
 */
static bool can_be_settled(const struct process *process, int signal_number, const struct look *from,
                           const struct look *to)
{
	if (from->status != PKS_RUNNING)
		return false;
	if (to->status == PKS_FINISHED)
		return to->attempt == from->attempt && can_end(process, to);
	return can_be_given_back(process, from) && to->status == PKS_CRASHED && to->attempt == from->attempt - 1 &&
	       to->exitcode == -signal_number;
}

static int signal_of(int op)
{
	return op == PLAY_TERMINATE ? SIGTERM : op == PLAY_KILL ? SIGKILL : 0;
}

static int drop(struct look *look)
{
	if (look->status == PKS_SUBMITTED || look->status == PKS_RUNNING)
		return PKS_ERR_STATE;
	*look = (struct look){.exitcode = PLAY_NO_EXITCODE};
	return 0;
}

static int step(int op, struct look *look)
{
	if (look->status == 0)
		return PKS_NOT_FOUND;
	switch (op) {
	case PLAY_START:
	case PLAY_START_TOO:
		return start(look);
	case PLAY_RESTART:
	case PLAY_RESTART_TOO:
		return restart(look);
	case PLAY_TERMINATE:
	case PLAY_KILL:
		return end(look, signal_of(op));
	case PLAY_DROP:
		return drop(look);
	default:
		return 0;
	}
}

static struct process *find(uint64_t id)
{
	for (int slot = 0; slot < RUNNING_SLOTS; slot++)
		if (processes[slot].id == id)
			return &processes[slot];
	return NULL;
}

static void replay_new(struct process *process, const struct play *play, uint64_t position)
{
	cr_assert_eq(play->code, process->id ? PKS_EXISTS : 0, "entry %llu: %d", (unsigned long long)position,
	             play->code);
	if (process->id)
		return;
	*process = (struct process){.id = play->id, .manner = play->manner, .now = created};
	cr_assert(same(&play->after, &created));
}

static void replay_step(struct process *process, const struct play *play, uint64_t position)
{
	struct look after = play->before;
	int code;

	cr_assert_eq(play->id, process->id, "entry %llu: it is another process", (unsigned long long)position);
	if (process->id)
		expect_can_become(process, &play->before, position);
	code = step(play->op, &after);
	if (signal_of(play->op) && can_be_settled(process, signal_of(play->op), &play->before, &play->after))
		after = play->after;
	cr_assert(code == play->code && same(&after, &play->after),
	          "entry %llu: op %d on a process that was %s: answered %d, and is %s, attempt %d, exitcode %d; the "
	          "model says %d, %s",
	          (unsigned long long)position, play->op, pks_status_name(play->before.status), play->code,
	          pks_status_name(play->after.status), play->after.attempt, play->after.exitcode, code,
	          pks_status_name(after.status));
	process->now = play->after;
	if (play->after.status == 0)
		process->id = 0;
}

static void replay_run(const struct play *play, uint64_t position)
{
	struct process *process = find(play->id);

	cr_assert_not_null(process, "entry %llu: a process runs that was dropped", (unsigned long long)position);
	expect_can_become(process, &play->before, position);
	cr_assert_eq(play->before.status, PKS_RUNNING, "entry %llu: a process runs that is %s",
	             (unsigned long long)position, pks_status_name(play->before.status));
	cr_assert_lt(play->before.attempt, ATTEMPTS_MAX);
	cr_assert(!process->has_run[play->before.attempt], "entry %llu: attempt %d of process %llu runs twice",
	          (unsigned long long)position, play->before.attempt, (unsigned long long)play->id);
	process->has_run[play->before.attempt] = true;
	process->now = play->before;
}

void running_replay(const struct play *play, uint64_t position)
{
	if (play->op == PLAY_RUN)
		replay_run(play, position);
	else if (play->op == PLAY_NEW)
		replay_new(&processes[play->slot], play, position);
	else
		replay_step(&processes[play->slot], play, position);
}

void running_expect_end(int slot, const struct look *look)
{
	struct process *process = &processes[slot];
	struct look killed = process->now;

	cr_assert_eq(look->status != 0, process->id != 0);
	if (process->id == 0)
		return;
	end(&killed, SIGKILL);
	if (can_be_settled(process, SIGKILL, &process->now, look))
		killed = *look;
	if (process->now.status == PKS_CREATED || !same(look, &killed))
		expect_can_become(process, look, UINT64_MAX);
	cr_assert(look->status == PKS_CREATED || (look->status & PKS_TERMINAL), "%s", pks_status_name(look->status));
	process->now = *look;
}
