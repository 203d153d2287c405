/* SPDX-License-Identifier: MIT */
/*
 * Watching: one wait for any of many things, and a file descriptor for programs that have a loop of their own; and
 * callbacks for processes that end.
 *
 *     struct pks_watch *watch = pks_watch_new(store);
 *     size_t news, work, which;
 *     pks_watch_log(watch, log, 0, &news);
 *     pks_watch_queue(watch, queue, &work);
 *     while (pks_watch_wait(watch, -1, &which) == 0)
 *             which == news ? read_log() : take_work();
 *
 * In a loop of epoll, libuv or GLib, pks_watch_fd() is what to poll for input, and pks_watch_dispatch() what to call
 * then: it calls the functions that pks_watch_call() has given to the conditions.
 *
 * What a watch waits for are conditions, numbered from 0 in the order in which they were added. A condition holds until
 * it is dealt with, however late it is looked at:
 *
 *     change    the object has changed since this was last told
 *     key       the value under the key is another one than was last told, or has come, or is gone
 *     log       the Log has grown since that was last told
 *     queue     there is an item in it: told until it is empty
 *     event     it is set: told until it is cleared
 *     process   it has ended: told once; the condition then never holds again
 *
 * To tell is what pks_watch_wait() does when it returns a condition's number, and pks_watch_dispatch() when it calls
 * its function. All of them are looked at in turn, so that one that always holds keeps none from being told.
 *
 * A change by a program that uses libpkstore is seen within microseconds, one by a program that writes the files by
 * itself within PKS_RECHECK_MS. Waiting costs no CPU. Who waits for a process looks after it as pks_process_join()
 * does: it starts a pool that is down, and settles a process whose worker died.
 *
 * A watch is for one thread at a time, and belongs to its store: once that is closed, calls return PKS_ERR_USAGE, and
 * only pks_watch_free() is left to be called. Objects that are watched need no handle to stay open. Inside a
 * transaction or a snapshot, in which nothing new is seen, all calls but pks_watch_free() are PKS_ERR_USAGE.
 *
 * Threads: the first pks_watch_fd() and the first pks_process_on_exit() start the library's one thread for the store,
 * which has all signals blocked and ends when the store is closed. pks_watch_wait() alone starts none. In a forked
 * child there is no such thread: calls return PKS_ERR_FORKED there, nothing is called back, and the descriptor, which
 * is closed by exec, is the parent's: the child may close it by pks_watch_free(), and must not read from it.
 */
#ifndef PKSTORE_WATCH_H
#define PKSTORE_WATCH_H

#include <pkstore/process.h>

PKS_BEGIN_DECLS

struct pks_watch;

/* A new watch, to be freed with pks_watch_free(); or NULL and PKS_ERR_FORKED, PKS_ERR_MEMORY. */
PKS_EXPORT struct pks_watch *pks_watch_new(struct pks_store *store);
/*
 * Also closes its descriptor: take it out of your loop before. Not inside a function that the watch calls. NULL does
 * nothing. Right in a forked child, and after the store was closed.
 */
PKS_EXPORT void pks_watch_free(struct pks_watch *watch);

/* ---- conditions ----
 *
 * Each adds one to the watch; *which_out, which may be NULL, is its number. What is there at the call counts as told,
 * but for a Log. Return 0, PKS_ERR_TYPE (another type of object), PKS_ERR_GONE, PKS_ERR_USAGE, PKS_ERR_FORKED,
 * PKS_ERR_MEMORY, and as a read.
 */

/* The object, of whatever type, changes: its items, attributes, metadata or path. Never for one without versions. */
PKS_EXPORT int pks_watch_change(struct pks_watch *watch, struct pks_object *object, size_t *which_out);
/* The item of a Dict changes: its value, not how often it was set to the same one. */
PKS_EXPORT int pks_watch_key(struct pks_watch *watch, struct pks_object *dict, const char *key, size_t *which_out);
/* The Log has an entry at `position` or behind it: 0 for what is there already, or pks_log_positions()'s `next_out`. */
PKS_EXPORT int pks_watch_log(struct pks_watch *watch, struct pks_object *log, uint64_t position, size_t *which_out);
/* There is an item in the Queue (LifoQueue, PriorityQueue) that can be had. */
PKS_EXPORT int pks_watch_queue(struct pks_watch *watch, struct pks_object *queue, size_t *which_out);
/* The Event is set. */
PKS_EXPORT int pks_watch_event(struct pks_watch *watch, struct pks_object *event, size_t *which_out);
/* The process has ended, be it before the call. One that was never started ends when it is, and then ends. */
PKS_EXPORT int pks_watch_process(struct pks_watch *watch, struct pks_object *process, size_t *which_out);

