/* SPDX-License-Identifier: MIT */
/*
 * Values to JSON. Each value becomes a cJSON node; numbers are put in as finished text, since cJSON would print them
 * through doubles. Recursion is bounded: a value deeper than PKS_VALUE_DEPTH_MAX is refused before it begins.
 */
#include "json.h"

#include "base/error.h"

#include <pkstore/object.h>

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Integers up to 2^53 are plain: every reader of JSON holds them exactly. */
#define WRITE_INTEGER_MAX (UINT64_C(1) << 53)

/* The longest text of an integer: sign, 20 digits, NUL. */
#define WRITE_INTEGER_SIZE 22

struct json_writer {
	struct pks_store *store;
	struct buffer scratch; /* text on its way to cJSON, which wants it to end with a NUL */
};

static int write_value(struct json_writer *writer, const struct pks_value *value, cJSON **node_out);

/* ---- nodes; NULL is out of memory ---- */

static int write_done(cJSON *node, cJSON **node_out)
{
	if (!node)
		return error_set(PKS_ERR_MEMORY, "no memory to write JSON");
	*node_out = node;
	return 0;
}

/* {key: node}. Takes the node. */
static int write_wrapped(const char *key, cJSON *node, cJSON **node_out)
{
	cJSON *map = node ? cJSON_CreateObject() : NULL;

	if (map && cJSON_AddItemToObjectCS(map, key, node))
		return write_done(map, node_out);
	cJSON_Delete(map);
	cJSON_Delete(node);
	return write_done(NULL, node_out);
}

static const char *write_terminated(struct json_writer *writer, const void *text, size_t size)
{
	buffer_clear(&writer->scratch);
	buffer_append(&writer->scratch, text, size);
	buffer_append(&writer->scratch, "", 1);
	return writer->scratch.failed ? NULL : (const char *)writer->scratch.data;
}

static int write_base64(struct json_writer *writer, const char *key, const void *bytes, size_t size, cJSON **node_out)
{
	buffer_clear(&writer->scratch);
	json_base64_encode(bytes, size, &writer->scratch);
	if (writer->scratch.failed)
		return write_done(NULL, node_out);
	return write_wrapped(key, cJSON_CreateString((const char *)writer->scratch.data), node_out);
}

static int write_encoding(struct json_writer *writer, const struct pks_value *value, cJSON **node_out)
{
	return write_base64(writer, "$cbor", value->data, value->size, node_out);
}

/* ---- numbers ---- */

static int write_integer(bool negative, uint64_t magnitude, cJSON **node_out)
{
	char text[WRITE_INTEGER_SIZE];

	snprintf(text, sizeof(text), "%s%" PRIu64, negative ? "-" : "", magnitude);
	if (magnitude > WRITE_INTEGER_MAX)
		return write_wrapped("$int", cJSON_CreateString(text), node_out);
	return write_done(cJSON_CreateRaw(text), node_out);
}

static int write_real(double number, bool is_float, cJSON **node_out)
{
	char text[JSON_NUMBER_SIZE];

	if (isnan(number))
		return write_wrapped("$float", cJSON_CreateString("nan"), node_out);
	if (isinf(number))
		return write_wrapped("$float", cJSON_CreateString(number < 0 ? "-inf" : "inf"), node_out);
	json_number_print(number, is_float, text);
	return write_done(cJSON_CreateRaw(text), node_out);
}

/* ---- text, times, references ---- */

static int write_text(struct json_writer *writer, const struct pks_value *value, cJSON **node_out)
{
	const char *text;
	size_t size;
	int r = pks_value_text(value, &text, &size);

	if (r < 0)
		return r;
	if (size && memchr(text, '\0', size))
		return write_base64(writer, "$text", text, size, node_out);
	text = write_terminated(writer, text, size);
	return write_done(text ? cJSON_CreateString(text) : NULL, node_out);
}

static int write_time(struct json_writer *writer, const struct pks_value *value, cJSON **node_out)
{
	char text[JSON_TIME_SIZE];
	int64_t ns;

	if (pks_value_time(value, &ns) < 0)
		return write_encoding(writer, value, node_out);
	json_time_print(ns, text);
	return write_wrapped("$time", cJSON_CreateString(text), node_out);
}

static int write_ref_id(uint64_t id, cJSON **node_out)
{
	char text[WRITE_INTEGER_SIZE];

	snprintf(text, sizeof(text), "%" PRIu64, id);
	return write_wrapped("$ref", cJSON_CreateRaw(text), node_out);
}

static bool write_is_dropped(int code)
{
	return code == PKS_ERR_GONE || code == PKS_NOT_FOUND;
}

