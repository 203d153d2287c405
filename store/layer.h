/* SPDX-License-Identifier: MIT */
/*
 * What a layer on top of the store needs beyond the public headers: the index room, settings, hooks around
 * transactions, hand-off of work. The runtime is built on this and on the public headers.
 */
#ifndef STORE_LAYER_H
#define STORE_LAYER_H

#include <pkstore/object.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- objects of the layer's own types ---- */

/* Creates an object; NULL path: `<type>-<uuid>`. What its base is stands in store/state.c. */
struct pks_object *layer_create(struct pks_store *store, const char *path, const char *type);

/* The object's path as it was when the handle was opened: for messages. "" for NULL; valid while the handle is. */
const char *layer_path(const struct pks_object *object);

/* 0 when the handle is of just this type and usable here; else PKS_ERR_TYPE and so on, with the message set. */
int layer_check(const struct pks_object *object, const char *type);

/* pks_object_version(); 0 for an object that is unversioned, of which it would not tell whether it has changed. */
int layer_version(struct pks_object *object, uint64_t *version_out);

/* pks_attr_get() of what most do not have: PKS_NOT_FOUND sets no message. */
int layer_attr_find(struct pks_object *object, const char *name, struct pks_value *value_out);
/*
 * pks_attr_set(), also for an attribute that is the layer's own (store/state.c), and whatever the limits of the object
 * and its namespaces are: what is noted counts, but is never refused.
 */
int layer_attr_set(struct pks_object *object, const char *name, const struct pks_value *value);
int layer_attr_del(struct pks_object *object, const char *name); /* likewise; PKS_NOT_FOUND */
/*
 * Which of the names, up to 32 in the order of their bytes and NULL-terminated, it has: *found_out has a bit for each. It
 * is one way down the tree for all that it does not have.
 */
int layer_attr_look(struct pks_object *object, const char *const *names, uint32_t *found_out);
/* Those of the names (NULL-terminated) that it has. One that has none of them is not changed. */
int layer_attr_forget(struct pks_object *object, const char *const *names);

/*
 * A copy without these attributes (NULL-terminated; NULL: with all), which has no entry in the index and is not pinned.
 * As pks_object_copy().
 */
struct pks_object *layer_copy(struct pks_object *object, const char *path, const char *const *without);

/* ---- the index room ----
 *
 * An object has at most one entry in it, under a key that the layer chooses; the store remembers the key in the
 * object's header, so that moving and dropping the object keep it to exactly one.
 */

#define LAYER_INDEX_KEY_MAX 128

/*
 * Moves the object's entry to `key` (NULL: to nowhere). A `pinned` object cannot be dropped (PKS_ERR_STATE). Joins the
 * thread's transaction. PKS_EXISTS when another object has the key.
 */
int layer_index_move(struct pks_object *object, const void *key, size_t size, bool pinned);
/* The same; PKS_EXISTS also when an entry that begins with the first `prefix` bytes of the key (not 0) lies behind it. */
int layer_index_move_last(struct pks_object *object, const void *key, size_t size, size_t prefix, bool pinned);

struct layer_index_entry {
	uint8_t key[LAYER_INDEX_KEY_MAX];
	size_t size;
	uint64_t id; /* the object's */
};

/* The first or, inside a transaction that is to change the index, the last entry whose key begins with `prefix`.
 * PKS_NOT_FOUND. */
int layer_index_first(struct pks_store *store, const void *prefix, size_t size, struct layer_index_entry *entry_out);
int layer_index_last(struct pks_store *store, const void *prefix, size_t size, struct layer_index_entry *entry_out);
/*
 * Calls each() for the entries whose keys begin with `prefix`, in order, in one snapshot, until it returns another
 * value than 0, which is forwarded. each() may read, not write.
 */
int layer_index_each(struct pks_store *store, const void *prefix, size_t size,
                     int (*each)(const struct layer_index_entry *entry, void *arg), void *arg);

/* ---- settings: small values of the store as a whole, in the meta room ---- */

int layer_setting_get(struct pks_store *store, const char *name, struct pks_value *value_out); /* PKS_NOT_FOUND */
int layer_setting_set(struct pks_store *store, const char *name, const struct pks_value *value);
int layer_setting_del(struct pks_store *store, const char *name); /* PKS_NOT_FOUND */
/*
 * Calls each() with the names that begin with `prefix`, in order, in one snapshot, until it returns another value than
 * 0, which is forwarded. A name is not NUL-terminated. each() may read, not write.
 */
int layer_setting_each(struct pks_store *store, const char *prefix,
                       int (*each)(const char *name, size_t size, void *arg), void *arg);

/* ---- around transactions ---- */

/* Whether the thread has a transaction or a snapshot open. */
bool layer_in_transaction(struct pks_store *store);

/*
 * Has guard(store, arg) asked at the begin of every outermost write transaction of this process, inside it; another
 * value than 0 aborts it and is forwarded. NULL takes it away. The guard may only read.
 */
