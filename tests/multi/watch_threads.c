/* SPDX-License-Identifier: MIT */
/*
 * Watches and threads, all at once: writers change objects, loops poll descriptors and dispatch, waiters wait, and
 * others come and go. A plain program, as threads.c: exits with 0 when everybody was told everything.
 */
#include <pkstore/pkstore.h>

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ENTRIES 500
#define ITEMS 500
#define ENDS 100
/* Only a hang takes as long. */
#define PATIENCE_MS 60000

static struct pks_store *store;
static struct pks_object *entries, *items, *number;

#define CHECK(call) check(call, #call)

static void check(int r, const char *call)
{
	if (r >= 0)
		return;
	fprintf(stderr, "%s: %s\n", call, pks_error_message());
	exit(1);
}

static void *append(void *unused)
{
	for (int i = 0; i < ENTRIES; i++)
		CHECK(pks_log_appendf(entries, "i", i));
	return unused;
}

static void *put(void *unused)
{
	for (int i = 0; i < ITEMS; i++) {
		CHECK(pks_queue_putf(items, -1, "i", i));
		CHECK(pks_cell_add(number, 1, NULL));
	}
	return unused;
}

static void must_wake(int r)
{
	if (r == 0)
		return;
	fprintf(stderr, "nobody told me: %d %s\n", r, pks_error_message());
	exit(1);
}

/* Until the Log has its last entry, and the Value its last number: in one wait for both. */
static void *wait_for_both(void *unused)
{
	struct pks_watch *watch = pks_watch_new(store);
	uint64_t count = 0;
	int64_t last = 0;
	size_t which;

	CHECK(pks_watch_log(watch, entries, 0, NULL));
	CHECK(pks_watch_change(watch, number, NULL));
	for (;;) {
		CHECK(pks_log_count(entries, &count));
		if (pks_cell_getf(number, "I", &last) < 0)
			last = 0;
		if (count == ENTRIES && last == ITEMS)
			break;
		must_wake(pks_watch_wait(watch, PATIENCE_MS, &which));
	}
	pks_watch_free(watch);
	return unused;
}

static atomic_int taken;

static void take(struct pks_watch *watch, size_t which, void *unused)
{
	int item;

	(void)watch;
	(void)which;
	(void)unused;
	while (pks_queue_getf(items, 0, "i", &item) == 0)
		atomic_fetch_add(&taken, 1);
}

static void ignore(struct pks_watch *watch, size_t which, void *unused)
{
	(void)watch;
	(void)which;
	(void)unused;
}

/* A loop: two of them empty one Queue; each hears of the last item by the number that is counted with it. */
static void *loop(void *unused)
{
	struct pks_watch *watch = pks_watch_new(store);
	struct pollfd poll_fd = {.events = POLLIN};

	CHECK(pks_watch_queue(watch, items, NULL));
	CHECK(pks_watch_change(watch, number, NULL));
	CHECK(pks_watch_call(watch, 0, take, NULL));
	CHECK(pks_watch_call(watch, 1, ignore, NULL));
	CHECK(pks_watch_fd(watch, &poll_fd.fd));
	for (int64_t last = 0; last < ITEMS || atomic_load(&taken) < ITEMS;) {
		if (poll(&poll_fd, 1, 100) > 0)
			CHECK(pks_watch_dispatch(watch));
		if (pks_cell_getf(number, "I", &last) != 0)
			last = 0;
	}
	pks_watch_free(watch);
	return unused;
}

/* Watches that come and go, with and without a condition that holds. */
static void *come_and_go(void *unused)
{
	for (int i = 0; i < 100; i++) {
		struct pks_watch *watch = pks_watch_new(store);
		size_t which;
		int fd;

		CHECK(pks_watch_log(watch, entries, 0, NULL));
		if (i % 2)
			CHECK(pks_watch_fd(watch, &fd));
		CHECK(pks_watch_queue(watch, items, NULL));
		CHECK(pks_watch_wait(watch, 0, &which));
		CHECK(pks_watch_remove(watch, 0));
		pks_watch_free(watch);
	}
	return unused;
}

static atomic_int called, taken_back;

static void note(struct pks_object *process, const struct pks_process_info *info, void *unused)
{
	(void)process;
	(void)unused;
	if (!info)
		atomic_fetch_add(&called, 1);
}

/* Processes that are dropped before they run: needs no pool. A call that is taken back is not made. */
static void *ask_and_drop(void *unused)
{
	for (int i = 0; i < ENDS; i++) {
		struct pks_object *process = pks_process_new(store, NULL, "/nowhere.so:nothing");

		CHECK(pks_process_on_exit(process, note, NULL));
		if (i % 5 == 0 && pks_process_cancel_exit(process, note, NULL) == 0)
			atomic_fetch_add(&taken_back, 1);
		CHECK(pks_object_drop(process));
		pks_object_close(process);
	}
	return unused;
}

static void await_calls(void)
{
	for (int ms = 0; atomic_load(&called) + atomic_load(&taken_back) < 2 * ENDS; ms++) {
		must_wake(ms < PATIENCE_MS ? 0 : PKS_TIMED_OUT);
		poll(NULL, 0, 1);
	}
}

static void run_all(void)
{
	void *(*const work[])(void *) = {append, put,         wait_for_both, wait_for_both, loop,
	                                 loop,   come_and_go, come_and_go,   ask_and_drop,  ask_and_drop};
	pthread_t threads[sizeof(work) / sizeof(*work)];

	for (size_t i = 0; i < sizeof(work) / sizeof(*work); i++)
		if (pthread_create(&threads[i], NULL, work[i], NULL) != 0)
			exit(1);
	for (size_t i = 0; i < sizeof(work) / sizeof(*work); i++)
		pthread_join(threads[i], NULL);
	await_calls();
}

int main(void)
{
	char path[] = "/dev/shm/pkstore-watch-XXXXXX", command[64];
	struct pks_watch *left;
	int fd;

	if (!mkdtemp(path))
		return 1;
	store = pks_store_open(path, NULL);
	entries = pks_log_open(store, "entries", PKS_MUST_CREATE);
	items = pks_queue_open(store, "items", 0, PKS_MUST_CREATE);
	number = pks_cell_open(store, "number", PKS_MUST_CREATE);
	left = pks_watch_new(store);
	CHECK(pks_watch_log(left, entries, 0, NULL));
	CHECK(pks_watch_fd(left, &fd));
	run_all();
	pks_store_close(store); /* with a watch that is still there */
	pks_watch_free(left);
	snprintf(command, sizeof(command), "rm -rf %s", path);
	return system(command) == 0 && atomic_load(&taken) == ITEMS ? 0 : 1;
}
