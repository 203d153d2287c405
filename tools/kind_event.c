/* SPDX-License-Identifier: MIT */
#include "fail.h"
#include "print.h"
#include "sync_json.h"

#include <pkstore/event.h>

#include <stdio.h>

static bool is_set(struct pks_object *event, const char *path)
{
	bool set;

	fail_if(pks_event_is_set(event, &set), path);
	return set;
}

static void stat_print(struct pks_object *event, const char *path)
{
	print_format("set         %s\n", is_set(event, path) ? "yes" : "no");
	sync_print(event, path);
}

static void stat_json(struct writer *w, struct pks_object *event, const char *path)
{
	sync_pair_bool(w, "set", is_set(event, path));
	sync_json(w, event, path);
}

static void state(struct pks_object *event, const char *path, char text_out[KIND_STATE_SIZE])
{
	snprintf(text_out, KIND_STATE_SIZE, "%s", is_set(event, path) ? "set" : "clear");
	sync_state(event, path, text_out);
}

static void dump_head(struct writer *w, struct pks_object *event, const char *path)
{
	sync_pair_bool(w, "set", is_set(event, path));
}

static struct pks_object *create(struct pks_store *store, const char *path, const char *target)
{
	return pks_event_open(store, path, PKS_MUST_CREATE);
}

static bool is_bool(const struct pks_value *value)
{
	return pks_value_kind(value) == PKS_KIND_BOOL;
}

static int load_set(struct pks_object *event, const struct pks_value *value)
{
	bool set = false;
	int r = pks_value_bool(value, &set);

	return r == 0 && set ? pks_event_set(event) : r;
}

static const struct kind_member members[] = {
	{"set", "true or false", is_bool, load_set},
	{0},
};

const struct kind kind_event = {
	.type = "event",
	.get_all = sync_get,
	.stat_print = stat_print,
	.stat_json = stat_json,
	.state = state,
	.dump_head = dump_head,
	.create = create,
	.members = members,
};
