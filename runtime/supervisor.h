/* SPDX-License-Identifier: MIT */
/*
 * The supervisor: the parent and sub-reaper of a store's workers. It keeps nothing that matters: which processes run
 * where stands in the store, so that it can be killed at any time, and the next one goes on. What it knows alone is how
 * its own workers died, and it records that at once.
 *
 * What its death leaves behind, at whatever instruction:
 * - before it has the lock: nothing. With the lock and before its identity is recorded: the lock ends with it.
 * - workers: they see that their parent is another one, finish what they run, start a new supervisor and end.
 * - a dead worker that was not settled yet: the next supervisor, or whoever waits, settles it as "nobody could learn
 *   how".
 */
#ifndef RUNTIME_SUPERVISOR_H
#define RUNTIME_SUPERVISOR_H

#include "pool.h"
#include "pool_name.h"
#include "report.h"

#include <stddef.h>
#include <sys/stat.h>

/* The longest wait for the write lock: a supervisor that waits for a stopped writer does not reap. */
#define SUPERVISOR_BUSY_MS 2000

/* How it says at its start that its daemon was killed before it could say anything (sysexits.h: EX_TEMPFAIL). */
#define SUPERVISOR_EXIT_AGAIN 75

/* How often it looks by itself at what nobody tells it: readers, dead strangers, a missed signal. */
#define SUPERVISOR_TICK_MS 1000

/* Killing takes milliseconds. Who outlives this hangs in the kernel, and is not worth waiting for. */
#define SUPERVISOR_TREE_MS 1000

struct supervisor_pool;
struct keeper_watch;
struct forkserver;
struct process_state;
struct witness_notes;

/* A place for a worker. */
struct place {
	const struct supervisor_pool *pool;
	unsigned slot; /* its number in the pool */
	uint64_t only; /* the process that its worker is for; 0: whatever comes */
	struct forkserver *forkserver; /* that is loading, or was asked, for it; NULL: none */
	int word;                      /* where its worker, a forkserver's copy, will say who it is; -1: none will */
	pid_t pid;     /* 0: empty */
	struct proc worker;
	bool dead; /* reaped, but what it ran could not be settled yet */
	struct death death;
	struct linger *linger; /* while what is left of its tree has time to end; NULL: it has not */
	int64_t started;    /* CLOCK_MONOTONIC, as are all times here */
	int64_t not_before; /* when the next one may be started */
	unsigned futile;    /* workers in a row that died young without having run anything */
	struct witness_notes *notes; /* the worker's; NULL: not looked at yet */
	uint64_t lots, lots_slow;    /* where it was with its lots at the last looks */
};

/* A pool, from when it was first seen until the supervisor ends. */
struct supervisor_pool {
	struct supervisor_pool *next;
	char name[POOL_NAME_SIZE];
	struct place *places;
	size_t place_count;
	size_t wanted; /* how many of the places, from the first one on, are to have a worker */
};

/* A worker that runs something, and is not ours: of a supervisor that is dead. */
struct watch {
	int pidfd;
	struct proc worker;
	char mark[POOL_MARK_SIZE]; /* the worker's own, which names the supervisor that is dead; "" if it has none */
	uint64_t lots;             /* where it was with them at the last look */
};

struct supervisor {
	struct pks_store *store;
	const char *path;
	struct stat directory; /* to notice when another one, or none, stands at the path */
	struct proc self;
	char uuid[PKS_UUID_SIZE];
	char program[PKS_STORE_PATH_SIZE]; /* the worker's */
	int lock_fd, signal_fd;
	struct oom oom;
	struct supervisor_pool *pools;
	struct watch *watches;
	size_t watch_count;
	int output_fd; /* tells when a worker has written something; -1: nobody does */
	int64_t output_next; /* when to listen to it again */
	int64_t next_deadline; /* of a request to end something */
	int64_t lots_next;     /* when to look at lots; 0: nobody has any */
	unsigned lots_idle;    /* for how many looks nobody has had any */
	bool lots_busy;        /* the write lock could not be had for one */
	struct keeper_watch *keepers;
	size_t keeper_count;
	int keepers_fd; /* tells that one of them has ended */
	struct forkserver *forkservers;
	unsigned forkserver_number; /* of the next one */
	int64_t forkserver_idle;    /* how long one stays without work */
	int lingers_fd;             /* tells that something of a tree has ended */
	int forkservers_fd;         /* tells that one of them, or of their copies, has something to say */
};

/* supervisor_start.h is the other side. Does not return. */
void supervisor_run(struct supervisor *supervisor);

/* supervisor_pools.c: which pools there are, and how many workers each is to have. */
void supervisor_pools_look(struct supervisor *supervisor);

