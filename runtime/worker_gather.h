/* SPDX-License-Identifier: MIT */
/*
 * Before a worker records the ends that it has put off (worker_lot.h), and claims again, it waits for a moment as long
 * as others go on starting processes. To take turns at the write lock with a starter, one process each, is what costs
 * both most: each commit is then made of pages that the other one's CPU has just written. What has gathered is claimed
 * in the commit that records the ends of what was gathered before.
 *
 * Nobody has to wait for that. Who waits for the end of one of the lot, or begins to wait for anything at all, shows in
 * the wake file, even while he only looks (layer_changes_awaited()), and ends the moment; so does a recall. What was
 * started meanwhile is claimed a moment later than it could be, which is what the worker has promised
 * (worker_promise.h: without a promise nothing is put off that nothing follows). Who asks a process how it is, without
 * waiting for it, hears some hundred microseconds longer that it runs, as of any other of a lot.
 *
 * The moment is spent looking, as that before a sleep (store/patience.h), and like it left out where it was of no use.
 */
#ifndef RUNTIME_WORKER_GATHER_H
#define RUNTIME_WORKER_GATHER_H

#include <stdint.h>

struct worker;

/* What things were like when a lot was claimed. */
struct worker_gather {
	uint32_t posted, awaited, bits;
};

/* Before the transaction of a turn. */
void worker_gather_before(struct worker *worker);
/* It has claimed the lot that is to be run now. */
void worker_gather_begin(struct worker *worker);
/* What was run is put off, if anything was. */
void worker_gather(struct worker *worker);

#endif
