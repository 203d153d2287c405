/* SPDX-License-Identifier: MIT */
#include "damage.h"

#include "layer.h"
#include "lib/scratch.h"
#include "runtime/record.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>

struct pks_store *store;
uint64_t dict_id, log_id, process_id, waiting_id, queue_id, cell_id, array_id, lock_id, semaphore_id, barrier_id,
	event_id, condition_id, pipe_id;

/* ---- the store's records, as a careless program might change them ---- */

void put(const struct key *key, const void *value, size_t size)
{
	struct engine_txn *txn;

	cr_assert_eq(engine_begin(store->engine, true, &txn), 0);
	cr_assert_eq(engine_put(txn, key_bytes(key), (struct bytes){value, size}, NULL), 0);
	cr_assert_eq(engine_commit(txn), 0);
}

void del(const struct key *key)
{
	struct engine_txn *txn;

	cr_assert_eq(engine_begin(store->engine, true, &txn), 0);
	cr_assert_eq(engine_del(txn, key_bytes(key), NULL), 0);
	cr_assert_eq(engine_commit(txn), 0);
}

struct key item_key(uint64_t id, enum part part, const void *name, size_t size)
{
	struct key key;

	key_named(&key, id, part, name, size);
	return key;
}

struct key room_key(enum room room, const void *name, size_t size)
{
	struct key key;

	key_room(&key, room, name, size);
	return key;
}

void put_number(const struct key *key, uint64_t number)
{
	uint8_t big[8];

	key_put_u64(big, number);
	put(key, big, sizeof(big));
}

struct state header_of(uint64_t id)
{
	struct key key = item_key(id, PART_HEADER, "", 0);
	struct state state = {0};
	struct engine_txn *txn;
	struct bytes record;

	cr_assert_eq(engine_begin(store->engine, false, &txn), 0);
	cr_assert_eq(engine_get(txn, key_bytes(&key), &record), 0);
	cr_assert_eq(state_decode(record, &state), 0);
	engine_abort(txn);
	return state;
}

void put_header(uint64_t id, const struct state *state)
{
	struct key key = item_key(id, PART_HEADER, "", 0);
	struct buffer record = {0};

	state_encode(state, &record);
	put(&key, record.data, record.size);
	buffer_release(&record);
}

struct key index_key(uint64_t id)
{
	struct state state = header_of(id);

	return room_key(ROOM_INDEX, state.index, state.index_size);
}

/* ---- the good store ---- */

static void submit(struct pks_object *process)
{
	struct process_state state;

	cr_assert_eq(pks_begin(store), 0);
	cr_assert_eq(record_read(process, &state), 0);
	cr_assert_eq(record_move(process, &state, EVENT_SUBMIT), 0);
	cr_assert_eq(pks_commit(store), 0);
}

static void set(struct pks_object *process, const char *name, struct pks_value *value)
{
	cr_assert_eq(layer_attr_set(process, name, value), 0, "%s", pks_error_message());
	pks_value_clear(value);
}

