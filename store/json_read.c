/* SPDX-License-Identifier: MIT */
/*
 * JSON to values. json_scan() has checked the text and noted where each object of it begins; the nodes are visited in
 * that same order, so that what is wrong with an object can be told with its offset. Conditions stop the reading as
 * errors do: a reference to no object is PKS_NOT_FOUND.
 */
#include "json.h"

#include "base/error.h"

#include <pkstore/builder.h>
#include <pkstore/object.h>

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct json_reader {
	struct pks_builder *builder;
	struct pks_store *store;
	const size_t *offsets; /* of the objects that have not been visited */
	size_t offset;         /* of the one visited last */
};

static int read_node(struct json_reader *reader, const cJSON *node);

static int read_fail(const struct json_reader *reader, int code, const char *why)
{
	return error_set(code, "JSON, byte %zu: %s", reader->offset, why);
}

/* A failed call's code and message, with the offset before it. A key twice, misuse of a builder, is bad JSON here. */
static int read_forward(const struct json_reader *reader, int r)
{
	if (r == 0)
		return 0;
	return error_set(r == PKS_ERR_USAGE ? PKS_ERR_SYNTAX : r, "JSON, byte %zu: %s", reader->offset,
	                 pks_error_message());
}

static void read_visit(struct json_reader *reader)
{
	reader->offset = *reader->offsets++;
}

/* ---- numbers ---- */

/* Up to 15 digits: cJSON's double has them all. */
static struct json_number read_small(const cJSON *node)
{
	return (struct json_number){.negative = node->valuedouble < 0, .magnitude = (uint64_t)fabs(node->valuedouble)};
}

static int read_numeral(const struct json_reader *reader, const cJSON *form, struct json_number *number_out)
{
	bool integer = strcmp(form->string, "$int") == 0;
	int r = PKS_ERR_SYNTAX;

	if (cJSON_IsString(form))
		r = integer ? json_integer_parse(form->valuestring, number_out)
		            : json_real_parse(form->valuestring, number_out);
	if (r == PKS_ERR_SYNTAX)
		return read_fail(reader, r, integer ? "not a text of an integer" : "not a text of a number");
	return r != 0 ? read_fail(reader, r, "a number that nothing holds") : 0;
}

static bool read_is_numeral(const cJSON *node)
{
	const cJSON *form = cJSON_IsObject(node) ? node->child : NULL;

	return form && !form->next && (strcmp(form->string, "$int") == 0 || strcmp(form->string, "$float") == 0);
}

/* A number where only a number may stand. */
static int read_number(struct json_reader *reader, const cJSON *node, struct json_number *number_out)
{
	if (cJSON_IsNumber(node)) {
		*number_out = read_small(node);
		return 0;
	}
	if (!read_is_numeral(node))
		return read_fail(reader, PKS_ERR_SYNTAX, "a number must stand here");
	read_visit(reader);
	return read_numeral(reader, node->child, number_out);
}

static int read_build_number(const struct json_reader *reader, const struct json_number *number)
{
	if (number->is_real)
		return pks_build_double(reader->builder, number->real);
	if (number->negative)
		return pks_build_int(reader->builder, (int64_t)-number->magnitude);
	return pks_build_uint(reader->builder, number->magnitude);
}

static int read_numeral_form(struct json_reader *reader, const cJSON *form)
{
	struct json_number number;
	int r = read_numeral(reader, form, &number);

	return r != 0 ? r : read_build_number(reader, &number);
}

/* ---- what is written in base64 ---- */

static int read_base64(const struct json_reader *reader, const cJSON *form, struct buffer *bytes)
{
	int r = cJSON_IsString(form) ? json_base64_decode(form->valuestring, bytes) : PKS_ERR_SYNTAX;

	if (r == PKS_ERR_MEMORY)
		return read_fail(reader, r, "no memory");
	return r != 0 ? read_fail(reader, r, "not base64") : 0;
}

static int read_bytes_form(struct json_reader *reader, const cJSON *form)
{
	struct buffer bytes = {0};
	int r = read_base64(reader, form, &bytes);

	if (r == 0)
		r = read_forward(reader, pks_build_bytes(reader->builder, bytes.data, bytes.size));
	buffer_release(&bytes);
	return r;
}

static int read_text_form(struct json_reader *reader, const cJSON *form)
{
	struct buffer bytes = {0};
	int r = read_base64(reader, form, &bytes);

	if (r == 0)
		r = read_forward(reader, pks_build_text(reader->builder, (const char *)bytes.data, bytes.size));
	buffer_release(&bytes);
	return r;
}

