/* SPDX-License-Identifier: MIT */
/*
 * The C side of beside.py. Python and Perl change a store, each in `rounds` pairs of transactions, while two threads
 * here change the same objects again and again, and others wait for each change that concerns them.
 *
 *     beside STORE ROUNDS     prints "ready"; answers "check" with "good" when nothing is lost and all was seen in time
 *     beside STORE "ROUNDS quiet"     the same without the two threads that change things: nobody wakes those who wait
 *
 * shared/log, totals and queue are changed by all: every entry, every increment and every item must be there. NAME/log,
 * queue, value and dict are changed by NAME alone, and carry the time of the change: here it is measured how long it
 * took to be seen: every one within what FORMAT.md promises. A foreign program wakes nobody, so that is PKS_RECHECK_MS
 * at most, less as the loaders' commits tell of the foreign ones before them, and what a busy machine takes: how long it
 * lets a thread wait for a processor is measured meanwhile.
 */
#include <pkstore/pkstore.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What must not fail here; one line, so that the script's output says which. */
#define MUST(call)                                                                                                     \
	do {                                                                                                           \
		if ((call) != 0)                                                                                       \
			die(#call);                                                                                    \
	} while (0)

/* Within which FORMAT.md promises that it is. */
#define PROMISED_MS 100
/* Who may be kept waiting for a processor: the writer between its clock and its commit, and who is to see it; twice. */
#define STALLED 4
#define PATIENCE_MS 60000

/* Between two transactions of a loader, and between two looks at the clock. */
#define LOAD_PAUSE_NS 500000

/* Items that piled up while their taker had no processor are taken at once. */
#define AT_ONCE 64

#define NAMES 2
#define LOADERS 2
static const char *const names[NAMES] = {"python", "perl"};

static struct pks_store *store;
static int rounds, loaders;
static atomic_bool over;
static atomic_int loaded[LOADERS];

static void die(const char *what)
{
	fprintf(stderr, "beside: %s: %d %s\n", what, pks_error_code(), pks_error_message());
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- what all change ---- */

static void load_once(struct pks_object *log, struct pks_object *totals, struct pks_object *queue, int which, int i)
{
	struct pks_value value = {0};

	MUST(pks_begin(store));
	MUST(pks_log_appendf(log, "[si]", which ? "c1" : "c0", i));
	MUST(pks_dict_add(totals, "sum", 1, NULL));
	if (pks_queue_putf(queue, 0, "i", i) == 0)
		MUST(pks_dict_add(totals, "put", 1, NULL));
	if (pks_queue_get(queue, 0, &value) == 0) {
		MUST(pks_queue_task_done(queue, 1));
		MUST(pks_dict_add(totals, "got", 1, NULL));
	}
	MUST(pks_commit(store));
	pks_value_clear(&value);
}

static void *load(void *arg)
{
	int which = (int)(intptr_t)arg;
	struct pks_object *log = pks_log_open(store, "shared/log", PKS_MUST_EXIST);
	struct pks_object *totals = pks_dict_open(store, "shared/totals", PKS_MUST_EXIST);
	struct pks_object *queue = pks_queue_open(store, "shared/queue", 0, PKS_MUST_EXIST);
	int i = 0;

	while (!atomic_load(&over)) {
		load_once(log, totals, queue, which, i++);
		/* Two threads that do nothing else would leave the write lock to nobody, where processors are few. */
		nanosleep(&(struct timespec){.tv_nsec = LOAD_PAUSE_NS}, NULL);
	}
	atomic_store(&loaded[which], i);
	return NULL;
}

/* ---- the machine ---- */

static int64_t stall; /* the longest that a thread had to wait for a processor, in nanoseconds */

static void *look_at_the_clock(void *arg)
{
	while (!atomic_load(&over)) {
		int64_t before = now_ns(), late;

		nanosleep(&(struct timespec){.tv_nsec = LOAD_PAUSE_NS}, NULL);
		late = now_ns() - before - LOAD_PAUSE_NS;
		stall = late > stall ? late : stall;
	}
	return arg;
}

/* ---- what one changes, and how soon that is seen ---- */

struct watch {
	const char *name, *what;
	pthread_t thread, seer;
	int64_t *late; /* nanoseconds, of each change that was seen */
	atomic_int seen;
};

static struct pks_object *open_watched(const struct watch *watch)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", watch->name, watch->what);
	return pks_object_open(store, path);
}

/* [number, time of the change]. Returns the number; *late_out: how late it is seen. */
static int look(const struct pks_value *change, int64_t *late_out)
{
	int64_t time;
	int number;

	MUST(pks_value_unpack(change, "[iI]", &number, &time));
	*late_out = now_ns() - time;
	return number;
}

static int note(struct watch *watch, const struct pks_value *change)
{
	int64_t late;
	int number = look(change, &late);

	watch->late[watch->seen++] = late;
	return number;
}

/* Every entry, in order. */
static void *watch_log(void *arg)
{
	struct watch *watch = arg;
	struct pks_object *log = open_watched(watch);
	struct pks_value entry = {0};
	uint64_t position = 0;

	for (int i = 0; i < rounds; i++) {
		MUST(pks_log_follow(log, &position, PATIENCE_MS, &entry));
		MUST(note(watch, &entry) != i);
		pks_value_clear(&entry);
	}
	return NULL;
}

/* Of two who see it the one that is sooner counts. */
static int note_item(struct watch *watch, const struct pks_value *item)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	int64_t late;
	int number = look(item, &late);

	pthread_mutex_lock(&mutex);
	if (watch->late[number] == 0 || late < watch->late[number])
		watch->late[number] = late;
	pthread_mutex_unlock(&mutex);
	return number;
}

