/* SPDX-License-Identifier: MIT */
/* load: input that is rejected, before anything is made of it. */
#include "lib/tool.h"

TestSuite(load, .init = tool_begin, .fini = tool_end);

static void expect_refused(const char *input, const char *complaint)
{
	struct tool_result loaded = tool_reading(input, "load");

	cr_expect(loaded.exit_code == 2, "exit code %d for %s", loaded.exit_code, input);
	cr_expect(strstr(loaded.err, complaint), "%s", loaded.err);
	cr_expect(!strstr(loaded.err, "usage: "), "%s", loaded.err);
	tool_release(&loaded);
	tool_refuses(3, "pkstore: ", "ls"); /* there is no store */
}

Test(load, input_that_is_no_dump_changes_nothing)
{
	static const char good[] = "{\"path\":\"good\",\"type\":\"dict\",\"items\":{}}\n";
	char text[300];

	expect_refused("hello", "standard input: line 1: '{' expected, not 'h'");
	expect_refused("{}", "an object begins with \"path\" and \"type\"");
	expect_refused("{\"type\":\"dict\",\"path\":\"a\"}", "an object begins with \"path\" and \"type\"");
	expect_refused("{\"path\":\"a//b\",\"type\":\"dict\"}", "a//b");
	expect_refused("{\"path\":\"a\",\"type\":\"shelf\"}", "a: there is no type 'shelf'");
	expect_refused("{\"path\":\"a\",\"type\":\"process\"}", "a: a process without the attribute \"target\"");
	snprintf(text, sizeof(text), "%s{\"path\":\"a\",\"type\":\"log\",\"items\":{}}", good);
	expect_refused(text, "line 2: '[' expected, not '{'");
	snprintf(text, sizeof(text), "%s{\"path\":\"a\",\"type\":\"dict\",\"items\":{\"k\":nonsense}}", good);
	expect_refused(text, "line 2: a: ");
	snprintf(text, sizeof(text), "%s{\"path\":\"a\",\"type\":\"dict\",\"items\":{\"k\":[1", good);
	expect_refused(text, "line 2: a value ends too early");
	snprintf(text, sizeof(text), "%s{\"path\":\"a\",\"type\":\"dict\"", good);
	expect_refused(text, "line 2: ");
	snprintf(text, sizeof(text), "%s%s", good, good);
	expect_refused(text, "standard input: good: is there twice");
	expect_refused("{\"path\":\"a\",\"type\":\"process\",\"attributes\":{\"target\":\"x\"}}",
	               "a: the target 'x' is not MODULE:HANDLER");
	expect_refused("{\"path\":\"a\",\"type\":\"dict\",\"metadata\":[]}", "a: the metadata is not a map");
	expect_refused("{\"path\":\"a\",\"type\":\"dict\",\"attributes\":{\"\":1}}", "a: a key of 0 bytes");
	expect_refused("{\"path\":\"a\",\"type\":\"dict\",\"items\":{\"k\":{\"$ref\":\"a\",\"x\":1}}}",
	               "line 1: a: JSON");
	expect_refused("{\"path\":\"a\",\"type\":\"dict\",\"items\":{\"k\":{\"$ref\":\"a//b\"}}}",
	               "line 1: a: path 'a//b'");
	expect_refused("{\"path\":\"a\",\"type\":\"dict\",\"items\":{\"k\":{\"$int\":\"1e\"}}}", "line 1: a: JSON");
}

Test(load, a_reference_to_what_is_nowhere_is_told_before_anything_is_made)
{
	struct tool_result dumped, loaded;

	tool_says("", "set", "big", "k", "1");
	tool_says("", "set", "a", "k", "{\"x\": [\"$ref\", {\"$ref\": \"big\"}]}");
	dumped = tool("dump", "a");
	loaded = tool_reading(dumped.out, "-s", tool_path("copy"), "load");
	cr_assert(loaded.exit_code == 2, "exit code %d", loaded.exit_code);
	cr_assert(tool_begins(loaded.err, "pkstore: standard input: line "), "%s", loaded.err);
	cr_assert(strstr(loaded.err,
	                 ": a: item \"k\" refers to \"big\", which is neither in the input nor in the store\n"),
	          "%s", loaded.err);
	cr_assert(strchr(loaded.err, '\n')[1] == '\0', "%s", loaded.err);
	tool_release(&loaded);
	tool_refuses(3, "pkstore: ", "-s", tool_path("copy"), "ls");
	/* What is in the store will do. */
	tool_says("", "-s", tool_path("copy"), "set", "big", "k", "1");
	loaded = tool_reading(dumped.out, "-s", tool_path("copy"), "load");
	cr_assert(loaded.exit_code == 0, "%s", loaded.err);
	tool_says("{\"x\":[\"$ref\",{\"$ref\":\"big\"}]}\n", "-s", tool_path("copy"), "get", "a", "k");
	tool_release(&loaded);
	tool_release(&dumped);
}

Test(load, references_in_attributes_metadata_and_entries_are_looked_at_too)
{
	expect_refused("{\"path\":\"a\",\"type\":\"log\",\"items\":[1,{\"$ref\":\"b\"}]}",
	               "a: an entry refers to \"b\"");
	expect_refused("{\"path\":\"a\",\"type\":\"log\",\"attributes\":{\"at\":{\"$ref\" : \"b\"}}}",
	               "a: attribute \"at\" refers to \"b\"");
	expect_refused("{\"path\":\"a\",\"type\":\"log\",\"metadata\":{\"m\":{\"$ref\":\"b\"}}}",
	               "a: metadata refers to \"b\"");
}

Test(load, a_process_that_is_started_here_forgets_how_it_ended_elsewhere)
{
	static const char dump[] = "{\"path\":\"p\",\"type\":\"process\",\"attributes\":{\"target\":[\"/bin/sh\",\"-c\","
				   "\"exit 3\"],\"result\":5,\"error\":\"long ago\"}}";
	struct tool_result loaded = tool_reading(dump, "load");

	cr_assert(loaded.exit_code == 0, "%s", loaded.err);
	tool_release(&loaded);
	tool_says("5\n", "attr", "p", "result");
	tool_says("", "start", "p");
	tool_says("failed\n", "join", "p");
	tool_refuses(1, "pkstore: p: there is no attribute 'result'", "attr", "p", "result");
	tool_says("\"exited with status 3\"\n", "attr", "p", "error");
}

Test(load, permits_that_were_added_and_closed_ends_do_not_come_back)
{
	struct tool_result dump, loaded;

	tool_says("", "create", "--permits", "1", "semaphore", "s");
	tool_says("", "semaphore", "release", "s");
	tool_says("", "pipe", "send", "p", "1", "1");
	dump = tool("dump");
	tool_says("", "rm", "s", "p");
	loaded = tool_reading(dump.out, "load");
	cr_assert(loaded.exit_code == 0, "%s", loaded.err);
	tool_release(&loaded);
	tool_release(&dump);
	tool_says("{\"value\":1,\"initial\":1,\"holders\":[],\"waiters\":[]}\n", "get", "s");
	loaded = tool("get", "p");
	cr_expect(!strstr(loaded.out, "\"was_open\":true"), "it says: %s", loaded.out);
	tool_release(&loaded);
	tool_says("1\n", "pipe", "recv", "p", "0");
}
