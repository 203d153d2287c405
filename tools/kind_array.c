/* SPDX-License-Identifier: MIT */
#include "kind.h"

#include "args.h"
#include "fail.h"
#include "print.h"

#include <pkstore/array.h>
#include <pkstore/builder.h>
#include <pkstore/transaction.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * How many numbers are dumped as one item: an Array may be larger than a value can be, and of one that is mostly zeros
 * little is to be written.
 */
#define ARRAY_STEP 256

struct form {
	enum pks_number number;
	uint64_t length;
};

static struct form read_form(struct pks_object *array, const char *path)
{
	struct form form;

	fail_if(pks_array_type(array, &form.number, &form.length), path);
	return form;
}

/* ---- get ---- */

/* As a list: the plain numbers, of which JSON needs to be told no type. */
static int list_range(struct pks_object *array, int64_t first, int64_t end, struct pks_value *value_out)
{
	struct pks_builder *builder = fail_no_memory(pks_builder_new());
	struct pks_value number = {0};
	int r = pks_build_list(builder);

	for (int64_t i = first; r == 0 && i < end; i++) {
		r = pks_array_get(array, i, &number);
		if (r == 0)
			r = pks_build_value(builder, &number);
		pks_value_clear(&number);
	}
	if (r == 0)
		r = pks_build_end(builder);
	if (r == 0)
		r = pks_builder_finish(builder, value_out);
	pks_builder_free(builder);
	return r;
}

/* As Python has it: counted from the end when negative, cut off when outside. */
static int64_t slice_end(int64_t at, int64_t length)
{
	if (at < 0)
		at = at < -length ? 0 : at + length;
	return at > length ? length : at;
}

/* `end` is not before `first`. False: the key is no slice. */
static bool read_slice(struct pks_object *array, const char *key, int64_t *first_out, int64_t *end_out)
{
	int64_t length = (int64_t)read_form(array, key).length, start, stop;

	if (!args_slice(key, "an index of an Array", &start, &stop))
		return false;
	*first_out = slice_end(start, length);
	*end_out = slice_end(stop, length);
	if (*end_out < *first_out)
		*end_out = *first_out;
	return true;
}

static int get_one(struct pks_object *array, const char *key, struct pks_value *value_out)
{
	int64_t first, end;
	int r;

	if (read_slice(array, key, &first, &end))
		return list_range(array, first, end, value_out);
	r = pks_array_get(array, args_integer(key, "an index of an Array", INT64_MIN, INT64_MAX), value_out);
	return r == PKS_ERR_RANGE ? PKS_NOT_FOUND : r;
}

/* A number a line: there may be millions, and what reads lines can do something with them. */
static void get_all(const struct get *get, struct pks_object *array, const char *path)
{
	struct form form = read_form(array, path);
	struct pks_value value = {0};

	for (uint64_t i = 0; i < form.length; i++) {
		fail_if(pks_array_get(array, (int64_t)i, &value), path);
		get_print(get, &value);
		pks_value_clear(&value);
	}
}

/* ---- set ---- */

static int set_list(struct pks_object *array, int64_t index, const struct pks_value *list)
{
	struct pks_value_iter iter;
	struct pks_value number;
	int r = pks_value_iter_init(&iter, list);

	if (r == 0)
		r = pks_begin(pks_object_store(array));
	if (r != 0)
		return r;
	while (r == 0 && (r = pks_value_next(&iter, NULL, &number)) == 0)
		r = pks_array_set(array, index++, &number);
	if (r == PKS_END)
		return pks_commit(pks_object_store(array));
	pks_abort(pks_object_store(array));
	return r;
}

/* The numbers of an array of the same type, bit for bit. */
static int set_array(struct pks_object *array, uint64_t first, const struct pks_value *value)
{
	enum pks_number number;
	size_t count;
	void *numbers;
	int r = pks_value_array(value, &number, &count, NULL, NULL);

	if (r != 0)
		return r;
	numbers = fail_no_memory(malloc(count * pks_number_size(number) + 1));
	r = pks_value_array_copy(value, number, 0, count, numbers);
	if (r == 0)
		r = pks_array_write(array, number, first, count, numbers);
	free(numbers);
	return r;
}

static int set_one(struct pks_object *array, const char *key, const struct pks_value *value)
{
	int64_t index, first, end;

	/* From START up to STOP: all of them become the number. */
	if (read_slice(array, key, &first, &end))
		return pks_array_fill(array, (uint64_t)first, (uint64_t)(end - first), value);
	index = args_integer(key, "an index of an Array", INT64_MIN, INT64_MAX);

	switch (pks_value_kind(value)) {
	case PKS_KIND_LIST:
		return set_list(array, index, value);
	case PKS_KIND_ARRAY:
		if (index < 0)
			index += (int64_t)read_form(array, key).length;
		return set_array(array, (uint64_t)index, value);
	default:
		return pks_array_set(array, index, value);
	}
}

