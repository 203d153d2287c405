/* SPDX-License-Identifier: MIT */
/* Pipes, Values, Arrays, Logs, Dicts and namespaces, killed at each point of their operations: see points.h. */
#include "points.h"

#include <string.h>

#define NUMBERS 64
#define ENTRIES 300
#define MEMBERS 20

static struct pks_object *pipe_object, *cell, *array, *log_object, *dict;
static struct pks_connection *reader; /* the test's, at end 1 */

static void open_objects(struct pks_store *store)
{
	pipe_object = pks_pipe_open(store, "pipe", true, PKS_OPEN_OR_CREATE);
	cell = pks_cell_open(store, "value", PKS_OPEN_OR_CREATE);
	array = pks_array_open(store, "array", PKS_INT64, NUMBERS, PKS_OPEN_OR_CREATE);
	log_object = pks_log_open(store, "log", PKS_OPEN_OR_CREATE);
	dict = pks_dict_open(store, "dict", PKS_OPEN_OR_CREATE);
	cr_assert_not_null(dict, "%s", pks_error_message());
}

/* ---- Pipe: the process has end 0, the test end 1 ---- */

static struct pks_connection *mine;

static void prepare_reader(int number)
{
	if (number == 1)
		reader = NULL;
	if (!reader)
		reader = pks_pipe_connect(pipe_object, 1);
	cr_assert_not_null(reader, "%s", pks_error_message());
}

static int connect_end(int number)
{
	(void)number;
	mine = pks_pipe_connect(pipe_object, 0);
	return mine ? 0 : pks_error_code();
}

static int send_number(int number)
{
	return pks_connection_sendf(mine, "i", number);
}

static void expect_end(void)
{
	int number, r = pks_connection_recvf(reader, FAR_MS, "i", &number);

	cr_assert_eq(r, PKS_END, "%d %s", r, pks_error_message());
}

/* The message, and then the end of who has sent it. */
static void check_sent(int number, bool told)
{
	int got = 0, r = pks_connection_recvf(reader, FAR_MS, "i", &got);

	points_went_on();
	cr_assert((r == 0 && got == number) || (r == PKS_END && !told), "%d: %d", r, got);
	expect_end();
}

Test(points_data, send_through_a_pipe)
{
	points_run(&(struct operation){"pipe_send", .open = open_objects, .prepare = prepare_reader,
	                               .ready = connect_end, .act = send_number, .check = check_sent});
}

static int close_end(int number)
{
	(void)number;
	return pks_connection_close(mine);
}

static void check_end(int number, bool told)
{
	(void)number, (void)told;
	expect_end();
	points_went_on();
}

Test(points_data, close_a_pipe)
{
	points_run(&(struct operation){"pipe_close", .open = open_objects, .prepare = prepare_reader,
	                               .ready = connect_end, .act = close_end, .check = check_end});
}

static void check_connected(int number, bool told)
{
	struct pks_connection *next = pks_pipe_connect(pipe_object, 0);
	int got = 0;

	(void)told;
	cr_assert_not_null(next, "%s", pks_error_message());
	cr_assert_eq(pks_connection_sendf(next, "i", number), 0);
	points_went_on();
	cr_assert_eq(pks_connection_recvf(reader, FAR_MS, "i", &got), 0);
	cr_assert_eq(got, number);
	cr_assert_eq(pks_connection_close(next), 0);
	expect_end();
}

Test(points_data, connect_to_a_pipe)
{
	points_run(&(struct operation){"pipe_connect", .open = open_objects, .prepare = prepare_reader,
	                               .act = connect_end, .check = check_connected});
}

static void prepare_message(int number)
{
	struct pks_value value = {0};

	cr_assert_eq(pks_value_pack(&value, "i", number), 0);
	cr_assert_eq(pks_pipe_put(pipe_object, 0, &value), 0, "%s", pks_error_message());
	pks_value_clear(&value);
}

static int receive_and_note(int number)
{
	int got = 0, r = pks_begin(points_store);

	(void)number;
	if (r == 0)
		r = pks_connection_recvf(mine, 0, "i", &got);
	if (r == 0)
		r = pks_log_appendf(log_object, "i", got);
	return r == 0 ? pks_commit(points_store) : r;
}

static int last_entry(void)
{
	int number = 0;

	cr_assert_geq(pks_log_getf(log_object, -1, "i", &number), 0, "%s", pks_error_message());
	return number;
}

