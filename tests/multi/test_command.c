/* SPDX-License-Identifier: MIT */
/* Processes that run commands. */
#include "lib/runtime.h"
#include "lib/scratch.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(command, .init = runtime_begin, .fini = runtime_end);

#define COMMAND(...) ((const char *const[]){__VA_ARGS__, NULL})

static struct pks_object *new_command(const char *const *argv)
{
	struct pks_object *process = pks_process_new_command(runtime_store, NULL, argv);

	cr_assert(process, "%s", pks_error_message());
	return process;
}

static struct pks_object *start(const char *const *argv)
{
	struct pks_object *process = new_command(argv);

	cr_assert_eq(pks_process_start(process), 0, "%s", pks_error_message());
	return process;
}

static struct pks_object *run(const char *const *argv)
{
	struct pks_object *process = start(argv);

	runtime_join(process);
	return process;
}

/* What it has written, a line; to be freed. */
static char *line_of(struct pks_object *process)
{
	struct pks_object *log = pks_process_output(process);
	char *text = NULL;

	cr_assert(log, "no output: %s", pks_error_message());
	cr_assert_eq(pks_log_getf(log, -1, "{s:s}", "text", &text), 0);
	pks_object_close(log);
	return text;
}

static void expect_line(struct pks_object *process, const char *expected)
{
	char *line = line_of(process);

	cr_assert_str_eq(line, expected);
	free(line);
}

Test(command, its_exit_status_is_the_processs_exitcode)
{
	runtime_expect(run(COMMAND("true")), PKS_FINISHED, 0, NULL);
	runtime_expect(run(COMMAND("sh", "-c", "exit 7")), PKS_FAILED, 7, "exited with status 7");
	runtime_expect(run(COMMAND("sh", "-c", "kill -TERM $$")), PKS_CRASHED, -SIGTERM, "killed by SIGTERM");
	runtime_expect(run(COMMAND("no-such-command")), PKS_FAILED, 127,
	               "no-such-command: there is no such command in ");
	runtime_expect(run(COMMAND("/no/such/file")), PKS_FAILED, 127, "/no/such/file: ");
	runtime_expect(run(COMMAND("/etc/passwd")), PKS_FAILED, 126, "/etc/passwd: ");
}

Test(command, the_folder_and_the_environment_are_recorded_with_it)
{
	struct pks_object *process;
	char folder[] = "/tmp/pkstore-folder-XXXXXX", here[4096], expected[4200];

	cr_assert(mkdtemp(folder) && getcwd(here, sizeof(here)));
	cr_assert_eq(pks_pool_start(runtime_store, NULL), 0);
	cr_assert_eq(chdir(folder), 0);
	setenv("PKSTORE_TEST_WORD", "then", 1);
	process = new_command(COMMAND("sh", "-c", "echo $PKSTORE_TEST_WORD $(pwd)"));
	setenv("PKSTORE_TEST_WORD", "later", 1);
	cr_assert_eq(chdir(here), 0);
	cr_assert_eq(pks_process_start(process), 0);
	runtime_join(process);
	snprintf(expected, sizeof(expected), "then %s", folder);
	expect_line(process, expected);
	rmdir(folder);
}

Test(command, both_can_be_others)
{
	struct pks_object *process = new_command(COMMAND("/bin/sh", "-c", "echo $WORD$HOME $(pwd)"));
	struct pks_value env = {0};

	pks_value_pack(&env, "{s:s}", "WORD", "alone");
	cr_assert_eq(pks_process_set_env(process, &env), 0);
	cr_assert_eq(pks_process_set_folder(process, "/usr"), 0);
	cr_assert_eq(pks_process_start(process), 0);
	runtime_join(process);
	expect_line(process, "alone /usr");
	pks_value_clear(&env);
}

/* And the worker is the same again for a handler that follows. */
Test(command, a_folder_that_is_gone_fails_it)
{
	struct pks_object *process = new_command(COMMAND("true"));

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	cr_assert_eq(pks_process_set_folder(process, "/no/such/folder"), 0);
	cr_assert_eq(pks_process_start(process), 0);
	runtime_join(process);
	runtime_expect(process, PKS_FAILED, 126, "its folder /no/such/folder cannot be entered");
	runtime_expect_well();
	process = new_command(COMMAND("pwd"));
	pks_process_set_folder(process, NULL);
	cr_assert_eq(pks_process_start(process), 0);
	runtime_join(process);
	expect_line(process, "/");
}

Test(command, it_reads_what_it_is_given)
{
	struct pks_object *process = new_command(COMMAND("wc", "-c"));
	struct pks_value input = {0};
	char *many = malloc(1 << 20), *line;

	memset(many, 'x', 1 << 20);
	pks_value_pack(&input, "y", many, (size_t)1 << 20);
	cr_assert_eq(pks_process_set_stdin(process, &input), 0);
	cr_assert_eq(pks_process_start(process), 0);
	runtime_join(process);
	line = line_of(process);
	cr_assert_eq(atol(line), 1 << 20, "%s", line);
	free(line);
	free(many);
	pks_value_clear(&input);
	line = line_of(run(COMMAND("wc", "-c")));
	cr_assert_eq(atol(line), 0);
	free(line);
}

