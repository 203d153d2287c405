/* SPDX-License-Identifier: MIT */
/* Processes that are forked by who starts them, and run functions of its program. */
#include "by_method.h"

#include "lib/child.h"

#include <pthread.h>
#include <signal.h>

TestSuite(forked, .init = runtime_begin, .fini = runtime_end);

struct numbers {
	int a, b;
};

static int add(struct pks_object *self, void *arg)
{
	const struct numbers *numbers = arg;

	printf("adding\n");
	return pks_return(self, "i", numbers->a + numbers->b);
}

Test(forked, a_forked_one_runs_any_function_with_the_programs_memory)
{
	struct pks_object *process = pks_process_new_function(runtime_store, "sum", add);
	struct numbers numbers = {20, 22};
	int sum = 0;
	char *text;

	cr_assert(process, "%s", pks_error_message());
	cr_assert_eq(pks_process_fork(process, add, &numbers, PKS_FORK_WITH_THREADS), 0, "%s", pks_error_message());
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	cr_assert_eq(pks_process_resultf(process, "i", &sum), 0);
	cr_assert_eq(sum, 42);
	cr_assert_eq(pks_log_getf(pks_process_output(process), 0, "{s:s}", "text", &text), 0);
	cr_assert_str_eq(text, "adding");
	free(text);
}

static int use_parents(struct pks_object *self, void *arg)
{
	struct pks_object *parents = arg;

	if (pks_dict_setf(parents, "from", "s", "the child") != PKS_ERR_FORKED)
		return 2;
	return pks_dict_setf(self, "own", "b", 1) == 0 ? 0 : 3;
}

Test(forked, in_a_forked_one_the_parents_handles_are_refused)
{
	struct pks_object *process = pks_process_new_function(runtime_store, NULL, use_parents);
	struct pks_object *mine = pks_dict_open(runtime_store, "mine", PKS_OPEN_OR_CREATE);

	cr_assert_eq(pks_process_fork(process, use_parents, mine, PKS_FORK_WITH_THREADS), 0, "%s", pks_error_message());
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	cr_assert_eq(pks_dict_contains(process, "own"), 0);
	cr_assert_eq(pks_dict_contains(mine, "from"), PKS_NOT_FOUND);
	cr_assert_eq(pks_dict_setf(mine, "from", "s", "the parent"), 0, "the parent is unhurt");
}

/* The program's own handlers: it links what a module would load. */
PKS_PROCESS(succeed)
{
	(void)self;
	return 0;
}

PKS_PROCESS(return_7)
{
	(void)self;
	return 7;
}

PKS_PROCESS(exit_3)
{
	(void)self;
	exit(3);
}

PKS_PROCESS(die)
{
	(void)self;
	return raise(SIGSEGV);
}

PKS_PROCESS(leave_it_open)
{
	return pks_begin(pks_object_store(self));
}

/* In a process with one thread, which the test's own is not. */
static int fork_each(void *arg)
{
	static const struct {
		const char *target;
		int exitcode;
	} ends[] = {{"succeed", 0},	       {"return_7", 7},		 {"exit_3", 3}, {"die", -SIGSEGV},
		    {"no_module:handler", 1}, {"leave_it_open", 1}, {"succeed", 0}};
	struct pks_store *store = pks_store_open(pks_store_path(runtime_store), NULL);

	(void)arg;
	if (pks_method_set_default(PKS_METHOD_FORK) != 0)
		return 1;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		struct pks_object *process = pks_process_new(store, i ? NULL : "first",
							     ends[i].target);
		int exitcode = 99;

		if (pks_process_start(process) != 0 || pks_process_join(process, RUNTIME_PATIENCE_MS) != 0)
			return 2;
		if (pks_process_exitcode(process, &exitcode) != 0 || exitcode != ends[i].exitcode)
			return 10 + (int)i;
	}
	/* The last one has recorded its end, and ends by now; the calls reap it. */
	while (waitid(P_ALL, 0, &(siginfo_t){0}, WEXITED | WNOHANG | WNOWAIT) == 0)
		pks_process_status(pks_process_open(store, "first"), &(enum pks_status){0});
	pks_store_close(store);
	return 0;
}

