/* SPDX-License-Identifier: MIT */
/* What puts into queues and gets out of them, killed at each of their points: see points.h. */
#include "points.h"

#define SEVERAL 5

static struct pks_object *queue, *small, *lifo, *priorities, *done;

static void open_objects(struct pks_store *store)
{
	queue = pks_queue_open(store, "queue", 0, PKS_OPEN_OR_CREATE);
	small = pks_queue_open(store, "small", 1, PKS_OPEN_OR_CREATE);
	lifo = pks_lifoqueue_open(store, "lifo", 0, PKS_OPEN_OR_CREATE);
	priorities = pks_priorityqueue_open(store, "priorities", 0, PKS_OPEN_OR_CREATE);
	done = pks_log_open(store, "done", PKS_OPEN_OR_CREATE);
	cr_assert_not_null(done, "%s", pks_error_message());
}

/* ---- in the test ---- */

static void expect_put(int number)
{
	cr_assert_eq(pks_queue_putf(queue, FAR_MS, "i", number), 0, "%s", pks_error_message());
}

static int expect_get(void)
{
	int number = 0;

	cr_assert_eq(pks_queue_getf(queue, FAR_MS, "i", &number), 0, "%s", pks_error_message());
	return number;
}

static void expect_empty(void)
{
	struct pks_queue_stats stats;

	cr_assert_eq(pks_queue_stats(queue, &stats), 0);
	cr_assert(stats.ready == 0 && stats.reserved == 0 && stats.buried == 0,
	          "%llu ready, %llu reserved, %llu buried", (unsigned long long)stats.ready,
	          (unsigned long long)stats.reserved, (unsigned long long)stats.buried);
}

/* ---- put ---- */

static int put(int number)
{
	return pks_queue_putf(queue, -1, "i", number);
}

static void check_put(int number, bool told)
{
	int first;

	expect_put(-number);
	points_went_on();
	first = expect_get();
	cr_assert(first == number || (first == -number && !told), "%d of %d", first, number);
	if (first == number)
		cr_assert_eq(expect_get(), -number);
	expect_empty();
}

Test(points_queue, put)
{
	points_run(&(struct operation){"queue_put", .open = open_objects, .act = put, .check = check_put});
}

static int put_many(int number)
{
	struct pks_value values[SEVERAL] = {{0}};

	for (int i = 0; i < SEVERAL; i++)
		pks_value_pack(&values[i], "i", number + i);
	return pks_queue_put_many(queue, values, SEVERAL, -1);
}

static void check_put_many(int number, bool told)
{
	uint64_t count;

	expect_put(-number);
	points_went_on();
	cr_assert_eq(pks_queue_count(queue, &count), 0);
	cr_assert(count == 1 + SEVERAL || (count == 1 && !told), "%d are there", (int)count);
	for (int i = 0; count > 1 && i < SEVERAL; i++)
		cr_assert_eq(expect_get(), number + i);
	cr_assert_eq(expect_get(), -number);
	expect_empty();
}

Test(points_queue, put_many)
{
	points_run(
		&(struct operation){"queue_put_many", .open = open_objects, .act = put_many, .check = check_put_many});
}

/* ---- get ---- */

static void prepare_item(int number)
{
	expect_put(number);
}

static int get_and_note(int number)
{
	struct pks_value value = {0};
	int r = pks_begin(points_store);

	(void)number;
	if (r == 0)
		r = pks_queue_get(queue, 0, &value);
	if (r == 0)
		r = pks_log_append(done, &value);
	pks_value_clear(&value);
	return r == 0 ? pks_commit(points_store) : r;
}

static int last_done(void)
{
	int number = 0;

	cr_assert_geq(pks_log_getf(done, -1, "i", &number), 0, "%s", pks_error_message());
	return number;
}

static void check_get(int number, bool told)
{
	int first;

	expect_put(-number);
	first = expect_get();
	points_went_on();
	if (first == number) {
		cr_assert(!told && last_done() != number);
		first = expect_get();
	} else {
		cr_assert_eq(last_done(), number);
	}
	cr_assert_eq(first, -number);
	expect_empty();
}

