/* SPDX-License-Identifier: MIT */
/* Queues between processes: who waits, who is woken, who may acknowledge. */
#include "lib/child.h"
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* Long enough to mean "for ever" to a test, short enough to end one that hangs. */
#define FAR_MS 20000

static char *path;
static struct pks_store *store;

static struct pks_object *open_queue(const char *test, uint64_t maxsize)
{
	struct pks_object *queue;

	path = scratch_dir(test);
	store = pks_store_open(path, NULL);
	cr_assert_not_null(store, "%s", pks_error_message());
	queue = pks_queue_open(store, "queue", maxsize, PKS_MUST_CREATE);
	cr_assert_not_null(queue, "%s", pks_error_message());
	return queue;
}

/* In a child: its own opening. */
static struct pks_object *open_again(void)
{
	return pks_queue_open(pks_store_open(path, NULL), "queue", 0, PKS_MUST_EXIST);
}

static void expect_count(struct pks_object *queue, uint64_t expected)
{
	uint64_t count = 999;

	cr_expect_eq(pks_queue_count(queue, &count), 0);
	cr_expect_eq(count, expected, "%llu", (unsigned long long)count);
}

/* ---- getters ---- */

static int get_one(void *ready)
{
	struct pks_object *queue = open_again();
	int number = 0, r;

	child_flag_raise(ready);
	r = pks_queue_getf(queue, FAR_MS, "i", &number);
	return r == 0 ? number : 99;
}

Test(queue, each_item_goes_to_exactly_one_of_those_who_wait)
{
	enum { GETTERS = 6 };
	struct pks_object *queue = open_queue("exactly_one", 0);
	bool got[GETTERS + 1] = {false};
	pid_t pids[GETTERS];

	for (int i = 0; i < GETTERS; i++) {
		struct child_flag ready = child_flag();

		pids[i] = child_start(get_one, &ready);
		cr_assert_eq(child_flag_wait(&ready), 0);
	}
	for (int i = 1; i <= GETTERS; i++)
		cr_expect_eq(pks_queue_putf(queue, 0, "i", i), 0, "%s", pks_error_message());
	for (int i = 0; i < GETTERS; i++) {
		int number = child_wait(pids[i]);

		cr_assert(number >= 1 && number <= GETTERS, "%d", number);
		cr_expect(!got[number], "%d was had twice", number);
		got[number] = true;
	}
	expect_count(queue, 0);
	pks_store_close(store);
}

Test(queue, several_items_of_one_put_wake_several)
{
	enum { GETTERS = 4 };
	struct pks_object *queue = open_queue("wake_several", 0);
	struct pks_value values[GETTERS] = {{0}};
	pid_t pids[GETTERS];
	int sum = 0;

	for (int i = 0; i < GETTERS; i++) {
		struct child_flag ready = child_flag();

		cr_assert_eq(pks_value_pack(&values[i], "i", i + 1), 0);
		pids[i] = child_start(get_one, &ready);
		cr_assert_eq(child_flag_wait(&ready), 0);
	}
	cr_expect_eq(pks_queue_put_many(queue, values, GETTERS, 0), 0);
	for (int i = 0; i < GETTERS; i++) {
		sum += child_wait(pids[i]);
		pks_value_clear(&values[i]);
	}
	cr_expect_eq(sum, 1 + 2 + 3 + 4);
	pks_store_close(store);
}

/* ---- putters of a bounded queue ---- */

static int put_one(void *ready)
{
	struct pks_object *queue = open_again();

	child_flag_raise(ready);
	return pks_queue_putf(queue, FAR_MS, "i", 3);
}

static int put_two(void *ready)
{
	struct pks_object *queue = open_again();
	struct pks_value values[2] = {{0}};
	int r = pks_value_pack(&values[0], "i", 3) || pks_value_pack(&values[1], "i", 4);

	child_flag_raise(ready);
	return r ? 1 : pks_queue_put_many(queue, values, 2, FAR_MS);
}

static void expect_next(struct pks_object *queue, int expected)
{
	int number = -1;

	cr_expect_eq(pks_queue_getf(queue, FAR_MS, "i", &number), 0, "%s", pks_error_message());
	cr_expect_eq(number, expected, "%d", number);
}

Test(queue, a_put_waits_for_room)
{
	struct pks_object *queue = open_queue("room", 2);
	struct child_flag ready = child_flag();
	pid_t pid;

	pks_queue_putf(queue, 0, "i", 1);
	pks_queue_putf(queue, 0, "i", 2);
	pid = child_start(put_one, &ready);
	cr_assert_eq(child_flag_wait(&ready), 0);
	expect_count(queue, 2);
	expect_next(queue, 1);
	cr_expect_eq(child_wait(pid), 0);
	expect_next(queue, 2);
	expect_next(queue, 3);
	pks_store_close(store);
}

Test(queue, several_wait_until_all_of_them_have_room)
{
	struct pks_object *queue = open_queue("room_for_all", 2);
	struct child_flag ready = child_flag();
	pid_t pid;

	pks_queue_putf(queue, 0, "i", 1);
	pks_queue_putf(queue, 0, "i", 2);
	pid = child_start(put_two, &ready);
	cr_assert_eq(child_flag_wait(&ready), 0);
	expect_next(queue, 1);
	expect_count(queue, 1);
	expect_next(queue, 2);
	cr_expect_eq(child_wait(pid), 0);
	expect_next(queue, 3);
	expect_next(queue, 4);
	pks_store_close(store);
}

