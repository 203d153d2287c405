/* SPDX-License-Identifier: MIT */
#include "load.h"

#include "fail.h"
#include "load_check.h"
#include "open.h"

#include <pkstore/json.h>
#include <pkstore/namespace.h>

#include <stdlib.h>
#include <string.h>

static bool load_is_process(const struct load *load)
{
	return load->kind == &kind_process;
}

/* By a process's attribute "state": a list, whose first element is 1 as long as the process is just created. */
static bool load_was_started(const struct pks_value *state)
{
	struct pks_value status = {0};
	int64_t number;

	return pks_value_at(state, 0, &status) == 0 && pks_value_int(&status, &number) == 0 && number != 1;
}

static void load_value(struct load *load, enum load_kind kind, const char *key)
{
	struct load_change change = {.kind = kind, .of = load->kind, .object = load->object};

	scan_parse(&load->scan, load->batch.store, &change.value);
	change.key = key ? fail_no_memory(strdup(key)) : NULL;
	if (kind == LOAD_STATE && load_was_started(&change.value))
		load->started++;
	load_batch_add(&load->batch, &change);
}

/* ---- the members of an object ---- */

static void load_begin_object(struct load *load)
{
	if (pks_path_check(load->path) != 0)
		scan_fail(&load->scan, "%s", pks_error_message());
	if (load->pass == LOAD_CHECK) {
		if (load->batch.store && pks_object_exists(load->batch.store, load->path) == 0)
			fail(FAIL_NO, "%s: there already is one", load->path);
		load_paths_add(&load->paths, load->path);
	}
	if (load->pass == LOAD_FILL)
		load->object = open_object(load->batch.store, load->path);
}

/* The limits of a namespace, which is no object. */
static void load_begin_limit(struct load *load)
{
	struct pks_namespace_info info = {0};
	int r = load->path[0] ? pks_path_check(load->path) : 0;

	load->limit = (struct load_limit){0};
	if (r == 0 && load->pass == LOAD_CHECK && load->batch.store)
		r = pks_namespace_info(load->batch.store, load->path, &info);
	if (r < 0 && fail_exit_of(r) == FAIL_STORE)
		fail_code(r, load->path);
	if (r < 0)
		scan_fail(&load->scan, "%s", pks_error_message());
	if (info.limit_objects || info.limit_bytes)
		fail(FAIL_NO, "%s/: there already are limits on it", load->path);
}

static void load_type(struct load *load)
{
	free(load->type);
	load->type = scan_string(&load->scan);
	load->of_namespace = !strcmp(load->type, "namespace");
	load->kind = kind_find(load->type);
	if (!load->kind->create && !load->of_namespace)
		scan_fail(&load->scan, "%s: there is no type '%s'", load->path, load->type);
	if (load->of_namespace)
		load_begin_limit(load);
	else
		load_begin_object(load);
}

/* What a command stands for until its attributes are filled in, the target among them. */
#define LOAD_COMMAND "command:command"

/* MODULE:HANDLER, or a command: a list. */
static void load_read_target(struct load *load, const char *name)
{
	free(load->target);
	load->target = NULL;
	if (scan_peek(&load->scan) != '[') {
		load->target = scan_string(&load->scan);
		return;
	}
	load_check_value(load, "attribute", name, false);
	load->target = fail_no_memory(strdup(LOAD_COMMAND));
}

/* The Log of a process's output: a dump of the process alone does without it, and so does what was dumped. */
static void load_output(struct load *load, const char *name)
{
	struct load_change change = {.kind = LOAD_ATTRIBUTE, .of = load->kind, .object = load->object};

	scan_value(&load->scan);
	if (load->pass == LOAD_FILL &&
	    pks_value_from_json(load->scan.text, load->scan.size, load->batch.store, &change.value) == 0) {
		change.key = fail_no_memory(strdup(name));
		load_batch_add(&load->batch, &change);
	}
}

