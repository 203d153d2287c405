/* SPDX-License-Identifier: MIT */
/* run, ps, join, terminate, clean, pool, handlers: processes at the command line. */
#include "lib/tool.h"

#include <stdlib.h>
#include <unistd.h>

TestSuite(process, .init = tool_begin, .fini = tool_end);

/* MODULE:HANDLER of the tests' own module. */
static const char *target(const char *handler)
{
	static char text[4096];
	const char *module = getenv("PKSTORE_CLI_MODULE");

	cr_assert(module, "$PKSTORE_CLI_MODULE is not set");
	snprintf(text, sizeof(text), "%s:%s", module, handler);
	return text;
}

/* `linger` tells nobody that it runs, so its status is asked for until it does. */
static void await_running(const char *path)
{
	for (;;) {
		struct tool_result result = tool("ps", "--status", "running", "--json", path);
		int exit_code = result.exit_code;

		tool_release(&result);
		if (exit_code == 0)
			return;
		cr_assert(exit_code == 1);
	}
}

/* ---- run ---- */

Test(process, run_prints_what_the_handler_returned)
{
	tool_says("{\"args\":[],\"kwargs\":{}}\n", "run", target("echo"));
	tool_says("{\"args\":[1,\"two\",[3],-4],\"kwargs\":{}}\n", "run", target("echo"), "1", "\"two\"", "[3]", "-4");
	tool_says("{\"args\":[1],\"kwargs\":{\"a\":2}}\n", "run", "--kwargs", "{\"a\": 2}", target("echo"), "1");
}

Test(process, run_prints_nothing_when_nothing_was_returned)
{
	struct tool_result result = tool("run", target("nothing"));

	cr_assert(result.exit_code == 0, "%s", result.err);
	cr_assert(!*result.out || !strcmp(result.out, "null\n"), "%s", result.out);
	tool_release(&result);
}

Test(process, run_exits_as_the_process_did)
{
	tool_refuses(1, "pkstore: p/1: failed: no file \\x1b[31mred\n", "run", "--name", "p/1", target("fail"));
	tool_refuses(7, "pkstore: p/2: failed", "run", "--name", "p/2", target("exit_7"));
	tool_refuses(128 + SIGKILL, "pkstore: p/3: crashed", "run", "--name", "p/3", target("killed"));
}

Test(process, a_missing_module_or_handler_fails_the_process)
{
	struct tool_result result = tool("run", "/no/such/module.so:handler");

	cr_assert(result.exit_code == 1, "exit code %d", result.exit_code);
	cr_assert(strstr(result.err, "/no/such/module.so"), "%s", result.err);
	tool_release(&result);
	result = tool("run", target("no_such"));
	cr_assert(result.exit_code == 1, "exit code %d", result.exit_code);
	cr_assert(strstr(result.err, "no_such"), "%s", result.err);
	tool_release(&result);
}

Test(process, a_name_that_is_taken_is_a_no)
{
	tool_says("", "set", "taken", "k", "1");
	tool_refuses(1, "pkstore: taken: there already is one\n", "run", "--name", "taken", target("echo"));
}

Test(process, wrong_arguments_make_no_process)
{
	tool_refuses(2, "pkstore: nonsense: ", "run", target("echo"), "nonsense");
	tool_refuses(2, "pkstore: [1]: not a JSON object\n", "run", "--kwargs", "[1]", target("echo"));
	tool_refuses(2, "pkstore: ", "run", "--name", "a//b", target("echo"));
	struct tool_result result = tool("ps", "--json");
	cr_assert(!*result.out, "%s", result.out);
	tool_release(&result);
}

/* ---- no-wait, join, terminate ---- */

Test(process, no_wait_prints_the_name_and_join_waits)
{
	tool_says("p\n", "run", "--no-wait", "--name", "p", target("linger"));
	tool_refuses(1, "pkstore: p: timed out\n", "join", "p", "--timeout", "0.01");
	tool_says("", "set", "p", "go", "true");
	tool_says("finished\n", "join", "p");
	tool_says("finished\n", "join", "--timeout", "0", "p");
	tool_refuses(1, "pkstore: q: ", "join", "q");
	tool_says("", "set", "d", "k", "1");
	tool_refuses(2, "pkstore: d: ", "join", "d");
}

