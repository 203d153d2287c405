/* SPDX-License-Identifier: MIT */
/* What the engine_lmdb*.c files share: the engine on LMDB. Nobody else includes this. */
#ifndef STORE_ENGINE_LMDB_H
#define STORE_ENGINE_LMDB_H

#include "engine.h"

#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>

_Static_assert(sizeof(size_t) == 8, "LMDB's files depend on the word size; FORMAT.md describes the 64-bit ones");

/* Reader slots of a new store: with this many LMDB's lock file is just 64 KiB, 16 pages. */
#define ENGINE_READERS 1022

/* Transactions that one process can have at a time: no more than it could get reader slots. */
#define ENGINE_SLOTS ENGINE_READERS

/*
 * Cursors of a write transaction, by the first two bytes of the keys: rooms, and within the index the places where the
 * processes of one status lie, between which most entries move.
 */
#define ENGINE_HANDS 16

/* A cache line, so that threads that begin and end transactions do not slow each other down. */
#define ENGINE_SLOT_ALIGN 64

/* LMDB's first database, of the pages that are free for reuse: txnid -> count and numbers, in the machine's order. */
#define ENGINE_FREE_DBI 0

/*
 * A slot for one transaction. The read transaction in it is kept, reset, when it ends: renewing it costs a tenth of a
 * begin, and its place in LMDB's reader table stays the process's.
 */
struct engine_txn {
	_Alignas(ENGINE_SLOT_ALIGN) atomic_bool used;
	bool write;
	struct engine *engine;
	MDB_txn *txn;    /* what goes on, while used */
	MDB_txn *reader; /* NULL until the slot was first read with */
	MDB_cursor *hands[ENGINE_HANDS]; /* of a write transaction; NULL until needed */
	unsigned touched;                /* a bit for each whose place was put to without it */
};

/*
 * A transaction in use and a move of the map exclude each other: who begins marks its slot used and then looks at
 * `remapping`; who moves the map sets `remapping` and then looks at all slots. Both in sequentially consistent order,
 * so at least one sees the other.
 */
struct engine {
	MDB_env *env;
	MDB_dbi dbi;
	char *path;
	int file;      /* LMDB's own descriptor of data.mdb */
	int lock_file; /* and of lock.mdb; -1: not found */
	bool read_only;
	struct engine *forgotten; /* the next one that a forked child cannot use any more */

	pthread_mutex_t lock; /* of those who move the map or wait for that */
	pthread_cond_t moved; /* a slot became free, or the move is over */
	atomic_bool remapping;
	struct engine_txn slots[ENGINE_SLOTS];
};

/* Turns LMDB's code or errno into ours, with the message set; MDB_NOTFOUND without one. 0 stays 0. */
int engine_result(struct engine *engine, int code);

/*
 * The data file as far as it can be told before LMDB opens it, which would take an empty one for new. PKS_ERR_CORRUPT,
 * PKS_ERR_FORMAT.
 */
int engine_check_header(const char *path);
/* Whether the file still holds every page that the last commit uses. PKS_ERR_CORRUPT. */
int engine_check_length(struct engine *engine);

/* Finds engine->lock_file. */
void engine_find_lock_file(struct engine *engine);

/* Makes the map large enough for what is in it and at least `size` bytes. */
int engine_remap(struct engine *engine, size_t size);

/*
 * How often a begin follows a map that others made larger: they may do so again while this process waits for a CPU.
 * Each time the map at least doubles, so an address space of 64 bits ends the chase before this does.
 */
#define RESIZE_TRIES 64

/* A read transaction while the environment is opened, outside the slots: follows the map, too. LMDB's code. */
int engine_begin_opening(struct engine *engine, MDB_txn **txn_out);

#endif