Test(command, arguments_need_not_be_text)
{
	struct pks_object *process = run(COMMAND("printf", "%s\n", "\xff\xfe"));
	struct pks_process_info info;
	struct pks_value entry = {0};
	const void *bytes;
	size_t size;

	cr_assert_eq(pks_log_get(pks_process_output(process), 0, &entry), 0);
	cr_assert_eq(pks_value_unpack(&entry, "{s:y}", "text", &bytes, &size), 0);
	cr_assert(size == 2 && memcmp(bytes, "\xff\xfe", 2) == 0);
	pks_value_clear(&entry);
	cr_assert_eq(pks_process_info(process, &info), 0);
	cr_assert_str_eq(info.target, "printf %s\n ?");
}

Test(command, many_run_one_after_another_in_few_workers)
{
	enum { COUNT = 50 };
	struct pks_object *processes[COUNT];
	char word[16];

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 2), 0);
	for (int i = 0; i < COUNT; i++) {
		snprintf(word, sizeof(word), "%d", i);
		processes[i] = start(COMMAND("echo", word));
	}
	for (int i = 0; i < COUNT; i++) {
		runtime_join(processes[i]);
		snprintf(word, sizeof(word), "%d", i);
		expect_line(processes[i], word);
	}
}

/* ---- deaths ---- */

/* Waits until the command has said its pid. */
static int64_t pid_of(struct pks_object *process)
{
	struct pks_object *log;
	uint64_t position = 0;
	struct pks_value entry = {0};
	char *text;
	int64_t pid;

	while (!(log = pks_process_output(process)))
		cr_assert_eq(pks_process_join(process, 10), PKS_TIMED_OUT);
	cr_assert_eq(pks_log_follow(log, &position, RUNTIME_PATIENCE_MS, &entry), 0);
	cr_assert_eq(pks_value_unpack(&entry, "{s:s}", "text", &text), 0);
	pid = atol(text);
	free(text);
	pks_value_clear(&entry);
	return pid;
}

Test(command, a_killed_worker_takes_its_command_along)
{
	struct pks_object *process = start(COMMAND("sh", "-c", "echo $$; exec sleep 1000"));
	int64_t pid = pid_of(process);
	struct pks_process_info info;

	cr_assert_eq(pks_process_info(process, &info), 0);
	cr_assert_neq(info.pid, pid);
	kill((pid_t)info.pid, SIGKILL);
	runtime_join(process);
	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
	runtime_await_death(pid);
}

Test(command, a_stopped_pool_leaves_no_command)
{
	struct pks_object *process = start(COMMAND("sh", "-c", "echo $$; (setsid sleep 1000 &) ; exec sleep 1000"));
	int64_t pid = pid_of(process);

	cr_assert_eq(pks_killall(runtime_store), 0);
	cr_assert_not(runtime_lives(pid));
	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed with the whole pool");
}

/* Started by who belongs to a command, they do not. */
Test(command, workers_do_not_take_over_whose_their_starter_is)
{
	static const enum pks_method methods[] = {PKS_METHOD_POOL, PKS_METHOD_DEDICATED, PKS_METHOD_SPAWN};
	int count = -1;

	setenv("PKSTORE_PROCESS", "another", 1);
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		struct pks_object *process = runtime_new("handlers:count_variables");

		cr_assert_eq(pks_process_set_method(process, methods[i]), 0);
		cr_assert_eq(pks_process_set_argsf(process, "[s]", "PKSTORE_PROCESS="), 0);
		cr_assert_eq(pks_process_start(process), 0, "%s", pks_error_message());
		runtime_join(process);
		cr_assert_eq(pks_process_resultf(process, "i", &count), 0);
		cr_assert_eq(count, 0, "by %s", pks_method_name(methods[i]));
	}
}

Test(command, without_a_name_it_is_none)
{
	cr_assert_null(pks_process_new_command(runtime_store, NULL, COMMAND("")));
	cr_assert_eq(pks_error_code(), PKS_ERR_USAGE);
	cr_assert_null(pks_process_new_command(runtime_store, NULL, NULL));
	cr_assert_eq(pks_error_code(), PKS_ERR_USAGE);
}

/* Written by somebody who has not read FORMAT.md. */
Test(command, a_list_of_anything_else_fails)
{
	struct pks_object *process = new_command(COMMAND("true"));

	cr_assert_eq(pks_attr_setf(process, "target", "[ii]", 1, 2), 0);
	cr_assert_eq(pks_process_start(process), 0);
	runtime_join(process);
	runtime_expect(process, PKS_FAILED, 1, "its command is not a list of texts");
}
