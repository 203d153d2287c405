/* SPDX-License-Identifier: MIT */
/*
 * JSON from anywhere: no harm; and what is read is a valid value, which comes back bit for bit from its own JSON.
 */
#include <pkstore/json.h>
#include <pkstore/value.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * {"$cbor"} brings in encodings that are not ours, which come back as ours. It may also bring in two keys that JSON
 * writes alike: one time, encoded in two ways.
 */
static void check_foreign(int r, const struct pks_value *value, const struct pks_value *back)
{
	if (r == 0)
		assert(pks_value_equal(value, back) == 0);
	else
		assert(r == PKS_ERR_SYNTAX);
}

static void check_round_trip(const struct pks_value *value, enum pks_json_style style, bool foreign)
{
	struct pks_value back = {0};
	char *json = NULL;
	int r;

	assert(pks_value_to_json(value, NULL, style, &json) == 0);
	r = pks_value_from_json(json, strlen(json), NULL, &back);
	if (foreign) {
		check_foreign(r, value, &back);
	} else {
		assert(r == 0 && back.size == value->size);
		assert(memcmp(back.data, value->data, back.size) == 0);
	}
	pks_value_clear(&back);
	free(json);
}

static void check_value(const struct pks_value *value, bool foreign)
{
	struct pks_value checked = {0};

	assert(pks_value_from_cbor(value->data, value->size, &checked) == 0);
	pks_value_clear(&checked);
	check_round_trip(value, PKS_JSON_LINE, foreign);
	check_round_trip(value, PKS_JSON_INDENT, foreign);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pks_value value = {0};
	int r = pks_value_from_json((const char *)data, size, NULL, &value);

	if (r == 0) {
		/* An escape may spell any of the letters. */
		bool foreign = memmem(data, size, "cbor", 4) || memchr(data, '\\', size);

		check_value(&value, foreign);
	} else {
		assert(r < 0 && *pks_error_message() && value.data == NULL);
	}
	pks_value_clear(&value);
	return 0;
}