/* ---- add ---- */

static int add(struct pks_object *array, const char *key, int64_t by, int64_t *sum_out)
{
	return pks_array_add(array, args_integer(key, "an index of an Array", INT64_MIN, INT64_MAX), by, sum_out);
}

static int add_double(struct pks_object *array, const char *key, double by, double *sum_out)
{
	return pks_array_add_double(array, args_integer(key, "an index of an Array", INT64_MIN, INT64_MAX), by,
	                            sum_out);
}

/* ---- stat, ls ---- */

static void stat_print(struct pks_object *array, const char *path)
{
	struct form form = read_form(array, path);

	print_format("numbers     %s, %zu bytes each\n", pks_number_name(form.number), pks_number_size(form.number));
}

static void stat_json(struct writer *w, struct pks_object *array, const char *path)
{
	writer_pair_string(w, "number", pks_number_name(read_form(array, path).number));
}

static void state(struct pks_object *array, const char *path, char text_out[KIND_STATE_SIZE])
{
	snprintf(text_out, KIND_STATE_SIZE, "%s", pks_number_name(read_form(array, path).number));
}

/* ---- dump and load ---- */

static void dump_head(struct writer *w, struct pks_object *array, const char *path)
{
	struct form form = read_form(array, path);

	writer_key(w, "array");
	writer_pack(w, "[s,U]", pks_number_name(form.number), form.length);
}

static bool is_zero(const struct pks_value *value)
{
	const uint8_t *data = NULL;
	const void *bytes;
	size_t count = 0, size;
	enum pks_number number = PKS_UINT8;

	if (pks_value_array(value, &number, &count, &bytes, NULL) != 0)
		return false;
	data = bytes;
	size = count * pks_number_size(number);
	return size == 0 || (data[0] == 0 && memcmp(data, data + 1, size - 1) == 0);
}

/* A map of ranges by their first index; those that are all zero are left out. */
static void dump_items(struct writer *w, struct pks_object *array, const char *path)
{
	struct form form = read_form(array, path);
	struct pks_value value = {0};
	char key[24];

	writer_key(w, "items");
	writer_map(w);
	for (uint64_t at = 0; at < form.length; at += ARRAY_STEP) {
		uint64_t left = form.length - at;

		fail_if(pks_array_value(array, at, left < ARRAY_STEP ? left : ARRAY_STEP, &value), path);
		if (!is_zero(&value)) {
			snprintf(key, sizeof(key), "%llu", (unsigned long long)at);
			writer_key(w, key);
			writer_value(w, &value);
		}
		pks_value_clear(&value);
	}
	writer_end(w);
}

static bool unpack_form(const struct pks_value *value, struct form *form_out)
{
	char *name = NULL;

	if (pks_value_unpack(value, "[s,U]", &name, &form_out->length) != 0)
		return false;
	form_out->number = pks_number_named(name);
	free(name);
	return form_out->number && form_out->length;
}

static bool is_form(const struct pks_value *value)
{
	struct form form;

	return unpack_form(value, &form);
}

/* `target` is the member "array", as JSON. */
static struct pks_object *create(struct pks_store *store, const char *path, const char *target)
{
	struct pks_value value = {0};
	struct form form = {0};

	if (pks_value_from_json(target, strlen(target), NULL, &value) == 0)
		unpack_form(&value, &form);
	pks_value_clear(&value);
	return pks_array_open(store, path, form.number, form.length, PKS_MUST_CREATE);
}

static const struct kind_member members[] = {
	{.name = "array", .must = "a type of numbers and a length", .is = is_form},
	{0},
};

static bool is_index(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text) && strlen(text) < sizeof("18446744073709551615");
}

static int load_item(struct pks_object *array, const char *key, const struct pks_value *item)
{
	/* As a number it may still be too large: then it is outside, whatever strtoull() makes of it. */
	return is_index(key) ? set_array(array, strtoull(key, NULL, 10), item) : PKS_ERR_RANGE;
}

static const char *item_wrong(const struct pks_value *item)
{
	return pks_value_kind(item) == PKS_KIND_ARRAY ? NULL : "no array of numbers";
}

const struct kind kind_array = {
	.type = "array",
	.get_one = get_one,
	.get_all = get_all,
	.set_one = set_one,
	.add = add,
	.add_double = add_double,
	.stat_print = stat_print,
	.stat_json = stat_json,
	.state = state,
	.dump_head = dump_head,
	.dump_items = dump_items,
	.create = create,
	.members = members,
	.items = '{',
	.item_wrong = item_wrong,
	.load_item = load_item,
};
