/* SPDX-License-Identifier: MIT */
/* A Queue, a LifoQueue and a PriorityQueue of numbers: put, got, buried and kicked. */
#include "model.h"

#define QUEUES 3
#define MAXSIZE 40
#define ITEMS_MAX (4 * MAXSIZE)

enum { PUT, GET, PEEK, COUNT, CLEAR, KICK, OPS };

enum place { GONE, READY, BURIED };

static const char *const paths[QUEUES] = {"model/queue", "model/lifo", "model/priority"};

struct item {
	int64_t value, priority;
	uint64_t sequence;
	enum place place;
};

/* In the order in which they would be had. */
static struct {
	struct item items[ITEMS_MAX];
	int count;
	uint64_t next;
} queues[QUEUES];

static struct pks_object *open_queue(struct pks_store *store, int which)
{
	if (which == 0)
		return pks_queue_open(store, paths[0], MAXSIZE, PKS_OPEN_OR_CREATE);
	if (which == 1)
		return pks_lifoqueue_open(store, paths[1], MAXSIZE, PKS_OPEN_OR_CREATE);
	return pks_priorityqueue_open(store, paths[2], MAXSIZE, PKS_OPEN_OR_CREATE);
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
		r = which == 2 ? pks_queue_put_priority(queue, step->b % 7 - 3, &value, 0) : pks_queue_put(queue, &value, 0);
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
	default:
		r = pks_queue_kick(queue, 1, &count);
		step->value = (int64_t)count;
		return answer(step, r);
	}
}

static int act(struct pks_store *store, struct step *step)
{
	int which = (int)(step->a % QUEUES);
	struct pks_object *queue = open_queue(store, which);
	int r = act_on(queue, which, step);

	pks_object_close(queue);
	return r;
}

/* ---- the model ---- */

static bool before(int which, const struct item *a, const struct item *b)
{
	if (which == 2 && a->priority != b->priority)
		return a->priority < b->priority;
	return which == 1 ? a->sequence > b->sequence : a->sequence < b->sequence;
}

static void add(int which, struct item item)
{
	struct item *items = queues[which].items;
	int at = queues[which].count++;

	cr_assert_lt(at, ITEMS_MAX);
	while (at > 0 && before(which, &item, &items[at - 1])) {
		items[at] = items[at - 1];
		at--;
	}
	items[at] = item;
}

static struct item *first(int which, enum place place)
{
	for (int i = 0; i < queues[which].count; i++)
		if (queues[which].items[i].place == place)
			return &queues[which].items[i];
	return NULL;
}

/* What is kicked first: as the keys are ordered, which in a LifoQueue is not the order of having. */
static struct item *first_buried(int which)
{
	struct item *found = NULL;

	for (int i = 0; i < queues[which].count; i++)
		if (queues[which].items[i].place == BURIED && (!found || which == 1))
			found = &queues[which].items[i];
	return found;
}

static int64_t count_at(int which, enum place place)
{
	int64_t count = 0;

	for (int i = 0; i < queues[which].count; i++)
		count += queues[which].items[i].place == place;
	return count;
}

static void forget_gone(int which)
{
	int kept = 0;

	for (int i = 0; i < queues[which].count; i++)
		if (queues[which].items[i].place != GONE)
			queues[which].items[kept++] = queues[which].items[i];
	queues[which].count = kept;
}

static void replay_put(struct step *step, int which)
{
	struct item item = {step->b, which == 2 ? step->b % 7 - 3 : 0, queues[which].next, READY};

	if (count_at(which, READY) >= MAXSIZE) {
		step->code = PKS_FULL;
		return;
	}
	queues[which].next++;
	add(which, item);
}

/* The next one goes to a place, or stays. */
static void replay_take(struct step *step, int which, enum place to)
{
	struct item *item = first(which, READY);

	step->code = item ? 0 : PKS_EMPTY;
	step->value = item ? item->value : 0;
	if (item)
		item->place = to;
	forget_gone(which);
}

static void replay_clear(int which)
{
	queues[which].count = 0;
}

static void replay(struct step *step)
{
	int which = (int)(step->a % QUEUES);
	struct item *item;

	switch (step->op) {
	case PUT:
		replay_put(step, which);
		break;
	case GET:
		replay_take(step, which, GONE);
		break;
	case PEEK:
		replay_take(step, which, READY);
		break;
	case COUNT:
		if (step->b % 4 == 0)
			replay_take(step, which, BURIED);
		else
			step->value = count_at(which, READY);
		break;
	case CLEAR:
		if (step->b % 16 == 0)
			replay_clear(which);
		break;
	default:
		item = first_buried(which);
		step->value = item != NULL;
		if (item)
			item->place = READY;
	}
}

static void compare_one(struct pks_object *queue, int which)
{
	struct pks_queue_iter *iter = pks_queue_iter(queue, PKS_QUEUE_ALL, false);
	struct pks_queue_item item;
	int64_t value;

	for (int i = 0; i < queues[which].count; i++) {
		const struct item *expected = &queues[which].items[i];

		cr_assert_eq(pks_queue_next(iter, &item), 0, "%s: an item is missing: %s", paths[which],
		             pks_error_message());
		cr_assert_eq(pks_value_int(&item.value, &value), 0);
		cr_assert(value == expected->value && item.priority == expected->priority, "%s: %lld", paths[which],
		          (long long)value);
		cr_assert_eq(item.place, expected->place == READY ? PKS_QUEUE_READY : PKS_QUEUE_BURIED, "%s", paths[which]);
	}
	cr_assert_eq(pks_queue_next(iter, &item), PKS_END, "%s has more", paths[which]);
	pks_queue_iter_close(iter);
}

static void compare(struct pks_store *store)
{
	for (int which = 0; which < QUEUES; which++) {
		struct pks_object *queue = pks_object_open(store, paths[which]);

		if (queue)
			compare_one(queue, which);
		pks_object_close(queue);
	}
}

const struct kind kind_queue = {.name = "queue", .ops = OPS, .act = act, .replay = replay, .compare = compare};
