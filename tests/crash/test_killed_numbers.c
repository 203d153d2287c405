/* SPDX-License-Identifier: MIT */
/*
 * Values and Arrays under writers that are killed at any instruction.
 *
 * Invariant, at each commit: the Value `sum` is the sum of all numbers of the Array; `last` holds the same number as
 * the Array's first element; each writer's own element has as many additions as it reported, or one more for each of
 * its deaths: the one that it was killed before it could report.
 */
#include "lib/child.h"
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define WRITERS 3
/* Four pieces, so that a transaction touches several. */
#define LENGTH 2000

static char *path;

struct reports {
	atomic_llong additions[WRITERS];
};

struct job {
	int writer;
	struct reports *reports;
};

struct numbers {
	struct pks_store *store;
	struct pks_object *array, *sum, *last;
};

static int open_numbers(struct numbers *numbers)
{
	numbers->store = pks_store_open(path, NULL);
	numbers->array = pks_array_open(numbers->store, "array", PKS_INT64, LENGTH, PKS_OPEN_OR_CREATE);
	numbers->sum = pks_cell_open(numbers->store, "sum", PKS_OPEN_OR_CREATE);
	numbers->last = pks_cell_open(numbers->store, "last", PKS_OPEN_OR_CREATE);
	return numbers->last ? 0 : pks_error_code();
}

/* Elements 1 to WRITERS are the writers' own; the others take random numbers. */
static int change_numbers(struct numbers *numbers, int writer, unsigned *seed)
{
	int64_t by = rand_r(seed) % 1000, index = WRITERS + 1 + rand_r(seed) % (LENGTH - WRITERS - 1), first = 0;
	int r = pks_begin(numbers->store);

	if (r < 0)
		return r;
	pks_array_add(numbers->array, index, by, NULL);
	pks_array_add(numbers->array, 0, 1, &first);
	pks_array_add(numbers->array, 1 + writer, 1, NULL);
	pks_cell_setf(numbers->last, "I", first);
	pks_cell_add(numbers->sum, by + 2, NULL);
	return pks_commit(numbers->store);
}

static int write_for_ever(void *arg)
{
	const struct job *job = arg;
	struct numbers numbers;
	unsigned seed = (unsigned)job->writer + 1;
	int r = open_numbers(&numbers);

	while (r == 0) {
		r = change_numbers(&numbers, job->writer, &seed);
		if (r == 0)
			atomic_fetch_add(&job->reports->additions[job->writer], 1);
	}
	return 1;
}

static void expect_whole(struct numbers *numbers, struct reports *reports, int deaths)
{
	int64_t elements[LENGTH], sum = 0, expected = 0, last = 0;

	cr_assert_eq(pks_snapshot_begin(numbers->store), 0);
	cr_assert_eq(pks_array_read(numbers->array, PKS_INT64, 0, LENGTH, elements), 0, "%s", pks_error_message());
	pks_cell_getf(numbers->sum, "I", &expected);
	pks_cell_getf(numbers->last, "I", &last);
	pks_snapshot_end(numbers->store);
	for (int i = 0; i < LENGTH; i++)
		sum += elements[i];
	cr_assert_eq(sum, expected, "%lld, not %lld", (long long)sum, (long long)expected);
	cr_assert_eq(elements[0], last);
	cr_assert_eq(elements[0], elements[1] + elements[2] + elements[3]);
	for (int i = 0; reports && i < WRITERS; i++) {
		long long told = atomic_load(&reports->additions[i]);

		cr_assert(elements[1 + i] >= told && elements[1 + i] <= told + deaths, "%lld done, %lld told",
		          (long long)elements[1 + i], told);
	}
}

Test(killed_numbers, sums_and_pieces_stay_whole)
{
	struct reports *reports = child_shared(sizeof(*reports));
	int rounds = scratch_long() ? 2000 : 60;
	pid_t writers[WRITERS];
	struct numbers numbers;
	uint64_t version = 0;
	unsigned seed = 1;

	path = scratch_dir("killed_numbers");
	cr_assert_eq(open_numbers(&numbers), 0, "%s", pks_error_message());
	for (int i = 0; i < WRITERS; i++)
		writers[i] = child_start(write_for_ever, &(struct job){i, reports});
	for (int round = 1; round <= rounds; round++) {
		int victim = (int)(rand_r(&seed) % WRITERS);

		/* They are at work, and one is killed at just any moment of it. */
		cr_assert_eq(pks_cell_wait(numbers.last, &version, 20000, NULL), 0, "%s", pks_error_message());
		nanosleep(&(struct timespec){.tv_nsec = rand_r(&seed) % 300000}, NULL);
		child_kill(writers[victim]);
		expect_whole(&numbers, NULL, 0);
		writers[victim] = child_start(write_for_ever, &(struct job){victim, reports});
	}
	for (int i = 0; i < WRITERS; i++)
		child_kill(writers[i]);
	expect_whole(&numbers, reports, rounds + WRITERS);
	pks_store_close(numbers.store);
}
