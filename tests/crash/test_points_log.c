/* SPDX-License-Identifier: MIT */
/* Logs, killed at each point of their operations: see points.h. */
#include "points.h"

#define ENTRIES 300
#define CAP 3

static struct pks_object *log_object;

static void open_objects(struct pks_store *store)
{
	log_object = pks_log_open(store, "log", PKS_OPEN_OR_CREATE);
	cr_assert_not_null(log_object, "%s", pks_error_message());
}

static int append(int number)
{
	return pks_log_appendf(log_object, "i", number);
}

static void check_appended(int number, bool told)
{
	int first = 0, second = 0;

	cr_assert_eq(append(-number), 0, "%s", pks_error_message());
	points_went_on();
	cr_assert_geq(pks_log_getf(log_object, -2, "i", &first), 0);
	cr_assert_eq(pks_log_getf(log_object, -1, "i", &second), 0);
	cr_assert_eq(second, -number);
	cr_assert(first == number || (!told && first == 1 - number), "%d before %d", first, second);
}

Test(points_log, append_to_a_log)
{
	points_run(&(struct operation){"log_append", .open = open_objects, .act = append, .check = check_appended});
}

/* More than a chunk of them. */
static int extend(int number)
{
	struct pks_value values[ENTRIES] = {{0}};
	int r = 0;

	for (int i = 0; r == 0 && i < ENTRIES; i++)
		r = pks_value_pack(&values[i], "[is]", number, "an entry that takes some room");
	return r == 0 ? pks_log_extend(log_object, values, ENTRIES) : r;
}

static void check_extended(int number, bool told)
{
	uint64_t count;

	(void)number;
	cr_assert_eq(pks_log_count(log_object, &count), 0);
	cr_assert(count == ENTRIES || (count == 0 && !told), "%d entries", (int)count);
	cr_assert_eq(append(number), 0, "%s", pks_error_message());
	points_went_on();
	cr_assert_eq(pks_log_clear(log_object), 0);
}

Test(points_log, extend_a_log)
{
	points_run(&(struct operation){"log_extend", .open = open_objects, .act = extend, .check = check_extended});
}

/* ---- what takes entries away: positions are never given away again ---- */

static void prepare_entries(int number)
{
	cr_assert_eq(pks_log_clear(log_object), 0, "%s", pks_error_message());
	cr_assert_eq(extend(number), 0, "%s", pks_error_message());
}

static void expect_left(uint64_t left, bool told)
{
	uint64_t first, next, count, position;

	cr_assert_eq(pks_log_positions(log_object, &first, &next), 0, "%s", pks_error_message());
	cr_assert_eq(pks_log_count(log_object, &count), 0);
	cr_assert(count == left || (count == ENTRIES && !told), "%d entries", (int)count);
	cr_assert_eq(next % ENTRIES, 0);
	cr_assert_eq(append(0), 0, "%s", pks_error_message());
	points_went_on();
	position = next;
	cr_assert_eq(pks_log_positions(log_object, &first, &next), 0);
	cr_assert_eq(next, position + 1);
	/* The next round begins at a multiple again. */
	for (int i = 1; i < ENTRIES; i++)
		cr_assert_eq(append(0), 0);
}

static int clear(int number)
{
	(void)number;
	return pks_log_clear(log_object);
}

static void check_cleared(int number, bool told)
{
	(void)number;
	expect_left(0, told);
}

Test(points_log, clear_a_log)
{
	points_run(&(struct operation){"log_clear", .open = open_objects, .prepare = prepare_entries, .act = clear,
	                               .check = check_cleared});
}

static int trim(int number)
{
	(void)number;
	return pks_log_trim(log_object, CAP);
}

static void check_trimmed(int number, bool told)
{
	(void)number;
	expect_left(CAP, told);
}

Test(points_log, trim_a_log)
{
	points_run(&(struct operation){"log_trim", .open = open_objects, .prepare = prepare_entries, .act = trim,
	                               .check = check_trimmed});
}

static void prepare_uncapped(int number)
{
	cr_assert_eq(pks_log_set_cap(log_object, 0), 0, "%s", pks_error_message());
	prepare_entries(number);
}

static int set_cap(int number)
{
	(void)number;
	return pks_log_set_cap(log_object, CAP);
}

/* The cap and the entries that it leaves come together. */
static void check_cap(int number, bool told)
{
	uint64_t cap, count;

	cr_assert_eq(pks_log_cap(log_object, &cap), 0, "%s", pks_error_message());
	cr_assert_eq(pks_log_count(log_object, &count), 0);
	cr_assert((cap == CAP && count == CAP) || (cap == 0 && count == ENTRIES && !told), "%d of %d", (int)count,
	          (int)cap);
	cr_assert_eq(set_cap(number), 0, "%s", pks_error_message());
	points_went_on();
}

Test(points_log, set_the_cap_of_a_log)
{
	points_run(&(struct operation){"log_cap", .open = open_objects, .prepare = prepare_uncapped, .act = set_cap,
	                               .check = check_cap});
}

/* ---- the system log, which its first line makes ---- */

static int write_line(int number)
{
	return pks_syslog(pks_object_store(log_object), PKS_LEVEL_ERROR, "%d", number);
}

static void check_line(int number, bool told)
{
	struct pks_object *lines;
	uint64_t count, cap;

	cr_assert_eq(write_line(number), 0, "%s", pks_error_message());
	points_went_on();
	lines = pks_log_open(points_store, PKS_SYSLOG_PATH, PKS_MUST_EXIST);
	cr_assert_eq(pks_log_count(lines, &count), 0, "%s", pks_error_message());
	cr_assert_eq(pks_log_cap(lines, &cap), 0);
	cr_assert(count == 2 || (count == 1 && !told), "%d lines", (int)count);
	cr_assert_eq(cap, PKS_SYSLOG_CAP);
	cr_assert_eq(pks_object_drop(lines), 0);
	pks_object_close(lines);
}

Test(points_log, write_the_first_line_of_the_system_log)
{
	points_run(&(struct operation){"syslog", .open = open_objects, .act = write_line, .check = check_line});
}
