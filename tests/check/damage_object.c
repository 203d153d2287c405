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

const struct damage damages_object[] = {
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