static void check_received(int number, bool told)
{
	struct pks_connection *next = pks_pipe_connect(pipe_object, 0);
	int got = 0, r = pks_connection_recvf(next, 0, "i", &got);

	points_went_on();
	cr_assert(r == 0 || r == PKS_TIMED_OUT || r == PKS_END, "%d %s", r, pks_error_message());
	cr_assert_eq(r == 0 ? got : last_entry(), number);
	cr_assert(r != 0 || (!told && last_entry() != number));
	cr_assert_eq(pks_connection_close(next), 0);
}

Test(points_data, receive_from_a_pipe)
{
	points_run(&(struct operation){"pipe_receive", .open = open_objects, .prepare = prepare_message,
	                               .ready = connect_end, .act = receive_and_note, .check = check_received});
}

/* ---- Value ---- */

static int add_one(int number)
{
	(void)number;
	return pks_cell_add(cell, 1, NULL);
}

static void check_added(int number, bool told)
{
	static int64_t before;
	int64_t sum = 0;

	before = number == 1 ? 0 : before;
	cr_assert_eq(pks_cell_add(cell, 1, &sum), 0, "%s", pks_error_message());
	points_went_on();
	cr_assert(sum == before + 2 || (sum == before + 1 && !told), "%d after %d", (int)sum, (int)before);
	before = sum;
}

Test(points_data, add_to_a_value)
{
	points_run(&(struct operation){"value_add", .open = open_objects, .act = add_one, .check = check_added});
}

static void prepare_value(int number)
{
	cr_assert_eq(pks_cell_setf(cell, "i", number), 0, "%s", pks_error_message());
}

static int compare_set(int number)
{
	struct pks_value expected = {0}, value = {0};
	int r = pks_value_pack(&expected, "i", number);

	if (r == 0)
		r = pks_value_pack(&value, "i", -number);
	return r == 0 ? pks_cell_compare_set(cell, &expected, &value) : r;
}

static void check_compared(int number, bool told)
{
	int value = 0, r = compare_set(number);

	points_went_on();
	cr_assert(r == PKS_MISMATCH || (r == 0 && !told), "%d", r);
	cr_assert_eq(pks_cell_getf(cell, "i", &value), 0);
	cr_assert_eq(value, -number);
}

Test(points_data, compare_and_set_a_value)
{
	points_run(&(struct operation){"value_compare_set", .open = open_objects, .prepare = prepare_value,
	                               .act = compare_set, .check = check_compared});
}

/* ---- Array: all numbers at once ---- */

static int write_all(int number)
{
	int64_t numbers[NUMBERS];

	for (int i = 0; i < NUMBERS; i++)
		numbers[i] = number;
	return pks_array_write(array, PKS_INT64, 0, NUMBERS, numbers);
}

static void prepare_array(int number)
{
	cr_assert_eq(write_all(-number), 0, "%s", pks_error_message());
}

static void check_written(int number, bool told)
{
	int64_t numbers[NUMBERS];

	cr_assert_eq(pks_array_read(array, PKS_INT64, 0, NUMBERS, numbers), 0, "%s", pks_error_message());
	cr_assert(numbers[0] == number || (numbers[0] == -number && !told));
	for (int i = 1; i < NUMBERS; i++)
		cr_assert_eq(numbers[i], numbers[0]);
	cr_assert_eq(write_all(number), 0, "%s", pks_error_message());
	points_went_on();
}

Test(points_data, write_an_array)
{
	points_run(&(struct operation){"array_write", .open = open_objects, .prepare = prepare_array, .act = write_all,
	                               .check = check_written});
}

static int set_one(int number)
{
	return pks_array_setf(array, number % NUMBERS, "i", number);
}

static void check_set(int number, bool told)
{
	int value = 0;

	cr_assert_eq(pks_array_getf(array, number % NUMBERS, "i", &value), 0, "%s", pks_error_message());
	cr_assert(value == number || (value == -number && !told));
	cr_assert_eq(set_one(number), 0);
	points_went_on();
}

Test(points_data, set_a_number_of_an_array)
{
	points_run(&(struct operation){"array_set", .open = open_objects, .prepare = prepare_array, .act = set_one,
	                               .check = check_set});
}

/* ---- Log, Dict ---- */

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

Test(points_data, append_to_a_log)
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

Test(points_data, extend_a_log)
{
	points_run(&(struct operation){"log_extend", .open = open_objects, .act = extend, .check = check_extended});
}

static int set_item(int number)
{
	return pks_dict_setf(dict, "key", "i", number);
}

static void check_item(int number, bool told)
{
	int value = 0;

	cr_assert_geq(pks_dict_getf(dict, "key", "i", &value), 0, "%s", pks_error_message());
	cr_assert(value == number || (value == 1 - number && !told), "%d, %d", value, number);
	cr_assert_eq(set_item(-number), 0);
	points_went_on();
}

