/* SPDX-License-Identifier: MIT */
/*
 * Processes that fill, rename, copy, limit and drop namespaces are killed at any instruction. What must hold after each
 * death, and is looked at in one snapshot while the others go on:
 *
 * - what each limit says is used is what a walk through its namespace finds;
 * - a namespace that is only ever renamed is at one of its two places, whole;
 * - a copy is whole, as its source was at one moment;
 * - dropping a namespace again removes what a dead one has left of it.
 */
#include "lib/child.h"
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WRITERS 3
#define SPACES 4
/* Of the namespace that is renamed: more than what one page of the catalog names. */
#define MOVING 60
#define MONEY 1000
#define ACCOUNTS 20
#define COPIES 4
/* More objects than one transaction drops. */
#define DROPPED 600

struct world {
	struct pks_store *store;
	struct pks_object *progress, *source;
};

static int open_world(const char *path, struct world *world)
{
	world->store = pks_store_open(path, NULL);
	world->progress = pks_log_open(world->store, "progress", PKS_OPEN_OR_CREATE);
	world->source = pks_dict_open(world->store, "copy/source", PKS_OPEN_OR_CREATE);
	return world->source ? 0 : pks_error_code();
}

static void path_in(char path[64], unsigned *seed)
{
	snprintf(path, 64, "q/%d/%s%d", (int)(rand_r(seed) % SPACES), rand_r(seed) % 2 ? "in/" : "",
	         (int)(rand_r(seed) % 8));
}

/* ---- what they do: each returns 0, or an error that must not be ---- */

/* Refused by a limit, or overtaken by another writer: that is as it should be. */
static int allowed(int r)
{
	return r > 0 || r == PKS_ERR_QUOTA || r == PKS_ERR_GONE ? 0 : r;
}

static int fill(struct world *world, unsigned *seed)
{
	char path[64], text[300];
	struct pks_object *object;
	int r;

	path_in(path, seed);
	memset(text, 'x', sizeof(text));
	r = pks_begin(world->store);
	if (r < 0)
		return r;
	object = pks_dict_open(world->store, path, PKS_OPEN_OR_CREATE);
	pks_dict_setf(object, rand_r(seed) % 2 ? "a" : "b", "S", text, (size_t)(rand_r(seed) % sizeof(text)));
	if (rand_r(seed) % 4 == 0)
		pks_object_drop(object);
	pks_object_close(object);
	return allowed(pks_commit(world->store));
}

static int move_one(struct world *world, unsigned *seed)
{
	char from[64], to[64];
	struct pks_object *object;
	int r;

	path_in(from, seed);
	path_in(to, seed);
	object = pks_object_open(world->store, from);
	if (!object)
		return allowed(pks_error_code());
	r = rand_r(seed) % 2 ? pks_object_rename(object, to) : pks_object_drop(object);
	pks_object_close(object);
	return allowed(r);
}

static int move_all(struct world *world, unsigned *seed)
{
	int r = pks_namespace_rename(world->store, "here/all", "there/all");

	(void)seed;
	return allowed(r == PKS_NOT_FOUND ? pks_namespace_rename(world->store, "there/all", "here/all") : r);
}

static int drop_space(struct world *world, unsigned *seed)
{
	char path[64];

	snprintf(path, sizeof(path), "q/%d", (int)(rand_r(seed) % SPACES));
	return allowed(pks_namespace_drop(world->store, path, NULL));
}

static int limit_space(struct world *world, unsigned *seed)
{
	char path[64];

	snprintf(path, sizeof(path), "q/%d%s", (int)(rand_r(seed) % SPACES), rand_r(seed) % 2 ? "/in" : "");
	return allowed(pks_namespace_set_limit(world->store, path, rand_r(seed) % 12, rand_r(seed) % 3000));
}

static int move_money(struct world *world, unsigned *seed)
{
	char from[16], to[16];
	int r;

	snprintf(from, sizeof(from), "%d", (int)(rand_r(seed) % ACCOUNTS));
	snprintf(to, sizeof(to), "%d", (int)(rand_r(seed) % ACCOUNTS));
	r = pks_begin(world->store);
	if (r < 0)
		return r;
	pks_dict_add(world->source, from, -1, NULL);
	pks_dict_add(world->source, to, 1, NULL);
	return pks_commit(world->store);
}

