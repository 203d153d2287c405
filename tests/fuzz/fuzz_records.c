/* SPDX-License-Identifier: MIT */
/*
 * Records of a store as a damaged file or a careless program might leave them. The input's first byte chooses the
 * record that its rest is put in place of; then everything that reads it is called. Whatever a call answers is
 * right, as long as it answers.
 */
#include "base/cbor.h"
#include "engine.h"
#include "fuzz_store.h"
#include "keys.h"
#include "state.h"
#include "store.h"
#include "txn.h"

#include "../../runtime/process_state.h"

#include <pkstore/pkstore.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

enum record {
	DICT_HEADER,
	LOG_HEADER,
	PROCESS_HEADER,
	CATALOG,
	ITEM,
	CHUNK,
	STATE,
	METADATA,
	QUEUE_HEADER,
	READY,
	HELD,
	BURIED,
	CELL_HEADER,
	CELL,
	ARRAY_HEADER,
	PIECE,
	RECORDS
};

static uint64_t dict_id, log_id, process_id, queue_id, cell_id, array_id;

/* What is read: stands in for a program. */
static void use(const struct pks_value *value)
{
	char *json;

	if (pks_value_to_json(value, NULL, PKS_JSON_LINE, &json) == 0)
		free(json);
}

static struct key key_of(enum record record)
{
	struct key key;

	switch (record) {
	case DICT_HEADER:
		key_part(&key, dict_id, PART_HEADER);
		break;
	case LOG_HEADER:
		key_part(&key, log_id, PART_HEADER);
		break;
	case PROCESS_HEADER:
		key_part(&key, process_id, PART_HEADER);
		break;
	case CATALOG:
		key_room(&key, ROOM_CATALOG, "dict", 4);
		break;
	case ITEM:
		key_named(&key, dict_id, PART_ITEM, "key", 3);
		break;
	case CHUNK:
		key_chunk(&key, log_id, 0);
		break;
	case STATE:
		key_named(&key, process_id, PART_ATTRIBUTE, "state", 5);
		break;
	case QUEUE_HEADER:
		key_part(&key, queue_id, PART_HEADER);
		break;
	case READY:
		key_numbered(&key, queue_id, PART_ITEM, 2);
		break;
	case HELD:
		key_numbered(&key, queue_id, PART_HELD, 0);
		break;
	case BURIED:
		key_numbered(&key, queue_id, PART_BURIED, 1);
		break;
	case CELL_HEADER:
		key_part(&key, cell_id, PART_HEADER);
		break;
	case CELL:
		key_part(&key, cell_id, PART_ITEM);
		break;
	case ARRAY_HEADER:
		key_part(&key, array_id, PART_HEADER);
		break;
	case PIECE:
		key_numbered(&key, array_id, PART_ITEM, 0);
		break;
	default:
		key_part(&key, dict_id, PART_METADATA);
	}
	return key;
}

