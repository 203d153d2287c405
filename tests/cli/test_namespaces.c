/* SPDX-License-Identifier: MIT */
/* Namespaces as a whole, limits, copies, and dumps that follow references. */
#include "lib/tool.h"

TestSuite(namespaces, .init = tool_begin, .fini = tool_end);

Test(namespaces, mv_takes_a_namespace_as_a_whole)
{
	tool_says("", "set", "old/a", "k", "1");
	tool_says("", "set", "old/b/c", "k", "2");
	tool_says("", "set", "old", "k", "3");
	tool_says("", "mv", "old/", "new");
	tool_says("new/a\nnew/b/c\nold\n", "ls", "-r");
	tool_says("", "mv", "new/b", "last");
	tool_says("2\n", "get", "last/c", "k");
	tool_refuses(1, "pkstore: new: there already is one\n", "mv", "last/", "new");
	tool_says("", "mv", "old", "older");
	tool_says("3\n", "get", "older", "k");
}

Test(namespaces, cp_copies_an_object)
{
	tool_says("", "append", "log", "1", "[2]");
	tool_says("", "cp", "log", "copies/log");
	tool_says("", "append", "log", "3");
	tool_says("1\n[2]\n", "get", "copies/log");
	tool_refuses(1, "pkstore: copies/log: there already is one\n", "cp", "log", "copies/log");
	tool_refuses(1, "pkstore: no/such: there is no such object\n", "cp", "no/such", "x");
	tool_refuses(1, "pkstore: copies: is a namespace, not an object\n", "cp", "copies", "x");
	tool_refuses(1, "pkstore: copies: is a namespace, not an object\n", "get", "copies");
}

Test(namespaces, limit_shows_and_sets_what_there_may_be)
{
	struct tool_result result;

	tool_says("", "set", "a/one", "k", "1");
	tool_says("", "limit", "a/", "2", "100");
	tool_says("", "limit", "/", "-", "10000");
	tool_says("OBJECTS  LIMIT  BYTES  LIMIT  NAMESPACE\n"
	          "      1      -      2  10000  /\n"
	          "      1      2      2    100  a\n",
	          "limit");
	tool_says("", "set", "a/two", "k", "1");
	tool_refuses(1, "pkstore: a/three: a: its limit of 2 objects would be passed: 3", "set", "a/three", "k", "1");
	tool_says("{\"path\":\"a\",\"type\":\"namespace\",\"objects\":2,\"bytes\":4,\"limit_objects\":2,"
	          "\"limit_bytes\":100}\n",
	          "stat", "--json", "a");
	result = tool("stat", "a/");
	cr_assert(!strcmp(result.out, "path        a/\ntype        namespace\nobjects     2\nbytes       4 B\n"
	                              "limit       2 objects\nlimit       100 B\n"),
	          "%s", result.out);
	tool_release(&result);
	tool_says("", "limit", "a/one", "1");
	tool_says("path        a/one\ntype        dict\ncount       1\nbytes       2 B\nlimit       1 entries\n",
	          "limit", "a/one");
	tool_refuses(1, "pkstore: a/one: its limit of 1 entries is reached\n", "set", "a/one", "l", "1");
	tool_says("", "limit", "a", "0");
	tool_says("", "set", "a/three", "k", "1");
	tool_says("", "rm", "-r", "a");
	tool_says("", "ls");
}

Test(namespaces, dump_follows_references_if_asked_to)
{
	struct tool_result result;
	const char *first, *second;

	tool_says("", "set", "c", "k", "1");
	tool_says("", "append", "b", "{\"$ref\": \"c\"}");
	tool_says("", "set", "a", "list", "[{\"deep\": {\"$ref\": \"b\"}}]");
	tool_says("", "set", "b-other", "k", "1");
	tool_says("", "set", "c", "back", "{\"$ref\": \"a\"}");
	result = tool("dump", "-f", "a");
	cr_assert(result.exit_code == 0, "%s", result.err);
	cr_assert(tool_begins(result.out, "{\"path\":\"a\""), "%s", result.out);
	first = strstr(result.out, "\n{\"path\":\"b\"");
	second = strstr(result.out, "\n{\"path\":\"c\"");
	cr_assert(first && second && first < second, "%s", result.out);
	cr_assert(!strstr(result.out, "b-other"), "%s", result.out);
	cr_assert(!strstr(result.out + 1, "{\"path\":\"a\""), "each one once: %s", result.out);
	tool_release(&result);
	tool_says("", "rm", "c");
	result = tool("dump", "-f", "a");
	cr_assert(result.exit_code == 0 && strstr(result.out, "\"items\":[{\"$ref\":1}]"), "%s", result.out);
	tool_release(&result);
}

Test(namespaces, limits_of_objects_come_back_from_a_dump)
{
	struct tool_result dumped, result;

	tool_says("", "append", "log", "1");
	tool_says("", "limit", "log", "5", "1000");
	dumped = tool("dump");
	cr_assert(strstr(dumped.out, "\"limit\":5,\"limit_bytes\":1000}"), "%s", dumped.out);
	tool_says("", "rm", "log");
	result = tool_reading(dumped.out, "load");
	cr_assert(result.exit_code == 0, "%s", result.err);
	tool_release(&result);
	tool_release(&dumped);
	result = tool("stat", "--json", "log");
	cr_assert(strstr(result.out, "\"limit\":5,\"limit_bytes\":1000,"), "%s", result.out);
	tool_release(&result);
}
