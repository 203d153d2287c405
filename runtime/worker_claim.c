/* SPDX-License-Identifier: MIT */
/* A worker claims the next process of its pool, or the next ones. */
#include "worker.h"

#include "base/clock.h"
#include "layer.h"
#include "pool_settings.h"
#include "process_key.h"
#include "process_options.h"
#include "worker_promise.h"

#include <string.h>

/* One whose state is damaged would be the next one for ever. */
static int set_aside(struct pks_object *process)
{
	return record_end(process, &(struct process_state){.status = STATUS_SUBMITTED},
			  &(struct record_end){.event = EVENT_CANCEL, .error = "its state was damaged"});
}

int worker_read_target(struct pks_object *process, char target_out[PKS_STORE_PATH_SIZE])
{
	struct pks_value value = {0};
	const char *text;
	size_t size;
	int r = pks_attr_get(process, "target", &value);

	if (r == 0)
		r = pks_value_text(&value, &text, &size);
	if (r == 0 && size < PKS_STORE_PATH_SIZE) {
		memcpy(target_out, text, size);
		target_out[size] = '\0';
	} else {
		target_out[0] = '\0';
	}
	pks_value_clear(&value);
	return r < 0 && r != PKS_ERR_TYPE ? r : 0;
}

/*
 * The process counts as having its program from the claim on: nearly all run here. The worker takes that back before it
 * executes another one.
 */
int worker_claim_one(struct worker *worker, struct pks_object *process, struct process_state *state, bool runs,
		     uint64_t now_ns)
{
	state->worker = worker->self;
	state->entered = runs;
	return record_move_at(process, state, EVENT_CLAIM, now_ns);
}

/* ---- finding ---- */

/* Found enough; there is no error of this number. */
#define FOUND PKS_FULL

struct found {
	struct pks_object *process;
	struct process_state state;
	bool damaged; /* there is no such state */
};

struct finding {
	struct pks_store *store;
	struct found found[LOT_MAX];
	uint32_t count, wanted;
	uint32_t behind, others; /* what waits behind them; it is for so many other workers first */
};

/*
 * One may follow in a lot only if it can be given back to just the place that it was claimed from (record.c), and
 * nobody waits for its beginning.
 */
static bool may_follow(const struct finding *finding, const struct found *found, const struct layer_index_entry *entry)
{
	return finding->count == 0 ||
	       (!found->damaged && !found->state.announce && !finding->found[0].state.announce &&
	        !finding->found[0].damaged && found->state.priority == finding->found[0].state.priority &&
	        found->state.submitted_ns == process_key_sequence(entry));
}

/*
 * What an entry leads to is passed over when it is not there, no process or not submitted: nothing says how to take
 * such an entry away, and it must not keep the others from being claimed. A damaged state is found, to be set aside.
 */
static int take(struct finding *finding, const struct layer_index_entry *entry)
{
	struct found found = {.process = pks_object_from_id(finding->store, entry->id)};
	int r = record_read(found.process, &found.state);
	bool good;

	found.damaged = r == PKS_ERR_CORRUPT && layer_check(found.process, RECORD_TYPE) == 0;
	good = found.damaged || (r == 0 && found.state.status == STATUS_SUBMITTED);
	if (good && may_follow(finding, &found, entry)) {
		finding->found[finding->count++] = found;
		return 0;
	}
	pks_object_close(found.process);
	if (good)
		return FOUND;
	return record_is_bad(r) ? 0 : r;
}

static int find_one(const struct layer_index_entry *entry, void *arg)
{
	struct finding *finding = arg;

	if (finding->count < finding->wanted)
		return take(finding, entry);
	return ++finding->behind > finding->others ? FOUND : 0;
}

/* ---- claiming ---- */

/* The process is the lot's from then on. */
static int claim_found_one(struct worker *worker, struct found *found, uint64_t now_ns)
{
	struct worker_lot *lot = &worker->lots.claimed;
	struct worker_member *member = &lot->members[lot->count];
	int r = process_options_any(found->process, &member->options);

	if (r == 0)
		r = worker_claim_one(worker, found->process, &found->state, lot->count == 0, now_ns);
	if (r == 0)
		r = layer_version(found->process, &member->version);
	if (r != 0)
		return r;
	member->state = found->state;
	member->process = found->process;
	member->attempt = found->state.attempt;
	member->submitted_ns = found->state.submitted_ns;
	member->announce = found->state.announce;
	lot->count++;
	found->process = NULL;
	return 0;
}

static int claim_first(struct worker *worker, struct found *found, uint64_t now_ns)
{
	int r;

	if (found->damaged)
		return set_aside(found->process);
	r = worker_read_target(found->process, worker->lots.claimed.target);
	return r == 0 ? claim_found_one(worker, found, now_ns) : r;
}

/* PKS_END when it is of another target. */
static int claim_another(struct worker *worker, struct found *found, uint64_t now_ns)
{
	char target[PKS_STORE_PATH_SIZE];
	int r = worker_read_target(found->process, target);

	if (r == 0 && strcmp(target, worker->lots.claimed.target) != 0)
		return PKS_END;
	return r == 0 ? claim_found_one(worker, found, now_ns) : r;
}

/* As many as were found, unless others would have nothing to do then: if it is not too little to wake them for. */
static uint32_t share(const struct worker *worker, const struct finding *finding)
{
	uint32_t all = finding->count + finding->behind;

	if (worker_promise_is_soon(worker, finding->count))
		return finding->count;
	if (all <= finding->others)
		return 1;
	return finding->count < all - finding->others ? finding->count : all - finding->others;
}

static int claim_found(struct worker *worker, struct finding *finding)
{
	struct worker_lot *lot = &worker->lots.claimed;
	uint32_t wanted = share(worker, finding);
	uint64_t now_ns = clock_wall();
	int r = claim_first(worker, &finding->found[0], now_ns);

	/* Others of the target are likely to be as quick as those before were. */
	if (lot->count == 0 || !lot->target[0] || strcmp(lot->target, worker->lots.quick) != 0)
		wanted = 1;
	for (uint32_t i = 1; i < wanted && r == 0; i++)
		r = claim_another(worker, &finding->found[i], now_ns);
	lot->more = finding->behind > 0 || lot->count < finding->count;
	return r == PKS_END ? 0 : r;
}

static uint32_t count_others(const struct worker *worker)
{
	unsigned size;

	if (pool_size(worker->store, worker->order.pool, worker->order.size_default, &size) != 0)
		return 0;
	return size > 1 ? size - 1 : 0;
}

int worker_claim_next(struct worker *worker, uint32_t wanted)
{
	struct process_key prefix = process_key_pool(worker->order.pool);
	struct finding finding = {.store = worker->store, .wanted = wanted};
	int r = 0;

	/* In this transaction: nothing is claimed after the commit of a pause. */
	if (pool_is_paused(worker->store, worker->order.pool))
		return 0;
	finding.others = wanted > 1 ? count_others(worker) : 0;
	r = layer_index_each(worker->store, prefix.bytes, prefix.size, find_one, &finding);
	if (r == FOUND)
		r = 0;
	if (r == 0 && finding.count > 0)
		r = claim_found(worker, &finding);
	for (uint32_t i = 0; i < finding.count; i++)
		pks_object_close(finding.found[i].process);
	return r;
}