static int read_cbor_form(struct json_reader *reader, const cJSON *form)
{
	struct pks_value value = {0};
	struct buffer bytes = {0};
	int r = read_base64(reader, form, &bytes);

	if (r == 0)
		r = read_forward(reader, pks_value_from_cbor(bytes.data, bytes.size, &value));
	if (r == 0)
		r = read_forward(reader, pks_build_value(reader->builder, &value));
	pks_value_clear(&value);
	buffer_release(&bytes);
	return r;
}

/* ---- times and references ---- */

static int read_time_form(struct json_reader *reader, const cJSON *form)
{
	int64_t ns;
	int r = cJSON_IsString(form) ? json_time_parse(form->valuestring, &ns) : PKS_ERR_SYNTAX;

	if (r != 0)
		return read_fail(reader, r, r == PKS_ERR_RANGE ? "a time that 64-bit nanoseconds do not reach"
		                                               : "not a time of the form YYYY-MM-DDThh:mm:ss.nZ");
	return read_forward(reader, pks_build_time(reader->builder, ns));
}

static int read_ref_path(struct json_reader *reader, const char *path)
{
	struct pks_object *object;
	uint64_t id;

	if (!reader->store)
		return error_set(PKS_ERR_USAGE, "JSON, byte %zu: a reference by path, and no store", reader->offset);
	object = pks_object_open(reader->store, path);
	if (!object)
		return read_fail(reader, pks_error_code(), pks_error_message());
	id = pks_object_id(object);
	pks_object_close(object);
	return read_forward(reader, pks_build_ref_id(reader->builder, id));
}

static int read_ref_form(struct json_reader *reader, const cJSON *form)
{
	struct json_number number;
	int r;

	if (cJSON_IsString(form))
		return read_ref_path(reader, form->valuestring);
	r = read_number(reader, form, &number);
	if (r != 0)
		return r;
	if (number.is_real || number.negative)
		return read_fail(reader, PKS_ERR_SYNTAX, "not an object's id");
	return read_forward(reader, pks_build_ref_id(reader->builder, number.magnitude));
}

/* ---- numeric arrays ---- */

static int read_array_number(struct json_reader *reader, enum pks_number type, const cJSON *node,
                             struct buffer *numbers)
{
	struct json_number number;
	uint8_t *room;
	int r = read_number(reader, node, &number);

	if (r != 0)
		return r;
	room = buffer_add(numbers, pks_number_size(type));
	if (!room)
		return read_fail(reader, PKS_ERR_MEMORY, "no memory");
	r = json_array_store(type, &number, room);
	if (r == PKS_ERR_TYPE)
		return read_fail(reader, PKS_ERR_SYNTAX, "a fraction in an array of integers");
	return r != 0 ? read_fail(reader, r, "a number that its array cannot hold") : 0;
}

static int read_array_values(struct json_reader *reader, enum pks_number type, const cJSON *values,
                             struct buffer *numbers)
{
	const cJSON *node;
	int r = 0;

	cJSON_ArrayForEach(node, values)
	{
		r = read_array_number(reader, type, node, numbers);
		if (r != 0)
			break;
	}
	return r;
}

static int read_array_form(struct json_reader *reader, const cJSON *form)
{
	const cJSON *values = form->next;
	enum pks_number type = cJSON_IsString(form) ? pks_number_named(form->valuestring) : (enum pks_number)0;
	struct buffer numbers = {0};
	int r;

	if (pks_number_size(type) == 0)
		return read_fail(reader, PKS_ERR_SYNTAX, "an array of no known numbers");
	if (!values || values->next || strcmp(values->string, "values") != 0 || !cJSON_IsArray(values))
		return read_fail(reader, PKS_ERR_SYNTAX, "behind \"$array\" stand \"values\", a list");
	r = read_array_values(reader, type, values, &numbers);
	if (r == 0)
		r = read_forward(reader, pks_build_array(reader->builder, type, numbers.data,
		                                         numbers.size / pks_number_size(type)));
	buffer_release(&numbers);
	return r;
}

/* ---- lists and maps ---- */

static int read_list(struct json_reader *reader, const cJSON *list)
{
	const cJSON *node;
	int r = read_forward(reader, pks_build_list(reader->builder));

	if (r != 0)
		return r;
	cJSON_ArrayForEach(node, list)
	{
		r = read_node(reader, node);
		if (r != 0)
			return r;
	}
	return read_forward(reader, pks_build_end(reader->builder));
}

/* Ends a map whose members have been visited since: what is wrong with it stands at its own offset. */
static int read_map_end(struct json_reader *reader, size_t offset)
{
	reader->offset = offset;
	return read_forward(reader, pks_build_end(reader->builder));
}