/* All attributes that the runtime knows, with all that may be in them. */
static void fill_process(struct pks_object *process)
{
	struct pks_value report, value;

	cr_assert_eq(pks_value_pack(&report, "{s:i, s:s, s:b, s:b, s:d, s:d, s:i, s:{s:t, s:s}, s:[ss], s:U, s:[sy]}",
	                            "signal", 9, "signal_name", "SIGKILL", "core", 1, "oom", 0, "utime", 1.0, "stime",
	                            0.5, "maxrss", 4096, "progress", "time", (int64_t)1, "text", "half", "backtrace",
	                            "/m.so+0x1", "0x2", "address", UINT64_MAX, "output", "line", "\xff", (size_t)1),
	             0);
	pks_value_pack(&value, "[{s:i, s:s, s:t}{s:i, s:s, s:i, s:t, s:t, s:t, s:s, s:v}]", "attempt", 0, "status",
	               "crashed", "ended", (int64_t)1, "attempt", 0, "status", "crashed", "exitcode", -9, "submitted",
	               (int64_t)1, "started", (int64_t)2, "ended", (int64_t)3, "error", "why", "report", &report);
	set(process, "history", &value);
	set(process, "report", &report);
	pks_value_pack(&value, "{s:t, s:s}", "time", (int64_t)1, "text", "half");
	set(process, "progress", &value);
	pks_value_pack(&value, "{s:s, s:s, s:s, s:{ss, yy}, s:s, s:i, s:i, s:b, s:s, s:b, s:i, s:i, s:s}", "method",
	               "pool", "pool", "default", "cwd", "/", "env", "A", "1", "\xff", (size_t)1, "\xff", (size_t)1,
	               "stdin", "text", "level", 1, "output_cap", 0, "function", 1, "kind", "handler", "on_exit", 1,
	               "exit_of", 1, "grace", -1, "unknown", "option");
	set(process, "options", &value);
	pks_value_pack(&value, "[i]", 1);
	set(process, "args", &value);
	pks_value_pack(&value, "{s:i}", "name", 1);
	set(process, "kwargs", &value);
	pks_value_pack(&value, "s", "why");
	set(process, "error", &value);
}

/* Three can be had, one is held by this process, one is buried. */
static void fill_queue(void)
{
	struct pks_object *queue = pks_queue_open(store, "a/queue", 0, PKS_MUST_CREATE);
	struct pks_reservation reservation;

	queue_id = pks_object_id(queue);
	for (int i = 0; i < 5; i++)
		cr_assert_eq(pks_queue_putf(queue, 0, "i", i), 0);
	cr_assert_eq(pks_queue_reserve(queue, 0, &reservation), 0, "%s", pks_error_message());
	cr_assert_eq(pks_queue_bury(queue, &reservation), 0);
	pks_reservation_clear(&reservation);
	cr_assert_eq(pks_queue_reserve(queue, 0, &reservation), 0);
	pks_reservation_clear(&reservation);
	pks_object_close(queue);
}

static void fill_numbers(void)
{
	struct pks_object *cell = pks_cell_open(store, "a/value", PKS_MUST_CREATE);
	struct pks_object *array = pks_array_open(store, "a/array", PKS_INT32, 1500, PKS_MUST_CREATE);

	cell_id = pks_object_id(cell);
	array_id = pks_object_id(array);
	cr_assert_eq(pks_cell_setf(cell, "i", 7), 0);
	cr_assert_eq(pks_array_setf(array, 1400, "i", 7), 0);
}

/* Of each what it is when somebody has used it. */
static void fill_sync(void)
{
	struct pks_object *lock = pks_lock_open(store, "a/lock", PKS_MUST_CREATE);
	struct pks_object *semaphore = pks_boundedsemaphore_open(store, "a/semaphore", 3, PKS_MUST_CREATE);
	struct pks_object *event = pks_event_open(store, "a/event", PKS_MUST_CREATE);
	struct pks_object *barrier = pks_barrier_open(store, "a/barrier", 2, PKS_MUST_CREATE);
	struct pks_object *condition = pks_condition_open(store, "a/condition", NULL, PKS_MUST_CREATE);
	struct pks_object *pipe = pks_pipe_open(store, "a/pipe", true, PKS_MUST_CREATE);
	struct pks_connection *end = pks_pipe_connect(pipe, 0);

	lock_id = pks_object_id(lock);
	semaphore_id = pks_object_id(semaphore);
	barrier_id = pks_object_id(barrier);
	event_id = pks_object_id(event);
	condition_id = pks_object_id(condition);
	pipe_id = pks_object_id(pipe);
	cr_assert_eq(pks_lock_acquire(lock, 0), 0);
	cr_assert_eq(pks_semaphore_acquire(semaphore, 0), 0);
	cr_assert_eq(pks_event_set(event), 0);
	cr_assert_not_null(end, "%s", pks_error_message());
	for (int i = 0; i < 3; i++)
		cr_assert_eq(pks_connection_sendf(end, "i", i), 0, "%s", pks_error_message());
	cr_assert_eq(pks_connection_close(end), 0);
}

