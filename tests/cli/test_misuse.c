/* SPDX-License-Identifier: MIT */
/* What is called wrongly, what has no store, and what helps. */
#include "lib/tool.h"

#include <stdlib.h>
#include <unistd.h>

TestSuite(misuse, .init = tool_begin, .fini = tool_end);

static const char *const commands[] = {
	"done",      "init", "logger", "add",   "pipe",  "semaphore", "condition", "barrier", "attr",  "meta",
	"ls",        "stat", "get",    "set",   "del",   "clear",     "append",    "create",  "put",   "take",
	"peek",      "kick", "work",   "lock",  "event", "len",       "rm",        "mv",      "alter", "cp",
	"limit",     "dump", "load",   "watch", "check", "run",       "ps",        "join",    "start", "restart",
	"terminate", "kill", "clean",  "pool",  "log",   "handlers",  "help",      "version",
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

Test(misuse, every_command_tells_about_itself)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		struct tool_result behind = tool(commands[i], "--help"), before = tool("help", commands[i]);
		char usage[64];

		snprintf(usage, sizeof(usage), "usage: pkstore %s", commands[i]);
		cr_expect(behind.exit_code == 0 && tool_begins(behind.out, usage), "%s", commands[i]);
		cr_expect(!strcmp(behind.out, before.out), "%s", commands[i]);
		tool_release(&behind);
		tool_release(&before);
	}
}

/* It is refused, or the help tells what it does. */
static void expect_told(const char *command, const char *help, char letter)
{
	const char option[] = {'-', letter, '\0'}, told[] = {' ', '-', letter, ',', ' ', '-', '-', '\0'};
	struct tool_result result = tool(command, option, "--no-such");
	bool refused = strstr(result.err, ": there is no option '-") && !strstr(result.err, "'--no-such'");

	cr_expect(refused || strstr(help, told), "%s %s: %s", command, option, result.err);
	tool_release(&result);
}

Test(misuse, every_short_option_is_told_by_the_help)
{
	static const char *const with_options[] = {"create", "alter", "get", "put", "pipe", "run", "ps", "ls"};

	for (size_t i = 0; i < sizeof(with_options) / sizeof(*with_options); i++) {
		struct tool_result help = tool("help", with_options[i]);

		for (char letter = 'a'; letter <= 'z'; letter++)
			if (letter != 'h')
				expect_told(with_options[i], help.out, letter);
		for (char letter = 'A'; letter <= 'Z'; letter++)
			expect_told(with_options[i], help.out, letter);
		tool_release(&help);
	}
}

Test(misuse, help_lists_every_command)
{
	struct tool_result result = tool("help"), same = tool("--help");

	for (size_t i = 0; i < COMMANDS; i++) {
		char line[64];

		snprintf(line, sizeof(line), "\n  %-11s ", commands[i]);
		cr_expect(strstr(result.out, line), "%s", commands[i]);
	}
	cr_assert(!strcmp(result.out, same.out));
	tool_release(&result);
	tool_release(&same);
}

Test(misuse, the_version_is_told)
{
	struct tool_result result = tool("version"), same = tool("--version");

	cr_assert(tool_begins(result.out, "pkstore "), "%s", result.out);
	cr_assert(!strcmp(result.out, same.out));
	tool_release(&result);
	tool_release(&same);
}

Test(misuse, every_command_refuses_an_unknown_option_with_its_usage)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		struct tool_result result = tool(commands[i], "--no-such");
		char complaint[200];

		snprintf(complaint, sizeof(complaint), "pkstore: %s: there is no option '--no-such'\nusage: pkstore %s",
		         commands[i], commands[i]);
		cr_expect(result.exit_code == 2, "%s", commands[i]);
		cr_expect(tool_begins(result.err, complaint), "%s", result.err);
		tool_release(&result);
	}
	cr_assert(access(tool_path("store"), F_OK) != 0, "misuse made a store");
}

Test(misuse, too_few_and_too_many_arguments_are_refused)
{
	static const char *const few[] = {"get", "set", "del",  "append",    "len",  "rm",
	                                  "mv",  "run", "join", "terminate", "pool", "handlers"};

	for (size_t i = 0; i < sizeof(few) / sizeof(*few); i++) {
		struct tool_result result = tool(few[i]);

		cr_expect(result.exit_code == 2 && strstr(result.err, ": too few arguments\nusage: "), "%s", few[i]);
		tool_release(&result);
	}
	tool_refuses(2, "pkstore: get: too many arguments: c\nusage: pkstore get ", "get", "a", "b", "c");
	tool_refuses(2, "pkstore: len: too many arguments: b\n", "len", "a", "b");
	tool_refuses(2, "pkstore: get: too many arguments: -r; options stand before the first one\n", "get", "a", "b",
	             "-r");
	tool_refuses(2, "pkstore: append: too few arguments\n", "append", "a");
	tool_refuses(2, "pkstore: clean: too many arguments: a\n", "clean", "a");
}

Test(misuse, no_command_and_no_such_command)
{
	tool_refuses(2, "pkstore: no-such: there is no such command\nusage: pkstore [-s STORE] COMMAND", "no-such");
	tool_refuses(2, "pkstore: which command?\n", "-s", "x");
	tool_refuses(2, "pkstore: option '-s' needs a value\n", "-s");
	tool_refuses(2, "pkstore: there is no option '--x'\n", "--x");
	tool_refuses(2, "pkstore: no-such: there is no such command\n", "help", "no-such");
}

