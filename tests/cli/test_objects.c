/* SPDX-License-Identifier: MIT */
/* ls, get, set, del, append, len, rm, mv and stat: what a person does with objects. */
#include "lib/tool.h"

#include <stdlib.h>

TestSuite(objects, .init = tool_begin, .fini = tool_end);

/* ---- set, get, del ---- */

Test(objects, what_is_set_is_got)
{
	tool_says("", "set", "example/config", "port", "8080");
	tool_says("8080\n", "get", "example/config", "port");
	tool_says("", "set", "example/config", "port", "{\"a\": [1, 2.5, null, true], \"b\": \"text\"}");
	tool_says("{\"a\":[1,2.5,null,true],\"b\":\"text\"}\n", "get", "example/config", "port");
}

Test(objects, the_attributes_of_a_plain_object_are_its_items)
{
	struct tool_result loaded = tool_reading(
		"{\"path\":\"o\",\"type\":\"object\",\"attributes\":{\"color\":\"red\"},\"metadata\":{}}", "load");

	cr_assert(loaded.exit_code == 0, "%s", loaded.err);
	tool_release(&loaded);
	tool_says("", "set", "o", "size", "3");
	tool_says("{\"color\":\"red\",\"size\":3}\n", "get", "o");
	tool_says("", "del", "o", "color");
	tool_says("3\n", "get", "o", "size");
	tool_refuses(1, "pkstore: o: there is no attribute 'color'\n", "del", "o", "color");
}

Test(objects, attributes_are_shown_set_and_removed)
{
	tool_says("", "append", "log", "1");
	tool_says("{}\n", "attr", "log");
	tool_says("", "attr", "log", "-unit", "\"m\"");
	tool_says("", "attr", "log", "depth", "-3");
	tool_says("{\"-unit\":\"m\",\"depth\":-3}\n", "attr", "log");
	tool_says("-3\n", "attr", "log", "depth");
	tool_says("", "attr", "-d", "log", "-unit");
	tool_refuses(1, "pkstore: log: there is no attribute '-unit'\n", "attr", "log", "-unit");
	tool_refuses(1, "pkstore: log: there is no attribute '-unit'\n", "attr", "--delete", "log", "-unit");
	tool_refuses(1, "pkstore: none: there is no such object\n", "attr", "none", "a", "1");
	tool_refuses(2, "pkstore: m: JSON, byte 0: ", "attr", "log", "unit", "m");
	tool_says("1\n", "get", "log");
}

Test(objects, metadata_are_shown_and_replaced)
{
	tool_says("", "set", "dict", "k", "1");
	tool_says("{}\n", "meta", "dict");
	tool_says("", "meta", "dict", "{\"owner\": \"me\"}");
	tool_says("{\"owner\":\"me\"}\n", "meta", "dict");
	tool_says("", "meta", "dict", "{\"unit\": \"m\"}");
	tool_says("{\"unit\":\"m\"}\n", "meta", "dict");
	tool_refuses(2, "pkstore: dict: ", "meta", "dict", "[1]");
	tool_says("{\"unit\":\"m\"}\n", "meta", "dict");
}

Test(objects, clear_empties_what_has_items)
{
	tool_says("", "set", "dict", "k", "1");
	tool_says("", "append", "log", "1", "2");
	tool_says("", "set", "value", "1");
	tool_says("", "clear", "dict");
	tool_says("", "clear", "log");
	tool_says("", "clear", "value");
	tool_says("0\n", "len", "dict");
	tool_says("0\n", "len", "log");
	tool_says("0\n", "len", "value");
	tool_says("", "event", "set", "e");
	tool_refuses(2, "pkstore: e: is an Event, not a Dict\n", "clear", "e");
	tool_refuses(1, "pkstore: none: there is no such object\n", "clear", "none");
}