/* What the runtime has noted about runs in another store: a process that is loaded has not run, and has none. */
static bool load_is_of_runs(const char *name)
{
	static const char *const names[] = {"history", "report", "progress"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

/* What a process runs must be known when it is made, and its state is not for everybody to set. */
static void load_attribute(struct load *load, const char *name)
{
	bool of_process = load_is_process(load);

	if (of_process && !strcmp(name, "output")) {
		load_output(load, name);
		return;
	}
	if (of_process && load_is_of_runs(name)) {
		scan_value(&load->scan);
		return;
	}
	if (load->pass == LOAD_FILL) {
		load_value(load, of_process && !strcmp(name, "state") ? LOAD_STATE : LOAD_ATTRIBUTE, name);
		return;
	}
	load_check_key(load, name, 1);
	if (of_process && !strcmp(name, "target"))
		load_read_target(load, name);
	else
		load_check_value(load, "attribute", name, false);
}

static void load_attributes(struct load *load)
{
	bool first = true;

	scan_begin(&load->scan, '{');
	while (scan_more(&load->scan, '}', &first))
		load_attribute(load, scan_key(&load->scan));
}

static void load_metadata(struct load *load)
{
	if (load->pass == LOAD_FILL)
		load_value(load, LOAD_METADATA, NULL);
	else
		load_check_value(load, "metadata", NULL, false);
}

/* One that the kind has: what the object is made with, or what it gets when all objects are there. */
static void load_kind_member(struct load *load, const struct kind_member *member)
{
	struct load_change change = {.kind = LOAD_MEMBER, .of = load->kind, .object = load->object, .member = member};

	if (load->pass == LOAD_FILL && member->load) {
		scan_parse(&load->scan, load->batch.store, &change.value);
		load_batch_add(&load->batch, &change);
		return;
	}
	scan_value(&load->scan);
	if (!member->load) {
		free(load->target);
		load->target = fail_no_memory(strdup(load->scan.text));
	}
	load_check_member(load, member);
}

/* Of a namespace: the first pass alone remembers them. */
static void load_limit_member(struct load *load, const char *name)
{
	uint64_t *limit_out = !strcmp(name, "limit_objects") ? &load->limit.objects
	                      : !strcmp(name, "limit_bytes") ? &load->limit.bytes
	                                                     : NULL;
	struct pks_value value = {0};

	if (load->pass != LOAD_CHECK || !limit_out) {
		scan_value(&load->scan);
		return;
	}
	scan_parse(&load->scan, NULL, &value);
	if (pks_value_uint(&value, limit_out) != 0)
		scan_fail(&load->scan, "%s: the %s is not a number", load->path, name);
	pks_value_clear(&value);
}

static void load_item(struct load *load, const char *key)
{
	bool listed = load->kind->items == '[';

	if (load->pass == LOAD_FILL) {
		load_value(load, LOAD_ITEM, key);
		return;
	}
	if (key)
		load_check_key(load, key, 0);
	load_check_value(load, listed ? "an entry" : "item", key, true);
}

static void load_items(struct load *load)
{
	char opening = load->kind->items, closing = opening == '[' ? ']' : '}';
	bool first = true;

	if (!opening) {
		scan_value(&load->scan);
		return;
	}
	scan_begin(&load->scan, opening);
	while (scan_more(&load->scan, closing, &first))
		load_item(load, opening == '{' ? scan_key(&load->scan) : NULL);
}

static const struct load_member {
	const char *name;
	void (*read)(struct load *load);
} load_members[] = {
	{"attributes", load_attributes},
	{"metadata", load_metadata},
	{"items", load_items},
};

static const struct kind_member *load_find_member(const struct kind_member *members, const char *name)
{
	for (; members && members->name; members++)
		if (!strcmp(members->name, name))
			return members;
	return NULL;
}

/* What is not in the tables, such as the former uuid, is passed over. The name is gone when a key inside is read. */
static void load_member(struct load *load, const char *name)
{
	const struct kind_member *member;

	if (load->of_namespace) {
		load_limit_member(load, name);
		return;
	}
	for (size_t i = 0; i < sizeof(load_members) / sizeof(*load_members); i++) {
		if (!strcmp(load_members[i].name, name)) {
			load_members[i].read(load);
			return;
		}
	}
	member = load_find_member(load->kind->members, name);
	if (!member)
		member = load_find_member(kind_any_members, name);
	if (member)
		load_kind_member(load, member);
	else
		scan_value(&load->scan);
}

/* ---- objects ---- */

/* A path first and a type behind it: all else is read in their light. */
static void load_head(struct load *load, bool *first)
{
	static const char *const names[] = {"path", "type"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *name = scan_more(&load->scan, '}', first) ? scan_key(&load->scan) : NULL;

		if (!name || strcmp(name, names[i]))
			scan_fail(&load->scan, "an object begins with \"path\" and \"type\"");
		if (i == 0) {
			free(load->path);
			load->path = scan_string(&load->scan);
		} else {
			load_type(load);
		}
	}
}

static void load_end_limit(struct load *load)
{
	load->limit.namespace = load->path;
	if (load->pass == LOAD_CHECK)
		load_limits_add(&load->limits, &load->limit);
	else
		free(load->path);
	load->path = NULL;
}

static void load_end(struct load *load)
{
	struct load_change change = {.kind = LOAD_DONE, .of = load->kind, .object = load->object};
	bool checking = load->pass == LOAD_CHECK || load->pass == LOAD_REFER;

	load_check_end(load);
	if (load->pass == LOAD_MAKE)
		change = (struct load_change){
			.kind = LOAD_CREATE, .of = load->kind, .key = load->path, .target = load->target};
	if (load->pass != LOAD_MAKE) {
		free(load->path);
		free(load->target);
	}
	load->path = load->target = NULL;
	if (!checking)
		load_batch_add(&load->batch, &change);
	load->object = NULL;
}

/* Returns whether it was one, and not the limits of a namespace. */
static bool load_object(struct load *load)
{
	bool first = true;

	scan_begin(&load->scan, '{');
	load_head(load, &first);
	while (scan_more(&load->scan, '}', &first))
		load_member(load, scan_key(&load->scan));
	if (load->of_namespace)
		load_end_limit(load);
	else
		load_end(load);
	return !load->of_namespace;
}

unsigned long long load_pass(struct load *load, enum load_pass pass)
{
	unsigned long long objects = 0;

	load->pass = pass;
	scan_rewind(&load->scan);
	while (scan_peek(&load->scan) != EOF)
		objects += load_object(load);
	load_batch_commit(&load->batch);
	free(load->type);
	load->type = NULL;
	return objects;
}
