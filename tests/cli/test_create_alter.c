/* SPDX-License-Identifier: MIT */
/* create and alter: objects of all types, and what they are made with. */
#include "lib/tool.h"

#include <unistd.h>

TestSuite(create_alter, .init = tool_begin, .fini = tool_end);

static void expect(const char *expected, struct tool_result result)
{
	cr_expect(result.exit_code == 0, "%s", result.err);
	cr_expect(strstr(result.out, expected), "it says: %s", result.out);
	tool_release(&result);
}

Test(create_alter, objects_of_every_type_are_created)
{
	static const char *const types[] = {"dict",      "log",   "value", "queue", "lifoqueue", "priorityqueue",
	                                    "pipe",      "lock",  "rlock", "event", "semaphore", "boundedsemaphore",
	                                    "condition", "object"};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		tool_says("", "create", types[i], types[i]);
		expect("\"type\":", tool("ls", "--type", types[i], "--json"));
	}
	tool_says("", "create", "array", "array", "--numbers", "half", "--length", "3");
	tool_says("", "create", "barrier", "barrier", "--parties", "2");
	expect("all is well", tool("check"));
}

Test(create_alter, each_type_has_options_of_its_own)
{
	tool_says("", "create", "--maxsize", "7", "queue", "q");
	expect("\"maxsize\":7,", tool("stat", "--json", "q"));
	tool_says("", "create", "log", "--cap", "2", "l");
	tool_says("", "append", "l", "1", "2", "3");
	tool_says("2\n3\n", "get", "l");
	tool_says("", "create", "semaphore", "one");
	tool_says("", "create", "semaphore", "-p", "3", "three");
	tool_says("", "create", "boundedsemaphore", "--permits", "2", "two");
	expect("\"value\":1,\"initial\":1", tool("get", "one"));
	expect("\"value\":3,\"initial\":3", tool("get", "three"));
	expect("\"value\":2,\"initial\":2", tool("get", "two"));
	tool_says("", "create", "pipe", "--one-way", "p");
	expect("\"duplex\":false", tool("get", "p"));
	tool_says("", "create", "barrier", "--parties", "4", "b");
	expect("\"parties\":4", tool("get", "b"));
	tool_says("", "create", "rlock", "r");
	tool_says("", "create", "condition", "--lock", "r", "c");
	expect("\"lock\":{\"$ref\":\"r\"}", tool("dump", "-l", "c"));
}

Test(create_alter, all_types_have_a_class_metadata_and_versions)
{
	tool_says("", "create", "dict", "d", "--class", "config", "--meta", "{\"owner\": \"me\"}", "--unversioned");
	expect("\"class\":\"config\"", tool("stat", "--json", "d"));
	expect("\"versioned\":false", tool("stat", "--json", "d"));
	tool_says("{\"owner\":\"me\"}\n", "meta", "d");
	tool_says("", "alter", "d", "--class", "settings", "--versioned", "--meta", "{}");
	expect("\"class\":\"settings\"", tool("stat", "--json", "d"));
	expect("\"versioned\":true", tool("stat", "--json", "d"));
	tool_says("{}\n", "meta", "d");
	tool_says("", "alter", "--class", "", "d");
	expect("\"versioned\":true,\"bytes\"", tool("stat", "--json", "d"));
}

Test(create_alter, several_are_created_or_none)
{
	tool_says("", "create", "lock", "a", "b");
	tool_refuses(1, "pkstore: b: there already is one\n", "create", "lock", "c", "b", "d");
	tool_says("a\nb\n", "ls");
	tool_says("", "create", "lock", "--if-missing", "b", "c");
	tool_says("a\nb\nc\n", "ls");
	tool_refuses(2, "pkstore: a: is of the type lock, not dict\n", "create", "dict", "--if-missing", "d", "a");
	tool_says("a\nb\nc\n", "ls");
}

