/* SPDX-License-Identifier: MIT */
/* Damages inside of a Process's attributes, and of what they refer to. */
#include "damage.h"
#include "layer.h"
#include "runtime/record.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <string.h>

static const char boot[16] = "0123456789abcdef";
#define BOOT boot, sizeof(boot)

static void put_attribute(const char *name, struct pks_value *value)
{
	struct key key = item_key(process_id, PART_ATTRIBUTE, name, strlen(name));

	put(&key, value->data, value->size);
	pks_value_clear(value);
}

/* An attribute with a value of the format of value.h. */
#define ATTRIBUTE(damage, attribute, ...)                                                                              \
	static void damage(void)                                                                                       \
	{                                                                                                              \
		struct pks_value value;                                                                                \
                                                                                                                       \
		cr_assert_eq(pks_value_pack(&value, __VA_ARGS__), 0);                                                  \
		put_attribute(attribute, &value);                                                                      \
	}

ATTRIBUTE(target_of_another_kind, "target", "i", 1)
ATTRIBUTE(target_without_a_handler, "target", "s", "/no/module.so:")
ATTRIBUTE(command_of_nothing, "target", "[]")
ATTRIBUTE(command_of_numbers, "target", "[si]", "ls", 1)
ATTRIBUTE(args_no_list, "args", "{}")
ATTRIBUTE(kwargs_no_map, "kwargs", "[]")
ATTRIBUTE(kwargs_without_names, "kwargs", "{i:i}", 1, 1)
ATTRIBUTE(error_no_text, "error", "i", 1)
ATTRIBUTE(output_no_reference, "output", "i", 7)

ATTRIBUTE(progress_no_map, "progress", "s", "half")
ATTRIBUTE(progress_at_no_time, "progress", "{s:s}", "text", "half")
ATTRIBUTE(progress_at_a_number, "progress", "{s:i, s:s}", "time", 1, "text", "half")
ATTRIBUTE(progress_of_a_number, "progress", "{s:t, s:i}", "time", (int64_t)1, "text", 50)

ATTRIBUTE(report_no_map, "report", "[]")
ATTRIBUTE(report_of_no_signal, "report", "{s:s}", "signal", "SIGSEGV")
ATTRIBUTE(report_of_a_nameless_signal, "report", "{s:i}", "signal_name", 11)
ATTRIBUTE(report_of_no_core, "report", "{s:b}", "core", 0)
ATTRIBUTE(report_of_memory_by_a_number, "report", "{s:i}", "oom", 1)
ATTRIBUTE(report_of_no_seconds, "report", "{s:s}", "utime", "long")
ATTRIBUTE(report_of_no_system_seconds, "report", "{s:i}", "stime", 1)
ATTRIBUTE(report_of_less_than_nothing, "report", "{s:i}", "maxrss", -1)
ATTRIBUTE(report_of_another_progress, "report", "{s:s}", "progress", "half")
ATTRIBUTE(report_of_a_broken_stack, "report", "{s:[si]}", "backtrace", "main", 1)
ATTRIBUTE(report_of_no_address, "report", "{s:s}", "address", "0x0")
ATTRIBUTE(report_of_no_lines, "report", "{s:s}", "output", "a line")

ATTRIBUTE(history_no_list, "history", "{}")
ATTRIBUTE(history_of_no_maps, "history", "[i]", 1)
ATTRIBUTE(history_without_attempts, "history", "[{s:s}]", "status", "failed")
ATTRIBUTE(history_without_endings, "history", "[{s:i}]", "attempt", 0)
ATTRIBUTE(history_of_another_ending, "history", "[{s:i, s:s}]", "attempt", 0, "status", "running")
ATTRIBUTE(history_of_another_exitcode, "history", "[{s:i, s:s, s:s}]", "attempt", 0, "status", "failed", "exitcode",
          "one")
