/* SPDX-License-Identifier: MIT */
/* Damages of a Process. */
#include "damage.h"

#include <string.h>

static void no_index(void)
{
	struct key key = index_key(process_id);

	del(&key);
}

static void no_index_of_submitted(void)
{
	struct key key = index_key(waiting_id);

	del(&key);
}

static void state_without_index(void)
{
	struct state state = header_of(waiting_id);

	state.index_size = 0;
	state.pinned = false;
	put_header(waiting_id, &state);
}

static void wrong_place(void)
{
	struct key key = index_key(process_id);
	struct state state = header_of(process_id);

	del(&key);
	state.index[0] = 5;
	put_header(process_id, &state);
	key = index_key(process_id);
	put_number(&key, process_id);
}

static void not_pinned(void)
{
	struct state state = header_of(waiting_id);

	state.pinned = false;
	put_header(waiting_id, &state);
}

static void no_state(void)
{
	struct key key = item_key(process_id, PART_ATTRIBUTE, "state", 5);

	del(&key);
}

static void state_of_no_status(void)
{
	struct key key = item_key(process_id, PART_ATTRIBUTE, "state", 5);

	put(&key, "\x81\x07", 2);
}

static void args_no_list(void)
{
	struct key key = item_key(process_id, PART_ATTRIBUTE, "args", 4);

	put(&key, "\xa0", 1);
}

static void options_no_map(void)
{
	struct key key = item_key(process_id, PART_ATTRIBUTE, "options", 7);

	put(&key, "\x80", 1);
}

static void put_attribute(const char *name, const char *value, size_t size)
{
	struct key key = item_key(process_id, PART_ATTRIBUTE, name, strlen(name));

	put(&key, value, size);
}

static void target_of_another_kind(void)
{
	put_attribute("target", "\x01", 1);
}

static void kwargs_no_map(void)
{
	put_attribute("kwargs", "\x80", 1);
}

static void error_no_text(void)
{
	put_attribute("error", "\x01", 1);
}

static void history_no_list(void)
{
	put_attribute("history", "\xa0", 1);
}

static void report_no_map(void)
{
	put_attribute("report", "\x80", 1);
}

static void progress_no_map(void)
{
	put_attribute("progress", "\x61" "x", 2);
}

static void output_no_reference(void)
{
	put_attribute("output", "\x07", 1);
}

static void option_of_another_kind(void)
{
	put_attribute("options", "\xa1\x63" "cwd" "\x01", 6);
}

/* Created, with an exitcode. */
static void exitcode_of_what_has_none(void)
{
	put_attribute("state", "\x87\x01\x00\x00\x00\x00\x00\x00", 8);
}

const struct damage damages_process[] = {
	DAMAGE(no_index, PKS_CHECK_INDEX, "a/process", true),
	DAMAGE(no_index_of_submitted, PKS_CHECK_INDEX, "a/waiting", true),
	DAMAGE(state_without_index, PKS_CHECK_INDEX, "a/waiting", true),
	DAMAGE(wrong_place, PKS_CHECK_INDEX, "a/process", true),
	DAMAGE(not_pinned, PKS_CHECK_STATE, "a/waiting", true),
	DAMAGE(no_state, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(state_of_no_status, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(args_no_list, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(options_no_map, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(target_of_another_kind, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(kwargs_no_map, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(error_no_text, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(history_no_list, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(report_no_map, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(progress_no_map, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(output_no_reference, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(option_of_another_kind, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(exitcode_of_what_has_none, PKS_CHECK_STATE, "a/process", false),
	{0},
};
