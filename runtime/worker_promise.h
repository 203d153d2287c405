/* SPDX-License-Identifier: MIT */
/*
 * A worker that runs quick handlers tells starters that they need not wake another one: it will be back for more sooner
 * than that could come. To wake a sleeper costs a starter about what a commit does, and on few CPUs the one that is
 * woken is in the way of both.
 *
 * The promise stands in the pool's channel (wake.h), for those who post, and in the worker's notes, for the supervisor.
 * It is made, kept or taken back inside the transaction of the worker's turn, which all starts come before or after:
 *
 *     start, then turn    the turn sees what was started, and claims it
 *     turn, then start    the starter posts after its commit, and finds what the turn has said: where a promise is in
 *                         force nobody is woken, and the worker's next turn sees what was started
 *
 * The channel has one word for all workers of the pool. Who takes his own promise back takes those of others back with
 * it, which wakes somebody for nothing at most; and what was started under one of them is seen by that one's
 * next turn, whatever became of the word. A worker that has made a promise has claimed something, so that its next turn
 * comes.
 *
 * A turn that claims nothing takes it back, and so does one that leaves more than the worker soon comes to: it wakes
 * others for that. Likewise one that does not look at all, since the worker is to leave. What remains is that the
 * worker does not come back as soon as it thought: the handler turns out to be slow, or the worker stops, or is killed.
 * The promise ends by itself after PROMISE_NS, from when on others are woken again. For what was started until then the
 * supervisor wakes others at its next look (supervisor_lots.c), for which it is told of a promise as it is of a lot; the
 * worker that takes the place of a dead one looks at once; and without a supervisor the sleepers look every
 * PKS_RECHECK_MS.
 */
#ifndef RUNTIME_WORKER_PROMISE_H
#define RUNTIME_WORKER_PROMISE_H

#include <stdbool.h>
#include <stdint.h>

struct worker;

/* What the handler has taken that ran last. */
void worker_promise_pace(struct worker *worker, int64_t took);

/* Inside the transaction of a turn, when it has claimed; `looked`: or found that there is nothing. */
void worker_promise_turn(struct worker *worker, bool looked);
/* That turn has failed, or the worker leaves. */
void worker_promise_break(struct worker *worker);

#endif