void good_store(void)
{
	static const char *path; /* one folder for all: a test makes hundreds of stores */
	struct pks_object *dict, *log, *process, *waiting;

	if (!path)
		path = scratch_dir("check");
	scratch_remove(path);
	store = pks_store_open(path, &(struct pks_store_options){.durability = PKS_DURABILITY_NONE});
	dict = pks_dict_open(store, "a/dict", PKS_MUST_CREATE);
	log = pks_log_open(store, "a/log", PKS_MUST_CREATE);
	process = pks_process_new(store, "a/process", "/no/module.so:handler");
	waiting = pks_process_new(store, "a/waiting", "/no/module.so:handler");
	dict_id = pks_object_id(dict);
	log_id = pks_object_id(log);
	process_id = pks_object_id(process);
	waiting_id = pks_object_id(waiting);
	cr_assert_eq(pks_begin(store), 0);
	pks_dict_setf(dict, "log", "o", log);
	pks_dict_setf(dict, "one", "i", 1);
	pks_attr_setf(dict, "unit", "s", "ms");
	for (int i = 0; i < GOOD_ENTRIES; i++)
		pks_log_appendf(log, "[si]", "entry", i);
	pks_dict_setf(process, "mine", "s", "yes");
	cr_assert_eq(pks_commit(store), 0, "%s", pks_error_message());
	cr_assert_eq(pks_log_trim(log, GOOD_ENTRIES - GOOD_TRIMMED), 0);
	fill_process(waiting);
	submit(waiting);
	fill_queue();
	fill_numbers();
	fill_sync();
	cr_assert_eq(pks_namespace_set_limit(store, "a", 100, 0), 0);
}

static void expect_dict(void)
{
	struct pks_object *dict = pks_dict_open(store, "a/dict", PKS_MUST_EXIST);
	uint64_t count;
	int one = 0;

	cr_expect_eq(pks_dict_getf(dict, "one", "i", &one), 0, "%s", pks_error_message());
	cr_expect_eq(one, 1);
	cr_expect_eq(pks_dict_count(dict, &count), 0);
	cr_expect_eq(count, 2);
	pks_object_close(dict);
}

static void expect_log(void)
{
	struct pks_object *log = pks_log_open(store, "a/log", PKS_MUST_EXIST);
	uint64_t first = 0, next = 0;
	int last = 0;

	cr_expect_eq(pks_log_positions(log, &first, &next), 0, "%s", pks_error_message());
	cr_expect(first <= GOOD_TRIMMED && next == GOOD_ENTRIES, "from %llu to %llu", (unsigned long long)first,
	          (unsigned long long)next);
	cr_expect_eq(pks_log_getf(log, -1, "[si]", NULL, &last), 0, "%s", pks_error_message());
	cr_expect_eq(last, GOOD_ENTRIES - 1);
	pks_object_close(log);
}

static void expect_process(const char *path, enum pks_status expected)
{
	struct pks_object *process = pks_process_open(store, path);
	enum pks_status status = 0;

	cr_expect_eq(pks_process_status(process, &status), 0, "%s: %s", path, pks_error_message());
	cr_expect_eq(status, expected);
	pks_object_close(process);
}

static void expect_queue(void)
{
	struct pks_object *queue = pks_queue_open(store, "a/queue", 0, PKS_MUST_EXIST);
	struct pks_queue_stats stats = {0};
	struct pks_value value = {0};
	int64_t first = 0;

	cr_expect_eq(pks_queue_stats(queue, &stats), 0, "%s", pks_error_message());
	cr_expect(stats.ready == 3 && stats.reserved == 1 && stats.buried == 1 && stats.unfinished == 5);
	cr_expect_eq(pks_queue_peek(queue, &value), 0, "%s", pks_error_message());
	cr_expect(pks_value_int(&value, &first) == 0 && first == 2);
	pks_value_clear(&value);
	pks_object_close(queue);
}

void good_expect(void)
{
	expect_dict();
	expect_log();
	expect_process("a/process", PKS_CREATED);
	expect_process("a/waiting", PKS_SUBMITTED);
	expect_queue();
}
