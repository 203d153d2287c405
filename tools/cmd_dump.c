/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "kind.h"
#include "open.h"

#include <pkstore/namespace.h>
#include <pkstore/transaction.h>

#include <string.h>

static const struct option dump_options[] = {
	{"line", no_argument, NULL, 'l'},
	{"follow", no_argument, NULL, 'f'},
	ARGS_HELP,
};

static void dump_metadata(struct writer *w, struct pks_object *object, const char *path)
{
	struct pks_value metadata = {0};

	fail_if(pks_object_metadata(object, &metadata), path);
	writer_key(w, "metadata");
	writer_value(w, &metadata);
	pks_value_clear(&metadata);
}

/* What load gives back to the new object; of a queue the limit of entries is its maxsize. */
static void dump_limits(struct writer *w, const struct pks_object_info *info)
{
	if (info->limit && !strstr(info->type, "queue"))
		writer_pair_uint(w, "limit", info->limit);
	if (info->limit_bytes)
		writer_pair_uint(w, "limit_bytes", info->limit_bytes);
	if (!info->versioned) {
		writer_key(w, "versioned");
		writer_pack(w, "b", false);
	}
}

static void dump_object(struct writer *w, struct pks_object *object, const struct pks_object_info *info)
{
	const struct kind *kind = kind_find(info->type);

	writer_map(w);
	writer_pair_string(w, "path", info->path);
	writer_pair_string(w, "type", info->type);
	if (info->class_name[0])
		writer_pair_string(w, "class", info->class_name);
	writer_pair_string(w, "uuid", info->uuid);
	writer_pair_time(w, "created", info->created_ns);
	writer_pair_uint(w, "version", info->version);
	if (kind->dump_head)
		kind->dump_head(w, object, info->path);
	writer_key(w, "attributes");
	writer_items(w, pks_attr_iter(object), info->path);
	dump_metadata(w, object, info->path);
	if (kind->dump_items)
		kind->dump_items(w, object, info->path);
	dump_limits(w, info);
	writer_end(w);
}

static void dump_path(struct writer *w, const char *path)
{
	struct pks_object *object = open_object(w->store, path);
	struct pks_object_info info;

	fail_if(pks_object_info(object, &info), path);
	if (w->follow)
		follow_written(w->follow, info.id);
	dump_object(w, object, &info);
	pks_object_close(object);
}

/* What all of it refers to, and what that refers to. Of one that was dropped the reference says enough. */
static void dump_followed(struct writer *w)
{
	struct pks_object_info info;
	uint64_t id;

	while ((id = follow_next(w->follow)) != 0) {
		struct pks_object *object = pks_object_from_id(w->store, id);

		if (!object && pks_error_code() == PKS_ERR_GONE)
			continue;
		if (!object)
			fail_handle("a reference");
		fail_if(pks_object_info(object, &info), "a reference");
		follow_written(w->follow, id);
		dump_object(w, object, &info);
		pks_object_close(object);
	}
}

static void dump_limit(struct writer *w, const struct pks_namespace_info *info)
{
	writer_map(w);
	writer_pair_string(w, "path", info->path);
	writer_pair_string(w, "type", "namespace");
	if (info->limit_objects)
		writer_pair_uint(w, "limit_objects", info->limit_objects);
	if (info->limit_bytes)
		writer_pair_uint(w, "limit_bytes", info->limit_bytes);
	writer_end(w);
}

/* Of a namespace and those in it. */
static void dump_namespace_limits(struct writer *w, const char *in)
{
	size_t size = strlen(in);
	struct pks_namespace_info info;
	int r;

	for (const char *after = NULL; (r = pks_namespace_next_limited(w->store, after, &info)) == 0; after = info.path)
		if (size == 0 || (!strncmp(info.path, in, size) && (info.path[size] == '/' || !info.path[size])))
			dump_limit(w, &info);
	if (r != PKS_END)
		fail_code(r, "the limits");
}

/* All that is in a namespace, and its limits; "" is the top. */
static void dump_namespace(struct writer *w, const char *in)
{
	struct pks_list_options what = {.in = in, .recursive = true};
	struct pks_list *list = pks_list_open(w->store, &what);
	struct pks_list_entry entry;
	int r;

	if (!list)
		fail_handle("the catalog");
	while ((r = pks_list_next(list, &entry)) == 0)
		dump_path(w, entry.info.path);
	pks_list_close(list);
	if (r != PKS_END)
		fail_code(r, "the catalog");
	dump_namespace_limits(w, in);
}

static void dump_argument(struct writer *w, char *path)
{
	bool slash = args_namespace(path);
	int r;

	fail_if(pks_path_check(path), path);
	r = pks_object_exists(w->store, path);
	if (r < 0)
		fail_code(r, path);
	if ((slash || r == PKS_NOT_FOUND) && open_is_namespace(w->store, path)) {
		w->style = PKS_JSON_LINE;
		dump_namespace(w, path);
	} else {
		dump_path(w, path);
	}
}

static int dump_run(int argc, char **argv)
{
	enum pks_json_style style = PKS_JSON_INDENT;
	struct follow follow = {0};
	bool followed = false;
	struct pks_store *store;
	struct writer w;
	char **rest;

	for (int found; (found = args_next(argc, argv, "lf", dump_options)) != -1;) {
		followed |= found == 'f';
		style = PKS_JSON_LINE;
	}
	rest = args_rest(argc, argv, 0, -1);
	store = open_to_read();
	fail_if(pks_snapshot_begin(store), "a snapshot");
	writer_init(&w, store, rest[0] && !rest[1] ? style : PKS_JSON_LINE);
	w.follow = followed ? &follow : NULL;
	if (!rest[0])
		dump_namespace(&w, "");
	for (; *rest; rest++)
		dump_argument(&w, *rest);
	if (followed)
		dump_followed(&w);
	follow_release(&follow);
	pks_snapshot_end(store);
	return FAIL_OK;
}

const struct command cmd_dump = {
	.name = "dump",
	.usage = "dump [-lf] [PATH...]",
	.brief = "writes objects as JSON, for people and for load",
	.help = "Writes the objects at the paths, or all objects of the store, as one JSON object per line; a\n"
		"single PATH over several lines, for people. A namespace, with or without the slash that ls\n"
		"prints, stands for all objects in it. All of it is one snapshot. `pkstore load` reads either\n"
		"form back, limits of namespaces too; uuids, times of creation, versions, a Log's positions and\n"
		"what became of a Process are written for people only: see `pkstore help load`.\n"
		"\n"
		"  {\"path\":..., \"type\":..., \"uuid\":..., \"created\":..., \"version\":...,\n"
		"   \"attributes\":{...}, \"metadata\":{...}, \"items\":{...}}\n"
		"\n"
		"The items of a Log are a list, and \"cap\" is how many entries it keeps, 0 for all. A Process\n"
		"has a map \"process\" with its status, too.\n"
		"The items of a queue are a list of maps with a \"value\" and what else is to be told: \"priority\",\n"
		"\"deliveries\", \"buried\"; and \"maxsize\" is its own. Limits of a namespace are a line\n"
		"of their own:\n"
		"\n"
		"  {\"path\":..., \"type\":\"namespace\", \"limit_objects\":..., \"limit_bytes\":...}\n"
		"\n"
		"  -l, --line    a single object on one line, too\n"
		"  -f, --follow  behind them each object that they refer to, once, and what those refer to;\n"
		"                a reference to one that was dropped is {\"$ref\": NUMBER}\n",
	.run = dump_run,
};