static int copy(struct world *world, unsigned *seed)
{
	struct pks_object *object;
	char path[64];
	int r;

	snprintf(path, sizeof(path), "copy/%d", (int)(rand_r(seed) % COPIES));
	object = pks_object_open(world->store, path);
	r = object ? pks_object_drop(object) : 0;
	pks_object_close(object);
	if (allowed(r) < 0)
		return r;
	object = pks_object_copy(world->source, path);
	r = object ? 0 : pks_error_code();
	pks_object_close(object);
	return allowed(r);
}

static int (*const acts[])(struct world *world, unsigned *seed) = {
	fill, fill, fill, move_one, move_all, drop_space, limit_space, move_money, copy};

static int act_until_killed(void *path)
{
	unsigned seed = (unsigned)getpid();
	struct world world;
	int r = open_world(path, &world);

	while (r == 0) {
		r = acts[rand_r(&seed) % (sizeof(acts) / sizeof(*acts))](&world, &seed);
		if (r == 0)
			r = pks_log_appendf(world.progress, "i", 1);
	}
	fprintf(stderr, "writer: %d %s\n", r, pks_error_message());
	return 1;
}

/* ---- what must hold ---- */

static void walk(struct pks_store *store, const char *path, uint64_t *objects_out, uint64_t *bytes_out)
{
	struct pks_list_options what = {.in = path, .recursive = true};
	struct pks_list *list = pks_list_open(store, &what);
	struct pks_list_entry entry;
	int r;

	*objects_out = *bytes_out = 0;
	for (; (r = pks_list_next(list, &entry)) == 0; ++*objects_out)
		*bytes_out += entry.info.bytes;
	cr_assert_eq(r, PKS_END, "%s", pks_error_message());
	pks_list_close(list);
}

static int check_limits(struct pks_store *store)
{
	struct pks_namespace_info info;
	uint64_t objects, bytes;
	int limits = 0;

	for (const char *after = NULL; pks_namespace_next_limited(store, after, &info) == 0; after = info.path) {
		walk(store, info.path, &objects, &bytes);
		cr_assert_eq(info.objects, objects, "'%s' has %llu objects, and says %llu", info.path,
		             (unsigned long long)objects, (unsigned long long)info.objects);
		cr_assert_eq(info.bytes, bytes, "'%s' has %llu bytes, and says %llu", info.path,
		             (unsigned long long)bytes, (unsigned long long)info.bytes);
		limits++;
	}
	return limits;
}

static void check_moving(struct pks_store *store)
{
	uint64_t here, there, bytes;

	walk(store, "here/all", &here, &bytes);
	walk(store, "there/all", &there, &bytes);
	cr_assert((here == MOVING && there == 0) || (here == 0 && there == MOVING), "%d objects here, %d there",
	          (int)here, (int)there);
}

static void check_copy(struct pks_object *object)
{
	struct pks_iter *iter = pks_dict_iter(object, NULL);
	int64_t sum = 0, money;
	struct pks_value value;
	uint64_t count, seen = 0;

	for (; pks_iter_next(iter, NULL, &value) == 0; seen++) {
		cr_assert_eq(pks_value_int(&value, &money), 0);
		sum += money;
	}
	pks_iter_close(iter);
	cr_assert_eq(pks_dict_count(object, &count), 0);
	cr_assert_eq(count, seen);
	cr_assert_eq(sum, ACCOUNTS * MONEY, "the money is %d", (int)sum);
}

static void check_world(struct pks_store *store)
{
	struct pks_list_options copies = {.in = "copy"};
	struct pks_list_entry entry;
	struct pks_list *list;

	cr_assert_eq(pks_snapshot_begin(store), 0, "%s", pks_error_message());
	cr_assert_geq(check_limits(store), 3);
	check_moving(store);
	list = pks_list_open(store, &copies);
	while (pks_list_next(list, &entry) == 0) {
		struct pks_object *object = pks_object_open(store, entry.info.path);

		check_copy(object);
		pks_object_close(object);
	}
	pks_list_close(list);
	pks_snapshot_end(store);
}

