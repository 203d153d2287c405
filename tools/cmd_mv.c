/* SPDX-License-Identifier: MIT */
/* mv and cp: objects, and namespaces as a whole, at other paths. */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"

#include <pkstore/namespace.h>

static int mv_answer(int r, const char *from, const char *to)
{
	if (r == PKS_EXISTS)
		return fail_warn(FAIL_NO, "%s: there already is one", to);
	fail_if(r, from);
	return FAIL_OK;
}

/* A namespace when it is written with a slash, or when there is no object of that path. */
static int mv_run(int argc, char **argv)
{
	char **rest = args_plain(argc, argv, 2, 2);
	struct pks_store *store = open_to_change();
	bool slash = args_namespace(rest[0]);

	args_namespace(rest[1]);
	if (slash || (pks_object_exists(store, rest[0]) == PKS_NOT_FOUND && open_is_namespace(store, rest[0])))
		return mv_answer(pks_namespace_rename(store, rest[0], rest[1]), rest[0], rest[1]);
	return mv_answer(pks_object_rename(open_object(store, rest[0]), rest[1]), rest[0], rest[1]);
}

const struct command cmd_mv = {
	.name = "mv",
	.usage = "mv PATH NEWPATH",
	.brief = "gives an object or a namespace another path",
	.help = "Gives the object another path. References to it stay valid. Exits with 1 when there is no\n"
		"object at PATH, or already is one at NEWPATH.\n"
		"\n"
		"A PATH that ends with a slash, or that is no object's, is a namespace: all that is in it moves,\n"
		"with its limits, in one transaction; exits with 1 when something is in NEWPATH already.\n",
	.run = mv_run,
};

static int cp_run(int argc, char **argv)
{
	char **rest = args_plain(argc, argv, 2, 2);
	struct pks_object *copy = pks_object_copy(open_object(open_to_change(), rest[0]), rest[1]);

	return copy ? FAIL_OK : mv_answer(pks_error_code(), rest[0], rest[1]);
}

const struct command cmd_cp = {
	.name = "cp",
	.usage = "cp PATH NEWPATH",
	.brief = "copies an object",
	.help = "Makes a copy of the object: its items, attributes, metadata, class and limits, with a uuid of its\n"
		"own. A lock's copy is free, and a process's has not been started. Exits with 1 when there is no\n"
		"object at PATH, or already is one at NEWPATH.\n",
	.run = cp_run,
};
