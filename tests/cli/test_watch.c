/* SPDX-License-Identifier: MIT */
/* `pkstore watch`: what changes is told. */
#include "lib/child.h"
#include "lib/tool.h"

#include <pkstore/pkstore.h>

TestSuite(watch, .init = tool_begin, .fini = tool_end);

Test(watch, nothing_changes_and_nothing_is_told)
{
	struct tool_result result;

	tool_says("", "set", "a", "k", "1");
	result = tool("watch", "-t", "0.01", "a");
	cr_expect_eq(result.exit_code, 1);
	cr_expect_str_empty(result.out);
	tool_release(&result);
	tool_refuses(1, "pkstore: b: ", "watch", "a", "b");
	tool_refuses(2, "pkstore: ", "watch");
}

/* Until it is killed: when the tool has begun to watch is told by nothing else than what it sees. */
static int change_for_ever(void *unused)
{
	struct pks_store *store = pks_store_open(NULL, NULL);
	struct pks_object *cell = pks_cell_open(store, "b", PKS_MUST_EXIST);

	while (pks_cell_add(cell, 1, NULL) == 0)
		;
	return unused ? 0 : 1;
}

Test(watch, what_another_program_changes_is_told)
{
	pid_t child;

	tool_says("", "set", "a", "k", "1");
	tool_says("", "set", "b", "1");
	child = child_start(change_for_ever, NULL);
	tool_says("b\nb\nb\n", "watch", "-n", "3", "a", "b");
	child_kill(child);
}
