/* SPDX-License-Identifier: MIT */
/* What a Process needs elsewhere: its pool, who knows of its keeper, and the Log of its output. */
#include "check.h"
#include "check_form.h"

#include <inttypes.h>
#include <stdio.h>

/* Its workers would not look for it in a pool that is not there. */
void check_process_pool(struct check_object *object, const char *pool)
{
	static const char shared[] = "\x18\x3f"; /* 63, the channel that a foreign writer gives a pool */
	char name[sizeof("pool//channel") + sizeof(object->seen.process.pool)];
	struct bytes value;
	struct key key;

	if (!*pool || strcmp(pool, "default") == 0 || object->check->mute)
		return;
	key_room(&key, ROOM_META, name, (size_t)snprintf(name, sizeof(name), "pool/%s/channel", pool));
	if (check_get(object->check, &key, &value))
		return;
	check_find(object->check, PKS_CHECK_STATE, "the pool is made",
	           "the process is submitted to the pool '%s', which is not there", pool);
	check_put(object->check, &key, shared, sizeof(shared) - 1);
}

/* Who keeps it must be known to the supervisor. Once it runs it may have been told to end, and the setting is gone. */
void check_process_keeper(struct check_object *object)
{
	const struct check_process *process = &object->seen.process;
	struct bytes keeper = {process->daemon, process->daemon_size}, value;
	char name[CHECK_DAEMON_NAME_SIZE];
	struct key key;

	if (!process->daemon_size || object->check->mute)
		return;
	key_room(&key, ROOM_META, name, check_daemon_name(keeper, name));
	if (check_get(object->check, &key, &value))
		return;
	check_find(object->check, PKS_CHECK_STATE, "the setting is put",
	           "the process is to end with somebody, and there is no setting '%s'", name);
	check_put(object->check, &key, keeper.data, keeper.size);
}

static bool is_line(struct check_object *object, struct bytes chunk)
{
	const uint8_t *at = chunk.data, *end = at + chunk.size, *behind;

	/* A broken chunk is told with the Log. */
	for (; at < end && (behind = item_end(at, end)); at = behind)
		if (!form_output_line(&(struct form){0}, (struct bytes){at, (size_t)(behind - at)}))
			return false;
	return true;
}

static void judge_lines(struct check_object *object, struct engine_cursor *cursor)
{
	struct key prefix, found;
	struct bytes key, value;
	int r;

	key_part(&prefix, object->seen.process.output, PART_ITEM);
	r = engine_seek(cursor, key_bytes(&prefix), &key, &value);
	while (r == 0 && key_begins(key, key_bytes(&prefix))) {
		if (!is_line(object, value)) {
			memcpy(found.data, key.data, key.size);
			found.size = key.size;
			object->check->key = key_bytes(&found);
			check_find(object->check, PKS_CHECK_STATE, NULL,
			           "the Log of its output has an entry that is no line as it should be");
			break;
		}
		r = engine_next(cursor, &key, &value);
	}
	check_fail(object->check, r);
}

/* A reference to nothing was told as such. */
void check_process_output(struct check_object *object)
{
	uint64_t output = object->seen.process.output;
	struct check *check = object->check;
	struct bytes whole = check->key;
	struct engine_cursor *cursor;
	struct state state = {0};
	int r;

	if (!output || check->txn || check->mute || check_header(check, output, &state) != CHECK_HEADER_GOOD)
		return;
	if (state.base != BASE_LOG) {
		check_find(check, PKS_CHECK_STATE, NULL,
		           "the attribute 'output' refers to object %" PRIu64 ", which is no Log", output);
		return;
	}
	r = engine_cursor_open(check->engine, &cursor);
	check_fail(check, r);
	if (r < 0)
		return;
	judge_lines(object, cursor);
	engine_cursor_close(cursor);
	check->key = whole;
}