Test(points_queue, get)
{
	points_run(&(struct operation){"queue_get", .open = open_objects, .prepare = prepare_item, .act = get_and_note,
	                               .check = check_get});
}

/* ---- the other kinds of queues ---- */

static int put_last(int number)
{
	return pks_queue_putf(lifo, -1, "i", number);
}

static void check_put_last(int number, bool told)
{
	int got = 0, r;

	cr_assert_eq(put_last(-number), 0, "%s", pks_error_message());
	points_went_on();
	cr_assert_eq(pks_queue_getf(lifo, 0, "i", &got), 0, "%s", pks_error_message());
	cr_assert_eq(got, -number);
	r = pks_queue_getf(lifo, 0, "i", &got);
	cr_assert((r == 0 && got == number) || (r == PKS_EMPTY && !told), "%d: %d", r, got);
}

Test(points_queue, put_into_a_lifoqueue)
{
	points_run(&(struct operation){"lifo_put", .open = open_objects, .act = put_last, .check = check_put_last});
}

static int put_with_priority(int number)
{
	struct pks_value value = {0};
	int r = pks_value_pack(&value, "i", number);

	if (r == 0)
		r = pks_queue_put_priority(priorities, number, &value, -1);
	pks_value_clear(&value);
	return r;
}

static void check_priority(int number, bool told)
{
	int got = 0, r;

	cr_assert_eq(put_with_priority(-number), 0, "%s", pks_error_message());
	points_went_on();
	cr_assert_eq(pks_queue_getf(priorities, 0, "i", &got), 0, "%s", pks_error_message());
	cr_assert_eq(got, -number, "the lower one comes first");
	r = pks_queue_getf(priorities, 0, "i", &got);
	cr_assert((r == 0 && got == number) || (r == PKS_EMPTY && !told), "%d: %d", r, got);
}

Test(points_queue, put_into_a_priorityqueue)
{
	points_run(&(struct operation){"priority_put", .open = open_objects, .act = put_with_priority,
	                               .check = check_priority});
}

/* ---- clear ---- */

static void prepare_items(int number)
{
	cr_assert_eq(put_many(number), 0, "%s", pks_error_message());
}

static int clear(int number)
{
	(void)number;
	return pks_queue_clear(queue);
}

static void check_clear(int number, bool told)
{
	struct pks_queue_stats stats;

	cr_assert_eq(pks_queue_stats(queue, &stats), 0, "%s", pks_error_message());
	cr_assert(stats.ready == 0 || (stats.ready == SEVERAL && !told), "%d are there", (int)stats.ready);
	cr_assert_eq(stats.unfinished, stats.ready);
	cr_assert_eq(clear(number), 0, "%s", pks_error_message());
	points_went_on();
	expect_empty();
}

Test(points_queue, clear)
{
	points_run(&(struct operation){"queue_clear", .open = open_objects, .prepare = prepare_items, .act = clear,
	                               .check = check_clear});
}

/* ---- waiting: another one puts numbers into a queue that has room for one, as fast as they are got ---- */

static int put_next(void)
{
	static int next;

	return pks_queue_putf(small, -1, "i", ++next);
}

static int wait_and_get(int number)
{
	int got = 0, r = pks_queue_getf(small, -1, "i", &got);

	(void)number;
	*points_note = got;
	return r;
}

static void check_wait_and_get(int number, bool told)
{
	static int last;
	int next = 0;

	if (number == 1)
		last = 0;
	cr_assert_eq(pks_queue_getf(small, FAR_MS, "i", &next), 0, "%s", pks_error_message());
	points_went_on();
	/* Who was killed has got the one between, or not; no other is missing. */
	cr_assert(next == last + 2 || (next == last + 1 && !told), "%d after %d", next, last);
	cr_assert(*points_note == 0 || (*points_note == last + 1 && next == last + 2));
	last = next;
}

Test(points_queue, get_what_has_still_to_come)
{
	points_run(&(struct operation){"queue_wait", .open = open_objects, .act = wait_and_get,
	                               .check = check_wait_and_get, .meanwhile = put_next});
}