Test(objects, a_value_is_read_from_stdin)
{
	enum { SIZE = 1000000 };
	char *text = malloc(SIZE + 4);
	struct tool_result result;

	memset(text, 'x', SIZE);
	text[0] = text[SIZE - 1] = '"';
	strcpy(text + SIZE, "\n");
	result = tool_reading(text, "set", "d", "k", "-");
	cr_assert(result.exit_code == 0, "%s", result.err);
	tool_release(&result);
	tool_says(text, "get", "d", "k");
	result = tool_reading("nonsense", "set", "d", "k", "-");
	cr_assert(result.exit_code == 2, "%s", result.err);
	tool_release(&result);
	free(text);
}

Test(objects, a_dict_is_got_as_one_json_object)
{
	tool_says("", "set", "d", "b", "[1]");
	tool_says("", "set", "d", "a \"quoted\"", "1");
	tool_says("{\"a \\\"quoted\\\"\":1,\"b\":[1]}\n", "get", "d");
	tool_says("{\n  \"a \\\"quoted\\\"\": 1,\n  \"b\": [1]\n}\n", "get", "-i", "d");
	tool_says("", "del", "d", "b");
	tool_says("", "del", "d", "a \"quoted\"");
	tool_says("{}\n", "get", "d");
}

Test(objects, keys_may_begin_with_dashes)
{
	tool_says("", "set", "d", "--help", "-5");
	tool_says("-5\n", "get", "d", "--help");
	tool_says("-5\n", "get", "--", "d", "--help");
	tool_says("", "set", "--", "-d", "-k", "1");
	tool_says("1\n", "get", "--", "-d", "-k");
	tool_says("", "del", "d", "--help");
	tool_refuses(1, "pkstore: d: there is no key '--help'\n", "get", "d", "--help");
}

Test(objects, an_empty_key_is_a_key)
{
	tool_says("", "set", "d", "", "1");
	tool_says("1\n", "get", "d", "");
}

Test(objects, what_is_not_there_is_a_no)
{
	tool_says("", "set", "d", "k", "1");
	tool_refuses(1, "pkstore: d: there is no key 'other'\n", "get", "d", "other");
	tool_refuses(1, "pkstore: d: there is no key 'other'\n", "del", "d", "other");
	tool_refuses(1, "pkstore: no/such: ", "get", "no/such");
	tool_refuses(1, "pkstore: no/such: ", "get", "no/such", "k");
	tool_refuses(1, "pkstore: no/such: ", "del", "no/such", "k");
	tool_refuses(1, "pkstore: no/such: ", "len", "no/such");
	tool_refuses(1, "pkstore: no/such: ", "stat", "no/such");
}

Test(objects, get_raw_is_the_text_itself)
{
	tool_says("", "set", "d", "text", "\"line\\nand \\u001b[1m\"");
	tool_says("", "set", "d", "bytes", "{\"$bytes\": \"AAEC/w==\"}");
	tool_says("line\nand \x1b[1m", "get", "--raw", "d", "text");
	struct tool_result result = tool("get", "-r", "d", "bytes");
	cr_assert(result.out_size == 4 && !memcmp(result.out, "\x00\x01\x02\xff", 4));
	tool_release(&result);
}

Test(objects, control_characters_come_out_as_escapes)
{
	/* CSI as one C1 character, DEL, and an override of the writing direction. */
	tool_says("", "set", "d", "k",
	          "\"\xc2\x9b"
	          "31m\x7f\xe2\x80\xae\"");
	tool_says("\"\\u009b31m\\u007f\\u202e\"\n", "get", "d", "k");
}

Test(objects, json_that_is_wrong_is_misuse_with_its_position_and_a_hint)
{
	struct tool_result result = tool("set", "d", "k", "text");

	cr_assert(result.exit_code == 2);
	cr_assert(strstr(result.err, "did you mean '\"text\"'?"), "%s", result.err);
	cr_assert(!strstr(result.err, "usage: "), "%s", result.err);
	tool_release(&result);

	result = tool("set", "d", "k", "[1, 2");
	cr_assert(result.exit_code == 2);
	cr_assert(!strstr(result.err, "did you mean"), "%s", result.err);
	cr_assert(strpbrk(result.err, "0123456789"), "it does not tell where: %s", result.err);
	tool_release(&result);
	tool_refuses(3, "pkstore: ", "ls"); /* what was misused created no store */
}

