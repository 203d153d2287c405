/* SPDX-License-Identifier: MIT */
/* set: what is stored under a key, or as a Value. */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "input.h"
#include "kind.h"
#include "open.h"

#include <pkstore/json.h>
#include <pkstore/transaction.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many bytes of what is there instead a message tells. */
#define SET_SHOWN_MAX ((size_t)60)

struct set {
	const char *path;
	char **arguments;         /* behind it: JSON, or any number of KEY JSON */
	struct pks_value *values; /* of these */
	size_t count;             /* of these */
	const char *key;          /* the first one; NULL: the Value itself */
	bool get, if_missing, at_version;
	bool raw;          /* the new values are texts as they are */
	size_t typed_size; /* of what was read from stdin */
	const char *if_json;
	uint64_t version;
	struct pks_value expected; /* of if_json */
	struct pks_value old;      /* what was there; {0}: nothing */
	const char *mismatch;      /* why nothing was stored */
	bool other_version;        /* it was that: */
	uint64_t version_found;
};

static const struct option set_options[] = {
	{"get", no_argument, NULL, 'g'},
	{"if", required_argument, NULL, 'i'},
	{"if-missing", no_argument, NULL, 'n'},
	{"at-version", required_argument, NULL, 'v'},
	{"raw", no_argument, NULL, 'r'},
	ARGS_HELP,
};

static int set_one(struct pks_object *object, const char *key, const struct pks_value *value)
{
	const struct kind *kind = kind_find(pks_object_type(object));

	if (key)
		return (kind->set_one ? kind : &kind_dict)->set_one(object, key, value);
	return (kind->set_all ? kind : &kind_value)->set_all(object, value);
}

/* A copy, as what was read is gone when something else is stored. */
static int set_read(struct set *set, struct pks_object *object)
{
	const struct kind *kind = kind_find(pks_object_type(object));
	struct pks_value value = {0};
	int r;

	pks_value_clear(&set->old);
	if (set->key)
		r = (kind->get_one ? kind : &kind_dict)->get_one(object, set->key, &value);
	else
		r = (kind->get_set ? kind : &kind_value)->get_set(object, &value);
	if (r == 0)
		r = pks_value_copy(&value, &set->old);
	pks_value_clear(&value);
	return r == PKS_NOT_FOUND ? 0 : r;
}

static int set_refuse(struct set *set, const char *why)
{
	set->mismatch = why;
	return PKS_MISMATCH;
}

static int set_refuse_version(struct set *set, uint64_t version)
{
	set->other_version = true;
	set->version_found = version;
	return set_refuse(set, "has another version");
}

/* 0 when what is there is as it was said to be. */
static int set_compare(struct set *set, struct pks_object *object)
{
	uint64_t version;
	int r = 0;

	if (set->get || set->if_json || set->if_missing)
		r = set_read(set, object);
	if (r == 0 && set->if_missing && set->old.data)
		return set_refuse(set, "is there already");
	if (r == 0 && set->if_json && (!set->old.data || pks_value_equal(&set->old, &set->expected) != 0))
		return set_refuse(set, set->old.data ? "is another value" : "is not there");
	if (r == 0 && set->at_version)
		r = pks_object_version(object, &version);
	if (r == 0 && set->at_version && version != set->version)
		return set_refuse_version(set, version);
	return r;
}

static int set_apply(struct pks_store *store, void *arg)
{
	struct set *set = arg;
	/* Of an object that is not there nobody has seen a version. */
	struct pks_object *object =
		set->at_version ? open_object(store, set->path) : open_to_set(store, set->path, set->key);
	int r = set_compare(set, object);

	if (r == 0 && !set->key)
		r = set_one(object, NULL, &set->values[0]);
	for (size_t i = 0; set->key && i < set->count && r == 0; i += 2)
		r = set_one(object, set->arguments[i], &set->values[i + 1]);
	pks_object_close(object);
	return r;
}

static void set_read_options(struct set *set, int argc, char **argv)
{
	for (int found; (found = args_next(argc, argv, "+gr", set_options)) != -1;) {
		if (found == 'g')
			set->get = true;
		else if (found == 'r')
			set->raw = true;
		else if (found == 'i')
			set->if_json = optarg;
		else if (found == 'n')
			set->if_missing = true;
		else
			set->version = (uint64_t)args_integer(optarg, "a version", 0, INT64_MAX);
		set->at_version |= found == 'v';
	}
}

static void set_read_arguments(struct set *set, int argc, char **argv)
{
	char **rest = args_rest(argc, argv, 2, -1);

	set->path = rest[0];
	set->arguments = rest + 1;
	set->count = (size_t)(argc - optind) - 1;
	set->key = set->count > 1 ? set->arguments[0] : NULL;
	if (set->key && set->count % 2)
		fail(FAIL_MISUSE, "set: %s: what is it to be?", set->arguments[set->count - 1]);
	if (set->count > 2 && (set->get || set->if_json || set->if_missing))
		fail(FAIL_MISUSE, "set: --get, --if and --if-missing are for a single KEY");
	if (set->if_json && set->if_missing)
		fail(FAIL_MISUSE, "set: --if and --if-missing cannot both be");
}

