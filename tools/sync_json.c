/* SPDX-License-Identifier: MIT */
#include "sync_json.h"

#include "fail.h"
#include "print.h"
#include "units.h"

#include <pkstore/sync.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef int parties_fn(struct pks_object *object, struct pks_party *parties, size_t max, size_t *count_out);

/* Asks again when there are more than there was room for. To be freed. */
static struct pks_party *parties(parties_fn *ask, struct pks_object *object, const char *path, size_t *count_out)
{
	struct pks_party *found = NULL;
	size_t room = 0, count;

	for (;;) {
		fail_if(ask(object, found, room, &count), path);
		if (count <= room)
			break;
		room = count;
		found = fail_no_memory(realloc(found, room * sizeof(*found)));
	}
	*count_out = count;
	return found;
}

/* ---- for programs ---- */

void sync_pair_bool(struct writer *w, const char *key, bool value)
{
	writer_key(w, key);
	writer_pack(w, "b", value);
}

static void party_json(struct writer *w, const struct pks_party *party)
{
	writer_map(w);
	writer_pair_uint(w, "pid", (uint64_t)party->pid);
	if (party->tid)
		writer_pair_uint(w, "thread", (uint64_t)party->tid);
	writer_pair_time(w, "since", party->since_ns);
	sync_pair_bool(w, "alive", party->alive);
	writer_end(w);
}

static void parties_json(struct writer *w, const char *key, parties_fn *ask, struct pks_object *object,
                         const char *path)
{
	size_t count;
	struct pks_party *found = parties(ask, object, path, &count);

	writer_key(w, key);
	writer_list(w);
	for (size_t i = 0; i < count; i++)
		party_json(w, &found[i]);
	writer_end(w);
	free(found);
}

void sync_json(struct writer *w, struct pks_object *object, const char *path)
{
	parties_json(w, "holders", pks_holders, object, path);
	parties_json(w, "waiters", pks_waiters, object, path);
}

void sync_get(const struct get *get, struct pks_object *object, const char *path)
{
	struct writer w;

	writer_init(&w, get->store, get->style);
	writer_map(&w);
	kind_find(pks_object_type(object))->stat_json(&w, object, path);
	writer_end(&w);
}

/* ---- for people ---- */

static void parties_print(const char *what, parties_fn *ask, struct pks_object *object, const char *path)
{
	size_t count;
	struct pks_party *found = parties(ask, object, path, &count);
	char since[UNITS_SIZE];

	for (size_t i = 0; i < count; i++) {
		units_time(found[i].since_ns, since);
		print_format("%-11s pid %" PRId64, what, found[i].pid);
		if (found[i].tid && found[i].tid != found[i].pid)
			print_format(", thread %" PRId64, found[i].tid);
		print_format(", since %s%s\n", since, found[i].alive ? "" : ", dead");
	}
	free(found);
}

void sync_print(struct pks_object *object, const char *path)
{
	parties_print("holder", pks_holders, object, path);
	parties_print("waiter", pks_waiters, object, path);
}

static uint64_t age(uint64_t since_ns)
{
	struct timespec now;
	uint64_t now_ns;

	clock_gettime(CLOCK_REALTIME, &now);
	now_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	return now_ns > since_ns ? now_ns - since_ns : 0;
}

/* "815 waits", "815 (dead) and 2 more wait" */
static void waiters_state(struct pks_object *object, const char *path, char text_out[KIND_STATE_SIZE])
{
	size_t count, used = strlen(text_out);
	struct pks_party *found = parties(pks_waiters, object, path, &count);
	const char *comma = used ? ", " : "", *dead = count && !found->alive ? " (dead)" : "";

	if (count == 1)
		snprintf(text_out + used, KIND_STATE_SIZE - used, "%s%" PRId64 "%s waits", comma, found->pid, dead);
	else if (count > 1)
		snprintf(text_out + used, KIND_STATE_SIZE - used, "%s%" PRId64 "%s and %zu more wait", comma,
		         found->pid, dead, count - 1);
	free(found);
}

void sync_state(struct pks_object *object, const char *path, char text_out[KIND_STATE_SIZE])
{
	size_t holders, used = strlen(text_out);
	struct pks_party *found = parties(pks_holders, object, path, &holders);
	char held[UNITS_SIZE];

	if (holders > 0) {
		units_duration(age(found->since_ns), held);
		snprintf(text_out + used, KIND_STATE_SIZE - used, "%sheld by %" PRId64 "%s for %s", used ? ", " : "",
		         found->pid, found->alive ? "" : " (dead)", held);
		used = strlen(text_out);
	}
	if (holders > 1)
		snprintf(text_out + used, KIND_STATE_SIZE - used, " and %zu more", holders - 1);
	free(found);
	waiters_state(object, path, text_out);
}
