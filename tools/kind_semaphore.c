/* SPDX-License-Identifier: MIT */
/* Semaphore and BoundedSemaphore. A loaded one is as new: who held permits does not come back. */
#include "fail.h"
#include "print.h"
#include "sync_json.h"

#include <pkstore/semaphore.h>

#include <inttypes.h>
#include <stdio.h>

static struct pks_semaphore_info read_info(struct pks_object *semaphore, const char *path)
{
	struct pks_semaphore_info info;

	fail_if(pks_semaphore_info(semaphore, &info), path);
	return info;
}

static void stat_print(struct pks_object *semaphore, const char *path)
{
	struct pks_semaphore_info info = read_info(semaphore, path);

	print_format("value       %" PRIu64 "\n", info.value);
	print_format("initial     %" PRIu64 "\n", info.initial);
	sync_print(semaphore, path);
}

static void stat_json(struct writer *w, struct pks_object *semaphore, const char *path)
{
	struct pks_semaphore_info info = read_info(semaphore, path);

	writer_pair_uint(w, "value", info.value);
	writer_pair_uint(w, "initial", info.initial);
	sync_json(w, semaphore, path);
}

static void state(struct pks_object *semaphore, const char *path, char text_out[KIND_STATE_SIZE])
{
	struct pks_semaphore_info info = read_info(semaphore, path);

	if (info.initial)
		snprintf(text_out, KIND_STATE_SIZE, "%" PRIu64 " of %" PRIu64 " free", info.value, info.initial);
	else
		snprintf(text_out, KIND_STATE_SIZE, "%" PRIu64 " signals", info.value);
	sync_state(semaphore, path, text_out);
}

static void dump_head(struct writer *w, struct pks_object *semaphore, const char *path)
{
	struct pks_semaphore_info info = read_info(semaphore, path);

	writer_pair_uint(w, "permits", info.initial ? info.initial : info.value);
	if (!info.initial)
		sync_pair_bool(w, "signals", true);
}

static struct pks_object *create(struct pks_store *store, const char *path, const char *target)
{
	return pks_semaphore_open(store, path, 1, PKS_MUST_CREATE);
}

static struct pks_object *create_bounded(struct pks_store *store, const char *path, const char *target)
{
	return pks_boundedsemaphore_open(store, path, 1, PKS_MUST_CREATE);
}

static bool is_number(const struct pks_value *value)
{
	uint64_t number;

	return pks_value_uint(value, &number) == 0;
}

static int load_permits(struct pks_object *semaphore, const struct pks_value *value)
{
	uint64_t permits = 0;
	int r = pks_value_uint(value, &permits);

	return r < 0 ? r : pks_semaphore_reset(semaphore, permits);
}

static bool is_bool(const struct pks_value *value)
{
	return pks_value_kind(value) == PKS_KIND_BOOL;
}

/* Stands behind the permits: they are signals that wait, not what it was made with. */
static int load_signals(struct pks_object *semaphore, const struct pks_value *value)
{
	struct pks_semaphore_info info;
	bool signals = false;
	int r = pks_value_bool(value, &signals);

	if (r == 0)
		r = pks_semaphore_info(semaphore, &info);
	if (r < 0 || !signals)
		return r;
	r = pks_semaphore_reset(semaphore, 0);
	return r < 0 || info.value == 0 ? r : pks_semaphore_release(semaphore, info.value);
}

static const struct kind_member members[] = {
	{"permits", "a number", is_number, load_permits},
	{"signals", "true or false", is_bool, load_signals},
	{0},
};

const struct kind kind_semaphore = {
	.type = "semaphore",
	.get_all = sync_get,
	.stat_print = stat_print,
	.stat_json = stat_json,
	.state = state,
	.dump_head = dump_head,
	.create = create,
	.members = members,
};

const struct kind kind_boundedsemaphore = {
	.type = "boundedsemaphore",
	.get_all = sync_get,
	.stat_print = stat_print,
	.stat_json = stat_json,
	.state = state,
	.dump_head = dump_head,
	.create = create_bounded,
	.members = members,
};
