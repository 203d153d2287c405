/* SPDX-License-Identifier: MIT */
/* Reading one value. */
#include "value.h"

#include "base/error.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

void pks_value_clear(struct pks_value *value)
{
	if (!value)
		return;
	free(value->owned);
	*value = (struct pks_value){0};
}

int pks_value_copy(const struct pks_value *value, struct pks_value *value_out)
{
	void *copy;

	if (value->size == 0) {
		*value_out = (struct pks_value){0};
		return 0;
	}
	copy = malloc(value->size);
	if (!copy)
		return error_set(PKS_ERR_MEMORY, "no memory for a value of %zu bytes", value->size);
	memcpy(copy, value->data, value->size);
	*value_out = (struct pks_value){.data = copy, .size = value->size, .owned = copy};
	return 0;
}

int pks_value_bool(const struct pks_value *value, bool *bool_out)
{
	struct value_face face;
	int r = value_expect(value, PKS_KIND_BOOL, &face);

	if (r == 0)
		*bool_out = face.item.number != 0;
	return r;
}

static int64_t value_signed(const struct item *item)
{
	return item->type == ITEM_UINT ? (int64_t)item->number : -1 - (int64_t)item->number;
}

int pks_value_int(const struct pks_value *value, int64_t *int_out)
{
	struct value_face face;
	int r = value_look(value, &face);

	if (r < 0)
		return r;
	if (face.kind == PKS_KIND_UINT)
		return value_out_of_range(PKS_KIND_UINT, "int64_t");
	if (face.kind != PKS_KIND_INT)
		return value_wrong_kind(face.kind, PKS_KIND_INT);
	*int_out = value_signed(&face.item);
	return 0;
}

int pks_value_uint(const struct pks_value *value, uint64_t *uint_out)
{
	struct value_face face;
	int r = value_look(value, &face);

	if (r < 0)
		return r;
	if (face.kind == PKS_KIND_INT && face.item.type == ITEM_NEGINT)
		return error_set(PKS_ERR_RANGE, "a negative int");
	if (face.kind != PKS_KIND_UINT && face.kind != PKS_KIND_INT)
		return value_wrong_kind(face.kind, PKS_KIND_INT);
	*uint_out = face.item.number;
	return 0;
}

/* Whether a double holds it exactly: casting back may not be asked of a double that was rounded up to 2^64. */
static bool value_fits_double(uint64_t magnitude)
{
	return magnitude == 0 || (magnitude >> __builtin_ctzll(magnitude)) < UINT64_C(1) << 53;
}

static int value_integer_double(const struct value_face *face, double *double_out)
{
	bool negative = face->item.type == ITEM_NEGINT;
	uint64_t magnitude = negative ? face->item.number + 1 : face->item.number;

	if (!value_fits_double(magnitude))
		return value_out_of_range(face->kind, "a double exactly");
	*double_out = negative ? -(double)magnitude : (double)magnitude;
	return 0;
}

int pks_value_double(const struct pks_value *value, double *double_out)
{
	struct value_face face;
	int r = value_look(value, &face);

	if (r < 0)
		return r;
	if (face.kind == PKS_KIND_INT || face.kind == PKS_KIND_UINT)
		return value_integer_double(&face, double_out);
	if (face.kind != PKS_KIND_DOUBLE)
		return value_wrong_kind(face.kind, PKS_KIND_DOUBLE);
	*double_out = face.item.real;
	return 0;
}

int pks_value_text(const struct pks_value *value, const char **text_out, size_t *size_out)
{
	struct value_face face;
	int r = value_expect(value, PKS_KIND_TEXT, &face);

	if (r < 0)
		return r;
	if (!utf8_valid(face.item.data, face.item.number))
		return error_set(PKS_ERR_CORRUPT, "text that is not UTF-8");
	*text_out = (const char *)face.item.data;
	*size_out = face.item.number;
	return 0;
}

int pks_value_string(const struct pks_value *value, char **string_out)
{
	const char *text;
	char *string;
	size_t size;
	int r = pks_value_text(value, &text, &size);

	if (r < 0)
		return r;
	if (memchr(text, '\0', size))
		return error_set(PKS_ERR_RANGE, "text that holds a NUL");
	string = malloc(size + 1);
	if (!string)
		return error_set(PKS_ERR_MEMORY, "no memory for a text of %zu bytes", size);
	memcpy(string, text, size);
	string[size] = '\0';
	*string_out = string;
	return 0;
}

int pks_value_bytes(const struct pks_value *value, const void **bytes_out, size_t *size_out)
{
	struct value_face face;
	int r = value_expect(value, PKS_KIND_BYTES, &face);

	if (r < 0)
		return r;
	*bytes_out = face.item.data;
	*size_out = face.item.number;
	return 0;
}

int pks_value_ref(const struct pks_value *value, uint64_t *id_out)
{
	struct value_face face;
	int r = value_expect(value, PKS_KIND_REF, &face);

	if (r == 0)
		*id_out = face.item.number;
	return r;
}
