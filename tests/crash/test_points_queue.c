/* SPDX-License-Identifier: MIT */
/* The operations of a Queue, killed at each of their points: see points.h. */
#include "points.h"

#define SEVERAL 5

static struct pks_object *queue, *small, *done;

static void open_objects(struct pks_store *store)
{
	queue = pks_queue_open(store, "queue", 0, PKS_OPEN_OR_CREATE);
	small = pks_queue_open(store, "small", 1, PKS_OPEN_OR_CREATE);
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

/* The next one, and it is acknowledged. */
static int expect_reserve(uint64_t *deliveries_out)
{
	struct pks_reservation held = {0};
	int64_t number = 0;

	cr_assert_eq(pks_queue_reserve(queue, FAR_MS, &held), 0, "%s", pks_error_message());
	points_went_on();
	cr_assert_eq(pks_value_int(&held.value, &number), 0);
	cr_assert_eq(pks_queue_ack(queue, &held), 0, "%s", pks_error_message());
	*deliveries_out = held.deliveries;
	pks_reservation_clear(&held);
	return (int)number;
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

/* ---- reserved items ---- */

static struct pks_reservation mine;

static int reserve(int number)
{
	(void)number;
	return pks_queue_reserve(queue, -1, &mine);
}

static void check_reserve(int number, bool told)
{
	uint64_t deliveries;

	cr_assert_eq(expect_reserve(&deliveries), number);
	cr_assert(deliveries == 2 || (deliveries == 1 && !told));
	expect_empty();
}

Test(points_queue, reserve)
{
	points_run(&(struct operation){"queue_reserve", .open = open_objects, .prepare = prepare_item, .act = reserve,
	                               .check = check_reserve});
}

static int acknowledge(int number)
{
	(void)number;
	return pks_queue_ack(queue, &mine);
}

/* What a dead one held may come late, as there is something else; then there is nothing else. */
static void check_ack(int number, bool told)
{
	int first, second = 0;
	uint64_t deliveries;

	expect_put(-number);
	first = expect_reserve(&deliveries);
	if (!told && pks_queue_getf(queue, 0, "i", &second) == PKS_EMPTY)
		second = 0;
	cr_assert(first == -number || second == -number);
	cr_assert(first + second == 0 || (first == -number && second == 0), "%d, %d", first, second);
	expect_empty();
}

Test(points_queue, ack)
{
	points_run(&(struct operation){"queue_ack", .open = open_objects, .prepare = prepare_item, .ready = reserve,
	                               .act = acknowledge, .check = check_ack});
}

static int release(int number)
{
	(void)number;
	return pks_queue_release(queue, &mine);
}

static void check_release(int number, bool told)
{
	uint64_t deliveries;

	(void)told;
	cr_assert_eq(expect_reserve(&deliveries), number);
	cr_assert_eq(deliveries, 2);
	expect_empty();
}

Test(points_queue, release)
{
	points_run(&(struct operation){"queue_release", .open = open_objects, .prepare = prepare_item, .ready = reserve,
	                               .act = release, .check = check_release});
}

static int bury(int number)
{
	(void)number;
	return pks_queue_bury(queue, &mine);
}

static void check_bury(int number, bool told)
{
	uint64_t kicked;

	cr_assert_eq(pks_queue_kick(queue, 1, &kicked), 0);
	cr_assert(kicked == 1 || !told);
	check_release(number, told);
}

Test(points_queue, bury)
{
	points_run(&(struct operation){"queue_bury", .open = open_objects, .prepare = prepare_item, .ready = reserve,
	                               .act = bury, .check = check_bury});
}

static void prepare_buried(int number)
{
	struct pks_reservation held = {0};

	expect_put(number);
	cr_assert_eq(pks_queue_reserve(queue, FAR_MS, &held), 0, "%s", pks_error_message());
	cr_assert_eq(pks_queue_bury(queue, &held), 0, "%s", pks_error_message());
	pks_reservation_clear(&held);
}

static int kick(int number)
{
	(void)number;
	return pks_queue_kick(queue, 1, NULL);
}

static void check_kick(int number, bool told)
{
	uint64_t kicked;

	cr_assert_eq(pks_queue_kick(queue, 1, &kicked), 0, "%s", pks_error_message());
	points_went_on();
	cr_assert(kicked == 0 || !told);
	cr_assert_eq(expect_get(), number);
	expect_empty();
}

Test(points_queue, kick)
{
	points_run(&(struct operation){"queue_kick", .open = open_objects, .prepare = prepare_buried, .act = kick,
	                               .check = check_kick});
}

/* ---- task_done ---- */

static void prepare_task(int number)
{
	int got = 0;

	cr_assert_eq(pks_queue_putf(small, FAR_MS, "i", number), 0, "%s", pks_error_message());
	cr_assert_eq(pks_queue_getf(small, FAR_MS, "i", &got), 0, "%s", pks_error_message());
}

static int finish_task(int number)
{
	(void)number;
	return pks_queue_task_done(small, 1);
}

static void check_task(int number, bool told)
{
	int r = finish_task(number);

	points_went_on();
	cr_assert(r == PKS_ERR_STATE || (r == 0 && !told), "%d %s", r, pks_error_message());
	cr_assert_eq(pks_queue_join(small, 0), 0, "%s", pks_error_message());
}

Test(points_queue, task_done)
{
	points_run(&(struct operation){"queue_task_done", .open = open_objects, .prepare = prepare_task,
	                               .act = finish_task, .check = check_task});
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