/* Every item, in order. Who takes them must have the write lock, for which all others wait, too. */
static void *watch_queue(void *arg)
{
	struct watch *watch = arg;
	struct pks_object *queue = open_watched(watch);
	struct pks_value items[AT_ONCE];
	size_t count;

	while (watch->seen < rounds) {
		MUST(pks_queue_get_many(queue, items, AT_ONCE, PATIENCE_MS, &count));
		for (size_t i = 0; i < count; i++) {
			MUST(note_item(watch, &items[i]) != watch->seen++);
			pks_value_clear(&items[i]);
		}
	}
	return NULL;
}

/* So those from the number `next` on are seen by one who only looks, unless they are taken before. */
static int see_items(struct watch *watch, struct pks_object *queue, int next)
{
	struct pks_queue_iter *iter = pks_queue_iter(queue, PKS_QUEUE_READY, true);
	int first = next, number = next;
	struct pks_queue_item item;

	while (number >= first && pks_queue_next(iter, &item) == 0) {
		number = note_item(watch, &item.value);
		next = number >= next ? number + 1 : next;
	}
	pks_queue_iter_close(iter);
	return next;
}

static void *see_queue(void *arg)
{
	struct watch *watch = arg;
	struct pks_object *queue = open_watched(watch);
	uint64_t version;
	int next = 0;

	while (watch->seen < rounds) {
		MUST(pks_object_version(queue, &version));
		next = see_items(watch, queue, next);
		MUST(pks_wait(queue, version, PROMISED_MS, NULL) < 0);
	}
	return NULL;
}

/* What stays until the next change: the last one is seen, and of the others those that lasted. */
static void *watch_version(void *arg)
{
	struct watch *watch = arg;
	struct pks_object *object = open_watched(watch);
	bool dict = strcmp(watch->what, "dict") == 0;
	struct pks_value value = {0};
	uint64_t version;
	int number = -1, r;

	MUST(pks_object_version(object, &version));
	while (number != rounds - 1) {
		r = dict ? pks_dict_get(object, "now", &value) : pks_cell_get(object, &value);
		if (r == 0 && pks_value_unpack(&value, "[iI]", &r, NULL) == 0 && r != number)
			number = note(watch, &value);
		pks_value_clear(&value);
		if (number != rounds - 1)
			MUST(pks_wait(object, version, PATIENCE_MS, &version));
	}
	return NULL;
}

static struct watch watches[] = {
	{.name = "python", .what = "log"},  {.name = "perl", .what = "log"},     {.name = "python", .what = "queue"},
	{.name = "perl", .what = "queue"},  {.name = "python", .what = "value"}, {.name = "perl", .what = "value"},
	{.name = "python", .what = "dict"}, {.name = "perl", .what = "dict"},
};
#define WATCHES (sizeof(watches) / sizeof(*watches))

static void start_watch(struct watch *watch)
{
	void *(*fn)(void *) = watch_version;

	watch->late = calloc((size_t)rounds, sizeof(*watch->late));
	MUST(!watch->late);
	if (strcmp(watch->what, "queue") == 0) {
		fn = watch_queue;
		MUST(pthread_create(&watch->seer, NULL, see_queue, watch));
	} else if (strcmp(watch->what, "log") == 0) {
		fn = watch_log;
	}
	MUST(pthread_create(&watch->thread, NULL, fn, watch));
}

