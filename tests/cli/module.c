/* SPDX-License-Identifier: MIT */
/* The handlers that the tests of `pkstore run` run. */
#include "lib/modules/go.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* Reads where nothing is; the compiler is not to know. */
static int fall_to(int *volatile where)
{
	return *where;
}

PKS_PROCESS(fall)
{
	pks_progress(self, "all is %s", "well");
	puts("last words\033");
	return fall_to((int *)16);
}

/* Returns its arguments, so that all of the way there and back is seen. */
PKS_PROCESS(echo)
{
	struct pks_value args = {0}, kwargs = {0};
	int r = pks_process_args(self, &args);

	if (r == 0)
		r = pks_process_kwargs(self, &kwargs);
	if (r == 0)
		r = pks_return(self, "{s:v, s:v}", "args", &args, "kwargs", &kwargs);
	pks_value_clear(&args);
	pks_value_clear(&kwargs);
	return r;
}

PKS_PROCESS(fail)
{
	return pks_fail(self, "no file %s", "\x1b[31mred");
}

PKS_PROCESS(exit_7)
{
	return 7;
}

PKS_PROCESS(killed)
{
	return raise(SIGKILL);
}

/* Runs a process of its own. */
PKS_PROCESS(bear)
{
	struct pks_object *child = pks_process_new(pks_object_store(self), "daughter", "nothing");
	int r = pks_process_start(child);

	return r == 0 ? pks_process_join(child, -1) : r;
}

PKS_PROCESS(nothing)
{
	return 0;
}

PKS_PROCESS(say_word)
{
	return pks_return(self, "s", getenv("PKSTORE_TEST_B"));
}

PKS_PROCESS(speak)
{
	return pks_syslog(pks_object_store(self), PKS_LEVEL_INFO, "called");
}

/* Runs until somebody sets its item "go". */
PKS_PROCESS(linger)
{
	return wait_for_go(self);
}

PKS_PROCESS(write_both)
{
	fputs("to stdout\tand \x1b[31mred\n", stdout);
	fputs("to stderr\n", stderr);
	return 0;
}

PKS_PROCESS(write_twice)
{
	puts("first");
	wait_for_go(self);
	puts("second");
	return 0;
}
