/* SPDX-License-Identifier: MIT */
/* Namespaces, killed at each point of their operations: see points.h. */
#include "points.h"

#define MEMBERS 20

static void open_objects(struct pks_store *store)
{
	pks_object_close(pks_dict_open(store, "dict", PKS_OPEN_OR_CREATE));
}

static void fill(const char *namespace)
{
	char path[64];

	for (int i = 0; i < MEMBERS; i++) {
		struct pks_object *member;

		snprintf(path, sizeof(path), "%s/%d", namespace, i);
		member = pks_dict_open(points_store, path, PKS_OPEN_OR_CREATE);
		cr_assert_eq(pks_dict_setf(member, "number", "i", i), 0, "%s", pks_error_message());
		pks_object_close(member);
	}
}

static uint64_t count_in(const char *namespace)
{
	struct pks_namespace_info info;
	int r = pks_namespace_info(points_store, namespace, &info);

	cr_assert(r == 0 || r == PKS_NOT_FOUND, "%s", pks_error_message());
	return r == 0 ? info.objects : 0;
}

static void prepare_here(int number)
{
	if (number == 1)
		fill("here");
}

static int move_there(int number)
{
	(void)number;
	return pks_namespace_rename(points_store, "here", "there");
}

static void check_moved(int number, bool told)
{
	uint64_t there = count_in("there");
	int r;

	cr_assert(there == MEMBERS || (there == 0 && !told), "%d are there", (int)there);
	cr_assert_eq(count_in("here"), MEMBERS - there);
	r = there ? 0 : move_there(number);
	if (r == 0)
		r = pks_namespace_rename(points_store, "there", "here");
	cr_assert_eq(r, 0, "%s", pks_error_message());
	points_went_on();
}

Test(points_namespaces, rename_a_namespace)
{
	points_run(&(struct operation){"namespace_rename", .open = open_objects, .prepare = prepare_here,
	                               .act = move_there, .check = check_moved});
}

static void prepare_drop(int number)
{
	(void)number;
	fill("dropped");
}

static int drop(int number)
{
	(void)number;
	return pks_namespace_drop(points_store, "dropped", NULL);
}

static void check_dropped(int number, bool told)
{
	int r = drop(number);

	points_went_on();
	cr_assert(r == PKS_NOT_FOUND || (r == 0 && !told), "%d %s", r, pks_error_message());
	cr_assert_eq(count_in("dropped"), 0);
}

Test(points_namespaces, drop_a_namespace)
{
	points_run(&(struct operation){"namespace_drop", .open = open_objects, .prepare = prepare_drop, .act = drop,
	                               .check = check_dropped});
}

/* ---- limits ---- */

static int limit(int number)
{
	return pks_namespace_set_limit(points_store, "here", 1000, 1000000 + (uint64_t)number);
}

static int unlimit(int number)
{
	(void)number;
	return pks_namespace_set_limit(points_store, "here", 0, 0);
}

/* What is used is right, which pks_check() sees, and is looked after from the moment on when there is a limit. */
static void check_limited(int number, bool told)
{
	struct pks_namespace_info info;

	cr_assert_eq(pks_namespace_info(points_store, "here", &info), 0, "%s", pks_error_message());
	cr_assert(info.limit_bytes == 1000000 + (uint64_t)number || !told, "%d", (int)info.limit_bytes);
	cr_assert_eq(info.objects, MEMBERS);
	cr_assert_eq(limit(number), 0, "%s", pks_error_message());
	points_went_on();
	fill("here/inside");
	cr_assert_eq(count_in("here"), 2 * MEMBERS);
	cr_assert_eq(pks_check(points_store, NULL, NULL, NULL, NULL), 0, "%s", pks_error_message());
	cr_assert_eq(pks_namespace_drop(points_store, "here/inside", NULL), 0);
	if (number % 2)
		cr_assert_eq(unlimit(number), 0, "%s", pks_error_message());
}

Test(points_namespaces, limit_a_namespace)
{
	points_run(&(struct operation){"namespace_limit", .open = open_objects, .prepare = prepare_here, .act = limit,
	                               .check = check_limited});
}

static void prepare_limited(int number)
{
	prepare_here(number);
	cr_assert_eq(limit(number), 0, "%s", pks_error_message());
}

static void check_unlimited(int number, bool told)
{
	struct pks_namespace_info info;

	cr_assert_eq(pks_namespace_info(points_store, "here", &info), 0, "%s", pks_error_message());
	cr_assert(info.limit_bytes == 0 || !told, "%d", (int)info.limit_bytes);
	cr_assert_eq(unlimit(number), 0, "%s", pks_error_message());
	points_went_on();
}

Test(points_namespaces, take_the_limit_of_a_namespace_away)
{
	points_run(&(struct operation){"namespace_unlimit", .open = open_objects, .prepare = prepare_limited,
	                               .act = unlimit, .check = check_unlimited});
}

/* Its limits move along. */
static void check_moved_limited(int number, bool told)
{
	check_moved(number, told);
	cr_assert_eq(pks_check(points_store, NULL, NULL, NULL, NULL), 0, "%s", pks_error_message());
}

Test(points_namespaces, rename_a_limited_namespace)
{
	points_run(&(struct operation){"namespace_move_limit", .open = open_objects, .prepare = prepare_limited,
	                               .act = move_there, .check = check_moved_limited});
}