static int read_plain_map(struct json_reader *reader, const cJSON *map)
{
	size_t offset = reader->offset;
	const cJSON *node;
	int r = read_forward(reader, pks_build_map(reader->builder));

	if (r != 0)
		return r;
	cJSON_ArrayForEach(node, map)
	{
		r = read_forward(reader, pks_build_string(reader->builder, node->string));
		if (r == 0)
			r = read_node(reader, node);
		if (r != 0)
			return r;
	}
	return read_map_end(reader, offset);
}

static int read_pair(struct json_reader *reader, const cJSON *pair)
{
	const cJSON *key = cJSON_IsArray(pair) ? pair->child : NULL;
	int r;

	if (!key || !key->next || key->next->next)
		return read_fail(reader, PKS_ERR_SYNTAX, "\"$map\" holds lists of a key and a value");
	r = read_node(reader, key);
	return r != 0 ? r : read_node(reader, key->next);
}

static int read_map_form(struct json_reader *reader, const cJSON *form)
{
	size_t offset = reader->offset;
	const cJSON *pair;
	int r;

	if (!cJSON_IsArray(form))
		return read_fail(reader, PKS_ERR_SYNTAX, "\"$map\" holds a list");
	r = read_forward(reader, pks_build_map(reader->builder));
	if (r != 0)
		return r;
	cJSON_ArrayForEach(pair, form)
	{
		r = read_pair(reader, pair);
		if (r != 0)
			return r;
	}
	return read_map_end(reader, offset);
}

/* ---- any value ---- */

static const struct read_form {
	const char *name;
	int (*read)(struct json_reader *reader, const cJSON *form);
	bool alone; /* it is the only key of its map */
} read_forms[] = {
	{"$int", read_numeral_form, true}, {"$float", read_numeral_form, true}, {"$time", read_time_form, true},
	{"$ref", read_ref_form, true},     {"$bytes", read_bytes_form, true},   {"$text", read_text_form, true},
	{"$map", read_map_form, true},     {"$array", read_array_form, false},  {"$cbor", read_cbor_form, true},
};

#define READ_FORMS (sizeof(read_forms) / sizeof(read_forms[0]))

static bool read_has_form(const cJSON *map)
{
	const cJSON *node;

	cJSON_ArrayForEach(node, map)
	{
		if (node->string[0] == '$')
			return true;
	}
	return false;
}

static int read_form(struct json_reader *reader, const cJSON *form)
{
	for (size_t i = 0; i < READ_FORMS; i++) {
		if (strcmp(form->string, read_forms[i].name) != 0)
			continue;
		if (read_forms[i].alone && form->next)
			break;
		return read_forms[i].read(reader, form);
	}
	return read_fail(reader, PKS_ERR_SYNTAX,
	                 "a key that begins with '$' and is no known form (\"$map\" takes any key)");
}

static int read_object(struct json_reader *reader, const cJSON *object)
{
	read_visit(reader);
	return read_has_form(object) ? read_form(reader, object->child) : read_plain_map(reader, object);
}

static int read_node(struct json_reader *reader, const cJSON *node)
{
	struct json_number number;

	if (cJSON_IsObject(node))
		return read_object(reader, node);
	if (cJSON_IsArray(node))
		return read_list(reader, node);
	if (cJSON_IsString(node))
		return read_forward(reader, pks_build_string(reader->builder, node->valuestring));
	if (cJSON_IsBool(node))
		return read_forward(reader, pks_build_bool(reader->builder, cJSON_IsTrue(node)));
	if (cJSON_IsNull(node))
		return read_forward(reader, pks_build_null(reader->builder));
	number = read_small(node);
	return read_forward(reader, read_build_number(reader, &number));
}

static int read_source(const struct json_source *source, struct json_reader *reader, struct pks_value *value_out)
{
	cJSON *node = cJSON_ParseWithLength((const char *)source->text.data, source->text.size);
	int r;

	/* The text is right: json_scan() is stricter than cJSON. */
	if (!node)
		return error_set(PKS_ERR_MEMORY, "no memory to read JSON");
	reader->offsets = (const size_t *)(const void *)source->objects.data;
	r = read_node(reader, node);
	cJSON_Delete(node);
	return r != 0 ? r : pks_builder_finish(reader->builder, value_out);
}

int pks_value_from_json(const char *json, size_t size, struct pks_store *store, struct pks_value *value_out)
{
	struct json_reader reader = {.store = store};
	struct json_source source = {0};
	int r = json_scan(json, size, &source);

	if (r == 0) {
		reader.builder = pks_builder_new();
		r = reader.builder ? read_source(&source, &reader, value_out) : PKS_ERR_MEMORY;
		pks_builder_free(reader.builder);
	}
	buffer_release(&source.text);
	buffer_release(&source.objects);
	return r;
}
