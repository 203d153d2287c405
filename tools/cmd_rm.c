/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"

#include <pkstore/namespace.h>
#include <pkstore/transaction.h>

#include <stdlib.h>
#include <string.h>

/* How many objects of a namespace one transaction drops. */
#define RM_BATCH 256

static const struct option rm_options[] = {
	{"recursive", no_argument, NULL, 'r'},
	ARGS_HELP,
};

static int rm_object(struct pks_store *store, const char *path)
{
	struct pks_object *object = pks_object_open(store, path);
	int r = object ? pks_object_drop(object) : pks_error_code();

	pks_object_close(object);
	return r;
}

struct rm_batch {
	char paths[RM_BATCH][PKS_PATH_MAX + 1];
	size_t count;
};

/* The namespace's first objects behind the `skip` that could not be dropped. */
static void rm_collect(struct pks_store *store, const char *in, size_t skip, struct rm_batch *batch)
{
	struct pks_list_options what = {.in = in, .recursive = true};
	struct pks_list *list = pks_list_open(store, &what);
	struct pks_list_entry entry;
	int r = 0;

	if (!list)
		fail_handle(in);
	batch->count = 0;
	while (batch->count < RM_BATCH && (r = pks_list_next(list, &entry)) == 0) {
		if (skip > 0) {
			skip--;
			continue;
		}
		strcpy(batch->paths[batch->count++], entry.info.path);
	}
	pks_list_close(list);
	if (r != 0 && r != PKS_END)
		fail_code(r, in);
}

static int rm_drop_all(struct pks_store *store, void *arg)
{
	const struct rm_batch *batch = arg;
	int r = 0;

	for (size_t i = 0; i < batch->count && r == 0; i++)
		r = rm_object(store, batch->paths[i]);
	return r;
}

/* One by one, to find out which of them cannot be dropped, and why. Returns how many that were; *exit_code rises. */
static size_t rm_drop_each(struct pks_store *store, const struct rm_batch *batch, int *exit_code)
{
	size_t left = 0;

	for (size_t i = 0; i < batch->count; i++) {
		int r = rm_object(store, batch->paths[i]);

		if (r != 0 && r != PKS_NOT_FOUND && r != PKS_ERR_GONE) {
			int one = fail_warn_code(r, batch->paths[i]);

			*exit_code = one > *exit_code ? one : *exit_code;
			left++;
		}
	}
	return left;
}

/* One by one where one of them is in use: the others are removed all the same. */
static int rm_what_can_be(struct pks_store *store, const char *in)
{
	struct rm_batch *batch = fail_no_memory(malloc(sizeof(*batch)));
	int exit_code = FAIL_OK;
	size_t left = 0;

	for (rm_collect(store, in, left, batch); batch->count > 0; rm_collect(store, in, left, batch)) {
		if (pks_atomically(store, rm_drop_all, batch) != 0)
			left += rm_drop_each(store, batch, &exit_code);
	}
	free(batch);
	return exit_code;
}

/* Returns the exit code; *found_out: whether there was anything. */
static int rm_namespace(struct pks_store *store, const char *in, bool *found_out)
{
	int r = pks_namespace_drop(store, in, NULL);

	*found_out |= r != PKS_NOT_FOUND;
	if (r == PKS_ERR_STATE)
		return rm_what_can_be(store, in);
	return r < 0 ? fail_warn_code(r, in) : FAIL_OK;
}

static int rm_path(struct pks_store *store, char *path, bool recursive)
{
	/* With its slash it is the namespace that was meant, not an object of that name. */
	bool only_namespace = args_namespace(path) && !recursive;
	int r = only_namespace ? PKS_NOT_FOUND : rm_object(store, path), exit_code = FAIL_OK;
	bool found = r != PKS_NOT_FOUND;

	if (r < 0)
		return fail_warn_code(r, path);
	if (recursive)
		exit_code = rm_namespace(store, path, &found);
	if (found)
		return exit_code;
	r = pks_path_check(path);
	if (r != 0)
		return fail_warn_code(r, path);
	if (open_is_namespace(store, path))
		return fail_warn(FAIL_NO, "%s: is a namespace; rm -r removes it", path);
	return fail_warn(FAIL_NO, "%s: there is no such %s", path,
	                 only_namespace ? "namespace" : recursive ? "object or namespace" : "object");
}

static int rm_run(int argc, char **argv)
{
	bool recursive = false;
	int exit_code = FAIL_OK;
	struct pks_store *store;
	char **rest;

	while (args_next(argc, argv, "r", rm_options) != -1)
		recursive = true;
	rest = args_rest(argc, argv, 1, -1);
	store = open_to_change();
	for (; *rest; rest++) {
		int r = rm_path(store, *rest, recursive);

		exit_code = r > exit_code ? r : exit_code;
	}
	return exit_code;
}

const struct command cmd_rm = {
	.name = "rm",
	.usage = "rm [-r] PATH...",
	.brief = "removes objects",
	.help = "Removes the objects, with their items and attributes. References to them dangle from then on.\n"
		"A process that is submitted or running cannot be removed: terminate it first. What cannot be\n"
		"removed is told, and the others are removed all the same.\n"
		"\n"
		"  -r, --recursive  everything in the namespace PATH, too, in transactions of a bounded size;\n"
		"                   PATH may end with a slash, as ls prints it\n",
	.run = rm_run,
};
