/* SPDX-License-Identifier: MIT */
/*
 * A store with an object of each type, ways to damage it, and what must be told of each. A damage is one careless
 * change of one record: everything else agrees with what was there before.
 */
#ifndef TESTS_CHECK_DAMAGE_H
#define TESTS_CHECK_DAMAGE_H

#include "engine.h"
#include "keys.h"
#include "state.h"
#include "store.h"

#include <pkstore/check.h>

/* ---- the good store ---- */

/* Entries of the Log: several chunks, the first of them trimmed. */
#define GOOD_ENTRIES 2000
#define GOOD_TRIMMED 5

extern struct pks_store *store;
extern uint64_t dict_id, log_id, process_id, waiting_id, queue_id, cell_id, array_id, lock_id, semaphore_id, barrier_id,
	event_id, condition_id, pipe_id;

/* Makes it anew, in place of the one before: a/dict, a/log, a/queue, the Processes a/process and a/waiting. */
void good_store(void);
/* Whether what the user stored is all there. */
void good_expect(void);

/* ---- its records, as a careless program might change them ---- */

void put(const struct key *key, const void *value, size_t size);
void put_number(const struct key *key, uint64_t number); /* big-endian, 8 bytes */
void del(const struct key *key);
struct key item_key(uint64_t id, enum part part, const void *name, size_t size);
struct key room_key(enum room room, const void *name, size_t size);
struct key index_key(uint64_t id); /* the one that the object's header names */
struct state header_of(uint64_t id);
void put_header(uint64_t id, const struct state *state);

/* ---- damages ---- */

struct damage {
	const char *name;
	void (*do_it)(void);
	enum pks_check_code code; /* what must be told, */
	const char *path;         /* and of which object; NULL: of none, or of one without a path */
	bool repaired;            /* by a repair, and then all is as it was */
};

#define DAMAGE(name, code, path, repaired) {#name, name, code, path, repaired}

/* Each list ends with a row of zeros. */
extern const struct damage damages_rooms[], damages_settings[], damages_object[], damages_dict[], damages_log[],
	damages_process[], damages_attributes[], damages_queue[], damages_numbers[], damages_sync[];

#endif