/* A header that is read is written as the same header again. */
static void check_header(struct bytes record)
{
	struct state state = {0}, again = {0};
	struct buffer first = {0}, second = {0};

	if (state_decode(record, &state) == 0) {
		state_encode(&state, &first);
		assert(state_decode((struct bytes){first.data, first.size}, &again) == 0);
		state_encode(&again, &second);
		assert(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
	}
	buffer_release(&first);
	buffer_release(&second);
}

static void read_dict(void)
{
	struct pks_object *dict = pks_object_open(store, "dict");
	struct pks_iter *iter = pks_dict_iter(dict, NULL);
	struct pks_object_info info;
	struct pks_value value;
	const char *key;

	while (pks_iter_next(iter, &key, &value) == 0)
		use(&value);
	pks_iter_close(iter);
	if (pks_dict_get(dict, "key", &value) == 0)
		pks_value_clear(&value);
	if (pks_object_metadata(dict, &value) == 0) {
		use(&value);
		pks_value_clear(&value);
	}
	pks_object_info(dict, &info);
	pks_object_close(pks_dict_object(dict, "key"));
	pks_object_close(dict);
}

static void read_log(void)
{
	struct pks_object *log = pks_object_open(store, "log");
	struct pks_value value;

	for (int reverse = 0; reverse < 2; reverse++) {
		struct pks_log_iter *iter = pks_log_iter(log, 0, INT64_MAX, reverse);

		/* A damaged count may claim any number of entries. */
		for (int i = 0; i < 100 && pks_log_next(iter, &value, NULL) == 0; i++)
			use(&value);
		pks_log_iter_close(iter);
	}
	if (pks_log_get(log, -1, &value) == 0)
		pks_value_clear(&value);
	pks_object_close(log);
}

static void read_process(void)
{
	struct pks_object *process = pks_object_open(store, "process");
	struct pks_process_info info;

	pks_process_info(process, &info);
	pks_process_is_alive(process);
	pks_object_close(process);
}

static void read_queue(void)
{
	struct pks_object *queue = pks_object_open(store, "queue");
	struct pks_queue_stats stats;
	struct pks_queue_item item;
	struct pks_value value;

	for (int reverse = 0; reverse < 2; reverse++) {
		struct pks_queue_iter *iter = pks_queue_iter(queue, PKS_QUEUE_ALL, reverse);

		while (pks_queue_next(iter, &item) == 0)
			use(&item.value);
		pks_queue_iter_close(iter);
	}
	if (pks_queue_peek(queue, &value) == 0)
		pks_value_clear(&value);
	pks_queue_stats(queue, &stats);
	pks_object_close(queue);
}

/* The item that this process holds, as far as it knows. */
static struct pks_reservation held = {.deliveries = 1};

static void change_queue(struct pks_object *queue, int which)
{
	struct pks_reservation another = {0};
	struct pks_value value = {0};

	if (which == 0 && pks_queue_get(queue, 0, &value) == 0)
		pks_value_clear(&value);
	if (which == 1 && pks_queue_reserve(queue, 0, &another) == 0)
		pks_reservation_clear(&another);
	if (which == 2)
		pks_queue_release(queue, &held);
	if (which == 3)
		pks_queue_kick(queue, 2, NULL);
	if (which == 4)
		pks_queue_clear(queue);
	if (which == 5)
		pks_queue_putf(queue, 0, "i", 1);
}

static void read_numbers(void)
{
	struct pks_object *cell = pks_object_open(store, "cell"), *array = pks_object_open(store, "array");
	const void *numbers;
	struct pks_value value;
	int32_t read[8];
	uint64_t count;

	if (pks_cell_get(cell, &value) == 0) {
		use(&value);
		pks_value_clear(&value);
	}
	if (pks_array_get(array, -1, &value) == 0)
		pks_value_clear(&value);
	pks_array_read(array, PKS_INT32, 0, 8, read);
	if (pks_array_value(array, 0, 100, &value) == 0) {
		use(&value);
		pks_value_clear(&value);
	}
	pks_snapshot_begin(store);
	pks_array_view(array, PKS_INT32, 5, &numbers, &count);
	pks_snapshot_end(store);
	pks_object_close(cell);
	pks_object_close(array);
}

static void change_numbers(int which)
{
	struct pks_object *cell = pks_object_open(store, "cell"), *array = pks_object_open(store, "array");
	static const int32_t numbers[8] = {1, 2, 3};

	if (which == 0)
		pks_cell_add(cell, 1, NULL);
	if (which == 1)
		pks_cell_setf(cell, "s", "text");
	if (which == 2)
		pks_cell_clear(cell);
	if (which == 3)
		pks_array_add(array, 3, 1, NULL);
	if (which == 4)
		pks_array_write(array, PKS_INT32, 10, 8, numbers);
	if (which == 5)
		pks_array_fillf(array, 0, 1500, "i", 0);
	pks_object_close(cell);
	pks_object_close(array);
}

enum { QUEUE_CHANGES = 6, NUMBER_CHANGES = 6, CHANGES = 5 + QUEUE_CHANGES + NUMBER_CHANGES };

/* One change of a damaged object; aborted, so that each input meets the same store. */
static void change(int which)
{
	struct pks_object *dict = pks_object_open(store, "dict"), *log = pks_object_open(store, "log");
	struct pks_object *process = pks_object_open(store, "process"), *queue = pks_object_open(store, "queue");

	if (pks_begin(store) != 0)
		abort();
	if (which == 0)
		pks_dict_add(dict, "key", 1, NULL);
	else if (which == 1)
		pks_log_appendf(log, "i", 1);
	else if (which == 2)
		pks_log_trim(log, 2);
	else if (which == 3)
		pks_process_set_priority(process, 1);
	else if (which == 4)
		pks_object_drop(dict);
	else if (which < 5 + QUEUE_CHANGES)
		change_queue(queue, which - 5);
	else
		change_numbers(which - 5 - QUEUE_CHANGES);
	pks_abort(store);
	pks_object_close(dict);
	pks_object_close(log);
	pks_object_close(process);
	pks_object_close(queue);
}

static void put(enum record record, const void *data, size_t size)
{
	struct key key = key_of(record);
	struct engine_txn *txn;

	if (engine_begin(store->engine, true, &txn) < 0 ||
	    engine_put(txn, key_bytes(&key), (struct bytes){data, size}, NULL) < 0 || engine_commit(txn) < 0)
		abort();
}

/* The store as it was before: what is right is put back. */
static struct buffer good[RECORDS];

static void keep_good(void)
{
	struct engine_txn *txn;
	struct bytes value;

	if (engine_begin(store->engine, false, &txn) < 0)
		abort();
	for (int record = 0; record < RECORDS; record++) {
		struct key key = key_of((enum record)record);

		if (engine_get(txn, key_bytes(&key), &value) != 0)
			abort();
		buffer_append(&good[record], value.data, value.size);
	}
	engine_abort(txn);
}

/* Three items: one is held, one buried, one can be had. */
static void make_queue(void)
{
	struct pks_object *queue = pks_queue_open(store, "queue", 0, PKS_MUST_CREATE);
	struct pks_reservation reservation;

	queue_id = pks_object_id(queue);
	for (int i = 0; i < 3; i++)
		if (pks_queue_putf(queue, 0, "i", i))
			abort();
	for (int i = 0; i < 2; i++) {
		if (pks_queue_reserve(queue, 0, &reservation) || (i == 1 && pks_queue_bury(queue, &reservation)))
			abort();
		pks_reservation_clear(&reservation);
	}
	pks_object_close(queue);
}

/* A Value that is set, and an Array with one of its two pieces. */
static void make_numbers(void)
{
	struct pks_object *cell = pks_cell_open(store, "cell", PKS_MUST_CREATE);
	struct pks_object *array = pks_array_open(store, "array", PKS_INT32, 2000, PKS_MUST_CREATE);

	cell_id = pks_object_id(cell);
	array_id = pks_object_id(array);
	if (pks_cell_setf(cell, "i", 1) || pks_array_setf(array, 1, "i", -2))
		abort();
	pks_object_close(cell);
	pks_object_close(array);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct pks_object *dict, *log, *process;
	struct pks_value metadata;

	make_store();
	dict = pks_dict_open(store, "dict", PKS_MUST_CREATE);
	log = pks_log_open(store, "log", PKS_MUST_CREATE);
	process = pks_process_new(store, "process", "/opt/module.so:handler");
	dict_id = pks_object_id(dict);
	log_id = pks_object_id(log);
	process_id = pks_object_id(process);
	if (pks_dict_setf(dict, "key", "i", 1) || pks_log_appendf(log, "i", 1) ||
	    pks_value_pack(&metadata, "{s:s}", "owner", "me") || pks_object_set_metadata(dict, &metadata))
		abort();
	pks_value_clear(&metadata);
	pks_object_close(dict);
	pks_object_close(log);
	pks_object_close(process);
	make_queue();
	make_numbers();
	keep_good();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum record record;

	if (size == 0)
		return 0;
	record = (enum record)(data[0] % RECORDS);
	check_header((struct bytes){data + 1, size - 1});
	put(record, data + 1, size - 1);
	read_dict();
	read_log();
	read_process();
	read_queue();
	read_numbers();
	for (int i = 0; i < CHANGES; i++)
		change(i);
	put(record, good[record].data, good[record].size);
	return 0;
}
