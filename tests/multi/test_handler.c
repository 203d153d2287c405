/* SPDX-License-Identifier: MIT */
/* Handlers: where they are found, how they end, what they may do. */
#include "lib/runtime.h"
#include "lib/scratch.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(handler, .init = runtime_begin, .fini = runtime_end);

/* ---- ends ---- */

struct ending {
	const char *handler;
	enum pks_status status;
	int exitcode;
	const char *error;
};

static const struct ending endings[] = {
    {"nothing", PKS_FINISHED, 0, NULL},
    {"fail_with_text", PKS_FAILED, 1, "no file x"},
    {"fail_with_7", PKS_FAILED, 7, "its handler returned 7"},
    {"fail_with_code", PKS_FAILED, 1, "not a valid path: "},
    {"exit_with_3", PKS_FAILED, 3, "exited with status 3"},
    {"exit_with_0", PKS_FINISHED, 0, NULL},
    {"call_abort", PKS_CRASHED, -SIGABRT, "killed by SIGABRT (Aborted)"},
    {"segfault", PKS_CRASHED, -SIGSEGV, "killed by SIGSEGV (Segmentation fault)"},
    {"kill_itself", PKS_CRASHED, -SIGKILL, "killed by SIGKILL (Killed)"},
    {"leave_transaction_open", PKS_FAILED, 1, "its handler left a transaction open"},
    {"leave_snapshot_open", PKS_FAILED, 1, "its handler left a transaction open"},
};

#define ENDINGS (sizeof(endings) / sizeof(*endings))

static void expect_all_endings(const char *module)
{
	char target[64];

	for (size_t i = 0; i < ENDINGS; i++) {
		snprintf(target, sizeof(target), "%s:%s", module, endings[i].handler);
		runtime_expect(runtime_run(target), endings[i].status, endings[i].exitcode, endings[i].error);
		runtime_expect_well();
	}
}

Test(handler, in_a_shared_object_each_way_to_end_is_told)
{
	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	expect_all_endings("handlers");
}

Test(handler, in_a_program_each_way_to_end_is_told)
{
	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	expect_all_endings("handlers_program");
}

Test(handler, what_was_written_in_a_transaction_left_open_is_undone)
{
	struct pks_object *process = runtime_run("handlers:leave_transaction_open");

	cr_assert_eq(pks_dict_contains(process, "written"), PKS_NOT_FOUND);
}

Test(handler, signals_that_one_blocked_reach_the_next)
{
	struct pks_object *process;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	runtime_run("handlers:block_sigterm");
	process = runtime_start("handlers:hold");
	runtime_await(process, "here");
	pks_process_terminate(process, 0);
	runtime_join(process);
	runtime_expect(process, PKS_CRASHED, -SIGTERM, "killed by SIGTERM");
}

Test(handler, it_may_neither_stop_its_pool_nor_wait_for_itself)
{
	struct pks_object *process = runtime_run("handlers:misuse");
	int killall, join;

	cr_assert_eq(pks_process_resultf(process, "[ii]", &killall, &join), 0);
	cr_assert_eq(killall, PKS_ERR_USAGE);
	cr_assert_eq(join, PKS_ERR_USAGE);
	cr_assert_eq(pks_return(process, "i", 1), PKS_ERR_USAGE, "not inside a handler");
}

/* ---- where they are ---- */

static int64_t pid_of_run(const char *target)
{
	struct pks_object *process = runtime_run(target);
	int64_t pid;

	cr_assert_eq(pks_process_resultf(process, "I", &pid), 0, "%s", pks_error_message());
	return pid;
}

Test(handler, one_worker_goes_from_program_to_program_and_stays_itself)
{
	int64_t pid;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	pid = pid_of_run("handlers:tell_pid");
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(pid_of_run("handlers_program:tell_pid"), pid);
		cr_assert_eq(pid_of_run("handlers_program:tell_pid"), pid);
		cr_assert_eq(pid_of_run("handlers:tell_pid"), pid);
	}
}

