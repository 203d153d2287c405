/* SPDX-License-Identifier: MIT */
/*
 * What synchronisation keeps in headers and records, as a damaged file or a careless program might leave it. The
 * input's first byte chooses the object, and whether its rest is put in place of the own item, of the record of one who
 * holds, or of one who waits. Then every call that need not wait is made, in a transaction that is aborted. Whatever a
 * call answers is right, as long as it answers; what is decoded is encoded as the same again.
 */
#include "barrier_state.h"
#include "engine.h"
#include "fuzz_store.h"
#include "keys.h"
#include "lock_state.h"
#include "party.h"
#include "state.h"
#include "store.h"

#include <pkstore/pkstore.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

enum { LOCK, RLOCK, SEMAPHORE, BOUNDED, EVENT, CONDITION, BARRIER, PIPE, OBJECTS };
enum { OWN, HELD, WAITING, PLACES };

static struct pks_object *objects[OBJECTS];
static struct pks_connection *end;
static struct buffer good[OBJECTS]; /* the headers as they were */

/* ---- the decoders alone ---- */

static void check_lock(struct bytes item)
{
	struct lock_state lock, again;
	struct buffer written = {0};

	if (lock_state_decode(item, &lock) == 0) {
		lock_state_encode(&lock, &written);
		assert(lock_state_decode((struct bytes){written.data, written.size}, &again) == 0);
		assert(again.depth == lock.depth && again.last_ticket == lock.last_ticket);
	}
	buffer_release(&written);
}

static void check_barrier(struct bytes item)
{
	struct barrier_state barrier, again;
	struct buffer written = {0};

	if (barrier_state_decode(item, &barrier) == 0) {
		barrier_state_encode(&barrier, &written);
		assert(barrier_state_decode((struct bytes){written.data, written.size}, &again) == 0);
		assert(again.parties == barrier.parties && again.arrived == barrier.arrived);
	}
	buffer_release(&written);
}

static void check_party(struct bytes record)
{
	struct party party = {0}, again = {0};
	struct buffer written = {0};

	if (party_decode(record, &party) == 0) {
		party_encode(&party, &written);
		assert(party_decode((struct bytes){written.data, written.size}, &again) == 0);
		assert(owner_equal(&again.owner, &party.owner) && again.since_ns == party.since_ns);
	}
	buffer_release(&written);
}

/* ---- in a store ---- */

static void put(const struct key *key, struct bytes value)
{
	struct engine_txn *txn;

	if (engine_begin(store->engine, true, &txn) < 0 || engine_put(txn, key_bytes(key), value, NULL) < 0 ||
	    engine_commit(txn) < 0)
		abort();
}

static void put_own(int object, const uint8_t *data, size_t size)
{
	struct state state = {0};
	struct buffer header = {0};
	struct key key;

	if (state_decode((struct bytes){good[object].data, good[object].size}, &state) < 0)
		abort();
	state.own_size = size < STATE_OWN_MAX ? size : STATE_OWN_MAX;
	memcpy(state.own, data, state.own_size);
	state_encode(&state, &header);
	key_part(&key, pks_object_id(objects[object]), PART_HEADER);
	put(&key, (struct bytes){header.data, header.size});
	buffer_release(&header);
}

static void put_record(int object, enum part part, const uint8_t *data, size_t size)
{
	struct key key;

	key_numbered(&key, pks_object_id(objects[object]), part, 1);
	put(&key, (struct bytes){size ? data : (const uint8_t *)"", size});
}

static void restore(int object)
{
	struct engine_txn *txn;
	struct key key, from, to;

	key_part(&key, pks_object_id(objects[object]), PART_HEADER);
	key_part(&from, pks_object_id(objects[object]), PART_HELD);
	key_part(&to, pks_object_id(objects[object]), PART_END);
	if (engine_begin(store->engine, true, &txn) < 0 ||
	    engine_put(txn, key_bytes(&key), (struct bytes){good[object].data, good[object].size}, NULL) < 0 ||
	    engine_del_range(txn, key_bytes(&from), key_bytes(&to), NULL) < 0 || engine_commit(txn) < 0)
		abort();
}

static void call_all(struct pks_object *object)
{
	struct pks_party parties[2];
	struct pks_value value;
	size_t count;
	bool set;

	pks_holders(object, parties, 2, &count);
	pks_waiters(object, parties, 2, &count);
	if (pks_lock_acquire(object, 0) >= 0)
		pks_lock_release(object);
	if (pks_semaphore_acquire(object, 0) >= 0)
		pks_semaphore_release(object, 2);
	if (pks_condition_acquire(object, 0) >= 0)
		pks_condition_notify(object, 2);
	pks_condition_release(object);
	pks_event_is_set(object, &set);
	pks_event_set(object);
	pks_event_clear(object);
	pks_barrier_wait(object, 0, NULL);
	pks_barrier_reset(object);
	if (pks_connection_recv(end, 0, &value) == 0)
		pks_value_clear(&value);
	pks_connection_sendf(end, "i", 1);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct engine_txn *txn;
	struct bytes header;
	struct key key;

	(void)argc, (void)argv;
	make_store();
	objects[LOCK] = pks_lock_open(store, "lock", PKS_MUST_CREATE);
	objects[RLOCK] = pks_rlock_open(store, "rlock", PKS_MUST_CREATE);
	objects[SEMAPHORE] = pks_semaphore_open(store, "semaphore", 0, PKS_MUST_CREATE);
	objects[BOUNDED] = pks_boundedsemaphore_open(store, "bounded", 2, PKS_MUST_CREATE);
	objects[EVENT] = pks_event_open(store, "event", PKS_MUST_CREATE);
	objects[CONDITION] = pks_condition_open(store, "condition", NULL, PKS_MUST_CREATE);
	objects[BARRIER] = pks_barrier_open(store, "barrier", 2, PKS_MUST_CREATE);
	objects[PIPE] = pks_pipe_open(store, "pipe", true, PKS_MUST_CREATE);
	end = pks_pipe_connect(objects[PIPE], 0);
	if (!end || engine_begin(store->engine, false, &txn) < 0)
		abort();
	for (int object = 0; object < OBJECTS; object++) {
		key_part(&key, pks_object_id(objects[object]), PART_HEADER);
		if (engine_get(txn, key_bytes(&key), &header) != 0)
			abort();
		buffer_append(&good[object], header.data, header.size);
	}
	engine_abort(txn);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes rest;
	int object, place;

	if (size == 0)
		return 0;
	object = data[0] % OBJECTS;
	place = data[0] / OBJECTS % PLACES;
	rest = (struct bytes){data + 1, size - 1};
	check_lock(rest);
	check_barrier(rest);
	check_party(rest);
	if (place == OWN)
		put_own(object, rest.data, rest.size);
	else
		put_record(object, place == HELD ? PART_HELD : PART_WAITING, rest.data, rest.size);
	if (pks_begin(store) != 0)
		abort();
	call_all(objects[object]);
	pks_abort(store);
	restore(object);
	return 0;
}
