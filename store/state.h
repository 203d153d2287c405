/* SPDX-License-Identifier: MIT */
/*
 * An object's header: the record in the store, and what a transaction knows of it. Within a transaction there is one
 * struct state for each object that it has touched; all changes of version, count and so on are made there, and each
 * changed header is written once, when the transaction commits.
 */
#ifndef STORE_STATE_H
#define STORE_STATE_H

#include "base/buffer.h"
#include "engine.h"
#include "layer.h"

#include <pkstore/object.h>

struct log_tail;

/* What calls an object's type allows. */
enum base {
	BASE_ANY = 0,
	BASE_DICT,
	BASE_LOG,
	BASE_QUEUE,
	BASE_VALUE,
	BASE_ARRAY,
	BASE_PIPE,
	BASE_LOCK,
	BASE_SEMAPHORE,
	BASE_EVENT,
	BASE_CONDITION,
	BASE_BARRIER,
	BASE_OBJECT, /* attributes only */
	BASE_UNKNOWN, /* a type of a newer pkstore: only what all objects have */
};

/* The longest own item: of a Condition, two owners and a few numbers. */
#define STATE_OWN_MAX 256

struct state {
	uint64_t id;
	enum base base;
	bool dirty;   /* to be written at the commit */
	bool dropped; /* by this transaction, or not there at all */

	char type[PKS_TYPE_MAX + 1];
	uint8_t uuid[16];
	char path[PKS_PATH_MAX + 1];
	uint64_t created_ns, version, count;
	uint8_t index[LAYER_INDEX_KEY_MAX]; /* the object's key in the index room; index_size 0: none */
	size_t index_size;
	bool pinned;
	uint64_t bytes;              /* of all its records but this one: see items.h */
	uint64_t limit, limit_bytes; /* how many entries and bytes it may have; 0: any */
	bool unversioned;            /* its version stays, so nobody can wait for it */
	char class[PKS_TYPE_MAX + 1]; /* of the user's; "": none */
	/*
	 * What its type keeps beside its items, as one CBOR item: the next sequence of a Queue, the owner of a Lock.
	 * Being in the header it costs no record of its own. own_size 0: nothing.
	 */
	uint8_t own[STATE_OWN_MAX];
	size_t own_size;

	uint64_t first, cap; /* of a Log: the position of its oldest entry; 0: not capped */
	/* As the transaction found it, for the limits of namespaces (quota.h). */
	bool existed; /* not created by it */
	uint64_t bytes_before, count_before;
	int64_t bytes_freely; /* by how much it grew without regard to limits */
	char *path_before; /* on the heap; NULL: it was not renamed */

	struct log_tail *tail; /* of a Log that this transaction appended to (log_chunk.c) */
	struct state *next;    /* that the transaction met after this one */
};

/* The base of a type's name, and the type's name as messages write it: "LifoQueue". */
enum base state_base(const char *type);
const char *state_type_title(const char *type);
/* Likewise of a base, by its first type. */
const char *state_base_title(enum base base);
/* Whether an attribute of objects of the type is a layer's own. */
bool state_reserves(const char *type, const char *attribute);
/* The attribute in which objects of the type refer to a Log that is dropped with them; NULL: none. */
const char *state_owned(const char *type);

/* The record (FORMAT.md, "Header"). encode appends to the buffer; decode answers PKS_ERR_CORRUPT without a message,
 * and leaves what is not in the record (id, dirty, dropped, what is from before, tail) alone. */
void state_encode(const struct state *state, struct buffer *buffer);
int state_decode(struct bytes record, struct state *state_out);
/*
 * Of a record that cannot be decoded: the elements before the first one that is broken; the others get their default.
 * Returns how many that are: 3, say, when type, uuid and path can be read.
 */
unsigned state_salvage(struct bytes record, struct state *state_out);
/* What the elements that may be left out are then. */
void state_set_defaults(struct state *state);

/* The path of an object without a name of its own, `type-uuid`, by the state's type and uuid. */
void state_anonymous_path(const struct state *state, char path_out[PKS_PATH_MAX + 1]);

/* Takes the item that a buffer holds as the type's own. PKS_ERR_LIMIT, with a message, when it is too long. */
int state_set_own(struct state *state, const struct buffer *item);

/* The states of one transaction, in the order in which it met them, and found by object id. All zero is empty. */
struct states {
	struct state *first, *last;
	struct state **slots; /* open addressing; capacity is a power of two */
	size_t capacity, count;
	struct state *cached[8]; /* the last one found for each id modulo 8 */
	struct state *kept;      /* memory for the next one */
};

void states_release(struct states *states);
void states_clear(struct states *states); /* empty, but keeps memory for the next few */
/*
 * For a transaction that finds the store just as this one leaves it, if they are few: as if it had read them. Else
 * clears them.
 */
void states_keep(struct states *states);
struct state *states_find(struct states *states, uint64_t id);
/* A new, empty one for `id`; NULL when out of memory. */
struct state *states_add(struct states *states, uint64_t id);

#endif