/* Takes a condition away: it never holds again. Numbers stay as they are. PKS_NOT_FOUND when there is none such. */
PKS_EXPORT int pks_watch_remove(struct pks_watch *watch, size_t which);

/* ---- waiting ---- */

/*
 * Waits until one of the conditions holds; *which_out is its number. At most `timeout_ms` milliseconds; 0 only looks, a
 * negative one waits for ever. A handler gives its place in the pool up while it waits for processes.
 *
 * Returns 0, PKS_TIMED_OUT, PKS_ERR_GONE (the object of the condition *which_out was dropped; told once),
 * PKS_ERR_USAGE, PKS_ERR_FORKED, and as a read.
 */
PKS_EXPORT int pks_watch_wait(struct pks_watch *watch, int timeout_ms, size_t *which_out);

/* ---- in a loop of one's own ---- */

/*
 * The watch's descriptor: readable, for poll(2) and the like, when one of the conditions holds, and until all of them
 * were told. It may be readable for nothing. Nobody but the library reads it or writes to it; it stays the watch's.
 * Returns 0, PKS_ERR_IO (no more descriptors, or no thread to be had), PKS_ERR_USAGE, PKS_ERR_FORKED.
 */
PKS_EXPORT int pks_watch_fd(struct pks_watch *watch, int *fd_out);

/*
 * Called by pks_watch_dispatch() when the condition holds, in that one's thread. It may add and remove conditions, and
 * begin transactions that it ends.
 */
typedef void (*pks_watch_fn)(struct pks_watch *watch, size_t which, void *arg);

/* Gives a condition the function to be called; NULL takes it away. PKS_NOT_FOUND when there is no such condition. */
PKS_EXPORT int pks_watch_call(struct pks_watch *watch, size_t which, pks_watch_fn fn, void *arg);

/*
 * Calls the functions of all conditions that hold, each once. Conditions without a function are left to
 * pks_watch_wait(); those whose object was dropped end without a call. Does not block.
 * Returns 0, PKS_EMPTY (none of them held), PKS_ERR_USAGE, PKS_ERR_FORKED, and as a read.
 */
PKS_EXPORT int pks_watch_dispatch(struct pks_watch *watch);

/* ---- processes that end ---- */

/*
 * Called once with the final state of a process, whoever started it. `process` is borrowed for the call. `info` is NULL
 * when the process was dropped before its end could be seen.
 */
typedef void (*pks_exit_fn)(struct pks_object *process, const struct pks_process_info *info, void *arg);

/*
 * Has fn(process, info, arg) called when the process has ended: once for each call of this, be it that the process had
 * ended before, that its worker died or the supervisor did. On the library's thread for the store, one at a time: it
 * may do all that another thread may but open and close stores (PKS_ERR_USAGE), and delays the others while it runs.
 *
 * pks_store_close() waits for a call that is running; calls that are still to come are dropped then, and in a worker
 * when the handler that asked for them returns. In forked children there are none. A process that is restarted before
 * its end was seen has not ended.
 *
 * Returns 0, PKS_ERR_TYPE, PKS_ERR_GONE, PKS_ERR_USAGE (inside a transaction: others cannot see the process yet),
 * PKS_ERR_IO (no thread to be had), PKS_ERR_FORKED, PKS_ERR_MEMORY.
 */
PKS_EXPORT int pks_process_on_exit(struct pks_object *process, pks_exit_fn fn, void *arg);
/* Takes it back. PKS_NOT_FOUND when there is none such: it was called, or is just being called. */
PKS_EXPORT int pks_process_cancel_exit(struct pks_object *process, pks_exit_fn fn, void *arg);

/* The same from pks_watch_dispatch(), in the thread that calls that. A condition as pks_watch_process(). */
PKS_EXPORT int pks_watch_on_exit(struct pks_watch *watch, struct pks_object *process, pks_exit_fn fn, void *arg,
                                 size_t *which_out);

PKS_END_DECLS
#endif
