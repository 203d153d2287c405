/* SPDX-License-Identifier: MIT */
/*
 * The protocol of lots between threads that stand for processes: workers that claim, run and record, and others that
 * recall. A mutex is the write lock, and what it guards is the store. Each process runs once, or not at all if it was
 * cancelled; a build with b_sanitize=thread tells of what is not ordered.
 */
#include "runtime/lot.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define WORKERS 2
#define RECALLERS 2
#define PROCESSES 100000

enum status { SUBMITTED, RUNNING, FINISHED, CANCELLED };

static pthread_mutex_t store = PTHREAD_MUTEX_INITIALIZER;
static struct {
	enum status status;
	int worker, entered;
	uint32_t attempt;
	atomic_int runs;
} processes[PROCESSES];
static uint64_t next;

static struct lots shared[WORKERS];
static atomic_int working = WORKERS;

static void fail(const char *what, uint64_t id)
{
	fprintf(stderr, "process %d: %s\n", (int)id, what);
	exit(EXIT_FAILURE);
}

static int is_of(const struct lot_member *member, int worker)
{
	return processes[member->process].status == RUNNING && processes[member->process].worker == worker &&
	       processes[member->process].attempt == member->attempt;
}

static void give_back(uint64_t id)
{
	processes[id].status = SUBMITTED;
	processes[id].attempt--;
}

/* What others have not settled: the store's own. */
static void settle(const struct lot_member *members, uint32_t begun, uint32_t count, int worker)
{
	for (uint32_t i = 0; i < count; i++) {
		if (!is_of(&members[i], worker))
			continue;
		if (i < begun)
			processes[members[i].process].status = FINISHED;
		else
			give_back(members[i].process);
	}
}

/* The queue begins anew when it is through: what was given back is found again. */
static uint32_t claim(struct lot_member *members, int worker)
{
	uint32_t count = 0;

	for (uint64_t looked = 0; looked < PROCESSES && count < LOT_MAX; looked++, next = (next + 1) % PROCESSES) {
		if (processes[next].status != SUBMITTED)
			continue;
		processes[next].status = RUNNING;
		processes[next].worker = worker;
		processes[next].entered = count == 0;
		members[count++] = (struct lot_member){next, ++processes[next].attempt, 0};
	}
	return count;
}

static void run(const struct lot_member *member)
{
	if (atomic_fetch_add(&processes[member->process].runs, 1) != 0)
		fail("it ran twice", member->process);
	/* Others get their turn in the middle of a lot. */
	if (member->process % 8 == 3)
		sched_yield();
}

static void *work(void *arg)
{
	int worker = (int)(intptr_t)arg;
	struct lots *lots = &shared[worker];
	struct lot_member members[LOT_MAX];
	uint32_t count = 0, begun = 0;
	uint64_t number = 0;

	do {
		struct lot *lot;

		pthread_mutex_lock(&store);
		settle(members, begun, count, worker);
		count = claim(members, worker);
		lot = &lots->at[(number + 1) % 2];
		if (count)
			lot_fill(lot, number + 1, members, count);
		pthread_mutex_unlock(&store);
		if (number)
			lot_empty(&lots->at[number % 2]);
		number++;
		for (begun = 0; begun < count && (begun == 0 || lot_begin(lot, begun)); begun++) {
			run(&members[begun]);
			if (!lot_is_recalled(lot))
				lot_end(lot, begun, begun + 1);
		}
	} while (count);
	atomic_fetch_sub(&working, 1);
	return NULL;
}

/* Every fourth of those that have not begun is cancelled, as by a termination. */
static void recall(int worker)
{
	struct lots *lots = &shared[worker];

	pthread_mutex_lock(&store);
	lots_recall(lots);
	for (int i = 0; i < 2; i++) {
		uint32_t count = atomic_load(&lots->at[i].count);

		for (uint32_t j = 0; j < count; j++) {
			const struct lot_member *member = &lots->at[i].members[j];
			struct lot_finding finding = lots_find(lots, member->process, member->attempt,
							       processes[member->process].entered);

			if (!is_of(member, worker))
				continue;
			if (finding.place == LOT_ENDED)
				processes[member->process].status = FINISHED;
			else if (finding.place == LOT_UNBEGUN && member->process % 4 == 0)
				processes[member->process].status = CANCELLED;
			else if (finding.place == LOT_UNBEGUN)
				give_back(member->process);
			else
				processes[member->process].entered = 1;
		}
	}
	pthread_mutex_unlock(&store);
}

static void *recall_again_and_again(void *arg)
{
	unsigned turn = (unsigned)(uintptr_t)arg;
	uint64_t stamp = 0;

	while (atomic_load(&working) > 0) {
		struct lots *lots = &shared[turn++ % WORKERS];

		/* As the supervisor does, without the lock. */
		if (lots_are_open(lots) && lots_stamp(lots) != stamp) {
			stamp = lots_stamp(lots);
			recall((int)(lots - shared));
		} else {
			sched_yield();
		}
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[WORKERS + RECALLERS];

	for (int i = 0; i < WORKERS + RECALLERS; i++)
		if (pthread_create(&threads[i], NULL, i < WORKERS ? work : recall_again_and_again, (void *)(intptr_t)i))
			return EXIT_FAILURE;
	for (int i = 0; i < WORKERS + RECALLERS; i++)
		pthread_join(threads[i], NULL);
	for (uint64_t id = 0; id < PROCESSES; id++) {
		int runs = processes[id].runs;

		if (processes[id].status != FINISHED && processes[id].status != CANCELLED)
			fail("it was lost", id);
		if (runs != (processes[id].status == FINISHED))
			fail("it ran, or did not, against what is recorded", id);
	}
	return EXIT_SUCCESS;
}
