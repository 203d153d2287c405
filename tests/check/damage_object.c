/* SPDX-License-Identifier: MIT */
/* Damages of what all objects have. */
#include "damage.h"

#include <string.h>

static void header_of_no_path(void)
{
	struct state state = header_of(dict_id);

	strcpy(state.path, "/");
	put_header(dict_id, &state);
}

static void pinned_dict(void)
{
	struct state state = header_of(dict_id);

	state.pinned = true;
	put_header(dict_id, &state);
}

static void no_header_of_dict(void)
{
	struct key key = item_key(dict_id, PART_HEADER, "", 0);

	del(&key);
}

static void no_header_of_log(void)
{
	struct key key = item_key(log_id, PART_HEADER, "", 0);

	del(&key);
}

static void no_header_of_process(void)
{
	struct key key = item_key(waiting_id, PART_HEADER, "", 0);

	del(&key);
}

static void broken_header(void)
{
	struct key key = item_key(log_id, PART_HEADER, "", 0);

	put(&key, "\x80", 1);
}

static void header_with_a_broken_count(void)
{
	struct key key = item_key(dict_id, PART_HEADER, "", 0);
	struct state state = header_of(dict_id);
	struct buffer record = {0};

	state.count = state.bytes = 0;
	state_encode(&state, &record);
	record.data[record.size - 1] = 0x60;
	put(&key, record.data, record.size);
	buffer_release(&record);
}

static void orphans(void)
{
	struct key key = item_key(90, PART_ITEM, "k", 1), number = room_key(ROOM_META, "next-id", 7);

	put(&key, "\1", 1);
	put(&number, "\x18\x64", 2);
}

static void two_headers(void)
{
	struct key key = item_key(dict_id, PART_HEADER, "x", 1);

	put(&key, "\1", 1);
}

static void type_not_utf8(void)
{
	struct state state = header_of(dict_id);

	strcpy(state.type, "\xff");
	put_header(dict_id, &state);
}

static void broken_attribute(void)
{
	struct key key = item_key(dict_id, PART_ATTRIBUTE, "unit", 4);

	put(&key, "", 0);
}

static void attribute_without_a_name(void)
{
	struct key key = item_key(dict_id, PART_ATTRIBUTE, "", 0);

	put(&key, "\1", 1);
}

static void metadata_no_map(void)
{
	struct key key = item_key(dict_id, PART_METADATA, "", 0);

	put(&key, "\1", 1);
}

static void metadata_twice(void)
{
	struct key key = item_key(dict_id, PART_METADATA, "x", 1);

	put(&key, "\xa0", 1);
}

static void foreign_part(void)
{
	struct key key = item_key(dict_id, PART_END, "", 0);

	put(&key, "\1", 1);
}

static void version_of_no_change(void)
{
	struct state state = header_of(dict_id);

	state.version = 0;
	put_header(dict_id, &state);
}

static void first_of_what_has_none(void)
{
	struct state state = header_of(dict_id);

	state.first = 1;
	put_header(dict_id, &state);
}

static void class_with_a_control_character(void)
{
	struct state state = header_of(dict_id);

	strcpy(state.class, "a\nb");
	put_header(dict_id, &state);
}

static void type_of_no_name(void)
{
	struct state state = header_of(dict_id);

	state.type[0] = 0;
	put_header(dict_id, &state);
}

static void uuid_of_another(void)
{
	struct state dict = header_of(dict_id), log = header_of(log_id);

	memcpy(log.uuid, dict.uuid, sizeof(log.uuid));
	put_header(log_id, &log);
}

static void attribute_not_utf8(void)
{
	struct key key = item_key(dict_id, PART_ATTRIBUTE, "\xff", 1);

	put(&key, "\1", 1);
}

static void attribute_of_a_long_name(void)
{
	char name[PKS_KEY_MAX + 1];
	struct key key;

	memset(name, 'x', sizeof(name));
	key = item_key(dict_id, PART_ATTRIBUTE, name, sizeof(name));
	put(&key, "\1", 1);
}