static int write_ref(struct json_writer *writer, uint64_t id, cJSON **node_out)
{
	struct pks_object_info info;
	struct pks_object *object;
	int r;

	if (!writer->store)
		return write_ref_id(id, node_out);
	object = pks_object_from_id(writer->store, id);
	r = object ? pks_object_info(object, &info) : pks_error_code();
	pks_object_close(object);
	if (write_is_dropped(r))
		return write_ref_id(id, node_out);
	return r != 0 ? r : write_wrapped("$ref", cJSON_CreateString(info.path), node_out);
}

/* ---- numeric arrays ---- */

struct write_array {
	enum pks_number type;
	size_t count;
	void *numbers; /* in the machine's order */
};

static const void *write_array_at(const struct write_array *array, size_t index)
{
	return (const uint8_t *)array->numbers + index * pks_number_size(array->type);
}

static int write_array_values(const struct write_array *array, cJSON *list)
{
	struct json_number number;
	cJSON *node = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < array->count; i++) {
		json_array_load(array->type, write_array_at(array, i), &number);
		if (number.is_real)
			r = write_real(number.real, array->type != PKS_DOUBLE, &node);
		else
			r = write_integer(number.negative, number.magnitude, &node);
		if (r == 0)
			cJSON_AddItemToArray(list, node);
	}
	return r;
}

static int write_array_map(const struct write_array *array, cJSON **node_out)
{
	cJSON *map = NULL, *list = cJSON_CreateArray();
	int r = write_wrapped("$array", cJSON_CreateString(pks_number_name(array->type)), &map);

	if (r == 0 && !cJSON_AddItemToObjectCS(map, "values", list)) {
		cJSON_Delete(map);
		r = write_done(NULL, node_out);
	}
	if (r < 0) {
		cJSON_Delete(list);
		return r;
	}
	r = write_array_values(array, list);
	if (r < 0) {
		cJSON_Delete(map);
		return r;
	}
	*node_out = map;
	return 0;
}

static bool write_array_is_plain(const struct write_array *array)
{
	for (size_t i = 0; i < array->count; i++) {
		if (json_array_odd_nan(array->type, write_array_at(array, i)))
			return false;
	}
	return true;
}

static int write_array(struct json_writer *writer, const struct pks_value *value, cJSON **node_out)
{
	struct write_array array = {0};
	int r = pks_value_array(value, &array.type, &array.count, NULL, NULL);

	if (r < 0)
		return r;
	array.numbers = malloc(array.count * pks_number_size(array.type) + 1);
	if (!array.numbers)
		return write_done(NULL, node_out);
	r = pks_value_array_copy(value, array.type, 0, array.count, array.numbers);
	if (r == 0)
		r = write_array_is_plain(&array) ? write_array_map(&array, node_out)
		                                 : write_encoding(writer, value, node_out);
	free(array.numbers);
	return r;
}

/* ---- lists and maps ---- */

static int write_list(struct json_writer *writer, const struct pks_value *value, cJSON **node_out)
{
	struct pks_value element;
	struct pks_value_iter iter;
	cJSON *list = NULL, *node = NULL;
	int r = pks_value_iter_init(&iter, value);

	if (r == 0)
		r = write_done(cJSON_CreateArray(), &list);
	if (r < 0)
		return r;
	while (r == 0 && (r = pks_value_next(&iter, NULL, &element)) == 0) {
		r = write_value(writer, &element, &node);
		if (r == 0)
			cJSON_AddItemToArray(list, node);
	}
	if (r < 0) {
		cJSON_Delete(list);
		return r;
	}
	*node_out = list;
	return 0;
}

static int write_member(struct json_writer *writer, cJSON *map, const struct pks_value *key,
                        const struct pks_value *value)
{
	const char *text, *name;
	cJSON *node;
	size_t size;
	int r = write_value(writer, value, &node);

	if (r < 0)
		return r;
	r = pks_value_text(key, &text, &size);
	name = r == 0 ? write_terminated(writer, text, size) : NULL;
	if (name && cJSON_AddItemToObject(map, name, node))
		return 0;
	cJSON_Delete(node);
	return r < 0 ? r : error_set(PKS_ERR_MEMORY, "no memory to write JSON");
}

static int write_pair(struct json_writer *writer, cJSON *list, const struct pks_value *key,
                      const struct pks_value *value)
{
	cJSON *pair = NULL, *node;
	int r = write_done(cJSON_CreateArray(), &pair);

	if (r < 0)
		return r;
	cJSON_AddItemToArray(list, pair);
	r = write_value(writer, key, &node);
	if (r < 0)
		return r;
	cJSON_AddItemToArray(pair, node);
	r = write_value(writer, value, &node);
	if (r == 0)
		cJSON_AddItemToArray(pair, node);
	return r;
}

