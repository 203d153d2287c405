/* SPDX-License-Identifier: MIT */
/*
 * Queues: values that are handed from those who put them in to those who take them out, each to exactly one.
 *
 *     struct pks_object *queue = pks_queue_open(store, "example/queue", 0, PKS_OPEN_OR_CREATE);
 *     pks_queue_putf(queue, -1, "{s:i}", "job", 7);                  // here
 *     pks_queue_getf(queue, -1, "{s:i}", "job", &job);               // there: waits until there is one
 *
 * A Queue gives the oldest item first, a LifoQueue the newest, a PriorityQueue the one with the lowest priority number
 * (as Python's queue.PriorityQueue and heapq; of equal ones the oldest). All three have the same calls.
 *
 * Getting and the transaction. A get takes the item out in the transaction of its caller, if there is one: the item and
 * what was done with it commit together, and a caller that dies or aborts before leaves it where it was. Work that
 * takes longer than a transaction should is reserved: the item stays in the store, held by the process, until that
 * acknowledges it; when the process dies first, the item returns to its place.
 *
 *     struct pks_reservation work;
 *     while (pks_queue_reserve(queue, -1, &work) == 0) {
 *             if (do_it(&work.value) == 0)
 *                     pks_queue_ack(queue, &work);
 *             else
 *                     pks_queue_bury(queue, &work);              // for a person to look at
 *             pks_reservation_clear(&work);
 *     }
 *
 * Waiting. Timeouts are milliseconds; 0 does not wait, a negative one waits for ever. A get that finds nothing answers
 * PKS_EMPTY, and a put that finds no room PKS_FULL, with and without a wait before, as multiprocessing's queues raise
 * Empty and Full. A sleeper costs no CPU, and is woken within microseconds of the commit; a put wakes just as many
 * getters as it has items, a get just as many putters as it makes room for. One that is killed between being woken and
 * taking costs the others PKS_RECHECK_MS at most. Inside a transaction or a snapshot of the thread nothing new would
 * be seen: what would have to wait there is PKS_ERR_USAGE.
 *
 * Beside what its comment says, each call may return PKS_ERR_TYPE (not a queue), PKS_ERR_GONE, PKS_ERR_CORRUPT,
 * PKS_ERR_FORKED, PKS_ERR_MEMORY, and what pks_begin() and pks_commit() return. Any thread; several may use one handle
 * at once. A call that returns another value than 0 has changed nothing, but that items of the dead may be back in
 * their places.
 */
#ifndef PKSTORE_QUEUE_H
#define PKSTORE_QUEUE_H

#include <pkstore/object.h>

PKS_BEGIN_DECLS

/*
 * Open the queue at `path`, or create it with room for `maxsize` items, 0: any number. Of one that is there already
 * the maxsize stays as it is; it is the object's limit of entries, see pks_object_info() and pks_object_set_limit().
 * `path`, `mode` and what is returned are as pks_dict_open()'s.
 */
PKS_EXPORT struct pks_object *pks_queue_open(struct pks_store *store, const char *path, uint64_t maxsize,
                                             enum pks_mode mode);
PKS_EXPORT struct pks_object *pks_lifoqueue_open(struct pks_store *store, const char *path, uint64_t maxsize,
                                                 enum pks_mode mode);
PKS_EXPORT struct pks_object *pks_priorityqueue_open(struct pks_store *store, const char *path, uint64_t maxsize,
                                                     enum pks_mode mode);

/* ---- putting ---- */

/*
 * Puts a value in; into a PriorityQueue with the priority 0. PKS_FULL when it has maxsize items, or its limit of bytes
 * is reached, and the timeout has passed. Reserved and buried items take no room of maxsize. PKS_ERR_LIMIT: the limit
 * of bytes would never have room for it.
 */
PKS_EXPORT int pks_queue_put(struct pks_object *queue, const struct pks_value *value, int timeout_ms);
PKS_EXPORT int pks_queue_putf(struct pks_object *queue, int timeout_ms, const char *format, ...);
/* Puts `count` values in, in this order and in one transaction: all or none. PKS_ERR_LIMIT: more than maxsize. */
PKS_EXPORT int pks_queue_put_many(struct pks_object *queue, const struct pks_value *values, size_t count,
                                  int timeout_ms);
/* With a priority; the lowest number is had first. PKS_ERR_TYPE unless it is a PriorityQueue. */
PKS_EXPORT int pks_queue_put_priority(struct pks_object *queue, int64_t priority, const struct pks_value *value,
                                      int timeout_ms);
/* `count` values with the same priority, as pks_queue_put_many(). */
PKS_EXPORT int pks_queue_put_many_priority(struct pks_object *queue, int64_t priority, const struct pks_value *values,
                                           size_t count, int timeout_ms);

/* ---- getting ---- */

/* Takes the next item out; *value_out is a copy of the caller's own, to be cleared. PKS_EMPTY. */
PKS_EXPORT int pks_queue_get(struct pks_object *queue, int timeout_ms, struct pks_value *value_out);
/*
 * Takes the next item out if it has the format's form; else it answers as pks_value_unpack() and the item stays. The
 * letters S, y and v, which borrow, are PKS_ERR_USAGE.
 */
PKS_EXPORT int pks_queue_getf(struct pks_object *queue, int timeout_ms, const char *format, ...);
/*
 * Takes out what there is, up to `max` items, in one transaction; waits until there is one. *count_out of `values` are
 * copies of the caller's own. PKS_EMPTY.
 */
