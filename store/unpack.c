/* SPDX-License-Identifier: MIT */
/*
 * Values by format, the reading half. What is read is kept in slots, and stored through the caller's pointers only when
 * everything has been read: all or nothing.
 */
#include "value.h"

#include "base/error.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* What was read for one letter, and where it goes. */
struct unpack_slot {
	union {
		bool boolean;
		int integer;
		int64_t signed_integer;
		uint64_t unsigned_integer;
		double real;
		char *string;
		const char *text;
		const void *bytes;
		struct pks_value value;
	} is;
	size_t width;    /* of the member of `is` that is set */
	void *to;        /* gets it */
	size_t *size_to; /* gets `size`; NULL for most letters */
	size_t size;
	bool owned; /* is.string must be freed if it is not stored */
};

/* Up to so many slots need no memory but the stack. */
#define UNPACK_FEW 8

struct unpack {
	const char *format, *at;
	va_list args;
	unsigned depth;
	size_t count;
	struct unpack_slot few[UNPACK_FEW];
	struct buffer more; /* the slots behind them */
};

static int unpack_item(struct unpack *unpack, const struct pks_value *value);

static int unpack_syntax(const struct unpack *unpack, const char *why)
{
	return error_set(PKS_ERR_SYNTAX, "format \"%s\", character %zu: %s", unpack->format,
	                 (size_t)(unpack->at - unpack->format), why);
}

/* The next letter, past blanks; it stays next until unpack_take(). '\0' at the end. */
static char unpack_peek(struct unpack *unpack)
{
	while (*unpack->at && strchr(" \t\n:,", *unpack->at))
		unpack->at++;
	return *unpack->at;
}

static char unpack_take(struct unpack *unpack)
{
	char letter = unpack_peek(unpack);

	if (letter)
		unpack->at++;
	return letter;
}

/* ---- one letter ---- */

static int unpack_int(const struct pks_value *value, struct unpack_slot *slot)
{
	int64_t number;
	int r = pks_value_int(value, &number);

	if (r < 0)
		return r;
	if (number < INT_MIN || number > INT_MAX)
		return value_out_of_range(PKS_KIND_INT, "int");
	slot->is.integer = (int)number;
	slot->width = sizeof(slot->is.integer);
	return 0;
}

static int unpack_null(const struct pks_value *value)
{
	struct value_face face;

	return value_expect(value, PKS_KIND_NULL, &face);
}

static int unpack_value(const struct pks_value *value, struct unpack_slot *slot)
{
	int kind = pks_value_kind(value);

	if (kind <= 0)
		return kind < 0 ? kind : error_set(PKS_ERR_TYPE, "the empty value");
	slot->is.value = (struct pks_value){.data = value->data, .size = value->size};
	slot->width = sizeof(slot->is.value);
	return 0;
}

static int unpack_read(struct unpack *unpack, char letter, const struct pks_value *value, struct unpack_slot *slot)
{
	slot->width = sizeof(uint64_t); /* right for most; the others set their own */
	switch (letter) {
	case 'n':
		return unpack_null(value);
	case 'b':
		slot->width = sizeof(slot->is.boolean);
		return pks_value_bool(value, &slot->is.boolean);
	case 'i':
		return unpack_int(value, slot);
	case 'I':
		return pks_value_int(value, &slot->is.signed_integer);
	case 'U':
		return pks_value_uint(value, &slot->is.unsigned_integer);
	case 'd':
		return pks_value_double(value, &slot->is.real);
	case 's':
		slot->width = sizeof(slot->is.string);
		return pks_value_string(value, &slot->is.string);
	case 'S':
		slot->width = sizeof(slot->is.text);
		return pks_value_text(value, &slot->is.text, &slot->size);
	case 'y':
		slot->width = sizeof(slot->is.bytes);
		return pks_value_bytes(value, &slot->is.bytes, &slot->size);
	case 't':
		return pks_value_time(value, &slot->is.signed_integer);
	case 'o':
		return pks_value_ref(value, &slot->is.unsigned_integer);
	case 'v':
		return unpack_value(value, slot);
	default:
		return unpack_syntax(unpack, "not a letter of a format");
	}
}

_Static_assert(sizeof(double) == sizeof(uint64_t), "a double is as wide as the integers beside it");

/* Takes the letter's pointers from the arguments, whether they will be used or not. */
static int unpack_pointers(struct unpack *unpack, char letter, struct unpack_slot *slot)
{
	if (letter == '\0' || !strchr("nbiIUdsSytov", letter))
		return unpack_syntax(unpack, letter ? "not a letter of a format" : "it ends too early");
	if (letter != 'n')
		slot->to = va_arg(unpack->args, void *);
	if (letter == 'S' || letter == 'y')
		slot->size_to = va_arg(unpack->args, size_t *);
	return 0;
}

/* The next slot, not yet counted; NULL without memory. */
static struct unpack_slot *unpack_next_slot(struct unpack *unpack)
{
	struct unpack_slot *slot;

	if (unpack->count < UNPACK_FEW)
		slot = &unpack->few[unpack->count];
	else
		slot = (void *)buffer_add(&unpack->more, sizeof(*slot));
	if (slot)
		*slot = (struct unpack_slot){0};
	else
		error_set(PKS_ERR_MEMORY, "no memory to unpack a value");
	return slot;
}

static int unpack_letter(struct unpack *unpack, char letter, const struct pks_value *value)
{
	struct unpack_slot *slot = unpack_next_slot(unpack);
	int r = slot ? unpack_pointers(unpack, letter, slot) : PKS_ERR_MEMORY;

	if (r == 0)
		r = unpack_read(unpack, letter, value, slot);
	if (r < 0)
		return r;
	slot->owned = letter == 's';
	unpack->count++;
	return 0;
}