/* "Within a second" is what is promised; the rest is for a machine that has other things to do as well. */
#define FAILED_WITHIN_NS UINT64_C(5000000000)

static void expect_failure(const char *target, const char *error)
{
	struct pks_object *process = runtime_run(target);
	struct pks_process_info info;
	char *text;

	runtime_expect(process, PKS_FAILED, 1, "");
	cr_assert_eq(pks_process_info(process, &info), 0);
	cr_assert_lt(info.ended_ns - info.submitted_ns, FAILED_WITHIN_NS);
	cr_assert_eq(pks_process_error(process, &text), 0);
	cr_assert(strstr(text, error), "%s", text);
	free(text);
}

Test(handler, what_cannot_be_found_or_run_fails_and_the_worker_lives)
{
	const char *dir = scratch_dir("handler_files");
	static const char *const names[] = {"text", "elf", "script"};
	static const char *const errors[] = {"neither a shared object nor an executable",
					     "not a module for this machine", "cannot execute"};
	char target[256];
	int64_t pid;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	pid = pid_of_run("handlers:tell_pid");
	mkdir(dir, 0700);
	scratch_write(scratch_path(dir, "text"), "hello", 5);
	scratch_write(scratch_path(dir, "elf"), "\177ELF", 4);
	scratch_write(scratch_path(dir, "script"), "#!/no/such/interpreter\n", 23);
	chmod(scratch_path(dir, "script"), 0700);
	expect_failure("no_such_module:x", "no_such_module: there is no such module: not found by who started it, nor in "
					   "the pool's $PKSTORE_MODULE_PATH (");
	expect_failure("/no/such/file.so:x", "/no/such/file.so: there is no such module");
	expect_failure("/proc:x", "not a regular file");
	expect_failure("handlers:no_such_handler", "it has no handler no_such_handler");
	expect_failure("handlers_program:no_such_handler", "it has no handler no_such_handler");
	for (size_t i = 0; i < 3; i++) {
		snprintf(target, sizeof(target), "%s:x", scratch_path(dir, names[i]));
		expect_failure(target, errors[i]);
	}
	cr_assert_eq(pid_of_run("handlers:tell_pid"), pid);
}

Test(handler, a_program_that_does_not_enter_fails_and_cannot_do_its_work_anew)
{
	expect_failure("silent_program:never", "silent_program does not call pks_worker_main()");
	runtime_expect_well();
}

static void copy_file(const char *from, const char *to)
{
	char command[9000];

	snprintf(command, sizeof(command), "cp '%s' '%s.new' && mv '%s.new' '%s'", from, to, to, to);
	cr_assert_eq(system(command), 0);
}

/* Each copy is another file, of which the first is loaded, or runs, while the second takes its place. */
static void expect_replaced(const char *module)
{
	const char *dir = scratch_dir(module), *path = scratch_path(dir, "module");
	char found[PKS_STORE_PATH_SIZE], target[PKS_STORE_PATH_SIZE + 32];

	mkdir(dir, 0700);
	cr_assert_eq(pks_module_find(module, found), 0);
	copy_file(found, path);
	snprintf(target, sizeof(target), "%s:nothing", path);
	runtime_expect(runtime_run(target), PKS_FINISHED, 0, NULL);
	copy_file(found, path);
	runtime_expect(runtime_run(target), PKS_FINISHED, 0, NULL);
	unlink(path);
	expect_failure(target, "there is no such module");
}

Test(handler, a_replaced_module_is_loaded_afresh)
{
	/* The copies stand elsewhere than the library, which the originals find beside them. */
	setenv("LD_LIBRARY_PATH", getenv("PKSTORE_LIBEXECDIR"), 1);
	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	expect_replaced("handlers");
	expect_replaced("handlers_program");
}

/* ---- the environment ---- */

static struct pks_object *run_with(const char *target, const char *word, bool own_environment)
{
	struct pks_object *process = runtime_new(target);
	struct pks_value env = {0};

