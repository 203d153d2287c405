/* SPDX-License-Identifier: MIT */
/*
 * A worker that runs quick handlers tells starters that they need not wake another one: it will be back for more sooner
 * than that could come. To wake a sleeper costs a starter about what a commit does, and on few CPUs the one that is
 * woken is in the way of both. Other workers that are awake leave it what waits, too: all of it goes through the one
 * write lock, so that two of them are not faster than one, but each finds what it needs in the other one's cache.
 *
 * The promise stands in the pool's channel (wake.h), for those who post and for other workers, and in the worker's
 * notes, for the supervisor. It is made, kept or taken back inside the transaction of the worker's turn, which all
 * starts and other turns come before or after:
 *
 *     start, then turn    the turn sees what was started, and claims it
 *     turn, then start    the starter posts after its commit, and finds what the turn has said: where a promise is in
 *                         force nobody is woken, and the worker's next turn sees what was started
 *     turn, then another  that one finds the promise, and claims nothing: the worker's next turn sees all that it left
 *
 * A channel has one promise at a time, with its owner, and nobody but him takes it back. A worker that has made a
 * promise has claimed something, so that its next turn comes.
 *
 * A turn that claims nothing takes it back, and so does one whose worker is not soon through with what it has claimed;
 * when it leaves something behind it wakes others for that. Likewise one that does not look at all, since the worker is
 * to leave. What is behind a full lot of a promise is no reason to wake others, nor is any number of starts: by the
 * pace so far all of that takes the store longer than it takes the handlers.
 *
 * What remains is that the worker does not come back as soon as it thought: the handler turns out to be slow, or the
 * worker stops, or is killed. The promise ends by itself after PROMISE_NS, from when on others are woken again. For
 * what was started or left until then the supervisor wakes others at its next look (supervisor_lots.c), for which it is
 * told of a promise as it is of a lot; the worker that takes the place of a dead one looks at once; and without a
 * supervisor the sleepers look every PKS_RECHECK_MS. Two workers may have the same number as owners: then both of them
 * claim.
 */
#ifndef RUNTIME_WORKER_PROMISE_H
#define RUNTIME_WORKER_PROMISE_H

#include <stdbool.h>
#include <stdint.h>

struct worker;

/* Whether what was claimed last is run under a promise. */
bool worker_promise_is_made(const struct worker *worker);
/* Whether so many are likely to be run sooner than others could be woken for them. */
bool worker_promise_is_soon(const struct worker *worker, uint32_t count);

/* Whether another worker has promised to see to whatever waits now. */
bool worker_promise_is_others(const struct worker *worker);

/* What the handler has taken that ran last. */
void worker_promise_pace(struct worker *worker, int64_t took);

/* Inside the transaction of a turn, when it has claimed; `looked`: or found that there is nothing. */
void worker_promise_turn(struct worker *worker, bool looked);
/* That turn has failed, or the worker leaves. */
void worker_promise_break(struct worker *worker);

#endif