/* '?' and its letter; NULL is a key that is missing. */
static int unpack_optional(struct unpack *unpack, const struct pks_value *value)
{
	char letter = unpack_take(unpack);
	struct unpack_slot unused = {0};
	int kind = value ? pks_value_kind(value) : PKS_KIND_NULL;

	if (kind < 0)
		return kind;
	if (kind == PKS_KIND_NULL)
		return unpack_pointers(unpack, letter, &unused);
	return unpack_letter(unpack, letter, value);
}

/* ---- lists and maps ---- */

static int unpack_list(struct unpack *unpack, const struct pks_value *value)
{
	struct pks_value element;
	struct pks_value_iter iter;
	struct value_face face;
	int r = value_expect(value, PKS_KIND_LIST, &face);

	if (r == 0)
		r = pks_value_iter_init(&iter, value);
	while (r == 0 && unpack_peek(unpack) != ']') {
		r = unpack_peek(unpack) ? pks_value_next(&iter, NULL, &element)
		                        : unpack_syntax(unpack, "a bracket is open");
		if (r == PKS_END)
			return error_set(PKS_ERR_TYPE, "a list of %llu, not of more",
			                 (unsigned long long)face.item.number);
		if (r == 0)
			r = unpack_item(unpack, &element);
	}
	if (r < 0)
		return r;
	unpack_take(unpack);
	if (iter.left > 0)
		return error_set(PKS_ERR_TYPE, "a list of %llu, not of %llu", (unsigned long long)face.item.number,
		                 (unsigned long long)(face.item.number - iter.left));
	return 0;
}

/* Says whose value did not fit; inner keys come behind outer ones. */
static int unpack_blame(const char *key, int r)
{
	return r < 0 && r != PKS_ERR_SYNTAX ? error_set(r, "%s: %s", key, pks_error_message()) : r;
}

static int unpack_missing(struct unpack *unpack, const char *key)
{
	if (unpack_peek(unpack) != '?')
		return error_set(PKS_NOT_FOUND, "there is no key '%s'", key);
	unpack_take(unpack);
	return unpack_optional(unpack, NULL);
}

static int unpack_pair(struct unpack *unpack, const struct pks_value *map)
{
	struct pks_value found;
	const char *key;
	int r;

	if (unpack_take(unpack) != 's')
		return unpack_syntax(unpack, "a map's keys are written `s`");
	key = va_arg(unpack->args, const char *);
	if (!key)
		return error_set(PKS_ERR_USAGE, "a key that is NULL");
	r = pks_value_find(map, key, &found);
	if (r == PKS_NOT_FOUND)
		return unpack_missing(unpack, key);
	if (r == 0)
		r = unpack_item(unpack, &found);
	return unpack_blame(key, r);
}

static int unpack_map(struct unpack *unpack, const struct pks_value *value)
{
	struct value_face face;
	int r = value_expect(value, PKS_KIND_MAP, &face);

	while (r == 0 && unpack_peek(unpack) != '}')
		r = unpack_peek(unpack) ? unpack_pair(unpack, value) : unpack_syntax(unpack, "a bracket is open");
	if (r == 0)
		unpack_take(unpack);
	return r;
}

static int unpack_nested(struct unpack *unpack, char bracket, const struct pks_value *value)
{
	int r;

	if (unpack->depth == PKS_VALUE_DEPTH_MAX)
		return unpack_syntax(unpack, "nested too deeply");
	unpack->depth++;
	r = bracket == '[' ? unpack_list(unpack, value) : unpack_map(unpack, value);
	unpack->depth--;
	return r;
}

static int unpack_item(struct unpack *unpack, const struct pks_value *value)
{
	char letter = unpack_take(unpack);

	if (letter == '[' || letter == '{')
		return unpack_nested(unpack, letter, value);
	if (letter == '?')
		return unpack_optional(unpack, value);
	return unpack_letter(unpack, letter, value);
}

/* ---- all or nothing ---- */

static void unpack_store(const struct unpack_slot *slot)
{
	if (slot->to)
		memcpy(slot->to, &slot->is, slot->width);
	if (slot->size_to)
		*slot->size_to = slot->size;
}

static void unpack_settle(struct unpack *unpack, bool store)
{
	const struct unpack_slot *more = (const void *)unpack->more.data;

	for (size_t i = 0; i < unpack->count; i++) {
		const struct unpack_slot *slot = i < UNPACK_FEW ? &unpack->few[i] : &more[i - UNPACK_FEW];

		if (store)
			unpack_store(slot);
		if (slot->owned && !(store && slot->to))
			free(slot->is.string);
	}
	buffer_release(&unpack->more);
}

static int unpack_all(const struct pks_value *value, const char *format, va_list args, bool store)
{
	struct unpack unpack;
	int r;

	if (!format)
		return error_set(PKS_ERR_SYNTAX, "the format is missing");
	unpack.format = unpack.at = format;
	unpack.depth = 0;
	unpack.count = 0;
	unpack.more = (struct buffer){0};
	va_copy(unpack.args, args);
	r = unpack_item(&unpack, value);
	if (r == 0 && unpack_peek(&unpack))
		r = unpack_syntax(&unpack, "more than one value");
	unpack_settle(&unpack, r == 0 && store);
	va_end(unpack.args);
	return r;
}

int pks_value_vunpack(const struct pks_value *value, const char *format, va_list args)
{
	return unpack_all(value, format, args, true);
}

int value_check_unpack(const struct pks_value *value, const char *format, va_list args)
{
	return unpack_all(value, format, args, false);
}

int pks_value_unpack(const struct pks_value *value, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = pks_value_vunpack(value, format, args);
	va_end(args);
	return r;
}
