/* SPDX-License-Identifier: MIT */
/*
 * Verifying a store (include/pkstore/check.h): what the check_*.c files share.
 *
 * The store is walked in units, in the order of the keys: one record of the meta room, of the catalog or of the index,
 * or all records of one object. A unit is looked at in the snapshot, and what is wrong with it is reported. If
 * something can be done about it and is to be, the very same functions look at the unit once more, inside a write
 * transaction: there they report nothing, and change what they find wrong. So nothing is called back while others wait
 * to write, and what is repaired is always the truth of that moment, whatever others have done since the snapshot.
 *
 * Invariant of a repair: it makes one unit agree with what it is derived from, and never breaks another one that was
 * right. Headers are derived from the records below them and from a process's state; entries of the catalog and of the
 * index are derived from the headers; the store's counters from all of them.
 */
#ifndef STORE_CHECK_H
#define STORE_CHECK_H

#include "keys.h"
#include "txn.h"

#include <pkstore/check.h>

/* Where objects are put that have no path of their own, or one that another has. */
#define CHECK_LOST "lost+found"

struct check {
	struct pks_store *store;
	int (*report)(const struct pks_finding *finding, void *arg);
	void *arg;
	bool repair;
	struct pks_check_result result;
	int failed; /* the first error, or what report() answered: from then on nothing is done any more */

	struct engine_txn *engine; /* what is looked at: the snapshot, or the transaction of `txn` */
	struct engine_cursor *cursor;
	struct txn *txn; /* while the unit is being repaired; else NULL */

	struct key unit;       /* of an object: what all of its keys begin with */
	uint64_t unit_repairs; /* how many of its findings can be repaired */
	bool count_objects;    /* a repair has changed how many there are: the counters are wrong, too */

	/* What findings are about. */
	struct bytes key;
	uint64_t id;
	const char *path;
	bool mute; /* a trial: nothing is reported, but `faults` counts */
	uint64_t faults;

	/* Of the whole store, for the counters. */
	uint64_t headers, last_id;
	bool has_format, has_uuid, has_next_id, has_objects;
	uint64_t next_id, objects;
	uint64_t channels;              /* a bit for each that a pool has for itself */
	uint64_t limits, limit_records; /* how many limited namespaces there are to be, and are */
	bool closing;                   /* everything else was seen: now those are counted */
	struct check_uuid *uuids;       /* of all objects */
	size_t uuid_count, uuid_capacity;
	const uint64_t *twin; /* while the unit, an object, is looked at beside this older one: its id; else NULL */
};

/* Something is wrong with what check->key, id and path name; `repair` is what will be done about it, or NULL. */
void check_find(struct check *check, enum pks_check_code code, const char *repair, const char *format, ...)
	PKS_PRINTF(4, 5);
/* Remembers a failure of the engine; conditions are none. */
void check_fail(struct check *check, int r);

/* Looks a record up. False when there is none, or after a failure. */
bool check_get(struct check *check, const struct key *key, struct bytes *value_out);
/* Both change the store, if the unit is being repaired; else they do nothing. Engine memory moves: copy first. */
void check_put(struct check *check, const struct key *key, const void *value, size_t size);
void check_del(struct check *check, const struct key *key);

enum check_header { CHECK_HEADER_GOOD, CHECK_HEADER_MISSING, CHECK_HEADER_BROKEN };
enum check_header check_header(struct check *check, uint64_t id, struct state *state_out);

/* The record check->key: is its value one CBOR item as it should be? Reports it, and what it refers to, if not. */
bool check_value(struct check *check, struct bytes value);

/* ---- units: the record is the unit's, or its first one ---- */

void check_foreign(struct check *check);
void check_meta(struct check *check, struct bytes value);
void check_setting(struct check *check, struct bytes value);
void check_catalog(struct check *check, struct bytes value);
void check_index(struct check *check, struct bytes value);
/* `path`: what the catalog calls an object whose header does not tell; NULL. */
void check_object(struct check *check, uint64_t id, const char *path);
/* What the names of the records of limited namespaces begin with, in the meta room. */
#define CHECK_LIMIT "limit/"
void check_limit(struct check *check, struct bytes value);
/*
 * The name of the setting that tells the supervisor of somebody with whose end processes are terminated: a good value
 * of the option `daemon`. Its length.
 */
#define CHECK_DAEMON "daemon/"
#define CHECK_DAEMON_NAME_SIZE 128
size_t check_daemon_name(struct bytes keeper, char name_out[CHECK_DAEMON_NAME_SIZE]);
/* The meta room again, when everything else was seen. */
void check_counters(struct check *check);
/* Each object's, as it is seen. When all were, they are compared; finish() ends the unit of one that has another's. */
void check_remember_uuid(struct check *check, uint64_t id, const uint8_t uuid[16]);
void check_uuids(struct check *check, void (*finish)(struct check *check));
/* The unit is an object that may have the uuid of the object check->twin. */
void check_twin(struct check *check);

