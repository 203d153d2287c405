/* SPDX-License-Identifier: MIT */
/* Those who put, get and hold items die at one step after the other; and what those who wait have of it. */
#include "lib/child.h"
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <signal.h>

/* Long enough to mean "for ever" to a test, short enough to end one that hangs. */
#define FAR_MS 20000

struct world {
	struct pks_store *store;
	struct pks_object *queue, *done;
};

static char *path;

static int open_world(struct world *world)
{
	world->store = pks_store_open(path, NULL);
	world->queue = pks_queue_open(world->store, "queue", 50, PKS_OPEN_OR_CREATE);
	world->done = pks_log_open(world->store, "done", PKS_OPEN_OR_CREATE);
	return world->done ? 0 : pks_error_code();
}

static void begin(const char *test, struct world *world)
{
	path = scratch_dir(test);
	cr_assert_eq(open_world(world), 0, "%s", pks_error_message());
}

/* ---- at each step ---- */

enum step {
	PUT_NOT_COMMITTED,
	PUT_COMMITTED,
	GOT_NOT_COMMITTED,
	GOT_COMMITTED,
	RESERVE_NOT_COMMITTED,
	RESERVED,
	ACK_NOT_COMMITTED,
	ACKNOWLEDGED,
	RELEASED,
	BURY_NOT_COMMITTED,
	BURIED,
	STEPS,
};

/* Where the item 0 is after each death, before anybody looked after the dead; 0: done. An item 1 is behind it. */
static const int places[STEPS] = {
	[PUT_NOT_COMMITTED] = PKS_QUEUE_READY,
	[PUT_COMMITTED] = PKS_QUEUE_READY,
	[GOT_NOT_COMMITTED] = PKS_QUEUE_READY,
	[GOT_COMMITTED] = 0,
	[RESERVE_NOT_COMMITTED] = PKS_QUEUE_READY,
	[RESERVED] = PKS_QUEUE_RESERVED,
	[ACK_NOT_COMMITTED] = PKS_QUEUE_RESERVED,
	[ACKNOWLEDGED] = 0,
	[RELEASED] = PKS_QUEUE_READY,
	[BURY_NOT_COMMITTED] = PKS_QUEUE_RESERVED,
	[BURIED] = PKS_QUEUE_BURIED,
};

static void die_if(bool now)
{
	if (now)
		raise(SIGKILL);
}

static void put_and_die(struct world *world, enum step step)
{
	pks_begin(world->store);
	pks_queue_putf(world->queue, 0, "i", 2);
	die_if(step == PUT_NOT_COMMITTED);
	pks_commit(world->store);
	die_if(true);
}

static void get_and_die(struct world *world, enum step step)
{
	struct pks_value value = {0};

	pks_begin(world->store);
	pks_queue_get(world->queue, 0, &value);
	pks_log_append(world->done, &value);
	die_if(step == GOT_NOT_COMMITTED);
	pks_commit(world->store);
	die_if(true);
}

static void reserve_and_die(struct world *world, enum step step)
{
	struct pks_reservation held = {0};

	pks_begin(world->store);
	pks_queue_reserve(world->queue, 0, &held);
	die_if(step == RESERVE_NOT_COMMITTED);
	pks_commit(world->store);
	die_if(step == RESERVED);
	pks_begin(world->store);
	if (step <= ACKNOWLEDGED) {
		pks_log_append(world->done, &held.value);
		pks_queue_ack(world->queue, &held);
	} else if (step == RELEASED) {
		pks_queue_release(world->queue, &held);
	} else {
		pks_queue_bury(world->queue, &held);
	}
	die_if(step == ACK_NOT_COMMITTED || step == BURY_NOT_COMMITTED);
	pks_commit(world->store);
	die_if(true);
}

static int die_at(void *arg)
{
	enum step step = *(enum step *)arg;
	struct world world;

	if (open_world(&world) != 0)
		return 1;
	if (step <= PUT_COMMITTED)
		put_and_die(&world, step);
	else if (step <= GOT_COMMITTED)
		get_and_die(&world, step);
	else
		reserve_and_die(&world, step);
	return 1;
}

/* Where the item with the number 0 is; 0 when it is in no place of the queue. */
static int place_of_first(struct world *world)
{
	struct pks_queue_iter *iter = pks_queue_iter(world->queue, PKS_QUEUE_ALL, false);
	struct pks_queue_item item;
	int64_t number = -1;
	int place = 0;

	if (pks_queue_next(iter, &item) == 0 && pks_value_int(&item.value, &number) == 0 && number == 0)
		place = (int)item.place;
	pks_queue_iter_close(iter);
	return place;
}