Test(points_data, set_an_item_of_a_dict)
{
	points_run(&(struct operation){"dict_set", .open = open_objects, .act = set_item, .check = check_item});
}

/* ---- namespaces ---- */

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

Test(points_data, rename_a_namespace)
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

Test(points_data, drop_a_namespace)
{
	points_run(&(struct operation){"namespace_drop", .open = open_objects, .prepare = prepare_drop, .act = drop,
	                               .check = check_dropped});
}

static void prepare_source(int number)
{
	char key[16];

	for (int i = 0; number == 1 && i < MEMBERS; i++) {
		snprintf(key, sizeof(key), "%d", i);
		cr_assert_eq(pks_dict_setf(dict, key, "i", i), 0);
	}
}

static int copy(int number)
{
	struct pks_object *object = pks_object_copy(dict, "copy");
	int r = object ? 0 : pks_error_code();

	(void)number;
	pks_object_close(object);
	return r;
}

static void check_copied(int number, bool told)
{
	int r = copy(number);
	struct pks_object *object = pks_dict_open(points_store, "copy", PKS_MUST_EXIST);
	uint64_t count;

	points_went_on();
	cr_assert(r == PKS_EXISTS || (r == 0 && !told), "%d %s", r, pks_error_message());
	cr_assert_eq(pks_dict_count(object, &count), 0, "%s", pks_error_message());
	cr_assert_eq(count, MEMBERS);
	cr_assert_eq(pks_object_drop(object), 0, "%s", pks_error_message());
	pks_object_close(object);
}

Test(points_data, copy_an_object)
{
	points_run(&(struct operation){"object_copy", .open = open_objects, .prepare = prepare_source, .act = copy,
	                               .check = check_copied});
}

/* ---- classes ---- */

static int made(struct pks_object *object, void *arg)
{
	(void)arg;
	return pks_attr_setf(object, "second", "i", 2);
}

static void open_class(struct pks_store *store)
{
	static const struct pks_class pair = {.name = "pair", .on_create = made};

	open_objects(store);
	cr_assert_eq(pks_class_registerf(&pair, "{s:i}", "first", 1), 0, "%s", pks_error_message());
}

static int make(int number)
{
	struct pks_object *object = pks_class_open(pks_object_store(dict), "pair", "pair", PKS_MUST_CREATE);
	int r = object ? 0 : pks_error_code();

	(void)number;
	pks_object_close(object);
	return r;
}

/* With its class, its default, and what on_create() gave it; or not at all. */
static void check_made(int number, bool told)
{
	int r = make(number), first = 0, second = 0;
	struct pks_object *object = pks_class_open(points_store, "pair", "pair", PKS_MUST_EXIST);

	points_went_on();
	cr_assert(r == PKS_EXISTS || (r == 0 && !told), "%d %s", r, pks_error_message());
	cr_assert_not_null(object, "%s", pks_error_message());
	cr_assert_eq(pks_attr_getf(object, "first", "i", &first), 0, "%s", pks_error_message());
	cr_assert_eq(pks_attr_getf(object, "second", "i", &second), 0, "%s", pks_error_message());
	cr_assert(first == 1 && second == 2, "%d, %d", first, second);
	cr_assert_eq(pks_object_drop(object), 0, "%s", pks_error_message());
	pks_object_close(object);
}

Test(points_data, make_an_object_of_a_class)
{
	points_run(&(struct operation){"class_open", .open = open_class, .act = make, .check = check_made});
}

static int swap(int number)
{
	struct pks_value value = {0}, old = {0};
	int r = pks_value_pack(&value, "i", number);

	if (r == 0)
		r = pks_cell_swap(cell, &value, &old);
	pks_value_clear(&value);
	pks_value_clear(&old);
	return r;
}

static void prepare_swap(int number)
{
	cr_assert_eq(pks_cell_setf(cell, "i", -number), 0, "%s", pks_error_message());
}

static void check_swapped(int number, bool told)
{
	int value = 0;

	cr_assert_eq(pks_cell_getf(cell, "i", &value), 0, "%s", pks_error_message());
	cr_assert(value == number || (value == -number && !told), "%d, %d", value, number);
	cr_assert_eq(swap(number), 0, "%s", pks_error_message());
	points_went_on();
}

Test(points_data, swap_a_value)
{
	points_run(&(struct operation){"value_swap", .open = open_objects, .prepare = prepare_swap, .act = swap,
	                               .check = check_swapped});
}
