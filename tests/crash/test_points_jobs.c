/* SPDX-License-Identifier: MIT */
/* Items that are worked on: reserved, buried, done. Killed at each point of these operations: see points.h. */
#include "points.h"

static struct pks_object *queue, *small;

static void open_objects(struct pks_store *store)
{
	queue = pks_queue_open(store, "queue", 0, PKS_OPEN_OR_CREATE);
	small = pks_queue_open(store, "small", 1, PKS_OPEN_OR_CREATE);
	cr_assert_not_null(small, "%s", pks_error_message());
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

static void prepare_item(int number)
{
	expect_put(number);
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

Test(points_jobs, reserve)
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

Test(points_jobs, ack)
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

Test(points_jobs, release)
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

Test(points_jobs, bury)
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

Test(points_jobs, kick)
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

Test(points_jobs, task_done)
{
	points_run(&(struct operation){"queue_task_done", .open = open_objects, .prepare = prepare_task,
	                               .act = finish_task, .check = check_task});
}
