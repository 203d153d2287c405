/* SPDX-License-Identifier: MIT */
#include "fail.h"
#include "print.h"
#include "sync_json.h"

#include <pkstore/barrier.h>

#include <inttypes.h>
#include <stdio.h>

static struct pks_barrier_info read_info(struct pks_object *barrier, const char *path)
{
	struct pks_barrier_info info;

	fail_if(pks_barrier_info(barrier, &info), path);
	return info;
}

static void stat_print(struct pks_object *barrier, const char *path)
{
	struct pks_barrier_info info = read_info(barrier, path);

	print_format("parties     %" PRIu64 " of %" PRIu64 " are there\n", info.waiting, info.parties);
	print_format("generation  %" PRIu64 "%s\n", info.generation, info.broken ? ", broken" : "");
	sync_print(barrier, path);
}

static void stat_json(struct writer *w, struct pks_object *barrier, const char *path)
{
	struct pks_barrier_info info = read_info(barrier, path);

	writer_pair_uint(w, "parties", info.parties);
	writer_pair_uint(w, "waiting", info.waiting);
	writer_pair_uint(w, "generation", info.generation);
	sync_pair_bool(w, "broken", info.broken);
	sync_json(w, barrier, path);
}

static void state(struct pks_object *barrier, const char *path, char text_out[KIND_STATE_SIZE])
{
	struct pks_barrier_info info = read_info(barrier, path);

	if (info.broken)
		snprintf(text_out, KIND_STATE_SIZE, "broken");
	else
		snprintf(text_out, KIND_STATE_SIZE, "%" PRIu64 " of %" PRIu64 " there", info.waiting, info.parties);
	sync_state(barrier, path, text_out);
}

static void dump_head(struct writer *w, struct pks_object *barrier, const char *path)
{
	writer_pair_uint(w, "parties", read_info(barrier, path).parties);
}

static struct pks_object *create(struct pks_store *store, const char *path, const char *target)
{
	return pks_barrier_open(store, path, 1, PKS_MUST_CREATE);
}

static bool is_number(const struct pks_value *value)
{
	uint64_t number;

	return pks_value_uint(value, &number) == 0 && number > 0;
}

static int load_parties(struct pks_object *barrier, const struct pks_value *value)
{
	uint64_t parties = 0;
	int r = pks_value_uint(value, &parties);

	return r < 0 ? r : pks_barrier_set_parties(barrier, parties);
}

static const struct kind_member members[] = {
	{"parties", "a number above 0", is_number, load_parties},
	{0},
};

const struct kind kind_barrier = {
	.type = "barrier",
	.get_all = sync_get,
	.stat_print = stat_print,
	.stat_json = stat_json,
	.state = state,
	.dump_head = dump_head,
	.create = create,
	.members = members,
};
