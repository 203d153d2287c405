/* SPDX-License-Identifier: MIT */
/* `pkstore check`: what it prints, and how it exits. */
#include "lib/tool.h"

#include <fcntl.h>
#include <lmdb.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

TestSuite(verify, .init = tool_begin, .fini = tool_end);

/* A foreign program that removes a record, as FORMAT.md wants it opened. */
static void remove_record(const void *key, size_t size)
{
	MDB_val k = {size, (void *)(uintptr_t)key};
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	int dir = open(getenv("PKSTORE_PATH"), O_RDONLY | O_DIRECTORY);

	cr_assert(dir >= 0 && flock(dir, LOCK_EX) == 0);
	cr_assert(mdb_env_create(&env) == 0 && mdb_env_open(env, getenv("PKSTORE_PATH"), 0, 0600) == 0);
	cr_assert(mdb_txn_begin(env, NULL, 0, &txn) == 0 && mdb_dbi_open(txn, NULL, 0, &dbi) == 0);
	cr_assert(mdb_del(txn, dbi, &k, NULL) == 0);
	cr_assert(mdb_txn_commit(txn) == 0);
	mdb_env_close(env);
	close(dir);
}

/* The item `x` of the store's first object. */
static const char item_x[] = "\4\0\0\0\0\0\0\0\1\3x";

static void make_dict(void)
{
	tool_says("", "set", "a/dict", "x", "1");
	tool_says("", "set", "a/dict", "y", "2");
}

Test(verify, a_good_store_is_well)
{
	make_dict();
	tool_says("1 objects, 8 records: all is well\n", "check");
	tool_says("", "check", "--json");
	tool_says("1 objects, 8 records: all is well\n", "check", "--repair");
}

Test(verify, what_is_wrong_is_told_with_its_place_and_the_exit_code_is_1)
{
	struct tool_result result;

	make_dict();
	remove_record(item_x, sizeof(item_x) - 1);
	result = tool("check");
	cr_expect_eq(result.exit_code, 1);
	cr_expect_str_eq(result.out,
	                 "a/dict: count: the header counts 2 entries, there are 1 "
	                 "[04 0000000000000001 00]; --repair: the header is rewritten\n"
	                 "a/dict: count: the header counts 4 bytes, there are 2 "
	                 "[04 0000000000000001 00]; --repair: the header is rewritten\n"
	                 "1 objects, 7 records: 2 wrong\n");
	tool_release(&result);
	result = tool("check", "--json");
	cr_expect_eq(result.exit_code, 1);
	cr_expect(tool_begins(result.out, "{\"code\":\"count\",\"note\":false,\"path\":\"a/dict\",\"id\":1,"
	                                  "\"key\":\"04 0000000000000001 00\",\"what\":\"the header counts 2 "),
	          "%s", result.out);
	tool_release(&result);
}

Test(verify, what_is_derived_is_repaired)
{
	struct tool_result result;

	make_dict();
	remove_record(item_x, sizeof(item_x) - 1);
	result = tool("check", "--repair");
	cr_expect_eq(result.exit_code, 0);
	cr_expect(strstr(result.out, "; repaired: the header is rewritten\n"), "%s", result.out);
	cr_expect(strstr(result.out, "2 wrong, 2 repaired\n"), "%s", result.out);
	tool_release(&result);
	tool_says("1 objects, 7 records: all is well\n", "check");
	tool_says("1\n", "len", "a/dict");
}

Test(verify, references_to_nothing_are_told_and_are_no_fault)
{
	struct tool_result result;

	make_dict();
	tool_says("", "set", "a/other", "x", "1");
	tool_says("", "set", "a/dict", "x", "{\"$ref\": \"a/other\"}");
	tool_says("", "rm", "a/other");
	result = tool("check");
	cr_expect_eq(result.exit_code, 0);
	cr_expect_str_eq(result.out, "a/dict: reference: refers to object 2, which is not there "
	                             "[04 0000000000000001 03 78]\n"
	                             "1 objects, 8 records: all is well, 1 references to nothing\n");
	tool_release(&result);
}

Test(verify, there_must_be_a_store)
{
	struct tool_result result = tool("check");

	cr_expect_neq(result.exit_code, 0);
	cr_expect_str_empty(result.out);
	tool_release(&result);
}
