/* SPDX-License-Identifier: MIT */
/* Foreign CBOR: everything that our own builder guarantees is checked, in one pass and without recursion. */
#include "value.h"
#include "value_keys.h"

#include "base/error.h"
#include "base/utf8.h"

/* A list, map or tag whose parts are being checked. */
struct check_level {
	uint64_t left; /* parts to come: of a map, keys and values */
	size_t keys;   /* where its keys begin among all */
	bool map;
};

struct check {
	const uint8_t *start, *at, *end;
	struct check_level levels[PKS_VALUE_DEPTH_MAX + 1]; /* level 0 holds the value itself */
	unsigned depth;
	struct buffer keys;
};

/* A length with these low bits is indefinite, in the types from bytes to maps (RFC 8949, section 3.2). */
#define CHECK_INDEFINITE 0x1f

static int check_fail(const struct check *check, int code, size_t offset, const char *why)
{
	return error_set(code, "CBOR, byte %zu: %s", offset, why);
}

static int check_malformed(const struct check *check)
{
	size_t offset = (size_t)(check->at - check->start);
	unsigned type;

	if (check->at == check->end)
		return check_fail(check, PKS_ERR_SYNTAX, offset, "cut off");
	type = *check->at >> 5;
	if ((*check->at & CHECK_INDEFINITE) == CHECK_INDEFINITE && type >= ITEM_BYTES && type <= ITEM_MAP)
		return check_fail(check, PKS_ERR_SYNTAX, offset, "an indefinite length");
	return check_fail(check, PKS_ERR_SYNTAX, offset, "not well-formed, or cut off");
}

/* Whether the next item of the level is a key: in a map, as long as an even number of parts is left. */
static bool check_at_key(const struct check_level *level)
{
	return level->map && level->left % 2 == 0;
}

/* A part of the innermost level is complete, and with it perhaps that level, which is a part of the next. */
static int check_part_done(struct check *check)
{
	struct check_level *level = &check->levels[check->depth];
	size_t offset;

	for (;;) {
		if (check_at_key(level))
			value_keys_end(&check->keys, (size_t)(check->at - check->start));
		if (--level->left > 0 || check->depth == 0)
			return 0;
		if (level->map && !check->keys.failed &&
		    value_keys_twice(&check->keys, level->keys, check->start, &offset))
			return check_fail(check, PKS_ERR_SYNTAX, offset, "a key that its map already has");
		level = &check->levels[--check->depth];
	}
}

static int check_enter(struct check *check, const struct item *item, uint64_t parts)
{
	if (check->depth == PKS_VALUE_DEPTH_MAX)
		return check_fail(check, PKS_ERR_LIMIT, (size_t)(check->at - check->start), "nested too deeply");
	check->at = item->next;
	if (parts == 0)
		return check_part_done(check);
	check->levels[++check->depth] =
	        (struct check_level){.left = parts, .keys = check->keys.size, .map = item->type == ITEM_MAP};
	return 0;
}

static int check_item(struct check *check)
{
	struct item item;
	uint64_t parts;

	if (check_at_key(&check->levels[check->depth]))
		value_keys_begin(&check->keys, (size_t)(check->at - check->start));
	if (item_read(check->at, check->end, &item) < 0)
		return check_malformed(check);
	if (item_nests(&item, &parts))
		return check_enter(check, &item, parts);
	if (item.type == ITEM_TEXT && !utf8_valid(item.data, item.number))
		return check_fail(check, PKS_ERR_SYNTAX, (size_t)(check->at - check->start), "text that is not UTF-8");
	check->at = item.next;
	return check_part_done(check);
}

static int check_all(struct check *check)
{
	int r = 0;

	while (r == 0 && check->levels[0].left > 0)
		r = check_item(check);
	if (r < 0)
		return r;
	if (check->keys.failed)
		return error_set(PKS_ERR_MEMORY, "no memory to check a value of CBOR");
	if (check->at < check->end)
		return check_fail(check, PKS_ERR_SYNTAX, (size_t)(check->at - check->start),
		                  "something behind the value");
	return 0;
}

int value_check(const void *cbor, size_t size)
{
	struct check check;
	int r;

	if (size > PKS_VALUE_SIZE_MAX)
		return error_set(PKS_ERR_LIMIT, "a value of %zu bytes: more than %zu", size, PKS_VALUE_SIZE_MAX);
	if (size == 0)
		return error_set(PKS_ERR_SYNTAX, "CBOR, byte 0: cut off");
	check.start = check.at = cbor;
	check.end = check.start + size;
	check.depth = 0;
	check.levels[0] = (struct check_level){.left = 1};
	check.keys = (struct buffer){0};
	r = check_all(&check);
	buffer_release(&check.keys);
	return r;
}

int pks_value_from_cbor(const void *cbor, size_t size, struct pks_value *value_out)
{
	struct pks_value view = {.data = cbor, .size = size};
	int r = value_check(cbor, size);

	return r < 0 ? r : pks_value_copy(&view, value_out);
}