Test(objects, a_reference_is_given_and_shown_by_path)
{
	tool_says("", "append", "example/log", "1");
	tool_says("", "set", "d", "log", "{\"$ref\": \"example/log\"}");
	tool_says("{\"$ref\":\"example/log\"}\n", "get", "d", "log");
	tool_says("", "mv", "example/log", "other");
	tool_says("{\"$ref\":\"other\"}\n", "get", "d", "log");
	tool_refuses(1, "pkstore: ", "set", "d", "log", "{\"$ref\": \"no/such\"}");
}

Test(objects, another_type_is_refused_with_both_names)
{
	tool_says("", "append", "log", "1");
	tool_refuses(2, "pkstore: log: ", "set", "log", "k", "1");
	tool_refuses(2, "pkstore: log: ", "del", "log", "k");
	tool_says("", "set", "d", "k", "1");
	tool_refuses(2, "pkstore: d: ", "append", "d", "1");
}

/* ---- append, len ---- */

Test(objects, entries_are_appended_and_got_by_index)
{
	tool_says("", "append", "log", "\"first\"", "2", "{\"c\": 3}");
	tool_says("3\n", "len", "log");
	tool_says("\"first\"\n", "get", "log", "0");
	tool_says("{\"c\":3}\n", "get", "log", "-1");
	tool_says("\"first\"\n2\n{\"c\":3}\n", "get", "log");
	tool_refuses(1, "pkstore: log: there is no entry 3\n", "get", "log", "3");
	tool_refuses(2, "pkstore: x: not an index of a Log\n", "get", "log", "x");
}

Test(objects, negative_numbers_are_appended_without_further_ado)
{
	tool_says("", "append", "log", "-1", "-2.5");
	tool_says("-1\n-2.5\n", "get", "log");
}

Test(objects, one_wrong_argument_appends_none)
{
	tool_refuses(2, "pkstore: nonsense: ", "append", "log", "1", "nonsense");
	tool_refuses(3, "pkstore: ", "len", "log");
}

Test(objects, lines_of_stdin_are_appended)
{
	struct tool_result result = tool_reading("1\n\n  \n\"two\"\n[3]", "append", "log", "-");

	cr_assert(result.exit_code == 0, "%s", result.err);
	tool_release(&result);
	tool_says("1\n\"two\"\n[3]\n", "get", "log");
}

Test(objects, a_wrong_line_of_stdin_is_named_and_those_before_it_stay)
{
	struct tool_result result = tool_reading("1\n2\noops\n4\n", "append", "log", "-");

	cr_assert(result.exit_code == 2);
	cr_assert(tool_begins(result.err, "pkstore: standard input: line 3: "), "%s", result.err);
	cr_assert(!strstr(result.err, "usage: "), "%s", result.err);
	tool_release(&result);
	tool_says("1\n2\n", "get", "log");
}

static void expect_nothing_appended(const char *input, int exit_code)
{
	struct tool_result result = tool_reading(input, "append", "log", "-");

	cr_assert(result.exit_code == exit_code, "exit code %d: %s", result.exit_code, result.err);
	cr_assert(tool_begins(result.err, "pkstore: standard input: line 1: "), "%s", result.err);
	tool_release(&result);
}

Test(objects, what_cannot_be_appended_leaves_no_new_log)
{
	expect_nothing_appended("oops\n1\n", 2);
	expect_nothing_appended("{\"$ref\": \"log\"}\n", 1);
	cr_assert(system("\"$PKSTORE_TOOL\" append log - 2>/dev/null <&-") == 3 << 8);
	tool_refuses(3, "pkstore: ", "ls"); /* not even a store */
	tool_says("", "set", "d", "k", "1");
	expect_nothing_appended("oops\n1\n", 2);
	expect_nothing_appended("{\"$ref\": \"log\"}\n", 1);
	cr_assert(system("\"$PKSTORE_TOOL\" append log - 2>/dev/null <&-") == 3 << 8);
	tool_refuses(1, "pkstore: {\"$ref\": \"no\"}: JSON, byte 0: no: there is no such object\n", "append", "log",
	             "{\"$ref\": \"no\"}");
	tool_says("d\n", "ls");
	tool_says("", "append", "log", "-");
	tool_says("d\nlog\n", "ls");
	tool_refuses(2, "pkstore: d: ", "append", "d", "-");
	tool_refuses(2, "pkstore: ", "append", "d//e", "-");
}

