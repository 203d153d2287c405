/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "fail.h"
#include "kind.h"
#include "print.h"

#include <pkstore/builder.h>
#include <pkstore/log.h>

#include <stdio.h>

static struct pks_object *create(struct pks_store *store, const char *path, const char *target)
{
	return pks_log_open(store, path, PKS_MUST_CREATE);
}

static struct pks_log_iter *entries(struct pks_object *log, const char *path)
{
	struct pks_log_iter *iter = pks_log_iter(log, 0, INT64_MAX, false);

	if (!iter)
		fail_handle(path);
	return iter;
}

/* As a list. */
static int get_slice(struct pks_object *log, int64_t start, int64_t stop, struct pks_value *value_out)
{
	struct pks_log_iter *iter = pks_log_iter(log, start, stop, false);
	struct pks_builder *builder = fail_no_memory(pks_builder_new());
	struct pks_value entry = {0};
	int r = iter ? pks_build_list(builder) : pks_error_code();

	while (r == 0 && (r = pks_log_next(iter, &entry, NULL)) == 0)
		r = pks_build_value(builder, &entry);
	if (r == PKS_END)
		r = pks_build_end(builder);
	if (r == 0)
		r = pks_builder_finish(builder, value_out);
	pks_log_iter_close(iter);
	pks_builder_free(builder);
	return r;
}

static int get_one(struct pks_object *log, const char *key, struct pks_value *value_out)
{
	int64_t start, stop;

	if (args_slice(key, "an index of a Log", &start, &stop))
		return get_slice(log, start, stop, value_out);
	return pks_log_get(log, args_integer(key, "an index of a Log", INT64_MIN, INT64_MAX), value_out);
}

/* Entry by entry, as a Log may be larger than a value can be: no list of them all. */
static void get_all(const struct get *get, struct pks_object *log, const char *path)
{
	struct pks_log_iter *iter = entries(log, path);
	struct pks_value value = {0};
	int r;

	while ((r = pks_log_next(iter, &value, NULL)) == 0)
		get_print(get, &value);
	pks_log_iter_close(iter);
	if (r != PKS_END)
		fail_code(r, path);
}

struct stat_log {
	uint64_t first, next, cap;
};

static void stat_read(struct pks_object *log, const char *path, struct stat_log *out)
{
	fail_if(pks_log_positions(log, &out->first, &out->next), path);
	fail_if(pks_log_cap(log, &out->cap), path);
}

static void stat_print(struct pks_object *object, const char *path)
{
	struct stat_log log;

	stat_read(object, path, &log);
	print_format("positions   %llu to %llu\n", (unsigned long long)log.first, (unsigned long long)log.next);
	if (log.cap)
		print_format("cap         %llu\n", (unsigned long long)log.cap);
}

static void stat_json(struct writer *w, struct pks_object *object, const char *path)
{
	struct stat_log log;

	stat_read(object, path, &log);
	writer_pair_uint(w, "first", log.first);
	writer_pair_uint(w, "next", log.next);
	writer_pair_uint(w, "cap", log.cap);
}

static void state(struct pks_object *object, const char *path, char text_out[KIND_STATE_SIZE])
{
	struct stat_log log;

	stat_read(object, path, &log);
	if (log.cap)
		snprintf(text_out, KIND_STATE_SIZE, "cap %llu", (unsigned long long)log.cap);
}

static void dump_items(struct writer *w, struct pks_object *log, const char *path)
{
	struct pks_log_iter *iter;
	struct pks_value value = {0};
	uint64_t cap;
	int r;

	fail_if(pks_log_cap(log, &cap), path);
	writer_pair_uint(w, "cap", cap);
	writer_key(w, "items");
	iter = entries(log, path);
	writer_list(w);
	while ((r = pks_log_next(iter, &value, NULL)) == 0)
		writer_value(w, &value);
	writer_end(w);
	pks_log_iter_close(iter);
	if (r != PKS_END)
		fail_code(r, path);
}

static bool is_number(const struct pks_value *value)
{
	uint64_t number;

	return pks_value_uint(value, &number) == 0;
}

static int load_cap(struct pks_object *log, const struct pks_value *value)
{
	uint64_t cap = 0;
	int r = pks_value_uint(value, &cap);

	return r == 0 ? pks_log_set_cap(log, cap) : r;
}

static int load_item(struct pks_object *log, const char *key, const struct pks_value *entry)
{
	return pks_log_append(log, entry);
}

static const struct kind_member members[] = {
	{"cap", "a number", is_number, load_cap},
	{0},
};

const struct kind kind_log = {
	.type = "log",
	.get_one = get_one,
	.get_all = get_all,
	.clear = pks_log_clear,
	.stat_print = stat_print,
	.stat_json = stat_json,
	.state = state,
	.dump_items = dump_items,
	.create = create,
	.members = members,
	.items = '[',
	.load_item = load_item,
};
