/* SPDX-License-Identifier: MIT */
#include "value.h"

#include "base/error.h"

static const char *const value_kind_names[] = {
	[PKS_KIND_NONE] = "none",   [PKS_KIND_NULL] = "null", [PKS_KIND_BOOL] = "bool",     [PKS_KIND_INT] = "int",
	[PKS_KIND_UINT] = "uint",   [PKS_KIND_DOUBLE] = "double", [PKS_KIND_TEXT] = "text", [PKS_KIND_BYTES] = "bytes",
	[PKS_KIND_LIST] = "list",   [PKS_KIND_MAP] = "map",   [PKS_KIND_TIME] = "time",     [PKS_KIND_REF] = "ref",
	[PKS_KIND_ARRAY] = "array", [PKS_KIND_OTHER] = "other",
};

#define VALUE_KINDS (sizeof(value_kind_names) / sizeof(value_kind_names[0]))

const char *pks_kind_name(int kind)
{
	return kind >= 0 && (size_t)kind < VALUE_KINDS ? value_kind_names[kind] : "unknown";
}

int value_corrupt(void)
{
	return error_set(PKS_ERR_CORRUPT, "a value that is not well-formed CBOR");
}

int value_out_of_range(enum pks_kind kind, const char *what)
{
	return error_set(PKS_ERR_RANGE, "%s that does not fit %s", pks_kind_name(kind), what);
}

int value_wrong_kind(enum pks_kind is, enum pks_kind wanted)
{
	return error_set(PKS_ERR_TYPE, "%s, not %s", pks_kind_name(is), pks_kind_name(wanted));
}

static enum pks_kind value_untagged_kind(const struct item *item)
{
	static const uint8_t kinds[] = {
		[ITEM_UINT] = PKS_KIND_INT,   [ITEM_NEGINT] = PKS_KIND_INT, [ITEM_BYTES] = PKS_KIND_BYTES,
		[ITEM_TEXT] = PKS_KIND_TEXT,  [ITEM_ARRAY] = PKS_KIND_LIST, [ITEM_MAP] = PKS_KIND_MAP,
		[ITEM_TAG] = PKS_KIND_OTHER,  [ITEM_BOOL] = PKS_KIND_BOOL,  [ITEM_NULL] = PKS_KIND_NULL,
		[ITEM_FLOAT] = PKS_KIND_DOUBLE, [ITEM_OTHER] = PKS_KIND_OTHER,
	};

	if (item->type == ITEM_UINT && item->number > INT64_MAX)
		return PKS_KIND_UINT;
	/* CBOR's negative integers reach down to -2^64, which C has no type for. */
	if (item->type == ITEM_NEGINT && item->number > INT64_MAX)
		return PKS_KIND_OTHER;
	return (enum pks_kind)kinds[item->type];
}

static bool value_is_array(uint64_t tag, const struct item *content)
{
	enum pks_number number;
	bool big_endian;

	return value_array_known(tag, &number, &big_endian) && content->type == ITEM_BYTES &&
	       content->number % pks_number_size(number) == 0;
}

/* A tag with another content than its definition asks for is well-formed all the same: it is of the other kind. */
static int value_look_tagged(const uint8_t *end, struct value_face *face)
{
	const uint8_t *content = face->item.next;

	face->tag = face->item.number;
	if (item_read(content, end, &face->item) < 0)
		return value_corrupt();
	if (face->tag == VALUE_TAG_REF && face->item.type == ITEM_UINT)
		face->kind = PKS_KIND_REF;
	else if (value_is_array(face->tag, &face->item))
		face->kind = PKS_KIND_ARRAY;
	else if (value_time_is(face->tag, content, end))
		face->kind = PKS_KIND_TIME;
	return 0;
}

int value_look(const struct pks_value *value, struct value_face *face_out)
{
	const uint8_t *end;
	uint64_t children;
	int r = 0;

	if (!value || value->size == 0) {
		*face_out = (struct value_face){0};
		return 0;
	}
	end = value_end(value);
	if (item_read(value->data, end, &face_out->item) < 0)
		return value_corrupt();
	face_out->kind = value_untagged_kind(&face_out->item);
	if (face_out->item.type == ITEM_TAG)
		r = value_look_tagged(end, face_out);
	if (r == 0 && !item_nests(&face_out->item, &children) && face_out->item.next != end)
		r = value_corrupt();
	return r;
}

int value_expect(const struct pks_value *value, enum pks_kind kind, struct value_face *face_out)
{
	int r = value_look(value, face_out);

	if (r == 0 && face_out->kind != kind)
		r = value_wrong_kind(face_out->kind, kind);
	return r;
}

int pks_value_kind(const struct pks_value *value)
{
	struct value_face face = {0};
	int r = value_look(value, &face);

	return r < 0 ? r : (int)face.kind;
}
