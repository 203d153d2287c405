/* SPDX-License-Identifier: MIT */
/*
 * Handlers of shared objects by fork, in a program with one thread and the shared library. Exits with 0 if all is well.
 */
#include <pkstore/pkstore.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_MS 30000

static void check(bool well, const char *what, const char *target)
{
	if (well)
		return;
	fprintf(stderr, "%s: %s: %s\n", target, what, pks_error_message());
	exit(EXIT_FAILURE);
}

static struct pks_object *start(struct pks_store *store, const char *target)
{
	struct pks_object *process = pks_process_new(store, NULL, target);

	check(process, "new", target);
	check(pks_process_start(process) == 0, "start", target);
	return process;
}

static void expect_end(struct pks_object *process, const char *target, int exitcode)
{
	int is = 99;

	check(pks_process_join(process, PATIENCE_MS) == 0, "join", target);
	check(pks_process_exitcode(process, &is) == 0 && is == exitcode, "exitcode", target);
}

static void expect_each_end(struct pks_store *store)
{
	static const struct {
		const char *target;
		int exitcode;
	} ends[] = {{"handlers:nothing", 0},	     {"handlers:fail_with_7", 7},      {"handlers:exit_with_3", 3},
		    {"handlers:segfault", -SIGSEGV}, {"handlers:no_such_handler", 1}, {"no_such_module:handler", 1}};

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		struct pks_object *process = start(store, ends[i].target);

		expect_end(process, ends[i].target, ends[i].exitcode);
		check(pks_process_restart(process, PKS_RESTART_WAIT, PATIENCE_MS) == 0, "restart", ends[i].target);
		expect_end(process, ends[i].target, ends[i].exitcode);
	}
}

static int has_key(void *arg)
{
	return pks_dict_contains(arg, "here") == 0;
}

static void expect_terminated(struct pks_store *store)
{
	struct pks_object *process = start(store, "handlers:hold");

	check(pks_wait_until(&process, 1, has_key, process, PATIENCE_MS) == 0, "here", "handlers:hold");
	check(pks_process_terminate(process, PATIENCE_MS) == 0, "terminate", "handlers:hold");
	expect_end(process, "handlers:hold", -SIGTERM);
}

static int has_end(void *arg)
{
	return pks_dict_contains(arg, "end") == 0;
}

static void expect_kind_told(struct pks_store *store)
{
	struct pks_object *process = start(store, "kinds:worker");

	expect_end(process, "kinds:worker", 0);
	check(pks_wait_until(&process, 1, has_end, process, PATIENCE_MS) == 0, "on_exit", "kinds:worker");
}

int main(void)
{
	char folder[] = "/dev/shm/fork_shared-XXXXXX", path[sizeof(folder) + 8], command[sizeof(folder) + 16];
	struct pks_store *store;

	if (!mkdtemp(folder))
		return EXIT_FAILURE;
	snprintf(path, sizeof(path), "%s/store", folder);
	store = pks_store_open(path, NULL);
	check(store, "open", path);
	check(pks_method_set_default(PKS_METHOD_FORK) == 0, "method", path);
	expect_each_end(store);
	expect_terminated(store);
	expect_kind_told(store);
	check(pks_killall(store) == 0, "killall", path);
	pks_store_close(store);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