	cr_assert_eq(pks_process_set_argsf(process, "[s]", word), 0);
	cr_assert_eq(pks_value_pack(&env, "{s:s}", "OWN_0", "set"), 0);
	if (own_environment)
		cr_assert_eq(pks_process_set_env(process, &env), 0);
	pks_value_clear(&env);
	cr_assert_eq(pks_process_start(process), 0);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	return process;
}

static int count_variables(const char *beginning, bool own_environment)
{
	int count;

	cr_assert_eq(pks_process_resultf(run_with("handlers:count_variables", beginning, own_environment), "i", &count),
		     0);
	return count;
}

/* What a handler sets is its worker's from then on, unless its process has an environment of its own. */
Test(handler, what_is_set_in_an_environment_of_its_own_goes_with_it)
{
	int64_t pid;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	pid = pid_of_run("handlers:tell_pid");
	for (int i = 0; i < 3; i++) {
		run_with("handlers:fill_environment", "WORKERS_", false);
		run_with("handlers:fill_environment", "OWN_", true);
		cr_assert_eq(count_variables("OWN_", false), 0);
		cr_assert_eq(count_variables("WORKERS_", false), 100);
		cr_assert_eq(count_variables("OWN_", true), 1);
		cr_assert_eq(count_variables("WORKERS_", true), 0);
	}
	cr_assert_eq(pid_of_run("handlers:tell_pid"), pid);
}

/* ---- modules ---- */

static int note_name(const char *name, void *arg)
{
	char *names = arg;

	strcat(strcat(names, name), " ");
	return 0;
}

Test(handler, a_modules_handlers_are_listed_in_order)
{
	char shared[2048] = "", program[2048] = "";

	cr_assert_eq(pks_module_handlers("handlers", note_name, shared), 0, "%s", pks_error_message());
	cr_assert_eq(pks_module_handlers("handlers_program", note_name, program), 0, "%s", pks_error_message());
	cr_assert_str_eq(shared, program);
	cr_assert_eq(strncmp(shared, "append append_and_hold block_sigterm ", 37), 0, "%s", shared);
	cr_assert_eq(pks_module_handlers("no_such_module", note_name, shared), PKS_ERR_MODULE);
	cr_assert_eq(pks_module_handlers("silent_program", note_name, shared), PKS_ERR_MODULE);
	cr_assert_eq(pks_module_handlers("/bin/true", note_name, shared), PKS_ERR_MODULE);
}

Test(handler, a_module_is_found_by_path_or_name)
{
	char path[PKS_STORE_PATH_SIZE] = "untouched";

	cr_assert_eq(pks_module_find("no_such_module", path), PKS_ERR_MODULE);
	cr_assert_eq(pks_module_find("./no/such", path), PKS_ERR_MODULE);
	cr_assert_eq(pks_module_find("/bin", path), PKS_ERR_MODULE);
	cr_assert_str_eq(path, "untouched");
	cr_assert_eq(pks_module_find("handlers", path), 0);
	cr_assert(path[0] == '/' && strstr(path, "/handlers.so"), "%s", path);
	cr_assert_eq(pks_module_find("/bin/true", path), 0);
	cr_assert_str_eq(path, "/bin/true");
	cr_assert_eq(chdir("/bin"), 0);
	cr_assert_eq(pks_module_find("./true", path), 0);
	cr_assert_eq(path[0], '/');
	setenv("PKSTORE_MODULE_PATH", "", 1);
	cr_assert_eq(pks_module_find("handlers", path), PKS_ERR_MODULE);
	cr_assert(strstr(pks_error_message(), "PKSTORE_MODULE_PATH"));
}

/* ---- waiting for each other ---- */

Test(handler, a_recursion_deeper_than_the_pool_finishes)
{
	struct pks_object *process = runtime_new("handlers:recurse");
	int depth;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	pks_process_set_argsf(process, "[is]", 10, NULL);
	cr_assert_eq(pks_process_start(process), 0);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	cr_assert_eq(pks_process_resultf(process, "i", &depth), 0);
	cr_assert_eq(depth, 10);
}