static void class_not_utf8(void)
{
	struct state state = header_of(dict_id);

	strcpy(state.class, "\xff");
	put_header(dict_id, &state);
}

static void index_of_what_has_none(void)
{
	struct state state = header_of(dict_id);

	state.index_size = 9;
	memcpy(state.index, "\7\0\0\0\0\0\0\0\1", 9);
	put_header(dict_id, &state);
}

static void cap_of_what_has_none(void)
{
	struct state state = header_of(dict_id);

	state.cap = 5;
	put_header(dict_id, &state);
}

static void own_of_what_has_none(void)
{
	struct state state = header_of(dict_id);

	state.own[0] = 1;
	state.own_size = 1;
	put_header(dict_id, &state);
}

static void object_of_no_id(void)
{
	struct key key = item_key(0, PART_HEADER, "", 0);
	struct state state = header_of(dict_id);
	struct buffer record = {0};

	strcpy(state.path, "a/nobody");
	state.uuid[0] ^= 1;
	state_encode(&state, &record);
	put(&key, record.data, record.size);
	buffer_release(&record);
}

/* ---- the header's elements ---- */

#define ELEMENTS 16
#define TEN "0123456789"

struct text {
	const char *data;
	size_t size;
};
#define TEXT(text)                                                                                                     \
	{                                                                                                              \
		text, sizeof(text) - 1                                                                                 \
	}

/* All of the Dict's, also those that are left out. */
static const struct text elements[ELEMENTS] = {
	TEXT("\x64"
             "dict"),
	TEXT("\x50" TEN "abcdef"),
	TEXT("\x66"
             "a/dict"),
	TEXT("\1"),
	TEXT("\2"),
	TEXT("\2"),
	TEXT("\xf6"),
	TEXT("\xf4"),
	TEXT("\0"),
	TEXT("\0"),
	TEXT("\0"),
	TEXT("\0"),
	TEXT("\0"),
	TEXT("\xf4"),
	TEXT("\xf6"),
	TEXT("\xf6"),
};

/* With another one in place of one of them, and the head of the array as it is told. */
static void put_elements(char head, size_t which, const char *data, size_t size)
{
	struct key key = item_key(dict_id, PART_HEADER, "", 0);
	char record[1024], *at = record;

	*at++ = head;
	for (size_t i = 0; i < ELEMENTS; i++)
		at = mempcpy(at, i == which ? data : elements[i].data, i == which ? size : elements[i].size);
	put(&key, record, (size_t)(at - record));
}

#define ELEMENT(damage, which, item)                                                                                   \
	static void damage(void)                                                                                       \
	{                                                                                                              \
		put_elements('\x90', which, item, sizeof(item) - 1);                                                   \
	}

ELEMENT(type_no_text, 0, "\1")
ELEMENT(type_too_long, 0, "\x78\x20" TEN TEN TEN "ab")
ELEMENT(uuid_too_short, 1, "\x4f" TEN "abcde")
ELEMENT(uuid_no_bytes, 1, "\x70" TEN "abcdef")
ELEMENT(path_no_text, 2, "\1")
ELEMENT(path_too_long, 2,
        "\x79\x01\xf5" TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
                TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
        "x")
ELEMENT(created_no_number, 3, "\x60")
ELEMENT(version_no_number, 4, "\x20")
ELEMENT(count_no_number, 5, "\x20")
ELEMENT(index_no_bytes, 6, "\1")
ELEMENT(index_of_no_bytes, 6, "\x40")
ELEMENT(index_too_long, 6, "\x58\x81" TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "012345678")
ELEMENT(pinned_no_boolean, 7, "\0")
ELEMENT(first_no_number, 8, "\xf6")
ELEMENT(first_too_great, 8, "\x1b\xff\xff\xff\xff\xff\xff\xff\xff")
ELEMENT(cap_no_number, 9, "\xf6")
ELEMENT(bytes_no_number, 10, "\xf6")
ELEMENT(limit_no_number, 11, "\xf6")
ELEMENT(limit_of_bytes_no_number, 12, "\xf6")
ELEMENT(unversioned_no_boolean, 13, "\0")
ELEMENT(class_no_text, 14, "\1")
ELEMENT(class_too_long, 14, "\x78\x20" TEN TEN TEN "ab")
ELEMENT(own_cut_off, 15, "\x81")
ELEMENT(own_too_long, 15,
        "\x59\x01\x01" TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
                TEN "0123456")

