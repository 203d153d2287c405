/* SPDX-License-Identifier: MIT */
/* Pipes in a shell: messages, ends that are open as long as a program runs, and the end of it all. */
#include "lib/tool.h"

#include <stdlib.h>
#include <unistd.h>

TestSuite(pipe, .init = tool_begin, .fini = tool_end);

static void expect_line(struct tool_child *child, const char *line)
{
	const char *got = tool_next_line(child);

	cr_assert(got && !strcmp(got, line), "%s", got ? got : "nothing");
}

static void expect(const char *expected, struct tool_result result)
{
	cr_expect(result.exit_code == 0, "%s", result.err);
	cr_expect(strstr(result.out, expected), "it says: %s", result.out);
	tool_release(&result);
}

/* Neither of its ends was: then it would be closed by now. */
static void never_opened(const char *path)
{
	struct tool_result result = tool("stat", path);

	cr_expect(result.exit_code == 0 && !strstr(result.out, "closed"), "it says: %s", result.out);
	tool_release(&result);
}

Test(pipe, what_is_sent_at_one_end_is_received_at_the_other)
{
	tool_says("", "pipe", "send", "p", "1", "{\"a\": 1}", "\"two\"", "-3");
	tool_says("{\"a\":1}\n", "pipe", "peek", "p", "0");
	tool_says("{\"a\":1}\n", "pipe", "recv", "p", "0");
	tool_says("two", "pipe", "-r", "recv", "p", "0");
	tool_says("-3\n", "pipe", "recv", "p", "0");
	tool_refuses(1, "pkstore: p: the other end is closed\n", "pipe", "recv", "p", "0");
	tool_refuses(1, "pkstore: p: nothing is to be read at end 0\n", "pipe", "peek", "p", "0");
}

Test(pipe, all_or_n_messages_are_received)
{
	struct tool_result result;

	tool_says("", "pipe", "send", "p", "1", "1", "2", "3", "4");
	tool_says("1\n2\n", "pipe", "-n", "2", "recv", "p", "0");
	tool_says("3\n4\n", "pipe", "--all", "recv", "p", "0");
	tool_says("", "pipe", "--all", "recv", "p", "0");
	/* Both ends were open: sending needs somebody who is there. */
	tool_refuses(1, "pkstore: p: the other end is closed\n", "pipe", "send", "p", "1", "5");
	tool_says("", "pipe", "send", "q", "1", "5");
	result = tool("pipe", "-n", "2", "recv", "q", "0");
	cr_expect(result.exit_code == 1 && !strcmp(result.out, "5\n"), "%s", result.err);
	tool_release(&result);
}

Test(pipe, a_reader_waits_and_sees_the_end_of_file)
{
	struct tool_child reader, writer;

	tool_says("", "create", "pipe", "p");
	reader = tool_start(TOOL_ARGUMENTS("pipe", "-a", "recv", "p", "0"));
	writer = tool_start(TOOL_ARGUMENTS("pipe", "send", "p", "1", "-"));
	fprintf(writer.in, "1\n\n2\n");
	fflush(writer.in);
	expect_line(&reader, "1");
	expect_line(&reader, "2");
	fprintf(writer.in, "3\n");
	cr_expect(tool_finish(&writer, 0) == 0);
	expect_line(&reader, "3");
	cr_expect(tool_next_line(&reader) == NULL);
	cr_expect(tool_finish(&reader, 0) == 0);
}

Test(pipe, input_that_is_wrong_from_its_first_line_on_makes_no_pipe)
{
	struct tool_result result = tool_reading("{\n1\n", "pipe", "send", "p", "1", "-");

	cr_expect(result.exit_code == 2, "%d: %s", result.exit_code, result.err);
	tool_release(&result);
	cr_assert(access(tool_path("store"), F_OK) != 0, "it made a store");
}

Test(pipe, input_without_a_line_opens_and_closes_the_end)
{
	struct tool_result result = tool_reading("\n", "pipe", "send", "p", "1", "-");

	cr_expect(result.exit_code == 0, "%d: %s", result.exit_code, result.err);
	tool_release(&result);
	tool_says("", "pipe", "-a", "recv", "p", "0");
}

Test(pipe, a_killed_writer_is_the_end_of_file_too)
{
	struct tool_child reader, writer;

	tool_says("", "create", "pipe", "p");
	reader = tool_start(TOOL_ARGUMENTS("pipe", "-a", "recv", "p", "0"));
	writer = tool_start(TOOL_ARGUMENTS("pipe", "send", "p", "1", "-"));
	fprintf(writer.in, "1\n");
	fflush(writer.in);
	expect_line(&reader, "1");
	/* Before it sees the end of its own input. */
	kill(writer.pid, SIGKILL);
	cr_expect(tool_finish(&writer, 0) == -SIGKILL);
	cr_expect(tool_next_line(&reader) == NULL);
	cr_expect(tool_finish(&reader, 0) == 0);
}