Test(process, an_anonymous_process_gets_a_name)
{
	struct tool_result result = tool("run", "-w", target("echo"));

	cr_assert(tool_begins(result.out, "process-"), "%s", result.out);
	result.out[strcspn(result.out, "\n")] = '\0';
	tool_says("finished\n", "join", result.out);
	tool_release(&result);
}

Test(process, a_running_process_is_terminated)
{
	tool_says("p\n", "run", "-w", "-n", "p", target("linger"));
	await_running("p");
	tool_says("", "terminate", "p");
	tool_says("crashed\n", "join", "p");
	tool_says("", "terminate", "p"); /* one that has ended stays as it is */
	tool_refuses(1, "pkstore: q: ", "terminate", "q");
}

Test(process, a_running_process_is_not_removed)
{
	tool_says("n/p\n", "run", "-w", "-n", "n/p", target("linger"));
	tool_says("", "set", "n/a", "k", "1");
	tool_says("", "set", "n/z", "k", "1");
	tool_refuses(1, "pkstore: n/p: ", "rm", "n/p");
	tool_refuses(1, "pkstore: n/p: ", "rm", "-r", "n");
	tool_says("n/p\n", "ls", "-r", "n");
	tool_says("", "set", "n/p", "go", "1");
	tool_says("finished\n", "join", "n/p");
	tool_says("", "rm", "-r", "n");
	tool_says("", "ls", "-r");
}

/* ---- ps, clean ---- */

Test(process, ps_is_a_table_of_processes)
{
	struct tool_result result;

	tool_says("{\"args\":[\"hello\"],\"kwargs\":{}}\n", "run", "-n", "example/first", target("echo"), "\"hello\"");
	tool_refuses(1, "pkstore: ", "run", "-n", "second", target("fail"));
	result = tool("ps");
	cr_assert(tool_begins(result.out, "NAME           STATUS    EXIT  PID  ATTEMPT  STARTED              "), "%s",
	          result.out);
	cr_assert(strstr(result.out, "\nexample/first  finished     0    -        1  20"), "%s", result.out);
	cr_assert(strstr(result.out, ":echo  {\"args\":[\"hello\"],\"kwargs\":{}}\n"), "%s", result.out);
	cr_assert(strstr(result.out, "\nsecond         failed       1    -        1  20"), "%s", result.out);
	cr_assert(strstr(result.out, "no file \\x1b[31mred\n"), "%s", result.out);
	tool_release(&result);
}

Test(process, ps_cuts_what_is_long_unless_it_is_to_be_wide)
{
	static const char command[] = "echo 01234567890123456789012345678901234567890123456789 >&2; exit 3";
	char whole[200], cut[200];
	struct tool_result result = tool("run", "-n", "p", "--", "sh", "-c", command);

	tool_release(&result);
	snprintf(whole, sizeof(whole), "sh -c %s", command);
	snprintf(cut, sizeof(cut), "  %.40s...  ", whole);
	result = tool("ps");
	cr_expect(strstr(result.out, cut), "%s", result.out);
	cr_expect(!strstr(result.out, whole), "%s", result.out);
	tool_release(&result);
	result = tool("ps", "-w");
	cr_expect(strstr(result.out, whole), "%s", result.out);
	tool_release(&result);
	result = tool("ps", "p");
	snprintf(whole, sizeof(whole), "\ntarget        sh -c %s\n", command);
	cr_expect(strstr(result.out, cut) && strstr(result.out, whole), "%s", result.out);
	tool_release(&result);
}

static unsigned count_lines(const char *const *arguments)
{
	struct tool_result result = tool_run(NULL, arguments);
	unsigned lines = 0;

	for (const char *at = result.out; *at; at++)
		lines += *at == '\n';
	tool_release(&result);
	return lines;
}