Test(objects, an_entry_may_refer_to_the_log_that_the_lines_before_it_made)
{
	struct tool_result result = tool_reading("1\n{\"$ref\":\"log\"}\n", "append", "log", "-");

	cr_assert(result.exit_code == 0, "%s", result.err);
	tool_release(&result);
	tool_says("1\n{\"$ref\":\"log\"}\n", "get", "log");
}

Test(objects, lines_are_appended_as_they_come)
{
	struct tool_child child = tool_start(TOOL_ARGUMENTS("append", "log", "-"));
	struct tool_child follower;

	tool_says("", "append", "log", "0");
	follower = tool_start(TOOL_ARGUMENTS("log", "-f", "log"));
	cr_assert(!strcmp(tool_next_line(&follower), "0"));
	for (int i = 1; i <= 3; i++) {
		fprintf(child.in, "%d\n", i);
		fflush(child.in);
		cr_assert(atoi(tool_next_line(&follower)) == i);
	}
	cr_assert(tool_finish(&child, 0) == 0);
	cr_assert(tool_finish(&follower, SIGINT) == -SIGINT);
}

Test(objects, many_lines_go_in_without_loss)
{
	enum { LINES = 100000 };
	char *text = malloc(LINES * 8), *at = text;
	struct tool_result result;

	for (int i = 0; i < LINES; i++)
		at += sprintf(at, "%d\n", i);
	result = tool_reading(text, "append", "log", "-");
	cr_assert(result.exit_code == 0, "%s", result.err);
	tool_release(&result);
	tool_says("100000\n", "len", "log");
	tool_says(text, "get", "log");
	free(text);
}

/* ---- ls ---- */

Test(objects, an_empty_store_lists_nothing)
{
	tool_says("", "set", "d", "k", "1");
	tool_says("", "rm", "d");
	tool_says("", "ls");
	tool_says("", "ls", "-r");
	tool_says("", "ls", "--json");
}

Test(objects, ls_shows_a_namespace_as_a_folder)
{
	tool_says("", "set", "a", "k", "1");
	tool_says("", "set", "example/config", "k", "1");
	tool_says("", "append", "example/log", "1");
	tool_says("", "append", "example/deep/log", "1");
	tool_says("a\nexample/\n", "ls");
	tool_says("example/config\nexample/deep/\nexample/log\n", "ls", "example");
	tool_says("a\nexample/config\nexample/deep/log\nexample/log\n", "ls", "-r");
	tool_says("example/deep/log\nexample/log\n", "ls", "-r", "--type", "log");
	tool_says("example/config\n", "ls", "example/config");
	tool_says("example/config\na\n", "ls", "example/config", "a");
	tool_refuses(1, "pkstore: nowhere: there is no such object or namespace\n", "ls", "nowhere");
}

Test(objects, empty_maps_are_on_one_line)
{
	tool_says("", "set", "d", "k", "{\"a\": {}, \"b\": []}");
	tool_says("{\n  \"k\": {\n    \"a\": {},\n    \"b\": []\n  }\n}\n", "get", "-i", "d");
}

Test(objects, ls_goes_on_after_what_is_not_there)
{
	struct tool_result result;

	tool_says("", "set", "a", "k", "1");
	result = tool("ls", "nowhere", "a");
	cr_assert(result.exit_code == 1);
	cr_assert(!strcmp(result.out, "a\n"), "%s", result.out);
	tool_release(&result);
}

Test(objects, ls_long_is_a_table)
{
	struct tool_result result;

	tool_says("", "append", "example/log", "1", "2");
	tool_says("", "set", "a", "k", "1");
	result = tool("ls", "-l");
	cr_assert(result.exit_code == 0, "%s", result.err);
	cr_assert(tool_begins(result.out, "TYPE       COUNT  BYTES  VERSION  CREATED              STATE  PATH\n"
	                                  "dict           1      2        1  20"),
	          "%s", result.out);
	cr_assert(strstr(result.out,
	                 "  -      a\nnamespace      -      -        -  -                    -      example/\n"),
	          "%s", result.out);
	tool_release(&result);
}