Test(pipe, an_end_is_held_while_a_command_runs)
{
	struct tool_child holder = tool_start(TOOL_ARGUMENTS("pipe", "hold", "p", "1", "--", "cat"));

	fprintf(holder.in, "held\n");
	fflush(holder.in);
	expect_line(&holder, "held");
	tool_says("", "pipe", "send", "p", "1", "1");
	tool_says("", "pipe", "send", "p", "1", "2");
	tool_says("1\n2\n", "pipe", "-n", "2", "recv", "p", "0");
	tool_refuses(1, "pkstore: p: timed out\n", "pipe", "-t", "0", "recv", "p", "0");
	tool_refuses(1, "", "pipe", "-t", "0", "poll", "p", "0");
	expect("\"open\":true", tool("get", "p"));
	cr_expect(tool_finish(&holder, 0) == 0);
	tool_says("", "pipe", "-t", "0", "poll", "p", "0");
	tool_refuses(1, "pkstore: p: the other end is closed\n", "pipe", "-t", "0", "recv", "p", "0");
	tool_refuses(7, "", "pipe", "hold", "p", "0", "sh", "-c", "exit 7");
}

Test(pipe, both_ends_send_and_receive)
{
	struct tool_child server = tool_start(
		TOOL_ARGUMENTS("pipe", "hold", "p", "0", "--", "sh", "-c",
	                       "\"$PKSTORE_TOOL\" pipe recv p 0; \"$PKSTORE_TOOL\" pipe send p 0 '\"answer\"'"));

	tool_says("\"answer\"\n", "pipe", "hold", "p", "1", "--", "sh", "-c",
	          "\"$PKSTORE_TOOL\" pipe send p 1 '\"question\"'; \"$PKSTORE_TOOL\" pipe recv p 1");
	expect_line(&server, "\"question\"");
	cr_expect(tool_finish(&server, 0) == 0);
}

Test(pipe, a_full_pipe_is_told)
{
	tool_says("", "create", "pipe", "p");
	tool_says("", "limit", "p", "2");
	tool_says("", "pipe", "send", "p", "1", "1", "2");
	tool_refuses(1, "pkstore: p: timed out: there is no room\n", "pipe", "-t", "0", "send", "p", "1", "3");
	tool_says("1\n2\n", "pipe", "-a", "recv", "p", "0");
}

Test(pipe, what_cannot_be_is_misuse)
{
	tool_refuses(2, "pkstore: pipe: write: not send, recv, poll, peek or hold\n", "pipe", "write", "p", "1");
	tool_refuses(2, "pkstore: 2: not an end: 0 or 1\n", "pipe", "recv", "p", "2");
	tool_refuses(2, "pkstore: pipe: too many arguments: x\n", "pipe", "recv", "p", "0", "x");
	tool_refuses(2, "pkstore: pipe: send what?\n", "pipe", "send", "p", "1");
	tool_refuses(2, "pkstore: {: ", "pipe", "send", "p", "1", "{");
	tool_refuses(2, "pkstore: pipe: hold it for which command?\n", "pipe", "hold", "p", "1");
	cr_assert(access(tool_path("store"), F_OK) != 0, "misuse made a store");
	tool_says("", "create", "pipe", "--one-way", "p");
	tool_refuses(2, "pkstore: p: ", "pipe", "send", "p", "0", "1");
	tool_refuses(2, "pkstore: p: ", "pipe", "recv", "p", "1");
	tool_says("", "create", "dict", "d");
	tool_refuses(2, "pkstore: d: is a Dict, not a Pipe\n", "pipe", "recv", "d", "0");
	tool_refuses(1, "pkstore: none: there is no such object\n", "pipe", "peek", "none", "0");
}

Test(pipe, a_refused_call_opens_and_closes_nothing)
{
	struct tool_result result;

	tool_says("", "create", "--one-way", "pipe", "w/a");
	tool_says("", "limit", "w/a", "-", "20");
	tool_refuses(2, "pkstore: w/a: end 0 of a one-way Pipe only receives\n", "pipe", "send", "w/a", "0", "1");
	tool_refuses(2, "pkstore: w/a: end 0 of a one-way Pipe only receives\n", "pipe", "send", "w/a", "0", "-");
	tool_refuses(2, "pkstore: w/a: end 1 of a one-way Pipe only sends\n", "pipe", "-t", "0", "recv", "w/a", "1");
	tool_refuses(2, "pkstore: w/a: end 1 of a one-way Pipe only sends\n", "pipe", "-t", "0", "poll", "w/a", "1");
	tool_refuses(1, "pkstore: {\"$ref\":\"none\"}: ", "pipe", "send", "w/a", "1", "{\"$ref\":\"none\"}");
	tool_refuses(2, "pkstore: w/a: a message of ", "pipe", "send", "w/a", "1", "1",
	             "\"longer than all of its limit\"");
	result = tool_reading("{\n1\n", "pipe", "send", "w/a", "1", "-");
	cr_expect(result.exit_code == 2, "%d: %s", result.exit_code, result.err);
	tool_release(&result);
	tool_refuses(127, "pkstore: no-such-command: ", "pipe", "hold", "w/a", "1", "no-such-command");
	never_opened("w/a");
	tool_says("", "pipe", "send", "w/a", "1", "1");
	tool_says("1\n", "pipe", "recv", "w/a", "0");
}