static void fill_world(struct world *world)
{
	char name[64];

	pks_begin(world->store);
	for (int i = 0; i < ACCOUNTS; i++) {
		snprintf(name, sizeof(name), "%d", i);
		pks_dict_setf(world->source, name, "i", MONEY);
	}
	for (int i = 0; i < MOVING; i++) {
		snprintf(name, sizeof(name), "here/all/%d", i);
		pks_dict_setf(pks_dict_open(world->store, name, PKS_MUST_CREATE), "k", "i", i);
	}
	pks_log_set_cap(world->progress, 10);
	pks_namespace_set_limit(world->store, "", 1000, 0);
	pks_namespace_set_limit(world->store, "here", 1000, 0);
	pks_namespace_set_limit(world->store, "q", 20, 4000);
	cr_assert_eq(pks_commit(world->store), 0, "%s", pks_error_message());
}

/*
 * Waits until a few more things were done, so that each death meets a writer at work; and a little, to meet it
 * anywhere.
 */
static void let_them_act(struct world *world)
{
	struct timespec moment = {.tv_nsec = rand() % 1000000};
	uint64_t next, now;
	struct pks_value value;

	pks_log_positions(world->progress, NULL, &next);
	now = next + 4;
	cr_assert_eq(pks_log_follow(world->progress, &now, 20000, &value), 0, "%s", pks_error_message());
	pks_value_clear(&value);
	nanosleep(&moment, NULL);
}

Test(namespaces, what_limits_say_is_true_whoever_is_killed, .timeout = 7200)
{
	char *path = scratch_dir("namespaces_killed");
	int rounds = scratch_long() ? 5000 : 150;
	pid_t writers[WRITERS];
	struct world world;

	srand(17);
	cr_assert_eq(open_world(path, &world), 0, "%s", pks_error_message());
	fill_world(&world);
	for (int i = 0; i < WRITERS; i++)
		writers[i] = child_start(act_until_killed, path);
	for (int round = 0; round < rounds; round++) {
		int victim = rand() % WRITERS;

		let_them_act(&world);
		kill(writers[victim], SIGKILL);
		cr_assert_eq(child_wait(writers[victim]), -SIGKILL);
		check_world(world.store);
		writers[victim] = child_start(act_until_killed, path);
	}
	for (int i = 0; i < WRITERS; i++)
		child_kill(writers[i]);
	check_world(world.store);
	pks_store_close(world.store);
}

/* ---- a drop that is killed ---- */

static void fill_large(struct pks_store *store)
{
	char name[64];

	pks_begin(store);
	for (int i = 0; i < DROPPED; i++) {
		snprintf(name, sizeof(name), "large/%d/%d", i % 5, i);
		pks_object_close(pks_dict_open(store, name, PKS_OPEN_OR_CREATE));
	}
	pks_namespace_set_limit(store, "large", 100000, 0);
	cr_assert_eq(pks_commit(store), 0, "%s", pks_error_message());
}

static int drop_large(void *path)
{
	struct pks_store *store = pks_store_open(path, NULL);

	return pks_namespace_drop(store, "large", NULL) == 0 ? 0 : 1;
}

Test(namespaces, what_a_killed_drop_has_left_the_next_one_drops, .timeout = 7200)
{
	char *path = scratch_dir("killed_drop");
	struct pks_store *store = pks_store_open(path, NULL);
	int killed = 0;

	srand(19);
	for (int round = 0; round < (scratch_long() ? 1000 : 40); round++) {
		struct timespec moment = {.tv_nsec = rand() % 6000000};
		struct pks_namespace_info info;
		pid_t pid;

		fill_large(store);
		pid = child_start(drop_large, path);
		nanosleep(&moment, NULL);
		kill(pid, SIGKILL);
		killed += child_wait(pid) == -SIGKILL;
		check_limits(store);
		if (pks_namespace_info(store, "large", &info) == 0)
			cr_assert_eq(pks_namespace_drop(store, "large", NULL), 0, "%s", pks_error_message());
		cr_assert_eq(pks_namespace_info(store, "large", &info), PKS_NOT_FOUND);
	}
	cr_expect_gt(killed, 0);
	pks_store_close(store);
}
