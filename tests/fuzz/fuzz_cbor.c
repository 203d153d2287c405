/* SPDX-License-Identifier: MIT */
/*
 * Foreign CBOR: whatever the bytes are, every reader answers without harm; and what pks_value_from_cbor() lets in is
 * equal to itself, walks to its end, and comes back from JSON.
 */
#include "base/cbor.h"
#include "value_keys.h"

#include <pkstore/json.h>
#include <pkstore/value.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads it as everything; the answers are free, the absence of harm is what is tested. */
static void read_as_everything(const struct pks_value *value)
{
	struct pks_value element = {0};
	const void *bytes;
	const char *text;
	char *string = NULL;
	int64_t number;
	uint64_t id;
	size_t count;
	double real;
	bool boolean;

	pks_value_kind(value);
	pks_value_bool(value, &boolean);
	pks_value_int(value, &number);
	pks_value_uint(value, &id);
	pks_value_double(value, &real);
	pks_value_text(value, &text, &count);
	if (pks_value_string(value, &string) == 0)
		free(string);
	pks_value_bytes(value, &bytes, &count);
	pks_value_time(value, &number);
	pks_value_ref(value, &id);
	pks_value_count(value, &count);
	pks_value_at(value, -1, &element);
	pks_value_find(value, "a", &element);
	pks_value_array(value, NULL, &count, &bytes, NULL);
}

/* The elements of a value are inside it, one behind the other. */
static void walk(const struct pks_value *value)
{
	const uint8_t *at = value->data, *end = at + value->size;
	struct pks_value key, element;
	struct pks_value_iter iter;
	int r;

	if (pks_value_iter_init(&iter, value) != 0)
		return;
	while ((r = pks_value_next(&iter, &key, &element)) == 0) {
		assert((const uint8_t *)element.data >= at && (const uint8_t *)element.data + element.size <= end);
		at = (const uint8_t *)element.data + element.size;
		read_as_everything(&element);
	}
	assert(r == PKS_END || r == PKS_ERR_CORRUPT);
}

static void comes_back_from_json(const struct pks_value *value)
{
	struct pks_value back = {0};
	char *json = NULL;
	int r;

	assert(pks_value_to_json(value, NULL, PKS_JSON_LINE, &json) == 0);
	r = pks_value_from_json(json, strlen(json), NULL, &back);
	/* Two keys that differ only in how a foreign writer encoded one and the same time are one in JSON. */
	assert(r == 0 || (r == PKS_ERR_SYNTAX && strstr(json, "$time")));
	if (r == 0)
		assert(pks_value_equal(value, &back) == 0);
	pks_value_clear(&back);
	free(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pks_value raw = {.data = data, .size = size}, value = {0};
	const uint8_t *end = size ? item_end(data, data + size) : NULL;
	char *json = NULL;

	assert(!end || (end > data && end <= data + size));
	read_as_everything(&raw);
	walk(&raw);
	pks_value_equal(&raw, &raw);
	if (pks_value_to_json(&raw, NULL, PKS_JSON_INDENT, &json) == 0)
		free(json);
	if (pks_value_from_cbor(data, size, &value) != 0)
		return 0;
	assert(end == data + size && pks_value_equal(&raw, &value) == 0);
	assert(value_keys_compare(data, end, data, end) == 0);
	comes_back_from_json(&value);
	pks_value_clear(&value);
	return 0;
}
