/* SPDX-License-Identifier: MIT */
/*
 * Waiting for objects to change.
 *
 * Nothing is missed: a waiter reads the wake word before it looks at the store. A commit that it could not see in that
 * look is posted after the look began, so the word has moved and the sleep returns at once. A poster that was killed
 * between its commit and the post, and a writer that knows nothing of the wake file, cost one recheck at most, or less
 * where others commit: the next of them sees that there was a commit of which nobody told (wake_commit_note()).
 */
#include "base/clock.h"
#include "base/error.h"
#include "object.h"
#include "waiting.h"

#include <pkstore/log.h>
#include <pkstore/transaction.h>
#include <pkstore/wait.h>

int waiting_check(const struct pks_store *store)
{
	if (txn_current(store))
		return error_set(PKS_ERR_USAGE, "%s: waiting inside a transaction or snapshot would never see a change",
		                 store->path);
	return 0;
}

/* What a waiter sleeps for. */
struct reason {
	uint64_t turn; /* 0: the bits */
	uint32_t bits;
};

static uint32_t read_word(struct wake *wake, const struct reason *reason)
{
	return reason->turn ? wake_turn_word(wake, reason->turn) : wake_word(wake);
}

static void sleep_once(struct wake *wake, const struct reason *reason, uint32_t seen, int64_t deadline,
                       struct patience *patience)
{
	if (reason->turn)
		wake_turn_wait(wake, reason->turn, seen, deadline, patience);
	else
		wake_wait(wake, seen, reason->bits, deadline, patience);
}

static int wait_longer(struct pks_store *store, const struct reason *reason, uint32_t word, look_fn look, void *arg,
                       int64_t deadline)
{
	struct patience patience = patience_begin();
	int r = PKS_TIMED_OUT;

	while (r == PKS_TIMED_OUT && clock_monotonic() < deadline) {
		sleep_once(store->wake, reason, word, deadline, &patience);
		word = read_word(store->wake, reason);
		r = look(arg);
	}
	patience_end(&patience);
	return r;
}

static int wait_for(struct pks_store *store, const struct reason *reason, look_fn look, void *arg, int timeout_ms)
{
	int64_t deadline = clock_deadline(timeout_ms);
	uint32_t word = read_word(store->wake, reason);
	int r = look(arg);

	return r == PKS_TIMED_OUT ? wait_longer(store, reason, word, look, arg, deadline) : r;
}

int waiting_for_change(struct pks_store *store, uint32_t bits, look_fn look, void *arg, int timeout_ms)
{
	return wait_for(store, &(struct reason){.bits = bits}, look, arg, timeout_ms);
}

int waiting_for_turn(struct pks_store *store, uint64_t turn, look_fn look, void *arg, int timeout_ms)
{
	return wait_for(store, &(struct reason){.turn = turn}, look, arg, timeout_ms);
}

int waiting_answer(const struct pks_object *object, int r, const char *why)
{
	return r == PKS_TIMED_OUT ? error_tell(r, object->path, why) : r;
}

struct insistence {
	look_fn act;
	void *arg;
};

static int insist(void *arg)
{
	const struct insistence *insistence = arg;
	int r = insistence->act(insistence->arg);

	switch (r) {
	case PKS_ERR_BUSY:
	case PKS_ERR_NO_SPACE:
	case PKS_ERR_MAP_FULL:
	case PKS_ERR_READERS:
	case PKS_ERR_MEMORY:
	case PKS_TIMED_OUT:
		return PKS_TIMED_OUT;
	default:
		return r;
	}
}

int waiting_insist(struct pks_store *store, look_fn act, void *arg)
{
	/* Nobody posts it: it is only slept for. */
	return waiting_for_turn(store, wake_turn(0, 0), insist, &(struct insistence){act, arg}, -1);
}

/* ---- any of several versions ---- */

struct versions {
	struct pks_wait_item *items;
	size_t count, *index_out;
};

/* That of an unversioned object never moves: to wait for it is a mistake, not a long wait. */
static int read_version(struct pks_object *object, uint64_t *version_out)
{
	struct scope scope = {0};
	struct state *state;
	int r = object_begin(&scope, object, BASE_ANY, LOOK, &state);

	if (r != 0)
		return r;
	*version_out = state->version;
	if (state->unversioned)
		r = error_set(PKS_ERR_USAGE, "%s: it is unversioned, so nobody can wait for it to change",
		              object->path);
	return scope_end(&scope, r);
}

static int look_at_versions(void *arg)
{
	struct versions *versions = arg;
	uint64_t version;
	int r = 0;

	for (size_t i = 0; i < versions->count; i++) {
		r = read_version(versions->items[i].object, &version);
		if (r == 0 && version == versions->items[i].version)
			continue;
		if (r == 0)
			versions->items[i].version = version;
		if (r == 0 || r == PKS_ERR_GONE)
			*versions->index_out = i;
		return r;
	}
	return PKS_TIMED_OUT;
}