static void expect_after(struct world *world, enum step step)
{
	int number = -1;
	uint64_t done;

	cr_expect_eq(place_of_first(world), places[step], "step %d: it is at %d", (int)step, place_of_first(world));
	cr_assert_eq(pks_log_count(world->done, &done), 0);
	cr_expect_eq(done, places[step] == 0, "step %d", (int)step);
	if (places[step] == PKS_QUEUE_BURIED || places[step] == 0)
		return;
	/* It returns to its place: before the item that was put in behind it. */
	cr_expect_eq(pks_queue_getf(world->queue, 0, "i", &number), 0, "step %d", (int)step);
	cr_expect_eq(number, 0, "step %d: %d", (int)step, number);
}

Test(queue_steps, a_death_at_each_step_leaves_the_item_at_one_place)
{
	for (enum step step = 0; step < STEPS; step++) {
		struct world world;
		struct pks_queue_stats stats;

		begin("queue_step", &world);
		for (int i = 0; i < 2; i++)
			cr_assert_eq(pks_queue_putf(world.queue, 0, "i", i), 0);
		cr_expect_eq(child_wait(child_start(die_at, &step)), -SIGKILL);
		expect_after(&world, step);
		cr_expect_eq(pks_queue_stats(world.queue, &stats), 0);
		cr_expect_eq(stats.reserved, 0, "step %d", (int)step);
		pks_store_close(world.store);
	}
}

/* ---- the woken ---- */

static int get_and_tell(void *arg)
{
	struct world world;
	int r = open_world(&world), number;

	child_flag_raise(arg);
	if (r == 0)
		r = pks_queue_getf(world.queue, FAR_MS, "i", &number);
	return r == 0 ? 10 + number : 1;
}

/* One of two sleepers is stopped and then killed: the item that it was woken for is had by the other. */
Test(queue_steps, a_getter_that_is_killed_when_it_was_woken_costs_the_others_nothing)
{
	pid_t pids[2];
	struct world world;

	begin("queue_woken", &world);
	for (int i = 0; i < 2; i++) {
		struct child_flag ready = child_flag();

		pids[i] = child_start(get_and_tell, &ready);
		cr_assert_eq(child_flag_wait(&ready), 0);
	}
	child_stop(pids[0]);
	cr_assert_eq(pks_queue_putf(world.queue, 0, "i", 7), 0);
	child_kill(pids[0]);
	cr_expect_eq(child_wait(pids[1]), 17);
	pks_store_close(world.store);
}

static int hold_until_killed(void *arg)
{
	struct pks_reservation held = {0};
	struct world world;
	int r = open_world(&world);

	while (r == 0)
		r = pks_queue_reserve(world.queue, 0, &held);
	child_flag_raise(arg);
	pks_queue_join(world.queue, -1);
	return 1;
}

/* Who sleeps on a queue whose items are all held is given them when their holder dies, and their deliveries tell. */
Test(queue_steps, a_sleeper_is_given_what_the_dead_held)
{
	struct child_flag ready = child_flag(), waiting = child_flag();
	struct pks_reservation held = {0};
	pid_t holder, getter;
	struct world world;

	begin("queue_held", &world);
	for (int i = 0; i < 2; i++)
		cr_assert_eq(pks_queue_putf(world.queue, 0, "i", i), 0);
	holder = child_start(hold_until_killed, &ready);
	cr_assert_eq(child_flag_wait(&ready), 0);
	cr_expect_eq(pks_queue_reserve(world.queue, 0, &held), PKS_EMPTY, "a living holder keeps them");
	getter = child_start(get_and_tell, &waiting);
	cr_assert_eq(child_flag_wait(&waiting), 0);
	child_kill(holder);
	cr_expect_eq(child_wait(getter), 10);
	cr_expect_eq(pks_queue_reserve(world.queue, FAR_MS, &held), 0, "%s", pks_error_message());
	cr_expect_eq(held.deliveries, 2);
	pks_reservation_clear(&held);
	pks_store_close(world.store);
}

/* A holder that is stopped is not dead, however long it takes. */
Test(queue_steps, a_stopped_holder_keeps_its_item)
{
	struct child_flag ready = child_flag();
	struct pks_reservation held = {0};
	struct world world;
	pid_t holder;

	begin("queue_stopped", &world);
	cr_assert_eq(pks_queue_putf(world.queue, 0, "i", 0), 0);
	holder = child_start(hold_until_killed, &ready);
	cr_assert_eq(child_flag_wait(&ready), 0);
	child_stop(holder);
	cr_expect_eq(pks_queue_reserve(world.queue, 3 * PKS_RECHECK_MS, &held), PKS_EMPTY);
	child_kill(holder);
	cr_expect_eq(pks_queue_reserve(world.queue, 0, &held), 0, "%s", pks_error_message());
	pks_reservation_clear(&held);
	pks_store_close(world.store);
}
