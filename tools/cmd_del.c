/* SPDX-License-Identifier: MIT */
/* del and clear: items that go, while the object stays. */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "kind.h"
#include "open.h"

#include <pkstore/log.h>
#include <pkstore/transaction.h>

/* ---- del ---- */

struct del {
	const char *path, *key;
	bool get; /* what was there */
	struct pks_value value;
};

static const struct option del_options[] = {
	{"get", no_argument, NULL, 'g'},
	ARGS_HELP,
};

static int del_get(struct del *del, struct pks_object *object)
{
	const struct kind *kind = kind_find(pks_object_type(object));
	struct pks_value value = {0};
	int r = (kind->get_one ? kind : &kind_dict)->get_one(object, del->key, &value);

	/* A copy, as what was read is gone with the item. */
	pks_value_clear(&del->value);
	if (r == 0)
		r = pks_value_copy(&value, &del->value);
	pks_value_clear(&value);
	return r;
}

static int del_apply(struct pks_store *store, void *arg)
{
	struct del *del = arg;
	struct pks_object *object = open_object(store, del->path);
	const struct kind *kind = kind_find(pks_object_type(object));
	int r = del->get ? del_get(del, object) : 0;

	if (r == 0)
		r = (kind->del_one ? kind : &kind_dict)->del_one(object, del->key);
	pks_object_close(object);
	return r;
}

static int del_run(int argc, char **argv)
{
	struct get get = {0};
	struct del del = {0};
	char **rest;
	int r;

	while (args_next(argc, argv, "+g", del_options) != -1)
		del.get = true;
	rest = args_rest(argc, argv, 2, 2);
	del.path = rest[0];
	del.key = rest[1];
	get.store = open_to_change();
	r = pks_atomically(get.store, del_apply, &del);
	fail_if(r, del.path);
	if (del.get)
		get_print(&get, &del.value);
	pks_value_clear(&del.value);
	return FAIL_OK;
}

const struct command cmd_del = {
	.name = "del",
	.usage = "del [-g] PATH KEY",
	.brief = "removes an item from a Dict",
	.help = "Removes KEY from the Dict or Process at PATH, or the attribute KEY of a plain Object. Exits\n"
		"with 1 when it is not there.\n"
		"\n"
		"  -g, --get  prints what was there\n",
	.run = del_run,
};

/* ---- clear ---- */

static const struct option clear_options[] = {
	{"keep", required_argument, NULL, 'k'},
	ARGS_HELP,
};

static int clear_run(int argc, char **argv)
{
	const struct kind *kind;
	struct pks_object *object;
	const char *path;
	int64_t keep = -1;

	while (args_next(argc, argv, "k:", clear_options) != -1)
		keep = args_integer(optarg, "a number of entries", 0, INT64_MAX);
	path = *args_rest(argc, argv, 1, 1);
	object = open_object(open_to_change(), path);
	kind = kind_find(pks_object_type(object));
	if (keep >= 0)
		fail_if(pks_log_trim(object, (uint64_t)keep), path);
	else
		fail_if((kind->clear ? kind : &kind_dict)->clear(object), path);
	return FAIL_OK;
}

const struct command cmd_clear = {
	.name = "clear",
	.usage = "clear [-k N] PATH",
	.brief = "empties a Dict, a Log, a queue or a Value",
	.help = "Removes all items of the Dict or Process at PATH, all entries of the Log, what the Value holds, or\n"
		"what can be had from the queue and what is buried in it, in one transaction. The object stays,\n"
		"with its attributes and metadata, and so does what somebody has reserved in a queue.\n"
		"\n"
		"  -k, --keep N  of a Log: all but the newest N entries\n",
	.run = clear_run,
};
