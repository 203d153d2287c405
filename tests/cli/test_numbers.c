/* SPDX-License-Identifier: MIT */
/* Values and Arrays at the command line. */
#include "lib/tool.h"

TestSuite(numbers, .init = tool_begin, .fini = tool_end);

Test(numbers, a_value_is_set_and_got)
{
	tool_says("", "set", "v", "{\"x\": [1, 2]}");
	tool_says("{\"x\":[1,2]}\n", "get", "v");
	tool_says("1\n", "len", "v");
	tool_says("", "set", "v", "\"text\"");
	tool_says("text", "get", "-r", "v");
	tool_refuses(2, "pkstore: v: is a Value, not a Dict", "set", "v", "key", "1");
	tool_says("", "set", "d", "key", "1");
	tool_refuses(2, "pkstore: d: is a Dict, not a Value", "set", "d", "1");
}

Test(numbers, an_array_is_created_changed_and_shown)
{
	struct tool_result listed;

	tool_says("", "create", "array", "a", "--numbers", "int16", "--length", "5000");
	tool_refuses(1, "pkstore: a: there already is", "create", "array", "a", "--numbers", "int16", "--length",
	             "5000");
	tool_refuses(2, "pkstore: 'complex' is no type of numbers", "create", "array", "b", "--numbers", "complex",
	             "--length", "5");
	tool_says("5000\n", "len", "a");
	tool_says("", "set", "a", "-1", "7");
	tool_says("", "set", "a", "2039", "[-1, 2, 3]");
	tool_says("7\n", "get", "a", "4999");
	tool_says("2\n", "get", "a", "2040");
	tool_says("[0,-1,2,3,0]\n", "get", "a", "2038:2043");
	tool_says("[0,7]\n", "get", "a", "-2:");
	tool_says("[]\n", "get", "a", "5000:9000");
	tool_refuses(1, "pkstore: a: there is no number 5000", "get", "a", "5000");
	tool_refuses(2, "pkstore: a: there is no number 5000, only 5000 of them", "set", "a", "4999", "[1, 2]");
	tool_says("7\n", "get", "a", "-1");
	tool_refuses(2, "pkstore: a: the number does not fit int16", "set", "a", "0", "40000");

	listed = tool("ls", "-l", "a");
	cr_assert_eq(listed.exit_code, 0);
	cr_expect(strstr(listed.out, "int16"), "%s", listed.out);
	tool_release(&listed);
	listed = tool("stat", "a");
	cr_expect(strstr(listed.out, "numbers     int16, 2 bytes each\n"), "%s", listed.out);
	tool_release(&listed);
	tool_says("", "create", "array", "small", "--numbers", "uint8", "--length", "3");
	tool_says("0\n0\n0\n", "get", "small");
}

static void expect_same(const char *path)
{
	struct tool_result here = tool("get", path), there = tool("-s", tool_path("copy"), "get", path);

	cr_expect_eq(here.exit_code, 0);
	cr_expect_eq(there.exit_code, 0, "%s", there.err);
	cr_expect_str_eq(here.out, there.out);
	tool_release(&here);
	tool_release(&there);
}

Test(numbers, dump_and_load_lose_nothing)
{
	struct tool_result dumped, loaded;

	tool_says("", "create", "array", "n/array", "--numbers", "int32", "--length", "3000");
	tool_says("", "set", "n/array", "1019", "[5, -6]");
	tool_says("", "set", "n/array", "-1", "7");
	tool_says("", "create", "array", "n/real", "--numbers", "double", "--length", "10");
	tool_says("", "set", "n/real", "3", "[1.5, {\"$float\": \"nan\"}, {\"$float\": \"-inf\"}]");
	tool_says("", "set", "n/value", "{\"t\": {\"$time\": \"2026-11-23T05:30:00Z\"}}");
	dumped = tool("dump");
	cr_assert_eq(dumped.exit_code, 0);
	cr_expect_lt(dumped.out_size, 6000u, "zeros are left out");
	loaded = tool_reading(dumped.out, "-s", tool_path("copy"), "load");
	cr_assert_eq(loaded.exit_code, 0, "%s", loaded.err);
	expect_same("n/array");
	expect_same("n/real");
	expect_same("n/value");
	tool_release(&dumped);
	tool_release(&loaded);
}

Test(numbers, a_dump_of_an_array_that_cannot_be_is_refused)
{
	struct tool_result loaded = tool_reading("{\"path\":\"a\",\"type\":\"array\",\"items\":{}}", "load");

	cr_expect_eq(loaded.exit_code, 2);
	cr_expect(strstr(loaded.err, "a: there is no \"array\", a type of numbers and a length"), "%s", loaded.err);
	tool_release(&loaded);
	loaded = tool_reading("{\"path\":\"a\",\"type\":\"array\",\"array\":[\"int32\",0],\"items\":{}}", "load");
	cr_expect_eq(loaded.exit_code, 2);
	cr_expect(strstr(loaded.err, "a: the array is not a type of numbers and a length"), "%s", loaded.err);
	tool_release(&loaded);
	tool_refuses(3, "pkstore: ", "ls"); /* there is no store */
}