ATTRIBUTE(history_at_no_time, "history", "[{s:i, s:s, s:i}]", "attempt", 0, "status", "failed", "ended", 1)
ATTRIBUTE(history_of_no_error, "history", "[{s:i, s:s, s:i}]", "attempt", 0, "status", "failed", "error", 1)
ATTRIBUTE(history_of_a_broken_report, "history", "[{s:i, s:s, s:{s:s}}]", "attempt", 0, "status", "crashed", "report",
          "signal", "SIGSEGV")
ATTRIBUTE(history_of_the_future, "history", "[{s:i, s:s}]", "attempt", 1, "status", "failed")
ATTRIBUTE(history_turned_around, "history", "[{s:i, s:s}{s:i, s:s}]", "attempt", 1, "status", "failed", "attempt", 0,
          "status", "crashed")

ATTRIBUTE(options_no_map, "options", "[]")
ATTRIBUTE(option_of_no_method, "options", "{s:s}", "method", "thread")
ATTRIBUTE(option_of_no_pool, "options", "{s:s}", "pool", "a/b")
ATTRIBUTE(option_of_another_kind, "options", "{s:i}", "cwd", 1)
ATTRIBUTE(option_of_a_relative_folder, "options", "{s:s}", "cwd", "here")
ATTRIBUTE(option_of_no_environment, "options", "{s:{s:i}}", "env", "PATH", 1)
ATTRIBUTE(option_of_no_input, "options", "{s:[]}", "stdin")
ATTRIBUTE(option_of_no_level, "options", "{s:i}", "level", 0)
ATTRIBUTE(option_of_no_cap, "options", "{s:i}", "output_cap", -1)
ATTRIBUTE(option_of_no_function, "options", "{s:i}", "function", 1)
ATTRIBUTE(option_of_no_kind, "options", "{s:i}", "kind", 1)
ATTRIBUTE(option_of_no_exit, "options", "{s:s}", "on_exit", "yes")
ATTRIBUTE(option_of_the_exit_of_nobody, "options", "{s:i}", "exit_of", 0)
ATTRIBUTE(option_of_no_grace, "options", "{s:i}", "grace", -2)
ATTRIBUTE(option_of_no_daemon, "options", "{s:[ii]}", "daemon", 1, 1)
ATTRIBUTE(option_of_a_daemon_of_no_attempt, "options", "{s:[iiyi]}", "daemon", 1, 1, BOOT, 1)

static void no_target(void)
{
	struct key key = item_key(process_id, PART_ATTRIBUTE, "target", strlen("target"));

	del(&key);
}

static void history_without_an_end(void)
{
	struct pks_builder *builder = pks_builder_new();
	struct pks_value entry, value;

	cr_assert_eq(pks_value_pack(&entry, "{s:i, s:s}", "attempt", 0, "status", "crashed"), 0);
	pks_build_list(builder);
	for (int i = 0; i < 17; i++)
		pks_build_value(builder, &entry);
	pks_build_end(builder);
	cr_assert_eq(pks_builder_finish(builder, &value), 0);
	pks_builder_free(builder);
	put_attribute("history", &value);
	pks_value_clear(&entry);
}

static void history_of_a_long_error(void)
{
	static char error[1025];
	struct pks_value value;

	memset(error, 'x', sizeof(error));
	cr_assert_eq(pks_value_pack(&value, "[{s:i, s:s, s:S}]", "attempt", 0, "status", "failed", "error", error,
	                            sizeof(error)),
	             0);
	put_attribute("history", &value);
}

/* Good, but the supervisor knows nothing of whom it is to watch. The header's bytes agree. */
static void daemon_of_whom_nobody_knows(void)
{
	struct pks_object *process = pks_object_from_id(store, waiting_id);
	struct pks_value value;

	cr_assert_eq(pks_value_pack(&value, "{s:[iiyii]}", "daemon", 4711, 1, BOOT, 1, 1), 0);
	cr_assert_eq(layer_attr_set(process, "options", &value), 0);
	pks_value_clear(&value);
	pks_object_close(process);
}