Test(create_alter, what_was_created_can_be_altered)
{
	tool_says("", "create", "log", "l");
	tool_says("", "append", "l", "1", "2", "3");
	tool_says("", "alter", "--cap", "1", "l");
	tool_says("3\n", "get", "l");
	tool_says("", "alter", "--cap", "0", "l");
	tool_says("", "append", "l", "4");
	tool_says("3\n4\n", "get", "l");
	tool_says("", "create", "queue", "q");
	tool_says("", "alter", "q", "-m", "1");
	tool_says("", "put", "q", "1");
	tool_refuses(1, "pkstore: q: the queue is full\n", "put", "q", "2");
	tool_says("", "create", "semaphore", "s");
	tool_says("", "alter", "s", "--permits", "5");
	expect("\"value\":5,\"initial\":5", tool("get", "s"));
	tool_says("", "create", "pipe", "p", "--one-way");
	tool_says("", "alter", "p", "--duplex");
	expect("\"duplex\":true", tool("get", "p"));
	tool_says("", "create", "barrier", "b", "--parties", "2");
	tool_says("", "alter", "b", "--parties", "3");
	expect("\"parties\":3", tool("get", "b"));
	tool_says("", "create", "lock", "lock");
	tool_says("", "create", "condition", "c");
	tool_says("", "alter", "c", "--lock", "lock");
	expect("\"lock\":{\"$ref\":\"lock\"}", tool("dump", "-l", "c"));
	tool_says("", "alter", "c", "--lock", "-");
	expect("\"type\":\"condition\"", tool("dump", "-l", "c"));
}

Test(create_alter, what_cannot_be_is_misuse_and_makes_no_store)
{
	tool_refuses(2, "pkstore: create: too few arguments\n", "create", "dict");
	tool_refuses(2, "pkstore: heap: not a type of objects\n", "create", "heap", "h");
	tool_refuses(2, "pkstore: create: `pkstore run --no-start`", "create", "process", "p");
	tool_refuses(2, "pkstore: --maxsize: not an option of the type lock\n", "create", "lock", "-m", "1", "l");
	tool_refuses(2, "pkstore: --length: not an option of the type log\n", "create", "log", "--length", "1", "l");
	tool_refuses(2, "pkstore: many: not a number from 0 on\n", "create", "queue", "-m", "many", "q");
	tool_refuses(2, "pkstore: create: a barrier is made with --parties N\n", "create", "barrier", "b");
	tool_refuses(2, "pkstore: --parties 0: not a number above 0\n", "create", "barrier", "--parties", "0", "b");
	tool_refuses(2, "pkstore: create: an array is made with ", "create", "array", "a", "--length", "1");
	tool_refuses(2, "pkstore: --meta [1]: not a JSON object\n", "create", "dict", "--meta", "[1]", "d");
	tool_refuses(2, "pkstore: {: ", "create", "dict", "--meta", "{", "d");
	tool_refuses(2, "pkstore: path 'a//b' ", "create", "dict", "a//b");
	cr_assert(access(tool_path("store"), F_OK) != 0, "misuse made a store");
	tool_refuses(1, "pkstore: l: there is no such object\n", "create", "condition", "--lock", "l", "c");
	tool_refuses(2, "pkstore: b: a BoundedSemaphore without permits\n", "create", "boundedsemaphore", "-p", "0",
	             "b");
	tool_says("", "ls");
}

Test(create_alter, alter_refuses_what_a_type_has_not)
{
	tool_says("", "create", "dict", "d");
	tool_refuses(2, "pkstore: alter: nothing is to be changed\n", "alter", "d");
	tool_refuses(2, "pkstore: --cap: not an option of the type dict\n", "alter", "--cap", "1", "d");
	tool_refuses(2, "pkstore: alter: --numbers, ", "alter", "--numbers", "int8", "d");
	tool_refuses(1, "pkstore: none: there is no such object\n", "alter", "--versioned", "none");
	tool_refuses(2, "pkstore: alter: too many arguments: e\n", "alter", "--versioned", "d", "e");
	tool_says("", "create", "condition", "c");
	tool_refuses(2, "pkstore: c: d: is a Dict, not a Lock\n", "alter", "c", "--lock", "d");
}
