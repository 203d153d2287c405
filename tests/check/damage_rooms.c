/* SPDX-License-Identifier: MIT */
/* Damages of the meta room, the catalog, the index, and outside the rooms. */
#include "damage.h"

#include <string.h>

static void foreign_room(void)
{
	struct key key = {.size = 2, .data = {9, 1}};

	put(&key, "\1", 1);
}

static void short_object_key(void)
{
	struct key key = {.size = 3, .data = {ROOM_OBJECT, 0, 0}};

	put(&key, "\1", 1);
}

static void other_format(void)
{
	struct key key = room_key(ROOM_META, "format", 6);

	put(&key, "\2", 1);
}

static void no_format(void)
{
	struct key key = room_key(ROOM_META, "format", 6);

	del(&key);
}

static void uuid_of_another_store(void)
{
	struct key key = room_key(ROOM_META, "uuid", 4);

	put(&key,
	    "\x50"
	    "0123456789abcdef",
	    17);
}

static void text_for_the_uuid(void)
{
	struct key key = room_key(ROOM_META, "uuid", 4);

	put(&key, store->uuid, 0x10);
}

static void no_uuid(void)
{
	struct key key = room_key(ROOM_META, "uuid", 4);

	del(&key);
}

static void broken_setting(void)
{
	struct key key = room_key(ROOM_META, "pool/default/size", 17);

	put(&key, "\x18", 1);
}

static void low_next_id(void)
{
	struct key key = room_key(ROOM_META, "next-id", 7);

	put(&key, "\2", 1);
}

static void no_next_id(void)
{
	struct key key = room_key(ROOM_META, "next-id", 7);

	del(&key);
}

static void high_objects(void)
{
	struct key key = room_key(ROOM_META, "objects", 7);

	put(&key, "\x17", 1);
}

static void text_for_objects(void)
{
	struct key key = room_key(ROOM_META, "objects", 7);

	put(&key, "\x61x", 2);
}

static void catalog_of_nothing(void)
{
	struct key key = room_key(ROOM_CATALOG, "a/nothing", 9);

	put_number(&key, 77);
}

static void catalog_short(void)
{
	struct key key = room_key(ROOM_CATALOG, "a/dict", 6);

	put(&key, "\1", 1);
}

static void catalog_twice(void)
{
	struct key key = room_key(ROOM_CATALOG, "a/alias", 7);

	put_number(&key, dict_id);
}

static void catalog_of_no_path(void)
{
	struct key key = room_key(ROOM_CATALOG, "a//b", 4);

	put_number(&key, dict_id);
}

static void catalog_of_another(void)
{
	struct key key = room_key(ROOM_CATALOG, "a/dict", 6);

	put_number(&key, log_id);
}

static void no_catalog(void)
{
	struct key key = room_key(ROOM_CATALOG, "a/dict", 6);

	del(&key);
}

static void same_path_twice(void)
{
	struct key key = room_key(ROOM_CATALOG, "a/extra", 7);
	struct state state = {.path = "a/dict", .type = "dict", .version = 1};

	put_header(dict_id + 100, &state);
	put_number(&key, dict_id + 100);
	low_next_id(); /* it is told as well */
}

static void index_of_nothing(void)
{
	struct key key = room_key(ROOM_INDEX, "\7\0\0\0\0\0\0\0\x63", 9);

	put_number(&key, 99);
}

static void index_short(void)
{
	struct key key = index_key(process_id);

	put(&key, "", 0);
}

static void index_not_its_own(void)
{
	struct key key = room_key(ROOM_INDEX, "\5\0\0\0\0\0\0\0\1", 9);

	put_number(&key, dict_id);
}

/* The limited namespace `a`: what is used is 9 objects with 9 bytes, its limits are 100 and none. */
static void miscounted_limit(void)
{
	struct key key = room_key(ROOM_META, "limit/a", 7);

	put(&key, "\x84\x18\x64\0\x09\x09", 6);
}

static void broken_limit(void)
{
	struct key key = room_key(ROOM_META, "limit/a", 7);

	put(&key, "\x82\1\1", 3);
}

static void short_limit(void)
{
	struct key key = room_key(ROOM_META, "limit/a", 7);

	put(&key, "\x83\x18\x64\0\x09", 5);
}

static void limit_of_no_path(void)
{
	struct key key = room_key(ROOM_META, "limit/a//b", 10);

	put(&key, "\x84\0\0\0\0", 5);
}

static void miscounted_limits(void)
{
	struct key key = room_key(ROOM_META, "limits", 6);

	put(&key, "\7", 1);
}

const struct damage damages_rooms[] = {
	DAMAGE(foreign_room, PKS_CHECK_ROOM, NULL, false),
	DAMAGE(short_object_key, PKS_CHECK_ROOM, NULL, false),
	DAMAGE(other_format, PKS_CHECK_META, NULL, false),
	DAMAGE(no_format, PKS_CHECK_META, NULL, false),
	DAMAGE(uuid_of_another_store, PKS_CHECK_META, NULL, false),
	DAMAGE(text_for_the_uuid, PKS_CHECK_META, NULL, false),
	DAMAGE(no_uuid, PKS_CHECK_META, NULL, false),
	DAMAGE(broken_setting, PKS_CHECK_VALUE, NULL, false),
	DAMAGE(low_next_id, PKS_CHECK_META, NULL, true),
	DAMAGE(no_next_id, PKS_CHECK_META, NULL, true),
	DAMAGE(high_objects, PKS_CHECK_META, NULL, true),
	DAMAGE(text_for_objects, PKS_CHECK_META, NULL, true),
	DAMAGE(catalog_of_nothing, PKS_CHECK_CATALOG, "a/nothing", true),
	DAMAGE(catalog_short, PKS_CHECK_CATALOG, "a/dict", true),
	DAMAGE(catalog_twice, PKS_CHECK_CATALOG, "a/alias", true),
	DAMAGE(catalog_of_no_path, PKS_CHECK_CATALOG, NULL, true),
	DAMAGE(catalog_of_another, PKS_CHECK_CATALOG, "a/dict", true),
	DAMAGE(no_catalog, PKS_CHECK_CATALOG, "a/dict", true),
	DAMAGE(same_path_twice, PKS_CHECK_CATALOG, "a/extra", true),
	DAMAGE(index_of_nothing, PKS_CHECK_INDEX, NULL, true),
	DAMAGE(index_short, PKS_CHECK_INDEX, NULL, true),
	DAMAGE(index_not_its_own, PKS_CHECK_INDEX, "a/dict", true),
	DAMAGE(miscounted_limit, PKS_CHECK_META, NULL, true),
	DAMAGE(broken_limit, PKS_CHECK_META, NULL, false),
	DAMAGE(short_limit, PKS_CHECK_META, NULL, false),
	DAMAGE(limit_of_no_path, PKS_CHECK_META, NULL, false),
	DAMAGE(miscounted_limits, PKS_CHECK_META, NULL, true),
	{0},
};