static int check_objects(struct pks_object *const *object, size_t stride, size_t count, uint32_t *bits_out)
{
	struct pks_store *store = NULL;
	int r = 0;

	*bits_out = 0;
	for (size_t i = 0; r == 0 && i < count; i++) {
		const struct pks_object *at = *(struct pks_object *const *)((const char *)object + i * stride);

		r = object_check(at, BASE_ANY);
		if (r == 0 && store && at->store != store)
			r = error_set(PKS_ERR_USAGE, "%s: is of another store than the first object", at->path);
		if (r < 0)
			return r;
		store = at->store;
		*bits_out |= wake_bit(at->id);
	}
	return store ? waiting_check(store) : error_set(PKS_ERR_USAGE, "there is no object to wait for");
}

int pks_wait_any(struct pks_wait_item *items, size_t count, int timeout_ms, size_t *index_out)
{
	struct versions versions = {.items = items, .count = count, .index_out = index_out};
	uint32_t bits;
	int r = check_objects(items ? &items->object : NULL, sizeof(*items), items ? count : 0, &bits);

	if (r < 0)
		return r;
	r = waiting_for_change(items->object->store, bits, look_at_versions, &versions, timeout_ms);
	return waiting_answer(items->object, r,
	                      count > 1 ? "neither it nor any other of them has changed" : "it has not changed");
}

int pks_wait(struct pks_object *object, uint64_t seen, int timeout_ms, uint64_t *version_out)
{
	struct pks_wait_item item = {.object = object, .version = seen};
	size_t index;
	int r = pks_wait_any(&item, 1, timeout_ms, &index);

	if (r == 0 && version_out)
		*version_out = item.version;
	return r;
}

/* ---- a predicate ---- */

struct question {
	struct pks_store *store;
	struct pks_object *const *objects;
	size_t count;
	int (*predicate)(void *arg);
	void *arg;
};

static int ask(void *arg)
{
	struct question *question = arg;
	int r = pks_snapshot_begin(question->store), holds = 0;
	uint64_t version;

	if (r < 0)
		return r;
	for (size_t i = 0; i < question->count && holds == 0; i++) {
		r = read_version(question->objects[i], &version);
		holds = r == PKS_ERR_USAGE ? r : 0;
	}
	if (holds == 0)
		holds = question->predicate(question->arg);
	r = pks_snapshot_end(question->store);
	if (holds < 0 || r < 0)
		return holds < 0 ? holds : r;
	return holds ? 0 : PKS_TIMED_OUT;
}

int pks_wait_until(struct pks_object *const *objects, size_t count, int (*predicate)(void *arg), void *arg,
                   int timeout_ms)
{
	struct question question = {.objects = objects, .count = count, .predicate = predicate, .arg = arg};
	uint32_t bits;
	int r = check_objects(objects, sizeof(*objects), objects ? count : 0, &bits);

	if (r < 0)
		return r;
	question.store = objects[0]->store;
	r = waiting_for_change(question.store, bits, ask, &question, timeout_ms);
	return waiting_answer(objects[0], r, "what was waited for does not hold yet");
}

/* ---- following a Log ---- */

struct follow {
	struct pks_object *log;
	uint64_t *position;
	struct pks_value *value_out;
};

/* In one snapshot: where the Log begins, and the entry at the position. The copy is made while the snapshot is open. */
static int take_entry(struct follow *follow)
{
	struct pks_value borrowed;
	uint64_t first, next, position = *follow->position;
	int r = pks_log_positions(follow->log, &first, &next);

	if (r < 0)
		return r;
	if (position < first)
		position = first;
	if (position >= next)
		return PKS_TIMED_OUT;
	r = pks_log_get(follow->log, (int64_t)(position - first), &borrowed);
	if (r == 0)
		r = pks_value_copy(&borrowed, follow->value_out);
	if (r == 0)
		*follow->position = position + 1;
	return r;
}

static int look_at_log(void *arg)
{
	struct follow *follow = arg;
	int r = pks_snapshot_begin(follow->log->store);

	if (r < 0)
		return r;
	r = take_entry(follow);
	pks_snapshot_end(follow->log->store);
	return r;
}

int pks_log_follow(struct pks_object *log, uint64_t *position, int timeout_ms, struct pks_value *value_out)
{
	struct follow follow = {log, position, value_out};
	int r = object_check(log, BASE_LOG);

	if (r == 0)
		r = waiting_check(log->store);
	if (r == 0)
		r = waiting_for_change(log->store, wake_bit(log->id), look_at_log, &follow, timeout_ms);
	return waiting_answer(log, r, "there is no further entry");
}
