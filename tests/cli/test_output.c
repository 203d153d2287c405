/* SPDX-License-Identifier: MIT */
/* Where the output goes: full disks, closed pipes and descriptors, and more of it than fits a pipe. */
#include "lib/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

TestSuite(output, .init = tool_begin, .fini = tool_end);

static struct tool_result tool_into(const char *path, const char *const *arguments)
{
	return tool_run(&(struct tool_setting){.out_path = path}, arguments);
}

Test(output, a_full_disk_is_noticed)
{
	struct tool_result result;

	tool_says("", "set", "d", "k", "1");
	result = tool_into("/dev/full", TOOL_ARGUMENTS("get", "d", "k"));
	cr_assert(result.exit_code == 3, "exit code %d", result.exit_code);
	cr_assert(!strcmp(result.err, "pkstore: standard output: No space left on device\n"), "%s", result.err);
	tool_release(&result);
	result = tool_into("/dev/full", TOOL_ARGUMENTS("help"));
	cr_assert(result.exit_code == 3, "exit code %d", result.exit_code);
	tool_release(&result);
}

Test(output, a_closed_stdout_is_noticed_and_the_store_stays_whole)
{
	struct tool_result result;

	tool_says("", "set", "d", "k", "\"text\"");
	result = tool_into("", TOOL_ARGUMENTS("dump"));
	cr_assert(result.exit_code == 3, "exit code %d", result.exit_code);
	cr_assert(tool_begins(result.err, "pkstore: standard output: "), "%s", result.err);
	tool_release(&result);
	/* What prints nothing needs none. */
	result = tool_into("", TOOL_ARGUMENTS("set", "d", "k2", "2"));
	cr_assert(result.exit_code == 0, "%s", result.err);
	tool_release(&result);
	tool_says("{\"k\":\"text\",\"k2\":2}\n", "get", "d");
}

static void fill_log(unsigned entries)
{
	char *text = malloc(entries * 64 + 1), *at = text;
	struct tool_result result;

	for (unsigned i = 0; i < entries; i++)
		at += sprintf(at, "[%u,\"%040u\"]\n", i, i);
	result = tool_reading(text, "append", "log", "-");
	cr_assert(result.exit_code == 0, "%s", result.err);
	tool_release(&result);
	result = tool("get", "log");
	cr_assert(!strcmp(result.out, text), "what was appended is not what is there");
	tool_release(&result);
	free(text);
}

Test(output, a_closed_pipe_ends_a_long_output)
{
	struct tool_child child;
	char first[1];

	fill_log(50000);
	child = tool_start(TOOL_ARGUMENTS("get", "log"));
	cr_assert(fread(first, 1, 1, child.out) == 1 && *first == '[');
	cr_assert(tool_finish(&child, 0) == 0);
}

Test(output, a_closed_pipe_ends_it_quietly)
{
	static const char *const commands[] = {"get log", "dump", "dump -l log", "log log"};
	char shell[1000];

	fill_log(50000);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		/* Whatever it says, and an exit code of its own, go to a file that has to stay empty. */
		snprintf(shell, sizeof(shell),
		         "{ \"$PKSTORE_TOOL\" %s 2>%s || echo failed >>%s; } | head -c 1 >/dev/null; test ! -s %s",
		         commands[i], tool_path("said"), tool_path("said"), tool_path("said"));
		cr_expect(system(shell) == 0, "%s", commands[i]);
	}
}

Test(output, a_huge_output_arrives_whole)
{
	struct tool_result dumped;

	fill_log(200000);
	dumped = tool("dump", "-l", "log");
	cr_assert(dumped.exit_code == 0, "%s", dumped.err);
	cr_assert(dumped.out_size > 200000 * 48 && !strcmp(dumped.out + dumped.out_size - 3, "]}\n"));
	tool_release(&dumped);
}

Test(output, many_objects_are_listed_in_order)
{
	enum { OBJECTS = 3000 };
	char *text = malloc(OBJECTS * 64), *list = malloc(OBJECTS * 32), *at = text, *list_at = list;
	struct tool_result result;

	for (int i = 0; i < OBJECTS; i++) {
		at += sprintf(at, "{\"path\":\"n/%06d\",\"type\":\"dict\"}\n", i);
		list_at += sprintf(list_at, "n/%06d\n", i);
	}
	result = tool_reading(text, "load");
	cr_assert(!strcmp(result.out, "3000\n"), "%s", result.err);
	tool_release(&result);
	tool_says(list, "ls", "n");
	result = tool("ls", "-l", "n");
	for (int lines = 0, i = 0; result.out[i]; i++) {
		lines += result.out[i] == '\n';
		cr_assert(result.out[i + 1] || lines == OBJECTS + 1, "%d lines", lines);
	}
	tool_release(&result);
	tool_says("", "rm", "-r", "n");
	tool_says("", "ls", "-r");
	free(text);
	free(list);
}