/* ---- an object ---- */

/* Puts a header that has changed. */
void check_put_header(struct check *check, uint64_t id, struct state *state);

struct check_process {
	bool has_state, has_target;
	int status; /* 0: no state that can be read */
	int priority;
	bool has_exitcode;
	int exit_status; /* the status that goes with it */
	uint64_t attempt;
	unsigned times;               /* a bit for each element of the state that is a time, and not 0 */
	bool has_identity, announced; /* the latter: true in place of it */
	char pool[33];                /* "": the default one */
	bool elsewhere;               /* it is not to run in a pool */
	bool no_options;              /* they cannot be read, so nobody knows where it is to run */
	uint8_t daemon[64];           /* the option, if it has it */
	size_t daemon_size;
	uint64_t output; /* the Log's id; 0: none */
	uint64_t past;   /* the last attempt in its history */
};

struct check_log {
	bool any;
	bool broken;                     /* the chunks are not consecutive, or cannot be counted */
	uint64_t start, next, last_size; /* where the first chunk begins and the last one ends */
};

struct check_queue {
	uint64_t next; /* one more than the greatest sequence that an item has */
};

struct check_sync {
	uint64_t ticket;        /* the greatest that somebody has */
	uint64_t of_generation; /* who waits at a Barrier and belongs to its present generation */
};

struct check_pipe {
	uint64_t ticket;                         /* the greatest that somebody has */
	unsigned open;                           /* a bit for each end that somebody has open */
	uint64_t messages[2], first[2], next[2]; /* by direction, of the messages that there are */
};

/* What a type's functions remember from one record to the next; zeros at first. */
union check_seen {
	struct check_process process;
	struct check_log log;
	struct check_queue queue;
	struct check_sync sync;
	struct check_pipe pipe;
};

struct check_object {
	struct check *check;
	uint64_t id;
	struct state state; /* as its header has it */
	struct state right; /* as it should be */
	const struct check_type *type;
	uint64_t records[PART_END]; /* by part */
	uint64_t bytes;
	union check_seen seen;
};

/* What is a type's own. Each is called with check->key set to the record's; NULL: nothing more is to be said. */
struct check_type {
	const char *name; /* of one type; NULL: of all that have the base */
	enum base base;
	unsigned parts;         /* a bit for each part of the contents that it has records in */
	bool keeps;             /* something in the header's own element, which then is not null */
	bool new_keeps_nothing; /* but while the object is new */
	void (*attribute)(struct check_object *object, struct bytes name, struct bytes value);
	/* A record of the contents; `name` is its key behind the part. NULL: a text key and one value. */
	void (*record)(struct check_object *object, enum part part, struct bytes name, struct bytes value);
	/* All records were seen: sets what `right` must be. count and bytes are set already, as for a Dict. */
	void (*end)(struct check_object *object);
};

/* What a process needs elsewhere: of a submitted one the pool, and who watches its keeper; of any the output's Log. */
void check_process_pool(struct check_object *object, const char *pool);
void check_process_keeper(struct check_object *object);
void check_process_output(struct check_object *object);

const struct check_type *check_type_of(const struct state *state);
extern const struct check_type check_array, check_barrier, check_condition, check_dict, check_event, check_lock,
	check_log, check_pipe, check_plain, check_process, check_queue, check_semaphore, check_cell, check_unknown;

/* A key of a number, as Logs and Queues have; false, and reported, when it is none. */
bool check_numbered(struct check_object *object, struct bytes name, uint64_t *number_out);

/*
 * How many elements the owner at `at` has: a thread, [pid, start, boot, tid, start of the thread], or a process: the
 * first three. 0: there is none.
 */
#define CHECK_THREAD 5
#define CHECK_PROCESS 3
unsigned check_owner(const uint8_t *at, const uint8_t *end);
/*
 * Takes a list apart whose elements have the form, a letter each: u unsigned, b boolean, O owner, P owner that is a
 * process, t owner that is a thread, or null. Those at its end may be missing, as 0, false and null. numbers_out gets a
 * number for each letter: of an owner, not 0. No bytes are an empty list. False, without a report, when it is none or
 * has another form.
 */
bool check_list(struct bytes value, const char *form, uint64_t *numbers_out);
/* The same for the header's own element, of which none may be missing; reported when it is not so. */
bool check_own(struct check_object *object, const char *form, uint64_t *numbers_out);
/* A record that may not be in the part `other`, too, under the same key behind the part. */
void check_once(struct check_object *object, enum part other, struct bytes name);

/* Looks at all records of the object's contents, and tells what its header should be. */
void check_derive(struct check_object *object);
/*
 * Makes up the state of an object without a good header, from what can be read of it and from its records. `path` as in
 * check_object().
 */
void check_lost(struct check_object *object, enum check_header found, const char *path);

#endif