/* An argument is limited to some 128 KiB by the system: longer values come from stdin. NULL, or to be freed. */
static char *set_read_typed(struct set *set)
{
	char **json = &set->arguments[set->count - 1];

	return set->count <= 2 && !strcmp(*json, "-") ? *json = input_read_all(&set->typed_size) : NULL;
}

/* `store` NULL only checks it. What was typed may hold a NUL. */
static void set_read_value(struct set *set, size_t i, struct pks_store *store)
{
	const char *text = set->arguments[i];

	if (set->raw && store)
		args_raw(text, set->typed_size ? set->typed_size : strlen(text), &set->values[i]);
	else if (store)
		args_json(text, store, &set->values[i]);
	else if (!set->raw)
		args_json_check(text);
}

/* `store` NULL only checks them. */
static void set_read_values(struct set *set, struct pks_store *store)
{
	for (size_t i = set->key ? 1 : 0; i < set->count; i += 2)
		set_read_value(set, i, store);
	if (set->if_json && store)
		args_json(set->if_json, store, &set->expected);
	else if (set->if_json)
		args_json_check(set->if_json);
}

static void set_release(struct set *set)
{
	for (size_t i = 0; i < set->count; i++)
		pks_value_clear(&set->values[i]);
	free(set->values);
	pks_value_clear(&set->expected);
	pks_value_clear(&set->old);
}

/* How much of it one line has room for; not up to the midst of a character. */
static size_t set_shown(const char *json, size_t size)
{
	if (size <= SET_SHOWN_MAX)
		return size;
	for (size = SET_SHOWN_MAX; ((unsigned char)json[size] & 0xC0) == 0x80; size--)
		;
	return size;
}

static void set_tell_mismatch(const struct set *set, struct pks_store *store)
{
	char *found = NULL;
	size_t size, shown;

	if (set->other_version && asprintf(&found, "%llu", (unsigned long long)set->version_found) < 0)
		fail_no_memory(NULL);
	if (!set->other_version && set->old.data)
		fail_if(pks_value_to_json(&set->old, store, PKS_JSON_LINE, &found), set->path);
	size = found ? strlen(found) : 0;
	shown = set_shown(found, size);
	fail_warn(FAIL_NO, "%s%s%s: %s%s%.*s%s; nothing was set", set->path, set->key ? ": " : "",
	          set->key ? set->key : "", set->mismatch, found ? ": " : "", (int)shown, found ? found : "",
	          shown < size ? "..." : "");
	free(found);
}

static int set_run(int argc, char **argv)
{
	struct set set = {0};
	struct get get = {0};
	char *typed;
	int r;

	set_read_options(&set, argc, argv);
	set_read_arguments(&set, argc, argv);
	typed = set_read_typed(&set);
	set_read_values(&set, NULL);
	get.store = set.at_version ? open_to_change() : open_to_create_at(set.path);
	set.values = fail_no_memory(calloc(set.count, sizeof(*set.values)));
	set_read_values(&set, get.store);
	r = pks_atomically(get.store, set_apply, &set);
	if (r == PKS_MISMATCH)
		set_tell_mismatch(&set, get.store);
	else
		fail_if(r, set.path);
	if (r == 0 && set.get && set.old.data)
		get_print(&get, &set.old);
	set_release(&set);
	free(typed);
	return r == PKS_MISMATCH ? FAIL_NO : FAIL_OK;
}

const struct command cmd_set = {
	.name = "set",
	.usage = "set [-gr] [--if JSON | --if-missing] [--at-version N] PATH [KEY|INDEX|START:STOP] JSON\n"
		 "       pkstore set [-r] [--at-version N] PATH KEY JSON KEY JSON...",
	.brief = "stores an item in a Dict or an Array, or sets a Value",
	.help = "Stores the JSON value under KEY in the Dict or Process at PATH, in place of what was there;\n"
		"as the number at INDEX in an Array, or a list of numbers from there on, or one number at all\n"
		"indices from START up to but not including STOP; as an attribute of a plain Object; without\n"
		"either as the Value at PATH. Creates the Dict or Value, and the store, if need be (`pkstore\n"
		"create` makes all else). Several KEYs are stored in one transaction. Text is written with its\n"
		"quotes: '\"text\"', or after -r as it is. With - instead of JSON the value is read from standard\n"
		"input.\n"
		"What JSON has no form for is a map of one key: {\"$bytes\": \"base64\"},\n"
		"{\"$time\": \"2026-11-23T05:30:00Z\"}, {\"$ref\": \"path\"}, {\"$int\": \"9007199254740993\"}.\n"
		"\n"
		"  -g, --get         prints what was there, if anything was\n"
		"  -r, --raw         instead of JSON texts as they are, also all of standard input; what is not\n"
		"                    UTF-8 becomes bytes\n"
		"      --if JSON     only if that value is there; else exits with 1\n"
		"      --if-missing  only if nothing is there; else exits with 1\n"
		"      --at-version N\n"
		"                    only if the object still has that version, as `pkstore stat` tells it; else\n"
		"                    exits with 1\n"
		"\n"
		"Options stand before PATH, so that KEY and JSON may begin with a dash. The first -- is passed\n"
		"over, before PATH or behind it.\n",
	.run = set_run,
};
