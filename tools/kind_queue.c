/* SPDX-License-Identifier: MIT */
/* Queues of the three types. */
#include "fail.h"
#include "kind.h"
#include "print.h"
#include "units.h"

#include <pkstore/queue.h>

#include <stdio.h>
#include <string.h>

static struct pks_object *create_queue(struct pks_store *store, const char *path, const char *target)
{
	return pks_queue_open(store, path, 0, PKS_MUST_CREATE);
}

static struct pks_object *create_lifo(struct pks_store *store, const char *path, const char *target)
{
	return pks_lifoqueue_open(store, path, 0, PKS_MUST_CREATE);
}

static struct pks_object *create_priority(struct pks_store *store, const char *path, const char *target)
{
	return pks_priorityqueue_open(store, path, 0, PKS_MUST_CREATE);
}

/* Calls each() for the items at the places. */
static void each_item(struct pks_object *queue, const char *path, int places, bool reverse,
                      void (*each)(const struct pks_queue_item *item, void *arg), void *arg)
{
	struct pks_queue_iter *iter = pks_queue_iter(queue, places, reverse);
	struct pks_queue_item item;
	int r;

	if (!iter)
		fail_handle(path);
	while ((r = pks_queue_next(iter, &item)) == 0)
		each(&item, arg);
	pks_queue_iter_close(iter);
	if (r != PKS_END)
		fail_code(r, path);
}

static void get_item(const struct pks_queue_item *item, void *get)
{
	get_print(get, &item->value);
}

static void get_all(const struct get *get, struct pks_object *queue, const char *path)
{
	struct get copy = *get;

	each_item(queue, path, PKS_QUEUE_READY, false, get_item, &copy);
}

/* ---- what it tells about itself ---- */

static void stat_read(struct pks_object *queue, const char *path, struct pks_queue_stats *out)
{
	fail_if(pks_queue_stats(queue, out), path);
}

static void stat_print_item(const struct pks_queue_item *item, void *arg)
{
	char since[UNITS_SIZE];

	units_time(item->since_ns, since);
	print_format("reserved    item %llu by pid %lld since %s, delivery %llu\n", (unsigned long long)item->sequence,
	             (long long)item->pid, since, (unsigned long long)item->deliveries);
}

static void stat_print(struct pks_object *queue, const char *path)
{
	struct pks_queue_stats stats;

	stat_read(queue, path, &stats);
	if (stats.maxsize)
		print_format("maxsize     %llu\n", (unsigned long long)stats.maxsize);
	print_format("unfinished  %llu\n", (unsigned long long)stats.unfinished);
	print_format("buried      %llu\n", (unsigned long long)stats.buried);
	each_item(queue, path, PKS_QUEUE_RESERVED, false, stat_print_item, NULL);
}

static void stat_json_item(const struct pks_queue_item *item, void *w)
{
	writer_map(w);
	writer_pair_uint(w, "item", item->sequence);
	writer_pair_uint(w, "pid", (uint64_t)item->pid);
	writer_pair_time(w, "since", item->since_ns);
	writer_pair_uint(w, "deliveries", item->deliveries);
	writer_end(w);
}

static void stat_json(struct writer *w, struct pks_object *queue, const char *path)
{
	struct pks_queue_stats stats;

	stat_read(queue, path, &stats);
	writer_pair_uint(w, "maxsize", stats.maxsize);
	writer_pair_uint(w, "unfinished", stats.unfinished);
	writer_pair_uint(w, "buried", stats.buried);
	writer_key(w, "reserved");
	writer_list(w);
	each_item(queue, path, PKS_QUEUE_RESERVED, false, stat_json_item, w);
	writer_end(w);
}

static void add_count(char text[KIND_STATE_SIZE], uint64_t count, const char *what)
{
	size_t size = strlen(text);

	if (count)
		snprintf(text + size, KIND_STATE_SIZE - size, "%s%llu %s", size ? ", " : "", (unsigned long long)count,
		         what);
}