void layer_set_guard(struct pks_store *store, int (*guard)(struct pks_store *store, void *arg), void *arg);

/*
 * Calls fn(store) once after the thread's open transaction has committed, however often it was asked for in it. Its
 * return value becomes that of the commit. Fails with PKS_ERR_USAGE outside a transaction.
 */
int layer_after_commit(struct pks_store *store, int (*fn)(struct pks_store *store));

/* How long this program's writes wait for another writer from now on, in milliseconds; returns how long they did. */
uint32_t layer_set_busy_timeout(struct pks_store *store, uint32_t timeout_ms);

/* ---- hand-off: as many sleepers are woken as there is work ---- */

/* Wakes `sleepers` more of the channel's sleepers when the thread's open transaction commits (in one: else at once). */
void layer_post(struct pks_store *store, unsigned channel, int sleepers);
/*
 * Until `until` (CLOCK_MONOTONIC) posts for one sleeper, or for any number, wake nobody, since this thread, which is in
 * a write transaction, looks for what they tell after it has committed and before then. False when somebody else has
 * said so already. The owner is a number from 1 to LAYER_OWNERS, which should tell those apart who may do so.
 */
#define LAYER_OWNERS 511
bool layer_promise(struct pks_store *store, unsigned channel, uint32_t owner, int64_t until, bool any);
void layer_promise_end(struct pks_store *store, unsigned channel, uint32_t owner);
/* Whether somebody else has, and it is not over yet. */
bool layer_is_promised(struct pks_store *store, unsigned channel, uint32_t owner);
/* How many sleepers all posts so far were for. */
uint32_t layer_channel_posted(struct pks_store *store, unsigned channel);
uint32_t layer_channel_word(struct pks_store *store, unsigned channel);
/* Sleeps until the channel's word is not `seen` any more, at most PKS_RECHECK_MS. May wake for nothing. */
void layer_channel_wait(struct pks_store *store, unsigned channel, uint32_t seen);

/* ---- changes, as waiters see them (store/wait.c argues why none is missed) ---- */

/* What to pass to layer_changes_wait(); to be read before looking at the store. */
uint32_t layer_changes(struct pks_store *store);
/* Those of an object, as one bit of 32 that it may share with others. */
uint32_t layer_change_bit(uint64_t id);
/* The bits of those that somebody waits for; also some that nobody does any more. */
uint32_t layer_changes_awaited(struct pks_store *store);
/*
 * Sleeps until objects of these bits have changed since, or until `deadline` (CLOCK_MONOTONIC nanoseconds), at most
 * PKS_RECHECK_MS. May wake for nothing. `bits` 0 is for none. post: wakes all who sleep for them, though nothing has
 * changed.
 */
void layer_changes_wait(struct pks_store *store, uint32_t seen, uint32_t bits, int64_t deadline);
void layer_changes_post(struct pks_store *store, uint32_t bits);

/* ---- what the layer keeps with the open store ---- */

/* Released in this order. */
enum layer_slot { LAYER_WATCH, LAYER_POOL, LAYER_SLOTS };

/* NULL until it is set. */
void *layer_data(struct pks_store *store, enum layer_slot slot);
/*
 * Sets it, unless another thread did so first; returns the one that is set. release(data) is called when the store is
 * closed, in a forked child too, with the lock of all opening and closing held: it may not open or close a store, nor
 * wait for a thread that does.
 */
void *layer_set_data(struct pks_store *store, enum layer_slot slot, void *data, void (*release)(void *data));

/* ---- upkeep ---- */

/*
 * Returns the items of an empty queue whose holders have died; who watches a queue takes nothing, and so nobody would.
 */
int layer_queue_care(struct pks_object *queue);

/* The pid of who is inside a write transaction now, as far as programs say so; 0: nobody. A look, old at once. */
int64_t layer_writer(struct pks_store *store);

/* Clears dead readers away, as pks_store_stat() does, but without its walk over the free pages. 0 or an error. */
int layer_check_readers(struct pks_store *store);

/* ---- handles ---- */

/*
 * Closes every handle of the store, and ends every iterator outside a transaction, that was opened after the mark was
 * taken.
 */
uint64_t layer_handles_mark(struct pks_store *store);
void layer_handles_close_since(struct pks_store *store, uint64_t mark);

/*
 * As pks_object_from_id(), of a handle that is the layer's alone: it is closed by pks_object_close() and by nothing
 * else, which is to be done before the store is closed.
 */
struct pks_object *layer_object_open(struct pks_store *store, uint64_t id);

/*
 * Marks the calling thread as one of the library's own, which the close of a store waits for: in it stores are neither
 * opened nor closed, and to try is PKS_ERR_USAGE.
 */
void layer_library_thread(void);

/*
 * Who writes to the system log when a handler does: the path of its process, as it was opened by, instead of the
 * program's name. The handle stays open until NULL ends it.
 */
void layer_set_syslog_process(struct pks_store *store, const struct pks_object *process);

#endif
