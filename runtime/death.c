/* SPDX-License-Identifier: MIT */
#include "death.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* What ld.so(8) exits with when a library of a program is not found, or a symbol; a shell, when a program is not. */
#define EXIT_NOT_LOADED 127

static void by_signal(int number, char *text, struct record_end *end)
{
	const char *name = sigabbrev_np(number), *what = sigdescr_np(number);

	if (name && what)
		snprintf(text, DEATH_TEXT_SIZE, "killed by SIG%s (%s)", name, what);
	else
		snprintf(text, DEATH_TEXT_SIZE, "killed by signal %d", number);
	*end = (struct record_end){.event = EVENT_CRASH, .has_exitcode = true, .exitcode = -number, .error = text};
}

/* The program's whole main() has run by then; that it says nothing else is the least that can be said about it. */
static void not_entered(int code, const char *program, char *text, struct record_end *end)
{
	if (code == 0)
		snprintf(text, DEATH_TEXT_SIZE, "%.256s does not call pks_worker_main()", program);
	else if (code == EXIT_NOT_LOADED)
		snprintf(text, DEATH_TEXT_SIZE,
			 "%.256s exited with status %d before pks_worker_main(): see its output for a library that was "
			 "not found", program, code);
	else
		snprintf(text, DEATH_TEXT_SIZE, "%.256s does not call pks_worker_main(): it exited with status %d",
			 program, code);
	*end =
	    (struct record_end){.event = EVENT_FAIL, .has_exitcode = true, .exitcode = code ? code : 1, .error = text};
}

void death_end(int wait_status, bool entered, const char *program, char text[DEATH_TEXT_SIZE],
	       struct record_end *end_out)
{
	int code = WEXITSTATUS(wait_status);

	if (WIFSIGNALED(wait_status)) {
		by_signal(WTERMSIG(wait_status), text, end_out);
	} else if (!entered) {
		not_entered(code, program, text, end_out);
	} else if (code == 0) {
		*end_out = (struct record_end){.event = EVENT_SUCCEED, .has_exitcode = true};
	} else {
		snprintf(text, DEATH_TEXT_SIZE, "exited with status %d", code);
		*end_out =
		    (struct record_end){.event = EVENT_FAIL, .has_exitcode = true, .exitcode = code, .error = text};
	}
}

void death_unknown(struct record_end *end_out)
{
	*end_out = (struct record_end){.event = EVENT_CRASH, .error = "its worker died; nobody could learn how"};
}

void death_killed(struct record_end *end_out)
{
	*end_out = (struct record_end){
	    .event = EVENT_CRASH, .has_exitcode = true, .exitcode = -SIGKILL, .error = "killed with the whole pool"};
}