Test(process, ps_shows_what_was_asked_for)
{
	tool_says("{\"args\":[],\"kwargs\":{}}\n", "run", "-n", "example/a", target("echo"));
	tool_says("{\"args\":[],\"kwargs\":{}}\n", "run", "-n", "examples", target("echo"));
	tool_refuses(1, "pkstore: ", "run", "-n", "example/b", target("fail"));
	cr_expect(count_lines(TOOL_ARGUMENTS("ps")) == 4);
	cr_expect(count_lines(TOOL_ARGUMENTS("ps", "--json")) == 3);
	cr_expect(count_lines(TOOL_ARGUMENTS("ps", "--json", "example")) == 2);
	cr_expect(count_lines(TOOL_ARGUMENTS("ps", "--json", "example/a")) == 1);
	cr_expect(count_lines(TOOL_ARGUMENTS("ps", "--json", "--status", "failed,crashed")) == 1);
	cr_expect(count_lines(TOOL_ARGUMENTS("ps", "--json", "--status", "created")) == 0);
	tool_refuses(1, "pkstore: exam: there is no such process\n", "ps", "exam");
}

Test(process, clean_removes_what_has_ended)
{
	tool_says("{\"args\":[],\"kwargs\":{}}\n", "run", target("echo"));
	tool_refuses(1, "pkstore: ", "run", target("fail"));
	tool_says("p\n", "run", "-w", "-n", "p", target("linger"));
	tool_says("1\n", "clean", "--status", "failed,crashed");
	tool_says("1\n", "clean");
	tool_says("0\n", "clean");
	tool_says("p\n", "ls", "-r", "--type", "process");
}

Test(process, why_one_died_is_told_of_it_alone)
{
	struct tool_result result = tool("run", "-n", "dead/a", target("fall"));

	cr_assert_eq(result.exit_code, 128 + SIGSEGV);
	tool_release(&result);
	result = tool("ps", "dead/a");
	cr_assert(strstr(result.out, "\n\nprogress      all is well ("), "%s", result.out);
	cr_assert(strstr(result.out, "\n\nsignal        SIGSEGV (11) at address 0x10"), "%s", result.out);
	cr_assert(strstr(result.out, "\nprocessor     0."), "%s", result.out);
	cr_assert(strstr(result.out, "\nbacktrace\n  "), "%s", result.out);
	cr_assert(strstr(result.out, "\noutput\n  last words\\x1b\n"), "%s", result.out);
	tool_release(&result);
	result = tool("ps", "dead");
	cr_assert_null(strstr(result.out, "backtrace"), "%s", result.out);
	tool_release(&result);
	result = tool("ps", "--json", "dead/a");
	cr_assert(strstr(result.out, "\"report\":{\"signal\":11,\"signal_name\":\"SIGSEGV\""), "%s", result.out);
	tool_release(&result);
}

Test(process, why_earlier_attempts_died_is_told_too)
{
	struct tool_result result = tool("run", "-n", "dead", target("fall"));
	const char *earlier;

	tool_release(&result);
	tool_says("", "restart", "dead");
	tool_says("crashed\n", "join", "dead");
	result = tool("ps", "dead");
	earlier = strstr(result.out, "\nattempt       1\nprogress      all is well (");
	cr_assert(earlier && strstr(earlier, "\nsignal        SIGSEGV (11) at address 0x10"), "%s", result.out);
	cr_assert(strstr(earlier, "\nbacktrace\n  ") && strstr(earlier, "\noutput\n  last words\\x1b\n"), "%s",
	          earlier);
	cr_assert_null(strstr(earlier, "last words\\x1b\n  last words"), "%s", earlier);
	tool_release(&result);
}

/* ---- pool ---- */

Test(process, the_pool_is_started_resized_and_stopped)
{
	struct tool_result result;

	tool_says("", "pool", "size", "2");
	tool_says("2\n", "pool", "size");
	result = tool("pool", "status");
	cr_assert(tool_begins(result.out, "pool          default\nstate         down\n"), "%s", result.out);
	tool_release(&result);
	tool_says("", "pool", "start");
	result = tool("pool", "status");
	cr_assert(tool_begins(result.out, "pool          default\nstate         up\nsupervisor    pid "), "%s",
	          result.out);
	cr_assert(strstr(result.out, " of 2\nrunning       0\nsubmitted     0\n"), "%s", result.out);
	tool_release(&result);
	tool_says("", "pool", "stop");
	result = tool("pool", "status", "--json");
	cr_assert(tool_begins(result.out, "{\"pool\":\"default\",\"up\":false,\"paused\":false,"
	                                  "\"supervisor_pid\":null,\"size\":2,\"workers\":0,"),
	          "%s", result.out);
	tool_release(&result);
	tool_says("", "pool", "stop");
}

