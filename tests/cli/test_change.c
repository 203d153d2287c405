/* SPDX-License-Identifier: MIT */
/* Changes that depend on what is there: add, set with conditions, del and clear that leave something. */
#include "lib/tool.h"

#include <pkstore/object.h>

#include <unistd.h>

TestSuite(change, .init = tool_begin, .fini = tool_end);

Test(change, add_counts)
{
	tool_says("3\n", "add", "v", "3");
	tool_says("1\n", "add", "v", "-2");
	tool_says("1.5\n", "add", "v", "0.5");
	tool_says("2.5\n", "add", "v", "1");
	tool_says("1\n", "add", "d", "k", "1");
	tool_says("-1\n", "add", "d", "k", "-2");
	tool_says("{\"k\":-1}\n", "get", "d");
	tool_says("", "create", "array", "--numbers", "uint8", "--length", "3", "a");
	tool_says("200\n", "add", "a", "-1", "200");
	tool_refuses(2, "pkstore: a: ", "add", "a", "2", "100");
	tool_says("0\n0\n200\n", "get", "a");
	tool_says("", "create", "array", "--numbers", "double", "--length", "1", "r");
	tool_says("2.0\n", "add", "r", "0", "2");
}

Test(change, add_refuses_what_is_no_number)
{
	tool_refuses(2, "pkstore: \"1\": not a number\n", "add", "v", "\"1\"");
	tool_refuses(2, "pkstore: one: not a number\n", "add", "v", "one");
	cr_assert(access(tool_path("store"), F_OK) != 0, "misuse made a store");
	tool_says("", "set", "v", "\"text\"");
	tool_refuses(2, "pkstore: v: ", "add", "v", "1");
	tool_says("", "set", "d", "k", "1");
	tool_refuses(2, "pkstore: d: is a Dict, not a Value\n", "add", "d", "1");
	tool_refuses(2, "pkstore: v: is a Value, not a Dict\n", "add", "v", "k", "1");
	tool_says("", "set", "n", "9007199254740993");
	tool_says("{\"$int\":\"9007199254740994\"}\n", "add", "n", "1");
	tool_says("", "set", "n", "9223372036854775807");
	tool_refuses(2, "pkstore: n: ", "add", "n", "1");
}