PKS_EXPORT int pks_queue_get_many(struct pks_object *queue, struct pks_value *values, size_t max, int timeout_ms,
                                  size_t *count_out);
/* The item that a get would take, which stays: borrowed inside a snapshot or a transaction, else a copy. PKS_EMPTY. */
PKS_EXPORT int pks_queue_peek(struct pks_object *queue, struct pks_value *value_out);

/* ---- the queue as a whole ---- */

struct pks_queue_stats {
	uint64_t ready;    /* items that can be had: what pks_queue_count() and pks_object_info() count */
	uint64_t reserved; /* held by processes */
	uint64_t buried;
	uint64_t unfinished; /* put in and not done yet, see pks_queue_join() */
	uint64_t maxsize;    /* 0: any number */
};

/* Both take constant time. */
PKS_EXPORT int pks_queue_count(struct pks_object *queue, uint64_t *count_out);
PKS_EXPORT int pks_queue_stats(struct pks_object *queue, struct pks_queue_stats *stats_out);

/* Removes what can be had and what is buried, in one transaction; all of it is done then. Reserved items stay so. */
PKS_EXPORT int pks_queue_clear(struct pks_object *queue);

/*
 * Says that `count` of the items that were got are done, as JoinableQueue.task_done(). Acknowledging a reserved item
 * says so by itself. PKS_ERR_STATE: more than are unfinished.
 */
PKS_EXPORT int pks_queue_task_done(struct pks_object *queue, uint64_t count);
/*
 * Waits until everything that was put in is done. Returns 0, PKS_TIMED_OUT, PKS_ERR_USAGE (inside a transaction or a
 * snapshot).
 */
PKS_EXPORT int pks_queue_join(struct pks_object *queue, int timeout_ms);

/* ---- reserving ---- */

/*
 * An item that this process holds. `value` is a copy of the holder's own. The rest tells the reservation from any
 * other; as plain bytes it may be copied and handed to any thread of the process.
 */
struct pks_reservation {
	struct pks_value value;
	uint64_t deliveries; /* how often the item was reserved, this time included */
	int64_t priority;    /* of a PriorityQueue; else 0 */
	uint64_t sequence;   /* of the item in its queue */
};

/*
 * Reserves the next item: it stays in the store, held by the calling process, and cannot be had until it is released,
 * buried, or this process has died, however it did: then it is back in its place within PKS_RECHECK_MS, and at once for
 * a call that would find nothing else. A pks_queue_peek() and an iterator do not bring it back. PKS_EMPTY.
 */
PKS_EXPORT int pks_queue_reserve(struct pks_object *queue, int timeout_ms, struct pks_reservation *reservation_out);
/*
 * Ends a reservation: the item is done and gone; it goes back to its place; it is put aside, where nobody gets it until
 * it is kicked. Each joins the transaction of its caller. PKS_ERR_STATE: the item is not, or no more, reserved so by
 * this process.
 */
PKS_EXPORT int pks_queue_ack(struct pks_object *queue, const struct pks_reservation *reservation);
PKS_EXPORT int pks_queue_release(struct pks_object *queue, const struct pks_reservation *reservation);
PKS_EXPORT int pks_queue_bury(struct pks_object *queue, const struct pks_reservation *reservation);
/* Frees its value. All zero, and NULL, do nothing. */
PKS_EXPORT void pks_reservation_clear(struct pks_reservation *reservation);

/*
 * Puts up to `max` buried items back to their places, in the order of these; *count_out, which may be NULL: how many.
 */
PKS_EXPORT int pks_queue_kick(struct pks_object *queue, uint64_t max, uint64_t *count_out);

/* ---- iteration ---- */

/* Where an item is; together, which of them to iterate over. */
enum pks_queue_place {
	PKS_QUEUE_READY = 1,
	PKS_QUEUE_RESERVED = 2,
	PKS_QUEUE_BURIED = 4,
	PKS_QUEUE_ALL = 7,
};

struct pks_queue_item {
	struct pks_value value; /* borrowed until the next call on the iterator */
	enum pks_queue_place place;
	int64_t priority; /* of a PriorityQueue; else 0 */
	uint64_t sequence;
	uint64_t deliveries; /* how often it was reserved */
	int64_t pid;         /* of a reserved one: who holds it, and since when, nanoseconds since 1970 */
	uint64_t since_ns;
};

struct pks_queue_iter;

/*
 * Iterates over the items at `places`, in the order in which they would be had if all of them could be, and
 * takes none; `reverse`: from the last to the first. As pks_dict_iter(); the same codes.
 */
PKS_EXPORT struct pks_queue_iter *pks_queue_iter(struct pks_object *queue, int places, bool reverse);
/* Returns 0, PKS_END, PKS_ERR_CORRUPT, PKS_ERR_USAGE (its transaction is over). */
PKS_EXPORT int pks_queue_next(struct pks_queue_iter *iter, struct pks_queue_item *item_out);
PKS_EXPORT void pks_queue_iter_close(struct pks_queue_iter *iter);

/*
 * Puts an item in as an iterator has told it, for copies of a queue: its priority, its deliveries, and buried if it was
 * that; one that was reserved can be had. Its sequence is a new one. Does not wait. PKS_FULL.
 */
PKS_EXPORT int pks_queue_put_item(struct pks_object *queue, const struct pks_queue_item *item);

PKS_END_DECLS
#endif