static void state(struct pks_object *queue, const char *path, char text_out[KIND_STATE_SIZE])
{
	struct pks_queue_stats stats;

	stat_read(queue, path, &stats);
	text_out[0] = '\0';
	add_count(text_out, stats.maxsize, "at most");
	add_count(text_out, stats.reserved, "reserved");
	add_count(text_out, stats.buried, "buried");
}

/* ---- dump and load ---- */

struct dump {
	struct writer *w;
	bool priorities;
};

/* What has its usual value is left out. An item that a process holds is written as one that can be had. */
static void dump_item(const struct pks_queue_item *item, void *arg)
{
	struct dump *dump = arg;

	writer_map(dump->w);
	writer_key(dump->w, "value");
	writer_value(dump->w, &item->value);
	if (dump->priorities) {
		writer_key(dump->w, "priority");
		writer_pack(dump->w, "I", item->priority);
	}
	if (item->deliveries)
		writer_pair_uint(dump->w, "deliveries", item->deliveries);
	if (item->place == PKS_QUEUE_BURIED) {
		writer_key(dump->w, "buried");
		writer_pack(dump->w, "b", true);
	}
	writer_end(dump->w);
}

/* In the order in which they were put in, or of their priorities: loaded so, they have the same order again. */
static void dump_items(struct writer *w, struct pks_object *queue, const char *path)
{
	const char *type = pks_object_type(queue);
	struct dump dump = {.w = w, .priorities = !strcmp(type, "priorityqueue")};
	struct pks_queue_stats stats;

	stat_read(queue, path, &stats);
	writer_key(w, "items");
	writer_list(w);
	each_item(queue, path, PKS_QUEUE_ALL, !strcmp(type, "lifoqueue"), dump_item, &dump);
	writer_end(w);
	/* Behind the items: what came back to a full queue may be more than its maxsize. */
	if (stats.maxsize)
		writer_pair_uint(w, "maxsize", stats.maxsize);
}

static int read_item(const struct pks_value *map, struct pks_queue_item *item_out)
{
	bool buried = false;
	int r;

	*item_out = (struct pks_queue_item){0};
	r = pks_value_unpack(map, "{s:v, s:?I, s:?U, s:?b}", "value", &item_out->value, "priority", &item_out->priority,
	                     "deliveries", &item_out->deliveries, "buried", &buried);
	item_out->place = buried ? PKS_QUEUE_BURIED : PKS_QUEUE_READY;
	return r;
}

static const char *item_wrong(const struct pks_value *map)
{
	struct pks_queue_item item;

	return read_item(map, &item) == 0 ? NULL : "an item of a queue is a map with its \"value\"";
}

static int load_item(struct pks_object *queue, const char *key, const struct pks_value *map)
{
	struct pks_queue_item item;
	int r = read_item(map, &item);

	return r == 0 ? pks_queue_put_item(queue, &item) : r;
}

static bool is_number(const struct pks_value *value)
{
	uint64_t number;

	return pks_value_uint(value, &number) == 0;
}

static int load_maxsize(struct pks_object *queue, const struct pks_value *value)
{
	struct pks_object_info info;
	uint64_t maxsize = 0;
	int r = pks_value_uint(value, &maxsize);

	if (r == 0)
		r = pks_object_info(queue, &info);
	return r == 0 ? pks_object_set_limit(queue, maxsize, info.limit_bytes) : r;
}

static const struct kind_member members[] = {
	{"maxsize", "a number", is_number, load_maxsize},
	{0},
};

#define KIND_QUEUE                                                                                                     \
	.get_all = get_all, .clear = pks_queue_clear, .stat_print = stat_print, .stat_json = stat_json,                \
	.state = state, .dump_items = dump_items, .members = members, .items = '[',                                    \
	.item_wrong = item_wrong, .load_item = load_item

const struct kind kind_queue = {.type = "queue", .create = create_queue, KIND_QUEUE};
const struct kind kind_lifoqueue = {.type = "lifoqueue", .create = create_lifo, KIND_QUEUE};
const struct kind kind_priorityqueue = {.type = "priorityqueue", .create = create_priority, KIND_QUEUE};
