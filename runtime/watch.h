/* SPDX-License-Identifier: MIT */
/*
 * What the watch*.c files share. A watch is a list of conditions; each store that has one has a watcher, which is the
 * list of all watches and of the calls that pks_process_on_exit() asked for, and the thread that looks after them.
 *
 * watcher->lock guards all of it: conditions, descriptors, calls. It is held while conditions are looked at, which
 * reads the store, and never while somebody's function is called, a process is settled or a pool started.
 *
 * Why no condition is missed by a sleeping loop: the thread reads the wake word before it looks, as every waiter does
 * (store/wait.c). A watch that it found readable it leaves alone until its user has looked: that one lowers the
 * descriptor first, looks then, and raises it again if anything still holds. What changes after that look moves the
 * word, and wakes the thread, which sleeps for the bits of all conditions, raised or not.
 */
#ifndef RUNTIME_WATCH_H
#define RUNTIME_WATCH_H

#include "await.h"

#include <pkstore/watch.h>

#include <pthread.h>

enum watch_kind {
	WATCH_CHANGE,
	WATCH_KEY,
	WATCH_LOG,
	WATCH_QUEUE,
	WATCH_EVENT,
	WATCH_PROCESS,
};

struct condition {
	enum watch_kind kind;
	bool spent;                /* it never holds again */
	struct pks_object *object; /* the condition's own handle; NULL once it was removed */
	uint64_t version;          /* told, or seen since without anything to tell */
	uint64_t position;         /* of a Log: behind the last entry that was told */
	char *key;                 /* of a Dict */
	struct pks_value value;    /* told; {0}: not there */
	int64_t dead_since;        /* see struct await */

	pks_watch_fn fn;
	pks_exit_fn exit_fn;
	void *arg;
};

/* The baseline is what is there now. Errors as a read. */
int condition_begin(struct condition *condition);
/*
 * Whether it holds: 0, PKS_TIMED_OUT or an error. `tell` if so: it is told by this, and what is there now becomes the
 * baseline, in the same snapshot.
 */
int condition_look(struct condition *condition, bool tell);
/* Ends it, and gives back what it has. */
void condition_release(struct condition *condition);
/* Whether somebody has to look after its process, or after what the dead hold of its queue. */
bool condition_needs_care(const struct condition *condition);

struct watcher;

struct pks_watch {
	struct watcher *watcher;
	struct pks_watch *next, **link; /* the watcher's; link NULL: the store is closed */
	struct condition **conditions;  /* pointers: functions may add some while one of them is called */
	size_t count, room;
	size_t turn; /* where the next look begins */
	int fd;      /* -1: none */
	bool raised; /* the descriptor is readable */
};

/* Locks it, as watcher_enter(); watcher_leave() unlocks it. */
int watch_enter(struct pks_watch *watch);
/* The first condition from watch->turn on that holds, as condition_look(); *which_out for errors, too. Locked. */
int watch_look(struct pks_watch *watch, bool tell, size_t *which_out);
/* The bits of what it waits for. Locked. */
uint32_t watch_bits(const struct pks_watch *watch);
/* Frees the watch's own memory and descriptor. */
void watch_destroy(struct pks_watch *watch);

/* A call that pks_process_on_exit() asked for. */
struct exit_call {
	struct exit_call *next;
	struct condition condition;
	pks_exit_fn fn;
	void *arg;
};

struct watcher {
	pthread_mutex_t lock;
	pthread_cond_t idle; /* signalled when there may be something to look at */
	struct pks_store *store; /* NULL once it is closed */
	uint64_t fork_mark;
	unsigned refs; /* the store's and one for each watch */
	bool started, stopping;
	bool calling; /* a function of somebody's, without the lock */
	pthread_cond_t called;
	pthread_t thread;
	uint32_t bits; /* that the thread sleeps for */
	struct pks_watch *watches;
	struct exit_call *calls;
};

/* The store's; NULL and the error when there is none to be had. */
struct watcher *watcher_of(struct pks_store *store);
/* Locks it, unless the caller is a forked child, in a transaction, or late: then the error is set. */
int watcher_enter(struct watcher *watcher);
void watcher_leave(struct watcher *watcher);
/* Gives a reference back. Locked; it is not any more. */
void watcher_drop(struct watcher *watcher);
/* Starts the thread if there is none; PKS_ERR_IO. Locked. */
int watcher_start(struct watcher *watcher);
/* Has the thread look at what was added. Locked. */
void watcher_kick(struct watcher *watcher);
/* The descriptor as it should be: raised or not. Locked. */
void watcher_raise(struct pks_watch *watch, bool raised);
int watcher_open_fd(void); /* -1 and errno */

/* Ends all calls and watches of the program for that store, once a call that is running has returned: the worker's
 * handler, whose they are, has. */
void watcher_forget(struct pks_store *store);

/*
 * Looks after what is waited for: settles a process whose worker died, keeps its pool up; returns the items of a queue
 * that the dead hold. Not locked.
 */
void watcher_care(struct pks_store *store, uint64_t id, int64_t *dead_since);

/* What a watcher's thread looks after: it looks after them without the lock, so it has a list of its own. */
struct patients {
	struct patient {
		uint64_t id;
		int64_t dead_before, dead_since; /* as it was, and is now */
	} *items;
	size_t count, room;
};

/* Makes the list, which stays the caller's, and looks after all that is in it. Locked, but not meanwhile. */
void watcher_care_for_all(struct watcher *watcher, struct patients *patients);

#endif
