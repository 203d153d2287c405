/* SPDX-License-Identifier: MIT */
/* What stands behind a command: dashes, and namespaces as ls prints them. */
#include "lib/tool.h"

TestSuite(arguments, .init = tool_begin, .fini = tool_end);

Test(arguments, the_first_two_dashes_are_passed_over_wherever_they_stand)
{
	tool_says("", "set", "a", "--", "-k", "1");
	tool_says("1\n", "get", "a", "--", "-k");
	tool_says("", "set", "a", "-k", "--", "-2");
	tool_says("-2\n", "get", "--", "a", "-k");
	tool_says("", "set", "a", "--", "--", "3");
	tool_says("3\n", "get", "-i", "--", "a", "--");
	tool_says("3\n", "get", "-i", "a", "--", "--");
	tool_says("", "append", "c/l", "--", "-1");
	tool_says("-1\n", "get", "c/l", "--", "-1");
	tool_says("-1\n", "get", "c/l", "-1");
	tool_says("", "del", "a", "--", "-k");
	tool_says("{\"--\":3}\n", "get", "a", "--");
	tool_says("", "mv", "a", "--", "-a");
	tool_says("1\n", "len", "--", "-a");
	tool_says("c/l\n", "ls", "c", "--");
	tool_refuses(2, "pkstore: get: too many arguments: x\n", "get", "a", "--", "k", "x");
}

Test(arguments, a_namespace_may_be_given_as_ls_prints_it)
{
	struct tool_result result;

	tool_says("", "set", "c", "k", "1");
	tool_says("", "set", "c/a", "k", "1");
	tool_says("", "append", "c/n/l", "1");
	tool_says("c/a\nc/n/\n", "ls", "c/");
	tool_says("c/n/l\n", "ls", "c/n/");
	tool_refuses(2, "pkstore: path 'c/' ends with a slash", "ls", "c//");
	tool_refuses(2, "pkstore: ", "ls", "/");
	result = tool("dump", "c/");
	cr_assert(tool_begins(result.out, "{\"path\":\"c/a\","), "%s", result.out);
	cr_assert(strstr(result.out, "}\n{\"path\":\"c/n/l\","), "%s", result.out);
	tool_release(&result);
	result = tool("dump", "c/n");
	cr_assert(tool_begins(result.out, "{\"path\":\"c/n/l\","), "%s", result.out);
	tool_release(&result);
	tool_refuses(1, "pkstore: c: is a namespace; rm -r removes it\n", "rm", "c/");
	tool_refuses(1, "pkstore: c/n: is a namespace; rm -r removes it\n", "rm", "c/n");
	tool_refuses(1, "pkstore: c/a: there is no such namespace\n", "rm", "c/a/");
	tool_says("", "rm", "-r", "c/n/");
	tool_says("c\nc/a\n", "ls", "-r");
	tool_says("", "rm", "-r", "c/");
	tool_says("", "ls", "-r");
}

Test(arguments, nothing_of_a_type_is_a_no)
{
	tool_says("", "set", "n/a", "k", "1");
	tool_refuses(1, "", "ls", "--type", "foo");
	tool_refuses(1, "", "ls", "-l", "--type", "foo");
	tool_refuses(1, "", "ls", "--type", "foo", "n");
	tool_refuses(1, "", "ls", "--json", "--type", "log", "n/a");
	tool_says("n/a\n", "ls", "-r", "--type", "dict");
}
