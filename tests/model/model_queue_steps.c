/* SPDX-License-Identifier: MIT */
/* What a process does with queues, see model_queue.h. */
#include "model_queue.h"

/* Of one queue by all processes, the dead included. */
#define HELD_BY_ALL_MAX 32

const char *const queue_paths[QUEUES] = {"model/queue", "model/lifo", "model/priority"};

/* What it holds, in the order of reserving; the values are cleared. And before the present transaction. */
static struct holding {
	struct pks_reservation held[QUEUES][HELD_MAX];
	int count[QUEUES];
} now, before_it;

void queue_ended(bool committed)
{
	if (committed)
		before_it = now;
	else
		now = before_it;
}

static struct pks_object *open_queue(struct pks_store *store, int which)
{
	if (which == 0)
		return pks_queue_open(store, queue_paths[0], MAXSIZE, PKS_OPEN_OR_CREATE);
	if (which == 1)
		return pks_lifoqueue_open(store, queue_paths[1], MAXSIZE, PKS_OPEN_OR_CREATE);
	return pks_priorityqueue_open(store, queue_paths[2], MAXSIZE, PKS_OPEN_OR_CREATE);
}

static int take_int(struct step *step, struct pks_value *value, int r)
{
	if (r == 0)
		r = pks_value_int(value, &step->value);
	pks_value_clear(value);
	return answer(step, r);
}

static int put(struct pks_object *queue, int which, struct step *step)
{
	struct pks_value value = {0};
	int r = pks_value_pack(&value, "I", step->b);

	if (r == 0)
		r = which == 2 ? pks_queue_put_priority(queue, step->b % 7 - 3, &value, 0)
		               : pks_queue_put(queue, &value, 0);
	pks_value_clear(&value);
	return answer(step, r);
}

/* Reserves the next item and buries it, in the one transaction. */
static int bury(struct pks_object *queue, struct step *step)
{
	struct pks_reservation reservation = {0};
	int r = pks_queue_reserve(queue, 0, &reservation);

	if (r == 0)
		r = pks_value_int(&reservation.value, &step->value);
	if (r == 0)
		r = pks_queue_bury(queue, &reservation);
	pks_reservation_clear(&reservation);
	return answer(step, r);
}

static int reserve(struct pks_object *queue, int which, struct step *step)
{
	struct pks_reservation reservation = {0};
	int r = now.count[which] < HELD_MAX ? pks_queue_reserve(queue, 0, &reservation) : PKS_FULL;

	if (r == 0)
		r = pks_value_int(&reservation.value, &step->value);
	pks_value_clear(&reservation.value);
	if (r == 0) {
		step->value |= (int64_t)reservation.deliveries << TELL_DELIVERIES;
		now.held[which][now.count[which]++] = reservation;
	}
	return answer(step, r);
}

/* Releases, buries or acknowledges one that it holds. */
static int end_one(struct pks_object *queue, int which, struct step *step)
{
	struct pks_reservation *held = now.held[which], one;
	int count = now.count[which], at = count ? (int)(step->b % count) : 0;

	if (count == 0)
		return answer(step, PKS_NOT_FOUND);
	one = held[at];
	for (int i = at; i + 1 < count; i++)
		held[i] = held[i + 1];
	now.count[which]--;
	switch (step->b / HELD_MAX % 4) {
	case 0:
		return answer(step, pks_queue_release(queue, &one));
	case 1:
		return answer(step, pks_queue_bury(queue, &one));
	default:
		return answer(step, pks_queue_ack(queue, &one));
	}
}

static int act_on(struct pks_object *queue, int which, struct step *step)
{
	struct pks_value value = {0};
	uint64_t count = 0;
	int r;

	switch (step->op) {
	case PUT:
		return put(queue, which, step);
	case GET:
		r = pks_queue_get(queue, 0, &value);
		return take_int(step, &value, r);
	case PEEK:
		r = pks_queue_peek(queue, &value);
		return take_int(step, &value, r);
	case COUNT:
		if (step->b % 4 == 0)
			return bury(queue, step);
		r = pks_queue_count(queue, &count);
		step->value = (int64_t)count;
		return answer(step, r);
	case CLEAR:
		return answer(step, step->b % 16 == 0 ? pks_queue_clear(queue) : 0);
	case RESERVE:
	case RESERVE_TOO:
		return reserve(queue, which, step);
	case END_ONE:
		return end_one(queue, which, step);
	default:
		r = pks_queue_kick(queue, 1, &count);
		step->value = (int64_t)count;
		return answer(step, r);
	}
}

/* The reserved items, in their order. */
struct reserved {
	struct pks_queue_item items[HELD_BY_ALL_MAX];
	int count;
};

static int find_reserved(struct pks_object *queue, struct reserved *reserved)
{
	struct pks_queue_iter *iter = pks_queue_iter(queue, PKS_QUEUE_RESERVED, false);
	int r = iter ? 0 : pks_error_code();

	reserved->count = 0;
	while (r == 0 && reserved->count < HELD_BY_ALL_MAX) {
		r = pks_queue_next(iter, &reserved->items[reserved->count]);
		reserved->count += r == 0;
	}
	pks_queue_iter_close(iter);
	return r == PKS_END ? 0 : r < 0 ? r : PKS_ERR_LIMIT;
}

static bool is_in(const struct pks_queue_item *item, const struct reserved *reserved)
{
	for (int i = 0; i < reserved->count; i++)
		if (reserved->items[i].sequence == item->sequence && reserved->items[i].deliveries == item->deliveries)
			return true;
	return false;
}

/* Does what may return items of the dead, and tells which. */
static int act_and_tell(struct pks_object *queue, int which, struct step *step)
{
	struct reserved before, after;
	int r = find_reserved(queue, &before);

	if (r == 0)
		r = act_on(queue, which, step);
	if (r == 0)
		r = find_reserved(queue, &after);
	for (int i = 0; r == 0 && i < before.count; i++)
		if (!is_in(&before.items[i], &after))
			step->value |= INT64_C(1) << (TELL_RETURNED + i);
	return r;
}

bool queue_may_return(const struct step *step)
{
	return step->op == GET || step->op == RESERVE || step->op == RESERVE_TOO ||
	       (step->op == COUNT && step->b % 4 == 0);
}

int queue_act(struct pks_store *store, struct step *step)
{
	int which = (int)(step->a % QUEUES);
	struct pks_object *queue = open_queue(store, which);
	int r = queue_may_return(step) ? act_and_tell(queue, which, step) : act_on(queue, which, step);

	pks_object_close(queue);
	return r;
}