static void join_watch(struct watch *watch)
{
	MUST(pthread_join(watch->thread, NULL));
	MUST(strcmp(watch->what, "queue") == 0 && pthread_join(watch->seer, NULL) != 0);
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void end_watch(struct watch *watch)
{
	int64_t median, worst;

	MUST(watch->seen == 0);
	qsort(watch->late, (size_t)watch->seen, sizeof(*watch->late), by_size);
	median = watch->late[watch->seen / 2];
	worst = watch->late[watch->seen - 1];
	fprintf(stderr, "%s/%s: %d changes seen after %.1f ms, %.1f ms at worst; %.1f ms stalled\n", watch->name,
	        watch->what, watch->seen, (double)median / 1e6, (double)worst / 1e6, (double)stall / 1e6);
	MUST(worst > (int64_t)PROMISED_MS * 1000000 + STALLED * stall);
	free(watch->late);
}

/* ---- the end ---- */

/* Every writer's entries: each once, in order. */
static void check_log(void)
{
	struct pks_object *log = pks_log_open(store, "shared/log", PKS_MUST_EXIST);
	struct pks_log_iter *iter = pks_log_iter(log, 0, INT64_MAX, false);
	const char *const writers[] = {"python", "perl", "c0", "c1"};
	int next[4] = {0};
	struct pks_value entry;

	while (pks_log_next(iter, &entry, NULL) == 0) {
		struct pks_value element;
		const char *name;
		size_t size;
		int number, writer = 0;

		MUST(pks_value_unpack(&entry, "[vi]", &element, &number));
		MUST(pks_value_text(&element, &name, &size));
		while (writer < 4 && (strlen(writers[writer]) != size || memcmp(writers[writer], name, size) != 0))
			writer++;
		MUST(writer == 4 || number != next[writer]++);
	}
	pks_log_iter_close(iter);
	MUST(next[0] != rounds || next[1] != rounds);
	MUST(next[2] != atomic_load(&loaded[0]) || next[3] != atomic_load(&loaded[1]));
}

static void check_totals(void)
{
	struct pks_object *totals = pks_dict_open(store, "shared/totals", PKS_MUST_EXIST);
	struct pks_object *queue = pks_queue_open(store, "shared/queue", 0, PKS_MUST_EXIST);
	struct pks_queue_stats stats;
	int64_t sum, put, got;

	MUST(pks_dict_getf(totals, "sum", "I", &sum));
	MUST(pks_dict_getf(totals, "put", "I", &put));
	MUST(pks_dict_getf(totals, "got", "I", &got));
	MUST(pks_queue_stats(queue, &stats));
	MUST(sum != NAMES * rounds + atomic_load(&loaded[0]) + atomic_load(&loaded[1]));
	MUST(put - got != (int64_t)stats.ready || stats.unfinished != stats.ready);
}

static int tell(const struct pks_finding *finding, void *arg)
{
	fprintf(stderr, "%s: %s: %s\n", finding->path, pks_check_name(finding->code), finding->what);
	return 0;
}

static void create(void)
{
	struct pks_object *totals = pks_dict_open(store, "shared/totals", PKS_MUST_CREATE);

	pks_log_open(store, "shared/log", PKS_MUST_CREATE);
	pks_queue_open(store, "shared/queue", 100, PKS_MUST_CREATE);
	for (int i = 0; i < NAMES; i++) {
		char path[64];

		snprintf(path, sizeof(path), "%s/log", names[i]);
		pks_log_open(store, path, PKS_MUST_CREATE);
		snprintf(path, sizeof(path), "%s/queue", names[i]);
		pks_queue_open(store, path, 0, PKS_MUST_CREATE);
		snprintf(path, sizeof(path), "%s/value", names[i]);
		pks_cell_open(store, path, PKS_MUST_CREATE);
		snprintf(path, sizeof(path), "%s/dict", names[i]);
		pks_dict_open(store, path, PKS_MUST_CREATE);
	}
	MUST(pks_dict_setf(totals, "sum", "i", 0));
	MUST(pks_dict_setf(totals, "put", "i", 0));
	MUST(pks_dict_setf(totals, "got", "i", 0));
}

int main(int argc, char **argv)
{
	pthread_t loading[LOADERS], clock;
	char line[16];

	if (argc != 3)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	rounds = atoi(argv[2]);
	loaders = strstr(argv[2], "quiet") ? 0 : LOADERS;
	store = pks_store_open(argv[1], &(struct pks_store_options){.mode = PKS_MUST_CREATE});
	MUST(!store);
	create();
	MUST(pthread_create(&clock, NULL, look_at_the_clock, NULL));
	for (int i = 0; i < loaders; i++)
		MUST(pthread_create(&loading[i], NULL, load, (void *)(intptr_t)i));
	for (size_t i = 0; i < WATCHES; i++)
		start_watch(&watches[i]);
	printf("ready\n");
	MUST(!fgets(line, sizeof(line), stdin) || strcmp(line, "check\n") != 0);
	for (size_t i = 0; i < WATCHES; i++)
		join_watch(&watches[i]);
	atomic_store(&over, true);
	MUST(pthread_join(clock, NULL));
	for (size_t i = 0; i < WATCHES; i++)
		end_watch(&watches[i]);
	for (int i = 0; i < loaders; i++)
		MUST(pthread_join(loading[i], NULL));
	check_log();
	check_totals();
	MUST(pks_check(store, NULL, tell, NULL, NULL));
	printf("good\n");
	pks_store_close(store);
	return 0;
}
