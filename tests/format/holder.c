/* SPDX-License-Identifier: MIT */
/*
 * The C side of the format's tests: makes a store, and keeps it open while a script reads or writes its files.
 *
 *     holder STORE examples     the examples of FORMAT.md; prints "ready", and waits for the end of its input
 *     holder STORE full         objects of all kinds, and an ended process; then also answers a line "check": "good"
 *                               when the store holds what write_store.py has written
 */
#include <pkstore/pkstore.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Enough entries for several chunks. */
#define ENTRIES 2000
#define ENTRIES_KEPT 1500

/* The thirteen examples, example/finished and failed; many/numbers, renamed, capped; python/dict, process. */
#define OBJECTS 20

/* What must not fail here; one line, so that the script's output says which. */
#define MUST(call)                                                                                                    \
	do {                                                                                                          \
		if ((call) != 0)                                                                                      \
			die(#call);                                                                                   \
	} while (0)

static void die(const char *what)
{
	fprintf(stderr, "holder: %s: %d %s\n", what, pks_error_code(), pks_error_message());
	exit(1);
}

PKS_PROCESS(twice)
{
	int number;
	int r = pks_process_argsf(self, "[i]", &number);

	if (r)
		return r;
	pks_dict_setf(self, "seen", "b", true);
	return pks_return(self, "{s:i}", "twice", 2 * number);
}

PKS_PROCESS(refuse)
{
	return pks_fail(self, "refused");
}

static void make_config(struct pks_store *store)
{
	struct pks_object *config = pks_dict_open(store, "example/config", PKS_MUST_CREATE);
	struct pks_value metadata;

	MUST(pks_value_pack(&metadata, "{s:s}", "owner", "me"));
	MUST(pks_begin(store));
	MUST(pks_dict_setf(config, "port", "i", 8080));
	MUST(pks_dict_setf(config, "ratio", "d", 1.5));
	MUST(pks_object_set_metadata(config, &metadata));
	MUST(pks_attr_setf(config, "unit", "s", "ms"));
	MUST(pks_commit(store));
	pks_value_clear(&metadata);
}

/* Three entries, one of them trimmed. */
static struct pks_object *make_log(struct pks_store *store)
{
	struct pks_object *log = pks_log_open(store, "example/log", PKS_MUST_CREATE);

	for (int i = 0; i < 3; i++)
		MUST(pks_log_appendf(log, "[si]", "iteration", i));
	MUST(pks_log_trim(log, 2));
	return log;
}

static void make_process(struct pks_store *store, struct pks_object *log)
{
	struct pks_object *process = pks_process_new(store, "example/process", "/opt/module.so:produce");

	MUST(pks_process_set_argsf(process, "[s]", "hello"));
	MUST(pks_process_set_priority(process, 5));
	MUST(pks_dict_setf(process, "results", "o", log));
}

/* Three items, the first of them buried. */
static void make_queue(struct pks_store *store)
{
	struct pks_object *queue = pks_queue_open(store, "example/queue", 100, PKS_MUST_CREATE);
	struct pks_reservation first;

	MUST(pks_queue_putf(queue, 0, "s", "first"));
	MUST(pks_queue_putf(queue, 0, "s", "second"));
	MUST(pks_queue_putf(queue, 0, "s", "third"));
	MUST(pks_queue_reserve(queue, 0, &first));
	MUST(pks_queue_bury(queue, &first));
	pks_reservation_clear(&first);
}

static void make_priorities(struct pks_store *store)
{
	struct pks_object *queue = pks_priorityqueue_open(store, "example/priorities", 0, PKS_MUST_CREATE);
	struct pks_value value;

	MUST(pks_value_pack(&value, "s", "urgent"));
	MUST(pks_queue_putf(queue, 0, "s", "usual"));
	MUST(pks_queue_put_priority(queue, -1, &value, 0));
	pks_value_clear(&value);
}

/* All of them as if nobody was there: who holds and who waits is another one in each run. */
static void make_synchronisation(struct pks_store *store)
{
	struct pks_object *lock = pks_lock_open(store, "example/lock", PKS_MUST_CREATE);
	struct pks_object *pipe;
	struct pks_connection *end;

	MUST(pks_lock_acquire(lock, 0));
	MUST(pks_lock_release(lock));
	MUST(!pks_boundedsemaphore_open(store, "example/semaphore", 3, PKS_MUST_CREATE));
	MUST(pks_event_set(pks_event_open(store, "example/event", PKS_MUST_CREATE)));
	MUST(!pks_condition_open(store, "example/condition", lock, PKS_MUST_CREATE));
	MUST(!pks_barrier_open(store, "example/barrier", 4, PKS_MUST_CREATE));
	pipe = pks_pipe_open(store, "example/pipe", true, PKS_MUST_CREATE);
	end = pks_pipe_connect(pipe, 1);
	MUST(pks_connection_sendf(end, "s", "hello"));
	MUST(pks_connection_close(end));
}

/* One of each other kind. */
static void make_objects(struct pks_store *store)
{
	struct pks_object *array;

	MUST(pks_cell_setf(pks_cell_open(store, "example/value", PKS_MUST_CREATE), "d", 0.5));
	array = pks_array_open(store, "example/array", PKS_INT32, 2000, PKS_MUST_CREATE);
	MUST(pks_array_setf(array, 1, "i", -2));
	make_synchronisation(store);
}

static void make_examples(struct pks_store *store)
{
	make_config(store);
	make_process(store, make_log(store));
	make_queue(store);
	make_priorities(store);
	make_objects(store);
}

/* ---- who holds and who waits, in the examples alone ---- */

#define PATIENCE_MS 20000

static struct pks_object *barrier;
static pthread_t waiter;

static void *wait_at_barrier(void *unused)
{
	MUST(pks_barrier_wait(barrier, PATIENCE_MS, NULL) != PKS_BROKEN);
	return unused;
}

static void begin_to_wait(struct pks_store *store)
{
	struct pks_barrier_info info = {0};

	barrier = pks_barrier_open(store, "example/barrier", 0, PKS_MUST_EXIST);
	MUST(pthread_create(&waiter, NULL, wait_at_barrier, NULL));
	while (info.waiting == 0)
		MUST(pks_barrier_info(barrier, &info));
}

static void make_held(struct pks_store *store)
{
	struct pks_object *queue = pks_queue_open(store, "example/queue", 0, PKS_MUST_EXIST);
	struct pks_object *semaphore = pks_object_open(store, "example/semaphore");
	struct pks_object *object = pks_plain_open(store, "example/object", PKS_MUST_CREATE);
	struct pks_reservation reservation;

	MUST(pks_attr_setf(object, "colour", "s", "red"));
	MUST(pks_object_set_class(object, "toy"));
	MUST(pks_queue_reserve(queue, 0, &reservation));
	pks_reservation_clear(&reservation);
	MUST(pks_semaphore_acquire(semaphore, 0));
	begin_to_wait(store);
	MUST(pks_namespace_set_limit(store, "example", 100, 1 << 20));
}

static void end_held(void)
{
	MUST(pks_barrier_abort(barrier));
	MUST(pthread_join(waiter, NULL));
}

static void make_numbers(struct pks_store *store)
{
	struct pks_object *log = pks_log_open(store, "many/numbers", PKS_MUST_CREATE);

	MUST(pks_begin(store));
	for (int i = 0; i < ENTRIES; i++)
		MUST(pks_log_appendf(log, "[si]", "number", i));
	MUST(pks_commit(store));
	MUST(pks_log_trim(log, ENTRIES_KEPT));
}

static void make_kinds(struct pks_store *store)
{
	static const int32_t numbers[] = {1, -2, 3};
	struct pks_object *kinds = pks_dict_open(store, "many/kinds", PKS_MUST_CREATE);
	struct pks_builder *builder = pks_builder_new();
	struct pks_value array;

	MUST(pks_build_array(builder, PKS_INT32, numbers, 3));
	MUST(pks_builder_finish(builder, &array));
	pks_builder_free(builder);
	MUST(pks_dict_setf(kinds, "", "n"));
	MUST(pks_dict_setf(kinds, "largest", "U", UINT64_MAX));
	MUST(pks_dict_setf(kinds, "smallest", "I", INT64_MIN));
	MUST(pks_dict_setf(kinds, "bytes", "y", "\0\377", (size_t)2));
	MUST(pks_dict_setf(kinds, "schl\303\274ssel", "s", "\342\202\254"));
	MUST(pks_dict_setf(kinds, "nested", "[{s:[b,b]}]", "list", true, false));
	MUST(pks_dict_setf(kinds, "second", "t", INT64_C(1700000000000000000)));
	MUST(pks_dict_setf(kinds, "moment", "t", INT64_C(1700000000000000001)));
	MUST(pks_dict_setf(kinds, "self", "o", kinds));
	MUST(pks_dict_set(kinds, "array", &array));
	pks_value_clear(&array);
}

static void run(struct pks_store *store, const char *path, const char *handler)
{
	struct pks_object *process = pks_process_new(store, path, handler);

	MUST(pks_process_set_argsf(process, "[i]", 21));
	MUST(pks_process_start(process));
	MUST(pks_process_join(process, -1));
}

static void make_full(struct pks_store *store)
{
	struct pks_object *capped;

	make_examples(store);
	make_numbers(store);
	make_kinds(store);
	capped = pks_log_open(store, "many/capped", PKS_MUST_CREATE);
	MUST(pks_log_set_cap(capped, 3));
	pks_dict_open(store, "many/dropped", PKS_MUST_CREATE);
	run(store, "example/finished", "twice");
	run(store, "example/failed", "refuse");
	MUST(pks_killall(store));
}

/* ---- what write_store.py has done ---- */

static void check_dict(struct pks_store *store)
{
	struct pks_object *config = pks_dict_open(store, "example/config", PKS_MUST_EXIST);
	uint64_t count, version;
	char *host;
	int port;

	MUST(pks_dict_getf(config, "host", "s", &host));
	MUST(strcmp(host, "localhost"));
	free(host);
	MUST(pks_dict_getf(config, "port", "i", &port));
	MUST(port != 8081);
	MUST(pks_dict_contains(config, "ratio") != PKS_NOT_FOUND);
	MUST(pks_dict_count(config, &count));
	MUST(count != 2);
	MUST(pks_object_version(config, &version));
	MUST(version != 3); /* created, filled, written to by the script: three transactions */
}

static int number_of(const struct pks_value *entry, int64_t *number_out)
{
	struct pks_value element;
	int r = pks_value_at(entry, 1, &element);

	return r ? r : pks_value_int(&element, number_out);
}

/* The script appended the numbers from ENTRIES on, several chunks of them. */
static void check_log(struct pks_store *store)
{
	struct pks_object *log = pks_log_open(store, "many/numbers", PKS_MUST_EXIST);
	struct pks_log_iter *iter = pks_log_iter(log, 0, INT64_MAX, false);
	int64_t expected = ENTRIES - ENTRIES_KEPT, number;
	struct pks_value entry;
	uint64_t position;

	while (pks_log_next(iter, &entry, &position) == 0) {
		MUST(number_of(&entry, &number));
		MUST(number != expected || position != (uint64_t)expected);
		expected++;
	}
	pks_log_iter_close(iter);
	MUST(expected != 2 * ENTRIES);
	MUST(pks_log_appendf(log, "[si]", "number", 2 * ENTRIES));
	MUST(pks_log_get(log, -2, &entry));
	MUST(number_of(&entry, &number));
	MUST(number != 2 * ENTRIES - 1);
	pks_value_clear(&entry);
}

static void check_objects(struct pks_store *store)
{
	struct pks_object *capped = pks_log_open(store, "many/capped", PKS_MUST_EXIST);
	struct pks_object *created = pks_dict_open(store, "python/dict", PKS_MUST_EXIST);
	struct pks_object *process = pks_process_open(store, "python/process");
	struct pks_store_stat stat;
	uint64_t first, next;

	MUST(!capped || !created || !process);
	MUST(pks_log_positions(capped, &first, &next));
	MUST(first != 7 || next != 10);
	MUST(pks_object_exists(store, "many/dropped") != PKS_NOT_FOUND);
	MUST(pks_object_exists(store, "many/kinds") != PKS_NOT_FOUND);
	MUST(pks_object_exists(store, "many/renamed"));
	MUST(pks_store_stat(store, &stat));
	MUST(stat.objects != OBJECTS);
}

static void check(struct pks_store *store)
{
	check_dict(store);
	check_log(store);
	check_objects(store);
	printf("good\n");
}

int main(int argc, char **argv)
{
	struct pks_store *store;
	char line[16];

	pks_worker_main();
	if (argc != 3)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	store = pks_store_open(argv[1], &(struct pks_store_options){.mode = PKS_MUST_CREATE});
	MUST(!store);
	if (strcmp(argv[2], "full") == 0)
		make_full(store);
	else
		make_examples(store);
	if (strcmp(argv[2], "examples") == 0)
		make_held(store);
	printf("ready\n");
	while (fgets(line, sizeof(line), stdin))
		if (strcmp(line, "check\n") == 0)
			check(store);
	if (barrier)
		end_held();
	pks_store_close(store);
	return 0;
}