static void header_too_short(void)
{
	put_elements('\x85', 0, elements[0].data, elements[0].size);
}

static void header_too_long(void)
{
	put_elements('\x91', 15, "\xf6\xf6", 2);
}

static void header_with_more_behind(void)
{
	put_elements('\x90', 15, "\xf6\xf6", 2);
}

const struct damage damages_object[] = {
	DAMAGE(type_no_text, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(type_too_long, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(uuid_too_short, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(uuid_no_bytes, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(path_no_text, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(path_too_long, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(created_no_number, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(version_no_number, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(count_no_number, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(index_no_bytes, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(index_of_no_bytes, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(index_too_long, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(pinned_no_boolean, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(first_no_number, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(first_too_great, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(cap_no_number, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(bytes_no_number, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(limit_no_number, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(limit_of_bytes_no_number, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(unversioned_no_boolean, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(class_no_text, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(class_too_long, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(own_cut_off, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(own_too_long, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(header_too_short, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(header_too_long, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(header_with_more_behind, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(attribute_not_utf8, PKS_CHECK_KEY, "a/dict", false),
	DAMAGE(attribute_of_a_long_name, PKS_CHECK_KEY, "a/dict", false),
	DAMAGE(class_not_utf8, PKS_CHECK_HEADER, "a/dict", false),
	DAMAGE(index_of_what_has_none, PKS_CHECK_INDEX, "a/dict", true),
	DAMAGE(cap_of_what_has_none, PKS_CHECK_HEADER, "a/dict", false),
	DAMAGE(own_of_what_has_none, PKS_CHECK_HEADER, "a/dict", false),
	DAMAGE(object_of_no_id, PKS_CHECK_KEY, "a/nobody", false),
	DAMAGE(uuid_of_another, PKS_CHECK_HEADER, "a/log", true),
	DAMAGE(header_of_no_path, PKS_CHECK_HEADER, "/", false),
	DAMAGE(pinned_dict, PKS_CHECK_STATE, "a/dict", true),
	DAMAGE(no_header_of_dict, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(no_header_of_log, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(no_header_of_process, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(broken_header, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(header_with_a_broken_count, PKS_CHECK_HEADER, "a/dict", true),
	DAMAGE(orphans, PKS_CHECK_HEADER, NULL, true),
	DAMAGE(two_headers, PKS_CHECK_KEY, "a/dict", false),
	DAMAGE(type_not_utf8, PKS_CHECK_HEADER, "a/dict", false),
	DAMAGE(type_of_no_name, PKS_CHECK_HEADER, "a/dict", false),
	DAMAGE(class_with_a_control_character, PKS_CHECK_HEADER, "a/dict", false),
	DAMAGE(version_of_no_change, PKS_CHECK_HEADER, "a/dict", true),
	DAMAGE(first_of_what_has_none, PKS_CHECK_COUNT, "a/dict", true),
	DAMAGE(broken_attribute, PKS_CHECK_VALUE, "a/dict", false),
	DAMAGE(attribute_without_a_name, PKS_CHECK_KEY, "a/dict", false),
	DAMAGE(metadata_no_map, PKS_CHECK_VALUE, "a/dict", false),
	DAMAGE(metadata_twice, PKS_CHECK_KEY, "a/dict", false),
	DAMAGE(foreign_part, PKS_CHECK_KEY, "a/dict", false),
	{0},
};