/* Good, and its place in the index is, too; but the pool was never made. */
static void submitted_to_no_pool(void)
{
	struct key key = room_key(ROOM_META, "pool/mail/channel", strlen("pool/mail/channel"));
	struct pks_object *process = pks_process_new(store, "a/mail", "/no/module.so:handler");
	struct process_state state;

	cr_assert_eq(pks_process_set_pool(process, "mail"), 0, "%s", pks_error_message());
	cr_assert_eq(pks_begin(store), 0);
	cr_assert_eq(record_read(process, &state), 0);
	cr_assert_eq(record_move(process, &state, EVENT_SUBMIT), 0, "%s", pks_error_message());
	cr_assert_eq(pks_commit(store), 0);
	pks_object_close(process);
	del(&key);
}

/* An attribute that refers to the object. */
static void refer(const char *name, uint64_t id)
{
	struct pks_object *process = pks_object_from_id(store, process_id), *object = pks_object_from_id(store, id);
	struct pks_value value;

	cr_assert_eq(pks_value_pack(&value, "o", object), 0);
	cr_assert_eq(layer_attr_set(process, name, &value), 0);
	pks_value_clear(&value);
	pks_object_close(object);
	pks_object_close(process);
}

static void output_that_is_no_log(void)
{
	refer("output", dict_id);
}

/* The Log's entries are lists. */
static void output_of_no_lines(void)
{
	refer("output", log_id);
}

static void line_of_no_system_log(void)
{
	struct pks_object *log;

	cr_assert_eq(pks_syslog(store, PKS_LEVEL_ERROR, "a line"), 0);
	log = pks_log_open(store, PKS_SYSLOG_PATH, PKS_MUST_EXIST);
	cr_assert_eq(pks_log_appendf(log, "{s:s}", "text", "another one"), 0);
	pks_object_close(log);
}

const struct damage damages_attributes[] = {
	DAMAGE(no_target, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(target_of_another_kind, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(target_without_a_handler, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(command_of_nothing, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(command_of_numbers, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(args_no_list, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(kwargs_no_map, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(kwargs_without_names, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(error_no_text, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(output_no_reference, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(progress_no_map, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(progress_at_no_time, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(progress_at_a_number, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(progress_of_a_number, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(report_no_map, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(report_of_no_signal, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(report_of_a_nameless_signal, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(report_of_no_core, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(report_of_memory_by_a_number, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(report_of_no_seconds, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(report_of_no_system_seconds, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(report_of_less_than_nothing, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(report_of_another_progress, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(report_of_a_broken_stack, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(report_of_no_address, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(report_of_no_lines, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(history_no_list, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(history_of_no_maps, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(history_without_attempts, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(history_without_endings, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(history_of_another_ending, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(history_of_another_exitcode, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(history_at_no_time, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(history_of_no_error, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(history_of_a_broken_report, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(history_of_the_future, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(history_turned_around, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(options_no_map, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(option_of_no_method, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(option_of_no_pool, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(option_of_another_kind, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(option_of_a_relative_folder, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(option_of_no_environment, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(option_of_no_input, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(option_of_no_level, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(option_of_no_cap, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(option_of_no_function, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(option_of_no_kind, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(option_of_no_exit, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(option_of_the_exit_of_nobody, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(option_of_no_grace, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(option_of_no_daemon, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(option_of_a_daemon_of_no_attempt, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(history_without_an_end, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(history_of_a_long_error, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(daemon_of_whom_nobody_knows, PKS_CHECK_STATE, "a/waiting", true),
	DAMAGE(submitted_to_no_pool, PKS_CHECK_STATE, "a/mail", true),
	DAMAGE(output_that_is_no_log, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(output_of_no_lines, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(line_of_no_system_log, PKS_CHECK_STATE, "system/log", false),
	{0},
};