Test(forked, every_end_of_a_forked_one_is_told_exactly)
{
	int code = child_wait(child_start(fork_each, NULL));

	cr_assert_eq(code, 0, "%d", code);
	runtime_expect_index_right();
}

static int die_by(struct pks_object *self, void *arg)
{
	(void)self;
	return kill(getpid(), *(int *)arg);
}

Test(forked, a_forked_function_that_dies_is_settled_by_a_later_call)
{
	struct pks_object *process = pks_process_new_function(runtime_store, NULL, die_by);
	int signal_number = SIGABRT;
	enum pks_status status = PKS_CREATED;

	cr_assert_eq(pks_process_fork(process, die_by, &signal_number, PKS_FORK_WITH_THREADS), 0);
	while (status != PKS_CRASHED)
		cr_assert_eq(pks_process_status(process, &status), 0);
	runtime_expect(process, PKS_CRASHED, -SIGABRT, "killed by SIGABRT");
	expect_no_children();
}

static int speak_and_die(struct pks_object *self, void *arg)
{
	(void)self;
	puts("last words");
	return kill(getpid(), *(int *)arg);
}

/* The program's own stdout may be a file or a pipe, which is not flushed at each line. */
Test(forked, the_last_words_and_the_usage_of_one_that_dies_are_told)
{
	struct pks_object *process = pks_process_new_function(runtime_store, NULL, speak_and_die), *output;
	int signal_number = SIGKILL;
	struct pks_value report = {0};
	int64_t resident = 0;
	double user;
	char *text;

	setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
	puts("the program's own words");
	cr_assert_eq(pks_process_fork(process, speak_and_die, &signal_number, PKS_FORK_WITH_THREADS), 0);
	runtime_join(process);
	output = pks_process_output(process);
	cr_assert(output && pks_log_getf(output, -1, "{s:s}", "text", &text) == 0, "%s", pks_error_message());
	cr_assert_str_eq(text, "last words");
	free(text);
	cr_assert_eq(pks_process_report(process, &report), 0, "%s", pks_error_message());
	cr_assert_eq(pks_value_unpack(&report, "{s:d, s:I}", "utime", &user, "maxrss", &resident), 0, "%s",
		     pks_error_message());
	cr_assert_gt(resident, 0);
	pks_value_clear(&report);
}

static void *wait_for_end(void *arg)
{
	char byte;

	return read(*(int *)arg, &byte, 1) < 0 ? arg : NULL;
}

Test(forked, other_threads_refuse_a_fork_unless_its_caller_insists)
{
	struct pks_object *process = pks_process_new_function(runtime_store, NULL, add);
	struct numbers numbers = {1, 2};
	pthread_t thread;
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(pthread_create(&thread, NULL, wait_for_end, &ends[0]), 0);
	cr_assert_eq(pks_process_fork(process, add, &numbers, 0), PKS_ERR_USAGE);
	cr_assert(strstr(pks_error_message(), " threads"), "%s", pks_error_message());
	cr_assert_eq(pks_process_fork(process, add, &numbers, PKS_FORK_WITH_THREADS), 0, "%s", pks_error_message());
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	close(ends[1]);
	pthread_join(thread, NULL);
	cr_assert_eq(pks_process_fork(process, add, &numbers, 4), PKS_ERR_STATE, "it was started");
}

static int hold_on(struct pks_object *self, void *arg)
{
	(void)arg;
	pks_dict_setf(self, "here", "I", (int64_t)getpid());
	while (pause() != 0)
		;
	return 0;
}

Test(forked, a_forked_one_ends_with_killall)
{
	struct pks_object *process = pks_process_new_function(runtime_store, NULL, hold_on);
	int64_t pid;

	cr_assert_eq(pks_process_fork(process, hold_on, NULL, PKS_FORK_WITH_THREADS), 0);
	pid = runtime_await(process, "here");
	cr_assert_eq(pks_killall(runtime_store), 0, "%s", pks_error_message());
	cr_assert_not(runtime_lives(pid));
	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed with the whole pool");
}