/* Whatever is found only when the object is there. */
Test(change, what_is_refused_creates_nothing)
{
	char key[PKS_KEY_MAX + 2];

	memset(key, 'k', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	tool_refuses(2, "pkstore: d: a key of ", "add", "d", key, "1");
	tool_refuses(2, "pkstore: d: a key of ", "set", "d", key, "1");
	tool_says("", "ls");
	tool_says("", "limit", "n/", "-", "10");
	tool_refuses(1, "pkstore: n/l: n: its limit of 10 bytes ", "append", "n/l", "\"longer than that\"");
	tool_refuses(1, "pkstore: n/q: n: its limit of 10 bytes ", "put", "n/q", "\"longer than that\"");
	tool_says("", "ls", "-r");
}

Test(change, set_tells_what_was_there)
{
	tool_says("", "set", "--get", "v", "1");
	tool_says("1\n", "set", "-g", "v", "2");
	tool_says("2\n", "get", "v");
	tool_says("", "set", "-g", "d", "k", "null");
	tool_says("null\n", "set", "-g", "d", "k", "{\"a\": 1}");
	tool_says("{\"a\":1}\n", "get", "d", "k");
}

Test(change, set_compares_first)
{
	tool_refuses(1, "pkstore: v: is not there; nothing was set\n", "set", "--if", "1", "v", "2");
	tool_refuses(1, "pkstore: v: there is no such object\n", "get", "v");
	tool_says("", "set", "--if-missing", "v", "1");
	tool_refuses(1, "pkstore: v: is there already: 1; nothing was set\n", "set", "--if-missing", "v", "2");
	tool_says("", "set", "--if", "1", "v", "2");
	tool_refuses(1, "pkstore: v: is another value: 2; nothing was set\n", "set", "--if", "1", "v", "3");
	tool_says("2\n", "get", "v");
	tool_says("", "set", "--if-missing", "d", "k", "[1]");
	tool_refuses(1, "pkstore: d: k: is another value: [1]; nothing was set\n", "set", "--if", "[2]", "d", "k", "3");
	tool_says("[1]\n", "set", "-g", "--if", "[1]", "d", "k", "3");
	tool_says("3\n", "get", "d", "k");
}

/* 59 bytes of it, as the 60th and the 61st are one character. */
Test(change, set_tells_a_little_of_what_is_there_instead)
{
	static const char start[] = "\"0123456789012345678901234567890123456789012345678901234567";

	tool_says("", "set", "v", "\"0123456789012345678901234567890123456789012345678901234567\xc3\xa4 and more\"");
	cr_assert(strlen(start) == 59);
	tool_refuses(1,
	             "pkstore: v: is another value: \"01234567890123456789012345678901234567890123456789012345"
	             "67...; nothing was set\n",
	             "set", "--if", "1", "v", "2");
}

Test(change, set_minds_the_version_that_was_seen)
{
	tool_refuses(3, "pkstore: ", "set", "--at-version", "1", "v", "1");
	tool_says("", "set", "v", "1");
	tool_says("", "set", "--at-version", "1", "v", "2");
	tool_refuses(1, "pkstore: v: has another version: 2; nothing was set\n", "set", "--at-version", "1", "v", "3");
	tool_says("2\n", "get", "v");
	tool_refuses(1, "pkstore: w: there is no such object\n", "set", "--at-version", "1", "w", "3");
}

Test(change, several_items_are_set_in_one_transaction)
{
	tool_says("", "set", "d", "a", "1", "b", "2", "c", "3");
	tool_says("{\"a\":1,\"b\":2,\"c\":3}\n", "get", "d");
	tool_refuses(2, "pkstore: {: ", "set", "d", "a", "4", "b", "{");
	tool_refuses(2, "pkstore: set: b: what is it to be?\n", "set", "d", "a", "4", "b");
	tool_refuses(2, "pkstore: set: --get, --if and --if-missing are for a single KEY\n", "set", "-g", "d", "a", "4",
	             "b", "5");
	tool_says("1\n", "get", "d", "a");
}

Test(change, a_range_of_an_array_is_filled)
{
	tool_says("", "create", "array", "--numbers", "int8", "--length", "5", "a");
	tool_says("", "set", "a", "1:3", "7");
	tool_says("[0,7,7,0,0]\n", "get", "a", ":");
	tool_says("", "set", "a", "-2:", "-1");
	tool_says("[0,7,7,-1,-1]\n", "get", "a", ":");
	tool_says("[]\n", "get", "a", "3:1");
}

Test(change, del_tells_what_was_there)
{
	tool_says("", "set", "d", "a", "[1]", "b", "2");
	tool_says("[1]\n", "del", "--get", "d", "a");
	tool_refuses(1, "pkstore: d: there is no key 'a'\n", "del", "-g", "d", "a");
	tool_says("", "del", "d", "b");
	tool_says("{}\n", "get", "d");
}

Test(change, clear_keeps_the_newest_entries)
{
	tool_says("", "append", "l", "1", "2", "3");
	tool_says("", "clear", "--keep", "2", "l");
	tool_says("2\n3\n", "get", "l");
	tool_says("", "set", "d", "k", "1");
	tool_refuses(2, "pkstore: d: is a Dict, not a Log\n", "clear", "-k", "0", "d");
	tool_says("", "clear", "l");
	tool_says("0\n", "len", "l");
}

/* ---- texts as they are ---- */

Test(change, raw_texts_need_no_quotes)
{
	struct tool_result result;

	tool_says("", "set", "-r", "d", "motto", "it's \"up\" {");
	tool_says("it's \"up\" {", "get", "-r", "d", "motto");
	tool_says("", "set", "-r", "d", "number", "1", "empty", "");
	tool_says("\"1\"\n", "get", "d", "number");
	tool_says("\"\"\n", "get", "d", "empty");
	tool_says("", "set", "-r", "v", "null");
	tool_says("\"null\"\n", "get", "v");
	tool_says("", "set", "-r", "--if", "\"null\"", "v", "\xff");
	tool_says("{\"$bytes\":\"/w==\"}\n", "get", "v");
	result = tool_run(&(struct tool_setting){.in = "a\0b\n", .in_size = 4}, TOOL_ARGUMENTS("set", "-r", "v", "-"));
	cr_expect(result.exit_code == 0, "%s", result.err);
	tool_release(&result);
	tool_says("{\"$text\":\"YQBiCg==\"}\n", "get", "v");
	result = tool_reading("", "set", "-r", "v", "-");
	cr_expect(result.exit_code == 0, "%s", result.err);
	tool_release(&result);
	tool_says("\"\"\n", "get", "v");
}

Test(change, raw_lines_come_one_by_one)
{
	struct tool_result result = tool_reading("it's\n\n  {\n\xff", "append", "-r", "log", "-");

	cr_expect(result.exit_code == 0, "%s", result.err);
	tool_release(&result);
	tool_says("\"it's\"\n\"\"\n\"  {\"\n{\"$bytes\":\"/w==\"}\n", "get", "log");
	tool_says("", "put", "-r", "q", "one", "2");
	tool_says("\"one\"\n\"2\"\n", "get", "q");
	tool_says("", "pipe", "-r", "send", "p", "1", "3");
	tool_says("\"3\"\n", "pipe", "recv", "p", "0");
}