static bool write_key_is_plain(const struct pks_value *key)
{
	struct item item;

	if (item_read(key->data, value_end(key), &item) < 0 || item.type != ITEM_TEXT)
		return false;
	return item.number == 0 || (item.data[0] != '$' && !memchr(item.data, '\0', item.number));
}

static bool write_map_is_plain(struct pks_value_iter iter)
{
	struct pks_value key, value;

	while (pks_value_next(&iter, &key, &value) == 0) {
		if (!write_key_is_plain(&key))
			return false;
	}
	return true;
}

static int write_map(struct json_writer *writer, const struct pks_value *value, cJSON **node_out)
{
	struct pks_value key, element;
	struct pks_value_iter iter;
	cJSON *into = NULL;
	bool plain;
	int r = pks_value_iter_init(&iter, value);

	if (r < 0)
		return r;
	plain = write_map_is_plain(iter);
	r = write_done(plain ? cJSON_CreateObject() : cJSON_CreateArray(), &into);
	if (r < 0)
		return r;
	while (r == 0 && (r = pks_value_next(&iter, &key, &element)) == 0)
		r = plain ? write_member(writer, into, &key, &element) : write_pair(writer, into, &key, &element);
	if (r < 0) {
		cJSON_Delete(into);
		return r;
	}
	if (!plain)
		return write_wrapped("$map", into, node_out);
	/* cJSON spreads an empty map over two lines, when it indents. */
	if (!into->child) {
		cJSON_Delete(into);
		into = cJSON_CreateRaw("{}");
	}
	return write_done(into, node_out);
}

/* ---- any value ---- */

static int write_scalar(const struct value_face *face, cJSON **node_out)
{
	const struct item *item = &face->item;

	switch (face->kind) {
	case PKS_KIND_NULL:
		return write_done(cJSON_CreateNull(), node_out);
	case PKS_KIND_BOOL:
		return write_done(cJSON_CreateBool(item->number != 0), node_out);
	case PKS_KIND_DOUBLE:
		return write_real(item->real, false, node_out);
	default: /* integers */
		return write_integer(item->type == ITEM_NEGINT, item->number + (item->type == ITEM_NEGINT), node_out);
	}
}

static int write_value(struct json_writer *writer, const struct pks_value *value, cJSON **node_out)
{
	struct value_face face;
	int r = value_look(value, &face);

	if (r < 0)
		return r;
	switch (face.kind) {
	case PKS_KIND_TEXT:
		return write_text(writer, value, node_out);
	case PKS_KIND_BYTES:
		return write_base64(writer, "$bytes", face.item.data, face.item.number, node_out);
	case PKS_KIND_LIST:
		return write_list(writer, value, node_out);
	case PKS_KIND_MAP:
		return write_map(writer, value, node_out);
	case PKS_KIND_TIME:
		return write_time(writer, value, node_out);
	case PKS_KIND_REF:
		return write_ref(writer, face.item.number, node_out);
	case PKS_KIND_ARRAY:
		return write_array(writer, value, node_out);
	case PKS_KIND_OTHER:
		return write_encoding(writer, value, node_out);
	default:
		return write_scalar(&face, node_out);
	}
}

/* The program may have given cJSON another allocator: the text must be one that free() takes. */
static int write_print(const cJSON *node, enum pks_json_style style, char **json_out)
{
	char *printed = style == PKS_JSON_INDENT ? cJSON_Print(node) : cJSON_PrintUnformatted(node);
	char *json = printed ? strdup(printed) : NULL;

	cJSON_free(printed);
	if (!json)
		return error_set(PKS_ERR_MEMORY, "no memory to write JSON, or more of it than 2 GiB");
	*json_out = json;
	return 0;
}

int pks_value_to_json(const struct pks_value *value, struct pks_store *store, enum pks_json_style style,
                      char **json_out)
{
	struct json_writer writer = {.store = store};
	cJSON *node;
	int r;

	if (!value || value->size == 0)
		return error_set(PKS_ERR_TYPE, "the empty value");
	if (item_end(value->data, value_end(value)) != value_end(value))
		return value_corrupt();
	r = write_value(&writer, value, &node);
	if (r == 0) {
		r = write_print(node, style, json_out);
		cJSON_Delete(node);
	}
	buffer_release(&writer.scratch);
	return r;
}
