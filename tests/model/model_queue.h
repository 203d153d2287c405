/* SPDX-License-Identifier: MIT */
/*
 * A Queue, a LifoQueue and a PriorityQueue of numbers: put, got, reserved, buried and kicked. What a process does in a
 * step (model_queue_steps.c) and what comes of it in the model (model_queue.c).
 *
 * A process holds what it has reserved from one transaction to another, until it is killed. When somebody notices that
 * no model can know; so each step that may return what the dead held tells what it did return, and the model asks that
 * these were all that one held who never does anything later, and that nothing of the dead stays where a step found
 * nothing else.
 */
#ifndef TESTS_MODEL_QUEUE_H
#define TESTS_MODEL_QUEUE_H

#include "model.h"

#define QUEUES 3
#define MAXSIZE 40
/* Of one queue by one process. */
#define HELD_MAX 3

enum { PUT, GET, PEEK, COUNT, CLEAR, KICK, RESERVE, RESERVE_TOO, END_ONE, OPS };

/* What a step tells: a number, which of the reserved items have returned, and how often the item was reserved. */
#define TELL_RETURNED 16
#define TELL_DELIVERIES 48

extern const char *const queue_paths[QUEUES];

/* As of a kind, see model.h. */
int queue_act(struct pks_store *store, struct step *step);
void queue_ended(bool committed);
/* Whether the step may return items that the dead held. */
bool queue_may_return(const struct step *step);

#endif