Test(queue, a_wider_limit_is_room)
{
	struct pks_object *queue = open_queue("wider", 1);
	struct child_flag ready = child_flag();
	pid_t pid;

	pks_queue_putf(queue, 0, "i", 2);
	pid = child_start(put_one, &ready);
	cr_assert_eq(child_flag_wait(&ready), 0);
	cr_expect_eq(pks_object_set_limit(queue, 2, 0), 0, "%s", pks_error_message());
	cr_expect_eq(child_wait(pid), 0);
	expect_next(queue, 2);
	expect_next(queue, 3);
	pks_store_close(store);
}

/* ---- join ---- */

static int do_all(void *arg)
{
	struct pks_object *queue = open_again();
	struct pks_reservation held = {0};
	int number;

	(void)arg;
	for (int i = 0; i < 50; i++)
		if (pks_queue_getf(queue, 0, "i", &number) || pks_queue_task_done(queue, 1))
			return 1;
	while (pks_queue_reserve(queue, 0, &held) == 0) {
		if (pks_queue_ack(queue, &held))
			return 1;
		pks_reservation_clear(&held);
	}
	return 0;
}

Test(queue, join_waits_for_what_another_process_does)
{
	struct pks_object *queue = open_queue("join", 0);
	pid_t pid;

	for (int i = 0; i < 100; i++)
		pks_queue_putf(queue, 0, "i", i);
	pid = child_start(do_all, NULL);
	cr_expect_eq(pks_queue_join(queue, FAR_MS), 0, "%s", pks_error_message());
	expect_count(queue, 0);
	cr_expect_eq(child_wait(pid), 0);
	pks_store_close(store);
}

/* ---- whose a reservation is ---- */

static struct pks_reservation held;

static int ack_as_another(void *arg)
{
	(void)arg;
	return pks_queue_ack(open_again(), &held) == PKS_ERR_STATE ? 0 : 1;
}

static void *ack_in_thread(void *queue)
{
	return pks_queue_ack(queue, &held) == 0 ? queue : NULL;
}

static void *reserve_in_thread(void *queue)
{
	return pks_queue_reserve(queue, 0, &held) == 0 ? queue : NULL;
}

static void *in_thread(void *(*fn)(void *), void *arg)
{
	pthread_t thread;
	void *result;

	cr_assert_eq(pthread_create(&thread, NULL, fn, arg), 0);
	pthread_join(thread, &result);
	return result;
}

Test(queue, a_reservation_is_its_process_s_and_all_its_threads)
{
	struct pks_object *queue = open_queue("whose", 0);
	struct pks_reservation other = {0};

	pks_queue_putf(queue, 0, "i", 1);
	cr_expect_not_null(in_thread(reserve_in_thread, queue));
	cr_expect_eq(pks_queue_reserve(queue, 0, &other), PKS_EMPTY, "its thread has ended, its process has not");
	cr_expect_eq(child_wait(child_start(ack_as_another, NULL)), 0);
	cr_expect_not_null(in_thread(ack_in_thread, queue));
	pks_reservation_clear(&held);
	pks_store_close(store);
}

/* ---- many at once ---- */

#define EACH 2000

struct crowd {
	struct pks_object *queue;
	atomic_int got;
	atomic_llong sum;
};

static void *put_each(void *arg)
{
	struct crowd *crowd = arg;

	for (int i = 0; i < EACH; i++)
		if (pks_queue_putf(crowd->queue, FAR_MS, "i", 1 + i) != 0)
			return NULL;
	return arg;
}

static void *get_each(void *arg)
{
	struct crowd *crowd = arg;
	int number;

	for (int i = 0; i < EACH; i++) {
		if (pks_queue_getf(crowd->queue, FAR_MS, "i", &number) != 0)
			return NULL;
		atomic_fetch_add(&crowd->got, 1);
		atomic_fetch_add(&crowd->sum, number);
	}
	return arg;
}

Test(queue, threads_share_one_handle_of_a_bounded_queue)
{
	struct crowd crowd = {.queue = open_queue("threads", 3)};
	pthread_t threads[6];
	void *result;

	for (int i = 0; i < 6; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, i < 3 ? put_each : get_each, &crowd), 0);
	for (int i = 0; i < 6; i++) {
		pthread_join(threads[i], &result);
		cr_expect_not_null(result);
	}
	cr_expect_eq(atomic_load(&crowd.got), 3 * EACH);
	cr_expect_eq(atomic_load(&crowd.sum), 3LL * EACH * (EACH + 1) / 2);
	pks_store_close(store);
}

/* ---- the cost of waiting ---- */

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Ten looks in a second, one of them each time after a living holder: far from what a loop would take. */
Test(queue, a_getter_that_waits_takes_no_cpu)
{
	struct pks_object *queue = open_queue("no_cpu", 0);
	struct pks_reservation mine = {0};
	struct pks_value value = {0};
	double before;

	pks_queue_putf(queue, 0, "i", 1);
	cr_assert_eq(pks_queue_reserve(queue, 0, &mine), 0);
	before = cpu_seconds();
	cr_expect_eq(pks_queue_get(queue, 1000, &value), PKS_EMPTY);
	cr_expect_lt(cpu_seconds() - before, 0.1);
	pks_reservation_clear(&mine);
	pks_store_close(store);
}
