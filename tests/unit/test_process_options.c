/* SPDX-License-Identifier: MIT */
/* A process's options: how they are set, stored and read. */
#include "runtime/process_options.h"
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

static struct pks_store *store;
static struct pks_object *process;

static void begin(void)
{
	store = pks_store_open(scratch_dir(criterion_current_test->name), NULL);
	process = pks_process_new(store, NULL, "/no/such/module.so:handler");
	cr_assert(process, "%s", pks_error_message());
}

static void end(void)
{
	pks_store_close(store);
}

TestSuite(process_options, .init = begin, .fini = end);

static struct process_options read_them(void)
{
	struct process_options options;

	cr_assert_eq(process_options_read(process, &options), 0, "%s", pks_error_message());
	return options;
}

Test(process_options, a_process_without_options_has_no_such_attribute)
{
	struct process_options options = read_them();
	struct pks_value value;

	cr_assert_eq(pks_attr_get(process, "options", &value), PKS_NOT_FOUND);
	cr_assert_eq(options.method, PKS_METHOD_DEFAULT);
	cr_assert_str_eq(options.pool, "default");
	cr_assert_null(options.cwd);
	cr_assert(options.env.size == 0 && options.input.size == 0 && options.level == 0);
	cr_assert_eq(options.output_cap, PKS_OUTPUT_CAP);
	process_options_release(&options);
}

Test(process_options, what_is_set_is_read)
{
	struct pks_value env = {0}, input = {0}, found;
	struct process_options options;

	pks_value_pack(&env, "{s:s, s:s}", "PATH", "/bin", "EMPTY", "");
	pks_value_pack(&input, "s", "hello");
	cr_assert_eq(pks_process_set_method(process, PKS_METHOD_SPAWN), 0, "%s", pks_error_message());
	cr_assert_eq(pks_process_set_pool(process, "mail"), 0);
	cr_assert_eq(pks_process_set_folder(process, "/tmp"), 0);
	cr_assert_eq(pks_process_set_env(process, &env), 0);
	cr_assert_eq(pks_process_set_stdin(process, &input), 0);
	cr_assert_eq(pks_process_set_level(process, PKS_LEVEL_ERROR), 0);
	cr_assert_eq(pks_process_set_output_cap(process, 7), 0);
	options = read_them();
	cr_assert_eq(options.method, PKS_METHOD_SPAWN);
	cr_assert_str_eq(options.pool, "mail");
	cr_assert_str_eq(options.cwd, "/tmp");
	cr_assert_eq(pks_value_find(&options.env, "PATH", &found), 0);
	cr_assert_eq(pks_value_equal(&options.input, &input), 0);
	cr_assert(options.level == PKS_LEVEL_ERROR && options.output_cap == 7);
	process_options_release(&options);
	pks_value_clear(&env);
	pks_value_clear(&input);
}

Test(process_options, back_at_their_defaults_they_leave_no_trace)
{
	struct pks_value value;

	cr_assert_eq(pks_process_set_method(process, PKS_METHOD_POOL), 0);
	cr_assert_eq(pks_process_set_level(process, 10), 0);
	cr_assert_eq(pks_process_set_folder(process, "/"), 0);
	cr_assert_eq(pks_process_set_output_cap(process, 0), 0);
	cr_assert_eq(pks_process_set_method(process, PKS_METHOD_DEFAULT), 0);
	cr_assert_eq(pks_process_set_level(process, 0), 0);
	cr_assert_eq(pks_process_set_folder(process, NULL), 0);
	cr_assert_eq(pks_process_set_output_cap(process, PKS_OUTPUT_CAP), 0);
	cr_assert_eq(pks_process_set_env(process, NULL), 0);
	cr_assert_eq(pks_process_set_stdin(process, NULL), 0);
	cr_assert_eq(pks_attr_get(process, "options", &value), PKS_NOT_FOUND);
}

Test(process_options, what_makes_no_sense_is_refused)
{
	struct pks_value number = {0}, numbers = {0}, unnamed = {0};

	pks_value_pack(&number, "i", 1);
	pks_value_pack(&numbers, "{s:i}", "A", 1);
	pks_value_pack(&unnamed, "{s:s}", "A=B", "c");
	cr_assert_eq(pks_process_set_method(process, 17), PKS_ERR_USAGE);
	cr_assert_eq(pks_process_set_folder(process, "tmp"), PKS_ERR_USAGE);
	cr_assert_eq(pks_process_set_env(process, &number), PKS_ERR_TYPE);
	cr_assert_eq(pks_process_set_env(process, &numbers), PKS_ERR_TYPE);
	cr_assert_eq(pks_process_set_env(process, &unnamed), PKS_ERR_USAGE);
	cr_assert_eq(pks_process_set_stdin(process, &number), PKS_ERR_TYPE);
	cr_assert_eq(pks_process_set_level(process, -1), PKS_ERR_RANGE);
	pks_value_clear(&number);
	pks_value_clear(&numbers);
	pks_value_clear(&unnamed);
}

Test(process_options, after_the_end_they_stay_as_they_are)
{
	cr_assert_eq(pks_process_terminate(process, 0), 0);
	cr_assert_eq(pks_process_set_level(process, 10), PKS_ERR_STATE);
	cr_assert(strstr(pks_error_message(), "'level'"), "%s", pks_error_message());
}

Test(process_options, one_that_is_damaged_is_named)
{
	static const char *const formats[] = {"{s:i}", "{s:s}"};
	struct process_options options;

	for (int i = 0; i < 2; i++) {
		cr_assert_eq(i == 0 ? pks_attr_setf(process, "options", formats[0], "method", 5)
				    : pks_attr_setf(process, "options", formats[1], "level", "loud"),
			     0);
		cr_assert_eq(process_options_read(process, &options), PKS_ERR_CORRUPT);
		cr_assert(strstr(pks_error_message(), i == 0 ? "'method'" : "'level'"), "%s", pks_error_message());
		process_options_release(&options);
	}
}

Test(process_options, unknown_ones_are_ignored)
{
	struct process_options options;

	cr_assert_eq(pks_attr_setf(process, "options", "{s:i, s:i}", "colour", 3, "level", 20), 0);
	options = read_them();
	cr_assert_eq(options.level, 20);
	process_options_release(&options);
	cr_assert_eq(pks_process_set_level(process, 30), 0);
	cr_assert_eq(pks_attr_getf(process, "options", "{s:i}", "colour", &(int){0}), 0, "and kept");
}

Test(process_options, methods_have_names)
{
	enum pks_method method;

	cr_assert_eq(pks_method_from_name("forkserver", &method), 0);
	cr_assert_eq(method, PKS_METHOD_FORKSERVER);
	cr_assert_str_eq(pks_method_name(PKS_METHOD_DEDICATED), "dedicated");
	cr_assert_str_eq(pks_method_name(99), "unknown");
	cr_assert_eq(pks_method_from_name("thread", &method), PKS_NOT_FOUND);
	cr_assert_eq(pks_method_from_name(NULL, &method), PKS_NOT_FOUND);
}
