/* SPDX-License-Identifier: MIT */
/*
 * Event. The own item of the header is [set, last ticket]; null is a new one. Those who wait are records of
 * PART_WAITING (party.h): setting deletes them all, so that each was released for good, whatever becomes of the flag
 * then.
 *
 *                wait: a ticket                    set: all tickets go
 *      clear <-----------------.     clear ------------------------------> set
 *            `-----------------'           <------------------------------
 *                                                       clear
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/cbor.h"
#include "number_list.h"
#include "object.h"
#include "party.h"
#include "waiting.h"

#include <pkstore/event.h>

#define EVENT_ELEMENTS 2

struct event {
	struct txn *txn;
	struct state *state;
	bool set;
	uint64_t last_ticket;
};

static int decode(struct event *event)
{
	uint64_t numbers[EVENT_ELEMENTS] = {0};
	const struct state *state = event->state;
	int r = 0;

	if (state->own_size > 0)
		r = number_list_read((struct bytes){state->own, state->own_size}, "bu", numbers);
	event->set = numbers[0] != 0;
	event->last_ticket = numbers[1];
	return r;
}

static int save(const struct event *event)
{
	struct buffer *own = &event->txn->scratch;

	txn_touch(event->txn, event->state);
	buffer_clear(own);
	item_put_array(own, EVENT_ELEMENTS);
	item_put_bool(own, event->set);
	item_put_uint(own, event->last_ticket);
	return state_set_own(event->state, own);
}

static int begin(struct scope *scope, const struct pks_object *object, enum touch touch, struct event *event)
{
	int r = object_begin(scope, object, BASE_EVENT, touch, &event->state);

	if (r != 0)
		return r;
	event->txn = scope->txn;
	if (decode(event) < 0)
		return scope_end(scope, error_set(PKS_ERR_CORRUPT, "%s: its state is damaged", object->path));
	return 0;
}

struct pks_object *pks_event_open(struct pks_store *store, const char *path, enum pks_mode mode)
{
	return object_open(store, path, &(struct object_kind){.type = "event"}, mode);
}

/* ---- setting and clearing ---- */

/* All wait for the same thing. */
static uint64_t turn_of(const struct pks_object *object)
{
	return wake_turn(object->id, 0);
}

static int release_all(struct event *event, const struct pks_object *object)
{
	struct state *state = event->state;
	int sleepers = state->count < INT32_MAX ? (int)state->count : INT32_MAX;

	if (state->count == 0)
		return 0;
	state->count = 0;
	txn_post(event->txn, turn_of(object), 0, sleepers);
	return items_del_parts(event->txn, state, PART_WAITING, PART_WAITING + 1);
}

static int change(struct event *event, const struct pks_object *object, bool set)
{
	int r = 0;

	if (event->set == set)
		return 0;
	event->set = set;
	if (set)
		r = release_all(event, object);
	return r < 0 ? r : save(event);
}

static int change_to(struct pks_object *object, bool set)
{
	struct scope scope = {0};
	struct event event;
	int r;

	do {
		r = begin(&scope, object, CHECK_WRITE, &event);
		if (r == 0)
			r = scope_end(&scope, change(&event, object, set));
	} while (scope_again(&scope, r));
	return r;
}

int pks_event_set(struct pks_object *event)
{
	return change_to(event, true);
}

int pks_event_clear(struct pks_object *event)
{
	return change_to(event, false);
}

int pks_event_is_set(struct pks_object *object, bool *set_out)
{
	struct scope scope = {0};
	struct event event;
	int r = begin(&scope, object, LOOK, &event);

	if (r != 0)
		return r;
	*set_out = event.set;
	return scope_end(&scope, 0);
}

/* ---- waiting ---- */

struct event_wait {
	const struct pks_object *object;
	struct owner self;
	uint64_t ticket;
};

static int line_up(struct event *event, struct event_wait *wait)
{
	struct party party = {.owner = wait->self, .since_ns = clock_wall()};
	int r;

	if (event->set)
		return 0;
	party.number = wait->ticket = ++event->last_ticket;
	r = party_line_up(event->txn, event->state, 0, UINT64_MAX, &party, party_leave);
	return r < 0 ? r : save(event);
}

static int look(void *arg)
{
	const struct event_wait *wait = arg;
	struct scope scope = {0};
	struct event event;
	struct party mine;
	int r = begin(&scope, wait->object, LOOK, &event);

	if (r != 0)
		return r;
	r = scope_end(&scope, party_get(event.txn, event.state, PART_WAITING, wait->ticket, &mine));
	return r == 0 ? PKS_TIMED_OUT : r == PKS_NOT_FOUND ? 0 : r;
}

static int take_back(void *arg)
{
	const struct event_wait *wait = arg;
	struct scope scope = {0};
	struct event event;
	int r;

	do {
		r = begin(&scope, wait->object, CHECK_WRITE, &event);
		if (r == 0)
			r = scope_end(&scope, party_del(event.txn, event.state, PART_WAITING, wait->ticket));
	} while (scope_again(&scope, r));
	return r;
}

/* Takes the ticket back, for the reason `why`, unless the Event was set meanwhile. */
static int give_up(struct event_wait *wait, int why)
{
	int r = waiting_insist(wait->object->store, take_back, wait);

	if (r == PKS_NOT_FOUND)
		return 0;
	return why == PKS_TIMED_OUT ? error_set(why, "%s: the timeout passed", wait->object->path) : why;
}

static int wait_in_line(struct event_wait *wait, int timeout_ms)
{
	struct scope scope = {0};
	struct event event;
	int r = owner_self(&wait->self);

	if (r < 0)
		return r;
	do {
		wait->ticket = 0;
		r = begin(&scope, wait->object, CHECK_WRITE, &event);
		if (r == 0)
			r = scope_end(&scope, line_up(&event, wait));
	} while (scope_again(&scope, r));
	if (r != 0 || wait->ticket == 0)
		return r;
	r = waiting_for_turn(wait->object->store, turn_of(wait->object), look, wait, timeout_ms);
	return r == 0 ? 0 : give_up(wait, r);
}

int pks_event_wait(struct pks_object *object, int timeout_ms)
{
	struct event_wait wait = {.object = object};
	bool set;
	int r = pks_event_is_set(object, &set);

	if (r != 0 || set)
		return r;
	if (timeout_ms == 0)
		return error_tell(PKS_TIMED_OUT, object->path, "is not set");
	r = waiting_check(object->store);
	return r < 0 ? r : wait_in_line(&wait, timeout_ms);
}
