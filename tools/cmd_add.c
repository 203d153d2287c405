/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "kind.h"
#include "open.h"

#include <pkstore/json.h>
#include <pkstore/transaction.h>

#include <string.h>

/* What has no numbers is asked for one all the same: as a Dict or a Value, which it then says it is not. */
static const struct kind *add_kind(struct pks_object *object, const char *key)
{
	const struct kind *kind = kind_find(pks_object_type(object));

	if (!key)
		return &kind_value;
	return kind->add && kind != &kind_value ? kind : &kind_dict;
}

/* To an integer while both are, and else to any number. */
static int add(struct pks_object *object, const char *key, const struct pks_value *by, struct pks_value *sum_out)
{
	const struct kind *kind = add_kind(object, key);
	int64_t integer, integer_sum;
	double real, real_sum;
	int r = pks_value_int(by, &integer);

	if (r == 0)
		r = kind->add(object, key, integer, &integer_sum);
	if (r == 0)
		return pks_value_pack(sum_out, "I", integer_sum);
	if (r == PKS_ERR_TYPE)
		r = pks_value_double(by, &real);
	if (r == 0)
		r = kind->add_double(object, key, real, &real_sum);
	return r == 0 ? pks_value_pack(sum_out, "d", real_sum) : r;
}

static void add_check(const char *text)
{
	struct pks_value by = {0};
	int kind = pks_value_from_json(text, strlen(text), NULL, &by) == 0 ? pks_value_kind(&by) : PKS_KIND_NONE;

	pks_value_clear(&by);
	if (kind != PKS_KIND_INT && kind != PKS_KIND_DOUBLE)
		fail(FAIL_MISUSE, "%s: not a number", text);
}

struct adding {
	const char *path, *key; /* key NULL: the Value itself */
	const struct pks_value *by;
	struct pks_value sum;
};

/* In one transaction: what cannot be added creates nothing. */
static int add_apply(struct pks_store *store, void *arg)
{
	struct adding *adding = arg;
	struct pks_object *object = open_to_set(store, adding->path, adding->key);
	int r;

	pks_value_clear(&adding->sum);
	r = add(object, adding->key, adding->by, &adding->sum);
	pks_object_close(object);
	return r;
}

static int add_run(int argc, char **argv)
{
	char **rest = args_plain(argc, argv, 2, 3);
	const char *key = rest[2] ? rest[1] : NULL, *text = key ? rest[2] : rest[1];
	struct pks_value by = {0};
	struct adding adding = {.path = rest[0], .key = key, .by = &by};
	struct get get = {0};

	add_check(text);
	get.store = open_to_create_at(rest[0]);
	args_json(text, get.store, &by);
	fail_if(pks_atomically(get.store, add_apply, &adding), rest[0]);
	get_print(&get, &adding.sum);
	pks_value_clear(&by);
	pks_value_clear(&adding.sum);
	return FAIL_OK;
}

const struct command cmd_add = {
	.name = "add",
	.usage = "add PATH [KEY|INDEX] N",
	.brief = "adds to a number, and prints the sum",
	.help = "Adds N, which may be negative or have a fraction, to the Value at PATH, to the item KEY of the\n"
		"Dict or Process, or to the number at INDEX of the Array, whoever else does at the same time, and\n"
		"prints the sum. What is not there counts as 0, and the Dict or Value is created if need be.\n"
		"\n"
		"Options stand before PATH, so that KEY and N may begin with a dash.\n",
	.run = add_run,
};