/* supervisor_places.c: starts workers where there should be some and are none. */
void supervisor_places_fill(struct supervisor *supervisor);
struct place *supervisor_places_find(struct supervisor *supervisor, pid_t pid);
/* One more place for a pool; NULL: out of memory. Starts a worker in an empty one. */
struct place *supervisor_places_add(struct supervisor_pool *pool);
void supervisor_places_start(struct supervisor *supervisor, struct place *place);
/* Whether the worker is, or was, one of ours, and is still our business. */
bool supervisor_places_hold(const struct supervisor *supervisor, const struct proc *worker);
/* A forkserver's copy is the place's worker from now on. None has come: as a worker that has died young. */
void supervisor_places_began(struct place *place, const struct proc *worker);
void supervisor_places_pause(struct place *place);
/* That forkserver is gone. */
void supervisor_places_forget(struct supervisor *supervisor, const struct forkserver *forkserver);
/* A worker was reaped. */
void supervisor_places_died(struct supervisor *supervisor, struct place *place, const struct death *death);
/* The place of a dead worker that is not settled yet; NULL: none. */
struct place *supervisor_places_dead(struct supervisor *supervisor, const struct proc *worker);
/* The mark of the worker in that place. */
void supervisor_places_mark(const struct supervisor *supervisor, const struct place *place,
			    char mark_out[POOL_MARK_SIZE]);
/* Settles what could not be settled before. */
void supervisor_places_settle(struct supervisor *supervisor);
/* When the next worker may be started, or a settling be tried again; INT64_MAX: nothing to wait for. */
int64_t supervisor_places_next(const struct supervisor *supervisor);

/* supervisor_dedicated.c: starts a worker for each process that is in no pool. */
void supervisor_dedicated_look(struct supervisor *supervisor);
/* The place of that number among those of such workers; NULL when there is none. */
struct place *supervisor_dedicated_place(struct supervisor *supervisor, size_t slot);

/* supervisor_forkservers_linux.c: warmed-up workers. */
void supervisor_forkservers_begin(struct supervisor *supervisor);
/* Takes what they and their copies have said. */
void supervisor_forkservers_hear(struct supervisor *supervisor);
void supervisor_forkservers_tick(struct supervisor *supervisor);
/* A child that is no worker has died, and was not waited for yet. */
void supervisor_forkservers_died(struct supervisor *supervisor, pid_t pid);
/* supervisor_copies_linux.c: has one's copy come for the place's process. False: it is not, or cannot be, made so. */
bool supervisor_copies_start(struct supervisor *supervisor, struct place *place);

/*
 * supervisor_linger_linux.c: gives what a worker has left behind the rest of the time that was given to its process.
 * Begins that if there is anything, before the worker is waited for; whether it is over, with nothing left then; and
 * that another request makes it shorter.
 */
void supervisor_lingers_begin(struct supervisor *supervisor);
bool supervisor_linger(struct supervisor *supervisor, struct place *place);
bool supervisor_linger_is_over(struct supervisor *supervisor, struct place *place);
void supervisor_linger_hurry(struct supervisor *supervisor, const struct process_state *state);

/* supervisor_reap_linux.c: takes every dead child, and kills what a dead worker has left behind. */
void supervisor_reap(struct supervisor *supervisor);

/* supervisor_watch.c: running processes with workers of others. */
void supervisor_watch_all(struct supervisor *supervisor);
void supervisor_watch_ended(struct supervisor *supervisor, size_t at);

/* supervisor_output_linux.c: copies the output of what runs. */
void supervisor_output_begin(struct supervisor *supervisor);
/* What to poll for it; -1: nothing now. When to poll again; INT64_MAX: it makes no difference. */
int supervisor_output_fd(const struct supervisor *supervisor);
int64_t supervisor_output_next(const struct supervisor *supervisor);
void supervisor_output_look(struct supervisor *supervisor);
/* supervisor_daemons_linux.c: terminates what is tied to the life of somebody who is gone. */
void supervisor_daemons_begin(struct supervisor *supervisor);
void supervisor_daemons_look(struct supervisor *supervisor);

/* supervisor_lots.c: begins to look at the workers' lots, if there are any; does so, when it is time. */
void supervisor_lots_look(struct supervisor *supervisor);
void supervisor_lots_tick(struct supervisor *supervisor);
/* What is left of those that somebody else recalled. */
void supervisor_lots_look_slowly(struct supervisor *supervisor);
/* The place's worker is dead. */
void supervisor_lots_forget(struct place *place);

/* supervisor_deadlines.c: kills what was asked to end and has not in its time; notes when to look again. */
void supervisor_deadlines(struct supervisor *supervisor);

/* supervisor_stop.c: kills everything, settles it if the store is still there, and exits. */
void supervisor_stop(struct supervisor *supervisor, bool settle) __attribute__((noreturn));

#endif