Test(process, a_pool_of_its_own_is_named_paused_drained_and_removed)
{
	struct tool_result result;

	tool_says("", "pool", "--pool", "mail", "size", "1");
	tool_refuses(1, "pkstore: post: there is no such pool\n", "pool", "--pool", "post", "size");
	/* The one that everybody may set, however nice he is himself. */
	tool_says("", "pool", "--pool", "mail", "set", "nice", "19");
	tool_says("m\n", "run", "-w", "-n", "m", "--pool", "mail", target("linger"));
	await_running("m");
	result = tool("pool", "status", "-p", "mail");
	cr_assert(strstr(result.out, "running       1\nsubmitted     0\nnice          19\n"), "%s", result.out);
	cr_assert(strstr(result.out, "  m\n"), "%s", result.out);
	tool_release(&result);
	result = tool("pool", "status", "--json", "-p", "mail");
	cr_assert(strstr(result.out, "\"settings\":{\"nice\":19},\"table\":[{\"slot\":0,\"pid\":"), "%s", result.out);
	cr_assert(strstr(result.out, "\"process\":\"m\",\"since\":{"), "%s", result.out);
	tool_release(&result);
	tool_refuses(1, "pkstore: mail: something still runs in it\n", "pool", "-p", "mail", "drain", "-t", "0");
	tool_refuses(1, "pkstore: pool mail: there is something", "pool", "-p", "mail", "remove");
	tool_says("", "terminate", "m");
	tool_says("", "pool", "-p", "mail", "drain");
	result = tool("pool", "status");
	cr_assert(strstr(result.out, "\n\npool          mail\nstate         up, paused\n"), "%s", result.out);
	tool_release(&result);
	tool_says("", "pool", "-p", "mail", "resume");
	tool_says("", "pool", "-p", "mail", "remove");
	tool_refuses(1, "pkstore: mail: there is no such pool\n", "pool", "-p", "mail", "status");
}

Test(process, the_default_pools_status_tells_forkservers)
{
	struct tool_result result;

	tool_says("p\n", "run", "-w", "-n", "p", "--method", "forkserver", target("linger"));
	await_running("p");
	result = tool("pool", "status");
	cr_assert(strstr(result.out, "\nFORKSERVER  STARTED "), "%s", result.out);
	cr_assert(strstr(result.out, "/libcli_module.so\n"), "%s", result.out);
	tool_release(&result);
	result = tool("pool", "status", "--json");
	cr_assert(strstr(result.out, "\"forkservers\":[{\"pid\":"), "%s", result.out);
	tool_release(&result);
	tool_says("", "terminate", "p");
}

Test(process, the_default_pools_status_tells_what_runs_in_a_worker_of_its_own)
{
	struct tool_result result;

	tool_says("in/pool\n", "run", "-w", "-n", "in/pool", target("linger"));
	tool_says("alone\n", "run", "-w", "-n", "alone", "--method", "dedicated", target("linger"));
	await_running("in/pool");
	await_running("alone");
	tool_says("", "pool", "--pool", "other", "size", "1");
	result = tool("pool", "status");
	cr_assert(strstr(result.out, "\nMETHOD "), "%s", result.out);
	cr_assert(strstr(result.out, "\ndedicated "), "%s", result.out);
	tool_release(&result);
	result = tool("pool", "status", "--json");
	cr_assert(strstr(result.out, "\"alone\":[{\"method\":\"dedicated\",\"pid\":"), "%s", result.out);
	cr_assert(strstr(result.out, "\"process\":\"alone\",\"since\":"), "%s", result.out);
	tool_release(&result);
	tool_says("", "terminate", "in/pool", "alone");
}