Test(objects, ls_json_is_one_object_per_line)
{
	struct tool_result result;

	tool_says("", "append", "n/log", "1", "2");
	result = tool("ls", "--json", "n");
	cr_assert(tool_begins(result.out, "{\"path\":\"n/log\",\"type\":\"log\",\"uuid\":\""), "%s", result.out);
	cr_assert(strstr(result.out, "\"created\":{\"$time\":\"20"), "%s", result.out);
	cr_assert(strstr(result.out, "\"versioned\":true,\"bytes\":10,\"count\":2,\"metadata\":{}}\n"), "%s",
	          result.out);
	tool_release(&result);
	tool_says("{\"path\":\"n\",\"type\":\"namespace\"}\n", "ls", "--json");
}

/* ---- rm, mv ---- */

Test(objects, rm_removes_objects_and_tells_what_was_not_there)
{
	tool_says("", "set", "a", "k", "1");
	tool_says("", "set", "b", "k", "1");
	tool_refuses(1, "pkstore: x: there is no such object\n", "rm", "a", "x", "b");
	tool_says("", "ls");
}

Test(objects, a_namespace_is_removed_only_with_r)
{
	tool_says("", "set", "n", "k", "1");
	tool_says("", "set", "n/a", "k", "1");
	tool_says("", "set", "n/b/c", "k", "1");
	tool_says("", "set", "nn", "k", "1");
	tool_refuses(1, "pkstore: n/b: is a namespace; rm -r removes it\n", "rm", "n/b");
	tool_refuses(1, "pkstore: n/c: there is no such object\n", "rm", "n/c");
	tool_says("", "rm", "-r", "n");
	tool_says("nn\n", "ls", "-r");
	tool_refuses(1, "pkstore: n: there is no such object or namespace\n", "rm", "-r", "n");
}

Test(objects, mv_keeps_what_is_in_the_object)
{
	tool_says("", "set", "a", "k", "1");
	tool_says("", "set", "b", "k", "2");
	tool_says("", "mv", "a", "n/c");
	tool_says("1\n", "get", "n/c", "k");
	tool_refuses(1, "pkstore: b: there already is one\n", "mv", "n/c", "b");
	tool_refuses(1, "pkstore: a: ", "mv", "a", "d");
	tool_refuses(2, "pkstore: ", "mv", "b", "a//b");
}

/* ---- stat ---- */

Test(objects, stat_tells_about_the_store)
{
	struct tool_result result;

	tool_says("", "set", "a", "k", "1");
	result = tool("stat");
	cr_assert(result.exit_code == 0, "%s", result.err);
	cr_assert(strstr(result.out, "\nformat      1\ndurability  full\nobjects     1\n"), "%s", result.out);
	cr_assert(strstr(result.out, "\nwriter      none\n"), "%s", result.out);
	tool_release(&result);
	result = tool("stat", "--json");
	cr_assert(tool_begins(result.out, "{\"path\":\"/dev/shm/"), "%s", result.out);
	cr_assert(strstr(result.out, "\"objects\":1,"), "%s", result.out);
	cr_assert(strstr(result.out, "\"writer_pid\":null,"), "%s", result.out);
	tool_release(&result);
}

Test(objects, stat_tells_about_an_object)
{
	struct tool_result result;

	tool_says("", "append", "log", "1", "2");
	result = tool("stat", "log");
	cr_assert(tool_begins(result.out, "path        log\ntype        log\nuuid        "), "%s", result.out);
	cr_assert(strstr(result.out, "\ncount       2\npositions   0 to 2\nmetadata    {}\n"), "%s", result.out);
	tool_release(&result);
	result = tool("stat", "log", "--json");
	cr_assert(
		strstr(result.out, "\"count\":2,\"first\":0,\"next\":2,\"cap\":0,\"metadata\":{},\"attributes\":{}}\n"),
		"%s", result.out);
	tool_release(&result);
}
