/* SPDX-License-Identifier: MIT */
#include "fail.h"
#include "kind.h"
#include "print.h"

#include <pkstore/cell.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct pks_object *create(struct pks_store *store, const char *path, const char *target)
{
	return pks_cell_open(store, path, PKS_MUST_CREATE);
}

/* False when it is not set. */
static bool read_it(struct pks_object *cell, const char *path, struct pks_value *value_out)
{
	int r = pks_cell_get(cell, value_out);

	if (r < 0)
		fail_code(r, path);
	return r == 0;
}

static void get_all(const struct get *get, struct pks_object *cell, const char *path)
{
	struct pks_value value = {0};

	if (!read_it(cell, path, &value))
		fail(FAIL_NO, "%s: is not set", path);
	get_print(get, &value);
	pks_value_clear(&value);
}

static void stat_print(struct pks_object *cell, const char *path)
{
	struct pks_value value = {0};

	if (!read_it(cell, path, &value))
		return;
	print_format("holds       %s of %zu bytes\n", pks_kind_name(pks_value_kind(&value)), value.size);
	pks_value_clear(&value);
}

static void stat_json(struct writer *w, struct pks_object *cell, const char *path)
{
	struct pks_value value = {0};
	bool set = read_it(cell, path, &value);

	writer_pair_string(w, "holds", set ? pks_kind_name(pks_value_kind(&value)) : NULL);
	pks_value_clear(&value);
}

/* Of JSON, in bytes: a column that leaves a line of a terminal room for the others. */
#define SHORT_MAX 63

/* What is short enough, as JSON on its line; of other values the kind. */
static void state(struct pks_object *cell, const char *path, char text_out[KIND_STATE_SIZE])
{
	struct pks_value value = {0};
	char *json = NULL;

	if (!read_it(cell, path, &value))
		return;
	if (value.size <= SHORT_MAX)
		fail_if(pks_value_to_json(&value, pks_object_store(cell), PKS_JSON_LINE, &json), path);
	if (json && strlen(json) <= SHORT_MAX)
		snprintf(text_out, KIND_STATE_SIZE, "%s", json);
	else
		snprintf(text_out, KIND_STATE_SIZE, "%s", pks_kind_name(pks_value_kind(&value)));
	free(json);
	pks_value_clear(&value);
}

/* A list of it, or of nothing. */
static void dump_items(struct writer *w, struct pks_object *cell, const char *path)
{
	struct pks_value value = {0};

	writer_key(w, "items");
	writer_list(w);
	if (read_it(cell, path, &value))
		writer_value(w, &value);
	pks_value_clear(&value);
	writer_end(w);
}

static int load_item(struct pks_object *cell, const char *key, const struct pks_value *item)
{
	return pks_cell_set(cell, item);
}

static int add(struct pks_object *cell, const char *key, int64_t by, int64_t *sum_out)
{
	return pks_cell_add(cell, by, sum_out);
}

static int add_double(struct pks_object *cell, const char *key, double by, double *sum_out)
{
	return pks_cell_add_double(cell, by, sum_out);
}

const struct kind kind_value = {
	.type = "value",
	.get_all = get_all,
	.set_all = pks_cell_set,
	.get_set = pks_cell_get,
	.add = add,
	.add_double = add_double,
	.clear = pks_cell_clear,
	.stat_print = stat_print,
	.stat_json = stat_json,
	.state = state,
	.dump_items = dump_items,
	.create = create,
	.items = '[',
	.load_item = load_item,
};
