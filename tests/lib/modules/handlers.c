/* SPDX-License-Identifier: MIT */
/*
 * Handlers of the runtime's tests: how they end, and how they run on. They and those of handlers_*.c are in a shared
 * object; handlers_program.c holds them in a program.
 */
#include "go.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- ends ---- */

PKS_PROCESS(nothing)
{
	return 0;
}

PKS_PROCESS(echo)
{
	struct pks_value args = {0};
	int r = pks_process_args(self, &args);

	if (r == 0)
		r = pks_return_value(self, &args);
	pks_value_clear(&args);
	return r;
}

PKS_PROCESS(tell_pid)
{
	return pks_return(self, "I", (int64_t)getpid());
}

/* How its worker is: folder, a variable of the environment, priority, how many CPUs. */
PKS_PROCESS(tell_outfit)
{
	char cwd[4096];
	cpu_set_t cpus;

	sched_getaffinity(0, sizeof(cpus), &cpus);
	return pks_return(self, "[ssii]", getcwd(cwd, sizeof(cwd)), getenv("OUTFIT"), getpriority(PRIO_PROCESS, 0),
			  CPU_COUNT(&cpus));
}

PKS_PROCESS(fail_with_text)
{
	return pks_fail(self, "no file %s", "x");
}

PKS_PROCESS(fail_with_args)
{
	char *text = NULL;
	int r = pks_process_argsf(self, "[s]", &text);

	if (r == 0)
		r = pks_fail(self, "%s", text);
	free(text);
	return r;
}

PKS_PROCESS(fail_with_7)
{
	return 7;
}

PKS_PROCESS(fail_with_code)
{
	struct pks_object *missing = pks_dict_open(pks_object_store(self), "not/there//", PKS_MUST_EXIST);

	return missing ? 0 : pks_error_code();
}

PKS_PROCESS(exit_with_3)
{
	exit(3);
}

PKS_PROCESS(exit_with_0)
{
	exit(0);
}

PKS_PROCESS(call_abort)
{
	abort();
}

PKS_PROCESS(segfault)
{
	return raise(SIGSEGV);
}

PKS_PROCESS(kill_itself)
{
	return kill(getpid(), SIGKILL);
}

PKS_PROCESS(leave_transaction_open)
{
	pks_begin(pks_object_store(self));
	pks_begin(pks_object_store(self));
	return pks_dict_setf(self, "written", "b", 1);
}

PKS_PROCESS(leave_snapshot_open)
{
	return pks_snapshot_begin(pks_object_store(self));
}

PKS_PROCESS(block_sigterm)
{
	sigset_t all;

	sigfillset(&all);
	signal(SIGTERM, SIG_IGN);
	return sigprocmask(SIG_SETMASK, &all, NULL);
}

/* ---- running on ---- */

/* Says that it runs, and runs until somebody sets its item "go". */
PKS_PROCESS(hold)
{
	int r = pks_dict_setf(self, "here", "I", (int64_t)getpid());

	return r == 0 ? wait_for_go(self) : r;
}

/* Counts its runs in the Dict "runs", by its path. */
PKS_PROCESS(count)
{
	struct pks_object_info info;
	int r = pks_object_info(self, &info);

	return r == 0 ? pks_dict_add(pks_dict_object(self, "runs"), info.path, 1, NULL) : r;
}

/* Appends its name to the Log "log", once for each attempt. */
PKS_PROCESS(append)
{
	struct pks_object_info info;
	int r = pks_object_info(self, &info);

	return r == 0 ? pks_log_appendf(pks_dict_object(self, "log"), "s", info.path) : r;
}

PKS_PROCESS(append_and_hold)
{
	int r = append(self);

	return r == 0 ? hold(self) : r;
}

/* Tries to write until it is told that it may not; its last words are an exit code of its own. */
PKS_PROCESS(write_until_fenced)
{
	int r = pks_dict_setf(self, "here", "I", (int64_t)getpid());

	while (r == 0)
		r = pks_dict_add(pks_dict_object(self, "log"), "writes", 1, NULL);
	_exit(r == PKS_ERR_FENCED ? 42 : 43);
}

/* Keeps so many bytes of memory that its worker never gives back. */
PKS_PROCESS(leak)
{
	static char *volatile leaked;
	int size = 0, r = pks_process_argsf(self, "[i]", &size);

	leaked = r == 0 ? malloc((size_t)size) : NULL;
	if (leaked)
		memset(leaked, 1, (size_t)size);
	return r != 0 || !leaked ? 1 : pks_return(self, "I", (int64_t)getpid());
}