Test(misuse, values_of_options_are_checked)
{
	tool_refuses(2, "pkstore: ls: option '--type' needs a value\n", "ls", "--type");
	tool_refuses(2, "pkstore: ls: option '--json=x' takes no value\n", "ls", "--json=x");
	tool_refuses(2, "pkstore: soon: not a number of seconds\n", "join", "p", "--timeout", "soon");
	tool_refuses(2, "pkstore: -1: not a number of seconds\n", "join", "p", "--timeout=-1");
	tool_refuses(2, "pkstore: done: not a status: ", "ps", "--status", "failed,done");
	tool_refuses(2, "pkstore: clean: ", "clean", "--status", "running");
	tool_refuses(2, "pkstore: -3: not a number of lines\n", "log", "-n", "-3");
	tool_refuses(2, "pkstore: 1000: not a priority from -100 to 100\n", "run", "--priority", "1000", "m:h");
	tool_refuses(2, "pkstore: handler: not MODULE:HANDLER; a command stands behind --\n", "run", "handler");
	tool_refuses(2, "pkstore: 0: not a size from 1 to 1024\n", "pool", "size", "0");
	tool_refuses(2, "pkstore: pool: now: not start, stop, status, size, pause, resume, drain, set or remove\n",
	             "pool", "now");
	tool_refuses(2, "pkstore: pool: too many arguments: 3\n", "pool", "start", "3");
	tool_refuses(2, "pkstore: pool: set which setting to what?\n", "pool", "set", "nice");
	tool_refuses(2, "pkstore: pool: stop is for all of them; in one, pause ", "pool", "-p", "a", "stop");
	tool_refuses(2, "pkstore: pool: remove which?", "pool", "remove");
	cr_assert(access(tool_path("store"), F_OK) != 0, "misuse made a store");
}

Test(misuse, what_only_looks_makes_no_store)
{
	char complaint[200];

	snprintf(complaint, sizeof(complaint), "pkstore: %s: there is no store\n", tool_path("store"));
	tool_refuses(3, complaint, "ls");
	tool_refuses(3, complaint, "get", "a");
	tool_refuses(3, complaint, "len", "a");
	tool_refuses(3, complaint, "stat");
	tool_refuses(3, complaint, "dump");
	tool_refuses(3, complaint, "ps");
	tool_refuses(3, complaint, "log");
	tool_refuses(3, complaint, "log", "-f");
	tool_refuses(3, complaint, "del", "a", "b");
	tool_refuses(3, complaint, "rm", "a");
	tool_refuses(3, complaint, "mv", "a", "b");
	tool_refuses(3, complaint, "join", "a");
	tool_refuses(3, complaint, "terminate", "a");
	tool_refuses(3, complaint, "clean");
	tool_refuses(3, complaint, "pool", "status");
	tool_refuses(3, complaint, "pool", "stop");
	tool_refuses(3, complaint, "pool", "size");
	cr_assert(access(tool_path("store"), F_OK) != 0, "looking made a store");
}

Test(misuse, s_names_another_store)
{
	tool_says("", "-s", tool_path("other"), "set", "a", "k", "1");
	tool_says("a\n", "--store", tool_path("other"), "ls");
	cr_assert(access(tool_path("store"), F_OK) != 0);
}

Test(misuse, a_folder_that_is_no_store_is_left_alone)
{
	tool_refuses(3, "pkstore: /", "-s", "/usr", "ls");
	tool_refuses(3, "pkstore: /dev/null: a file, not the directory of a store\n", "-s", "/dev/null", "set", "a",
	             "k", "1");
}

Test(misuse, paths_that_cannot_be_make_no_store)
{
	tool_refuses(2, "pkstore: path 'a//b' ", "set", "a//b", "1");
	tool_refuses(2, "pkstore: path 'a//b' ", "add", "a//b", "1");
	tool_refuses(2, "pkstore: path 'a//b' ", "append", "a//b", "1");
	tool_refuses(2, "pkstore: path 'a//b' ", "put", "a//b", "1");
	tool_refuses(2, "pkstore: path 'a//b' ", "create", "dict", "a//b");
	tool_refuses(2, "pkstore: path 'a//b' ", "event", "set", "a//b");
	tool_refuses(2, "pkstore: path 'a//b' ", "lock", "a//b", "true");
	tool_refuses(2, "pkstore: path 'a//b' ", "pipe", "send", "a//b", "0", "1");
	tool_refuses(2, "pkstore: path 'a//b' ", "pipe", "hold", "a//b", "0", "true");
	tool_refuses(2, "pkstore: path 'a//b' ", "run", "-n", "a//b", "--", "true");
	cr_assert(access(tool_path("store"), F_OK) != 0, "misuse made a store");
}

Test(misuse, paths_that_cannot_be_are_misuse)
{
	tool_says("", "set", "a", "k", "1");
	tool_refuses(2, "pkstore: ", "set", "a//b", "k", "1");
	tool_refuses(2, "pkstore: ", "append", "/a", "1");
	tool_refuses(2, "pkstore: ", "get", "..", "k");
	tool_refuses(2, "pkstore: ", "ls", "a/./b");
	tool_refuses(2, "pkstore: ", "set", "a", "\xff\xfe", "1");
}

Test(misuse, foreign_text_in_a_complaint_is_escaped)
{
	tool_says("", "set", "a", "k", "1");
	tool_refuses(1, "pkstore: a: there is no key '\\x1b[31m\\nx'\n", "get", "a", "\x1b[31m\nx");
}