Test(process, what_runs_when_the_pool_stops_is_crashed)
{
	struct tool_result result;

	tool_says("p\n", "run", "-w", "-n", "p", target("linger"));
	await_running("p");
	tool_says("", "pool", "stop");
	result = tool("ps", "--json", "p");
	cr_assert(strstr(result.out, "\"status\":\"crashed\",\"exitcode\":-9,"), "%s", result.out);
	tool_release(&result);
}

/* ---- handlers, the log, dump ---- */

Test(process, help_tells_what_surrounds_a_handler)
{
	struct tool_result result = tool("help", "run");

	cr_assert(strstr(result.out, "working folder / and in the environment of whoever started the pool"), "%s",
	          result.out);
	cr_assert(strstr(result.out, "stdout and stderr is kept with the process"), "%s", result.out);
	cr_assert(strstr(result.out, "The caller looks for the module first"), "%s", result.out);
	tool_release(&result);
	result = tool("help", "load");
	cr_assert(strstr(result.out, "must be in the same input, or in the store"), "%s", result.out);
	tool_release(&result);
}

Test(process, the_handlers_of_a_module_are_listed)
{
	tool_says("bear\necho\nexit_7\nfail\nfall\nkilled\nlinger\nnothing\nsay_word\nspeak\nwrite_both\nwrite_twice\n",
	          "handlers", getenv("PKSTORE_CLI_MODULE"));
	tool_refuses(3, "pkstore: ", "handlers", "/no/such/module.so");
}

Test(process, what_a_handler_says_is_in_the_log)
{
	struct tool_result result = tool("run", "-n", "example/speaker", target("speak"));

	cr_assert(result.exit_code == 0, "%s", result.err);
	tool_release(&result);
	result = tool("log");
	cr_assert(strstr(result.out, " INFO example/speaker["), "%s", result.out);
	cr_assert(strstr(result.out, "]: called\n"), "%s", result.out);
	tool_release(&result);
}

Test(process, a_dump_shows_the_state_of_a_process)
{
	struct tool_result result;

	tool_refuses(7, "pkstore: ", "run", "-n", "p", target("exit_7"), "1");
	tool_says("", "set", "p", "mine", "1");
	result = tool("dump", "-l", "p");
	cr_assert(strstr(result.out, "\"process\":{\"status\":\"failed\",\"exitcode\":7,\"pid\":null,\"attempt\":1,"),
	          "%s", result.out);
	cr_assert(strstr(result.out, "\"args\":[1],"), "%s", result.out);
	cr_assert(strstr(result.out, "\"items\":{\"mine\":1}}\n"), "%s", result.out);
	tool_release(&result);
}

Test(process, a_dumped_process_loads_as_one_that_can_be_started)
{
	struct tool_result dumped, loaded;

	tool_refuses(7, "pkstore: ", "run", "-p", "5", "-n", "p", "--kwargs", "{\"a\": 1}", target("exit_7"), "1");
	tool_says("", "set", "p", "mine", "1");
	dumped = tool("dump");
	loaded = tool_reading(dumped.out, "-s", tool_path("copy"), "load");
	cr_assert(loaded.exit_code == 0, "%s", loaded.err);
	cr_assert(!strcmp(loaded.out, "1\n"), "%s", loaded.out);
	cr_assert(!strcmp(loaded.err, "pkstore: processes that had been started and are created here: 1\n"), "%s",
	          loaded.err);
	tool_release(&dumped);
	tool_release(&loaded);
	dumped = tool("-s", tool_path("copy"), "dump", "-l", "p");
	cr_assert(strstr(dumped.out, "\"process\":{\"status\":\"created\",\"exitcode\":null,"), "%s", dumped.out);
	cr_assert(strstr(dumped.out, "\"args\":[1],"), "%s", dumped.out);
	cr_assert(strstr(dumped.out, "\"kwargs\":{\"a\":1},"), "%s", dumped.out);
	cr_assert(strstr(dumped.out, "\"state\":[1,0,5,"), "%s", dumped.out);
	cr_assert(strstr(dumped.out, "\"items\":{\"mine\":1}}\n"), "%s", dumped.out);
	tool_release(&dumped);
}
